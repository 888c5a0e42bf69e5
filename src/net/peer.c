/* SPDX-License-Identifier: Apache-2.0 */
#include "net/peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "net/tls.h"
#include "net/unix_socket.h"

union socket_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage storage;
};

static struct ip ip_of(const union socket_address *address)
{
	if (address->any.sa_family == AF_INET)
		return ip_from(&address->v4.sin_addr, IP_V4_BYTES);
	if (address->any.sa_family == AF_INET6)
		return ip_from(&address->v6.sin6_addr, IP_V6_BYTES);
	return (struct ip){.len = 0};
}

static struct ip address_of(int fd)
{
	union socket_address address;
	socklen_t size = sizeof(address);

	if (getpeername(fd, &address.any, &size) < 0)
		return (struct ip){.len = 0};
	return ip_of(&address);
}

struct ip peer_local(int fd)
{
	union socket_address address;
	socklen_t size = sizeof(address);

	if (getsockname(fd, &address.any, &size) < 0)
		return (struct ip){.len = 0};
	return ip_of(&address);
}

struct peer peer_glance(int fd)
{
	struct unix_peer process = unix_peer_of(fd);
	struct peer peer = {.pid = process.pid, .uid = process.uid, .gid = process.gid};

	if (peer.uid < 0)
		peer.ip = address_of(fd);
	return peer;
}

/* The groups that the process had when it connected. */
static int read_groups(struct peer *peer, int fd)
{
	socklen_t size = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0)
		return 0;
	if (errno != ERANGE)
		return -1;
	peer->groups = malloc(size);
	if (!peer->groups || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer->groups, &size) < 0)
		return -1;
	peer->group_count = size / sizeof(gid_t);
	return 0;
}

static int read_all(struct peer *peer, const struct io *io)
{
	if (peer->uid >= 0)
		return read_groups(peer, io->fd);
	if (peer->ip.len == 0)
		return -1;
	return io->ssl ? tls_read_peer(io, peer) : 0;
}

int peer_read(struct peer *ret_peer, const struct io *io)
{
	struct peer peer = peer_glance(io->fd);

	if (read_all(&peer, io) < 0) {
		peer_free(&peer);
		return -1;
	}
	*ret_peer = peer;
	return 0;
}

void peer_free(struct peer *peer)
{
	for (size_t i = 0; i < peer->name_count; i++)
		free(peer->names[i].text);
	free(peer->names);
	free(peer->groups);
	peer->names = NULL;
	peer->groups = NULL;
	peer->name_count = peer->group_count = 0;
}
