/* SPDX-License-Identifier: Apache-2.0 */
/* From bytes of the client to a request that can be judged. */
#include "proxy/conn.h"
#include "proxy/exchange.h"
#include "proxy/limit.h"

/* The client is gone, or will send no more: nothing can come of the rest. */
static bool request_end(struct conn *conn)
{
	if (io_is_hung_up(&conn->client))
		conn_close(conn);
	else
		conn_finish(conn);
	return true;
}

static void wait_for_head(struct conn *conn)
{
	if (conn->state == CONN_IDLE)
		conn_enter(conn, CONN_HEAD);
}

/* What the client is owed however it ends. */
static void note_request(struct conn *conn, const struct http_request *request)
{
	bool read = request->head.at != NULL;

	conn->method = request->method;
	conn->minor = !read || request->minor == 1;
	conn->keep_alive = read && request->keep_alive;
}

static size_t take_request(struct conn *conn, struct span input)
{
	struct exchange *exchange = conn_server(conn)->exchange;
	const struct http_request *request = &exchange->trial.request;
	size_t scanned = conn->scanned;
	enum trial_state state = trial_head(&exchange->trial, input, &scanned);

	exchange->limit = CROWD_FINE;
	exchange->told = false;
	exchange->retry_after = 0;
	note_request(conn, request);
	if (state == TRIAL_MORE) {
		conn->scanned = (uint32_t)scanned;
		wait_for_head(conn);
		return 0;
	}
	conn->scanned = 0;
	/* A head that could not be read says nothing of where the next request begins. */
	size_t used = request->head.at ? request->head_bytes : input.len;
	struct span rest = span_from(input, used);

	bool admitted = exchange_admit(conn, exchange);

	if (conn->state == CONN_CALLER)
		return 0; /* comes back with the same bytes */
	if (!admitted || state == TRIAL_REFUSED)
		return used + exchange_refuse(conn, exchange, rest);
	return used + exchange_judge(conn, exchange, rest);
}

bool request_step(struct conn *conn)
{
	bool end;

	if (conn->to_client && pending_flush(&conn->to_client, &conn->client) == FLUSH_BLOCKED)
		return false;
	upstream_drop_stale(conn);
	struct span input = conn_input(conn, &end);

	if (end)
		return request_end(conn);
	if (input.len == 0)
		return false;
	size_t used = take_request(conn, input);

	conn_used(conn, input, used, conn->state == CONN_HEAD && used == 0);
	return true;
}
