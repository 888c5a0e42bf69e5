/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon is asked before a request is judged by it: one GET after the other, on the
 * connection that the request will take. */
#ifndef PROXY_LOOKUP_H
#define PROXY_LOOKUP_H

#include "proxy/conn.h"
#include "proxy/exchange.h"

/* Asks for what the trial wants. The exchange waits with its connection, and is judged again when
 * all has been said. */
void lookup_begin(struct conn *conn);

/* The policy may be another one now. What the daemon says of objects still counts. */
void lookup_reread(struct conn *conn);

/* The decision, a refusal, is about an object that the client is to take for missing: answers what
 * the daemon says of those. False when nothing was looked up. */
bool lookup_begin_absent(struct conn *conn, struct exchange *exchange);

/* Forgets what was said and asks anew, as the policy is now and the daemon that is there now. */
void lookup_restart(struct conn *conn);

/* The daemon cannot be reached, which the client is about to be told: writes the audit line that a
 * request has in dry-run mode. */
void lookup_unreachable(struct conn *conn);

/* The daemon took too long. */
void lookup_time_is_up(struct conn *conn);

#endif
