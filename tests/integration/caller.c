/* SPDX-License-Identifier: Apache-2.0 */
/* A client for the inside of a container: `caller SOCKET PATH` sends one GET and prints the answer.
 * With --orphan the process that connected has ended before the request is sent. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

static int dial(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int peer = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof(name.sun_path))
		return -1;
	memcpy(name.sun_path, path, strlen(path) + 1);
	return connect(peer, (struct sockaddr *)&name, sizeof(name)) == 0 ? peer : -1;
}

static int ask(int peer, const char *path)
{
	char room[4096];
	ssize_t n;

	if (dprintf(peer, "GET %s HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n", path) < 0)
		return 1;
	while ((n = read(peer, room, sizeof(room))) > 0) {
		if (write(STDOUT_FILENO, room, (size_t)n) != n)
			return 1;
	}
	return n == 0 ? 0 : 1;
}

/* Connects in a process that ends, and asks in a child of it. */
static int orphan(const char *socket, const char *path)
{
	int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	int peer = dial(socket);

	if (peer < 0 || self < 0)
		return 1;
	if (fork() != 0)
		return 0;
	struct pollfd end = {.fd = self, .events = POLLIN};

	return poll(&end, 1, -1) == 1 ? ask(peer, path) : 1;
}

/* Waits for all that has `held` open, as the first process of a container must. */
static int wait_for_orphan(const char *socket, const char *path)
{
	int held[2];
	char byte;

	if (pipe(held) < 0)
		return 1;
	if (fork() == 0)
		return orphan(socket, path);
	close(held[1]);
	return read(held[0], &byte, 1) == 0 ? 0 : 1;
}

int main(int count, char **words)
{
	if (count == 4 && strcmp(words[1], "--orphan") == 0)
		return wait_for_orphan(words[2], words[3]);
	if (count != 3)
		return 2;
	int peer = dial(words[1]);

	if (peer < 0) {
		perror(words[1]);
		return 1;
	}
	return ask(peer, words[2]);
}
