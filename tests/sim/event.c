/* SPDX-License-Identifier: Apache-2.0 */
/* As much of libevent as the product uses, turned by the simulated world. */
#include "sim.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <signal.h>
#include <sys/epoll.h>

#define EVENTS_MOST 256
#define TURN_MOST_US (50u * MS) /* of simulated time that one turn may take */

struct event_base {
	struct event *events[EVENTS_MOST];
	unsigned count;
	uint32_t signals; /* that came */
	uint64_t began;   /* its turn under way; 0: there was none yet */
};

static struct event_base *bases[8];
uint64_t sim_turns;

/* Due times are kept in the event itself. */
static uint64_t due_of(const struct event *event)
{
	return (uint64_t)event->ev_timeout.tv_sec * SECOND + (uint64_t)event->ev_timeout.tv_usec;
}

static void set_due(struct event *event, uint64_t due)
{
	event->ev_timeout.tv_sec = (time_t)(due / SECOND);
	event->ev_timeout.tv_usec = (suseconds_t)(due % SECOND);
}

#define PERIOD(event) ((event)->ev_.ev_io.ev_timeout)

struct event_config *event_config_new(void)
{
	return sim_alloc(1);
}

void event_config_free(struct event_config *config)
{
	sim_free(config);
}

int event_config_set_flag(struct event_config *config, int flag)
{
	(void)config;
	(void)flag;
	return 0;
}

struct event_base *event_base_new_with_config(const struct event_config *config)
{
	struct event_base *base = sim_alloc(sizeof(*base));

	(void)config;
	for (unsigned i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		if (bases[i])
			continue;
		bases[i] = base;
		return base;
	}
	sim_fail("too many event loops");
}

void event_base_free(struct event_base *base)
{
	if (base->count > 2) /* the loop leaves its own one, a thread at work its letters */
		sim_fail("%u events outlive their loop", base->count);
	for (unsigned i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		if (bases[i] == base)
			bases[i] = NULL;
	}
	sim_free(base);
}

int event_assign(struct event *event, struct event_base *base, evutil_socket_t fd, short what,
    event_callback_fn callback, void *arg)
{
	memset(event, 0, sizeof(*event));
	event->ev_base = base;
	event->ev_fd = fd;
	event->ev_events = what;
	event->ev_evcallback.evcb_cb_union.evcb_callback = callback;
	event->ev_evcallback.evcb_arg = arg;
	return 0;
}

/* |event| may be freed. */
static int find(const struct event_base *base, const struct event *event)
{
	for (unsigned i = 0; i < base->count; i++) {
		if (base->events[i] == event)
			return (int)i;
	}
	return -1;
}

int event_add(struct event *event, const struct timeval *timeout)
{
	struct event_base *base = event->ev_base;

	if (find(base, event) < 0) {
		if (base->count == EVENTS_MOST)
			sim_fail("too many events");
		base->events[base->count++] = event;
	}
	event->ev_res = timeout != NULL; /* it has a time */
	if (!timeout)
		return 0;
	PERIOD(event) = *timeout;
	set_due(event, sim_now() + (uint64_t)timeout->tv_sec * SECOND + (uint64_t)timeout->tv_usec);
	return 0;
}

int event_del(struct event *event)
{
	int i = event->ev_base ? find(event->ev_base, event) : -1;

	if (i >= 0)
		event->ev_base->events[i] = event->ev_base->events[--event->ev_base->count];
	return 0;
}

static short ready(const struct event_base *base, const struct event *event)
{
	short what = 0;

	if (event->ev_events & EV_SIGNAL)
		return base->signals & (1u << event->ev_fd) ? EV_SIGNAL : 0;
	if (event->ev_res && due_of(event) <= sim_now())
		what |= EV_TIMEOUT;
	if (event->ev_fd < 0)
		return what;
	uint32_t mask = file_poll(fd_file(event->ev_fd));

	if ((event->ev_events & EV_READ) && (mask & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		what |= EV_READ;
	if ((event->ev_events & EV_WRITE) && (mask & (EPOLLOUT | EPOLLHUP | EPOLLERR)))
		what |= EV_WRITE;
	return what;
}

static void call(struct event *event, short what)
{
	if (!(event->ev_events & EV_PERSIST))
		(void)event_del(event);
	else if (what & EV_TIMEOUT)
		(void)event_add(
		    event, &(struct timeval){PERIOD(event).tv_sec, PERIOD(event).tv_usec});
	event->ev_evcallback.evcb_cb_union.evcb_callback(
	    event->ev_fd, what, event->ev_evcallback.evcb_arg);
}

/* Calls all that are ready, in any order; false when none is. */
static bool dispatch(struct event_base *base)
{
	struct event *active[EVENTS_MOST];
	short whats[EVENTS_MOST];
	unsigned count = 0;

	for (unsigned i = 0; i < base->count; i++) {
		short what = ready(base, base->events[i]);

		if (!what)
			continue;
		unsigned at = (unsigned)sim_below(count + 1);

		active[count] = active[at];
		whats[count++] = whats[at];
		active[at] = base->events[i];
		whats[at] = what;
	}
	base->signals = 0;
	for (unsigned i = 0; i < count; i++) {
		if (find(base, active[i]) >= 0) /* not deleted by one before it */
			call(active[i], whats[i]);
	}
	return count > 0;
}

uint64_t loop_next_timer(void)
{
	uint64_t next = UINT64_MAX;

	for (unsigned b = 0; b < sizeof(bases) / sizeof(bases[0]); b++) {
		for (unsigned i = 0; bases[b] && i < bases[b]->count; i++) {
			const struct event *event = bases[b]->events[i];

			/* One that is overdue is that of a worker which hangs. */
			if (event->ev_res && !(event->ev_events & EV_SIGNAL) &&
			    (b == 0 || due_of(event) > sim_now()) && due_of(event) < next)
				next = due_of(event);
		}
	}
	return next;
}

bool loop_is_active(const struct event_base *base)
{
	for (unsigned i = 0; i < base->count; i++) {
		if (ready(base, base->events[i]))
			return true;
	}
	return false;
}

/* The world goes on until something is ready, or there is nothing to wait for. */
static void chief_waits(struct event_base *base, int flags)
{
	for (;;) {
		bool active = loop_is_active(base);

		if (active && sim_once_in(2))
			return;
		if (world_step())
			continue;
		if (active || (flags & EVLOOP_NONBLOCK))
			return;
		world_wait(loop_next_timer());
	}
}

static void worker_waits(struct event_base *base, int flags)
{
	threads_intrude();
	while (!(flags & EVLOOP_NONBLOCK) && !loop_is_active(base))
		thread_waits(base);
	thread_may_hang();
}

int event_base_loop(struct event_base *base, int flags)
{
	if (base->began && sim_now() - base->began > TURN_MOST_US)
		sim_fail("one turn of the loop took %llu ms",
		    (unsigned long long)(sim_now() - base->began) / MS);
	sim_turns++;
	sim_pass(sim_below(50));
	if (thread_is_chief())
		chief_waits(base, flags);
	else
		worker_waits(base, flags);
	base->began = sim_now();
	(void)dispatch(base);
	return 0;
}

void loop_begin(void)
{
	memset(bases, 0, sizeof(bases));
	sim_turns = 0;
}

void sim_signal(int number)
{
	if (bases[0])
		bases[0]->signals |= 1u << number;
}
