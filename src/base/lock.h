/* SPDX-License-Identifier: Apache-2.0 */
/* A lock for what several workers share; it costs next to nothing while there is one worker. */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct lock {
	pthread_mutex_t mutex;
	bool shared; /* by more than one thread; set before there is a second one */
};

#define LOCK_INIT(is_shared) ((struct lock){PTHREAD_MUTEX_INITIALIZER, is_shared})

static inline struct lock *lock_take(struct lock *lock)
{
	if (lock->shared)
		(void)pthread_mutex_lock(&lock->mutex);
	return lock;
}

static inline void lock_drop(struct lock *lock)
{
	if (lock->shared)
		(void)pthread_mutex_unlock(&lock->mutex);
}

static inline void lock_leave(struct lock **lock)
{
	lock_drop(*lock);
}

/* Holds |which| to the end of the block. */
#define LOCK_HOLD(which)                                                                           \
	struct lock *lock_held __attribute__((cleanup(lock_leave), unused)) = lock_take(which)

#endif
