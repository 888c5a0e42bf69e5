/* SPDX-License-Identifier: Apache-2.0 */
/* What all clients together and each of them have under way, and whether that is too much. All that
 * is counted across connections is in this one object, and is touched by these functions alone:
 * each call is one step that must not be mixed with another's, and none calls back. */
#ifndef PROXY_CROWD_H
#define PROXY_CROWD_H

#include "base/error.h"
#include "config/config.h"
#include "proxy/claim.h"

#define CROWD_QUIET_MS 10000u /* a client's refusals share one audit line for so long */
#define CROWD_NAME_MAX 256u

enum crowd_limit {
	CROWD_FINE,
	CROWD_CONNECTIONS,
	CROWD_CONNECTIONS_PER_PEER,
	CROWD_REQUESTS,
	CROWD_REQUESTS_PER_PEER,
	CROWD_RATE,
	CROWD_RATE_PER_PEER,
	CROWD_HELD,
	CROWD_HELD_PER_PEER,
	CROWD_LIMIT_MAX
};

struct crowd_limit_info {
	const char *option; /* that sets it */
	unsigned status;    /* of the refusal */
	const char *text;   /* for the client */
};

const struct crowd_limit_info *crowd_limit_info(enum crowd_limit limit);

/* What a client is called of which no more is known than its address. Whoever has one IPv6 address
 * has as many as there are in its /64, so that it is the prefix that counts. */
void crowd_name_address(const struct ip *ip, char name[static CROWD_NAME_MAX]);

struct crowd;
struct crowd_peer;

/* The place of one connection. Others than the crowd only read it. */
struct crowd_seat {
	struct crowd_peer *peer; /* NULL: clients are not told apart, or memory was out */
	struct claim *claims;    /* of its request; NULL: none */
	size_t held;             /* bytes */
	bool counted;            /* until it leaves */
	bool busy;               /* a request is under way */
};

/* |shared|: by several threads. NULL when memory is out. */
struct crowd *crowd_new(const struct limits *limits, bool shared);
void crowd_free(struct crowd *crowd);

/* Other limits from now on. What is counted stays; buckets of another rate begin full. */
void crowd_set_limits(struct crowd *crowd, const struct limits *limits);

/* True when a limit is in force for which clients are told apart. Takes no lock: other limits come
 * while no thread but one runs. */
bool crowd_knows_peers(const struct crowd *crowd);

/* Counts one more connection, of the client called |who|, or of nobody with NULL. The connection
 * counts, whatever is answered, until it leaves. */
MUST_CHECK enum crowd_limit crowd_enter(
    struct crowd *crowd, struct crowd_seat *seat, const char *who);

/* The connection is |who|'s now, with all that is counted for it. */
MUST_CHECK enum crowd_limit crowd_rename(
    struct crowd *crowd, struct crowd_seat *seat, const char *who, uint64_t now);

/* Counts the connection no more. Once is enough. */
void crowd_leave(struct crowd *crowd, struct crowd_seat *seat, uint64_t now);

/* One more request. CROWD_FINE: it has a place until crowd_end(). Otherwise it has none, and
 * |*ret_wait| is how many milliseconds later it could have, as far as that can be told, else 0. */
MUST_CHECK enum crowd_limit crowd_begin(
    struct crowd *crowd, struct crowd_seat *seat, uint64_t now, uint64_t *ret_wait);
void crowd_end(struct crowd *crowd, struct crowd_seat *seat);

/* The same place for what comes before the request can be judged; it counts for no rate. */
MUST_CHECK enum crowd_limit crowd_prepare(struct crowd *crowd, struct crowd_seat *seat);

/* The request makes |amount| new objects of |kind| for |owner|: they count from now on, until it
 * ends, and for a while longer where the client leaves before. |*ret_before|: what requests under
 * way make that said so before. False when memory is out. */
bool crowd_claim(struct crowd *crowd, struct crowd_seat *seat, struct span owner, unsigned kind,
    unsigned amount, uint64_t now, unsigned *ret_before);

/* |from| of the bytes held for this connection are |to| now. They count in any case. */
enum crowd_limit crowd_hold(struct crowd *crowd, struct crowd_seat *seat, size_t from, size_t to);

/* Counts a refusal. True when there is to be a line in the audit log of its own. */
bool crowd_refused(
    struct crowd *crowd, const struct crowd_seat *seat, enum crowd_limit limit, uint64_t now);

/* Refusals of one client that had no line. */
struct crowd_report {
	char who[CROWD_NAME_MAX];
	uint64_t count;
};

/* The next client whose refusals are to be told of, at |now|; UINT64_MAX: of all. False when there
 * is none. Frees what is needed no more. */
bool crowd_next_report(struct crowd *crowd, uint64_t now, struct crowd_report *ret_report);

/* True while crowd_next_report() will have something to say later. */
bool crowd_has_reports(struct crowd *crowd);

/* How many refusals there were since the start. */
uint64_t crowd_refusals(struct crowd *crowd, enum crowd_limit limit);

#endif
