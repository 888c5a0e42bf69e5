/* SPDX-License-Identifier: Apache-2.0 */
#include "app/ask.h"

#include "base/buf.h"
#include "json/json.h"

/* ---- a request from its parts ------------------------------------------------------------------
 */

static void write_head(struct buf *out, const struct ask_request *request)
{
	buf_add(out, request->method);
	buf_add_char(out, ' ');
	buf_add(out, request->target);
	buf_add_text(out, " HTTP/1.1\r\nHost: docker\r\n");
	for (size_t i = 0; i < request->header_count; i++) {
		buf_add(out, request->headers[i]);
		buf_add_text(out, "\r\n");
	}
	if (request->body.len > 0) {
		buf_add_text(out, "Content-Length: ");
		buf_add_uint(out, request->body.len);
		buf_add_text(out, "\r\n");
	}
	buf_add_text(out, "\r\n");
}

static int out_of_memory(struct ask *ask)
{
	decision_refuse(&ask->decision, REASON_INTERNAL, 503, "out of memory");
	return -1;
}

/* A line end in an argument would end the head, and the rest would not be judged. */
static int whole_head(struct ask *ask, size_t bytes)
{
	if (ask->exchange->head.len == bytes)
		return 0;
	decision_refuse(&ask->decision, REASON_AMBIGUOUS, 400, "the request head ends early");
	return -1;
}

static int read_head(struct ask *ask, const struct limits *limits, struct span wire)
{
	struct exchange *exchange = ask->exchange;
	size_t scanned = 0;

	switch (exchange_read(exchange, limits, wire, &scanned)) {
	case HTTP_DONE:
		ask->operation = exchange->ask.match.operation;
		return whole_head(ask, wire.len);
	case HTTP_ERROR:
		ask->decision = exchange->decision;
		return -1;
	case HTTP_MORE:
		break;
	}
	decision_refuse(&ask->decision, REASON_AMBIGUOUS, 400, "the request head is not complete");
	return -1;
}

static int read_request(
    struct ask *ask, const struct limits *limits, const struct ask_request *request)
{
	struct buf wire;

	ask->exchange = exchange_new(limits);
	if (!ask->exchange)
		return out_of_memory(ask);
	buf_init(&wire, 4 * limits->http.max_head);
	write_head(&wire, request);
	/* What is read points into the head, which must stay. */
	const char *copy = wire.failed ? NULL : arena_copy(&ask->arena, buf_span(&wire));
	struct span text = {copy, wire.len};

	buf_free(&wire);
	return copy ? read_head(ask, limits, text) : out_of_memory(ask);
}

/* ---- the question ------------------------------------------------------------------------------
 */

static const char *keep(struct ask *ask, const char *text)
{
	const char *copy = text ? arena_copy(&ask->arena, span_of(text)) : NULL;

	return copy ? copy : "";
}

static void trace(void *context, const struct policy_step *step)
{
	struct ask *ask = context;

	if (strcmp(step->what, "need") == 0) /* a "fix" says it for people */
		return;
	struct ask_step *kept = arena_alloc(&ask->arena, sizeof(*kept));

	if (!kept)
		return;
	*kept = (struct ask_step){.step = *step};
	kept->step.what = keep(ask, step->what);
	kept->step.name = keep(ask, step->name);
	kept->step.value = keep(ask, step->value);
	kept->step.result = keep(ask, step->result);
	*ask->last_step = kept;
	ask->last_step = &kept->next;
}

static void decide(struct ask *ask, const struct policy *policy)
{
	ask->steps = NULL;
	ask->last_step = &ask->steps;
	policy_decide(policy, &ask->exchange->ask, &ask->decision, trace, ask);
}

static int read_body(struct ask *ask, const struct limits *limits, struct span body)
{
	struct policy_request *request = &ask->exchange->ask;
	struct error err;

	request->body_read = true;
	if (body.len == 0)
		return 0;
	if (body.len > limits->json.max_bytes) {
		decision_refuse(&ask->decision, REASON_LIMIT, 413,
		    "the body of %zu bytes is larger than max_body (%zu)", body.len,
		    limits->json.max_bytes);
		return -1;
	}
	request->body = json_parse(body, &limits->json, &ask->exchange->arena, &err);
	if (request->body)
		return 0;
	decision_refuse(&ask->decision, REASON_BODY, 400, "the JSON body: %s", err.text);
	return -1;
}

/* A head that is refused is refused whatever the body says, but what the body lacks is told too. */
static void decide_beyond(
    struct ask *ask, const struct policy *policy, const struct limits *limits, struct span body)
{
	struct policy_request *request = &ask->exchange->ask;

	if (!ask->operation || ask->operation->body != BODY_JSON || body.len == 0)
		return;
	request->body = json_parse(body, &limits->json, &ask->exchange->arena, NULL);
	if (!request->body)
		return;
	request->body_read = true;
	decide(ask, policy);
}

static void look(const struct existing *existing, struct policy_object *object)
{
	object->json = existing_find(existing, object->kind, object->name);
	object->unseen = !object->json;
}

/* Answers what the decision wants to know, and asks again, until it wants nothing more. */
static void decide_with_state(
    struct ask *ask, const struct policy *policy, const struct existing *existing)
{
	const struct decision *decision = &ask->decision;

	while ((decision->verdict == VERDICT_NEED_STATE || decision->wants_state) &&
	       ask->object_count + decision->wanted_count <= POLICY_OBJECTS_MOST) {
		for (unsigned i = 0; i < decision->wanted_count; i++) {
			struct policy_object *object = &ask->objects[ask->object_count++];

			*object = decision->wanted[i];
			look(existing, object);
		}
		ask->exchange->ask.objects = ask->objects;
		ask->exchange->ask.object_count = ask->object_count;
		decide(ask, policy);
	}
}

void ask_policy(struct ask *ret_ask, const struct policy *policy, const struct limits *limits,
    const struct ask_request *request)
{
	struct ask *ask = ret_ask;

	*ask = (struct ask){0};
	arena_init(&ask->arena, 0);
	ask->last_step = &ask->steps;
	if (read_request(ask, limits, request))
		return;
	if (!request->resolve) {
		ask->exchange->ask.resolve = NULL;
		ask->exchange->ask.mounts = NULL;
	}
	decide(ask, policy);
	if (ask->decision.verdict == VERDICT_NEED_BODY &&
	    read_body(ask, limits, request->body) == 0)
		decide(ask, policy);
	else if (ask->decision.verdict == VERDICT_DENY)
		decide_beyond(ask, policy, limits, request->body);
	decide_with_state(ask, policy, request->existing);
	if (ask->decision.verdict == VERDICT_NEED_BODY ||
	    ask->decision.verdict == VERDICT_NEED_STATE)
		decision_refuse(&ask->decision, REASON_INTERNAL, 500, "the policy wants too much");
}

void ask_free(struct ask *ask)
{
	exchange_free(ask->exchange);
	arena_free(&ask->arena);
}

/* ---- the answer --------------------------------------------------------------------------------
 */

bool ask_step_is(const struct ask_step *step, const char *what)
{
	return strcmp(step->step.what, what) == 0;
}

const struct ask_step *ask_next(const struct ask_step *step, const char *what)
{
	while (step && !ask_step_is(step, what))
		step = step->next;
	return step;
}

const struct ask_step *ask_next_fix(const struct ask_step *step)
{
	return ask_next(step, "fix");
}

bool ask_fix_repeats(const struct ask *ask, const struct ask_step *fix)
{
	const struct ask_step *step = ask_next_fix(ask->steps);

	while (step && step != fix && strcmp(step->step.name, fix->step.name) != 0)
		step = ask_next_fix(step->next);
	return step && step != fix;
}
