/* SPDX-License-Identifier: Apache-2.0 */
/* Host paths in every spelling: Binds, Mounts, volume options. */
#include "unit.h"

#include "policy_case.h"

#include <stdio.h>

#define CREATE "POST /containers/create"

struct bind_row {
	const char *spec, *want;
};

/* Runs each spec as the only one of HostConfig.Binds. */
static void check_binds(const char *lines, const struct bind_row *rows, size_t count)
{
	static struct outcome outcome;
	struct policy *policy = policy_of(lines);
	char body[400];
	unsigned wrong = 0;

	for (size_t i = 0; i < count; i++) {
		const struct request_case request = {.line = CREATE, .body = body};

		(void)snprintf(
		    body, sizeof(body), "{\"HostConfig\":{\"Binds\":[\"%s\"]}}", rows[i].spec);
		decide_case(policy, &request, &outcome);
		const char *is = reason_name(outcome.decision.reason);

		if (outcome.decision.verdict == VERDICT_ALLOW)
			is = "allow";
		if (outcome.ungated)
			is = "gate";
		if (strcmp(is, rows[i].want) == 0)
			continue;
		wrong++;
		print_message("%s is %s, not %s (%s)\n", rows[i].spec, is, rows[i].want,
		    outcome.decision.message);
	}
	policy_unref(policy);
	assert_int_equal(wrong, 0);
}

/* With every path and volume granted, what is left is the grammar. */
static void the_grammar_is_the_daemons(void **state)
{
	static const struct bind_row rows[] = {
	    {"/tmp/x/:/h", "allow"},
	    {"/tmp/./x/../x:/h", "ambiguous"},
	    {"//tmp//x:/h", "ambiguous"},
	    {"/tmp/..:/h", "ambiguous"},
	    {"/x/../tmp:/h", "ambiguous"},
	    {"./x:/h", "body"},
	    {"../../etc:/h", "body"},
	    {"x/../../etc:/h", "body"},
	    {"~/x:/h", "body"},
	    {"\\\\etc:/h", "body"},
	    {"%2Fetc:/h", "body"},
	    {" /etc:/h", "body"},
	    {"\\t/etc:/h", "body"},
	    {"C:\\\\x", "allow"},     /* a volume of the name C, mounted at \x */
	    {"file:///etc", "allow"}, /* a volume as well */
	    {"file:///etc:/h:/x", "body"},
	    {"/etc :/h", "allow"}, /* a host path with a blank at its end */
	    {"/tmp", "allow"},     /* an anonymous volume */
	    {"/h:ro", "body"},
	    {"/tmp:", "body"},
	    {"/tmp::ro", "body"},
	    {"/a:/b:/c:ro", "body"},
	    {"", "body"},
	    {":/h", "body"},
	    {"tmp", "body"},
	    {"/tmp:/h:", "allow"},
	    {"/tmp:/h:ro", "allow"},
	    {"/tmp:/h:rw", "allow"},
	    {"/tmp:/h:RO", "body"},
	    {"/tmp:/h:rw,ro", "body"},
	    {"/tmp:/h:ro,ro", "body"},
	    {"/tmp:/h:ro,", "body"},
	    {"/tmp:/h:,ro", "body"},
	    {"/tmp:/h:z,Z", "body"},
	    {"/tmp:/h:rslave,shared", "body"},
	    {"/tmp:/h:unknown", "body"},
	    {"/tmp:/h:ro,Z,rslave", "allow"},
	    {"vol:/h:nocopy", "allow"},
	    {"vol:/h:ro,consistent", "allow"},
	    {"v:/h", "allow"},
	    {"-vol:/h", "body"},
	    {".:/h", "body"},
	};

	(void)state;
	check_binds("allow = @all\nvolume = *\nbind = / rw relabel rshared rslave shared slave",
	    rows, COUNT(rows));
}

static void a_path_covers_what_is_below_it(void **state)
{
	static const struct bind_row rows[] = {
	    {"/srv/ci:/h", "allow"},
	    {"/srv/ci/:/h", "allow"},
	    {"/srv/ci/a/b:/h", "allow"},
	    {"/srv/cia:/h", "grant"},
	    {"/srv:/h", "grant"},
	    {"/:/h", "grant"},
	    {"/srv/ci/../../etc:/h", "ambiguous"},
	    {"/data/a/cache:/h:ro", "allow"},
	    {"/data/a/cache/x/y:/h:ro", "allow"},
	    {"/data/a/cache:/h", "grant"},
	    {"/data/a/b/cache:/h:ro", "grant"},
	    {"/data/a:/h:ro", "grant"},
	    {"/opt/x:/h:ro", "allow"},
	    {"/opt/x/y:/h:ro", "allow"},
	    {"/opt:/h:ro", "grant"},
	    {"/srv/ci/a:/h:z", "grant"},
	    {"/srv/ci/a:/h:rshared", "grant"},
	    {"/srv/ci/a:/h:private", "allow"},
	    {"/mnt:/h:rslave", "allow"},
	    {"/mnt:/h:slave", "grant"},
	    {"/mnt:/h:ro,z", "allow"},
	};

	(void)state;
	check_binds("allow = @all\nbind = /srv/ci rw\nbind = /data/*/cache\nbind = /opt/**\n"
		    "bind = /mnt rw rslave relabel",
	    rows, COUNT(rows));
}

static void sensitive_places_must_be_named(void **state)
{
	static const struct bind_row broad[] = {
	    {"/var/log:/h", "allow"},
	    {"/var/run/docker.sock:/h", "grant"},
	    {"/var/run:/h", "grant"},
	    {"/var/lib:/h", "grant"},
	    {"/var/lib/docker:/h", "grant"},
	    {"/var/lib/docker/volumes/x:/h", "grant"},
	    {"/var/lib/dockers:/h", "allow"},
	    {"/proc/self/root/etc:/h", "grant"},
	    {"/sys:/h", "grant"},
	    {"/dev/sda:/h", "grant"},
	    {"/home/u/docker.sock:/h", "grant"},
	    {"/home/u/x.sock:/h", "allow"},
	    {"/:/h", "grant"},
	    {"/run:/h", "grant"},
	};
	static const struct bind_row named[] = {
	    {"/var/run/docker.sock:/h", "allow"},
	    {"/proc/cpuinfo:/h:ro", "allow"},
	    {"/proc/1:/h:ro", "grant"},
	    {"/var:/h:ro", "allow"},
	    {"/var/run:/h:ro", "grant"},
	    {"/home/u/docker.sock:/h", "allow"},
	    {"/dev/dri/card0:/h", "allow"},
	};
	static const struct bind_row whole[] = {
	    {"/:/h", "allow"},
	    {"/var/run/docker.sock:/h", "allow"},
	    {"/proc/self/root:/h", "allow"},
	};

	(void)state;
	check_binds(
	    "allow = @all\nbind = /v* rw\nbind = /var/** rw\nbind = /home rw\nbind = /p** rw\n"
	    "bind = /s* rw\nbind = /de** rw\nbind = /r* rw",
	    broad, COUNT(broad));
	check_binds("allow = @all\nbind = /var/run/docker.sock rw\nbind = /proc/cpuinfo\n"
		    "bind = /var\nbind = /home/u/docker.sock rw\nbind = /dev/dri/* rw",
	    named, COUNT(named));
	check_binds("allow = @all\nbind = / rw", whole, COUNT(whole));
}

#define MOUNT(text) "{\"HostConfig\":{\"Mounts\":[{" text "}]}}"
#define BIND_MOUNT(text) MOUNT("\"Type\":\"bind\",\"Source\":\"/srv\",\"Target\":\"/h\"" text)

#define TEMPLATE                                                                                   \
	"{\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"bb:1\",\"Mounts\":[{\"Type\":"          \
	"\"volume\","                                                                              \
	"\"Source\":\"ci-{{.Task.Slot}}\",\"Target\":\"/d\"}]}}}"

static void templates_are_names_of_any_volume(void **state)
{
	static const struct policy_row any[] = {
	    {"POST /services/create", TEMPLATE, "allow", NULL},
	};
	static const struct policy_row some[] = {
	    {"POST /services/create", TEMPLATE,
		"ambiguous TaskTemplate.ContainerSpec.Mounts[0].Source", NULL},
	};

	(void)state;
	check_rows("allow = @all\nimage = *\nvolume = *\ncheck_state = no", any, 1);
	check_rows("allow = @all\nimage = *\nvolume = ci-*\ncheck_state = no", some, 1);
	check_rows("allow = @all\nimage = *\nvolume = *", some, 1);
}

static void mounts_are_judged_by_their_type(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, BIND_MOUNT(""), "grant HostConfig.Mounts[0].Source", "bind = /srv rw"},
	    {CREATE, BIND_MOUNT(",\"ReadOnly\":true"), "allow", NULL},
	    {CREATE, BIND_MOUNT(",\"ReadOnly\":false"), "grant HostConfig.Mounts[0].Source", NULL},
	    {CREATE,
		BIND_MOUNT(",\"ReadOnly\":true,\"BindOptions\":{\"ReadOnlyNonRecursive\":true}"),
		"grant HostConfig.Mounts[0].Source", NULL},
	    {CREATE,
		BIND_MOUNT(",\"ReadOnly\":true,\"BindOptions\":{\"Propagation\":\"rprivate\"}"),
		"allow", NULL},
	    {CREATE, BIND_MOUNT(",\"ReadOnly\":true,\"BindOptions\":{\"Propagation\":\"rshared\"}"),
		"grant HostConfig.Mounts[0].Source", "bind = /srv ro rshared"},
	    {CREATE, BIND_MOUNT(",\"ReadOnly\":true,\"BindOptions\":{\"Propagation\":\"RSHARED\"}"),
		"body HostConfig.Mounts[0].BindOptions.Propagation", NULL},
	    {CREATE, BIND_MOUNT(",\"ReadOnly\":true,\"BindOptions\":{\"CreateMountpoint\":true}"),
		"grant HostConfig.Mounts[0].Source", "bind = /srv ro create"},
	    {CREATE, BIND_MOUNT(",\"ReadOnly\":true,\"BindOptions\":{\"NonRecursive\":true}"),
		"allow", NULL},
	    {CREATE, BIND_MOUNT(",\"ReadOnly\":true,\"BindOptions\":{\"Future\":1}"),
		"unknown_field HostConfig.Mounts[0].BindOptions.Future", "unknown_fields = allow"},
	    {CREATE, MOUNT("\"Type\":\"bind\",\"Source\":\"srv\""),
		"body HostConfig.Mounts[0].Source", NULL},
	    {CREATE, MOUNT("\"Type\":\"bind\",\"Source\":\"/x/../srv\",\"ReadOnly\":true"),
		"ambiguous HostConfig.Mounts[0].Source", NULL},
	    {CREATE,
		MOUNT("\"Type\":\"bind\",\"Source\":\"/srv/"
		      "{{\\\"\\\\u002e.\\\"}}\",\"ReadOnly\":true"),
		"ambiguous HostConfig.Mounts[0].Source", NULL},
	    {CREATE, MOUNT("\"Type\":\"bind\""), "body HostConfig.Mounts[0].Source", NULL},
	    {CREATE, MOUNT("\"Type\":\"Bind\",\"Source\":\"/srv\""),
		"body HostConfig.Mounts[0].Type", NULL},
	    {CREATE, MOUNT("\"Source\":\"/srv\""), "body HostConfig.Mounts[0].Type", NULL},
	    {CREATE, MOUNT("\"Type\":\"volume\",\"Source\":\"ci-1\""), "allow", NULL},
	    {CREATE, MOUNT("\"Type\":\"volume\",\"Source\":\"x\""),
		"grant HostConfig.Mounts[0].Source", "volume = x"},
	    {CREATE, MOUNT("\"Type\":\"volume\",\"Source\":\"/tmp\""),
		"body HostConfig.Mounts[0].Source", NULL},
	    {CREATE, MOUNT("\"Type\":\"volume\",\"Target\":\"/h\""), "allow", NULL},
	    {CREATE, MOUNT("\"Type\":\"tmpfs\",\"Target\":\"/run\""), "allow", NULL},
	    {CREATE,
		MOUNT("\"Type\":\"tmpfs\",\"Target\":\"/run\",\"TmpfsOptions\":{\"SizeBytes\":"
		      "65536,\"Mode\":448,\"Options\":[[\"noexec\"],[\"a\",\"b\"]]}"),
		"allow", NULL},
	    {CREATE,
		MOUNT("\"Type\":\"tmpfs\",\"Target\":\"/run\",\"TmpfsOptions\":{\"SizeBytes\":1}"),
		"grant HostConfig.Mounts[0].TmpfsOptions", "tmpfs = /run=size=1"},
	    {CREATE,
		MOUNT("\"Type\":\"tmpfs\",\"Target\":\"/run\",\"TmpfsOptions\":{\"Mode\":448,"
		      "\"Options\":[[\"size\",\"65536\"]]}"),
		"body HostConfig.Mounts[0].TmpfsOptions", NULL},
	    {CREATE, MOUNT("\"Type\":\"tmpfs\",\"Target\":\"/tmp\""),
		"grant HostConfig.Mounts[0].TmpfsOptions", NULL},
	    {CREATE, MOUNT("\"Type\":\"image\",\"Source\":\"bb:1\",\"Target\":\"/h\""), "allow",
		NULL},
	    {CREATE, MOUNT("\"Type\":\"image\",\"Source\":\"evil:1\",\"Target\":\"/h\""),
		"grant HostConfig.Mounts[0].Source", "image = evil:1"},
	    {CREATE, MOUNT("\"Type\":\"npipe\",\"Source\":\"\\\\\\\\.\\\\pipe\\\\docker_engine\""),
		"never HostConfig.Mounts[0].Source", NULL},
	    {CREATE, "{\"HostConfig\":{\"Mounts\":{}}}", "body HostConfig.Mounts", NULL},
	    {CREATE, "{\"HostConfig\":{\"Mounts\":[null]}}", "body HostConfig.Mounts", NULL},
	    {CREATE, "{\"HostConfig\":{\"Mounts\":null}}", "allow", NULL},
	};

	(void)state;
	check_rows("allow = @all\nbind = /srv\nvolume = ci-*\ntmpfs = /run= "
		   "/run=size=65536,mode=700,noexec,a=b\nimage = bb:*",
	    rows, COUNT(rows));
}

#define VOLUME "POST /volumes/create"
#define OPTS(text) "{\"DriverOpts\":{" text "}}"
#define INLINE(text)                                                                               \
	MOUNT("\"Type\":\"volume\",\"VolumeOptions\":{\"DriverConfig\":{\"Options\":{" text "}}}")

/* The pairs are granted; the paths they name need the bind grant as well. */
static void volume_options_are_held_against_binds(void **state)
{
	static const struct policy_row rows[] = {
	    {VOLUME, OPTS("\"type\":\"none\",\"o\":\"bind\",\"device\":\"/srv/a\""), "allow", NULL},
	    {VOLUME, OPTS("\"type\":\"none\",\"o\":\"bind\",\"device\":\"/\""),
		"grant DriverOpts[device]", "bind = / rw"},
	    {VOLUME, OPTS("\"type\":\"none\",\"o\":\"rbind,ro\",\"device\":\"/etc\""),
		"grant DriverOpts[device]", "bind = /etc ro"},
	    {VOLUME, OPTS("\"type\":\"none\",\"o\":\"bind,ro\",\"device\":\"/ro\""), "allow", NULL},
	    {VOLUME, OPTS("\"type\":\"none\",\"o\":\"bind,ro,rw\",\"device\":\"/ro\""),
		"grant DriverOpts[device]", NULL},
	    {VOLUME, OPTS("\"type\":\"none\",\"o\":\"bind,rshared\",\"device\":\"/srv/a\""),
		"grant DriverOpts[device]", "bind = /srv/a rw rshared"},
	    {VOLUME, OPTS("\"type\":\"none\",\"o\":\"bind\",\"device\":\"srv\""),
		"ambiguous DriverOpts[device]", NULL},
	    {VOLUME, OPTS("\"type\":\"none\",\"o\":\"bind\",\"device\":\"/srv/../etc\""),
		"ambiguous DriverOpts[device]", NULL},
	    {VOLUME, OPTS("\"type\":\"proc\",\"device\":\"/srv/a\""), "grant DriverOpts[type]",
		"bind = /proc rw"},
	    {VOLUME, OPTS("\"type\":\"devtmpfs\",\"o\":\"ro\",\"device\":\"/srv/a\""),
		"grant DriverOpts[type]", "bind = /dev ro"},
	    {VOLUME, OPTS("\"type\":\"proc\",\"o\":\"bind\",\"device\":\"/srv/a\""), "allow", NULL},
	    {CREATE, INLINE("\"type\":\"sysfs\",\"device\":\"/srv\""),
		"grant HostConfig.Mounts[0].VolumeOptions.DriverConfig.Options[type]", NULL},
	    /* swarm fills templates in */
	    {VOLUME, OPTS("\"type\":\"none\",\"o\":\"bind\",\"device\":\"/srv/{{.Task.Name}}\""),
		"ambiguous DriverOpts[device]", NULL},
	    {VOLUME, OPTS("\"type\":\"nfs\",\"o\":\"{{.x}}\",\"device\":\"x\""),
		"ambiguous DriverOpts[o]", NULL},
	    {VOLUME, OPTS("\"type\":\"{{.x}}\",\"o\":\"ro\",\"device\":\":/x\""),
		"ambiguous DriverOpts[type]", NULL},
	    {VOLUME, OPTS("\"type\":\"ext4\",\"device\":\"/dev/sda1\""), "grant DriverOpts[device]",
		NULL},
	    {VOLUME, OPTS("\"type\":\"nfs\",\"o\":\"addr=10.0.0.1\",\"device\":\":/x\""), "allow",
		NULL},
	    {VOLUME, OPTS("\"type\":\"cifs\",\"o\":\"username=u\",\"device\":\"//s/share\""),
		"allow", NULL},
	    {VOLUME, OPTS("\"type\":\"cifs\",\"o\":\"bind\",\"device\":\"//etc\""),
		"ambiguous DriverOpts[device]", NULL},
	    {VOLUME,
		OPTS("\"type\":\"overlay\",\"device\":\"overlay\","
		     "\"o\":\"lowerdir=/srv/a:/etc,upperdir=/srv/u,workdir=/srv/w\""),
		"grant DriverOpts[o]", "bind = /etc rw"},
	    {VOLUME,
		OPTS("\"type\":\"overlay\",\"device\":\"overlay\","
		     "\"o\":\"lowerdir=/srv/\\\\.\\\\./etc\""),
		"ambiguous DriverOpts[o]", NULL},
	    {VOLUME, OPTS("\"type\":\"ext4\",\"device\":\"/srv/a\""), "grant DriverOpts[device]",
		"bind = /dev rw"},
	    {VOLUME, OPTS("\"type\":\"tmpfs\",\"device\":\"tmpfs\",\"o\":\"size=1m\""), "allow",
		NULL},
	    {VOLUME, OPTS("\"other\":\"x\""), "grant DriverOpts[other]", "volume_option = other"},
	    {CREATE, INLINE("\"type\":\"none\",\"o\":\"bind\",\"device\":\"/etc\""),
		"grant HostConfig.Mounts[0].VolumeOptions.DriverConfig.Options[device]", NULL},
	    {CREATE, INLINE("\"type\":\"none\",\"o\":\"bind\",\"device\":\"/srv\""), "allow", NULL},
	};

	(void)state;
	check_rows("allow = @all\nbind = /srv rw\nbind = /ro\nvolume_option = type o device", rows,
	    COUNT(rows));
}

/* A password in options stays where it is. */
static void options_do_not_leak(void **state)
{
	static struct outcome outcome;
	struct policy *policy = policy_of("allow = @all");

	(void)state;
	decide_case(policy,
	    &(struct request_case){.line = VOLUME,
		.body = OPTS("\"o\":\"username=u,password=hunter2\",\"type\":\"cifs\"")},
	    &outcome);
	assert_string_equal(outcome.decision.fix, "volume_option = o");
	assert_null(strstr(outcome.decision.message, "hunter2"));
	assert_null(strstr(outcome.decision.value, "hunter2"));
	assert_null(strstr(outcome.trace, "hunter2"));
	policy_unref(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_grammar_is_the_daemons),
	    cmocka_unit_test(a_path_covers_what_is_below_it),
	    cmocka_unit_test(sensitive_places_must_be_named),
	    cmocka_unit_test(templates_are_names_of_any_volume),
	    cmocka_unit_test(mounts_are_judged_by_their_type),
	    cmocka_unit_test(volume_options_are_held_against_binds),
	    cmocka_unit_test(options_do_not_leak),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
