/* SPDX-License-Identifier: Apache-2.0 */
#include "json/run.h"

#include "base/room.h"

#define RUNS 32u

/* The quote of the next name is one of the bytes: with anything else behind the last comma it has
 * to be read. */
struct kept_run {
	struct json_run run;
	char text[JSON_RUN_BYTES + 1];
};

/* One for each place of a table; NULL without memory. */
static struct kept_run *run_at(const void *table, unsigned first)
{
	struct kept_run *kept = room_of_thread(ROOM_RUNS, RUNS * sizeof(*kept));

	return kept ? &kept[((uintptr_t)table / sizeof(uint64_t) + first) % RUNS] : NULL;
}

static bool is_new(const struct json_run *run, const struct json_sieve_names *names)
{
	uint64_t both = 0;

	for (unsigned i = 0; i < JSON_SIEVE_NAMES / 64; i++)
		both |= run->names[i] & names->seen[i];
	return both == 0;
}

const struct json_run *json_run_find(const struct json_sieve *sieve, const void *table,
    const struct json_sieve_names *names, struct span text)
{
	const struct kept_run *found = run_at(table, names->cursor);

	if (!found)
		return NULL;
	const struct json_run *run = &found->run;

	if (run->key != sieve->key || run->table != table || run->first != names->cursor ||
	    run->len >= text.len || memcmp(found->text, text.at, run->len + 1) != 0 ||
	    !is_new(run, names))
		return NULL;
	return run;
}

void json_run_keep(const struct json_run *run, const struct json_run_begun *begun,
    const struct json_sieve_names *names)
{
	struct kept_run *place = run_at(run->table, run->first);

	if (!place || run->len > JSON_RUN_BYTES)
		return;
	place->run = *run;
	for (unsigned i = 0; i < JSON_SIEVE_NAMES / 64; i++)
		place->run.names[i] = names->seen[i] & ~begun->names.seen[i];
	place->run.names[run->next / 64] &= ~(UINT64_C(1) << run->next % 64);
	memcpy(place->text, begun->from, run->len + 1);
}
