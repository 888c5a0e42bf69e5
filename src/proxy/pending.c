/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/pending.h"

#include <stdlib.h>

#include "base/buf.h"

struct pending {
	struct buf buf;
	size_t gone; /* bytes at the front that are dealt with */
	struct pipe_ends pipe;
	size_t piped; /* bytes in |pipe|, which go first; 0: there is no pipe */
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

size_t pending_size(const struct pending *pending)
{
	return pending ? pending->piped + pending->buf.len - pending->gone : 0;
}

size_t pending_memory(const struct pending *pending)
{
	return pending ? sizeof(*pending) + pending->buf.size : 0;
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
	if (p->gone >= p->buf.len && p->piped == 0)
		pending_free(pending);
}

void pending_free(struct pending **pending)
{
	if (!*pending)
		return;
	buf_free(&(*pending)->buf);
	if ((*pending)->piped)
		pipe_close((*pending)->pipe);
	free(*pending);
	*pending = NULL;
}

/* Returns false while bytes are left in the pipe. */
static bool flush_pipe(struct pending **pending, struct io *io)
{
	struct pending *p = *pending;
	ssize_t n = io_splice_out(io, p->pipe.read, p->piped);

	if (n > 0)
		p->piped -= (size_t)n;
	if (p->piped)
		return false;
	pipe_close(p->pipe);
	pending_drop(pending, 0);
	return true;
}

enum flush_result pending_flush(struct pending **pending, struct io *io)
{
	if (*pending && (*pending)->piped && !flush_pipe(pending, io))
		return io->failed ? FLUSH_FAILED : FLUSH_BLOCKED;
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
		struct span rest = {
		    (const char *)parts[i].iov_base + skip, parts[i].iov_len - skip};

		sent -= skip;
		if (!pending_add(pending, rest, SIZE_MAX))
			return false;
	}
	return true;
}

enum flush_result pending_send(
    struct pending **pending, struct io *io, const struct iovec *parts, int count)
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

/* Lets |ends| wait with its |bytes|. */
static bool keep_pipe(struct pending **pending, struct pipe_ends ends, size_t bytes)
{
	if (!pending_make(pending, SIZE_MAX)) {
		pipe_close(ends);
		return false;
	}
	(*pending)->pipe = ends;
	(*pending)->piped = bytes;
	return true;
}

enum move pending_splice(struct pending **pending, struct pipe_pool *pool, struct io *from,
    struct io *to, size_t most, size_t *ret_moved)
{
	struct pipe_ends ends;

	*ret_moved = 0;
	if (!pipe_take(pool, &ends))
		return MOVE_UNABLE;
	ssize_t in = io_splice_in(from, ends.write, most);

	if (in <= 0) {
		pipe_give(ends);
		if (in == IO_AGAIN)
			return MOVE_NOTHING;
		return in == 0 ? MOVE_END : MOVE_BROKEN;
	}
	*ret_moved = (size_t)in;
	ssize_t out = io_splice_out(to, ends.read, (size_t)in);

	if (out == in) {
		pipe_give(ends);
		return MOVE_SOME;
	}
	if (out == IO_FAILED) {
		pipe_close(ends);
		return MOVE_BROKEN;
	}
	size_t rest = (size_t)in - (out > 0 ? (size_t)out : 0);

	return keep_pipe(pending, ends, rest) ? MOVE_SOME : MOVE_BROKEN;
}
