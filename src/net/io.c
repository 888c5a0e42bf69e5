/* SPDX-License-Identifier: Apache-2.0 */
#include "net/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/loop.h"

#define READING (EPOLLIN | EPOLLRDHUP | EPOLLET)

/* EPOLLRDHUP tells of the peer's FIN even when it came with data. So a read that got less than it
 * asked for has emptied the socket, and the read that would only say EAGAIN can be left out. */
void io_events(struct io *io, uint32_t events)
{
	if (io->fd < 0)
		return; /* closed earlier in this turn */
	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
		io->readable = true;
		io->empty = false;
	}
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		io->peer_shut = true;
	if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		io->writable = true;
	if (io->crossed) {
		io->crossed = false;
		io->readable = io->writable = true;
	}
	if (io->shut_waits && io->writable)
		io->ops->shut(io);
	io->ready(io);
}

static int watch(struct io *io, uint32_t events)
{
	if (loop_watch(io->loop, io, EPOLL_CTL_ADD, events) == 0)
		return 0;
	(void)close(io->fd);
	io->fd = -1;
	return -1;
}

int io_open(struct io *io, struct loop *loop, int fd, const struct io_ops *ops, io_ready_fn *ready)
{
	*io = (struct io){.ops = ops, .ready = ready, .loop = loop, .fd = fd, .writable = true};
	return watch(io, READING);
}

int io_open_connecting(
    struct io *io, struct loop *loop, int fd, const struct io_ops *ops, io_ready_fn *ready)
{
	*io = (struct io){.ops = ops,
	    .ready = ready,
	    .loop = loop,
	    .fd = fd,
	    .waiting = true,
	    .connecting = true};
	return watch(io, READING | EPOLLOUT);
}

/* A connection that failed is writable too: the error is what tells. */
static enum io_progress connected(struct io *io)
{
	struct pollfd state = {.fd = io->fd, .events = POLLOUT};
	int reason = 0;
	socklen_t size = sizeof(reason);

	if (poll(&state, 1, 0) == 0)
		return IO_UNDER_WAY;
	if (getsockopt(io->fd, SOL_SOCKET, SO_ERROR, &reason, &size) == 0 && reason == 0) {
		io->connecting = false;
		io->writable = true;
		return io_wait_writable(io, false) ? IO_ESTABLISHED : IO_BROKEN;
	}
	(void)io_break(io);
	errno = reason;
	return IO_BROKEN;
}

enum io_progress io_establish(struct io *io)
{
	if (io->connecting) {
		enum io_progress progress = connected(io);

		if (progress != IO_ESTABLISHED)
			return progress;
	}
	return io->ops->establish ? io->ops->establish(io) : IO_ESTABLISHED;
}

/* Events for writing are asked for only while a write waits: they would come each time the peer
 * reads. */
bool io_wait_writable(struct io *io, bool wait)
{
	if (io->waiting == wait)
		return true;
	io->waiting = wait;
	return loop_watch(io->loop, io, EPOLL_CTL_MOD, READING | (wait ? (uint32_t)EPOLLOUT : 0)) ==
	       0;
}

void io_close(struct io *io)
{
	if (io->fd < 0)
		return;
	if (io->ops->close)
		io->ops->close(io);
	(void)close(io->fd); /* and with it what epoll knows of it */
	io->fd = -1;
}

void io_abort(struct io *io)
{
	const struct linger at_once = {.l_onoff = 1};

	if (io->fd >= 0)
		(void)setsockopt(io->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	io_cut(io);
}

void io_cut(struct io *io)
{
	io->failed = true;
	io_close(io);
}

ssize_t io_break(struct io *io)
{
	io->failed = true;
	io->readable = io->writable = false;
	return IO_FAILED;
}

ssize_t io_recv(struct io *io, void *into, size_t size)
{
	return io->ops->recv(io, into, size);
}

/* What follows a read or splice from the socket, whichever it was. */
static ssize_t received(struct io *io, ssize_t n, size_t size)
{
	if (n > 0) {
		if ((size_t)n < size && !io->peer_shut)
			io->readable = false;
		return n;
	}
	if (n == 0 && io->reset)
		return io_break(io);
	if (n == 0) {
		io->eof = true;
		io->readable = false;
		return 0;
	}
	if (errno != EAGAIN && errno != EINTR)
		return io_break(io);
	io->readable = false;
	return IO_AGAIN;
}

static ssize_t plain_recv(struct io *io, void *into, size_t size)
{
	ssize_t n;

	do
		n = recv(io->fd, into, size, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return received(io, n, size);
}

static ssize_t sent(struct io *io, ssize_t n, size_t size)
{
	if (n >= 0 && (size_t)n == size) {
		(void)io_wait_writable(io, false);
		return n;
	}
	if (n < 0 && errno != EAGAIN) {
		io->reset |= errno == ECONNRESET;
		return io_break(io);
	}
	io->writable = false;
	if (!io_wait_writable(io, true))
		return io_break(io);
	return n < 0 ? IO_AGAIN : n;
}

ssize_t io_send(struct io *io, const struct iovec *parts, int count)
{
	return io->ops->send(io, parts, count);
}

static ssize_t plain_send(struct io *io, const struct iovec *parts, int count)
{
	size_t size = 0;
	ssize_t n;

	for (int i = 0; i < count; i++)
		size += parts[i].iov_len;
	do {
		if (count == 1) {
			n = send(io->fd, parts[0].iov_base, size, MSG_DONTWAIT | MSG_NOSIGNAL);
		} else {
			union {
				const struct iovec *in;
				struct iovec *out;
			} vec = {.in = parts};
			struct msghdr message = {.msg_iov = vec.out, .msg_iovlen = (size_t)count};

			n = sendmsg(io->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
		}
	} while (n < 0 && errno == EINTR);
	return sent(io, n, size);
}

ssize_t io_splice_in(struct io *io, int pipe, size_t size)
{
	ssize_t n;

	do
		n = splice(io->fd, NULL, pipe, NULL, size, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		return n; /* the pipe's size may have cut it: only EAGAIN tells that the socket is
			     empty */
	return received(io, n, size);
}

ssize_t io_splice_out(struct io *io, int pipe, size_t size)
{
	ssize_t n;

	do
		n = splice(pipe, NULL, io->fd, NULL, size,
		    SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE);
	while (n < 0 && errno == EINTR);
	return sent(io, n, size);
}

void io_read_on(struct io *io)
{
	io->failed = io->empty = false;
	io->readable = true;
}

static void plain_shut(struct io *io)
{
	(void)shutdown(io->fd, SHUT_WR);
}

void io_shut(struct io *io)
{
	if (io->fd < 0 || io->shut)
		return;
	io->shut = true;
	io->ops->shut(io);
}

void io_shut_cut(struct io *io)
{
	if (io->fd < 0 || io->shut)
		return;
	io->shut = true;
	plain_shut(io);
}

static bool has_state(const struct io *io, short events)
{
	struct pollfd state = {.fd = io->fd, .events = 0};

	if (io->fd < 0 || io->failed)
		return true;
	return poll(&state, 1, 0) > 0 && (state.revents & events) != 0;
}

bool io_is_hung_up(const struct io *io)
{
	return has_state(io, POLLHUP | POLLERR);
}

bool io_is_reset(const struct io *io)
{
	return io->reset || has_state(io, POLLERR);
}

static bool plain_at_end(struct io *io)
{
	char byte;

	return recv(io->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

bool io_at_end(struct io *io)
{
	if (io->eof || io->failed)
		return true;
	if (!io->peer_shut)
		return false;
	return io->ops->at_end(io);
}

/* ---- what need not be a socket ----------------------------------------------------------- */

static ssize_t file_recv(struct io *io, void *into, size_t size)
{
	ssize_t n;

	do
		n = read(io->fd, into, size);
	while (n < 0 && errno == EINTR);
	return received(io, n, size);
}

static ssize_t file_send(struct io *io, const struct iovec *parts, int count)
{
	size_t size = 0;
	ssize_t n;

	for (int i = 0; i < count; i++)
		size += parts[i].iov_len;
	do
		n = writev(io->fd, parts, count);
	while (n < 0 && errno == EINTR);
	return sent(io, n, size);
}

/* A pipe has no other way of telling its end. */
static void file_shut(struct io *io)
{
	if (shutdown(io->fd, SHUT_WR) < 0 && errno == ENOTSOCK)
		io_close(io);
}

const struct io_ops io_file = {.recv = file_recv, .send = file_send, .shut = file_shut};

const struct io_ops io_plain = {
    .recv = plain_recv,
    .send = plain_send,
    .shut = plain_shut,
    .at_end = plain_at_end,
    .plain = true,
};
