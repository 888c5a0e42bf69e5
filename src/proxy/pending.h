/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that had to wait: there is such an object only while there are such bytes, so that a quiet
 * connection owns no buffer. */
#ifndef PROXY_PENDING_H
#define PROXY_PENDING_H

#include "base/error.h"
#include "base/span.h"
#include "net/io.h"
#include "net/pipe.h"

struct pending;

/* Appends to |*pending|, making it when there is none. False when memory is out or |max| passed. */
MUST_CHECK bool pending_add(struct pending **pending, struct span bytes, size_t max);

/* What waits, but for bytes in a pipe. */
struct span pending_span(const struct pending *pending);

/* How many bytes wait, in a pipe or not. */
size_t pending_size(const struct pending *pending);

/* The memory that they take; what is in a pipe takes none of ours. */
size_t pending_memory(const struct pending *pending);

/* Room for |size| bytes behind what waits, to be read into; then pending_grew() with how many came.
 * NULL when memory is out or |max| passed. Makes |*pending| when there is none. */
char *pending_room(struct pending **pending, size_t size, size_t max);
void pending_grew(struct pending *pending, size_t bytes);

/* Takes |bytes| off the front; frees |*pending| when nothing is left. */
void pending_drop(struct pending **pending, size_t bytes);

void pending_free(struct pending **pending);

enum flush_result {
	FLUSH_DONE,    /* nothing waits */
	FLUSH_BLOCKED, /* the peer takes no more now */
	FLUSH_FAILED,
};

/* Sends what waits in |*pending|, then |parts|. What is not taken of |parts| is appended. */
MUST_CHECK enum flush_result pending_send(
    struct pending **pending, struct io *io, const struct iovec *parts, int count);

enum move {
	MOVE_NOTHING, /* nothing to read now, or no room to write to */
	MOVE_SOME,
	MOVE_END,    /* |from| is at its end */
	MOVE_BROKEN, /* an end has failed; or neither, and bytes are lost */
	MOVE_UNABLE, /* there is no pipe: copy */
};

/* Moves up to |most| bytes from |from| to |to| without copying them, when nothing waits; what |to|
 * does not take waits in the pipe. Both must be plain. |*ret_moved| bytes left |from|. */
MUST_CHECK enum move pending_splice(struct pending **pending, struct pipe_pool *pool,
    struct io *from, struct io *to, size_t most, size_t *ret_moved);

/* Sends what waits. */
MUST_CHECK enum flush_result pending_flush(struct pending **pending, struct io *io);

#endif
