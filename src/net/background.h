/* SPDX-License-Identifier: Apache-2.0 */
/* Does what may block, such as looking names up, in a thread of its own, so that the loop does not.
 * The thread is there only while it works: once a process has had a second one, many calls of the
 * C library cost more. */
#ifndef NET_BACKGROUND_H
#define NET_BACKGROUND_H

#include <stdbool.h>

#include "base/error.h"

struct background;
struct loop;

/* |loop| must live longer. NULL with |err|. */
struct background *background_new(struct loop *loop, struct error *err);

/* Calls |work| in the thread, then |done| in the loop's. Whatever |work| touches is its alone until
 * then. One at a time: -1 with |err| when one is under way, or no thread can be started. */
MUST_CHECK int background_run(struct background *background, void (*work)(void *arg),
    void (*done)(void *arg), void *arg, struct error *err);

/* Work under way is left to itself, which is for the end of the process alone, and false then: what
 * it touches must not be freed. NULL is fine. */
bool background_free(struct background *background);

#endif
