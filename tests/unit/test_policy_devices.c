/* SPDX-License-Identifier: Apache-2.0 */
/* Device requests, the nodes of disks, templates, names and registries: what the daemon will use.
 */
#include "unit.h"

#include "policy_case.h"

#define CREATE "POST /containers/create"
#define HOST(text) "{\"HostConfig\":{" text "}}"
#define REQUEST(text) HOST("\"DeviceRequests\":[{" text "}]")
#define AT "HostConfig.DeviceRequests[0].Driver"

static void a_driver_gives_no_cdi_device(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, REQUEST("\"Count\":-1,\"Capabilities\":[[\"gpu\"]]"), "allow", NULL},
	    {CREATE, REQUEST("\"DeviceIDs\":[\"GPU-1\"],\"Capabilities\":[[\"gpu\"]]"), "allow",
		NULL},
	    {CREATE,
		REQUEST("\"DeviceIDs\":[\"evil.example.org/x=all\"],\"Capabilities\":[[\"gpu\"]]"),
		"grant " AT, "device_request = gpu device=evil.example.org/x=all"},
	    {CREATE, REQUEST("\"Driver\":\"nvidia\",\"DeviceIDs\":[\"evil.example.org/x=1\"]"),
		"grant " AT, NULL},
	    {CREATE,
		REQUEST("\"Driver\":\"nvidia\",\"DeviceIDs\":[\"0\",\"evil.example.org/x=1\"]"),
		"grant " AT, NULL},
	    {CREATE, REQUEST("\"Driver\":\"nvidia\",\"DeviceIDs\":[\"0,1\"]"), "grant " AT, NULL},
	    {CREATE, REQUEST("\"Driver\":\"cdi\",\"DeviceIDs\":[\"evil.example.org/x=1\"]"),
		"grant " AT, NULL},
	    {CREATE, REQUEST("\"Driver\":\"nvidia\",\"Count\":1,\"Options\":{\"a\":\"b\"}"),
		"grant " AT, "device_request = nvidia option=a=b"},
	};

	(void)state;
	check_rows("allow = @all\nimage = *\ndevice_request = gpu nvidia", rows, COUNT(rows));
}

static void a_line_bounds_what_is_asked(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, REQUEST("\"Driver\":\"nvidia\",\"Count\":2"), "allow", NULL},
	    {CREATE, REQUEST("\"Driver\":\"nvidia\",\"Count\":3"), "grant " AT, NULL},
	    {CREATE, REQUEST("\"Driver\":\"nvidia\",\"Count\":-1"), "grant " AT, NULL},
	    {CREATE, REQUEST("\"Driver\":\"nvidia\",\"DeviceIDs\":[\"0\",\"1\"]"), "allow", NULL},
	    {CREATE, REQUEST("\"Driver\":\"nvidia\",\"DeviceIDs\":[\"0\",\"1\",\"2\"]"),
		"grant " AT, NULL},
	    {CREATE, REQUEST("\"Driver\":\"nvidia\",\"DeviceIDs\":[\"all\"]"), "grant " AT, NULL},
	    {CREATE,
		REQUEST("\"Driver\":\"nvidia\",\"Count\":1},{\"Driver\":\"nvidia\",\"Count\":2"),
		"grant " AT, NULL},
	    {CREATE,
		REQUEST(
		    "\"Driver\":\"nvidia\",\"Count\":1,\"Capabilities\":[[\"gpu\",\"utility\"]]"),
		"allow", NULL},
	    {CREATE,
		REQUEST(
		    "\"Driver\":\"nvidia\",\"Count\":1,\"Capabilities\":[[\"gpu\",\"display\"]]"),
		"grant " AT, NULL},
	    {CREATE, REQUEST("\"Driver\":\"cdi\",\"DeviceIDs\":[\"example.org/gpu=0\"]"), "allow",
		NULL},
	    {CREATE, REQUEST("\"Driver\":\"cdi\",\"DeviceIDs\":[\"example.org/disk=0\"]"),
		"grant " AT, NULL},
	    {CREATE, REQUEST("\"Driver\":\"cdi\",\"DeviceIDs\":[\"example.org/gpu=all\"]"),
		"grant " AT, NULL},
	    {CREATE, HOST("\"Devices\":[{\"PathOnHost\":\"example.org/disk=0\"}]"),
		"grant HostConfig.Devices[0].PathOnHost", NULL},
	    {CREATE, HOST("\"Devices\":[{\"PathOnHost\":\"example.org/gpu=0\"}]"), "allow", NULL},
	    {CREATE,
		HOST("\"Devices\":[{\"PathOnHost\":\"/dev/x\"},{\"PathOnHost\":\"example.org/"
		     "gpu=0\"}]"),
		"allow", NULL},
	    {CREATE, HOST("\"Devices\":[{\"PathOnHost\":\"example.org/gpu=all\"}]"),
		"grant HostConfig.Devices[0].PathOnHost", NULL},
	    {CREATE,
		HOST("\"Devices\":[{\"PathOnHost\":\"example.org/gpu=0\"},"
		     "{\"PathOnHost\":\"example.org/gpu=1\"}]"),
		"grant HostConfig.Devices[0].PathOnHost", NULL},
	    {"POST /services/create",
		"{\"TaskTemplate\":{\"Resources\":{\"Reservations\":{\"GenericResources\":"
		"[{\"DiscreteResourceSpec\":{\"Kind\":\"nvidia\",\"Value\":8}}]}}}}",
		"grant "
		"TaskTemplate.Resources.Reservations.GenericResources[0].DiscreteResourceSpec."
		"Kind",
		NULL},
	};

	(void)state;
	check_rows("allow = @all\nimage = *\ndevice = *\n"
		   "device_request = nvidia count=2 capability=gpu capability=utility\n"
		   "device_request = cdi count=1 device=example.org/gpu=*",
	    rows, COUNT(rows));
}

static void lines_of_devices_are_read(void **state)
{
	(void)state;
	assert_non_null(strstr(policy_error("device_request = count=1"), "begins with a driver"));
	assert_non_null(
	    strstr(policy_error("device_request = gpu count=x"), "is not count=NUMBER"));
	assert_non_null(strstr(policy_error("device_request = gpu what=x"), "is not count=NUMBER"));
	assert_non_null(strstr(policy_error("device_request = gpu count=1 cdi"), "before their"));
}

/* The daemon says whether the file exists. */
static void limits_are_of_disks(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, HOST("\"BlkioDeviceReadBps\":[{\"Path\":\"/dev/sda\",\"Rate\":1}]"), "allow",
		NULL},
	    {CREATE, HOST("\"BlkioWeightDevice\":[{\"Path\":\"/dev/mapper/a-b\",\"Weight\":10}]"),
		"allow", NULL},
	    {CREATE, HOST("\"BlkioDeviceReadBps\":[{\"Path\":\"/etc/shadow\",\"Rate\":1}]"),
		"grant HostConfig.BlkioDeviceReadBps[0].Path", NULL},
	    {CREATE, HOST("\"BlkioWeightDevice\":[{\"Path\":\"/dev/fd/3\",\"Weight\":10}]"),
		"grant HostConfig.BlkioWeightDevice[0].Path", NULL},
	    {CREATE, HOST("\"BlkioDeviceReadBps\":[{\"Path\":\"/dev/../etc\",\"Rate\":1}]"),
		"ambiguous HostConfig.BlkioDeviceReadBps[0].Path", NULL},
	    {CREATE, HOST("\"BlkioDeviceWriteIOps\":[{\"Path\":\"x\",\"Rate\":1}]"),
		"ambiguous HostConfig.BlkioDeviceWriteIOps[0].Path", NULL},
	    {"POST /containers/x/update",
		"{\"BlkioDeviceReadBps\":[{\"Path\":\"/root\",\"Rate\":1}]}",
		"grant BlkioDeviceReadBps[0].Path", NULL},
	};

	(void)state;
	check_rows("allow = @all\nimage = *", rows, COUNT(rows));
}

#define TAG(text) HOST("\"LogConfig\":{\"Config\":{\"tag\":\"" text "\"}}")
#define TAG_AT "grant HostConfig.LogConfig.Config[tag]"
#define SPEC(text) "{\"TaskTemplate\":{\"ContainerSpec\":{" text "}}}"
#define SPEC_AT "grant TaskTemplate.ContainerSpec."

static void only_plain_fields_run(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE, TAG("web"), "allow", NULL},
	    {CREATE, TAG("a-{{.Name}}/{{ .ID }}{{.ImageName}}"), "allow", NULL},
	    {CREATE, TAG("{{pad \\\"x\\\" 200000000000 0}}"), TAG_AT, NULL},
	    {CREATE, TAG("{{.Name}}{{printf \\\"%200000000000d\\\" 1}}"), TAG_AT, NULL},
	    {CREATE, TAG("{{define \\\"a\\\"}}{{template \\\"a\\\"}}{{end}}{{template \\\"a\\\"}}"),
		TAG_AT, NULL},
	    {CREATE, TAG("{{range .ContainerEnv}}{{.}}{{end}}"), TAG_AT, NULL},
	    {CREATE, TAG("{{.LogPath}}"), TAG_AT, NULL},
	    {CREATE, TAG("{{.Name"), TAG_AT, NULL},
	    {CREATE, TAG("{{.Name|pad}}"), TAG_AT, NULL},
	    {CREATE, TAG("{{.Task.Name}}"), TAG_AT, NULL},
	    {"POST /services/create",
		"{\"TaskTemplate\":{\"LogDriver\":{\"Options\":{\"tag\":\"{{pad .Name 9 9}}\"}}}}",
		"grant TaskTemplate.LogDriver.Options[tag]", NULL},
	    {"POST /swarm/update",
		"{\"TaskDefaults\":{\"LogDriver\":{\"Options\":{\"tag\":\"{{pad .Name 9 9}}\"}}}}",
		"grant TaskDefaults.LogDriver.Options[tag]", NULL},
	    {"POST /services/create", SPEC("\"Env\":[\"N={{.Node.Hostname}}\"]"), "allow", NULL},
	    {"POST /services/create", SPEC("\"Hostname\":\"{{.Task.Slot}}-{{.Service.Name}}\""),
		"allow", NULL},
	    {"POST /services/create", SPEC("\"Env\":[\"N={{printf \\\"%9d\\\" 1}}\"]"),
		SPEC_AT "Env[0]", NULL},
	    {"POST /services/create", SPEC("\"Hostname\":\"{{println 1}}\""), SPEC_AT "Hostname",
		NULL},
	    {"POST /services/create",
		SPEC("\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"{{print "
		     "1}}\",\"Target\":\"/a\"}]"),
		SPEC_AT "Mounts[0].Source", NULL},
	    {"POST /services/create",
		SPEC("\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/{{print 1}}\"}]"),
		SPEC_AT "Mounts[0].Target", NULL},
	    {"POST /services/create",
		SPEC("\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/"
		     "a\",\"VolumeOptions\":{\"Labels\":"
		     "{\"a\":\"{{print 1}}\"}}}]"),
		SPEC_AT "Mounts[0].VolumeOptions.Labels[a]", NULL},
	    {"POST /services/create",
		SPEC("\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/a\",\"VolumeOptions\":"
		     "{\"DriverConfig\":{\"Options\":{\"size\":\"{{print 1}}\"}}}}]"),
		SPEC_AT "Mounts[0].VolumeOptions.DriverConfig.Options[size]", NULL},
	};

	(void)state;
	check_rows("allow = @all\nimage = *\nlog_option = *\nvolume = *\nvolume_option = size=*",
	    rows, COUNT(rows));
}

/* Conditions of rules see what the daemon uses. */
static void rules_see_what_is_used(void **state)
{
	static const struct policy_row rows[] = {
	    {CREATE "?name=vault-1", "{}", "deny_rule", NULL},
	    {CREATE "?name=/vault-1", "{}", "deny_rule", NULL},
	    {CREATE "?name=web", "{}", "allow", NULL},
	    {"POST /containers/x/rename?name=/vault-1", NULL, "deny_rule", NULL},
	    {"POST /images/create?fromImage=evil", NULL, "deny_rule", NULL},
	    {"POST /images/create?fromImage=evil:1", NULL, "deny_rule", NULL},
	    {"POST /images/create?fromImage=evil&tag=1", NULL, "deny_rule", NULL},
	    {"POST /images/create?fromImage=docker.io/library/evil", NULL, "deny_rule", NULL},
	    {"POST /images/create?fromImage=index.docker.io/evil@sha256:abcd", NULL, "deny_rule",
		NULL},
	    {"POST /images/create?fromImage=library/evil&tag=latest", NULL, "deny_rule", NULL},
	    {"POST /images/create?fromImage=good&tag=1", NULL, "allow", NULL},
	    {"POST /commit?container=x&repo=docker.io/evil", "{}", "deny_rule", NULL},
	};
	static const struct policy_row narrow[] = {
	    {"POST /images/create?fromImage=bb&tag=1", NULL, "allow", NULL},
	    {"POST /images/create?fromImage=docker.io/library/bb&tag=1", NULL, "allow", NULL},
	    {"POST /images/create?fromImage=bb.example.org/x&tag=1", NULL, "no_rule", NULL},
	    {CREATE "?name=/ci-a", "{}", "allow", NULL},
	};

	(void)state;
	check_rows("allow = @all\nimage = *\nimage_write = *\n"
		   "deny = container.create?name=vault-* container.rename?name=vault-*\n"
		   "deny = image.create?fromImage=evil container.commit?repo=evil",
	    rows, COUNT(rows));
	check_rows("allow = image.create?fromImage=bb container.create?name=ci-*\nimage = *\n"
		   "name = ci-*",
	    narrow, COUNT(narrow));
}

static void registries_are_asked_of_all_who_reach_them(void **state)
{
	static const struct policy_row bounded[] = {
	    {"POST /images/create?fromImage=registry.example.org/a&tag=1", NULL, "allow", NULL},
	    {"POST /images/create?fromImage=a&tag=1", NULL, "grant query:fromImage",
		"registry = docker.io"},
	    {"POST /images/evil.example.org/a/push?tag=1", NULL, "grant path:name", NULL},
	    {"POST /images/registry.example.org/a/push?tag=1", NULL, "allow", NULL},
	    {"POST /auth", "{\"username\":\"u\"}", "grant serveraddress", "registry = docker.io"},
	    {"POST /auth", "{\"serveraddress\":\"\"}", "grant serveraddress",
		"registry = docker.io"},
	    {"POST /auth", "{\"serveraddress\":\"registry.example.org\"}", "allow", NULL},
	};
	static const struct policy_row unbounded[] = {
	    {"POST /images/create?fromImage=a&tag=1", NULL, "allow", NULL},
	    {"POST /auth", "{}", "grant serveraddress", NULL},
	};

	(void)state;
	check_rows("allow = @all\nimage = *\nimage_write = *\nregistry = registry.example.org",
	    bounded, COUNT(bounded));
	check_rows("allow = @all\nimage = *", unbounded, COUNT(unbounded));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_driver_gives_no_cdi_device),
	    cmocka_unit_test(a_line_bounds_what_is_asked),
	    cmocka_unit_test(lines_of_devices_are_read),
	    cmocka_unit_test(limits_are_of_disks),
	    cmocka_unit_test(only_plain_fields_run),
	    cmocka_unit_test(rules_see_what_is_used),
	    cmocka_unit_test(registries_are_asked_of_all_who_reach_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
