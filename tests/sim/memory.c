/* SPDX-License-Identifier: Apache-2.0 */
/* The product's allocations: counted, and refused where the seed says so. */
#include "sim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void __real_free(void *at);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);
void __wrap_free(void *at);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t most);
int __wrap_asprintf(char **ret_text, const char *format, ...) __attribute__((format(printf, 2, 3)));
int __wrap___asprintf_chk(char **ret_text, int flag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void *__wrap_tsearch(const void *key, void **root, int (*compare)(const void *, const void *));

struct sim_memory sim_memory;

/* ---- ours ---------------------------------------------------------------------------------------
 */

void *sim_alloc(size_t size)
{
	void *at = __real_calloc(1, size ? size : 1);

	if (!at)
		abort();
	return at;
}

void *sim_realloc(void *at, size_t size)
{
	at = __real_realloc(at, size);
	if (!at)
		abort();
	return at;
}

void sim_free(void *at)
{
	__real_free(at);
}

/* ---- what is live: a table by address -------------------------------------------------------- */

#define SLOTS (1u << 16)

struct slot {
	const void *at;
	size_t size;
	uint64_t call;
};

static struct slot slots[SLOTS];
static uint64_t odds, fails_at;

static struct slot *slot_of(const void *at)
{
	size_t i = ((uintptr_t)at >> 4) * 0x9e3779b97f4a7c15u >> 48;

	while (slots[i].at && slots[i].at != at)
		i = (i + 1) % SLOTS;
	return &slots[i];
}

static void note(const void *at, size_t size)
{
	struct slot *slot = slot_of(at);

	*slot = (struct slot){at, size, sim_memory.calls};
	sim_memory.bytes += size;
	if (++sim_memory.blocks > SLOTS / 2)
		abort();
	if (sim_memory.bytes > sim_memory.most)
		sim_memory.most = sim_memory.bytes;
}

/* Closes the gap, so that a search never ends too early. */
static void slot_clear(struct slot *slot)
{
	size_t hole = (size_t)(slot - slots), i = hole;

	slots[hole].at = NULL;
	for (;;) {
		i = (i + 1) % SLOTS;
		if (!slots[i].at)
			return;
		struct slot moved = slots[i];

		slots[i].at = NULL;
		*slot_of(moved.at) = moved;
	}
}

/* What the C library allocated is not known. */
static size_t forget(const void *at)
{
	struct slot *slot = slot_of(at);
	size_t size = slot->size;

	if (!slot->at)
		return 0;
	sim_memory.bytes -= size;
	sim_memory.blocks--;
	slot_clear(slot);
	return size;
}

static bool fails(void)
{
	sim_memory.calls++;
	bool failed = fails_at && --fails_at == 0;

	if (!failed && !(odds && sim_once_in(odds)))
		return false;
	sim_faults++;
	sim_trace("allocation %llu fails", (unsigned long long)sim_memory.calls);
	errno = ENOMEM;
	return true;
}

void sim_memory_faults(uint64_t every, uint64_t at)
{
	odds = every;
	fails_at = at;
}

bool sim_memory_is_short(void)
{
	return odds > 0;
}

void sim_memory_reset(void)
{
	memset(slots, 0, sizeof(slots));
	sim_memory = (struct sim_memory){0};
	odds = fails_at = 0;
}

void sim_memory_check(void)
{
	if (sim_memory.blocks == 0)
		return;
	for (size_t i = 0; i < SLOTS; i++) {
		if (slots[i].at)
			sim_fail(
			    "%zu blocks are left, such as the one of allocation %llu (%zu bytes)",
			    sim_memory.blocks, (unsigned long long)slots[i].call, slots[i].size);
	}
}

/* ---- the product's --------------------------------------------------------------------------- */

void *__wrap_malloc(size_t size)
{
	void *at = fails() ? NULL : __real_malloc(size);

	if (at)
		note(at, size);
	return at;
}

void *__wrap_calloc(size_t count, size_t size)
{
	void *at = fails() ? NULL : __real_calloc(count, size);

	if (at)
		note(at, count * size);
	return at;
}

void *__wrap_realloc(void *old, size_t size)
{
	if (fails())
		return NULL;
	if (old)
		(void)forget(old);
	void *at = __real_realloc(old, size);

	if (at)
		note(at, size);
	return at;
}

void __wrap_free(void *at)
{
	if (at)
		(void)forget(at);
	__real_free(at);
}

char *__wrap_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = __wrap_malloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}

char *__wrap_strndup(const char *text, size_t most)
{
	size_t len = strnlen(text, most);
	char *copy = __wrap_malloc(len + 1);

	if (!copy)
		return NULL;
	copy[len] = '\0';
	return memcpy(copy, text, len);
}

__attribute__((format(printf, 2, 0))) static int format_new(
    char **ret_text, const char *format, va_list args)
{
	va_list again;

	va_copy(again, args);
	int len = vsnprintf(NULL, 0, format, args);
	char *text = len < 0 ? NULL : __wrap_malloc((size_t)len + 1);

	if (text)
		(void)vsnprintf(text, (size_t)len + 1, format, again);
	va_end(again);
	*ret_text = text;
	return text ? len : -1;
}

int __wrap_asprintf(char **ret_text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int result = format_new(ret_text, format, args);

	va_end(args);
	return result;
}

int __wrap___asprintf_chk(char **ret_text, int flag, const char *format, ...)
{
	va_list args;

	(void)flag;
	va_start(args, format);
	int result = format_new(ret_text, format, args);

	va_end(args);
	return result;
}

void *__real_tsearch(const void *key, void **root, int (*compare)(const void *, const void *));

void *__wrap_tsearch(const void *key, void **root, int (*compare)(const void *, const void *))
{
	return fails() ? NULL : __real_tsearch(key, root, compare);
}
