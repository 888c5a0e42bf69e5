/* SPDX-License-Identifier: Apache-2.0 */
/* Pipes through which bytes move from socket to socket without being copied. A few are kept ready.
 */
#ifndef NET_PIPE_H
#define NET_PIPE_H

#include <stdbool.h>

#include "base/error.h"

#define PIPES_READY 8u

struct pipe_pool;

struct pipe_ends {
	int read, write;
	struct pipe_pool *pool; /* that it comes from */
};

struct pipe_pool {
	struct pipe_ends ready[PIPES_READY];
	unsigned count; /* of |ready| */
	unsigned open;  /* pipes, with those that are in use */
	unsigned most;  /* of them; 0: no limit */
};

/* How many pipes each of |pools| pools may have open, so that |connections| find descriptors beside
 * them; at least one. */
unsigned pipe_budget(unsigned connections, unsigned pools);

/* An empty pipe. False when descriptors are out, or the pool's are: copy instead. */
MUST_CHECK bool pipe_take(struct pipe_pool *pool, struct pipe_ends *ret_ends);

/* Gives an empty pipe back. */
void pipe_give(struct pipe_ends ends);

/* Closes a pipe that may still hold bytes. */
void pipe_close(struct pipe_ends ends);

void pipe_pool_free(struct pipe_pool *pool);

#endif
