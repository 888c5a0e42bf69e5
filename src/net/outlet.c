/* SPDX-License-Identifier: Apache-2.0 */
#include "net/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_FD 3       /* never one of the standard ones */
#define OTHER_PIECE 256u /* a terminal that takes anything takes so much */

void outlet_take(struct outlet *outlet, int fd)
{
	*outlet = (struct outlet){.kind = OUTLET_OWN, .fd = fd, .staged = {-1, -1}};
}

static enum outlet_kind kind_of(int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return OUTLET_OTHER;
	if (S_ISSOCK(status.st_mode))
		return OUTLET_SOCKET;
	if (S_ISREG(status.st_mode))
		return OUTLET_OWN;
	return S_ISFIFO(status.st_mode) ? OUTLET_PIPE : OUTLET_OTHER;
}

int outlet_share(struct outlet *outlet, int fd)
{
	struct outlet made = {.kind = kind_of(fd), .staged = {-1, -1}};

	made.fd = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD);
	if (made.fd < 0)
		return -1;
	if (made.kind == OUTLET_PIPE && pipe2(made.staged, O_NONBLOCK | O_CLOEXEC) < 0) {
		outlet_close(&made);
		return -1;
	}
	*outlet = made;
	return 0;
}

/* A description of our own, so that not blocking changes nothing for others that share the file; a
 * socket cannot be opened so, and a pipe of another user's not either. A regular file never blocks,
 * and is shared: others that write to it go on behind our lines. */
int outlet_open(struct outlet *outlet, int fd)
{
	char path[40];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	enum outlet_kind kind = kind_of(fd);
	int own = kind == OUTLET_SOCKET || kind == OUTLET_OWN
		      ? -1
		      : open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (own < 0)
		return outlet_share(outlet, fd);
	outlet_take(outlet, own);
	return 0;
}

/* ---- writing -----------------------------------------------------------------------------------
 */

int outlet_flush(struct outlet *outlet)
{
	while (outlet->waits > 0) {
		ssize_t n = splice(
		    outlet->staged[0], NULL, outlet->fd, NULL, outlet->waits, SPLICE_F_NONBLOCK);

		if (n > 0)
			outlet->waits -= (size_t)n;
		else if (n == 0 || errno != EINTR)
			return -1;
	}
	return 0;
}

/* Bytes in the pipe of ours are in line; they go on when the reader takes them. */
static ssize_t stage(struct outlet *outlet, struct span text)
{
	if (outlet_flush(outlet) < 0)
		return -1;
	ssize_t n = write(outlet->staged[1], text.at, text.len);

	if (n > 0) {
		outlet->waits += (size_t)n;
		(void)outlet_flush(outlet);
	}
	return n;
}

static bool takes_some(int fd, int milliseconds)
{
	struct pollfd state = {.fd = fd, .events = POLLOUT};

	return poll(&state, 1, milliseconds) > 0;
}

static ssize_t write_other(struct outlet *outlet, struct span text)
{
	if (takes_some(outlet->fd, 0))
		return write(outlet->fd, text.at, text.len < OTHER_PIECE ? text.len : OTHER_PIECE);
	errno = EAGAIN;
	return -1;
}

static ssize_t write_once(struct outlet *outlet, struct span text)
{
	switch (outlet->kind) {
	case OUTLET_OWN:
		return write(outlet->fd, text.at, text.len);
	case OUTLET_SOCKET:
		return send(outlet->fd, text.at, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	case OUTLET_PIPE:
		return stage(outlet, text);
	case OUTLET_OTHER:
		break;
	}
	return write_other(outlet, text);
}

ssize_t outlet_write(struct outlet *outlet, struct span text)
{
	size_t done = 0;

	while (done < text.len) {
		ssize_t n = write_once(outlet, span_from(text, done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && done == 0)
			return -1;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

bool outlet_wait(const struct outlet *outlet, int milliseconds)
{
	return takes_some(outlet->fd, milliseconds);
}

void outlet_close(struct outlet *outlet)
{
	int fds[] = {outlet->fd, outlet->staged[0], outlet->staged[1]};

	for (unsigned i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (fds[i] >= 0)
			(void)close(fds[i]);
	}
	*outlet = (struct outlet){.fd = -1, .staged = {-1, -1}};
}
