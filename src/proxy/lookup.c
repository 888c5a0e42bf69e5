/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/lookup.h"

#include <stdlib.h>

#include "answer/answer.h"
#include "proxy/limit.h"
#include "proxy/question.h"
#include "proxy/redaction.h"

static struct trial *trial_of(const struct conn *conn)
{
	return &conn->exchange->trial;
}

/* ---- ends -------------------------------------------------------------------------------- */

static void judge(struct conn *conn)
{
	conn->request = REQUEST_DONE;
	exchange_judge_waiting(conn);
}

/* No judgement is possible: that is a refusal, and is decided. What a dry run did not learn is left
 * out of what is told. */
static void refuse(struct conn *conn)
{
	conn_leave_daemon(conn);
	conn->request = REQUEST_DONE;
	exchange_refuse_waiting(conn);
}

static void fail(struct conn *conn, enum reason reason, unsigned status, const char *text)
{
	(void)trial_fail_object(trial_of(conn), reason, status, text);
	refuse(conn);
}

static void over_limit(struct conn *conn, enum crowd_limit limit)
{
	exchange_over_limit(conn->exchange, limit, 0);
	refuse(conn);
}

/* The daemon does not answer, which the client of a request that may be permitted is told as if the
 * request itself had no answer. */
static void answer_gateway(struct conn *conn, unsigned status, const char *message)
{
	if (trial_is_refused(trial_of(conn))) {
		refuse(conn);
		return;
	}
	conn_answer_gateway(conn, status, message);
	exchange_drop(conn);
}

void lookup_unreachable(struct conn *conn)
{
	if (trial_is_refused(trial_of(conn)))
		(void)exchange_audit(conn, conn->exchange, AUDIT_WOULD_DENY);
}

void lookup_time_is_up(struct conn *conn)
{
	answer_gateway(conn, 504,
	    "sockwarden: the Docker daemon took longer than body_timeout to answer a question "
	    "about "
	    "an object that the request names; try again");
}

/* ---- rounds ------------------------------------------------------------------------------ */

static bool make_question(struct conn *conn)
{
	struct exchange *exchange = conn->exchange;

	if (exchange->question) {
		question_clear(exchange->question);
		return true;
	}
	exchange->question = malloc(sizeof(*exchange->question));
	if (exchange->question)
		question_init(exchange->question, &conn_server(conn)->limits);
	return exchange->question != NULL;
}

void lookup_begin(struct conn *conn)
{
	if (!exchange_keep(conn) || !make_question(conn)) {
		conn_answer(conn, 503, "sockwarden: out of memory while checking existing objects");
		exchange_drop(conn);
		return;
	}
	enum crowd_limit limit = exchange_count(conn, conn->exchange);

	if (limit != CROWD_FINE) {
		over_limit(conn, limit);
		return;
	}
	/* What the client still sends is not read before the judgement. */
	conn->request = trial_rest(trial_of(conn)) == FRAMING_NONE ? REQUEST_DONE : REQUEST_LENGTH;
	conn_enter(conn, CONN_LOOKUP);
}

void lookup_reread(struct conn *conn)
{
	trial_reread(trial_of(conn));
}

void lookup_restart(struct conn *conn)
{
	conn_leave_daemon(conn);
	trial_restart(trial_of(conn));
	judge(conn);
}

/* ---- answers ----------------------------------------------------------------------------- */

/* The object that the request acts on does not exist. An answer in chunks is told by its message.
 */
static void hand_on(struct conn *conn)
{
	const struct question *question = conn->exchange->question;
	const struct trial_absent *absent = &trial_of(conn)->absent;
	struct span head = {question->head.at, question->response.head_bytes};

	/* nobody is refused for want of this line: nothing reaches the daemon */
	bool hidden = trial_of(conn)->hidden; /* refused, and in the log */

	if (conn_server(conn)->bare && !hidden)
		(void)exchange_audit(conn, conn->exchange, AUDIT_ALLOWED);
	if (redaction_hides_error(
		conn_policy(conn), trial_of(conn)->ask.match.operation, question->response.status))
		conn_answer_gateway(conn, absent->status, ANSWER_COVER_MESSAGE);
	else if (question->response.framing == FRAMING_LENGTH && !hidden)
		conn_hand_on(conn,
		    &(struct http_handed){&question->response, head, buf_span(&question->body)});
	else
		conn_answer_gateway(conn, absent->status, absent->message);
	exchange_drop(conn);
}

static void go_on_to(struct conn *conn, enum trial_state state)
{
	switch (state) {
	case TRIAL_WANT_OBJECTS:
		question_clear(conn->exchange->question);
		break;
	case TRIAL_READY:
		judge(conn);
		break;
	case TRIAL_ABSENT:
		hand_on(conn);
		break;
	case TRIAL_REFUSED:
	case TRIAL_MORE:
	case TRIAL_WANT_BODY:
	case TRIAL_PERMITTED:
		refuse(conn);
	}
}

static void end_answer(struct conn *conn)
{
	const struct question *question = conn->exchange->question;

	go_on_to(conn,
	    trial_answer(trial_of(conn), question->response.status, buf_span(&question->body)));
}

/* The rest of it is not read. */
static void leave_answer(struct conn *conn)
{
	conn_leave_daemon(conn);
	go_on_to(conn, trial_object_too_large(trial_of(conn)));
}

/* ---- asking ------------------------------------------------------------------------------ */

/* Goes on as the question does; false when an event must come first. */
static bool go_on(struct conn *conn, enum question_turn turn)
{
	switch (turn) {
	case QUESTION_WAITS:
		return false;
	case QUESTION_GOES_ON:
		break;
	case QUESTION_ANSWERED:
		end_answer(conn);
		break;
	case QUESTION_LEFT:
		answer_gateway(conn, 502,
		    "sockwarden: the Docker daemon did not say what the request is about");
		break;
	case QUESTION_TOLD:
		exchange_drop(conn);
		break;
	case QUESTION_TOO_LARGE:
		leave_answer(conn);
		break;
	case QUESTION_GARBLED:
		fail(conn, REASON_UPSTREAM, 502, "the daemon's answer cannot be understood");
		break;
	case QUESTION_NO_MEMORY:
		fail(conn, REASON_INTERNAL, 503, "out of memory");
		break;
	}
	return true;
}

/* What is counted is claimed first: who counts later adds it. False when memory is out. */
static bool claim(struct conn *conn)
{
	const struct policy_object *object = trial_wanted(trial_of(conn));
	struct server *server = conn_server(conn);
	unsigned before;

	if (!object->count.asked)
		return true;
	if (!crowd_claim(server->crowd, &conn->seat, object->name, object->kind,
		object->count.amount, loop_now(server->loop), &before))
		return false;
	trial_set_claimed(trial_of(conn), before);
	return true;
}

static enum question_turn send_question(
    struct conn *conn, struct span path, struct span body, struct buf *filters)
{
	struct pair query[TRIAL_PAIRS_MOST];
	struct http_target target = {.path = path, .query = query};

	target.query_count = trial_question_query(trial_of(conn), filters, query);
	if (filters->failed || !claim(conn))
		return QUESTION_NO_MEMORY;
	return question_post(conn, conn->exchange->question, &target, body);
}

static bool ask(struct conn *conn)
{
	struct buf path, body, filters;

	buf_init(&path, conn_server(conn)->limits.http.max_head);
	buf_init(&body, conn_server(conn)->limits.http.max_head);
	buf_init(&filters, conn_server(conn)->limits.http.max_head);
	trial_write_question(trial_of(conn), &path);
	trial_write_question_body(trial_of(conn), &body);
	enum question_turn turn = path.failed || body.failed ? QUESTION_NO_MEMORY
							     : send_question(conn, buf_span(&path),
								   buf_span(&body), &filters);

	buf_free(&filters);
	buf_free(&path);
	buf_free(&body);
	if (turn == QUESTION_GOES_ON)
		conn_enter(conn, CONN_LOOKUP); /* its time begins anew */
	return go_on(conn, turn);
}

/* True when it was refused for what the daemon said. */
static bool holds_too_much(struct conn *conn)
{
	enum crowd_limit limit = exchange_count(conn, conn->exchange);

	if (limit != CROWD_FINE)
		over_limit(conn, limit);
	return limit != CROWD_FINE;
}

bool lookup_step(struct conn *conn)
{
	if (io_is_hung_up(&conn->client)) {
		conn_give_place(conn); /* nothing of it has reached the daemon */
		conn_close(conn);
		return true;
	}
	struct question *question = conn->exchange->question;

	if (!question->asked)
		return ask(conn);
	enum question_turn turn = question_read(conn, question);

	return holds_too_much(conn) || go_on(conn, turn);
}
