/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of one request: allocated piece by piece, given back at once. Has a limit, so that no
 * client can make it grow without end. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/span.h"

#define ARENA_ALIGN 16u

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	char *at, *end;             /* free part of the newest block */
	size_t held, limit;         /* bytes of all blocks; 0 = no limit */
};

/* Makes an empty arena that may hold |limit| bytes (0 = no limit). Allocates nothing. */
void arena_init(struct arena *arena, size_t limit);

/* Returns |size| bytes aligned to 16 and not cleared, or NULL when the limit or memory is at its
 * end. The memory lives until arena_reset() or arena_free(). */
void *arena_alloc_slow(struct arena *arena, size_t size);
static inline void *arena_alloc(struct arena *arena, size_t size)
{
	size_t left = (size_t)(arena->end - arena->at);

	if (size == 0 || size > left)
		return arena_alloc_slow(arena, size);
	size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1); /* as |left| is one */
	arena->at += size;
	return arena->at - size;
}

/* Copies |text| with a NUL behind it. NULL on the same conditions as arena_alloc(). */
char *arena_copy(struct arena *arena, struct span text);

/* Bytes handed out, with what was lost at the end of blocks. */
static inline size_t arena_used(const struct arena *arena)
{
	return arena->held - (size_t)(arena->end - arena->at);
}

/* Forgets all allocations; keeps one block of the usual size for the next request. */
void arena_reset(struct arena *arena);

/* Gives everything back; the arena is empty and may be used again. */
void arena_free(struct arena *arena);

#endif
