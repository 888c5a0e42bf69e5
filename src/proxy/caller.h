/* SPDX-License-Identifier: Apache-2.0 */
/* The container that a client runs in, where the `client` lines of its listener are about that:
 * found by its process, or by its address, with the daemon's word. Other connections have no
 * caller. */
#ifndef PROXY_CALLER_H
#define PROXY_CALLER_H

#include "base/error.h"
#include "proxy/conn.h"

struct decision;

/* Right after the connection was taken: holds the process at its other end where the kernel cannot
 * tell later which one it was. */
void caller_note(struct conn *conn);

/* True when it must be found out before the request at hand can be judged. */
bool caller_is_wanted(struct conn *conn);

/* Begins to; the request has a place among those under way. The connection is in CONN_CALLER then,
 * comes to CONN_HEAD, and reads nothing before; when it is not, the request can be judged. */
void caller_begin(struct conn *conn);

/* There is no place now: the next request asks. */
void caller_put_off(struct conn *conn);

/* CALLER: asks, and reads what the daemon says. */
bool caller_step(struct conn *conn);

/* The daemon took too long. */
void caller_time_is_up(struct conn *conn);

/* The daemon cannot be reached. */
void caller_unreachable(struct conn *conn, const char *why);

/* The configuration came to need it in the middle of a request, which cannot be judged. */
void caller_is_late(struct conn *conn);

/* Refuses the request when who the client is could not be told. */
MUST_CHECK bool caller_refuses(const struct conn *conn, struct decision *decision);

/* Of the container that was found; NULL otherwise. */
const char *caller_container(const struct conn *conn);
const char *caller_container_id(const struct conn *conn);

/* |container| (NULL: none is known) is what was found; and it holds no more. */
void caller_remember(struct conn *conn, const struct container *container);
void caller_forget(struct conn *conn);

void caller_free(struct conn *conn);

#endif
