/* SPDX-License-Identifier: Apache-2.0 */
/* A new configuration: all that may fail is done first, for all workers; then nothing can. */
#include <stdlib.h>

#include "proxy/conn.h"
#include "proxy/door.h"
#include "proxy/exchange.h"
#include "proxy/ledger.h"
#include "proxy/limit.h"
#include "proxy/lookup.h"
#include "proxy/stats.h"

/* A connection that is kept for the next request must not lead to where requests went before. */
static void leave_upstreams(struct server *server)
{
	static const enum conn_state unused[] = {
	    CONN_IDLE, CONN_HEAD, CONN_BODY, CONN_ADVICE, CONN_SKIP};
	static const enum conn_state used[] = {
	    CONN_CONNECT, CONN_EXCHANGE, CONN_ANSWER, CONN_TRAIL};
	struct conn *conn;

	for (unsigned i = 0; i < sizeof(unused) / sizeof(unused[0]); i++) {
		TAILQ_FOREACH (conn, &server->lists[unused[i]], link) {
			if (conn->door->moved)
				conn_leave_daemon(conn);
		}
	}
	for (unsigned i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
		TAILQ_FOREACH (conn, &server->lists[used[i]], link) {
			if (conn->door->moved)
				conn->daemon_stays = false;
		}
	}
}

/* What another daemon said counts no more. */
static void restart_lookups(struct server *server)
{
	struct conn_list *list = &server->lists[CONN_LOOKUP];
	struct conn *conn;
	size_t count = 0;

	TAILQ_FOREACH (conn, list, link)
		count++;
	while (count-- > 0) { /* each leaves the front of the list */
		conn = TAILQ_FIRST(list);
		if (conn->door->moved) {
			lookup_restart(conn);
			loop_defer(server->loop, &conn->task); /* it may have been answered */
		} else {
			lookup_reread(conn);
			TAILQ_REMOVE(list, conn, link);
			TAILQ_INSERT_TAIL(list, conn, link);
		}
	}
}

static void close_idle_strangers(struct server *server)
{
	struct conn *conn, *next;

	TAILQ_FOREACH_SAFE(conn, &server->lists[CONN_IDLE], link, next)
	{
		if (conn_must_end(conn))
			conn_close(conn);
	}
}

/* What one server needs before it can begin. */
struct change {
	struct server *server;
	struct door_plans doors;
	struct exchange *exchange;
	struct policy *bare; /* or NULL */
	uint8_t *slots;      /* of a server with stats */
};

struct changes {
	struct policy *closed; /* permits nothing */
	size_t count;
	struct change all[]; /* the chief's first */
};

static struct changes *changes_new(struct server *chief)
{
	struct server *server = chief;
	struct changes *changes;
	size_t count = 0;

	for (; server; server = server->next)
		count++;
	changes = calloc(1, sizeof(*changes) + count * sizeof(changes->all[0]));
	if (!changes)
		return NULL;
	changes->count = count;
	for (size_t i = 0; i < count; i++) {
		changes->all[i].server = i == 0 ? chief : changes->all[i - 1].server->next;
		TAILQ_INIT(&changes->all[i].doors);
	}
	return changes;
}

static int changes_make(struct changes *changes, const struct config *config,
    const struct facts *facts, struct error *err)
{
	changes->closed = policy_new("closed");
	if (!changes->closed)
		return error_set(err, "out of memory");
	if (policy_finish(changes->closed, err) < 0)
		return -1;
	for (size_t i = 0; i < changes->count; i++) {
		struct change *change = &changes->all[i];

		change->exchange = exchange_new(&config->limits);
		if (config->audit_level == AUDIT_LEVEL_LEARN)
			change->bare = policy_bare();
		if (!change->exchange ||
		    (!change->bare && config->audit_level == AUDIT_LEVEL_LEARN))
			return error_set(err, "out of memory");
		if (change->server->stats) {
			change->slots =
			    stats_slots_new(changes->all[0].server->stats_names, config);
			if (!change->slots)
				return error_set(err, "out of memory");
		}
		if (door_plans_make(&change->doors, change->server, config, facts, err) < 0)
			return -1;
	}
	return door_plans_publish(&changes->all[0].doors, err);
}

static void changes_free(struct changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		door_plans_end(&changes->all[i].doors);
		exchange_free(changes->all[i].exchange);
		policy_unref(changes->all[i].bare);
		free(changes->all[i].slots);
	}
	policy_unref(changes->closed);
	free(changes);
}

static void swap(struct change *change, const struct config *config, struct policy *closed)
{
	struct server *server = change->server;
	struct exchange *old = server->exchange;
	struct policy *bare = server->bare;

	server->limits = config->limits;
	server->pipes.most = pipe_budget(config->limits.max_connections, config->workers);
	server->audit_required = config->audit_required;
	server->audit_level = config->audit_level;
	if (server->stats) {
		stats_take_slots(server->stats, change->slots, config);
		change->slots = NULL;
	}
	server->exchange = change->exchange;
	change->exchange = old;
	server->bare = change->bare;
	change->bare = bare;
	door_plans_carry_out(&change->doors, server, closed);
	leave_upstreams(server);
	restart_lookups(server);
	server_recount(server);
	close_idle_strangers(server);
}

static void swap_all(struct changes *changes, const struct config *config)
{
	struct server *chief = changes->all[0].server;

	crowd_set_limits(chief->crowd, &config->limits);
	server_report_limits(chief);
	for (size_t i = 0; i < changes->count; i++)
		swap(&changes->all[i], config, changes->closed);
}

int server_apply(struct server *server, const struct config *config, const struct facts *facts,
    struct audit_sink *audit, struct error *err)
{
	struct changes *changes = changes_new(server);

	if (!changes)
		return error_set(err, "out of memory");
	int result = changes_make(changes, config, facts, err);

	if (result == 0) {
		swap_all(changes, config);
		if (audit)
			ledger_move(server->ledger, audit);
	}
	changes_free(changes);
	return result;
}
