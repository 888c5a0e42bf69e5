/* SPDX-License-Identifier: Apache-2.0 */
#include "net/loop.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "net/io.h"

TAILQ_HEAD(task_list, loop_task);

#define EVENTS_MOST 64 /* of byte streams handled in one turn */

struct loop {
	struct event_base *base;
	int poll_fd; /* the epoll set of the byte streams */
	struct event poll_event;
	struct task_list tasks;
	uint64_t now;
	bool stopping;
};

struct loop_timer {
	struct event event;
	void (*fn)(void *arg);
	void *arg;
};

struct loop_signal {
	struct event event;
	void (*fn)(void *arg);
	void *arg;
};

struct loop_room {
	struct event event;
	int fd;
	void (*fn)(void *arg);
	void *arg;
};

static struct event_base *base_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (!config)
		return NULL;
	if (event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) == 0)
		base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

static void on_streams(evutil_socket_t fd, short what, void *arg)
{
	struct epoll_event events[EVENTS_MOST];
	int count = epoll_wait(fd, events, EVENTS_MOST, 0);

	(void)what;
	(void)arg;
	for (int i = 0; i < count; i++)
		io_events(events[i].data.ptr, events[i].events);
}

int loop_watch(struct loop *loop, struct io *io, int operation, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = io};

	return epoll_ctl(loop->poll_fd, operation, io->fd, &event);
}

struct loop *loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return NULL;
	TAILQ_INIT(&loop->tasks);
	loop->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->base = base_new();
	if (loop->poll_fd >= 0 && loop->base &&
	    event_assign(&loop->poll_event, loop->base, loop->poll_fd, EV_READ | EV_PERSIST,
		on_streams, loop) == 0 &&
	    event_add(&loop->poll_event, NULL) == 0)
		return loop;
	loop_free(loop);
	return NULL;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	if (loop->base)
		event_base_free(loop->base);
	if (loop->poll_fd >= 0)
		(void)close(loop->poll_fd);
	free(loop);
}

static void run_tasks(struct loop *loop)
{
	struct task_list now = TAILQ_HEAD_INITIALIZER(now);
	struct loop_task *task;

	TAILQ_CONCAT(&now, &loop->tasks, link);
	while ((task = TAILQ_FIRST(&now))) {
		TAILQ_REMOVE(&now, task, link);
		task->queued = false;
		task->run(task);
	}
}

int loop_run(struct loop *loop)
{
	while (!loop->stopping) {
		int flags = TAILQ_EMPTY(&loop->tasks) ? EVLOOP_ONCE : EVLOOP_NONBLOCK;

		if (event_base_loop(loop->base, flags) < 0)
			return -1;
		loop->now = 0;
		run_tasks(loop);
	}
	loop->stopping = false;
	return 0;
}

void loop_stop(struct loop *loop)
{
	loop->stopping = true;
}

/* Read at most once a turn: the clock costs more than what asks for it. */
uint64_t loop_now(struct loop *loop)
{
	struct timespec now;

	if (loop->now == 0) {
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		loop->now = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	}
	return loop->now;
}

void loop_defer(struct loop *loop, struct loop_task *task)
{
	if (task->queued)
		return;
	task->queued = true;
	TAILQ_INSERT_TAIL(&loop->tasks, task, link);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *timer = arg;

	(void)fd;
	(void)what;
	timer->fn(timer->arg);
}

struct loop_timer *loop_timer_new(
    struct loop *loop, uint64_t milliseconds, void (*fn)(void *arg), void *arg)
{
	struct timeval every = {
	    (time_t)(milliseconds / 1000), (suseconds_t)(milliseconds % 1000) * 1000};
	struct loop_timer *timer = calloc(1, sizeof(*timer));

	if (!timer)
		return NULL;
	timer->fn = fn;
	timer->arg = arg;
	if (event_assign(&timer->event, loop->base, -1, EV_PERSIST, on_timer, timer) < 0 ||
	    event_add(&timer->event, &every) < 0) {
		free(timer);
		return NULL;
	}
	return timer;
}

void loop_timer_free(struct loop_timer *timer)
{
	if (!timer)
		return;
	(void)event_del(&timer->event);
	free(timer);
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
	struct loop_signal *signal = arg;

	(void)number;
	(void)what;
	signal->fn(signal->arg);
}

struct loop_signal *loop_signal_new(struct loop *loop, int number, void (*fn)(void *arg), void *arg)
{
	struct loop_signal *signal = calloc(1, sizeof(*signal));

	if (!signal)
		return NULL;
	signal->fn = fn;
	signal->arg = arg;
	if (event_assign(&signal->event, loop->base, number, EV_SIGNAL | EV_PERSIST, on_signal,
		signal) < 0 ||
	    event_add(&signal->event, NULL) < 0) {
		free(signal);
		return NULL;
	}
	return signal;
}

void loop_signal_free(struct loop_signal *signal)
{
	if (!signal)
		return;
	(void)event_del(&signal->event);
	free(signal);
}

static void on_room(evutil_socket_t fd, short what, void *arg)
{
	struct loop_room *room = arg;

	(void)fd;
	(void)what;
	room->fn(room->arg);
}

/* A descriptor of its own: whoever has |fd| may close it, and the number may be another's then. */
struct loop_room *loop_room_new(struct loop *loop, int fd, void (*fn)(void *arg), void *arg)
{
	struct loop_room *room = calloc(1, sizeof(*room));

	if (!room)
		return NULL;
	*room = (struct loop_room){.fd = fcntl(fd, F_DUPFD_CLOEXEC, 3), .fn = fn, .arg = arg};
	if (room->fd >= 0 &&
	    event_assign(&room->event, loop->base, room->fd, EV_WRITE, on_room, room) == 0 &&
	    event_add(&room->event, NULL) == 0)
		return room;
	if (room->fd >= 0)
		(void)close(room->fd);
	free(room);
	return NULL;
}

void loop_room_free(struct loop_room *room)
{
	if (!room)
		return;
	(void)event_del(&room->event);
	(void)close(room->fd);
	free(room);
}

struct event_base *loop_base(struct loop *loop)
{
	return loop->base;
}
