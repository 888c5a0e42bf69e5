/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/container.h"

#define BYTE_BITS 8u

static int64_t number_of(const cJSON *object, const char *name)
{
	const cJSON *number = json_field(object, name);

	return cJSON_IsNumber(number) && number->valuedouble > 0 &&
		       number->valuedouble < (double)INT32_MAX
		   ? (int64_t)number->valuedouble
		   : 0;
}

bool container_read(const cJSON *json, struct container *ret_container)
{
	const cJSON *config = json_field(json, "Config"), *state = json_field(json, "State");
	struct container container = {
	    .id = json_text(json, "Id"),
	    .name = json_text(json, "Name"),
	    .image = json_text(config, "Image"),
	    .image_id = json_text(json, "Image"),
	    .labels = json_field(config, "Labels"),
	    .networks = json_field(json_field(json, "NetworkSettings"), "Networks"),
	};

	if (cJSON_IsTrue(json_field(state, "Running")))
		container.pid = number_of(state, "Pid");
	if (container.name.len > 0 && container.name.at[0] == '/') {
		container.name.at++;
		container.name.len--;
	}
	if (container.id.len == 0 || container.name.len == 0)
		return false;
	*ret_container = container;
	return true;
}

bool container_label(const struct container *container, struct span key, struct span *ret_value)
{
	const cJSON *label;

	cJSON_ArrayForEach (label, container->labels) {
		if (!label->string || !span_equal(span_of(label->string), key))
			continue;
		*ret_value = span_of(json_string(label));
		return cJSON_IsString(label);
	}
	return false;
}

static bool is_address(const cJSON *network, const char *name, const struct ip *ip)
{
	struct ip own;

	return ip_parse(json_text(network, name), &own) && ip_equal(&own, ip);
}

bool networks_have(const cJSON *networks, const struct ip *ip)
{
	const cJSON *network;

	cJSON_ArrayForEach (network, networks) {
		if (is_address(network, "IPAddress", ip) ||
		    is_address(network, "GlobalIPv6Address", ip))
			return true;
	}
	return false;
}

/* Subnets are as whoever made the network wrote them, also with bits behind the prefix. */
static bool read_subnet(struct span text, struct ip_range *ret_range)
{
	struct span bits, address = span_cut(text, '/', &bits);
	struct ip_range range = {.bits = 0};
	uint64_t count;

	if (!ip_parse(address, &range.ip) || !span_to_uint(bits, range.ip.len * BYTE_BITS, &count))
		return false;
	range.bits = (unsigned)count;
	range.ip = ip_prefix(&range.ip, range.bits);
	*ret_range = range;
	return true;
}

/* Whose an address can be in a network. */
enum holder {
	HOLDER_NOBODY, /* it is not of that network, or it is the gateway: the host */
	HOLDER_EITHER, /* the host's, where a network that names no gateway may have one; or a
			* container's, where it has none */
	HOLDER_CONTAINER,
};

static enum holder holder_in(const cJSON *part, const struct ip_range *subnet, const struct ip *ip)
{
	struct ip gateway, first = subnet->ip;

	if (ip_parse(json_text(part, "Gateway"), &gateway))
		return ip_equal(ip, &gateway) ? HOLDER_NOBODY : HOLDER_CONTAINER;
	first.bytes[first.len - 1] |= 1;
	return ip_equal(ip, &first) ? HOLDER_EITHER : HOLDER_CONTAINER;
}

static enum holder holder_of(const cJSON *network, const struct ip *ip)
{
	const cJSON *part;
	struct ip_range subnet;

	cJSON_ArrayForEach (part, json_field(json_field(network, "IPAM"), "Config")) {
		if (read_subnet(json_text(part, "Subnet"), &subnet) && ip_in_range(ip, &subnet))
			return holder_in(part, &subnet, ip);
	}
	return HOLDER_NOBODY;
}

int networks_around(const cJSON *json, const struct ip *ip,
    struct span ret_ids[static NETWORKS_MOST], bool *ret_host)
{
	const cJSON *network;
	unsigned count = 0;

	if (!cJSON_IsArray(json))
		return -1;
	*ret_host = true;
	cJSON_ArrayForEach (network, json) {
		enum holder holder = holder_of(network, ip);

		if (holder == HOLDER_NOBODY)
			continue;
		*ret_host &= holder == HOLDER_EITHER;
		if (count < NETWORKS_MOST)
			ret_ids[count] = json_text(network, "Id");
		count++;
	}
	return (int)count;
}

bool is_link_local(const struct ip *ip)
{
	static const struct ip_range v4 = {{{169, 254}, IP_V4_BYTES}, 16},
				     v6 = {{{0xfe, 0x80}, IP_V6_BYTES}, 10};

	return ip_in_range(ip, &v4) || ip_in_range(ip, &v6);
}

/* Addresses of endpoints have the length of their network's prefix behind them. */
static bool is_endpoint(const cJSON *endpoint, const char *name, const struct ip *ip)
{
	struct ip own;
	struct span bits;

	return ip_parse(span_cut(json_text(endpoint, name), '/', &bits), &own) &&
	       ip_equal(&own, ip);
}

int network_owners(const cJSON *json, const struct ip *ip, struct span *ret_id)
{
	const cJSON *endpoint;
	int count = 0;

	if (!cJSON_IsObject(json))
		return -1;
	cJSON_ArrayForEach (endpoint, json_field(json, "Containers")) {
		if (!is_endpoint(endpoint, "IPv4Address", ip) &&
		    !is_endpoint(endpoint, "IPv6Address", ip))
			continue;
		*ret_id = span_of(endpoint->string);
		count++;
	}
	return count;
}
