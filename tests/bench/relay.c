/* SPDX-License-Identifier: Apache-2.0 */
/* The yardstick: a relay between two unix sockets that parses nothing and does as little as a
 * process in the middle can. Each socket is registered once, edge-triggered; a small message costs
 * one recv() and one send(); a large one goes by splice() through a pipe of a pool; a stream
 * without bytes under way owns no memory but its two ends. End of file is handed on, as it comes.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

#define EVENTS 256
#define SMALL_SIZE (64u * 1024u) /* more at once goes by splice(); fits into any pipe */
#define PIPE_SIZE (1024u * 1024u)
#define SPLICE_LEAST (16u * 1024u) /* less than this in one turn: small again */
#define SPLICE_FLAGS (SPLICE_F_MOVE | SPLICE_F_NONBLOCK)

struct tube {
	int out, in; /* as pipe() gives them */
	struct tube *next;
};

/* One socket, and the way of the bytes that are read from it. */
struct end {
	int fd;
	struct end *other;
	struct pair_of_ends *pair;
	struct tube *tube; /* bytes under way to the other end, or NULL */
	size_t held;       /* how many */
	bool waits_out;    /* EPOLLOUT is registered */
	bool large;        /* goes by splice() */
	bool eof;          /* read to its end */
	bool done;         /* and handed on */
};

struct pair_of_ends {
	struct end client, daemon;
	bool dead;
	struct pair_of_ends *next; /* dead ones, until the turn is over */
};

static char small[SMALL_SIZE];
static struct tube *tubes;
static struct pair_of_ends *dead;
static const char *daemon_path;
static int poller;

static struct tube *tube_take(void)
{
	struct tube *tube = tubes;

	if (tube) {
		tubes = tube->next;
		return tube;
	}
	tube = wire_alloc(sizeof(*tube));
	int fds[2];

	if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) < 0)
		wire_die("pipe2: %s", strerror(errno));
	tube->out = fds[0];
	tube->in = fds[1];
	fcntl(tube->in, F_SETPIPE_SZ, PIPE_SIZE); /* the usual size will do as well */
	return tube;
}

static void tube_give(struct end *end)
{
	if (!end->tube)
		return;
	if (end->held) { /* the bytes of a dead stream: nobody else's */
		close(end->tube->out);
		close(end->tube->in);
		free(end->tube);
	} else {
		end->tube->next = tubes;
		tubes = end->tube;
	}
	end->tube = NULL;
	end->held = 0;
}

static void end_poll(struct end *end, int op)
{
	struct epoll_event event = {
	    .events = EPOLLIN | EPOLLRDHUP | (uint32_t)EPOLLET |
		      (end->waits_out ? (uint32_t)EPOLLOUT : 0u),
	    .data.ptr = end,
	};

	if (epoll_ctl(poller, op, end->fd, &event) < 0)
		wire_die("epoll_ctl: %s", strerror(errno));
}

static void pair_kill(struct pair_of_ends *pair)
{
	if (pair->dead)
		return;
	pair->dead = true;
	tube_give(&pair->client);
	tube_give(&pair->daemon);
	close(pair->client.fd);
	close(pair->daemon.fd);
	pair->next = dead;
	dead = pair;
}

/* The other end takes no more bytes from this one, ever. What it still says is handed on. */
static void end_lost(struct end *end)
{
	tube_give(end);
	end->eof = end->done = true;
	if (end->other->done)
		pair_kill(end->pair);
}

/* The other end is full. Its EPOLLOUT stays registered from now on: what fills a socket once will
 * do so again, and what never does is never woken for the bytes its peer has read. */
static void end_wait(struct end *other)
{
	if (other->waits_out)
		return;
	other->waits_out = true;
	end_poll(other, EPOLL_CTL_MOD);
}

/* Sends on what is held. True once nothing is. */
static bool end_flush(struct end *end)
{
	while (end->held) {
		ssize_t sent =
		    splice(end->tube->out, NULL, end->other->fd, NULL, end->held, SPLICE_FLAGS);

		if (sent > 0) {
			end->held -= (size_t)sent;
		} else if (errno == EAGAIN) {
			end_wait(end->other);
			return false;
		} else {
			end_lost(end);
			return false;
		}
	}
	return true;
}

/* True while there may be more to read. */
static bool end_move_large(struct end *end, size_t *moved)
{
	if (!end->tube)
		end->tube = tube_take();
	ssize_t got = splice(end->fd, NULL, end->tube->in, NULL, PIPE_SIZE, SPLICE_FLAGS);

	if (got <= 0) {
		end->eof = got == 0 || errno != EAGAIN;
		return false;
	}
	end->held = (size_t)got;
	*moved += (size_t)got;
	return end_flush(end);
}

static bool end_move_small(struct end *end, bool ending)
{
	ssize_t got = recv(end->fd, small, sizeof(small), 0);

	if (got <= 0) {
		end->eof = got == 0 || errno != EAGAIN;
		return false;
	}
	size_t len = (size_t)got;
	ssize_t sent = send(end->other->fd, small, len, MSG_NOSIGNAL);

	if (sent < 0 && errno != EAGAIN) {
		end_lost(end);
		return false;
	}
	size_t gone = sent < 0 ? 0 : (size_t)sent;

	end->large = len == sizeof(small);
	if (gone == len) /* a short read has emptied the socket; what comes later is a new edge */
		return end->large || ending;
	if (!end->tube)
		end->tube = tube_take();
	end->held = len - gone;
	if (write(end->tube->in, small + gone, end->held) != (ssize_t)end->held)
		wire_die("a pipe took less than it holds");
	return end_flush(end);
}

/* Moves what there is from |end| to its other end. |ending|: read to the end of file. */
static void end_pump(struct end *end, bool ending)
{
	size_t moved = 0;
	bool more = end_flush(end);

	while (more && !end->eof)
		more = end->large ? end_move_large(end, &moved) : end_move_small(end, ending);
	if (end->pair->dead || end->held)
		return;
	tube_give(end);
	if (moved < SPLICE_LEAST)
		end->large = false;
	if (end->eof && !end->done) {
		end->done = true;
		shutdown(end->other->fd, SHUT_WR);
	}
	if (end->done && end->other->done)
		pair_kill(end->pair);
}

static void end_turn(struct end *end, uint32_t events)
{
	if (end->pair->dead)
		return;
	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		end_pump(end, (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
	if (end->pair->dead)
		return;
	if (events & (EPOLLHUP | EPOLLERR)) {
		end_lost(end->other);
	} else if ((events & EPOLLOUT) && end->other->held) {
		end_pump(end->other, true);
	}
}

static void pair_accept(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct pair_of_ends *pair;

	if (fd < 0)
		return;
	pair = wire_alloc(sizeof(*pair));
	pair->client = (struct end){.fd = fd, .other = &pair->daemon, .pair = pair};
	pair->daemon =
	    (struct end){.fd = wire_connect(daemon_path), .other = &pair->client, .pair = pair};
	end_poll(&pair->client, EPOLL_CTL_ADD);
	end_poll(&pair->daemon, EPOLL_CTL_ADD);
}

static void bury_dead(void)
{
	while (dead) {
		struct pair_of_ends *pair = dead;

		dead = pair->next;
		free(pair);
	}
}

static void relay_forever(int listener)
{
	struct epoll_event events[EVENTS];
	struct epoll_event first = {.events = EPOLLIN, .data.ptr = NULL};

	if (epoll_ctl(poller, EPOLL_CTL_ADD, listener, &first) < 0)
		wire_die("epoll_ctl: %s", strerror(errno));
	for (;;) {
		int count = epoll_wait(poller, events, EVENTS, -1);

		for (int i = 0; i < count; i++) {
			if (events[i].data.ptr)
				end_turn(events[i].data.ptr, events[i].events);
			else
				pair_accept(listener);
		}
		bury_dead();
	}
}

int main(int argc, char **argv)
{
	if (argc != 3)
		wire_die("usage: relay SOCKET DAEMON-SOCKET");
	signal(SIGPIPE, SIG_IGN);
	wire_raise_files();
	daemon_path = argv[2];
	poller = epoll_create1(EPOLL_CLOEXEC);
	if (poller < 0)
		wire_die("epoll_create1: %s", strerror(errno));
	relay_forever(wire_listen(argv[1]));
	return EXIT_SUCCESS;
}
