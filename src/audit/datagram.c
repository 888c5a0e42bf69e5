/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/datagram.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define IDENTITY "sockwarden-audit"
#define HEAD_MAX 80
/* Facility authpriv (10), severity notice (5). */
#define SYSLOG_PRIORITY "<85>"
#define JOURNAL_HEAD "SYSLOG_IDENTIFIER=" IDENTITY "\nSYSLOG_FACILITY=10\nPRIORITY=5\nMESSAGE="

const char *datagram_usual_path(enum datagram_kind kind)
{
	return kind == DATAGRAM_SYSLOG ? "/dev/log" : "/run/systemd/journal/socket";
}

int datagram_dial(const char *path, struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(path);

	if (len >= sizeof(address.sun_path))
		return error_set(err, "audit: %s: is longer than a socket's path may be", path);
	memcpy(address.sun_path, path, len);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return error_set(err, "audit: %s: %m", path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	(void)error_set(err, "audit: %s: %m", path);
	(void)close(fd);
	return -1;
}

/* What stands before the line. Returns its length. */
static size_t write_head(char head[static HEAD_MAX], enum datagram_kind kind)
{
	time_t now = time(NULL);
	struct tm local;
	size_t len;

	if (kind == DATAGRAM_JOURNAL)
		return (size_t)snprintf(head, HEAD_MAX, JOURNAL_HEAD);
	if (!localtime_r(&now, &local))
		memset(&local, 0, sizeof(local));
	len = strftime(head, HEAD_MAX, SYSLOG_PRIORITY "%b %e %H:%M:%S ", &local);
	len += (size_t)snprintf(head + len, HEAD_MAX - len, IDENTITY "[%ld]: ", (long)getpid());
	return len;
}

bool datagram_send(int fd, enum datagram_kind kind, struct span line)
{
	char head[HEAD_MAX];
	union {
		const char *in;
		void *out;
	} text = {.in = line.at};
	/* journald's protocol wants the newline, syslog's has no use for it. */
	size_t len = kind == DATAGRAM_JOURNAL ? line.len : line.len - 1;
	struct iovec parts[] = {{head, write_head(head, kind)}, {text.out, len}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	ssize_t n;

	do {
		n = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == ENOBUFS)
		errno = EAGAIN;
	return n >= 0;
}
