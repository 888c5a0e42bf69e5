/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "policy_case.h"

#include <stdio.h>

#include "audit/needs.h"
#include "json/json.h"
#include "trial/trial.h"

#define QUERY_MOST 64

/* What a create without an image gets, so that a row can speak of one field alone. */
#define NAMED_IMAGE "named:1"

static struct error last_error;

static struct policy *build(const char *text)
{
	struct policy *policy = policy_new("test");
	const struct policy_source source = {"test", 1};
	struct span rest = span_of(text);

	assert_non_null(policy);
	last_error.text[0] = '\0';
	while (rest.at && rest.len > 0) {
		struct span value, line = span_cut(rest, '\n', &rest);
		struct span key = span_cut(line, '=', &value);

		if (span_trim(line).len == 0)
			continue;
		if (policy_set(policy, key, value, &source, &last_error) < 0) {
			policy_unref(policy);
			return NULL;
		}
	}
	if (policy_set(policy, SPAN("image"), SPAN(NAMED_IMAGE), &source, &last_error) < 0 ||
	    policy_set(policy, SPAN("image_write"), SPAN(NAMED_IMAGE), &source, &last_error) < 0 ||
	    policy_finish(policy, &last_error) < 0) {
		policy_unref(policy);
		return NULL;
	}
	return policy;
}

struct policy *policy_of(const char *text)
{
	struct policy *policy = build(text);

	if (!policy)
		fail_msg("policy refused: %s\n%s", last_error.text, text);
	return policy;
}

const char *policy_error(const char *text)
{
	struct policy *policy = build(text);

	policy_unref(policy);
	return policy ? "" : last_error.text;
}

/* ---- requests ---------------------------------------------------------------------------- */

static struct span cut_version(struct span path, unsigned *ret_api)
{
	struct span rest, head;
	uint64_t minor;

	*ret_api = 0;
	if (!span_starts(path, SPAN("/v1.")))
		return path;
	head = span_cut((struct span){path.at + 4, path.len - 4}, '/', &rest);
	assert_true(span_to_uint(head, 999, &minor));
	*ret_api = (unsigned)minor;
	return (struct span){rest.at - 1, rest.len + 1};
}

static size_t cut_query(struct span query, struct pair *pairs)
{
	size_t count = 0;

	while (query.at && query.len > 0) {
		struct span value, one = span_cut(query, '&', &query);

		assert_true(count < QUERY_MOST);
		pairs[count].name = span_cut(one, '=', &value);
		pairs[count++].value = value.at ? value : SPAN("");
	}
	return count;
}

/* One request, made and judged. */
struct built {
	struct trial trial;
	struct trial_basis basis;
	struct pair query[QUERY_MOST];
	const struct docker_operation *operation;
	struct buf wire;  /* its head */
	struct span body; /* .at NULL: none */
	const cJSON *state;
	const cJSON *docker; /* what Docker's engine says of itself */
	struct arena arena;
};

#define WIRE_MOST (1u << 20)

static const struct http_limits http_limits = {WIRE_MOST, 100, WIRE_MOST};
static const struct json_limits json_limits = {1 << 20, 64, 10000};

static struct span with_image(struct built *built, const char *body)
{
	struct span text = span_of(body);
	char *whole;

	if (!built->operation || strcmp(built->operation->name, "container.create") != 0 ||
	    *body != '{' || strcasestr(body, "\"image\":"))
		return text;
	whole = arena_alloc(&built->arena, text.len + 64);
	assert_non_null(whole);
	int len = snprintf(whole, text.len + 64, "{\"Image\":\"" NAMED_IMAGE "\"%s%s",
	    strchr(body, '"') ? "," : "", body + 1);

	return (struct span){whole, (size_t)len};
}

static void add_header(struct buf *wire, const char *name, const char *value)
{
	if (value)
		buf_add_format(wire, "%s: %s\r\n", name, value);
}

/* A body without a byte has no length of its own that would say that there is one. */
static void add_body(struct built *built, const struct request_case *from)
{
	if (!from->body)
		return;
	built->body = with_image(built, from->body);
	if (built->body.len > 0)
		buf_add_format(&built->wire, "Content-Length: %zu\r\n", built->body.len);
	else
		add_header(&built->wire, "Transfer-Encoding", "chunked");
}

static void write_wire(struct built *built, const struct request_case *from)
{
	struct buf *wire = &built->wire;
	struct http_target target = {.query = built->query};
	struct docker_match match;
	struct span raw, query, method = span_cut(span_of(from->line), ' ', &raw);

	target.path = cut_version(span_cut(raw, '?', &query), &target.api_minor);
	target.api_major = target.api_minor > 0;
	target.query_count = cut_query(query, built->query);
	docker_find(method_from(method), target.path, &match);
	built->operation = match.operation;
	buf_add(wire, method);
	buf_add_char(wire, ' ');
	http_target_write(wire, &target);
	buf_add_text(wire, " HTTP/1.1\r\nHost: docker\r\n");
	if (from->upgrade)
		add_header(wire, "Connection", "Upgrade");
	add_header(wire, "Upgrade", from->upgrade);
	add_header(wire, "Content-Type",
	    from->content_type ? from->content_type
	    : from->body       ? "application/json"
			       : NULL);
	if (from->header)
		buf_add_format(wire, "%s\r\n", from->header);
	add_body(built, from);
	buf_add_text(wire, "\r\n");
	assert_false(wire->failed);
}

/* ---- judging ----------------------------------------------------------------------------- */

static const cJSON *find_object(const struct built *built, const struct policy_object *wanted)
{
	char key[300];

	(void)snprintf(key, sizeof(key), "%s%s %.*s", wanted->made ? "made " : "",
	    docker_object_info(wanted->kind)->name, (int)wanted->name.len, wanted->name.at);
	const cJSON *found = cJSON_GetObjectItemCaseSensitive(built->state, key);

	return found || wanted->kind != OBJECT_DAEMON ? found : built->docker;
}

static void read_state(struct built *built, const char *state)
{
	struct error err;

	built->docker = json_parse(
	    SPAN("{\"Components\":[{\"Name\":\"Engine\"}]}"), &json_limits, &built->arena, &err);
	assert_non_null(built->docker);
	if (!state)
		return;
	built->state = json_parse(span_of(state), &json_limits, &built->arena, &err);
	if (!built->state)
		fail_msg("state: %s\n%s", err.text, state);
}

/* Tells what exists. */
static void tell_objects(struct built *built)
{
	enum trial_state state = TRIAL_WANT_OBJECTS;

	assert_in_range(built->trial.decision.wanted_count, 1, POLICY_WANTED_MOST);
	while (state == TRIAL_WANT_OBJECTS) {
		assert_true(built->trial.objects->count < POLICY_OBJECTS_MOST);
		state =
		    trial_object(&built->trial, find_object(built, trial_wanted(&built->trial)));
	}
	assert_int_equal(state, TRIAL_READY);
}

/* Drives the trial as the daemon does, with one judgement more of what |outcome|'s trace is about.
 */
static void drive(struct built *built, const char *line, struct outcome *outcome)
{
	struct trial *trial = &built->trial;
	size_t scanned = 0;
	enum trial_state state = trial_head(trial, buf_span(&built->wire), &scanned);

	if (state != TRIAL_READY)
		fail_msg("%s: %s", line, trial->decision.message);
	assert_ptr_equal(trial->ask.match.operation, built->operation);
	state = trial_judge(trial, &built->basis);
	if (state == TRIAL_WANT_BODY) {
		assert_non_null(built->body.at);
		(void)trial_whole_body(trial, built->body);
		outcome->trace[0] = '\0';
		state = trial_judge(trial, &built->basis);
	}
	while (state == TRIAL_WANT_OBJECTS && !trial->hidden) {
		tell_objects(built);
		outcome->trace[0] = '\0';
		state = trial_judge(trial, &built->basis);
	}
	/* the daemon is asked what it says of missing objects: the client gets that for an answer
	 */
	if (state == TRIAL_WANT_OBJECTS)
		state = trial_answer(trial, 404, SPAN("{\"message\":\"none such\"}"));
	if (state == TRIAL_ABSENT && trial->absent.status == 404)
		state = TRIAL_REFUSED;
	assert_int_equal(state == TRIAL_PERMITTED, trial->decision.verdict == VERDICT_ALLOW);
	assert_int_equal(state == TRIAL_REFUSED, trial->decision.verdict == VERDICT_DENY);
}

static void note_step(void *context, const struct policy_step *step)
{
	struct outcome *outcome = context;
	size_t len = strlen(outcome->trace);

	(void)snprintf(outcome->trace + len, sizeof(outcome->trace) - len, "%s|%s|%s|%s\n",
	    step->what, step->name, step->value, step->result);
}

#define AMENDED_MOST (16u << 20)

/* As much of it as there is room for. */
static void note_sent(const struct trial *trial, char sent[static SENT_MOST])
{
	struct span body = trial_body_to_send(trial);
	struct buf text;

	buf_init(&text, AMENDED_MOST);
	for (size_t i = 0; i < trial->target.query_count; i++) {
		buf_add(&text, trial->target.query[i].name);
		buf_add_char(&text, '=');
		buf_add(&text, trial->target.query[i].value);
		buf_add_char(&text, ' ');
	}
	buf_add(&text, body);
	assert_false(text.failed);
	(void)snprintf(sent, SENT_MOST, "%.*s", (int)text.len, text.at);
	buf_free(&text);
}

/* With a trace the whole body is judged, without one what the sieve leaves of it. */
static void compare(const struct request_case *from, const struct outcome *outcome,
    const struct decision *traced, const char *sent)
{
	const struct decision *decision = &outcome->decision;

	if (traced->verdict != decision->verdict || traced->reason != decision->reason ||
	    strcmp(traced->field, decision->field) != 0 ||
	    strcmp(traced->message, decision->message) != 0)
		fail_msg("%s %s: another verdict of the whole body, with a trace: %s %s",
		    from->line, from->body ? from->body : "", reason_name(traced->reason),
		    traced->message);
	if (strcmp(sent, outcome->sent) != 0)
		fail_msg("%s: of the whole body %s is sent, and else %s", from->line, sent,
		    outcome->sent);
}

void decide_case(
    const struct policy *policy, const struct request_case *from, struct outcome *ret_outcome)
{
	static struct built built;
	static char sent[SENT_MOST];
	struct trial *trial = &built.trial;

	sent[0] = '\0';
	built = (struct built){.basis = {
				   .policy = policy,
				   .resolve = from->resolve,
				   .mounts = from->mounts,
				   .upstream = span_of(from->upstream ? from->upstream : ""),
				   .own = from->own,
			       }};
	arena_init(&built.arena, 0);
	buf_init(&built.wire, WIRE_MOST);
	trial_init(trial, &http_limits, &json_limits);
	memset(ret_outcome, 0, sizeof(*ret_outcome));
	write_wire(&built, from);
	read_state(&built, from->state);
	drive(&built, from->line, ret_outcome);
	ret_outcome->decision = trial->decision;
	if (trial->decision.verdict == VERDICT_ALLOW)
		note_sent(trial, ret_outcome->sent);
	ret_outcome->ungated = trial->body_fault.status != 0;
	(void)snprintf(ret_outcome->identity, sizeof(ret_outcome->identity), "%.*s",
	    (int)trial->decision.identity.len, trial->decision.identity.at);
	built.basis.trace = note_step;
	built.basis.trace_context = ret_outcome;
	drive(&built, from->line, ret_outcome);
	if (trial->decision.verdict == VERDICT_ALLOW)
		note_sent(trial, sent);
	compare(from, ret_outcome, &trial->decision, sent);
	if (from->needs)
		audit_needs_write(from->needs, from->bare, &trial->ask);
	trial_free(trial);
	buf_free(&built.wire);
	arena_free(&built.arena);
}

/* ---- tables ------------------------------------------------------------------------------ */

const char *outcome_text(const struct outcome *outcome)
{
	static char text[256];
	const struct decision *decision = &outcome->decision;

	if (outcome->ungated)
		return "gate";
	if (decision->verdict == VERDICT_ALLOW)
		return decision->drop_body ? "drop" : "allow";
	if (decision->verdict == VERDICT_NEED_BODY)
		return "need";
	(void)snprintf(text, sizeof(text), "%s%s%s", reason_name(decision->reason),
	    decision->field[0] ? " " : "", decision->field);
	return text;
}

bool check_row(const struct policy *policy, const struct request_case *request, size_t row,
    const char *want, const char *fix)
{
	static struct outcome outcome;

	decide_case(policy, request, &outcome);
	if (strcmp(outcome_text(&outcome), want) == 0 &&
	    (!fix || strcmp(fix, outcome.decision.fix) == 0))
		return true;
	print_message("row %zu: %s %s\n  is   %s\n  not  %s\n  says %s; fix \"%s\"\n", row,
	    request->line, request->body ? request->body : "", outcome_text(&outcome), want,
	    outcome.decision.message, outcome.decision.fix);
	return false;
}

void check_rows(const char *lines, const struct policy_row *rows, size_t count)
{
	struct policy *policy = policy_of(lines);
	unsigned wrong = 0;

	for (size_t i = 0; i < count; i++) {
		const struct request_case request = {.line = rows[i].line, .body = rows[i].body};

		wrong += !check_row(policy, &request, i, rows[i].want, rows[i].fix);
	}
	policy_unref(policy);
	assert_int_equal(wrong, 0);
}
