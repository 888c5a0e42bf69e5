/* SPDX-License-Identifier: Apache-2.0 */
/* What the policy is told of sockwarden's own container. */
#include "host/own_container.h"
#include "net/peer.h"
#include "proxy/conn.h"
#include "proxy/exchange.h"
#include "proxy/upstream.h"

/* Whether all that come by |door| are judged by the policy that judges |conn|. Lines about clients
 * may choose others there. */
static bool is_same(const struct conn *conn, const struct door *door)
{
	return door == conn->door || (door->terms.policy == conn->policy && !door->terms.rules);
}

static size_t count_doors(const struct server *server)
{
	const struct door *door;
	size_t count = 0;

	TAILQ_FOREACH (door, &server->doors, link)
		count++;
	return count;
}

static void add_door(struct policy_own *own, struct policy_way *ways, const struct conn *conn,
    const struct door *door)
{
	struct span path, kind = span_cut(span_of(door->place), ':', &path);
	bool same = is_same(conn, door);

	if (span_is(kind, "unix"))
		ways[own->way_count++] = (struct policy_way){path, same};
	else if (!same)
		own->foreign_ports = true;
}

static bool is_network(const struct upstream *upstream)
{
	return upstream && !span_starts(span_of(upstream_text(upstream)), SPAN("unix:"));
}

/* Whoever shares a network with the daemon needs no filter to reach it. */
static bool leads_to_a_network(const struct door *door)
{
	bool network = is_network(door->terms.upstream);

	for (size_t i = 0; i < door->terms.route_count; i++)
		network |= is_network(door->terms.routes[i].upstream);
	return network;
}

static bool fill(struct policy_own *own, struct arena *arena, struct conn *conn)
{
	const struct server *server = conn_server(conn);
	struct policy_way *ways = arena_alloc(arena, (count_doors(server) + 1) * sizeof(*ways));
	const struct door *door;

	if (!ways)
		return false;
	TAILQ_FOREACH (door, &server->doors, link) {
		add_door(own, ways, conn, door);
		own->foreign_ports |= leads_to_a_network(door);
	}
	own->ways = ways;
	if (own->foreign_ports)
		own->address = peer_local(conn->client.fd);
	return true;
}

/* The path of the daemon's socket. */
static struct span socket_of(const struct upstream *upstream)
{
	struct span path, kind = span_cut(span_of(upstream_text(upstream)), ':', &path);

	return span_is(kind, "unix") ? path : SPAN("");
}

bool exchange_tell_own(struct conn *conn, struct trial *trial, struct trial_basis *basis)
{
	const struct own_container *ids = conn_server(conn)->own;
	const struct docker_operation *operation = trial->ask.match.operation;

	if (!operation || !conn->policy ||
	    (operation->method == METHOD_GET && operation->object == OBJECT_NONE))
		return true; /* it uses nothing */
	basis->upstream = socket_of(door_upstream(conn->door, conn->policy));
	if (!ids || ids->count == 0)
		return true;
	struct policy_own *own = arena_alloc(&trial->arena, sizeof(*own));

	if (!own)
		return false;
	*own = (struct policy_own){.ids = ids->ids, .id_count = ids->count};
	basis->own = own;
	return fill(own, &trial->arena, conn);
}
