/* SPDX-License-Identifier: Apache-2.0 */
/* The product's system calls on descriptors. Whatever is no simulated descriptor is the real
 * kernel's. */
#include "sim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

_Thread_local uint64_t sim_calls;

ssize_t disk_write(struct file *file, const void *from, size_t size);
ssize_t disk_read(struct file *file, void *into, size_t size);

#define WRAP(result, name, ...)                                                                    \
	result __real_##name(__VA_ARGS__);                                                         \
	result __wrap_##name(__VA_ARGS__);                                                         \
	result __wrap_##name(__VA_ARGS__)

static int fail_with(int error)
{
	errno = error;
	return -1;
}

static ssize_t result_of(ssize_t n)
{
	return n < 0 ? fail_with((int)-n) : n;
}

/* What a call came to, for a trace. */
static ssize_t told(const char *call, int fd, ssize_t n)
{
	if (sim_is_traced())
		sim_trace("  %s %d: %zd %s", call, fd, n, n < 0 ? strerrorname_np(errno) : "");
	return n;
}

/* Somebody else may do something between any two calls; and a signal may come. */
static bool begin_call(void)
{
	sim_calls++;
	world_intrude();
	return !knobs.strict && sim_once_in(500);
}

static struct file *socket_of(int fd)
{
	struct file *file = fd_file(fd);

	if (!file || (file->kind != FILE_STREAM && file->kind != FILE_DATAGRAM)) {
		errno = ENOTSOCK;
		return NULL;
	}
	return file;
}

/* ---- reading and writing --------------------------------------------------------------------- */

static void must_not_block(const struct file *file, int fd)
{
	if (!file->nonblock)
		sim_fail("descriptor %d would block", fd);
}

static ssize_t stream_in(struct file *file, void *into, size_t size, int flags)
{
	if (begin_call())
		return fail_with(EINTR);
	return result_of(stream_recv(file, into, size, flags & MSG_PEEK));
}

/* A write that is cut short, or finds no room, though there is some: more room comes later. */
static size_t cut_short(struct file *file, size_t size)
{
	if (size < 2 || knobs.strict || file->snd_shut || file->error || !sim_once_in(20))
		return size;
	file->owes_room = kernel_owes_room = true;
	return sim_below(size);
}

static ssize_t stream_out(struct file *file, const void *from, size_t size)
{
	if (begin_call())
		return fail_with(EINTR);
	size_t part = cut_short(file, size);

	if (part == 0 && size > 0)
		return fail_with(EAGAIN);
	return result_of(stream_send(file, from, part));
}

WRAP(ssize_t, recv, int fd, void *into, size_t size, int flags)
{
	struct file *file = socket_of(fd);

	if (!file)
		return -1;
	if (!(flags & MSG_DONTWAIT))
		must_not_block(file, fd);
	return told("recv", fd, stream_in(file, into, size, flags));
}

ssize_t __wrap___recv_chk(int fd, void *into, size_t size, size_t room, int flags);
ssize_t __wrap___recv_chk(int fd, void *into, size_t size, size_t room, int flags)
{
	if (size > room)
		sim_fail("recv() overflows");
	return __wrap_recv(fd, into, size, flags);
}

WRAP(ssize_t, send, int fd, const void *from, size_t size, int flags)
{
	struct file *file = socket_of(fd);

	if (!file)
		return -1;
	if (!(flags & MSG_DONTWAIT))
		must_not_block(file, fd);
	if (!(flags & MSG_NOSIGNAL))
		sim_fail("send() on %d may kill the process", fd);
	return told("send", fd, stream_out(file, from, size));
}

static ssize_t send_parts(struct file *file, const struct iovec *parts, size_t count)
{
	char *all;
	size_t size = 0, at = 0;

	for (size_t i = 0; i < count; i++)
		size += parts[i].iov_len;
	all = sim_alloc(size);
	for (size_t i = 0; i < count; i++) {
		if (parts[i].iov_len)
			memcpy(all + at, parts[i].iov_base, parts[i].iov_len);
		at += parts[i].iov_len;
	}
	ssize_t n =
	    file->kind == FILE_DISK ? disk_write(file, all, size) : stream_out(file, all, size);

	sim_free(all);
	return n;
}

/* To the service manager. */
WRAP(ssize_t, sendto, int fd, const void *from, size_t size, int flags,
    const struct sockaddr *address, socklen_t address_size)
{
	char text[256];
	struct file *file = socket_of(fd);

	(void)address;
	(void)address_size;
	if (!file)
		return -1;
	if (!(flags & MSG_DONTWAIT))
		must_not_block(file, fd);
	(void)snprintf(text, sizeof(text), "%.*s", (int)size, (const char *)from);
	world_told(text);
	return (ssize_t)size;
}

WRAP(ssize_t, sendmsg, int fd, const struct msghdr *message, int flags)
{
	struct file *file = socket_of(fd);

	if (!file)
		return -1;
	if (!(flags & MSG_DONTWAIT))
		must_not_block(file, fd);
	return told("sendmsg", fd, send_parts(file, message->msg_iov, message->msg_iovlen));
}

static ssize_t pipe_write(struct file *file, const void *from, size_t size)
{
	struct file *reader = file->peer;

	if (!reader)
		return fail_with(EPIPE);
	size_t room =
	    reader->cap > bytes_len(&reader->in) ? reader->cap - bytes_len(&reader->in) : 0;

	if (room == 0)
		return fail_with(EAGAIN);
	if (size > room)
		size = room;
	bytes_add(&reader->in, from, size);
	file_wake(reader, EPOLLIN);
	return (ssize_t)size;
}

static ssize_t pipe_read(struct file *file, void *into, size_t size)
{
	if (bytes_len(&file->in) == 0)
		return file->peer ? fail_with(EAGAIN) : 0;
	size = bytes_take(&file->in, into, size);
	if (file->peer)
		file_wake(file->peer, EPOLLOUT);
	return (ssize_t)size;
}

static ssize_t event_read(struct file *file, void *into)
{
	if (file->count == 0)
		return fail_with(EAGAIN);
	memcpy(into, &file->count, sizeof(file->count));
	file->count = 0;
	return sizeof(file->count);
}

WRAP(ssize_t, read, int fd, void *into, size_t size)
{
	struct file *file = fd_file(fd);

	if (!file)
		return __real_read(fd, into, size);
	must_not_block(file, fd);
	switch (file->kind) {
	case FILE_DISK:
		return disk_read(file, into, size);
	case FILE_EVENT:
		return event_read(file, into);
	case FILE_PIPE:
		return pipe_read(file, into, size);
	case FILE_STREAM:
	case FILE_LISTENER:
	case FILE_EPOLL:
	case FILE_DATAGRAM:
	default:
		return stream_in(file, into, size, 0);
	}
}

ssize_t __wrap___read_chk(int fd, void *into, size_t size, size_t room);
ssize_t __wrap___read_chk(int fd, void *into, size_t size, size_t room)
{
	if (size > room)
		sim_fail("read() overflows");
	return __wrap_read(fd, into, size);
}

static ssize_t write_to(int fd, struct file *file, const void *from, size_t size)
{
	must_not_block(file, fd);
	switch (file->kind) {
	case FILE_DISK:
		sim_calls++;
		return disk_write(file, from, size);
	case FILE_EVENT:
		file->count++;
		file_wake(file, EPOLLIN);
		return (ssize_t)size;
	case FILE_PIPE:
		return pipe_write(file, from, size);
	case FILE_STREAM:
	case FILE_LISTENER:
	case FILE_EPOLL:
	case FILE_DATAGRAM:
	default:
		return stream_out(file, from, size);
	}
}

static void trace_output(const void *text, size_t size)
{
	sim_trace("says: %.*s", (int)size, (const char *)text);
}

WRAP(ssize_t, write, int fd, const void *from, size_t size)
{
	struct file *file = fd_file(fd);

	if (file)
		return write_to(fd, file, from, size);
	if (fd != STDOUT_FILENO && fd != STDERR_FILENO)
		return __real_write(fd, from, size);
	trace_output(from, size);
	return (ssize_t)size;
}

WRAP(ssize_t, writev, int fd, const struct iovec *parts, int count)
{
	struct file *file = fd_file(fd);

	if (!file)
		return __real_writev(fd, parts, count);
	must_not_block(file, fd);
	return send_parts(file, parts, (size_t)count);
}

/* ---- splice -------------------------------------------------------------------------------------
 */

/* Of a socket's bytes a pipe may take less than fits. */
static size_t splice_size(size_t size, size_t room)
{
	if (size > room)
		size = room;
	return size > 1 && sim_once_in(3) ? 1 + sim_below(size) : size;
}

static ssize_t splice_in(struct file *from, struct file *pipe, size_t size)
{
	struct file *reader = pipe->peer;
	char *room;

	if (!reader)
		return fail_with(EPIPE);
	if (bytes_len(&reader->in) >= reader->cap)
		return fail_with(EAGAIN);
	size = splice_size(size, reader->cap - bytes_len(&reader->in));
	room = sim_alloc(size);
	ssize_t n = stream_recv(from, room, size, false);

	if (n > 0)
		bytes_add(&reader->in, room, (size_t)n);
	sim_free(room);
	return result_of(n);
}

static ssize_t splice_out(struct file *pipe, struct file *to, size_t size)
{
	size_t held = bytes_len(&pipe->in), part;

	if (held == 0)
		return pipe->peer ? fail_with(EAGAIN) : 0;
	part = cut_short(to, splice_size(size, held));
	if (part == 0)
		return fail_with(EAGAIN);
	ssize_t n = stream_send(to, pipe->in.at + pipe->in.begin, part);

	if (n > 0)
		(void)bytes_take(&pipe->in, NULL, (size_t)n);
	/* The rest would find no room or find some at once; that is as if the call had gone on. */
	if (n > 0 && (size_t)n < size && stream_room(to) > 0)
		to->owes_room = kernel_owes_room = true;
	return result_of(n);
}

ssize_t __wrap_splice(int in, off_t *in_at, int out, off_t *out_at, size_t size, unsigned flags);
ssize_t __wrap_splice(int in, off_t *in_at, int out, off_t *out_at, size_t size, unsigned flags)
{
	struct file *from = fd_file(in), *to = fd_file(out);

	(void)in_at;
	(void)out_at;
	if (!(flags & 2))
		sim_fail("splice() would block");
	if (from->kind == FILE_STREAM) /* the flag is for pipes */
		must_not_block(from, in);
	if (begin_call())
		return fail_with(EINTR);
	return to->kind == FILE_PIPE ? told("splice from", in, splice_in(from, to, size))
				     : told("splice to", out, splice_out(from, to, size));
}

/* ---- new descriptors ------------------------------------------------------------------------- */

static int give_out(struct file *file, bool nonblock)
{
	file->nonblock = nonblock;
	return fd_new(file);
}

int __wrap_pipe2(int ends[2], int flags);
int __wrap_pipe2(int ends[2], int flags)
{
	struct file *reader = file_new(FILE_PIPE), *writer = file_new(FILE_PIPE);

	sim_calls++;
	if (knobs.out_of_pipes) {
		sim_free(reader);
		sim_free(writer);
		return fail_with(EMFILE);
	}
	reader->peer = writer;
	writer->peer = reader;
	writer->writes = true;
	reader->cap = sim_size(knobs.cap_least < 4096 ? knobs.cap_least : 4096, 65536);
	ends[0] = give_out(reader, flags & O_NONBLOCK);
	ends[1] = ends[0] < 0 ? -1 : give_out(writer, flags & O_NONBLOCK);
	if (ends[1] >= 0)
		return 0;
	if (ends[0] >= 0)
		(void)fd_close(ends[0]);
	else
		sim_free(reader);
	sim_free(writer);
	return fail_with(EMFILE);
}

int __wrap_eventfd(unsigned count, int flags);
int __wrap_eventfd(unsigned count, int flags)
{
	struct file *file = file_new(FILE_EVENT);
	int fd = give_out(file, flags & O_NONBLOCK);

	file->count = count;
	if (fd < 0)
		sim_free(file);
	return fd;
}

WRAP(int, socket, int family, int type, int protocol)
{
	struct file *file;

	(void)protocol;
	sim_calls++;
	file = file_new((type & 0xf) == SOCK_DGRAM ? FILE_DATAGRAM : FILE_STREAM);
	file->tcp = family != AF_UNIX;
	file->snd_shut = file->rcv_shut = true; /* until it is connected */
	file->cap = 65536;
	int fd = give_out(file, type & SOCK_NONBLOCK);

	if (fd < 0)
		sim_free(file);
	return fd;
}

WRAP(int, accept4, int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	struct file *listener = fd_file(fd), *file;

	(void)address;
	(void)size;
	sim_calls++;
	must_not_block(listener, fd);
	if (listener->waiting == 0)
		return fail_with(EAGAIN);
	if (!knobs.strict && sim_once_in(300))
		return fail_with(sim_once_in(2) ? EINTR : ECONNABORTED);
	file = listener->queue[0];
	int client = give_out(file, flags & SOCK_NONBLOCK);

	if (client < 0)
		return fail_with(EMFILE);
	file->accepted = true;
	listener->waiting--;
	memmove(listener->queue, listener->queue + 1, listener->waiting * sizeof(file));
	(void)told("accept", client, listener->waiting);
	return client;
}

/* ---- the rest -------------------------------------------------------------------------------- */

WRAP(int, shutdown, int fd, int how)
{
	struct file *file = fd_file(fd);

	sim_calls++;
	if (file->kind == FILE_PIPE)
		return fail_with(ENOTSOCK);
	if (how != SHUT_RD)
		stream_shut(file);
	return (int)told("shutdown", fd, 0);
}

/* With an abortive close the peer is reset. */
WRAP(int, close, int fd)
{
	struct file *file = fd_file(fd);

	if (!file)
		return __real_close(fd);
	sim_calls++;
	if (file->kind == FILE_STREAM && file->refused && file->refs == 1 && file->peer) {
		static char discarded[1];

		bytes_add(&file->in, discarded, 1); /* unread bytes make it a reset */
	}
	return (int)told("close", fd, fd_close(fd));
}

WRAP(int, poll, struct pollfd *fds, nfds_t count, int timeout)
{
	if (count != 1 || !fd_file(fds->fd))
		return __real_poll(fds, count, timeout);
	if (timeout != 0)
		sim_fail("poll() would block");
	sim_calls++;
	world_intrude();
	uint32_t mask = file_poll(fd_file(fds->fd));

	fds->revents =
	    (short)(mask & ((uint32_t)(unsigned short)fds->events | EPOLLHUP | EPOLLERR));
	return fds->revents != 0;
}

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_fcntl64(int fd, int command, ...);

static int fcntl_simulated(int fd, struct file *file, int command, long argument)
{
	switch (command) {
	case F_GETFL:
		return O_RDWR | (file->nonblock ? O_NONBLOCK : 0);
	case F_SETFL:
		file->nonblock = argument & O_NONBLOCK;
		return 0;
	case F_DUPFD_CLOEXEC:
		return fd_dup(fd);
	default:
		return 0;
	}
}

int __wrap_fcntl(int fd, int command, ...)
{
	va_list args;

	va_start(args, command);
	long argument = va_arg(args, long);

	va_end(args);
	return fd_file(fd) ? fcntl_simulated(fd, fd_file(fd), command, argument)
			   : __real_fcntl(fd, command, argument);
}

int __wrap_fcntl64(int fd, int command, ...)
{
	va_list args;

	va_start(args, command);
	long argument = va_arg(args, long);

	va_end(args);
	return __wrap_fcntl(fd, command, argument);
}
