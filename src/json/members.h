/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a name that stands twice in one object, for the gate. Objects nest: the names of all that
 * are open share one stack. */
#ifndef JSON_MEMBERS_H
#define JSON_MEMBERS_H

#include "base/arena.h"
#include "base/error.h"

struct json_member_name {
	const char *at;
	uint32_t len, hash;
};

struct json_members {
	struct arena *arena;
	struct json_member_name *names;
	size_t count, size;
};

#define JSON_SEEN_WORDS 8

/* One object that is open. */
struct json_object_names {
	size_t first; /* of its names on the stack */
	uint64_t
	    seen[JSON_SEEN_WORDS]; /* a bit for each hash it has had: most names are new by it */
};

enum json_name {
	JSON_NAME_FAILED, /* out of memory */
	JSON_NAME_TWICE,
	JSON_NAME_NEW,
};

void json_members_init(struct json_members *members, struct arena *arena);

struct json_object_names json_members_begin(const struct json_members *members);

/* Adds the (unescaped) |name|, which must live until the object ends. */
MUST_CHECK enum json_name json_members_add(
    struct json_members *members, struct json_object_names *object, struct span name);

/* Ends the innermost object. False when it has a name twice that json_members_add() did not look
 * for because the object is large. */
MUST_CHECK bool json_members_end(struct json_members *members, struct json_object_names *object);

#endif
