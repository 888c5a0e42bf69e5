/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/lookup.h"

#include <stdlib.h>

#include "json/json.h"
#include "proxy/limit.h"
#include "proxy/question.h"

struct lookup {
	struct policy_object objects[POLICY_OBJECTS_MOST]; /* what is known */
	size_t count;
	struct policy_object wanted[POLICY_WANTED_MOST];
	unsigned wanted_count, at; /* wanted[at] is being asked for */
	struct question question;
};

static const struct span none = {NULL, 0};

void lookup_free(struct lookup *lookup)
{
	if (!lookup)
		return;
	question_free(&lookup->question);
	free(lookup);
}

size_t lookup_held(const struct lookup *lookup)
{
	return lookup ? sizeof(*lookup) + question_held(&lookup->question) : 0;
}

static struct lookup *lookup_new(const struct limits *limits)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));

	if (lookup)
		question_init(&lookup->question, limits);
	return lookup;
}

static struct lookup *lookup_of(const struct conn *conn)
{
	return conn->exchange->lookup;
}

/* ---- ends --------------------------------------------------------------------------------------
 */

/* The exchange needs its connection no more. */
static void leave(struct conn *conn)
{
	struct exchange *exchange = conn->exchange;

	conn->exchange = NULL;
	exchange_drop(conn, exchange);
}

static void go_without(struct conn *conn);

/* Whether the request is refused in any case, and passes all the same (dry-run). */
static bool is_refused(const struct conn *conn)
{
	return conn->exchange->decision.verdict == VERDICT_DENY;
}

/* No judgement is possible: that is a refusal. */
static void refuse(struct conn *conn, enum reason reason, unsigned status, const char *text)
{
	const struct lookup *lookup = lookup_of(conn);
	const struct policy_object *object = &lookup->wanted[lookup->at];

	if (is_refused(conn)) {
		go_without(conn);
		return;
	}

	decision_refuse(&conn->exchange->decision, reason, status, "cannot look up %s \"%.*s\": %s",
	    docker_object_info(object->kind)->name, (int)object->name.len, object->name.at, text);
	conn_leave_daemon(conn);
	(void)exchange_refuse(conn, conn->exchange, none);
	leave(conn);
}

static void over_limit(struct conn *conn, struct exchange *exchange, enum crowd_limit limit)
{
	exchange_over_limit(exchange, limit, 0);
	(void)exchange_refuse(conn, exchange, none);
}

static void answer_gateway(struct conn *conn, unsigned status, const char *message)
{
	if (is_refused(conn)) {
		go_without(conn);
		return;
	}
	conn_answer_gateway(conn, status, message);
	leave(conn);
}

void lookup_unreachable(struct conn *conn)
{
	if (is_refused(conn))
		(void)exchange_audit(conn, conn->exchange, AUDIT_WOULD_DENY);
}

void lookup_time_is_up(struct conn *conn)
{
	answer_gateway(conn, 504,
	    "sockwarden: the Docker daemon took longer than body_timeout to answer a question "
	    "about "
	    "an object that the request names; try again");
}

/* ---- rounds ------------------------------------------------------------------------------------
 */

static bool begin_round(struct exchange *exchange)
{
	const struct decision *decision = &exchange->decision;
	struct lookup *lookup = exchange->lookup;

	if (decision->wanted_count == 0 ||
	    lookup->count + decision->wanted_count > POLICY_OBJECTS_MOST)
		return false;
	memcpy(lookup->wanted, decision->wanted, sizeof(lookup->wanted));
	lookup->wanted_count = decision->wanted_count;
	lookup->at = 0;
	question_clear(&lookup->question);
	return true;
}

/* Names that are wanted point into the request, so one that moves is judged anew. */
static struct exchange *keep(struct conn *conn, struct exchange *exchange, struct span body)
{
	struct server *server = conn_server(conn);
	bool quick = exchange == server->quick;
	struct exchange *own = quick ? exchange_keep(conn, exchange) : exchange;

	if (!own)
		return NULL;
	conn->exchange = own;
	own->lookup = lookup_new(&server->limits);
	if (quick && exchange->ask.body_read) {
		buf_add(&own->body, body);
		if (own->body.failed || !exchange_read_json(conn, own, buf_span(&own->body)))
			return NULL;
	}
	if (!own->lookup)
		return NULL;
	own->limit = exchange_count(conn, own);
	if (quick)
		exchange_decide(conn, own);
	return own;
}

void lookup_begin(struct conn *conn, struct exchange *exchange, struct span body)
{
	struct exchange *own = exchange->lookup ? exchange : keep(conn, exchange, body);

	if (!own || !begin_round(own)) {
		conn_answer(conn, 503, "sockwarden: out of memory while checking existing objects");
		return;
	}
	if (own->limit != CROWD_FINE) {
		conn->exchange = NULL;
		over_limit(conn, own, own->limit);
		if (own != exchange) /* or else it is the caller's to end */
			exchange_drop(conn, own);
		return;
	}
	conn->exchange = own;
	/* What the client still sends is not read before the judgement. */
	conn->request = own->request.framing == FRAMING_NONE ? REQUEST_DONE : REQUEST_LENGTH;
	conn_enter(conn, CONN_LOOKUP);
}

static void end_round(struct conn *conn)
{
	struct exchange *exchange = conn->exchange;

	exchange->ask.objects = exchange->lookup->objects;
	exchange->ask.object_count = exchange->lookup->count;
	conn->exchange = NULL;
	conn->request = REQUEST_DONE;
	exchange_judge_state(conn, exchange);
	if (conn->exchange != exchange)
		exchange_drop(conn, exchange);
}

void lookup_restart(struct conn *conn)
{
	conn_leave_daemon(conn);
	lookup_of(conn)->count = 0;
	end_round(conn);
}

/* ---- answers -----------------------------------------------------------------------------------
 */

/* What the daemon did not say is left out of what is told. */
static void go_without(struct conn *conn)
{
	struct exchange *exchange = conn->exchange;

	conn_leave_daemon(conn);
	conn->exchange = NULL;
	conn->request = REQUEST_DONE;
	exchange_leave_state(conn, exchange);
	exchange_drop(conn, exchange);
}

/* Notes what the object is; |json| is NULL when there is none. */
static void answered(struct conn *conn, const cJSON *json)
{
	struct lookup *lookup = lookup_of(conn);
	struct policy_object *object = &lookup->objects[lookup->count++];

	*object = lookup->wanted[lookup->at++];
	object->json = json;
	question_clear(&lookup->question);
	if (lookup->at == lookup->wanted_count)
		end_round(conn);
}

/* What an answer in chunks says. */
static void hand_on_message(struct conn *conn, const struct question *question)
{
	struct error err;
	const cJSON *json = json_parse(buf_span(&question->body), &conn_server(conn)->limits.json,
	    &conn->exchange->arena, &err);
	const char *message = json_string(json_field(json, "message"));

	conn_answer_gateway(conn, question->response.status,
	    *message ? message : "sockwarden: the Docker daemon knows no such object");
}

/* Without the object that it acts on the daemon would say the same to the request itself. To send
 * that on would leave time for such an object to come. */
static void hand_on(struct conn *conn)
{
	const struct question *question = &lookup_of(conn)->question;
	struct span head = {question->head.at, question->response.head_bytes};

	if (is_refused(conn)) {
		go_without(conn);
		return;
	}
	/* nobody is refused for want of this line: nothing reaches the daemon */
	if (conn_server(conn)->bare)
		(void)exchange_audit(conn, conn->exchange, AUDIT_ALLOWED);
	if (question->response.framing == FRAMING_LENGTH)
		conn_hand_on(conn,
		    &(struct http_handed){&question->response, head, buf_span(&question->body)});
	else
		hand_on_message(conn, question);
	leave(conn);
}

static void read_object(struct conn *conn)
{
	struct server *server = conn_server(conn);
	struct exchange *exchange = conn->exchange;
	struct error err;
	const cJSON *json = json_parse(buf_span(&exchange->lookup->question.body),
	    &server->limits.json, &exchange->arena, &err);

	if (json)
		answered(conn, json);
	else
		refuse(conn, REASON_UPSTREAM, 502, err.text);
}

static void end_answer(struct conn *conn)
{
	struct lookup *lookup = lookup_of(conn);
	unsigned status = lookup->question.response.status;

	if (status == 200)
		read_object(conn);
	else if (status >= 400 && lookup->wanted[lookup->at].driven)
		hand_on(conn);
	else if (status == 404)
		answered(conn, NULL);
	else
		refuse(conn, REASON_UPSTREAM, 502, http_status_text(status));
}

/* ---- asking ------------------------------------------------------------------------------------
 */

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
		leave(conn);
		break;
	case QUESTION_TOO_LARGE:
		refuse(conn, REASON_LIMIT, 502, "the daemon's answer is larger than max_body");
		break;
	case QUESTION_GARBLED:
		refuse(conn, REASON_UPSTREAM, 502, "the daemon's answer cannot be understood");
		break;
	case QUESTION_NO_MEMORY:
		refuse(conn, REASON_INTERNAL, 503, "out of memory");
		break;
	}
	return true;
}

static bool ask(struct conn *conn)
{
	struct lookup *lookup = lookup_of(conn);
	const struct policy_object *object = &lookup->wanted[lookup->at];
	const struct docker_object_info *info = docker_object_info(object->kind);
	struct buf path;

	buf_init(&path, conn_server(conn)->limits.http.max_head);
	buf_add_text(&path, info->before);
	buf_add(&path, object->name);
	buf_add_text(&path, info->after);
	enum question_turn turn = path.failed
				      ? QUESTION_NO_MEMORY
				      : question_ask(conn, &lookup->question, buf_span(&path));

	buf_free(&path);
	if (turn == QUESTION_GOES_ON)
		conn_enter(conn, CONN_LOOKUP); /* its time begins anew */
	return go_on(conn, turn);
}

/* True when it was refused for what the daemon said. */
static bool holds_too_much(struct conn *conn)
{
	struct exchange *exchange = conn->exchange;
	enum crowd_limit limit = exchange_count(conn, exchange);

	if (limit == CROWD_FINE)
		return false;
	conn_leave_daemon(conn);
	over_limit(conn, exchange, limit);
	leave(conn);
	return true;
}

bool lookup_step(struct conn *conn)
{
	if (io_is_hung_up(&conn->client)) {
		conn_close(conn);
		return true;
	}
	if (!lookup_of(conn)->question.asked)
		return ask(conn);
	enum question_turn turn = question_read(conn, &lookup_of(conn)->question);

	return holds_too_much(conn) || go_on(conn, turn);
}
