/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of bodies: what is harmless passes, what is unknown or never permitted does not, and no
 * field counts in the wrong place, shape or spelling. */
#include "unit.h"

#include "policy_case.h"

#include <stdio.h>

#define CREATE "POST /containers/create"
#define HOST(text) "{\"HostConfig\":{" text "}}"

/* What the docker client sends for a plain `run`, with every member it fills in by itself. */
static const char plain_run[] =
    "{\"Hostname\":\"\",\"Domainname\":\"\",\"User\":\"\",\"AttachStdin\":false,"
    "\"AttachStdout\":true,\"AttachStderr\":true,\"Tty\":false,\"OpenStdin\":false,"
    "\"StdinOnce\":false,\"Env\":[],\"Cmd\":null,\"Image\":\"bb:1\",\"Volumes\":{},"
    "\"WorkingDir\":\"\",\"Entrypoint\":null,\"OnBuild\":null,\"Labels\":{},\"HostConfig\":{"
    "\"Binds\":null,\"ContainerIDFile\":\"\",\"LogConfig\":{\"Type\":\"\",\"Config\":{}},"
    "\"NetworkMode\":\"default\",\"PortBindings\":{},\"RestartPolicy\":{\"Name\":\"no\","
    "\"MaximumRetryCount\":0},\"AutoRemove\":false,\"VolumeDriver\":\"\",\"VolumesFrom\":null,"
    "\"ConsoleSize\":[0,0],\"CapAdd\":null,\"CapDrop\":null,\"CgroupnsMode\":\"\",\"Dns\":[],"
    "\"DnsOptions\":[],\"DnsSearch\":[],\"ExtraHosts\":null,\"GroupAdd\":null,\"IpcMode\":\"\","
    "\"Cgroup\":\"\",\"Links\":null,\"OomScoreAdj\":0,\"PidMode\":\"\",\"Privileged\":false,"
    "\"PublishAllPorts\":false,\"ReadonlyRootfs\":false,\"SecurityOpt\":null,\"UTSMode\":\"\","
    "\"UsernsMode\":\"\",\"ShmSize\":0,\"Isolation\":\"\",\"CpuShares\":0,\"Memory\":0,"
    "\"NanoCpus\":0,\"CgroupParent\":\"\",\"BlkioWeight\":0,\"BlkioWeightDevice\":[],"
    "\"BlkioDeviceReadBps\":[],\"BlkioDeviceWriteBps\":[],\"BlkioDeviceReadIOps\":[],"
    "\"BlkioDeviceWriteIOps\":[],\"CpuPeriod\":0,\"CpuQuota\":0,\"CpuRealtimePeriod\":0,"
    "\"CpuRealtimeRuntime\":0,\"CpusetCpus\":\"\",\"CpusetMems\":\"\",\"Devices\":[],"
    "\"DeviceCgroupRules\":null,\"DeviceRequests\":null,\"KernelMemory\":0,"
    "\"KernelMemoryTCP\":0,\"MemoryReservation\":0,\"MemorySwap\":0,\"MemorySwappiness\":-1,"
    "\"OomKillDisable\":false,\"PidsLimit\":0,\"Ulimits\":null,\"CpuCount\":0,\"CpuPercent\":0,"
    "\"IOMaximumIOps\":0,\"IOMaximumBandwidth\":0,\"MaskedPaths\":null,"
    "\"ReadonlyPaths\":null},\"NetworkingConfig\":{\"EndpointsConfig\":{}}}";

static void harmless_fields_pass(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, plain_run, "allow", NULL},
	    {CREATE, HOST("\"CapDrop\":[\"ALL\"],\"ReadonlyRootfs\":true,\"Memory\":1048576"),
		"allow", NULL},
	    {CREATE, HOST("\"PidsLimit\":10,\"NanoCpus\":1,\"ShmSize\":1,\"Init\":true"), "allow",
		NULL},
	    {CREATE, HOST("\"RestartPolicy\":{\"Name\":\"on-failure\",\"MaximumRetryCount\":3}"),
		"allow", NULL},
	    {CREATE,
		HOST("\"LogConfig\":{\"Type\":\"json-file\",\"Config\":{\"max-size\":\"1m\"}}"),
		"allow", NULL},
	    {CREATE,
		HOST("\"IpcMode\":\"private\",\"CgroupnsMode\":\"private\",\"Runtime\":\"runc\""),
		"allow", NULL},
	    {CREATE, HOST("\"StorageOpt\":{\"size\":\"1G\"},\"OomScoreAdj\":100"), "allow", NULL},
	    {CREATE, HOST("\"CapDrop\":\"ALL\""), "allow", NULL},
	    {CREATE, "{\"ExposedPorts\":{\"80/tcp\":{}},\"Volumes\":{\"/h\":{}}}", "allow", NULL},
	    {CREATE, "{\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"],\"Interval\":1}}", "allow", NULL},
	    {CREATE, "{\"NetworkingConfig\":{\"EndpointsConfig\":{\"bridge\":null}}}", "allow",
		NULL},
	    {CREATE, "{\"Memory\":1,\"CpuShares\":2,\"Cpuset\":\"0\"}", "allow", NULL},
	    {CREATE, "{\"hostCONFIG\":{\"mEMORY\":1},\"iMAGE\":\"bb:1\"}", "allow", NULL},
	    {"POST /containers/x/update", "{\"Memory\":1,\"RestartPolicy\":{\"Name\":\"no\"}}",
		"allow", NULL},
	    {"POST /containers/x/exec",
		"{\"User\":\"\",\"Privileged\":false,\"Tty\":true,\"AttachStdin\":true,"
		"\"AttachStderr\":true,\"AttachStdout\":true,\"Detach\":false,\"DetachKeys\":\"\","
		"\"Env\":null,\"WorkingDir\":\"\",\"Cmd\":[\"sh\"]}",
		"allow", NULL},
	    {"POST /exec/x/start", "{\"Detach\":false,\"Tty\":true,\"ConsoleSize\":[24,80]}",
		"allow", NULL},
	    {"POST /networks/create",
		"{\"CheckDuplicate\":true,\"Driver\":\"bridge\",\"Scope\":\"\",\"EnableIPv6\":"
		"false,"
		"\"IPAM\":{\"Driver\":\"default\",\"Options\":{},\"Config\":[]},\"Internal\":false,"
		"\"Attachable\":false,\"Ingress\":false,\"ConfigOnly\":false,\"ConfigFrom\":null,"
		"\"Options\":{},\"Labels\":{},\"Name\":\"n\"}",
		"allow", NULL},
	    {"POST /volumes/create",
		"{\"Driver\":\"local\",\"DriverOpts\":{},\"Labels\":{\"a\":\"b\"},\"Name\":\"v\"}",
		"allow", NULL},
	    {"POST /services/create",
		"{\"Name\":\"s\",\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"bb:1\","
		"\"Init\":false},\"Resources\":{\"Limits\":{\"NanoCPUs\":1}},\"ForceUpdate\":0},"
		"\"Mode\":{\"Replicated\":{\"Replicas\":2}},\"EndpointSpec\":{\"Mode\":\"vip\"}}",
		"allow", NULL},
	};

	(void)state;
	check_rows("allow = @all\nimage = bb:*", rows, COUNT(rows));
}

static void some_fields_are_never_permitted(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, HOST("\"Cgroup\":\"container:x\""), "never HostConfig.Cgroup", "grant = all"},
	    {CREATE, HOST("\"Capabilities\":[\"SYS_ADMIN\"]"), "never HostConfig.Capabilities",
		NULL},
	    {CREATE, HOST("\"InitPath\":\"/x\""), "never HostConfig.InitPath", NULL},
	    {CREATE, HOST("\"Cgroup\":\"\",\"Capabilities\":[],\"InitPath\":null"), "allow", NULL},
	};
	static const struct policy_row all[] = {
	    {CREATE, HOST("\"Cgroup\":\"container:x\""), "allow", NULL},
	};

	(void)state;
	check_rows("allow = @all", rows, COUNT(rows));
	check_rows("allow = @all\ngrant = all", all, COUNT(all));
}

static void unknown_fields_are_refused_at_every_level(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, "{\"Future\":1}", "unknown_field Future", "unknown_fields = allow"},
	    {CREATE, HOST("\"SuperPrivileged\":true"), "unknown_field HostConfig.SuperPrivileged",
		NULL},
	    {CREATE, HOST("\"Mounts\":[{\"Type\":\"tmpfs\",\"X\":{\"Y\":1}}]"),
		"unknown_field HostConfig.Mounts[0].X", NULL},
	    {CREATE, "{\"NetworkingConfig\":{\"EndpointsConfig\":{\"bridge\":{\"X\":[1]}}}}",
		"unknown_field NetworkingConfig.EndpointsConfig[bridge].X", NULL},
	    {CREATE, HOST("\"PortBindings\":{\"80\":[{\"X\":\"y\"}]}"),
		"unknown_field HostConfig.PortBindings[80][0].X", NULL},
	    {CREATE,
		HOST("\"A\":null,\"B\":false,\"C\":0,\"D\":\"\",\"E\":[],\"F\":{},\"G\":[{\"a\":0}"
		     "]"),
		"allow", NULL},
	    {"POST /containers/x/exec", "{\"X\":1}", "unknown_field X", NULL},
	    {"POST /containers/x/update", "{\"Binds\":[\"/:/h\"]}", "unknown_field Binds", NULL},
	    {"POST /exec/x/start", "{\"Tomorrow\":true}", "unknown_field Tomorrow", NULL},
	    {"POST /exec/x/start", "{\"Privileged\":true}", "grant Privileged", "privileged = yes"},
	    {"POST /networks/create", "{\"X\":1}", "unknown_field X", NULL},
	    {"POST /networks/x/connect", "{\"X\":1}", "grant path:name", NULL},
	    {"POST /networks/bridge/connect", "{\"X\":1}", "unknown_field X", NULL},
	    {"POST /volumes/create", "{\"X\":1}", "unknown_field X", NULL},
	    {"POST /services/create",
		"{\"TaskTemplate\":{\"ContainerSpec\":{\"Privileged\":true}}}",
		"unknown_field TaskTemplate.ContainerSpec.Privileged", NULL},
	    {"POST /commit", "{\"X\":1}", "unknown_field X", NULL},
	    {"POST /swarm/init", "{\"X\":1}", "unknown_field X", NULL},
	    {"POST /plugins/pull", "[{\"X\":1}]", "unknown_field body[0].X", NULL},
	};
	static const struct policy_row allowed[] = {
	    {CREATE, HOST("\"SuperPrivileged\":true"), "allow", NULL},
	    {CREATE, HOST("\"Privileged\":true"), "grant HostConfig.Privileged", NULL},
	};

	(void)state;
	check_rows("allow = @all\ntmpfs = *\npublish = *", rows, COUNT(rows));
	check_rows("allow = @all\nunknown_fields = allow", allowed, COUNT(allowed));
}

/* What `docker inspect` says of a container that asked for nothing. */
#define MASKED_OLD                                                                                 \
	"\"/proc/asound\",\"/proc/acpi\",\"/proc/kcore\",\"/proc/keys\",\"/proc/latency_stats\","  \
	"\"/proc/timer_list\",\"/proc/timer_stats\",\"/proc/sched_debug\",\"/proc/scsi\","         \
	"\"/sys/firmware\""
#define MASKED_NEW                                                                                 \
	"\"/sys/devices/virtual/powercap\",\"/proc/interrupts\","                                  \
	"\"/sys/devices/system/cpu/cpu17/thermal_throttle\""
#define READ_ONLY "\"/proc/bus\",\"/proc/fs\",\"/proc/irq\",\"/proc/sys\",\"/proc/sysrq-trigger\""

#define MASKED(list) CREATE, HOST("\"MaskedPaths\":[" list "]")
#define READONLY(list) CREATE, HOST("\"ReadonlyPaths\":[" list "]")

static void lists_that_daemons_fill_in_may_be_repeated(void **state)
{
	static const char masked[] = "grant HostConfig.MaskedPaths";
	static const char readonly[] = "grant HostConfig.ReadonlyPaths";
	static const struct policy_row rows[] = {
	    {MASKED(MASKED_OLD), "allow", NULL},
	    {MASKED(MASKED_NEW "," MASKED_OLD), "allow", NULL},
	    {READONLY(READ_ONLY), "allow", NULL},
	    /* less */
	    {MASKED(MASKED_NEW), masked, NULL},
	    {MASKED(""), masked, NULL},
	    {MASKED("\"/proc/kcore\""), masked, NULL},
	    {READONLY(""), readonly, NULL},
	    {READONLY("\"/proc/bus\",\"/proc/fs\",\"/proc/irq\""), readonly, NULL},
	    {READONLY(MASKED_OLD), readonly, NULL},
	    /* more: what lies over a file that the runtime needs is a power */
	    {MASKED(MASKED_OLD ",\"/proc/self/attr\""), masked, NULL},
	    {MASKED(MASKED_OLD ",\"\""), masked, NULL},
	    {MASKED(MASKED_OLD ",null"), "body HostConfig.MaskedPaths", NULL},
	    {MASKED(MASKED_OLD ",\"?/proc/interrupts\""), masked, NULL},
	    {MASKED(MASKED_OLD ",\"/sys/devices/system/cpu/cpu1/../thermal_throttle\""), masked,
		NULL},
	    {READONLY(READ_ONLY ",\"/\""), readonly, NULL},
	    /* in the place that only old daemons read */
	    {CREATE, "{\"MaskedPaths\":[" MASKED_OLD "]}", "unknown_field MaskedPaths", NULL},
	};

	(void)state;
	check_rows("allow = @all", rows, COUNT(rows));
}

/* Daemons before 27.0 take them from there when HostConfig is missing. */
static void host_config_counts_in_its_place_only(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, "{\"Image\":\"bb:1\",\"Privileged\":true}", "unknown_field Privileged", ""},
	    {CREATE, "{\"HostConfig\":null,\"Privileged\":true}", "unknown_field Privileged", ""},
	    {CREATE, "{\"HostConfig\":{},\"Binds\":[\"/:/h\"]}", "unknown_field Binds", ""},
	    {CREATE, "{\"NetworkMode\":\"host\"}", "unknown_field NetworkMode", ""},
	    {CREATE, "{\"privileged\":true}", "unknown_field privileged", ""},
	    {CREATE, "{\"MaskedPaths\":[]}", "grant MaskedPaths", NULL},
	    {CREATE, "{\"PortBindings\":{\"80/tcp\":[]}}", "unknown_field PortBindings", NULL},
	    {CREATE, "{\"PortBindings\":{}}", "allow", NULL},
	    {CREATE, "{\"Tmpfs\":{\"/run\":\"\"}}", "unknown_field Tmpfs", NULL},
	    {CREATE, "{\"VolumeDriver\":\"x\"}", "grant VolumeDriver", NULL},
	    {CREATE, "{\"Privileged\":false,\"Binds\":[]}", "allow", NULL},
	};
	static const struct policy_row unknown[] = {
	    {CREATE, "{\"Privileged\":true}", "grant Privileged", "privileged = yes"},
	    {CREATE, "{\"Binds\":[\"/:/h\"]}", "grant Binds[0]", "bind = / rw"},
	    {CREATE, "{\"Binds\":{}}", "body Binds", NULL},
	    {CREATE, "{\"Xyz\":1}", "allow", NULL},
	};

	(void)state;
	check_rows("allow = @all\nimage = bb:*", rows, COUNT(rows));
	check_rows("allow = @all\nunknown_fields = allow", unknown, COUNT(unknown));
}

static void shapes_are_the_daemons(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, HOST("\"Privileged\":\"true\""), "body HostConfig.Privileged", NULL},
	    {CREATE, HOST("\"Privileged\":1"), "body HostConfig.Privileged", NULL},
	    {CREATE, HOST("\"Binds\":\"/:/h\""), "body HostConfig.Binds", NULL},
	    {CREATE, HOST("\"Binds\":[null]"), "body HostConfig.Binds", NULL},
	    {CREATE, HOST("\"Binds\":[[\"/:/h\"]]"), "body HostConfig.Binds", NULL},
	    {CREATE, HOST("\"Memory\":\"1\""), "body HostConfig.Memory", NULL},
	    {CREATE, HOST("\"Memory\":0.5"), "body HostConfig.Memory", NULL},
	    {CREATE, HOST("\"Memory\":1e30"), "body HostConfig.Memory", NULL},
	    {CREATE, HOST("\"OomScoreAdj\":-1.5"), "body HostConfig.OomScoreAdj", NULL},
	    {CREATE, "{\"HostConfig\":[]}", "body HostConfig", NULL},
	    {CREATE, "{\"HostConfig\":\"x\"}", "body HostConfig", NULL},
	    {CREATE, "{\"Labels\":{\"a\":1}}", "body Labels", NULL},
	    {CREATE, "{\"Labels\":{\"a\":null}}", "allow", NULL},
	    {CREATE, "{\"Labels\":[]}", "body Labels", NULL},
	    {CREATE, "{\"ExposedPorts\":{\"80\":1}}", "body ExposedPorts", NULL},
	    {CREATE, HOST("\"Devices\":{}"), "body HostConfig.Devices", NULL},
	    {CREATE, HOST("\"PortBindings\":{\"80\":{}}"), "body HostConfig.PortBindings", NULL},
	    {CREATE, HOST("\"ConsoleSize\":[\"a\"]"), "body HostConfig.ConsoleSize", NULL},
	    {CREATE, HOST("\"DeviceRequests\":[{\"Capabilities\":[\"gpu\"]}]"),
		"body HostConfig.DeviceRequests[0].Capabilities", NULL},
	    {"POST /containers/x/exec", "{\"Cmd\":\"sh\"}", "body Cmd", NULL},
	    {"POST /plugins/x/set", "{}", "body body", NULL},
	    {"POST /plugins/x/set", "[1]", "body body", NULL},
	};
	static const struct policy_row all[] = {
	    {CREATE, HOST("\"Privileged\":1,\"Binds\":\"/:/h\",\"Mounts\":{\"a\":[]}"), "allow",
		NULL},
	    {CREATE, HOST("\"Memory\":1,\"memory\":2"), "ambiguous HostConfig.Memory", NULL},
	    {CREATE, HOST("\"Mounts\":[{\"Type\":\"x\",\"type\":\"y\"}]"),
		"ambiguous HostConfig.Mounts[0].Type", NULL},
	    {CREATE, HOST("\"New\":1"), "unknown_field HostConfig.New", NULL},
	};

	(void)state;
	check_rows("allow = @all", rows, COUNT(rows));
	check_rows("allow = @all\ngrant = all", all, COUNT(all));
}

/* A map that holds nothing but empty values still has its keys. */
static void keys_count_without_values(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, "{\"NetworkingConfig\":{\"EndpointsConfig\":{\"host\":{}}}}",
		"grant NetworkingConfig.EndpointsConfig[host]", "network_mode = host"},
	    {CREATE, "{\"NetworkingConfig\":{\"EndpointsConfig\":{\"x\":null}}}",
		"grant NetworkingConfig.EndpointsConfig[x]", NULL},
	    {CREATE,
		"{\"NetworkingConfig\":{\"EndpointsConfig\":{\"bridge\":{\"NetworkID\":\"host\"}}}"
		"}",
		"grant NetworkingConfig.EndpointsConfig[bridge].NetworkID", NULL},
	    {CREATE, HOST("\"PortBindings\":{\"80/tcp\":null}"),
		"grant HostConfig.PortBindings[80/tcp]", NULL},
	    {CREATE, HOST("\"Sysctls\":{\"a\":\"\"}"), "grant HostConfig.Sysctls[a]", NULL},
	    {CREATE, HOST("\"Annotations\":{\"a\":null}"), "grant HostConfig.Annotations[a]", NULL},
	    {CREATE, HOST("\"Dns\":[\"\"]"), "grant HostConfig.Dns[0]", NULL},
	};

	(void)state;
	check_rows("allow = @all", rows, COUNT(rows));
}

static void services_hide_nothing(void **state)
{
#define TASK(text) "{\"TaskTemplate\":{" text "}}"
#define SPEC(text) TASK("\"ContainerSpec\":{" text "}")
	static const struct policy_row rows[] = {
	    {"POST /services/create",
		SPEC("\"Mounts\":[{\"Type\":\"volume\",\"VolumeOptions\":{\"DriverConfig\":{"
		     "\"Options\":"
		     "{\"device\":\"/\"}}}}]"),
		"grant "
		"TaskTemplate.ContainerSpec.Mounts[0].VolumeOptions.DriverConfig.Options[device]",
		NULL},
	    {"POST /services/create", SPEC("\"CapabilityAdd\":[\"SYS_ADMIN\"]"),
		"grant TaskTemplate.ContainerSpec.CapabilityAdd[0]", "cap_add = SYS_ADMIN"},
	    {"POST /services/create",
		SPEC("\"Privileges\":{\"Seccomp\":{\"Mode\":\"unconfined\"}}"),
		"grant TaskTemplate.ContainerSpec.Privileges", "security_opt = seccomp=unconfined"},
	    {"POST /services/create", SPEC("\"Privileges\":{\"AppArmor\":{\"Mode\":\"disabled\"}}"),
		"grant TaskTemplate.ContainerSpec.Privileges",
		"security_opt = apparmor=unconfined"},
	    {"POST /services/create",
		SPEC("\"Privileges\":{\"SELinuxContext\":{\"Type\":\"spc_t\"}}"),
		"grant TaskTemplate.ContainerSpec.Privileges", "security_opt = label=type:spc_t"},
	    {"POST /services/create", SPEC("\"Privileges\":{\"Seccomp\":{\"Mode\":\"default\"}}"),
		"allow", NULL},
	    {"POST /services/create", SPEC("\"Privileges\":{\"CredentialSpec\":{\"File\":\"x\"}}"),
		"never TaskTemplate.ContainerSpec.Privileges.CredentialSpec.File", NULL},
	    {"POST /services/create", "{\"Networks\":[{\"Target\":\"host\"}]}",
		"grant Networks[0].Target", NULL},
	    {"POST /services/x/update", TASK("\"LogDriver\":{\"Name\":\"syslog\"}"),
		"grant TaskTemplate.LogDriver.Name", NULL},
	    {"POST /services/create", TASK("\"PluginSpec\":{\"remote\":\"x\"}"),
		"grant TaskTemplate.PluginSpec.remote", "plugin = x"},
	    {"POST /services/create", "{\"EndpointSpec\":{\"Ports\":[{\"TargetPort\":80}]}}",
		"grant EndpointSpec.Ports[0]", "publish = *:0"},
	};

	(void)state;
	check_rows("allow = @all", rows, COUNT(rows));
}

static void a_refusal_is_a_sentence(void **state)
{
	static const struct {
		const char *line, *body, *message;
	} rows[] = {
	    {CREATE, HOST("\"Privileged\":true"),
		"HostConfig.Privileged: true needs the grant \"privileged\""},
	    {CREATE, HOST("\"PidMode\":\"host\""),
		"HostConfig.PidMode: \"host\" needs the grant \"pid_mode\""},
	    {CREATE, HOST("\"Binds\":[\"/etc:/h\"]"),
		"HostConfig.Binds[0]: the host path \"/etc\" (rw) needs the grant \"bind\""},
	    {CREATE, HOST("\"Binds\":[\"/:/h\"]"),
		"HostConfig.Binds[0]: the host path \"/\" is sensitive; only a \"bind\" line for "
		"exactly "
		"this path permits it"},
	    {CREATE, "{\"Privileged\":true}", "Privileged: belongs into HostConfig"},
	    {CREATE, HOST("\"X\":1"), "HostConfig.X: is a field that sockwarden does not know"},
	    {CREATE, HOST("\"Binds\":1"), "HostConfig.Binds: must be a list of strings"},
	};
	static struct outcome outcome;
	struct policy *policy = policy_of("allow = @all");

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct request_case request = {.line = rows[i].line, .body = rows[i].body};

		decide_case(policy, &request, &outcome);
		assert_string_equal(outcome.decision.message, rows[i].message);
	}
	policy_unref(policy);
}

/* Hostile values reach neither a terminal nor a line of a log. */
static void values_are_shown_printable_and_short(void **state)
{
	static struct outcome outcome;
	struct policy *policy = policy_of("allow = @all");
	char body[2000], longest[1500];

	(void)state;
	decide_case(policy,
	    &(struct request_case){
		.line = CREATE, .body = HOST("\"PidMode\":\"\\u001b[31m\\n\\\"x\\u00e9\"")},
	    &outcome);
	assert_string_equal(outcome.decision.value, "\\x1b[31m\\x0a\"x\xc3\xa9");
	assert_null(strchr(outcome.decision.message, '\n'));
	assert_string_equal(outcome.decision.fix, "");
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	(void)snprintf(body, sizeof(body), HOST("\"PidMode\":\"%s\""), longest);
	decide_case(policy, &(struct request_case){.line = CREATE, .body = body}, &outcome);
	assert_true(strlen(outcome.decision.message) < 200);
	assert_string_equal(outcome_text(&outcome), "grant HostConfig.PidMode");
	policy_unref(policy);
}

/* With a trace the judge goes on, so that all missing lines are found at once. */
static void a_trace_shows_every_fault(void **state)
{
	static struct outcome outcome;
	struct policy *policy = policy_of("allow = container.create\nimage = bb:*");

	(void)state;
	decide_case(policy,
	    &(struct request_case){.line = CREATE,
		.body = "{\"Image\":\"bb:1\",\"HostConfig\":{\"Privileged\":true,\"PidMode\":"
			"\"host\"}}"},
	    &outcome);
	assert_string_equal(outcome_text(&outcome), "grant HostConfig.Privileged");
	assert_non_null(strstr(outcome.trace, "fix|privileged = yes||would permit it\n"));
	assert_non_null(strstr(outcome.trace, "fix|pid_mode = host||would permit it\n"));
	assert_non_null(strstr(outcome.trace, "field|Image|bb:1|granted\n"));
	policy_unref(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(harmless_fields_pass),
	    cmocka_unit_test(some_fields_are_never_permitted),
	    cmocka_unit_test(unknown_fields_are_refused_at_every_level),
	    cmocka_unit_test(lists_that_daemons_fill_in_may_be_repeated),
	    cmocka_unit_test(host_config_counts_in_its_place_only),
	    cmocka_unit_test(shapes_are_the_daemons),
	    cmocka_unit_test(keys_count_without_values),
	    cmocka_unit_test(services_hide_nothing),
	    cmocka_unit_test(a_refusal_is_a_sentence),
	    cmocka_unit_test(values_are_shown_printable_and_short),
	    cmocka_unit_test(a_trace_shows_every_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
