/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs of the benchmark share: a cheap reader of HTTP messages, unix sockets, and
 * ends for hopeless cases. It trusts its input: both ends of the line are ours. */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_HEAD_MAX 2048u /* longest head */
#define WIRE_CHUNK 32768u   /* what dockerd and docker copy at a time */
#define WIRE_MIB 1048576u

enum wire_state {
	WIRE_HEAD,
	WIRE_LENGTH,
	WIRE_CHUNK_SIZE,
	WIRE_CHUNK_DATA,
	WIRE_CHUNK_END,
	WIRE_TRAILER,
	WIRE_DONE,
	WIRE_TUNNEL, /* after a 101: everything is somebody else's */
};

/* One message after the other. All zero to begin with, and again after each message. */
struct wire {
	enum wire_state state;
	uint64_t left;   /* of the body, of a chunk, or of the line end behind one */
	unsigned status; /* of a response, 0 in a request */
	bool close;      /* "Connection: close" */
	bool line_used;  /* a line of the trailer has bytes */
	size_t head_len;
	char head[WIRE_HEAD_MAX + 1];
};

/* Reads on in |at|; returns how many bytes belong to the message, which is less than |len| once it
 * is at its end (WIRE_DONE) or a tunnel. */
size_t wire_read(struct wire *wire, const char *at, size_t len);

/* Makes |wire| ready for the next message. */
void wire_next(struct wire *wire);

/* One chunk of WIRE_CHUNK bytes with its frame, and where a Go program cuts it into writes: after
 * its 4 KiB buffer is full, and in the answer to a flush before the line end. */
#define WIRE_FRAME_HEAD 6u
#define WIRE_FRAME (WIRE_FRAME_HEAD + WIRE_CHUNK + 2u)
#define WIRE_FRAME_CUT 4096u
extern char wire_frame[WIRE_FRAME];
#define WIRE_LAST_CHUNK "0\r\n\r\n"

/* Fills |wire_frame|. */
void wire_frame_make(void);

/* A connected or a listening socket, not blocking. */
int wire_connect(const char *path);
int wire_connect_tcp(unsigned port); /* of this machine, without delays */
int wire_listen(const char *path);

/* Prints and ends the program. */
void wire_die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Raises the number of descriptors to what is permitted. */
void wire_raise_files(void);

/* malloc() that cannot fail; the memory is clear. */
void *wire_alloc(size_t size);

#endif
