/* SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4096
#define HEAD_END "\r\n\r\n"
#define HEAD_END_LEN (sizeof(HEAD_END) - 1)
#define STATUS_SWITCHING 101u

char wire_frame[WIRE_FRAME];

void wire_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

void *wire_alloc(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		wire_die("out of memory");
	return memory;
}

void wire_raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

void wire_frame_make(void)
{
	memset(wire_frame, 'x', sizeof(wire_frame));
	memcpy(wire_frame, "8000\r\n", WIRE_FRAME_HEAD);
	memcpy(wire_frame + WIRE_FRAME - 2, "\r\n", 2);
}

static struct sockaddr_un wire_address(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(path);

	if (len >= sizeof(address.sun_path))
		wire_die("path of a socket is too long: %s", path);
	memcpy(address.sun_path, path, len);
	return address;
}

static int wire_socket(int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		wire_die("socket: %s", strerror(errno));
	return fd;
}

int wire_connect(const char *path)
{
	struct sockaddr_un address = wire_address(path);
	int fd = wire_socket(AF_UNIX);

	/* EAGAIN: the listener's queue is full. It is on another core and will get to it. */
	while (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		if (errno != EAGAIN)
			wire_die("connect %s: %s", path, strerror(errno));
	return fd;
}

/* A connection within the machine stands at once, so this one may block. */
int wire_connect_tcp(unsigned port)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		wire_die("connect to port %u: %s", port, strerror(errno));
	return fd;
}

int wire_listen(const char *path)
{
	struct sockaddr_un address = wire_address(path);
	int fd = wire_socket(AF_UNIX);

	unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, BACKLOG) < 0)
		wire_die("listen on %s: %s", path, strerror(errno));
	return fd;
}

void wire_next(struct wire *wire)
{
	wire->state = WIRE_HEAD;
	wire->left = 0;
	wire->status = 0;
	wire->close = false;
	wire->line_used = false;
	wire->head_len = 0;
}

static const char *wire_header(const struct wire *wire, const char *name)
{
	const char *at = strcasestr(wire->head, name);

	return at ? at + strlen(name) : NULL;
}

/* The head is complete: what follows it? */
static void wire_head_end(struct wire *wire)
{
	const char *value;

	wire->head[wire->head_len] = '\0';
	if (memcmp(wire->head, "HTTP/1.", 7) == 0)
		wire->status = (unsigned)strtoul(wire->head + sizeof("HTTP/1.1"), NULL, 10);
	wire->close = wire_header(wire, "\nConnection: close") != NULL;
	if (wire->status == STATUS_SWITCHING) {
		wire->state = WIRE_TUNNEL;
	} else if (wire_header(wire, "\nTransfer-Encoding: chunked")) {
		wire->state = WIRE_CHUNK_SIZE;
	} else {
		value = wire_header(wire, "\nContent-Length:");
		wire->left = value ? strtoull(value, NULL, 10) : 0;
		wire->state = wire->left ? WIRE_LENGTH : WIRE_DONE;
	}
}

static size_t wire_read_head(struct wire *wire, const char *at, size_t len)
{
	size_t old = wire->head_len;
	size_t room = WIRE_HEAD_MAX - old;
	size_t take = len < room ? len : room;
	size_t from = old < HEAD_END_LEN ? 0 : old - HEAD_END_LEN + 1;

	memcpy(wire->head + old, at, take);
	char *end = memmem(wire->head + from, old + take - from, HEAD_END, HEAD_END_LEN);

	if (!end) {
		if (take == room)
			wire_die("a head of more than %u bytes", WIRE_HEAD_MAX);
		wire->head_len += take;
		return take;
	}
	wire->head_len = (size_t)(end - wire->head) + HEAD_END_LEN;
	wire_head_end(wire);
	return wire->head_len - old;
}

static size_t wire_skip(struct wire *wire, size_t len, enum wire_state then)
{
	size_t take = wire->left < len ? (size_t)wire->left : len;

	wire->left -= take;
	if (wire->left == 0)
		wire->state = then;
	return take;
}

static void wire_chunk_line(struct wire *wire, char c)
{
	if (c >= '0' && c <= '9')
		wire->left = wire->left * 16 + (uint64_t)(c - '0');
	else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		wire->left = wire->left * 16 + (uint64_t)((c | 0x20) - 'a' + 10);
	else if (c == '\n')
		wire->state = wire->left ? WIRE_CHUNK_DATA : WIRE_TRAILER;
	else if (c != '\r')
		wire_die("no chunk size: byte 0x%02x", (unsigned)(unsigned char)c);
}

static void wire_trailer_line(struct wire *wire, char c)
{
	if (c == '\n') {
		if (!wire->line_used)
			wire->state = WIRE_DONE;
		wire->line_used = false;
	} else if (c != '\r') {
		wire->line_used = true;
	}
}

static size_t wire_step(struct wire *wire, const char *at, size_t len)
{
	size_t took;

	switch (wire->state) {
	case WIRE_HEAD:
		return wire_read_head(wire, at, len);
	case WIRE_LENGTH:
		return wire_skip(wire, len, WIRE_DONE);
	case WIRE_CHUNK_DATA:
		took = wire_skip(wire, len, WIRE_CHUNK_END);
		if (wire->state == WIRE_CHUNK_END)
			wire->left = 2;
		return took;
	case WIRE_CHUNK_END:
		return wire_skip(wire, len, WIRE_CHUNK_SIZE);
	case WIRE_CHUNK_SIZE:
		wire_chunk_line(wire, *at);
		return 1;
	case WIRE_TRAILER:
		wire_trailer_line(wire, *at);
		return 1;
	case WIRE_DONE:
	case WIRE_TUNNEL:
		break;
	}
	return 0;
}

size_t wire_read(struct wire *wire, const char *at, size_t len)
{
	size_t took = 0;

	while (took < len && wire->state != WIRE_DONE && wire->state != WIRE_TUNNEL)
		took += wire_step(wire, at + took, len - took);
	return took;
}
