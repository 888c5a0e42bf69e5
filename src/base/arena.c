/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdlib.h>

#ifndef ARENA_BLOCK /* tests want a block for each allocation */
#define ARENA_BLOCK 32768u
#endif

struct arena_block {
	struct arena_block *next;
	size_t size; /* of the memory behind this head */
};

void arena_init(struct arena *arena, size_t limit)
{
	*arena = (struct arena){.limit = limit};
}

static bool arena_grow(struct arena *arena, size_t size)
{
	size_t room = size > ARENA_BLOCK ? size : ARENA_BLOCK;

	if (arena->limit && (arena->held > arena->limit || room > arena->limit - arena->held))
		return false;
	struct arena_block *block = malloc(sizeof(*block) + room);

	if (!block)
		return false;
	block->next = arena->blocks;
	block->size = room;
	arena->blocks = block;
	arena->held += room;
	arena->at = (char *)(block + 1);
	arena->end = arena->at + room;
	return true;
}

void *arena_alloc_slow(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX - ARENA_ALIGN)
		return NULL;
	size = size ? (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1) : ARENA_ALIGN;
	if (size > (size_t)(arena->end - arena->at) && !arena_grow(arena, size))
		return NULL;
	void *memory = arena->at;

	arena->at += size;
	return memory;
}

char *arena_copy(struct arena *arena, struct span text)
{
	char *copy = text.len < SIZE_MAX ? arena_alloc(arena, text.len + 1) : NULL;

	if (!copy)
		return NULL;
	if (text.len)
		memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	return copy;
}

void arena_reset(struct arena *arena)
{
	struct arena_block *keep = NULL;

	while (arena->blocks) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->next;
		if (!keep && block->size == ARENA_BLOCK)
			keep = block;
		else
			free(block);
	}
	size_t limit = arena->limit;

	arena_init(arena, limit);
	if (!keep)
		return;
	keep->next = NULL;
	arena->blocks = keep;
	arena->held = keep->size;
	arena->at = (char *)(keep + 1);
	arena->end = arena->at + keep->size;
}

void arena_free(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->next;
		free(block);
	}
	arena_init(arena, arena->limit);
}
