/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/upstream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/tcp.h"
#include "net/tls.h"
#include "net/unix_socket.h"

#define UPSTREAM_ADDRESSES_MOST 8 /* of its host */

struct upstream {
	unsigned references;
	char *text;
	char *path;              /* of a unix socket, else NULL */
	struct tls_context *tls; /* NULL: none is spoken */
	unsigned port;
	unsigned first, count; /* of |ips|: to begin with, and of all */
	struct ip ips[UPSTREAM_ADDRESSES_MOST];
};

static int find_addresses(
    struct upstream *upstream, const struct config_upstream *from, struct error *err)
{
	int count = tcp_resolve(from->address.host, upstream->ips, UPSTREAM_ADDRESSES_MOST, err);

	if (count < 0)
		return -1;
	upstream->count = (unsigned)count;
	upstream->port = from->address.port;
	return 0;
}

static int load_tls(
    struct upstream *upstream, const struct config_upstream *from, struct error *err)
{
	struct tls_files files = {from->tls.cert, from->tls.key, from->tls.ca, from->tls.crl};

	upstream->tls =
	    tls_context_for_server(&files, from->host ? from->host : from->address.host, err);
	return upstream->tls ? 0 : -1;
}

static int fill(struct upstream *upstream, const struct config_upstream *from, struct error *err)
{
	upstream->text = strdup(from->address.text);
	if (!upstream->text)
		return error_set(err, "out of memory");
	if (from->address.kind == ADDRESS_UNIX) {
		upstream->count = 1;
		upstream->path = strdup(from->address.path);
		return upstream->path ? 0 : error_set(err, "out of memory");
	}
	if (find_addresses(upstream, from, err) < 0)
		return -1;
	return from->address.kind == ADDRESS_TLS ? load_tls(upstream, from, err) : 0;
}

struct upstream *upstream_make(const struct config_upstream *from, struct error *err)
{
	struct upstream *upstream = calloc(1, sizeof(*upstream));

	if (!upstream) {
		(void)error_set(err, "out of memory");
		return NULL;
	}
	upstream->references = 1;
	if (fill(upstream, from, err) == 0)
		return upstream;
	(void)error_prefix(err, "upstream: ");
	upstream_unref(upstream);
	return NULL;
}

struct upstream *upstream_copy(const struct upstream *from, struct error *err)
{
	struct upstream *upstream = malloc(sizeof(*upstream));

	if (upstream) {
		*upstream = *from;
		upstream->references = 1;
		upstream->text = strdup(from->text);
		upstream->path = from->path ? strdup(from->path) : NULL;
		upstream->tls = from->tls ? tls_context_ref(from->tls) : NULL;
		if (upstream->text && (upstream->path || !from->path))
			return upstream;
	}
	upstream_unref(upstream);
	(void)error_set(err, "out of memory");
	return NULL;
}

struct upstream *upstream_ref(struct upstream *upstream)
{
	upstream->references++;
	return upstream;
}

void upstream_unref(struct upstream *upstream)
{
	if (!upstream || --upstream->references > 0)
		return;
	tls_context_free(upstream->tls);
	free(upstream->path);
	free(upstream->text);
	free(upstream);
}

/* Certificates are read anew with each configuration, and may be others. */
bool upstream_is_same(const struct upstream *one, const struct upstream *other)
{
	return !one->tls && !other->tls && strcmp(one->text, other->text) == 0;
}

const char *upstream_text(const struct upstream *upstream)
{
	return upstream->text;
}

unsigned upstream_count(const struct upstream *upstream)
{
	return upstream->count;
}

static enum upstream_dial dial_unix(
    const struct upstream *upstream, struct io *io, struct loop *loop, io_ready_fn *ready)
{
	int fd = unix_dial(upstream->path);

	if (fd < 0)
		return errno == EAGAIN ? UPSTREAM_BUSY : UPSTREAM_FAILED;
	return io_open(io, loop, fd, &io_plain, ready) < 0 ? UPSTREAM_FAILED : UPSTREAM_CONNECTED;
}

enum upstream_dial upstream_dial(struct upstream *upstream, unsigned attempt, struct io *io,
    struct loop *loop, io_ready_fn *ready)
{
	if (upstream->path)
		return dial_unix(upstream, io, loop, ready);
	struct tcp_target target = {
	    upstream->ips[(upstream->first + attempt) % upstream->count], upstream->port};
	int fd = tcp_dial(&target);

	if (fd < 0 ||
	    io_open_connecting(io, loop, fd, upstream->tls ? &io_tls : &io_plain, ready) < 0)
		return UPSTREAM_FAILED;
	if (!upstream->tls || tls_begin(io, upstream->tls) == 0)
		return UPSTREAM_CONNECTING;
	io_close(io);
	errno = ENOMEM;
	return UPSTREAM_FAILED;
}

void upstream_reached(struct upstream *upstream, unsigned attempt)
{
	if (attempt > 0)
		upstream->first = (upstream->first + attempt) % upstream->count;
}
