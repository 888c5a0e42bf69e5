/* SPDX-License-Identifier: Apache-2.0 */
#include "base/patterns.h"

#include <stdlib.h>

#include "base/meter.h"

#define SHORT_LIST 4u /* entries that are quicker tried than looked for */

struct patterns_entry {
	struct patterns_ends ends;
	unsigned order; /* place of the pattern in the list */
	const void *row;
};

/* The entries that have one end alike. */
struct group {
	struct span end;
	unsigned
	    up; /* the longest end before this one that it begins with, counted from 1; 0: none */
	struct patterns_entry *entries;
	unsigned count;
	const struct patterns_groups *inner; /* by the next end; NULL: they are tried one by one */
};

struct patterns_groups {
	unsigned count;
	struct group at[];
};

/* ---- ends --------------------------------------------------------------------------------------
 */

static bool is_wild(char c)
{
	return c == '*' || c == '?';
}

static struct span head_of(struct span pattern)
{
	size_t len = 0;

	while (len < pattern.len && !is_wild(pattern.at[len]))
		len++;
	return (struct span){pattern.at, len};
}

static struct span tail_of(struct span pattern)
{
	size_t start = pattern.len;

	while (start > 0 && !is_wild(pattern.at[start - 1]))
		start--;
	return span_from(pattern, start);
}

struct patterns_ends patterns_ends(struct span first, struct span second)
{
	return (struct patterns_ends){
	    {head_of(first), tail_of(first), head_of(second), tail_of(second)}};
}

/* Tails are read from their last byte on. */
static bool is_backwards(unsigned level)
{
	return level % 2 == 1;
}

static unsigned char byte_at(struct span end, size_t index, bool backwards)
{
	return (unsigned char)end.at[backwards ? end.len - 1 - index : index];
}

/* How many bytes |a| and |b| begin with alike. */
static size_t common(struct span a, struct span b, bool backwards)
{
	size_t most = a.len < b.len ? a.len : b.len, len = 0;

	while (len < most && byte_at(a, len, backwards) == byte_at(b, len, backwards))
		len++;
	meter_spend(len / 4 + 1);
	return len;
}

static int compare(struct span a, struct span b, bool backwards)
{
	size_t len = common(a, b, backwards);

	if (len < a.len && len < b.len)
		return byte_at(a, len, backwards) < byte_at(b, len, backwards) ? -1 : 1;
	return (a.len > b.len) - (a.len < b.len);
}

static bool begins_with(struct span text, struct span end, bool backwards)
{
	return end.len <= text.len && common(text, end, backwards) == end.len;
}

/* ---- making ------------------------------------------------------------------------------------
 */

int patterns_init(struct patterns *patterns, unsigned size, struct arena *arena)
{
	*patterns = (struct patterns){.size = size};
	if (size > 0)
		patterns->entries = arena_alloc(arena, size * sizeof(*patterns->entries));
	return size == 0 || patterns->entries ? 0 : -1;
}

void patterns_add(
    struct patterns *patterns, const struct patterns_ends *ends, unsigned order, const void *row)
{
	if (patterns->count < patterns->size)
		patterns->entries[patterns->count++] =
		    (struct patterns_entry){.ends = *ends, .order = order, .row = row};
}

static int compare_entries(const void *one, const void *other)
{
	const struct patterns_entry *a = one, *b = other;

	for (unsigned level = 0; level < PATTERNS_ENDS; level++) {
		int order = compare(a->ends.at[level], b->ends.at[level], is_backwards(level));

		if (order)
			return order;
	}
	return (a->order > b->order) - (a->order < b->order);
}

/* How many of |count| sorted entries have the end of the first one. */
static unsigned count_alike(const struct patterns_entry *entries, unsigned count, unsigned level)
{
	unsigned alike = 1;

	while (alike < count && span_equal(entries[alike].ends.at[level], entries->ends.at[level]))
		alike++;
	return alike;
}

static unsigned count_groups(const struct patterns_entry *entries, unsigned count, unsigned level)
{
	unsigned groups = 0;

	for (unsigned i = 0; i < count; groups++)
		i += count_alike(entries + i, count - i, level);
	return groups;
}

/* Leads from each of the sorted groups to the one above. */
static void link_up(struct patterns_groups *groups, bool backwards)
{
	for (unsigned i = 0; i < groups->count; i++) {
		unsigned up = i;

		while (up > 0 && !begins_with(groups->at[i].end, groups->at[up - 1].end, backwards))
			up = groups->at[up - 1].up;
		groups->at[i].up = up;
	}
}

static int make_groups(struct patterns_entry *entries, unsigned count, unsigned level,
    struct arena *arena, const struct patterns_groups **ret_groups)
{
	if (level == PATTERNS_ENDS || count <= SHORT_LIST)
		return 0;
	unsigned group_count = count_groups(entries, count, level), done = 0;
	struct patterns_groups *groups =
	    arena_alloc(arena, sizeof(*groups) + group_count * sizeof(*groups->at));

	if (!groups)
		return -1;
	groups->count = group_count;
	for (unsigned i = 0; i < group_count; i++) {
		struct group *group = &groups->at[i];

		*group = (struct group){.end = entries[done].ends.at[level],
		    .entries = entries + done,
		    .count = count_alike(entries + done, count - done, level)};
		if (make_groups(group->entries, group->count, level + 1, arena, &group->inner) < 0)
			return -1;
		done += group->count;
	}
	link_up(groups, is_backwards(level));
	*ret_groups = groups;
	return 0;
}

int patterns_finish(struct patterns *patterns, struct arena *arena)
{
	if (patterns->count <= SHORT_LIST)
		return 0;
	qsort(patterns->entries, patterns->count, sizeof(*patterns->entries), compare_entries);
	return make_groups(patterns->entries, patterns->count, 0, arena, &patterns->groups);
}

/* ---- looking -----------------------------------------------------------------------------------
 */

struct search {
	struct span front, back;
	patterns_fits_fn *fits;
	const void *context;
	unsigned *order;
	const void *found;
};

static void try_entries(struct search *search, const struct patterns_entry *entries, unsigned count)
{
	for (const struct patterns_entry *entry = entries; entry < entries + count; entry++) {
		meter_spend(1);
		if (entry->order < *search->order && search->fits(search->context, entry->row)) {
			*search->order = entry->order;
			search->found = entry->row;
		}
	}
}

/* The last group that |text| begins with, counted from 1; 0: none. The others are above it. */
static unsigned last_begun(const struct patterns_groups *groups, struct span text, bool backwards)
{
	unsigned low = 0, high = groups->count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (compare(groups->at[middle].end, text, backwards) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low > 0 && !begins_with(text, groups->at[low - 1].end, backwards))
		low = groups->at[low - 1].up;
	return low;
}

static void try_groups(struct search *search, const struct patterns_groups *groups, unsigned level)
{
	struct span text = level < PATTERNS_ENDS / 2 ? search->front : search->back;
	unsigned at = last_begun(groups, text, is_backwards(level));

	for (; at > 0; at = groups->at[at - 1].up) {
		const struct group *group = &groups->at[at - 1];

		if (group->inner)
			try_groups(search, group->inner, level + 1);
		else
			try_entries(search, group->entries, group->count);
	}
}

const void *patterns_find(const struct patterns *patterns, struct span front, struct span back,
    patterns_fits_fn *fits, const void *context, unsigned *order)
{
	struct search search = {front, back, fits, context, order, NULL};

	if (patterns->groups)
		try_groups(&search, patterns->groups, 0);
	else
		try_entries(&search, patterns->entries, patterns->count);
	return search.found;
}
