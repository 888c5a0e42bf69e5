/* SPDX-License-Identifier: Apache-2.0 */
/* Accepts connections on a listening descriptor, a few a turn, and rests when descriptors are out.
 */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

struct loop;
struct listener;

/* Takes over |fd| of a new client, non-blocking. */
typedef void listener_accept_fn(void *arg, int fd);

/* Starts to accept on |fd|, which it owns. NULL when memory is out. */
struct listener *listener_open(struct loop *loop, int fd, listener_accept_fn *accept, void *arg);

/* Accepts whoever waits already. */
void listener_drain(struct listener *listener);

/* Closes. NULL is fine. */
void listener_close(struct listener *listener);

#endif
