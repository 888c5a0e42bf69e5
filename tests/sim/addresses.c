/* SPDX-License-Identifier: Apache-2.0 */
/* Where sockets are, whose they are, and their options. */
#include "sim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

void sockets_add(struct file *file, const char *name);

#define WRAP(result, name, ...)                                                                    \
	result __real_##name(__VA_ARGS__);                                                         \
	result __wrap_##name(__VA_ARGS__);                                                         \
	result __wrap_##name(__VA_ARGS__)

static int fail_with(int error)
{
	errno = error;
	return -1;
}

static const char *name_of(const struct sockaddr *address, char room[static 128])
{
	if (address->sa_family == AF_UNIX) {
		const struct sockaddr_un *path = (const void *)address;

		(void)snprintf(room, 128, "%s%s", path->sun_path[0] ? "" : "@",
		    path->sun_path + !path->sun_path[0]);
	} else {
		const struct sockaddr_in *ip = (const void *)address;

		(void)snprintf(room, 128, "tcp:%u", ntohs(ip->sin_port));
	}
	return room;
}

WRAP(int, bind, int fd, const struct sockaddr *address, socklen_t size)
{
	char name[128];
	struct file *file = fd_file(fd);

	(void)size;
	if (listener_at(name_of(address, name)))
		return fail_with(EADDRINUSE);
	file->kind = FILE_LISTENER;
	sockets_add(file, name);
	return 0;
}

WRAP(int, listen, int fd, int backlog)
{
	(void)backlog;
	fd_file(fd)->listening = true;
	return 0;
}

static int dial_unix(int fd, struct file *file, const char *name)
{
	int error = 0;
	struct file *end = stream_dial(name, false, 0, &error);

	if (!end)
		return fail_with(error);
	/* The descriptor is the new end from now on. */
	struct file *peer = end->peer;

	(void)fd;
	file->peer = peer;
	peer->peer = file;
	file->cap = end->cap;
	file->snd_shut = file->rcv_shut = false;
	sim_free(end);
	return 0;
}

WRAP(int, connect, int fd, const struct sockaddr *address, socklen_t size)
{
	char name[128];
	struct file *file = fd_file(fd);

	(void)size;
	sim_calls++;
	if (!file->nonblock)
		sim_fail("connect() on %d would block", fd);
	(void)name_of(address, name);
	if (file->kind == FILE_DATAGRAM)
		return fail_with(ENOENT);
	if (!file->tcp)
		return dial_unix(fd, file, name);
	file->snd_shut = file->rcv_shut = false;
	dial_later(file, name);
	return fail_with(EINPROGRESS);
}

WRAP(int, getpeername, int fd, struct sockaddr *address, socklen_t *size)
{
	struct sockaddr_in ip = {.sin_family = AF_INET};
	struct file *file = fd_file(fd);

	ip.sin_addr.s_addr = htonl(0x0a000000u + file->uid);
	if (!file->tcp)
		ip.sin_family = AF_UNIX;
	memcpy(address, &ip, sizeof(ip));
	*size = sizeof(ip);
	return 0;
}

WRAP(int, getsockopt, int fd, int level, int option, void *value, socklen_t *size)
{
	struct file *file = fd_file(fd);
	struct ucred who = {file->tcp ? 0 : 100 + (pid_t)file->uid, file->uid, file->uid};

	(void)level;
	if (option == SO_ERROR) {
		memcpy(value, &file->error, sizeof(int));
		file->error = 0;
		return 0;
	}
	if (option == SO_PEERGROUPS) {
		*size = 0;
		return 0;
	}
	if (option != SO_PEERCRED)
		return fail_with(ENOPROTOOPT);
	if (file->tcp)
		who.uid = who.gid = (uid_t)-1;
	memcpy(value, &who, sizeof(who));
	*size = sizeof(who);
	return 0;
}

/* An abortive close is the one option that changes anything here. */
WRAP(int, setsockopt, int fd, int level, int option, const void *value, socklen_t size)
{
	struct file *file = fd_file(fd);
	const struct linger *linger = value;

	(void)level;
	if (option == SO_LINGER && size == sizeof(*linger))
		file->refused = linger->l_onoff && linger->l_linger == 0;
	return 0;
}
