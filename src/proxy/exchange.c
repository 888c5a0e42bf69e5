/* SPDX-License-Identifier: Apache-2.0 */
/* One request: read, judged, and refused or forwarded. The path of a request from top to bottom. */
#include "proxy/exchange.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "json/json.h"
#include "net/host_path.h"
#include "net/mounts.h"
#include "proxy/caller.h"
#include "proxy/lookup.h"

#define ARENA_BASE (4u << 20)
#define MOVED_SHOWN 200 /* bytes of a path in a message */
#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

struct exchange *exchange_new(const struct limits *limits)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	if (!exchange)
		return NULL;
	arena_init(&exchange->arena,
	    ARENA_BASE + 4 * limits->http.max_head + JSON_TREE_PER_BYTE * limits->json.max_bytes);
	buf_init(&exchange->body, limits->json.max_bytes);
	return exchange;
}

void exchange_free(struct exchange *exchange)
{
	if (!exchange)
		return;
	lookup_free(exchange->lookup);
	arena_free(&exchange->arena);
	buf_free(&exchange->body);
	free(exchange);
}

static enum crowd_limit count_bytes(struct conn *conn, struct exchange *exchange, size_t bytes)
{
	size_t before = exchange->counted;

	exchange->counted = bytes;
	return bytes == before ? CROWD_FINE
			       : crowd_hold(conn_server(conn)->crowd, &conn->seat, before, bytes);
}

enum crowd_limit exchange_count(struct conn *conn, struct exchange *exchange)
{
	return count_bytes(conn, exchange,
	    arena_used(&exchange->arena) + exchange->body.size + lookup_held(exchange->lookup));
}

void exchange_uncount(struct conn *conn, struct exchange *exchange)
{
	(void)count_bytes(conn, exchange, 0);
}

void exchange_drop(struct conn *conn, struct exchange *exchange)
{
	exchange_uncount(conn, exchange);
	exchange_free(exchange);
}

/* ---- reading ----------------------------------------------------------------------------- */

/* The headers that policy judges by itself. */
static int pick_headers(struct exchange *exchange)
{
	const struct http_request *request = &exchange->request;
	struct policy_request *ask = &exchange->ask;
	struct pair *pairs = NULL;

	for (size_t i = 0; i < request->header_count; i++) {
		const struct http_header *header = &request->headers[i];

		if (header->role != ROLE_META)
			continue;
		if (!pairs) {
			pairs =
			    arena_alloc(&exchange->arena, request->header_count * sizeof(*pairs));
			if (!pairs)
				return -1;
			ask->headers = pairs;
		}
		pairs[ask->header_count++] = (struct pair){header->name, header->value};
	}
	return 0;
}

static enum http_result refuse_head(struct exchange *exchange)
{
	static const unsigned limit_status[] = {413, 414, 431};
	enum reason reason = REASON_AMBIGUOUS;

	for (unsigned i = 0; i < sizeof(limit_status) / sizeof(limit_status[0]); i++) {
		if (exchange->fault.status == limit_status[i])
			reason = REASON_LIMIT;
	}
	decision_refuse(
	    &exchange->decision, reason, exchange->fault.status, "%s", exchange->fault.error.text);
	return HTTP_ERROR;
}

/* Tells the clean path, as the daemon's router does. To another method a client would answer with a
 * GET. */
static enum http_result refuse_target(struct exchange *exchange)
{
	enum method method = exchange->request.method;

	exchange->location = exchange->fault.moved;
	if (method != METHOD_GET && method != METHOD_HEAD)
		exchange->location = (struct span){NULL, 0};
	if (!exchange->location.at)
		return refuse_head(exchange);
	decision_refuse(&exchange->decision, REASON_AMBIGUOUS, 301,
	    "the path has an empty, \".\" or \"..\" segment; ask for \"%.*s\" instead",
	    (int)(exchange->location.len < MOVED_SHOWN ? exchange->location.len : MOVED_SHOWN),
	    exchange->location.at);
	return HTTP_ERROR;
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

static enum http_result read_target(struct exchange *exchange, const struct limits *limits)
{
	struct http_request *request = &exchange->request;
	struct http_target *target = &exchange->target;
	struct docker_match match;

	if (http_target_parse(
		request->target, &limits->http, &exchange->arena, target, &exchange->fault) < 0)
		return refuse_target(exchange);
	exchange->target_read = true;
	docker_find(request->method, target->path, &match);
	settle_headers(request, target, match.operation);
	target->query_count =
	    docker_query_reduce(match.operation, target->query, target->query_count);
	exchange->ask = (struct policy_request){
	    .match = match,
	    .method = request->method,
	    .path = target->path,
	    .api = target->api_minor,
	    .query = target->query,
	    .query_count = target->query_count,
	    .content_type = request->content_type,
	    .upgrade = request->upgrade,
	    .has_body = request->framing != FRAMING_NONE,
	    .length_unknown = request->framing == FRAMING_CHUNKED,
	    .resolve = host_path_resolve,
	    .mounts = mounts_visit,
	};
	if (pick_headers(exchange) == 0 &&
	    policy_read_params(&exchange->ask, &limits->json, &exchange->arena) == 0)
		return HTTP_DONE;
	decision_refuse(&exchange->decision, REASON_INTERNAL, 503, "out of memory");
	return HTTP_ERROR;
}

enum http_result exchange_read(
    struct exchange *exchange, const struct limits *limits, struct span bytes, size_t *scanned)
{
	enum http_result result;

	exchange->target_read = false;
	exchange->limit = CROWD_FINE;
	exchange->retry_after = 0;
	exchange->head = (struct span){NULL, 0};
	exchange->location = (struct span){NULL, 0};
	exchange->ask.match.operation = NULL;
	exchange->request.target = (struct span){NULL, 0};
	exchange->request.method = METHOD_OTHER;
	result = http_request_parse(
	    bytes, scanned, &limits->http, &exchange->arena, &exchange->request, &exchange->fault);
	if (result == HTTP_ERROR)
		return refuse_head(exchange);
	if (result == HTTP_MORE)
		return result;
	exchange->head = (struct span){bytes.at, exchange->request.head_bytes};
	return read_target(exchange, limits);
}

/* ---- judging ----------------------------------------------------------------------------- */

static bool dry_run_passes(struct conn *conn, struct exchange *exchange)
{
	const struct policy *policy = conn_policy(conn);

	if (!policy || !policy_is_dry_run(policy) || exchange->decision.status != 403)
		return false;
	return exchange_audit(conn, exchange, AUDIT_WOULD_DENY);
}

struct exchange *exchange_keep(struct conn *conn, const struct exchange *quick)
{
	struct server *server = conn_server(conn);
	struct exchange *own = exchange_new(&server->limits);
	size_t scanned = 0;

	if (!own)
		return NULL;
	char *head = arena_copy(&own->arena, quick->head);
	struct span copy = {head, quick->head.len};

	if (!head || exchange_read(own, &server->limits, copy, &scanned) != HTTP_DONE) {
		exchange_free(own);
		return NULL;
	}
	(void)exchange_count(conn, own);
	own->began = loop_now(server->loop);
	conn->exchange = own;
	return own;
}

static size_t wait_for_body(
    struct conn *conn, const struct exchange *quick, struct span rest, enum conn_state state)
{
	struct server *server = conn_server(conn);
	struct exchange *own = exchange_keep(conn, quick);

	if (!own) {
		conn_answer(conn, 503, "sockwarden: out of memory");
		return rest.len;
	}
	if (own->request.framing == FRAMING_CHUNKED)
		http_chunks_init(&own->chunks, server->limits.http.max_head);
	conn->request_left = own->request.content_length;
	conn_enter(conn, state);
	if (own->request.expect_continue && rest.len == 0) {
		struct iovec part = conn_part(SPAN(CONTINUE));

		(void)conn_to_client(conn, &part, 1);
	}
	return 0;
}

static size_t judge_with_body(
    struct conn *conn, struct exchange *exchange, struct span rest, enum conn_state state)
{
	const struct http_request *request = &exchange->request;
	size_t most = conn_server(conn)->limits.json.max_bytes;

	if (request->framing != FRAMING_LENGTH)
		return wait_for_body(conn, exchange, rest, state);
	if (request->content_length > most) {
		decision_refuse(&exchange->decision, REASON_LIMIT, 413,
		    "the body of %llu bytes is larger than max_body (%zu)",
		    (unsigned long long)request->content_length, most);
		return exchange_refuse(conn, exchange, rest);
	}
	if (rest.len < request->content_length)
		return wait_for_body(conn, exchange, rest, state);
	exchange_judge_body(
	    conn, exchange, (struct span){rest.at, (size_t)request->content_length});
	return (size_t)request->content_length;
}

static void refuse_stranger(const struct conn *conn, struct decision *decision)
{
	const char *who = conn->identity ? conn->identity : "unknown";

	if (caller_refuses(conn, decision))
		return;
	decision_refuse(decision, REASON_CLIENT, 403,
	    "listener \"%s\" has no policy for this client (%.200s)", conn->door->terms.name, who);
	if (conn->identity)
		(void)snprintf(
		    decision->fix, sizeof(decision->fix), "client = %.200s -> POLICY", who);
}

/* Whether the request would be sent on, were nothing more to be known of it. */
static bool is_forwarded(const struct policy *policy, const struct decision *decision)
{
	return decision->verdict == VERDICT_ALLOW ||
	       (decision->verdict == VERDICT_DENY && decision->status == 403 &&
		   policy_is_dry_run(policy));
}

/* To tell what a request needs, its body and the objects that it is about must be known, also where
 * the policy that judges it asks for neither. */
static void learn(const struct policy *bare, struct exchange *exchange)
{
	struct decision *decision = &exchange->decision, needs;
	bool denied = decision->verdict == VERDICT_DENY;

	policy_decide(bare, &exchange->ask, &needs, NULL, NULL);
	bool body = needs.verdict == VERDICT_NEED_BODY || needs.wants_body;
	bool state = needs.verdict == VERDICT_NEED_STATE || needs.wants_state;

	if (body) {
		decision->wants_body = denied;
		decision->verdict = denied ? VERDICT_DENY : VERDICT_NEED_BODY;
	} else if (state &&
		   exchange->ask.object_count + needs.wanted_count <= POLICY_OBJECTS_MOST) {
		decision->wants_state = denied;
		decision->verdict = denied ? VERDICT_DENY : VERDICT_NEED_STATE;
		memcpy(decision->wanted, needs.wanted, sizeof(decision->wanted));
		decision->wanted_count = needs.wanted_count;
	}
}

void exchange_decide(struct conn *conn, struct exchange *exchange)
{
	const struct policy *policy = conn_policy(conn), *bare = conn_server(conn)->bare;

	if (policy && !exchange_tell_own(conn, exchange))
		decision_refuse(&exchange->decision, REASON_INTERNAL, 503, "out of memory");
	else if (policy)
		policy_decide(policy, &exchange->ask, &exchange->decision, NULL, NULL);
	else
		refuse_stranger(conn, &exchange->decision);
	if (bare && policy && is_forwarded(policy, &exchange->decision))
		learn(bare, exchange);
}

/* Puts what can be no other object in the place of the object's name. */
static bool pin_identity(struct exchange *exchange)
{
	const struct docker_match *match = &exchange->ask.match;
	struct span id = exchange->decision.identity, *path = &exchange->target.path;
	const char *param = match->operation->object_param;

	for (size_t i = 0; param && i < exchange->target.query_count; i++) {
		struct pair *pair = &exchange->target.query[i];

		if (span_equal(pair->name, span_of(param)))
			pair->value = id;
	}
	if (param)
		return true;
	struct span before = {path->at, (size_t)(match->args[0].at - path->at)};
	struct span after = {
	    match->args[0].at + match->args[0].len, path->len - before.len - match->args[0].len};
	char *room = arena_alloc(&exchange->arena, before.len + id.len + after.len + 1);

	if (!room)
		return false;
	memcpy(room, before.at, before.len);
	memcpy(room + before.len, id.at, id.len);
	memcpy(room + before.len + id.len, after.at, after.len);
	*path = (struct span){room, before.len + id.len + after.len};
	return true;
}

static size_t forward_permitted(
    struct conn *conn, struct exchange *exchange, struct span body, struct span rest)
{
	static const struct span none = {NULL, 0};

	if (exchange->decision.identity.at && !pin_identity(exchange)) {
		decision_refuse(&exchange->decision, REASON_INTERNAL, 503, "out of memory");
		return exchange_refuse(conn, exchange, rest);
	}
	exchange_forward(conn, exchange, exchange->decision.drop_body ? none : body);
	return 0;
}

/* In dry-run mode one line tells all that a refused request lacks, so that what it uses is looked
 * at all the same. */
static bool looks_further(struct conn *conn, const struct exchange *exchange)
{
	const struct decision *decision = &exchange->decision;

	return decision->wants_state && policy_is_dry_run(conn_policy(conn)) &&
	       exchange->ask.object_count + decision->wanted_count <= POLICY_OBJECTS_MOST;
}

/* Of a request that is refused, and passes in dry-run mode. */
static size_t refuse_or_pass(
    struct conn *conn, struct exchange *exchange, struct span body, struct span rest)
{
	if (!dry_run_passes(conn, exchange))
		return exchange_refuse(conn, exchange, rest);
	exchange_forward(conn, exchange, body);
	return 0;
}

/* Does what was decided. Returns how many bytes of |rest| belong to a request that is refused. */
static size_t settle(
    struct conn *conn, struct exchange *exchange, struct span body, struct span rest)
{
	switch (exchange->decision.verdict) {
	case VERDICT_ALLOW:
		return forward_permitted(conn, exchange, body, rest);
	case VERDICT_NEED_STATE:
		lookup_begin(conn, exchange, body);
		return 0;
	case VERDICT_NEED_BODY: /* a second body: cannot be */
		decision_refuse(&exchange->decision, REASON_INTERNAL, 500, "cannot be judged");
		break;
	case VERDICT_DENY:
		if (!looks_further(conn, exchange))
			break;
		lookup_begin(conn, exchange, body);
		return 0;
	}
	return refuse_or_pass(conn, exchange, body, rest);
}

/* Whether the body of a request whose head is refused is read all the same, to tell all that is
 * missing. A client that would rather know first (Expect) is told at once. */
static bool refused_body_is_read(
    const struct conn *conn, const struct exchange *exchange, struct span rest)
{
	const struct http_request *request = &exchange->request;
	bool chunked = request->framing == FRAMING_CHUNKED;

	return exchange->decision.wants_body &&
	       (chunked ||
		   (request->content_length <= INSPECT_REFUSED_MOST &&
		       request->content_length <= conn_server(conn)->limits.json.max_bytes)) &&
	       (!request->expect_continue || (!chunked && rest.len >= request->content_length));
}

size_t exchange_judge(struct conn *conn, struct exchange *exchange, struct span rest)
{
	static const struct span none = {NULL, 0};

	exchange_decide(conn, exchange);
	if (exchange->decision.verdict == VERDICT_NEED_BODY)
		return judge_with_body(conn, exchange, rest, CONN_BODY);
	if (exchange->decision.wants_body && policy_is_dry_run(conn_policy(conn)))
		return judge_with_body(conn, exchange, rest, CONN_BODY);
	if (refused_body_is_read(conn, exchange, rest))
		return judge_with_body(conn, exchange, rest, CONN_ADVICE);
	return settle(conn, exchange, none, rest);
}

/* Refuses for what is wrong with the JSON, or for the head where that is refused already. */
static void refuse_json(struct conn *conn, struct exchange *exchange, const struct error *err)
{
	exchange->ask.body_read = false;
	exchange_decide(conn, exchange);
	if (exchange->decision.verdict == VERDICT_DENY && !policy_is_dry_run(conn_policy(conn)))
		decision_foretell(&exchange->decision, "the JSON body: %s", err->text);
	else
		decision_refuse(
		    &exchange->decision, REASON_BODY, 400, "the JSON body: %s", err->text);
}

bool exchange_read_json(struct conn *conn, struct exchange *exchange, struct span body)
{
	struct error err;

	exchange->ask.body_read = true;
	/* The body was read, so the connection stays usable after a refusal. */
	exchange->request.framing = FRAMING_NONE;
	if (body.len == 0)
		return true;
	/* a policy that learns looks at what others take for harmless */
	struct json_sieve sieve = policy_sieve(
	    conn_server(conn)->bare ? NULL : conn_policy(conn), exchange->ask.match.operation);
	cJSON *tree = json_parse_sifted(
	    body, &conn_server(conn)->limits.json, &sieve, &exchange->arena, &err);

	exchange->ask.body = tree;
	if (!tree)
		refuse_json(conn, exchange, &err);
	return tree != NULL;
}

void exchange_judge_body(struct conn *conn, struct exchange *exchange, struct span body)
{
	static const struct span none = {NULL, 0};

	if (!exchange_read_json(conn, exchange, body)) {
		(void)exchange_refuse(conn, exchange, none);
		return;
	}
	exchange_decide(conn, exchange);
	(void)settle(conn, exchange, body, none);
}

void exchange_judge_state(struct conn *conn, struct exchange *exchange)
{
	static const struct span none = {NULL, 0};

	exchange_decide(conn, exchange);
	(void)settle(conn, exchange, buf_span(&exchange->body), none);
}

void exchange_leave_state(struct conn *conn, struct exchange *exchange)
{
	static const struct span none = {NULL, 0};

	(void)refuse_or_pass(conn, exchange, buf_span(&exchange->body), none);
}
