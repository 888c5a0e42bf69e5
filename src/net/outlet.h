/* SPDX-License-Identifier: Apache-2.0 */
/* A descriptor that others share or made, such as standard output, written to without ever
 * blocking. What it points to may be anything; O_NONBLOCK is never set on an open file that is not
 * ours alone. */
#ifndef NET_OUTLET_H
#define NET_OUTLET_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/span.h"

enum outlet_kind {
	OUTLET_OWN,    /* an open file of our own, which does not block */
	OUTLET_SOCKET, /* sent to without blocking */
	OUTLET_PIPE,   /* another's: bytes are moved in from a pipe of ours */
	OUTLET_OTHER,  /* another's: asked before each small write */
};

struct outlet {
	enum outlet_kind kind;
	int fd;        /* -1: not open */
	int staged[2]; /* of OUTLET_PIPE: the pipe */
	size_t waits;  /* bytes in it */
};

/* Opens what |fd| stands for once more, or makes do with a duplicate. Returns 0, or -1 with errno.
 */
MUST_CHECK int outlet_open(struct outlet *outlet, int fd);

/* Takes over |fd|, an open file of ours alone that does not block. */
void outlet_take(struct outlet *outlet, int fd);

/* Takes over a duplicate that shares an open file with others, or returns -1 with errno. */
MUST_CHECK int outlet_share(struct outlet *outlet, int fd);

/* Writes some of |text|. Returns how much was taken, or -1 with errno; EAGAIN: the reader takes
 * nothing now. What is taken may still wait for outlet_flush(). */
MUST_CHECK ssize_t outlet_write(struct outlet *outlet, struct span text);

/* Writes what was taken and waits. Returns 0, or -1 with errno, EAGAIN while something still waits.
 */
int outlet_flush(struct outlet *outlet);

/* Waits until more can be written, for |milliseconds| at the most; false when it could not then. */
bool outlet_wait(const struct outlet *outlet, int milliseconds);

void outlet_close(struct outlet *outlet);

#endif
