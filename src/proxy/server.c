/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/server.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "net/listener.h"
#include "net/unix_socket.h"
#include "proxy/conn.h"
#include "proxy/exchange.h"

#define TICK_MS 250        /* how exact time limits are, and how often a full daemon is dialled */
#define LINGER_MS 2000     /* for a client to read our last answer */
#define OUT_MAX (8u << 20) /* of one head that we write */
#define TRIM_LEAST 64u     /* connections whose memory is worth giving back */

#ifndef TAILQ_FOREACH_SAFE
#define TAILQ_FOREACH_SAFE(item, head, field, next)                                              \
	for ((item) = TAILQ_FIRST(head); (item) && ((next) = TAILQ_NEXT(item, field), 1);       \
	     (item) = (next))
#endif

_Static_assert(SERVER_STATES == CONN_STATE_MAX, "a list for each state");

struct server *server_new(struct loop *loop, const struct config *config, struct audit_sink *audit)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server)
		return NULL;
	server->loop = loop;
	server->limits = config->limits;
	server->audit = audit;
	server->audit_required = config->audit_required;
	server->upstream = strdup(config->upstream.path);
	server->quick = exchange_new(&server->limits);
	buf_init(&server->out, OUT_MAX);
	TAILQ_INIT(&server->doors);
	for (unsigned i = 0; i < SERVER_STATES; i++)
		TAILQ_INIT(&server->lists[i]);
	if (server->upstream && server->quick)
		return server;
	server->audit = NULL;
	server_free(server);
	return NULL;
}

/* ---- time limits ------------------------------------------------------------------------------- */

static uint64_t time_limit(const struct limits *limits, enum conn_state state)
{
	switch (state) {
	case CONN_IDLE:
		return limits->idle_timeout;
	case CONN_HEAD:
		return limits->head_timeout;
	case CONN_BODY:
	case CONN_SKIP:
		return limits->body_timeout;
	case CONN_CONNECT:
		return limits->connect_timeout;
	case CONN_EXCHANGE:
	case CONN_TUNNEL:
		return limits->stream_timeout;
	case CONN_LINGER:
		return LINGER_MS;
	case CONN_CLOSED:
	case CONN_STATE_MAX:
		break;
	}
	return 0;
}

static void time_is_up(struct conn *conn)
{
	switch (conn->state) {
	case CONN_HEAD:
	case CONN_BODY:
		conn_answer(conn, 408, "sockwarden: the request took too long to arrive");
		break;
	case CONN_CONNECT:
		conn_answer_gateway(conn, 504, "sockwarden: the Docker daemon did not take the connection in time");
		break;
	default:
		conn_close(conn);
		break;
	}
}

/* The list of a state is in the order of entry, so the first that still has time ends the search. */
static void sweep(struct server *server, enum conn_state state)
{
	uint64_t limit = time_limit(&server->limits, state), now = loop_now(server->loop);
	struct conn *conn, *next;

	if (limit == 0)
		return;
	TAILQ_FOREACH_SAFE(conn, &server->lists[state], link, next) {
		if (now - conn->since < limit)
			return;
		time_is_up(conn);
	}
}

static void redial(struct server *server)
{
	struct conn *conn, *next;

	TAILQ_FOREACH_SAFE(conn, &server->lists[CONN_CONNECT], link, next)
		conn_pump(conn);
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
	server->conn_most = server->conn_count;
	(void)malloc_trim(0);
}

static void stop_clock(struct server *server)
{
	loop_timer_free(server->tick);
	server->tick = NULL;
	trim(server);
}

static void on_tick(void *arg)
{
	struct server *server = arg;

	for (unsigned state = 0; state < CONN_CLOSED; state++)
		sweep(server, (enum conn_state)state);
	redial(server);
	if (server->stopping && loop_now(server->loop) >= server->stop_at)
		end_of_grace(server);
	if (server->conn_count == 0)
		stop_clock(server);
	else if (server->conn_most >= TRIM_LEAST && server->conn_count <= server->conn_most / 4)
		trim(server);
}

/* The clock ticks only while there are connections. */
static void start_clock(struct server *server)
{
	if (!server->tick)
		server->tick = loop_timer_new(server->loop, TICK_MS, on_tick, server);
}

/* ---- connections ------------------------------------------------------------------------------- */

static void conn_free(struct conn *conn)
{
	struct server *server = conn_server(conn);

	TAILQ_REMOVE(&server->lists[CONN_CLOSED], conn, link);
	pending_free(&conn->in);
	pending_free(&conn->to_upstream);
	pending_free(&conn->to_client);
	pending_free(&conn->reply);
	if (conn->exchange)
		server->held -= conn->exchange->counted;
	exchange_free(conn->exchange);
	free(conn->upload);
	free(conn->download);
	free(conn);
	if (--server->conn_count == 0 && server->stopping)
		loop_stop(server->loop);
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

static void on_accept(void *arg, int fd)
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
	conn->task.run = conn_run;
	conn->response = RESPONSE_DONE;
	if (io_open(&conn->client, server->loop, fd, &io_plain, on_client) < 0) {
		log_error("proxy", "cannot watch a connection: it is refused");
		free(conn);
		return;
	}
	conn->since = loop_now(server->loop);
	TAILQ_INSERT_TAIL(&server->lists[CONN_IDLE], conn, link);
	start_clock(server);
	if (++server->conn_count > server->conn_most)
		server->conn_most = server->conn_count;
	if (server->conn_count > server->limits.max_connections)
		conn_answer(conn, 503, "sockwarden: too many connections (max_connections)");
}

/* ---- doors ------------------------------------------------------------------------------------- */

static void door_free(struct door *door)
{
	if (!door)
		return;
	listener_close(door->listener);
	policy_unref(door->policy);
	free(door->name);
	free(door);
}

static int door_open(struct server *server, const struct config_listener *from, struct error *err)
{
	struct unix_rights rights = {from->mode, from->owner, from->group};
	int fd = unix_listen(from->address.path, &rights, err);
	struct door *door = fd >= 0 ? calloc(1, sizeof(*door)) : NULL;

	if (!door) {
		if (fd < 0)
			return error_prefix(err, "listener %s: ", from->name);
		(void)close(fd);
		return error_set(err, "listener %s: out of memory", from->name);
	}
	door->server = server;
	door->name = strdup(from->name);
	door->policy = policy_ref(from->policy);
	door->listener = listener_open(server->loop, fd, on_accept, door);
	if (!door->name || !door->listener) {
		if (!door->listener)
			(void)close(fd);
		door_free(door);
		return error_set(err, "listener %s: out of memory", from->name);
	}
	TAILQ_INSERT_TAIL(&server->doors, door, link);
	return 0;
}

int server_listen(struct server *server, const struct config *config, struct error *err)
{
	for (const struct config_listener *l = config->listeners; l; l = l->next) {
		if (door_open(server, l, err) < 0)
			return -1;
	}
	return 0;
}

void server_stop(struct server *server)
{
	struct door *door;

	if (server->stopping)
		return;
	server->stopping = true;
	server->stop_at = loop_now(server->loop) + server->limits.grace;
	TAILQ_FOREACH(door, &server->doors, link) {
		listener_close(door->listener);
		door->listener = NULL;
	}
	close_all(server, CONN_IDLE);
	if (server->conn_count == 0)
		loop_stop(server->loop);
}

void server_free(struct server *server)
{
	struct door *door;
	struct conn *conn;

	if (!server)
		return;
	end_of_grace(server);
	while ((conn = TAILQ_FIRST(&server->lists[CONN_CLOSED])))
		conn_free(conn);
	while ((door = TAILQ_FIRST(&server->doors))) {
		TAILQ_REMOVE(&server->doors, door, link);
		door_free(door);
	}
	loop_timer_free(server->tick);
	audit_sink_close(server->audit);
	exchange_free(server->quick);
	buf_free(&server->out);
	pipe_pool_free(&server->pipes);
	free(server->upstream);
	free(server);
}
