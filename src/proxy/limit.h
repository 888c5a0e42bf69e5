/* SPDX-License-Identifier: Apache-2.0 */
/* Between connections and what is counted of all of them. */
#ifndef PROXY_LIMIT_H
#define PROXY_LIMIT_H

#include "base/error.h"
#include "proxy/conn.h"
#include "proxy/exchange.h"

/* Counts a connection that came in; refuses it when that is one too many. */
void conn_enter_crowd(struct conn *conn);

/* Counts it for who it is found to be. One too many is refused with its next request. */
void conn_rename(struct conn *conn);

/* After a handshake, where who it is tells more than its address: the same, refused at once. */
void conn_introduce(struct conn *conn);

/* Gives the request in |exchange| a place among those under way. False: it is decided that it is
 * refused, or it must be found out first who the client is: CONN_CALLER. */
MUST_CHECK bool exchange_admit(struct conn *conn, struct exchange *exchange);

/* Decides that |exchange| is refused for |limit|. */
void exchange_over_limit(struct exchange *exchange, enum crowd_limit limit, uint64_t wait);

/* Refuses, for |limit|, what is no whole request; then finishes. */
void conn_over_limit(struct conn *conn, enum crowd_limit limit);

/* It was refused because it is one connection too many: it counts no more. Of those there are few
 * that have time to read why. */
void conn_turn_away(struct conn *conn);

/* Counts a refusal for |limit|. True when it gets an audit line of its own. */
bool conn_tells(struct conn *conn, enum crowd_limit limit);

/* Writes the audit lines that stand for many refusals, as far as it is time; |all|: every one. */
void server_report_quiet(struct server *server, bool all);

/* Logs how often each limit refused something. */
void server_report_limits(struct server *server);

/* Counts every connection anew for who it is, since limits of clients may have come. */
void server_recount(struct server *server);

#endif
