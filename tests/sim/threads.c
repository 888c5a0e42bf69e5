/* SPDX-License-Identifier: Apache-2.0 */
/* Threads of the product. They are real ones, with thread-local memory of their own, but one of
 * them runs at a time: the one that the world lets run, until it waits or gives way. */
#include "sim.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "base/room.h"

#define THREADS_MOST 8
#define LOCKS_MOST 64

struct thread {
	pthread_t id;
	sem_t turn;
	void *(*run)(void *arg);
	void *arg;
	const void *waits_for;         /* a condition or a mutex, or NULL */
	const struct event_base *loop; /* it waits for its events, or NULL */
	uint64_t wake, hangs_until;
	bool started, ended;
};

static struct thread *threads[THREADS_MOST];
static _Thread_local struct thread *self; /* NULL: the chief's, in which the world runs */
static sem_t chief_turn;
static const void *chief_waits_for;
static uint64_t hangs_until; /* of the one that hangs */
static uint64_t hung_since;

int __real_pthread_create(
    pthread_t *ret_thread, const pthread_attr_t *how, void *(*run)(void *), void *arg);
int __real_pthread_join(pthread_t number, void **ret_result);

static void take_turn(sem_t *turn)
{
	while (sem_wait(turn) != 0)
		;
}

static void *body(void *arg)
{
	self = arg;
	take_turn(&self->turn);
	(void)self->run(self->arg);
	rooms_free(); /* which the end of the thread does when others run */
	self->ended = true;
	(void)sem_post(&chief_turn);
	return NULL;
}

static void resume(struct thread *thread)
{
	(void)sem_post(&thread->turn);
	take_turn(&chief_turn);
}

static void yield(void)
{
	(void)sem_post(&chief_turn);
	take_turn(&self->turn);
}

static bool is_ready(const struct thread *thread)
{
	return thread && !thread->ended && !thread->waits_for && thread->wake <= sim_now() &&
	       (!thread->loop || loop_is_active(thread->loop));
}

bool threads_step(void)
{
	unsigned first = knobs.workers > 1 ? (unsigned)sim_below(THREADS_MOST) : 0;

	for (unsigned i = 0; i < THREADS_MOST && !self; i++) {
		struct thread *thread = threads[(first + i) % THREADS_MOST];

		if (!is_ready(thread))
			continue;
		resume(thread);
		return true;
	}
	return false;
}

void threads_intrude(void)
{
	if (self)
		yield();
	else
		(void)threads_step();
}

uint64_t threads_next(void)
{
	uint64_t next = UINT64_MAX;

	for (unsigned i = 0; i < THREADS_MOST; i++) {
		if (threads[i] && threads[i]->wake > sim_now() && threads[i]->wake < next)
			next = threads[i]->wake;
	}
	return next;
}

bool thread_is_chief(void)
{
	return !self;
}

bool thread_sleeps(uint64_t microseconds)
{
	if (!self)
		return false;
	self->wake = sim_now() + microseconds;
	yield();
	return true;
}

void thread_waits(const struct event_base *loop)
{
	self->loop = loop;
	yield();
	self->loop = NULL;
}

/* ---- one that hangs -------------------------------------------------------------------------- */

/* It comes when one of the workers begins its next turn, so that it holds no lock. */
void threads_hang(uint64_t microseconds)
{
	if (!hung_since)
		hangs_until = sim_now() + microseconds;
}

void thread_may_hang(void)
{
	if (hangs_until <= sim_now() || hung_since)
		return;
	hung_since = sim_now();
	sim_faults++;
	sim_trace("a worker hangs");
	(void)thread_sleeps(hangs_until - sim_now());
	sim_trace("a worker hangs no more");
	sim_faults++;
	hung_since = 0;
}

uint64_t threads_hang_since(void)
{
	return hung_since;
}

void threads_hang_no_more(void)
{
	hangs_until = 0;
	for (unsigned i = 0; i < THREADS_MOST && hung_since; i++) {
		if (threads[i])
			threads[i]->wake = 0;
	}
}

/* ---- their end ------------------------------------------------------------------------------- */

static void thread_free(unsigned number)
{
	(void)__real_pthread_join(threads[number]->id, NULL);
	(void)sem_destroy(&threads[number]->turn);
	sim_free(threads[number]);
	threads[number] = NULL;
}

/* True when one is left in the middle of its work, which only the end of the process may do. */
bool threads_end(void)
{
	bool busy = false;

	for (unsigned i = 0; i < THREADS_MOST; i++) {
		if (!threads[i])
			continue;
		busy |= !threads[i]->ended;
		if (threads[i]->ended)
			thread_free(i);
	}
	return busy;
}

/* ---- POSIX threads --------------------------------------------------------------------------- */

int __wrap_pthread_create(
    pthread_t *ret_thread, const pthread_attr_t *how, void *(*run)(void *), void *arg);
int __wrap_pthread_join(pthread_t number, void **ret_result);
int __wrap_pthread_detach(pthread_t number);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int __wrap_pthread_cond_signal(pthread_cond_t *cond);
int __wrap_pthread_cond_broadcast(pthread_cond_t *cond);

int __wrap_pthread_create(
    pthread_t *ret_thread, const pthread_attr_t *how, void *(*run)(void *), void *arg)
{
	unsigned i = 0;

	while (i < THREADS_MOST && threads[i])
		i++;
	if (i == THREADS_MOST)
		sim_fail("too many threads");
	struct thread *thread = threads[i] = sim_alloc(sizeof(*thread));

	thread->run = run;
	thread->arg = arg;
	(void)sem_init(&thread->turn, 0, 0);
	if (__real_pthread_create(&thread->id, how, body, thread) != 0)
		abort();
	*ret_thread = (pthread_t)i;
	return 0;
}

/* The chief waits in the middle of its turn, and the others go on. */
static void chief_waits(const void *what)
{
	chief_waits_for = what;
	while (chief_waits_for) {
		if (!world_step())
			world_wait(loop_next_timer());
	}
}

static void wait_for(const void *what)
{
	if (!self) {
		chief_waits(what);
		return;
	}
	self->waits_for = what;
	yield();
}

static void wake_all(const void *what)
{
	if (chief_waits_for == what)
		chief_waits_for = NULL;
	for (unsigned i = 0; i < THREADS_MOST; i++) {
		if (threads[i] && threads[i]->waits_for == what)
			threads[i]->waits_for = NULL;
	}
}

int __wrap_pthread_join(pthread_t number, void **ret_result)
{
	struct thread *thread = threads[number];

	(void)ret_result;
	while (!thread->ended) {
		if (thread->waits_for && knobs.workers < 2)
			sim_fail("a thread is waited for that waits itself");
		if (is_ready(thread))
			resume(thread);
		else if (!threads_step() && !world_step())
			world_wait(loop_next_timer());
	}
	thread_free((unsigned)number);
	return 0;
}

int __wrap_pthread_detach(pthread_t number)
{
	(void)number;
	return 0;
}

/* ---- locks ----------------------------------------------------------------------------------- */

static const void *locked[LOCKS_MOST];

static const void **lock_at(const void *mutex)
{
	for (unsigned i = 0; i < LOCKS_MOST; i++) {
		if (locked[i] == mutex)
			return &locked[i];
	}
	return NULL;
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
	while (lock_at(mutex))
		wait_for(mutex);
	const void **free_one = lock_at(NULL);

	if (!free_one)
		sim_fail("too many locks are held");
	*free_one = mutex;
	return 0;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	const void **at = lock_at(mutex);

	if (!at)
		sim_fail("a lock is dropped that nobody holds");
	*at = NULL;
	wake_all(mutex);
	return 0;
}

int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	if (!self && knobs.workers < 2)
		sim_fail("the loop waits for a thread");
	(void)__wrap_pthread_mutex_unlock(mutex);
	wait_for(cond);
	return __wrap_pthread_mutex_lock(mutex);
}

int __wrap_pthread_cond_signal(pthread_cond_t *cond)
{
	wake_all(cond);
	return 0;
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *cond)
{
	return __wrap_pthread_cond_signal(cond);
}

void threads_begin(void)
{
	static bool made;

	if (!made)
		(void)sem_init(&chief_turn, 0, 0);
	made = true;
	memset(locked, 0, sizeof(locked));
	chief_waits_for = NULL;
	hangs_until = hung_since = 0;
}
