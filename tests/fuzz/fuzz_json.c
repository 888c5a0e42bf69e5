/* SPDX-License-Identifier: Apache-2.0 */
/* Any text: refused with a reason, or read by cJSON to its end, without a name twice, and as what
 * passes the gate again when it is written out. */
#include "fuzz.h"

#include "json/json.h"

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
	} else {
		MUST(err.text[0]);
		MUST(!json_parse(text, &limits, &arena, &err));
	}
	arena_free(&arena);
	return 0;
}
