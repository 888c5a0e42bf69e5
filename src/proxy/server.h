/* SPDX-License-Identifier: Apache-2.0 */
/* All connections of one worker, and what they share. */
#ifndef PROXY_SERVER_H
#define PROXY_SERVER_H

#include <stdatomic.h>
#include <sys/queue.h>

#include "audit/record.h"
#include "audit/sink.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "config/config.h"
#include "net/pipe.h"
#include "proxy/crowd.h"

struct conn;
struct crew;
struct exchange;
struct facts;
struct ledger;
struct listener;
struct loop;
struct loop_room;
struct loop_timer;
struct mediator_owned;
struct own_container;
struct stats;
struct stats_names;

/* glibc has none: what goes on when |item| leaves the list. */
#ifndef TAILQ_FOREACH_SAFE
#define TAILQ_FOREACH_SAFE(item, head, field, next)                                                \
	for ((item) = TAILQ_FIRST(head); (item) && ((next) = TAILQ_NEXT(item, field), 1);          \
	     (item) = (next))
#endif

TAILQ_HEAD(conn_list, conn);
TAILQ_HEAD(door_list, door);

#define SERVER_SCRATCH 65536u /* bytes read in one step */
#define SERVER_STATES 16      /* CONN_STATE_MAX */

struct door; /* a way in: proxy/door.h */

struct server {
	struct loop *loop;
	struct server *chief; /* of a member of a crew, which shares its ledger and crowd */
	struct server *next;  /* of the chief: its members, in a row */
	struct crew *crew;    /* NULL: it is alone */
	struct limits limits;
	struct ledger *ledger; /* the audit log */
	bool audit_required;
	enum audit_level audit_level;
	struct policy
	    *bare; /* for AUDIT_LEVEL_LEARN, what requests need is told by it; else NULL */
	const struct own_container *own; /* what it runs in; NULL: not looked for */
	struct log_rate strangers; /* lines of the audit log on certificates that were no good */
	struct stats *stats;       /* NULL: nothing is counted */
	struct stats_names *stats_names; /* of the chief, with stats */
	uint64_t reloads[2];             /* of the chief: failed, done */
	_Atomic(struct mediator_owned *)
	    owned;                /* of the chief: builds and their sessions, or NULL */
	struct crowd *crowd;      /* what all connections and each client's have under way */
	atomic_size_t conn_count; /* others may read it */
	unsigned turned_away;     /* connections that were too many and have an answer to read */
	size_t conn_most;         /* since memory was last given back */
	bool stopping;
	void (*drained)(struct server *server); /* when stopping; NULL: stops the loop */
	uint64_t stop_at;                       /* loop time at which open streams are cut */
	void (*left)(void *arg);                /* of server_serve(), or NULL */
	void *left_arg;
	struct ip caller;        /* of server_serve(), for the audit log alone */
	struct loop_timer *tick; /* looks for connections whose time is up */
	struct conn_list lists[SERVER_STATES];
	struct door_list doors;
	struct exchange *exchange; /* the request at hand, until it has to wait */
	struct buf out;            /* the head being written */
	struct buf body;           /* of an answer, being written anew */
	struct http_memo memo;     /* of the daemons' answers */
	struct pipe_pool pipes;
	struct loop_room *audit_room; /* the audit log waits for its reader, or NULL */
	char scratch[SERVER_SCRATCH];
};

/* Makes a server without a listener; takes over |audit|. NULL when memory is out. */
struct server *server_new(struct loop *loop, const struct config *config, struct audit_sink *audit);

/* One more, for what comes in by the listeners of |chief|, which must live longer. NULL when memory
 * is out. */
struct server *server_new_member(
    struct server *chief, struct loop *loop, const struct config *config);

/* How many connections it has. From any thread. */
static inline size_t server_conn_count(const struct server *server)
{
	return atomic_load_explicit(&server->conn_count, memory_order_relaxed);
}

/* Makes |config|, with its |facts|, the one in force: listeners, policies, limits, upstream, audit.
 * Sockets that stay as they are stay open; new ones open before old ones close; what is under way
 * goes on, and what is not judged yet is judged by the new policy of its socket. Takes over |audit|
 * in place of the old one unless it is NULL. With a crew, it holds for all of them, who must rest.
 * Returns 0, or -1 with |err|, and then nothing has changed. */
MUST_CHECK int server_apply(struct server *server, const struct config *config,
    const struct facts *facts, struct audit_sink *audit, struct error *err);

/* A client that comes by no listener. */
struct single_client {
	struct policy *policy;
	const struct config_upstream *upstream;
	void (*left)(void *arg); /* called when it has gone, in place of stopping the loop */
	void *arg;
	struct ip caller; /* where it connects from, as far as somebody says so; decides nothing */
};

/* Serves |client| at |fd|, a non-blocking unix socket that it takes over. Logs know it as "stdio".
 * Returns 0 or -1 with |err|. */
MUST_CHECK int server_serve(
    struct server *server, const struct single_client *client, int fd, struct error *err);

/* Whose builds and sessions there are. NULL when memory is out. */
struct mediator_owned *server_owned(struct server *server);

/* Lets what waits in the audit log go on as soon as its reader takes it. */
void server_watch_audit(struct server *server);

/* Tells the audit log what became of sockwarden itself. */
void server_note(struct server *server, const char *event, const char *message);

/* No new connections; idle ones are closed, the others may end within the grace time; then the loop
 * stops. A second call ends them at once. */
void server_stop(struct server *server);

/* Closes everything. NULL is fine. */
void server_free(struct server *server);

#endif
