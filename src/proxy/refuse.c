/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals: first the audit line, then an answer in Docker's shape that says what was refused, why,
 * and which line would permit it. */
#include "proxy/advice.h"
#include "proxy/conn.h"
#include "proxy/exchange.h"
#include "proxy/limit.h"
#include "proxy/stats.h"

#define SKIP_MOST (1u << 20) /* of a refused body is thrown away to keep the connection */
#define MESSAGE_MAX 8192u
#define SOON 1u /* seconds after which to try again, when nothing better is known */

/* ---- answers ----------------------------------------------------------------------------- */

static void send_answer(struct conn *conn, struct http_answer answer)
{
	struct server *server = conn_server(conn);

	answer.minor = conn->minor;
	answer.head_only = conn->method == METHOD_HEAD;
	if (answer.retry_after == 0 && (answer.status == 503 || answer.status == 429))
		answer.retry_after = SOON;
	buf_clear(&server->out);
	http_answer_write(&server->out, &answer);
	struct iovec part = conn_part(buf_span(&server->out));

	conn_give_place(conn);
	if (server->out.failed)
		conn_close(conn);
	else
		(void)conn_to_client(conn, &part, 1);
}

static void answer_and_end(struct conn *conn, struct http_answer answer)
{
	answer.close = true;
	send_answer(conn, answer);
	conn->wait_at_end = true;
	conn_finish(conn);
}

void conn_answer(struct conn *conn, unsigned status, const char *message)
{
	answer_and_end(conn, (struct http_answer){.status = status, .message = span_of(message)});
}

static void answer_gateway(struct conn *conn, struct http_answer answer)
{
	if (!conn->keep_alive || conn->request != REQUEST_DONE || conn_must_end(conn)) {
		answer_and_end(conn, answer);
		return;
	}
	conn_leave_daemon(conn);
	pending_free(&conn->reply);
	send_answer(conn, answer);
	if (conn->state != CONN_CLOSED)
		conn_enter(conn, CONN_IDLE);
}

void conn_answer_gateway(struct conn *conn, unsigned status, const char *message)
{
	answer_gateway(conn, (struct http_answer){.status = status, .message = span_of(message)});
}

void conn_hand_on(struct conn *conn, const struct http_handed *handed)
{
	answer_gateway(
	    conn, (struct http_answer){.status = handed->response->status, .handed = handed});
}

static void write_message(struct buf *text, struct conn *conn, const struct decision *decision)
{
	const struct policy *policy = conn_policy(conn);
	enum tell tell = policy && decision->status == 403 ? policy_tells(policy) : TELL_ALL;

	buf_add_text(text, "sockwarden: ");
	if (tell == TELL_NOTHING) {
		buf_add_text(
		    text, "this request is not permitted; ask the administrator of sockwarden");
		return;
	}
	if (decision->status == 403 && policy) {
		buf_add(text, SPAN("policy \""));
		buf_add_text(text, policy_name(policy));
		buf_add(text, SPAN("\": "));
	}
	if (decision->of_stored && policy && policy_redacts(policy)) {
		buf_add_text(text, "an existing object has something that this policy does not "
				   "grant; see the audit "
				   "log for what it is (redact hides it from clients)");
		return;
	}
	buf_add_text(text, decision->message);
	if (tell == TELL_ALL)
		advice_write(text, decision);
}

/* The connection stays when the next request can be found behind this one. */
static bool can_stay(const struct conn *conn, const struct trial *trial, struct span rest)
{
	const struct http_request *request = &trial->request;
	enum http_framing framing = trial_rest(trial);

	if (!request->head.at || !conn->keep_alive || conn_must_end(conn))
		return false;
	if (framing == FRAMING_NONE)
		return true;
	return framing == FRAMING_LENGTH && request->content_length <= SKIP_MOST &&
	       (!request->expect_continue || rest.len > 0);
}

size_t exchange_refuse(struct conn *conn, struct exchange *exchange, struct span rest)
{
	const struct trial *trial = &exchange->trial;
	enum http_framing framing = trial_rest(trial);
	bool stay = can_stay(conn, trial, rest);
	struct buf text;

	exchange_count_verdict(conn, exchange, STATS_DENIED);
	if (exchange->limit == CROWD_FINE || conn_tells(conn, exchange->limit))
		(void)exchange_audit(conn, exchange, AUDIT_DENIED);
	buf_init(&text, MESSAGE_MAX);
	write_message(&text, conn, &trial->decision);
	send_answer(conn, (struct http_answer){.status = trial->decision.status,
			      .message = buf_span(&text),
			      .location = trial->location,
			      .retry_after = exchange->retry_after,
			      .close = !stay});
	buf_free(&text);
	if (conn->state == CONN_CLOSED)
		return rest.len;
	if (!stay) {
		conn->wait_at_end = framing != FRAMING_NONE || !trial->request.head.at;
		conn_finish(conn);
		if (conn->surplus)
			conn_turn_away(conn);
		return rest.len;
	}
	uint64_t body = framing == FRAMING_LENGTH ? trial->request.content_length : 0;
	size_t take = rest.len < body ? rest.len : (size_t)body;

	conn->request_left = body - take;
	conn_enter(conn, conn->request_left ? CONN_SKIP : CONN_IDLE);
	return take;
}
