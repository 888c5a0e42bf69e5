/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/pending.h"

#include <stdlib.h>

#include "base/buf.h"

struct pending {
	struct buf buf;
	size_t gone; /* bytes at the front that are dealt with */
};

static struct pending *pending_make(struct pending **pending, size_t max)
{
	if (!*pending) {
		*pending = calloc(1, sizeof(**pending));
		if (!*pending)
			return NULL;
	}
	(*pending)->buf.max = max;
	return *pending;
}

/* Moves what waits to the front when more than half of the memory is behind us. */
static void pending_pack(struct pending *pending)
{
	if (pending->gone == 0 || pending->gone < pending->buf.size / 2)
		return;
	pending->buf.len -= pending->gone;
	memmove(pending->buf.at, pending->buf.at + pending->gone, pending->buf.len);
	pending->gone = 0;
}

bool pending_add(struct pending **pending, struct span bytes, size_t max)
{
	if (bytes.len == 0)
		return true;
	char *room = pending_room(pending, bytes.len, max);

	if (!room)
		return false;
	memcpy(room, bytes.at, bytes.len);
	pending_grew(*pending, bytes.len);
	return true;
}

struct span pending_span(const struct pending *pending)
{
	if (!pending)
		return (struct span){NULL, 0};
	return (struct span){pending->buf.at + pending->gone, pending->buf.len - pending->gone};
}

char *pending_room(struct pending **pending, size_t size, size_t max)
{
	struct pending *p = pending_make(pending, max);

	if (!p)
		return NULL;
	pending_pack(p);
	p->buf.failed = false;
	if (!buf_reserve(&p->buf, size)) {
		if (p->buf.len == p->gone)
			pending_free(pending);
		return NULL;
	}
	return p->buf.at + p->buf.len;
}

void pending_grew(struct pending *pending, size_t bytes)
{
	pending->buf.len += bytes;
}

void pending_drop(struct pending **pending, size_t bytes)
{
	struct pending *p = *pending;

	if (!p)
		return;
	p->gone += bytes;
	if (p->gone >= p->buf.len)
		pending_free(pending);
}

void pending_free(struct pending **pending)
{
	if (!*pending)
		return;
	buf_free(&(*pending)->buf);
	free(*pending);
	*pending = NULL;
}

enum flush_result pending_flush(struct pending **pending, struct io *io)
{
	while (*pending) {
		struct span rest = pending_span(*pending);
		union {
			const char *in;
			void *out;
		} at = {.in = rest.at};
		struct iovec part = {at.out, rest.len};
		ssize_t n = io_send(io, &part, 1);

		if (n == IO_FAILED)
			return FLUSH_FAILED;
		if (n > 0)
			pending_drop(pending, (size_t)n);
		if (*pending && !io->writable)
			return FLUSH_BLOCKED;
	}
	return FLUSH_DONE;
}

/* Keeps what is behind the first |sent| bytes of |parts|. */
static bool keep_rest(struct pending **pending, const struct iovec *parts, int count, size_t sent)
{
	for (int i = 0; i < count; i++) {
		size_t skip = sent < parts[i].iov_len ? sent : parts[i].iov_len;
		struct span rest = {(const char *)parts[i].iov_base + skip, parts[i].iov_len - skip};

		sent -= skip;
		if (!pending_add(pending, rest, SIZE_MAX))
			return false;
	}
	return true;
}

enum flush_result pending_send(struct pending **pending, struct io *io, const struct iovec *parts,
    int count)
{
	enum flush_result flushed = pending_flush(pending, io);
	size_t sent = 0;

	if (flushed == FLUSH_FAILED)
		return flushed;
	if (flushed == FLUSH_DONE) {
		ssize_t n = io_send(io, parts, count);

		if (n == IO_FAILED)
			return FLUSH_FAILED;
		sent = n > 0 ? (size_t)n : 0;
	}
	if (!keep_rest(pending, parts, count, sent))
		return FLUSH_FAILED;
	return *pending ? FLUSH_BLOCKED : FLUSH_DONE;
}
