/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/stats.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/config.h"

#define US 1000ULL
#define MS (1000 * US)
#define S (1000 * MS)

const uint64_t *stats_bounds(enum stats_duration duration)
{
	static const uint64_t bounds[STATS_DURATIONS][STATS_BUCKETS] = {
	    [STATS_OWN] = {5 * US, 10 * US, 25 * US, 50 * US, 100 * US, 250 * US, 500 * US, 1 * MS,
		5 * MS, 10 * MS, 25 * MS, 50 * MS, 100 * MS, 1 * S},
	    [STATS_DAEMON] = {1 * MS, 2 * MS, 5 * MS, 10 * MS, 25 * MS, 50 * MS, 100 * MS, 250 * MS,
		500 * MS, 1 * S, 2500 * MS, 5 * S, 10 * S, 60 * S},
	};

	return bounds[duration];
}

/* ---- slots ------------------------------------------------------------------------------- */

struct stats_names *stats_names_new(void)
{
	struct stats_names *names = calloc(1, sizeof(*names));

	if (!names)
		return NULL;
	names->names[0] = strdup("other");
	names->count = 1;
	if (names->names[0])
		return names;
	free(names);
	return NULL;
}

void stats_names_free(struct stats_names *names)
{
	for (unsigned i = 0; names && i < names->count; i++)
		free(names->names[i]);
	free(names);
}

/* 0 when there is no slot left. -1 when memory is out. */
static int slot_of(struct stats_names *names, const char *name)
{
	for (unsigned i = 1; i < names->count; i++) {
		if (strcmp(names->names[i], name) == 0)
			return (int)i;
	}
	if (names->count == STATS_POLICIES)
		return 0;
	names->names[names->count] = strdup(name);
	return names->names[names->count] ? (int)names->count++ : -1;
}

uint8_t *stats_slots_new(struct stats_names *names, const struct config *config)
{
	uint8_t *slots = calloc(config->policy_count + 1, sizeof(*slots));

	for (size_t i = 0; slots && i < config->policy_count; i++) {
		int slot = slot_of(names, policy_name(config->policies[i]));

		if (slot < 0) {
			free(slots);
			return NULL;
		}
		slots[i] = (uint8_t)slot;
	}
	return slots;
}

void stats_take_slots(struct stats *stats, uint8_t *slots, const struct config *config)
{
	for (size_t i = 0; i < config->policy_count; i++)
		policy_set_number(config->policies[i], (unsigned)i);
	free(stats->slots);
	stats->slots = slots;
	stats->slot_count = config->policy_count;
}

struct stats *stats_new(void)
{
	return calloc(1, sizeof(struct stats));
}

void stats_free(struct stats *stats)
{
	if (stats)
		free(stats->slots);
	free(stats);
}

/* ---- counting ---------------------------------------------------------------------------- */

static uint64_t nanoseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * S + (uint64_t)now.tv_nsec;
}

void stats_turn(struct stats *stats)
{
	stats->turn = nanoseconds();
}

static void observe(
    struct stats_histogram *histogram, enum stats_duration duration, uint64_t elapsed)
{
	const uint64_t *bounds = stats_bounds(duration);
	unsigned i = 0;

	while (i < STATS_BUCKETS && elapsed > bounds[i])
		i++;
	stats_add(&histogram->buckets[i], 1);
	stats_add(&histogram->sum, elapsed);
}

static unsigned slot_of_policy(const struct stats *stats, const struct policy *policy)
{
	size_t number = policy ? policy_number(policy) : stats->slot_count;

	return number < stats->slot_count ? stats->slots[number] : 0;
}

void stats_judged(struct stats *stats, const struct policy *policy,
    const struct docker_operation *operation, enum stats_verdict verdict, enum reason reason)
{
	unsigned class = operation ? operation->class : CLASS_MAX;

	stats_add(&stats->requests[slot_of_policy(stats, policy)][class][verdict], 1);
	if (verdict != STATS_ALLOWED)
		stats_add(&stats->denials[reason], 1);
	observe(&stats->own, STATS_OWN, nanoseconds() - stats->turn);
}

void stats_moved(struct stats *stats, enum conn_state from, enum conn_state to)
{
	stats_add(&stats->states[from], (uint64_t)-1);
	stats_add(&stats->states[to], 1);
	stats_add(&stats->entered[to], 1);
}

void stats_dialled(struct stats *stats, bool done)
{
	stats_add(&stats->dials[done], 1);
}

void stats_answered(struct stats *stats, uint64_t milliseconds)
{
	observe(&stats->daemon, STATS_DAEMON, milliseconds * MS);
}
