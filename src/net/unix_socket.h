/* SPDX-License-Identifier: Apache-2.0 */
/* Unix sockets: made without a moment of looser rights, found in spite of stale ones, dialled without
 * blocking. */
#ifndef NET_UNIX_SOCKET_H
#define NET_UNIX_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct unix_rights {
	mode_t mode;
	const char *owner, *group; /* names or numbers; NULL keeps our own */
};

/* Binds and listens on |path|. The socket is made in a private directory beside it with its rights
 * set and then renamed into place, so that no one can connect before. A socket that no one listens
 * on is replaced; one that answers, or a file that is no socket, is an error. Returns a non-blocking
 * descriptor or -1 with |err|. */
int unix_listen(const char *path, const struct unix_rights *rights, struct error *err);

/* Starts to connect. Returns a non-blocking descriptor, connected; -1 with errno EAGAIN when the
 * listener's queue is full (try again soon), or another errno. */
int unix_dial(const char *path);

/* Who is at the other end. */
struct unix_peer {
	int64_t pid, uid, gid; /* -1 when unknown */
};

struct unix_peer unix_peer_of(int fd);

#endif
