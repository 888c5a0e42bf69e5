/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning of a connection: shaking hands, and finding out who it is. */
#include "proxy/conn.h"

#include <stdlib.h>

#include "base/log.h"
#include "net/peer.h"
#include "net/tls.h"
#include "proxy/caller.h"
#include "proxy/identity.h"
#include "proxy/limit.h"

#define WHO_MAX 2048u

/* One line for what a client can do as often as it likes; server_report_quiet() counts the others.
 */
static bool may_note(struct server *server, uint64_t now)
{
	if (now < server->strangers.quiet_until) {
		server->strangers.left_out++;
		return false;
	}
	server->strangers.quiet_until = now + LOG_QUIET_MS;
	return true;
}

static void report(struct conn *conn, bool certificate, const char *why)
{
	struct peer peer = peer_glance(conn->client.fd);
	char address[IP_TEXT_MAX];
	struct error text;

	(void)error_set(&text, "listener %s: client %s: %s", conn->door->terms.name,
	    ip_format(&peer.ip, address), why);
	static struct log_rate rate;
	uint64_t now = loop_now(conn_server(conn)->loop);

	log_sparsely(&rate, now, LOG_LEVEL_INFO, "tls", "%s", text.text);
	if (certificate && may_note(conn_server(conn), now))
		server_note(conn_server(conn), "client-refused", text.text);
}

bool greet_step(struct conn *conn)
{
	struct error why;

	switch (io_establish(&conn->client)) {
	case IO_UNDER_WAY:
		return false;
	case IO_ESTABLISHED:
		if (conn_must_end(conn)) {
			conn_close(conn);
			return true;
		}
		conn_enter(conn, CONN_IDLE);
		conn_introduce(conn);
		return true;
	case IO_BROKEN:
		report(conn, tls_failure(&conn->client, &why), why.text);
		conn_close(conn);
		return true;
	}
	return false;
}

/* ---- who it is --------------------------------------------------------------------------- */

/* Its next request may find more memory. */
static void refuse_unknown(struct conn *conn)
{
	CONN_LOG(conn, LOG_LEVEL_WARNING, "refused: the client could not be identified");
	conn->policy = NULL;
	conn->generation--;
}

/* Without memory for its name a client could be neither audited nor limited. */
static void name_client(struct conn *conn, struct buf *who)
{
	const char *name = buf_text(who);

	conn->identity = who->failed ? NULL : strdup(name);
	if (!conn->identity)
		refuse_unknown(conn);
}

static bool identify(struct conn *conn, const struct peer *peer, const struct container *container)
{
	enum identity_result result;
	struct buf who;

	buf_init(&who, WHO_MAX);
	result = identity_find(conn->door->terms.rules, peer, container, &conn->policy, &who);
	if (result == IDENTITY_ASK)
		conn->policy = NULL;
	else if (result == IDENTITY_NONE)
		identity_describe(peer, container, &who);
	if (result != IDENTITY_ASK)
		name_client(conn, &who);
	buf_free(&who);
	return result != IDENTITY_ASK;
}

/* What was known, or by an earlier configuration. */
static void forget(struct conn *conn)
{
	conn->generation = conn->door->generation;
	conn->policy = NULL;
	free(conn->identity);
	conn->identity = NULL;
	caller_forget(conn);
}

/* Returns false when |container| must be known first. */
static bool find_out(struct conn *conn, const struct container *container)
{
	const struct door_terms *terms = &conn->door->terms;
	struct peer peer;

	if (terms->tls && !tls_admits(terms->tls, &conn->client))
		return true; /* it would not be let in any more */
	conn->policy = terms->policy;
	if (!terms->rules && !conn->client.ssl)
		return true;
	if (peer_read(&peer, &conn->client) == 0) {
		bool known = identify(conn, &peer, container);

		peer_free(&peer);
		return known;
	}
	refuse_unknown(conn);
	return true;
}

bool conn_identify_by(struct conn *conn, const struct container *container)
{
	forget(conn);
	if (!find_out(conn, container))
		return false;
	caller_remember(conn, container);
	conn_rename(conn);
	return true;
}

void conn_identify(struct conn *conn)
{
	if (!conn_identify_by(conn, NULL))
		caller_is_late(conn);
}
