/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning of a connection: shaking hands, and finding out who it is. */
#include "proxy/conn.h"

#include <stdlib.h>

#include "base/log.h"
#include "net/peer.h"
#include "net/tls.h"
#include "proxy/limit.h"
#include "proxy/identity.h"

#define WHO_MAX 2048u

static void report(struct conn *conn, bool certificate, const char *why)
{
	struct peer peer = peer_glance(conn->client.fd);
	char address[IP_TEXT_MAX];
	struct error text;

	(void)error_set(&text, "listener %s: client %s: %s", conn->door->terms.name,
	    ip_format(&peer.ip, address), why);
	log_info("tls", "%s", text.text);
	if (certificate)
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

/* ---- who it is ---------------------------------------------------------------------------------
 */

static void identify(struct conn *conn, const struct peer *peer)
{
	const struct identity_rules *rules = conn->door->terms.rules;
	struct buf who;

	buf_init(&who, WHO_MAX);
	if (!identity_find(rules, peer, &conn->policy, &who))
		identity_describe(peer, &who);
	conn->identity = strdup(buf_text(&who));
	buf_free(&who);
}

static void find_out(struct conn *conn)
{
	const struct door_terms *terms = &conn->door->terms;
	struct peer peer;

	conn->generation = conn->door->generation;
	conn->policy = NULL;
	free(conn->identity);
	conn->identity = NULL;
	if (terms->tls && !tls_admits(terms->tls, &conn->client))
		return; /* it would not be let in any more */
	conn->policy = terms->policy;
	if (!terms->rules && !conn->client.ssl)
		return;
	if (peer_read(&peer, &conn->client) == 0) {
		identify(conn, &peer);
		peer_free(&peer);
		return;
	}
	log_warning("proxy", "listener %s: who a client is could not be found out: it is refused",
	    terms->name);
	conn->policy = NULL;
}

void conn_identify(struct conn *conn)
{
	find_out(conn);
	conn_rename(conn);
}
