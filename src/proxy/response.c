/* SPDX-License-Identifier: Apache-2.0 */
/* Relays the daemon's response byte for byte, following it only as far as its end must be known. */
#include "proxy/conn.h"
#include "proxy/coupled.h"
#include "proxy/exchange.h"
#include "proxy/stats.h"

#include <stdlib.h>

#include "base/log.h"

/* What a piece of the response is found to be. */
struct piece {
	size_t len;            /* bytes that go to the client */
	size_t head, head_len; /* a head in it that is written anew, in server->out; 0: none */
	bool partial;          /* what follows them is a part of a head */
	bool tunnel;           /* the connection left HTTP */
	bool bad;
};

static void bad_gateway(struct conn *conn, const char *why)
{
	CONN_LOG(conn, LOG_LEVEL_WARNING, "the Docker daemon's response is refused: %s", why);
	if (conn->answered)
		conn_close(conn);
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

/* Without what was said of the daemon's connection. */
static void write_anew(
    struct conn *conn, struct span bytes, const struct http_response *response, struct piece *piece)
{
	struct buf *out = &conn_server(conn)->out;

	buf_clear(out);
	http_response_write(
	    out, (struct span){bytes.at, response->head_bytes}, response, conn->minor);
	piece->head = piece->len;
	piece->head_len = response->head_bytes;
	piece->bad = out->failed;
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
		if (response.has_hop)
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
	enum http_result result = http_chunks_feed(parser, rest, NULL, NULL, &used, &fault);

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

	conn->response_left -= take;
	piece->len += take;
	if (conn->response_left == 0)
		conn->response = RESPONSE_DONE;
}

/* Finds how much of |bytes| belongs to the response, interim responses before it included. */
static struct piece scan(struct conn *conn, struct span bytes)
{
	struct piece piece = {0};

	while (piece.len < bytes.len && !piece.partial && !piece.bad) {
		struct span rest = span_from(bytes, piece.len);

		if (piece.tunnel && conn->coupled)
			break; /* what follows is not sent on as it is */
		if (piece.tunnel || conn->response == RESPONSE_CLOSE)
			piece.len = bytes.len;
		else if (conn->response == RESPONSE_HEAD)
			scan_head(conn, rest, &piece);
		else if (conn->response == RESPONSE_LENGTH)
			scan_length(conn, rest, &piece);
		else if (conn->response == RESPONSE_CHUNKED)
			scan_chunks(conn, rest, &piece);
		else
			break;
	}
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

static bool send_piece(struct conn *conn, struct span bytes, const struct piece *piece)
{
	size_t end = piece->head + piece->head_len;
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
		bad_gateway(conn, "not HTTP/1.1, or an upgrade that was not asked for");
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
	if (conn->reply || !conn_can_splice(conn))
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

/* The daemon closed. */
static void response_end(struct conn *conn)
{
	if (conn->response == RESPONSE_CLOSE && !conn->upstream.failed) {
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
		conn->bulk_down = conn_can_splice(conn);
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
