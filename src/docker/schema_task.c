/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks of services: resources, placement, and the containers themselves. */
#include "docker/tables.h"

static const struct docker_field task_limits_fields[] = {
    FREE("NanoCPUs", INT),
    FREE("MemoryBytes", INT),
    FREE("Pids", INT, .since = 41),
};
SCHEMA(task_limits, "Limit");

static const struct docker_field task_generic_named_fields[] = {
    NEEDS("Kind", STRING, DEVICE_REQUEST),
    FREE("Value", STRING),
};
SCHEMA(task_generic_named, "NamedGenericResource");

static const struct docker_field task_generic_discrete_fields[] = {
    NEEDS("Kind", STRING, DEVICE_REQUEST),
    FREE("Value", INT),
};
SCHEMA(task_generic_discrete, "DiscreteGenericResource");

static const struct docker_field task_generic_fields[] = {
    INNER("NamedResourceSpec", OBJECT, task_generic_named),
    INNER("DiscreteResourceSpec", OBJECT, task_generic_discrete),
};
SCHEMA(task_generic, "GenericResource");

static const struct docker_field task_reservations_fields[] = {
    FREE("NanoCPUs", INT),
    FREE("MemoryBytes", INT),
    INNER("GenericResources", OBJECTS, task_generic, .since = 32),
};
SCHEMA(task_reservations, "Resources");

static const struct docker_field task_resources_fields[] = {
    INNER("Limits", OBJECT, task_limits),
    INNER("Reservations", OBJECT, task_reservations),
    FREE("SwapBytes", INT, .since = 52),
    FREE("MemorySwappiness", INT, .since = 52),
};
SCHEMA(task_resources, "ResourceRequirements");

static const struct docker_field task_restart_fields[] = {
    NEEDS("Condition", STRING, RESTART),
    FREE("Delay", INT),
    FREE("MaxAttempts", UINT),
    FREE("Window", INT),
};
SCHEMA(task_restart, "RestartPolicy of a service");

static const struct docker_field task_spread_fields[] = {
    FREE("SpreadDescriptor", STRING),
};
SCHEMA(task_spread, "SpreadOver");

static const struct docker_field task_preference_fields[] = {
    INNER("Spread", OBJECT, task_spread),
};
SCHEMA(task_preference, "PlacementPreference");

static const struct docker_field task_platform_fields[] = {
    FREE("Architecture", STRING),
    FREE("OS", STRING),
};
SCHEMA(task_platform, "Platform");

static const struct docker_field task_placement_fields[] = {
    NEEDS("Constraints", STRINGS, PLACEMENT),
    INNER("Preferences", OBJECTS, task_preference, .since = 27),
    FREE("MaxReplicas", UINT, .since = 40),
    INNER("Platforms", OBJECTS, task_platform, .since = 30),
};
SCHEMA(task_placement, "Placement");

static const struct docker_field task_network_fields[] = {
    CHECKED("Target", STRING, TASK_NETWORK, NETWORK_MODE),
    CHECKED("Aliases", STRINGS, ALIAS, ALIAS),
    NEEDS("DriverOpts", STRING_MAP, NETWORK_OPTION),
};
SCHEMA(task_network, "NetworkAttachmentConfig");

static const struct docker_field task_log_fields[] = {
    CHECKED("Name", STRING, DRIVER, LOG_DRIVER),
    NEEDS("Options", STRING_MAP, LOG_OPTION, .runs = TEMPLATE_LOG),
};
SCHEMA(task_log, "LogDriver");

/* A task that is a plugin; its names are written small. */
static const struct docker_field task_plugin_privilege_fields[] = {
    PART("name", STRING),
    FREE("description", STRING),
    PART("value", STRINGS),
};
SCHEMA(task_plugin_privilege, "PluginPrivilege of a task");

static const struct docker_field task_plugin_fields[] = {
    FREE("name", STRING),
    CHECKED("remote", STRING, REMOTE, PLUGIN),
    CHECKED("privileges", OBJECTS, PLUGIN, PLUGIN_PRIVILEGE, .sub = &task_plugin_privilege),
    FREE("disabled", BOOL),
    NEEDS("env", STRINGS, PLUGIN_SETTING, .secret = true),
};
SCHEMA(task_plugin, "PluginSpec");

static const struct docker_field task_spec_fields[] = {
    INNER("ContainerSpec", OBJECT, container_spec),
    INNER("PluginSpec", OBJECT, task_plugin, .since = 31),
    NEEDS("NetworkAttachmentSpec", OBJECT, SWARM, .since = 38),
    INNER("Resources", OBJECT, task_resources),
    INNER("RestartPolicy", OBJECT, task_restart),
    INNER("Placement", OBJECT, task_placement),
    INNER("Networks", OBJECTS, task_network),
    INNER("LogDriver", OBJECT, task_log),
    FREE("ForceUpdate", UINT, .since = 25),
    NEEDS("Runtime", STRING, TASK_RUNTIME, .since = 31),
};
SCHEMA(task_spec, "TaskSpec");

/* ---- containers ---- */

static const struct docker_field spec_credentials_fields[] = {
    NEVER("Config", STRING, .since = 40),
    NEVER("File", STRING),
    NEVER("Registry", STRING),
};
SCHEMA(spec_credentials, "CredentialSpec");

static const struct docker_field spec_selinux_fields[] = {
    PART("Disable", BOOL),
    PART("User", STRING),
    PART("Role", STRING),
    PART("Type", STRING),
    PART("Level", STRING),
};
SCHEMA(spec_selinux, "SELinuxContext");

static const struct docker_field spec_seccomp_fields[] = {
    PART("Mode", STRING),
    PART("Profile", STRING),
};
SCHEMA(spec_seccomp, "SeccompOpts");

static const struct docker_field spec_apparmor_fields[] = {
    PART("Mode", STRING),
};
SCHEMA(spec_apparmor, "AppArmorOpts");

static const struct docker_field spec_privileges_fields[] = {
    INNER("CredentialSpec", OBJECT, spec_credentials),
    INNER("SELinuxContext", OBJECT, spec_selinux),
    INNER("Seccomp", OBJECT, spec_seccomp, .since = 44),
    INNER("AppArmor", OBJECT, spec_apparmor, .since = 44),
    PART("NoNewPrivileges", BOOL, .since = 44),
};
SCHEMA(spec_privileges, "Privileges");

static const struct docker_field spec_dns_fields[] = {
    NEEDS("Nameservers", STRINGS, DNS, .joined = JOINED_LINE),
    NEEDS("Search", STRINGS, DNS, .joined = JOINED_LINE),
    NEEDS("Options", STRINGS, DNS, .joined = JOINED_LINE),
};
SCHEMA(spec_dns, "DNSConfig");

static const struct docker_field spec_file_fields[] = {
    FREE("Name", STRING),
    FREE("UID", STRING),
    FREE("GID", STRING),
    FREE("Mode", INT),
};
SCHEMA(spec_file, "ReferenceFileTarget");

/* The manager refuses an id that is not the one of the name, so the name tells all. */
static const struct docker_field spec_secret_fields[] = {
    INNER("File", OBJECT, spec_file),
    FREE("SecretID", STRING),
    NEEDS("SecretName", STRING, SECRET),
};
SCHEMA(spec_secret, "SecretReference");

static const struct docker_field spec_config_fields[] = {
    INNER("File", OBJECT, spec_file),
    INNER("Runtime", OBJECT, empty_object, .since = 40),
    FREE("ConfigID", STRING),
    NEEDS("ConfigName", STRING, SECRET),
};
SCHEMA(spec_config, "ConfigReference of a service");

static const struct docker_field container_spec_fields[] = {
    CHECKED("Image", STRING, IMAGE, IMAGE, .told = TOLD_VALUE),
    CHECKED("Labels", STRING_MAP, LABELS, LABEL),
    CHECKED("Command", STRINGS, ARGV, ENTRYPOINT, .told = TOLD_COMMAND),
    CHECKED("Args", STRINGS, ARGV, COMMAND, .told = TOLD_COMMAND),
    CHECKED("Hostname", STRING, ALIAS, ALIAS, .joined = JOINED_TASK, .runs = TEMPLATE_TASK),
    NEEDS("Env", STRINGS, ENV, .secret = true, .runs = TEMPLATE_TASK),
    CHECKED("Dir", STRING, WORKDIR, WORKING_DIR),
    CHECKED("User", STRING, USER, USER, .told = TOLD_VALUE),
    CHECKED("Groups", STRINGS, USER, GROUP_ADD),
    CHECKED("Privileges", OBJECT, PRIVILEGES, SECURITY_OPT, .sub = &spec_privileges, .since = 29),
    FREE("Init", BOOL, .since = 37),
    CHECKED("StopSignal", STRING, SIGNAL, SIGNAL, .since = 28),
    FREE("TTY", BOOL),
    FREE("OpenStdin", BOOL),
    FREE("ReadOnly", BOOL, .since = 28),
    CHECKED("Mounts", OBJECTS, MOUNT, BIND, .sub = &mount),
    FREE("StopGracePeriod", INT),
    INNER("Healthcheck", OBJECT, config_health),
    CHECKED("Hosts", STRINGS, HOSTS, EXTRA_HOST),
    INNER("DNSConfig", OBJECT, spec_dns),
    INNER("Secrets", OBJECTS, spec_secret),
    INNER("Configs", OBJECTS, spec_config, .since = 30),
    NEEDS("Isolation", STRING, ISOLATION, .since = 35),
    NEEDS("Sysctls", STRING_MAP, SYSCTL, .since = 40),
    CHECKED("CapabilityAdd", STRINGS, CAP, CAP_ADD, .since = 41),
    FREE("CapabilityDrop", STRINGS, .since = 41),
    CHECKED("Ulimits", OBJECTS, ULIMIT, ULIMIT, .sub = &ulimit, .since = 41),
    CHECKED("OomScoreAdj", INT, NEGATIVE, OOM, .since = 46),
};
SCHEMA(container_spec, "ContainerSpec");
