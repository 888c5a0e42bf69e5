/* SPDX-License-Identifier: Apache-2.0 */
/* A Docker daemon and the way to it: a unix socket, TCP, or TLS. */
#ifndef PROXY_UPSTREAM_H
#define PROXY_UPSTREAM_H

#include "base/error.h"
#include "config/config.h"
#include "net/io.h"

struct upstream;

/* Reads its certificates and looks its host up, which may take long. NULL with |err|. */
struct upstream *upstream_make(const struct config_upstream *from, struct error *err);

/* The same for another worker. NULL with |err|. */
struct upstream *upstream_copy(const struct upstream *from, struct error *err);
struct upstream *upstream_ref(struct upstream *upstream);
/* Gives one reference back; NULL is fine. */
void upstream_unref(struct upstream *upstream);

/* True when a connection that was made by |one| will do for |other|. */
bool upstream_is_same(const struct upstream *one, const struct upstream *other);

/* "unix:/var/run/docker.sock" and the like. */
const char *upstream_text(const struct upstream *upstream);

/* How many addresses can be tried. */
unsigned upstream_count(const struct upstream *upstream);

enum upstream_dial {
	UPSTREAM_CONNECTED,
	UPSTREAM_CONNECTING, /* go on with io_establish() */
	UPSTREAM_BUSY,       /* its queue is full: dial again soon */
	UPSTREAM_FAILED,     /* errno says why */
};

/* Opens |io| to the address that is the |attempt|th to try, counting from 0. */
MUST_CHECK enum upstream_dial upstream_dial(struct upstream *upstream, unsigned attempt,
    struct io *io, struct loop *loop, io_ready_fn *ready);

/* That attempt led to a connection: from now on it is the first one. */
void upstream_reached(struct upstream *upstream, unsigned attempt);

#endif
