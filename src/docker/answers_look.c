/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables of answers say of a name. */
#include <string.h>

#include "base/room.h"
#include "docker/answers.h"
#include "json/json.h"
#include "json/stream.h"

#define X(id, word, what) [REDACT_##id##_BIT] = {word, what},
static const char *const words[REDACT_KIND_COUNT][2] = {REDACT_KINDS(X)};
#undef X

const char *docker_redact_word(unsigned bit)
{
	return bit < REDACT_KIND_COUNT ? words[bit][0] : NULL;
}

const char *docker_redact_what(unsigned bit)
{
	return bit < REDACT_KIND_COUNT ? words[bit][1] : NULL;
}

/* What was found out of a table, so that it is not looked through for each answer. */
struct known_table {
	const struct docker_answer_member *table;
	unsigned kinds;
	uint64_t names;
};

#define KNOWN 256u /* tables that a thread keeps */
#define TRIED 8u   /* places in a row where one can be */

/* Where the table is, or where it can be put; NULL without memory. */
static struct known_table *place_of(const struct docker_answer_member *table, unsigned kinds)
{
	struct known_table *known = room_of_thread(ROOM_ANSWERS, KNOWN * sizeof(*known));
	unsigned first = (unsigned)((uintptr_t)table / sizeof(*table)) + kinds;

	for (unsigned i = 0; known && i < TRIED; i++) {
		struct known_table *place = &known[(first + i) % KNOWN];

		if (!place->table || (place->table == table && place->kinds == kinds))
			return place;
	}
	return known ? &known[first % KNOWN] : NULL;
}

static uint64_t look_through(const struct docker_answer_member *table, unsigned kinds)
{
	uint64_t names = 0;

	for (; table->name; table++) {
		if (!(table->kinds & kinds) && docker_answer_names(table->inner, kinds) == 0)
			continue;
		names |=
		    table->name[0] == '*' ? JSON_ALL_NAMES : json_name_bit(span_of(table->name));
	}
	return names;
}

uint64_t docker_answer_names(const struct docker_answer_member *table, unsigned kinds)
{
	if (!table)
		return 0;
	struct known_table *place = place_of(table, kinds);

	if (place && place->table == table && place->kinds == kinds)
		return place->names;
	uint64_t names = look_through(table, kinds);

	place = place_of(table, kinds); /* others may stand there now */
	if (place)
		*place = (struct known_table){table, kinds, names};
	return names;
}

/* Whether the names can begin with the same letter as Go reads them. */
static bool may_fold(const char *name, const char *row)
{
	return ((unsigned char)(*name ^ *row) & ~0x20u) == 0 || (unsigned char)*name >= 0x80;
}

static bool is_of(const struct docker_answer_member *row, const char *type)
{
	return !row->types || span_in_words(span_of(type), row->types);
}

const struct docker_answer_member *docker_answer_find(
    const struct docker_answer_member *table, const char *name, const char *type)
{
	const struct docker_answer_member *folded = NULL;

	for (const struct docker_answer_member *row = table; row->name; row++) {
		if (row->name[0] == '*')
			return row; /* of a map, whose names are no members of Go's */
		if (!may_fold(name, row->name))
			continue;
		if (!is_of(row, type))
			continue;
		if (strcmp(row->name, name) == 0)
			return row;
		if (!folded && json_names_field(name, row->name))
			folded = row;
	}
	return folded;
}
