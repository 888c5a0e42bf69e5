/* SPDX-License-Identifier: Apache-2.0 */
/* One end of a byte stream. Edge-triggered: `readable` and `writable` say what is worth trying, and
 * whoever reads or writes goes on until they are off. Knows nothing of what the bytes mean. */
#ifndef NET_IO_H
#define NET_IO_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/error.h"
#include "base/span.h"

struct loop;
struct io;

/* Called once for each event: look at the flags. May close |io|. */
typedef void io_ready_fn(struct io *io);

enum io_result {
	IO_AGAIN = -1,  /* nothing now; the flag is off, an event will come */
	IO_FAILED = -2, /* the stream is broken; `failed` is on */
};

/* How far a new stream is. */
enum io_progress {
	IO_ESTABLISHED = 1,
	IO_UNDER_WAY = 0, /* an event will come */
	IO_BROKEN = -1,
};

/* How bytes get through: plain or by TLS (net/tls.h). Same results as io_recv() and io_send(). */
struct io_ops {
	ssize_t (*recv)(struct io *io, void *into, size_t size);
	ssize_t (*send)(struct io *io, const struct iovec *parts, int count);
	void (*shut)(struct io *io);
	bool (*at_end)(struct io *io);                /* with the peer's FIN seen */
	enum io_progress (*establish)(struct io *io); /* NULL: nothing to do */
	void (*close)(struct io *io);                 /* NULL: nothing to do */
	bool plain; /* the descriptor carries the bytes themselves: splice() may be used */
};

struct io {
	const struct io_ops *ops;
	io_ready_fn *ready;
	struct loop *loop;
	struct ssl_st *ssl; /* of TLS */
	int fd;             /* -1: not open */
	bool readable : 1;  /* a read may bring something */
	bool writable : 1;  /* a write may take something */
	bool peer_shut : 1; /* an event told that the peer sends no more: read on to the end */
	bool eof : 1;       /* the end was read */
	bool shut : 1;      /* our end was told that we send no more */
	bool failed : 1;
	bool reset : 1;   /* a write told that the peer has reset it: a read will not tell again */
	bool waiting : 1; /* events for writing are asked for */
	bool connecting : 1; /* the kernel is connecting it */
	bool empty : 1;      /* TLS: the socket has nothing until an event says so */
	bool more : 1;       /* TLS: another record follows at once */
	bool crossed : 1; /* TLS: reading waits for room to write, or writing for bytes to read */
	bool shut_waits : 1; /* TLS: the farewell waits for room */
	bool end_waits : 1;  /* TLS: the end was read, and is told when what came before it is taken
			      */
	bool break_waits : 1; /* TLS: the same of a failure */
};

/* Starts to watch |fd|, which it owns from now on, also when it fails (then it is closed). Returns
 * 0 or -1. */
MUST_CHECK int io_open(
    struct io *io, struct loop *loop, int fd, const struct io_ops *ops, io_ready_fn *ready);

/* The same for a descriptor that is being connected: io_establish() tells when it is. */
MUST_CHECK int io_open_connecting(
    struct io *io, struct loop *loop, int fd, const struct io_ops *ops, io_ready_fn *ready);

/* Goes on with what must be done before the first byte: connecting, a handshake. With IO_BROKEN
 * from the kernel, errno says why. */
MUST_CHECK enum io_progress io_establish(struct io *io);

static inline bool io_is_open(const struct io *io)
{
	return io->fd >= 0;
}

/* Stops watching and closes. Events of this turn may still name |io|, which must live until its
 * end. Does nothing when it is not open. */
void io_close(struct io *io);

/* The same in a way that the peer cannot take for the end of what it was being sent: TCP is reset,
 * TLS has no farewell. A unix socket knows no such way. What the peer has not received yet is lost,
 * answers before this one too. */
void io_abort(struct io *io);

/* The same for a peer that knows how much it was to be sent: it gets what was written. TLS has no
 * farewell. */
void io_cut(struct io *io);

/* Tells the peer that nothing more will be sent, by TLS without a farewell. */
void io_shut_cut(struct io *io);

/* Reads up to |size| bytes. Returns their number, 0 at the end (`eof`), or an io_result. */
MUST_CHECK ssize_t io_recv(struct io *io, void *into, size_t size);

/* Writes what the stream takes of |parts|. Returns the number of bytes or an io_result; when it is
 * less than all of them, an event will tell when to go on. */
MUST_CHECK ssize_t io_send(struct io *io, const struct iovec *parts, int count);

/* Moves up to |size| bytes between |io| and a pipe without copying them. As io_recv(), io_send().
 */
MUST_CHECK ssize_t io_splice_in(struct io *io, int pipe, size_t size);
MUST_CHECK ssize_t io_splice_out(struct io *io, int pipe, size_t size);

/* After a write that failed: what the peer had sent before can still be read, and its end. */
void io_read_on(struct io *io);

/* Tells the peer that nothing more will be sent. */
void io_shut(struct io *io);

/* True when the peer has closed both directions, so that no answer can reach it. */
bool io_is_hung_up(const struct io *io);

/* True when the peer has broken off, so that it wants nothing of what is under way. */
bool io_is_reset(const struct io *io);

/* True when the peer sends no more and nothing is left to read. */
bool io_at_end(struct io *io);

extern const struct io_ops io_plain; /* sockets */
extern const struct io_ops io_file;  /* pipes too, non-blocking; a pipe is closed by io_shut() */

/* For the io_ops: asks for events for writing, or no more; false when that cannot be had. Breaks
 * the stream; returns IO_FAILED. */
bool io_wait_writable(struct io *io, bool wait);
ssize_t io_break(struct io *io);

/* For the loop: |events| of epoll came for |io|. */
void io_events(struct io *io, uint32_t events);

#endif
