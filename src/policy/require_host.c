/* SPDX-License-Identifier: Apache-2.0 */
/* Requirements on what a container shares with its host. */
#include "base/ip.h"
#include "json/json.h"
#include "policy/require.h"

#define HEX_DIGITS "0123456789abcdef"
#define FIRST_FREE_PORT 1024 /* below it only root may listen */

/* ---- namespaces --------------------------------------------------------------------------------
 */

static bool is_host(const cJSON *object, const char *field)
{
	return strcmp(json_string(json_field(object, field)), "host") == 0;
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

bool require_no_host_namespaces(const struct policy *policy, const struct subject *subject)
{
	static const char *const modes[] = {
	    "NetworkMode", "PidMode", "IpcMode", "UTSMode", "UsernsMode", "CgroupnsMode"};

	(void)policy;
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		bool filled = subject->stored && strcmp(modes[i], "CgroupnsMode") == 0;

		if (!filled && is_host(subject->host, modes[i]))
			return false;
	}
	return !joins_host_network(subject->network) &&
	       !joins_host_network(json_field(subject->spec, "Networks")) &&
	       !joins_host_network(json_field(subject->task, "Networks"));
}

bool require_private_ipc(const struct policy *policy, const struct subject *subject)
{
	const char *mode = json_string(json_field(subject->host, "IpcMode"));

	(void)policy;
	return strcmp(mode, "private") == 0 || strcmp(mode, "none") == 0;
}

bool require_private_cgroup(const struct policy *policy, const struct subject *subject)
{
	const char *mode = json_string(json_field(subject->host, "CgroupnsMode"));

	(void)policy;
	return strcmp(mode, "private") == 0 &&
	       !*json_string(json_field(subject->host, "CgroupParent"));
}

/* A name that is all hexadecimal may be the beginning of the bridge's id. */
static bool may_be_default_bridge(struct span name)
{
	size_t digits = 0;

	while (digits < name.len && memchr(HEX_DIGITS, name.at[digits], sizeof(HEX_DIGITS) - 1))
		digits++;
	return digits == name.len || span_is(name, "default") || span_is(name, "bridge");
}

/* NetworkID goes before the name. */
static bool joins_default_bridge(struct span name, const cJSON *network)
{
	const char *id = json_string(json_field(network, "NetworkID"));

	return may_be_default_bridge(name) || (*id && may_be_default_bridge(span_of(id)));
}

bool require_no_default_bridge(const struct policy *policy, const struct subject *subject)
{
	const cJSON *network;

	(void)policy;
	if (subject->kind == SUBJECT_CONNECT)
		return !joins_default_bridge(subject->name, subject->network);
	cJSON_ArrayForEach (network, subject->network) {
		bool joins = subject->stored
				 ? strcmp(network->string, "bridge") == 0
				 : joins_default_bridge(span_of(network->string), network);

		if (joins)
			return false;
	}
	return !may_be_default_bridge(
	    span_of(json_string(json_field(subject->host, "NetworkMode"))));
}

bool require_no_devices(const struct policy *policy, const struct subject *subject)
{
	const cJSON *reserved = field_at(subject->task, "Resources", "Reservations", NULL);

	(void)policy;
	return json_is_empty(json_field(subject->host, "Devices")) &&
	       json_is_empty(json_field(subject->host, "DeviceRequests")) &&
	       json_is_empty(json_field(subject->host, "DeviceCgroupRules")) &&
	       json_is_empty(json_field(reserved, "GenericResources"));
}

/* ---- mounts ------------------------------------------------------------------------------------
 */

/* Calls |fits| for each host path that is mounted, with the propagation as text. */
typedef bool mount_fn(struct span path, struct span propagation);

static const cJSON *mounts_of(const struct subject *subject)
{
	return json_field(
	    subject->kind == SUBJECT_SERVICE ? subject->config : subject->host, "Mounts");
}

struct option_paths {
	mount_fn *fits;
	struct span flags; /* where its propagation stands */
	bool fit;
};

static void fit_option(void *context, const char *key, const struct bind_need *need)
{
	struct option_paths *paths = context;

	(void)key;
	paths->fit = paths->fit && paths->fits(need->path, paths->flags);
}

/* The host paths that the options of a volume name. */
static bool every_option(const cJSON *options, mount_fn *fits)
{
	struct option_paths paths = {
	    .fits = fits,
	    .flags = span_of(json_string(cJSON_GetObjectItemCaseSensitive(options, "o"))),
	    .fit = true,
	};

	volume_options_each_path(options, fit_option, &paths);
	return paths.fit;
}

static bool mount_fits(const cJSON *mount, mount_fn *fits)
{
	const cJSON *spread = field_at(mount, "BindOptions", "Propagation", NULL);

	if (strcmp(json_string(json_field(mount, "Type")), "bind") == 0)
		return fits(span_of(json_string(json_field(mount, "Source"))),
		    span_of(json_string(spread)));
	return every_option(field_at(mount, "VolumeOptions", "DriverConfig", "Options"), fits);
}

static bool every_mount(const struct subject *subject, mount_fn *fits)
{
	const cJSON *mount;

	if (subject->kind == SUBJECT_VOLUME)
		return every_option(json_field(subject->config, "DriverOpts"), fits);
	cJSON_ArrayForEach (mount, mounts_of(subject)) {
		if (!mount_fits(mount, fits))
			return false;
	}
	return true;
}

static bool every_bind(const struct subject *subject, mount_fn *fits)
{
	const cJSON *bind;

	cJSON_ArrayForEach (bind, json_field(subject->host, "Binds")) {
		struct span rest, mode, source = span_cut(span_of(json_string(bind)), ':', &rest);

		(void)span_cut(rest, ':', &mode);
		if (!rest.at || source.len == 0 || source.at[0] != '/')
			continue;
		if (!fits(source, mode))
			return false;
	}
	return true;
}

static bool is_not_sensitive(struct span path, struct span propagation)
{
	(void)propagation;
	return path_is_clean(path) && !bind_sensitive(path).at;
}

static bool is_not_shared(struct span path, struct span words)
{
	(void)path;
	if (has_template(words))
		return false;
	while (words.at) {
		struct span word = span_cut(words, ',', &words);

		if (span_is(word, "shared") || span_is(word, "rshared"))
			return false;
	}
	return true;
}

bool require_no_sensitive_binds(const struct policy *policy, const struct subject *subject)
{
	(void)policy;
	return every_mount(subject, is_not_sensitive) && every_bind(subject, is_not_sensitive);
}

bool require_no_shared_propagation(const struct policy *policy, const struct subject *subject)
{
	(void)policy;
	return every_mount(subject, is_not_shared) && every_bind(subject, is_not_shared);
}

/* Asked where a bind is granted, with the mounts of the host. */
bool require_nosuid_binds(const struct policy *policy, const struct subject *subject)
{
	(void)policy;
	(void)subject;
	return true;
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
	struct span address = span_of(json_string(json_field(binding, "HostIp")));
	struct ip ip;

	return ip_parse(address, &ip) &&
	       (span_is(address, "::1") || span_starts(address, SPAN("127.")));
}

static bool is_unprivileged(const cJSON *binding)
{
	struct span rest, first;
	uint64_t port;

	first = span_cut(span_of(json_string(json_field(binding, "HostPort"))), '-', &rest);
	if (first.len == 0)
		return true;
	/* a lone 0 is any free port, but a range from 0 begins with 1 */
	return span_to_uint(first, UINT16_MAX, &port) &&
	       (port >= FIRST_FREE_PORT || (port == 0 && !rest.at));
}

/* A service's ports are open on all addresses. */
static const cJSON *service_ports(const struct subject *subject)
{
	return field_at(subject->spec, "EndpointSpec", "Ports", NULL);
}

bool require_loopback_ports(const struct policy *policy, const struct subject *subject)
{
	(void)policy;
	if (subject->kind == SUBJECT_SERVICE)
		return json_is_empty(service_ports(subject));
	return !cJSON_IsTrue(json_field(subject->host, "PublishAllPorts")) &&
	       every_port(json_field(subject->host, "PortBindings"), is_loopback);
}

bool require_unprivileged_ports(const struct policy *policy, const struct subject *subject)
{
	const cJSON *port;

	(void)policy;
	cJSON_ArrayForEach (port, service_ports(subject)) {
		double published = number_of(port, "PublishedPort");

		if (published > 0 && published < FIRST_FREE_PORT)
			return false;
	}
	return every_port(json_field(subject->host, "PortBindings"), is_unprivileged);
}
