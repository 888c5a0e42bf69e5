/* SPDX-License-Identifier: Apache-2.0 */
/* From method and path to the operation. Reads a path as the daemon's router does, with one
 * difference: {id} is one segment, where the daemon lets names of containers span several (and
 * finds other containers through their links). Such a path is no route here. */
#include "docker/operations.h"

#define ANY_SEGMENT "{rest}" /* the first segment of the rows that match any path */

/* The first segment of a row's path, or of a request's. */
static struct span first_segment(struct span path)
{
	const char *slash;

	if (path.len == 0 || path.at[0] != '/')
		return (struct span){NULL, 0};
	slash = memchr(path.at + 1, '/', path.len - 1);
	return (struct span){path.at + 1, slash ? (size_t)(slash - path.at - 1) : path.len - 1};
}

/* Compares |segment| with the first segment of |row|. No name has a byte before '/' where another
 * one ends, so that this is the order of the table. */
static int compare_segment(struct span segment, const struct docker_operation *row)
{
	const char *name = row->path + 1;
	/* most rows differ in the first byte already */
	int order = (unsigned char)segment.at[0] - (unsigned char)name[0];

	if (order == 0)
		order = strncmp(segment.at, name, segment.len);
	if (order != 0)
		return order;
	return name[segment.len] == '\0' || name[segment.len] == '/' ? 0 : -1;
}

/* The first row whose segment is not before |segment|. */
static unsigned find_first(struct span segment)
{
	unsigned low = 0, high = docker_operations_count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (compare_segment(segment, &docker_operations[middle]) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_plain_segment(struct span segment)
{
	return segment.len > 0 && !span_is(segment, ".") && !span_is(segment, "..");
}

static bool is_plain_name(struct span name)
{
	do {
		if (!is_plain_segment(span_cut(name, '/', &name)))
			return false;
	} while (name.at);
	return true;
}

/* The length of the segment that |path| starts with, 0 when an {id} cannot stand for it. */
static size_t id_length(struct span path)
{
	const char *slash = path.len ? memchr(path.at, '/', path.len) : NULL;
	struct span id = {path.at, slash ? (size_t)(slash - path.at) : path.len};

	return is_plain_segment(id) ? id.len : 0;
}

/* The length of all of |path| but |tail|, 0 when a {name} cannot stand for it. */
static size_t name_length(struct span path, const char *tail)
{
	size_t tail_len = strlen(tail);
	struct span name = path;

	if (path.len <= tail_len || memcmp(path.at + path.len - tail_len, tail, tail_len) != 0)
		return 0;
	name.len = path.len - tail_len;
	return is_plain_name(name) ? name.len : 0;
}

/* What is left of a path behind its first segment, with the answer most rows ask for. */
struct path_rest {
	struct span text;
	struct span id;
};

/* How much of |path| the placeholder {|kind|…} takes; 0 when it can take nothing. */
static size_t placeholder_length(
    char kind, const struct path_rest *rest, struct span path, const char *tail)
{
	if (kind == 'r')
		return path.len;
	if (kind == 'n')
		return name_length(path, tail);
	return path.at == rest->id.at ? rest->id.len : id_length(path);
}

/* Matches the whole of |rest| with what a row's |pattern| has left. */
static bool match_pattern(
    const char *pattern, const struct path_rest *rest, struct docker_match *match)
{
	struct span path = rest->text;

	match->arg_count = 0;
	while (*pattern) {
		if (*pattern != '{') {
			if (path.len == 0 || *pattern != *path.at)
				return false;
			pattern++;
			path.at++;
			path.len--;
			continue;
		}
		char kind = pattern[1];

		/* {name} and {rest} are of one length */
		pattern += kind == 'i' ? sizeof("{id}") - 1 : sizeof("{name}") - 1;
		size_t len = placeholder_length(kind, rest, path, pattern);

		if (len == 0)
			return false;
		match->args[match->arg_count++] = (struct span){path.at, len};
		path.at += len;
		path.len -= len;
	}
	return path.len == 0;
}

static bool takes_method(const struct docker_operation *row, enum method method)
{
	if (row->traits & TRAIT_CALL)
		return false;
	return row->method == method || row->method == METHOD_OTHER ||
	       (method == METHOD_HEAD && row->method == METHOD_GET && (row->traits & TRAIT_HEAD));
}

/* Looks among the rows of one first segment, which |skip| bytes of each pattern and of |path| are.
 */
static const struct docker_operation *find_in_group(struct span segment, size_t skip,
    enum method method, struct span path, struct docker_match *match)
{
	struct path_rest rest = {.text = {path.at + skip, path.len - skip}};

	if (rest.text.len > 0) {
		rest.id = span_from(rest.text, 1);
		rest.id.len = id_length(rest.id);
	}
	for (unsigned i = find_first(segment); i < docker_operations_count; i++) {
		const struct docker_operation *row = &docker_operations[i];

		if (!takes_method(row, method))
			continue;
		if (compare_segment(segment, row) != 0)
			break;
		if (match_pattern(row->path + skip, &rest, match))
			return row;
	}
	return NULL;
}

void docker_find(enum method method, struct span path, struct docker_match *ret_match)
{
	struct docker_match match = {.operation = NULL};
	struct span segment = first_segment(path);

	if (segment.len > 0 && !memchr(segment.at, '\0', segment.len))
		match.operation = find_in_group(segment, segment.len + 1, method, path, &match);
	if (!match.operation && path.len > 1 && path.at[0] == '/')
		match.operation = find_in_group(SPAN(ANY_SEGMENT), 1, method, path, &match);
	if (!match.operation)
		match.arg_count = 0;
	*ret_match = match;
}
