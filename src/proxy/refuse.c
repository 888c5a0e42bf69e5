/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals: first the audit line, then an answer in Docker's shape that says what was refused, why,
 * and which line would permit it. */
#include "proxy/conn.h"
#include "proxy/exchange.h"

#include <time.h>

#include "base/log.h"
#include "net/unix_socket.h"

#define SKIP_MOST (1u << 20) /* of a refused body is thrown away to keep the connection */
#define LINE_MAX_BYTES 65536u
#define MESSAGE_MAX 2048u

/* ---- audit ------------------------------------------------------------------------------------- */

static struct span canonical_query(struct server *server, const struct exchange *exchange)
{
	struct span query;

	if (!exchange->target_read)
		return (struct span){NULL, 0};
	buf_clear(&server->out);
	http_target_write(&server->out, &exchange->target);
	(void)span_cut(buf_span(&server->out), '?', &query);
	return query;
}

static struct audit_record record_of(struct conn *conn, const struct exchange *exchange, bool would)
{
	struct server *server = conn_server(conn);
	const struct docker_operation *operation = exchange->ask.match.operation;
	struct unix_peer peer = unix_peer_of(conn->client.fd);
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (struct audit_record){
	    .sequence = ++server->sequence,
	    .seconds = now.tv_sec,
	    .milliseconds = (unsigned)(now.tv_nsec / 1000000),
	    .run = server->run,
	    .listener = conn->door->name,
	    .policy = policy_name(conn->door->policy),
	    .peer = {.pid = peer.pid, .uid = peer.uid, .gid = peer.gid},
	    .method = span_of(method_name(exchange->request.method)),
	    .path = exchange->target_read ? exchange->target.path : exchange->request.target,
	    .query = canonical_query(server, exchange),
	    .api = exchange->target_read ? exchange->target.api_minor : 0,
	    .operation = exchange->target_read && operation ? operation->name : NULL,
	    .would = would,
	    .decision = &exchange->decision,
	};
}

bool exchange_audit(struct conn *conn, struct exchange *exchange, bool would)
{
	struct server *server = conn_server(conn);
	struct audit_record record = record_of(conn, exchange, would);
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	audit_record_write(&line, &record);
	bool written = !line.failed && audit_sink_write(server->audit, buf_span(&line));

	buf_free(&line);
	if (!written && !server->audit_broken)
		log_error("audit", "cannot write the audit log%s",
		    server->audit_required ? ": nothing is permitted until it can be written" : "");
	server->audit_broken = !written;
	return written || !server->audit_required;
}

/* ---- answers ----------------------------------------------------------------------------------- */

static void send_answer(struct conn *conn, unsigned status, struct span message, bool close)
{
	struct server *server = conn_server(conn);
	struct http_answer answer = {
	    .status = status,
	    .message = message,
	    .close = close,
	    .minor = conn->minor,
	    .head_only = conn->method == METHOD_HEAD,
	    .retry_after = status == 503 || status == 429 ? 1 : 0,
	};

	buf_clear(&server->out);
	http_answer_write(&server->out, &answer);
	struct iovec part = conn_part(buf_span(&server->out));

	if (server->out.failed)
		conn_close(conn);
	else
		(void)conn_to_client(conn, &part, 1);
}

void conn_answer(struct conn *conn, unsigned status, const char *message)
{
	send_answer(conn, status, span_of(message), true);
	conn->wait_at_end = true;
	conn_finish(conn);
}

void conn_answer_gateway(struct conn *conn, unsigned status, const char *message)
{
	if (!conn->keep_alive || conn->request != REQUEST_DONE || conn_server(conn)->stopping) {
		conn_answer(conn, status, message);
		return;
	}
	io_close(&conn->upstream);
	pending_free(&conn->to_upstream);
	pending_free(&conn->reply);
	send_answer(conn, status, span_of(message), false);
	if (conn->state != CONN_CLOSED)
		conn_enter(conn, CONN_IDLE);
}

static void write_message(struct buf *text, const struct conn *conn, const struct decision *decision)
{
	buf_add_text(text, "sockwarden: ");
	if (decision->status == 403)
		buf_add_format(text, "policy \"%s\": ", policy_name(conn->door->policy));
	buf_add_text(text, decision->message);
	if (decision->fix[0])
		buf_add_format(text, "; to permit it add \"%s\"", decision->fix);
}

/* The connection stays when the next request can be found behind this one. */
static bool can_stay(const struct conn *conn, const struct exchange *exchange, struct span rest)
{
	const struct http_request *request = &exchange->request;

	if (!exchange->head.at || !conn->keep_alive || conn_server(conn)->stopping)
		return false;
	if (request->framing == FRAMING_NONE)
		return true;
	return request->framing == FRAMING_LENGTH && request->content_length <= SKIP_MOST &&
	    (!request->expect_continue || rest.len > 0);
}

size_t exchange_refuse(struct conn *conn, struct exchange *exchange, struct span rest)
{
	const struct http_request *request = &exchange->request;
	bool stay = can_stay(conn, exchange, rest);
	struct buf text;

	(void)exchange_audit(conn, exchange, false);
	buf_init(&text, MESSAGE_MAX);
	write_message(&text, conn, &exchange->decision);
	send_answer(conn, exchange->decision.status, buf_span(&text), !stay);
	buf_free(&text);
	if (conn->state == CONN_CLOSED)
		return rest.len;
	if (!stay) {
		conn->wait_at_end = request->framing != FRAMING_NONE || !exchange->head.at;
		conn_finish(conn);
		return rest.len;
	}
	uint64_t body = request->framing == FRAMING_LENGTH ? request->content_length : 0;
	size_t take = rest.len < body ? rest.len : (size_t)body;

	conn->request_left = body - take;
	conn_enter(conn, conn->request_left ? CONN_SKIP : CONN_IDLE);
	return take;
}
