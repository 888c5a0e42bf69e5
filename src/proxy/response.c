/* SPDX-License-Identifier: Apache-2.0 */
/* Relays the daemon's response byte for byte, following it only as far as its end must be known. */
#include "proxy/conn.h"
#include "proxy/coupled.h"
#include "proxy/exchange.h"
#include "proxy/redaction.h"
#include "proxy/stats.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

/* What a piece of the response is found to be. */
struct piece {
	size_t len;            /* bytes that go to the client */
	size_t head, head_len; /* a head in it that is written anew, in server->out; 0: none */
	bool partial;          /* what follows them is a part of a head */
	bool tunnel;           /* the connection left HTTP */
	bool bad;              /* redaction_fault() says why; it is empty where this is no HTTP */
};

static void bad_gateway(struct conn *conn, const char *why)
{
	CONN_LOG(conn, LOG_LEVEL_WARNING, "the Docker daemon's response is refused: %s", why);
	bool hides = conn->redaction != NULL;

	if (conn->response == RESPONSE_DONE)
		conn->response = RESPONSE_CHUNKED; /* the client has not all of it */
	if (conn->answered) {
		conn_close(conn);
		return;
	}
	redaction_drop(conn);
	if (hides)
		conn_answer_gateway(conn, 502,
		    "sockwarden: the Docker daemon's answer cannot be searched for the values that "
		    "the policy hides (redact); the log says why");
	else
		conn_answer_gateway(
		    conn, 502, "sockwarden: the Docker daemon's response could not be understood");
}

static bool is_tunnel(const struct conn *conn, const struct http_response *response)
{
	if (response->status == 101)
		return conn->may_upgrade;
	return response->status == 200 && (conn->traits & TRAIT_HIJACK) && response->raw_stream &&
	       response->framing == FRAMING_CLOSE;
}

static void begin_body(struct conn *conn, const struct http_response *response)
{
	conn->daemon_stays = conn->daemon_stays && response->keep_alive;
	conn->keep_alive = conn->keep_alive && response->keep_alive;
	conn->response_left = response->content_length;
	switch (response->framing) {
	case FRAMING_NONE:
		conn->response = RESPONSE_DONE;
		break;
	case FRAMING_LENGTH:
		conn->response = RESPONSE_LENGTH;
		break;
	case FRAMING_CHUNKED:
		conn->response = RESPONSE_CHUNKED;
		break;
	case FRAMING_CLOSE:
		conn->response = RESPONSE_CLOSE;
		conn->keep_alive = conn->daemon_stays = false;
		break;
	}
}

/* Without what was said of the daemon's connection and, of a body that is written anew, of its
 * length. */
static void write_anew(
    struct conn *conn, struct span bytes, const struct http_response *response, struct piece *piece)
{
	struct buf *out = &conn_server(conn)->out;

	struct span head = {bytes.at, response->head_bytes};

	buf_clear(out);
	if (redaction_reads(conn))
		http_response_write_reframed(
		    out, head, response, conn->minor, redaction_chunks(conn));
	else
		http_response_write(out, head, response, conn->minor);
	piece->head = piece->len;
	piece->head_len = response->head_bytes;
	piece->bad |= out->failed;
}

static void scan_head(struct conn *conn, struct span rest, struct piece *piece)
{
	struct server *server = conn_server(conn);
	struct http_response response;
	struct http_fault fault;
	size_t scanned = 0;
	enum http_result result = http_response_recall(
	    &server->memo, rest, &scanned, &server->limits.http, conn->method, &response, &fault);

	piece->partial = result == HTTP_MORE;
	piece->bad = result == HTTP_ERROR;
	if (result != HTTP_DONE)
		return;
	if (is_tunnel(conn, &response)) {
		piece->tunnel = true;
	} else if (response.status == 101) {
		piece->bad = true; /* an upgrade that was not asked for */
	} else if (response.status >= 200) {
		if (server->stats)
			stats_answered(server->stats, loop_now(server->loop) - conn->since);
		begin_body(conn, &response);
		piece->bad = conn->redaction && !redaction_head(conn, &response);
		if (redaction_reads(conn) && !redaction_chunks(conn))
			response.keep_alive = conn->keep_alive = false;
		if (response.has_hop || redaction_reads(conn))
			write_anew(conn, rest, &response, piece);
	}
	piece->len += response.head_bytes;
}

/* Between two chunks nothing need be known: a silent stream keeps no parser. */
static bool keep_parser(struct conn *conn, const struct http_chunks *parser)
{
	if (parser == conn->download)
		return true;
	conn->download = malloc(sizeof(*conn->download));
	if (conn->download)
		*conn->download = *parser;
	return conn->download != NULL;
}

static void drop_parser(struct conn *conn)
{
	free(conn->download);
	conn->download = NULL;
}

static void scan_chunks(struct conn *conn, struct span rest, struct piece *piece)
{
	struct http_chunks fresh, *parser = conn->download ? conn->download : &fresh;
	struct http_fault fault;
	size_t used = 0;

	if (!conn->download)
		http_chunks_init(&fresh, conn_server(conn)->limits.http.max_head);
	enum http_result result = http_chunks_feed(
	    parser, rest, redaction_reads(conn) ? redaction_take : NULL, conn, &used, &fault);

	piece->bad = result == HTTP_ERROR;
	piece->len += result == HTTP_DONE ? used : rest.len;
	if (result == HTTP_DONE)
		conn->response = RESPONSE_DONE;
	if (result != HTTP_MORE || http_chunks_at_rest(parser))
		drop_parser(conn);
	else if (!keep_parser(conn, parser))
		piece->bad = true;
}

static void scan_length(struct conn *conn, struct span rest, struct piece *piece)
{
	size_t take = rest.len < conn->response_left ? rest.len : (size_t)conn->response_left;

	piece->bad = redaction_reads(conn) && !redaction_take(conn, (struct span){rest.at, take});
	conn->response_left -= take;
	piece->len += take;
	if (conn->response_left == 0)
		conn->response = RESPONSE_DONE;
}

static void scan_rest(struct conn *conn, struct span rest, struct piece *piece)
{
	piece->bad = redaction_reads(conn) && !redaction_take(conn, rest);
	piece->len += rest.len;
}

/* Finds how much of |bytes| belongs to the response, interim responses before it included. */
static struct piece scan(struct conn *conn, struct span bytes)
{
	struct piece piece = {0};

	buf_clear(&conn_server(conn)->body);
	while (piece.len < bytes.len && !piece.partial && !piece.bad) {
		struct span rest = span_from(bytes, piece.len);

		if (piece.tunnel && conn->coupled)
			break; /* what follows is not sent on as it is */
		if (piece.tunnel)
			piece.len = bytes.len;
		else if (conn->response == RESPONSE_CLOSE)
			scan_rest(conn, rest, &piece);
		else if (conn->response == RESPONSE_HEAD)
			scan_head(conn, rest, &piece);
		else if (conn->response == RESPONSE_LENGTH)
			scan_length(conn, rest, &piece);
		else if (conn->response == RESPONSE_CHUNKED)
			scan_chunks(conn, rest, &piece);
		else
			break;
	}
	if (conn->response == RESPONSE_DONE && !piece.bad && redaction_reads(conn))
		piece.bad = !redaction_end(conn);
	return piece;
}

/* What is not a whole head yet waits in |reply|. */
static void keep_partial(struct conn *conn, struct span bytes, const struct piece *piece)
{
	size_t max = conn_server(conn)->limits.http.max_head + SERVER_SCRATCH;
	struct span rest = span_from(bytes, piece->len);

	if (!piece->partial)
		pending_free(&conn->reply);
	else if (conn->reply)
		pending_drop(&conn->reply, piece->len);
	else if (!pending_add(&conn->reply, rest, max))
		bad_gateway(conn, "out of memory");
}

/* Sends |before|, which is not of the body, and what is told of it. |last|: it is the end. */
static bool send_redacted(struct conn *conn, const struct iovec before[static 2], bool last)
{
	struct buf *body = &conn_server(conn)->body;
	bool chunks = redaction_chunks(conn);
	char size[24] = "";

	if (chunks && body->len > 0)
		(void)snprintf(size, sizeof(size), "%zx\r\n", body->len);
	const char *end =
	    body->len > 0 ? (last ? "\r\n0\r\n\r\n" : "\r\n") : (last ? "0\r\n\r\n" : "");
	struct iovec parts[] = {before[0], before[1], conn_part(span_of(size)),
	    conn_part(buf_span(body)), conn_part(span_of(chunks ? end : ""))};
	bool sent = conn_to_client(conn, parts, 5);

	buf_clear(body);
	return sent;
}

static bool send_piece(struct conn *conn, struct span bytes, const struct piece *piece)
{
	size_t end = piece->head + piece->head_len;

	if (redaction_reads(conn)) {
		struct iovec before[] = {conn_part((struct span){bytes.at, piece->head}),
		    conn_part(piece->head_len > 0 ? buf_span(&conn_server(conn)->out)
						  : (struct span){NULL, 0})};

		return send_redacted(conn, before, conn->response == RESPONSE_DONE);
	}
	struct iovec parts[] = {conn_part((struct span){bytes.at, piece->head}),
	    conn_part(buf_span(&conn_server(conn)->out)),
	    conn_part((struct span){bytes.at + end, piece->len - end})};

	return piece->head_len > 0 ? conn_to_client(conn, parts, 3)
				   : conn_to_client(conn, &parts[2], 1);
}

static void relay(struct conn *conn, struct span bytes)
{
	struct piece piece = scan(conn, bytes);

	if (piece.bad) {
		const char *why = redaction_fault(conn);

		bad_gateway(
		    conn, why[0] ? why : "not HTTP/1.1, or an upgrade that was not asked for");
		return;
	}
	if (conn->response == RESPONSE_DONE || piece.tunnel)
		conn_give_place(conn);
	if (piece.len) {
		conn->answered = true;
		if (!send_piece(conn, bytes, &piece))
			return;
	}
	/* before |reply|, where they may be, is freed */
	if (piece.tunnel && conn->coupled && !coupled_begin(conn, span_from(bytes, piece.len))) {
		conn_close(conn);
		return;
	}
	keep_partial(conn, bytes, &piece);
	if (piece.tunnel) {
		conn->response = RESPONSE_CLOSE;
		conn_enter(conn, CONN_TUNNEL);
	} else if (conn->response == RESPONSE_DONE) {
		if (piece.len < bytes.len)
			conn->daemon_stays = false; /* bytes that no one asked for */
		(void)conn_end_exchange(conn);
	}
}

/* How much of what comes next may go from socket to socket without being looked at. */
static uint64_t splice_ahead(const struct conn *conn)
{
	if (conn->reply || !conn_can_splice(conn) || redaction_reads(conn))
		return 0;
	if (conn->response == RESPONSE_LENGTH)
		return conn->response_left;
	return conn->download && conn->bulk_down ? http_chunks_ahead(conn->download) : 0;
}

static enum move response_splice(struct conn *conn, uint64_t ahead)
{
	size_t most = ahead < CONN_SPLICE_MOST ? (size_t)ahead : CONN_SPLICE_MOST;
	size_t moved = 0;
	enum move move = pending_splice(&conn->to_client, &conn_server(conn)->pipes,
	    &conn->upstream, &conn->client, most, &moved);

	if (conn->response == RESPONSE_CHUNKED)
		http_chunks_skip(conn->download, moved);
	else
		conn->response_left -= moved;
	if (move == MOVE_BROKEN && moved > 0) { /* and lost */
		conn_close(conn);
		return MOVE_SOME;
	}
	if (move == MOVE_NOTHING)
		conn->bulk_down = false;
	if (conn->response == RESPONSE_LENGTH && conn->response_left == 0) {
		conn->response = RESPONSE_DONE;
		(void)conn_end_exchange(conn);
	}
	return move;
}

/* The end of the daemon's connection is that of a body which is written anew. */
static void end_redacted(struct conn *conn)
{
	struct iovec none[2] = {{NULL, 0}, {NULL, 0}};

	if (!redaction_end(conn)) {
		bad_gateway(conn, redaction_fault(conn));
		return;
	}
	conn->response = RESPONSE_DONE;
	if (send_redacted(conn, none, true))
		conn_finish(conn);
}

/* The daemon closed. */
static void response_end(struct conn *conn)
{
	if (conn->response == RESPONSE_CLOSE && !conn->upstream.failed && redaction_reads(conn)) {
		end_redacted(conn);
	} else if (conn->response == RESPONSE_CLOSE && !conn->upstream.failed) {
		conn_finish(conn);
	} else if (conn->answered) {
		conn_cut(conn);
	} else if (conn->fresh) {
		CONN_LOG(conn, LOG_LEVEL_WARNING,
		    "the Docker daemon closed the connection without an answer");
		conn_answer_gateway(conn, 502,
		    "sockwarden: the Docker daemon closed the connection without an answer");
	} else {
		conn_close(conn); /* it left between two requests: clients know to ask again */
	}
}

/* A part of a head waits in |reply|: the rest is read behind it. */
static struct span read_response(struct conn *conn, ssize_t *ret_result)
{
	struct server *server = conn_server(conn);
	char *into = server->scratch;

	if (conn->reply) {
		into = pending_room(
		    &conn->reply, SERVER_SCRATCH, server->limits.http.max_head + SERVER_SCRATCH);
		if (!into) {
			*ret_result = IO_FAILED;
			return (struct span){NULL, 0};
		}
	}
	size_t size = conn->bulk_down && conn->response == RESPONSE_CHUNKED ? CONN_CHUNK_HEAD
									    : SERVER_SCRATCH;

	*ret_result = io_recv(&conn->upstream, into, size);
	if (*ret_result >= (ssize_t)CONN_BULK)
		conn->bulk_down = conn_can_splice(conn) && !redaction_reads(conn);
	if (*ret_result <= 0)
		return (struct span){NULL, 0};
	if (!conn->reply)
		return (struct span){into, (size_t)*ret_result};
	pending_grew(conn->reply, (size_t)*ret_result);
	return pending_span(conn->reply);
}

bool response_step(struct conn *conn)
{
	ssize_t result;

	if (conn->response == RESPONSE_DONE)
		return false;
	if (pending_flush(&conn->to_client, &conn->client) == FLUSH_FAILED) {
		conn_close(conn);
		return true;
	}
	if (conn->to_client || !conn->upstream.readable)
		return false;
	uint64_t ahead = splice_ahead(conn);

	if (ahead >= CONN_SPLICE_LEAST) {
		enum move move = response_splice(conn, ahead);

		if (move == MOVE_SOME || move == MOVE_NOTHING)
			return move == MOVE_SOME;
	}
	struct span bytes = read_response(conn, &result);

	if (result == IO_AGAIN)
		return false;
	if (result <= 0) {
		response_end(conn);
		return true;
	}
	relay(conn, bytes);
	return true;
}
