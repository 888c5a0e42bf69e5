/* SPDX-License-Identifier: Apache-2.0 */
/* A list of patterns in which those that can match a text are found by what they begin and end
 * with, so that a long list costs hardly more than a short one. The order of the list decides which
 * of them is found.
 *
 * Each entry has up to two patterns, and so four ends: what stands before the first wildcard of
 * each, and behind the last. The entries are grouped by the first end; those of one group by the
 * second end, and so on. The groups are sorted, and each knows the longest other one that it begins
 * with: all that a text begins with are on the way up from the last one that is not greater than
 * the text. */
#ifndef BASE_PATTERNS_H
#define BASE_PATTERNS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/span.h"

#define PATTERNS_ENDS 4u

/* The ends of an entry's patterns: head and tail of the first, head and tail of the second. An
 * empty one says nothing. */
struct patterns_ends {
	struct span at[PATTERNS_ENDS];
};

struct patterns_entry;
struct patterns_groups;

struct patterns {
	struct patterns_entry *entries;
	const struct patterns_groups *groups; /* NULL: the list is short */
	unsigned count, size;
};

/* The ends of one pattern, or of two (the second .at NULL: of one). */
struct patterns_ends patterns_ends(struct span first, struct span second);

/* Makes an empty list for up to |size| entries. Returns 0, or -1 when memory is out. */
MUST_CHECK int patterns_init(struct patterns *patterns, unsigned size, struct arena *arena);

/* Adds an entry, known by |row|. |order| is its place among all entries, and grows with each call.
 * The ends are borrowed. */
void patterns_add(
    struct patterns *patterns, const struct patterns_ends *ends, unsigned order, const void *row);

/* Ends the adding. Returns 0, or -1 when memory is out. */
MUST_CHECK int patterns_finish(struct patterns *patterns, struct arena *arena);

/* Whether |row| is the one that is looked for. */
typedef bool patterns_fits_fn(const void *context, const void *row);

/* The row of the lowest order that |fits|, among those whose first pattern may match |front| and
 * whose second may match |back|. NULL when there is none below |*order|, which becomes that of the
 * row: so several lists can be asked one after the other (UINT_MAX at first). |fits| is asked in no
 * certain order. Takes steps off base/meter. */
const void *patterns_find(const struct patterns *patterns, struct span front, struct span back,
    patterns_fits_fn *fits, const void *context, unsigned *order);

#endif
