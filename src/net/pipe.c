/* SPDX-License-Identifier: Apache-2.0 */
#include "net/pipe.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <unistd.h>

#define PIPE_SIZE (1024 * 1024)
#define DESCRIPTORS_OF_PIPE 2u
#define DESCRIPTORS_OF_CONNECTION 2u
#define PIPES_SHARE                                                                                \
	8u /* pipes may be this part of all descriptors, however many connections may come */

unsigned pipe_budget(unsigned connections, unsigned pools)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 1;
	rlim_t all = limit.rlim_cur < UINT_MAX ? limit.rlim_cur : UINT_MAX;
	rlim_t taken = (rlim_t)connections * DESCRIPTORS_OF_CONNECTION;
	rlim_t left = all > taken ? (all - taken) / DESCRIPTORS_OF_PIPE : 0;
	rlim_t pipes = (left > all / PIPES_SHARE ? left : all / PIPES_SHARE) / pools;

	return pipes > 0 ? (unsigned)pipes : 1;
}

bool pipe_take(struct pipe_pool *pool, struct pipe_ends *ret_ends)
{
	int ends[2];

	if (pool->count > 0) {
		*ret_ends = pool->ready[--pool->count];
		return true;
	}
	if (pool->most > 0 && pool->open >= pool->most)
		return false;
	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0)
		return false;
	(void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE);
	pool->open++;
	*ret_ends = (struct pipe_ends){ends[0], ends[1], pool};
	return true;
}

void pipe_give(struct pipe_ends ends)
{
	struct pipe_pool *pool = ends.pool;

	if (pool->count < PIPES_READY)
		pool->ready[pool->count++] = ends;
	else
		pipe_close(ends);
}

void pipe_close(struct pipe_ends ends)
{
	(void)close(ends.read);
	(void)close(ends.write);
	ends.pool->open--;
}

void pipe_pool_free(struct pipe_pool *pool)
{
	while (pool->count > 0)
		pipe_close(pool->ready[--pool->count]);
}
