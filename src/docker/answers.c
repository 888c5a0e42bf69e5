/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of the Engine API that have values of a kind that can be hidden, as dockerd 20.10 to
 * API 1.56 and Podman write them. */
#include "docker/answers.h"

#define HIDES(n, k, h)                                                                             \
	{                                                                                          \
		.name = (n), .kinds = (k), .hide = HIDE_##h                                        \
	}
#define IN(n, table)                                                                               \
	{                                                                                          \
		.name = (n), .inner = (table)                                                      \
	}
#define IN_TYPES(n, t, table)                                                                      \
	{                                                                                          \
		.name = (n), .types = (t), .inner = (table)                                        \
	}
#define PASSES(n)                                                                                  \
	{                                                                                          \
		.name = (n)                                                                        \
	}
#define END                                                                                        \
	{                                                                                          \
		.name = NULL                                                                       \
	}

#define ENV REDACT_ENV
#define ARGS REDACT_ARGS
#define LABELS REDACT_LABELS
#define MOUNTS REDACT_MOUNTS
#define HOST REDACT_HOST
#define SWARM REDACT_SWARM
#define RUN (ENV | ARGS | LABELS)            /* instructions of a Dockerfile */
#define TROUBLE (ENV | ARGS | MOUNTS | HOST) /* what the daemon says when something fails */

typedef const struct docker_answer_member members;

/* ---- parts that several answers have -----------------------------------------------------------
 */

static members health[] = {HIDES("Test", ARGS, ALL), END};
static members driver[] = {HIDES("Options", HOST, ALL), END};
static members descriptor[] = {
    HIDES("annotations", LABELS, NAMED),
    HIDES("data", RUN, BYTES), /* the whole of what it describes */
    END,
};
static members manifest[] = {IN("Descriptor", descriptor), END};
static members device[] = {HIDES("Path", HOST, ALL), END};

/* of a container or an image, and of what an image was made by */
static members run_config[] = {
    HIDES("Env", ENV, NAMED),
    HIDES("Cmd", ARGS, ALL),
    HIDES("Entrypoint", ARGS, ALL),
    HIDES("Shell", ARGS, ALL),
    HIDES("Labels", LABELS, NAMED),
    HIDES("OnBuild", RUN, ALL),
    IN("Healthcheck", health),
    HIDES("Hostname", HOST, ALL), /* the host's with its network */
    HIDES("Domainname", HOST, ALL),
    END,
};

static members volume_driver[] = {HIDES("Options", MOUNTS, ALL), END};
static members volume_options[] = {
    HIDES("Labels", LABELS, NAMED),
    IN("DriverConfig", volume_driver),
    END,
};
static members mount[] = {
    HIDES("Source", MOUNTS, SOURCE),
    IN("VolumeOptions", volume_options),
    END,
};
/* a place where something is mounted, with the host's path of a volume */
static members mount_point[] = {HIDES("Source", MOUNTS, SOURCE), END};

static members endpoint[] = {HIDES("DriverOpts", HOST, ALL), END};
static members endpoints[] = {IN("*", endpoint), END};
static members graph_driver[] = {HIDES("Data", HOST, ALL), END};

/* ---- containers --------------------------------------------------------------------------------
 */

static members port_binding[] = {HIDES("HostIp", HOST, ADDRESS), END};
static members port_bindings[] = {IN("*", port_binding), END};
static members log_config[] = {HIDES("Config", HOST, ALL), END};
static members host_device[] = {HIDES("PathOnHost", HOST, ALL), END};

static members host_config[] = {
    HIDES("Binds", MOUNTS, BIND),
    IN("Mounts", mount),
    HIDES("Annotations", LABELS, NAMED),
    HIDES("ContainerIDFile", HOST, ALL),
    IN("LogConfig", log_config),
    IN("Devices", host_device),
    IN("DeviceRequests", driver),
    IN("PortBindings", port_bindings),
    IN("BlkioWeightDevice", device),
    IN("BlkioDeviceReadBps", device),
    IN("BlkioDeviceWriteBps", device),
    IN("BlkioDeviceReadIOps", device),
    IN("BlkioDeviceWriteIOps", device),
    HIDES("SecurityOpt", HOST, PATHS),
    END,
};

static members probe[] = {HIDES("Output", ARGS, ALL), END};
static members health_state[] = {IN("Log", probe), END};

static members container_state[] = {
    HIDES("Error", TROUBLE, ALL),
    HIDES("Pid", HOST, ALL),
    IN("Health", health_state),
    END,
};

static members network_settings[] = {
    HIDES("SandboxKey", HOST, ALL),
    IN("Ports", port_bindings),
    IN("Networks", endpoints),
    END,
};

members answer_container[] = {
    HIDES("Path", ARGS, ALL),
    HIDES("Args", ARGS, ALL),
    IN("State", container_state),
    IN("Config", run_config),
    IN("HostConfig", host_config),
    IN("Mounts", mount_point),
    HIDES("Volumes", MOUNTS, ALL), /* their sources, before API 1.20 */
    HIDES("ResolvConfPath", HOST, ALL),
    HIDES("HostnamePath", HOST, ALL),
    HIDES("HostsPath", HOST, ALL),
    HIDES("LogPath", HOST, ALL),
    IN("GraphDriver", graph_driver),
    IN("NetworkSettings", network_settings),
    IN("ImageManifestDescriptor", descriptor),
    END,
};

static members listed_host_config[] = {HIDES("Annotations", LABELS, NAMED), END};

static members listed_port[] = {HIDES("IP", HOST, ADDRESS), END};

members answer_containers[] = {
    HIDES("Command", ARGS, ALL),
    HIDES("Labels", LABELS, NAMED),
    IN("Mounts", mount_point),
    IN("HostConfig", listed_host_config),
    IN("Ports", listed_port),
    IN("NetworkSettings", network_settings),
    IN("ImageManifestDescriptor", descriptor),
    END,
};

/* Options of ps choose the columns: any of them can be a command, and with it the environment. */
members answer_top[] = {HIDES("Processes", ARGS | ENV, NUMBERS), END};

static members process_config[] = {
    HIDES("entrypoint", ARGS, ALL),
    HIDES("arguments", ARGS, ALL),
    END,
};

members answer_exec[] = {
    IN("ProcessConfig", process_config),
    HIDES("Pid", HOST, ALL),
    END,
};

static members wait_error[] = {HIDES("Message", TROUBLE, ALL), END};

members answer_wait[] = {IN("Error", wait_error), END};

/* ---- images ------------------------------------------------------------------------------------
 */

members answer_image[] = {
    IN("Config", run_config),
    IN("ContainerConfig", run_config),
    HIDES("Labels", LABELS, NAMED), /* of a list */
    IN("GraphDriver", graph_driver),
    IN("Descriptor", descriptor),
    IN("Manifests", manifest),
    END,
};

members answer_history[] = {HIDES("CreatedBy", RUN, ALL), END};

members answer_attestations[] = {
    IN("Descriptor", descriptor),
    HIDES("Statement", RUN | HOST, ALL),
    END,
};

/* what is told while images and plugins are moved: where a registry or a proxy was asked */
static members progress_error[] = {HIDES("message", HOST, MESSAGE), END};

members answer_progress[] = {
    HIDES("error", HOST, MESSAGE),
    IN("errorDetail", progress_error),
    END,
};

members answer_distribution[] = {IN("Descriptor", descriptor), END};

/* ---- volumes and networks ----------------------------------------------------------------------
 */

static members cluster_info[] = {HIDES("VolumeContext", MOUNTS, ALL), END};
static members publish_status[] = {HIDES("PublishContext", MOUNTS, ALL), END};

static members cluster_mount[] = {HIDES("MountFlags", MOUNTS, ALL), END};
static members cluster_access[] = {IN("MountVolume", cluster_mount), END};
static members cluster_spec[] = {IN("AccessMode", cluster_access), END};

static members cluster_volume[] = {
    IN("Spec", cluster_spec),
    IN("Info", cluster_info),
    IN("PublishStatus", publish_status),
    END,
};

members answer_volume[] = {
    HIDES("Mountpoint", MOUNTS, ALL),
    HIDES("Options", MOUNTS, ALL),
    HIDES("Status", MOUNTS, ALL),
    HIDES("Labels", LABELS, NAMED),
    IN("ClusterVolume", cluster_volume),
    END,
};

members answer_volumes[] = {IN("Volumes", answer_volume), END};

static members peer[] = {HIDES("IP", HOST, EMPTY), END};

/* what containers of a service are reached by, and at which node */
static members network_task[] = {HIDES("Info", HOST, ALL), END};
static members network_service[] = {IN("Tasks", network_task), END};
static members network_services[] = {IN("*", network_service), END};

members answer_network[] = {
    HIDES("Labels", LABELS, NAMED),
    HIDES("Options", HOST, ALL),
    IN("IPAM", driver),
    IN("Peers", peer),
    IN("Services", network_services),
    END,
};

/* ---- the swarm ---------------------------------------------------------------------------------
 */

static members credential_spec[] = {
    HIDES("Config", HOST, ALL),
    HIDES("File", HOST, ALL),
    HIDES("Registry", HOST, ALL),
    END,
};
static members privileges[] = {IN("CredentialSpec", credential_spec), END};

static members container_spec[] = {
    HIDES("Env", ENV, NAMED),
    HIDES("Command", ARGS, ALL),
    HIDES("Args", ARGS, ALL),
    HIDES("Labels", LABELS, NAMED),
    IN("Mounts", mount),
    IN("Healthcheck", health),
    IN("Privileges", privileges),
    END,
};

static members plugin_spec[] = {HIDES("env", ENV, NAMED), END};

static members task_spec[] = {
    IN("ContainerSpec", container_spec),
    IN("PluginSpec", plugin_spec),
    IN("Networks", endpoint),
    IN("LogDriver", driver),
    END,
};

static members service_spec[] = {
    HIDES("Labels", LABELS, NAMED),
    IN("TaskTemplate", task_spec),
    IN("Networks", endpoint),
    END,
};

members answer_service[] = {
    IN("Spec", service_spec),
    IN("PreviousSpec", service_spec),
    HIDES("Warning", HOST, MESSAGE), /* of its making: what a registry said */
    HIDES("Warnings", HOST, MESSAGE),
    END,
};

static members container_status[] = {HIDES("PID", HOST, ALL), END};
static members task_status[] = {
    HIDES("Err", TROUBLE, ALL),
    IN("ContainerStatus", container_status),
    END,
};
static members task_ipam[] = {IN("Driver", driver), END};
static members task_network_spec[] = {
    HIDES("Labels", LABELS, NAMED),
    IN("DriverConfiguration", driver),
    IN("IPAMOptions", task_ipam),
    END,
};
static members task_network[] = {
    IN("Spec", task_network_spec),
    IN("DriverState", driver),
    IN("IPAMOptions", task_ipam),
    END,
};
static members attachment[] = {IN("Network", task_network), END};

members answer_task[] = {
    HIDES("Labels", LABELS, NAMED),
    IN("Spec", task_spec),
    IN("Status", task_status),
    IN("NetworksAttachments", attachment),
    END,
};

static members swarm_driver[] = {HIDES("Options", SWARM, ALL), END};

static members stored_spec[] = {
    HIDES("Labels", LABELS, NAMED),
    HIDES("Data", SWARM, BYTES),
    IN("Driver", swarm_driver),
    IN("Templating", swarm_driver),
    END,
};

/* and of a secret, whose data is never told */
members answer_config[] = {IN("Spec", stored_spec), END};

static members labelled[] = {HIDES("Labels", LABELS, NAMED), END};

static members node_description[] = {
    HIDES("Hostname", HOST, ALL),
    IN("Engine", labelled),
    END,
};
static members node_address[] = {HIDES("Addr", HOST, ALL), END};

members answer_node[] = {
    IN("Spec", labelled),
    IN("Description", node_description),
    IN("Status", node_address),
    IN("ManagerStatus", node_address),
    END,
};

static members external_ca[] = {
    HIDES("URL", SWARM, ALL),
    HIDES("Options", SWARM, ALL),
    END,
};
static members ca_config[] = {
    HIDES("SigningCAKey", SWARM, ALL),
    IN("ExternalCAs", external_ca),
    END,
};
static members task_defaults[] = {IN("LogDriver", driver), END};
static members swarm_spec[] = {
    HIDES("Labels", LABELS, NAMED),
    IN("CAConfig", ca_config),
    IN("TaskDefaults", task_defaults),
    END,
};

members answer_swarm[] = {
    HIDES("JoinTokens", SWARM, ALL),
    IN("Spec", swarm_spec),
    END,
};

members answer_unlock_key[] = {HIDES("UnlockKey", SWARM, ALL), END};

/* ---- plugins -----------------------------------------------------------------------------------
 */

static members plugin_variable[] = {HIDES("Value", ENV, ALL), END};
static members plugin_args[] = {HIDES("Value", ARGS, ALL), END};
static members plugin_linux[] = {IN("Devices", device), END};

static members plugin_config[] = {
    IN("Env", plugin_variable),
    IN("Args", plugin_args),
    HIDES("Entrypoint", ARGS, ALL),
    IN("Mounts", mount_point),
    IN("Linux", plugin_linux),
    END,
};

static members plugin_settings[] = {
    HIDES("Env", ENV, NAMED),
    HIDES("Args", ARGS, ALL),
    IN("Mounts", mount_point),
    IN("Devices", device),
    END,
};

members answer_plugin[] = {
    IN("Config", plugin_config),
    IN("Settings", plugin_settings),
    END,
};

/* ---- the daemon --------------------------------------------------------------------------------
 */

static members runtime[] = {
    HIDES("path", HOST, ALL),
    HIDES("runtimeArgs", HOST, ALL),
    HIDES("options", HOST, ALL),
    END,
};
static members runtimes[] = {IN("*", runtime), END};

static members swarm_info[] = {
    HIDES("NodeAddr", HOST, ALL),
    HIDES("Error", HOST, ALL),
    IN("RemoteManagers", node_address),
    IN("Cluster", answer_swarm),
    END,
};

static members containerd[] = {HIDES("Address", HOST, ALL), END};
static members found_device[] = {HIDES("ID", HOST, ALL), END};
static members driver_info[] = {HIDES("Info", HOST, PATHS), END};

static members mirrors[] = {HIDES("Mirrors", HOST, ALL), END};
static members indexes[] = {IN("*", mirrors), END};
static members registries[] = {
    HIDES("Mirrors", HOST, ALL),
    IN("IndexConfigs", indexes),
    END,
};

members answer_info[] = {
    HIDES("ID", HOST, ALL),
    HIDES("Name", HOST, ALL),
    HIDES("Labels", LABELS, NAMED),
    HIDES("DockerRootDir", HOST, ALL),
    HIDES("ClusterStore", HOST, ALL),
    HIDES("ClusterAdvertise", HOST, ALL),
    HIDES("HttpProxy", HOST, ALL),
    HIDES("HttpsProxy", HOST, ALL),
    HIDES("NoProxy", HOST, ALL),
    HIDES("DriverStatus", HOST, PATHS),
    HIDES("SystemStatus", HOST, PATHS),
    IN("RegistryConfig", registries),
    HIDES("InitBinary", HOST, PATHS),
    HIDES("SecurityOptions", HOST, PATHS),
    HIDES("CDISpecDirs", HOST, ALL),
    HIDES("Warnings", HOST, PATHS),
    IN("Runtimes", runtimes),
    IN("Swarm", swarm_info),
    IN("Containerd", containerd),
    IN("DiscoveredDevices", found_device),
    IN("FirewallBackend", driver_info),
    IN("NRI", driver_info),
    END,
};

static members build_cache[] = {HIDES("Description", RUN, ALL), END};

static members used_images[] = {IN("Items", answer_image), END};
static members used_containers[] = {IN("Items", answer_containers), END};
static members used_volumes[] = {IN("Items", answer_volume), END};
static members used_cache[] = {IN("Items", build_cache), END};

members answer_df[] = {
    IN("Images", answer_image),
    IN("Containers", answer_containers),
    IN("Volumes", answer_volume),
    IN("BuildCache", build_cache),
    IN("ImageUsage", used_images),
    IN("ContainerUsage", used_containers),
    IN("VolumeUsage", used_volumes),
    IN("BuildCacheUsage", used_cache),
    END,
};

/* Labels stand among what the daemon tells of the action. It writes `name` over a label of that
 * name, and `image` of a container. */
#define ACTION_ATTRIBUTES                                                                          \
	HIDES("exitCode", LABELS, NUMBERS), HIDES("signal", LABELS, NUMBERS),                      \
	    HIDES("execDuration", LABELS, NUMBERS), HIDES("*", LABELS, NAMED), END

static members container_attributes[] = {PASSES("name"), PASSES("image"), ACTION_ATTRIBUTES};
static members named_attributes[] = {PASSES("name"), ACTION_ATTRIBUTES};

/* of the host, whose name they have, or of what is not known */
static members attributes[] = {
    HIDES("name", LABELS | HOST, ALL),
    HIDES("runtimes", LABELS | HOST, ALL),
    HIDES("labels", LABELS | HOST, ALL),
    HIDES("registry-mirrors", LABELS | HOST, ALL),
    HIDES("insecure-registries", LABELS | HOST, ALL),
    HIDES("allow-nondistributable-artifacts", LABELS | HOST, ALL),
    HIDES("cluster-advertise", LABELS | HOST, ALL),
    HIDES("cluster-store", LABELS | HOST, ALL),
    HIDES("cluster-store-opts", LABELS | HOST, ALL),
    ACTION_ATTRIBUTES,
};

static members container_actor[] = {IN("Attributes", container_attributes), END};
static members named_actor[] = {IN("Attributes", named_attributes), END};
static members actor[] = {IN("Attributes", attributes), END};

members answer_events[] = {
    HIDES("status", ARGS, ACTION),
    HIDES("Type", LABELS | HOST, TYPE),
    HIDES("Action", ARGS, ACTION),
    IN_TYPES("Actor", "container", container_actor),
    IN_TYPES("Actor", "config image network plugin secret service volume", named_actor),
    IN("Actor", actor),
    END,
};

members answer_error[] = {
    HIDES("message", TROUBLE, MESSAGE),
    HIDES("cause", TROUBLE, MESSAGE),
    END,
};
