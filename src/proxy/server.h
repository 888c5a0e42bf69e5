/* SPDX-License-Identifier: Apache-2.0 */
/* All connections of one process, and what they share. */
#ifndef PROXY_SERVER_H
#define PROXY_SERVER_H

#include <sys/queue.h>

#include "audit/record.h"
#include "audit/sink.h"
#include "base/arena.h"
#include "base/buf.h"
#include "config/config.h"
#include "net/pipe.h"

struct conn;
struct exchange;
struct listener;
struct loop;
struct loop_timer;

TAILQ_HEAD(conn_list, conn);

#define SERVER_SCRATCH 65536u /* bytes read in one step */
#define SERVER_STATES 9       /* CONN_STATE_MAX */

/* A way in: a listener with its policy. */
struct door {
	struct server *server;
	struct listener *listener;
	char *name;
	struct policy *policy;
	TAILQ_ENTRY(door) link;
};

struct server {
	struct loop *loop;
	struct limits limits;
	char *upstream;             /* path of the daemon's socket */
	struct audit_sink *audit;
	bool audit_required;
	bool audit_broken;          /* the last line could not be written */
	uint64_t sequence;          /* of the last audit line */
	char run[17];               /* identifies this run in the audit log */
	size_t held;                /* bytes held for inspection by all connections */
	size_t conn_count, conn_most; /* now, and since memory was last given back */
	bool stopping;
	uint64_t stop_at;           /* loop time at which open streams are cut */
	struct loop_timer *tick;    /* looks for connections whose time is up */
	struct conn_list lists[SERVER_STATES];
	TAILQ_HEAD(door_list, door) doors;
	struct exchange *quick;     /* the request being judged, when it came in one piece */
	struct buf out;             /* the head being written */
	struct pipe_pool pipes;
	char scratch[SERVER_SCRATCH];
};

/* Makes a server for |config|; takes over |audit|. NULL when memory is out. */
struct server *server_new(struct loop *loop, const struct config *config, struct audit_sink *audit);

/* Opens a listening socket for each listener of |config|. Returns 0, or -1 with |err|. */
int server_listen(struct server *server, const struct config *config, struct error *err);

/* No new connections; idle ones are closed, the others may end within the grace time; then the loop
 * stops. */
void server_stop(struct server *server);

/* Closes everything. NULL is fine. */
void server_free(struct server *server);

#endif
