/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a text anew without the members that a sieve leaves out, for the gate, which reads it. */
#ifndef JSON_SIFT_H
#define JSON_SIFT_H

#include "json/json.h"
#include "json/members.h"

#define JSON_SIFT_SEEN 128u /* names of a table that are kept by their index */

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
	unsigned cursor;
	uint64_t seen[JSON_SIFT_SEEN / 64]; /* names of the table that it has had */
};

void json_sift_init(struct json_sift *sift, const struct json_sieve *sieve, struct span text,
    struct arena *arena);

/* What the sieve knows of the name that |text| begins with, in |object|: JSON_NAME_NEW or _TWICE, or
 * JSON_NAME_FAILED when it cannot say. */
enum json_name json_sift_find(struct json_sift *sift, struct json_sift_object *object,
    struct span text, struct json_sieve_member *ret_member);

/* Leaves out the member that starts at |from|. |to| is behind it and, when |more| follow in its
 * object, behind the comma. False when memory is out. */
bool json_sift_drop(struct json_sift *sift, const char *from, const char *to, bool more);

/* What is left, once the whole text was read. */
struct span json_sift_end(struct json_sift *sift);

/* Whether the sieve leaves out values of |kinds| that say something. */
static inline bool json_sift_harmless(
    const struct json_sift *sift, const struct json_sieve_member *member, unsigned kinds)
{
	return member->row && sift->sieve->harmless &&
	       kinds & sift->sieve->harmless(sift->sieve->context, member->row);
}

/* Kinds that a list may be of, by its value between |from| and |to|, which is of the kinds |value|:
 * those that all its values say. */
static inline unsigned json_list_kinds(unsigned value, const char *from, const char *to)
{
	if (!(value & JSON_KIND_TEXT))
		return 0;
	return JSON_KIND_TEXTS | (memchr(from, '=', (size_t)(to - from)) ? JSON_KIND_PAIRS : 0);
}

/* Kinds of an object by those that all its values are of, but for nulls. */
static inline unsigned json_map_kinds(unsigned values)
{
	return (values & JSON_KIND_TEXT ? JSON_KIND_TEXT_MAP : 0) |
	       (values & JSON_KIND_MAP ? JSON_KIND_MAPS : 0);
}

#endif
