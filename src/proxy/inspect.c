/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the body of a request that is judged by it. Nothing of it goes on before the judgement. */
#include "proxy/conn.h"
#include "proxy/exchange.h"
#include "proxy/limit.h"

#include <stdlib.h>

/* Decides that the request is refused: for this, or for its head where that is refused already. */
static void decide_failed(struct conn *conn, enum reason reason, unsigned status, const char *text)
{
	(void)trial_fail_body(&conn->exchange->trial, reason, status, text);
	(void)exchange_decide(conn, conn->exchange);
}

static void fail(struct conn *conn, enum reason reason, unsigned status, const char *text)
{
	decide_failed(conn, reason, status, text);
	exchange_break_off(conn);
}

void inspect_time_is_up(struct conn *conn)
{
	fail(conn, REASON_BODY, 408, "the body took longer than body_timeout to arrive");
}

/* The client has gone in the middle of the body. What was refused already has its line all the
 * same. */
static void leave(struct conn *conn)
{
	if (conn->state == CONN_ADVICE) {
		decide_failed(conn, REASON_BODY, 400, "the client left in the middle of the body");
		(void)exchange_audit(conn, conn->exchange, AUDIT_DENIED);
	}
	conn_close(conn);
}

/* A body has its time, and a millisecond more for each byte: about 1 KB/s is what it must come at.
 */
static bool is_trickle(const struct conn *conn)
{
	const struct exchange *exchange = conn->exchange;
	const struct server *server = conn_server(conn);

	return loop_now(server->loop) - exchange->began >
	       server->limits.body_timeout + exchange->trial.collected.len;
}

/* More of it has been read: goes on waiting, or judges. */
static void go_on(struct conn *conn, enum trial_state state)
{
	struct exchange *exchange = conn->exchange;
	enum crowd_limit limit = exchange_count(conn, exchange);
	const struct trial_body_fault *fault = &exchange->trial.body_fault;

	if (fault->status) {
		(void)exchange_decide(conn, exchange);
		exchange_break_off(conn);
	} else if (conn->state == CONN_ADVICE &&
		   exchange->trial.collected.len > INSPECT_REFUSED_MOST) {
		fail(conn, REASON_LIMIT, 413,
		    "the body is larger than is read of a refused request");
	} else if (limit != CROWD_FINE) {
		exchange_over_limit(exchange, limit, 0);
		exchange_break_off(conn);
	} else if (state == TRIAL_READY) {
		exchange_judge_waiting(conn);
	} else if (conn->state == CONN_BODY && is_trickle(conn)) {
		conn_answer(conn, 408,
		    "sockwarden: the request's body took longer than body_timeout to arrive; try "
		    "again");
	} else if (conn->state == CONN_BODY) {
		conn_enter(conn, CONN_BODY);
	}
}

bool inspect_step(struct conn *conn)
{
	bool end;
	struct span input = conn_input(conn, &end);

	if (end) {
		if (io_is_hung_up(&conn->client))
			leave(conn);
		else
			fail(conn, REASON_BODY, 400, "the body ended before its announced end");
		return true;
	}
	if (input.len == 0)
		return false;
	size_t used = 0;

	go_on(conn, trial_body(&conn->exchange->trial, input, &used));
	conn_used(conn, input, used, false);
	return true;
}
