/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a client, where policies have owners that depend on it. */
#include <stdio.h>

#include "net/peer.h"
#include "proxy/caller.h"
#include "proxy/conn.h"
#include "proxy/exchange.h"

#define UID_ROOM 24

/* The name in the certificate, when there is one. */
static struct span common_name(const struct peer *peer)
{
	struct span name = {NULL, 0};
	unsigned count = 0;

	for (size_t i = 0; i < peer->name_count; i++) {
		if (peer->names[i].kind != PEER_CN)
			continue;
		name = span_of(peer->names[i].text);
		count++;
	}
	return count == 1 ? name : (struct span){NULL, 0};
}

static bool keep(struct trial *trial, struct span text, struct span *ret_kept)
{
	const char *copy = arena_copy(&trial->arena, text);

	*ret_kept = (struct span){copy, copy ? text.len : 0};
	return copy != NULL;
}

bool exchange_tell_client(struct conn *conn, struct trial *trial, struct policy_client *ret_client)
{
	const struct policy *policy = conn_policy(conn);
	const char *container = caller_container_id(conn);
	char uid[UID_ROOM] = "";
	struct peer peer;

	*ret_client = (struct policy_client){.container = span_of(container ? container : "")};
	if (!policy_owner_varies(policy) || peer_read(&peer, &conn->client) < 0)
		return true;
	if (peer.uid >= 0)
		(void)snprintf(uid, sizeof(uid), "%lld", (long long)peer.uid);
	bool kept = keep(trial, span_of(uid), &ret_client->uid) &&
		    keep(trial, common_name(&peer), &ret_client->cn);

	peer_free(&peer);
	return kept;
}
