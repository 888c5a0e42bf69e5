/* SPDX-License-Identifier: Apache-2.0 */
/* An allocator that fails once, of programs that are made of $(MEMORY_CASE) too. Each piece of an
 * arena is an allocation there. */
#ifndef MEMORY_CASE_H
#define MEMORY_CASE_H

#include <stdbool.h>

/* The |at|-th allocation from here on fails; 0: none does. Returns how many were asked for since it
 * was called last. */
unsigned long memory_fail_at(unsigned long at);

/* Whether allocations are counted, and fail. They are from the beginning. */
void memory_count(bool on);

/* Allocations that were not given back. */
long memory_blocks(void);

#endif
