/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tcp.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTEN_QUEUE 4096
#define PROBE_AFTER_SECONDS 60
#define PROBE_EACH_SECONDS 15
#define PROBES 4

union socket_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t make_address(const struct tcp_target *target, union socket_address *ret_address)
{
	*ret_address = (union socket_address){.any.sa_family = AF_UNSPEC};
	if (target->ip.len == IP_V4_BYTES) {
		ret_address->v4.sin_family = AF_INET;
		ret_address->v4.sin_port = htons((uint16_t)target->port);
		memcpy(&ret_address->v4.sin_addr, target->ip.bytes, IP_V4_BYTES);
		return sizeof(ret_address->v4);
	}
	ret_address->v6.sin6_family = AF_INET6;
	ret_address->v6.sin6_port = htons((uint16_t)target->port);
	memcpy(&ret_address->v6.sin6_addr, target->ip.bytes, IP_V6_BYTES);
	return sizeof(ret_address->v6);
}

static void set(int fd, int level, int name, int value)
{
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

void tcp_tune(int fd)
{
	set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set(fd, IPPROTO_TCP, TCP_KEEPIDLE, PROBE_AFTER_SECONDS);
	set(fd, IPPROTO_TCP, TCP_KEEPINTVL, PROBE_EACH_SECONDS);
	set(fd, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
}

static int stream_socket(int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		tcp_tune(fd);
	return fd;
}

static int fail(int fd)
{
	int reason = errno;

	(void)close(fd);
	errno = reason;
	return -1;
}

/* An address of IPv6 is that and no more; all addresses are those of both. */
static int listen_at(const struct tcp_target *at)
{
	union socket_address address;
	socklen_t size = make_address(at, &address);
	int fd = stream_socket(address.any.sa_family);

	if (fd < 0)
		return -1;
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (address.any.sa_family == AF_INET6)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, at->ip.len != 0);
	if (bind(fd, &address.any, size) < 0 || listen(fd, LISTEN_QUEUE) < 0)
		return fail(fd);
	return fd;
}

int tcp_listen(const struct tcp_target *at, struct error *err)
{
	char text[IP_TEXT_MAX];
	int fd = listen_at(at);

	if (fd < 0 && at->ip.len == 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
		struct tcp_target v4 = {.ip.len = IP_V4_BYTES, .port = at->port};

		fd = listen_at(&v4); /* a machine without IPv6 */
	}
	if (fd < 0)
		return error_set(err, "cannot listen at %s port %u: %s",
		    at->ip.len ? ip_format(&at->ip, text) : "*", at->port, strerror(errno));
	return fd;
}

int tcp_dial(const struct tcp_target *to)
{
	union socket_address address;
	socklen_t size = make_address(to, &address);
	int fd = stream_socket(address.any.sa_family);

	if (fd < 0)
		return -1;
	if (connect(fd, &address.any, size) < 0 && errno != EINPROGRESS)
		return fail(fd);
	return fd;
}

static struct ip ip_of(const struct sockaddr *any)
{
	union {
		const struct sockaddr *any;
		const struct sockaddr_in *v4;
		const struct sockaddr_in6 *v6;
	} at = {.any = any};

	if (any->sa_family == AF_INET)
		return ip_from(&at.v4->sin_addr, IP_V4_BYTES);
	if (any->sa_family == AF_INET6)
		return ip_from(&at.v6->sin6_addr, IP_V6_BYTES);
	return (struct ip){.len = 0};
}

int tcp_resolve(const char *host, struct ip *ret_ips, int most, struct error *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found, *at;
	int count = 0, result;

	if (most > 0 && ip_parse(span_of(host), &ret_ips[0]))
		return 1;
	result = getaddrinfo(host, NULL, &hints, &found);
	if (result != 0)
		return error_set(err, "cannot look up %s: %s", host,
		    result == EAI_SYSTEM ? strerror(errno) : gai_strerror(result));
	for (at = found; at && count < most; at = at->ai_next) {
		ret_ips[count] = ip_of(at->ai_addr);
		count += ret_ips[count].len != 0;
	}
	freeaddrinfo(found);
	return count > 0 ? count : error_set(err, "%s has no address", host);
}
