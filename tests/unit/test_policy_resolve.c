/* SPDX-License-Identifier: Apache-2.0 */
/* resolve_binds: host paths are judged by where they lead. */
#include "unit.h"

#include "policy_case.h"
#include "state_case.h"

#define GRANTED "allow = container.*\nimage = bb:*\nbind = /srv rw\n"
#define CREATE "POST /containers/create"
#define HOST(text) "{\"Image\":\"bb:1\",\"HostConfig\":{" text "}}"

static void paths_are_judged_by_where_they_lead(void **state)
{
	static const struct {
		const char *spec, *says; /* says NULL: allowed */
	} rows[] = {
	    {"/srv/x:/x", NULL},
	    {"/srv/in:/x", NULL},
	    {"/srv/out:/x", "the host path \"/srv/out\" leads to \"/etc\""},
	    {"/srv/out/ssl:/x", "leads to \"/etc/ssl\""},
	    {"/srv/out/certs:/x:ro", NULL}, /* granted as well */
	    {"/srv/out/certs:/x", "leads to \"/etc/certs\""},
	    {"/srv/lost:/x", "cannot tell where the host path \"/srv/lost\" leads: no one knows"},
	};
	struct policy *policy = policy_of(GRANTED "bind = /etc/certs ro\nresolve_binds = yes\n");
	struct policy *off = policy_of(GRANTED);
	static struct outcome outcome;
	char body[200];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct request_case request = {.line = CREATE, .body = body, .resolve = leads};

		(void)snprintf(body, sizeof(body), HOST("\"Binds\":[\"%s\"]"), rows[i].spec);
		decide_case(policy, &request, &outcome);
		assert_int_equal(
		    outcome.decision.verdict, rows[i].says ? VERDICT_DENY : VERDICT_ALLOW);
		if (rows[i].says)
			assert_non_null(strstr(outcome.decision.message, rows[i].says));
		request.resolve = NULL;
		if (strcmp(rows[i].spec, "/srv/lost:/x") == 0)
			decide_case(policy, &request, &outcome);
		else
			decide_case(off, &request, &outcome);
		assert_int_equal(outcome.decision.verdict, VERDICT_ALLOW);
	}
	policy_unref(policy);
	policy_unref(off);
}

/* /srv is mounted as anything is; /srv/safe and /srv/safe/rw are nosuid and nodev; /srv/safe/half
 * is not nodev. */
static int mounted(struct span path, mount_visit_fn *fn, void *context, struct error *err)
{
	static const struct mount mounts[] = {
	    {SPAN("/srv/safe/half"), false, true, false},
	    {SPAN("/srv/safe/rw/sub"), false, true, true},
	    {SPAN("/srv/safe/ro"), true, false, false},
	    {SPAN("/srv/safe"), false, true, true},
	    {SPAN("/srv"), false, false, false},
	};

	if (span_is(path, "/srv/hidden"))
		return error_set(err, "hidden");
	for (size_t i = 0; i < COUNT(mounts); i++) {
		if (span_starts(path, mounts[i].point) || span_starts(mounts[i].point, path))
			fn(context, &mounts[i]);
		if (span_starts(path, mounts[i].point))
			return 0; /* it lies on this one */
	}
	return 0;
}

struct mount_row {
	const char *line, *binds, *want;
};

#define REFUSED(reason) reason " HostConfig.Binds[0]"

static void check_mounts(
    const char *lines, const struct mount_row *rows, size_t count, mounts_fn *mounts)
{
	struct policy *policy = policy_of(lines);

	for (size_t i = 0; i < count; i++) {
		char body[200];
		const struct request_case request = {.line = rows[i].line,
		    .body = body,
		    .resolve = mounts ? leads : NULL,
		    .mounts = mounts};

		(void)snprintf(body, sizeof(body), HOST("\"Binds\":[\"%s\"]"), rows[i].binds);
		assert_true(check_row(policy, &request, i, rows[i].want, NULL));
	}
	policy_unref(policy);
}

static void set_uid_programs_stay_away(void **state)
{
	static const struct mount_row rows[] = {
	    {CREATE, "/srv/x:/x", REFUSED("requirement")},
	    {CREATE, "/srv/x:/x:ro", "allow"},
	    {CREATE, "/srv/safe/rw:/x", "allow"},
	    {CREATE, "/srv/safe:/x", REFUSED("requirement")}, /* half, and ro */
	    {CREATE, "/srv/safe/half:/x", REFUSED("requirement")},
	    {CREATE, "/srv/hidden:/x", REFUSED("requirement")},
	};
	static const struct mount_row unknown[] = {
	    {CREATE, "/srv/safe/rw:/x", REFUSED("requirement")},
	    {CREATE, "/srv/x:/x:ro", "allow"},
	};

	(void)state;
	check_mounts(
	    GRANTED "resolve_binds = yes\nrequire = nosuid_binds\n", rows, COUNT(rows), mounted);
	check_mounts(
	    GRANTED "resolve_binds = yes\nrequire = nosuid_binds\n", unknown, COUNT(unknown), NULL);
	assert_non_null(strstr(policy_error("require = nosuid_binds\n"), "resolve_binds = yes"));
	assert_non_null(
	    strstr(policy_error("grant = all\nresolve_binds = yes\nrequire = nosuid_binds\n"),
		"\"bind\" lines"));
}

/* A container that exists, and a service. */
static void set_uid_programs_stay_away_elsewhere(void **state)
{
	static const struct {
		const char *line, *body, *state, *want;
	} rows[] = {
	    {"POST /containers/web/start", NULL,
		"{\"container web\":{\"Id\":\"1f\",\"HostConfig\":{\"Binds\":[\"/srv/x:/x\"]}}}",
		"requirement container web: HostConfig.Binds[0]"},
	    {"POST /containers/web/start", NULL,
		"{\"container "
		"web\":{\"Id\":\"1f\",\"HostConfig\":{\"Binds\":[\"/srv/safe/rw:/x\"]}}}",
		"allow"},
	    {"POST /services/create",
		"{\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"bb:1\",\"Mounts\":[{\"Type\":"
		"\"bind\","
		"\"Source\":\"/srv/x\",\"Target\":\"/x\"}]}}}",
		NULL, "requirement TaskTemplate.ContainerSpec.Mounts[0].Source"},
	};
	struct policy *policy =
	    policy_of("allow = container.* service.*\nimage = bb:*\nbind = /srv rw\n"
		      "resolve_binds = yes\nrequire = nosuid_binds\n");

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct request_case request = {.line = rows[i].line,
		    .body = rows[i].body,
		    .state = rows[i].state,
		    .resolve = leads,
		    .mounts = mounted};

		assert_true(check_row(policy, &request, i, rows[i].want, NULL));
	}
	policy_unref(policy);
}

#define READ_ONLY "allow = container.*\nimage = bb:*\nbind = /srv ro\nresolve_binds = yes\n"

static void mounts_below_a_read_only_bind(void **state)
{
	static const struct mount_row rows[] = {
	    {"POST /v1.43/containers/create", "/srv/safe:/x:ro", REFUSED("grant")},
	    {CREATE, "/srv/safe/rw:/x:ro", REFUSED("grant")},
	    {"POST /v1.44/containers/create", "/srv/safe:/x:ro", "allow"},
	    {"POST /v1.43/containers/create", "/srv/safe/ro:/x:ro", "allow"},
	};
	static const struct mount_row granted[] = {
	    {CREATE, "/srv/safe/rw:/x:ro", "allow"},
	    {CREATE, "/srv/safe:/x:ro", REFUSED("grant")},
	};

	(void)state;
	check_mounts(READ_ONLY, rows, COUNT(rows), mounted);
	check_mounts(READ_ONLY "bind = /srv/safe/rw rw\n", granted, COUNT(granted), mounted);
}

static void directories_that_binds_make(void **state)
{
	static const struct mount_row rows[] = {
	    {CREATE, "/srv/new:/x:ro", REFUSED("grant")},
	    {CREATE, "/srv/old:/x:ro", "allow"},
	};
	static const struct mount_row made[] = {{CREATE, "/srv/new:/x:ro", "allow"}};

	(void)state;
	check_mounts(READ_ONLY, rows, COUNT(rows), mounted);
	check_mounts(
	    "allow = container.*\nimage = bb:*\nbind = /srv ro create\nresolve_binds = yes\n", made,
	    1, mounted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(paths_are_judged_by_where_they_lead),
	    cmocka_unit_test(set_uid_programs_stay_away),
	    cmocka_unit_test(set_uid_programs_stay_away_elsewhere),
	    cmocka_unit_test(mounts_below_a_read_only_bind),
	    cmocka_unit_test(directories_that_binds_make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
