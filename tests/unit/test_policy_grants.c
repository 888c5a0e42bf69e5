/* SPDX-License-Identifier: Apache-2.0 */
/* Every grant, both ways: refused without its line and for that grant, allowed with it. */
#include "unit.h"

#include <stdio.h>

#include "policy_case.h"

struct grant_case {
	const char *name; /* of the grant */
	const char *line; /* gives it, "NAME = …"; the narrowing line for grants that are open */
	const char *target; /* "POST /containers/create" */
	const char *body;
	const char *field; /* where it is missed */
};

#define CREATE "POST /containers/create"
#define HOST(text) "{\"HostConfig\":{" text "}}"
#define SERVICE "POST /services/create"
#define SPEC(text) "{\"TaskTemplate\":{\"ContainerSpec\":{" text "}}}"

static const struct grant_case closed[] = {
    {"privileged", "privileged = yes", CREATE, HOST("\"Privileged\":true"),
	"HostConfig.Privileged"},
    {"privileged", "privileged = yes", "POST /containers/x/exec", "{\"Privileged\":true}",
	"Privileged"},
    {"bind", "bind = /srv ro", CREATE, HOST("\"Binds\":[\"/srv/a:/a:ro\"]"), "HostConfig.Binds[0]"},
    {"bind", "bind = /srv rw", SERVICE,
	SPEC("\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/srv\",\"Target\":\"/a\"}]"),
	"TaskTemplate.ContainerSpec.Mounts[0].Source"},
    {"volume", "volume = cache-*", CREATE, HOST("\"Binds\":[\"cache-1:/a\"]"),
	"HostConfig.Binds[0]"},
    {"volume_driver", "volume_driver = nfs", CREATE, HOST("\"VolumeDriver\":\"nfs\""),
	"HostConfig.VolumeDriver"},
    {"volume_driver", "volume_driver = nfs", CREATE, "{\"VolumeDriver\":\"nfs\"}", "VolumeDriver"},
    {"volume_driver", "volume_driver = x", "POST /volumes/create", "{\"Driver\":\"x\"}", "Driver"},
    {"volume_option", "volume_option = size=*", "POST /volumes/create",
	"{\"DriverOpts\":{\"size\":\"1g\"}}", "DriverOpts[size]"},
    {"volume_option", "volume_option = type=nfs o=* device=:*", "POST /volumes/create",
	"{\"DriverOpts\":{\"type\":\"nfs\",\"o\":\"addr=10.0.0.1\",\"device\":\":/x\"}}",
	"DriverOpts[type]"},
    {"volume_subpath", "volume_subpath = a/*", CREATE,
	HOST("\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/a\",\"VolumeOptions\":"
	     "{\"Subpath\":\"a/b\"}}]"),
	"HostConfig.Mounts[0].VolumeOptions.Subpath"},
    {"cluster_volume", "cluster_volume = yes", "POST /volumes/create",
	"{\"ClusterVolumeSpec\":{\"Group\":\"a\"}}", "ClusterVolumeSpec"},
    {"volumes_from", "volumes_from = ci-*", CREATE, HOST("\"VolumesFrom\":[\"ci-1\"]"),
	"HostConfig.VolumesFrom[0]"},
    {"tmpfs", "tmpfs = /run=*", CREATE, HOST("\"Tmpfs\":{\"/run\":\"\"}"),
	"HostConfig.Tmpfs[/run]"},
    {"tmpfs", "tmpfs = *", CREATE, HOST("\"Mounts\":[{\"Type\":\"tmpfs\",\"Target\":\"/a\"}]"),
	"HostConfig.Mounts[0].TmpfsOptions"},
    {"image", "image = bb:1", CREATE, "{\"Image\":\"bb:1\"}", "Image"},
    {"image", "image = bb:1", SERVICE, SPEC("\"Image\":\"bb:1\""),
	"TaskTemplate.ContainerSpec.Image"},
    {"image", "image = alpine\nimage_write = *", "POST /images/alpine/tag?repo=bb&tag=1", NULL,
	"path:name"},
    {"image_write", "image_write = bb:1", "POST /images/bb/push?tag=1", NULL, "path:name"},
    {"image_write", "image_write = bb:1", "POST /build?t=bb:1", NULL, "query:t"},
    {"image_write", "image_write = bb:1", "POST /commit?container=x&repo=bb&tag=1", "{}",
	"query:repo"},
    {"image_write", "image_write = bb:1", "DELETE /images/bb:1", NULL, "path:name"},
    {"image_write", "image_write = *", "POST /images/prune", NULL, ""},
    {"image_write", "image_write = *", "POST /images/load", NULL, ""},
    {"registry", "registry = docker.io", "GET /distribution/bb/json", NULL, "path:name"},
    {"registry", "registry = reg.example.org:5000",
	"GET /images/search?term=reg.example.org:5000/x", NULL, "query:term"},
    {"registry", "registry = reg.example.org", "POST /auth",
	"{\"username\":\"u\",\"password\":\"p\",\"serveraddress\":\"https://reg.example.org/v1/\"}",
	"serveraddress"},
    {"import", "import = http://example.org/*", "POST /images/create?fromSrc=http://example.org/x",
	NULL, "query:fromSrc"},
    {"network_mode", "network_mode = ci-*", CREATE, HOST("\"NetworkMode\":\"ci-1\""),
	"HostConfig.NetworkMode"},
    {"network_mode", "network_mode = ci-*", CREATE,
	"{\"NetworkingConfig\":{\"EndpointsConfig\":{\"ci-1\":{}}}}",
	"NetworkingConfig.EndpointsConfig[ci-1]"},
    {"network_mode", "network_mode = ci-*", "POST /networks/ci-1/connect", "{\"Container\":\"x\"}",
	"path:name"},
    {"network_mode", "network_mode = host", SERVICE,
	"{\"TaskTemplate\":{\"Networks\":[{\"Target\":\"host\"}]}}",
	"TaskTemplate.Networks[0].Target"},
    {"network_driver", "network_driver = macvlan", "POST /networks/create",
	"{\"Name\":\"n\",\"Driver\":\"macvlan\"}", "Driver"},
    {"network_option", "network_option = parent=eth0", "POST /networks/create",
	"{\"Options\":{\"parent\":\"eth0\"}}", "Options[parent]"},
    {"network_option", "network_option = *", CREATE,
	"{\"NetworkingConfig\":{\"EndpointsConfig\":{\"bridge\":{\"DriverOpts\":{\"a.b/"
	"c\":\"d\"}}}}}",
	"NetworkingConfig.EndpointsConfig[bridge].DriverOpts[a.b/c]"},
    {"network_scope", "network_scope = swarm", "POST /networks/create", "{\"Scope\":\"swarm\"}",
	"Scope"},
    {"network_template", "network_template = t", "POST /networks/create",
	"{\"ConfigFrom\":{\"Network\":\"t\"}}", "ConfigFrom.Network"},
    {"network_config_only", "network_config_only = yes", "POST /networks/create",
	"{\"ConfigOnly\":true}", "ConfigOnly"},
    {"template", "template = *", CREATE,
	HOST("\"LogConfig\":{\"Config\":{\"tag\":\"{{pad .Name 1 1}}\"}}"),
	"HostConfig.LogConfig.Config[tag]"},
    {"template", "template = *", SERVICE, SPEC("\"Hostname\":\"{{printf .Node.ID}}\""),
	"TaskTemplate.ContainerSpec.Hostname"},
    {"node", "node = drain", "POST /nodes/x/update", "{\"Availability\":\"drain\"}",
	"Availability"},
    {"privileged", "privileged = yes", "POST /plugins/create", NULL, ""},
    {"ipam", "ipam = yes", "POST /networks/create",
	"{\"IPAM\":{\"Driver\":\"default\",\"Config\":[{\"Subnet\":\"10.0.0.0/8\"}]}}",
	"IPAM.Config[0].Subnet"},
    {"publish", "publish = 127.0.0.1:8000-9000", CREATE,
	HOST("\"PortBindings\":{\"80/tcp\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"8080\"}]}"),
	"HostConfig.PortBindings[80/tcp]"},
    {"publish", "publish = *:8000-9000/tcp", SERVICE,
	"{\"EndpointSpec\":{\"Ports\":[{\"TargetPort\":80,\"PublishedPort\":8080}]}}",
	"EndpointSpec.Ports[0]"},
    {"publish_all", "publish_all = yes", CREATE, HOST("\"PublishAllPorts\":true"),
	"HostConfig.PublishAllPorts"},
    {"pid_mode", "pid_mode = host", CREATE, HOST("\"PidMode\":\"host\""), "HostConfig.PidMode"},
    {"ipc_mode", "ipc_mode = shareable", CREATE, HOST("\"IpcMode\":\"shareable\""),
	"HostConfig.IpcMode"},
    {"uts_mode", "uts_mode = host", CREATE, HOST("\"UTSMode\":\"host\""), "HostConfig.UTSMode"},
    {"userns_mode", "userns_mode = host", CREATE, HOST("\"UsernsMode\":\"host\""),
	"HostConfig.UsernsMode"},
    {"cgroupns_mode", "cgroupns_mode = host", CREATE, HOST("\"CgroupnsMode\":\"host\""),
	"HostConfig.CgroupnsMode"},
    {"cgroup_parent", "cgroup_parent = ci", CREATE, HOST("\"CgroupParent\":\"ci\""),
	"HostConfig.CgroupParent"},
    {"device", "device = /dev/fuse", CREATE,
	HOST("\"Devices\":[{\"PathOnHost\":\"/dev/fuse\",\"PathInContainer\":\"/dev/fuse\","
	     "\"CgroupPermissions\":\"rwm\"}]"),
	"HostConfig.Devices[0].PathOnHost"},
    {"device_request", "device_request = gpu", CREATE,
	HOST("\"DeviceRequests\":[{\"Driver\":\"\",\"Count\":-1,\"Capabilities\":[[\"gpu\"]]}]"),
	"HostConfig.DeviceRequests[0].Driver"},
    {"device_request", "device_request = *", CREATE, HOST("\"DeviceRequests\":[{\"Count\":-1}]"),
	"HostConfig.DeviceRequests[0].Driver"},
    {"device_cgroup_rule", "device_cgroup_rule = \"c 10:200 rwm\"", CREATE,
	HOST("\"DeviceCgroupRules\":[\"c 10:200 rwm\"]"), "HostConfig.DeviceCgroupRules[0]"},
    {"cap_add", "cap_add = net_admin", CREATE, HOST("\"CapAdd\":[\"CAP_NET_ADMIN\"]"),
	"HostConfig.CapAdd[0]"},
    {"security_opt", "security_opt = seccomp=unconfined", CREATE,
	HOST("\"SecurityOpt\":[\"seccomp:unconfined\"]"), "HostConfig.SecurityOpt[0]"},
    {"security_opt", "security_opt = label=*", SERVICE,
	SPEC("\"Privileges\":{\"SELinuxContext\":{\"Disable\":true}}"),
	"TaskTemplate.ContainerSpec.Privileges"},
    {"unmask", "unmask = yes", CREATE, HOST("\"MaskedPaths\":[]"), "HostConfig.MaskedPaths"},
    {"unmask", "unmask = yes", CREATE, HOST("\"ReadonlyPaths\":[\"/proc/bus\"]"),
	"HostConfig.ReadonlyPaths"},
    {"sysctl", "sysctl = net.ipv4.ip_forward=1", CREATE,
	HOST("\"Sysctls\":{\"net.ipv4.ip_forward\":\"1\"}"),
	"HostConfig.Sysctls[net.ipv4.ip_forward]"},
    {"runtime", "runtime = kata", CREATE, HOST("\"Runtime\":\"kata\""), "HostConfig.Runtime"},
    {"log_driver", "log_driver = syslog", CREATE, HOST("\"LogConfig\":{\"Type\":\"syslog\"}"),
	"HostConfig.LogConfig.Type"},
    {"log_option", "log_option = syslog-address", CREATE,
	HOST("\"LogConfig\":{\"Config\":{\"syslog-address\":\"udp://x:1\"}}"),
	"HostConfig.LogConfig.Config[syslog-address]"},
    {"link", "link = db:*", CREATE, HOST("\"Links\":[\"db:x\"]"), "HostConfig.Links[0]"},
    {"link", "link = db:*", CREATE, HOST("\"Links\":[\"db:x\"],\"NetworkMode\":\"default\""),
	"HostConfig.Links[0]"},
    {"extra_host", "extra_host = x:*", CREATE, HOST("\"ExtraHosts\":[\"x:1.2.3.4\"]"),
	"HostConfig.ExtraHosts[0]"},
    {"dns", "dns = 1.1.1.1", CREATE, HOST("\"Dns\":[\"1.1.1.1\"]"), "HostConfig.Dns[0]"},
    {"restart", "restart = always", CREATE, HOST("\"RestartPolicy\":{\"Name\":\"always\"}"),
	"HostConfig.RestartPolicy.Name"},
    {"restart", "restart = always", "POST /containers/x/update",
	"{\"RestartPolicy\":{\"Name\":\"always\"}}", "RestartPolicy.Name"},
    {"restart", "restart = any", SERVICE,
	"{\"TaskTemplate\":{\"RestartPolicy\":{\"Condition\":\"any\"}}}",
	"TaskTemplate.RestartPolicy.Condition"},
    {"ulimit", "ulimit = nofile=1024", CREATE,
	HOST("\"Ulimits\":[{\"Name\":\"nofile\",\"Soft\":1024,\"Hard\":1024}]"),
	"HostConfig.Ulimits[0]"},
    {"realtime", "realtime = yes", CREATE, HOST("\"CpuRealtimeRuntime\":1"),
	"HostConfig.CpuRealtimeRuntime"},
    {"oom", "oom = yes", CREATE, HOST("\"OomKillDisable\":true"), "HostConfig.OomKillDisable"},
    {"oom", "oom = yes", CREATE, HOST("\"OomScoreAdj\":-1"), "HostConfig.OomScoreAdj"},
    {"storage_opt", "storage_opt = x", CREATE, HOST("\"StorageOpt\":{\"x\":\"1\"}"),
	"HostConfig.StorageOpt[x]"},
    {"isolation", "isolation = hyperv", CREATE, HOST("\"Isolation\":\"hyperv\""),
	"HostConfig.Isolation"},
    {"annotation", "annotation = a.*", CREATE, HOST("\"Annotations\":{\"a.b\":\"c\"}"),
	"HostConfig.Annotations[a.b]"},
    {"group_add", "group_add = 1000", CREATE, HOST("\"GroupAdd\":[\"1000\"]"),
	"HostConfig.GroupAdd[0]"},
    {"mac_address", "mac_address = 02:*", CREATE, "{\"MacAddress\":\"02:42:0:0:0:1\"}",
	"MacAddress"},
    {"ps_args", "ps_args = -o*", "GET /containers/x/top?ps_args=-opid", NULL, "query:ps_args"},
    {"build_remote", "build_remote = https://example.org/**",
	"POST /build?remote=https://example.org/a/b.git", NULL, "query:remote"},
    {"buildkit", "buildkit = yes", "POST /build?version=2&session=x", NULL, "query:version"},
    {"privileged", "privileged = yes", "POST /libpod/containers/create", NULL, ""},
    {"checkpoint_dir", "checkpoint_dir = /srv/*", "POST /containers/x/checkpoints",
	"{\"CheckpointDir\":\"/srv/x\"}", "CheckpointDir"},
    {"plugin", "plugin = vieux/*", "POST /plugins/pull?remote=vieux/sshfs", "[]", "query:remote"},
    {"plugin_privilege", "plugin_privilege = mount=/x", "POST /plugins/pull",
	"[{\"Name\":\"mount\",\"Value\":[\"/x\"]}]", "body[0]"},
    {"plugin_setting", "plugin_setting = DEBUG", "POST /plugins/x/set", "[\"DEBUG=1\"]", "body[0]"},
    {"swarm", "swarm = yes", "POST /networks/create", "{\"Ingress\":true}", "Ingress"},
    {"secret", "secret = ci-*", SERVICE, SPEC("\"Secrets\":[{\"SecretName\":\"ci-1\"}]"),
	"TaskTemplate.ContainerSpec.Secrets[0].SecretName"},
    {"secret_driver", "secret_driver = d", "POST /secrets/create",
	"{\"Name\":\"s\",\"Driver\":{\"Name\":\"d\"}}", "Driver.Name"},
    {"task_runtime", "task_runtime = plugin", SERVICE,
	"{\"TaskTemplate\":{\"Runtime\":\"plugin\"}}", "TaskTemplate.Runtime"},
    {"service_rollback", "service_rollback = previous", "POST /services/x/update?rollback=previous",
	"{}", "query:rollback"},
};

/* Open until a line narrows them: the line here does not cover the value. */
static const struct grant_case open[] = {
    {"user", "user = 1000:1000", CREATE, "{\"User\":\"0\"}", "User"},
    {"user", "user = 1000:1000", "POST /containers/x/exec", "{\"User\":\"0\"}", "User"},
    {"env", "env = PATH LANG=*", CREATE, "{\"Env\":[\"LD_PRELOAD=/x\"]}", "Env[0]"},
    {"label", "label = ci.*", CREATE, "{\"Labels\":{\"traefik.enable\":\"true\"}}",
	"Labels[traefik.enable]"},
    {"entrypoint", "entrypoint = /bin/sh", CREATE, "{\"Entrypoint\":[\"/bin/bash\"]}",
	"Entrypoint"},
    {"command", "command = make **", CREATE, "{\"Cmd\":[\"sh\",\"-c\",\"make\"]}", "Cmd"},
    {"command", "command = make **", CREATE, "{\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"]}}",
	"Healthcheck.Test"},
    {"working_dir", "working_dir = /app/*", "POST /containers/x/exec",
	"{\"Cmd\":[\"x\"],\"WorkingDir\":\"/tmp\"}", "WorkingDir"},
    {"exec_command", "exec_command = ls *", "POST /containers/x/exec",
	"{\"Cmd\":[\"ls\",\"-l\",\"/\"]}", "Cmd"},
    {"exec_tty", "exec_tty = no", "POST /containers/x/exec", "{\"Tty\":true}", "Tty"},
    {"signal", "signal = TERM INT", "POST /containers/x/kill?signal=9", NULL, "query:signal"},
    {"archive_path", "archive_path = /tmp/**", "GET /containers/x/archive?path=/etc/shadow", NULL,
	"query:path"},
    {"name", "name = ci-*", "POST /containers/create?name=traefik", "{}", "query:name"},
    {"name", "name = ci-*", "POST /volumes/create", "{\"Name\":\"traefik\"}", "Name"},
    {"image_change", "image_change = CMD*", "POST /commit?container=x&changes=USER 0", "{}",
	"query:changes"},
    {"alias", "alias = ci-*", CREATE, "{\"Hostname\":\"db\"}", "Hostname"},
    {"placement", "placement = node.role==worker", SERVICE,
	"{\"TaskTemplate\":{\"Placement\":{\"Constraints\":[\"node.role==manager\"]}}}",
	"TaskTemplate.Placement.Constraints[0]"},
};

static const char *decide(const char *lines, const struct grant_case *row, struct outcome *outcome)
{
	struct policy *policy = policy_of(lines);
	const struct request_case request = {.line = row->target, .body = row->body};

	decide_case(policy, &request, outcome);
	policy_unref(policy);
	return outcome_text(outcome);
}

static void assert_misses(const char *lines, const struct grant_case *row)
{
	static struct outcome outcome;
	char want[200];
	const char *is = decide(lines, row, &outcome);

	(void)snprintf(want, sizeof(want), "grant%s%s", row->field[0] ? " " : "", row->field);
	if (strcmp(is, want) != 0)
		fail_msg("%s: %s is %s, not %s (%s)", row->name, row->body, is, want,
		    outcome.decision.message);
	assert_string_equal(grant_info(outcome.decision.grant)->name, row->name);
	assert_int_equal(outcome.decision.status, 403);
	assert_true(outcome.decision.message[0]);
}

static void assert_allowed(const char *lines, const struct grant_case *row)
{
	static struct outcome outcome;
	const char *is = decide(lines, row, &outcome);

	if (strcmp(is, "allow") != 0)
		fail_msg("%s: %s is %s (%s) with %s", row->name,
		    row->body ? row->body : row->target, is, outcome.decision.message, lines);
}

static void closed_grants_need_their_line(void **state)
{
	char lines[200];

	(void)state;
	for (size_t i = 0; i < COUNT(closed); i++) {
		assert_misses("allow = @all", &closed[i]);
		(void)snprintf(lines, sizeof(lines), "allow = @all\n%s", closed[i].line);
		assert_allowed(lines, &closed[i]);
		assert_allowed("allow = @all\ngrant = all", &closed[i]);
	}
}

static void open_grants_are_narrowed_by_a_line(void **state)
{
	char lines[200];

	(void)state;
	for (size_t i = 0; i < COUNT(open); i++) {
		assert_allowed("allow = @all", &open[i]);
		(void)snprintf(lines, sizeof(lines), "allow = @all\n%s", open[i].line);
		assert_misses(lines, &open[i]);
		(void)snprintf(lines, sizeof(lines), "allow = @all\ngrant = all\n%s", open[i].line);
		assert_allowed(lines, &open[i]);
	}
}

/* The line that a refusal proposes is one that helps. */
static void a_fix_permits(void **state)
{
	static struct outcome outcome;
	char lines[600];

	(void)state;
	for (size_t i = 0; i < COUNT(closed) + COUNT(open); i++) {
		const struct grant_case *row =
		    i < COUNT(closed) ? &closed[i] : &open[i - COUNT(closed)];
		const char *narrow = i < COUNT(closed) ? "" : row->line;

		if (strcmp(row->name, "exec_tty") ==
		    0) /* a line and its contrary do not go together */
			continue;
		(void)snprintf(lines, sizeof(lines), "allow = @all\n%s", narrow);
		for (int tries = 0; tries < 5; tries++) {
			size_t len = strlen(lines);

			if (strcmp(decide(lines, row, &outcome), "allow") == 0)
				break;
			(void)snprintf(
			    lines + len, sizeof(lines) - len, "\n%s", outcome.decision.fix);
		}
		if (outcome.decision.verdict != VERDICT_ALLOW && !strstr(row->target, "secret") &&
		    !strstr(row->target, "remote=http") && !strstr(row->target, "changes=") &&
		    !strstr(row->target, "fromSrc"))
			fail_msg("%s: \"%s\" does not help: %s", row->name, lines,
			    outcome.decision.message);
	}
}

/* dockerd 20.10 ends with a slice out of bounds when it runs such a check: no grant permits it. */
static void a_health_check_has_a_program(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, "{\"Healthcheck\":{\"Test\":[\"CMD\"]}}", "body Healthcheck.Test", NULL},
	    {CREATE, "{\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"]}}", "allow", NULL},
	    {CREATE, "{\"Healthcheck\":{\"Test\":[\"NONE\"]}}", "allow", NULL},
	    {CREATE, "{\"Healthcheck\":{\"Test\":[]}}", "allow", NULL},
	    {"POST /services/create",
		"{\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"bb:1\",\"Healthcheck\":{"
		"\"Test\":["
		"\"CMD\"]}}}}",
		"body TaskTemplate.ContainerSpec.Healthcheck.Test", NULL},
	    {"POST /commit?container=x&repo=bb&tag=1", "{\"Healthcheck\":{\"Test\":[\"CMD\"]}}",
		"body Healthcheck.Test", NULL},
	};

	(void)state;
	check_rows("allow = @all\nimage = bb:* named:*\nimage_write = bb:*", rows, COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(closed_grants_need_their_line),
	    cmocka_unit_test(open_grants_are_narrowed_by_a_line),
	    cmocka_unit_test(a_fix_permits),
	    cmocka_unit_test(a_health_check_has_a_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
