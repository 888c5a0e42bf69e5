/* SPDX-License-Identifier: Apache-2.0 */
#include "app/probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "net/loop.h"
#include "net/tls.h"
#include "proxy/upstream.h"

#define ANSWER_MAX 262144u
#define HEAD_MAX 8192u
#define TICK_MS 20 /* a full queue of connections is tried again, and the time looked at */
#define STATUS_FINE 200

struct probe {
	struct io io; /* first: what the loop hands back */
	struct loop *loop;
	struct upstream *upstream;
	const struct config_upstream *to;
	unsigned attempt;
	uint64_t deadline;
	bool established, asked, done;
	struct error request; /* its text */
	struct buf answer;
	int result;
	struct error *err;
};

/* ---- the answer -------------------------------------------------------------------------- */

/* The sentence of an answer in Docker's shape, or what was sent in its place. */
static void read_message(struct span body, struct error *err)
{
	static const struct json_limits limits = {ANSWER_MAX, 8, 100};
	struct arena arena;

	arena_init(&arena, 0);
	const cJSON *tree = json_parse(body, &limits, &arena, NULL);

	if (tree)
		(void)error_set(err, "%s", json_string(json_field(tree, "message")));
	else
		(void)error_set(err, "%.*s", (int)body.len, body.at);
	arena_free(&arena);
}

static int read_answer(struct span answer, struct error *err)
{
	static const struct http_limits limits = {HEAD_MAX, 100, HEAD_MAX};
	struct http_response response;
	struct http_fault fault;
	size_t scanned = 0;

	if (http_response_parse(answer, &scanned, &limits, METHOD_GET, &response, &fault) !=
	    HTTP_DONE)
		return error_set(err, "an answer that is not HTTP");
	if (response.status != STATUS_FINE)
		read_message((struct span){answer.at + response.head_bytes,
				 answer.len - response.head_bytes},
		    err);
	return (int)response.status;
}

/* ---- asking ------------------------------------------------------------------------------ */

static void finish(struct probe *probe, int result)
{
	probe->result = result;
	probe->done = true;
	io_close(&probe->io);
	loop_stop(probe->loop);
}

static void ready(struct io *io);

/* Opens a connection; one that a full queue refuses is opened by a later tick. */
static void dial(struct probe *probe)
{
	enum upstream_dial dialled = UPSTREAM_FAILED;

	while (dialled == UPSTREAM_FAILED && probe->attempt < upstream_count(probe->upstream)) {
		dialled =
		    upstream_dial(probe->upstream, probe->attempt, &probe->io, probe->loop, ready);
		if (dialled == UPSTREAM_FAILED) {
			(void)error_set(probe->err, "%s", strerror(errno));
			probe->attempt++;
		}
	}
	if (dialled == UPSTREAM_FAILED)
		finish(probe, -1);
	else if (dialled != UPSTREAM_BUSY)
		ready(&probe->io);
}

/* A certificate that nobody was asked to trust has come: whoever sent it is there. */
static bool is_tls_all_the_same(const struct probe *probe)
{
	return probe->to->address.kind == ADDRESS_TLS && !probe->to->tls.ca;
}

static void connection_failed(struct probe *probe, int reason)
{
	bool certificate = false;

	if (!probe->io.connecting && probe->io.ssl)
		certificate = tls_failure(&probe->io, probe->err);
	else
		(void)error_set(probe->err, "%s", strerror(reason));
	if (certificate && is_tls_all_the_same(probe)) {
		finish(probe, PROBE_SPEAKS_TLS);
		return;
	}
	io_close(&probe->io);
	probe->attempt++;
	dial(probe);
}

static bool establish(struct probe *probe)
{
	enum io_progress progress = probe->established ? IO_ESTABLISHED : io_establish(&probe->io);

	if (progress == IO_BROKEN)
		connection_failed(probe, errno);
	probe->established = progress == IO_ESTABLISHED;
	return probe->established;
}

static bool ask(struct probe *probe)
{
	const struct iovec request = {probe->request.text, strlen(probe->request.text)};
	ssize_t n = probe->asked ? (ssize_t)request.iov_len : io_send(&probe->io, &request, 1);

	probe->asked = n == (ssize_t)request.iov_len;
	if (!probe->asked && n != IO_AGAIN)
		finish(probe, error_set(probe->err, "the connection was closed"));
	return probe->asked;
}

static void read_all(struct probe *probe)
{
	struct buf *answer = &probe->answer;

	while (!probe->done) {
		if (!buf_reserve(answer, BUFSIZ)) {
			finish(probe,
			    error_set(probe->err, "an answer of more than %u bytes", ANSWER_MAX));
			return;
		}
		ssize_t n = io_recv(&probe->io, answer->at + answer->len, BUFSIZ);

		if (n == IO_AGAIN)
			return;
		if (n > 0) {
			answer->len += (size_t)n;
		} else {
			if (n == IO_FAILED && probe->io.ssl)
				(void)tls_failure(&probe->io, probe->err);
			else
				(void)error_set(probe->err, "the connection was closed");
			finish(probe,
			    answer->len > 0 ? read_answer(buf_span(answer), probe->err) : -1);
		}
	}
}

static void ready(struct io *io)
{
	struct probe *probe = (struct probe *)io;

	if (!probe->done && establish(probe) && ask(probe))
		read_all(probe);
}

static void tick(void *arg)
{
	struct probe *probe = arg;

	if (probe->done)
		return;
	if (loop_now(probe->loop) >= probe->deadline)
		finish(probe, error_set(probe->err, "no %s in time",
				  probe->established ? "answer" : "connection"));
	else if (!io_is_open(&probe->io))
		dial(probe);
}

/* ---- the whole --------------------------------------------------------------------------- */

static int run(struct probe *probe, uint64_t timeout)
{
	struct loop_timer *timer = loop_timer_new(probe->loop, TICK_MS, tick, probe);

	if (!timer)
		return error_set(probe->err, "out of memory");
	probe->deadline = loop_now(probe->loop) + timeout;
	dial(probe);
	if (!probe->done && loop_run(probe->loop) < 0)
		probe->result = error_set(probe->err, "%s", strerror(errno));
	io_close(&probe->io);
	loop_timer_free(timer);
	return probe->result;
}

int probe_ping(const struct config_upstream *to, uint64_t timeout, struct error *err)
{
	return probe_get(to, "/_ping", timeout, err);
}

int probe_get(
    const struct config_upstream *to, const char *path, uint64_t timeout, struct error *err)
{
	struct probe probe = {.io.fd = -1, .to = to, .err = err, .result = -1};

	(void)error_set(
	    &probe.request, "GET %s HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n", path);
	probe.upstream = upstream_make(to, err);
	if (!probe.upstream)
		return -1;
	probe.loop = loop_new();
	buf_init(&probe.answer, ANSWER_MAX);
	int result = probe.loop ? run(&probe, timeout) : error_set(err, "%s", strerror(errno));

	loop_free(probe.loop);
	buf_free(&probe.answer);
	upstream_unref(probe.upstream);
	return result;
}
