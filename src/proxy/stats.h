/* SPDX-License-Identifier: Apache-2.0 */
/* What one worker counts for the status listener. Only the worker's own thread writes, without a
 * lock; any thread may read. A server without stats counts nothing. */
#ifndef PROXY_STATS_H
#define PROXY_STATS_H

#include <stdatomic.h>
#include <stdint.h>

#include "docker/docker.h"
#include "policy/policy.h"
#include "proxy/conn.h"

struct config;

#define STATS_POLICIES 64u /* told apart by name; requests of further ones count as "other" */
#define STATS_CLASSES (CLASS_MAX + 1) /* the last: no operation of the API */
#define STATS_BUCKETS 14u

enum stats_verdict { STATS_ALLOWED, STATS_DRY_RUN, STATS_DENIED, STATS_VERDICTS };

/* Durations in seconds, by upper bounds that stats_bounds() tells. */
struct stats_histogram {
	_Atomic uint64_t buckets[STATS_BUCKETS + 1]; /* the last: longer than all bounds */
	_Atomic uint64_t sum;                        /* nanoseconds */
};

struct stats {
	_Atomic uint64_t requests[STATS_POLICIES][STATS_CLASSES][STATS_VERDICTS];
	_Atomic uint64_t denials[REASON_MAX];
	_Atomic uint64_t
	    states[CONN_STATE_MAX + 1]; /* connections in each state now; modulo 2^64 */
	_Atomic uint64_t entered[CONN_STATE_MAX + 1]; /* how often each state began */
	_Atomic uint64_t dials[2];                    /* of the daemon: failed, done */
	struct stats_histogram
	    own; /* from the event that completed a request to its verdict carried out */
	struct stats_histogram daemon; /* from a request sent to the head of its answer */
	uint64_t turn;  /* when the event under way came: nanoseconds, for the worker alone */
	uint8_t *slots; /* of |requests|, by policy_number(); written while all workers rest */
	size_t slot_count;
};

enum stats_duration { STATS_OWN, STATS_DAEMON, STATS_DURATIONS };

/* STATS_BUCKETS upper bounds in nanoseconds, rising. */
const uint64_t *stats_bounds(enum stats_duration duration);

/* The names of the policies, by slot; slot 0 is "other". A name keeps its slot for good. */
struct stats_names {
	char *names[STATS_POLICIES];
	unsigned count;
};

/* NULL when memory is out. */
struct stats_names *stats_names_new(void);
void stats_names_free(struct stats_names *names);

/* NULL when memory is out. */
struct stats *stats_new(void);
/* NULL is fine. */
void stats_free(struct stats *stats);

/* A slot for each policy of |config|, in their order; NULL when memory is out. */
uint8_t *stats_slots_new(struct stats_names *names, const struct config *config);

/* Numbers the policies of |config| and takes over |slots|. While all workers rest. */
void stats_take_slots(struct stats *stats, uint8_t *slots, const struct config *config);

static inline void stats_add(_Atomic uint64_t *counter, uint64_t more)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more,
	    memory_order_relaxed);
}

static inline uint64_t stats_read(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit((_Atomic uint64_t *)(uintptr_t)counter, memory_order_relaxed);
}

/* An event has come that may bring a request: the begin of its own duration. */
void stats_turn(struct stats *stats);

/* A request was sent on or refused. |policy| and |operation| may be NULL; |reason| counts unless it
 * is permitted. */
void stats_judged(struct stats *stats, const struct policy *policy,
    const struct docker_operation *operation, enum stats_verdict verdict, enum reason reason);

/* A connection of |state| from now on; CONN_STATE_MAX: none, before and after its life. */
void stats_moved(struct stats *stats, enum conn_state from, enum conn_state to);

/* An attempt to reach the daemon has ended. */
void stats_dialled(struct stats *stats, bool done);

/* The head of the daemon's answer came so long after the request was sent. */
void stats_answered(struct stats *stats, uint64_t milliseconds);

#endif
