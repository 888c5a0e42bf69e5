/* SPDX-License-Identifier: Apache-2.0 */
#include "net/listener.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "net/loop.h"

#define ACCEPT_MOST 32   /* connections a turn, so that a flood does not starve the open ones */
#define REST_USEC 200000 /* without descriptors or memory: clients wait in the kernel's queue */

struct listener {
	struct event accepting;
	struct event resting;
	int fd;
	struct loop *loop;
	listener_accept_fn *accept;
	void *arg;
};

static void rest(struct listener *listener, int reason)
{
	struct timeval pause = {0, REST_USEC};

	static struct log_rate rate;

	log_sparsely(&rate, loop_now(listener->loop), LOG_LEVEL_WARNING, "net",
	    "cannot accept: %s; trying again", strerror(reason));
	(void)event_del(&listener->accepting);
	if (event_add(&listener->resting, &pause) < 0)
		(void)event_add(&listener->accepting, NULL);
}

static void on_rested(evutil_socket_t fd, short what, void *arg)
{
	struct listener *listener = arg;

	(void)fd;
	(void)what;
	(void)event_add(&listener->accepting, NULL);
}

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
	struct listener *listener = arg;

	(void)what;
	for (unsigned i = 0; i < ACCEPT_MOST; i++) {
		int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (client >= 0) {
			listener->accept(listener->arg, client);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			rest(listener, errno);
		else if (errno == EINTR || errno == ECONNABORTED)
			continue;
		return;
	}
}

struct listener *listener_open(struct loop *loop, int fd, listener_accept_fn *accept, void *arg)
{
	struct listener *listener = calloc(1, sizeof(*listener));

	if (!listener)
		return NULL;
	listener->fd = fd;
	listener->loop = loop;
	listener->accept = accept;
	listener->arg = arg;
	if (event_assign(&listener->accepting, loop_base(loop), fd, EV_READ | EV_PERSIST, on_accept,
		listener) < 0 ||
	    event_assign(&listener->resting, loop_base(loop), -1, 0, on_rested, listener) < 0 ||
	    event_add(&listener->accepting, NULL) < 0) {
		free(listener);
		return NULL;
	}
	return listener;
}

void listener_drain(struct listener *listener)
{
	int client;

	while ((client = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		listener->accept(listener->arg, client);
}

void listener_close(struct listener *listener)
{
	if (!listener)
		return;
	(void)event_del(&listener->accepting);
	(void)event_del(&listener->resting);
	(void)close(listener->fd);
	free(listener);
}
