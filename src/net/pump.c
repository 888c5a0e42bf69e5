/* SPDX-License-Identifier: Apache-2.0 */
#include "net/pump.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/io.h"
#include "net/loop.h"

#define ROOM 65536u
#define STEPS 16 /* pieces carried in one go, so that signals and timers get their turn */

struct direction {
	struct io *from, *to;
	size_t begin, end; /* of what |to| has not taken yet */
	bool over;
	char room[ROOM];
};

struct pump {
	struct io in, out; /* the outside */
	struct io socket;  /* our end of it */
	struct direction up, down;
	struct loop *loop;
	struct loop_task task;
	pump_done_fn *done;
	void *arg;
	bool left; /* by the socket's other user */
	bool finished;
};

/* ---- carrying ---------------------------------------------------------------------------- */

static void end_direction(struct direction *direction)
{
	direction->over = true;
	direction->begin = direction->end = 0;
	io_shut(direction->to);
}

/* Returns whether there may be more to do at once. */
static bool give(struct direction *direction)
{
	struct iovec part = {direction->room + direction->begin, direction->end - direction->begin};
	ssize_t n = io_send(direction->to, &part, 1);

	if (n == IO_FAILED)
		end_direction(direction);
	if (n < 0)
		return false;
	direction->begin += (size_t)n;
	return direction->begin == direction->end;
}

static bool take(struct direction *direction)
{
	ssize_t n = io_recv(direction->from, direction->room, ROOM);

	if (n > 0) {
		direction->begin = 0;
		direction->end = (size_t)n;
		return true;
	}
	if (n != IO_AGAIN)
		end_direction(direction);
	return false;
}

static bool step(struct direction *direction)
{
	if (direction->over)
		return false;
	if (direction->begin < direction->end)
		return give(direction);
	return direction->from->readable && take(direction);
}

/* Whoever has gone altogether will neither read nor write. (A socket that both sides have shut
 * looks like that, too, but then nothing more goes down.) */
static bool is_over(struct pump *pump)
{
	if (pump->out.failed)
		return true;
	if (pump->down.over)
		return pump->left;
	return pump->out.peer_shut && io_is_hung_up(&pump->out);
}

static void carry(struct pump *pump)
{
	bool more = true;

	for (unsigned i = 0; i < STEPS && more; i++) {
		more = step(&pump->down);
		more = step(&pump->up) || more;
	}
	if (more)
		loop_defer(pump->loop, &pump->task);
	if (pump->finished || !is_over(pump))
		return;
	pump->finished = true;
	io_close(&pump->socket);
	pump->done(pump->arg);
}

static void on_task(struct loop_task *task)
{
	carry((struct pump *)((char *)task - offsetof(struct pump, task)));
}

static void on_in(struct io *io)
{
	carry((struct pump *)((char *)io - offsetof(struct pump, in)));
}

static void on_out(struct io *io)
{
	carry((struct pump *)((char *)io - offsetof(struct pump, out)));
}

static void on_socket(struct io *io)
{
	carry((struct pump *)((char *)io - offsetof(struct pump, socket)));
}

/* ---- the whole --------------------------------------------------------------------------- */

static int open_outside(struct io *io, struct loop *loop, int fd, io_ready_fn *ready)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -1;
	return io_open(io, loop, fd, &io_file, ready);
}

static int open_all(struct pump *pump, int in, int out, int inside)
{
	if (open_outside(&pump->in, pump->loop, in, on_in) < 0 ||
	    open_outside(&pump->out, pump->loop, out, on_out) < 0)
		return -1;
	return io_open(&pump->socket, pump->loop, inside, &io_plain, on_socket);
}

struct pump *pump_new(
    struct loop *loop, int in, int out, pump_done_fn *done, void *arg, int *ret_socket)
{
	struct pump *pump = calloc(1, sizeof(*pump));
	int pair[2] = {-1, -1};

	if (!pump)
		return NULL;
	pump->loop = loop;
	pump->done = done;
	pump->arg = arg;
	pump->in.fd = pump->out.fd = pump->socket.fd = -1;
	pump->task.run = on_task;
	pump->up.from = &pump->in;
	pump->up.to = pump->down.from = &pump->socket;
	pump->down.to = &pump->out;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0 &&
	    open_all(pump, in, out, pair[1]) == 0) {
		*ret_socket = pair[0];
		return pump;
	}
	if (pair[0] >= 0)
		(void)close(pair[0]);
	pump_free(pump);
	return NULL;
}

void pump_leave(struct pump *pump)
{
	pump->left = true;
	carry(pump);
}

void pump_free(struct pump *pump)
{
	if (!pump)
		return;
	io_close(&pump->in);
	io_close(&pump->out);
	io_close(&pump->socket);
	free(pump);
}
