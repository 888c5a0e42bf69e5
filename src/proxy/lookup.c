/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/lookup.h"

#include <stdlib.h>

#include "json/json.h"
#include "proxy/limit.h"

struct lookup {
	struct policy_object objects[POLICY_OBJECTS_MOST]; /* what is known */
	size_t count;
	struct policy_object wanted[POLICY_WANTED_MOST];
	unsigned wanted_count, at; /* wanted[at] is being asked for */
	bool asked;                /* the question is on its way */
	bool fresh;                /* it is the first on this connection to the daemon */
	bool head_read;
	bool extra; /* bytes came that no one asked for */
	size_t scanned;
	uint64_t left; /* of an answer with a length */
	struct http_response response;
	struct http_chunks chunks;
	struct buf head, body; /* of the answer, as far as they have come */
};

static const struct span none = {NULL, 0};

void lookup_free(struct lookup *lookup)
{
	if (!lookup)
		return;
	buf_free(&lookup->head);
	buf_free(&lookup->body);
	free(lookup);
}

static struct lookup *lookup_new(const struct limits *limits)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));

	if (!lookup)
		return NULL;
	buf_init(&lookup->head, limits->http.max_head + SERVER_SCRATCH);
	buf_init(&lookup->body, limits->json.max_bytes);
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

/* No judgement is possible: that is a refusal. */
static void refuse(struct conn *conn, enum reason reason, unsigned status, const char *text)
{
	const struct lookup *lookup = lookup_of(conn);
	const struct policy_object *object = &lookup->wanted[lookup->at];

	decision_refuse(&conn->exchange->decision, reason, status,
	    "what %s \"%.*s\" is cannot be told: %s", docker_object_info(object->kind)->name,
	    (int)object->name.len, object->name.at, text);
	io_close(&conn->upstream);
	(void)exchange_refuse(conn, conn->exchange, none);
	leave(conn);
}

static void over_limit(struct conn *conn, enum crowd_limit limit)
{
	exchange_over_limit(conn->exchange, limit, 0);
	(void)exchange_refuse(conn, conn->exchange, none);
	leave(conn);
}

static void answer_gateway(struct conn *conn, unsigned status, const char *message)
{
	conn_answer_gateway(conn, status, message);
	leave(conn);
}

void lookup_time_is_up(struct conn *conn)
{
	answer_gateway(conn, 504,
	    "sockwarden: the Docker daemon did not say in time what the request is about");
}

/* ---- asking ------------------------------------------------------------------------------------
 */

static bool write_question(struct conn *conn, const struct policy_object *object)
{
	const struct docker_object_info *info = docker_object_info(object->kind);
	struct buf *out = &conn_server(conn)->out;
	struct buf path;

	buf_init(&path, conn_server(conn)->limits.http.max_head);
	buf_add_text(&path, info->before);
	buf_add(&path, object->name);
	buf_add_text(&path, info->after);
	const struct http_target target = {.path = buf_span(&path)};

	buf_clear(out);
	buf_add_text(out, "GET ");
	http_target_write(out, &target);
	buf_add_text(out, " HTTP/1.1\r\nHost: docker\r\n\r\n");
	bool written = !path.failed && !out->failed;

	buf_free(&path);
	return written;
}

/* A connection that was kept may have ended meanwhile: then the question is asked once more. */
static void daemon_left(struct conn *conn)
{
	struct lookup *lookup = lookup_of(conn);

	io_close(&conn->upstream);
	pending_free(&conn->to_upstream);
	if (!lookup->fresh && lookup->head.len == 0)
		lookup->asked = false;
	else
		answer_gateway(conn, 502,
		    "sockwarden: the Docker daemon did not say what the request is about");
}

/* Returns false while the connection does not stand. */
static bool open_upstream(struct conn *conn)
{
	if (!io_is_open(&conn->upstream) || !conn->dialling) {
		upstream_drop_stale(conn);
		lookup_of(conn)->fresh = !io_is_open(&conn->upstream);
		if (io_is_open(&conn->upstream))
			return true;
		conn_aim(conn);
	}
	enum dial dialled = conn_dial(conn);

	if (dialled == DIAL_FAILED)
		leave(conn);
	return dialled != DIAL_LATER;
}

static bool ask(struct conn *conn)
{
	if (!open_upstream(conn))
		return false;
	if (!conn->exchange)
		return true;
	struct lookup *lookup = lookup_of(conn);

	if (!write_question(conn, &lookup->wanted[lookup->at])) {
		refuse(conn, REASON_INTERNAL, 503, "out of memory");
		return true;
	}
	struct iovec part = conn_part(buf_span(&conn_server(conn)->out));

	lookup->asked = true;
	conn_enter(conn, CONN_LOOKUP);
	if (pending_send(&conn->to_upstream, &conn->upstream, &part, 1) == FLUSH_FAILED)
		daemon_left(conn);
	return true;
}

/* ---- rounds ------------------------------------------------------------------------------------
 */

static void begin_answer(struct lookup *lookup)
{
	lookup->asked = lookup->head_read = lookup->extra = false;
	lookup->scanned = 0;
	buf_clear(&lookup->head);
	buf_clear(&lookup->body);
}

static bool begin_round(struct exchange *exchange)
{
	const struct decision *decision = &exchange->decision;
	struct lookup *lookup = exchange->lookup;

	if (decision->verdict != VERDICT_NEED_STATE || decision->wanted_count == 0 ||
	    lookup->count + decision->wanted_count > POLICY_OBJECTS_MOST)
		return false;
	memcpy(lookup->wanted, decision->wanted, sizeof(lookup->wanted));
	lookup->wanted_count = decision->wanted_count;
	lookup->at = 0;
	begin_answer(lookup);
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
	own->limit = exchange_count(conn, own, own->head.len + own->body.size);
	if (quick)
		exchange_decide(conn, own);
	return own;
}

void lookup_begin(struct conn *conn, struct exchange *exchange, struct span body)
{
	struct exchange *own = exchange->lookup ? exchange : keep(conn, exchange, body);

	if (!own || !begin_round(own)) {
		conn_answer(conn, 503, "sockwarden: there is no room to look at what exists");
		return;
	}
	conn->exchange = own;
	if (own->limit != CROWD_FINE) {
		over_limit(conn, own->limit);
		return;
	}
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
	io_close(&conn->upstream);
	pending_free(&conn->to_upstream);
	lookup_of(conn)->count = 0;
	end_round(conn);
}

/* ---- answers -----------------------------------------------------------------------------------
 */

/* Notes what the object is; |json| is NULL when there is none. */
static void answered(struct conn *conn, const cJSON *json)
{
	struct lookup *lookup = lookup_of(conn);
	struct policy_object *object = &lookup->objects[lookup->count++];

	*object = lookup->wanted[lookup->at++];
	object->json = json;
	begin_answer(lookup);
	if (lookup->at == lookup->wanted_count)
		end_round(conn);
}

/* Without the object that it acts on the daemon would say the same to the request itself. To send
 * that on would leave time for such an object to come. */
static void hand_on(struct conn *conn)
{
	struct lookup *lookup = lookup_of(conn);
	struct error err;
	const cJSON *json = json_parse(
	    buf_span(&lookup->body), &conn_server(conn)->limits.json, &conn->exchange->arena, &err);
	const char *message = json_string(json_field(json, "message"));

	answer_gateway(conn, lookup->response.status,
	    *message ? message : "sockwarden: the Docker daemon knows no such object");
}

static void read_object(struct conn *conn)
{
	struct server *server = conn_server(conn);
	struct exchange *exchange = conn->exchange;
	struct error err;
	enum crowd_limit limit =
	    exchange_count(conn, exchange, exchange->counted + exchange->lookup->body.len);

	if (limit != CROWD_FINE) {
		io_close(&conn->upstream);
		over_limit(conn, limit);
		return;
	}
	const cJSON *json = json_parse(
	    buf_span(&exchange->lookup->body), &server->limits.json, &exchange->arena, &err);

	if (json)
		answered(conn, json);
	else
		refuse(conn, REASON_UPSTREAM, 502, err.text);
}

static void end_answer(struct conn *conn)
{
	struct lookup *lookup = lookup_of(conn);
	unsigned status = lookup->response.status;

	if (!lookup->response.keep_alive || lookup->extra)
		io_close(&conn->upstream);
	if (status == 200)
		read_object(conn);
	else if (status >= 400 && lookup->wanted[lookup->at].driven)
		hand_on(conn);
	else if (status == 404)
		answered(conn, NULL);
	else
		refuse(conn, REASON_UPSTREAM, 502, http_status_text(status));
}

static bool add_data(void *context, struct span data)
{
	struct buf *body = context;

	buf_add(body, data);
	return !body->failed;
}

static enum http_result take_chunks(struct lookup *lookup, struct span bytes)
{
	struct http_fault fault;
	size_t used = 0;
	enum http_result result =
	    http_chunks_feed(&lookup->chunks, bytes, add_data, &lookup->body, &used, &fault);

	lookup->extra = result == HTTP_DONE && used < bytes.len;
	return result;
}

static enum http_result take_length(struct lookup *lookup, struct span bytes)
{
	size_t take = bytes.len < lookup->left ? bytes.len : (size_t)lookup->left;

	buf_add(&lookup->body, (struct span){bytes.at, take});
	lookup->left -= take;
	lookup->extra = take < bytes.len;
	if (lookup->body.failed)
		return HTTP_ERROR;
	return lookup->left == 0 ? HTTP_DONE : HTTP_MORE;
}

/* Takes |bytes| of the body. HTTP_MORE until its end. */
static enum http_result take_body(struct lookup *lookup, struct span bytes)
{
	switch (lookup->response.framing) {
	case FRAMING_NONE:
		return HTTP_DONE;
	case FRAMING_LENGTH:
		return take_length(lookup, bytes);
	case FRAMING_CHUNKED:
		return take_chunks(lookup, bytes);
	case FRAMING_CLOSE: /* no daemon ends an object that way: it may be cut off */
		break;
	}
	return HTTP_ERROR;
}

static enum http_result take_head(struct conn *conn, struct lookup *lookup, struct span bytes)
{
	const struct http_limits *limits = &conn_server(conn)->limits.http;
	struct http_fault fault;

	buf_add(&lookup->head, bytes);
	if (lookup->head.failed)
		return HTTP_ERROR;
	enum http_result result = http_response_parse(buf_span(&lookup->head), &lookup->scanned,
	    limits, METHOD_GET, &lookup->response, &fault);

	if (result != HTTP_DONE)
		return result;
	if (lookup->response.status < 200) /* neither interim answers nor upgrades were asked for */
		return HTTP_ERROR;
	lookup->head_read = true;
	lookup->left = lookup->response.content_length;
	if (lookup->response.framing == FRAMING_CHUNKED)
		http_chunks_init(&lookup->chunks, limits->max_head);
	size_t used = lookup->response.head_bytes;

	return take_body(lookup, (struct span){lookup->head.at + used, lookup->head.len - used});
}

static void take(struct conn *conn, struct span bytes)
{
	struct lookup *lookup = lookup_of(conn);
	enum http_result result =
	    lookup->head_read ? take_body(lookup, bytes) : take_head(conn, lookup, bytes);

	if (result == HTTP_DONE)
		end_answer(conn);
	else if (lookup->body.failed)
		refuse(conn, REASON_LIMIT, 502, "the daemon's answer is larger than max_body");
	else if (result == HTTP_ERROR)
		refuse(conn, REASON_UPSTREAM, 502, "the daemon's answer cannot be understood");
}

bool lookup_step(struct conn *conn)
{
	struct server *server = conn_server(conn);

	if (io_is_hung_up(&conn->client)) {
		conn_close(conn);
		return true;
	}
	if (!lookup_of(conn)->asked)
		return ask(conn);
	if (pending_flush(&conn->to_upstream, &conn->upstream) == FLUSH_FAILED) {
		daemon_left(conn);
		return true;
	}
	if (!conn->upstream.readable)
		return false;
	ssize_t n = io_recv(&conn->upstream, server->scratch, SERVER_SCRATCH);

	if (n == IO_AGAIN)
		return false;
	if (n > 0)
		take(conn, (struct span){server->scratch, (size_t)n});
	else
		daemon_left(conn);
	return true;
}
