/* SPDX-License-Identifier: Apache-2.0 */
/* Objects are called what those who make them like: no name keeps `scan` from telling a finding. */
#include "unit.h"

#include <cjson/cJSON.h>

#include "scan/scan.h"

#define OUT_MOST (1u << 20)
#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

struct named {
	struct scan scan;
	cJSON *json;
};

/* A container that is privileged, and called |name|. */
static void begin(struct named *named, const char *name)
{
	named->json = cJSON_Parse("{\"Id\":\"c0ffee\",\"Image\":\"sha256:00\",\"Config\":{},"
				  "\"HostConfig\":{\"Privileged\":true}}");
	assert_non_null(named->json);
	assert_non_null(cJSON_AddStringToObject(named->json, "Name", name));
	scan_init(&named->scan);
	assert_non_null(scan_add(&named->scan, SCAN_CONTAINER, named->json, NULL));
}

static void end(struct named *named)
{
	assert_false(named->scan.failed);
	scan_free(&named->scan);
	cJSON_Delete(named->json);
}

/* The judge tells them cut short or with escapes. */
static void no_name_hides_a_finding(void **state)
{
	static const char *const names[] = {"/web", "/" SIXTY "0123", "/" SIXTY "01234",
	    "/" SIXTY SIXTY SIXTY, "/a\x1b[31mb", "/a: b", "/caf\xc3\xa9"};
	struct policy *policy = policy_new("narrow");
	struct error err;

	(void)state;
	assert_int_equal(policy_finish(policy, &err), 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		struct named named;
		bool found = false;

		begin(&named, names[i]);
		assert_int_equal(scan_hold(&named.scan, policy, &err), 0);
		for (const struct scan_finding *f = named.scan.findings; f; f = f->next)
			found |= strcmp(f->line, "privileged = yes") == 0 &&
				 strcmp(f->field, "HostConfig.Privileged") == 0;
		if (!found)
			fail_msg("%s hides that it is privileged", names[i]);
		end(&named);
	}
	policy_unref(policy);
}

static void assert_holds(struct buf *out, const char *before, const char *name, const char *behind)
{
	struct buf text;

	buf_init(&text, OUT_MOST);
	buf_add_format(&text, "%s%s%s", before, name, behind);
	if (!strstr(buf_text(out), buf_text(&text)))
		fail_msg("no \"%s\" in\n%s", buf_text(&text), buf_text(out));
	buf_free(&text);
}

/* What services tell findings apart by has all of it. */
static void services_are_told_long_names(void **state)
{
	const struct scan_output output = {.address = "", .version = "1.0", .level = SCAN_NOTE};
	struct named named;
	struct buf out;
	char name[5001];

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	begin(&named, name);
	scan_look(&named.scan);
	buf_init(&out, OUT_MOST);
	scan_write_sarif(&named.scan, &output, &out);
	assert_holds(
	    &out, "\"fieldAndCheck/v1\":\"container/", name, "/HostConfig.Privileged privileged\"");
	assert_holds(&out, "\"message\":{\"text\":\"container ", name, ": ");
	buf_free(&out);
	end(&named);
}

/* A daemon lists the mounts of a container now in one order, now in another. */
static void mounts_in_any_order_stay_the_same(void **state)
{
	static const char *const orders[] = {"[{\"Source\":\"/etc\",\"Destination\":\"/"
					     "a\"},{\"Source\":\"/srv\",\"Destination\":\"/b\"}]",
	    "[{\"Source\":\"/srv\",\"Destination\":\"/b\"},{\"Source\":\"/etc\",\"Destination\":\"/"
	    "a\"}]"};
	const struct scan_output output = {.address = "", .version = "1.0", .level = SCAN_NOTE};

	(void)state;
	for (size_t i = 0; i < COUNT(orders); i++) {
		struct named named;
		struct buf out;

		begin(&named, "web");
		assert_true(cJSON_AddItemToObject(named.json, "Mounts", cJSON_Parse(orders[i])));
		scan_look(&named.scan);
		buf_init(&out, OUT_MOST);
		scan_write_sarif(&named.scan, &output, &out);
		assert_holds(&out, "\"fieldAndCheck/v1\":\"container/", "web",
		    "/Mounts[/a].Source sensitive_mount\"");
		buf_free(&out);
		end(&named);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_name_hides_a_finding),
	    cmocka_unit_test(services_are_told_long_names),
	    cmocka_unit_test(mounts_in_any_order_stay_the_same),
	};

	return cmocka_run_group_tests_name("scan_names", tests, NULL, NULL);
}
