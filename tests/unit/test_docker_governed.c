/* SPDX-License-Identifier: Apache-2.0 */
/* Each field, parameter and argument with power, and the grant that governs it. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "docker/docker.h"
#include "json/json.h"

struct governed {
	const char *operation, *field, *grant; /* grant "never" or "free" when there is none */
};

/* clang-format off */
static const struct governed governed[] = {
	{"container.create", "HostConfig.Privileged", "privileged"},
	{"container.create", "HostConfig.Binds", "bind"},
	{"container.create", "HostConfig.Mounts", "bind"},
	{"container.create", "HostConfig.Mounts.Type", "together"},
	{"container.create", "HostConfig.Mounts.Source", "together"},
	{"container.create", "HostConfig.Mounts.ReadOnly", "together"},
	{"container.create", "HostConfig.Mounts.BindOptions.Propagation", "together"},
	{"container.create", "HostConfig.Mounts.BindOptions.NonRecursive", "together"},
	{"container.create", "HostConfig.Mounts.BindOptions.ReadOnlyNonRecursive", "together"},
	{"container.create", "HostConfig.Mounts.BindOptions.ReadOnlyForceRecursive", "together"},
	{"container.create", "HostConfig.Mounts.BindOptions.CreateMountpoint", "together"},
	{"container.create", "HostConfig.Mounts.VolumeOptions.DriverConfig.Name", "volume_driver"},
	{"container.create", "HostConfig.Mounts.VolumeOptions.DriverConfig.Options", "volume_option"},
	{"container.create", "HostConfig.Mounts.VolumeOptions.Subpath", "volume_subpath"},
	{"container.create", "HostConfig.Mounts.ImageOptions.Subpath", "volume_subpath"},
	{"container.create", "HostConfig.Mounts.TmpfsOptions.SizeBytes", "together"},
	{"container.create", "HostConfig.Mounts.TmpfsOptions.Mode", "together"},
	{"container.create", "HostConfig.Mounts.TmpfsOptions.Options", "together"},
	{"container.create", "HostConfig.Tmpfs", "tmpfs"},
	{"container.create", "HostConfig.VolumesFrom", "volumes_from"},
	{"container.create", "HostConfig.VolumeDriver", "volume_driver"},
	{"container.create", "VolumeDriver", "volume_driver"},
	{"container.create", "Runtime", "runtime"},
	{"container.create", "Volumes", "free"},
	{"container.create", "HostConfig.NetworkMode", "network_mode"},
	{"container.create", "NetworkingConfig.EndpointsConfig", "network_mode"},
	{"container.create", "NetworkingConfig.EndpointsConfig.NetworkID", "network_mode"},
	{"container.create", "NetworkingConfig.EndpointsConfig.IPAMConfig.IPv4Address", "ipam"},
	{"container.create", "NetworkingConfig.EndpointsConfig.IPAMConfig.IPv6Address", "ipam"},
	{"container.create", "NetworkingConfig.EndpointsConfig.IPAMConfig.LinkLocalIPs", "ipam"},
	{"container.create", "NetworkingConfig.EndpointsConfig.MacAddress", "mac_address"},
	{"container.create", "NetworkingConfig.EndpointsConfig.Aliases", "alias"},
	{"container.create", "NetworkingConfig.EndpointsConfig.DNSNames", "alias"},
	{"container.create", "NetworkingConfig.EndpointsConfig.Links", "alias"},
	{"container.create", "NetworkingConfig.EndpointsConfig.DriverOpts", "network_option"},
	{"container.create", "NetworkingConfig.EndpointsConfig.GwPriority", "free"},
	{"container.create", "HostConfig.PidMode", "pid_mode"},
	{"container.create", "HostConfig.IpcMode", "ipc_mode"},
	{"container.create", "HostConfig.UTSMode", "uts_mode"},
	{"container.create", "HostConfig.UsernsMode", "userns_mode"},
	{"container.create", "HostConfig.CgroupnsMode", "cgroupns_mode"},
	{"container.create", "HostConfig.Cgroup", "never"},
	{"container.create", "HostConfig.CgroupParent", "cgroup_parent"},
	{"container.create", "HostConfig.CapAdd", "cap_add"},
	{"container.create", "HostConfig.CapDrop", "free"},
	{"container.create", "HostConfig.Capabilities", "never"},
	{"container.create", "HostConfig.SecurityOpt", "security_opt"},
	{"container.create", "HostConfig.MaskedPaths", "unmask"},
	{"container.create", "HostConfig.ReadonlyPaths", "unmask"},
	{"container.create", "HostConfig.Devices", "device"},
	{"container.create", "HostConfig.Devices.PathOnHost", "together"},
	{"container.create", "HostConfig.Devices.CgroupPermissions", "together"},
	{"container.create", "HostConfig.DeviceCgroupRules", "device_cgroup_rule"},
	{"container.create", "HostConfig.DeviceRequests", "device_request"},
	{"container.create", "HostConfig.Runtime", "runtime"},
	{"container.create", "HostConfig.Sysctls", "sysctl"},
	{"container.create", "HostConfig.Annotations", "annotation"},
	{"container.create", "HostConfig.LogConfig.Type", "log_driver"},
	{"container.create", "HostConfig.LogConfig.Config", "log_option"},
	{"container.create", "HostConfig.RestartPolicy.Name", "restart"},
	{"container.create", "HostConfig.PortBindings", "publish"},
	{"container.create", "HostConfig.PortBindings.HostIp", "together"},
	{"container.create", "HostConfig.PortBindings.HostPort", "together"},
	{"container.create", "HostConfig.PublishAllPorts", "publish_all"},
	{"container.create", "ExposedPorts", "free"},
	{"container.create", "HostConfig.ExtraHosts", "extra_host"},
	{"container.create", "HostConfig.Dns", "dns"},
	{"container.create", "HostConfig.DnsOptions", "dns"},
	{"container.create", "HostConfig.DnsSearch", "dns"},
	{"container.create", "HostConfig.Links", "link"},
	{"container.create", "HostConfig.GroupAdd", "group_add"},
	{"container.create", "HostConfig.OomKillDisable", "oom"},
	{"container.create", "HostConfig.OomScoreAdj", "oom"},
	{"container.create", "HostConfig.Memory", "free"},
	{"container.create", "HostConfig.MemorySwap", "free"},
	{"container.create", "HostConfig.MemoryReservation", "free"},
	{"container.create", "HostConfig.MemorySwappiness", "free"},
	{"container.create", "HostConfig.KernelMemory", "free"},
	{"container.create", "HostConfig.KernelMemoryTCP", "free"},
	{"container.create", "HostConfig.NanoCpus", "free"},
	{"container.create", "HostConfig.CpuShares", "free"},
	{"container.create", "HostConfig.CpuQuota", "free"},
	{"container.create", "HostConfig.CpuPeriod", "free"},
	{"container.create", "HostConfig.CpusetCpus", "free"},
	{"container.create", "HostConfig.CpusetMems", "free"},
	{"container.create", "HostConfig.CpuRealtimePeriod", "realtime"},
	{"container.create", "HostConfig.CpuRealtimeRuntime", "realtime"},
	{"container.create", "HostConfig.PidsLimit", "free"},
	{"container.create", "HostConfig.Ulimits", "ulimit"},
	{"container.create", "HostConfig.ShmSize", "free"},
	{"container.create", "HostConfig.BlkioWeight", "free"},
	{"container.create", "HostConfig.BlkioWeightDevice.Path", "device"},
	{"container.create", "HostConfig.BlkioDeviceReadBps.Path", "device"},
	{"container.create", "HostConfig.BlkioDeviceReadBps.Rate", "free"},
	{"container.create", "HostConfig.BlkioDeviceWriteBps.Rate", "free"},
	{"container.create", "HostConfig.BlkioDeviceReadIOps.Rate", "free"},
	{"container.create", "HostConfig.BlkioDeviceWriteIOps.Rate", "free"},
	{"container.create", "HostConfig.StorageOpt", "storage_opt"},
	{"container.create", "HostConfig.AutoRemove", "free"},
	{"container.create", "HostConfig.Init", "free"},
	{"container.create", "HostConfig.ConsoleSize", "free"},
	{"container.create", "HostConfig.Isolation", "isolation"},
	{"container.create", "HostConfig.ReadonlyRootfs", "free"},
	{"container.create", "HostConfig.ContainerIDFile", "free"},
	{"container.create", "HostConfig.Umask", "free"},
	{"container.create", "User", "user"},
	{"container.create", "Image", "image"},
	{"container.create", "Env", "env"},
	{"container.create", "Entrypoint", "entrypoint"},
	{"container.create", "Cmd", "command"},
	{"container.create", "Shell", "command"},
	{"container.create", "Healthcheck.Test", "command"},
	{"container.create", "Labels", "label"},
	{"container.create", "StopSignal", "signal"},
	{"container.create", "OnBuild", "image_change"},
	{"container.create", "MacAddress", "mac_address"},
	{"container.create", "NetworkDisabled", "free"},
	{"container.create", "Hostname", "alias"},
	{"container.create", "WorkingDir", "working_dir"},
	{"container.create", "Cpuset", "free"},
	/* names of HostConfig at the top, which older daemons honour */
	{"container.create", "Privileged", "unknown"},
	{"container.create", "Binds", "unknown"},
	{"container.create", "Mounts", "unknown"},
	{"container.create", "NetworkMode", "unknown"},
	{"container.create", "Devices", "unknown"},
	{"container.create", "CapAdd", "unknown"},
	{"container.create", "HostConfig.NoSuchField", "unknown"},

	{"container.update", "RestartPolicy.Name", "restart"},
	{"container.update", "Devices", "device"},
	{"container.update", "DeviceCgroupRules", "device_cgroup_rule"},
	{"container.update", "CgroupParent", "cgroup_parent"},
	{"container.update", "Memory", "free"},
	{"container.update", "PidsLimit", "free"},
	{"container.update", "Privileged", "unknown"},
	{"container.exec", "Privileged", "privileged"},
	{"container.exec", "User", "user"},
	{"container.exec", "Env", "env"},
	{"container.exec", "WorkingDir", "working_dir"},
	{"container.exec", "Cmd", "exec_command"},
	{"container.exec", "Tty", "exec_tty"},
	{"exec.start", "Detach", "free"},
	{"exec.start", "Tty", "exec_tty"},
	{"exec.start", "ConsoleSize", "free"},
	{"container.copy", "Resource", "archive_path"},
	{"checkpoint.create", "CheckpointDir", "checkpoint_dir"},
	{"checkpoint.create", "CheckpointID", "free"},
	{"checkpoint.create", "Exit", "free"},
	{"container.commit", "Env", "env"},
	{"container.commit", "HostConfig", "unknown"},

	{"network.create", "Driver", "network_driver"},
	{"network.create", "Options", "network_option"},
	{"network.create", "IPAM.Driver", "ipam"},
	{"network.create", "IPAM.Options", "ipam"},
	{"network.create", "IPAM.Config.Subnet", "ipam"},
	{"network.create", "IPAM.Config.IPRange", "ipam"},
	{"network.create", "IPAM.Config.Gateway", "ipam"},
	{"network.create", "IPAM.Config.AuxiliaryAddresses", "ipam"},
	{"network.create", "ConfigFrom.Network", "network_template"},
	{"network.create", "ConfigOnly", "network_config_only"},
	{"network.create", "Scope", "network_scope"},
	{"network.create", "Ingress", "swarm"},
	{"network.create", "Attachable", "free"},
	{"network.create", "Internal", "free"},
	{"network.create", "EnableIPv4", "free"},
	{"network.create", "EnableIPv6", "free"},
	{"network.create", "CheckDuplicate", "free"},
	{"network.create", "Name", "name"},
	{"network.connect", "Container", "container"},
	{"network.connect", "EndpointConfig.DriverOpts", "network_option"},
	{"network.connect", "EndpointConfig.NetworkID", "network_mode"},
	{"network.disconnect", "Container", "own container"},
	{"volume.create", "Driver", "volume_driver"},
	{"volume.create", "DriverOpts", "volume_option"},
	{"volume.create", "ClusterVolumeSpec", "cluster_volume"},
	{"volume.create", "Name", "name"},
	{"volume.update", "Spec", "cluster_volume"},
	{"system.auth", "serveraddress", "registry"},
	{"system.auth", "password", "free"},

	{"service.create", "TaskTemplate.Runtime", "task_runtime"},
	{"service.create", "TaskTemplate.PluginSpec.remote", "plugin"},
	{"service.create", "TaskTemplate.PluginSpec.privileges", "plugin_privilege"},
	{"service.create", "TaskTemplate.PluginSpec.env", "plugin_setting"},
	{"service.create", "TaskTemplate.PluginSpec.name", "free"},
	{"service.create", "TaskTemplate.PluginSpec.disabled", "free"},
	{"service.create", "TaskTemplate.ContainerSpec.Mounts", "bind"},
	{"service.create", "TaskTemplate.ContainerSpec.Mounts.VolumeOptions.DriverConfig.Options", "volume_option"},
	{"service.create", "TaskTemplate.ContainerSpec.CapabilityAdd", "cap_add"},
	{"service.create", "TaskTemplate.ContainerSpec.CapabilityDrop", "free"},
	{"service.create", "TaskTemplate.ContainerSpec.Privileges", "security_opt"},
	{"service.create", "TaskTemplate.ContainerSpec.Privileges.CredentialSpec.Config", "never"},
	{"service.create", "TaskTemplate.ContainerSpec.Privileges.CredentialSpec.File", "never"},
	{"service.create", "TaskTemplate.ContainerSpec.Privileges.CredentialSpec.Registry", "never"},
	{"service.create", "TaskTemplate.ContainerSpec.Privileges.SELinuxContext.Disable", "together"},
	{"service.create", "TaskTemplate.ContainerSpec.Privileges.SELinuxContext.Type", "together"},
	{"service.create", "TaskTemplate.ContainerSpec.Privileges.Seccomp.Mode", "together"},
	{"service.create", "TaskTemplate.ContainerSpec.Privileges.Seccomp.Profile", "together"},
	{"service.create", "TaskTemplate.ContainerSpec.Privileges.AppArmor.Mode", "together"},
	{"service.create", "TaskTemplate.ContainerSpec.Privileges.NoNewPrivileges", "together"},
	{"service.create", "TaskTemplate.ContainerSpec.User", "user"},
	{"service.create", "TaskTemplate.ContainerSpec.Groups", "group_add"},
	{"service.create", "TaskTemplate.ContainerSpec.Env", "env"},
	{"service.create", "TaskTemplate.ContainerSpec.Secrets.SecretName", "secret"},
	{"service.create", "TaskTemplate.ContainerSpec.Secrets.File.Name", "free"},
	{"service.create", "TaskTemplate.ContainerSpec.Configs.ConfigName", "secret"},
	{"service.create", "TaskTemplate.ContainerSpec.Sysctls", "sysctl"},
	{"service.create", "TaskTemplate.ContainerSpec.Ulimits", "ulimit"},
	{"service.create", "TaskTemplate.ContainerSpec.Hosts", "extra_host"},
	{"service.create", "TaskTemplate.ContainerSpec.DNSConfig.Nameservers", "dns"},
	{"service.create", "TaskTemplate.ContainerSpec.Isolation", "isolation"},
	{"service.create", "TaskTemplate.ContainerSpec.OomScoreAdj", "oom"},
	{"service.create", "TaskTemplate.ContainerSpec.ReadOnly", "free"},
	{"service.create", "TaskTemplate.ContainerSpec.Init", "free"},
	{"service.create", "TaskTemplate.ContainerSpec.Image", "image"},
	{"service.create", "TaskTemplate.ContainerSpec.Command", "entrypoint"},
	{"service.create", "TaskTemplate.ContainerSpec.Args", "command"},
	{"service.create", "TaskTemplate.ContainerSpec.Labels", "label"},
	{"service.create", "TaskTemplate.ContainerSpec.TTY", "free"},
	{"service.create", "TaskTemplate.ContainerSpec.OpenStdin", "free"},
	{"service.create", "TaskTemplate.ContainerSpec.Healthcheck.Test", "command"},
	{"service.create", "TaskTemplate.Networks.Target", "network_mode"},
	{"service.create", "Networks.Target", "network_mode"},
	{"service.create", "EndpointSpec.Ports", "publish"},
	{"service.create", "EndpointSpec.Ports.PublishMode", "together"},
	{"service.create", "TaskTemplate.Resources.Limits.NanoCPUs", "free"},
	{"service.create", "TaskTemplate.Resources.Limits.MemoryBytes", "free"},
	{"service.create", "TaskTemplate.Resources.Limits.Pids", "free"},
	{"service.create", "TaskTemplate.Resources.Reservations.GenericResources.NamedResourceSpec.Kind", "device_request"},
	{"service.create", "TaskTemplate.Resources.Reservations.GenericResources.DiscreteResourceSpec.Kind", "device_request"},
	{"service.create", "TaskTemplate.Resources.SwapBytes", "free"},
	{"service.create", "TaskTemplate.Resources.MemorySwappiness", "free"},
	{"service.create", "TaskTemplate.RestartPolicy.Condition", "restart"},
	{"service.create", "TaskTemplate.Placement.Constraints", "placement"},
	{"service.create", "TaskTemplate.LogDriver.Name", "log_driver"},
	{"service.create", "TaskTemplate.LogDriver.Options", "log_option"},
	{"service.create", "TaskTemplate.ForceUpdate", "free"},
	{"service.create", "TaskTemplate.NetworkAttachmentSpec", "swarm"},
	{"service.create", "Mode.Replicated.Replicas", "free"},
	{"service.create", "Mode.ReplicatedJob.TotalCompletions", "free"},

	{"swarm.init", "ListenAddr", "swarm"},
	{"swarm.init", "AdvertiseAddr", "swarm"},
	{"swarm.init", "DataPathAddr", "swarm"},
	{"swarm.init", "ForceNewCluster", "swarm"},
	{"swarm.init", "DefaultAddrPool", "swarm"},
	{"swarm.init", "Spec.CAConfig.ExternalCAs.URL", "swarm"},
	{"swarm.join", "RemoteAddrs", "swarm"},
	{"swarm.join", "JoinToken", "swarm"},
	{"swarm.update", "CAConfig.ExternalCAs.URL", "swarm"},
	{"swarm.update", "CAConfig.SigningCAKey", "swarm"},
	{"swarm.update", "CAConfig.SigningCACert", "swarm"},
	{"swarm.update", "TaskDefaults.LogDriver.Name", "log_driver"},
	{"swarm.update", "EncryptionConfig.AutoLockManagers", "swarm"},
	{"swarm.unlock", "UnlockKey", "swarm"},
	{"node.update", "Role", "node"},
	{"node.update", "Availability", "node"},
	{"secret.create", "Driver.Name", "secret_driver"},
	{"secret.create", "Templating.Name", "secret_driver"},
	{"secret.create", "Data", "free"},
	{"config.create", "Templating.Name", "secret_driver"},
	{"plugin.pull", "", "plugin_privilege"},
	{"plugin.upgrade", "", "plugin_privilege"},
	{"plugin.set", "", "plugin_setting"},

	{"container.create", "?name", "name"},
	{"container.create", "?platform", "free"},
	{"container.start", "?checkpoint-dir", "checkpoint_dir"},
	{"container.start", "?checkpoint", "segment"},
	{"container.archive_get", "?path", "archive_path"},
	{"container.archive_stat", "?path", "archive_path"},
	{"container.archive_put", "?path", "archive_path"},
	{"container.archive_put", "?copyUIDGID", "free"},
	{"container.commit", "?repo", "image_write"},
	{"container.commit", "?tag", "together"},
	{"container.commit", "?changes", "image_change"},
	{"container.kill", "?signal", "signal"},
	{"container.stop", "?signal", "signal"},
	{"container.restart", "?signal", "signal"},
	{"container.top", "?ps_args", "ps_args"},
	{"container.rename", "?name", "name"},
	{"container.list", "?trunc_cmd", "free"},
	{"container.remove", "?link", "free"},
	{"checkpoint.list", "?dir", "checkpoint_dir"},
	{"checkpoint.remove", "?dir", "checkpoint_dir"},
	{"image.create", "?fromImage", "image"},
	{"image.create", "?repo", "image_write"},
	{"image.create", "?tag", "together"},
	{"image.create", "?fromSrc", "import"},
	{"image.create", "?changes", "image_change"},
	{"image.tag", "?repo", "image_write"},
	{"image.push", "?tag", "together"},
	{"image.search", "?term", "registry"},
	{"build.run", "?remote", "build_remote"},
	{"build.run", "?networkmode", "network_mode"},
	{"build.run", "?version", "buildkit"},
	{"build.run", "?session", "buildkit"},
	{"build.run", "?buildid", "buildkit"},
	{"build.run", "?outputs", "buildkit"},
	{"build.run", "?extrahosts", "extra_host"},
	{"build.run", "?dns", "dns"},
	{"build.run", "?securityopt", "security_opt"},
	{"build.run", "?cgroupparent", "cgroup_parent"},
	{"build.run", "?ulimits", "ulimit"},
	{"build.run", "?t", "image_write"},
	{"build.run", "?cachefrom", "image"},
	{"build.run", "?labels", "label"},
	{"build.run", "?isolation", "isolation"},
	{"build.run", "?buildargs", "free"},
	{"build.run", "?memory", "free"},
	{"service.update", "?rollback", "service_rollback"},
	{"service.update", "?registryAuthFrom", "free"},
	{"swarm.update", "?rotateWorkerToken", "swarm"},
	{"swarm.update", "?rotateManagerToken", "swarm"},
	{"swarm.update", "?rotateManagerUnlockKey", "swarm"},
	{"plugin.pull", "?remote", "plugin"},
	{"plugin.upgrade", "?remote", "plugin"},
	{"plugin.privileges", "?remote", "plugin"},
	{"plugin.create", "?name", "plugin"},
	{"container.list", "?no_such_parameter", "unknown"},
	{"image.push", "/", "image_write"},
	{"image.tag", "/", "image"},
	{"image.remove", "/", "image_write"},
	{"image.load", "/", "image_write"},
	{"image.prune", "/", "image_write"},
	{"network.connect", "/", "network_mode"},
	{"distribution.inspect", "/", "registry"},
	{"plugin.push", "/", "plugin"},
	{"libpod.any", "/", "privileged"},
};
/* clang-format on */

static const char *power(enum docker_check check, enum grant grant)
{
	if (grant != GRANT_NONE)
		return grant_info(grant)->name;
	static const char *const words[CHECK_MAX] = {
	    [CHECK_FREE] = "free",
	    [CHECK_NEVER] = "never",
	    [CHECK_TOGETHER] = "together",
	    [CHECK_WORKDIR] = "workdir",
	    [CHECK_SEGMENT] = "segment",
	    [CHECK_CONTAINER] = "container",
	    [CHECK_CONTAINER_OWN] = "own container",
	};

	return words[check] ? words[check] : "schema";
}

/* What governs the field at a dotted path, as the walk would find it. */
static const char *power_of_field(const struct docker_schema *schema, struct span path)
{
	const struct docker_field *field = NULL;
	unsigned cursor = 0;
	char name[100];

	while (path.at && schema) {
		struct span part = span_cut(path, '.', &path);

		(void)snprintf(name, sizeof(name), "%.*s", (int)part.len, part.at);
		field = docker_field_find(schema, name, &cursor);
		if (!field)
			return "unknown";
		schema = field->sub;
	}
	return field && !path.at ? power(field->check, field->grant) : "unknown";
}

static const char *power_of(const struct governed *row, const struct docker_operation *operation)
{
	const struct docker_param *param;

	switch (row->field[0]) {
	case '/':
		return power(operation->arg_check, operation->arg_grant);
	case '?':
		param = docker_param_find(operation, span_of(row->field + 1));
		return param ? power(param->check, param->grant) : "unknown";
	default:
		return power_of_field(operation->schema, span_of(row->field));
	}
}

static void what_is_dangerous_is_governed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(governed); i++) {
		const struct docker_operation *operation =
		    docker_operation_named(span_of(governed[i].operation));

		if (!operation)
			fail_msg("there is no %s", governed[i].operation);
		const char *got = power_of(&governed[i], operation);

		if (strcmp(got, governed[i].grant) != 0)
			fail_msg("%s: %s is %s, not %s", governed[i].operation, governed[i].field,
			    got, governed[i].grant);
	}
}

#define MOST_BYTES 65536

/* Counts the members that a schema does not know, and complains of each. */
static unsigned unknown_members(const struct docker_schema *schema, const cJSON *object)
{
	unsigned cursor = 0, unknown = 0;

	for (const cJSON *member = object->child; member; member = member->next) {
		const struct docker_field *field =
		    docker_field_find(schema, member->string, &cursor);

		if (!field) {
			print_error("%s.%s\n", schema->name, member->string);
			unknown++;
		} else if (field->sub && field->shape == SHAPE_OBJECT) {
			unknown += unknown_members(field->sub, member);
		}
	}
	return unknown;
}

/* A body of "docker create" holds nearly every field, most of them empty. */
static void what_the_client_sends_is_known(void **state)
{
	static const struct json_limits limits = {MOST_BYTES, 20, 1000};
	static char body[MOST_BYTES];
	const char *srcdir = getenv("srcdir");
	char path[4096];
	struct arena arena;

	(void)state;
	(void)snprintf(
	    path, sizeof(path), "%s/tests/fuzz/corpus/json/cli-create", srcdir ? srcdir : ".");
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	size_t len = fread(body, 1, sizeof(body), file);

	(void)fclose(file);
	arena_init(&arena, 0);
	const cJSON *tree = json_parse((struct span){body, len}, &limits, &arena, NULL);

	assert_non_null(tree);
	assert_int_equal(
	    unknown_members(docker_operation_named(SPAN("container.create"))->schema, tree), 0);
	assert_non_null(json_field(json_field(tree, "HostConfig"), "Binds"));
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_dangerous_is_governed),
	    cmocka_unit_test(what_the_client_sends_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
