/* SPDX-License-Identifier: Apache-2.0 */
#include "trial/parts.h"

#define ARENA_BASE (4u << 20)

void trial_init(struct trial *trial, const struct http_limits *http, const struct json_limits *json)
{
	trial->http = *http;
	trial->json = *json;
	arena_init(
	    &trial->arena, ARENA_BASE + 4 * http->max_head + JSON_TREE_PER_BYTE * json->max_bytes);
	buf_init(&trial->collected, json->max_bytes);
}

void trial_free(struct trial *trial)
{
	arena_free(&trial->arena);
	buf_free(&trial->collected);
}

enum trial_state trial_out_of_memory(struct trial *trial)
{
	decision_refuse(&trial->decision, REASON_INTERNAL, 503, "out of memory");
	return TRIAL_REFUSED;
}
