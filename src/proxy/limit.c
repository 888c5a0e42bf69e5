/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/limit.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "net/peer.h"
#include "proxy/caller.h"
#include "proxy/identity.h"

#define MS_PER_SECOND 1000u
#define REPORT_MAX 1024u
#define TURNED_AWAY_MOST                                                                           \
	32u /* connections that are too many and get the time to read it, of one worker */

/* ---- who a connection counts for --------------------------------------------------------- */

/* Names of certificates and containers say nothing beyond the listener whose authority gave them
 * out. */
static void name_of(const struct conn *conn, char name[static CROWD_NAME_MAX])
{
	struct peer peer = peer_glance(conn->client.fd);

	if (conn->identity && identity_is_own(conn->identity))
		(void)snprintf(
		    name, CROWD_NAME_MAX, "%s at %s", conn->identity, conn->door->terms.name);
	else if (caller_container(conn))
		(void)snprintf(name, CROWD_NAME_MAX, "container:%s at %s", caller_container(conn),
		    conn->door->terms.name);
	else if (peer.uid >= 0)
		(void)snprintf(name, CROWD_NAME_MAX, "uid:%lld", (long long)peer.uid);
	else
		crowd_name_address(&peer.ip, name);
}

const char *conn_label(const struct conn *conn, char text[static CONN_LABEL_MAX])
{
	char name[CROWD_NAME_MAX];

	name_of(conn, name);
	(void)snprintf(
	    text, CONN_LABEL_MAX, "listener %.48s: client %s", conn->door->terms.name, name);
	return text;
}

void conn_enter_crowd(struct conn *conn)
{
	struct crowd *crowd = conn_server(conn)->crowd;
	char name[CROWD_NAME_MAX];
	bool named = crowd_knows_peers(crowd);

	if (named)
		name_of(conn, name);
	enum crowd_limit limit = crowd_enter(crowd, &conn->seat, named ? name : NULL);

	if (limit != CROWD_FINE)
		conn_over_limit(conn, limit);
}

void conn_rename(struct conn *conn)
{
	struct server *server = conn_server(conn);
	char name[CROWD_NAME_MAX];

	if (!crowd_knows_peers(server->crowd) || conn->state == CONN_CLOSED)
		return;
	name_of(conn, name);
	conn->surplus = crowd_rename(server->crowd, &conn->seat, name, loop_now(server->loop));
}

void conn_introduce(struct conn *conn)
{
	if (!crowd_knows_peers(conn_server(conn)->crowd) ||
	    identity_rules_ask(conn->door->terms.rules))
		return; /* where the daemon is asked, that is for the first request to begin */
	(void)conn_policy(conn);
	if (conn->surplus)
		conn_over_limit(conn, conn->surplus);
}

void server_recount(struct server *server)
{
	struct conn *conn;

	for (unsigned state = 0; state < CONN_CLOSED; state++) {
		TAILQ_FOREACH (conn, &server->lists[state], link) {
			if (!conn->seat.peer)
				conn_rename(conn);
			conn->surplus = CROWD_FINE; /* it was let in */
		}
	}
}

/* ---- refusals ---------------------------------------------------------------------------- */

bool conn_tells(struct conn *conn, enum crowd_limit limit)
{
	struct server *server = conn_server(conn);

	return crowd_refused(server->crowd, &conn->seat, limit, loop_now(server->loop));
}

/* For what is refused before there is a request. */
static void note_refusal(struct conn *conn, const struct crowd_limit_info *info)
{
	char name[CROWD_NAME_MAX];
	struct error text;

	name_of(conn, name);
	(void)error_set(&text, "listener %s: client %s: %s (%s)", conn->door->terms.name, name,
	    info->text, info->option);
	log_warning("proxy", "a connection is refused: %s", text.text);
	server_note(conn_server(conn), "limited", text.text);
}

void conn_turn_away(struct conn *conn)
{
	struct server *server = conn_server(conn);

	crowd_leave(server->crowd, &conn->seat, loop_now(server->loop));
	if (conn->state == CONN_CLOSED || conn->turned_away)
		return;
	if (server->turned_away >= TURNED_AWAY_MOST || conn->to_client) {
		conn_close(conn);
		return;
	}
	conn->turned_away = true;
	server->turned_away++;
}

static bool is_of_connections(enum crowd_limit limit)
{
	return limit == CROWD_CONNECTIONS || limit == CROWD_CONNECTIONS_PER_PEER;
}

void conn_over_limit(struct conn *conn, enum crowd_limit limit)
{
	const struct crowd_limit_info *info = crowd_limit_info(limit);
	struct error text;

	if (conn_tells(conn, limit))
		note_refusal(conn, info);
	(void)error_set(&text, "sockwarden: %s (%s)", info->text, info->option);
	if (conn->state == CONN_GREET)
		conn_close(conn);
	else
		conn_answer(conn, info->status, text.text);
	if (is_of_connections(limit))
		conn_turn_away(conn);
}

void exchange_over_limit(struct exchange *exchange, enum crowd_limit limit, uint64_t wait)
{
	const struct crowd_limit_info *info = crowd_limit_info(limit);

	exchange->limit = limit;
	exchange->retry_after = (unsigned)((wait + MS_PER_SECOND - 1) / MS_PER_SECOND);
	decision_refuse(&exchange->trial.decision, REASON_LIMIT, info->status, "%s (%s)",
	    info->text, info->option);
}

/* To ask is a request as well, of whoever the client is so far. */
static bool know_client(struct conn *conn, struct exchange *exchange)
{
	enum crowd_limit limit;

	if (!caller_is_wanted(conn))
		return true;
	limit = crowd_prepare(conn_server(conn)->crowd, &conn->seat);
	if (limit == CROWD_FINE) {
		caller_begin(conn);
		return conn->state != CONN_CALLER;
	}
	caller_put_off(conn);
	exchange_over_limit(exchange, limit, 0);
	return false;
}

bool exchange_admit(struct conn *conn, struct exchange *exchange)
{
	struct server *server = conn_server(conn);
	uint64_t wait = 0;
	enum crowd_limit limit;

	if (!know_client(conn, exchange))
		return false;
	if (crowd_knows_peers(server->crowd))
		(void)conn_policy(conn); /* finds out who it is */
	limit = conn->surplus;
	if (limit != CROWD_FINE)
		conn->keep_alive = false;
	else
		limit = crowd_begin(server->crowd, &conn->seat, loop_now(server->loop), &wait);
	if (limit == CROWD_FINE)
		return true;
	exchange_over_limit(exchange, limit, wait);
	return false;
}

/* ---- reports ----------------------------------------------------------------------------- */

static void report_strangers(struct server *server, uint64_t now)
{
	struct log_rate *rate = &server->strangers;
	char text[REPORT_MAX];

	if (rate->left_out == 0 || now < rate->quiet_until)
		return;
	(void)snprintf(text, sizeof(text),
	    "%llu more clients were refused for their certificate; they have no line of their own",
	    (unsigned long long)rate->left_out);
	rate->left_out = 0;
	server_note(server, "client-refused", text);
}

void server_report_quiet(struct server *server, bool all)
{
	uint64_t now = all ? UINT64_MAX : loop_now(server->loop);
	struct crowd_report report;
	char text[REPORT_MAX];

	report_strangers(server, now);
	while (crowd_next_report(server->crowd, now, &report)) {
		(void)snprintf(text, sizeof(text),
		    "client %s: %llu more refused over a limit, without a line each", report.who,
		    (unsigned long long)report.count);
		server_note(server, "limited", text);
	}
}

void server_report_limits(struct server *server)
{
	struct error text = {""};
	size_t used = 0;

	for (unsigned i = CROWD_FINE + 1; i < CROWD_LIMIT_MAX; i++) {
		uint64_t count = crowd_refusals(server->crowd, (enum crowd_limit)i);

		if (count > 0 && used < sizeof(text.text))
			used += (size_t)snprintf(text.text + used, sizeof(text.text) - used,
			    "%s%s %llu", used ? ", " : "",
			    crowd_limit_info((enum crowd_limit)i)->option,
			    (unsigned long long)count);
	}
	if (used > 0)
		log_info("limits", "refused since the start: %s", text.text);
}
