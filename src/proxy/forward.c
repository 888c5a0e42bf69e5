/* SPDX-License-Identifier: Apache-2.0 */
/* Sends a permitted request to the daemon: its head written anew, an inspected body from the very
 * bytes that were judged, any other body as it comes. */
#include "proxy/caller.h"
#include "proxy/conn.h"
#include "proxy/coupled.h"
#include "proxy/exchange.h"
#include "proxy/limit.h"
#include "proxy/lookup.h"
#include "proxy/redaction.h"
#include "proxy/stats.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "net/tls.h"
#include "proxy/upstream.h"

#define STREAMS (TRAIT_STREAM | TRAIT_HIJACK | TRAIT_H2C | TRAIT_WEBSOCKET)
#define UPGRADES (TRAIT_HIJACK | TRAIT_H2C | TRAIT_WEBSOCKET)

static void on_upstream(struct io *io)
{
	conn_pump((struct conn *)((char *)io - offsetof(struct conn, upstream)));
}

/* Between two requests the daemon has nothing to say but that it is leaving. */
void upstream_drop_stale(struct conn *conn)
{
	char byte;

	if (io_is_open(&conn->upstream) && conn->upstream.readable &&
	    io_recv(&conn->upstream, &byte, 1) != IO_AGAIN)
		conn_leave_daemon(conn);
}

/* Behind |reason|, which is 0 for TLS. */
static const char *what_to_ask(int reason)
{
	if (reason == EACCES)
		return "; sockwarden's user may not open it";
	return reason ? ". Is it running?" : "";
}

static void daemon_is_away(struct conn *conn, const char *why, int reason)
{
	struct error message;

	CONN_LOG(conn, LOG_LEVEL_WARNING, "cannot reach the Docker daemon at %s: %s",
	    upstream_text(conn->daemon), why);
	(void)error_set(&message, "cannot reach the Docker daemon at %s: %s%s",
	    upstream_text(conn->daemon), why, what_to_ask(reason));
	if (conn->state == CONN_CALLER) {
		caller_unreachable(conn, message.text);
		return;
	}
	if (conn->state == CONN_LOOKUP)
		lookup_unreachable(conn);
	(void)error_prefix(&message, "sockwarden: ");
	conn_answer_gateway(conn, 502, message.text);
}

/* Tries the daemon's addresses from |conn->attempt| on. */
static enum dial try_addresses(struct conn *conn)
{
	struct upstream *upstream = conn->daemon;

	conn->dialling = false;
	errno = ECONNREFUSED;
	for (; conn->attempt < upstream_count(upstream); conn->attempt++) {
		enum upstream_dial result = upstream_dial(
		    upstream, conn->attempt, &conn->upstream, conn_server(conn)->loop, on_upstream);

		conn->fresh = true;
		conn->dialling = result == UPSTREAM_CONNECTING;
		if (result == UPSTREAM_CONNECTED)
			return DIAL_DONE;
		if (result != UPSTREAM_FAILED)
			return DIAL_LATER;
	}
	daemon_is_away(conn, strerror(errno), errno);
	return DIAL_FAILED;
}

/* A connection that was being made has failed. */
static enum dial try_next(struct conn *conn, int reason)
{
	bool in_tls = !conn->upstream.connecting && conn->upstream.ssl;
	struct error why;

	if (in_tls)
		(void)tls_failure(&conn->upstream, &why);
	else
		(void)error_set(&why, "%s", strerror(reason));
	io_close(&conn->upstream);
	if (++conn->attempt < upstream_count(conn->daemon))
		return try_addresses(conn);
	daemon_is_away(conn, why.text, in_tls ? 0 : reason);
	return DIAL_FAILED;
}

/* Held on to: a request that waits goes where it was judged for, whatever a reload brings. */
void conn_aim(struct conn *conn)
{
	struct upstream *daemon = upstream_ref(door_upstream(conn->door, conn_policy(conn)));

	upstream_unref(conn->daemon);
	conn->daemon = daemon;
}

static enum dial dial(struct conn *conn)
{
	if (!io_is_open(&conn->upstream)) {
		conn->attempt = 0;
		return try_addresses(conn);
	}
	switch (io_establish(&conn->upstream)) {
	case IO_UNDER_WAY:
		return DIAL_LATER;
	case IO_ESTABLISHED:
		conn->dialling = false;
		upstream_reached(conn->daemon, conn->attempt);
		return DIAL_DONE;
	case IO_BROKEN:
		break;
	}
	return try_next(conn, errno);
}

enum dial conn_dial(struct conn *conn)
{
	struct stats *stats = conn_server(conn)->stats;
	enum dial result = dial(conn);

	if (stats && (result == DIAL_DONE || result == DIAL_FAILED))
		stats_dialled(stats, result == DIAL_DONE);
	return result;
}

bool connect_step(struct conn *conn)
{
	if (io_is_hung_up(&conn->client)) {
		conn_close(conn);
		return true;
	}
	if (conn_dial(conn) == DIAL_DONE)
		conn_enter(conn, CONN_EXCHANGE);
	return conn->state != CONN_CONNECT;
}

/* Notes what the exchange under way is, once its head is written. */
static bool begin(struct conn *conn, const struct trial *trial)
{
	const struct http_request *request = &trial->request;
	const struct policy_request *ask = &trial->ask;
	enum http_framing rest = trial_rest(trial);

	conn->traits =
	    docker_request_traits(ask->match.operation, ask->query, ask->query_count) & 0xffff;
	conn->may_upgrade = request->wants_upgrade && (conn->traits & UPGRADES);
	conn->response = RESPONSE_HEAD;
	conn->answered = false;
	conn->daemon_stays = true;
	conn->request = rest == FRAMING_LENGTH ? REQUEST_LENGTH : REQUEST_DONE;
	conn->request_left = request->content_length;
	if (!redaction_begin(conn, conn_policy(conn), ask->match.operation))
		return false;
	if (rest != FRAMING_CHUNKED)
		return true;
	conn->request = REQUEST_CHUNKED;
	conn->request_left = 0;
	conn->chunk_open = false;
	conn->upload = malloc(sizeof(*conn->upload));
	if (conn->upload)
		http_chunks_init(conn->upload, conn_server(conn)->limits.http.max_head);
	return conn->upload != NULL;
}

static bool write_head(struct conn *conn, const struct trial *trial)
{
	struct buf *out = &conn_server(conn)->out;

	buf_clear(out);
	trial_write_head(trial, out, conn->may_upgrade);
	return !out->failed;
}

/* Whatever the connection to the daemon was made for: what is permitted goes where its policy says.
 */
static void leave_other_daemon(struct conn *conn)
{
	const struct upstream *daemon = door_upstream(conn->door, conn_policy(conn));

	if (io_is_open(&conn->upstream) && conn->daemon != daemon &&
	    !upstream_is_same(conn->daemon, daemon))
		conn_leave_daemon(conn);
}

/* A daemon that takes nothing must not fill the memory with what is permitted. */
static void check_waiting(struct conn *conn)
{
	(void)conn_count_waiting(conn);
	enum crowd_limit limit = crowd_hold(conn_server(conn)->crowd, &conn->seat, 0, 0);

	if (limit == CROWD_FINE)
		return;
	conn_leave_daemon(conn);
	conn_over_limit(conn, limit);
}

static void send_request(struct conn *conn, struct span body)
{
	struct server *server = conn_server(conn);
	struct iovec parts[] = {conn_part(buf_span(&server->out)), conn_part(body)};
	int count = body.len ? 2 : 1;

	upstream_drop_stale(conn);
	leave_other_daemon(conn);
	enum dial dialled = DIAL_DONE;

	if (io_is_open(&conn->upstream)) {
		conn->fresh = false;
	} else {
		conn_aim(conn);
		dialled = conn_dial(conn);
	}
	if (dialled == DIAL_FAILED)
		return;
	conn_enter(conn, dialled == DIAL_DONE ? CONN_EXCHANGE : CONN_CONNECT);
	/* What may last for hours would keep others out: connections are its limit. */
	if (conn->traits & STREAMS)
		conn_give_place(conn);
	if (dialled == DIAL_DONE)
		(void)conn_to_upstream(conn, parts, count);
	else if (!pending_add(&conn->to_upstream, buf_span(&server->out), SIZE_MAX) ||
		 !pending_add(&conn->to_upstream, body, SIZE_MAX))
		conn_answer(conn, 503, "sockwarden: out of memory");
	if (conn->to_upstream)
		check_waiting(conn);
}

/* False: it is refused. */
static bool couple(struct conn *conn, struct exchange *exchange)
{
	struct trial *trial = &exchange->trial;
	bool serves;

	if (!coupled_is_wanted(conn, trial))
		return true;
	conn->coupled = coupled_new(conn, trial);
	if (conn->coupled)
		return true;
	serves = trial->ask.match.operation->traits & TRAIT_SERVES;
	if (serves)
		decision_refuse(&trial->decision, REASON_OWNER, 403,
		    "the session cannot be opened: send one X-Docker-Expose-Session-Uuid, with an "
		    "id that no open session and no other client has");
	else
		decision_refuse(&trial->decision, REASON_INTERNAL, 503, "out of memory");
	(void)exchange_refuse(conn, exchange, (struct span){NULL, 0});
	return false;
}

void exchange_forward(struct conn *conn, struct exchange *exchange)
{
	struct trial *trial = &exchange->trial;

	if (!exchange_audit_permitted(conn, exchange)) {
		decision_refuse(&trial->decision, REASON_INTERNAL, 503,
		    "the audit log cannot be written, so nothing is permitted");
		(void)exchange_refuse(conn, exchange, (struct span){NULL, 0});
		return;
	}
	if (!couple(conn, exchange))
		return;
	if (!begin(conn, trial) || !write_head(conn, trial)) {
		conn_answer(conn, 503, "sockwarden: out of memory");
		return;
	}
	exchange_uncount(
	    conn, exchange); /* from here on it counts as far as it waits for the daemon */
	exchange_count_verdict(conn, exchange,
	    trial->decision.verdict == VERDICT_DENY ? STATS_DRY_RUN : STATS_ALLOWED);
	send_request(conn, trial_body_to_send(trial));
}

/* ---- the body ---------------------------------------------------------------------------- */

/* The client sends no more. With its request complete it may still read: the daemon learns of it as
 * it would directly. One that has gone altogether, at once or later, waits for no answer. */
static bool pass_half_close(struct conn *conn)
{
	if (!conn->client.peer_shut)
		return false;
	bool ended = !conn->upstream.shut && !conn->in && io_at_end(&conn->client);

	if (io_is_hung_up(&conn->client)) {
		conn_close(conn);
		return true;
	}
	if (!ended)
		return false;
	io_shut(&conn->upstream);
	conn->daemon_stays = false;
	return false;
}

static void upload_done(struct conn *conn)
{
	free(conn->upload);
	conn->upload = NULL;
	conn->request = REQUEST_DONE;
	(void)conn_end_exchange(conn);
}

#define RUNS_MOST 30 /* runs of data sent without copying them */

/* What one read brings, to be sent in one go. */
struct chunk {
	struct iovec parts[RUNS_MOST + 4]; /* data announced before, the head of a chunk, runs of
					      its data, copied data, its end */
	int count;
	size_t size;        /* of the chunk */
	struct buf *copied; /* what is behind RUNS_MOST runs */
};

#define CHUNK_RUNS 2 /* where in |parts| the runs begin */

static bool add_run(void *context, struct span data)
{
	struct chunk *chunk = context;

	chunk->size += data.len;
	if (chunk->count < CHUNK_RUNS + RUNS_MOST)
		chunk->parts[chunk->count++] = conn_part(data);
	else
		buf_add(chunk->copied, data);
	return !chunk->copied->failed;
}

/* Takes the data at the front of |input| that the daemon was announced. */
static size_t take_announced(struct conn *conn, struct span input)
{
	size_t take = input.len < conn->request_left ? input.len : (size_t)conn->request_left;

	conn->request_left -= take;
	if (take > 0)
		http_chunks_skip(conn->upload, take);
	return take;
}

/* The rest of a large chunk is announced to the daemon before it is here, so that it may be
 * spliced. */
static void announce_rest(struct conn *conn, struct chunk *chunk)
{
	uint64_t ahead = http_chunks_ahead(conn->upload);

	if (conn->request_left > 0 || !conn->bulk_up || ahead < CONN_SPLICE_LEAST)
		return;
	conn->request_left = ahead < CONN_SPLICE_MOST ? ahead : CONN_SPLICE_MOST;
	chunk->size += (size_t)conn->request_left;
}

/* Adds the frame around the data of |chunk|. |head| is room for its head, before which the line end
 * of the chunk before goes if it was left open. */
static void add_frame(struct conn *conn, struct chunk *chunk, char (*head)[24], bool last)
{
	size_t len = (size_t)snprintf(*head, sizeof(*head), "\r\n%zx\r\n", chunk->size);
	struct span line = span_from((struct span){*head, len}, conn->chunk_open ? 0 : 2);
	struct span end = last && chunk->size ? SPAN("\r\n0\r\n\r\n") : SPAN("\r\n");

	conn->chunk_open = conn->request_left > 0;
	chunk->parts[1] = conn_part(line);
	if (chunk->copied->len)
		chunk->parts[chunk->count++] = conn_part(buf_span(chunk->copied));
	if (!conn->chunk_open)
		chunk->parts[chunk->count++] = conn_part(end);
}

static void send_chunk(struct conn *conn, struct chunk *chunk, bool last)
{
	int first = chunk->parts[0].iov_len > 0 ? 0 : 1;
	char head[24];

	if (chunk->size > 0 || last)
		add_frame(conn, chunk, &head, last);
	else
		chunk->count = 1; /* of what was announced */
	if (first < chunk->count)
		(void)conn_to_upstream(conn, chunk->parts + first, chunk->count - first);
}

/* The daemon sees a body without its end. The client is told, unless it has an answer already. */
static void break_upload(struct conn *conn, struct http_fault *fault)
{
	CONN_LOG(conn, LOG_LEVEL_WARNING,
	    "the connection was closed in the middle of a chunked upload: %s", fault->error.text);
	if (conn->answered) {
		conn_close(conn);
		return;
	}
	(void)error_prefix(&fault->error, "sockwarden: ");
	conn_answer(conn, fault->status, fault->error.text);
}

/* Decodes and chunks anew: extensions, trailers and odd spellings end here. */
static size_t upload_chunks(struct conn *conn, struct span input)
{
	struct chunk chunk = {.count = CHUNK_RUNS, .copied = &conn_server(conn)->out};
	struct http_fault fault;
	size_t taken = take_announced(conn, input), used = 0;

	chunk.parts[0] = conn_part((struct span){input.at, taken});
	buf_clear(chunk.copied);
	enum http_result result =
	    http_chunks_feed(conn->upload, span_from(input, taken), add_run, &chunk, &used, &fault);

	if (result == HTTP_ERROR) {
		break_upload(conn, &fault);
		return input.len;
	}
	conn->bulk_up |= input.len >= CONN_BULK && conn_can_splice(conn);
	if (result == HTTP_MORE)
		announce_rest(conn, &chunk);
	send_chunk(conn, &chunk, result == HTTP_DONE);
	if (result == HTTP_DONE)
		upload_done(conn);
	return result == HTTP_DONE ? taken + used : input.len;
}

static size_t upload_length(struct conn *conn, struct span input)
{
	size_t take = input.len < conn->request_left ? input.len : (size_t)conn->request_left;
	struct iovec part = conn_part((struct span){input.at, take});

	conn->request_left -= take;
	(void)conn_to_upstream(conn, &part, 1);
	if (conn->request_left == 0)
		upload_done(conn);
	return take;
}

/* Whether what comes next may go from socket to socket without being looked at. */
static bool may_splice(const struct conn *conn)
{
	uint64_t least = conn->request == REQUEST_CHUNKED ? CONN_SPLICE_LEAST : CONN_BULK;

	return conn->request_left >= least && !conn->in && conn->client.readable &&
	       conn_can_splice(conn);
}

static enum move upload_splice(struct conn *conn)
{
	size_t most =
	    conn->request_left < CONN_SPLICE_MOST ? (size_t)conn->request_left : CONN_SPLICE_MOST;
	size_t moved = 0;
	enum move move = pending_splice(&conn->to_upstream, &conn_server(conn)->pipes,
	    &conn->client, &conn->upstream, most, &moved);

	conn->request_left -= moved;
	if (conn->request == REQUEST_CHUNKED)
		http_chunks_skip(conn->upload, moved);
	if (move == MOVE_BROKEN && moved > 0) { /* and lost */
		if (conn->upstream.failed)
			conn_stop_upload(conn);
		else
			conn_close(conn);
		return MOVE_SOME;
	}
	if (move == MOVE_NOTHING)
		conn->bulk_up = false;
	if (move == MOVE_SOME && conn->request_left == 0 && conn->request == REQUEST_LENGTH)
		upload_done(conn);
	return move;
}

/* Between two chunks that are spliced little more than their frames is read. */
static size_t upload_read_size(const struct conn *conn)
{
	if (conn->request != REQUEST_CHUNKED || !conn->bulk_up ||
	    conn->request_left >= CONN_SPLICE_LEAST)
		return SERVER_SCRATCH;
	return (size_t)conn->request_left + CONN_CHUNK_HEAD;
}

/* The client stopped in the middle of the body. */
static bool upload_broken(struct conn *conn)
{
	if (io_is_hung_up(&conn->client)) {
		conn_close(conn);
		return true;
	}
	conn->request = REQUEST_DONE;
	conn->keep_alive = false;
	io_shut(&conn->upstream);
	return true;
}

/* The daemon takes nothing now, so that the client is not read: what became of it must be asked. */
static bool leave_reset_client(struct conn *conn)
{
	if (!conn->client.peer_shut || !io_is_reset(&conn->client))
		return false;
	conn_close(conn);
	return true;
}

bool upload_step(struct conn *conn)
{
	bool end;

	if (conn->to_upstream) {
		struct iovec none = {NULL, 0};

		if (!conn_to_upstream(conn, &none, 0))
			return true;
		if (conn->to_upstream)
			return leave_reset_client(conn);
	}
	if (conn->request == REQUEST_DONE)
		return conn_end_exchange(conn) || pass_half_close(conn);
	if (may_splice(conn)) {
		enum move move = upload_splice(conn);

		if (move == MOVE_SOME || move == MOVE_NOTHING)
			return move == MOVE_SOME;
	}
	struct span input = conn_input_most(conn, upload_read_size(conn), &end);

	if (end)
		return upload_broken(conn);
	if (input.len == 0)
		return false;
	size_t used = conn->request == REQUEST_CHUNKED ? upload_chunks(conn, input)
						       : upload_length(conn, input);

	conn_used(conn, input, used, false);
	return true;
}
