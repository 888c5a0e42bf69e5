/* SPDX-License-Identifier: Apache-2.0 */
#include "memory_case.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static unsigned long asked, fails_at; /* 0: never */
static bool rests;
static long blocks;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t most);
void __wrap_free(void *memory);

unsigned long memory_fail_at(unsigned long at)
{
	unsigned long was = asked;

	asked = 0;
	fails_at = at;
	return was;
}

void memory_count(bool on)
{
	rests = !on;
}

long memory_blocks(void)
{
	return blocks;
}

static bool fails(void)
{
	return !rests && ++asked == fails_at;
}

static void *counted(void *memory)
{
	blocks += memory != NULL;
	return memory;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *memory, size_t size)
{
	if (fails())
		return NULL;
	void *moved = __real_realloc(memory, size);

	blocks += moved && !memory;
	return moved;
}

char *__wrap_strndup(const char *text, size_t most)
{
	size_t len = strnlen(text, most);
	char *copy = __wrap_malloc(len + 1);

	if (copy) {
		memcpy(copy, text, len);
		copy[len] = '\0';
	}
	return copy;
}

char *__wrap_strdup(const char *text)
{
	return __wrap_strndup(text, SIZE_MAX);
}

void __wrap_free(void *memory)
{
	blocks -= memory != NULL;
	__real_free(memory);
}
