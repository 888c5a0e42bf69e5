/* SPDX-License-Identifier: Apache-2.0 */
/* Host paths by the directory that they have in common, and ports by range. */
#include "learn/parts.h"

#include <stdlib.h>

#define LEVELS_MOST 16u   /* directories up that are tried */
#define PORT_GAP_MOST 16u /* between ports of one range */

/* One value of a grant, taken apart. */
struct part {
	struct entry *entry;
	struct span front, back; /* directory and options; address */
	unsigned low, high;      /* ports */
};

struct part_list {
	struct part *all;
	size_t count;
};

static bool is_of(const struct entry *entry, enum grant grant)
{
	return entry->kind == LINE_GRANT && entry->grant == grant && !entry->replaced &&
	       entry->value.len > 0;
}

static int compare_spans(struct span a, struct span b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? memcmp(a.at, b.at, len) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_parts(const void *one, const void *other)
{
	const struct part *a = one, *b = other;
	int order = compare_spans(a->back, b->back);

	if (order == 0)
		order = compare_spans(a->front, b->front);
	return order ? order : (a->low > b->low) - (a->low < b->low);
}

typedef bool take_apart_fn(struct entry *entry, struct part *ret_part);

/* All values of the grant in order, those that are alike behind one another. */
static int parts_read(struct section *section, enum grant grant, take_apart_fn *take_apart,
    struct part_list *ret_list)
{
	size_t most = 1;

	for (const struct entry *entry = section->entries; entry; entry = entry->after)
		most += is_of(entry, grant);
	*ret_list = (struct part_list){.all = calloc(most, sizeof(struct part))};
	if (!ret_list->all)
		return -1;
	for (struct entry *entry = section->entries; entry; entry = entry->after) {
		struct part *part = &ret_list->all[ret_list->count];

		if (is_of(entry, grant) && take_apart(entry, part)) {
			part->entry = entry;
			ret_list->count++;
		}
	}
	qsort(ret_list->all, ret_list->count, sizeof(*ret_list->all), compare_parts);
	return 0;
}

static bool is_alike(const struct part *a, const struct part *b)
{
	return span_equal(a->front, b->front) && span_equal(a->back, b->back);
}

static int replace(struct learn *learn, struct part *parts, size_t count, const struct buf *value)
{
	struct entry *wide =
	    value->failed ? NULL : table_replace(learn, parts->entry, buf_span(value));

	if (!wide)
		return -1;
	for (size_t i = 0; i < count; i++)
		table_join(wide, parts[i].entry);
	return 0;
}

/* ---- paths -------------------------------------------------------------------------------------
 */

/* The directory that the path, or all that the pattern of a directory matches, lies in. */
static bool path_apart(struct entry *entry, struct part *ret_part)
{
	struct span path = shape_path(entry->value, &ret_part->back);

	if (path.len > 2 && memcmp(path.at + path.len - 2, "/*", 2) == 0)
		path.len -= 2;
	while (path.len > 0 && path.at[path.len - 1] != '/')
		path.len--;
	if (path.len < 2)
		return false; /* it is in the root */
	ret_part->front = (struct span){path.at, path.len - 1};
	return true;
}

static bool gave_host(const struct part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (parts[i].entry->gives_host)
			return true;
	}
	return false;
}

static bool is_home_of_homes(struct span name)
{
	return span_in_words(name, "home homes users Users");
}

/* A home, or a hidden directory or one below it: keys and settings lie there, beside what was asked
 * for. What is taken of them is granted by name. */
static bool is_private(struct span directory)
{
	struct span parent = directory;

	while (parent.len > 0 && parent.at[parent.len - 1] != '/')
		parent.len--;
	parent.len -= parent.len > 0;
	size_t name = parent.len;

	while (name > 0 && parent.at[name - 1] != '/')
		name--;
	return memmem(directory.at, directory.len, "/.", 2) ||
	       is_home_of_homes(span_from(parent, name));
}

/* A directory that is, or lies above, a place that gives the host is never one that they share. */
static int join_paths(struct learn *learn, struct part *parts, size_t count, bool *ret_changed)
{
	struct buf value;
	struct span front = parts->front;
	const char *quote = policy_wants_quotes(front) ? "\"" : "";
	int result = 0;

	if (count < ALIKE_LEAST || gave_host(parts, count) || is_private(front))
		return 0;
	buf_init(&value, SHAPE_BYTES_MOST);
	buf_add_format(&value, "%s%.*s/*%s", quote, (int)front.len, front.at, quote);
	if (!policy_gives_host(GRANT_BIND_ID, buf_span(&value))) {
		buf_add(&value, parts->back);
		result = replace(learn, parts, count, &value);
		*ret_changed = true;
	}
	buf_free(&value);
	return result;
}

static int merge_level(
    struct learn *learn, struct section *section, enum grant grant, bool *ret_changed)
{
	struct part_list list;
	int result = parts_read(section, grant, path_apart, &list);

	for (size_t from = 0, to; result == 0 && from < list.count; from = to) {
		for (to = from + 1; to < list.count && is_alike(&list.all[from], &list.all[to]);)
			to++;
		result = join_paths(learn, &list.all[from], to - from, ret_changed);
	}
	free(list.all);
	return result;
}

int merge_paths(struct learn *learn, struct section *section, enum grant grant)
{
	bool changed = true;

	for (unsigned i = 0; i < LEVELS_MOST && changed; i++) {
		changed = false;
		if (merge_level(learn, section, grant, &changed) < 0)
			return -1;
	}
	return 0;
}

/* ---- ports -------------------------------------------------------------------------------------
 */

/* "ADDRESS:PORT", "ADDRESS:LOW-HIGH"; any port ("*") stays as it is. */
static bool port_apart(struct entry *entry, struct part *ret_part)
{
	struct span value = entry->value, end;
	size_t colon = value.len;
	uint64_t low, high;

	while (colon > 0 && value.at[colon - 1] != ':')
		colon--;
	struct span start = span_cut(span_from(value, colon), '-', &end);

	if (!span_to_uint(start, UINT16_MAX, &low))
		return false;
	high = low;
	if (end.at && !span_to_uint(end, UINT16_MAX, &high))
		return false;
	*ret_part =
	    (struct part){.front = {value.at, colon}, .low = (unsigned)low, .high = (unsigned)high};
	return true;
}

static int join_ports(struct learn *learn, struct part *parts, size_t count)
{
	unsigned high = 0;
	struct buf value;

	if (count < ALIKE_LEAST)
		return 0;
	for (size_t i = 0; i < count; i++)
		high = parts[i].high > high ? parts[i].high : high;
	buf_init(&value, SHAPE_BYTES_MOST);
	buf_add(&value, parts->front);
	buf_add_format(&value, "%u-%u", parts->low, high);
	int result = replace(learn, parts, count, &value);

	buf_free(&value);
	return result;
}

static bool is_near(const struct part *a, const struct part *b)
{
	return is_alike(a, b) && b->low <= a->high + PORT_GAP_MOST;
}

int merge_ports(struct learn *learn, struct section *section, enum grant grant)
{
	struct part_list list;
	int result = parts_read(section, grant, port_apart, &list);

	for (size_t from = 0, to; result == 0 && from < list.count; from = to) {
		for (to = from + 1; to < list.count && is_near(&list.all[to - 1], &list.all[to]);)
			to++;
		result = join_ports(learn, &list.all[from], to - from);
	}
	free(list.all);
	return result;
}
