/* SPDX-License-Identifier: Apache-2.0 */
/* New objects that requests under way make for owners with a quota: what the daemon's list does not
 * have yet. Of the crowd alone, which has the lock. */
#ifndef PROXY_CLAIM_H
#define PROXY_CLAIM_H

#include <sys/queue.h>

#include "base/span.h"

/* How long one counts, in milliseconds, whose client has gone: the daemon goes on with it. */
#define CLAIM_LINGER_MS 30000u
#define CLAIM_STEP_MS                                                                              \
	1000u /* those that end within one are kept as one: who leaves often costs no more */

struct claim;
TAILQ_HEAD(claims, claim); /* in the order in which they were made */

/* Claims |amount| new objects of |kind| for |owner|, in place of what is claimed of that kind in
 * |*mine|, the claims of one request. |*ret_before| is what others claimed before. A claim that
 * does not grow keeps its place. Drops those whose time is up at |now|. False when memory is out.
 */
bool claim_make(struct claims *claims, struct claim **mine, struct span owner, unsigned kind,
    unsigned amount, uint64_t now, unsigned *ret_before);

/* They count no more. */
void claim_end(struct claims *claims, struct claim **mine);

/* They count until |until|, or a little longer, and are nobody's. */
void claim_leave(struct claims *claims, struct claim **mine, uint64_t until);

/* Frees all. */
void claims_free(struct claims *claims);

#endif
