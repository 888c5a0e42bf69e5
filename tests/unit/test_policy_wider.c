/* SPDX-License-Identifier: Apache-2.0 */
/* What one policy permits that another one does not: by rows, each way. */
#include "unit.h"

#include "policy/wider.h"
#include "policy_case.h"

#include <stdio.h>

#define TOLD_MOST 4096

struct told {
	char text[TOLD_MOST];
	size_t len;
};

static void tell(void *context, const struct wider *wider)
{
	struct told *told = context;

	told->len += (size_t)snprintf(told->text + told->len, sizeof(told->text) - told->len,
	    "%s%s=%.*s;", wider->gone ? "-" : "", wider->key, (int)wider->value.len,
	    wider->value.at ? wider->value.at : "");
	assert_true(told->len < sizeof(told->text));
	assert_non_null(wider->why);
}

static void ask(const char *old, const char *new, struct told *ret_told)
{
	struct policy *narrow = policy_of(old), *wide = policy_of(new);
	struct arena arena;

	arena_init(&arena, 0);
	*ret_told = (struct told){.len = 0};
	const struct wider_question question = {.wide = wide,
	    .narrow = narrow,
	    .upstream = SPAN("/srv/daemon/d.sock"),
	    .arena = &arena,
	    .fn = tell,
	    .context = ret_told};

	assert_int_equal(policy_wider(&question), 0);
	arena_free(&arena);
	policy_unref(narrow);
	policy_unref(wide);
}

struct row {
	const char *old, *new;
	const char *told; /* "": the new one is no wider */
};

static void check(const struct row *rows, size_t count)
{
	static struct told told;
	unsigned wrong = 0;

	for (size_t i = 0; i < count; i++) {
		ask(rows[i].old, rows[i].new, &told);
		if (strcmp(told.text, rows[i].told) == 0)
			continue;
		print_error("%s -> %s: \"%s\", not \"%s\"\n", rows[i].old, rows[i].new, told.text,
		    rows[i].told);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof(*(rows)))

static void settings_say_which_value_permits_more(void **state)
{
	struct policy_setting row;
	unsigned count = 0;

	(void)state;
	for (; policy_setting_at(count, &row); count++) {
		if (row.way == WAY_UNSAID)
			fail_msg("%s does not say which of its values permits more", row.name);
	}
	assert_true(count > 20);
}

static void settings(void **state)
{
	static const struct row rows[] = {
	    {"", "tell = nothing", ""},
	    {"redact = env args", "redact = env", "-redact=args;"},
	    {"redact = env", "redact = env args", ""},
	    {"redact = env", "redact = env\nredact_except = PATH", "redact_except=PATH;"},
	    {"redact = env\nredact_except = P*", "redact = env\nredact_except = PATH", ""},
	    {"tell = nothing", "", ""},
	    {"", "mode = dry-run", "mode=dry-run;"},
	    {"mode = dry-run", "", ""},
	    {"max_api = 1.40", "", "-max_api=1.40;"},
	    {"", "max_api = 1.40", ""},
	    {"min_api = 1.40", "", "-min_api=1.40;"},
	    {"", "min_api = 1.40", ""},
	    /* what is read by an older API may be left out, and requirements rely on it */
	    {"require = healthcheck", "require = healthcheck\nmin_api = 1.44", "min_api=1.44;"},
	    {"check_state = no", "", ""},
	    {"", "check_state = no", "check_state=no;"},
	    {"grant = all", "check_state = no", ""},
	    {"resolve_binds = yes", "", "-resolve_binds=yes;"},
	    {"require = cis", "require = cis", ""},
	    {"preset = cis", "require = cis", ""},
	    {"max_pids = 5", "max_pids = 4", ""},
	    {"max_pids = 4", "max_pids = 5", "max_pids=5;"},
	    {"max_restarts = 4", "", "-max_restarts=4;"},
	    {"", "max_restarts = 6", "max_restarts=6;"},
	    {"owner = a", "owner = a", ""},
	    {"", "owner = a", ""},
	    {"owner = a", "owner = %{cn}", "owner=%{cn};"},
	    {"owner = a\nshared = network:l*", "owner = a\nshared = network:lan", ""},
	    {"owner = a\nshared = network:l*", "owner = a\nshared = volume:lan",
		"shared=volume:lan;"},
	};

	(void)state;
	CHECK(rows);
}

static void rules(void **state)
{
	static const struct row rows[] = {
	    {"allow = @read", "allow = container.list GET /info", ""},
	    {"allow = GET /info", "allow = system.info", ""},
	    {"allow = HEAD /info", "allow = system.info", "allow=system.info;"},
	    {"allow = GET /containers/ci-*/json", "allow = GET /containers/ci-a*/json", ""},
	    {"allow = GET /containers/ci-*/json", "allow = container.inspect",
		"allow=container.inspect;"},
	    {"allow = GET /containers/a*/json GET /containers/b*/json",
		"allow = GET /containers/bb*/json", ""},
	    {"allow = @all\ndeny = container.exec", "allow = @all\ndeny = container.*", ""},
	    {"allow = @all\ndeny = container.exec", "allow = @all", "-deny=container.exec;"},
	    {"allow = @all\ndeny = container.exec", "allow = container.list", ""},
	    {"allow = @all\ndeny = GET /containers/db/logs", "allow = GET /containers/ci-*/logs",
		""},
	    {"allow = @all\ndeny = GET /containers/db/logs", "allow = GET /containers/d*/logs",
		"-deny=GET /containers/db/logs;"},
	    {"allow = container.logs\ndeny = GET /containers/db/logs",
		"allow = container.logs\ndeny = GET /containers/d*/logs", ""},
	    {"allow = image.create?fromImage=a|b", "allow = image.create?fromImage=a", ""},
	    {"allow = image.create?fromImage=a", "allow = image.create?fromImage=a|b",
		"allow=image.create?fromImage=a|b;"},
	    {"allow = image.create?!fromSrc", "allow = image.create?fromImage=a&!fromSrc", ""},
	    {"allow = image.create?fromImage=a&!fromSrc", "allow = image.create?!fromSrc",
		"allow=image.create?!fromSrc;"},
	    {"allow = image.create\ndeny = image.create?fromSrc", "allow = image.create?!fromSrc",
		""},
	    {"allow = image.create\ndeny = image.create?fromSrc=x",
		"allow = image.create?fromImage=a", "-deny=image.create?fromSrc=x;"},
	    /* a denial of an image is one of all its names */
	    {"allow = image.inspect\ndeny = GET /images/docker.io/library/x/json",
		"allow = GET /images/x/json", "-deny=GET /images/docker.io/library/x/json;"},
	    {"allow = @all\nunknown_routes = allow\ndeny = GET /x/**",
		"allow = @all\nunknown_routes = allow", "-deny=GET /x/**;"},
	    {"allow = GET /**\nunknown_routes = allow", "allow = GET /new\nunknown_routes = allow",
		""},
	};

	(void)state;
	CHECK(rows);
}

static void patterns(void **state)
{
	static const struct row rows[] = {
	    {"env = CI_*", "env = CI_A CI_B*", ""},
	    {"env = CI_*", "", "-env=CI_*;image_change=;"},
	    {"", "env = CI_*", ""},
	    {"env = A=1", "env = A", "env=A;"},
	    {"volume = ci-*", "volume = *", "volume=*;"},
	    {"volume = **", "volume = *", ""},
	    {"runtime = a", "runtime = runc", ""},
	    {"network_mode = *", "network_mode = host", "network_mode=host;"},
	    {"network_mode = *", "network_mode = container:x", "network_mode=container:x;"},
	    {"network_mode = container:*", "network_mode = container:x", ""},
	    {"cap_add = *", "cap_add = NET_ADMIN", ""},
	    {"cap_add = NET_*", "cap_add = ALL", "cap_add=ALL;"},
	    {"privileged = no", "privileged = yes", "privileged=yes;"},
	    {"exec_tty = no", "", "-exec_tty=no;"},
	    /* what is taken back */
	    {"env = * !LD_*", "env = *", "-env=!LD_*;image_change=;"},
	    {"env = * !LD_*", "env = * !LD_* !A", ""},
	    {"env = * !LD_*", "env = CI_* PATH", ""},
	    {"env = * !LD_*", "env = L*", "-env=!LD_*;"},
	    {"env = * !LD_*", "env = * !LD_* LD_X=1", "env=LD_X=1;"},
	    {"env = !LD_*", "env = CI_*", ""},
	    {"env = !LD_*", "env = !LD_X", "-env=!LD_*;"},
	    {"volume = * !db", "volume = ci web", ""},
	    {"volume = * !db", "volume = abc", "-volume=!db;"},
	    {"runtime = * !runc", "runtime = x", "-runtime=!runc;"},
	    {"link = * !db", "link = web:x", "-link=!db;"},
	    /* what narrowing closes */
	    {"command = make", "command = make\nentrypoint = tini", "entrypoint=tini;"},
	    {"command = make", "command = make", ""},
	    {"command = make", "command = **", "user=;env=;entrypoint=;command=**;image_change=;"},
	    /* lines of one grant that bound others */
	    {"allow = @all\nimage = *\nbuild_remote = *\nfrontend = docker/dockerfile:1",
		"allow = @all\nimage = *\nbuild_remote = *", "-frontend=docker/dockerfile:1;"},
	    {"allow = @all\nimage = *\nregistry = a b", "allow = @all\nimage = *\nregistry = a",
		""},
	    {"allow = @all\nimage = *\nregistry = *.a", "allow = @all\nimage = *\nregistry = b.a",
		"registry=b.a;"},
	    {"allow = service.create\nnetwork_mode = *",
		"allow = service.create\nnetwork_mode = n1", "network_mode=n1;"},
	    {"registry = a.example.org\nimage = *", "image = *", "-registry=a.example.org;"},
	};

	(void)state;
	CHECK(rows);
}

static void grammars(void **state)
{
	static const struct row rows[] = {
	    {"bind = /srv rw", "bind = /srv/ci", ""},
	    {"bind = /srv ro", "bind = /srv/ci rw", "bind=/srv/ci;"},
	    {"bind = /srv/*", "bind = /srv/ci/x", ""},
	    {"bind = /srv/**", "bind = /srv", "bind=/srv;"},
	    {"bind = /srv", "bind = /srv/daemon", "bind=/srv/daemon;"},
	    {"bind = /", "bind = /var/run/docker.sock", "bind=/var/run/docker.sock;"},
	    {"bind = /var", "bind = /var/lib", "bind=/var/lib;"},
	    {"bind = /srv", "bind = /srv create", "bind=/srv;"},
	    {"bind = /srv\nbind = /srv rw", "bind = /srv rw\nbind = /srv", ""},
	    {"publish = 127.0.0.1:1-90", "publish = 127.0.0.1:80/tcp", ""},
	    {"publish = 127.0.0.1:1-90", "publish = *:80", "publish=*:80;"},
	    {"publish = 1-9", "publish = 9-10", "publish=9-10;"},
	    {"image = bb", "image = bb:1 docker.io/library/bb@sha256:*", ""},
	    {"image = bb:1", "image = bb", "image=bb;"},
	    {"image = bb:**", "image = bb:*", "image=bb:*;"},
	    {"image = bb@sha256:*", "image = bb:1", "image=bb:1;"},
	    {"image = bb:*", "image = bb@sha256:*", "image=bb@sha256:*;"},
	    {"image = bb:1\nimage_write = *", "image = bb:1\nimage_write = @image", ""},
	    {"image = bb:1\nimage_write = bb", "image = bb:1\nimage_write = @image", ""},
	    {"image = bb\nimage_write = @image", "image = bb:1\nimage_write = bb:1", ""},
	    {"image_write = bb", "image_write = @image\nimage = bb:1 x",
		"image=bb:1;image=x;image_write=@image;"},
	    {"command = make **", "command = make a b", ""},
	    {"command = make *", "command = make", "command=make;"},
	    {"command = *", "command = \"\"", "command=\"\";"},
	    {"command = \"\"", "command = *", "command=*;"},
	    {"device_request = cdi", "device_request = cdi count=1", ""},
	    {"device_request = cdi count=1", "device_request = cdi count=2", "device_request=cdi;"},
	    {"device_request = cdi count=1", "device_request = cdi", "device_request=cdi;"},
	    {"device_request = cdi device=0", "device_request = cdi count=1",
		"device_request=cdi;"},
	};

	(void)state;
	CHECK(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(settings_say_which_value_permits_more),
	    cmocka_unit_test(settings),
	    cmocka_unit_test(rules),
	    cmocka_unit_test(patterns),
	    cmocka_unit_test(grammars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
