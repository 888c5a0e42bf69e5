/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of this room. */
#ifndef H2_PARTS_H
#define H2_PARTS_H

#include <sys/queue.h>

#include <nghttp2/nghttp2.h>

#include "h2/coupling.h"

/* Header fields as they came, one behind the other. */
struct fields {
	struct buf text; /* of each: two lengths, name, value */
	size_t count;
	size_t bytes; /* of names and values */
};

/* What goes to one side of a call. */
struct flow {
	struct buf waiting; /* from |at| on */
	size_t at;
	size_t owed;   /* bytes for which the side that they came from has no window back yet */
	bool ended;    /* nothing follows |waiting| but trailers */
	bool deferred; /* nghttp2 asks for no more until it is told */
	bool done;     /* its end was sent */
};

struct call {
	struct coupling *coupling;
	TAILQ_ENTRY(call) link;
	struct mediator_call ask;
	struct mediator_header *headers; /* of |ask| */
	struct fields request;
	struct fields answer; /* header or trailer fields that are being read */
	struct fields trailers;
	struct buf partial; /* of a message that is held */
	struct buf message; /* of a refusal */
	struct flow flow[COUPLING_SIDES];
	int32_t id[COUPLING_SIDES];
	bool open[COUPLING_SIDES]; /* the stream there */
	size_t fields_held;        /* bytes of |request| and |headers| */
	enum mediator_way way;
	uint32_t reset; /* the code to reset the caller's stream with, behind the answer */
	bool begun : 1; /* the mediator knows it */
	bool refused : 1;
	bool answered : 1;  /* the caller has the head of the answer */
	bool asked_all : 1; /* the caller has ended its side */
	bool reset_waits : 1;
};

struct side {
	struct coupling *coupling;
	nghttp2_session *session;
	enum coupling_side which;
	bool started; /* bytes have come from there */
	bool gone;
	bool leaving; /* it was sent a GOAWAY */
	bool left;    /* it has sent one */
};

TAILQ_HEAD(call_list, call);

struct coupling {
	struct side sides[COUPLING_SIDES];
	struct mediator *mediator;
	coupling_tell_fn *tell;
	void *arg;
	struct call_list calls;
	size_t count;  /* of |calls| */
	size_t held;   /* bytes of buffers of calls */
	size_t memory; /* of nghttp2 */
	nghttp2_mem mem;
	struct buf *out; /* during coupling_send() */
	size_t out_most;
	uint64_t idle_since;
	uint64_t idle_frames;
	bool finishing;   /* a session has ended as it should */
	char reason[128]; /* of a fault, as nghttp2 tells it */
	const char *fault;
};

static inline enum coupling_side side_other(enum coupling_side side)
{
	return side == COUPLING_CALLER ? COUPLING_SERVER : COUPLING_CALLER;
}

static inline nghttp2_session *session_of(const struct call *call, enum coupling_side side)
{
	return call->coupling->sides[side].session;
}

/* ---- ending.c -------------------------------------------------------------------------------- */

/* A frame moved data: frames that carry nothing may follow it. */
void coupling_earn(struct coupling *coupling);

/* Breaks the coupling off. Once is enough. */
void coupling_break(struct coupling *coupling, const char *fault);

/* Passes on that a side is leaving. */
void session_leave(struct side *side, uint32_t code);

/* ---- session.c: what nghttp2 tells ------------------------------------------------------------
 */

/* Makes the session of |side|. False when memory is out. */
bool session_open(struct side *side);

#define FRAME_HEAD 9u /* bytes before the payload of each frame */

/* ---- fields.c ---------------------------------------------------------------------------------
 */

void fields_init(struct fields *fields);
void fields_free(struct fields *fields);

/* False when that is too much, or memory is out. */
bool fields_add(struct fields *fields, struct span name, struct span value);

/* Takes the field at |*at| and moves |*at| behind it; false at the end. */
bool fields_next(const struct fields *fields, size_t *at, struct mediator_header *ret_field);

/* The value of |name|, or .at NULL. */
struct span fields_find(const struct fields *fields, const char *name);

/* Fields that are for one connection alone, or that are written anew, are not handed on. */
bool field_is_carried(struct span name);

/* As nghttp2 wants them, those that are carried, behind |first| others. NULL when memory is out;
 * else |*ret_count| of all. Freed by free(). */
nghttp2_nv *fields_list(
    const struct fields *fields, const nghttp2_nv *first, size_t first_count, size_t *ret_count);

nghttp2_nv field_make(struct span name, struct span value);

/* ---- flow.c -----------------------------------------------------------------------------------
 */

void flow_init(struct flow *flow);

/* Appends; false when memory is out. */
bool flow_add(struct call *call, enum coupling_side to, struct span bytes);

/* The side that |bytes| came from may send as many more. */
void flow_pay(struct call *call, enum coupling_side to, size_t bytes);

/* Nothing more comes. */
void flow_end(struct call *call, enum coupling_side to);

/* Forgets what waits, and pays for all. */
void flow_drop(struct call *call, enum coupling_side to);

nghttp2_data_provider flow_provider(struct call *call);
ssize_t flow_read(nghttp2_session *session, int32_t id, uint8_t *bytes, size_t length,
    uint32_t *flags, nghttp2_data_source *source, void *arg);
int flow_send(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t length,
    nghttp2_data_source *source, void *arg);

/* ---- message.c --------------------------------------------------------------------------------
 */

/* Takes bytes of the caller whose messages are judged. */
void message_take(struct call *call, struct span bytes);

/* ---- call.c -----------------------------------------------------------------------------------
 */

/* NULL when there are too many, or memory is out. */
struct call *call_new(struct coupling *coupling, int32_t id);

/* Its head is read: asks the mediator. */
void call_begin(struct call *call);

/* Opens it towards the side that serves. */
void call_open(struct call *call);

/* |side| has ended its half. */
void call_end(struct call *call, enum coupling_side side);

/* The head of an answer, or its trailers, have come. */
void call_answer(struct call *call, bool end);

/* Refuses it, as |ask| says. */
void call_refuse(struct call *call);
void call_refuse_with(struct call *call, unsigned status, const char *text);

/* The answer's end went out to the caller. */
void call_done(struct call *call);

/* Its stream at |side| is closed. Frees it with the second one. */
void call_closed(struct call *call, enum coupling_side side, uint32_t code);

/* Resets its stream at |side|. */
void call_reset(struct call *call, enum coupling_side side, uint32_t code);

void call_free(struct call *call);

#endif
