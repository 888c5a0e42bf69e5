/* SPDX-License-Identifier: Apache-2.0 */
#include "status/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "http/http.h"
#include "net/io.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/tcp.h"
#include "net/unix_socket.h"
#include "proxy/facts.h"
#include "proxy/server.h"
#include "proxy/upstream.h"
#include "status/metrics.h"

#define VISITORS_MOST 16u
#define VISITOR_MS 10000u /* for all of a request, and for taking the answer */
#define TICK_MS 500u
#define HEAD_MOST 8192u /* bytes of a request's head, and of the daemon's answer to a ping */
#define ARENA_MOST 65536u
#define BODY_MOST (64u << 20) /* of an answer */
#define REST_MOST (1u << 20)  /* of a request that is answered before it has come */

static const struct http_limits limits = {
    .max_head = HEAD_MOST, .max_headers = 100, .max_target = 1024};

TAILQ_HEAD(visitors, visitor);

struct status {
	struct server *server;
	const struct config *config; /* in force */
	struct upstream *upstream;   /* that /readyz asks */
	struct listener *listener;
	char *path; /* of a unix socket, or NULL */
	struct unix_file file;
	struct visitors visitors;
	unsigned count;
	struct loop_timer *tick; /* while there are visitors */
};

/* One connection, and for /readyz the one to the daemon that it waits for. */
struct visitor {
	struct io client, daemon;
	struct loop_task task;
	struct status *status;
	struct arena arena;
	struct buf in, out;   /* what has come, and what has yet to go */
	struct buf answer;    /* the daemon's, as far as it has come */
	size_t scanned, sent; /* of |in|, of |out| */
	size_t answer_scanned;
	uint64_t until; /* loop time of its end */
	unsigned attempt;
	enum metrics_format format; /* that the client understands */
	bool asks;                  /* the daemon was dialled */
	bool asked, answered, head_only, gone;
	bool unread, parted; /* not all of the request is read; the answer has gone, and its end */
	size_t rest;         /* bytes of it that were thrown away */
	TAILQ_ENTRY(visitor) link;
};

/* ---- the end of a visit ------------------------------------------------------------------ */

static void visitor_free(struct loop_task *task)
{
	struct visitor *visitor = (struct visitor *)((char *)task - offsetof(struct visitor, task));

	buf_free(&visitor->in);
	buf_free(&visitor->out);
	buf_free(&visitor->answer);
	arena_free(&visitor->arena);
	free(visitor);
}

/* Events of this turn may still name it. */
static void leave(struct visitor *visitor)
{
	struct status *status = visitor->status;

	if (visitor->gone)
		return;
	visitor->gone = true;
	io_close(&visitor->client);
	io_close(&visitor->daemon);
	TAILQ_REMOVE(&status->visitors, visitor, link);
	if (--status->count == 0) {
		loop_timer_free(status->tick);
		status->tick = NULL;
	}
	visitor->task.run = visitor_free;
	loop_defer(status->server->loop, &visitor->task);
}

static void on_tick(void *arg)
{
	struct status *status = arg;
	uint64_t now = loop_now(status->server->loop);
	struct visitor *visitor, *next;

	TAILQ_FOREACH_SAFE(visitor, &status->visitors, link, next)
	{
		if (now >= visitor->until)
			leave(visitor);
	}
}

/* ---- answers ----------------------------------------------------------------------------- */

/* A socket that is closed with bytes in it resets the client, which then may lose the answer: what
 * comes is thrown away until the client has seen the end. */
static void discard(struct visitor *visitor)
{
	char *scratch = visitor->status->server->scratch;

	while (!visitor->gone && visitor->client.readable) {
		ssize_t n = io_recv(&visitor->client, scratch, SERVER_SCRATCH);

		visitor->rest += n > 0 ? (size_t)n : 0;
		if (n == IO_AGAIN)
			return;
		if (n <= 0 || visitor->rest > REST_MOST)
			leave(visitor);
	}
}

static void end_answer(struct visitor *visitor)
{
	if (!visitor->unread) {
		leave(visitor);
		return;
	}
	visitor->parted = true;
	io_shut(&visitor->client);
	discard(visitor);
}

static void send_rest(struct visitor *visitor)
{
	struct span rest = span_from(buf_span(&visitor->out), visitor->sent);
	struct iovec part = {(void *)(uintptr_t)rest.at, rest.len};
	ssize_t n = rest.len ? io_send(&visitor->client, &part, 1) : 0;

	if (n > 0)
		visitor->sent += (size_t)n;
	if (n == IO_FAILED)
		leave(visitor);
	else if (visitor->sent == visitor->out.len)
		end_answer(visitor);
}

#define OPEN_NAME "application/openmetrics-text"
static const char *const metrics_types[] = {
    [METRICS_PROMETHEUS] = "text/plain; version=0.0.4; charset=utf-8",
    [METRICS_OPEN] = OPEN_NAME "; version=1.0.0; charset=utf-8",
};
#define PLAIN_TYPE "text/plain; charset=utf-8"

static void answer(struct visitor *visitor, unsigned status, const char *type, struct span body)
{
	struct buf *out = &visitor->out;

	visitor->answered = true;
	buf_clear(out);
	buf_add_format(out,
	    "HTTP/1.1 %u %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
	    "Cache-Control: no-store\r\n%sConnection: close\r\n\r\n",
	    status, http_status_text(status), type, body.len,
	    status == 405 ? "Allow: GET, HEAD\r\n" : "");
	if (!visitor->head_only)
		buf_add(out, body);
	if (out->failed)
		leave(visitor);
	else
		send_rest(visitor);
}

static void say(struct visitor *visitor, unsigned status, const char *text)
{
	answer(visitor, status, PLAIN_TYPE, span_of(text));
}

static void metrics(struct visitor *visitor)
{
	struct buf body;

	buf_init(&body, BODY_MOST);
	metrics_write(&body, visitor->format, visitor->status->server, visitor->status->config);
	if (body.failed)
		say(visitor, 503, "out of memory\n");
	else
		answer(visitor, 200, metrics_types[visitor->format], buf_span(&body));
	buf_free(&body);
}

static void health(struct visitor *visitor)
{
	if (visitor->status->server->stopping)
		say(visitor, 503, "stopping\n");
	else
		say(visitor, 200, "ok\n");
}

/* ---- asking the daemon ------------------------------------------------------------------- */

static void not_ready(struct visitor *visitor, const char *why)
{
	struct buf text;

	io_close(&visitor->daemon);
	buf_init(&text, HEAD_MOST);
	buf_add_format(
	    &text, "the Docker daemon at %s %s\n", upstream_text(visitor->status->upstream), why);
	say(visitor, 503, text.failed ? "not ready\n" : buf_text(&text));
	buf_free(&text);
}

static void dial(struct visitor *visitor);

static void ask(struct visitor *visitor)
{
	static char question[] = "GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n";
	struct iovec part = {question, sizeof(question) - 1};

	visitor->asked = true;
	if (io_send(&visitor->daemon, &part, 1) != (ssize_t)part.iov_len)
		not_ready(visitor, "takes no request");
}

/* As io_recv(), behind what |into| has; IO_FAILED when there is no room. */
static ssize_t read_more(struct io *io, struct buf *into)
{
	char bytes[1024];
	ssize_t n = io_recv(io, bytes, sizeof(bytes));

	if (n > 0)
		buf_add(into, (struct span){bytes, (size_t)n});
	return into->failed ? IO_FAILED : n;
}

static void take_answer(struct visitor *visitor)
{
	struct http_response response;
	struct http_fault fault;
	ssize_t n = read_more(&visitor->daemon, &visitor->answer);

	if (n == IO_AGAIN)
		return;
	enum http_result result =
	    n <= 0 ? HTTP_ERROR
		   : http_response_parse(buf_span(&visitor->answer), &visitor->answer_scanned,
			 &limits, METHOD_GET, &response, &fault);

	if (result == HTTP_ERROR) {
		not_ready(visitor, "gave no answer to a ping");
	} else if (result == HTTP_DONE && response.status != 200) {
		not_ready(visitor, "refused a ping");
	} else if (result == HTTP_DONE) {
		io_close(&visitor->daemon);
		say(visitor, 200, "ready\n");
	}
}

static void on_daemon(struct io *io)
{
	struct visitor *visitor = (struct visitor *)((char *)io - offsetof(struct visitor, daemon));

	if (visitor->gone || visitor->answered)
		return;
	if (!visitor->asked) {
		enum io_progress progress = io_establish(io);

		if (progress == IO_UNDER_WAY)
			return;
		if (progress == IO_BROKEN) {
			io_close(io);
			visitor->attempt++;
			dial(visitor);
			return;
		}
		ask(visitor);
	}
	while (!visitor->gone && !visitor->answered && io_is_open(io) && io->readable)
		take_answer(visitor);
}

/* The next address, or the end of them. */
static void dial(struct visitor *visitor)
{
	struct upstream *upstream = visitor->status->upstream;
	struct loop *loop = visitor->status->server->loop;

	for (; visitor->attempt < upstream_count(upstream); visitor->attempt++) {
		switch (
		    upstream_dial(upstream, visitor->attempt, &visitor->daemon, loop, on_daemon)) {
		case UPSTREAM_CONNECTED:
			ask(visitor);
			return;
		case UPSTREAM_CONNECTING:
			return;
		case UPSTREAM_BUSY:
			not_ready(visitor, "has a full queue; try again");
			return;
		case UPSTREAM_FAILED:
			break;
		}
	}
	not_ready(visitor, "cannot be reached");
}

static void readiness(struct visitor *visitor)
{
	if (visitor->status->server->stopping) {
		say(visitor, 503, "stopping\n");
		return;
	}
	visitor->asks = true;
	dial(visitor);
}

/* ---- requests ---------------------------------------------------------------------------- */

static const struct {
	const char *path;
	void (*serve)(struct visitor *visitor);
} pages[] = {
    {"/healthz", health},
    {"/readyz", readiness},
    {"/metrics", metrics},
};

/* Whoever names OpenMetrics gets it: no client that cannot read it does. */
static enum metrics_format format_of(const struct http_request *request)
{
	for (size_t i = 0; i < request->header_count; i++) {
		const struct http_header *header = &request->headers[i];

		if (span_equal_nocase(header->name, SPAN("Accept")) &&
		    memmem(header->value.at, header->value.len, OPEN_NAME, strlen(OPEN_NAME)))
			return METRICS_OPEN;
	}
	return METRICS_PROMETHEUS;
}

static void serve(struct visitor *visitor, const struct http_request *request)
{
	struct span query, path = span_cut(request->target, '?', &query);

	visitor->unread = request->framing != FRAMING_NONE;
	visitor->format = format_of(request);
	visitor->head_only = request->method == METHOD_HEAD;
	if (request->method != METHOD_GET && request->method != METHOD_HEAD) {
		say(visitor, 405, "use GET or HEAD\n");
		return;
	}
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (span_equal(path, span_of(pages[i].path))) {
			pages[i].serve(visitor);
			return;
		}
	}
	say(visitor, 404, "not found; ask for /healthz, /readyz or /metrics\n");
}

static void take_request(struct visitor *visitor)
{
	struct http_request request;
	struct http_fault fault;
	ssize_t n = read_more(&visitor->client, &visitor->in);

	if (n == IO_AGAIN)
		return;
	if (n <= 0) {
		leave(visitor);
		return;
	}
	enum http_result result = http_request_parse(
	    buf_span(&visitor->in), &visitor->scanned, &limits, &visitor->arena, &request, &fault);

	visitor->unread = result == HTTP_ERROR;
	if (result == HTTP_ERROR)
		say(visitor, fault.status,
		    fault.status >= 500
			? "out of memory\n"
			: "malformed request; send GET /healthz, /readyz or /metrics\n");
	else if (result == HTTP_DONE)
		serve(visitor, &request);
}

static void on_client(struct io *io)
{
	struct visitor *visitor = (struct visitor *)((char *)io - offsetof(struct visitor, client));

	if (visitor->gone)
		return;
	if (visitor->parted)
		discard(visitor);
	else if (visitor->answered)
		send_rest(visitor);
	else if (visitor->asks && io_is_hung_up(io))
		leave(visitor);
	while (!visitor->gone && !visitor->answered && !visitor->asks && io->readable)
		take_request(visitor);
}

/* ---- the socket -------------------------------------------------------------------------- */

/* Closes the oldest connection that has sent no whole request, or has its answer, so that silent
 * ones keep nobody out. */
static void make_room(struct status *status)
{
	struct visitor *visitor = TAILQ_FIRST(&status->visitors);

	while (visitor && !visitor->parted && (visitor->answered || visitor->asks))
		visitor = TAILQ_NEXT(visitor, link);
	if (visitor)
		leave(visitor);
}

static void on_accept(void *arg, int fd)
{
	struct status *status = arg;
	struct visitor *visitor = NULL;

	if (status->count >= VISITORS_MOST)
		make_room(status);
	if (status->count < VISITORS_MOST)
		visitor = calloc(1, sizeof(*visitor));
	if (!visitor) {
		(void)close(fd);
		return;
	}
	visitor->status = status;
	visitor->client.fd = visitor->daemon.fd = -1;
	visitor->until = loop_now(status->server->loop) + VISITOR_MS;
	arena_init(&visitor->arena, ARENA_MOST);
	buf_init(&visitor->in, HEAD_MOST);
	buf_init(&visitor->out, BODY_MOST + HEAD_MOST);
	buf_init(&visitor->answer, HEAD_MOST);
	if (io_open(&visitor->client, status->server->loop, fd, &io_plain, on_client) < 0) {
		visitor_free(&visitor->task);
		return;
	}
	TAILQ_INSERT_TAIL(&status->visitors, visitor, link);
	if (status->count++ == 0)
		status->tick = loop_timer_new(status->server->loop, TICK_MS, on_tick, status);
	if (status->tick)
		on_client(&visitor->client);
	else
		leave(visitor);
}

/* Returns a descriptor, or -1 with |err|. */
static int make_socket(
    const struct config_listener *from, struct unix_socket *ret_socket, struct error *err)
{
	struct tcp_target at = {.port = from->address.port};
	struct unix_rights rights;

	if (from->address.kind == ADDRESS_UNIX) {
		if (unix_rights_find(&rights, from->mode, from->owner, from->group, err) < 0 ||
		    unix_socket_make(ret_socket, from->address.path, &rights, false, err) < 0)
			return -1;
		return ret_socket->fd;
	}
	if (from->address.host && !ip_parse(span_of(from->address.host), &at.ip))
		return error_set(err, "%s: is no address", from->address.host);
	return tcp_listen(&at, err);
}

static int listen_at(struct status *status, const struct config_listener *from, struct error *err)
{
	struct unix_socket made = {.fd = -1};
	int fd = make_socket(from, &made, err);
	int result = -1;

	if (fd >= 0)
		status->listener = listener_open(status->server->loop, fd, on_accept, status);
	if (fd >= 0 && !status->listener) {
		(void)close(fd);
		(void)error_set(err, "out of memory");
	}
	if (status->listener && made.path)
		status->path = strdup(from->address.path);
	if (status->listener && made.path && !status->path)
		(void)error_set(err, "out of memory");
	else if (status->listener)
		result = made.path ? unix_socket_publish(&made, err) : 0;
	status->file = made.file;
	unix_socket_end(&made);
	return result;
}

int status_open(struct status **ret_status, struct server *server, const struct config *config,
    const struct facts *facts, struct error *err)
{
	struct status *status;

	*ret_status = NULL;
	if (!config->status)
		return 0;
	status = calloc(1, sizeof(*status));
	if (!status)
		return error_set(err, "out of memory");
	status->server = server;
	TAILQ_INIT(&status->visitors);
	status->config = config;
	status->upstream = facts_upstream(facts, &config->upstream, err);
	if (status->upstream && listen_at(status, config->status, err) == 0) {
		*ret_status = status;
		return 0;
	}
	status_close(status);
	return error_prefix(err, "[status]: ");
}

void status_take_config(
    struct status *status, const struct config *config, const struct facts *facts)
{
	struct error err;

	if (!status)
		return;
	status->config = config;
	if (!config->status) /* a restart takes it over: the old daemon is asked on */
		return;
	struct upstream *upstream = facts_upstream(facts, &config->upstream, &err);

	if (!upstream)
		return;
	upstream_unref(status->upstream);
	status->upstream = upstream;
}

int status_try(const struct config *config, struct error *err)
{
	struct unix_socket made = {.fd = -1};

	errno = 0;
	int fd = make_socket(config->status, &made, err);
	bool fits = fd >= 0 || errno == EADDRINUSE;

	if (fd >= 0)
		(void)close(fd);
	unix_socket_end(&made);
	return fits ? 0 : -1;
}

void status_close(struct status *status)
{
	struct visitor *visitor;

	if (!status)
		return;
	while ((visitor = TAILQ_FIRST(&status->visitors))) {
		TAILQ_REMOVE(&status->visitors, visitor, link);
		io_close(&visitor->client);
		io_close(&visitor->daemon);
		visitor_free(&visitor->task);
	}
	loop_timer_free(status->tick);
	listener_close(status->listener);
	if (status->path)
		unix_socket_unlink(status->path, status->file);
	free(status->path);
	upstream_unref(status->upstream);
	free(status);
}
