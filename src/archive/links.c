/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/links.h"

#include <stdlib.h>

#define FIRST_SIZE 64u

/* FNV-1a, of which 0 stands for a free slot. */
#define HASH_BASIS UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

static uint64_t hash_step(uint64_t hash, char c)
{
	return (hash ^ (unsigned char)c) * HASH_PRIME;
}

void links_free(struct links *links)
{
	free(links->slots);
	*links = (struct links){NULL, 0, 0};
}

/* The slot of |hash|, or the free one where it belongs. */
static size_t find(const struct links *links, uint64_t hash)
{
	size_t at = (size_t)(hash ^ hash >> 32) & (links->size - 1);

	while (links->slots[at] && links->slots[at] != hash)
		at = (at + 1) & (links->size - 1);
	return at;
}

static bool has(const struct links *links, uint64_t hash)
{
	hash |= hash == 0;
	return links->size > 0 && links->slots[find(links, hash)] == hash;
}

static bool grow(struct links *links)
{
	struct links more = {.size = links->size ? links->size * 2 : FIRST_SIZE};

	more.slots = calloc(more.size, sizeof(*more.slots));
	if (!more.slots)
		return false;
	more.count = links->count;
	for (size_t i = 0; i < links->size; i++) {
		if (links->slots[i])
			more.slots[find(&more, links->slots[i])] = links->slots[i];
	}
	links_free(links);
	*links = more;
	return true;
}

bool links_add(struct links *links, struct span name)
{
	uint64_t hash = HASH_BASIS;

	for (size_t i = 0; i < name.len; i++)
		hash = hash_step(hash, name.at[i]);
	hash |= hash == 0;
	if (has(links, hash))
		return true;
	if (links->count >= LINKS_MOST || (links->count * 2 >= links->size && !grow(links)))
		return false;
	links->slots[find(links, hash)] = hash;
	links->count++;
	return true;
}

bool links_above(const struct links *links, struct span name)
{
	uint64_t hash = HASH_BASIS;

	if (links->count == 0)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (name.at[i] == '/' && has(links, hash))
			return true;
		hash = hash_step(hash, name.at[i]);
	}
	return false;
}
