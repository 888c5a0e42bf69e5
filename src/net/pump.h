/* SPDX-License-Identifier: Apache-2.0 */
/* Two descriptors, one for each direction, made into one socket: what a program is given as
 * standard input and output, for code that knows sockets alone. Each direction has its own end. */
#ifndef NET_PUMP_H
#define NET_PUMP_H

struct loop;
struct pump;

typedef void pump_done_fn(void *arg);

/* Carries from |in| to the socket and from it to |out| until pump_leave() was called and all is
 * delivered, or nobody reads |out| any more; then calls |done|. Pipes and sockets will do; they are
 * made non-blocking, and closed at the end. |*ret_socket| is for the other user. NULL with errno,
 * EPERM for what is neither. */
struct pump *pump_new(
    struct loop *loop, int in, int out, pump_done_fn *done, void *arg, int *ret_socket);

/* The socket's other user has closed it. Two ends that were shut look the same as long as they are
 * open, so that it must be told. */
void pump_leave(struct pump *pump);

/* When the loop turns no more, or is freed. NULL is fine. */
void pump_free(struct pump *pump);

#endif
