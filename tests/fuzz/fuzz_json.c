/* SPDX-License-Identifier: Apache-2.0 */
/* Any text: refused with a reason, or read by cJSON to its end, without a name twice, and as what
 * passes the gate again when it is written out. Values that are put into it are there once for each
 * reader, and all else is as before. */
#include "fuzz.h"

#include "json/json.h"
#include "json/set.h"

#define MAX_BYTES ((size_t)1 << 20)
#define MAX_DEPTH 50
#define MAX_MEMBERS 100000
#define COMPARED 200 /* names of one object */
#define LARGEST 9007199254740992.0
#define SMALLEST 1e-90

static const struct json_limits limits = {MAX_BYTES, MAX_DEPTH, MAX_MEMBERS};

static void check_name(const cJSON *object, const cJSON *member)
{
	unsigned compared = 0;

	for (const cJSON *other = object->child; other != member && compared < COMPARED;
	     other = other->next, compared++)
		MUST(strcmp(other->string, member->string) != 0);
}

/* cJSON writes very large and very small numbers in ways that the gate refuses. */
static bool is_tame(const cJSON *tree)
{
	double size = tree->valuedouble < 0 ? -tree->valuedouble : tree->valuedouble;

	if (cJSON_IsNumber(tree) && (size > LARGEST || (size > 0 && size < SMALLEST)))
		return false;
	for (const cJSON *child = tree->child; child; child = child->next) {
		if (!is_tame(child))
			return false;
	}
	return true;
}

static unsigned check_tree(const cJSON *tree, unsigned depth)
{
	unsigned members = 0;

	MUST(depth <= MAX_DEPTH);
	MUST(!cJSON_IsInvalid(tree) && !cJSON_IsRaw(tree));
	for (const cJSON *child = tree->child; child; child = child->next) {
		if (cJSON_IsObject(tree))
			check_name(tree, child);
		members += 1 + check_tree(child, depth + 1);
	}
	return members;
}

static void check_again(const cJSON *tree, struct arena *arena)
{
	const struct json_limits wide = {MAX_BYTES * 8, MAX_DEPTH, MAX_MEMBERS};
	char *text = cJSON_PrintUnformatted(tree);

	MUST(text);
	MUST(!is_tame(tree) || json_gate(span_of(text), &wide, arena, NULL) == 0);
	cJSON_free(text);
}

/* ---- values that are put in --------------------------------------------------------------------
 */

#define SET_MOST (4 * MAX_BYTES)
#define FIELD(text)                                                                                \
	{                                                                                          \
		JSON_STEP_FIELD, SPAN(text), 0                                                     \
	}
#define VALUE(text)                                                                                \
	{                                                                                          \
		SPAN(text), SPAN(""), SPAN("")                                                     \
	}

static const struct json_edit edits[] = {
    {{FIELD("Labels"), {JSON_STEP_KEY, SPAN("k"), 0}}, 2, VALUE("label")},
    {{FIELD("HostConfig"), FIELD("ContainerIDFile")}, 2, VALUE("mark")},
    {{FIELD("HostConfig"), FIELD("NetworkMode")}, 2, VALUE("network")},
};

#define EDITS (sizeof(edits) / sizeof(*edits))

/* The one member that |step| leads to, or NULL; |*ret_twice| is set when there are more. */
static cJSON *find(const cJSON *object, const struct json_step *step, bool *ret_twice)
{
	cJSON *member, *found = NULL;

	if (!cJSON_IsObject(object))
		return NULL;
	cJSON_ArrayForEach (member, object) {
		if (step->kind == JSON_STEP_KEY ? strcmp(member->string, step->name.at) != 0
						: !json_names_field(member->string, step->name.at))
			continue;
		*ret_twice |= found != NULL;
		found = member;
	}
	return found;
}

/* Whether a field on the way of an edit is there twice. */
static bool is_twice(const cJSON *tree)
{
	bool twice = false;

	for (size_t i = 0; i < EDITS; i++) {
		const cJSON *object = find(tree, &edits[i].path[0], &twice);

		(void)find(object, &edits[i].path[1], &twice);
	}
	return twice;
}

/* Takes the values out that were put in, so that what is left can be compared. */
static void take_out(cJSON *tree)
{
	bool twice = false;

	for (size_t i = 0; i < EDITS; i++) {
		cJSON *object = find(tree, &edits[i].path[0], &twice);
		cJSON *value = find(object, &edits[i].path[1], &twice);

		if (value)
			(void)cJSON_DetachItemViaPointer(object, value);
	}
	for (size_t i = 0; i < EDITS; i++) {
		cJSON *object = find(tree, &edits[i].path[0], &twice);

		if (object && !object->child)
			(void)cJSON_DetachItemViaPointer(tree, object);
	}
}

static void check_put_in(struct span before, struct span after, struct arena *arena)
{
	const struct json_limits wide = {SET_MOST, MAX_DEPTH + 2, MAX_MEMBERS + 2 * EDITS};
	cJSON *was = json_parse(before, &wide, arena, NULL);
	cJSON *is = json_parse(after, &wide, arena, NULL);
	bool twice = false;

	MUST(is && !is_twice(is));
	for (size_t i = 0; i < EDITS; i++) {
		const cJSON *object = find(is, &edits[i].path[0], &twice);
		const cJSON *value = find(object, &edits[i].path[1], &twice);

		MUST(span_equal(span_of(json_string(value)), edits[i].parts[0]));
	}
	take_out(was);
	take_out(is);
	MUST(cJSON_IsNull(was) || cJSON_Compare(was, is, true));
}

static void check_edits(struct span text, const cJSON *tree, struct arena *arena)
{
	bool once = !is_twice(tree);
	struct buf out, again;

	buf_init(&out, SET_MOST);
	buf_init(&again, SET_MOST);
	if (json_set(&out, text, edits, EDITS, false)) {
		check_put_in(text, buf_span(&out), arena);
		MUST(once && json_set(&again, text, edits, EDITS, true));
		MUST(span_equal(buf_span(&out), buf_span(&again)));
	} else if (once) {
		MUST(!json_set(&again, text, edits, EDITS, true));
	}
	buf_free(&again);
	buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = {(const char *)data, size};
	struct error err = {""};
	struct arena arena;

	arena_init(&arena, 0);
	if (json_gate(text, &limits, &arena, &err) == 0) {
		const cJSON *tree = json_parse(text, &limits, &arena, &err);

		MUST(tree);
		MUST(check_tree(tree, 0) <= MAX_MEMBERS);
		check_again(tree, &arena);
		check_edits(text, tree, &arena);
	} else {
		MUST(err.text[0]);
		MUST(!json_parse(text, &limits, &arena, &err));
	}
	arena_free(&arena);
	return 0;
}
