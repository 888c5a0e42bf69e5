/* SPDX-License-Identifier: Apache-2.0 */
/* Containers as Podman tells of them: what it puts there itself means nothing, at Podman alone. */
#include "unit.h"

#include "state_case.h"

#define DOCKER "\"daemon version\":{\"Components\":[{\"Name\":\"Engine\"}]}"
#define PODMAN "\"daemon version\":{\"Components\":[{\"Name\":\"Podman Engine\"}]}"
/* What Podman 4.3 stores of a container whose request said nothing. */
#define PODMANS                                                                                    \
	"\"Binds\":[],\"ContainerIDFile\":\"\",\"LogConfig\":{\"Type\":\"json-file\",\"Config\":"  \
	"null},\"NetworkMode\":\"bridge\",\"PortBindings\":{},\"RestartPolicy\":{\"Name\":\"no\"," \
	"\"MaximumRetryCount\":0},\"CapAdd\":[],\"CgroupnsMode\":\"\",\"IpcMode\":\"shareable\","  \
	"\"PidMode\":\"private\",\"UTSMode\":\"private\",\"Runtime\":\"oci\",\"MaskedPaths\":"     \
	"null,\"ReadonlyPaths\":null,\"MemorySwappiness\":-1,\"Ulimits\":[{\"Name\":"              \
	"\"RLIMIT_NOFILE\",\"Hard\":1048576,\"Soft\":1048576},{\"Name\":\"RLIMIT_NPROC\","         \
	"\"Hard\":1048576,\"Soft\":1048576}]"
#define AT(daemon, host, mounts, networks)                                                         \
	"{" daemon ",\"container web\":" BODY(host, "", mounts, networks) "}"
#define HOLDS(text) AT(PODMAN, text, "", "")
#define ULIMIT(name) "\"Ulimits\":[{\"Name\":\"" name "\",\"Hard\":64,\"Soft\":64}]"

static const char lines[] = LINES "tmpfs = /t=size=64m\nulimit = memlock=64\n";

static void ordinary_containers_can_be_driven(void **state)
{
	static const struct state_row rows[] = {
	    {START, NULL, "allow", NULL, HOLDS(PODMANS)},
	    {START, NULL, "allow", NULL, AT(PODMAN, PODMANS, "", "\"podman\":{\"Links\":null}")},
	    {START, NULL, "allow", NULL, HOLDS("\"LogConfig\":{\"Type\":\"journald\"}")},
	    {START, NULL, "allow", NULL,
		HOLDS("\"Tmpfs\":{\"/run\":\"rw,rprivate,nosuid,nodev,tmpcopyup\"}")},
	    {START, NULL, "allow", NULL,
		HOLDS("\"Tmpfs\":{\"/t\":\"size=64m,rw,rprivate,nosuid,nodev,tmpcopyup\"}")},
	    {START, NULL, "allow", NULL,
		HOLDS("\"Binds\":[\"/srv:/x:rw,rprivate,rbind\","
		      "\"v:/y:ro,rprivate,nosuid,nodev,rbind\"]")},
	    {START, NULL, "allow", NULL, HOLDS(ULIMIT("RLIMIT_MEMLOCK"))},
	};

	(void)state;
	check_states(lines, rows, COUNT(rows));
}

static void powers_are_powers(void **state)
{
	static const struct state_row rows[] = {
	    {START, NULL, "grant container web: HostConfig.PidMode", "pid_mode = host",
		HOLDS("\"PidMode\":\"host\"")},
	    {START, NULL, "grant container web: HostConfig.NetworkMode",
		"network_mode = slirp4netns", HOLDS("\"NetworkMode\":\"slirp4netns\"")},
	    {START, NULL, "grant container web: HostConfig.LogConfig.Type",
		"log_driver = passthrough", HOLDS("\"LogConfig\":{\"Type\":\"passthrough\"}")},
	    {START, NULL, "grant container web: HostConfig.Tmpfs[/run]", NULL,
		HOLDS("\"Tmpfs\":{\"/run\":\"exec,suid,rw,rprivate,tmpcopyup\"}")},
	    {START, NULL, "grant container web: HostConfig.Tmpfs[/run]", NULL,
		HOLDS("\"Tmpfs\":{\"/run\":\"nosuid,nodev\"}")},
	    {START, NULL, "grant container web: HostConfig.Ulimits[0]", "ulimit = rtprio=64",
		HOLDS(ULIMIT("RLIMIT_RTPRIO"))},
	    {START, NULL, "grant container web: HostConfig.Binds[0]", "bind = /etc rw",
		HOLDS("\"Binds\":[\"/etc:/x:rw,rprivate,rbind\"]")},
	    {START, NULL, "body container web: HostConfig.Binds[0]", NULL,
		HOLDS("\"Binds\":[\"/srv:/x:rw,O\"]")},
	    {START, NULL, "grant container web: NetworkSettings.Networks[podman].DriverOpts[a]",
		NULL, AT(PODMAN, PODMANS, "", "\"podman\":{\"DriverOpts\":{\"a\":\"b\"}}")},
	};

	(void)state;
	check_states(lines, rows, COUNT(rows));
}

/* Docker gives these words a meaning of their own, or none, and a request may not say them. */
static void at_docker_the_same_words_are_not_its_own(void **state)
{
	static const struct state_row rows[] = {
	    {START, NULL, "grant container web: HostConfig.Runtime", "runtime = oci",
		AT(DOCKER, "\"Runtime\":\"oci\"", "", "")},
	    {START, NULL, "grant container web: HostConfig.LogConfig.Type", "log_driver = journald",
		AT(DOCKER, "\"LogConfig\":{\"Type\":\"journald\"}", "", "")},
	    {START, NULL, "grant container web: NetworkSettings.Networks[podman]",
		"network_mode = podman", AT(DOCKER, DEFAULTS, "", "\"podman\":{}")},
	    {CREATE, HOST("\"PidMode\":\"private\""), "grant HostConfig.PidMode", NULL,
		"{" PODMAN "}"},
	    {CREATE, HOST("\"Binds\":[\"/srv:/x:rbind\"]"), "body HostConfig.Binds[0]", NULL,
		"{" PODMAN "}"},
	};

	(void)state;
	check_states(lines, rows, COUNT(rows));
}

static int made(struct span path, char *room, size_t size, bool *ret_exists, struct error *err)
{
	(void)err;
	*ret_exists = span_is(path, "/srv");
	return snprintf(room, size, "%.*s", (int)path.len, path.at) < 0;
}

/* Podman makes the directory, where Docker says that there is none. */
static void mounts_make_directories(void **state)
{
	static const struct {
		const char *line, *source, *daemon, *want, *fix;
	} rows[] = {
	    {"", "/srv/a", "{" PODMAN "}", "grant HostConfig.Mounts[0].Source",
		"bind = /srv/a rw create"},
	    {"", "/srv/a", "{" DOCKER "}", "allow", NULL},
	    {"", "/srv", "{" PODMAN "}", "allow", NULL},
	    {"bind = /srv rw create", "/srv/a", "{" PODMAN "}", "allow", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[600], body[200];

		(void)snprintf(text, sizeof(text), LINES "resolve_binds = yes\n%s", rows[i].line);
		(void)snprintf(body, sizeof(body),
		    HOST("\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"%s\",\"Target\":\"/x\"}]"),
		    rows[i].source);
		struct policy *policy = policy_of(text);
		const struct request_case request = {
		    .line = CREATE, .body = body, .state = rows[i].daemon, .resolve = made};

		assert_true(check_row(policy, &request, i, rows[i].want, rows[i].fix));
		policy_unref(policy);
	}
}

/* With all grants Podman's second meanings are left alone, but not where something is required. */
static void requirements_hold_at_podman(void **state)
{
#define VOLUMES "{\"Image\":\"bb:1\",\"Volumes\":{\"/etc:/x\":{}}}"
#define TARGET HOST("\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/x,type=bind,source=/etc\"}]")
	static const struct state_row required[] = {
	    {CREATE, VOLUMES, "ambiguous Volumes[/etc:/x]", NULL, "{" PODMAN "}"},
	    {CREATE, VOLUMES, "allow", NULL, "{" DOCKER "}"},
	    {CREATE, TARGET, "ambiguous HostConfig.Mounts[0].Target", NULL, "{" PODMAN "}"},
	    {CREATE, TARGET, "allow", NULL, "{" DOCKER "}"},
	};
	static const struct state_row granted[] = {
	    {CREATE, VOLUMES, "allow", NULL, "{" PODMAN "}"},
	};
	static const struct state_row bridge[] = {
	    {CREATE, HOST("\"NetworkMode\":\"podman\""), "requirement HostConfig.NetworkMode", NULL,
		"{" PODMAN "}"},
	    {CREATE, HOST("\"NetworkMode\":\"podman\""), "allow", NULL, "{" DOCKER "}"},
	};

	(void)state;
	check_states(
	    "allow = @all\ngrant = all\nrequire = no_sensitive_binds\n", required, COUNT(required));
	check_states("allow = @all\ngrant = all\n", granted, COUNT(granted));
	check_states(
	    "allow = @all\ngrant = all\nrequire = no_default_bridge\n", bridge, COUNT(bridge));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ordinary_containers_can_be_driven),
	    cmocka_unit_test(powers_are_powers),
	    cmocka_unit_test(at_docker_the_same_words_are_not_its_own),
	    cmocka_unit_test(mounts_make_directories),
	    cmocka_unit_test(requirements_hold_at_podman),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
