/* SPDX-License-Identifier: Apache-2.0 */
#include "net/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/unix_socket.h"

#define PATH_ROOM 40 /* of /proc/NUMBER/cgroup */
#define READ_SIZE 4096u

/* Headers are often older than kernels. */
#if !defined(SO_PEERPIDFD) && !defined(__sparc__) && !defined(__hppa__)
#define SO_PEERPIDFD 77
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

static enum process_result result_of(struct error *err)
{
	int reason = errno;

	(void)error_set(err, "a process cannot be held: %s", strerror(reason));
	return reason == ESRCH ? PROCESS_GONE : PROCESS_FAILED;
}

enum process_result process_hold(struct process *ret_process, int64_t pid, struct error *err)
{
	struct process process = {.pid = pid, .fd = -1};

	if (pid <= 0) {
		process.pid = 0;
		*ret_process = process;
		return PROCESS_UNSEEN;
	}
	process.fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
	if (process.fd < 0)
		return result_of(err);
	*ret_process = process;
	return PROCESS_HELD;
}

/* -1: this kernel gives none. */
static int peer_pidfd(int socket)
{
#ifdef SO_PEERPIDFD
	int fd = -1;
	socklen_t size = sizeof(fd);

	if (getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &fd, &size) == 0 && size == sizeof(fd))
		return fd;
#else
	(void)socket;
	errno = ENOPROTOOPT;
#endif
	return -1;
}

enum process_result process_of_peer(struct process *ret_process, int socket, struct error *err)
{
	struct process process = {.pid = unix_peer_of(socket).pid, .exact = true};

	if (process.pid <= 0)
		return process_hold(ret_process, 0, err);
	process.fd = peer_pidfd(socket);
	if (process.fd >= 0) {
		*ret_process = process;
		return PROCESS_HELD;
	}
	if (errno == ENOPROTOOPT)
		return process_hold(ret_process, process.pid, err);
	if (errno == EINVAL || errno == ENODATA) /* it was reaped */
		errno = ESRCH;
	return result_of(err);
}

bool process_is_alive(const struct process *process)
{
	struct pollfd end = {.fd = process->fd, .events = POLLIN};

	return process->fd >= 0 && poll(&end, 1, 0) == 0;
}

int process_cgroup(int64_t pid, struct buf *out, struct error *err)
{
	char path[PATH_ROOM];

	(void)snprintf(path, sizeof(path), "/proc/%lld/cgroup", (long long)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_set(err, "%s: %m", path);
	ssize_t n = -1;

	while (buf_reserve(out, READ_SIZE) && (n = read(fd, out->at + out->len, READ_SIZE)) > 0)
		out->len += (size_t)n;
	(void)close(fd);
	return n == 0 ? 0 : error_set(err, "%s: it cannot be read to its end", path);
}

void process_release(struct process *process)
{
	if (process->fd >= 0)
		(void)close(process->fd);
	process->fd = -1;
}
