/* SPDX-License-Identifier: Apache-2.0 */
/* Requirements on what a container shares with its host. */
#include "base/ip.h"
#include "json/json.h"
#include "policy/podman.h"
#include "policy/require.h"

#define FIRST_FREE_PORT 1024 /* below it only root may listen */

/* ---- namespaces --------------------------------------------------------------------------------
 */

/* "ns:PATH" is Podman's: the namespace of any process of the host's. */
static bool is_hosts(struct span mode)
{
	return span_is(mode, "host") || span_starts(mode, SPAN("ns:"));
}

static bool is_host(const cJSON *object, const char *field)
{
	return is_hosts(json_text(object, field));
}

static bool joins_host_network(const cJSON *networks)
{
	const cJSON *network;

	cJSON_ArrayForEach (network, networks) {
		if (is_host(network, "Target") ||
		    (network->string && strcmp(network->string, "host") == 0))
			return true;
	}
	return false;
}

/* For older versions a daemon with cgroups v1 makes "host" of a missing mode. */
#define API_CGROUPNS 41

/* What the daemon makes of no CgroupnsMode. */
static bool cgroup_default_is_private(struct judge *judge, const struct subject *subject)
{
	const struct policy_object *daemon = require_ask(judge, OBJECT_DAEMON, SPAN("info"));
	unsigned api = judge->request->api;

	if (!daemon)
		return true;
	if (!json_list_has(json_field(daemon->json, "SecurityOptions"), SPAN("name=cgroupns")))
		return false;
	return strcmp(json_string(json_field(daemon->json, "CgroupVersion")), "2") == 0 ||
	       subject->kind == SUBJECT_SERVICE ||
	       (!require_privileged(subject) && (api == 0 || api >= API_CGROUPNS));
}

static bool cgroup_is_private(struct judge *judge, const struct subject *subject)
{
	const char *mode = json_string(json_field(subject->host, "CgroupnsMode"));

	if (*mode || subject->stored)
		return strcmp(mode, "private") == 0;
	return cgroup_default_is_private(judge, subject);
}

/* Whether the mode |field| is the host's, of its own or by way of a container that is joined. */
static bool shares_with_host(struct judge *judge, const cJSON *host, const char *field)
{
	struct span mode;

	return require_mode(judge, host, field, &mode) && (!mode.at || is_hosts(mode));
}

static bool shares_network(struct judge *judge, const struct subject *subject)
{
	return shares_with_host(judge, subject->host, "NetworkMode") ||
	       joins_host_network(subject->network) ||
	       joins_host_network(json_field(subject->spec, "Networks")) ||
	       joins_host_network(json_field(subject->task, "Networks"));
}

bool require_no_host_namespaces(struct judge *judge, const struct subject *subject)
{
	return !shares_network(judge, subject) &&
	       !shares_with_host(judge, subject->host, "PidMode") &&
	       !shares_with_host(judge, subject->host, "IpcMode") &&
	       !is_host(subject->host, "UTSMode") && !is_host(subject->host, "UsernsMode") &&
	       cgroup_is_private(judge, subject);
}

bool require_private_ipc(struct judge *judge, const struct subject *subject)
{
	const char *mode = json_string(json_field(subject->host, "IpcMode"));

	(void)judge;
	return strcmp(mode, "private") == 0 || strcmp(mode, "none") == 0;
}

bool require_private_cgroup(struct judge *judge, const struct subject *subject)
{
	const char *mode = json_string(json_field(subject->host, "CgroupnsMode"));

	if (subject->kind == SUBJECT_SERVICE)
		return cgroup_default_is_private(judge, subject);
	return strcmp(mode, "private") == 0 &&
	       !*json_string(json_field(subject->host, "CgroupParent"));
}

static bool is_default_bridge(struct span name)
{
	return span_is(name, "default") || span_is(name, "bridge");
}

/* A name that is all hexadecimal may be the beginning of the bridge's id. */
static bool may_be_default_bridge(struct judge *judge, struct span name)
{
	if (span_is(name, "podman")) /* its name at Podman */
		return daemon_of(judge, NULL) == DAEMON_OTHER;
	return span_is_hex(name) || is_default_bridge(name);
}

/* NetworkID goes before the name. */
static bool joins_default_bridge(struct judge *judge, struct span name, const cJSON *network)
{
	const char *id = json_string(json_field(network, "NetworkID"));

	return may_be_default_bridge(judge, name) ||
	       (*id && may_be_default_bridge(judge, span_of(id)));
}

/* Whether swarm takes the word |target| for the default bridge, which has an id of its own there.
 */
static bool means_default_bridge(struct judge *judge, struct span target)
{
	if (target.len == 0 || is_default_bridge(target))
		return true;
	if (!network_may_be_id(target))
		return false;
	const struct policy_object *network = require_ask(judge, OBJECT_NETWORK, target);

	return network && is_default_bridge(json_text(network->json, "Name"));
}

/* Tasks without a network are in the default bridge. */
static bool tasks_leave_default_bridge(struct judge *judge, const struct subject *subject)
{
	const cJSON *const lists[] = {
	    json_field(subject->task, "Networks"), json_field(subject->spec, "Networks")};
	const cJSON *network;
	bool has = false;

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		cJSON_ArrayForEach (network, lists[i]) {
			if (means_default_bridge(judge, json_text(network, "Target")))
				return false;
			has = true;
		}
	}
	return has;
}

bool require_no_default_bridge(struct judge *judge, const struct subject *subject)
{
	const cJSON *network;
	struct span mode;

	if (subject->kind == SUBJECT_SERVICE)
		return tasks_leave_default_bridge(judge, subject);
	if (subject->kind == SUBJECT_CONNECT)
		return !joins_default_bridge(judge, subject->name, subject->network);
	cJSON_ArrayForEach (network, subject->network) {
		bool joins = subject->stored
				 ? strcmp(network->string, "bridge") == 0
				 : joins_default_bridge(judge, span_of(network->string), network);

		if (joins)
			return false;
	}
	/* one that joins another container is where that is */
	return !require_mode(judge, subject->host, "NetworkMode", &mode) ||
	       (mode.at && !may_be_default_bridge(judge, mode));
}

bool require_no_devices(struct judge *judge, const struct subject *subject)
{
	const cJSON *reserved = field_at(subject->task, "Resources", "Reservations", NULL);

	(void)judge;
	return !require_privileged(subject) &&
	       json_is_empty(json_field(subject->host, "Devices")) &&
	       json_is_empty(json_field(subject->host, "DeviceRequests")) &&
	       json_is_empty(json_field(subject->host, "DeviceCgroupRules")) &&
	       json_is_empty(json_field(reserved, "GenericResources"));
}

/* ---- ports -------------------------------------------------------------------------------------
 */

typedef bool binding_fn(const cJSON *binding);

/* A port without a binding is published on all addresses: it is asked about as NULL. */
static bool every_port(const cJSON *ports, binding_fn *fits)
{
	const cJSON *port, *binding;

	cJSON_ArrayForEach (port, ports) {
		if (!port->child && !fits(NULL))
			return false;
		cJSON_ArrayForEach (binding, port) {
			if (!fits(binding))
				return false;
		}
	}
	return true;
}

/* The daemon takes what it cannot read for no address at all, and listens on every one. */
static bool is_loopback(const cJSON *binding)
{
	struct span address = json_text(binding, "HostIp");
	struct ip ip;

	return ip_parse(address, &ip) &&
	       (span_is(address, "::1") || span_starts(address, SPAN("127.")));
}

static bool is_unprivileged(const cJSON *binding)
{
	struct span rest, first;
	uint64_t port;

	first = span_cut(json_text(binding, "HostPort"), '-', &rest);
	if (first.len == 0) /* Podman takes "-65456" for a number, and 80 is left of it */
		return !rest.at;
	/* a lone 0 is any free port, but a range from 0 begins with 1 */
	return span_to_uint(first, UINT16_MAX, &port) &&
	       (port >= FIRST_FREE_PORT || (port == 0 && !rest.at));
}

/* A service's ports are open on all addresses, and so is whatever listens in the host's network. */
static const cJSON *service_ports(const struct subject *subject)
{
	return field_at(subject->spec, "EndpointSpec", "Ports", NULL);
}

bool require_loopback_ports(struct judge *judge, const struct subject *subject)
{
	if (shares_network(judge, subject))
		return false;
	if (subject->kind == SUBJECT_SERVICE)
		return json_is_empty(service_ports(subject));
	return !cJSON_IsTrue(json_field(subject->host, "PublishAllPorts")) &&
	       every_port(json_field(subject->host, "PortBindings"), is_loopback);
}

bool require_unprivileged_ports(struct judge *judge, const struct subject *subject)
{
	const cJSON *port;

	if (shares_network(judge, subject))
		return false;
	cJSON_ArrayForEach (port, service_ports(subject)) {
		double published = number_of(port, "PublishedPort");

		if (published > 0 && published < FIRST_FREE_PORT)
			return false;
	}
	return every_port(json_field(subject->host, "PortBindings"), is_unprivileged);
}
