/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a text anew without the members that a sieve leaves out, for the gate, which reads it. */
#ifndef JSON_SIFT_H
#define JSON_SIFT_H

#include "base/error.h"
#include "base/word.h"
#include "json/json.h"
#include "json/members.h"

struct json_sift {
	const struct json_sieve *sieve;
	struct arena *arena;
	struct span text;
	char *out; /* what is written; NULL: nothing was left out so far */
	size_t len;
	const char *kept; /* from here on nothing is written or left out yet */
};

/* An object that is open. */
struct json_sift_object {
	const void *table; /* NULL: it stays whole */
	const void *inner; /* ... but for objects in it, within |around| maps more */
	unsigned around;
	struct json_sieve_names names;
};

void json_sift_init(
    struct json_sift *sift, const struct json_sieve *sieve, struct span text, struct arena *arena);

/* Takes the name at |index| of a table. False when its object had it already, or it cannot be kept.
 */
static inline bool json_sift_take(struct json_sieve_names *names, unsigned index)
{
	if (index >= JSON_SIEVE_NAMES)
		return false;
	uint64_t *seen = &names->seen[index / 64], bit = UINT64_C(1) << index % 64;
	bool taken = !(*seen & bit);

	*seen |= bit;
	return taken;
}

/* What the sieve knows of the name that |text| begins with, in |object|, unless |member| has it
 * already: JSON_NAME_NEW or _TWICE, or JSON_NAME_FAILED when it cannot say. */
static inline enum json_name json_sift_find(struct json_sift *sift, struct json_sift_object *object,
    struct span text, struct json_sieve_member *member)
{
	if ((member->name_len == 0 &&
		!sift->sieve->find(object->table, text, &object->names.cursor, member)) ||
	    member->index >= JSON_SIEVE_NAMES)
		return JSON_NAME_FAILED;
	return json_sift_take(&object->names, member->index) ? JSON_NAME_NEW : JSON_NAME_TWICE;
}

/* json_sift_drop() of the first member in a row. */
MUST_CHECK bool json_sift_drop_first(
    struct json_sift *sift, const char *from, const char *to, bool more);

/* How far the text was written when a member began. */
struct json_sift_mark {
	const char *kept;
	size_t len;
};

static inline struct json_sift_mark json_sift_mark(const struct json_sift *sift)
{
	return (struct json_sift_mark){sift->kept, sift->len};
}

/* Takes back what was written since, of a member that is left out after all. */
static inline void json_sift_take_back(struct json_sift *sift, struct json_sift_mark mark)
{
	sift->kept = mark.kept;
	sift->len = mark.len;
}

/* Leaves out the member that starts at |from|. |to| is behind it and, when |more| follow in its
 * object, behind the comma. False when memory is out. */
static inline bool json_sift_drop(
    struct json_sift *sift, const char *from, const char *to, bool more)
{
	if (from != sift->kept || !more || !sift->out)
		return json_sift_drop_first(sift, from, to, more);
	sift->kept = to;
	return true;
}

/* What is left, once the whole text was read. */
struct span json_sift_end(struct json_sift *sift);

/* Whether the sieve leaves out values of |kinds| that say something. */
static inline bool json_sift_harmless(
    const struct json_sift *sift, const struct json_sieve_member *member, unsigned kinds)
{
	return member->row && sift->sieve->harmless &&
	       kinds & sift->sieve->harmless(sift->sieve->context, member->row);
}

/* Whether the text of |word| begins with |text|, which has up to eight bytes. */
static inline bool json_sift_begins(uint64_t word, const char text[WORD], unsigned len)
{
	return (word ^ word_read(text)) << (WORD - len) * 8 == 0;
}

/* Most members that clients send say nothing, with no space around. Moves |*at|, which is at the
 * colon of a member, behind such a value and its comma. False when it is another value, the last of
 * its object, or not of the kinds |silent|, which are left out. */
static inline bool json_sift_blank(
    unsigned silent, const char **at, const char *end, unsigned *ret_kinds)
{
	unsigned len, kinds;

	if (!silent || (size_t)(end - *at) < WORD)
		return false;
	uint64_t word = word_read(*at);

	/* with the quote of the next name */
	if (json_sift_begins(word, ":null,\"", 7))
		len = 6, kinds = JSON_BLANK_NULL;
	else if (json_sift_begins(word, ":\"\",\"\0\0", 5))
		len = 4, kinds = JSON_KIND_TEXT | JSON_BLANK_TEXT;
	else if (json_sift_begins(word, ":0,\"\0\0\0", 4))
		len = 3, kinds = JSON_KIND_INTEGER | JSON_BLANK_ZERO;
	else if (json_sift_begins(word, ":false,\"", 8))
		len = 7, kinds = JSON_KIND_BOOL | JSON_BLANK_FALSE;
	else
		return false;
	if (!(silent & kinds))
		return false;
	*at += len;
	*ret_kinds = kinds;
	return true;
}

/* Kinds that a list may be of, by its value between |from| and |to|, which is of the kinds |value|:
 * those that all its values say. */
static inline unsigned json_list_kinds(unsigned value, const char *from, const char *to)
{
	if (!(value & JSON_KIND_TEXT))
		return value & JSON_KIND_INTEGER ? JSON_KIND_INTEGERS : 0;
	return JSON_KIND_TEXTS | (memchr(from, '=', (size_t)(to - from)) ? JSON_KIND_PAIRS : 0);
}

/* Kinds of an object by those that all its values are of, but for nulls. */
static inline unsigned json_map_kinds(unsigned values)
{
	return (values & JSON_KIND_TEXT ? JSON_KIND_TEXT_MAP : 0) |
	       (values & JSON_KIND_MAP ? JSON_KIND_MAPS : 0);
}

#endif
