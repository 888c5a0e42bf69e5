/* SPDX-License-Identifier: Apache-2.0 */
/* A caller being found, for the caller*.c files. */
#ifndef PROXY_CALLER_PARTS_H
#define PROXY_CALLER_PARTS_H

#include "base/error.h"
#include "host/cgroup.h"
#include "net/process.h"
#include "proxy/caller.h"
#include "proxy/container.h"
#include "proxy/question.h"

#define CANDIDATES_MOST 4u

_Static_assert(CANDIDATES_MOST >= CGROUP_CANDIDATES && CANDIDATES_MOST >= NETWORKS_MOST, "room");

/* What is asked for. */
enum subject {
	SUBJECT_CONTAINER,
	SUBJECT_NETWORKS, /* all of them */
	SUBJECT_NETWORK,
};

/* Of a container or a network. */
struct id {
	char text[CGROUP_ID_LEN + 1];
};

/* Lives while the connection is in CONN_CALLER. */
struct finding {
	enum subject subject;
	struct id id;                          /* of it */
	struct id candidates[CANDIDATES_MOST]; /* containers by cgroup, or networks by address */
	unsigned count, at;
	struct buf cgroup; /* of the client's process */
	struct ip ip;      /* of the client, when it is no process of this machine */
	struct id owner;   /* of that address */
	unsigned owners;
	bool may_be_host; /* where no container has that address, the host does */
	uint32_t generation;
	size_t counted; /* bytes in the connection's seat */
	struct arena arena;
	struct question question;
};

struct caller {
	struct process process;
	unsigned status; /* of refusals, as long as it is not known who the client is; or 0 */
	char *why;
	uint64_t
	    again_at; /* loop time from which on a request asks again, unless |status| is 403 */
	char *name;   /* of the container that was found */
	struct id id;
	struct finding *finding;
};

/* False when |text| is none, and then it may not be put in a path. */
MUST_CHECK bool caller_id_copy(struct id *id, struct span text);

/* Goes on with another question; |id| says of which container or network, or is NULL. */
void caller_ask_for(struct conn *conn, enum subject subject, const struct id *id);

void caller_add_candidates(struct finding *finding, const struct span *ids, unsigned count);

/* ---- the ends: the next request is read and judged ----------------------------------------------
 */

void caller_found(struct conn *conn, const struct container *container);

/* It is in no container: lines about containers do not fit. */
void caller_found_none(struct conn *conn);

/* Requests are refused with |status|: 403 for good, with another one for a moment; then the next
 * request asks again. */
void caller_doubt(struct conn *conn, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- by process ---------------------------------------------------------------------------------
 */

void caller_begin_by_process(struct conn *conn);

/* The last one was not of this daemon. */
void caller_ask_next_candidate(struct conn *conn);
void caller_take_container(struct conn *conn, const struct container *container);

/* ---- by address ---------------------------------------------------------------------------------
 */

void caller_take_networks(struct conn *conn, const cJSON *json);
void caller_take_network(struct conn *conn, const cJSON *json);

#endif
