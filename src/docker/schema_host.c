/* SPDX-License-Identifier: Apache-2.0 */
/* HostConfig, the part of a container that reaches out to the host, and the update of one. */
#include "docker/tables.h"

static const struct docker_field log_config_fields[] = {
    CHECKED("Type", STRING, DRIVER, LOG_DRIVER, .podman = "journald k8s-file"),
    NEEDS("Config", STRING_MAP, LOG_OPTION, .joined = JOINED_PAIRS, .runs = TEMPLATE_LOG),
};
SCHEMA(log_config, "LogConfig");

static const struct docker_field restart_policy_fields[] = {
    NEEDS("Name", STRING, RESTART),
    FREE("MaximumRetryCount", INT),
};
SCHEMA(restart_policy, "RestartPolicy");

static const struct docker_field port_binding_fields[] = {
    PART("HostIp", STRING),
    PART("HostPort", STRING),
};
SCHEMA(port_binding, "PortBinding");

static const struct docker_field device_mapping_fields[] = {
    PART("PathOnHost", STRING, .joined = JOINED_DEVICE, .told = TOLD_VALUE),
    FREE("PathInContainer", STRING, .joined = JOINED_DEVICE),
    PART("CgroupPermissions", STRING, .joined = JOINED_DEVICE),
};
SCHEMA(device_mapping, "DeviceMapping");

static const struct docker_field device_request_fields[] = {
    PART("Driver", STRING),
    PART("Count", INT),
    PART("DeviceIDs", STRINGS),
    PART("Capabilities", STRING_LISTS),
    PART("Options", STRING_MAP),
};
SCHEMA(device_request, "DeviceRequest");

static const struct docker_field ulimit_fields[] = {
    PART("Name", STRING),
    PART("Hard", INT),
    PART("Soft", INT),
};
SCHEMA(ulimit, "Ulimit");

/* Limits on a device give no access to it. */
static const struct docker_field weight_device_fields[] = {
    CHECKED("Path", STRING, DISK, DEVICE),
    FREE("Weight", INT),
};
SCHEMA(weight_device, "WeightDevice");

static const struct docker_field throttle_device_fields[] = {
    CHECKED("Path", STRING, DISK, DEVICE),
    FREE("Rate", UINT),
};
SCHEMA(throttle_device, "ThrottleDevice");

/* clang-format off */
#define RESOURCES_FIELDS                                                                           \
	FREE("CpuShares", INT),                                                                    \
	FREE("Memory", INT),                                                                       \
	FREE("NanoCpus", INT, .since = 25),                                                        \
	CHECKED("CgroupParent", STRING, PATH, CGROUP_PARENT),                                      \
	FREE("BlkioWeight", INT),                                                                  \
	INNER("BlkioWeightDevice", OBJECTS, weight_device),                                        \
	INNER("BlkioDeviceReadBps", OBJECTS, throttle_device),                                     \
	INNER("BlkioDeviceWriteBps", OBJECTS, throttle_device),                                    \
	INNER("BlkioDeviceReadIOps", OBJECTS, throttle_device),                                    \
	INNER("BlkioDeviceWriteIOps", OBJECTS, throttle_device),                                   \
	FREE("CpuPeriod", INT),                                                                    \
	FREE("CpuQuota", INT),                                                                     \
	NEEDS("CpuRealtimePeriod", INT, REALTIME, .since = 25),                                    \
	NEEDS("CpuRealtimeRuntime", INT, REALTIME, .since = 25),                                   \
	FREE("CpusetCpus", STRING),                                                                \
	FREE("CpusetMems", STRING),                                                                \
	CHECKED("Devices", OBJECTS, DEVICE, DEVICE, .sub = &device_mapping),                       \
	NEEDS("DeviceCgroupRules", STRINGS, DEVICE_CGROUP_RULE, .since = 28),                      \
	CHECKED("DeviceRequests", OBJECTS, DEVICE_REQUEST, DEVICE_REQUEST,                         \
	    .sub = &device_request, .since = 40),                                                  \
	FREE("DiskQuota", INT),                                                                    \
	FREE("KernelMemory", INT),                                                                 \
	FREE("KernelMemoryTCP", INT, .since = 40),                                                 \
	FREE("MemoryReservation", INT),                                                            \
	FREE("MemorySwap", INT),                                                                   \
	FREE("MemorySwappiness", INT),                                                             \
	NEEDS("OomKillDisable", BOOL, OOM),                                                        \
	FREE("PidsLimit", INT),                                                                    \
	CHECKED("Ulimits", OBJECTS, ULIMIT, ULIMIT, .sub = &ulimit),                               \
	FREE("CpuCount", INT),                                                                     \
	FREE("CpuPercent", INT),                                                                   \
	FREE("IOMaximumIOps", INT),                                                                \
	FREE("IOMaximumBandwidth", INT)
/* clang-format on */

/* What daemons of all versions mask and make read-only. */
#define MASKED                                                                                     \
	"/proc/acpi /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list "                  \
	"/proc/sched_debug "                                                                       \
	"/proc/scsi /sys/firmware"
#define READ_ONLY "/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger"
/* What a request may repeat: the list of dockerd 20.10, and with a mark what later daemons added to
 * it (24.0.7 and 28). Those hide readings of power, interrupts and heat; nothing can be written
 * there. No other path: a mask laid over a file that the runtime itself needs is a power. */
#define MASKED_USUAL                                                                               \
	MASKED " /proc/asound /proc/timer_stats ?/sys/devices/virtual/powercap ?/proc/interrupts " \
	       "?/sys/devices/system/cpu/cpu*/thermal_throttle"

static const struct docker_field host_config_fields[] = {
    CHECKED("Binds", STRINGS, BIND, BIND, .told = TOLD_VALUE),
    FREE("ContainerIDFile", STRING, .joined = JOINED_ALONE), /* Podman deletes it on the host */
    INNER("LogConfig", OBJECT, log_config),
    CHECKED("NetworkMode", STRING, NETWORK, NETWORK_MODE, .joined = JOINED_NETWORKS,
	.told = TOLD_VALUE, .podman = "podman"),
    CHECKED("PortBindings", OBJECTS_MAP, PORTS, PUBLISH, .sub = &port_binding),
    INNER("RestartPolicy", OBJECT, restart_policy),
    FREE("AutoRemove", BOOL, .since = 25),
    CHECKED("VolumeDriver", STRING, DRIVER, VOLUME_DRIVER),
    CHECKED("VolumesFrom", STRINGS, VOLUMES_FROM, VOLUMES_FROM),
    FREE("ConsoleSize", INTS),
    NEEDS("Annotations", STRING_MAP, ANNOTATION, .since = 43, .joined = JOINED_PAIRS),
    CHECKED("CapAdd", STRING_OR_STRINGS, CAP, CAP_ADD, .told = TOLD_VALUE),
    FREE("CapDrop", STRING_OR_STRINGS),
    NEVER("Capabilities", STRINGS, .since = 40), /* of one beta */
    NEEDS("CgroupnsMode", STRING, CGROUPNS_MODE, .filled = "host private", .since = 41),
    NEEDS("Dns", STRINGS, DNS, .joined = JOINED_LINE),
    NEEDS("DnsOptions", STRINGS, DNS, .joined = JOINED_LINE),
    NEEDS("DnsSearch", STRINGS, DNS, .joined = JOINED_LINE),
    NEEDS("ExtraHosts", STRINGS, EXTRA_HOST, .joined = JOINED_LINE),
    CHECKED("GroupAdd", STRINGS, USER, GROUP_ADD),
    CHECKED("IpcMode", STRING, NAMESPACE, IPC_MODE, .filled = "private shareable"),
    NEVER("Cgroup", STRING), /* container:NAME, of old */
    CHECKED("Links", STRINGS, LINKS, LINK, .joined = JOINED_LINE),
    CHECKED("OomScoreAdj", INT, NEGATIVE, OOM),
    CHECKED("PidMode", STRING, NAMESPACE, PID_MODE, .told = TOLD_VALUE, .podman = "private"),
    NEEDS("Privileged", BOOL, PRIVILEGED, .told = TOLD_VALUE),
    NEEDS("PublishAllPorts", BOOL, PUBLISH_ALL),
    FREE("ReadonlyRootfs", BOOL),
    CHECKED("SecurityOpt", STRINGS, SECURITY, SECURITY_OPT),
    NEEDS("StorageOpt", STRING_MAP, STORAGE_OPT, .joined = JOINED_PAIRS),
    CHECKED("Tmpfs", STRING_MAP, TMPFS, TMPFS, .joined = JOINED_COLONS),
    NEEDS("UTSMode", STRING, UTS_MODE, .podman = "private"),
    NEEDS("UsernsMode", STRING, USERNS_MODE),
    FREE("ShmSize", INT),
    NEEDS("Sysctls", STRING_MAP, SYSCTL, .joined = JOINED_PAIRS),
    NEEDS("Runtime", STRING, RUNTIME, .podman = "oci"),
    FREE("Umask", ANY, .since = 56),
    NEEDS("Isolation", STRING, ISOLATION),
    RESOURCES_FIELDS,
    CHECKED("Mounts", OBJECTS, MOUNT, BIND, .sub = &mount),
    CHECKED("MaskedPaths", STRINGS, PRESENT, UNMASK, .filled = MASKED, .usual = MASKED_USUAL),
    CHECKED("ReadonlyPaths", STRINGS, PRESENT, UNMASK, .filled = READ_ONLY, .usual = READ_ONLY),
    FREE("Init", BOOL, .since = 25),
    NEVER("InitPath", STRING), /* a program of the host, in 1.25 alone */
    /* docker-java, as null: a name without a row has the whole body read once more. */
    NEVER("LxcConf", ANY),
};
SCHEMA(host_config, "HostConfig");

static const struct docker_field container_update_fields[] = {
    RESOURCES_FIELDS, INNER("RestartPolicy", OBJECT, restart_policy),
    FREE("Init", BOOL), /* docker-java; no daemon reads it here */
};
SCHEMA(container_update, "UpdateConfig");
