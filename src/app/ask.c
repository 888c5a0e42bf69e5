/* SPDX-License-Identifier: Apache-2.0 */
#include "app/ask.h"

#include "base/buf.h"
#include "host/host_path.h"
#include "host/mounts.h"

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

static enum trial_state refuse(
    struct ask *ask, enum reason reason, unsigned status, const char *text)
{
	decision_refuse(&ask->trial.decision, reason, status, "%s", text);
	return TRIAL_REFUSED;
}

/* A line end in an argument would end the head, and the rest would not be judged. */
static enum trial_state read_wire(struct ask *ask, struct span wire)
{
	size_t scanned = 0;
	enum trial_state state = trial_head(&ask->trial, wire, &scanned);

	if (state == TRIAL_MORE)
		return refuse(ask, REASON_AMBIGUOUS, 400, "the request head is not complete");
	if (state == TRIAL_READY && ask->trial.request.head_bytes != wire.len)
		return refuse(ask, REASON_AMBIGUOUS, 400, "the request head ends early");
	return state;
}

static enum trial_state read_request(
    struct ask *ask, const struct limits *limits, const struct ask_request *request)
{
	struct buf wire;

	buf_init(&wire, 4 * limits->http.max_head);
	write_head(&wire, request);
	enum trial_state state = wire.failed ? refuse(ask, REASON_INTERNAL, 503, "out of memory")
					     : read_wire(ask, buf_span(&wire));

	buf_free(&wire);
	return state;
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

static enum trial_state judge(struct ask *ask, const struct trial_basis *basis)
{
	ask->steps = NULL;
	ask->last_step = &ask->steps;
	return trial_judge(&ask->trial, basis);
}

/* A head that is refused is refused whatever the body says, but what the body lacks is told too. */
static bool is_body_wanted(const struct trial *trial, enum trial_state state, struct span body)
{
	return state == TRIAL_WANT_BODY || (state == TRIAL_REFUSED && trial->decision.wants_body &&
					       body.len > 0 && body.len <= trial->json.max_bytes);
}

/* Answers what the trial wants to know. */
static void look(struct ask *ask, const struct existing *existing)
{
	enum trial_state state = TRIAL_WANT_OBJECTS;

	while (state == TRIAL_WANT_OBJECTS) {
		const struct policy_object *wanted = trial_wanted(&ask->trial);
		const cJSON *found = existing_find(existing, wanted->kind, wanted->name);

		state = found ? trial_object(&ask->trial, found) : trial_object_unseen(&ask->trial);
	}
}

static void judge_all(
    struct ask *ask, const struct trial_basis *basis, const struct ask_request *request)
{
	enum trial_state state = judge(ask, basis);

	if (is_body_wanted(&ask->trial, state, request->body)) {
		(void)trial_whole_body(&ask->trial, request->body);
		state = judge(ask, basis);
	}
	while (state == TRIAL_WANT_OBJECTS) {
		look(ask, request->existing);
		state = judge(ask, basis);
	}
}

void ask_policy(struct ask *ret_ask, const struct policy *policy, const struct limits *limits,
    const struct ask_request *request)
{
	struct ask *ask = ret_ask;
	struct trial_basis basis = {.policy = policy, .trace = trace, .trace_context = ask};

	*ask = (struct ask){0};
	arena_init(&ask->arena, 0);
	trial_init(&ask->trial, &limits->http, &limits->json);
	ask->trial.calls = true;
	ask->last_step = &ask->steps;
	if (request->resolve) {
		basis.resolve = host_path_resolve;
		basis.mounts = mounts_visit;
	}
	if (read_request(ask, limits, request) == TRIAL_READY)
		judge_all(ask, &basis, request);
}

void ask_free(struct ask *ask)
{
	trial_free(&ask->trial);
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
