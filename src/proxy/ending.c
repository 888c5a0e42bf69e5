/* SPDX-License-Identifier: Apache-2.0 */
/* What is left to do after the last answer: throw the rest of a refused body away, and part from a
 * client without losing what it has not read yet. */
#include "proxy/conn.h"

/* Throws some of what the client has sent away; false when there is none. */
static bool discard(struct conn *conn)
{
	char *scratch = conn_server(conn)->scratch;

	return conn->client.readable && io_recv(&conn->client, scratch, SERVER_SCRATCH) > 0;
}

bool skip_step(struct conn *conn)
{
	bool end;
	struct span input;

	if (pending_flush(&conn->to_client, &conn->client) == FLUSH_FAILED) {
		conn_close(conn);
		return true;
	}
	input = conn_input(conn, &end);
	if (end) {
		conn_close(conn);
		return true;
	}
	if (input.len == 0)
		return false;
	size_t take = input.len < conn->request_left ? input.len : (size_t)conn->request_left;

	conn->request_left -= take;
	conn_enter(conn, conn->request_left ? CONN_SKIP : CONN_IDLE);
	conn_used(conn, input, take, false);
	return true;
}

/* By TLS the end of an answer is sent too, as close_notify: without it a whole answer looks cut.
 * Returns false while there is no room for it. */
static bool send_end(struct conn *conn)
{
	if (conn->client.ssl && !conn->cut)
		io_shut(&conn->client);
	return !conn->client.shut_waits;
}

/* However slow the client reads: as long as it takes something, and as streams may be silent. */
bool drain_step(struct conn *conn)
{
	size_t before = pending_size(conn->to_client);

	switch (pending_flush(&conn->to_client, &conn->client)) {
	case FLUSH_FAILED:
		conn_close(conn);
		return true;
	case FLUSH_BLOCKED:
		if (io_is_hung_up(&conn->client))
			conn_close(conn);
		else if (pending_size(conn->to_client) != before)
			conn_enter(conn, CONN_DRAIN);
		return false;
	case FLUSH_DONE:
		break;
	}
	if (!send_end(conn)) {
		if (io_is_hung_up(&conn->client))
			conn_close(conn);
		return false;
	}
	conn_enter(conn, CONN_LINGER);
	return true;
}

/* Closing a socket with unread bytes in it resets the peer, and a client that is still sending may
 * take a failed write for a lost answer: so it gets the time to finish. A client that cannot tell a
 * cut answer from a whole one is reset at once. */
bool linger_step(struct conn *conn)
{
	bool resets = conn->cut && conn_ends_answer(conn);

	if (conn->wait_at_end && conn->cut)
		io_shut_cut(&conn->client);
	else if (conn->wait_at_end)
		io_shut(&conn->client);
	bool more = !resets && discard(conn);

	if (resets || conn->client.eof || conn->client.failed || (!more && !conn->wait_at_end))
		conn_close(conn);
	return more;
}
