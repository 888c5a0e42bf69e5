/* SPDX-License-Identifier: Apache-2.0 */
/* check_state: objects that exist, as a daemon tells of them. */
#include "unit.h"

#include "state_case.h"

#include <stdio.h>

static void every_use_is_judged(void **state)
{
	static const char *const lines[] = {START, "POST /containers/web/restart",
	    "POST /containers/web/unpause", "POST /containers/web/attach",
	    "GET /containers/web/archive?path=/", "HEAD /containers/web/archive?path=/",
	    "PUT /containers/web/archive?path=/", "GET /containers/web/export",
	    "POST /commit?container=web&repo=bb&tag=1"};
	static const char *const with_body[] = {"POST /containers/web/exec",
	    "POST /containers/web/update", "POST /containers/web/checkpoints"};
	struct state_row row = {.state = WEB("\"Privileged\":true")};
	const struct request_case websocket = {.line = "GET /containers/web/attach/ws",
	    .upgrade = "websocket",
	    .state = WEB("\"Privileged\":true")};
	static struct outcome outcome;
	struct policy *policy = policy_of(CHECKED);

	(void)state;
	row.want = "grant container web: HostConfig.Privileged";
	row.fix = "privileged = yes";
	for (size_t i = 0; i < COUNT(lines); i++) {
		row.line = lines[i];
		check_states(CHECKED, &row, 1);
	}
	for (size_t i = 0; i < COUNT(with_body); i++) {
		row.line = with_body[i];
		row.body = i == 0 ? "{\"Cmd\":[\"id\"]}" : "{}";
		check_states(CHECKED, &row, 1);
	}
	decide_case(policy, &websocket, &outcome);
	assert_string_equal(outcome_text(&outcome), row.want);
	policy_unref(policy);
}

static void other_operations_ask_nothing(void **state)
{
	static const struct state_row rows[] = {
	    {"GET /containers/web/json", NULL, "allow", NULL, NULL},
	    {"POST /containers/web/stop", NULL, "allow", NULL, NULL},
	    {"DELETE /containers/web", NULL, "allow", NULL, NULL},
	    {CREATE, HOST(""), "allow", NULL, NULL},
	};
	struct policy *policy = policy_of(CHECKED);
	static struct outcome outcome;

	(void)state;
	check_states(CHECKED, rows, COUNT(rows));
	decide_case(policy, &(struct request_case){.line = rows[0].line}, &outcome);
	assert_string_equal(outcome.identity, "");
	policy_unref(policy);
}

static void without_the_switch_nothing_is_asked(void **state)
{
	static const struct state_row rows[] = {
	    {START, NULL, "allow", NULL, WEB("\"Privileged\":true")},
	    {CREATE, HOST("\"Binds\":[\"v:/v\"]"), "allow", NULL,
		"{" VOLUME("v", "evil", "null") "}"},
	};

	(void)state;
	check_states(LINES "check_state = no\n", rows, COUNT(rows));
	check_states(LINES "grant = all\n", rows, COUNT(rows));
}

#define TASK(target) "POST /services/create", "{\"Networks\":[{\"Target\":\"" target "\"}]}"
#define TARGET "Networks[0].Target"
#define HOST_ID                                                                                    \
	"{" NETWORK("9x2", "host", "host", "") "," NETWORK("7q", "web", "overlay",                 \
	    "") ","                                                                                \
		"\"daemon info\":{\"SecurityOptions\":[\"name=cgroupns\"]}}"

/* Swarm finds the host's network by an id, which a wildcard covers: so the daemon is asked. */
static void services_reach_the_host_by_its_name_only(void **state)
{
	static const struct state_row rows[] = {
	    {TASK("9x2"), "grant " TARGET, "network_mode = host", HOST_ID},
	    {TASK("7q"), "allow", NULL, HOST_ID},
	    {TASK("a-name"), "allow", NULL, NULL},
	};
	static const struct state_row looked_at[] = {
	    {TASK("9x2"), "grant network 9x2: Name", "network_mode = host", HOST_ID},
	};
	static const struct state_row required[] = {
	    {TASK("9x2"), "requirement " TARGET, NULL, HOST_ID},
	    {TASK("7q"), "allow", NULL, HOST_ID},
	};

	(void)state;
	check_states("allow = @all\nnetwork_mode = *\ncheck_state = no", rows, COUNT(rows));
	check_states("allow = @all\nnetwork_mode = *", looked_at, 1);
	check_states("allow = @all\ngrant = all\nrequire = no_host_namespaces", required, 2);
	check_states("allow = @all\nnetwork_mode = * host\nnetwork_driver = overlay", rows + 1, 2);
}

static void containers(void **state)
{
	static const struct state_row rows[] = {
	    {START, NULL, "allow", NULL, WEB(DEFAULTS)},
	    {START, NULL, "allow", NULL, WEB("\"Binds\":[\"/srv/x:/x\"]")},
	    {START, NULL, "grant container web: HostConfig.Binds[0]", "bind = /etc ro",
		WEB("\"Binds\":[\"/etc:/x:ro\"]")},
	    {START, NULL, "grant container web: HostConfig.CapAdd[0]", NULL,
		WEB("\"CapAdd\":[\"SYS_ADMIN\"]")},
	    {START, NULL, "grant container web: HostConfig.NetworkMode", NULL,
		WEB("\"NetworkMode\":\"host\"")},
	    {START, NULL, "grant container web: HostConfig.UTSMode", NULL,
		WEB("\"UTSMode\":\"host\"")},
	    {START, NULL, "grant container web: HostConfig.IpcMode", NULL,
		WEB("\"IpcMode\":\"host\"")},
	    {START, NULL, "unknown_field container web: HostConfig.NewPower", NULL,
		WEB("\"NewPower\":true")},
	    {START, NULL, "allow", NULL, WEB("\"NewPower\":false")},
	    {START, NULL, "ambiguous container web: HostConfig.Privileged", NULL,
		WEB("\"Privileged\":false,\"privileged\":true")},
	    {START, NULL, "body container web: HostConfig.Privileged", NULL,
		WEB("\"Privileged\":\"no\"")},
	    {START, NULL, "grant container web: HostConfig.SecurityOpt[0]", NULL,
		WEB("\"SecurityOpt\":[\"label=disable\"]")},
	    {START, NULL, "grant container web: HostConfig.MaskedPaths", NULL,
		WEB("\"MaskedPaths\":[]")},
	    {START, NULL, "grant container web: HostConfig.MaskedPaths", NULL,
		WEB("\"MaskedPaths\":[\"/proc/acpi\",\"/proc/keys\"]")},
	    {START, NULL, "grant container web: HostConfig.ReadonlyPaths", NULL,
		WEB("\"ReadonlyPaths\":[\"/proc/bus\"]")},
	    /* what no one can judge */
	    {START, NULL, "upstream container web:", NULL, "{\"container web\":{}}"},
	    {START, NULL, "upstream container web:", NULL, "{\"container web\":[]}"},
	    {START, NULL, "upstream container web:", NULL,
		"{\"container web\":{\"HostConfig\":{}}}"},
	    {START, NULL, "upstream container web:", NULL,
		"{\"container web\":{\"HostConfig\":{},\"Id\":\"../x\"}}"},
	    /* nothing there: the proxy hands the daemon's word on */
	    {START, NULL, "allow", NULL, "{}"},
	};

	(void)state;
	check_states(CHECKED, rows, COUNT(rows));
}

static void what_a_grant_gives_can_be_used(void **state)
{
	static const struct state_row rows[] = {
	    {START, NULL, "allow", NULL,
		WEB("\"Privileged\":true,\"SecurityOpt\":[\"label=disable\"],\"MaskedPaths\":"
		    "null")},
	    {START, NULL, "grant container web: HostConfig.SecurityOpt[1]", NULL,
		WEB("\"Privileged\":true,\"SecurityOpt\":[\"label=disable\",\"seccomp=x\"]")},
	    {START, NULL, "allow", NULL,
		WEB("\"PidMode\":\"host\",\"SecurityOpt\":[\"label=disable\"]")},
	    {START, NULL, "grant container web: HostConfig.SecurityOpt[0]", NULL,
		WEB("\"Privileged\":false,\"SecurityOpt\":[\"label=disable\"]")},
	};
	static const struct state_row all[] = {
	    {START, NULL, "allow", NULL, WEB("\"Privileged\":true,\"NewPower\":{}")},
	};

	(void)state;
	check_states(CHECKED "privileged = yes\npid_mode = host\n", rows, COUNT(rows));
	check_states("allow = @all\ngrant = all\ncheck_state = yes\n", all, COUNT(all));
}

static void images(void **state)
{
	static const struct state_row rows[] = {
	    {START, NULL, "grant container web: Config.Image", "image = bb:1", WEB(DEFAULTS)},
	};

	(void)state;
	check_states("allow = container.start\ncheck_state = yes\n", rows, COUNT(rows));
}

static void volumes(void **state)
{
#define V_MOUNT "{\"Type\":\"volume\",\"Name\":\"v\",\"Driver\":\"local\",\"RW\":true}"
#define BIND_OPTIONS "{\"type\":\"none\",\"o\":\"bind\",\"device\":\"/etc\"}"
	static const struct state_row rows[] = {
	    {START, NULL, "allow", NULL, MOUNTING(V_MOUNT, "," VOLUME("v", "local", "null"))},
	    {START, NULL, "allow", NULL, MOUNTING(V_MOUNT, "")},
	    {START, NULL, "grant volume v: Options[type]", "volume_option = type=none",
		MOUNTING(V_MOUNT, "," VOLUME("v", "local", BIND_OPTIONS))},
	    {START, NULL, "grant volume v: Driver", "volume_driver = evil",
		MOUNTING(V_MOUNT, "," VOLUME("v", "evil", "{}"))},
	    {START, NULL, "grant volume " ANONYMOUS ": Driver", NULL,
		MOUNTING("{\"Type\":\"volume\",\"Name\":\"" ANONYMOUS "\"}",
		    "," VOLUME(ANONYMOUS, "evil", "null"))},
	    {CREATE, HOST("\"Binds\":[\"v:/v\"]"), "allow", NULL,
		"{" VOLUME("v", "local", "null") "}"},
	    {CREATE, HOST("\"Binds\":[\"v:/v\"]"), "allow", NULL, "{}"},
	    {CREATE, HOST("\"Binds\":[\"v:/v\"]"), "grant volume v: Driver", NULL,
		"{" VOLUME("v", "evil", "null") "}"},
	    {CREATE, HOST("\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/v\"}]"),
		"grant volume v: Options[type]", NULL, "{" VOLUME("v", "local", BIND_OPTIONS) "}"},
	    {CREATE, HOST("\"Binds\":[\"v:/v\"]"), "upstream volume v:", NULL, "{\"volume v\":{}}"},
	};
	static const struct state_row opened[] = {
	    {START, NULL, "grant volume v: Options[device]", "bind = /etc rw",
		MOUNTING(V_MOUNT, "," VOLUME("v", "local", BIND_OPTIONS))},
	};

	(void)state;
	check_states(CHECKED, rows, COUNT(rows));
	check_states(CHECKED "volume_option = type o device\n", opened, COUNT(opened));
}

static void mounts_that_are_taken_over(void **state)
{
#define FROM(mounts) MOUNTING(mounts, "," VOLUME("v", "evil", "null"))
	static const struct state_row rows[] = {
	    {CREATE, HOST("\"VolumesFrom\":[\"web:ro\"]"), "allow", NULL,
		FROM("{\"Type\":\"bind\",\"Source\":\"/srv/x\",\"RW\":true,\"Mode\":\"\"}")},
	    {CREATE, HOST("\"VolumesFrom\":[\"web\"]"), "grant container web: Mounts[0].Source",
		"bind = /etc ro", FROM("{\"Type\":\"bind\",\"Source\":\"/etc\",\"RW\":false}")},
	    {CREATE, HOST("\"VolumesFrom\":[\"web\"]"), "grant container web: Mounts[0].Source",
		"bind = /etc rw relabel",
		FROM("{\"Source\":\"/etc\",\"Mode\":\"z\"}")}, /* of an old daemon */
	    {CREATE, HOST("\"VolumesFrom\":[\"web\"]"), "grant volume v: Driver", NULL,
		FROM("{\"Type\":\"tmpfs\"},{\"Type\":\"volume\",\"Name\":\"v\"}")},
	    {CREATE, HOST("\"VolumesFrom\":[\"web\"]"), "never container web: Mounts[0].Type", NULL,
		FROM("{\"Type\":\"npipe\",\"Source\":\"x\"}")},
	    {CREATE, HOST("\"VolumesFrom\":[\"web\"]"), "upstream container web:", NULL,
		"{\"container web\":{\"Mounts\":[]}}"},
	    {START, NULL, "grant container web: Mounts[0].Source", NULL,
		FROM("{\"Type\":\"bind\",\"Source\":\"/etc\"}")},
	    {CREATE, HOST("\"VolumesFrom\":[\"a/b\"]"), "ambiguous HostConfig.VolumesFrom[0]", NULL,
		NULL},
	};

	(void)state;
	check_states(CHECKED, rows, COUNT(rows));
}

static void networks(void **state)
{
#define N1 "\"net-1\":{\"NetworkID\":\"n1\",\"IPAMConfig\":null,\"Aliases\":[\"x\"]}"
#define CONNECT "POST /networks/net-1/connect"
#define NUMBER "\"com.docker.network.driver.overlay.vxlanid_list\":\"4097\""
	static const struct state_row rows[] = {
	    {START, NULL, "allow", NULL,
		NETWORKED(N1, "," NETWORK("net-1", "net-1", "bridge", ""))},
	    {START, NULL, "allow", NULL, NETWORKED("\"bridge\":{}", "")},
	    {START, NULL, "grant container web: NetworkSettings.Networks[other]", NULL,
		NETWORKED("\"other\":{}", "")},
	    {START, NULL, "grant container web: NetworkSettings.Networks[net-1].DriverOpts[a]",
		NULL, NETWORKED("\"net-1\":{\"DriverOpts\":{\"a\":\"b\"}}", "")},
	    {START, NULL, "grant network net-1: Driver", NULL,
		NETWORKED(N1, "," NETWORK("net-1", "net-1", "macvlan", ""))},
	    {CONNECT, "{\"Container\":\"x\"}", "allow", NULL,
		"{" NETWORK("net-1", "net-1", "bridge", "") "}"},
	    {CONNECT, "{\"Container\":\"x\"}", "grant network net-1: Options[parent]", NULL,
		"{" NETWORK("net-1", "net-1", "bridge", ",\"Options\":{\"parent\":\"eth0\"}") "}"},
	    {CONNECT, "{\"Container\":\"x\"}", "allow", NULL,
		"{" NETWORK("net-1", "net-1", "bridge", ",\"Options\":{" NUMBER "}") "}"},
	    {CONNECT, "{\"Container\":\"x\"}", "grant network net-1: Options[encrypted]", NULL,
		"{" NETWORK("net-1", "net-1", "bridge",
		    ",\"Options\":{" NUMBER ",\"encrypted\":\"\"}") "}"},
	    {CONNECT, "{\"Container\":\"x\"}", "grant network net-1: Name", NULL,
		"{" NETWORK("net-1", "other", "bridge", "") "}"},
	    {CONNECT, "{\"Container\":\"x\"}", "grant network net-1: Name", "network_mode = host",
		"{" NETWORK("net-1", "host", "host", "") "}"},
	    {CREATE, HOST("\"NetworkMode\":\"net-1\""), "grant network net-1: Driver", NULL,
		"{" NETWORK("net-1", "net-1", "ipvlan", "") "}"},
	    {CREATE, HOST("\"NetworkMode\":\"net-1\""), "allow", NULL, "{}"},
	    {CREATE, HOST("\"NetworkMode\":\"bridge\""), "allow", NULL,
		"{" NETWORK("bridge", "bridge", "evil", "") "}"},
	    {CREATE,
		"{\"Image\":\"bb:1\",\"NetworkingConfig\":{\"EndpointsConfig\":{\"bridge\":"
		"{\"NetworkID\":\"net-1\"}}}}",
		"grant network net-1: Driver", NULL,
		"{" NETWORK("net-1", "net-1", "ipvlan", "") "}"},
	};

	(void)state;
	check_states(CHECKED, rows, COUNT(rows));
}

static void containers_that_are_joined(void **state)
{
#define JOINED(mode)                                                                               \
	"{\"container c\":{\"Id\":\"c\",\"Name\":\"/c\",\"Config\":{\"Image\":\"bb:1\"},"          \
	"\"HostConfig\":{" mode "}},\"container " ID "\":" BODY(DEFAULTS, "", "", "") "}"
#define CI(mode)                                                                                   \
	"{\"container "                                                                            \
	"ci-web\":{\"Id\":\"c\",\"Name\":\"/ci-web\",\"Config\":{\"Image\":\"bb:1\"},"             \
	"\"HostConfig\":{\"NetworkMode\":\"" mode "\"}}}"
	static const struct state_row rows[] = {
	    {CREATE, HOST("\"PidMode\":\"container:web\""), "allow", NULL, WEB(DEFAULTS)},
	    {CREATE, HOST("\"PidMode\":\"container:web\""),
		"grant container web: HostConfig.Privileged", NULL, WEB("\"Privileged\":true")},
	    {CREATE, HOST("\"NetworkMode\":\"container:web\""), "allow", NULL,
		WEB("\"Privileged\":true")},
	    /* the host's network by way of others, unless a line names them */
	    {CREATE, HOST("\"NetworkMode\":\"container:ci-web\""), "grant HostConfig.NetworkMode",
		NULL, CI("host")},
	    {CREATE, HOST("\"NetworkMode\":\"container:ci-web\""), "allow", NULL, CI("bridge")},
	    {CREATE, HOST("\"NetworkMode\":\"container:web\""), "allow", NULL,
		WEB("\"NetworkMode\":\"host\"")},
	    /* the daemon keeps ids; web is granted by its name */
	    {"POST /containers/c/start", NULL, "allow", NULL,
		JOINED("\"NetworkMode\":\"container:" ID "\"")},
	    {"POST /containers/c/start", NULL, "grant container c: HostConfig.NetworkMode", NULL,
		JOINED("\"NetworkMode\":\"container:other\"")},
	    {"POST /containers/c/start", NULL, "upstream container c:", NULL,
		JOINED("\"PidMode\":\"container:c\"")}, /* a ring */
	};

	(void)state;
	check_states(CHECKED, rows, COUNT(rows));
}

static void execs(void **state)
{
	static const struct state_row rows[] = {
	    {RUN, "{}", "allow", NULL, EXEC(ID_PROCESS)},
	    {RUN, "{}", "allow", NULL, "{}"},
	    {RUN, "{}", "grant exec e1: ProcessConfig.privileged", "privileged = yes",
		EXEC("\"entrypoint\":\"id\",\"arguments\":[],\"privileged\":true")},
	    {RUN, "{}", "upstream exec e1:", NULL, EXEC("\"arguments\":[]")},
	    {RUN, "{}", "upstream exec e1:", NULL, "{\"exec e1\":{\"ProcessConfig\":{}}}"},
	};
	static const struct state_row narrow[] = {
	    {RUN, "{}", "grant exec e1: ProcessConfig.entrypoint", NULL, EXEC(ID_PROCESS)},
	    {RUN, "{}", "allow", NULL, EXEC("\"entrypoint\":\"make\",\"arguments\":[\"all\"]")},
	    {RUN, "{}", "grant exec e1: ProcessConfig.user", NULL,
		EXEC("\"entrypoint\":\"make\",\"user\":\"root\"")},
	};
	static const struct state_row required[] = {
	    {RUN, "{}", "requirement exec e1: User", NULL, EXEC(ID_PROCESS ",\"user\":\"root\"")},
	};

	(void)state;
	check_states(CHECKED, rows, COUNT(rows));
	check_states(CHECKED "exec_command = make **\nuser = 1000\n", narrow, COUNT(narrow));
	check_states(CHECKED "require = exec_non_root\n", required, COUNT(required));
}

#define NET_1(members)                                                                             \
	"{\"network net-1\":{\"Name\":\"net-1\",\"Id\":\"n1\",\"Driver\":\"bridge\"," members "}}"
#define CONNECTED "POST /networks/net-1/connect", "{\"Container\":\"x\"}"

/* What an object that exists has is held against the grant that a request would need for it. */
static void each_member_has_the_grant_of_a_request(void **state)
{
	static const struct state_row rows[] = {
	    {START, NULL, "grant container web: NetworkSettings.Networks[net-1].Links[0]",
		"alias = x:evil", NETWORKED("\"net-1\":{\"Links\":[\"x:evil\"]}", "")},
	    {START, NULL, "grant container web: NetworkSettings.Networks[net-1].DriverOpts[a]",
		"network_option = a=b", NETWORKED("\"net-1\":{\"DriverOpts\":{\"a\":\"b\"}}", "")},
	    {RUN, "{}", "grant exec e1: ProcessConfig.tty", "exec_tty = yes",
		EXEC("\"tty\":true,\"entrypoint\":\"id\",\"arguments\":[],\"privileged\":false")},
	    {CREATE, HOST("\"Binds\":[\"v:/v\"]"), "grant volume v: ClusterVolume",
		"cluster_volume = yes",
		"{\"volume "
		"v\":{\"Name\":\"v\",\"Driver\":\"local\",\"ClusterVolume\":{\"ID\":\"c\"}}}"},
	    {CONNECTED, "grant network net-1: Scope", "network_scope = swarm",
		NET_1("\"Scope\":\"swarm\"")},
	    {CONNECTED, "grant network net-1: Ingress", "swarm = yes", NET_1("\"Ingress\":true")},
	    {CONNECTED, "grant network net-1: ConfigFrom.Network", "network_template = other",
		NET_1("\"ConfigFrom\":{\"Network\":\"other\"}")},
	    {CONNECTED, "grant network net-1: Options[parent]", "network_option = parent=eth0",
		NET_1("\"Options\":{\"parent\":\"eth0\"}")},
	};

	(void)state;
	check_states(CHECKED "alias = ci-*\nexec_tty = no\n", rows, COUNT(rows));
}

static void names_become_ids(void **state)
{
	static const struct {
		const char *line, *body, *state, *id;
	} rows[] = {
	    {START, NULL, WEB(DEFAULTS), ID},
	    {"POST /commit?container=web&repo=bb&tag=1", NULL, WEB(DEFAULTS), ID},
	    {CONNECT, "{\"Container\":\"x\"}", "{" NETWORK("net-1", "net-1", "bridge", "") "}",
		"n1"},
	    {RUN, "{}", EXEC(ID_PROCESS), ""},
	    {START, NULL, WEB("\"Privileged\":true"), ""},
	};
	static struct outcome outcome;
	struct policy *policy = policy_of(CHECKED);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		decide_case(policy,
		    &(struct request_case){
			.line = rows[i].line, .body = rows[i].body, .state = rows[i].state},
		    &outcome);
		assert_string_equal(outcome.identity, rows[i].id);
	}
	policy_unref(policy);
}

static void names_that_are_no_segment_of_a_path(void **state)
{
	static const struct state_row rows[] = {
	    {CREATE, HOST("\"NetworkMode\":\"../volumes/v\""), "ambiguous HostConfig.NetworkMode",
		NULL, NULL},
	    {CREATE, HOST("\"NetworkMode\":\"..\""), "ambiguous HostConfig.NetworkMode", NULL,
		NULL},
	    {CREATE, HOST("\"NetworkMode\":\"a\\\\b\""), "ambiguous HostConfig.NetworkMode", NULL,
		NULL},
	    {CREATE, HOST("\"PidMode\":\"container:\""), "ambiguous HostConfig.PidMode", NULL,
		NULL},
	    {CREATE, HOST("\"VolumesFrom\":[\".:ro\"]"), "ambiguous HostConfig.VolumesFrom[0]",
		NULL, NULL},
	    {"POST /commit", NULL, "ambiguous query:container", NULL, NULL},
	};

	(void)state;
	check_states("allow = @all\nimage = *\nimage_write = *\nnetwork_mode = **\npid_mode = "
		     "**\nvolumes_from = **\n"
		     "check_state = yes\n",
	    rows, COUNT(rows));
}

static void there_are_not_too_many(void **state)
{
	static struct outcome outcome;
	static char body[4000];
	struct policy *policy = policy_of(CHECKED);

	(void)state;
	for (int count = POLICY_OBJECTS_MOST; count <= POLICY_OBJECTS_MOST + 1; count++) {
		int len =
		    snprintf(body, sizeof(body), "{\"Image\":\"bb:1\",\"HostConfig\":{\"Binds\":[");

		for (int i = 0; i < count; i++)
			len += snprintf(body + len, sizeof(body) - (size_t)len, "%s\"v%d:/v%d\"",
			    i ? "," : "", i, i);
		(void)snprintf(body + len, sizeof(body) - (size_t)len, "]}}");
		decide_case(policy, &(struct request_case){.line = CREATE, .body = body}, &outcome);
		assert_string_equal(outcome_text(&outcome),
		    count == POLICY_OBJECTS_MOST ? "allow" : "limit HostConfig.Binds[64]");
	}
	policy_unref(policy);
}

static void switches_are_yes_or_no(void **state)
{
	struct policy *policy = policy_of("check_state = yes\nresolve_binds = on\n");

	(void)state;
	assert_true(policy_checks_state(policy) && policy_resolves_binds(policy));
	policy_unref(policy);

	static const struct {
		const char *lines;
		bool checks;
	} rows[] = {{"allow = @safe\n", true}, {"grant = all\n", false},
	    {"grant = all\nrequire = memory_limit\n", true},
	    {"grant = all\ncheck_state = yes\n", true}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		policy = policy_of(rows[i].lines);
		assert_true(policy_checks_state(policy) == rows[i].checks);
		policy_unref(policy);
	}
	assert_non_null(strstr(policy_error("check_state = maybe\n"), "is not yes or no"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_member_has_the_grant_of_a_request),
	    cmocka_unit_test(every_use_is_judged),
	    cmocka_unit_test(other_operations_ask_nothing),
	    cmocka_unit_test(without_the_switch_nothing_is_asked),
	    cmocka_unit_test(services_reach_the_host_by_its_name_only),
	    cmocka_unit_test(containers),
	    cmocka_unit_test(what_a_grant_gives_can_be_used),
	    cmocka_unit_test(images),
	    cmocka_unit_test(volumes),
	    cmocka_unit_test(mounts_that_are_taken_over),
	    cmocka_unit_test(networks),
	    cmocka_unit_test(containers_that_are_joined),
	    cmocka_unit_test(execs),
	    cmocka_unit_test(names_become_ids),
	    cmocka_unit_test(names_that_are_no_segment_of_a_path),
	    cmocka_unit_test(there_are_not_too_many),
	    cmocka_unit_test(switches_are_yes_or_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
