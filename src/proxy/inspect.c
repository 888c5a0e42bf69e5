/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the body of a request that is judged by it. Nothing of it goes on before the judgement. */
#include "proxy/conn.h"
#include "proxy/exchange.h"
#include "proxy/limit.h"

#include <stdlib.h>

static bool take_data(void *context, struct span data)
{
	struct exchange *exchange = context;

	buf_add(&exchange->body, data);
	return !exchange->body.failed;
}

/* Takes the exchange from the connection and judges it. */
static void inspect_done(struct conn *conn)
{
	struct exchange *exchange = conn->exchange;

	conn->exchange = NULL;
	exchange_judge_body(conn, exchange, buf_span(&exchange->body));
	if (conn->exchange != exchange) /* or else it waits once more */
		exchange_drop(conn, exchange);
}

/* Refuses as it is decided, in the middle of a body. */
static void break_off(struct conn *conn)
{
	struct exchange *exchange = conn->exchange;

	conn->exchange = NULL;
	conn->keep_alive = false;
	(void)exchange_refuse(conn, exchange, (struct span){NULL, 0});
	exchange_drop(conn, exchange);
}

static void inspect_refuse(struct conn *conn, enum reason reason, unsigned status, const char *text)
{
	if (conn->state == CONN_ADVICE)
		exchange_decide(conn, conn->exchange);
	else
		decision_refuse(&conn->exchange->decision, reason, status, "%s", text);
	break_off(conn);
}

void inspect_time_is_up(struct conn *conn)
{
	exchange_decide(conn, conn->exchange);
	break_off(conn);
}

/* The client has gone in the middle of the body. What was refused already has its line all the
 * same. */
static void inspect_leave(struct conn *conn)
{
	if (conn->state == CONN_ADVICE) {
		exchange_decide(conn, conn->exchange);
		(void)exchange_audit(conn, conn->exchange, AUDIT_DENIED);
	}
	conn_close(conn);
}

static size_t take_length(struct conn *conn, struct span input, bool *done)
{
	struct exchange *exchange = conn->exchange;
	size_t take = input.len < conn->request_left ? input.len : (size_t)conn->request_left;

	(void)take_data(exchange, (struct span){input.at, take});
	conn->request_left -= take;
	*done = conn->request_left == 0;
	return take;
}

static size_t take_chunked(struct conn *conn, struct span input, bool *done)
{
	struct exchange *exchange = conn->exchange;
	size_t used = 0;
	enum http_result result = http_chunks_feed(
	    &exchange->chunks, input, take_data, exchange, &used, &exchange->fault);

	*done = result == HTTP_DONE;
	if (result == HTTP_ERROR && exchange->body.failed)
		return input.len;
	if (result == HTTP_ERROR) {
		inspect_refuse(
		    conn, REASON_AMBIGUOUS, exchange->fault.status, exchange->fault.error.text);
		return input.len;
	}
	return result == HTTP_DONE ? used : input.len;
}

/* A body has its time, and a millisecond more for each byte: about 1 KB/s is what it must come at.
 */
static bool is_trickle(const struct conn *conn)
{
	const struct exchange *exchange = conn->exchange;
	const struct server *server = conn_server(conn);

	return loop_now(server->loop) - exchange->began >
	       server->limits.body_timeout + exchange->body.len;
}

static size_t inspect_take(struct conn *conn, struct span input)
{
	struct exchange *exchange = conn->exchange;
	bool done = false;
	size_t used = exchange->request.framing == FRAMING_CHUNKED
			  ? take_chunked(conn, input, &done)
			  : take_length(conn, input, &done);

	if (!conn->exchange)
		return used;
	enum crowd_limit limit = exchange_count(conn, exchange);

	if (exchange->body.failed ||
	    (conn->state == CONN_ADVICE && exchange->body.len > INSPECT_REFUSED_MOST)) {
		inspect_refuse(conn, REASON_LIMIT, 413, "the body is larger than max_body");
	} else if (limit != CROWD_FINE) {
		exchange_over_limit(exchange, limit, 0);
		break_off(conn);
	} else if (done) {
		inspect_done(conn);
	} else if (conn->state == CONN_BODY && is_trickle(conn)) {
		conn_answer(conn, 408,
		    "sockwarden: the request's body took longer than body_timeout to arrive; try "
		    "again");
	} else if (conn->state == CONN_BODY) {
		conn_enter(conn, CONN_BODY);
	}
	return used;
}

bool inspect_step(struct conn *conn)
{
	bool end;
	struct span input = conn_input(conn, &end);

	if (end) {
		if (io_is_hung_up(&conn->client))
			inspect_leave(conn);
		else
			inspect_refuse(
			    conn, REASON_BODY, 400, "the body ended before its announced end");
		return true;
	}
	if (input.len == 0)
		return false;
	conn_used(conn, input, inspect_take(conn, input), false);
	return true;
}
