/* SPDX-License-Identifier: Apache-2.0 */
/* A call of gRPC is judged as a request with a JSON body is. What is sent on are the very bytes
 * that were judged, and behind them what keeps the daemon to the policy: fields that are added at
 * the end of a message are merged into it, and an entry of a map that comes last wins. */
#include "build/mediator.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/protobuf.h"
#include "build/ledger.h"
#include "build/message.h"
#include "json/json.h"
#include "policy/policy.h"
#include "docker/call.h"

#define JSON_MOST ((size_t)1 << 20)    /* bytes of a message as JSON */
#define TREE_MOST ((size_t)32 << 20)   /* bytes of what is made of it */
#define SOURCES_MOST ((size_t)1 << 20) /* bytes of a source policy */
#define NAMES_MOST 1024u               /* bytes of a name of cache mounts */
#define MEMBERS_MOST 16384u
#define API_ENFORCED 44u /* dockerd 25 and later hold lookups to a source policy, too */
#define API_24 43u

/* Status codes of gRPC. */
enum { STATUS_INVALID = 3, STATUS_DENIED = 7, STATUS_UNIMPLEMENTED = 12, STATUS_INTERNAL = 13 };

struct mediator {
	const struct policy *policy;
	struct mediator_owned *owned;
	enum mediator_side side;
	bool enforces; /* the daemon keeps builds to a source policy */
	bool sources_written;
	struct buf sources;
	struct span client, session; /* in |names| */
	struct arena names;
	struct arena arena; /* of the message at hand */
	struct decision decision;
	struct policy_tenancy tenancy;
};

struct state {
	const struct docker_call *call;
	bool seen;  /* its message */
	bool holds; /* the session |ref| */
	char ref[LEDGER_ID_MOST + 1];
};

/* ---- the daemon --------------------------------------------------------------------------------
 */

/* Takes a number off "24.0.7-rc1". */
static unsigned take_number(struct span *rest)
{
	unsigned number = 0;

	for (; rest->len > 0 && isdigit((unsigned char)*rest->at) && number < 100000;
	     *rest = span_from(*rest, 1))
		number = number * 10 + (unsigned)(*rest->at - '0');
	if (rest->len > 0 && *rest->at == '.')
		*rest = span_from(*rest, 1);
	return number;
}

/* Whether the daemon is one of 24.0.7 or later. Builds of moby's own module have versions that say
 * nothing (2.0.0-beta): the API's does. */
static bool enforces_sources(const struct mediator_basis *basis)
{
	struct span rest = basis->daemon;
	unsigned major = take_number(&rest), minor = take_number(&rest), patch = take_number(&rest);

	if (basis->daemon_api >= API_ENFORCED)
		return true;
	if (basis->daemon_api > 0 && basis->daemon_api < API_24)
		return false;
	if (major == 24)
		return minor > 0 || patch >= 7;
	return major > 24 && basis->daemon_api == 0;
}

/* ---- a mediator --------------------------------------------------------------------------------
 */

static struct span keep(struct mediator *mediator, struct span text, bool *failed)
{
	char *copy = arena_copy(&mediator->names, text);

	*failed |= !copy;
	return (struct span){copy, copy ? text.len : 0};
}

/* The session of the client for as long as its connection lasts. */
static bool take_session(struct mediator *mediator)
{
	return mediator->side != MEDIATOR_SESSION || ledger_claim(mediator->owned, mediator->client,
							 CLAIM_SESSION, mediator->session, true);
}

struct mediator *mediator_new(const struct mediator_basis *basis)
{
	struct mediator *mediator = calloc(1, sizeof(*mediator));
	bool failed = false;

	if (!mediator)
		return NULL;
	mediator->policy = basis->policy;
	mediator->owned = basis->owned;
	mediator->side = basis->side;
	mediator->enforces = enforces_sources(basis);
	arena_init(&mediator->names, 0);
	arena_init(&mediator->arena, TREE_MOST);
	buf_init(&mediator->sources, SOURCES_MOST);
	mediator->client = keep(mediator, basis->client, &failed);
	mediator->session = keep(mediator, basis->session, &failed);
	if (failed || !take_session(mediator)) {
		mediator->side = MEDIATOR_GRPC; /* nothing is held */
		mediator_free(mediator);
		return NULL;
	}
	return mediator;
}

void mediator_free(struct mediator *mediator)
{
	if (!mediator)
		return;
	if (mediator->side == MEDIATOR_SESSION)
		ledger_drop(mediator->owned, mediator->client, CLAIM_SESSION, mediator->session);
	buf_free(&mediator->sources);
	arena_free(&mediator->arena);
	arena_free(&mediator->names);
	free(mediator);
}

/* ---- refusals ----------------------------------------------------------------------------------
 */

static void refuse(struct mediator *mediator, struct mediator_call *call, unsigned status,
    enum reason reason, const char *text)
{
	decision_refuse(&mediator->decision, reason, 403, "%s", text);
	call->decision = &mediator->decision;
	call->grpc_status = status;
	buf_add_text(call->message, "sockwarden: ");
	buf_add_text(call->message, text);
}

/* What the policy says, and the line that would permit it. */
static void refuse_by_policy(
    struct mediator *mediator, struct mediator_call *call, const struct docker_call *row)
{
	const struct decision *decision = &mediator->decision;

	call->decision = decision;
	call->grpc_status = row->optional ? STATUS_UNIMPLEMENTED : STATUS_DENIED;
	buf_add_text(call->message, "sockwarden: ");
	if (policy_tells(mediator->policy) == TELL_NOTHING) {
		buf_add_text(call->message, "denied by policy");
		return;
	}
	buf_add_text(call->message, decision->message);
	if (policy_tells(mediator->policy) == TELL_ALL && decision->fix[0])
		buf_add_format(call->message, "; to permit it add \"%s\"", decision->fix);
}

/* ---- ownership ---------------------------------------------------------------------------------
 */

/* The daemon drops words before a session's id. */
static struct span session_id(struct span text)
{
	struct span rest, first = span_cut(text, ':', &rest);

	return rest.at ? rest : first;
}

static bool claim(struct mediator *mediator, enum docker_claim kind, struct span id)
{
	if (kind == CLAIM_SESSION) {
		id = session_id(id);
		if (id.len == 0)
			return true; /* none is meant */
	}
	return ledger_claim(mediator->owned, mediator->client, kind, id, false);
}

static bool claim_value(
    struct mediator *mediator, const struct docker_field *row, const cJSON *value)
{
	return !cJSON_IsString(value) ||
	       claim(mediator, (enum docker_claim)row->claim, span_of(value->valuestring));
}

/* Every member that has an owner is the client's. */
static bool claim_all(
    struct mediator *mediator, const struct docker_schema *schema, const cJSON *object)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, object) {
		for (unsigned i = 0; item->string && i < schema->count; i++) {
			const struct docker_field *row = &schema->fields[i];

			if (!docker_field_covers(row, span_of(item->string)))
				continue;
			if (row->claim != CLAIM_NONE && !claim_value(mediator, row, item))
				return false;
			if (row->sub && cJSON_IsObject(item) &&
			    !claim_all(mediator, row->sub, item))
				return false;
			break;
		}
	}
	return true;
}

static void note_ref(struct mediator_call *call, struct span ref)
{
	struct state *state = call->state;

	if (ref.len > LEDGER_ID_MOST)
		ref.len = LEDGER_ID_MOST;
	if (ref.len > 0)
		memcpy(state->ref, ref.at, ref.len);
	call->ref = (struct span){state->ref, ref.len};
}

/* The value of the metadata |name|. .at NULL: there is none, or more than one. */
static struct span header_of(const struct mediator_call *call, struct span name)
{
	struct span value = {NULL, 0};

	for (size_t i = 0; i < call->header_count; i++) {
		if (!span_equal_nocase(call->headers[i].name, name))
			continue;
		if (value.at)
			return (struct span){NULL, 0};
		value = call->headers[i].value;
	}
	return value;
}

/* ---- judging -----------------------------------------------------------------------------------
 */

/* |body|: the message, NULL while it is not read. */
static enum verdict judge(
    struct mediator *mediator, const struct mediator_call *call, const cJSON *body)
{
	const struct state *state = call->state;
	struct policy_request request = {.method = METHOD_POST,
	    .path = {call->path, call->path_length},
	    .has_body = state->call->schema != NULL,
	    .body_read = body != NULL,
	    .body = body,
	    .scratch = &mediator->arena,
	    .tenancy = &mediator->tenancy};

	request.match.operation = call->operation;
	request.match.call = state->call;
	if (state->call->session) /* what the rest of its operation comes with */
		request.upgrade = SPAN("h2c");
	mediator->tenancy.key = policy_owner_label(mediator->policy);
	policy_decide(mediator->policy, &request, &mediator->decision, NULL, NULL);
	return mediator->decision.verdict;
}

static bool is_dry(const struct mediator *mediator)
{
	return policy_is_dry_run(mediator->policy);
}

static enum mediator_way begin_session(struct mediator *mediator, struct mediator_call *call)
{
	if (docker_session_call((struct span){call->path, call->path_length}))
		return MEDIATOR_PASS;
	refuse(mediator, call, STATUS_UNIMPLEMENTED, REASON_UNKNOWN_ROUTE,
	    "this method of a session is not known");
	return MEDIATOR_REFUSE;
}

static bool own_build(struct mediator *mediator, struct mediator_call *call)
{
	struct span ref = header_of(call, SPAN(DOCKER_BUILD_HEADER));

	note_ref(call, ref);
	if (ref.at && claim(mediator, CLAIM_BUILD, ref))
		return true;
	refuse(mediator, call, STATUS_DENIED, REASON_OWNER,
	    "the build that this call is about is not the client's");
	return false;
}

/* The daemon gives a session up for another one of the same id. */
static bool own_session(struct mediator *mediator, struct mediator_call *call)
{
	struct state *state = call->state;
	struct span id = header_of(call, SPAN(DOCKER_SESSION_HEADER));

	note_ref(call, id);
	state->holds =
	    id.at && ledger_claim(mediator->owned, mediator->client, CLAIM_SESSION, id, true);
	if (state->holds)
		return true;
	refuse(mediator, call, STATUS_DENIED, REASON_OWNER,
	    "the session that this call carries is not the client's");
	return false;
}

static enum mediator_way begin_call(
    struct mediator *mediator, struct mediator_call *call, const struct docker_call *row)
{
	enum verdict verdict;

	call->operation = docker_operation_named(span_of(row->operation));
	if (row->builds && !own_build(mediator, call))
		return MEDIATOR_REFUSE;
	if (row->session && !own_session(mediator, call))
		return MEDIATOR_REFUSE;
	verdict = judge(mediator, call, NULL);
	if (verdict == VERDICT_DENY && !is_dry(mediator)) {
		refuse_by_policy(mediator, call, row);
		return MEDIATOR_REFUSE;
	}
	call->decision = &mediator->decision;
	return row->schema ? MEDIATOR_READ : MEDIATOR_PASS;
}

enum mediator_way mediator_begin(struct mediator *mediator, struct mediator_call *call)
{
	const struct docker_call *row =
	    docker_call_find((struct span){call->path, call->path_length});
	struct state *state;

	call->state = NULL;
	call->operation = NULL;
	call->decision = NULL;
	call->added = NULL;
	call->ref = SPAN("");
	if (mediator->side == MEDIATOR_SESSION)
		return begin_session(mediator, call);
	if (!row) {
		refuse(mediator, call, STATUS_UNIMPLEMENTED, REASON_UNKNOWN_ROUTE,
		    "this method is not one that sockwarden lets pass");
		return MEDIATOR_REFUSE;
	}
	state = calloc(1, sizeof(*state));
	if (!state) {
		refuse(mediator, call, STATUS_INTERNAL, REASON_INTERNAL, "out of memory");
		return MEDIATOR_REFUSE;
	}
	state->call = row;
	call->state = state;
	return begin_call(mediator, call, row);
}

/* ---- what is added -----------------------------------------------------------------------------
 */

/* Writes the name that keeps the client's cache mounts apart: no client's is the beginning of
 * another's, and a name of the client's own is kept behind it. */
static void write_namespace(const struct mediator *mediator, struct span own, struct buf *out)
{
	buf_add_text(out, "sockwarden:");
	for (size_t i = 0; i < mediator->client.len; i++) {
		unsigned char c = (unsigned char)mediator->client.at[i];

		if (isalnum(c) || c == '.' || c == '_' || c == '-')
			buf_add_char(out, (char)c);
		else
			buf_add_format(out, "%%%02x", c);
	}
	if (own.len > 0) {
		buf_add_char(out, '/');
		buf_add(out, own);
	}
}

static void add_namespace(
    const struct mediator *mediator, unsigned attrs, const cJSON *map, struct buf *out)
{
	const cJSON *own =
	    map ? cJSON_GetObjectItemCaseSensitive(map, DOCKER_CACHE_NAMESPACE) : NULL;
	struct buf name;

	buf_init(&name, JSON_MOST);
	write_namespace(mediator, span_of(json_string(own)), &name);
	protobuf_add_pair(out, attrs, SPAN(DOCKER_CACHE_NAMESPACE), buf_span(&name));
	out->failed |= name.failed;
	buf_free(&name);
}

/* An image must not hand the owner label on to its containers. */
static void add_brand(const struct mediator *mediator, unsigned attrs, struct buf *out)
{
	struct buf key;

	if (!policy_is_guarded(mediator->policy))
		return;
	buf_init(&key, NAMES_MOST);
	buf_add_text(&key, "label:");
	buf_add(&key, policy_owner_label(mediator->policy));
	protobuf_add_pair(out, attrs, buf_span(&key), SPAN(""));
	out->failed |= key.failed;
	buf_free(&key);
}

static bool add_sources(struct mediator *mediator, unsigned number, struct buf *out)
{
	if (!mediator->sources_written)
		policy_write_sources(mediator->policy, &mediator->sources);
	mediator->sources_written = !mediator->sources.failed;
	if (mediator->sources.failed) {
		buf_free(&mediator->sources); /* the next build has memory again */
		return false;
	}
	if (mediator->sources.len > 0)
		protobuf_add_bytes(out, number, buf_span(&mediator->sources));
	return true;
}

static bool amend(
    struct mediator *mediator, struct mediator_call *call, const cJSON *body, struct buf *out)
{
	const struct docker_call *row = ((const struct state *)call->state)->call;

	if (policy_gives_all(mediator->policy))
		return true;
	if (row->attrs) {
		if (!policy_runs_frontends(mediator->policy))
			protobuf_add_pair(out, row->attrs, SPAN(DOCKER_FRONTEND_FIXED), SPAN(""));
		add_namespace(mediator, row->attrs,
		    json_field(body, docker_field_numbered(row->schema, row->attrs)->name), out);
		add_brand(mediator, row->attrs, out);
		call->added = row->sources ? "source policy, frontend, cache mounts"
					   : "frontend, cache mounts";
	}
	return !row->sources || add_sources(mediator, row->sources, out);
}

/* ---- messages ----------------------------------------------------------------------------------
 */

static const cJSON *read_body(struct mediator *mediator, const struct docker_schema *schema,
    struct span bytes, struct error *err)
{
	static const struct json_limits limits = {JSON_MOST, 2 * MESSAGE_DEPTH, MEMBERS_MOST};
	const cJSON *body = NULL;
	struct buf text;

	buf_init(&text, JSON_MOST);
	if (message_read(schema, bytes, &text, err) == 0)
		body = json_parse(buf_span(&text), &limits, &mediator->arena, err);
	buf_free(&text);
	if (!body)
		(void)error_prefix(err, "the message: ");
	return body;
}

/* What is not the policy's to say. Returns NULL when there is none. */
static const char *fault_of(struct mediator *mediator, const struct docker_call *row,
    const cJSON *body, enum reason *ret_reason)
{
	*ret_reason = REASON_OWNER;
	if (!claim_all(mediator, row->schema, body))
		return "names a build or a session that is not the client's";
	if (row->sources && !*json_string(json_field(body, "Ref")))
		return "has no reference of a build";
	*ret_reason = REASON_UPSTREAM;
	if (row->sources && policy_narrows_sources(mediator->policy) && !mediator->enforces)
		return "the daemon does not keep builds to the policy's images and addresses; use "
		       "dockerd 24.0.7 or newer, or permit all of them with \"image = *\", "
		       "\"build_remote = *\" and no narrower \"registry\" or \"frontend\"";
	return NULL;
}

static bool judge_message(
    struct mediator *mediator, struct mediator_call *call, struct span bytes, struct buf *out)
{
	const struct state *state = call->state;
	struct error err = {""};
	const cJSON *body = read_body(mediator, state->call->schema, bytes, &err);
	enum reason reason;
	const char *fault;

	if (!body) {
		refuse(mediator, call, STATUS_INVALID, REASON_BODY, err.text);
		return false;
	}
	if (!call->ref.len)
		note_ref(call, json_text(body, "Ref"));
	if (judge(mediator, call, body) != VERDICT_ALLOW && !is_dry(mediator)) {
		refuse_by_policy(mediator, call, state->call);
		return false;
	}
	call->decision = &mediator->decision;
	fault = fault_of(mediator, state->call, body, &reason);
	if (fault && !is_dry(mediator)) {
		refuse(mediator, call, STATUS_DENIED, reason, fault);
		return false;
	}
	buf_add(out, bytes);
	if ((!is_dry(mediator) && !amend(mediator, call, body, out)) || out->failed) {
		refuse(mediator, call, STATUS_INTERNAL, REASON_INTERNAL, "out of memory");
		return false;
	}
	return true;
}

bool mediator_message(struct mediator *mediator, struct mediator_call *call, const uint8_t *bytes,
    size_t length, struct buf *out)
{
	struct state *state = call->state;
	bool passed;

	if (!state || !state->call->schema || state->seen) {
		refuse(mediator, call, STATUS_INVALID, REASON_BODY,
		    "a message where none may be; a call has one");
		return false;
	}
	state->seen = true;
	passed = judge_message(mediator, call, (struct span){(const char *)bytes, length}, out);
	arena_free(&mediator->arena); /* calls are many and far between */
	return passed;
}

void mediator_end(struct mediator *mediator, struct mediator_call *call)
{
	const struct state *state = call->state;

	if (state && state->holds)
		ledger_drop(mediator->owned, mediator->client, CLAIM_SESSION, call->ref);
	free(call->state);
	call->state = NULL;
}
