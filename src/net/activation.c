/* SPDX-License-Identifier: Apache-2.0 */
#include "net/activation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/span.h"
#include "net/tcp.h"

#define FIRST 3u /* descriptor */
#define MOST 1024u

static uint64_t number_from(const char *variable, uint64_t max)
{
	const char *text = getenv(variable);
	uint64_t number = 0;

	if (text)
		(void)span_to_uint(span_of(text), max, &number);
	return number;
}

/* How many there are for this process. */
static unsigned handed_over(void)
{
	if (number_from("LISTEN_PID", INT64_MAX) != (uint64_t)getpid())
		return 0;
	return (unsigned)number_from("LISTEN_FDS", MOST);
}

/* The descriptor called |name|; 0 when there is none, -1 when there are several. */
static int find_name(const char *name, unsigned count)
{
	const char *names = getenv("LISTEN_FDNAMES");
	struct span rest = span_of(names ? names : "");
	int found = 0;

	for (unsigned i = 0; i < count && rest.at; i++) {
		if (!span_equal(span_cut(rest, ':', &rest), span_of(name)))
			continue;
		if (found)
			return -1;
		found = (int)(FIRST + i);
	}
	return found;
}

static int find(const char *name, struct error *err)
{
	unsigned count = handed_over();
	uint64_t number;

	if (count == 0)
		return error_set(err,
		    "fd:%s: no socket was handed over; start the .socket unit, or name "
		    "an address",
		    name);
	int fd = find_name(name, count);

	if (fd < 0)
		return error_set(err,
		    "fd:%s: more than one socket has this name; give each .socket unit "
		    "a FileDescriptorName, or write fd:%u and so on",
		    name, FIRST);
	if (fd == 0 && span_to_uint(span_of(name), FIRST + count - 1, &number) && number >= FIRST)
		fd = (int)number;
	if (fd == 0)
		return error_set(err,
		    "fd:%s: no socket was handed over by this name; FileDescriptorName "
		    "in the .socket unit gives it",
		    name);
	return fd;
}

static int option_of(int fd, int option)
{
	int value = -1;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

int activation_socket(const char *name, bool *ret_is_unix, struct error *err)
{
	int fd = find(name, err);

	if (fd < 0)
		return -1;
	if (option_of(fd, SO_ACCEPTCONN) != 1 || option_of(fd, SO_TYPE) != SOCK_STREAM)
		return error_set(err,
		    "fd:%s: is no listening stream socket; Accept = no and "
		    "ListenStream belong in the .socket unit",
		    name);
	int domain = option_of(fd, SO_DOMAIN), flags = fcntl(fd, F_GETFL);
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0 || flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		(void)error_set(err, "fd:%s: %s", name, strerror(errno));
		if (copy >= 0)
			(void)close(copy);
		return -1;
	}
	*ret_is_unix = domain == AF_UNIX;
	if (domain != AF_UNIX)
		tcp_tune(fd);
	return copy;
}
