/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a request, and the operation that it asks for. */
#include "trial/parts.h"
#include "docker/call.h"

#define MOVED_SHOWN 200 /* bytes of a path in a message */

static const struct span none = {NULL, 0};

/* Forgets the request before. */
static void begin(struct trial *trial)
{
	arena_reset(&trial->arena);
	if (trial->collected.size > 0)
		buf_free(&trial->collected);
	trial->target_read = trial->body_done = trial->in_chunks = false;
	trial->has_owner = trial->hidden = false;
	trial->ask.tenancy = NULL;
	trial->location = trial->body = none;
	trial->ask.body_read = false;
	trial->body_fault.status = 0;
	trial->objects = NULL;
}

/* There is no head, or none that could be read. */
static void forget_head(struct trial *trial)
{
	trial->request.head = trial->request.target = none;
	trial->request.method = METHOD_OTHER;
	trial->ask.match.operation = NULL;
}

static enum trial_state refuse_head(struct trial *trial)
{
	const struct http_fault *fault = &trial->fault;
	static const unsigned limit_status[] = {413, 414, 431};
	enum reason reason = REASON_AMBIGUOUS;

	for (unsigned i = 0; i < sizeof(limit_status) / sizeof(limit_status[0]); i++) {
		if (fault->status == limit_status[i])
			reason = REASON_LIMIT;
	}
	decision_refuse(&trial->decision, reason, fault->status, "%s", fault->error.text);
	return TRIAL_REFUSED;
}

/* Tells the clean path, as the daemon's router does. To another method a client would answer with a
 * GET. */
static enum trial_state refuse_target(struct trial *trial)
{
	enum method method = trial->request.method;
	struct span moved = trial->fault.moved;

	if (!moved.at || (method != METHOD_GET && method != METHOD_HEAD))
		return refuse_head(trial);
	trial->location = moved;
	decision_refuse(&trial->decision, REASON_AMBIGUOUS, 301,
	    "the path has an empty, \".\" or \"..\" segment; ask for \"%.*s\" instead",
	    (int)(moved.len < MOVED_SHOWN ? moved.len : MOVED_SHOWN), moved.at);
	return TRIAL_REFUSED;
}

/* What the request line and the operation say of the headers. */
static void settle_headers(struct http_request *request, const struct http_target *target,
    const struct docker_operation *operation)
{
	if (target->host.at) /* counts, whatever the header says (RFC 9112, 3.2.2) */
		request->host = target->host;
	if (operation && operation->traits & TRAIT_H2C)
		return;
	request->upgrade = http_upgrade_without_h2c(request->upgrade);
	request->wants_upgrade = request->upgrade.at != NULL;
}

/* The headers that policy judges by itself. */
static bool pick_headers(struct trial *trial)
{
	const struct http_request *request = &trial->request;
	struct policy_request *ask = &trial->ask;
	struct pair *pairs = NULL;

	for (size_t i = 0; i < request->header_count; i++) {
		const struct http_header *header = &request->headers[i];

		if (header->role != ROLE_META)
			continue;
		if (!pairs) {
			pairs = arena_alloc(&trial->arena, request->header_count * sizeof(*pairs));
			if (!pairs)
				return false;
			ask->headers = pairs;
		}
		pairs[ask->header_count++] = (struct pair){header->name, header->value};
	}
	return true;
}

/* What the policy is asked about; who judges adds where that is. */
static bool fill_ask(struct trial *trial)
{
	const struct http_request *request = &trial->request;
	const struct http_target *target = &trial->target;
	struct policy_request *ask = &trial->ask;

	ask->method = request->method;
	ask->path = target->path;
	ask->api = target->api_minor;
	ask->query = target->query;
	ask->query_count = target->query_count;
	ask->content_type = request->content_type;
	ask->upgrade = request->upgrade;
	ask->scratch = &trial->arena;
	ask->has_body = request->framing != FRAMING_NONE;
	ask->length_unknown = request->framing == FRAMING_CHUNKED;
	ask->body = NULL;
	ask->objects = NULL;
	ask->object_count = ask->header_count = 0;
	return pick_headers(trial) && policy_read_params(ask, &trial->json, &trial->arena) == 0;
}

static void find_call(struct span path, struct docker_match *match)
{
	match->call = docker_call_find(path);
	match->operation =
	    match->call ? docker_operation_named(span_of(match->call->operation)) : NULL;
}

static enum trial_state read_target(struct trial *trial)
{
	struct http_request *request = &trial->request;
	struct http_target *target = &trial->target;
	struct docker_match *match = &trial->ask.match;

	if (http_target_parse(request->target, &trial->http, &trial->arena, target, &trial->fault) <
	    0) {
		trial->ask.match.operation = NULL;
		return refuse_target(trial);
	}
	trial->target_read = true;
	docker_find(request->method, target->path, match);
	if (trial->calls && !match->operation && request->method == METHOD_POST)
		find_call(target->path, match);
	settle_headers(request, target, match->operation);
	target->query_count =
	    docker_query_reduce(match->operation, target->query, target->query_count);
	trial->body_left = request->content_length;
	return fill_ask(trial) ? TRIAL_READY : trial_out_of_memory(trial);
}

enum trial_state trial_head(struct trial *trial, struct span bytes, size_t *scanned)
{
	begin(trial);
	switch (http_request_recall(
	    bytes, scanned, &trial->http, &trial->arena, &trial->request, &trial->fault)) {
	case HTTP_DONE:
		return read_target(trial);
	case HTTP_MORE:
		forget_head(trial);
		return TRIAL_MORE;
	case HTTP_ERROR:
		break;
	}
	forget_head(trial);
	return refuse_head(trial);
}
