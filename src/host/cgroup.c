/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cgroup.h"

static bool is_id(struct span text)
{
	if (text.len != CGROUP_ID_LEN)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (!(text.at[i] >= '0' && text.at[i] <= '9') &&
		    !(text.at[i] >= 'a' && text.at[i] <= 'f'))
			return false;
	}
	return true;
}

/* The id in one part of a path: the whole of it, or docker-ID.scope, as systemd has it. An empty
 * span when there is none. */
static struct span id_in(struct span part)
{
	const struct span before = SPAN("docker-"), after = SPAN(".scope");
	struct span id = part;

	if (part.len == before.len + CGROUP_ID_LEN + after.len && span_starts(part, before)) {
		struct span end = {part.at + before.len + CGROUP_ID_LEN, after.len};

		if (span_equal(end, after))
			id = (struct span){part.at + before.len, CGROUP_ID_LEN};
	}
	return is_id(id) ? id : (struct span){NULL, 0};
}

/* The line in two: hierarchy and controllers, which together say which tree it is, and the path.
 * False for what is no such line. */
static bool cut_line(struct span line, struct span *ret_tree, struct span *ret_path)
{
	struct span rest, path;

	(void)span_cut(line, ':', &rest);
	if (!rest.at)
		return false;
	(void)span_cut(rest, ':', &path);
	if (path.len == 0 || path.at[0] != '/')
		return false;
	*ret_tree = (struct span){line.at, (size_t)(path.at - line.at)};
	*ret_path = path;
	return true;
}

/* Takes the next line that is one off the front of |*text|. */
static bool next_line(struct span *text, struct span *ret_tree, struct span *ret_path)
{
	while (text->len > 0) {
		struct span line = span_cut(*text, '\n', text);

		if (cut_line(line, ret_tree, ret_path))
			return true;
	}
	return false;
}

struct span cgroup_next_id(struct span *path)
{
	while (path->len > 0) {
		struct span id = id_in(span_cut(*path, '/', path));

		if (id.len > 0)
			return id;
	}
	return (struct span){NULL, 0};
}

static bool is_among(const struct span *ids, unsigned count, struct span id)
{
	for (unsigned i = 0; i < count && i < CGROUP_CANDIDATES; i++) {
		if (span_equal(ids[i], id))
			return true;
	}
	return false;
}

/* Adds the ids of one path, the last one first. */
static unsigned add_path(struct span *ids, unsigned count, struct span path)
{
	struct span found[CGROUP_CANDIDATES], id;
	unsigned depth = 0;

	while ((id = cgroup_next_id(&path)).len > 0) {
		if (depth == CGROUP_CANDIDATES)
			return CGROUP_CANDIDATES + 1;
		found[depth++] = id;
	}
	while (depth-- > 0) {
		if (is_among(ids, count, found[depth]))
			continue;
		if (count < CGROUP_CANDIDATES)
			ids[count] = found[depth];
		count++;
	}
	return count;
}

unsigned cgroup_candidates(struct span text, struct span ret_ids[static CGROUP_CANDIDATES])
{
	struct span tree, path;
	unsigned count = 0;

	while (count <= CGROUP_CANDIDATES && next_line(&text, &tree, &path))
		count = add_path(ret_ids, count, path);
	return count;
}

/* The path up to the end of the part that bears |id|, its first one; empty when none does. */
static struct span path_to(struct span path, struct span id)
{
	struct span rest = path, found;

	while ((found = cgroup_next_id(&rest)).len > 0) {
		if (span_equal(found, id))
			return rest.at ? (struct span){path.at, (size_t)(rest.at - path.at)} : path;
	}
	return (struct span){NULL, 0};
}

/* The path of |text| in |tree|. */
static struct span path_in(struct span text, struct span tree)
{
	struct span other, path;

	while (next_line(&text, &other, &path)) {
		if (span_equal(other, tree))
			return path;
	}
	return (struct span){NULL, 0};
}

/* Compares without the slash that ends all but the last part. */
static bool same_place(struct span one, struct span other)
{
	if (one.len > 0 && one.at[one.len - 1] == '/')
		one.len--;
	if (other.len > 0 && other.at[other.len - 1] == '/')
		other.len--;
	return one.len > 0 && span_equal(one, other);
}

bool cgroup_is_inside(struct span peer, struct span init, struct span id)
{
	struct span tree, path;
	bool inside = false;

	while (next_line(&peer, &tree, &path)) {
		struct span any = path;

		if (cgroup_next_id(&any).len == 0)
			continue;
		if (!same_place(path_to(path, id), path_to(path_in(init, tree), id)))
			return false;
		inside = true;
	}
	return inside;
}
