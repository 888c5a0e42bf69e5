/* SPDX-License-Identifier: Apache-2.0 */
/* Values with a grammar: images, networks, ports, capabilities, security options, command lines. */
#include "unit.h"

#include "policy_case.h"

#include <stdio.h>

#define CREATE "POST /containers/create"

struct value_row {
	const char *line;  /* of the policy, beside `allow = @all` */
	const char *value; /* JSON */
	const char *want;
};

/* Puts each value into |body| and compares the reason. */
static void check_values(
    const char *target, const char *body, const struct value_row *rows, size_t count)
{
	static struct outcome outcome;
	char lines[300], text[600];
	unsigned wrong = 0;

	for (size_t i = 0; i < count; i++) {
		const struct request_case request = {.line = target, .body = text};

		(void)snprintf(lines, sizeof(lines), "allow = @all\n%s", rows[i].line);
		struct policy *policy = policy_of(lines);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(text, sizeof(text), body, rows[i].value);
#pragma GCC diagnostic pop
		decide_case(policy, &request, &outcome);
		policy_unref(policy);
		const char *is = outcome.decision.verdict == VERDICT_ALLOW
				     ? "allow"
				     : reason_name(outcome.decision.reason);

		if (strcmp(is, rows[i].want) == 0)
			continue;
		wrong++;
		print_message("%s with %s is %s, not %s (%s)\n", rows[i].value, rows[i].line, is,
		    rows[i].want, outcome.decision.message);
	}
	assert_int_equal(wrong, 0);
}

#define DIGEST "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void images_have_many_spellings(void **state)
{
	static const struct value_row rows[] = {
	    {"image = bb:1", "bb:1", "allow"}, {"image = bb:1", "library/bb:1", "allow"},
	    {"image = bb:1", "docker.io/bb:1", "allow"},
	    {"image = bb:1", "docker.io/library/bb:1", "allow"},
	    {"image = bb:1", "index.docker.io/library/bb:1", "allow"},
	    {"image = docker.io/library/bb:1", "bb:1", "allow"}, {"image = bb:1", "bb:2", "grant"},
	    {"image = bb:1", "example.org/bb:1", "grant"},
	    {"image = bb:1", "example.org/library/bb:1", "grant"},
	    {"image = bb:1", "other/bb:1", "grant"}, {"image = bb:1", "bb:1" DIGEST, "grant"},
	    {"image = bb:1", "bb" DIGEST, "grant"}, {"image = bb:latest", "library/bb", "allow"},
	    {"image = bb:latest", "bb", "ambiguous"}, {"image = bb", "bb", "ambiguous"},
	    {"image = bbox:latest", "bbox", "allow"}, {"image = bbox", "bbox", "allow"},
	    {"image = bbox", "bbox:3", "allow"}, {"image = bbox", "bbox" DIGEST, "allow"},
	    {"image = bbox:*", "bbox:3", "allow"}, {"image = bbox:*", "bbox" DIGEST, "grant"},
	    {"image = bbox:3*", "bbox:3.1", "allow"}, {"image = bbox:3*", "bbox:4", "grant"},
	    {"image = bb@sha256:*", "bb" DIGEST, "allow"},
	    {"image = bb@sha256:*", "bb:1" DIGEST, "allow"},
	    {"image = bb@sha256:*", "bb:1", "grant"},
	    {"image = bb:1@sha256:*", "bb:2" DIGEST, "grant"},
	    {"image = bb:1@sha256:*", "bb:1" DIGEST, "allow"},
	    {"image = registry.example.org/ci/*", "registry.example.org/ci/a:1", "allow"},
	    {"image = registry.example.org/ci/*", "registry.example.org/ci/a/b:1", "grant"},
	    {"image = registry.example.org/ci/**", "registry.example.org/ci/a/b:1", "allow"},
	    {"image = registry.example.org/ci/*", "registry.example.org/cii/a", "grant"},
	    {"image = registry.example.org/ci/*", "registry.example.org:5000/ci/a", "grant"},
	    {"image = registry.example.org/**@sha256:*", "registry.example.org/a/b" DIGEST,
		"allow"},
	    {"image = registry.example.org/**@sha256:*", "registry.example.org/a/b:1", "grant"},
	    {"image = **@sha256:*", "any.example.org/a/b" DIGEST, "allow"},
	    {"image = **@sha256:*", "bb" DIGEST, "allow"}, {"image = **@sha256:*", "bb:1", "grant"},
	    {"image = **/ci/*", "any.example.org/ci/a", "allow"},
	    {"image = localhost:5000/x:1", "localhost:5000/x:1", "allow"},
	    {"image = localhost:5000/x", "localhost:5000/y", "grant"},
	    {"image = */x", "EVIL/x:1", "grant"},
	    {"image = *", "anything.example.org/a:1", "allow"}, {"image = *", "deadbeef", "allow"},
	    {"image = *.example.org/**", "a.example.org/b/c", "allow"},
	    {"image = *.example.org/**", "example.org/b", "grant"},
	    {"image = bbox", "sha256:0123", "grant"}, {"image = sha256:*", "sha256:0123", "allow"},
	    {"image = sha256:*", "0", "allow"}, {"image = id:01*", "0123", "allow"},
	    {"image = id:01*", "0223", "ambiguous"}, {"image = sha256:*", "bbox:1", "grant"},
	    {"image = **", "0", "allow"}, {"image = **:*", "0", "ambiguous"}, {"", "bbox", "grant"},
	    {"image = bbox", "", "grant"}, /* a container of nothing but its mounts */
	};

	(void)state;
	check_values(CREATE, "{\"Image\":\"%s\"}", rows, COUNT(rows));
}

static void pulls_without_a_tag_are_pulls_of_all(void **state)
{
	static const struct policy_row rows[] = {
	    {"POST /images/create?fromImage=bbox&tag=1", NULL, "allow", NULL},
	    {"POST /images/create?fromImage=bbox:2&tag=1", NULL, "allow", NULL},
	    {"POST /images/create?fromImage=bbox:1&tag=2", NULL, "grant query:fromImage",
		"image = bbox:2"},
	    {"POST /images/create?fromImage=bbox:1", NULL, "allow", NULL},
	    {"POST /images/create?fromImage=bbox", NULL, "grant query:fromImage", "image = bbox"},
	    {"POST /images/create?fromImage=bbox:", NULL, "grant query:fromImage", NULL},
	    {"POST /images/create?fromImage=bbox&tag=", NULL, "grant query:fromImage", NULL},
	    {"POST /images/create?fromImage=bbox&tag=sha256:00", NULL, "grant query:fromImage",
		"image = bbox@sha256:00"},
	    {"POST /images/create?fromImage=all", NULL, "allow", NULL},
	    {"POST /images/create?fromImage=any", NULL, "allow", NULL},
	    {"POST /images/create?fromImage=pin&tag=sha256:00", NULL, "allow", NULL},
	    {"POST /images/create?fromImage=pin&tag=1", NULL, "grant query:fromImage", NULL},
	    {"POST /images/create?tag=1&fromImage=bbox", NULL, "allow", NULL},
	    {"POST /images/create?fromSrc=-&repo=bbox&tag=1", NULL, "allow", NULL},
	    {"POST /images/create?fromSrc=-&repo=bbox", NULL, "grant query:repo",
		"image_write = bbox:latest"},
	    {"POST /images/bbox/push?tag=1", NULL, "allow", NULL},
	    {"POST /images/bbox/push", NULL, "grant path:name", "image_write = bbox"},
	    {"POST /images/all/push", NULL, "allow", NULL},
	    {"POST /images/all/tag?repo=bbox&tag=1", NULL, "allow", NULL},
	    {"POST /images/all/tag?repo=bbox&tag=2", NULL, "grant query:repo", NULL},
	    {"POST /images/evil/tag?repo=bbox&tag=1", NULL, "grant path:name",
		"image = evil:latest"},
	    {"POST /build?t=bbox:1&t=evil:1", NULL, "grant query:t", "image_write = evil:1"},
	};

	(void)state;
	check_rows("allow = @all\nimage = bbox:1 all any:* pin@sha256:*\nimage_write = @image",
	    rows, COUNT(rows));
}

static void names_are_given_and_taken_by_a_grant_of_their_own(void **state)
{
	static const struct policy_row rows[] = {
	    {"POST /build?t=run:1", NULL, "grant query:t", "image_write = run:1"},
	    {"POST /build?t=ours:1", NULL, "allow", NULL},
	    {"POST /images/run/tag?repo=ours&tag=1", NULL, "allow", NULL},
	    {"POST /images/ours/tag?repo=ours&tag=1", NULL, "grant path:name",
		"image = ours:latest"},
	    {"POST /images/run:1/tag?repo=run&tag=2", NULL, "grant query:repo",
		"image_write = run:2"},
	    {"POST /images/run/push?tag=1", NULL, "grant path:name", "image_write = run:1"},
	    {"POST /images/ours/push?tag=1", NULL, "allow", NULL},
	    {"DELETE /images/ours:1", NULL, "allow", NULL},
	    {"DELETE /images/run:1?force=1", NULL, "grant path:name", "image_write = run:1"},
	    {"DELETE /images/sha256:0123456789ab", NULL, "grant path:name",
		"image_write = sha256:0123456789ab"},
	    {"DELETE /images/0123456789ab", NULL, "ambiguous path:name", NULL},
	    {"POST /images/create?fromSrc=-&repo=run&tag=1", NULL, "grant query:repo", NULL},
	    {"POST /images/create?fromSrc=-&repo=ours&tag=1", NULL, "allow", NULL},
	    {"POST /images/create?fromImage=run&tag=1", NULL, "allow", NULL},
	    {"POST /images/create?fromImage=ours&tag=1", NULL, "grant query:fromImage", NULL},
	    {"POST /images/load", NULL, "grant", "image_write = *"},
	    {"POST /images/prune", NULL, "grant", "image_write = *"},
	    {"POST /containers/create", "{\"Image\":\"ours:1\"}", "grant Image", "image = ours:1"},
	};
	static const struct policy_row any[] = {
	    {"POST /images/load", NULL, "allow", NULL},
	    {"POST /images/prune", NULL, "allow", NULL},
	    {"DELETE /images/0123456789ab", NULL, "allow", NULL},
	};
	static const struct policy_row own[] = {
	    {"POST /build?t=run:1", NULL, "grant query:t", NULL}};

	(void)state;
	check_rows("allow = @all\nimage = run\nimage_write = ours", rows, COUNT(rows));
	check_rows("allow = @all\nimage = run\nimage_write = *", any, COUNT(any));
	check_rows("allow = @all\nimage = *\nimage_write = ours @image", any, COUNT(any));
	check_rows("allow = @all\nimage = *", own, COUNT(own));
	check_rows("allow = @all\nimage = ours\nimage_write = @image", own, COUNT(own));
}

static void images_hand_on_to_no_grant(void **state)
{
	const struct policy_source source = {"test.conf", 1};
	struct policy *policy = policy_new("test");
	struct error err;

	(void)state;
	assert_int_equal(policy_set(policy, SPAN("image"), SPAN("@image"), &source, &err), -1);
	assert_int_equal(policy_set(policy, SPAN("image_write"), SPAN("@image"), &source, &err), 0);
	policy_unref(policy);
}

static void networks_of_others_must_be_spelled(void **state)
{
	static const struct value_row rows[] = {
	    {"", "default", "allow"}, {"", "bridge", "allow"}, {"", "none", "allow"},
	    {"", "", "allow"}, {"", "x", "grant"}, {"network_mode = *", "x", "allow"},
	    {"network_mode = *\ncheck_state = no", "a/b", "allow"},
	    {"network_mode = *", "host", "grant"}, {"network_mode = **", "host", "grant"},
	    {"network_mode = h*", "host", "grant"}, {"network_mode = h?st", "host", "grant"},
	    {"network_mode = host", "host", "allow"}, {"network_mode = host", "Host", "grant"},
	    {"network_mode = *", "container:x", "grant"},
	    {"network_mode = cont*", "container:x", "grant"},
	    {"network_mode = container:*", "container:x", "allow"},
	    {"network_mode = container:ci-*", "container:x", "grant"},
	    {"network_mode = container:ci-*", "container:ci-1", "allow"},
	    {"network_mode = *", "ns:/proc/1/ns/net", "grant"},
	    {"network_mode = *", "8f3a8f3a8f3a", "allow"}, /* an id: of a network by name as well */
	};

	(void)state;
	check_values(CREATE, "{\"HostConfig\":{\"NetworkMode\":\"%s\"}}", rows, COUNT(rows));
}

#define PORT(ip, port) "[{\"HostIp\":\"" ip "\",\"HostPort\":\"" port "\"}]"

static void ports_are_addresses_and_ranges(void **state)
{
	static const struct value_row rows[] = {
	    {"", PORT("127.0.0.1", "8080"), "grant"},
	    {"publish = *", PORT("", ""), "allow"},
	    {"publish = *", PORT("0.0.0.0", "80"), "allow"},
	    {"publish = 127.0.0.1:30000-32767", PORT("127.0.0.1", "30000"), "allow"},
	    {"publish = 127.0.0.1:30000-32767", PORT("127.0.0.1", "30000-32767"), "allow"},
	    {"publish = 127.0.0.1:30000-32767", PORT("127.0.0.1", "30000-32768"), "grant"},
	    {"publish = 127.0.0.1:30000-32767", PORT("127.0.0.1", "29999"), "grant"},
	    {"publish = 127.0.0.1:30000-32767", PORT("", "30000"), "grant"},
	    {"publish = 127.0.0.1:30000-32767", PORT("0.0.0.0", "30000"), "grant"},
	    {"publish = 127.0.0.1:30000-32767", PORT("localhost", "30000"), "grant"},
	    {"publish = 127.0.0.1:30000-32767", PORT("127.0.0.1", ""), "grant"},
	    {"publish = 127.0.0.1:30000-32767", PORT("127.0.0.1", "0"), "grant"},
	    {"publish = 127.0.0.1:*", PORT("127.0.0.1", ""), "allow"},
	    {"publish = 127.0.0.1:*", "[]", "grant"},
	    {"publish = 127.0.0.1:*", "null", "grant"},
	    {"publish = *", "[]", "allow"},
	    {"publish = *", "null", "allow"},
	    {"publish = 8000-9000", PORT("", "8080"), "allow"},
	    {"publish = *:8000-9000/udp", PORT("", "8080"), "grant"},
	    {"publish = *:8000-9000/tcp", PORT("", "8080"), "allow"},
	    {"publish = [::1]:80", PORT("::1", "80"), "allow"},
	    {"publish = [::1]:80", PORT("::", "80"), "grant"},
	    {"publish = *:9-99", PORT("", "09"), "allow"},
	    {"publish = *", PORT("", "x"), "body"},
	    {"publish = *", PORT("", "*"), "body"},
	    {"publish = *", PORT("", "9-8"), "body"},
	    {"publish = *", PORT("", "65536"), "body"},
	    {"publish = *", PORT("", "80-90-100"), "body"},
	    {"publish = *", "{}", "body"},
	};

	(void)state;
	check_values(
	    CREATE, "{\"HostConfig\":{\"PortBindings\":{\"80/tcp\":%s}}}", rows, COUNT(rows));
}

static void capabilities_have_many_spellings(void **state)
{
	static const struct value_row rows[] = {
	    {"", "[]", "allow"},
	    {"", "[\"NET_ADMIN\"]", "grant"},
	    {"cap_add = NET_ADMIN", "[\"net_admin\",\"CAP_NET_ADMIN\",\"cap_Net_Admin\"]", "allow"},
	    {"cap_add = cap_net_admin", "\"NET_ADMIN\"", "allow"},
	    {"cap_add = NET_ADMIN", "\"SYS_ADMIN\"", "grant"},
	    {"cap_add = NET_*", "[\"ALL\"]", "grant"},
	    {"cap_add = A*", "[\"all\"]", "grant"},
	    {"cap_add = ?LL", "[\"all\"]", "grant"},
	    {"cap_add = ALL", "[\"all\"]", "allow"},
	    {"cap_add = ALL", "[\"SYS_ADMIN\"]", "allow"},
	    {"cap_add = *", "[\"ALL\"]", "allow"},
	};

	(void)state;
	check_values(CREATE, "{\"HostConfig\":{\"CapAdd\":%s}}", rows, COUNT(rows));
}

static void security_options_are_read_as_the_daemon_does(void **state)
{
	static const struct value_row rows[] = {
	    {"", "[\"no-new-privileges\"]", "allow"},
	    {"", "[\"no-new-privileges=true\"]", "allow"},
	    {"", "[\"no-new-privileges:true\"]", "allow"},
	    {"", "[\"no-new-privileges=1\"]", "allow"},
	    {"", "[\"no-new-privileges=false\"]", "grant"},
	    {"", "[\"no-new-privileges:0\"]", "grant"},
	    {"", "[\"no-new-privileges\",\"no-new-privileges=0\"]", "grant"},
	    {"", "[\"no-new-privileges=\"]", "grant"},
	    {"", "[\"No-New-Privileges\"]", "grant"},
	    {"", "[\"seccomp=\"]", "allow"},
	    {"", "[\"apparmor:\"]", "allow"},
	    {"", "[\"seccomp\"]", "grant"},
	    {"", "[\"seccomp=unconfined\"]", "grant"},
	    {"", "[\"seccomp:unconfined\"]", "grant"},
	    {"", "[\"seccomp={}\"]", "grant"},
	    {"", "[\"label=disable\"]", "grant"},
	    {"", "[\"disable\"]", "grant"},
	    {"", "[\"writable-cgroups\"]", "grant"},
	    {"", "[\"\"]", "grant"},
	    {"security_opt = seccomp=unconfined", "[\"seccomp:unconfined\"]", "allow"},
	    {"security_opt = seccomp=unconfined", "[\"seccomp={}\"]", "grant"},
	    {"security_opt = seccomp=*", "[\"seccomp={\\\"a\\\":\\\"/x\\\"}\"]", "allow"},
	    {"security_opt = seccomp=*", "[\"apparmor=x\"]", "grant"},
	    {"security_opt = label=*", "[\"label=type:x/y\"]", "allow"},
	    {"security_opt = disable", "[\"disable\"]", "allow"},
	    {"security_opt = no-new-privileges=false", "[\"no-new-privileges:f\"]", "allow"},
	    {"security_opt = *", "[\"apparmor=unconfined\"]", "allow"},
	};

	(void)state;
	check_values(CREATE, "{\"HostConfig\":{\"SecurityOpt\":%s}}", rows, COUNT(rows));
}

static void command_lines_go_word_by_word(void **state)
{
	static const struct value_row rows[] = {
	    {"command = make all", "[\"make\",\"all\"]", "allow"},
	    {"command = make all", "[\"make all\"]", "grant"},
	    {"command = make all", "[\"make\"]", "grant"},
	    {"command = make all", "[\"make\",\"all\",\"x\"]", "grant"},
	    {"command = make *", "[\"make\",\"-C /x\"]", "allow"},
	    {"command = make *", "[\"make\",\"-C\",\"/x\"]", "grant"},
	    {"command = make **", "[\"make\",\"-C\",\"/x\"]", "allow"},
	    {"command = make **", "[\"make\"]", "allow"},
	    {"command = make **", "[\"maker\"]", "grant"},
	    {"command = sh -c \"make all\"", "[\"sh\",\"-c\",\"make all\"]", "allow"},
	    {"command = sh -c \"make all\"", "[\"sh\",\"-c\",\"make all; id\"]", "grant"},
	    {"command = make", "\"make\"", "allow"},
	    {"command = make", "[]", "allow"}, /* the image's own */
	    {"command = make", "[\"\"]", "grant"},
	    {"command = make", "\"\"", "grant"},
	    {"command = \"\"", "[\"\"]", "allow"},
	    {"command = **", "[\"x\",\"y\"]", "allow"},
	};

	(void)state;
	check_values(CREATE, "{\"Cmd\":%s}", rows, COUNT(rows));
}

/* An empty entry point takes the image's away, so that the command is all that runs. */
static void no_entry_point_is_one_as_well(void **state)
{
	static const struct value_row rows[] = {
	    {"entrypoint = /wrap", "null", "allow"},
	    {"entrypoint = /wrap", "[\"/wrap\"]", "allow"},
	    {"entrypoint = /wrap", "[]", "grant"},
	    {"entrypoint = /wrap", "[\"\"]", "grant"},
	    {"entrypoint = /wrap", "\"\"", "grant"},
	    {"entrypoint = \"\"", "[]", "allow"},
	    {"entrypoint = **", "[]", "allow"},
	    {"", "[]", "allow"},
	};

	(void)state;
	check_values(CREATE, "{\"Entrypoint\":%s}", rows, COUNT(rows));
}

static void signals_have_names_and_numbers(void **state)
{
	static const struct policy_row rows[] = {
	    {"POST /containers/x/kill?signal=TERM", NULL, "allow", NULL},
	    {"POST /containers/x/kill?signal=sigterm", NULL, "allow", NULL},
	    {"POST /containers/x/kill?signal=15", NULL, "allow", NULL},
	    {"POST /containers/x/kill?signal=015", NULL, "allow", NULL},
	    {"POST /containers/x/kill?signal=KILL", NULL, "grant query:signal", "signal = KILL"},
	    {"POST /containers/x/kill?signal=9", NULL, "grant query:signal", "signal = KILL"},
	    {"POST /containers/x/kill?signal=RTMIN+1", NULL, "allow", NULL},
	    {"POST /containers/x/kill?signal=64", NULL, "grant query:signal", "signal = RTMAX"},
	    {"POST /containers/x/kill?signal=36", NULL, "allow", NULL},
	    {"POST /containers/x/kill?signal=62", NULL, "grant query:signal", "signal = RTMAX-2"},
	    {"POST /containers/x/kill?signal=32", NULL, "grant query:signal", "signal = 32"},
	    {"POST /containers/x/kill?signal=+9", NULL, "grant query:signal", "signal = KILL"},
	    {"POST /containers/x/kill", NULL, "grant query:signal", "signal = KILL"},
	    {"POST /containers/x/kill?signal=", NULL, "grant query:signal", "signal = KILL"},
	    {"POST /containers/x/stop", NULL, "allow", NULL},
	    {CREATE, "{\"StopSignal\":\"SIGKILL\"}", "grant StopSignal", NULL},
	};

	static const struct policy_row negated[] = {
	    {"POST /containers/x/kill?signal=6", NULL, "grant query:signal", NULL},
	    {"POST /containers/x/kill?signal=SIGIOT", NULL, "grant query:signal", NULL},
	    {"POST /containers/x/kill?signal=cld", NULL, "grant query:signal", NULL},
	    {"POST /containers/x/kill?signal=POLL", NULL, "grant query:signal", NULL},
	    {"POST /containers/x/kill?signal=37", NULL, "grant query:signal", NULL},
	    {"POST /containers/x/kill?signal=TERM", NULL, "allow", NULL},
	};

	(void)state;
	check_rows("allow = @all\nsignal = TERM RTMIN*", rows, COUNT(rows));
	check_rows("allow = @all\nsignal = * !ABRT !CHLD !SIGIO !RTMIN+3", negated, COUNT(negated));
}

static void working_directories_stay_out_of_proc(void **state)
{
	static const struct value_row rows[] = {
	    {"", "/work", "allow"},
	    {"", "/proc", "never"},
	    {"", "/proc/self/fd/8", "never"},
	    {"", "//proc/self", "never"},
	    {"", "/x/../proc/self", "never"},
	    {"", "/../proc", "never"},
	    {"", "proc/self", "never"},
	    {"", "/dev/fd/8", "never"},
	    {"", "/dev/./fd", "never"},
	    {"", "/dev/fd/..", "allow"},
	    {"", "/dev", "allow"},
	    {"", "/fd", "allow"},
	    {"", "/proc/..", "allow"},
	    {"", "/process", "allow"},
	    {"", "/x/proc", "allow"},
	    {"grant = all", "/proc/self", "allow"},
	};

	(void)state;
	check_values(CREATE, "{\"WorkingDir\":\"%s\"}", rows, COUNT(rows));
	check_values("POST /containers/x/exec", "{\"WorkingDir\":\"%s\"}", rows, COUNT(rows));
}

/* The host that a pattern is held against is the one that the daemon calls. */
static void registries_have_one_host(void **state)
{
	static const struct value_row rows[] = {
	    {"registry = *.example.org", "https://r.example.org/v2/", "allow"},
	    {"registry = *.example.org", "r.example.org", "allow"},
	    {"registry = *.example.org:5000", "r.example.org:5000", "allow"},
	    {"registry = *.example.org", "evil.net?.example.org", "ambiguous"},
	    {"registry = *.example.org", "https://evil.net#.example.org", "ambiguous"},
	    {"registry = r.example.org*", "https://r.example.org:x@evil.net/", "ambiguous"},
	    {"registry = *", "evil.net?.example.org", "ambiguous"},
	    {"grant = all", "evil.net?.example.org", "allow"},
	    {"registry = *.example.org", "evil.net/.example.org", "grant"},
	    {"registry = \\[::1]:5000", "[::1]:5000", "grant"},
	    {"registry = [::1]:5000", "[::1]:5000", "allow"},
	};

	(void)state;
	check_values(
	    "POST /auth", "{\"username\":\"u\",\"serveraddress\":\"%s\"}", rows, COUNT(rows));
}

/* Any of the lists will do for the daemon, and a driver has all that one list asks for. */
static void device_drivers_are_chosen_by_any_list(void **state)
{
	static const struct value_row rows[] = {
	    {"device_request = gpu", "[[\"gpu\"]]", "allow"},
	    {"device_request = gpu", "[[\"compute\",\"utility\",\"gpu\"]]", "allow"},
	    {"device_request = gpu", "[[\"gpu\"],[\"tpu\"]]", "grant"},
	    {"device_request = gpu", "[[\"tpu\"],[\"gpu\"]]", "grant"},
	    {"device_request = gpu", "[[\"gpu\"],[]]", "grant"},
	    {"device_request = gpu", "[[]]", "grant"},
	    {"device_request = gpu", "[]", "grant"},
	};

	(void)state;
	check_values(CREATE,
	    "{\"HostConfig\":{\"DeviceRequests\":[{\"Count\":-1,\"Capabilities\":%s}]}}", rows,
	    COUNT(rows));
}

static void addresses_do_not_climb(void **state)
{
	static const struct policy_row rows[] = {
	    {"POST /build?remote=https://r.example.org/ci/a%20b.tar", NULL, "allow", NULL},
	    {"POST /build?remote=https://r.example.org/ci/../x", NULL, "ambiguous query:remote",
		NULL},
	    {"POST /build?remote=https://r.example.org/ci/%2e%2E/x", NULL, "ambiguous query:remote",
		NULL},
	    {"POST /build?remote=https://r.example.org/ci/..%2fx", NULL, "ambiguous query:remote",
		NULL},
	    {"POST /build?remote=https://r.example.org/ci/..%5cx", NULL, "ambiguous query:remote",
		NULL},
	};
	static const struct policy_row bare[] = {
	    {"POST /images/create?fromSrc=a.example.org/x.tar&repo=bb", NULL, "allow", NULL},
	    {"POST /images/create?fromSrc=-&repo=bb", NULL, "allow", NULL},
	    {"POST /images/create?fromSrc=evil.net?a.example.org/x.tar&repo=bb", NULL,
		"ambiguous query:fromSrc", NULL},
	};

	(void)state;
	check_rows("allow = @all\nbuild_remote = https://r.example.org/ci/**", rows, COUNT(rows));
	check_rows("allow = @all\nimage = bb\nimage_write = bb\nimport = *.example.org/**", bare,
	    COUNT(bare));
}

/* Whoever is refused writes the value, and an administrator may copy the line. */
static void no_line_is_proposed_that_grants_more(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, "{\"HostConfig\":{\"Binds\":[\"/srv/*:/h\"]}}", "grant HostConfig.Binds[0]",
		""},
	    {CREATE, "{\"HostConfig\":{\"PidMode\":\"*\"}}", "grant HostConfig.PidMode", ""},
	    {CREATE, "{\"HostConfig\":{\"Sysctls\":{\"net.*\":\"1\"}}}",
		"grant HostConfig.Sysctls[net.*]", ""},
	    {"POST /containers/x/exec", "{\"Cmd\":[\"*\"]}", "grant Cmd", ""},
	    {CREATE, "{\"HostConfig\":{\"PortBindings\":{\"80\":[{\"HostPort\":\"8080\"}]}}}",
		"grant HostConfig.PortBindings[80]", "publish = *:8080"},
	};

	(void)state;
	check_rows("allow = @all\nexec_command = ls", rows, COUNT(rows));
}

static void checkpoints_are_plain_names(void **state)
{
	static const struct policy_row rows[] = {
	    {"POST /containers/x/start?checkpoint=c1", NULL, "allow", NULL},
	    {"POST /containers/x/start?checkpoint=../../../../../srv/ci/c1", NULL,
		"ambiguous query:checkpoint", NULL},
	    {"POST /containers/x/start?checkpoint=..", NULL, "ambiguous query:checkpoint", NULL},
	    {"POST /containers/x/start?checkpoint=/srv", NULL, "ambiguous query:checkpoint", NULL},
	};

	(void)state;
	check_rows("allow = @all", rows, COUNT(rows));
}

static void pairs_are_keys_and_values(void **state)
{
	static const struct value_row rows[] = {
	    {"env = PATH", "PATH=/usr/bin:/bin", "allow"},
	    {"env = PATH=/usr/*", "PATH=/usr/bin:/bin", "allow"},
	    {"env = PATH=/usr/*", "PATH=/x", "grant"},
	    {"env = CI_*", "CI_JOB=x/y z", "allow"},
	    {"env = CI_*", "XCI_JOB=x", "grant"},
	    {"env = *", "A/B=c", "allow"},
	    {"env = \"A=b c\"", "A=b c", "allow"},
	    {"env = PATH", "PATH", "allow"},
	    {"env = PATH=x", "PATH", "grant"},
	};

	(void)state;
	check_values(CREATE, "{\"Env\":[\"%s\"]}", rows, COUNT(rows));
}

static void environments_do_not_leak(void **state)
{
	static struct outcome outcome;
	struct policy *policy = policy_of("allow = @all\nenv = PATH");

	(void)state;
	decide_case(policy,
	    &(struct request_case){
		.line = CREATE, .body = "{\"Env\":[\"PATH=/hunter1\",\"PASS=hunter2\"]}"},
	    &outcome);
	assert_string_equal(
	    outcome.decision.message, "Env[1]: \"PASS=***\" needs the grant \"env\"");
	assert_string_equal(outcome.decision.value, "PASS=***");
	assert_string_equal(outcome.decision.fix, "env = PASS");
	assert_null(strstr(outcome.trace, "hunter"));
	policy_unref(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(images_have_many_spellings),
	    cmocka_unit_test(pulls_without_a_tag_are_pulls_of_all),
	    cmocka_unit_test(names_are_given_and_taken_by_a_grant_of_their_own),
	    cmocka_unit_test(images_hand_on_to_no_grant),
	    cmocka_unit_test(networks_of_others_must_be_spelled),
	    cmocka_unit_test(ports_are_addresses_and_ranges),
	    cmocka_unit_test(capabilities_have_many_spellings),
	    cmocka_unit_test(security_options_are_read_as_the_daemon_does),
	    cmocka_unit_test(command_lines_go_word_by_word),
	    cmocka_unit_test(no_entry_point_is_one_as_well),
	    cmocka_unit_test(signals_have_names_and_numbers),
	    cmocka_unit_test(working_directories_stay_out_of_proc),
	    cmocka_unit_test(registries_have_one_host),
	    cmocka_unit_test(device_drivers_are_chosen_by_any_list),
	    cmocka_unit_test(addresses_do_not_climb),
	    cmocka_unit_test(no_line_is_proposed_that_grants_more),
	    cmocka_unit_test(checkpoints_are_plain_names),
	    cmocka_unit_test(pairs_are_keys_and_values),
	    cmocka_unit_test(environments_do_not_leak),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
