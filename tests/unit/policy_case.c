/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "policy_case.h"

#include <stdio.h>

#include "json/json.h"

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

struct built {
	struct policy_request request;
	struct pair query[QUERY_MOST];
	struct pair header;
	struct policy_object objects[POLICY_OBJECTS_MOST];
	const cJSON *state;
	const cJSON *docker; /* what Docker's engine says of itself */
	const cJSON *whole;  /* the body without a sieve */
	struct arena arena;
};

static const struct json_limits json_limits = {1 << 20, 64, 10000};

static void add_head(struct built *built, const struct request_case *from)
{
	struct policy_request *request = &built->request;
	struct span target, query, method = span_cut(span_of(from->line), ' ', &target);

	request->method = method_from(method);
	request->path = cut_version(span_cut(target, '?', &query), &request->api);
	request->query_count = cut_query(query, built->query);
	request->query = built->query;
	docker_find(request->method, request->path, &request->match);
	assert_int_equal(policy_read_params(request, &json_limits, &built->arena), 0);
	request->upgrade = from->upgrade ? span_of(from->upgrade) : SPAN("");
	request->content_type = from->body ? SPAN("application/json") : SPAN("");
	if (from->content_type)
		request->content_type = span_of(from->content_type);
	request->has_body = from->body;
	if (!from->header)
		return;
	built->header.name = span_cut(span_of(from->header), ':', &built->header.value);
	built->header.value = span_trim(built->header.value);
	request->headers = &built->header;
	request->header_count = 1;
}

static struct span with_image(struct built *built, const char *body)
{
	const struct docker_operation *operation = built->request.match.operation;
	struct span text = span_of(body);
	char *whole;

	if (!operation || strcmp(operation->name, "container.create") != 0 || *body != '{' ||
	    strcasestr(body, "\"image\":"))
		return text;
	whole = arena_alloc(&built->arena, text.len + 64);
	assert_non_null(whole);
	int len = snprintf(whole, text.len + 64, "{\"Image\":\"" NAMED_IMAGE "\"%s%s",
	    strchr(body, '"') ? "," : "", body + 1);

	return (struct span){whole, (size_t)len};
}

/* Reads the body as the daemon does. False when the gate refuses it. */
static bool read_body(
    const struct policy *policy, struct built *built, const char *body, struct outcome *outcome)
{
	built->request.body_read = true;
	if (!*body)
		return true;
	struct span text = with_image(built, body);
	struct json_sieve sieve = policy_sieve(policy, built->request.match.operation);

	built->whole = json_parse(text, &json_limits, &built->arena, &outcome->gate);
	built->request.body =
	    json_parse_sifted(text, &json_limits, &sieve, &built->arena, &outcome->gate);
	assert_int_equal(!built->whole, !built->request.body);
	outcome->ungated = !built->request.body;
	return built->request.body;
}

static const cJSON *find_object(const struct built *built, const struct policy_object *wanted)
{
	char key[300];

	(void)snprintf(key, sizeof(key), "%s %.*s", docker_object_info(wanted->kind)->name,
	    (int)wanted->name.len, wanted->name.at);
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

/* Tells what exists as long as the policy asks. */
static void decide_with_state(
    const struct policy *policy, struct built *built, struct decision *decision)
{
	while (decision->verdict == VERDICT_NEED_STATE) {
		assert_in_range(decision->wanted_count, 1, POLICY_WANTED_MOST);
		for (unsigned i = 0; i < decision->wanted_count; i++) {
			struct policy_object *object =
			    &built->objects[built->request.object_count++];

			assert_true(built->request.object_count <= POLICY_OBJECTS_MOST);
			*object = decision->wanted[i];
			object->json = find_object(built, object);
		}
		built->request.objects = built->objects;
		policy_decide(policy, &built->request, decision, NULL, NULL);
	}
}

static void note_step(void *context, const struct policy_step *step)
{
	struct outcome *outcome = context;
	size_t len = strlen(outcome->trace);

	(void)snprintf(outcome->trace + len, sizeof(outcome->trace) - len, "%s|%s|%s|%s\n",
	    step->what, step->name, step->value, step->result);
}

static void compare(const struct request_case *from, const struct decision *decision,
    const struct decision *other, const char *what)
{
	if (other->verdict != decision->verdict || other->reason != decision->reason ||
	    strcmp(other->field, decision->field) != 0)
		fail_msg("%s %s: another verdict %s: %s %s", from->line,
		    from->body ? from->body : "", what, reason_name(other->reason), other->field);
}

void decide_case(
    const struct policy *policy, const struct request_case *from, struct outcome *ret_outcome)
{
	static struct built built;
	static struct decision traced;

	built = (struct built){0};
	arena_init(&built.arena, 0);
	memset(ret_outcome, 0, sizeof(*ret_outcome));
	add_head(&built, from);
	read_state(&built, from->state);
	built.request.resolve = from->resolve;
	built.request.mounts = from->mounts;
	built.request.upstream = span_of(from->upstream ? from->upstream : "");
	built.request.own = from->own;
	policy_decide(policy, &built.request, &ret_outcome->decision, NULL, NULL);
	if (ret_outcome->decision.verdict == VERDICT_NEED_BODY) {
		assert_non_null(from->body);
		if (!read_body(policy, &built, from->body, ret_outcome)) {
			arena_free(&built.arena);
			return;
		}
		policy_decide(policy, &built.request, &ret_outcome->decision, NULL, NULL);
	}
	decide_with_state(policy, &built, &ret_outcome->decision);
	(void)snprintf(ret_outcome->identity, sizeof(ret_outcome->identity), "%.*s",
	    (int)ret_outcome->decision.identity.len, ret_outcome->decision.identity.at);
	built.request.body = built.whole;
	policy_decide(policy, &built.request, &traced, NULL, NULL);
	compare(from, &ret_outcome->decision, &traced, "of the whole body");
	if (strcmp(traced.message, ret_outcome->decision.message) != 0)
		fail_msg("%s: another message of the whole body: %s", from->body, traced.message);
	policy_decide(policy, &built.request, &traced, note_step, ret_outcome);
	compare(from, &ret_outcome->decision, &traced, "with a trace");
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
