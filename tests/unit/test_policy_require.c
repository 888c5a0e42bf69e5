/* SPDX-License-Identifier: Apache-2.0 */
/* Requirements, each met and not met, with what a missing field means to the daemon. */
#include "unit.h"

#include "policy_case.h"
#include "policy/require.h"

#include <stdio.h>

#define CREATE "POST /containers/create"
#define UPDATE "POST /containers/x/update"
#define EXEC "POST /containers/x/exec"
#define SERVICE "POST /v1.52/services/create"
#define VOLUME "POST /volumes/create"
#define CONNECT(name) "POST /networks/" name "/connect"
#define HOST(text) "{\"HostConfig\":{" text "}}"
#define TASK(text) "{\"TaskTemplate\":{" text "}}"
#define SPEC(text) TASK("\"ContainerSpec\":{" text "}")
#define OPTIONS(text) "{\"DriverOpts\":{" text "}}"
#define DRIVER(text)                                                                               \
	HOST("\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/"                                     \
	     "h\",\"VolumeOptions\":{\"DriverConfig\":{"                                           \
	     "\"Options\":{" text "}}}}]")
#define BRIDGED(text)                                                                              \
	"{\"HostConfig\":{\"NetworkMode\":\"ci\"},\"NetworkingConfig\":{\"EndpointsConfig\":"      \
	"{" text "}}}"
#define DIGEST "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct require_case {
	const char *line; /* of the policy: a requirement's name, or "max_x = y" */
	const char *target, *body;
	bool met;
} cases[] = {
    {"non_root", CREATE, "{\"User\":\"1000:1000\"}", true},
    {"non_root", CREATE, "{}", false},
    {"non_root", CREATE, NULL, false},
    {"non_root", CREATE, "{\"User\":\"1000\"}", false},
    {"non_root", CREATE, "{\"User\":\"00:1\"}", false},
    {"non_root", CREATE, "{\"User\":\"1:0\"}", false},
    {"non_root", CREATE, "{\"User\":\"+1:1\"}", false},
    {"non_root", CREATE, "{\"User\":\"4294967296:1\"}", false},
    {"non_root", CREATE, "{\"User\":\"app:app\"}", false},
    {"non_root", EXEC, "{\"User\":\"0\"}", false},
    {"non_root", EXEC, "{\"User\":\"5:5\"}", true},
    {"non_root", EXEC, "{}", true},
    {"non_root", SERVICE, SPEC("\"User\":\"1:1\""), true},
    {"non_root", SERVICE, "{}", false},
    {"non_root", UPDATE, "{}", true},
    {"exec_non_root", EXEC, "{\"User\":\"root\"}", false},
    {"exec_non_root", EXEC, "{}", true},
    {"exec_non_root", EXEC, "{\"User\":\"1000\"}", true},
    {"exec_non_root", EXEC, "{\"User\":\"1000:0\"}", false},
    {"exec_non_root", EXEC, "{\"User\":\"00\"}", false},
    {"no_privileged", CREATE, HOST("\"Privileged\":true"), false},
    {"no_privileged", CREATE, "{}", true},
    {"no_privileged", EXEC, "{\"Privileged\":true}", false},
    {"cap_drop_all", CREATE, HOST("\"CapDrop\":[\"all\"]"), true},
    {"cap_drop_all", CREATE, HOST("\"CapDrop\":\"ALL\",\"CapAdd\":[\"CHOWN\"]"), true},
    {"cap_drop_all", CREATE, HOST("\"CapDrop\":[\"ALL\"],\"CapAdd\":[\"All\"]"), false},
    {"cap_drop_all", CREATE, HOST("\"CapDrop\":[\"NET_RAW\"]"), false},
    {"cap_drop_all", CREATE, "{}", false},
    {"cap_drop_all", SERVICE, SPEC("\"CapabilityDrop\":[\"ALL\"]"), true},
    {"cap_drop_all", SERVICE, SPEC("\"CapabilityDrop\":[]"), false},
    {"no_new_privileges", CREATE, HOST("\"SecurityOpt\":[\"no-new-privileges\"]"), true},
    {"no_new_privileges", CREATE, HOST("\"SecurityOpt\":[\"no-new-privileges:true\"]"), true},
    {"no_new_privileges", CREATE,
	HOST("\"SecurityOpt\":[\"no-new-privileges\",\"no-new-privileges=0\"]"), false},
    {"no_new_privileges", CREATE,
	HOST("\"SecurityOpt\":[\"no-new-privileges=0\",\"no-new-privileges\"]"), true},
    {"no_new_privileges", CREATE, HOST("\"SecurityOpt\":[\"no-new-privileges=\"]"), false},
    {"no_new_privileges", CREATE, "{}", false},
    {"no_new_privileges", SERVICE, SPEC("\"Privileges\":{\"NoNewPrivileges\":true}"), true},
    {"no_new_privileges", SERVICE, "{}", false},
    {"seccomp", CREATE, "{}", true},
    {"seccomp", CREATE, HOST("\"SecurityOpt\":[\"seccomp=\"]"), true},
    {"seccomp", CREATE, HOST("\"SecurityOpt\":[\"seccomp:unconfined\"]"), false},
    {"seccomp", CREATE, HOST("\"SecurityOpt\":[\"seccomp={}\"]"), false},
    {"seccomp", CREATE, HOST("\"Privileged\":true"), false},
    {"seccomp", SERVICE, SPEC("\"Privileges\":{\"Seccomp\":{\"Mode\":\"custom\"}}"), false},
    {"seccomp", SERVICE, "{}", true},
    {"apparmor", CREATE, HOST("\"SecurityOpt\":[\"apparmor=docker-default\"]"), true},
    {"apparmor", CREATE, HOST("\"SecurityOpt\":[\"apparmor=unconfined\"]"), false},
    {"apparmor", SERVICE, SPEC("\"Privileges\":{\"AppArmor\":{\"Mode\":\"disabled\"}}"), false},
    {"selinux", CREATE, "{}", true},
    {"selinux", CREATE, HOST("\"SecurityOpt\":[\"label=disable\"]"), false},
    {"selinux", CREATE, HOST("\"SecurityOpt\":[\"label:type:spc_t\"]"), false},
    {"selinux", CREATE, HOST("\"SecurityOpt\":[\"disable\"]"), false},
    {"selinux", SERVICE, SPEC("\"Privileges\":{\"SELinuxContext\":{\"Disable\":true}}"), false},
    {"read_only_root", CREATE, HOST("\"ReadonlyRootfs\":true"), true},
    {"read_only_root", CREATE, "{}", false},
    {"read_only_root", SERVICE, SPEC("\"ReadOnly\":true"), true},
    {"read_only_root", SERVICE, "{}", false},
    {"memory_limit", CREATE, HOST("\"Memory\":1"), true},
    {"memory_limit", CREATE, HOST("\"Memory\":0"), false},
    {"memory_limit", CREATE, HOST("\"Memory\":1,\"MemorySwap\":-1"), false},
    {"memory_limit", CREATE, "{\"MemorySwap\":-1,\"HostConfig\":{\"Memory\":1}}", false},
    {"memory_limit", CREATE, "{\"memoryswap\":-1,\"HostConfig\":{\"Memory\":1}}", false},
    {"memory_limit", CREATE, "{\"MemorySwap\":-1,\"HostConfig\":{\"Memory\":1,\"MemorySwap\":2}}",
	true},
    {"memory_limit", CREATE, "{\"Memory\":1,\"HostConfig\":{}}", false},
    {"memory_limit", CREATE, "{}", false},
    {"memory_limit", UPDATE, "{}", true},
    {"memory_limit", UPDATE, "{\"MemorySwap\":-1}", false},
    {"memory_limit", SERVICE, TASK("\"Resources\":{\"Limits\":{\"MemoryBytes\":1}}"), true},
    {"memory_limit", SERVICE, "{}", false},
    {"max_memory = 1k", CREATE, HOST("\"Memory\":1024"), true},
    {"max_memory = 1k", CREATE, HOST("\"Memory\":1025"), false},
    {"max_memory = 1k", CREATE, HOST("\"Memory\":1024,\"MemorySwap\":2048"), true},
    {"max_memory = 1k", CREATE, HOST("\"Memory\":1024,\"MemorySwap\":4096"), false},
    {"max_memory = 1k", CREATE, "{\"MemorySwap\":4096,\"HostConfig\":{\"Memory\":1024}}", false},
    {"max_memory = 1k", CREATE, "{}", false},
    {"max_memory = 1k", VOLUME, "{}", true},
    {"max_memory = 1k", UPDATE, "{\"Memory\":1025}", false},
    {"max_memory = 1k", UPDATE, "{\"CpuShares\":2}", true},
    {"max_memory = 1k", SERVICE, TASK("\"Resources\":{\"Limits\":{\"MemoryBytes\":1025}}"), false},
    {"max_memory = 1k", SERVICE,
	TASK("\"Resources\":{\"Limits\":{\"MemoryBytes\":1024},\"SwapBytes\":1024}"), true},
    {"max_memory = 1k", SERVICE,
	TASK("\"Resources\":{\"Limits\":{\"MemoryBytes\":1024},\"SwapBytes\":1025}"), false},
    {"memory_limit", SERVICE,
	TASK("\"Resources\":{\"Limits\":{\"MemoryBytes\":1024},\"SwapBytes\":-1}"), false},
    {"cpu_limit", CREATE, HOST("\"NanoCpus\":1"), true},
    {"cpu_limit", CREATE, HOST("\"CpuQuota\":1"), true},
    {"cpu_limit", CREATE, HOST("\"CpuShares\":1"), false},
    {"cpu_limit", CREATE, HOST("\"CpuQuota\":-1"), false},
    {"cpu_limit", UPDATE, "{}", true},
    {"cpu_limit", UPDATE, "{\"CpuQuota\":-1}", false},
    {"cpu_limit", SERVICE, TASK("\"Resources\":{\"Limits\":{\"NanoCPUs\":1}}"), true},
    {"max_cpus = 1.5", CREATE, HOST("\"NanoCpus\":1500000000"), true},
    {"max_cpus = 1.5", CREATE, HOST("\"NanoCpus\":1500000001"), false},
    {"max_cpus = 1.5", CREATE, HOST("\"CpuQuota\":150000"), true},
    {"max_cpus = 1.5", CREATE, HOST("\"CpuQuota\":150000,\"CpuPeriod\":50000"), false},
    {"max_cpus = 1.5", CREATE, "{}", false},
    {"max_cpus = 1.5", UPDATE, "{\"CpuPeriod\":1000}", false},
    {"max_cpus = 1.5", UPDATE, "{\"CpuQuota\":1000}", false},
    {"max_cpus = 1.5", UPDATE, "{\"CpuQuota\":1000,\"CpuPeriod\":1000}", true},
    {"pids_limit", CREATE, HOST("\"PidsLimit\":1"), true},
    {"pids_limit", CREATE, HOST("\"PidsLimit\":-1"), false},
    {"pids_limit", CREATE, HOST("\"PidsLimit\":null"), false},
    {"pids_limit", UPDATE, "{}", true},
    {"pids_limit", UPDATE, "{\"PidsLimit\":0}", false},
    {"pids_limit", SERVICE, TASK("\"Resources\":{\"Limits\":{\"Pids\":1}}"), true},
    {"max_pids = 10", CREATE, HOST("\"PidsLimit\":10"), true},
    {"max_pids = 10", CREATE, HOST("\"PidsLimit\":11"), false},
    {"max_shm = 64m", CREATE, "{}", true},
    {"max_shm = 63m", CREATE, "{}", false},
    {"max_shm = 64m", CREATE, HOST("\"ShmSize\":67108865"), false},
    {"max_replicas = 2", SERVICE, "{\"Mode\":{\"Replicated\":{\"Replicas\":2}}}", true},
    {"max_replicas = 2", SERVICE, "{\"Mode\":{\"Replicated\":{\"Replicas\":3}}}", false},
    {"max_replicas = 2", SERVICE, "{\"Mode\":{\"Global\":{}}}", false},
    {"max_replicas = 2", SERVICE, "{\"Mode\":{\"ReplicatedJob\":{\"TotalCompletions\":3}}}", false},
    {"max_replicas = 2", SERVICE,
	"{\"Mode\":{\"ReplicatedJob\":{\"TotalCompletions\":2},\"Replicated\":{\"Replicas\":3}}}", false},
    {"max_replicas = 2", SERVICE, "{}", true},
    {"no_host_namespaces", CREATE, "{}", true},
    {"no_host_namespaces", CREATE, HOST("\"PidMode\":\"host\""), false},
    {"no_host_namespaces", CREATE, HOST("\"NetworkMode\":\"host\""), false},
    {"no_host_namespaces", CREATE, "{\"NetworkingConfig\":{\"EndpointsConfig\":{\"host\":{}}}}",
	false},
    {"no_host_namespaces", SERVICE, TASK("\"Networks\":[{\"Target\":\"host\"}]"), false},
    {"no_host_namespaces", SERVICE, "{\"Networks\":[{\"Target\":\"x\"}]}", true},
    {"private_ipc", CREATE, HOST("\"IpcMode\":\"private\""), true},
    {"private_ipc", CREATE, "{}", false},
    {"private_cgroup", CREATE, HOST("\"CgroupnsMode\":\"private\""), true},
    {"private_cgroup", CREATE, "{}", false},
    {"private_cgroup", CREATE, HOST("\"CgroupnsMode\":\"private\",\"CgroupParent\":\"/x\""), false},
    {"no_devices", CREATE, "{}", true},
    {"no_devices", CREATE, HOST("\"Devices\":[{\"PathOnHost\":\"/dev/x\"}]"), false},
    {"no_devices", CREATE, HOST("\"DeviceRequests\":[{\"Count\":-1}]"), false},
    {"no_devices", SERVICE,
	TASK("\"Resources\":{\"Reservations\":{\"GenericResources\":[{\"DiscreteResourceSpec\":"
	     "{\"Kind\":\"gpu\",\"Value\":1}}]}}"),
	false},
    {"no_sensitive_binds", CREATE, HOST("\"Binds\":[\"/srv/a:/b\",\"v:/c\",\"/d\"]"), true},
    {"no_sensitive_binds", CREATE, HOST("\"Binds\":[\"/var/run/docker.sock:/b\"]"), false},
    {"no_sensitive_binds", CREATE, HOST("\"Binds\":[\"/proc:/b:ro\"]"), false},
    {"no_sensitive_binds", CREATE,
	HOST("\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/\",\"Target\":\"/h\"}]"), false},
    {"no_sensitive_binds", SERVICE,
	SPEC("\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/sys\",\"Target\":\"/h\"}]"), false},
    {"no_sensitive_binds", CREATE, DRIVER("\"type\":\"none\",\"o\":\"bind\",\"device\":\"/\""),
	false},
    {"no_sensitive_binds", CREATE, DRIVER("\"type\":\"overlay\",\"o\":\"lowerdir=/proc:/a\""),
	false},
    {"no_sensitive_binds", CREATE, DRIVER("\"type\":\"none\",\"o\":\"bind\",\"device\":\"/srv\""),
	true},
    {"no_sensitive_binds", CREATE, DRIVER("\"type\":\"tmpfs\",\"device\":\"tmpfs\""), true},
    {"no_sensitive_binds", VOLUME, OPTIONS("\"type\":\"ext4\",\"device\":\"/dev/sda\""), false},
    {"no_sensitive_binds", VOLUME, OPTIONS("\"o\":\"bind\",\"device\":\"/srv/../etc\""), false},
    {"no_sensitive_binds", VOLUME, OPTIONS("\"type\":\"nfs\",\"o\":\"addr=h\",\"device\":\":/x\""),
	true},
    {"no_sensitive_binds", VOLUME, "{}", true},
    {"no_shared_propagation", VOLUME, OPTIONS("\"o\":\"bind,rshared\",\"device\":\"/srv\""), false},
    {"no_shared_propagation", VOLUME, OPTIONS("\"o\":\"bind,ro\",\"device\":\"/srv\""), true},
    {"no_shared_propagation", CREATE, DRIVER("\"o\":\"rbind,shared\",\"device\":\"/srv\""), false},
    {"no_shared_propagation", CREATE, DRIVER("\"o\":\"bind,{{.x}}\",\"device\":\"/srv\""), false},
    {"no_shared_propagation", CREATE, HOST("\"Binds\":[\"/a:/b:ro,rslave\"]"), true},
    {"no_shared_propagation", CREATE, HOST("\"Binds\":[\"/a:/b:ro,rshared\"]"), false},
    {"no_shared_propagation", CREATE,
	HOST("\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/a\",\"Target\":\"/h\",\"BindOptions\":"
	     "{\"Propagation\":\"shared\"}}]"),
	false},
    {"loopback_ports", CREATE, "{}", true},
    {"loopback_ports", CREATE,
	HOST("\"PortBindings\":{\"80\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"1\"}]}"), true},
    {"loopback_ports", CREATE, HOST("\"PortBindings\":{\"80\":[{\"HostIp\":\"\"}]}"), false},
    {"loopback_ports", CREATE, HOST("\"PortBindings\":{\"80\":[]}"), false},
    {"loopback_ports", CREATE, HOST("\"PortBindings\":{\"80\":[{\"HostIp\":\"127.evil\"}]}"),
	false},
    /* what a daemon cannot read is every address to it */
    {"loopback_ports", CREATE, HOST("\"PortBindings\":{\"80\":[{\"HostIp\":\"127.1\"}]}"), false},
    {"loopback_ports", CREATE, HOST("\"PortBindings\":{\"80\":[{\"HostIp\":\"127.0.0.01\"}]}"),
	false},
    {"loopback_ports", CREATE, HOST("\"PortBindings\":{\"80\":[{\"HostIp\":\"127.0.0.300\"}]}"),
	false},
    {"loopback_ports", CREATE, HOST("\"PortBindings\":{\"80\":[{\"HostIp\":\"127.9.9.9\"}]}"),
	true},
    {"loopback_ports", CREATE, HOST("\"PortBindings\":{\"80\":[{\"HostIp\":\"::1\"}]}"), true},
    {"loopback_ports", CREATE, HOST("\"PublishAllPorts\":true"), false},
    {"loopback_ports", SERVICE, "{\"EndpointSpec\":{\"Ports\":[{\"TargetPort\":80}]}}", false},
    {"unprivileged_ports", CREATE,
	HOST("\"PortBindings\":{\"80\":[{\"HostPort\":\"1024-1030\"},{\"HostPort\":\"\"}]}"), true},
    {"unprivileged_ports", CREATE, HOST("\"PortBindings\":{\"80\":[{\"HostPort\":\"80-2000\"}]}"),
	false},
    {"unprivileged_ports", CREATE, HOST("\"PortBindings\":{\"80\":[{\"HostPort\":\"0-90\"}]}"),
	false},
    {"unprivileged_ports", CREATE, HOST("\"PortBindings\":{\"80\":[{\"HostPort\":\"0\"}]}"), true},
    {"unprivileged_ports", SERVICE, "{\"EndpointSpec\":{\"Ports\":[{\"PublishedPort\":80}]}}",
	false},
    {"no_default_bridge", CREATE, HOST("\"NetworkMode\":\"ci\""), true},
    {"no_default_bridge", CREATE, HOST("\"NetworkMode\":\"default\""), false},
    {"no_default_bridge", CREATE, HOST("\"NetworkMode\":\"1f\""), false},
    {"no_default_bridge", CREATE, BRIDGED("\"ci\":{}"), true},
    {"no_default_bridge", CREATE, BRIDGED("\"bridge\":{}"), false},
    {"no_default_bridge", CREATE, BRIDGED("\"0a1b\":{}"), false},
    {"no_default_bridge", CREATE, BRIDGED("\"ci\":{\"NetworkID\":\"bridge\"}"), false},
    {"no_default_bridge", CREATE, BRIDGED("\"ci\":{\"NetworkID\":\"\"}"), true},
    {"no_default_bridge", CREATE, "{}", false},
    {"no_default_bridge", CONNECT("ci"), "{\"Container\":\"x\"}", true},
    {"no_default_bridge", CONNECT("bridge"), "{\"Container\":\"x\"}", false},
    {"no_default_bridge", CONNECT("default"), "{\"Container\":\"x\"}", false},
    {"no_default_bridge", CONNECT("0a1b"), "{\"Container\":\"x\"}", false},
    {"no_default_bridge", CONNECT("ci"),
	"{\"Container\":\"x\",\"EndpointConfig\":{\"NetworkID\":\"bridge\"}}", false},
    {"memory_limit", CONNECT("bridge"), "{\"Container\":\"x\"}", true},
    {"max_memory = 1m", CONNECT("bridge"), "{\"Container\":\"x\"}", true},
    {"restart_bounded", CREATE, "{}", true},
    {"restart_bounded", CREATE, HOST("\"RestartPolicy\":{\"Name\":\"no\"}"), true},
    {"restart_bounded", CREATE, HOST("\"RestartPolicy\":{\"Name\":\"always\"}"), false},
    {"restart_bounded", CREATE, HOST("\"RestartPolicy\":{\"Name\":\"on-failure\"}"), false},
    {"restart_bounded", CREATE,
	HOST("\"RestartPolicy\":{\"Name\":\"on-failure\",\"MaximumRetryCount\":5}"), true},
    {"restart_bounded", CREATE,
	HOST("\"RestartPolicy\":{\"Name\":\"on-failure\",\"MaximumRetryCount\":6}"), false},
    {"restart_bounded\nmax_restarts = 9", CREATE,
	HOST("\"RestartPolicy\":{\"Name\":\"on-failure\",\"MaximumRetryCount\":6}"), true},
    {"restart_bounded", UPDATE, "{\"RestartPolicy\":{\"Name\":\"unless-stopped\"}}", false},
    {"restart_bounded", SERVICE, "{}", false},
    {"restart_bounded", SERVICE, TASK("\"RestartPolicy\":{\"Condition\":\"none\"}"), true},
    {"restart_bounded", SERVICE,
	TASK("\"RestartPolicy\":{\"Condition\":\"on-failure\",\"MaxAttempts\":3}"), true},
    {"healthcheck", CREATE, "{\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"]}}", true},
    {"healthcheck", CREATE, "{\"Healthcheck\":{\"Test\":[\"NONE\"]}}", false},
    {"healthcheck", CREATE, "{\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"x\"]}}", true},
    {"healthcheck", CREATE, "{\"Healthcheck\":{\"Test\":[\"none\"]}}", false},
    {"healthcheck", CREATE, "{\"Healthcheck\":{\"Test\":\"x\"}}", false},
    {"healthcheck", CREATE, "{}", false},
    {"image_digest", CREATE, "{\"Image\":\"bb" DIGEST "\"}", true},
    {"image_digest", CREATE, "{\"Image\":\"bb:1\"}", false},
    {"image_digest", CREATE, "{\"Image\":\"bb@sha256:00\"}", false},
    {"image_digest", SERVICE, SPEC("\"Image\":\"bb" DIGEST "\""), true},
    {"ulimits", CREATE, HOST("\"Ulimits\":[{\"Name\":\"nofile\",\"Hard\":1}]"), true},
    {"ulimits", CREATE, "{}", false},
    {"log_driver", CREATE, HOST("\"LogConfig\":{\"Type\":\"local\"}"), true},
    {"log_driver", CREATE, HOST("\"LogConfig\":{\"Type\":\"none\"}"), false},
    {"log_driver", CREATE, "{}", false},
    {"log_driver", SERVICE, TASK("\"LogDriver\":{\"Name\":\"local\"}"), true},
    {"log_limits", CREATE, HOST("\"LogConfig\":{\"Config\":{\"max-size\":\"1m\"}}"), true},
    {"log_limits", CREATE, "{}", false},
    {"no_secret_env", CREATE, "{\"Env\":[\"PATH=/x\",\"DB_PASSWORD_FILE=/run/x\",\"TOKEN=\"]}",
	true},
    {"no_secret_env", CREATE, "{\"Env\":[\"db_password=x\"]}", false},
    {"no_secret_env", CREATE, "{\"Env\":[\"X=AKIAABCDEFGHIJKLMNOP\"]}", false},
    {"no_secret_env", CREATE, "{\"Env\":[\"X=ghp_abc\"]}", false},
    {"no_secret_env", CREATE, "{\"Env\":[\"X=postgres://u:p@h/d\"]}", false},
    {"no_secret_env", EXEC, "{\"Env\":[\"API_KEY=1\"]}", false},
    {"no_secret_env", SERVICE, SPEC("\"Env\":[\"MY_TOKEN=1\"]"), false},
    {"no_secret_env", CREATE, "{}", true},
};

static void requirements_are_met_or_not(void **state)
{
	static struct outcome outcome;
	char lines[200];
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct require_case *row = &cases[i];
		const struct request_case request = {.line = row->target, .body = row->body};

		/* the grants are all there: requirements hold all the same */
		(void)snprintf(lines, sizeof(lines), "allow = @all\ngrant = all\n%s%s",
		    strchr(row->line, '=') && strncmp(row->line, "max", 3) == 0 ? "" : "require = ",
		    row->line);
		struct policy *policy = policy_of(lines);

		decide_case(policy, &request, &outcome);
		policy_unref(policy);
		bool met = outcome.decision.verdict == VERDICT_ALLOW;

		if (met == row->met && (met || outcome.decision.reason == REASON_REQUIREMENT))
			continue;
		wrong++;
		print_message("%s: %s %s: %s (%s)\n", row->line, row->target,
		    row->body ? row->body : "", outcome_text(&outcome), outcome.decision.message);
	}
	assert_int_equal(wrong, 0);
}

/* Daemons before 27.0 take the members beside a missing HostConfig for it. */
static void nothing_stands_beside_host_config(void **state)
{
	static const struct policy_row rows[] = {
	    {"POST /v1.41/containers/create", "{\"Privileged\":true}", "unknown_field Privileged",
		NULL},
	    {"POST /v1.41/containers/create", "{\"HostConfig\":null,\"Privileged\":true}",
		"unknown_field Privileged", NULL},
	    {"POST /v1.41/containers/create", "{\"ShmSize\":640000000}", "unknown_field ShmSize",
		NULL},
	    {"POST /v1.41/containers/create", "{\"Privileged\":false}", "allow", NULL},
	    {"POST /v1.41/containers/create", "{\"Tomorrow\":1}", "allow", NULL},
	};
	static const struct policy_row free[] = {
	    {"POST /v1.41/containers/create", "{\"Privileged\":true}", "allow", NULL},
	};
	static const struct policy_row hollow[] = {
	    {"POST /v1.41/containers/create", "{\"PortBindings\":{\"80/tcp\":[]}}",
		"unknown_field PortBindings", NULL},
	    {"POST /v1.41/containers/create", "{\"PortBindings\":{}}", "allow", NULL},
	};

	(void)state;
	check_rows("allow = @all\nunknown_fields = allow\nprivileged = yes\nrequire = no_privileged",
	    rows, COUNT(rows));
	check_rows("allow = @all\nunknown_fields = allow\nprivileged = yes\nmax_shm = 64m", rows + 2,
	    1);
	check_rows("allow = @all\nunknown_fields = allow\nprivileged = yes", free, COUNT(free));
	check_rows("allow = @all\nimage = *\npublish = *\nrequire = loopback_ports", hollow,
	    COUNT(hollow));
}

/* What an old version of the API does not have is left out by the daemon: nothing can rely on it. */
static void services_say_what_their_version_has(void **state)
{
	static const struct policy_row rows[] = {
	    {"POST /v1.44/services/create", SPEC("\"Privileges\":{\"NoNewPrivileges\":true}"), "allow",
		NULL},
	    {"POST /v1.43/services/create", SPEC("\"Privileges\":{\"NoNewPrivileges\":true}"),
		"ambiguous TaskTemplate.ContainerSpec.Privileges.NoNewPrivileges", NULL},
	    {"POST /services/create", SPEC("\"Privileges\":{\"NoNewPrivileges\":true}"),
		"ambiguous TaskTemplate.ContainerSpec.Privileges.NoNewPrivileges", NULL},
	    {"POST /v1.43/services/x/update?version=1",
		SPEC("\"Privileges\":{\"NoNewPrivileges\":true}"),
		"ambiguous TaskTemplate.ContainerSpec.Privileges.NoNewPrivileges", NULL},
	};
	static const struct policy_row drops[] = {
	    {"POST /services/create", SPEC("\"CapabilityDrop\":[\"ALL\"]"), "allow", NULL},
	    {"POST /v1.40/services/create", SPEC("\"CapabilityDrop\":[\"ALL\"]"),
		"ambiguous TaskTemplate.ContainerSpec.CapabilityDrop", NULL},
	};
	static const struct policy_row free[] = {
	    {"POST /v1.40/services/create", SPEC("\"CapabilityDrop\":[\"ALL\"]"), "allow", NULL},
	    {"POST /services/create", SPEC("\"Privileges\":{\"NoNewPrivileges\":true}"), "allow", NULL},
	};

	(void)state;
	check_rows("allow = @all\nrequire = no_new_privileges", rows, COUNT(rows));
	check_rows("allow = @all\nrequire = no_new_privileges\nmin_api = 1.44", rows, 1);
	check_rows("allow = @all\nrequire = cap_drop_all", drops, COUNT(drops));
	check_rows("allow = @all", free, COUNT(free));
}

static void every_requirement_has_both_cases(void **state)
{
	const struct requirement *row;

	(void)state;
	for (unsigned i = 0; (row = requirement_at(i)); i++) {
		bool met = false, missed = false;

		if (row->met == require_nosuid_binds)
			continue; /* test_policy_resolve has them */
		for (size_t j = 0; j < COUNT(cases); j++) {
			if (strcmp(cases[j].line, row->name) != 0)
				continue;
			met = met || cases[j].met;
			missed = missed || !cases[j].met;
		}
		if (!met || !missed)
			fail_msg("%s has no case of each kind", row->name);
	}
}

static void a_requirement_says_its_number(void **state)
{
	static struct outcome outcome;
	struct policy *policy = policy_of("allow = @all\nrequire = read_only_root");

	(void)state;
	decide_case(policy, &(struct request_case){.line = CREATE, .body = "{}"}, &outcome);
	assert_string_equal(outcome.decision.message,
	    "HostConfig.ReadonlyRootfs: must be true (required: read_only_root, CIS 5.12)");
	assert_string_equal(outcome.decision.requirement, "read_only_root");
	assert_int_equal(outcome.decision.status, 403);
	policy_unref(policy);
}

/* A container that follows section 5 of the benchmark in full passes its preset. */
static void the_cis_preset_can_be_met(void **state)
{
	static const char body[] =
	    "{\"User\":\"1:1\",\"Image\":\"bb" DIGEST
	    "\",\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"]},"
	    "\"HostConfig\":{\"CapDrop\":[\"ALL\"],\"SecurityOpt\":[\"no-new-privileges\"],"
	    "\"ReadonlyRootfs\":true,\"Memory\":1048576,\"NanoCpus\":1,\"PidsLimit\":10,"
	    "\"IpcMode\":\"private\",\"CgroupnsMode\":\"private\",\"NetworkMode\":\"ci\"}}";
	static const struct policy_row rows[] = {
	    {CREATE, body, "allow", NULL},
	    {CREATE, "{}", "requirement HostConfig.CapDrop", ""},
	    {EXEC, "{\"User\":\"root\"}", "requirement User", ""},
	    {EXEC, "{}", "allow", NULL},
	    {"GET /info", NULL, "allow", NULL},
	};

	(void)state;
	check_rows("allow = @all\nimage = bb\nnetwork_mode = ci\npreset = cis", rows, COUNT(rows));
	check_rows("allow = @all\nimage = bb\nnetwork_mode = ci\nrequire = cis", rows, COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requirements_are_met_or_not),
	    cmocka_unit_test(services_say_what_their_version_has),
	    cmocka_unit_test(every_requirement_has_both_cases),
	    cmocka_unit_test(a_requirement_says_its_number),
	    cmocka_unit_test(the_cis_preset_can_be_met),
	    cmocka_unit_test(nothing_stands_beside_host_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
