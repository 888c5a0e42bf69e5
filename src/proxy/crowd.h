/* SPDX-License-Identifier: Apache-2.0 */
/* How many connections each peer has, for the limit of connections a peer. */
#ifndef PROXY_CROWD_H
#define PROXY_CROWD_H

#include <sys/queue.h>

#include "base/ip.h"

/* One user of this machine, or one address. */
struct crowd_peer {
	int64_t uid; /* -1: by address */
	struct ip ip;
	unsigned count;
	LIST_ENTRY(crowd_peer) link;
};

LIST_HEAD(crowd, crowd_peer);

/* Counts the peer behind |fd| once more. NULL when memory is out. */
struct crowd_peer *crowd_join(struct crowd *crowd, int fd);

/* Counts it once less; forgets it at 0. NULL is fine. */
void crowd_leave(struct crowd_peer *peer);

#endif
