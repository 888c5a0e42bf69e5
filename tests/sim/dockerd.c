/* SPDX-License-Identifier: Apache-2.0 */
/* The Docker daemon of the simulated world. It reads requests by itself, so that what it takes one
 * for is no reading of the product's, and holds each against what its client meant. */
#include "dockerd.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#define SERVED_MOST 256
#define PIECE 16384u
#define DAEMON_ADDRESS                                                                             \
	(knobs.tls_upstream ? "tcp:2377" : knobs.tcp_upstream ? "tcp:2375" : "/sim/docker.sock")

static struct served *served[SERVED_MOST];
static unsigned most; /* of |served| ever used */
static struct file *listener;
static uint64_t away_until;
bool dockerd_is_calm;

void sockets_add(struct file *file, const char *name);
void sockets_remove(struct file *file);

/* ---- answering ------------------------------------------------------------------------------- */

static void write_head(struct served *to)
{
	struct plan *plan = to->plan;
	struct bytes *out = &to->end.out;

	bytes_add_format(out, "HTTP/1.1 %u %s\r\nX-Sim: %u\r\n", plan->status,
	    plan->status == 101 ? "UPGRADED" : "OK", plan->id);
	if (plan->down == FRAME_TUNNEL)
		bytes_add_format(out, "Content-Type: application/vnd.docker.raw-stream\r\n"
				      "Connection: Upgrade\r\nUpgrade: tcp\r\n");
	if (plan->down == FRAME_LENGTH)
		bytes_add_format(
		    out, "Content-Length: %llu\r\n", (unsigned long long)plan->down_len);
	if (plan->down == FRAME_CHUNKED)
		bytes_add_format(out, "Transfer-Encoding: chunked\r\n");
	/* By TLS the end comes in pieces: a request that meets it is nobody's fault. */
	if (knobs.tls_upstream && !to->body_read && plan->down != FRAME_TUNNEL)
		plan->close = true;
	if (plan->close || plan->down == FRAME_CLOSE)
		bytes_add_format(out, "Connection: close\r\n");
	bytes_add_format(out, "\r\n");
	to->answering = true;
	if (plan->down == FRAME_TUNNEL && knobs.leaves_twice && sim_once_in(2))
		to->wake = sim_now() + sim_size(SECOND, 20 * SECOND);
	if (plan->kind->head)
		plan->down_len = plan->fault_at = 0;
}

static void drop(struct served *to)
{
	for (unsigned i = 0; i < SERVED_MOST; i++) {
		if (served[i] == to)
			served[i] = NULL;
	}
	bytes_free(&to->in);
	sim_free(to);
}

static void excuse(struct served *to)
{
	if (to->plan)
		to->plan->excused = true;
}

static void reset(struct served *to)
{
	excuse(to);
	if (to->plan)
		to->plan->reset = true;
	end_reset(&to->end);
	drop(to);
}

static void close_it(struct served *to)
{
	end_close(&to->end);
	drop(to);
}

/* True when the connection is gone. */
static bool do_fault(struct served *to)
{
	struct plan *plan = to->plan;

	switch (plan->fault) {
	case DAEMON_FINE:
		return false;
	case DAEMON_HANGS:
		if (!dockerd_is_calm) {
			to->wake = sim_now() + SECOND;
			return false;
		}
		plan->fault = DAEMON_FINE;
		excuse(to);
		return false;
	case DAEMON_LEAVES:
		excuse(to);
		close_it(to);
		return true;
	case DAEMON_TALKS_NONSENSE:
		excuse(to);
		bytes_add_format(&to->end.out, "HTTP/1.1 2\n00 OK\r\n\r\n");
		to->answering = to->answer_made = to->closing = true;
		return false;
	case DAEMON_RESETS:
		if (plan->down_sent < plan->fault_at || !to->answering)
			return false;
		if (sim_once_in(2) && bytes_len(&to->end.out))
			return false;
		reset(to);
		return true;
	case DAEMON_CLOSES:
		if (plan->down_sent < plan->fault_at || !to->answering || bytes_len(&to->end.out) ||
		    bytes_len(&to->end.raw))
			return false;
		excuse(to);
		if (to->end.ssl &&
		    sim_once_in(2)) /* without close_notify it is as bad as a reset */
			to->end.shut = plan->reset = true;
		else
			plan->closed = true;
		close_it(to);
		return true;
	}
	return false;
}

static void add_piece(struct served *to)
{
	struct plan *plan = to->plan;
	char piece[PIECE];
	uint64_t rest = plan->down_len - plan->down_sent;
	size_t len = (size_t)sim_size(1, PIECE);

	if (len > rest)
		len = (size_t)rest;
	plan_fill(plan->id, false, plan->down_sent, piece, len);
	if (plan->down == FRAME_CHUNKED && len)
		bytes_add_format(&to->end.out, "%zx\r\n", len);
	bytes_add(&to->end.out, piece, len);
	if (plan->down == FRAME_CHUNKED && len)
		bytes_add(&to->end.out, "\r\n", 2);
	plan->down_sent += len;
	if (plan->down_sent < plan->down_len)
		return;
	if (plan->fault == DAEMON_RESETS || plan->fault == DAEMON_CLOSES)
		return;
	if (plan->down == FRAME_CHUNKED)
		bytes_add(&to->end.out, "0\r\n\r\n", 5);
	plan->down_whole = true;
	to->answer_made = true;
	to->closing = plan->close || plan->down == FRAME_CLOSE || !to->body_read;
}

/* Of a tunnel whose other direction may still be open. True when the connection is gone. */
static bool wait_for_end(struct served *to)
{
	if (to->goes_at && to->goes_at <= sim_now()) {
		reset(to);
		return true;
	}
	if (!to->sees_end || bytes_len(&to->end.raw))
		return false;
	close_it(to);
	return true;
}

/* All is said; the connection ends or takes the next request. */
static bool end_answer(struct served *to)
{
	if (bytes_len(&to->end.out) || bytes_len(&to->end.raw))
		return false;
	if (to->end.ssl && to->closing && to->plan->down != FRAME_TUNNEL && !to->end.shut) {
		end_shut(&to->end); /* and then its record finds room */
		return true;
	}
	if (to->plan->down == FRAME_TUNNEL) {
		if (!to->end.shut) {
			end_shut(&to->end);
			if (knobs.leaves_twice && sim_once_in(3))
				to->goes_at = sim_now() + sim_size(MS, 3 * SECOND);
		}
		return wait_for_end(to);
	}
	if (to->closing) {
		if (!to->body_read)
			excuse(to);
		close_it(to);
		return true;
	}
	to->plan = NULL;
	to->phase = READ_HEAD;
	return true;
}

/* Makes the next bytes. True when something was done. */
static bool answer(struct served *to)
{
	struct plan *plan = to->plan;

	if (!plan || to->wake > sim_now())
		return false;
	if (plan->fault == DAEMON_HANGS || plan->fault == DAEMON_LEAVES ||
	    plan->fault == DAEMON_TALKS_NONSENSE || to->answering) {
		if (!to->answer_made && do_fault(to))
			return true;
		if (to->wake > sim_now())
			return false;
	}
	if (!to->answering) {
		if (!to->body_read && !plan->early && plan->up != FRAME_TUNNEL)
			return false;
		write_head(to);
		return true;
	}
	if (to->answer_made)
		return end_answer(to);
	if (bytes_len(&to->end.out) >= PIECE)
		return false;
	if (plan->down_sent == plan->down_len && plan->fault != DAEMON_FINE)
		return false;
	add_piece(to);
	return true;
}

/* ---- questions ------------------------------------------------------------------------------- */

/* True when something was done. */
static bool serve_question(struct served *to)
{
	if (to->breaks && bytes_len(&to->end.out) == 0) {
		if (to->breaks == BREAK_RESET)
			reset(to);
		else
			close_it(to);
		return true;
	}
	if (!to->question || to->wake > sim_now())
		return false;
	if (to->question->object == OBJECT_HANGS && !dockerd_is_calm) {
		to->wake = sim_now() + SECOND;
		return false;
	}
	to->breaks = object_answer(&to->end.out, to->question);
	to->question = NULL;
	return true;
}

/* ---- connections ----------------------------------------------------------------------------- */

static void come_back(void)
{
	listener = file_new(FILE_LISTENER);
	sockets_add(listener, DAEMON_ADDRESS);
	listener->listening = true;
}

static void accept_one(void)
{
	for (unsigned i = 0; i < SERVED_MOST; i++) {
		if (served[i])
			continue;
		served[i] = sim_alloc(sizeof(*served[i]));
		if (i >= most)
			most = i + 1;
		end_open_served(&served[i]->end, listener->queue[0], knobs.tls_upstream);
		served[i]->end.as_go = true; /* as dockerd is, and Podman */
		if (knobs.tls_upstream && !knobs.strict && !dockerd_is_calm && sim_once_in(12)) {
			served[i]->stalls = sim_now() + sim_size(0, 30 * SECOND);
			sim_faults++;
		}
		listener->waiting--;
		memmove(listener->queue, listener->queue + 1,
		    listener->waiting * sizeof(listener->queue[0]));
		return;
	}
	sim_fail("the daemon has too many connections");
}

static bool at_end(struct served *to)
{
	if (to->plan && to->phase == READ_RAW && to->end.clean) {
		if (!to->sees_end)
			to->plan->up_whole = to->body_read = true;
		bool first = !to->sees_end;

		to->sees_end = true;
		return first;
	}
	/* A client that sends no more may still read. */
	if (to->plan && to->end.clean && to->body_read && !to->end.mute) {
		bool first = !to->sees_end;

		to->sees_end = to->closing = true;
		return first;
	}
	close_it(to);
	return true;
}

static bool reads(const struct served *to)
{
	return to->phase != READ_NOTHING || !to->plan;
}

static bool read_some(struct served *to)
{
	char piece[PIECE];

	if (bytes_len(&to->in) >= 4 * PIECE)
		return false;
	size_t most_now = knobs.piece_most < PIECE ? knobs.piece_most : PIECE;
	ssize_t n = end_read(&to->end, piece, (size_t)sim_size(1, most_now));

	if (n == -1)
		return at_end(to);
	if (n <= 0)
		return n < 0;
	bytes_add(&to->in, piece, (size_t)n);
	return true;
}

static bool serve(struct served *to)
{
	if (to->stalls > sim_now())
		return false;
	if (to->plan && to->plan->fault == DAEMON_HANGS && !dockerd_is_calm &&
	    to->phase != READ_HEAD && to->wake > sim_now())
		return false;
	if (end_write(&to->end, (size_t)sim_size(1, knobs.piece_most)))
		return true;
	if (to->end.mute && to->plan && !to->sees_end) {
		close_it(to);
		return true;
	}
	if (knobs.lookups && serve_question(to))
		return true;
	if (reads(to) && served_take(to))
		return true;
	if (answer(to))
		return true;
	return read_some(to);
}

bool dockerd_step(void)
{
	unsigned first = (unsigned)sim_below(most + 1);

	if (listener && listener->waiting && sim_once_in(2)) {
		accept_one();
		return true;
	}
	for (unsigned i = 0; i < most; i++) {
		struct served *to = served[(first + i) % most];

		if (to && serve(to))
			return true;
	}
	if (!listener && away_until <= sim_now()) {
		come_back();
		return true;
	}
	if (!listener || !listener->waiting)
		return false;
	accept_one();
	return true;
}

uint64_t dockerd_next(void)
{
	uint64_t next = !listener ? away_until : UINT64_MAX;

	for (unsigned i = 0; i < most; i++) {
		if (served[i] && served[i]->wake > sim_now() && served[i]->wake < next)
			next = served[i]->wake;
		if (served[i] && served[i]->goes_at > sim_now() && served[i]->goes_at < next)
			next = served[i]->goes_at;
		if (served[i] && served[i]->stalls > sim_now() && served[i]->stalls < next)
			next = served[i]->stalls;
	}
	return next;
}

static void drop_all(void)
{
	for (unsigned i = 0; i < SERVED_MOST; i++) {
		if (!served[i])
			continue;
		if (sim_once_in(2))
			reset(served[i]);
		else {
			excuse(served[i]);
			if (served[i]->plan)
				served[i]->plan->closed = true;
			close_it(served[i]);
		}
	}
}

void dockerd_restart(void)
{
	sim_trace("the daemon restarts");
	sim_faults++;
	drop_all();
	if (listener)
		sockets_remove(listener);
	listener = NULL;
	away_until = sim_now() + sim_size(MS, 5 * SECOND);
}

void dockerd_calm(void)
{
	dockerd_is_calm = true;
	away_until = 0;
	if (!listener)
		come_back();
	for (unsigned i = 0; i < SERVED_MOST; i++) {
		if (served[i] && served[i]->plan && served[i]->plan->fault == DAEMON_HANGS)
			served[i]->wake = 0;
		if (served[i])
			served[i]->stalls = 0;
	}
}

void dockerd_begin(void)
{
	dockerd_is_calm = false;
	away_until = 0;
	most = 0;
	come_back();
}

void dockerd_end(void)
{
	drop_all();
	if (listener)
		sockets_remove(listener);
	listener = NULL;
}
