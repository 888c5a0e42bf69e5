/* SPDX-License-Identifier: Apache-2.0 */
/* The ways in. A door is a place to listen with the terms for whoever comes by it; it outlives its
 * listener while connections are left. */
#ifndef PROXY_DOOR_H
#define PROXY_DOOR_H

#include "base/error.h"
#include "net/unix_socket.h"
#include "proxy/server.h"

struct facts;
struct identity_rules;
struct tls_context;
struct upstream;

/* What is said once for a door in its log, by bit. */
enum door_told {
	DOOR_TOLD_UNSEEN = 1,    /* clients have no process number here */
	DOOR_TOLD_HIDDEN = 2,    /* /proc does not show them */
	DOOR_TOLD_ELSEWHERE = 4, /* they are not where the daemon says */
};

/* Where requests go that |policy| permits. */
struct door_route {
	struct policy *policy;
	struct upstream *upstream;
};

/* What a reload may change. */
struct door_terms {
	char *name;
	char *rights;          /* of its socket, as the configuration has them, in one text */
	struct policy *policy; /* for whom no rule fits; NULL: they are denied */
	struct identity_rules *rules; /* NULL: none */
	struct tls_context *tls;      /* NULL: none is spoken */
	struct upstream *upstream;
	struct door_route *routes; /* of policies with another one */
	size_t route_count;
};

struct door {
	struct server *server;
	struct listener *listener; /* NULL: closed, or the chief's is open */
	bool open;                 /* connections come in by it */
	char *place; /* unix:/path, host and port, or fd:name: no two doors have the same */
	char *path;  /* of a unix socket, else NULL */
	struct unix_file file; /* that our socket there is */
	struct door_terms terms;
	uint32_t generation; /* of the terms, from 1 on */
	size_t conns;
	unsigned told; /* enum door_told */
	bool moved;    /* an upstream may be another now */
	bool removed;  /* from the server's list: freed with its last connection */
	bool single;   /* never had a listener: its one client was given to it */
	TAILQ_ENTRY(door) link;
};

/* What is to become of the doors: prepared, then done or dropped. */
struct door_plan {
	struct door *door; /* of the server, or a new one */
	bool is_new;
	struct door_terms terms;   /* what the door gets */
	struct listener *listener; /* of a new socket; NULL: the door's own stays */
	struct unix_socket socket; /* that one, when it is a unix socket */
	bool published;
	TAILQ_ENTRY(door_plan) link;
};

TAILQ_HEAD(door_plans, door_plan);

/* Prepares what |config| needs, sockets included. Looks nothing up: |facts| has it all. Returns 0,
 * or -1 with |err|. */
MUST_CHECK int door_plans_make(struct door_plans *plans, struct server *server,
    const struct config *config, const struct facts *facts, struct error *err);

/* Makes what |listener| needs (its socket, certificates, users of client lines, upstreams) and
 * gives it up again. A socket of the service manager is left out, and an address that is in use
 * passes: that may be by the daemon that runs with this configuration. Returns 0, or -1 with |err|.
 */
MUST_CHECK int door_try(
    const struct config *config, const struct config_listener *listener, struct error *err);

/* Moves new sockets to their paths. Returns 0; or -1 with |err|, with those that were new removed.
 */
MUST_CHECK int door_plans_publish(struct door_plans *plans, struct error *err);

/* Does the rest, which cannot fail: doors of no plan are closed and judge by |closed| from now on.
 */
void door_plans_carry_out(struct door_plans *plans, struct server *server, struct policy *closed);

/* Ends plans, done or not. */
void door_plans_end(struct door_plans *plans);

/* The door at this place, or NULL. */
struct door *door_at(const struct server *server, const char *place);

/* Where requests go that |policy| permits. */
struct upstream *door_upstream(const struct door *door, const struct policy *policy);

/* No new connections by this door; its socket is removed. */
void door_close(struct door *door);

/* A connection by |door| has ended. */
void door_left(struct door *door);

/* Closes all doors of |server|, which has no connections any more. */
void doors_free(struct server *server);

#endif
