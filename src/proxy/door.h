/* SPDX-License-Identifier: Apache-2.0 */
/* The ways in. A door is a socket's path with the policy that judges whoever comes by it; it outlives
 * its listener while connections are left. */
#ifndef PROXY_DOOR_H
#define PROXY_DOOR_H

#include "net/unix_socket.h"
#include "proxy/server.h"

struct door {
	struct server *server;
	struct listener *listener; /* NULL: closed */
	char *path;
	char *rights;              /* as the configuration has them, in one text */
	char *name;
	struct policy *policy;
	size_t conns;
	bool removed;              /* from the server's list: freed with its last connection */
	bool single;               /* never had a listener: its one client was given to it */
	TAILQ_ENTRY(door) link;
};

/* What is to become of the doors: prepared, then done or dropped. */
struct door_plan {
	struct door *door;          /* of the server, or a new one */
	bool is_new;
	char *rights, *name;        /* what the door gets */
	struct policy *policy;
	struct listener *listener;  /* of a new socket; NULL: the door's own stays */
	struct unix_socket socket;  /* that one */
	bool published;
	TAILQ_ENTRY(door_plan) link;
};

TAILQ_HEAD(door_plans, door_plan);

/* Prepares what |config| needs, sockets included. Returns 0, or -1 with |err|. */
int door_plans_make(struct door_plans *plans, struct server *server, const struct config *config,
    struct error *err);

/* Moves new sockets to their paths. Returns 0; or -1 with |err|, with those that were new removed. */
int door_plans_publish(struct door_plans *plans, struct error *err);

/* Does the rest, which cannot fail: doors of no plan are closed and judge by |closed| from now on. */
void door_plans_carry_out(
    struct door_plans *plans, struct server *server, struct policy *closed);

/* Ends plans, done or not. */
void door_plans_end(struct door_plans *plans);

/* No new connections by this door; its socket is removed. */
void door_close(struct door *door);

/* A connection by |door| has ended. */
void door_left(struct door *door);

/* Closes all doors of |server|, which has no connections any more. */
void doors_free(struct server *server);

#endif
