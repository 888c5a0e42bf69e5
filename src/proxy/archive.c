/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a permitted request that is an archive, looked into on its way to the daemon. What
 * makes it whole is held back until it is judged; refused, the daemon's connection is cut before.
 */
#include <stdio.h>

#include "proxy/conn.h"
#include "proxy/exchange.h"
#include "proxy/limit.h"

#define HELD_MOST (ARCHIVE_TAIL_MOST + 2 * SERVER_SCRATCH)

void upload_hold(struct exchange *exchange)
{
	buf_init(&exchange->held, HELD_MOST);
	exchange->looked = 0;
	exchange->sent = 0;
	exchange->body_over = false;
}

bool upload_is_judged(const struct conn *conn)
{
	return conn->exchange && conn->exchange->trial.archive && conn->request != REQUEST_DONE;
}

/* ---- what comes ---------------------------------------------------------------------------- */

static bool add_data(void *context, struct span data)
{
	struct exchange *exchange = context;

	buf_add(&exchange->held, data);
	return !exchange->held.failed;
}

static size_t take_length(struct conn *conn, struct exchange *exchange, struct span input)
{
	size_t take = input.len < conn->request_left ? input.len : (size_t)conn->request_left;

	(void)add_data(exchange, (struct span){input.at, take});
	conn->request_left -= take;
	exchange->body_over = conn->request_left == 0;
	return take;
}

static size_t take_chunks(struct conn *conn, struct exchange *exchange, struct span input)
{
	struct http_fault fault = {0};
	size_t used = 0;
	enum http_result result =
	    http_chunks_feed(conn->upload, input, add_data, exchange, &used, &fault);

	exchange->body_over = result == HTTP_DONE;
	if (result == HTTP_ERROR && !exchange->held.failed)
		upload_break(conn, &fault);
	return result == HTTP_DONE ? used : input.len;
}

/* ---- what goes on -------------------------------------------------------------------------- */

/* Sends |bytes|, in a chunk of its own where there are chunks. False, and the exchange is gone,
 * when the daemon takes no more. */
static bool send_on(struct conn *conn, struct span bytes, bool last)
{
	bool chunked = conn->request == REQUEST_CHUNKED;
	char head[24];
	int len = snprintf(head, sizeof(head), "%zx\r\n", bytes.len);
	struct span end = last ? SPAN("\r\n0\r\n\r\n") : SPAN("\r\n");
	struct iovec parts[] = {conn_part((struct span){head, (size_t)len}), conn_part(bytes),
	    conn_part(bytes.len > 0 ? end : span_from(end, 2))};

	if (bytes.len == 0 && (!chunked || !last))
		return true;
	if (!chunked)
		return conn_to_upstream(conn, parts + 1, 1);
	return bytes.len > 0 ? conn_to_upstream(conn, parts, 3)
			     : conn_to_upstream(conn, parts + 2, 1);
}

static bool release(struct conn *conn, struct exchange *exchange)
{
	struct buf *held = &exchange->held;
	size_t ready = (size_t)(archive_released(exchange->trial.archive) - exchange->sent);

	if (ready == 0)
		return true;
	if (!send_on(conn, (struct span){held->at, ready}, false))
		return false;
	exchange->sent += ready;
	exchange->looked -= ready;
	held->len -= ready;
	memmove(held->at, held->at + ready, held->len);
	return true;
}

/* ---- the verdict --------------------------------------------------------------------------- */

/* Everything that is held goes on, and what may follow is not looked at any more. */
static void let_go(struct conn *conn, struct exchange *exchange)
{
	bool over = exchange->body_over;

	if (!send_on(conn, buf_span(&exchange->held), over))
		return;
	exchange_drop(conn);
	if (over)
		upload_done(conn);
}

static void refuse(struct conn *conn, struct exchange *exchange)
{
	if (exchange_passes_dry(conn, exchange)) {
		exchange_count_verdict(conn, exchange, STATS_DRY_RUN);
		let_go(conn, exchange);
	} else if (!conn->answered) {
		exchange_break_off(conn);
	} else {
		(void)exchange_audit(conn, exchange, AUDIT_DENIED);
		conn_close(conn);
	}
}

static void permit(struct conn *conn, struct exchange *exchange)
{
	if (exchange_audit_permitted(conn, exchange)) {
		exchange_count_verdict(conn, exchange, STATS_ALLOWED);
		let_go(conn, exchange);
		return;
	}
	decision_refuse(&exchange->trial.decision, REASON_INTERNAL, 503,
	    "the audit log cannot be written, so nothing is permitted");
	refuse(conn, exchange);
}

static void judge(struct conn *conn, struct exchange *exchange)
{
	if (exchange_decide_archive(conn, exchange) == TRIAL_PERMITTED)
		permit(conn, exchange);
	else
		refuse(conn, exchange);
}

/* ---- steps --------------------------------------------------------------------------------- */

static bool is_under_way(const struct conn *conn)
{
	return conn->state == CONN_EXCHANGE || conn->state == CONN_ANSWER ||
	       conn->state == CONN_TRAIL;
}

static bool is_busy(const struct exchange *exchange)
{
	return exchange->looked < exchange->held.len || archive_is_busy(exchange->trial.archive);
}

/* Looks at what came, as far as one turn allows. */
static void look(struct conn *conn, struct exchange *exchange)
{
	struct span rest = span_from(buf_span(&exchange->held), exchange->looked);
	size_t used;
	bool refused = trial_archive(&exchange->trial, rest, &used) == TRIAL_REFUSED;

	exchange->looked += used;
	enum crowd_limit limit = exchange_count(conn, exchange);

	if (limit != CROWD_FINE) {
		exchange_over_limit(exchange, limit, 0);
		refused = true;
	}
	if (refused)
		refuse(conn, exchange);
	else if (release(conn, exchange) && exchange->body_over && !is_busy(exchange) &&
		 archive_end(exchange->trial.archive))
		judge(conn, exchange);
}

static bool take(struct conn *conn, struct exchange *exchange)
{
	bool end;
	struct span input = conn_input(conn, &end);

	if (end)
		return upload_broken(conn);
	if (input.len == 0)
		return false;
	size_t used = conn->request == REQUEST_CHUNKED ? take_chunks(conn, exchange, input)
						       : take_length(conn, exchange, input);

	conn_used(conn, input, used, false);
	return true;
}

/* Decompressing is work, after which others have their turn. */
bool upload_judged_step(struct conn *conn)
{
	struct exchange *exchange = conn->exchange;

	if (!is_busy(exchange) && !exchange->body_over && !take(conn, exchange))
		return false;
	if (!upload_is_judged(conn) || !is_under_way(conn))
		return true;
	if (exchange->held.failed) {
		conn_answer(conn, 503, "sockwarden: out of memory");
		return true;
	}
	look(conn, exchange);
	if (!upload_is_judged(conn) || !is_under_way(conn) || !is_busy(conn->exchange))
		return true;
	loop_defer(conn_server(conn)->loop, &conn->task);
	return false;
}
