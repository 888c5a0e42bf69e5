/* SPDX-License-Identifier: Apache-2.0 */
/* Raw bytes both ways, each direction with its own end. */
#include "proxy/conn.h"

static enum move copy_bytes(
    struct conn *conn, struct io *from, struct io *to, struct pending **pending, size_t *ret_moved)
{
	struct server *server = conn_server(conn);
	ssize_t n = io_recv(from, server->scratch, sizeof(server->scratch));

	if (n == IO_AGAIN)
		return MOVE_NOTHING;
	if (n <= 0)
		return n == 0 ? MOVE_END : MOVE_BROKEN;
	struct iovec part = {server->scratch, (size_t)n};

	*ret_moved = (size_t)n;
	return pending_send(pending, to, &part, 1) == FLUSH_FAILED ? MOVE_BROKEN : MOVE_SOME;
}

/* |*bulk|: small pieces are cheaper to copy, large ones to splice. */
static enum move move_bytes(
    struct conn *conn, struct io *from, struct io *to, struct pending **pending, bool *bulk)
{
	struct pipe_pool *pipes = &conn_server(conn)->pipes;
	enum move move;
	size_t moved = 0;

	switch (pending_flush(pending, to)) {
	case FLUSH_FAILED:
		return MOVE_BROKEN;
	case FLUSH_BLOCKED:
		return MOVE_NOTHING;
	case FLUSH_DONE:
		break;
	}
	if (!from->readable)
		return MOVE_NOTHING;
	move = *bulk && conn_can_splice(conn)
		   ? pending_splice(pending, pipes, from, to, CONN_SPLICE_MOST, &moved)
		   : MOVE_UNABLE;
	if (move == MOVE_UNABLE)
		move = copy_bytes(conn, from, to, pending, &moved);
	if (move == MOVE_SOME)
		*bulk = moved >= CONN_BULK;
	return move;
}

/* The client's end: its half-close goes on to the daemon, a full close ends all. */
static bool client_to_daemon(struct conn *conn)
{
	if (conn->upstream.shut)
		return false;
	if (conn->in) {
		/* What came before the tunnel stood open. */
		struct iovec part = conn_part(pending_span(conn->in));
		bool sent =
		    pending_send(&conn->to_upstream, &conn->upstream, &part, 1) != FLUSH_FAILED;

		pending_free(&conn->in);
		if (!sent)
			io_read_on(&conn->upstream);
		return true;
	}
	bool bulk = conn->bulk_up;
	enum move move =
	    move_bytes(conn, &conn->client, &conn->upstream, &conn->to_upstream, &bulk);

	conn->bulk_up = bulk;
	switch (move) {
	case MOVE_NOTHING:
		return false;
	case MOVE_SOME:
		return true;
	case MOVE_END:
		if (io_is_hung_up(&conn->client))
			conn_close(conn);
		else
			io_shut(&conn->upstream);
		return true;
	case MOVE_BROKEN:
		if (conn->client.failed || !conn->upstream.failed) {
			conn_close(conn);
			return true;
		}
		/* The daemon takes no more: what it has sent is still read. */
		pending_free(&conn->to_upstream);
		conn->upstream.shut = true;
		io_read_on(&conn->upstream);
		return true;
	case MOVE_UNABLE:
		break;
	}
	return false;
}

static bool daemon_to_client(struct conn *conn)
{
	if (conn->client.shut)
		return false;
	bool bulk = conn->bulk_down;
	enum move move = move_bytes(conn, &conn->upstream, &conn->client, &conn->to_client, &bulk);

	conn->bulk_down = bulk;
	switch (move) {
	case MOVE_NOTHING:
		return false;
	case MOVE_SOME:
		return true;
	case MOVE_END:
		if (conn->upstream.shut || io_is_hung_up(&conn->upstream))
			conn_finish(conn);
		else
			io_shut(&conn->client);
		return true;
	case MOVE_BROKEN:
		if (conn->client.failed)
			conn_close(conn);
		else
			conn_cut(conn);
		return true;
	case MOVE_UNABLE:
		break;
	}
	return false;
}

/* An end that was read to its half-close is not read again, so that its going altogether must be
 * asked for. */
static bool has_gone(const struct io *io, const struct io *other)
{
	return other->shut && io->peer_shut && io_is_hung_up(io);
}

bool tunnel_step(struct conn *conn)
{
	bool down = daemon_to_client(conn);
	bool up = conn->state == CONN_TUNNEL && client_to_daemon(conn);

	if (down || up || conn->state != CONN_TUNNEL)
		return down || up;
	if (has_gone(&conn->client, &conn->upstream) ||
	    (conn->to_upstream && conn->client.peer_shut && io_is_reset(&conn->client)))
		conn_close(conn);
	else if (conn->client.shut &&
		 (conn->upstream.shut || has_gone(&conn->upstream, &conn->client)))
		conn_finish(conn);
	return false;
}
