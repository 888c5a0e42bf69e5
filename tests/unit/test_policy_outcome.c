/* SPDX-License-Identifier: Apache-2.0 */
/* Requirements on what comes of a request: on objects that exist, and where links lead. */
#include "unit.h"

#include "policy/require.h"
#include "state_case.h"

/* As at create, but for what the daemon fills in and what comes from the image. */
static void requirements(void **state)
{
	static const struct state_row rows[] = {
	    {START, NULL, "requirement container web: HostConfig.Memory", NULL, WEB(DEFAULTS)},
	    {START, NULL, "allow", NULL, WEB("\"CgroupnsMode\":\"private\",\"Memory\":1048576")},
	    {START, NULL, "requirement container web: HostConfig", NULL,
		WEB(DEFAULTS ",\"Memory\":1048576")},
	    {START, NULL, "requirement container web: HostConfig", NULL,
		WEB("\"CgroupnsMode\":\"private\",\"PidMode\":\"host\",\"Memory\":1048576")},
	};
	static const struct state_row user[] = {
	    {START, NULL, "requirement container web: User", NULL, WEB(DEFAULTS)},
	};
	static const struct state_row environment[] = {
	    {START, NULL, "allow", NULL,
		"{\"container web\":{\"Id\":\"a\",\"HostConfig\":{},\"Config\":{\"Image\":\"bb:1\","
		"\"Env\":[\"GPG_TOKEN=x\"]}}}"},
	};
	static const struct state_row most[] = {
	    {START, NULL, "requirement container web: HostConfig.Memory", NULL,
		WEB(DEFAULTS ",\"Memory\":2147483648")},
	};

	(void)state;
	check_states(CHECKED "pid_mode = host\nrequire = memory_limit no_host_namespaces\n", rows,
	    COUNT(rows));
	check_states(CHECKED "require = non_root\n", user, COUNT(user));
	check_states(CHECKED "require = no_secret_env\n", environment, COUNT(environment));
	check_states(CHECKED "max_memory = 1g\n", most, COUNT(most));
}

/* Whatever check_state says: a request without a user does not say who runs. */
static void an_exec_without_a_user_is_the_containers(void **state)
{
#define RUNS_AS(user)                                                                              \
	"{\"container web\":{\"Id\":\"" ID "\",\"HostConfig\":{},\"Config\":{\"User\":\"" user     \
	"\"}}}"
#define PREPARE "POST /containers/web/exec"
	static const struct {
		const char *body, *state, *want, *id;
	} rows[] = {
	    {"{\"Cmd\":[\"id\"]}", RUNS_AS("5:5"), "allow", ID},
	    {"{\"Cmd\":[\"id\"],\"User\":\"\"}", RUNS_AS("5:5"), "allow", ID},
	    {"{\"Cmd\":[\"id\"],\"User\":\"5:5\"}", RUNS_AS(""), "allow", ""},
	    {"{\"Cmd\":[\"id\"]}", RUNS_AS(""), "requirement User", ""},
	    {"{\"Cmd\":[\"id\"]}", RUNS_AS("root"), "requirement User", ""},
	    {"{\"Cmd\":[\"id\"]}", NULL, "allow", ""}, /* the daemon says that there is none */
	};
	static const struct state_row stored[] = {
	    {RUN, "{}", "requirement exec e1: User", NULL, EXEC(ID_PROCESS)},
	    {RUN, "{}", "allow", NULL, EXEC(ID_PROCESS ",\"user\":\"5:5\"")},
	};
	static const char *const lines[] = {
	    "allow = container.exec\ncheck_state = no\nrequire = exec_non_root",
	    "allow = container.exec\ncheck_state = no\nrequire = non_root",
	    "allow = container.exec\ncheck_state = no\npreset = cis"};
	static struct outcome outcome;

	(void)state;
	for (size_t i = 0; i < COUNT(lines) * COUNT(rows); i++) {
		struct policy *policy = policy_of(lines[i / COUNT(rows)]);
		const struct request_case request = {.line = PREPARE,
		    .body = rows[i % COUNT(rows)].body,
		    .state = rows[i % COUNT(rows)].state};

		decide_case(policy, &request, &outcome);
		assert_string_equal(outcome_text(&outcome), rows[i % COUNT(rows)].want);
		assert_string_equal(outcome.identity, rows[i % COUNT(rows)].id);
		policy_unref(policy);
	}
	check_states(CHECKED "require = exec_non_root\n", stored, COUNT(stored));
}

/* Sensitive places and propagation, by whatever way they came into a container. */
static void mounts_that_exist_meet_requirements(void **state)
{
#define BOUND "\"type\":\"none\",\"o\":\"bind\",\"device\":\"/usr/lib\""
#define V_MOUNTED "{\"Type\":\"volume\",\"Name\":\"v\",\"Driver\":\"local\",\"RW\":true}"
	static const struct state_row rows[] = {
	    {START, NULL, "allow", NULL, MOUNTING("{\"Type\":\"bind\",\"Source\":\"/srv/x\"}", "")},
	    {START, NULL, "requirement container web: HostConfig.Mounts", NULL,
		MOUNTING("{\"Type\":\"bind\",\"Source\":\"/usr/lib\"}", "")},
	    {START, NULL, "requirement container web: HostConfig.Mounts", NULL,
		MOUNTING("{\"Source\":\"/usr/lib\"}", "")},
	    {START, NULL, "requirement container web: HostConfig.Mounts", NULL,
		WEB("\"Binds\":[\"/usr/lib:/x\"]")},
	    {START, NULL, "requirement container web: HostConfig.Mounts", NULL,
		MOUNTING(
		    "{\"Type\":\"bind\",\"Source\":\"/srv/x\",\"Propagation\":\"shared\"}", "")},
	    {START, NULL, "requirement volume v: HostConfig.Mounts", NULL,
		MOUNTING(V_MOUNTED, "," VOLUME("v", "local", "{" BOUND "}"))},
	    {START, NULL, "allow", NULL, MOUNTING(V_MOUNTED, "," VOLUME("v", "local", "null"))},
	    {CREATE, HOST("\"Binds\":[\"v:/x\"]"), "requirement volume v: HostConfig.Mounts", NULL,
		"{" VOLUME("v", "local", "{" BOUND "}") "}"},
	};

	(void)state;
	check_states(CHECKED "bind = /usr rw shared\nbind = /srv rw shared\nvolume_option = *\n"
			     "require = no_sensitive_binds no_shared_propagation\n",
	    rows, COUNT(rows));
}

/* A requirement looks where a link leads as well, and everything granted changes nothing of that.
 */
static void links_lead_to_no_sensitive_place(void **state)
{
	static const struct {
		const char *body, *want;
	} rows[] = {
	    {HOST("\"Binds\":[\"/srv/in:/x\"]"), "allow"},
	    {HOST("\"Binds\":[\"/srv/out:/x\"]"), "requirement HostConfig.Mounts"},
	    {HOST("\"Binds\":[\"/srv/lost:/x\"]"), "requirement HostConfig.Mounts"},
	    {HOST("\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/srv/out/ssl\",\"Target\":\"/x\"}]"),
		"requirement HostConfig.Mounts"},
	    {HOST("\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/x\",\"VolumeOptions\":{"
		  "\"DriverConfig\":{\"Options\":{\"o\":\"bind\",\"device\":\"/srv/out\"}}}}]"),
		"requirement HostConfig.Mounts"},
	};
	struct policy *policy = policy_of(
	    "allow = @all\ngrant = all\nresolve_binds = yes\nrequire = no_sensitive_binds");
	static struct outcome outcome;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		decide_case(policy,
		    &(struct request_case){.line = CREATE, .body = rows[i].body, .resolve = leads},
		    &outcome);
		assert_string_equal(outcome_text(&outcome), rows[i].want);
	}
	policy_unref(policy);
}

/* A container that exists and breaks each requirement in turn; what other members of HostConfig
 * say. */
static const struct {
	const char *requirement, *state;
} broken[] = {
    {"non_root", WEB(DEFAULTS)},
    {"no_privileged", WEB("\"Privileged\":true")},
    {"cap_drop_all", WEB(DEFAULTS)},
    {"no_new_privileges", WEB(DEFAULTS)},
    {"seccomp", WEB("\"SecurityOpt\":[\"seccomp=unconfined\"]")},
    {"apparmor", WEB("\"SecurityOpt\":[\"apparmor=unconfined\"]")},
    {"selinux", WEB("\"SecurityOpt\":[\"label=disable\"]")},
    {"read_only_root", WEB(DEFAULTS)},
    {"memory_limit", WEB(DEFAULTS)},
    {"cpu_limit", WEB(DEFAULTS)},
    {"pids_limit", WEB(DEFAULTS)},
    {"no_host_namespaces", WEB("\"PidMode\":\"host\"")},
    {"private_ipc", WEB("\"IpcMode\":\"host\"")},
    {"private_cgroup", WEB("\"CgroupnsMode\":\"host\"")},
    {"no_devices", WEB("\"Devices\":[{\"PathOnHost\":\"/dev/sda\"}]")},
    {"no_sensitive_binds", WEB("\"Binds\":[\"/etc:/h\"]")},
    {"no_shared_propagation", WEB("\"Binds\":[\"/srv:/h:shared\"]")},
    {"loopback_ports",
	WEB("\"PortBindings\":{\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"8080\"}]}")},
    {"unprivileged_ports",
	WEB("\"PortBindings\":{\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"80\"}]}")},
    {"no_default_bridge", WEB(DEFAULTS)},
    {"restart_bounded", WEB("\"RestartPolicy\":{\"Name\":\"always\"}")},
    {"healthcheck", WEB(DEFAULTS)},
    {"image_digest", WEB(DEFAULTS)},
    {"ulimits", WEB(DEFAULTS)},
    {"log_driver", WEB("\"LogConfig\":{\"Type\":\"none\"}")},
    {"log_limits", WEB(DEFAULTS)},
};

static bool is_broken(const char *requirement, const char *what_exists)
{
	static struct outcome outcome;
	char lines[200];

	(void)snprintf(lines, sizeof(lines),
	    "allow = @all\ngrant = all\ncheck_state = yes\nrequire = %s", requirement);
	struct policy *policy = policy_of(lines);

	decide_case(policy, &(struct request_case){.line = START, .state = what_exists}, &outcome);
	policy_unref(policy);
	if (outcome.decision.reason == REASON_REQUIREMENT &&
	    strcmp(outcome.decision.requirement, requirement) == 0)
		return true;
	print_message("%s: %s\n", requirement, outcome_text(&outcome));
	return false;
}

/* Whoever made it: it is not started by a client whose policy asks for more. */
static void each_requirement_is_asked_of_what_exists(void **state)
{
	unsigned wrong = 0, asked = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++)
		wrong += !is_broken(broken[i].requirement, broken[i].state);
	assert_int_equal(wrong, 0);
	for (unsigned i = 0; requirement_at(i); i++)
		asked += (requirement_at(i)->subjects & ON_STORED) != 0;
	/* a new row needs one above; nosuid_binds asks the host: test_policy_resolve.c */
	assert_int_equal(asked, COUNT(broken) + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_requirement_is_asked_of_what_exists),
	    cmocka_unit_test(requirements),
	    cmocka_unit_test(an_exec_without_a_user_is_the_containers),
	    cmocka_unit_test(mounts_that_exist_meet_requirements),
	    cmocka_unit_test(links_lead_to_no_sensitive_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
