/* SPDX-License-Identifier: Apache-2.0 */
/* The policies in conf/: the CI runner's, sentence by sentence, and the one that allows everything.
 */
#include "unit.h"

#include "policy_case.h"

#include <stdio.h>
#include <stdlib.h>

#define CREATE "POST /v1.41/containers/create"
#define HOST(text) "{\"Image\":\"bb:1\",\"HostConfig\":{" text "}}"
#define LINES_MOST 16384

/* The lines of the one [policy …] section of a file in conf/. */
static const char *lines_of(const char *name)
{
	static char lines[LINES_MOST];
	const char *srcdir = getenv("srcdir");
	char path[512], line[512];
	size_t len = 0;
	bool inside = false;

	(void)snprintf(path, sizeof(path), "%s/conf/%s", srcdir ? srcdir : "..", name);
	FILE *file = fopen(path, "r");

	if (!file)
		fail_msg("%s cannot be read", path);
	while (file && fgets(line, sizeof(line), file)) {
		if (line[0] == '[')
			inside = strncmp(line, "[policy", 7) == 0;
		else if (inside && line[0] != '#' && len + strlen(line) < sizeof(lines)) {
			memcpy(lines + len, line, strlen(line));
			len += strlen(line);
		}
	}
	lines[len] = '\0';
	(void)fclose(file);
	return lines;
}

static void a_ci_runner_may_do_its_work(void **state)
{
	static const struct policy_row rows[] = {
	    {"GET /_ping", NULL, "allow", NULL},
	    {"HEAD /_ping", NULL, "allow", NULL},
	    {"GET /v1.24/version", NULL, "allow", NULL},
	    {"GET /info", NULL, "allow", NULL},
	    {"GET /events?since=1", NULL, "allow", NULL},
	    {"GET /v1.41/containers/json?all=1", NULL, "allow", NULL},
	    {"GET /images/json", NULL, "allow", NULL},
	    {"GET /networks", NULL, "allow", NULL},
	    {"GET /volumes", NULL, "allow", NULL},
	    {"GET /containers/x/json", NULL, "allow", NULL},
	    {"GET /images/registry.example.org/ci/a:1/json", NULL, "allow", NULL},
	    {"GET /networks/x", NULL, "allow", NULL},
	    {"GET /volumes/x", NULL, "allow", NULL},
	    {"GET /exec/x/json", NULL, "allow", NULL},
	    {"GET /containers/x/logs?follow=1&stdout=1", NULL, "allow", NULL},
	    {"GET /containers/x/top?ps_args=-ef", NULL, "allow", NULL},
	    {"GET /containers/x/stats?stream=0", NULL, "allow", NULL},
	    {"GET /containers/x/changes", NULL, "allow", NULL},
	    {"POST /containers/x/start", NULL, "allow", NULL},
	    {"POST /containers/x/stop?t=1", NULL, "allow", NULL},
	    {"POST /containers/x/restart", NULL, "allow", NULL},
	    {"POST /containers/x/kill?signal=9", NULL, "allow", NULL},
	    {"POST /containers/x/wait?condition=removed", NULL, "allow", NULL},
	    {"POST /containers/x/pause", NULL, "allow", NULL},
	    {"POST /containers/x/unpause", NULL, "allow", NULL},
	    {"POST /containers/x/resize?h=1&w=2", NULL, "allow", NULL},
	    {"POST /containers/x/rename?name=y", NULL, "allow", NULL},
	    {"POST /containers/x/attach?stream=1&stdin=1", NULL, "allow", NULL},
	    {"POST /containers/x/exec", "{\"Cmd\":[\"sh\"],\"Tty\":true}", "allow", NULL},
	    {"POST /exec/x/start", "{\"Detach\":false,\"Tty\":true}", "allow", NULL},
	    {"POST /exec/x/resize?h=1&w=2", NULL, "allow", NULL},
	    {"POST /networks/create", "{\"Name\":\"n\",\"Driver\":\"bridge\",\"Options\":{}}",
		"allow", NULL},
	    {"POST /networks/n/connect", "{\"Container\":\"x\"}", "allow", NULL},
	    {"POST /networks/n/disconnect", "{\"Container\":\"x\"}", "allow", NULL},
	    {"POST /volumes/create", "{\"Name\":\"v\",\"Driver\":\"local\"}", "allow", NULL},
	    {"POST /images/create?fromImage=bb&tag=1", NULL, "allow", NULL},
	    {"POST /images/create?fromImage=registry.example.org/ci/a&tag=latest", NULL, "allow",
		NULL},
	    {"DELETE /containers/x?force=1&v=1", NULL, "allow", NULL},
	    {"DELETE /networks/n", NULL, "allow", NULL},
	    {"DELETE /volumes/v", NULL, "allow", NULL},
	};

	(void)state;
	check_rows(lines_of("ci-runner.conf"), rows, COUNT(rows));
}

static void a_ci_runner_may_do_nothing_else(void **state)
{
	static const char *const lines[] = {"POST /v1.41/build", "POST /build/prune",
	    "POST /session", "POST /grpc", "POST /commit", "POST /images/load", "GET /images/x/get",
	    "GET /images/get", "POST /images/bb/push", "POST /images/bb/tag?repo=bb&tag=2",
	    "DELETE /images/bb", "POST /images/prune", "POST /containers/prune",
	    "POST /networks/prune", "POST /volumes/prune", "GET /containers/x/archive?path=/",
	    "HEAD /containers/x/archive?path=/", "PUT /containers/x/archive?path=/",
	    "GET /containers/x/export", "POST /containers/x/copy", "POST /containers/x/update",
	    "GET /containers/x/attach/ws", "GET /swarm", "POST /swarm/init", "GET /services",
	    "POST /services/create", "GET /tasks", "GET /nodes", "GET /secrets",
	    "POST /secrets/create", "GET /configs", "GET /plugins", "POST /plugins/pull",
	    "GET /distribution/bb/json", "POST /auth", "GET /system/df",
	    "GET /images/search?term=x", "GET /images/bb/history", "GET /debug/pprof/heap",
	    "POST /libpod/containers/create", "POST /images/create?fromSrc=-",
	    "POST /images/create?fromImage=&fromSrc=-&repo=bb&tag=1",
	    "POST /images/create?fromImage=bb&fromSrc=-&tag=1"};
	static struct outcome outcome;
	struct policy *policy = policy_of(lines_of("ci-runner.conf"));

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		decide_case(policy, &(struct request_case){.line = lines[i]}, &outcome);
		if (strcmp(outcome_text(&outcome), "no_rule") != 0)
			fail_msg("%s is %s", lines[i], outcome_text(&outcome));
	}
	policy_unref(policy);
}

static void a_ci_runner_makes_plain_containers(void **state)
{
	static const struct policy_row rows[] = {
	    {"POST /v1.23/containers/create", "{}", "api_version", NULL},
	    {CREATE, "{\"Image\":\"docker.io/library/bb:2\",\"Labels\":{\"a\":\"b\"}}", "allow",
		NULL},
	    {CREATE, "{\"Image\":\"registry.example.org/ci/a:1\"}", "allow", NULL},
	    {CREATE, "{\"Image\":\"alpine\"}", "grant Image", "image = alpine:latest"},
	    {CREATE, "{\"Image\":\"bb\"}", "ambiguous Image", NULL},
	    {CREATE, "{\"Image\":\"registry.example.org/ci/a/b\"}", "grant Image", NULL},
	    {"POST /images/create?fromImage=alpine&tag=1", NULL, "grant query:fromImage", NULL},
	    {CREATE, HOST("\"Binds\":[\"/srv/ci/a:/b\",\"/srv/ci:/c:ro\",\"v:/d\",\"/e\"]"),
		"allow", NULL},
	    {CREATE, HOST("\"Binds\":[\"/srv/ci/a:/b:rshared\"]"), "grant HostConfig.Binds[0]",
		NULL},
	    {CREATE, HOST("\"Binds\":[\"/srv/ci/a:/b:Z\"]"), "grant HostConfig.Binds[0]", NULL},
	    {CREATE, HOST("\"Binds\":[\"/srv/cix:/b\"]"), "grant HostConfig.Binds[0]", NULL},
	    {CREATE, HOST("\"Binds\":[\"/:/b\"]"), "grant HostConfig.Binds[0]", NULL},
	    {CREATE,
		HOST("\"Mounts\":[{\"Type\":\"tmpfs\",\"Target\":\"/t\"},{\"Type\":\"volume\","
		     "\"Source\":\"v\",\"Target\":\"/u\"}],\"Tmpfs\":{\"/run\":\"size=1m\"}"),
		"allow", NULL},
	    {CREATE, HOST("\"NetworkMode\":\"ci-net\""), "allow", NULL},
	    {CREATE, HOST("\"NetworkMode\":\"host\""), "grant HostConfig.NetworkMode", NULL},
	    {CREATE, HOST("\"NetworkMode\":\"container:x\""), "grant HostConfig.NetworkMode", NULL},
	    {CREATE, HOST("\"PidMode\":\"container:x\""), "grant HostConfig.PidMode", NULL},
	    {CREATE, HOST("\"IpcMode\":\"host\""), "grant HostConfig.IpcMode", NULL},
	    {CREATE,
		HOST("\"Memory\":1,\"NanoCpus\":1,\"PidsLimit\":1,\"CapDrop\":[\"ALL\"],"
		     "\"Ulimits\":[{\"Name\":\"nofile\",\"Soft\":1,\"Hard\":1}]"),
		"allow", NULL},
	    {CREATE,
		HOST("\"PortBindings\":{\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"80\"}]},"
		     "\"PublishAllPorts\":true,\"RestartPolicy\":{\"Name\":\"always\"}"),
		"allow", NULL},
	    {CREATE, HOST("\"LogConfig\":{\"Type\":\"local\",\"Config\":{}}"), "allow", NULL},
	    {CREATE, HOST("\"LogConfig\":{\"Type\":\"none\",\"Config\":{}}"), "allow", NULL},
	    {CREATE, HOST("\"LogConfig\":{\"Type\":\"syslog\"}"), "grant HostConfig.LogConfig.Type",
		NULL},
	    {CREATE, HOST("\"Privileged\":true"), "grant HostConfig.Privileged", NULL},
	    {CREATE, HOST("\"CapAdd\":[\"NET_ADMIN\"]"), "grant HostConfig.CapAdd[0]", NULL},
	    {CREATE, HOST("\"Devices\":[{\"PathOnHost\":\"/dev/fuse\"}]"),
		"grant HostConfig.Devices[0].PathOnHost", NULL},
	    {CREATE, HOST("\"SecurityOpt\":[\"no-new-privileges:true\"]"), "allow", NULL},
	    {CREATE, HOST("\"SecurityOpt\":[\"seccomp=unconfined\"]"),
		"grant HostConfig.SecurityOpt[0]", NULL},
	    {CREATE, HOST("\"Sysctls\":{\"net.core.somaxconn\":\"1\"}"),
		"grant HostConfig.Sysctls[net.core.somaxconn]", NULL},
	    {CREATE, HOST("\"Runtime\":\"runc\""), "allow", NULL},
	    {CREATE, HOST("\"Runtime\":\"kata\""), "grant HostConfig.Runtime", NULL},
	    {CREATE, HOST("\"CgroupParent\":\"/x\""), "grant HostConfig.CgroupParent", NULL},
	    {CREATE, HOST("\"MaskedPaths\":[]"), "grant HostConfig.MaskedPaths", NULL},
	    {CREATE, HOST("\"ReadonlyPaths\":[]"), "grant HostConfig.ReadonlyPaths", NULL},
	    {CREATE, HOST("\"VolumesFrom\":[\"x\"]"), "grant HostConfig.VolumesFrom[0]", NULL},
	    {CREATE, HOST("\"Future\":1"), "unknown_field HostConfig.Future", NULL},
	    {"POST /containers/x/exec", "{\"Cmd\":[\"sh\"],\"Privileged\":true}",
		"grant Privileged", NULL},
	    {"POST /networks/create", "{\"Driver\":\"macvlan\"}", "grant Driver", NULL},
	    {"POST /networks/create", "{\"Options\":{\"a\":\"b\"}}", "grant Options[a]", NULL},
	    {"POST /networks/host/connect", "{\"Container\":\"x\"}", "grant path:name", NULL},
	    {"POST /volumes/create", "{\"Driver\":\"nfs\"}", "grant Driver", NULL},
	    {"POST /volumes/create", "{\"DriverOpts\":{\"o\":\"bind\",\"device\":\"/srv/ci\"}}",
		"grant DriverOpts[o]", NULL},
	};

	(void)state;
	check_rows(lines_of("ci-runner.conf"), rows, COUNT(rows));
}

static void allow_all_allows_all_that_can_be_read(void **state)
{
	static const struct policy_row rows[] = {
	    {"GET /v1.12/_ping", NULL, "allow", NULL},
	    {"POST /new/thing?x=1&x=2", "{}", "allow", NULL},
	    {CREATE "?new=1",
		"{\"New\":1,\"Privileged\":true,\"HostConfig\":{\"Binds\":[\"/:/h\"],"
		"\"Cgroup\":\"x\",\"Mounts\":\"odd\"}}",
		"allow", NULL},
	    {CREATE, "{\"Image\":\"a\",\"image\":\"b\"}", "ambiguous Image", NULL},
	    {CREATE, "{\"Image\":\"a\"}{}", "gate", NULL},
	    {"POST /containers/x/start", "{}", "drop", NULL},
	    {"GET /containers/x/top?ps_args=e", NULL, "allow", NULL},
	    {"POST /build?networkmode=host&remote=x&version=2", "tar", "allow", NULL},
	};

	(void)state;
	check_rows(lines_of("allow-all.conf"), rows, COUNT(rows));
}

struct counter {
	unsigned count;
	bool privileged;
};

static void count_warning(void *context, const struct policy_source *source, const char *text)
{
	struct counter *counter = context;

	(void)source;
	counter->count++;
	counter->privileged = counter->privileged || strstr(text, "privileged");
}

static void warnings_name_what_gives_the_host_away(void **state)
{
	static const struct {
		const char *lines;
		unsigned count;
	} rows[] = {
	    {"allow = @read", 0},
	    {"allow = container.*\nbind = /srv ro\ncap_add = CHOWN\nnetwork_mode = *", 0},
	    {"bind = /srv rw", 1},
	    {"bind = /srv rw\nresolve_binds = yes\nrequire = nosuid_binds", 0},
	    {"own_container = yes", 1},
	    {"allow = container.exec\ncheck_state = no", 1},
	    {"allow = POST /containers/web/attach\ncheck_state = no", 1},
	    {"allow = container.restart container.stop\ncheck_state = no", 0},
	    {"allow = POST /containers/web/restart\ncheck_state = no", 0},
	    {"allow = container.exec\ncheck_state = yes", 0},
	    {"grant = all", 1},
	    {"mode = dry-run\nunknown_fields = allow\nunknown_params = allow\nunknown_routes = "
	     "allow",
		4},
	    {"min_api = 1.12", 1},
	    {"bind = / ro", 1},
	    {"bind = /var/run/docker.sock", 1},
	    {"bind = /srv rshared", 1},
	    {"network_mode = host\npid_mode = host", 2},
	    {"cap_add = ALL", 4},
	    {"allow = build.run\nimage = bb:1", 1},
	    {"allow = build.run\nimage = *", 0},
	    {"allow = build.run\nimage = *\nmax_memory = 1g", 1},
	    {"allow = build.run\nimage = *\nrequire = non_root", 1},
	    {"allow = buildkit.session\nimage = bb:1\nbuildkit = yes", 2},
	    {"allow = buildkit.grpc buildkit.session\nimage = bb:1", 0},
	    {"allow = buildkit.grpc buildkit.solve\nimage = bb:1", 0},
	    {"allow = buildkit.grpc buildkit.solve\nrequire = non_root", 1},
	    {"allow = image.load", 1},
	    {"allow = POST /build\nimage = bb:1", 1},
	    {"allow = build.run?t=ours*\nimage = bb:1", 1},
	    {"command = make", 0}, /* which closes the entry point */
	    {"command = make\nentrypoint = **", 1},
	    {"command = make\nentrypoint = sh", 0},
	    {"volume_option = *", 1},
	    {"device = *", 2},
	    {"network_mode = * !a|b", 1},
	    {"network_mode = * !vault[12]", 1},
	    {"network_mode = * !vault", 0},
	    {"network_mode = !vault", 1},
	    {"network_mode = !default", 1}, /* of the default alone: it takes that back */
	    {"env = !LD_*", 0},
	    {"env = PATH=a|b", 0}, /* a value holds what it likes */
	    {"env = !LD_PRELOAD|LD_AUDIT", 1},
	    {"label = traefik.http.routers.a.tls.domains[0].main", 0},
	    {"image = [::1]:5000/ci/*", 0},
	    {"image = registry.example.org", 1},
	    {"image_write = registry.example.org:5000", 1},
	    {"image = registry.example.org/** docker.io/library/a.b bb:1.36 *.org/x", 0},
	    {"registry = [::1]:5000", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy *policy = policy_of(rows[i].lines);
		struct counter counter = {0};

		policy_warnings(policy, count_warning, &counter);
		policy_unref(policy);
		if (counter.count != rows[i].count)
			fail_msg(
			    "%s: %u warnings, not %u", rows[i].lines, counter.count, rows[i].count);
	}
	struct policy *policy = policy_of("privileged = yes");
	struct counter counter = {0};

	policy_warnings(policy, count_warning, &counter);
	assert_true(counter.privileged);
	policy_unref(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_ci_runner_may_do_its_work),
	    cmocka_unit_test(a_ci_runner_may_do_nothing_else),
	    cmocka_unit_test(a_ci_runner_makes_plain_containers),
	    cmocka_unit_test(allow_all_allows_all_that_can_be_read),
	    cmocka_unit_test(warnings_name_what_gives_the_host_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
