/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of a fixed size that each thread has to itself. It is there from its first use on, and
 * ends with the thread. (What is declared as a thread's is written to when the thread starts.) */
#ifndef BASE_ROOM_H
#define BASE_ROOM_H

#include <stddef.h>

enum room {
	ROOM_ANSWERS,   /* docker/answers */
	ROOM_HEADS,     /* http/memo */
	ROOM_RUNS,      /* json/run */
	ROOM_NEGATED,   /* policy/negate */
	ROOM_WORDS,     /* policy/spelling */
	ROOM_PATTERN,   /* the same */
	ROOM_CONDITION, /* policy/condition */
	ROOM_RECORD,    /* net/tls */
	ROOM_COUNT
};

extern _Thread_local void *room_list[ROOM_COUNT]; /* for room_of_thread() */
void *room_make(enum room room, size_t size);     /* the same */

/* The calling thread's |room| of |size| bytes, which is the same in each call. All zero at first.
 * NULL when memory is out. */
static inline void *room_of_thread(enum room room, size_t size)
{
	return room_list[room] ? room_list[room] : room_make(room, size);
}

/* Gives the calling thread's rooms back. */
void rooms_free(void);

#endif
