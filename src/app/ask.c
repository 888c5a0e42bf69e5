/* SPDX-License-Identifier: Apache-2.0 */
#include "app/ask.h"

#include "base/buf.h"

/* ---- from the http room to the policy room -----------------------------------------------------
 */

/* X-Meta-* headers are the ones that carry power and are handed on. */
static int collect_headers(
    const struct http_request *head, struct arena *arena, struct policy_request *request)
{
	struct pair *pairs = arena_alloc(arena, (head->header_count + 1) * sizeof(*pairs));

	if (!pairs)
		return -1;
	request->headers = pairs;
	for (size_t i = 0; i < head->header_count; i++) {
		const struct http_header *header = &head->headers[i];

		if (header->role == ROLE_META)
			pairs[request->header_count++] = (struct pair){header->name, header->value};
	}
	return 0;
}

int ask_policy_request(const struct http_request *head, const struct http_target *target,
    struct arena *arena, struct policy_request *ret_request)
{
	struct policy_request request = {
	    .method = head->method,
	    .path = target->path,
	    .api = target->api_minor,
	    .query = target->query,
	    .query_count = target->query_count,
	    .content_type = head->content_type,
	    .upgrade = head->upgrade,
	    .has_body = head->framing != FRAMING_NONE,
	};

	if (collect_headers(head, arena, &request))
		return -1;
	docker_find(request.method, request.path, &request.match);
	*ret_request = request;
	return 0;
}

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

static int refuse(struct ask *ask, const struct http_fault *fault)
{
	decision_refuse(&ask->decision, REASON_AMBIGUOUS, fault->status, "%s", fault->error.text);
	return -1;
}

static int out_of_memory(struct ask *ask)
{
	decision_refuse(&ask->decision, REASON_INTERNAL, 503, "out of memory");
	return -1;
}

static int parse_head(struct ask *ask, struct span wire, const struct http_limits *limits)
{
	struct http_fault fault = {.status = 400};
	size_t scanned = 0;
	enum http_result result =
	    http_request_parse(wire, &scanned, limits, &ask->arena, &ask->head, &fault);

	if (result == HTTP_MORE)
		(void)error_set(&fault.error, "the request head is not complete");
	else if (result == HTTP_DONE && ask->head.head_bytes != wire.len)
		(void)error_set(&fault.error, "the request head ends early");
	else if (result == HTTP_DONE && http_target_parse(ask->head.target, limits, &ask->arena,
					    &ask->target, &fault) == 0)
		return 0;
	return refuse(ask, &fault);
}

static int read_request(
    struct ask *ask, const struct limits *limits, const struct ask_request *request)
{
	struct buf wire;

	buf_init(&wire, 2 * limits->http.max_head);
	write_head(&wire, request);
	const char *copy = wire.failed ? NULL : arena_copy(&ask->arena, buf_span(&wire));
	struct span text = {copy, wire.len};

	buf_free(&wire);
	if (!copy)
		return out_of_memory(ask);
	if (parse_head(ask, text, &limits->http))
		return -1;
	if (ask_policy_request(&ask->head, &ask->target, &ask->arena, &ask->request))
		return out_of_memory(ask);
	return 0;
}

/* ---- the question ------------------------------------------------------------------------------
 */

static const char *keep(struct ask *ask, const char *text)
{
	const char *copy = arena_copy(&ask->arena, span_of(text));

	return copy ? copy : "";
}

static void trace(void *context, const struct policy_step *step)
{
	struct ask *ask = context;
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
	policy_decide(policy, &ask->request, &ask->decision, trace, ask);
}

static int read_body(struct ask *ask, const struct limits *limits, struct span body)
{
	struct error err;

	ask->request.body_read = true;
	if (body.len == 0)
		return 0;
	if (body.len > limits->json.max_bytes) {
		decision_refuse(&ask->decision, REASON_LIMIT, 413,
		    "the body has %zu bytes, %zu are inspected at most", body.len,
		    limits->json.max_bytes);
		return -1;
	}
	ask->request.body = json_parse(body, &limits->json, &ask->arena, &err);
	if (ask->request.body)
		return 0;
	decision_refuse(&ask->decision, REASON_BODY, 400, "the body is no good JSON: %s", err.text);
	return -1;
}

void ask_init(struct ask *ask)
{
	*ask = (struct ask){0};
	arena_init(&ask->arena, 0);
	ask->last_step = &ask->steps;
}

void ask_policy(struct ask *ask, const struct policy *policy, const struct limits *limits,
    const struct ask_request *request)
{
	if (read_request(ask, limits, request))
		return;
	decide(ask, policy);
	if (ask->decision.verdict != VERDICT_NEED_BODY)
		return;
	if (read_body(ask, limits, request->body) == 0)
		decide(ask, policy);
	if (ask->decision.verdict == VERDICT_NEED_BODY)
		decision_refuse(
		    &ask->decision, REASON_INTERNAL, 500, "the policy wants a second body");
}

void ask_free(struct ask *ask)
{
	arena_free(&ask->arena);
}
