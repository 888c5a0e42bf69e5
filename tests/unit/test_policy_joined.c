/* SPDX-License-Identifier: Apache-2.0 */
/* Text that Podman's Docker API joins into something else, and what the daemon is asked for it. */
#include "unit.h"

#include <stdio.h>

#include "policy_case.h"

#define CREATE "POST /containers/create"
#define HOST(text) "{\"HostConfig\":{" text "}}"
#define MOUNT(text) HOST("\"Mounts\":[{" text "}]")

#define DOCKER "{\"daemon version\":{\"Components\":[{\"Name\":\"Engine\"},{\"Name\":\"runc\"}]}}"
#define PODMAN                                                                                     \
	"{\"daemon version\":{\"Components\":[{\"Name\":\"Podman "                                 \
	"Engine\"},{\"Name\":\"Conmon\"}]}}"
#define UNKNOWN "{\"daemon version\":{\"Version\":\"1\"}}"

static const char granted[] = "allow = @all\nimage = *\nvolume = *\nbind = /srv rw\ntmpfs = *\n"
			      "volume_subpath = **\nnetwork_mode = *\nextra_host = *\n"
			      "security_opt = *\nimport = *\ndevice = /dev/**";

struct joined_case {
	const char *line, *body;
	const char *field; /* refused there */
};

static void check_both(const struct joined_case *cases, size_t count, const char *docker)
{
	struct policy *policy = policy_of(granted);

	for (size_t i = 0; i < count; i++) {
		struct request_case request = {.line = cases[i].line, .body = cases[i].body};
		char want[120];

		(void)snprintf(want, sizeof(want), "ambiguous %s", cases[i].field);
		request.state = PODMAN;
		assert_true(check_row(policy, &request, i, want, NULL));
		request.state = UNKNOWN;
		assert_true(check_row(policy, &request, i, want, NULL));
		request.state = DOCKER;
		assert_true(check_row(policy, &request, i, docker ? docker : want, NULL));
	}
	policy_unref(policy);
}

static void some_texts_no_daemon_gets(void **state)
{
	static const struct joined_case cases[] = {
	    {CREATE, "{\"Volumes\":{\"/etc:/x\":{}}}", "Volumes[/etc:/x]"},
	    {CREATE, MOUNT("\"Type\":\"bind\",\"Source\":\"/srv\",\"Target\":\"/x,source=/etc\""),
		"HostConfig.Mounts[0].Target"},
	    {CREATE,
		MOUNT("\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/x\",\"Consistency\":"
		      "\"default,volume-opt=device=/etc\""),
		"HostConfig.Mounts[0].Consistency"},
	    {CREATE,
		MOUNT("\"Type\":\"bind\",\"Source\":\"/srv/a,readonly=false\",\"Target\":\"/x\""),
		"HostConfig.Mounts[0].Source"},
	    {CREATE,
		MOUNT("\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/x\",\"VolumeOptions\":"
		      "{\"Subpath\":\"a,source=b\"}"),
		"HostConfig.Mounts[0].VolumeOptions.Subpath"},
	    {CREATE, MOUNT("\"Type\":\"tmpfs\",\"Target\":\"/x\\\"\""),
		"HostConfig.Mounts[0].Target"},
	    {CREATE, MOUNT("\"Type\":\"tmpfs\",\"Target\":\"/x\\n\""),
		"HostConfig.Mounts[0].Target"},
	    {CREATE, HOST("\"Tmpfs\":{\"/x:suid\":\"\"}"), "HostConfig.Tmpfs[/x:suid]"},
	    {CREATE, HOST("\"Tmpfs\":{\"/x\":\"rw:noexec\"}"), "HostConfig.Tmpfs[/x]"},
	    {"POST /build?dockerfile=[\"/etc/shadow\"]", NULL, "query:dockerfile"},
	    {"POST /build?dockerfile=../../etc/shadow", NULL, "query:dockerfile"},
	    {"POST /build?extrahosts=[\"a:1.2.3.4\"]", NULL, "query:extrahosts"},
	};

	(void)state;
	check_both(cases, sizeof(cases) / sizeof(*cases), NULL);
}

static void some_only_dockerd_gets(void **state)
{
	static const struct joined_case cases[] = {
	    {CREATE, "{\"Env\":[\"A=1\",\"LD_*\"]}", "Env[1]"},
	    {CREATE, "{\"Env\":[\"HOME\"]}", "Env[0]"},
	    {CREATE, HOST("\"ContainerIDFile\":\"/etc/passwd\""), "HostConfig.ContainerIDFile"},
	    {CREATE, HOST("\"NetworkMode\":\"ci,vault\""), "HostConfig.NetworkMode"},
	    {CREATE, HOST("\"Devices\":[{\"PathOnHost\":\"/dev/a:/dev/b\"}]"),
		"HostConfig.Devices[0].PathOnHost"},
	    {"POST /images/create?fromSrc=/etc/x.tar", NULL, "query:fromSrc"},
	};

	(void)state;
	check_both(cases, sizeof(cases) / sizeof(*cases), "allow");
}

/* What no line narrows is as free in two readings as in one. */
static void some_count_where_a_line_narrows(void **state)
{
	static const struct {
		const char *line, *body, *podman;
	} rows[] = {
	    {"", "{\"Labels\":{\"a=b\":\"c\"}}", "allow"},
	    {"label = *=red", "{\"Labels\":{\"a=b\":\"red\"}}", "ambiguous Labels[a=b]"},
	    {"", "{\"Healthcheck\":{\"Test\":[\"CMD\",\"a b\"]}}", "allow"},
	    {"command = CMD *", "{\"Healthcheck\":{\"Test\":[\"CMD\",\"a b\"]}}",
		"ambiguous Healthcheck.Test"},
	    {"command = CMD-SHELL *", "{\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"a b\"]}}",
		"allow"},
	    {"command = **", "{\"Healthcheck\":{\"Test\":[\"[\\\"CMD\\\",\\\"sh\\\"]\"]}}",
		"ambiguous Healthcheck.Test"},
	    {"entrypoint = *", "{\"Entrypoint\":[\"[\\\"sh\\\",\\\"-c\\\"]\"]}",
		"ambiguous Entrypoint[0]"},
	    {"entrypoint = **", "{\"Entrypoint\":[\"[\",\"-f\",\"/x\",\"]\"]}", "allow"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[200];

		(void)snprintf(text, sizeof(text), "allow = @all\nimage = *\n%s", rows[i].line);
		struct policy *policy = policy_of(text);

		assert_true(check_row(policy,
		    &(struct request_case){.line = CREATE, .body = rows[i].body, .state = PODMAN},
		    i, rows[i].podman, NULL));
		policy_unref(policy);
	}
}

/* An address that clients copy from a container that exists is a choice to Podman alone. */
static void an_address_is_granted_like_others(void **state)
{
	static const char body[] = "{\"NetworkingConfig\":{\"EndpointsConfig\":{\"bridge\":{"
				   "\"IPAddress\":\"10.0.0.9\"}}}}";
	struct policy *closed = policy_of("allow = @all\nimage = *");
	struct policy *open = policy_of("allow = @all\nimage = *\nipam = yes");
	struct request_case request = {.line = CREATE, .body = body, .state = PODMAN};
	const char *want = "grant NetworkingConfig.EndpointsConfig[bridge].IPAddress";

	(void)state;
	assert_true(check_row(closed, &request, 0, want, "ipam = yes"));
	assert_true(check_row(open, &request, 1, "allow", NULL));
	request.state = DOCKER;
	assert_true(check_row(closed, &request, 2, "allow", NULL));
	policy_unref(closed);
	policy_unref(open);
}

static void everything_granted_is_everything(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, "{\"Volumes\":{\"/etc:/x\":{}},\"Env\":[\"A\"]}", "allow", NULL},
	};

	(void)state;
	check_rows("allow = @all\ngrant = all", rows, 1);
}

static void modes_of_podman_need_their_own_words(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, HOST("\"NetworkMode\":\"slirp4netns\""), "grant HostConfig.NetworkMode", NULL},
	    {CREATE, HOST("\"NetworkMode\":\"pasta\""), "grant HostConfig.NetworkMode", NULL},
	    {CREATE, HOST("\"NetworkMode\":\"slirp4netns:allow_host_loopback=true\""),
		"grant HostConfig.NetworkMode", NULL},
	    {CREATE, HOST("\"NetworkMode\":\"pasta:-T,auto\""), "grant HostConfig.NetworkMode",
		NULL},
	    {CREATE, HOST("\"NetworkMode\":\"bridge:ip=10.0.0.2\""), "grant HostConfig.NetworkMode",
		NULL},
	    {CREATE, HOST("\"NetworkMode\":\"ci:ip=10.0.0.2\""), "allow", NULL},
	    {CREATE, HOST("\"NetworkMode\":\"ci-x\""), "allow", NULL},
	};

	(void)state;
	check_rows("allow = @all\nimage = *\nnetwork_mode = * ci:ip=*", rows,
	    sizeof(rows) / sizeof(*rows));
}

static void only_mounts_that_have_a_source_have_one(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, MOUNT("\"Type\":\"tmpfs\",\"Source\":\"/srv/new\",\"Target\":\"/x\""),
		"body HostConfig.Mounts[0].Source", NULL},
	    {CREATE, MOUNT("\"Type\":\"image\",\"Source\":\"/srv/new\",\"Target\":\"/x\""),
		"body HostConfig.Mounts[0].Source", NULL},
	};

	(void)state;
	check_rows(granted, rows, sizeof(rows) / sizeof(*rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(some_texts_no_daemon_gets),
	    cmocka_unit_test(some_only_dockerd_gets),
	    cmocka_unit_test(some_count_where_a_line_narrows),
	    cmocka_unit_test(an_address_is_granted_like_others),
	    cmocka_unit_test(everything_granted_is_everything),
	    cmocka_unit_test(modes_of_podman_need_their_own_words),
	    cmocka_unit_test(only_mounts_that_have_a_source_have_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
