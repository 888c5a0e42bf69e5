/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon says of the container that a client runs in. */
#ifndef PROXY_CONTAINER_H
#define PROXY_CONTAINER_H

#include "base/error.h"
#include "base/ip.h"
#include "json/json.h"

/* Texts are borrowed. */
struct container {
	struct span id; /* empty: the client is in none */
	struct span name;
	struct span image;    /* as it was given when the container was made */
	struct span image_id; /* sha256:… */
	const cJSON *labels;
	const cJSON *networks;
	int64_t pid; /* of its first process, in the daemon's numbers; 0 when it does not run */
};

/* Reads the daemon's answer to GET /containers/ID/json. False when it is none. */
MUST_CHECK bool container_read(const cJSON *json, struct container *ret_container);

/* The value of its label |key|. False when it has none. */
bool container_label(const struct container *container, struct span key, struct span *ret_value);

/* True when |ip| is its address on one of its |networks|. */
bool networks_have(const cJSON *networks, const struct ip *ip);

#define NETWORKS_MOST 4u /* that one address may belong to */

/* The ids of the networks of the answer to GET /networks that have |ip| in a subnet, but for those
 * whose gateway it is, which is the host itself. Returns their number, which may be more than fit;
 * -1 when it is no such answer. |*ret_host| says whether the host may have |ip| in all of them: it
 * is where a gateway would be that the network does not name. */
MUST_CHECK int networks_around(const cJSON *json, const struct ip *ip,
    struct span ret_ids[static NETWORKS_MOST], bool *ret_host);

/* True for an address of one link, which no daemon knows the owner of. */
bool is_link_local(const struct ip *ip);

/* How many endpoints of the answer to GET /networks/ID have the address |ip|; |*ret_id| is the id
 * of the container that the last one belongs to. -1 when it is no such answer. */
MUST_CHECK int network_owners(const cJSON *json, const struct ip *ip, struct span *ret_id);

#endif
