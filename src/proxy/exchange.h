/* SPDX-License-Identifier: Apache-2.0 */
/* One request of a connection: its trial, and what the connection counts of it. A request that need
 * not wait is judged in server->exchange. One that waits for its body or for the daemon takes that
 * one along to conn->exchange, and the server gets another: an exchange has one owner at any time.
 */
#ifndef PROXY_EXCHANGE_H
#define PROXY_EXCHANGE_H

#include "base/error.h"
#include "proxy/conn.h"
#include "proxy/stats.h"
#include "trial/trial.h"

#define INSPECT_REFUSED_MOST 65536u /* bytes that are read of a request whose head is refused */

struct question;

struct exchange {
	struct trial trial;
	struct question *question; /* that the daemon is asked, or NULL */
	enum crowd_limit limit;    /* that it is refused for */
	unsigned retry_after;      /* seconds, then; 0: cannot be told */
	uint64_t began;            /* loop time at which it began to wait */
	size_t counted;            /* bytes in the seat of its connection */
	bool told;                 /* the audit log has its denial */
};

struct exchange *exchange_new(const struct limits *limits);
void exchange_free(struct exchange *exchange);

/* Fills in what the policy must know of where sockwarden itself is. False when memory is out. */
MUST_CHECK bool exchange_tell_own(
    struct conn *conn, struct trial *trial, struct trial_basis *basis);

/* Fills in what an owner may be made of. False when memory is out. */
MUST_CHECK bool exchange_tell_client(
    struct conn *conn, struct trial *trial, struct policy_client *ret_client);

/* Judges the request at hand: goes on to wait for the body, to look at objects, to refuse, or to
 * forward. |rest| is what came behind the head. Returns how many bytes of it are dealt with. */
size_t exchange_judge(struct conn *conn, struct exchange *exchange, struct span rest);

/* The same for the request that waited, once what it waited for is there. Ends the wait, or begins
 * the next one. */
void exchange_judge_waiting(struct conn *conn);

/* Refuses the request that waited, as it is decided; in dry-run mode it passes. Ends the wait. */
void exchange_refuse_waiting(struct conn *conn);

/* What the policy of now says of the request that waits, without doing it. */
enum trial_state exchange_decide(struct conn *conn, struct exchange *exchange);

/* The connection takes the exchange at hand along, if it has none yet. False when memory is out. */
MUST_CHECK bool exchange_keep(struct conn *conn);

/* Frees the exchange that waited, if there is one. */
void exchange_drop(struct conn *conn);

/* Counts what is held for it now: head, body, JSON, and what the daemon said of objects. */
enum crowd_limit exchange_count(struct conn *conn, struct exchange *exchange);

/* Counts nothing of it any more. */
void exchange_uncount(struct conn *conn, struct exchange *exchange);

/* Sends the permitted request to the daemon, with the body that was judged. */
void exchange_forward(struct conn *conn, struct exchange *exchange);

/* Audits and answers the trial's decision, a refusal. |rest| as in exchange_judge(). Returns how
 * many bytes of it belong to the refused request. */
size_t exchange_refuse(struct conn *conn, struct exchange *exchange, struct span rest);

/* The same in the middle of a request that waited, and frees it: the connection ends. */
void exchange_break_off(struct conn *conn);

/* Answers with |status| and one sentence, without an audit line; then finishes. For what is no
 * decision, such as no more connections. */
void conn_answer(struct conn *conn, unsigned status, const char *message);

/* The same for a request that was permitted and that the daemon does not answer: the connection
 * stays for the next one when the whole request was read. */
void conn_answer_gateway(struct conn *conn, unsigned status, const char *message);

/* The same with what the daemon answered to a question of ours. */
void conn_hand_on(struct conn *conn, const struct http_handed *handed);

/* Writes the audit line of the trial's decision. False when it must be refused for want of an audit
 * log. */
bool exchange_audit(struct conn *conn, struct exchange *exchange, enum audit_event event);

/* The same for a request that is about to be sent on: writes nothing when its level is not asked
 * for. */
MUST_CHECK bool exchange_audit_permitted(struct conn *conn, struct exchange *exchange);

/* Counts what became of the request, for the status listener. */
void exchange_count_verdict(
    struct conn *conn, const struct exchange *exchange, enum stats_verdict verdict);

#endif
