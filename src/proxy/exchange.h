/* SPDX-License-Identifier: Apache-2.0 */
/* One request on its way through judgement. Most live for one call in server->quick; one whose body
 * is awaited gets an object of its own. */
#ifndef PROXY_EXCHANGE_H
#define PROXY_EXCHANGE_H

#include "http/http.h"
#include "policy/policy.h"
#include "proxy/conn.h"

#define INSPECT_REFUSED_MOST 65536u /* bytes that are read of a request whose head is refused */

struct lookup;

struct exchange {
	struct arena arena;
	struct http_request request;
	struct http_target target;
	struct policy_request ask;
	struct decision decision;
	struct http_fault fault;
	struct span head;          /* its bytes */
	bool target_read;          /* |target| is set */
	struct span location;      /* that the refusal, a 301, tells; .at NULL: none */
	struct buf body;           /* as far as it has come */
	struct lookup *lookup;     /* what the daemon is asked for first, or NULL */
	struct http_chunks chunks; /* of a chunked body that is inspected */
	enum crowd_limit limit;    /* that it is refused for */
	unsigned retry_after;      /* seconds, then; 0: cannot be told */
	uint64_t began;            /* loop time at which its body began to be awaited */
	size_t counted;            /* bytes in the seat of its connection */
};

struct exchange *exchange_new(const struct limits *limits);
void exchange_free(struct exchange *exchange);

/* Reads the head at the front of |bytes|. HTTP_DONE: ask is filled. HTTP_ERROR: decision is. */
enum http_result exchange_read(
    struct exchange *exchange, const struct limits *limits, struct span bytes, size_t *scanned);

/* Fills |exchange->ask.own| and |upstream|, what the policy must know of where sockwarden itself
 * is. False when memory is out. */
bool exchange_tell_own(struct conn *conn, struct exchange *exchange);

/* Fills |exchange->decision| by the policy that judges this client. */
void exchange_decide(struct conn *conn, struct exchange *exchange);

/* Judges what has been read; goes on to wait for the body, to refuse, or to forward. |rest| is what
 * came behind the head. Returns how many bytes of it are dealt with. */
size_t exchange_judge(struct conn *conn, struct exchange *exchange, struct span rest);

/* Judges once more, with the body in |body|. */
void exchange_judge_body(struct conn *conn, struct exchange *exchange, struct span body);

/* The same with what the daemon said of objects. */
void exchange_judge_state(struct conn *conn, struct exchange *exchange);

/* Ends a look in dry-run mode that led nowhere: what was decided before it, a refusal, holds. It is
 * not judged again, since what is not known would count as what does not exist. */
void exchange_leave_state(struct conn *conn, struct exchange *exchange);

/* Reads the JSON in |body| for the policy. False, and a refusal is decided, when that cannot be. */
bool exchange_read_json(struct conn *conn, struct exchange *exchange, struct span body);

/* Moves the exchange into an object of its own, which waits with the connection. NULL when memory
 * is out. */
struct exchange *exchange_keep(struct conn *conn, const struct exchange *quick);

/* Frees an exchange that waited. */
void exchange_drop(struct conn *conn, struct exchange *exchange);

/* Counts what is held for it now: head, body, JSON, and what the daemon said of objects. */
enum crowd_limit exchange_count(struct conn *conn, struct exchange *exchange);

/* Counts nothing of it any more. */
void exchange_uncount(struct conn *conn, struct exchange *exchange);

/* Sends the permitted request to the daemon; |body| goes with it. */
void exchange_forward(struct conn *conn, struct exchange *exchange, struct span body);

/* Audits and answers |exchange->decision|, a refusal. |rest| as in exchange_judge(). Returns how
 * many bytes of it belong to the refused request. */
size_t exchange_refuse(struct conn *conn, struct exchange *exchange, struct span rest);

/* Answers with |status| and one sentence, without an audit line; then finishes. For what is no
 * decision, such as no more connections. */
void conn_answer(struct conn *conn, unsigned status, const char *message);

/* The same for a request that was permitted and that the daemon does not answer: the connection
 * stays for the next one when the whole request was read. */
void conn_answer_gateway(struct conn *conn, unsigned status, const char *message);

/* The same with what the daemon answered to a question of ours. */
void conn_hand_on(struct conn *conn, const struct http_handed *handed);

/* Writes the audit line of |exchange->decision|. False when it must be refused for want of an audit
 * log. */
bool exchange_audit(struct conn *conn, struct exchange *exchange, enum audit_event event);

/* The same for a request that is about to be sent on: writes nothing when its level is not asked
 * for. */
bool exchange_audit_permitted(struct conn *conn, struct exchange *exchange);

#endif
