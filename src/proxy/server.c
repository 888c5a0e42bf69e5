/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/server.h"
#include "proxy/redaction.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "build/mediator.h"
#include "net/tls.h"
#include "proxy/caller.h"
#include "proxy/conn.h"
#include "proxy/coupled.h"
#include "proxy/door.h"
#include "proxy/exchange.h"
#include "proxy/ledger.h"
#include "proxy/limit.h"
#include "proxy/lookup.h"
#include "proxy/stats.h"
#include "proxy/upstream.h"

#define TICK_MS 250         /* how exact time limits are, and how often a full daemon is dialled */
#define ADVICE_MS 1000      /* for the body of a request that is refused already */
#define LINGER_MS 2000      /* for a client to read our last answer */
#define DRAIN_LEAST_MS 1000 /* for what reads the audit log, at the end */
#define OUT_MAX (8u << 20)  /* of one head that we write */
#define BODY_MOST (16 * SERVER_SCRATCH) /* of an answer, written anew from one read */
#define TRIM_LEAST 64u                  /* connections whose memory is worth giving back */

_Static_assert(SERVER_STATES == CONN_STATE_MAX, "a list for each state");

static struct server *make(struct loop *loop, const struct config *config)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server)
		return NULL;
	server->loop = loop;
	server->limits = config->limits;
	server->audit_required = config->audit_required;
	server->audit_level = config->audit_level;
	if (config->audit_level == AUDIT_LEVEL_LEARN)
		server->bare = policy_bare();
	server->exchange = exchange_new(&server->limits);
	server->pipes.most = pipe_budget(server->limits.max_connections, config->workers);
	buf_init(&server->out, OUT_MAX);
	buf_init(&server->body, BODY_MOST);
	TAILQ_INIT(&server->doors);
	for (unsigned i = 0; i < SERVER_STATES; i++)
		TAILQ_INIT(&server->lists[i]);
	if (config->status)
		server->stats = stats_new();
	if (server->exchange && (server->bare || config->audit_level != AUDIT_LEVEL_LEARN) &&
	    (server->stats || !config->status))
		return server;
	server_free(server);
	return NULL;
}

struct server *server_new(struct loop *loop, const struct config *config, struct audit_sink *audit)
{
	bool shared = config->workers > 1;
	struct server *server = make(loop, config);

	if (!server)
		return NULL;
	server->crowd = crowd_new(&server->limits, shared);
	if (server->stats)
		server->stats_names = stats_names_new();
	if (server->crowd && (server->stats_names || !server->stats))
		server->ledger = ledger_new(audit, shared);
	if (server->ledger)
		return server;
	server_free(server);
	return NULL;
}

struct server *server_new_member(
    struct server *chief, struct loop *loop, const struct config *config)
{
	struct server *server = make(loop, config);

	if (!server)
		return NULL;
	server->chief = chief;
	server->crowd = chief->crowd;
	server->ledger = chief->ledger;
	server->own = chief->own;
	server->next = chief->next;
	chief->next = server;
	return server;
}

/* Made by the first who needs it. */
struct mediator_owned *server_owned(struct server *server)
{
	struct server *chief = server->chief ? server->chief : server;
	struct mediator_owned *owned = atomic_load(&chief->owned), *made;

	if (owned)
		return owned;
	made = mediator_owned_new();
	if (!made || atomic_compare_exchange_strong(&chief->owned, &owned, made))
		return made;
	mediator_owned_free(made);
	return owned;
}

/* ---- time limits -------------------------------------------------------------------------------
 */

static uint64_t time_limit(const struct limits *limits, enum conn_state state)
{
	switch (state) {
	case CONN_IDLE:
		return limits->idle_timeout;
	case CONN_GREET:
	case CONN_HEAD:
		return limits->head_timeout;
	case CONN_BODY:
	case CONN_CALLER:
	case CONN_LOOKUP:
	case CONN_SKIP:
	case CONN_TRAIL:
		return limits->body_timeout;
	case CONN_ADVICE:
		return ADVICE_MS;
	case CONN_ANSWER:
		return limits->answer_timeout;
	case CONN_CONNECT:
		return limits->connect_timeout;
	case CONN_EXCHANGE:
	case CONN_TUNNEL:
	case CONN_DRAIN:
		return limits->stream_timeout;
	case CONN_LINGER:
		return LINGER_MS;
	case CONN_CLOSED:
	case CONN_STATE_MAX:
		break;
	}
	return 0;
}

static void end_state(struct conn *conn)
{
	switch (conn->state) {
	case CONN_HEAD:
		conn_answer(conn, 408,
		    "sockwarden: the request took longer than head_timeout to arrive; try again");
		break;
	case CONN_BODY:
		conn_answer(conn, 408,
		    "sockwarden: the request's body took longer than body_timeout to arrive; try "
		    "again");
		break;
	case CONN_ADVICE:
		inspect_time_is_up(conn);
		break;
	case CONN_CALLER:
		caller_time_is_up(conn);
		break;
	case CONN_LOOKUP:
		lookup_time_is_up(conn);
		break;
	case CONN_ANSWER:
		conn_answer_gateway(conn, 504,
		    "sockwarden: the Docker daemon did not begin to answer in time "
		    "(answer_timeout)");
		break;
	case CONN_CONNECT:
		conn_answer_gateway(
		    conn, 504, "sockwarden: the Docker daemon did not take the connection in time");
		break;
	case CONN_IDLE:
	case CONN_GREET:
	case CONN_EXCHANGE:
	case CONN_TRAIL:
	case CONN_TUNNEL:
	case CONN_SKIP:
	case CONN_DRAIN:
	case CONN_LINGER:
	case CONN_CLOSED:
	case CONN_STATE_MAX:
	default:
		conn_close(conn);
		break;
	}
}

/* A client that was answered may have sent its next request long ago: nothing else will tell. */
static void time_is_up(struct conn *conn)
{
	end_state(conn);
	conn_pump(conn);
}

/* The list of a state is in the order of entry, so the first that still has time ends the search.
 */
static void sweep(struct server *server, enum conn_state state)
{
	uint64_t limit = time_limit(&server->limits, state), now = loop_now(server->loop);
	struct conn *conn, *next;

	if (limit == 0)
		return;
	TAILQ_FOREACH_SAFE(conn, &server->lists[state], link, next)
	{
		if (now - conn->since < limit)
			return;
		time_is_up(conn);
	}
}

/* Those that wait for room in the daemon's queue. */
static void redial(struct server *server)
{
	static const enum conn_state states[] = {CONN_CALLER, CONN_LOOKUP, CONN_CONNECT};
	struct conn *conn, *next;

	for (unsigned i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		TAILQ_FOREACH_SAFE(conn, &server->lists[states[i]], link, next)
		{
			if (states[i] == CONN_CONNECT || !io_is_open(&conn->upstream))
				conn_pump(conn);
		}
	}
}

static void close_all(struct server *server, enum conn_state state)
{
	struct conn *conn, *next;

	TAILQ_FOREACH_SAFE(conn, &server->lists[state], link, next)
	conn_close(conn);
}

static void end_of_grace(struct server *server)
{
	for (unsigned state = 0; state < CONN_CLOSED; state++)
		close_all(server, (enum conn_state)state);
}

/* Gives the memory of a crowd that has left back to the system. */
static void trim(struct server *server)
{
	server->conn_most = server_conn_count(server);
	(void)malloc_trim(0);
}

static void stop_clock(struct server *server)
{
	loop_timer_free(server->tick);
	server->tick = NULL;
	trim(server);
}

static bool has_reports(struct server *server)
{
	return server->strangers.left_out > 0 || crowd_has_reports(server->crowd);
}

static void on_tick(void *arg)
{
	struct server *server = arg;
	size_t count;

	for (unsigned state = 0; state < CONN_CLOSED; state++)
		sweep(server, (enum conn_state)state);
	redial(server);
	if (server->stopping && loop_now(server->loop) >= server->stop_at)
		end_of_grace(server);
	server_report_quiet(server, false);
	count = server_conn_count(server);
	if (ledger_flush(server->ledger) && count == 0 && !has_reports(server))
		stop_clock(server);
	else if (server->conn_most >= TRIM_LEAST && count <= server->conn_most / 4)
		trim(server);
}

/* The clock ticks only while there are connections. */
static void start_clock(struct server *server)
{
	if (!server->tick)
		server->tick = loop_timer_new(server->loop, TICK_MS, on_tick, server);
}

/* Only its own thread changes it: to add is no step that another one could come between. */
static size_t count_conns(struct server *server, size_t more)
{
	size_t count = server_conn_count(server) + more;

	atomic_store_explicit(&server->conn_count, count, memory_order_relaxed);
	return count;
}

static void drained(struct server *server)
{
	if (server->drained)
		server->drained(server);
	else
		loop_stop(server->loop);
}

/* ---- connections -------------------------------------------------------------------------------
 */

static void conn_free(struct conn *conn)
{
	struct server *server = conn_server(conn);

	TAILQ_REMOVE(&server->lists[CONN_CLOSED], conn, link);
	if (server->stats)
		stats_moved(server->stats, CONN_CLOSED, CONN_STATE_MAX);
	pending_free(&conn->in);
	pending_free(&conn->to_upstream);
	pending_free(&conn->to_client);
	pending_free(&conn->reply);
	exchange_free(conn->exchange);
	free(conn->upload);
	free(conn->download);
	coupled_end(conn);
	redaction_drop(conn);
	free(conn->identity);
	caller_free(conn);
	upstream_unref(conn->daemon);
	crowd_leave(server->crowd, &conn->seat, loop_now(server->loop));
	server->turned_away -= conn->turned_away;
	door_left(conn->door);
	free(conn);
	if (count_conns(server, (size_t)-1) > 0)
		return;
	if (server->left)
		server->left(server->left_arg);
	else if (server->stopping)
		drained(server);
}

static void conn_run(struct loop_task *task)
{
	struct conn *conn = (struct conn *)((char *)task - offsetof(struct conn, task));

	if (conn->state == CONN_CLOSED)
		conn_free(conn);
	else
		conn_pump(conn);
}

static void on_client(struct io *io)
{
	conn_pump((struct conn *)((char *)io - offsetof(struct conn, client)));
}

static bool open_client(struct conn *conn, int fd)
{
	const struct tls_context *tls = conn->door->terms.tls;

	if (io_open(&conn->client, conn_server(conn)->loop, fd, tls ? &io_tls : &io_plain,
		on_client) < 0)
		return false;
	if (!tls || tls_begin(&conn->client, tls) == 0)
		return true;
	io_close(&conn->client);
	return false;
}

void conn_accept(void *arg, int fd)
{
	struct door *door = arg;
	struct server *server = door->server;
	struct conn *conn = calloc(1, sizeof(*conn));

	if (!conn) {
		log_error("proxy", "out of memory: a connection is refused");
		(void)close(fd);
		return;
	}
	conn->door = door;
	conn->upstream.fd = -1;
	conn->minor = true;
	conn->task.run = conn_run;
	conn->response = RESPONSE_DONE;
	if (!open_client(conn, fd)) {
		log_error("proxy", "cannot watch a connection: it is refused");
		free(conn);
		return;
	}
	door->conns++;
	conn->since = loop_now(server->loop);
	TAILQ_INSERT_TAIL(&server->lists[CONN_IDLE], conn, link);
	if (server->stats)
		stats_moved(server->stats, CONN_STATE_MAX, CONN_IDLE);
	if (door->terms.tls)
		conn_enter(conn, CONN_GREET);
	caller_note(conn);
	start_clock(server);
	size_t count = count_conns(server, 1);

	if (count > server->conn_most)
		server->conn_most = count;
	conn_enter_crowd(conn);
}

/* ---- the end -----------------------------------------------------------------------------------
 */

void server_stop(struct server *server)
{
	struct door *door;

	if (server->stopping) {
		end_of_grace(server);
		return;
	}
	server->stopping = true;
	server->stop_at = loop_now(server->loop) + server->limits.grace;
	TAILQ_FOREACH (door, &server->doors, link)
		door_close(door);
	close_all(server, CONN_GREET);
	close_all(server, CONN_IDLE);
	if (server_conn_count(server) == 0)
		drained(server);
}

/* For the readers of the audit log: what the streams have left of it. */
static uint64_t rest_of_grace(struct server *server)
{
	uint64_t now = loop_now(server->loop);

	return server->stopping && server->stop_at > now + DRAIN_LEAST_MS ? server->stop_at - now
									  : DRAIN_LEAST_MS;
}

void server_free(struct server *server)
{
	struct conn *conn;

	if (!server)
		return;
	end_of_grace(server);
	while ((conn = TAILQ_FIRST(&server->lists[CONN_CLOSED])))
		conn_free(conn);
	if (server->ledger)
		server_report_quiet(server, true);
	if (!server->chief && server->ledger)
		server_report_limits(server);
	loop_room_free(server->audit_room);
	if (!server->chief && server->ledger)
		ledger_drain(server->ledger, rest_of_grace(server));
	doors_free(server);
	loop_timer_free(server->tick);
	exchange_free(server->exchange);
	policy_unref(server->bare);
	buf_free(&server->out);
	buf_free(&server->body);
	pipe_pool_free(&server->pipes);
	stats_free(server->stats);
	stats_names_free(server->stats_names);
	if (!server->chief) {
		ledger_free(server->ledger);
		crowd_free(server->crowd);
		mediator_owned_free(atomic_load(&server->owned));
	}
	free(server);
}
