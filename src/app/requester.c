/* SPDX-License-Identifier: Apache-2.0 */
#include "app/requester.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/http.h"
#include "net/loop.h"
#include "net/tls.h"
#include "proxy/upstream.h"

#define HEAD_MAX 65536u
#define REQUEST_MAX 8192u
#define TICK_MS 20 /* a full queue of connections is tried again, and the time looked at */

struct requester {
	struct io io; /* first: what the loop hands back */
	struct loop *loop;
	struct upstream *upstream;
	const struct config_upstream *to;
	struct buf request, answer; /* |answer|: head, and what of the body is not in |body| yet */
	/* of the question at hand */
	unsigned attempt;
	uint64_t deadline;
	bool established, done;
	bool reused; /* the connection had an answer before, and may be closed by now */
	size_t sent, scanned;
	bool head_read;
	struct http_response response;
	struct http_chunks chunks;
	struct buf *body;
	int result;
	struct error *err;
};

static const struct http_limits limits = {HEAD_MAX, 100, HEAD_MAX};

static void finish(struct requester *requester, int result)
{
	requester->result = result;
	requester->done = true;
	if (result <= 0 || !requester->response.keep_alive)
		io_close(&requester->io);
	loop_stop(requester->loop);
}

static void fail(struct requester *requester, const char *why)
{
	finish(requester, error_set(requester->err, "%s", why));
}

/* ---- the answer --------------------------------------------------------------------------------
 */

static bool take_data(void *context, struct span data)
{
	struct buf *body = context;

	buf_add(body, data);
	return !body->failed;
}

static void too_large(struct requester *requester)
{
	finish(requester,
	    error_set(requester->err, "an answer of more than %zu bytes", requester->body->max));
}

static void read_chunks(struct requester *requester)
{
	struct http_fault fault;
	size_t used;
	enum http_result result = http_chunks_feed(&requester->chunks, buf_span(&requester->answer),
	    take_data, requester->body, &used, &fault);

	buf_clear(&requester->answer);
	if (requester->body->failed)
		too_large(requester);
	else if (result == HTTP_ERROR)
		fail(requester, "an answer that is not HTTP");
	else if (result == HTTP_DONE)
		finish(requester, (int)requester->response.status);
}

static void read_body(struct requester *requester)
{
	const struct http_response *response = &requester->response;

	if (response->framing == FRAMING_CHUNKED) {
		read_chunks(requester);
		return;
	}
	if (response->framing != FRAMING_NONE)
		buf_add(requester->body, buf_span(&requester->answer));
	buf_clear(&requester->answer);
	if (requester->body->failed)
		too_large(requester);
	else if (response->framing == FRAMING_NONE ||
		 (response->framing == FRAMING_LENGTH &&
		     requester->body->len >= response->content_length))
		finish(requester, (int)response->status);
}

/* Once its head is whole, what came behind it is the body's. */
static void read_answer(struct requester *requester)
{
	struct buf *answer = &requester->answer;
	struct http_fault fault;

	if (!requester->head_read) {
		enum http_result result = http_response_parse(buf_span(answer), &requester->scanned,
		    &limits, METHOD_GET, &requester->response, &fault);

		if (result == HTTP_ERROR)
			fail(requester, "an answer that is not HTTP");
		if (result != HTTP_DONE)
			return;
		requester->head_read = true;
		http_chunks_init(&requester->chunks, HEAD_MAX);
		answer->len -= requester->response.head_bytes;
		memmove(answer->at, answer->at + requester->response.head_bytes, answer->len);
	}
	read_body(requester);
}

/* ---- connecting --------------------------------------------------------------------------------
 */

static void ready(struct io *io);

/* Opens a connection; one that a full queue refuses is opened by a later tick. */
static void dial(struct requester *requester)
{
	enum upstream_dial dialled = UPSTREAM_FAILED;

	while (dialled == UPSTREAM_FAILED &&
	       requester->attempt < upstream_count(requester->upstream)) {
		dialled = upstream_dial(requester->upstream, requester->attempt, &requester->io,
		    requester->loop, ready);
		if (dialled == UPSTREAM_FAILED) {
			(void)error_set(requester->err, "%s", strerror(errno));
			requester->attempt++;
		}
	}
	if (dialled == UPSTREAM_FAILED)
		finish(requester, -1);
	else if (dialled != UPSTREAM_BUSY)
		ready(&requester->io);
}

static void redial(struct requester *requester)
{
	io_close(&requester->io);
	requester->established = requester->reused = false;
	requester->sent = 0;
	dial(requester);
}

/* A certificate that nobody was asked to trust has come: whoever sent it is there. */
static bool is_tls_all_the_same(const struct requester *requester)
{
	return requester->to->address.kind == ADDRESS_TLS && !requester->to->tls.ca;
}

static void connection_failed(struct requester *requester, int reason)
{
	bool certificate = false;

	if (!requester->io.connecting && requester->io.ssl)
		certificate = tls_failure(&requester->io, requester->err);
	else
		(void)error_set(requester->err, "%s", strerror(reason));
	if (certificate && is_tls_all_the_same(requester)) {
		finish(requester, REQUESTER_SPEAKS_TLS);
		return;
	}
	requester->attempt++;
	redial(requester);
}

static bool establish(struct requester *requester)
{
	enum io_progress progress =
	    requester->established ? IO_ESTABLISHED : io_establish(&requester->io);

	if (progress == IO_BROKEN)
		connection_failed(requester, errno);
	requester->established = progress == IO_ESTABLISHED;
	return requester->established;
}

/* ---- asking ------------------------------------------------------------------------------------
 */

/* The other side has closed. One that did between two questions is asked again. */
static void at_end(struct requester *requester, bool broken)
{
	if (requester->reused && !requester->head_read && requester->answer.len == 0) {
		redial(requester);
		return;
	}
	if (requester->head_read && requester->response.framing == FRAMING_CLOSE && !broken) {
		finish(requester, (int)requester->response.status);
		return;
	}
	if (broken && requester->io.ssl)
		(void)tls_failure(&requester->io, requester->err);
	else
		(void)error_set(requester->err, "the connection was closed");
	finish(requester, -1);
}

static bool ask(struct requester *requester)
{
	struct buf *request = &requester->request;
	const struct iovec rest = {request->at + requester->sent, request->len - requester->sent};
	ssize_t n = rest.iov_len > 0 ? io_send(&requester->io, &rest, 1) : 0;

	if (n > 0)
		requester->sent += (size_t)n;
	if (n == IO_FAILED)
		at_end(requester, true);
	return n != IO_FAILED && requester->sent == request->len;
}

static void read_all(struct requester *requester)
{
	struct buf *answer = &requester->answer;

	while (!requester->done && io_is_open(&requester->io) && requester->established) {
		if (!buf_reserve(answer, BUFSIZ)) {
			fail(requester, "an answer whose head is too large");
			return;
		}
		ssize_t n = io_recv(&requester->io, answer->at + answer->len, BUFSIZ);

		if (n == IO_AGAIN)
			return;
		if (n <= 0) {
			at_end(requester, n == IO_FAILED);
			return;
		}
		answer->len += (size_t)n;
		read_answer(requester);
	}
}

static void ready(struct io *io)
{
	struct requester *requester = (struct requester *)io;

	if (!requester->done && establish(requester) && ask(requester))
		read_all(requester);
}

static void tick(void *arg)
{
	struct requester *requester = arg;

	if (requester->done)
		return;
	if (loop_now(requester->loop) >= requester->deadline)
		finish(requester, error_set(requester->err, "no %s in time",
				      requester->established ? "answer" : "connection"));
	else if (!io_is_open(&requester->io))
		dial(requester);
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

struct requester *requester_new(const struct config_upstream *to, struct error *err)
{
	struct requester *requester = calloc(1, sizeof(*requester));

	if (!requester) {
		(void)error_set(err, "out of memory");
		return NULL;
	}
	requester->io.fd = -1;
	requester->to = to;
	buf_init(&requester->request, REQUEST_MAX);
	buf_init(&requester->answer, HEAD_MAX + BUFSIZ);
	requester->upstream = upstream_make(to, err);
	requester->loop = requester->upstream ? loop_new() : NULL;
	if (requester->upstream && !requester->loop)
		(void)error_set(err, "%s", strerror(errno));
	if (requester->loop)
		return requester;
	requester_free(requester);
	return NULL;
}

void requester_free(struct requester *requester)
{
	if (!requester)
		return;
	io_close(&requester->io);
	loop_free(requester->loop);
	upstream_unref(requester->upstream);
	buf_free(&requester->request);
	buf_free(&requester->answer);
	free(requester);
}

static void begin(
    struct requester *requester, const char *path, struct buf *body, struct error *err)
{
	requester->err = err;
	requester->body = body;
	requester->attempt = 0;
	requester->done = requester->head_read = false;
	requester->sent = requester->scanned = 0;
	requester->reused = io_is_open(&requester->io);
	requester->established = requester->reused;
	requester->result = -1;
	requester->response = (struct http_response){0};
	buf_clear(&requester->request);
	buf_clear(&requester->answer);
	buf_add_format(&requester->request, "GET %s HTTP/1.1\r\nHost: docker\r\n\r\n", path);
}

int requester_get(struct requester *requester, const char *path, uint64_t timeout, struct buf *body,
    struct error *err)
{
	begin(requester, path, body, err);
	struct loop_timer *timer = loop_timer_new(requester->loop, TICK_MS, tick, requester);

	if (!timer || requester->request.failed) {
		loop_timer_free(timer);
		return error_set(err, "out of memory");
	}
	requester->deadline = loop_now(requester->loop) + timeout;
	if (requester->reused)
		ready(&requester->io);
	else
		dial(requester);
	if (loop_run(requester->loop) < 0) /* returns at once when it is done */
		requester->result = error_set(err, "%s", strerror(errno));
	loop_timer_free(timer);
	return requester->result;
}
