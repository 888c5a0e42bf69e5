/* SPDX-License-Identifier: Apache-2.0 */
#include "net/pipe.h"

#include <fcntl.h>
#include <unistd.h>

#define PIPE_SIZE (1024 * 1024)

bool pipe_take(struct pipe_pool *pool, struct pipe_ends *ret_ends)
{
	int ends[2];

	if (pool->count > 0) {
		*ret_ends = pool->ready[--pool->count];
		return true;
	}
	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0)
		return false;
	(void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE);
	*ret_ends = (struct pipe_ends){ends[0], ends[1]};
	return true;
}

void pipe_give(struct pipe_pool *pool, struct pipe_ends ends)
{
	if (pool->count < PIPES_READY)
		pool->ready[pool->count++] = ends;
	else
		pipe_close(ends);
}

void pipe_close(struct pipe_ends ends)
{
	(void)close(ends.read);
	(void)close(ends.write);
}

void pipe_pool_free(struct pipe_pool *pool)
{
	while (pool->count > 0)
		pipe_close(pool->ready[--pool->count]);
}
