/* SPDX-License-Identifier: Apache-2.0 */
/* Several workers: one chief, in the thread that began, and members in threads of their own, each
 * with a loop and a server. The chief accepts all connections and gives each to the worker that has
 * fewest. Limits and the audit log are shared; nothing else is, so that only those have locks. All
 * functions are the chief's; a crew that is NULL is a chief alone. */
#ifndef PROXY_CREW_H
#define PROXY_CREW_H

#include <stdbool.h>

#include "base/error.h"

struct config;
struct crew;
struct door;
struct server;

/* Makes the other workers that |config| asks for, without their threads. |*ret_crew| is NULL when
 * it asks for none. Returns 0 or -1 with |err|. */
MUST_CHECK int crew_new(
    struct crew **ret_crew, struct server *chief, const struct config *config, struct error *err);

/* Starts the threads. Returns 0 or -1 with |err|. */
MUST_CHECK int crew_start(struct crew *crew, struct error *err);

/* Lets another worker serve |fd|, which came in by |door| of the chief's. False: the chief has as
 * few to do as any. */
MUST_CHECK bool crew_hand_over(struct crew *crew, const struct door *door, int fd);

/* Between the two no member does anything, and all that was handed over is theirs. */
void crew_halt(struct crew *crew);
void crew_resume(struct crew *crew);

/* server_stop() for all members. The chief's loop stops when all are done. */
void crew_stop(struct crew *crew);

/* Asks all members whether they still turn. False when one has not answered since the last call. */
bool crew_answers(struct crew *crew);

/* True when a member ended that was not told to: then the chief's loop has stopped. */
bool crew_has_failed(const struct crew *crew);

/* Ends members and threads at once. NULL is fine. */
void crew_free(struct crew *crew);

#endif
