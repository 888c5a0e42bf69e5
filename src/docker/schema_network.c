/* SPDX-License-Identifier: Apache-2.0 */
/* Networks, and a container's place in them. */
#include "docker/tables.h"

static const struct docker_field endpoint_ipam_fields[] = {
    NEEDS("IPv4Address", STRING, IPAM),
    NEEDS("IPv6Address", STRING, IPAM),
    NEEDS("LinkLocalIPs", STRINGS, IPAM),
};
SCHEMA(endpoint_ipam, "EndpointIPAMConfig");

/* The daemon joins the network that NetworkID names, not the one that is the key of the map. Links
 * are names in the DNS of the network, nothing more. What is harmless here are results of the
 * daemon's, which it overwrites. */
static const struct docker_field endpoint_fields[] = {
    INNER("IPAMConfig", OBJECT, endpoint_ipam),
    CHECKED("Links", STRINGS, ALIAS, ALIAS),
    CHECKED("Aliases", STRINGS, ALIAS, ALIAS),
    NEEDS("DriverOpts", STRING_MAP, NETWORK_OPTION),
    FREE("GwPriority", INT, .since = 48),
    CHECKED("NetworkID", STRING, NETWORK, NETWORK_MODE),
    FREE("EndpointID", STRING),
    FREE("Gateway", STRING),
    FREE("IPAddress", STRING, .grant = GRANT_IPAM_ID, .joined = JOINED_ALONE),
    NEEDS("MacAddress", STRING, MAC_ADDRESS),
    FREE("IPPrefixLen", INT),
    FREE("IPv6Gateway", STRING),
    FREE("GlobalIPv6Address", STRING),
    FREE("GlobalIPv6PrefixLen", INT),
    CHECKED("DNSNames", STRINGS, ALIAS, ALIAS, .since = 44),
};
SCHEMA(endpoint, "EndpointSettings");

static const struct docker_field networking_config_fields[] = {
    CHECKED("EndpointsConfig", OBJECT_MAP, NETWORK_KEYS, NETWORK_MODE, .sub = &endpoint),
};
SCHEMA(networking_config, "NetworkingConfig");

static const struct docker_field network_ipam_config_fields[] = {
    NEEDS("Subnet", STRING, IPAM),
    NEEDS("IPRange", STRING, IPAM),
    NEEDS("Gateway", STRING, IPAM),
    NEEDS("AuxiliaryAddresses", STRING_MAP, IPAM),
};
SCHEMA(network_ipam_config, "IPAMConfig");

static const struct docker_field network_ipam_fields[] = {
    CHECKED("Driver", STRING, DRIVER, IPAM),
    NEEDS("Options", STRING_MAP, IPAM),
    INNER("Config", OBJECTS, network_ipam_config),
};
SCHEMA(network_ipam, "IPAM");

static const struct docker_field network_config_from_fields[] = {
    NEEDS("Network", STRING, NETWORK_TEMPLATE),
};
SCHEMA(network_config_from, "ConfigReference");

static const struct docker_field network_create_fields[] = {
    FREE("CheckDuplicate", BOOL),
    CHECKED("Driver", STRING, DRIVER, NETWORK_DRIVER),
    NEEDS("Scope", STRING, NETWORK_SCOPE, .since = 30),
    FREE("EnableIPv4", BOOL, .since = 48),
    FREE("EnableIPv6", BOOL),
    INNER("IPAM", OBJECT, network_ipam),
    FREE("Internal", BOOL),
    FREE("Attachable", BOOL, .since = 25),
    NEEDS("Ingress", BOOL, SWARM, .since = 29),
    NEEDS("ConfigOnly", BOOL, NETWORK_CONFIG_ONLY, .since = 30),
    INNER("ConfigFrom", OBJECT, network_config_from, .since = 30),
    NEEDS("Options", STRING_MAP, NETWORK_OPTION),
    CHECKED("Labels", STRING_MAP, LABELS, LABEL),
    NEEDS("Name", STRING, NAME, .owners = true),
};
SCHEMA(network_create, "NetworkCreate", .fresh = true);

static const struct docker_field network_connect_fields[] = {
    PLAIN("Container", STRING, CONTAINER),
    INNER("EndpointConfig", OBJECT, endpoint),
};
SCHEMA(network_connect, "NetworkConnect");

static const struct docker_field network_disconnect_fields[] = {
    PLAIN("Container", STRING, CONTAINER_OWN),
    FREE("Force", BOOL),
};
SCHEMA(network_disconnect, "NetworkDisconnect");
