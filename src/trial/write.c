/* SPDX-License-Identifier: Apache-2.0 */
/* What of a permitted request is sent on. */
#include "trial/parts.h"

static void pin_param(struct trial *trial, struct span param, struct span id)
{
	for (size_t i = 0; i < trial->target.query_count; i++) {
		struct pair *pair = &trial->target.query[i];

		if (span_equal(pair->name, param))
			pair->value = id;
	}
}

static bool pin_path(struct trial *trial, struct span name, struct span id)
{
	struct span *path = &trial->target.path;
	struct span before = {path->at, (size_t)(name.at - path->at)};
	struct span after = span_from(*path, before.len + name.len);
	size_t len = before.len + id.len + after.len;
	char *room = arena_alloc(&trial->arena, len + 1);

	if (!room)
		return false;
	memcpy(room, before.at, before.len);
	memcpy(room + before.len, id.at, id.len);
	memcpy(room + before.len + id.len, after.at, after.len);
	*path = (struct span){room, len};
	return true;
}

bool trial_pin_identity(struct trial *trial)
{
	const struct docker_match *match = &trial->ask.match;
	const char *param = match->operation->object_param;

	if (!param)
		return pin_path(trial, match->args[0], trial->decision.identity);
	pin_param(trial, span_of(param), trial->decision.identity);
	return true;
}

void trial_write_head(const struct trial *trial, struct buf *out, bool upgrade)
{
	const struct http_request *request = &trial->request;
	enum http_framing rest = trial_rest(trial);
	size_t body = trial_body_to_send(trial).len;
	bool streams = rest != FRAMING_NONE;
	struct http_rewrite rewrite = {
	    .framing = streams ? rest
		       : body  ? FRAMING_LENGTH
			       : FRAMING_NONE,
	    .content_length = streams ? request->content_length : body,
	    .send_expect = streams && request->expect_continue,
	    .send_upgrade = upgrade,
	    .send_meta = trial->ask.header_count > 0,
	};

	http_request_write(out, request, &trial->target, &rewrite);
}
