/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/crowd.h"

#include <stdlib.h>

#include "net/peer.h"

static struct crowd_peer *find(const struct crowd *crowd, const struct peer *peer)
{
	struct crowd_peer *known;

	LIST_FOREACH(known, crowd, link) {
		if (known->uid == peer->uid && (peer->uid >= 0 || ip_equal(&known->ip, &peer->ip)))
			return known;
	}
	return NULL;
}

struct crowd_peer *crowd_join(struct crowd *crowd, int fd)
{
	struct peer peer = peer_glance(fd);
	struct crowd_peer *known = find(crowd, &peer);

	if (!known) {
		known = calloc(1, sizeof(*known));
		if (!known)
			return NULL;
		known->uid = peer.uid;
		known->ip = peer.ip;
		LIST_INSERT_HEAD(crowd, known, link);
	}
	known->count++;
	return known;
}

void crowd_leave(struct crowd_peer *peer)
{
	if (!peer || --peer->count > 0)
		return;
	LIST_REMOVE(peer, link);
	free(peer);
}
