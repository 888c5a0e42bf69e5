/* SPDX-License-Identifier: Apache-2.0 */
/* Unix sockets: made without a moment of looser rights, found in spite of stale ones, dialled
 * without blocking. */
#ifndef NET_UNIX_SOCKET_H
#define NET_UNIX_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct unix_rights {
	mode_t mode;
	uid_t owner; /* -1 keeps our own */
	gid_t group;
};

/* Which file a socket is, whatever its path is later. */
struct unix_file {
	dev_t device;
	ino_t inode; /* 0: none */
};

/* A socket that listens where no one can reach it yet. */
struct unix_socket {
	int fd;            /* non-blocking */
	char *path, *made; /* where it will be, and where it is */
	struct unix_file file;
};

/* Makes a socket for |path|, with its rights set, in a private directory beside it. Refuses when
 * |path| is no socket, or when another process listens there; |replace| leaves that last question
 * out, for a socket of our own. Returns 0, or -1 with |err|. */
MUST_CHECK int unix_socket_make(struct unix_socket *ret_socket, const char *path,
    const struct unix_rights *rights, bool replace, struct error *err);

/* Moves it to its path, in place of what is there. On failure it stays where it was. Returns 0, or
 * -1 with |err|. */
MUST_CHECK int unix_socket_publish(struct unix_socket *socket, struct error *err);

/* A socket that listens under a name of the machine's network instead of a path: whoever is in that
 * network can connect. Returns a non-blocking descriptor, or -1 with |err|. */
MUST_CHECK int unix_abstract_listen(const char *name, struct error *err);

/* Removes |path| when it is still |file|: another instance may have put its socket there. */
void unix_socket_unlink(const char *path, struct unix_file file);

/* Removes it where it was made, unless it was published. Leaves the descriptor alone. */
void unix_socket_end(struct unix_socket *socket);

/* Starts to connect. Returns a non-blocking descriptor, connected; -1 with errno EAGAIN when the
 * listener's queue is full (try again soon), or another errno. */
MUST_CHECK int unix_dial(const char *path);

/* The number of a user or group called |name|, or whose number it is; NULL leaves the number alone.
 * Returns 0, or -1 when there is none. */
MUST_CHECK int unix_user_id(const char *name, uid_t *ret_uid);
MUST_CHECK int unix_group_id(const char *name, gid_t *ret_gid);

/* Looks |owner| and |group| up, names or numbers; NULL: our own. That may take long. Returns 0, or
 * -1 with |err|. */
MUST_CHECK int unix_rights_find(struct unix_rights *ret_rights, mode_t mode, const char *owner,
    const char *group, struct error *err);

/* Who is at the other end. */
struct unix_peer {
	int64_t pid, uid, gid; /* -1 when unknown */
};

struct unix_peer unix_peer_of(int fd);

#endif
