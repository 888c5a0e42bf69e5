/* SPDX-License-Identifier: Apache-2.0 */
/* Values that are alike, and the pattern that takes their place. */
#include "learn/parts.h"

#include <stdlib.h>

static bool is_of(const struct entry *entry, enum grant grant)
{
	return entry->kind == LINE_GRANT && entry->grant == grant && !entry->replaced &&
	       entry->value.len > 0;
}

/* ---- groups ------------------------------------------------------------------------------------
 */

/* An entry and the pattern that it would become. */
struct alike {
	struct entry *entry;
	struct span pattern;
	uint64_t hash;
};

struct group_list {
	struct alike *all;
	size_t count;
	struct arena patterns;
};

static int compare(const void *one, const void *other)
{
	const struct alike *a = one, *b = other;

	return (a->hash > b->hash) - (a->hash < b->hash);
}

static size_t count_of(const struct section *section, enum grant grant)
{
	size_t count = 0;

	for (const struct entry *entry = section->entries; entry; entry = entry->after)
		count += is_of(entry, grant);
	return count;
}

typedef void pattern_fn(struct buf *out, struct span value);

/* Puts one pattern in the place of |count| entries. One that would give more than each of them
 * gives is not taken. */
static int join(struct learn *learn, struct alike *alike, size_t count)
{
	struct entry *wide;
	bool gave = false;

	for (size_t i = 0; i < count; i++)
		gave |= alike[i].entry->gives_host;
	if (!gave && policy_gives_host(alike->entry->grant, alike->pattern))
		return 0;
	wide = table_replace(learn, alike->entry, alike->pattern);
	if (!wide)
		return -1;
	for (size_t i = 0; i < count; i++)
		table_join(wide, alike[i].entry);
	return 0;
}

static int join_groups(struct learn *learn, struct group_list *list)
{
	qsort(list->all, list->count, sizeof(*list->all), compare);
	for (size_t from = 0, to; from < list->count; from = to) {
		for (to = from + 1; to < list->count && list->all[to].hash == list->all[from].hash;)
			to++;
		if (to - from >= ALIKE_LEAST && join(learn, &list->all[from], to - from) < 0)
			return -1;
	}
	return 0;
}

/* Keeps the pattern of |entry| where it is another text than its value. */
static int offer(struct group_list *list, struct entry *entry, pattern_fn *pattern)
{
	struct buf text;
	struct alike *alike = &list->all[list->count];

	buf_init(&text, SHAPE_BYTES_MOST);
	pattern(&text, entry->value);
	const char *copy = text.failed ? NULL : arena_copy(&list->patterns, buf_span(&text));

	if (copy && text.len > 0 && !span_equal(buf_span(&text), entry->value)) {
		*alike = (struct alike){entry, {copy, text.len}, 0};
		alike->hash = text_hash(TEXT_HASH_START, alike->pattern);
		list->count++;
	}
	buf_free(&text);
	return copy ? 0 : -1;
}

static int merge_by(
    struct learn *learn, struct section *section, enum grant grant, pattern_fn *pattern)
{
	size_t most = count_of(section, grant);
	struct group_list list = {.all = calloc(most + 1, sizeof(*list.all))};
	int result = list.all ? 0 : -1;

	arena_init(&list.patterns, TEXT_MOST);

	for (struct entry *entry = section->entries; entry && result == 0; entry = entry->after) {
		if (is_of(entry, grant))
			result = offer(&list, entry, pattern);
	}
	if (result == 0)
		result = join_groups(learn, &list);
	arena_free(&list.patterns);
	free(list.all);
	return result;
}

/* ---- by shape ----------------------------------------------------------------------------------
 */

/* The directory of a path in a container, and all below it. */
static void tree_pattern(struct buf *out, struct span value)
{
	while (value.len > 0 && value.at[value.len - 1] != '/')
		value.len--;
	if (value.len > 1) {
		buf_add(out, value);
		buf_add_text(out, "**");
	}
}

static int merge_grant(struct learn *learn, struct section *section, enum grant grant)
{
	switch (shape_of(grant)) {
	case SHAPE_NAME:
		return merge_by(learn, section, grant, shape_write_loose);
	case SHAPE_TREE:
		return merge_by(learn, section, grant, tree_pattern);
	case SHAPE_PATH:
		return merge_paths(learn, section, grant);
	case SHAPE_PORT:
		return merge_ports(learn, section, grant);
	case SHAPE_EXACT:
	case SHAPE_IMAGE:
	case SHAPE_MAC:
	case SHAPE_KEY:
		break;
	}
	return 0;
}

int merge_section(struct learn *learn, struct section *section)
{
	for (unsigned i = GRANT_NONE + 1; i < GRANT_MAX; i++) {
		if (section->values[i] >= ALIKE_LEAST &&
		    merge_grant(learn, section, (enum grant)i) < 0)
			return -1;
	}
	return 0;
}
