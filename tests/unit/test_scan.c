/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of `scan`, each with recorded objects that fail and pass it; what is written of them.
 */
#include "unit.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "scan/scan.h"

#define LINE_MOST 4096
#define OUT_MOST (8u << 20)
#define WIDTH 80

static const char *const kinds[SCAN_KINDS] = {
    "container", "exec", "service", "volume", "network", "image", "history", "daemon"};

static cJSON *recorded[SCAN_KINDS];

/* ---- recorded objects and their changes --------------------------------------------------------
 */

static FILE *open_file(const char *name)
{
	const char *top = getenv("srcdir");
	char path[LINE_MOST];

	(void)snprintf(path, sizeof(path), "%s/tests/unit/scan/%s", top ? top : ".", name);
	FILE *file = fopen(path, "re");

	if (!file)
		fail_msg("%s: %m", path);
	return file;
}

static cJSON *read_object(const char *name)
{
	static char text[65536];
	FILE *file = open_file(name);
	size_t len = fread(text, 1, sizeof(text) - 1, file);

	(void)fclose(file);
	text[len] = '\0';
	cJSON *object = cJSON_Parse(text);

	if (!object)
		fail_msg("%s is no JSON", name);
	return object;
}

static int read_all(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < SCAN_KINDS; kind++) {
		char name[64];

		(void)snprintf(
		    name, sizeof(name), "%s.json", kind == SCAN_DAEMON ? "info" : kinds[kind]);
		recorded[kind] = read_object(name);
	}
	return 0;
}

static int free_all(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < SCAN_KINDS; kind++)
		cJSON_Delete(recorded[kind]);
	return 0;
}

/* |patch| is taken over member by member. */
static void merge(cJSON *target, const cJSON *patch)
{
	const cJSON *member;

	cJSON_ArrayForEach (member, patch) {
		cJSON *old = cJSON_GetObjectItemCaseSensitive(target, member->string);

		if (cJSON_IsObject(member) && cJSON_IsObject(old)) {
			merge(old, member);
			continue;
		}
		if (old)
			cJSON_DeleteItemFromObjectCaseSensitive(target, member->string);
		if (!cJSON_IsNull(member))
			assert_true(cJSON_AddItemToObject(
			    target, member->string, cJSON_Duplicate(member, true)));
	}
}

static cJSON *changed(unsigned kind, const char *patch)
{
	cJSON *change = cJSON_Parse(patch);

	if (!change)
		fail_msg("%s is no JSON", patch);
	if (cJSON_IsArray(change)) /* takes the whole place */
		return change;
	cJSON *object = cJSON_Duplicate(recorded[kind], true);

	merge(object, change);
	cJSON_Delete(change);
	return object;
}

/* ---- rows --------------------------------------------------------------------------------------
 */

struct row {
	bool fails;
	char check[64], told[160];
	unsigned kind;
	char patch[LINE_MOST];
};

/* The next row of |file|; false at its end. */
static bool next_row(FILE *file, struct row *ret_row)
{
	char line[LINE_MOST], verdict[8], kind[16];
	int at = 0;

	while (fgets(line, sizeof(line), file)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		char *rest = line, *words[4];

		for (unsigned i = 0; i < 4; i++)
			words[i] = strsep(&rest, " ");
		if (!rest)
			fail_msg("%s: a row has five parts", line);
		(void)snprintf(verdict, sizeof(verdict), "%s", words[0]);
		(void)snprintf(ret_row->check, sizeof(ret_row->check), "%s", words[1]);
		(void)snprintf(kind, sizeof(kind), "%s", words[2]);
		(void)snprintf(ret_row->told, sizeof(ret_row->told), "%s", words[3]);
		(void)snprintf(ret_row->patch, sizeof(ret_row->patch), "%s", rest);
		ret_row->fails = strcmp(verdict, "fail") == 0;
		for (at = 0; at < SCAN_KINDS && strcmp(kinds[at], kind) != 0; at++)
			;
		assert_in_range(at, 0, SCAN_KINDS - 1);
		ret_row->kind = (unsigned)at;
		return true;
	}
	return false;
}

#define HOSTS                                                                                      \
	"{\"Id\":\"hosts\",\"Name\":\"/hosts\",\"HostConfig\":{\"NetworkMode\":\"host\","          \
	"\"PidMode\":\"host\"},\"Config\":{}}"
#define TRAP                                                                                       \
	"{\"Name\":\"trap\",\"Driver\":\"local\",\"Options\":{\"o\":\"bind\",\"type\":\"none\","   \
	"\"device\":\"/var/run\"}}"
#define HOST_NETWORK "{\"Id\":\"feedfeed\",\"Name\":\"host\",\"Driver\":\"host\"}"

struct case_of {
	struct scan scan;
	cJSON *around[3], *json;
	const struct scan_object *object;
};

/* |json| among others that it may lead to. */
static void begin_case(struct case_of *one, unsigned kind, cJSON *json)
{
	static const enum scan_kind others[] = {SCAN_CONTAINER, SCAN_VOLUME, SCAN_NETWORK};
	static const char *const texts[] = {HOSTS, TRAP, HOST_NETWORK};

	scan_init(&one->scan);
	for (size_t i = 0; i < COUNT(others); i++) {
		one->around[i] = cJSON_Parse(texts[i]);
		assert_non_null(scan_add(&one->scan, others[i], one->around[i], NULL));
	}
	one->json = json;
	one->object =
	    scan_add(&one->scan, (enum scan_kind)kind, json, kind == SCAN_HISTORY ? "bb:1" : NULL);
	assert_non_null(one->object);
}

static void end_case(struct case_of *one)
{
	assert_false(one->scan.failed);
	for (size_t i = 0; i < COUNT(one->around); i++)
		cJSON_Delete(one->around[i]);
	cJSON_Delete(one->json);
	scan_free(&one->scan);
}

static const struct scan_finding *finding_of(const struct case_of *one, const char *name)
{
	const struct scan_finding *finding = one->scan.findings;

	while (finding && !(finding->object == one->object && strcmp(finding->name, name) == 0))
		finding = finding->next;
	return finding;
}

static void assert_told(const struct row *row, const struct scan_finding *finding)
{
	char told[1024];

	(void)snprintf(told, sizeof(told), "%s%s%s", finding->field, *finding->value ? "=" : "",
	    finding->value);
	size_t len = strlen(row->told);

	if (strcmp(row->told, "-") == 0)
		return;
	if (len > 2 && strcmp(row->told + len - 2, "=-") == 0)
		assert_memory_equal(told, row->told, len - 1);
	else
		assert_string_equal(told, row->told);
}

static void each_row_finds_what_it_says(void **state)
{
	FILE *file = open_file("rows.txt");
	struct row row;

	(void)state;
	while (next_row(file, &row)) {
		struct case_of one;

		begin_case(&one, row.kind, changed(row.kind, row.patch));
		scan_look(&one.scan);
		const struct scan_finding *finding = finding_of(&one, row.check);

		if (row.fails != (finding != NULL))
			fail_msg("%s %s %s: %s", row.fails ? "fail" : "pass", row.check,
			    kinds[row.kind], row.patch);
		if (finding)
			assert_told(&row, finding);
		end_case(&one);
	}
	(void)fclose(file);
}

static void what_was_recorded_passes_each_check(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < SCAN_KINDS; kind++) {
		struct case_of one;

		begin_case(&one, kind, cJSON_Duplicate(recorded[kind], true));
		scan_look(&one.scan);
		const struct scan_finding *finding = one.scan.findings;

		for (; finding; finding = finding->next) {
			if (finding->object == one.object)
				fail_msg("%s fails %s: %s=%s", kinds[kind], finding->name,
				    finding->field, finding->value);
		}
		end_case(&one);
	}
}

static bool has_failing_row(const char *check, unsigned kind)
{
	FILE *file = open_file("rows.txt");
	struct row row;
	bool found = false;

	while (!found && next_row(file, &row))
		found = row.fails && row.kind == kind && strcmp(row.check, check) == 0;
	(void)fclose(file);
	return found;
}

static void each_check_has_an_object_that_fails(void **state)
{
	const struct scan_check *check;

	(void)state;
	for (unsigned i = 0; (check = scan_check_at(i)); i++) {
		for (unsigned kind = 0; kind < SCAN_KINDS; kind++) {
			if (check->paths[kind] && !has_failing_row(check->name, kind))
				fail_msg("rows.txt: no \"fail %s %s\"", check->name, kinds[kind]);
		}
	}
}

/* ---- policies ----------------------------------------------------------------------------------
 */

static struct policy *policy_of(const char *key, const char *value)
{
	const struct policy_source source = {"test.conf", 1};
	struct policy *policy = policy_new("test");
	struct error err = {0};

	if (policy_set(policy, SPAN("grant"), SPAN("all"), &source, &err) < 0 ||
	    policy_set(policy, span_of(key), span_of(value), &source, &err) < 0 ||
	    policy_finish(policy, &err) < 0)
		fail_msg("%s = %s: %s", key, value, err.text);
	return policy;
}

static const struct scan_check *check_named(const char *name)
{
	const struct scan_check *check;

	for (unsigned i = 0; (check = scan_check_at(i)); i++) {
		if (strcmp(check->name, name) == 0)
			return check;
	}
	fail_msg("there is no check \"%s\"", name);
	return NULL;
}

/* A policy that requires what a check is about refuses all that the check finds. */
static void requirements_are_no_weaker_than_checks(void **state)
{
	FILE *file = open_file("rows.txt");
	struct row row;
	unsigned held = 0;

	(void)state;
	while (next_row(file, &row)) {
		const struct scan_check *check = check_named(row.check);
		struct case_of one;
		struct error err;

		/* in a container that exists the variables of its image stand among its own */
		if (!row.fails || !check->requirement ||
		    (strcmp(check->requirement, "no_secret_env") == 0 &&
			row.kind == SCAN_CONTAINER))
			continue;
		struct policy *policy = policy_of("require", check->requirement);

		begin_case(&one, row.kind, changed(row.kind, row.patch));
		assert_int_equal(scan_hold(&one.scan, policy, &err), 0);
		if (!finding_of(&one, check->requirement))
			fail_msg("%s permits what %s finds: %s", check->requirement, row.check,
			    row.patch);
		held++;
		end_case(&one);
		policy_unref(policy);
	}
	assert_in_range(held, 60, 1000);
	(void)fclose(file);
}

static void a_policy_finds_what_it_would_not_permit(void **state)
{
	struct policy *policy = policy_of("require", "memory_limit");
	struct case_of one;
	struct error err;

	(void)state;
	/* what a check says already is not repeated */
	begin_case(
	    &one, SCAN_CONTAINER, changed(SCAN_CONTAINER, "{\"HostConfig\":{\"Memory\":0}}"));
	scan_look(&one.scan);
	assert_int_equal(scan_hold(&one.scan, policy, &err), 0);
	assert_non_null(finding_of(&one, "memory"));
	assert_null(finding_of(&one, "memory_limit"));
	end_case(&one);
	policy_unref(policy);

	const struct policy_source source = {"test.conf", 1};

	policy = policy_new("narrow");
	assert_int_equal(policy_set(policy, SPAN("bind"), SPAN("/data ro"), &source, &err), 0);
	assert_int_equal(policy_finish(policy, &err), 0);
	begin_case(&one, SCAN_CONTAINER, cJSON_Duplicate(recorded[SCAN_CONTAINER], true));
	assert_int_equal(scan_hold(&one.scan, policy, &err), 0);
	const struct scan_finding *finding = finding_of(&one, "policy");
	bool found = false;

	for (; finding; finding = finding->next)
		found |= strcmp(finding->line, "bind = /srv ro") == 0 &&
			 strcmp(finding->field, "HostConfig.Binds[1]") == 0 &&
			 finding->level == SCAN_WARNING;
	assert_true(found);
	end_case(&one);
	policy_unref(policy);
}

/* ---- what is written ---------------------------------------------------------------------------
 */

#define BAD                                                                                        \
	"{\"Name\":\"/b\\u001b[31md\",\"HostConfig\":{\"Privileged\":true,\"Memory\":0,"           \
	"\"NetworkMode\":\"host\",\"CapDrop\":null},\"Config\":{\"User\":\"\",\"Env\":"            \
	"[\"DB_PASSWORD=hush\"],\"Image\":\"a\\u001b]0;x\\u0007\"},\"Mounts\":[{\"Type\":"         \
	"\"bind\","                                                                                \
	"\"Source\":\"/var/run/docker.sock\",\"Destination\":\"/a\\nb\"},{\"Type\":\"bind\","      \
	"\"Source\":\"/etc/\\u001b[2J\",\"Destination\":\"/x\"}]}"

static void write_bad(void (*write)(const struct scan *, const struct scan_output *, struct buf *),
    unsigned width, struct buf *out)
{
	const struct scan_output output = {.address = "unix:/run/docker.sock",
	    .version = "1.0",
	    .policy = "policy x",
	    .level = SCAN_NOTE,
	    .width = width};
	struct case_of one;

	begin_case(&one, SCAN_CONTAINER, changed(SCAN_CONTAINER, BAD));
	scan_miss(&one.scan, "images", "HTTP 403: \033[31mno", "allow = image.inspect");
	scan_look(&one.scan);
	buf_init(out, OUT_MOST);
	write(&one.scan, &output, out);
	assert_false(out->failed);
	end_case(&one);
}

static void assert_holds(struct buf *out, const char *text)
{
	if (!strstr(buf_text(out), text))
		fail_msg("no \"%s\" in\n%s", text, buf_text(out));
}

static void assert_no_secret(struct buf *out)
{
	assert_null(strstr(buf_text(out), "hush"));
	for (size_t i = 0; i < out->len; i++)
		assert_true(out->at[i] == '\n' || (unsigned char)out->at[i] >= ' ');
}

static void the_table_fits_the_terminal(void **state)
{
	static const unsigned widths[] = {60, WIDTH, 120, 200};
	struct buf out;

	(void)state;
	for (size_t i = 0; i < COUNT(widths); i++) {
		write_bad(scan_write_text, widths[i], &out);
		assert_no_secret(&out);
		struct span rest = buf_span(&out), line;

		/* the first line is a sentence */
		(void)span_cut(rest, '\n', &rest);
		while (rest.at && !span_starts(rest, SPAN("\n1"))) {
			line = span_cut(rest, '\n', &rest);
			if (span_starts(line, SPAN("not looked at")))
				continue;
			if (line.len > widths[i])
				fail_msg("%u: %.*s", widths[i], (int)line.len, line.at);
		}
		buf_free(&out);
	}
}

static void people_are_told_all(void **state)
{
	struct buf out;

	(void)state;
	write_bad(scan_write_text, 0, &out);
	assert_no_secret(&out);
	assert_holds(&out, "mounts a daemon's socket");
	assert_holds(&out, "Mounts[0].Source = /var/run/docker.sock");
	assert_holds(&out, "Config.Env[0] = DB_PASSWORD");
	assert_holds(&out, "not looked at: images: HTTP 403");
	assert_holds(&out, "its policy lacks: allow = image.inspect");
	buf_free(&out);
}

static const cJSON *parsed(struct buf *out, struct arena *arena)
{
	static const struct json_limits limits = {
	    .max_bytes = OUT_MOST, .max_depth = 32, .max_members = 100000};
	struct error err;

	arena_init(arena, 0);
	const cJSON *json = json_parse(buf_span(out), &limits, arena, &err);

	if (!json)
		fail_msg("%s", err.text);
	return json;
}

static void programs_are_told_all(void **state)
{
	struct arena arena;
	struct buf out;

	(void)state;
	write_bad(scan_write_json, 0, &out);
	assert_no_secret(&out);
	const cJSON *json = parsed(&out, &arena), *question = json_field(json, "questions");

	assert_int_equal(cJSON_GetArraySize(question), SCAN_QUESTIONS);
	cJSON_ArrayForEach (question, json_field(json, "questions"))
		assert_non_null(json_field(question, "objects")->child);
	assert_int_equal(cJSON_GetArraySize(json_field(json, "not_looked_at")), 1);
	arena_free(&arena);
	buf_free(&out);

	write_bad(scan_write_sarif, 0, &out);
	assert_no_secret(&out);
	json = parsed(&out, &arena);
	const cJSON *run = json_field(json, "runs")->child, *result;
	const cJSON *rules = json_field(json_field(json_field(run, "tool"), "driver"), "rules");

	cJSON_ArrayForEach (result, json_field(run, "results")) {
		int index = (int)json_number(json_field(result, "ruleIndex"));
		const cJSON *rule = cJSON_GetArrayItem(rules, index);

		assert_span(json_text(rule, "id"), json_string(json_field(result, "ruleId")));
	}
	assert_true(cJSON_IsFalse(
	    json_field(json_field(run, "invocations")->child, "executionSuccessful")));
	arena_free(&arena);
	buf_free(&out);
}

static int ignored_of(const struct case_of *one, const char *name)
{
	const struct scan_finding *finding = finding_of(one, name);

	return finding ? finding->ignored : -1;
}

static void what_is_ignored_is_counted_apart(void **state)
{
	struct case_of one;

	(void)state;
	begin_case(&one, SCAN_CONTAINER,
	    changed(SCAN_CONTAINER, "{\"HostConfig\":{\"Privileged\":true,\"Memory\":0}}"));
	scan_ignore(&one.scan, "privileged:go*");
	scan_ignore(&one.scan, "memory:other");
	scan_look(&one.scan);
	assert_int_equal(ignored_of(&one, "privileged"), 1);
	assert_int_equal(ignored_of(&one, "memory"), 0);
	/* and it says still what it says */
	assert_null(finding_of(&one, "capabilities"));
	end_case(&one);
	assert_true(scan_knows(SPAN("privileged")));
	assert_true(scan_knows(SPAN("no_privileged")));
	assert_false(scan_knows(SPAN("privilege")));
}

static void a_daemon_can_excuse_its_containers(void **state)
{
	struct case_of one;
	cJSON *info = changed(SCAN_DAEMON, "{\"SecurityOptions\":[\"name=no-new-privileges\"]}");

	(void)state;
	begin_case(&one, SCAN_CONTAINER,
	    changed(SCAN_CONTAINER, "{\"HostConfig\":{\"SecurityOpt\":null}}"));
	assert_non_null(scan_add(&one.scan, SCAN_DAEMON, info, NULL));
	scan_look(&one.scan);
	assert_null(finding_of(&one, "new_privileges"));
	end_case(&one);
	cJSON_Delete(info);
}

static void names_and_numbers_are_there_once(void **state)
{
	const struct scan_check *check, *other;

	(void)state;
	for (unsigned i = 0; (check = scan_check_at(i)); i++) {
		for (unsigned j = i + 1; (other = scan_check_at(j)); j++)
			assert_string_not_equal(check->name, other->name);
		assert_true(*check->cis && *check->words && *check->run);
		assert_true(check->question <= SCAN_QUESTIONS);
		assert_true(!check->requirement || scan_knows(span_of(check->requirement)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_row_finds_what_it_says),
	    cmocka_unit_test(what_was_recorded_passes_each_check),
	    cmocka_unit_test(each_check_has_an_object_that_fails),
	    cmocka_unit_test(requirements_are_no_weaker_than_checks),
	    cmocka_unit_test(a_policy_finds_what_it_would_not_permit),
	    cmocka_unit_test(the_table_fits_the_terminal),
	    cmocka_unit_test(people_are_told_all),
	    cmocka_unit_test(programs_are_told_all),
	    cmocka_unit_test(what_is_ignored_is_counted_apart),
	    cmocka_unit_test(a_daemon_can_excuse_its_containers),
	    cmocka_unit_test(names_and_numbers_are_there_once),
	};

	return cmocka_run_group_tests_name("scan", tests, read_all, free_all);
}
