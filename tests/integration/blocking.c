/* SPDX-License-Identifier: Apache-2.0 */
/* Reports each call of an event loop's thread that could wait, to the file BLOCKING_REPORT. Such a
 * thread is one that has called epoll_wait(); what it does before is start-up. For LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static _Thread_local bool loops;
static int report = -1;

/* The next function of that name, as a pointer of the type of the one that is asked for. */
#define NEXT(name)                                                                                 \
	({                                                                                         \
		static void *symbol;                                                               \
		if (!symbol)                                                                       \
			symbol = dlsym(RTLD_NEXT, #name);                                          \
		union {                                                                            \
			void *from;                                                                \
			__typeof__(&name) to;                                                      \
		} next = {symbol};                                                                 \
		next.to;                                                                           \
	})

static void say(const char *what, const char *call, int fd)
{
	char line[128];
	int kept = errno, len = snprintf(line, sizeof(line), "%s %s %d\n", what, call, fd);

	(void)!syscall(SYS_write, report, line, (size_t)len);
	errno = kept;
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("BLOCKING_REPORT");

	if (path)
		report = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
}

/* Files on a disk do not know the mode. */
static bool may_wait(int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0 || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))
		return false;
	return !(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

static void check(const char *call, int fd, bool told_not_to)
{
	int kept = errno;

	if (loops && !told_not_to && may_wait(fd))
		say("waits", call, fd);
	errno = kept;
}

static void never(const char *call, bool waits)
{
	if (loops && waits)
		say("waits", call, -1);
}

int epoll_wait(int set, struct epoll_event *events, int most, int timeout)
{
	if (!loops)
		say("loop", "epoll_wait", set);
	loops = true;
	return NEXT(epoll_wait)(set, events, most, timeout);
}

#define CHECKED(result, name, fd, told_not_to, parameters, ...)                                    \
	result name parameters                                                                     \
	{                                                                                          \
		check(#name, fd, told_not_to);                                                     \
		return NEXT(name)(__VA_ARGS__);                                                    \
	}
#define NEVER(result, name, waits, parameters, ...)                                                \
	result name parameters                                                                     \
	{                                                                                          \
		never(#name, waits);                                                               \
		return NEXT(name)(__VA_ARGS__);                                                    \
	}

ssize_t __read_chk(int fd, void *into, size_t size, size_t room);
ssize_t __recv_chk(int fd, void *into, size_t size, size_t room, int flags);
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room);

CHECKED(ssize_t, read, fd, false, (int fd, void *into, size_t size), fd, into, size)
CHECKED(ssize_t, __read_chk, fd, false, (int fd, void *into, size_t size, size_t room), fd, into,
    size, room)
CHECKED(ssize_t, readv, fd, false, (int fd, const struct iovec *parts, int count), fd, parts, count)
CHECKED(ssize_t, write, fd, false, (int fd, const void *from, size_t size), fd, from, size)
CHECKED(
    ssize_t, writev, fd, false, (int fd, const struct iovec *parts, int count), fd, parts, count)
CHECKED(ssize_t, recv, fd, flags &MSG_DONTWAIT, (int fd, void *into, size_t size, int flags), fd,
    into, size, flags)
CHECKED(ssize_t, __recv_chk, fd, flags &MSG_DONTWAIT,
    (int fd, void *into, size_t size, size_t room, int flags), fd, into, size, room, flags)
CHECKED(ssize_t, recvmsg, fd, flags &MSG_DONTWAIT, (int fd, struct msghdr *message, int flags), fd,
    message, flags)
CHECKED(ssize_t, send, fd, flags &MSG_DONTWAIT, (int fd, const void *from, size_t size, int flags),
    fd, from, size, flags)
CHECKED(ssize_t, sendmsg, fd, flags &MSG_DONTWAIT,
    (int fd, const struct msghdr *message, int flags), fd, message, flags)
CHECKED(int, accept4, fd, false, (int fd, struct sockaddr *peer, socklen_t *size, int flags), fd,
    peer, size, flags)
CHECKED(
    int, connect, fd, false, (int fd, const struct sockaddr *peer, socklen_t size), fd, peer, size)
NEVER(
    int, poll, timeout != 0, (struct pollfd * fds, nfds_t count, int timeout), fds, count, timeout)
NEVER(int, __poll_chk, timeout != 0, (struct pollfd * fds, nfds_t count, int timeout, size_t room),
    fds, count, timeout, room)
NEVER(int, select, !limit || limit->tv_sec || limit->tv_usec,
    (int count, fd_set *in, fd_set *out, fd_set *bad, struct timeval *limit), count, in, out, bad,
    limit)
NEVER(int, nanosleep, true, (const struct timespec *time, struct timespec *rest), time, rest)
NEVER(int, usleep, true, (useconds_t time), time)
NEVER(unsigned, sleep, true, (unsigned time), time)
NEVER(
    pid_t, waitpid, !(flags & WNOHANG), (pid_t child, int *status, int flags), child, status, flags)
NEVER(int, fsync, true, (int fd), fd)
NEVER(int, fdatasync, true, (int fd), fd)
NEVER(int, getaddrinfo, true,
    (const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found),
    host, service, hints, found)

/* Its flag is for the pipes; a socket that is read goes by its own mode. */
ssize_t splice(int in, off64_t *in_at, int out, off64_t *out_at, size_t size, unsigned flags)
{
	struct stat status;
	bool pipe = fstat(in, &status) == 0 && S_ISFIFO(status.st_mode);

	check("splice", in, pipe && (flags & SPLICE_F_NONBLOCK));
	check("splice", out, flags & SPLICE_F_NONBLOCK);
	return NEXT(splice)(in, in_at, out, out_at, size, flags);
}
