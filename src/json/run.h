/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of members that a sieve left out, one behind the other. A client writes the same ones in
 * each of its requests: with the same bytes they are the same members, and are not read again. Each
 * thread keeps its own. */
#ifndef JSON_RUN_H
#define JSON_RUN_H

#include "base/span.h"
#include "json/json.h"

#define JSON_RUN_BYTES 1024u /* of one run; members beyond begin another one */

/* Values that a client's requests have alike: any but texts and quantities. */
#define JSON_RUN_KINDS                                                                             \
	(JSON_BLANK_NULL | JSON_BLANK_FALSE | JSON_BLANK_ZERO | JSON_BLANK_TEXT |                  \
	    JSON_BLANK_LIST | JSON_BLANK_MAP | JSON_KIND_BOOL | JSON_KIND_INTEGERS)

/* What is known of a run. */
struct json_run {
	uint64_t key; /* of the sieve; 0: none is kept here */
	const void *table;
	unsigned first, next;    /* where the sieve looks for the name of its first member, and for
				  * the one behind it */
	unsigned members, depth; /* with all that is within them */
	uint64_t names[JSON_SIEVE_NAMES / 64];
	size_t len; /* of its text */
};

#define JSON_RUN_LEAST 2u /* members that are worth it */

/* A run that is being read. */
struct json_run_begun {
	const char *from; /* NULL: none is */
	unsigned members; /* of the text, before it */
	struct json_sieve_names names;
};

/* The run of members of |table| that |text| begins with, if it is kept and |names| has none of its
 * names; or NULL. */
const struct json_run *json_run_find(const struct json_sieve *sieve, const void *table,
    const struct json_sieve_names *names, struct span text);

/* Takes the names of |run|. */
static inline void json_run_take(const struct json_run *run, struct json_sieve_names *names)
{
	for (unsigned i = 0; i < JSON_SIEVE_NAMES / 64; i++)
		names->seen[i] |= run->names[i];
	names->cursor = run->next;
}

/* Whether the run goes on with the member before |at|, which was left out and is of |kinds|. */
static inline bool json_run_holds(
    const struct json_run_begun *begun, unsigned kinds, const char *at)
{
	return kinds & JSON_RUN_KINDS && at - begun->from < JSON_RUN_BYTES;
}

/* Keeps |run|, all of which but |names| is set, if there is room. |names| has its names, those
 * before it, and the one behind it, of which its text ends with the quote. */
void json_run_keep(const struct json_run *run, const struct json_run_begun *begun,
    const struct json_sieve_names *names);

#endif
