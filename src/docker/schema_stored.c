/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that exist, as the daemon tells of them: how to ask, and which parts of the answer carry
 * power. What no row speaks of is the daemon's own report, or a part of a request that has no power
 * beyond the container (its environment, its command). */
#include "docker/tables.h"

static const struct docker_field stored_config_fields[] = {
    CHECKED("Image", STRING, IMAGE, IMAGE),
};
SCHEMA(stored_config, "Config of a container", .open = true);

static const struct docker_field stored_endpoint_fields[] = {
    INNER("IPAMConfig", OBJECT, endpoint_ipam),
    CHECKED("Links", STRINGS, ALIAS, ALIAS),
    NEEDS("DriverOpts", STRING_MAP, NETWORK_OPTION),
};
SCHEMA(stored_endpoint, "Endpoint of a container", .open = true);

static const struct docker_field stored_networks_fields[] = {
    CHECKED("Networks", OBJECT_MAP, NETWORK_KEYS, NETWORK_MODE, .sub = &stored_endpoint),
};
SCHEMA(stored_networks, "NetworkSettings", .open = true);

/* Mounts are what HostConfig and the containers of VolumesFrom came to. */
static const struct docker_field stored_container_fields[] = {
    INNER("HostConfig", OBJECT, host_config),
    CHECKED("Mounts", OBJECTS, MOUNT_POINT, BIND),
    INNER("Config", OBJECT, stored_config),
    INNER("NetworkSettings", OBJECT, stored_networks),
};
SCHEMA(stored_container, "Container", .open = true);

static const struct docker_field stored_process_fields[] = {
    NEEDS("tty", BOOL, EXEC_TTY),
    NEEDS("privileged", BOOL, PRIVILEGED),
    CHECKED("user", STRING, USER, USER),
};
SCHEMA(stored_process, "ProcessConfig", .open = true);

static const struct docker_field stored_exec_fields[] = {
    INNER("ProcessConfig", OBJECT, stored_process),
};
SCHEMA(stored_exec, "Exec", .open = true);

static const struct docker_field stored_volume_fields[] = {
    NEEDS("ClusterVolume", OBJECT, CLUSTER_VOLUME),
    CHECKED("Driver", STRING, DRIVER, VOLUME_DRIVER),
    CHECKED("Options", STRING_MAP, VOLUME_OPTIONS, VOLUME_OPTION),
};
SCHEMA(stored_volume, "Volume", .open = true);

/* Addresses, and the numbers of overlay networks, are chosen by the daemon where the client has
 * not, and stored alike. */
static const struct docker_field stored_network_fields[] = {
    NEEDS("Name", STRING, NETWORK_MODE),
    NEEDS("Scope", STRING, NETWORK_SCOPE),
    CHECKED("Driver", STRING, DRIVER, NETWORK_DRIVER),
    NEEDS("Ingress", BOOL, SWARM),
    INNER("ConfigFrom", OBJECT, network_config_from),
    NEEDS("Options", STRING_MAP, NETWORK_OPTION,
	.filled = "com.docker.network.driver.overlay.vxlanid_list"),
};
SCHEMA(stored_network, "Network", .open = true);

static const struct docker_object_info objects[OBJECT_MAX] = {
    [OBJECT_NONE] = {.name = "object", .before = "/", .after = ""},
    [OBJECT_CONTAINER] = {.name = "container",
	.before = "/containers/",
	.after = "/json",
	.schema = &stored_container,
	.in_config = true,
	.has_id = true,
	.owned = true,
	.list = "/containers/json",
	.list_flag = "all"},
    [OBJECT_EXEC] = {.name = "exec",
	.before = "/exec/",
	.after = "/json",
	.schema = &stored_exec,
	.owned = true},
    [OBJECT_VOLUME] = {.name = "volume",
	.before = "/volumes/",
	.after = "",
	.schema = &stored_volume,
	.owned = true,
	.list = "/volumes",
	.list_in = "Volumes"},
    [OBJECT_NETWORK] = {.name = "network",
	.before = "/networks/",
	.after = "",
	.schema = &stored_network,
	.has_id = true,
	.owned = true,
	.list = "/networks"},
    [OBJECT_DAEMON] = {.name = "daemon", .before = "/", .after = ""},
};

const struct docker_object_info *docker_object_info(enum docker_object object)
{
	return &objects[object];
}
