/* SPDX-License-Identifier: Apache-2.0 */
/* One thread for what may block, such as looking names up, so that the loop does not. It must start
 * before the filter of system calls, which permits no further thread. */
#ifndef NET_BACKGROUND_H
#define NET_BACKGROUND_H

#include <stdbool.h>

#include "base/error.h"

struct background;
struct loop;

/* Starts the thread; |loop| must live longer. NULL with |err|. */
struct background *background_new(struct loop *loop, struct error *err);

/* Calls |work| in the thread, then |done| in the loop's. Whatever |work| touches is its alone until
 * then. One at a time: false when it is busy. */
bool background_run(
    struct background *background, void (*work)(void *arg), void (*done)(void *arg), void *arg);

/* Ends the thread; work under way is left to itself, which is for the end of the process alone, and
 * false then: what it touches must not be freed. NULL is fine. */
bool background_free(struct background *background);

#endif
