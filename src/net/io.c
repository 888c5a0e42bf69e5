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
	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		io->readable = true;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		io->peer_shut = true;
	if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		io->writable = true;
	io->ready(io);
}

int io_open(struct io *io, struct loop *loop, int fd, const struct io_ops *ops, io_ready_fn *ready)
{
	*io = (struct io){.ops = ops, .ready = ready, .loop = loop, .fd = fd, .writable = true};
	if (loop_watch(loop, io, EPOLL_CTL_ADD, READING) == 0)
		return 0;
	(void)close(fd);
	io->fd = -1;
	return -1;
}

/* Events for writing are asked for only while a write waits: they would come each time the peer
 * reads. */
static bool wait_writable(struct io *io, bool wait)
{
	if (io->waiting == wait)
		return true;
	io->waiting = wait;
	return loop_watch(io->loop, io, EPOLL_CTL_MOD, READING | (wait ? (uint32_t)EPOLLOUT : 0)) == 0;
}

void io_close(struct io *io)
{
	if (io->fd < 0)
		return;
	(void)close(io->fd); /* and with it what epoll knows of it */
	io->fd = -1;
}

static ssize_t broken(struct io *io)
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
	if (n == 0) {
		io->eof = true;
		io->readable = false;
		return 0;
	}
	if (errno != EAGAIN && errno != EINTR)
		return broken(io);
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
		(void)wait_writable(io, false);
		return n;
	}
	if (n < 0 && errno != EAGAIN)
		return broken(io);
	io->writable = false;
	if (!wait_writable(io, true))
		return broken(io);
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
		return n; /* the pipe's size may have cut it: only EAGAIN tells that the socket is empty */
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

bool io_is_hung_up(const struct io *io)
{
	struct pollfd state = {.fd = io->fd, .events = 0};

	if (io->fd < 0 || io->failed)
		return true;
	return poll(&state, 1, 0) > 0 && (state.revents & (POLLHUP | POLLERR)) != 0;
}

bool io_at_end(struct io *io)
{
	char byte;

	if (io->eof || io->failed)
		return true;
	if (!io->peer_shut)
		return false;
	return recv(io->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* ---- what need not be a socket ----------------------------------------------------------------- */

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

const struct io_ops io_file = {file_recv, file_send, file_shut, false};
const struct io_ops io_plain = {plain_recv, plain_send, plain_shut, true};
