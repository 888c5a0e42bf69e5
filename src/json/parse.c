/* SPDX-License-Identifier: Apache-2.0 */
/* cJSON behind the gate. Its memory hooks are global, so the arena of the parse that is going on is
 * kept beside them, one for each thread. */
#include "json/json.h"

#include <pthread.h>
#include <stdlib.h>

static _Thread_local struct arena *current; /* NULL outside of json_parse() */

static void *hook_malloc(size_t size)
{
	return current ? arena_alloc(current, size) : malloc(size);
}

static void hook_free(void *memory)
{
	if (!current)
		free(memory);
}

/* ---- numbers that a double does not hold -------------------------------------------------------
 */

/* The text of the next number at or behind |*at|, in gated JSON; .at NULL when there is none. */
static struct span next_number(const char **at, const char *end)
{
	const char *from = *at;

	while (from < end && *from != '-' && !(*from >= '0' && *from <= '9')) {
		if (*from++ != '"')
			continue;
		while (*from != '"')
			from += *from == '\\' ? 2 : 1;
		from++;
	}
	const char *to = from;

	while (to < end && *to && strchr("+-.0123456789Ee", *to))
		to++;
	*at = to;
	return (struct span){to > from ? from : NULL, (size_t)(to - from)};
}

/* Gives each number of the tree below |value| its text: they stand there in the order of the text.
 */
static bool keep_numbers(cJSON *value, const char **at, const char *end, struct arena *arena)
{
	if (cJSON_IsNumber(value)) {
		struct span text = next_number(at, end);

		value->valuestring = text.at ? arena_copy(arena, text) : NULL;
		return value->valuestring != NULL;
	}
	for (cJSON *child = value->child; child; child = child->next) {
		if (!keep_numbers(child, at, end, arena))
			return false;
	}
	return true;
}

static void hooks_set(void)
{
	cJSON_Hooks hooks = {.malloc_fn = hook_malloc, .free_fn = hook_free};

	cJSON_InitHooks(&hooks);
}

cJSON *json_parse_sifted(struct span text, const struct json_limits *limits,
    const struct json_sieve *sieve, struct arena *arena, struct error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct json_gated gated;
	const char *at, *end = NULL;

	if (json_gate_sifted(text, limits, sieve, arena, &gated, err) < 0)
		return NULL;
	if (pthread_once(&once, hooks_set) != 0) {
		error_set(err, "out of memory");
		return NULL;
	}
	current = arena;
	cJSON *tree = cJSON_ParseWithLengthOpts(gated.text.at, gated.text.len, &end, 0);

	current = NULL;
	at = gated.text.at;
	if (tree && gated.odd_numbers && !keep_numbers(tree, &at, at + gated.text.len, arena))
		tree = NULL;
	if (!tree)
		error_set(err, "out of memory, or too deep");
	return tree;
}

cJSON *json_parse(
    struct span text, const struct json_limits *limits, struct arena *arena, struct error *err)
{
	return json_parse_sifted(text, limits, NULL, arena, err);
}
