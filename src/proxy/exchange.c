/* SPDX-License-Identifier: Apache-2.0 */
/* One request: judged, and refused or forwarded. The path of a request from top to bottom. */
#include "proxy/exchange.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/host_path.h"
#include "host/mounts.h"
#include "proxy/caller.h"
#include "proxy/lookup.h"
#include "proxy/question.h"

#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

/* ---- what is held ------------------------------------------------------------------------ */

struct exchange *exchange_new(const struct limits *limits)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	if (exchange)
		trial_init(&exchange->trial, &limits->http, &limits->json);
	return exchange;
}

void exchange_free(struct exchange *exchange)
{
	if (!exchange)
		return;
	if (exchange->question)
		question_free(exchange->question);
	free(exchange->question);
	trial_free(&exchange->trial);
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
	const struct question *question = exchange->question;
	size_t asked = question ? sizeof(*question) + question_held(question) : 0;

	return count_bytes(conn, exchange, trial_held(&exchange->trial) + asked);
}

void exchange_uncount(struct conn *conn, struct exchange *exchange)
{
	(void)count_bytes(conn, exchange, 0);
}

bool exchange_keep(struct conn *conn)
{
	struct server *server = conn_server(conn);

	if (conn->exchange)
		return true;
	struct exchange *next = exchange_new(&server->limits);

	if (!next)
		return false;
	conn->exchange = server->exchange;
	server->exchange = next;
	conn->exchange->began = loop_now(server->loop);
	return true;
}

void exchange_drop(struct conn *conn)
{
	struct exchange *exchange = conn->exchange;

	if (!exchange)
		return;
	conn->exchange = NULL;
	exchange_uncount(conn, exchange);
	exchange_free(exchange);
}

/* ---- judging ----------------------------------------------------------------------------- */

static bool dry_run_passes(struct conn *conn, struct exchange *exchange)
{
	const struct policy *policy = conn_policy(conn);

	if (!policy || !policy_is_dry_run(policy) || exchange->trial.decision.status != 403)
		return false;
	return exchange_audit(conn, exchange, AUDIT_WOULD_DENY);
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

enum trial_state exchange_decide(struct conn *conn, struct exchange *exchange)
{
	struct trial *trial = &exchange->trial;
	struct trial_basis basis = {
	    .policy = conn_policy(conn),
	    .bare = conn_server(conn)->bare,
	    .told = conn_server(conn)->audit_level != AUDIT_LEVEL_DENIED,
	    .resolve = host_path_resolve,
	    .mounts = mounts_visit,
	};

	struct policy_client client;

	if (basis.policy && exchange_tell_own(conn, trial, &basis) &&
	    exchange_tell_client(conn, trial, &client)) {
		basis.client = &client;
		return trial_judge(trial, &basis);
	}
	if (basis.policy)
		decision_refuse(&trial->decision, REASON_INTERNAL, 503, "out of memory");
	else
		refuse_stranger(conn, &trial->decision);
	return TRIAL_REFUSED;
}

/* Of a request that is refused, and passes in dry-run mode. */
static size_t refuse_or_pass(struct conn *conn, struct exchange *exchange, struct span rest)
{
	if (!dry_run_passes(conn, exchange))
		return exchange_refuse(conn, exchange, rest);
	exchange_forward(conn, exchange);
	return 0;
}

/* Does what was decided. Returns how many bytes of |rest| belong to a request that is refused. */
static size_t settle(
    struct conn *conn, struct exchange *exchange, enum trial_state state, struct span rest)
{
	switch (state) {
	case TRIAL_PERMITTED:
		exchange_forward(conn, exchange);
		return 0;
	case TRIAL_WANT_OBJECTS:
		if (exchange->trial.hidden)
			(void)exchange_audit(conn, exchange, AUDIT_DENIED);
		lookup_begin(conn);
		return 0;
	case TRIAL_REFUSED:
	case TRIAL_MORE:
	case TRIAL_READY:
	case TRIAL_WANT_BODY:
	case TRIAL_ABSENT:
		break;
	}
	return refuse_or_pass(conn, exchange, rest);
}

void exchange_refuse_waiting(struct conn *conn)
{
	(void)refuse_or_pass(conn, conn->exchange, (struct span){NULL, 0});
	exchange_drop(conn);
}

void exchange_judge_waiting(struct conn *conn)
{
	struct exchange *exchange = conn->exchange;
	enum trial_state state = exchange_decide(conn, exchange);

	(void)settle(conn, exchange, state, (struct span){NULL, 0});
	if (state != TRIAL_WANT_OBJECTS)
		exchange_drop(conn);
}

void exchange_break_off(struct conn *conn)
{
	conn->keep_alive = false;
	(void)exchange_refuse(conn, conn->exchange, (struct span){NULL, 0});
	exchange_drop(conn);
}

/* ---- the body ---------------------------------------------------------------------------- */

/* Whether the body of a request whose head is refused is read all the same, to tell all that is
 * missing. A client that would rather know first (Expect) is told at once. */
static bool refused_body_is_read(
    const struct conn *conn, const struct trial *trial, struct span rest)
{
	const struct http_request *request = &trial->request;
	bool chunked = request->framing == FRAMING_CHUNKED;

	return trial->decision.wants_body &&
	       (chunked ||
		   (request->content_length <= INSPECT_REFUSED_MOST &&
		       request->content_length <= conn_server(conn)->limits.json.max_bytes)) &&
	       (!request->expect_continue || (!chunked && rest.len >= request->content_length));
}

static size_t wait_for_body(struct conn *conn, struct span rest, enum conn_state state)
{
	if (!exchange_keep(conn)) {
		conn_answer(conn, 503, "sockwarden: out of memory");
		return rest.len;
	}
	(void)exchange_count(conn, conn->exchange);
	conn_enter(conn, state);
	if (conn->exchange->trial.request.expect_continue && rest.len == 0) {
		struct iovec part = conn_part(SPAN(CONTINUE));

		(void)conn_to_client(conn, &part, 1);
	}
	return 0;
}

/* One that has come with its head is judged where it is. */
static size_t read_body(
    struct conn *conn, struct exchange *exchange, struct span rest, enum conn_state state)
{
	const struct http_request *request = &exchange->trial.request;
	size_t used = 0;

	if (request->framing != FRAMING_LENGTH || rest.len < request->content_length)
		return wait_for_body(conn, rest, state);
	(void)trial_body(&exchange->trial, rest, &used);
	(void)settle(conn, exchange, exchange_decide(conn, exchange), (struct span){NULL, 0});
	return used;
}

size_t exchange_judge(struct conn *conn, struct exchange *exchange, struct span rest)
{
	enum trial_state state = exchange_decide(conn, exchange);

	if (state == TRIAL_WANT_BODY)
		return read_body(conn, exchange, rest, CONN_BODY);
	if (state == TRIAL_REFUSED && refused_body_is_read(conn, &exchange->trial, rest))
		return read_body(conn, exchange, rest, CONN_ADVICE);
	return settle(conn, exchange, state, rest);
}
