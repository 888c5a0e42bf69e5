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

static void hooks_set(void)
{
	cJSON_Hooks hooks = {.malloc_fn = hook_malloc, .free_fn = hook_free};

	cJSON_InitHooks(&hooks);
}

cJSON *json_parse_sifted(struct span text, const struct json_limits *limits,
    const struct json_sieve *sieve, struct arena *arena, struct error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const char *end = NULL;

	if (json_gate_sifted(text, limits, sieve, arena, &text, err) < 0)
		return NULL;
	if (pthread_once(&once, hooks_set) != 0) {
		error_set(err, "out of memory");
		return NULL;
	}
	current = arena;
	cJSON *tree = cJSON_ParseWithLengthOpts(text.at, text.len, &end, 0);

	current = NULL;
	if (!tree)
		error_set(err, "out of memory, or too deep");
	return tree;
}

cJSON *json_parse(
    struct span text, const struct json_limits *limits, struct arena *arena, struct error *err)
{
	return json_parse_sifted(text, limits, NULL, arena, err);
}
