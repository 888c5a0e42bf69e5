/* SPDX-License-Identifier: Apache-2.0 */
/* Threads of the product: each runs on a stack of its own, when the world lets it, until it waits.
 */
#include "sim.h"

#include <pthread.h>
#include <stdlib.h>
#include <ucontext.h>

#define THREADS_MOST 8
#define STACK_SIZE (512u * 1024u)

struct thread {
	ucontext_t context;
	void *(*run)(void *arg);
	void *arg;
	char *stack;
	const void *waits_for; /* a condition, or NULL */
	uint64_t wake;
	bool ended;
};

static struct thread *threads[THREADS_MOST];
static struct thread *running; /* NULL: the loop's */
static ucontext_t loop_context;

static void body(void)
{
	(void)running->run(running->arg);
	running->ended = true;
	(void)swapcontext(&running->context, &loop_context);
}

static void resume(struct thread *thread)
{
	running = thread;
	(void)swapcontext(&loop_context, &thread->context);
	running = NULL;
}

static void yield(void)
{
	struct thread *self = running;

	(void)swapcontext(&self->context, &loop_context);
}

bool threads_step(void)
{
	for (unsigned i = 0; i < THREADS_MOST && !running; i++) {
		struct thread *thread = threads[i];

		if (!thread || thread->ended || thread->waits_for || thread->wake > sim_now())
			continue;
		resume(thread);
		return true;
	}
	return false;
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

bool thread_sleeps(uint64_t microseconds)
{
	if (!running)
		return false;
	running->wake = sim_now() + microseconds;
	yield();
	return true;
}

static void thread_free(unsigned number)
{
	sim_free(threads[number]->stack);
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
		thread_free(i);
	}
	return busy;
}

/* ---- POSIX threads
 * ------------------------------------------------------------------------------- */

int __wrap_pthread_create(
    pthread_t *ret_thread, const pthread_attr_t *how, void *(*run)(void *), void *arg);
int __wrap_pthread_join(pthread_t number, void **ret_result);
int __wrap_pthread_detach(pthread_t number);
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int __wrap_pthread_cond_signal(pthread_cond_t *cond);
int __wrap_pthread_cond_broadcast(pthread_cond_t *cond);

int __wrap_pthread_create(
    pthread_t *ret_thread, const pthread_attr_t *how, void *(*run)(void *), void *arg)
{
	unsigned i = 0;

	(void)how;
	while (i < THREADS_MOST && threads[i])
		i++;
	if (i == THREADS_MOST)
		sim_fail("too many threads");
	struct thread *thread = threads[i] = sim_alloc(sizeof(*thread));

	thread->run = run;
	thread->arg = arg;
	thread->stack = sim_alloc(STACK_SIZE);
	(void)getcontext(&thread->context);
	thread->context.uc_stack.ss_sp = thread->stack;
	thread->context.uc_stack.ss_size = STACK_SIZE;
	makecontext(&thread->context, body, 0);
	*ret_thread = (pthread_t)i;
	return 0;
}

int __wrap_pthread_join(pthread_t number, void **ret_result)
{
	struct thread *thread = threads[number];

	(void)ret_result;
	while (!thread->ended) {
		if (thread->waits_for)
			sim_fail("a thread is waited for that waits itself");
		resume(thread);
	}
	thread_free((unsigned)number);
	return 0;
}

int __wrap_pthread_detach(pthread_t number)
{
	(void)number;
	return 0;
}

int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	if (!running)
		sim_fail("the loop waits for a thread");
	running->waits_for = cond;
	(void)pthread_mutex_unlock(mutex);
	yield();
	return pthread_mutex_lock(mutex);
}

int __wrap_pthread_cond_signal(pthread_cond_t *cond)
{
	for (unsigned i = 0; i < THREADS_MOST; i++) {
		if (threads[i] && threads[i]->waits_for == cond)
			threads[i]->waits_for = NULL;
	}
	return 0;
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *cond)
{
	return __wrap_pthread_cond_signal(cond);
}
