/* SPDX-License-Identifier: Apache-2.0 */
/* The container that has the client's address: networks know it before the container is listed. */
#include "proxy/caller_parts.h"

/* An address of a network of containers that is no container's: not to be let pass as the address
 * of somebody else. */
static void settle_owner(struct conn *conn)
{
	const struct finding *finding = conn->caller->finding;

	if (finding->owners > 1)
		caller_doubt(conn, 403, "%u containers have the client's address", finding->owners);
	else if (finding->owners == 1)
		caller_ask_for(conn, SUBJECT_CONTAINER, &finding->owner);
	else if (finding->may_be_host)
		caller_found_none(conn);
	else
		caller_doubt(conn, 503,
		    "the client has an address of a Docker network, but no container is known to "
		    "have it");
}

static void ask_next_network(struct conn *conn)
{
	struct finding *finding = conn->caller->finding;

	if (finding->at < finding->count)
		caller_ask_for(conn, SUBJECT_NETWORK, &finding->candidates[finding->at++]);
	else
		settle_owner(conn);
}

void caller_take_networks(struct conn *conn, const cJSON *json)
{
	struct finding *finding = conn->caller->finding;
	struct span ids[NETWORKS_MOST];
	int count = networks_around(json, &finding->ip, ids, &finding->may_be_host);

	if (count == 0) {
		caller_found_none(conn);
		return;
	}
	if (count > 0 && count <= (int)NETWORKS_MOST)
		caller_add_candidates(finding, ids, (unsigned)count);
	if (count > 0 && finding->count == (unsigned)count)
		ask_next_network(conn);
	else
		caller_doubt(conn, 502, "the daemon's networks cannot be understood");
}

void caller_take_network(struct conn *conn, const cJSON *json)
{
	struct finding *finding = conn->caller->finding;
	struct span id = {NULL, 0};
	int count = network_owners(json, &finding->ip, &id);

	if (count < 0 || (count > 0 && !caller_id_copy(&finding->owner, id))) {
		caller_doubt(conn, 502, "who has the client's address cannot be understood");
		return;
	}
	finding->owners += (unsigned)count;
	ask_next_network(conn);
}
