/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/conn.h"

#include <assert.h>
#include <stdlib.h>

#include "base/log.h"
#include "proxy/caller.h"
#include "proxy/coupled.h"
#include "proxy/exchange.h"
#include "proxy/limit.h"
#include "proxy/redaction.h"
#include "proxy/stats.h"

#define PUMP_STEPS 16 /* pieces of work an event may do before others get their turn */

#define TO(state) (1u << CONN_##state)

/* In which a request has a place among those under way. */
#define UNDER_WAY                                                                                  \
	(TO(CALLER) | TO(BODY) | TO(ADVICE) | TO(LOOKUP) | TO(CONNECT) | TO(EXCHANGE) |            \
	    TO(ANSWER) | TO(TRAIL))

static const struct {
	const char *name;
	unsigned next;
} states[CONN_STATE_MAX] = {
    [CONN_GREET] = {"greet", TO(IDLE) | TO(CLOSED)},
    [CONN_CALLER] = {"caller", TO(CALLER) | TO(HEAD) | TO(DRAIN) | TO(LINGER) | TO(CLOSED)},
    [CONN_IDLE] = {"idle", TO(GREET) | TO(IDLE) | TO(CALLER) | TO(HEAD) | TO(BODY) | TO(ADVICE) |
			       TO(LOOKUP) | TO(CONNECT) | TO(EXCHANGE) | TO(SKIP) | TO(DRAIN) |
			       TO(LINGER) | TO(CLOSED)},
    [CONN_HEAD] = {"head", TO(CALLER) | TO(HEAD) | TO(BODY) | TO(ADVICE) | TO(LOOKUP) |
			       TO(CONNECT) | TO(EXCHANGE) | TO(SKIP) | TO(IDLE) | TO(DRAIN) |
			       TO(LINGER) | TO(CLOSED)},
    [CONN_BODY] = {"body", TO(BODY) | TO(LOOKUP) | TO(CONNECT) | TO(EXCHANGE) | TO(IDLE) |
			       TO(SKIP) | TO(DRAIN) | TO(LINGER) | TO(CLOSED)},
    [CONN_ADVICE] = {"advice", TO(LOOKUP) | TO(CONNECT) | TO(EXCHANGE) | TO(IDLE) | TO(SKIP) |
				   TO(DRAIN) | TO(LINGER) | TO(CLOSED)},
    [CONN_LOOKUP] = {"lookup", TO(LOOKUP) | TO(CONNECT) | TO(EXCHANGE) | TO(IDLE) | TO(SKIP) |
				   TO(DRAIN) | TO(LINGER) | TO(CLOSED)},
    [CONN_CONNECT] = {"connect", TO(EXCHANGE) | TO(IDLE) | TO(DRAIN) | TO(LINGER) | TO(CLOSED)},
    [CONN_EXCHANGE] = {"exchange", TO(EXCHANGE) | TO(ANSWER) | TO(TRAIL) | TO(IDLE) | TO(TUNNEL) |
				       TO(DRAIN) | TO(LINGER) | TO(CLOSED)},
    [CONN_ANSWER] = {"answer",
	TO(EXCHANGE) | TO(TRAIL) | TO(IDLE) | TO(TUNNEL) | TO(DRAIN) | TO(LINGER) | TO(CLOSED)},
    [CONN_TRAIL] = {"trail", TO(TRAIL) | TO(IDLE) | TO(DRAIN) | TO(LINGER) | TO(CLOSED)},
    [CONN_TUNNEL] = {"tunnel", TO(TUNNEL) | TO(DRAIN) | TO(LINGER) | TO(CLOSED)},
    [CONN_SKIP] = {"skip", TO(SKIP) | TO(IDLE) | TO(DRAIN) | TO(LINGER) | TO(CLOSED)},
    [CONN_DRAIN] = {"drain", TO(DRAIN) | TO(LINGER) | TO(CLOSED)},
    [CONN_LINGER] = {"linger", TO(CLOSED)},
    [CONN_CLOSED] = {"closed", 0},
};

static bool conn_is_ending(const struct conn *conn)
{
	return conn->state == CONN_DRAIN || conn->state == CONN_LINGER ||
	       conn->state == CONN_CLOSED;
}

const char *conn_state_name(enum conn_state state)
{
	return states[state].name;
}

bool conn_may_move(enum conn_state from, enum conn_state to)
{
	return (states[from].next & (1u << to)) != 0;
}

void conn_enter(struct conn *conn, enum conn_state state)
{
	struct server *server = conn_server(conn);

	assert(conn_may_move(conn->state, state));
	if (server->stats)
		stats_moved(server->stats, conn->state, state);
	TAILQ_REMOVE(&server->lists[conn->state], conn, link);
	TAILQ_INSERT_TAIL(&server->lists[state], conn, link);
	if (!(UNDER_WAY & (1u << state)))
		conn_give_place(conn);
	conn->state = state;
	conn->since = loop_now(server->loop);
}

/* Counts what the connection holds back. */
static enum crowd_limit count_held(struct conn *conn)
{
	size_t before = conn->in_held, now = pending_span(conn->in).len;

	if (now == before)
		return CROWD_FINE;
	conn->in_held = (uint32_t)now;
	return crowd_hold(conn_server(conn)->crowd, &conn->seat, before, now);
}

enum crowd_limit conn_count_waiting(struct conn *conn)
{
	size_t before = conn->out_held, now = pending_memory(conn->to_upstream);

	if (now == before)
		return CROWD_FINE;
	conn->out_held = now;
	return crowd_hold(conn_server(conn)->crowd, &conn->seat, before, now);
}

void conn_leave_daemon(struct conn *conn)
{
	io_close(&conn->upstream);
	pending_free(&conn->to_upstream);
	(void)conn_count_waiting(conn);
}

/* Nothing more goes on to the daemon, or is read from the client to be judged. */
static void leave_both_ends(struct conn *conn)
{
	conn_leave_daemon(conn);
	pending_free(&conn->in);
	(void)count_held(conn);
	coupled_end(conn);
}

/* The client has not been sent all of what it was promised. */
static bool owes_answer(const struct conn *conn)
{
	if (conn->cut || conn->to_client)
		return true;
	if (conn->state == CONN_TUNNEL)
		return !conn->client.shut;
	return conn->state == CONN_EXCHANGE && conn->answered && conn->response != RESPONSE_DONE;
}

bool conn_ends_answer(const struct conn *conn)
{
	if (redaction_reads(conn))
		return !redaction_chunks(conn);
	return conn->response == RESPONSE_CLOSE ||
	       (conn->response == RESPONSE_CHUNKED && conn->minor == 0);
}

void conn_close(struct conn *conn)
{
	if (conn->state == CONN_CLOSED)
		return;
	if (!owes_answer(conn))
		io_close(&conn->client);
	else if (conn_ends_answer(conn))
		io_abort(&conn->client);
	else
		io_cut(&conn->client);
	leave_both_ends(conn);
	conn_enter(conn, CONN_CLOSED);
	loop_defer(conn_server(conn)->loop, &conn->task);
}

void conn_finish(struct conn *conn)
{
	if (conn_is_ending(conn))
		return;
	leave_both_ends(conn);
	conn_enter(conn, conn->to_client || conn->client.ssl ? CONN_DRAIN : CONN_LINGER);
	loop_defer(conn_server(conn)->loop, &conn->task);
}

void conn_cut(struct conn *conn)
{
	conn->cut = true;
	conn_finish(conn);
}

static void next_request(struct conn *conn)
{
	coupled_end(conn); /* the daemon has not agreed */
	redaction_drop(conn);
	if (!conn->daemon_stays)
		conn_leave_daemon(conn);
	if (!conn->keep_alive || conn_must_end(conn))
		conn_finish(conn);
	else
		conn_enter(conn, CONN_IDLE);
}

/* A daemon may have answered before it took the whole request: then the rest comes first. */
bool conn_end_exchange(struct conn *conn)
{
	if (conn->response != RESPONSE_DONE)
		return false;
	if (conn->request == REQUEST_DONE && !conn->to_upstream) {
		next_request(conn);
		return true;
	}
	if (conn->daemon_stays)
		return false;
	conn->wait_at_end = true;
	conn_finish(conn);
	return true;
}

static bool is_exchanging(const struct conn *conn)
{
	return conn->state == CONN_EXCHANGE || conn->state == CONN_ANSWER ||
	       conn->state == CONN_TRAIL;
}

/* Which part of the exchange the time limit is for now. */
static enum conn_state part_of_exchange(const struct conn *conn)
{
	if (conn->response == RESPONSE_DONE)
		return CONN_TRAIL;
	if (!conn->answered && conn->request == REQUEST_DONE && !conn->to_upstream &&
	    !(conn->traits & CONN_MAY_TAKE_LONG))
		return CONN_ANSWER;
	return CONN_EXCHANGE;
}

/* A stream that is not silent has its time anew. */
static bool note_traffic(struct conn *conn, bool moved)
{
	if (moved && conn_server(conn)->limits.stream_timeout > 0 &&
	    (conn->state == CONN_EXCHANGE || conn->state == CONN_TUNNEL))
		conn_enter(conn, conn->state);
	return moved;
}

/* The answer has ended before the request; so may the daemon. */
static void look_for_end(struct conn *conn)
{
	char byte;

	if (!conn->upstream.readable || io_recv(&conn->upstream, &byte, 1) == IO_AGAIN)
		return;
	conn->daemon_stays = false;
	(void)conn_end_exchange(conn);
}

static bool exchange_step(struct conn *conn)
{
	bool moved = upload_step(conn);

	if (is_exchanging(conn))
		moved = response_step(conn) || moved;
	if (is_exchanging(conn) && conn->response == RESPONSE_DONE)
		look_for_end(conn);
	if (!is_exchanging(conn))
		return moved;
	enum conn_state part = part_of_exchange(conn);

	if (part != conn->state || (part == CONN_TRAIL && moved))
		conn_enter(conn, part);
	return note_traffic(conn, moved);
}

/* One piece of work, whatever the state asks for. */
static bool conn_step(struct conn *conn)
{
	switch (conn->state) {
	case CONN_GREET:
		return greet_step(conn);
	case CONN_CALLER:
		return caller_step(conn);
	case CONN_IDLE:
	case CONN_HEAD:
		return request_step(conn);
	case CONN_BODY:
	case CONN_ADVICE:
		return inspect_step(conn);
	case CONN_LOOKUP:
		return lookup_step(conn);
	case CONN_CONNECT:
		return connect_step(conn);
	case CONN_EXCHANGE:
	case CONN_ANSWER:
	case CONN_TRAIL:
		return exchange_step(conn);
	case CONN_TUNNEL:
		return note_traffic(conn, conn->coupled ? coupled_step(conn) : tunnel_step(conn));
	case CONN_SKIP:
		return skip_step(conn);
	case CONN_DRAIN:
		return drain_step(conn);
	case CONN_LINGER:
		return linger_step(conn);
	case CONN_CLOSED:
	case CONN_STATE_MAX:
		break;
	}
	return false;
}

void conn_pump(struct conn *conn)
{
	struct stats *stats = conn_server(conn)->stats;

	if (stats && conn->state < CONN_EXCHANGE)
		stats_turn(stats);
	for (unsigned i = 0; i < PUMP_STEPS; i++) {
		if (!conn_step(conn))
			return;
	}
	loop_defer(conn_server(conn)->loop, &conn->task);
}

bool conn_can_splice(const struct conn *conn)
{
	return conn->client.ops->plain && conn->upstream.ops->plain;
}

struct iovec conn_part(struct span bytes)
{
	union {
		const char *in;
		void *out;
	} at = {.in = bytes.at};

	return (struct iovec){at.out, bytes.len};
}

bool conn_to_client(struct conn *conn, const struct iovec *parts, int count)
{
	if (pending_send(&conn->to_client, &conn->client, parts, count) != FLUSH_FAILED)
		return true;
	conn_close(conn);
	return false;
}

void conn_stop_upload(struct conn *conn)
{
	pending_free(&conn->to_upstream);
	(void)conn_count_waiting(conn);
	/* One that still reads, when the memory is short here, must not wait for the rest. By TLS a
	 * record may be under way of which the rest is gone: no other one can follow it. */
	io_shut_cut(&conn->upstream);
	conn->daemon_stays = false;
	io_read_on(&conn->upstream);
	conn->keep_alive = false;
	conn->wait_at_end = conn->request != REQUEST_DONE;
	conn->request = REQUEST_DONE;
}

bool conn_to_upstream(struct conn *conn, const struct iovec *parts, int count)
{
	enum flush_result sent = pending_send(&conn->to_upstream, &conn->upstream, parts, count);

	(void)conn_count_waiting(conn);
	if (sent != FLUSH_FAILED)
		return true;
	conn_stop_upload(conn);
	return false;
}

static size_t input_max(const struct conn *conn)
{
	return conn_server(conn)->limits.http.max_head + SERVER_SCRATCH;
}

struct span conn_input_most(struct conn *conn, size_t most, bool *ret_end)
{
	struct server *server = conn_server(conn);
	char *into = server->scratch;

	*ret_end = false;
	if (conn->in && !conn->in_tried)
		return pending_span(conn->in);
	if (conn->client.readable) {
		if (conn->in) {
			into = pending_room(&conn->in, most, input_max(conn));
			if (!into) {
				conn_close(conn);
				return (struct span){NULL, 0};
			}
		}
		ssize_t n = io_recv(&conn->client, into, most);

		if (n > 0 && conn->in) {
			pending_grew(conn->in, (size_t)n);
			return pending_span(conn->in);
		}
		if (n > 0)
			return (struct span){into, (size_t)n};
	}
	*ret_end = conn->client.eof || conn->client.failed;
	return (struct span){NULL, 0};
}

struct span conn_input(struct conn *conn, bool *ret_end)
{
	return conn_input_most(conn, SERVER_SCRATCH, ret_end);
}

void conn_used(struct conn *conn, struct span input, size_t used, bool tried)
{
	if (conn_is_ending(conn))
		return;
	conn->in_tried = tried;
	if (conn->in) {
		pending_drop(&conn->in, used);
	} else if (used < input.len) {
		struct span rest = span_from(input, used);

		if (!pending_add(&conn->in, rest, input_max(conn)))
			conn_close(conn);
	}
	enum crowd_limit limit = count_held(conn);

	if (limit != CROWD_FINE && conn->in && !is_exchanging(conn))
		conn_over_limit(conn, limit);
}
