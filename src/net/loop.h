/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop: libevent turned one turn at a time, with what is put off done between two turns.
 * Timers, signals and listeners are events of libevent. Byte streams are watched by an epoll set of
 * our own, which is one event of libevent: a struct event and libevent's book-keeping for each end
 * of each stream would cost more memory than all else that a silent stream needs. Nothing outside
 * net/ calls libevent or epoll. */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/error.h"

struct event_base;
struct io;
struct loop;
struct loop_timer;
struct loop_signal;
struct loop_room;

/* Work put off to the end of this turn: embedded in the object it is for. Objects that events may
 * still name are freed this way, and work that would take too long goes on this way. */
struct loop_task {
	void (*run)(struct loop_task *task);
	TAILQ_ENTRY(loop_task) link;
	bool queued;
};

/* NULL when memory or descriptors are out. */
struct loop *loop_new(void);

/* Frees the loop; its timers and signals must be gone. NULL is fine. */
void loop_free(struct loop *loop);

/* Turns until loop_stop(); may be called again. Returns 0, or -1 when the event back end fails. */
MUST_CHECK int loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Milliseconds of a clock that only goes forward, as of the start of this turn. */
uint64_t loop_now(struct loop *loop);

/* Queues |task| for the end of this turn; once, however often it is called. A task queued while
 * tasks run waits for the next turn, which then does not sleep. */
void loop_defer(struct loop *loop, struct loop_task *task);

/* Calls |fn| each |milliseconds| until loop_timer_free(). NULL when memory is out. */
struct loop_timer *loop_timer_new(
    struct loop *loop, uint64_t milliseconds, void (*fn)(void *arg), void *arg);
void loop_timer_free(struct loop_timer *timer);

/* Calls |fn| from the loop, not from the signal handler, for each signal |number|. */
struct loop_signal *loop_signal_new(
    struct loop *loop, int number, void (*fn)(void *arg), void *arg);
void loop_signal_free(struct loop_signal *signal);

/* Calls |fn| once, when |fd| takes bytes; it may have been closed meanwhile, and then never does.
 * NULL when memory or descriptors are out. */
struct loop_room *loop_room_new(struct loop *loop, int fd, void (*fn)(void *arg), void *arg);
void loop_room_free(struct loop_room *room);

/* For the other files of net/. */
struct event_base *loop_base(struct loop *loop);

/* Watches the descriptor of |io| for |events|, with EPOLL_CTL_ADD or EPOLL_CTL_MOD. Returns 0 or
 * -1. */
MUST_CHECK int loop_watch(struct loop *loop, struct io *io, int operation, uint32_t events);

#endif
