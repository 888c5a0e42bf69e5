/* SPDX-License-Identifier: Apache-2.0 */
#include "json/run.h"

#include "base/room.h"

#define RUNS 64u /* that are kept, in as many places */
#define TRIED 4u /* places in a row where one can be */

/* The quote of the next name is one of the bytes: with anything else behind the last comma it has
 * to be read. */
struct kept_run {
	struct json_run run;
	char text[JSON_RUN_BYTES + 1];
};

static struct kept_run *place_at(struct kept_run *kept, const void *table, unsigned number)
{
	return &kept[((uintptr_t)table / sizeof(uint64_t) * 5 + number) % RUNS];
}

/* The one for this place of a table, or NULL. */
static struct kept_run *find(struct kept_run *kept, uint64_t key, const void *table, unsigned first)
{
	for (unsigned i = 0; i < TRIED; i++) {
		struct kept_run *place = place_at(kept, table, first + i);

		if (place->run.table == table && place->run.first == first && place->run.key == key)
			return place;
	}
	return NULL;
}

/* Where one may be put that is not there yet: an empty place, or the place of another one. */
static struct kept_run *find_place(struct kept_run *kept, const struct json_run *run)
{
	for (unsigned i = 0; i < TRIED; i++) {
		struct kept_run *place = place_at(kept, run->table, run->first + i);

		if (place->run.key == 0)
			return place;
	}
	return place_at(kept, run->table, run->first + (unsigned)run->len % TRIED);
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
	struct kept_run *kept = room_of_thread(ROOM_RUNS, RUNS * sizeof(*kept));
	const struct kept_run *found = kept ? find(kept, sieve->key, table, names->cursor) : NULL;

	if (!found)
		return NULL;
	const struct json_run *run = &found->run;

	if (run->len >= text.len || memcmp(found->text, text.at, run->len + 1) != 0 ||
	    !is_new(run, names))
		return NULL;
	return run;
}

void json_run_keep(const struct json_run *run, const struct json_run_begun *begun,
    const struct json_sieve_names *names)
{
	struct kept_run *kept = room_of_thread(ROOM_RUNS, RUNS * sizeof(*kept));

	if (!kept || run->len > JSON_RUN_BYTES)
		return;
	struct kept_run *place = find(kept, run->key, run->table, run->first);

	if (!place)
		place = find_place(kept, run);
	place->run = *run;
	for (unsigned i = 0; i < JSON_SIEVE_NAMES / 64; i++)
		place->run.names[i] = names->seen[i] & ~begun->names.seen[i];
	place->run.names[run->next / 64] &= ~(UINT64_C(1) << run->next % 64);
	memcpy(place->text, begun->from, run->len + 1);
}
