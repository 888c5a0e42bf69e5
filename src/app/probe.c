/* SPDX-License-Identifier: Apache-2.0 */
#include "app/probe.h"

#include "app/requester.h"
#include "json/json.h"

#define ANSWER_MAX 262144u
#define STATUS_FINE 200

/* The sentence of an answer in Docker's shape, or what was sent in its place. */
static void read_message(struct span body, struct error *err)
{
	static const struct json_limits limits = {ANSWER_MAX, 8, 100};
	struct arena arena;

	arena_init(&arena, 0);
	const cJSON *tree = json_parse(body, &limits, &arena, NULL);

	if (tree)
		(void)error_set(err, "%s", json_string(json_field(tree, "message")));
	else
		(void)error_set(err, "%.*s", (int)body.len, body.at);
	arena_free(&arena);
}

int probe_ping(const struct config_upstream *to, uint64_t timeout, struct error *err)
{
	return probe_get(to, "/_ping", timeout, err);
}

int probe_get(
    const struct config_upstream *to, const char *path, uint64_t timeout, struct error *err)
{
	struct requester *client = requester_new(to, err);
	struct buf body;

	if (!client)
		return -1;
	buf_init(&body, ANSWER_MAX);
	int status = requester_get(client, path, timeout, &body, err);

	if (status > 0 && status != STATUS_FINE)
		read_message(buf_span(&body), err);
	buf_free(&body);
	requester_free(client);
	return status;
}
