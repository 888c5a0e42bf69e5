/* SPDX-License-Identifier: Apache-2.0 */
/* Negated patterns: what `!` takes back, and what it leaves; and which lines a refusal
 * proposes. */
#include "unit.h"

#include "policy_case.h"

#define CREATE "POST /containers/create"

static void an_open_grant_stays_open(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, "{\"Env\":[\"A=1\"]}", "allow", NULL},
	    {CREATE, "{\"Env\":[\"LD_PRELOAD=/x\"]}", "grant Env[0]", ""},
	    {CREATE, "{\"Env\":[\"A=1\",\"LD_AUDIT=\"]}", "grant Env[1]", NULL},
	    {"POST /containers/x/exec", "{\"Env\":[\"LD_PRELOAD=/x\"]}", "grant Env[0]", NULL},
	    {CREATE, "{\"User\":\"1000\"}", "allow", NULL},
	    {CREATE, "{\"User\":\"root\"}", "grant User", ""},
	    {CREATE, "{\"User\":\"00\"}", "grant User", ""},
	};

	(void)state;
	check_rows("allow = @all\nimage = *\nenv = !LD_*\nuser = !root !0*", rows,
	    sizeof(rows) / sizeof(*rows));
}

/* The order of lines says nothing. */
static void one_value_can_be_held(void **state)
{
	static const char *const policies[] = {
	    "allow = @all\nimage = *\nenv = !MODE\nenv = MODE=prod",
	    "allow = @all\nimage = *\nenv = MODE=prod * !MODE",
	    "allow = @all\nimage = *\nenv = !MODE=* * MODE=prod",
	};
	static const struct policy_row rows[] = {
	    {CREATE, "{\"Env\":[\"MODE=prod\"]}", "allow", NULL},
	    {CREATE, "{\"Env\":[\"MODE=dev\"]}", "grant Env[0]", NULL},
	    {CREATE, "{\"Env\":[\"MODE=\"]}", "grant Env[0]", NULL},
	};
	static const struct policy_row other[] = {{CREATE, "{\"Env\":[\"A=1\"]}", "allow", NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof(policies) / sizeof(*policies); i++)
		check_rows(policies[i], rows, sizeof(rows) / sizeof(*rows));
	check_rows(policies[1], other, 1);
}

static void what_is_named_in_full_twice_is_refused(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, "{\"Env\":[\"A=1\"]}", "grant Env[0]", NULL},
	    {CREATE, "{\"Env\":[\"B=1\"]}", "grant Env[0]", NULL},
	    {CREATE, "{\"Env\":[\"B=2\"]}", "allow", NULL},
	    {"POST /containers/create?name=a", "{}", "grant query:name", NULL},
	};

	(void)state;
	check_rows("allow = @all\nimage = *\nenv = A=1 !A=1 B !B=1\nname = a !a", rows,
	    sizeof(rows) / sizeof(*rows));
}

static void closed_grants_and_harmless_values_have_it_too(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, "{\"HostConfig\":{\"NetworkMode\":\"ci-a\"}}", "allow", NULL},
	    {CREATE, "{\"HostConfig\":{\"NetworkMode\":\"ci-vault\"}}",
		"grant HostConfig.NetworkMode", NULL},
	    {CREATE, "{\"HostConfig\":{\"NetworkMode\":\"none\"}}", "grant HostConfig.NetworkMode",
		NULL},
	    {CREATE, "{\"HostConfig\":{\"NetworkMode\":\"bridge\"}}", "allow", NULL},
	    {CREATE, "{\"HostConfig\":{\"Binds\":[\"db:/a\"]}}", "grant HostConfig.Binds[0]", NULL},
	    {CREATE, "{\"HostConfig\":{\"LogConfig\":{\"Type\":\"none\"}}}",
		"grant HostConfig.LogConfig.Type", NULL},
	};

	(void)state;
	check_rows("allow = @all\nimage = *\nnetwork_mode = ci-* !ci-vault !none\nvolume = !db\n"
		   "log_driver = !none",
	    rows, sizeof(rows) / sizeof(*rows));
}

static void it_stands_where_patterns_do(void **state)
{
	(void)state;
	assert_non_null(strstr(policy_error("bind = !/etc ro"), "is not an absolute path"));
	assert_non_null(strstr(policy_error("cap_add = !SYS_ADMIN"), "takes no negated patterns"));
	assert_non_null(strstr(policy_error("publish = !*:80"), "takes no negated patterns"));
	assert_non_null(strstr(policy_error("image = !bb"), "takes no negated patterns"));
	assert_non_null(strstr(policy_error("command = !sh **"), "takes no negated patterns"));
	assert_non_null(strstr(policy_error("entrypoint = !/x"), "takes no negated patterns"));
	assert_non_null(strstr(policy_error("exec_command = * !sh"), "takes no negated patterns"));
	assert_non_null(strstr(policy_error("device_request = * !x"), "takes no negated patterns"));
	assert_non_null(strstr(policy_error("user = * !0-999"), "no ranges"));
	assert_non_null(strstr(policy_error("group_add = * !0-999"), "no ranges"));
	assert_non_null(strstr(policy_error("dns = * !10.0.0.0/8"), "matches nothing"));
	assert_non_null(strstr(policy_error("extra_host = * !*:10.0.0.0/8"), "matches nothing"));
	policy_unref(policy_of("command = test ! -e /x"));
	assert_non_null(strstr(policy_error("env = !"), "stands once"));
	assert_non_null(strstr(policy_error("env = !!A"), "stands once"));
}

/* containerd starts the same program for runc and io.containerd.runc.v2. */
static void a_runtime_is_taken_back_by_either_name(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, "{\"HostConfig\":{\"Runtime\":\"runc\"}}", "grant HostConfig.Runtime", NULL},
	    {CREATE, "{\"HostConfig\":{\"Runtime\":\"io.containerd.runc.v2\"}}",
		"grant HostConfig.Runtime", NULL},
	    {CREATE, "{\"HostConfig\":{\"Runtime\":\"x.runc.v1\"}}", "grant HostConfig.Runtime",
		NULL},
	    {CREATE, "{\"HostConfig\":{\"Runtime\":\"kata\"}}", "grant HostConfig.Runtime", NULL},
	    {CREATE, "{\"HostConfig\":{\"Runtime\":\"io.containerd.runsc.v1\"}}", "allow", NULL},
	    {CREATE, "{\"HostConfig\":{\"Runtime\":\"my.runc\"}}", "allow", NULL},
	};

	(void)state;
	check_rows("allow = @all\nimage = *\nruntime = * !runc !io.containerd.kata.v2", rows,
	    sizeof(rows) / sizeof(*rows));
}

/* A line that is proposed permits what was refused. */
static void a_line_is_proposed_where_it_helps(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, "{\"HostConfig\":{\"NetworkMode\":\"ci-vault\"}}",
		"grant HostConfig.NetworkMode", "network_mode = ci-vault"},
	    {CREATE, "{\"HostConfig\":{\"NetworkMode\":\"none\"}}", "grant HostConfig.NetworkMode",
		""},
	    {CREATE, "{\"Labels\":{\"a\":\"1\"}}", "grant Labels[a]", "label = a=1"},
	    {CREATE, "{\"Env\":[\"A=1\"]}", "grant Env[0]", ""},
	};
	static const struct policy_row after[] = {
	    {CREATE, "{\"HostConfig\":{\"NetworkMode\":\"ci-vault\"}}", "allow", NULL},
	    {CREATE, "{\"Labels\":{\"a\":\"1\"}}", "allow", NULL},
	};

	(void)state;
	check_rows("allow = @all\nimage = *\nnetwork_mode = ci-* !ci-v* !none\nlabel = b !a\n"
		   "env = * !A",
	    rows, sizeof(rows) / sizeof(*rows));
	check_rows("allow = @all\nimage = *\nnetwork_mode = ci-* !ci-v* !none\nlabel = b !a\n"
		   "network_mode = ci-vault\nlabel = a=1",
	    after, sizeof(after) / sizeof(*after));
}

/* What the configuration would refuse is no advice; what it takes in another spelling is. */
static void a_proposed_line_can_be_used(void **state)
{
	static const struct policy_row rows[] = {
	    {"GET /containers/x/archive?path=etc", NULL, "grant query:path", ""},
	    {"GET /containers/x/archive?path=.", NULL, "grant query:path", ""},
	    {CREATE, "{\"HostConfig\":{\"Sysctls\":{\"net/x\":\"1\"}}}",
		"grant HostConfig.Sysctls[net/x]", ""},
	    {CREATE, "{\"HostConfig\":{\"Ulimits\":[{\"Name\":\"foo\",\"Soft\":1,\"Hard\":1}]}}",
		"grant HostConfig.Ulimits[0]", ""},
	    {CREATE, "{\"HostConfig\":{\"IpcMode\":\"HOST\"}}", "grant HostConfig.IpcMode", ""},
	    {CREATE, "{\"HostConfig\":{\"Dns\":[\"10.0.0.0/8\"]}}", "grant HostConfig.Dns[0]", ""},
	    {CREATE, "{\"HostConfig\":{\"ExtraHosts\":[\"db\"]}}", "grant HostConfig.ExtraHosts[0]",
		""},
	    {CREATE, "{\"HostConfig\":{\"Binds\":[\"/a,b:/x\"]}}", "grant HostConfig.Binds[0]", ""},
	    {CREATE, "{\"HostConfig\":{\"NetworkMode\":\"a,b\"}}", "grant HostConfig.NetworkMode",
		"network_mode = \"a,b\""},
	    {CREATE,
		"{\"HostConfig\":{\"PortBindings\":{\"80\":[{\"HostIp\":\"localhost\","
		"\"HostPort\":\"80\"}]}}}",
		"grant HostConfig.PortBindings[80]", ""},
	    {CREATE, "{\"HostConfig\":{\"DeviceCgroupRules\":[\"c 188:* rmw\"]}}",
		"grant HostConfig.DeviceCgroupRules[0]", "device_cgroup_rule = \"c 188:* rmw\""},
	};

	(void)state;
	check_rows(
	    "allow = @all\nimage = *\narchive_path = /out/**", rows, sizeof(rows) / sizeof(*rows));
}

static void mistaken_values_are_refused(void **state)
{
	static const char *const lines[] = {"command = ** x", "env = FOO: bar",
	    "label = traefik.enable: true",
	    "pid_mode = container:", "network_mode = container:", "volume = data:ro",
	    "working_dir = app", "node = leader", "service_rollback = yes", "cgroup_parent = ../x"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_string_not_equal(policy_error(lines[i]), "");
	assert_non_null(
	    strstr(policy_error("pid_mode = container"), "did you mean \"container:*\""));
}

static void the_line_that_refuses_is_named(void **state)
{
	struct policy *policy = policy_of("allow = @all\nimage = *\nenv = * !LD_*");
	struct request_case request = {
	    .line = CREATE, .body = "{\"Image\":\"a\",\"Env\":[\"LD_X=1\"]}"};
	struct outcome outcome;

	(void)state;
	decide_case(policy, &request, &outcome);
	assert_string_equal(
	    outcome.decision.message, "Env[0]: \"LD_X=***\" is refused by \"env = !LD_*\"");
	assert_string_equal(outcome.decision.rule.file, "test");
	policy_unref(policy);
}

/* A line with it would not say it. */
static void no_line_is_proposed_for_a_mark(void **state)
{
	static const struct policy_row rows[] = {
	    {"POST /containers/create?name=!a", "{}", "grant query:name", ""},
	};

	(void)state;
	check_rows("allow = @all\nimage = *\nname = ci-*", rows, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_open_grant_stays_open),
	    cmocka_unit_test(one_value_can_be_held),
	    cmocka_unit_test(what_is_named_in_full_twice_is_refused),
	    cmocka_unit_test(closed_grants_and_harmless_values_have_it_too),
	    cmocka_unit_test(it_stands_where_patterns_do),
	    cmocka_unit_test(a_runtime_is_taken_back_by_either_name),
	    cmocka_unit_test(a_line_is_proposed_where_it_helps),
	    cmocka_unit_test(a_proposed_line_can_be_used),
	    cmocka_unit_test(mistaken_values_are_refused),
	    cmocka_unit_test(the_line_that_refuses_is_named),
	    cmocka_unit_test(no_line_is_proposed_for_a_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
