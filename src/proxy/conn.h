/* SPDX-License-Identifier: Apache-2.0 */
/* One client connection and its connection to the daemon. This header is for the proxy room alone;
 * others use proxy/server.h. */
#ifndef PROXY_CONN_H
#define PROXY_CONN_H

#include <sys/queue.h>

#include "base/error.h"
#include "base/log.h"
#include "docker/docker.h"
#include "http/http.h"
#include "net/io.h"
#include "net/loop.h"
#include "proxy/crowd.h"
#include "proxy/door.h"
#include "proxy/pending.h"
#include "proxy/server.h"

struct caller;
struct container;
struct coupled;
struct exchange;
struct redaction;

/* The life of a connection. Each state has a list in the server, one time limit, and legal moves:
 * the table in conn.c. */
enum conn_state {
	CONN_IDLE,     /* between two requests */
	CONN_GREET,    /* shaking hands, before the first */
	CONN_CALLER,   /* a head is there; finding out which container the client is in */
	CONN_HEAD,     /* a part of a head has come */
	CONN_BODY,     /* reading a body that is inspected */
	CONN_ADVICE,   /* the same, though the head is refused: to tell all that is missing */
	CONN_LOOKUP,   /* asking the daemon what exists, before the judgement */
	CONN_CONNECT,  /* the daemon's queue is full: dialling again soon */
	CONN_EXCHANGE, /* a permitted request under way */
	CONN_ANSWER,   /* the same, sent whole; the daemon has yet to begin its answer */
	CONN_TRAIL,    /* the same, answered already; the rest of its body is on its way */
	CONN_TUNNEL,   /* raw bytes both ways, after a permitted upgrade */
	CONN_SKIP,     /* refused; the rest of its body is thrown away, then IDLE */
	CONN_DRAIN,    /* the client has yet to take the last answer; then LINGER */
	CONN_LINGER,   /* the last answer is sent: time to read it; then CLOSED */
	CONN_CLOSED,   /* freed at the end of this turn */
	CONN_STATE_MAX
};

/* How far the request of a CONN_EXCHANGE has been sent on. */
enum request_phase { REQUEST_DONE, REQUEST_LENGTH, REQUEST_CHUNKED };

/* How far its response has been relayed. */
enum response_phase {
	RESPONSE_HEAD,
	RESPONSE_LENGTH,
	RESPONSE_CHUNKED,
	RESPONSE_CLOSE, /* until the daemon closes */
	RESPONSE_DONE,
};

struct conn {
	struct io client, upstream;
	struct loop_task task;  /* goes on, or frees, at the end of the turn */
	TAILQ_ENTRY(conn) link; /* in the list of its state */
	struct door *door;
	struct policy *policy;   /* as of |generation|: conn_policy() */
	struct upstream *daemon; /* that |upstream| is, or was last, connected to */
	char *identity;          /* who the client is, where that was asked for */
	struct caller *caller;   /* its container, where that is asked for, else NULL */
	uint64_t since;          /* loop time of the last move into |state| */
	struct pending *in;      /* client bytes not yet used */
	struct pending *to_upstream;
	struct pending *to_client;
	struct pending *reply;        /* a part of a response head */
	struct crowd_seat seat;       /* what is counted of it */
	struct exchange *exchange;    /* the request whose body is awaited */
	struct coupled *coupled;      /* in the place of a tunnel's raw bytes: coupled.h */
	struct redaction *redaction;  /* where the policy hides values, else NULL: redaction.h */
	struct http_chunks *upload;   /* while a chunked body is sent on */
	struct http_chunks *download; /* in the middle of a chunk of the response */
	uint64_t request_left;        /* of REQUEST_LENGTH and CONN_SKIP; of REQUEST_CHUNKED: of the
				       * data that the daemon was announced and that is not here yet */
	uint64_t response_left;
	uint32_t scanned;    /* of the head in |in| */
	uint32_t generation; /* of the door's terms that |policy| comes from */
	uint32_t in_held;    /* bytes of |in| in its seat */
	size_t out_held;     /* bytes of |to_upstream| there */
	enum conn_state state : 8;
	enum request_phase request : 8;
	enum response_phase response : 8;
	enum method method : 8; /* of the request under way */
	unsigned traits : 16;   /* of its operation */
	unsigned attempt : 8;   /* of dialling */
	bool minor : 1;         /* its HTTP/1.x */
	bool in_tried : 1;      /* |in| was looked at and is not enough */
	bool may_upgrade : 1;   /* its Upgrade header was sent on */
	bool keep_alive : 1;    /* the client stays after this exchange */
	bool daemon_stays : 1;  /* and so does the daemon */
	bool dialling : 1;      /* |upstream| is open, and not connected yet */
	bool fresh : 1;         /* the first request on this upstream connection */
	bool bulk_up : 1;       /* the last reads of this direction were large: splice */
	bool bulk_down : 1;
	bool chunk_open : 1;  /* the daemon has not been sent the line end of its last chunk */
	bool answered : 1;    /* a byte of the response reached the client */
	bool wait_at_end : 1; /* at LINGER the client may still be sending */
	bool turned_away : 1; /* it is one connection too many, counts for nobody, and is leaving */
	bool cut : 1;         /* the answer is not whole: its end must not look like one */
	enum crowd_limit surplus : 8; /* it is one connection too many of its client's */
};

/* Takes over a client that came in by a door (|arg|). */
void conn_accept(void *arg, int fd);

/* Moves |conn| into |state|: the only place that writes it. */
void conn_enter(struct conn *conn, enum conn_state state);

const char *conn_state_name(enum conn_state state);

/* True when the table has the move. */
bool conn_may_move(enum conn_state from, enum conn_state to);

/* Does what can be done now. Called for each event. */
void conn_pump(struct conn *conn);

/* Closes both ends at once; the memory goes at the end of the turn. */
void conn_close(struct conn *conn);

/* Nothing more will be written to the client: closes once all is sent, giving it a little time to
 * read (and to stop sending), so that our last answer is not lost to a reset. */
void conn_finish(struct conn *conn);

/* The same after an answer that the daemon broke off: the client gets what there is of it, and can
 * tell that there was to be more. By its length or its chunks it can, and loses nothing of earlier
 * answers; else its connection is reset, by TLS too: Go takes a FIN without close_notify for an
 * end. */
void conn_cut(struct conn *conn);

/* True when the end of the connection alone tells the client that its answer is over. */
bool conn_ends_answer(const struct conn *conn);

/* Counts what waits for the daemon. */
enum crowd_limit conn_count_waiting(struct conn *conn);

/* Closes the daemon's end. What still waits for it goes along: it is of no use to another one,
 * which could take a body's bytes for a request. */
void conn_leave_daemon(struct conn *conn);

/* When the exchange is over in both directions: waits for the next request, or finishes. Returns
 * false when it is not over. */
bool conn_end_exchange(struct conn *conn);

static inline struct server *conn_server(const struct conn *conn)
{
	return conn->door->server;
}

/* Its request, if any, has no place among those under way any more. Before the client can know that
 * it has ended: another worker may have its next one at once. */
static inline void conn_give_place(struct conn *conn)
{
	if (conn->seat.busy)
		crowd_end(conn_server(conn)->crowd, &conn->seat);
}

/* Finds out who the client is, and by which policy the door judges it. |container| is the one that
 * it runs in, or NULL. Returns false when that one must be known first: nothing is permitted until
 * then. */
bool conn_identify_by(struct conn *conn, const struct container *container);

/* The same where nobody can be asked any more. */
void conn_identify(struct conn *conn);

/* The policy that judges it, of the door's terms of this moment; NULL: nothing is permitted. */
static inline struct policy *conn_policy(struct conn *conn)
{
	if (conn->generation != conn->door->generation)
		conn_identify(conn);
	return conn->policy;
}

/* True when no request is taken after the one under way: its listener is closed. */
static inline bool conn_must_end(const struct conn *conn)
{
	return !conn->door->open && (!conn->door->single || conn_server(conn)->stopping);
}

/* ---- steps: each does a bounded piece of work and says whether it got anywhere
 * --------------------- */

/* GREET */
bool greet_step(struct conn *conn);

/* IDLE, HEAD: reads, and judges each head that is complete. */
bool request_step(struct conn *conn);

/* BODY: reads the body that is inspected. */
bool inspect_step(struct conn *conn);
/* Refuses a request whose body did not come in time, as its head is decided. */
void inspect_time_is_up(struct conn *conn);

/* LOOKUP: asks, and reads what the daemon says. */
bool lookup_step(struct conn *conn);

/* CONNECT: dials again. */
bool connect_step(struct conn *conn);

/* EXCHANGE: sends the request's body on; passes the client's half-close on. */
bool upload_step(struct conn *conn);

/* EXCHANGE: relays the response. */
bool response_step(struct conn *conn);

/* TUNNEL */
bool tunnel_step(struct conn *conn);

/* SKIP, DRAIN, LINGER */
bool skip_step(struct conn *conn);
bool drain_step(struct conn *conn);
bool linger_step(struct conn *conn);

/* ---- the daemon's end
 * ----------------------------------------------------------------------------- */

enum dial { DIAL_DONE, DIAL_LATER, DIAL_FAILED };

/* The next connection to be opened is to the daemon of the policy that judges the client now. */
void conn_aim(struct conn *conn);

/* Opens the connection to the daemon. DIAL_LATER: its queue is full. DIAL_FAILED: the client was
 * told. */
MUST_CHECK enum dial conn_dial(struct conn *conn);

/* ---- shared ------------------------------------------------------------------------------ */

/* More of what the client sent: what waits in |in|, with what can be read now. An empty span when
 * there is nothing new (`*ret_end` tells whether there will never be). Must be followed by
 * conn_used(). */
struct span conn_input(struct conn *conn, bool *ret_end);

/* The same, of which no more than |most| bytes are read now, up to SERVER_SCRATCH. */
struct span conn_input_most(struct conn *conn, size_t most, bool *ret_end);

/* |used| bytes of that span are dealt with; the rest is kept. |tried|: the rest is not enough by
 * itself. */
void conn_used(struct conn *conn, struct span input, size_t used, bool tried);

/* Sends to one end; false when that failed: then the connection is closed, or the upload stopped.
 */
bool conn_to_client(struct conn *conn, const struct iovec *parts, int count);
bool conn_to_upstream(struct conn *conn, const struct iovec *parts, int count);

/* The daemon takes no more of the request. It may still have answered: that is read before giving
 * up. */
void conn_stop_upload(struct conn *conn);

/* From here on bytes are spliced rather than copied. */
/* Traits of operations whose answer may take any time. */
#define CONN_MAY_TAKE_LONG (TRAIT_STREAM | TRAIT_HIJACK | TRAIT_H2C | TRAIT_WEBSOCKET | TRAIT_SLOW)

#define CONN_BULK 32768u
#define CONN_SPLICE_MOST (1u << 20)
#define CONN_SPLICE_LEAST 8192u
#define CONN_CHUNK_HEAD 128u /* read between two chunks that are spliced */

/* True when both ends carry the bytes themselves. */
bool conn_can_splice(const struct conn *conn);

/* Closes a connection to the daemon that has ended between two requests. */
void upstream_drop_stale(struct conn *conn);

/* "listener NAME: client WHO", for the log. */
#define CONN_LABEL_MAX 384u
const char *conn_label(const struct conn *conn, char text[static CONN_LABEL_MAX]);

/* A line of the log that clients or a daemon in trouble can cause: sparsely, with whose it is. */
#define CONN_LOG(conn, level, format, ...)                                                         \
	do {                                                                                       \
		static struct log_rate rate;                                                       \
		char label[CONN_LABEL_MAX];                                                        \
		log_sparsely(&rate, loop_now(conn_server(conn)->loop), level, "proxy",             \
		    "%s: " format, conn_label(conn, label), ##__VA_ARGS__);                        \
	} while (0)

/* An iovec of borrowed bytes. */
struct iovec conn_part(struct span bytes);

#endif
