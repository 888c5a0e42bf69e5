/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/question.h"

void question_init(struct question *question, const struct limits *limits)
{
	*question = (struct question){.asked = false};
	buf_init(&question->head, limits->http.max_head + SERVER_SCRATCH);
	buf_init(&question->body, limits->json.max_bytes);
}

void question_free(struct question *question)
{
	buf_free(&question->head);
	buf_free(&question->body);
}

size_t question_held(const struct question *question)
{
	return question->head.size + question->body.size;
}

void question_clear(struct question *question)
{
	question->asked = question->head_read = question->extra = false;
	question->scanned = 0;
	buf_clear(&question->head);
	buf_clear(&question->body);
}

/* ---- asking ------------------------------------------------------------------------------------
 */

static bool write_question(struct buf *out, const struct http_target *target, struct span body)
{
	buf_clear(out);
	buf_add_text(out, body.len > 0 ? "POST " : "GET ");
	http_target_write(out, target);
	buf_add_text(out, " HTTP/1.1\r\nHost: docker\r\n");
	if (body.len > 0) {
		buf_add_text(out, "Content-Type: application/json\r\nContent-Length: ");
		buf_add_uint(out, body.len);
		buf_add_text(out, "\r\n");
	}
	buf_add_text(out, "\r\n");
	buf_add(out, body);
	return !out->failed;
}

/* A connection that was kept may have ended meanwhile: then the question is asked once more. */
static enum question_turn daemon_left(struct conn *conn, struct question *question)
{
	conn_leave_daemon(conn);
	if (question->fresh || question->head.len > 0)
		return QUESTION_LEFT;
	question->asked = false;
	return QUESTION_GOES_ON;
}

static enum dial open_upstream(struct conn *conn, struct question *question)
{
	if (!io_is_open(&conn->upstream) || !conn->dialling) {
		upstream_drop_stale(conn);
		question->fresh = !io_is_open(&conn->upstream);
		if (io_is_open(&conn->upstream))
			return DIAL_DONE;
		conn_aim(conn);
	}
	return conn_dial(conn);
}

enum question_turn question_ask(struct conn *conn, struct question *question, struct span path)
{
	const struct http_target target = {.path = path};

	return question_post(conn, question, &target, (struct span){NULL, 0});
}

enum question_turn question_post(struct conn *conn, struct question *question,
    const struct http_target *target, struct span body)
{
	struct buf *out = &conn_server(conn)->out;
	enum dial dialled = open_upstream(conn, question);

	if (dialled != DIAL_DONE)
		return dialled == DIAL_FAILED ? QUESTION_TOLD : QUESTION_WAITS;
	if (!write_question(out, target, body))
		return QUESTION_NO_MEMORY;
	struct iovec part = conn_part(buf_span(out));

	question->asked = true;
	if (pending_send(&conn->to_upstream, &conn->upstream, &part, 1) == FLUSH_FAILED)
		return daemon_left(conn, question);
	return QUESTION_GOES_ON;
}

/* ---- answers -----------------------------------------------------------------------------------
 */

static bool add_data(void *context, struct span data)
{
	struct buf *body = context;

	buf_add(body, data);
	return !body->failed;
}

static enum http_result take_chunks(struct question *question, struct span bytes)
{
	struct http_fault fault;
	size_t used = 0;
	enum http_result result =
	    http_chunks_feed(&question->chunks, bytes, add_data, &question->body, &used, &fault);

	question->extra = result == HTTP_DONE && used < bytes.len;
	return result;
}

static enum http_result take_length(struct question *question, struct span bytes)
{
	size_t take = bytes.len < question->left ? bytes.len : (size_t)question->left;

	buf_add(&question->body, (struct span){bytes.at, take});
	question->left -= take;
	question->extra = take < bytes.len;
	if (question->body.failed)
		return HTTP_ERROR;
	return question->left == 0 ? HTTP_DONE : HTTP_MORE;
}

/* Takes |bytes| of the body. HTTP_MORE until its end. */
static enum http_result take_body(struct question *question, struct span bytes)
{
	switch (question->response.framing) {
	case FRAMING_NONE:
		question->extra = bytes.len > 0;
		return HTTP_DONE;
	case FRAMING_LENGTH:
		return take_length(question, bytes);
	case FRAMING_CHUNKED:
		return take_chunks(question, bytes);
	case FRAMING_CLOSE: /* no daemon ends an object that way: it may be cut off */
		break;
	}
	return HTTP_ERROR;
}

static enum http_result take_head(
    const struct http_limits *limits, struct question *question, struct span bytes)
{
	struct http_fault fault;

	buf_add(&question->head, bytes);
	if (question->head.failed)
		return HTTP_ERROR;
	struct span head = buf_span(&question->head);
	enum http_result result = http_response_parse(
	    head, &question->scanned, limits, METHOD_GET, &question->response, &fault);

	if (result != HTTP_DONE)
		return result;
	/* Neither interim answers nor upgrades were asked for. */
	if (question->response.status < 200)
		return HTTP_ERROR;
	question->head_read = true;
	question->left = question->response.content_length;
	if (question->response.framing == FRAMING_CHUNKED)
		http_chunks_init(&question->chunks, limits->max_head);
	size_t used = question->response.head_bytes;

	return take_body(question, span_from(head, used));
}

static enum question_turn take(struct conn *conn, struct question *question, struct span bytes)
{
	const struct http_limits *limits = &conn_server(conn)->limits.http;
	enum http_result result =
	    question->head_read ? take_body(question, bytes) : take_head(limits, question, bytes);

	if (result == HTTP_MORE)
		return QUESTION_GOES_ON;
	if (result == HTTP_DONE) {
		if (!question->response.keep_alive || question->extra)
			conn_leave_daemon(conn);
		return QUESTION_ANSWERED;
	}
	return question->body.failed ? QUESTION_TOO_LARGE : QUESTION_GARBLED;
}

enum question_turn question_read(struct conn *conn, struct question *question)
{
	char *scratch = conn_server(conn)->scratch;

	if (pending_flush(&conn->to_upstream, &conn->upstream) == FLUSH_FAILED)
		return daemon_left(conn, question);
	if (!conn->upstream.readable)
		return QUESTION_WAITS;
	ssize_t n = io_recv(&conn->upstream, scratch, SERVER_SCRATCH);

	if (n == IO_AGAIN)
		return QUESTION_WAITS;
	return n > 0 ? take(conn, question, (struct span){scratch, (size_t)n})
		     : daemon_left(conn, question);
}
