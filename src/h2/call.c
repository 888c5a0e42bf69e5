/* SPDX-License-Identifier: Apache-2.0 */
/* One call: from its head to the end of its answer. */
#include "h2/parts.h"

#include <stdio.h>
#include <stdlib.h>

/* What gRPC calls the kinds of refusal. */
#define GRPC_INVALID 3u
#define GRPC_DENIED 7u
#define GRPC_UNAVAILABLE 14u
#define GRPC_MOST 16u
#define REFUSAL_MOST 4096u /* bytes of the text of one */

struct call *call_new(struct coupling *coupling, int32_t id)
{
	/* Those that were reset and wait to be so on the other side count as well. */
	if (coupling->count >= 2 * H2_STREAMS)
		return NULL;
	struct call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->coupling = coupling;
	call->id[COUPLING_CALLER] = id;
	call->open[COUPLING_CALLER] = true;
	call->id[COUPLING_SERVER] = -1;
	fields_init(&call->request);
	fields_init(&call->answer);
	fields_init(&call->trailers);
	flow_init(&call->flow[COUPLING_CALLER]);
	flow_init(&call->flow[COUPLING_SERVER]);
	buf_init(&call->partial, H2_MESSAGE);
	buf_init(&call->message, REFUSAL_MOST);
	TAILQ_INSERT_TAIL(&coupling->calls, call, link);
	coupling->count++;
	return call;
}

void call_free(struct call *call)
{
	struct coupling *coupling = call->coupling;

	if (call->begun)
		mediator_end(coupling->mediator, &call->ask);
	coupling->held -= call->fields_held;
	coupling->held -= call->partial.size + call->flow[COUPLING_CALLER].waiting.size +
			  call->flow[COUPLING_SERVER].waiting.size;
	TAILQ_REMOVE(&coupling->calls, call, link);
	coupling->count--;
	buf_free(&call->flow[COUPLING_CALLER].waiting);
	buf_free(&call->flow[COUPLING_SERVER].waiting);
	buf_free(&call->partial);
	buf_free(&call->message);
	fields_free(&call->request);
	fields_free(&call->answer);
	fields_free(&call->trailers);
	free(call->headers);
	free(call);
}

/* ---- its head ---------------------------------------------------------------------------------
 */

static bool fill_ask(struct call *call)
{
	struct mediator_call *ask = &call->ask;
	struct mediator_header field;
	struct span path = fields_find(&call->request, ":path");

	call->headers = calloc(call->request.count + 1, sizeof(*call->headers));
	if (!call->headers)
		return false;
	call->fields_held =
	    call->request.text.size + (call->request.count + 1) * sizeof(*call->headers);
	call->coupling->held += call->fields_held;
	for (size_t at = 0; fields_next(&call->request, &at, &field);) {
		if (field_is_carried(field.name))
			call->headers[ask->header_count++] = field;
	}
	ask->headers = call->headers;
	ask->path = path.at;
	ask->path_length = path.len;
	ask->message = &call->message;
	return true;
}

static bool is_grpc(const struct call *call)
{
	struct span type = fields_find(&call->request, "content-type");

	return span_is(fields_find(&call->request, ":method"), "POST") &&
	       (span_is(type, "application/grpc") || span_is(type, "application/grpc+proto"));
}

static bool tell(struct call *call, bool permitted)
{
	return call->coupling->tell(call->coupling->arg, &call->ask, permitted);
}

void call_begin(struct call *call)
{
	if (!fill_ask(call)) {
		call_reset(call, COUPLING_CALLER, NGHTTP2_INTERNAL_ERROR);
		return;
	}
	if (!is_grpc(call)) {
		call_refuse_with(
		    call, GRPC_INVALID, "no gRPC: POST with application/grpc is wanted");
		return;
	}
	call->begun = true;
	call->way = mediator_begin(call->coupling->mediator, &call->ask);
	switch (call->way) {
	case MEDIATOR_PASS:
		call_open(call);
		break;
	case MEDIATOR_READ:
		break;
	case MEDIATOR_REFUSE:
		call_refuse(call);
	}
}

void call_open(struct call *call)
{
	static const struct pair first[] = {{SPAN(":method"), SPAN("POST")},
	    {SPAN(":scheme"), SPAN("http")}, {SPAN(":authority"), SPAN("localhost")},
	    {SPAN(":path"), {NULL, 0}}, {SPAN("te"), SPAN("trailers")}};
	enum { FIRST = sizeof(first) / sizeof(*first), PATH = 3 };
	nghttp2_nv fields[FIRST];
	nghttp2_data_provider provider = flow_provider(call);
	size_t n;

	if (call->coupling->sides[COUPLING_SERVER].gone) { /* nobody will say that it has ended */
		call_reset(call, COUPLING_CALLER, NGHTTP2_REFUSED_STREAM);
		return;
	}
	if (!tell(call, true)) {
		call_refuse_with(call, GRPC_UNAVAILABLE,
		    "the audit log cannot be written, so nothing is permitted");
		return;
	}
	for (unsigned i = 0; i < FIRST; i++)
		fields[i] = field_make(first[i].name, first[i].value);
	fields[PATH] =
	    field_make(first[PATH].name, (struct span){call->ask.path, call->ask.path_length});
	nghttp2_nv *list = fields_list(&call->request, fields, FIRST, &n);
	int32_t id = list ? nghttp2_submit_request(
				session_of(call, COUPLING_SERVER), NULL, list, n, &provider, call)
			  : NGHTTP2_ERR_NOMEM;

	free(list);
	if (id < 0) {
		call_reset(call, COUPLING_CALLER, NGHTTP2_REFUSED_STREAM);
		return;
	}
	call->id[COUPLING_SERVER] = id;
	call->open[COUPLING_SERVER] = true;
}

/* ---- its answer -------------------------------------------------------------------------------
 */

static bool send_head(struct call *call, const nghttp2_nv *list, size_t count, bool end)
{
	nghttp2_data_provider provider = flow_provider(call);

	call->answered = true;
	if (end)
		call->flow[COUPLING_CALLER].ended = true;
	return nghttp2_submit_response(session_of(call, COUPLING_CALLER), call->id[COUPLING_CALLER],
		   list, count, end ? NULL : &provider) == 0;
}

static void answer_head(struct call *call, bool end)
{
	struct span status = fields_find(&call->answer, ":status");
	nghttp2_nv first = field_make(SPAN(":status"), status);
	size_t n;
	nghttp2_nv *list = fields_list(&call->answer, &first, 1, &n);

	if (!list || !send_head(call, list, n, end))
		coupling_break(call->coupling, "out of memory");
	free(list);
	fields_free(&call->answer);
}

void call_answer(struct call *call, bool end)
{
	struct span status = fields_find(&call->answer, ":status");

	if (call->refused || !call->open[COUPLING_CALLER]) {
		fields_free(&call->answer);
	} else if (!call->answered && status.len > 0 && status.at[0] == '1') {
		fields_free(&call->answer); /* an interim one, which gRPC has no use for */
	} else if (!call->answered) {
		answer_head(call, end);
	} else {
		call->trailers = call->answer;
		fields_init(&call->answer);
	}
}

void call_end(struct call *call, enum coupling_side side)
{
	enum coupling_side to = side_other(side);

	if (side == COUPLING_CALLER)
		call->asked_all = true;
	if (call->refused)
		return;
	if (side == COUPLING_CALLER && call->way == MEDIATOR_READ &&
	    (call->partial.len > 0 || !call->open[to]))
		call_refuse_with(call, GRPC_INVALID, "the call ends before its message does");
	else
		flow_end(call, to);
}

/* ---- refusals ---------------------------------------------------------------------------------
 */

/* gRPC's own percent-encoding: what is printable stays. */
static void percent_encode(struct buf *out, struct span text)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (c >= ' ' && c <= '~' && c != '%') {
			buf_add_char(out, (char)c);
			continue;
		}
		buf_add_char(out, '%');
		buf_add_char(out, digits[c >> 4]);
		buf_add_char(out, digits[c & 0xf]);
	}
}

#define STATUS_SIZE 12u

/* The answer has begun: it ends with our trailers. */
static bool refuse_late(struct call *call, struct span status, struct span text)
{
	fields_free(&call->trailers);
	if (!fields_add(&call->trailers, SPAN("grpc-status"), status) ||
	    !fields_add(&call->trailers, SPAN("grpc-message"), text))
		return false;
	flow_end(call, COUPLING_CALLER);
	return true;
}

static bool send_refusal(struct call *call, struct span text)
{
	char status[STATUS_SIZE];
	int n = snprintf(status, sizeof(status), "%u", call->ask.grpc_status);
	struct span code = {status, (size_t)n};
	const nghttp2_nv list[] = {field_make(SPAN(":status"), SPAN("200")),
	    field_make(SPAN("content-type"), SPAN("application/grpc")),
	    field_make(SPAN("grpc-status"), code), field_make(SPAN("grpc-message"), text)};

	return call->answered ? refuse_late(call, code, text)
			      : send_head(call, list, sizeof(list) / sizeof(*list), true);
}

void call_refuse(struct call *call)
{
	struct buf text;

	if (call->refused)
		return;
	call->refused = true;
	if (call->ask.grpc_status == 0 || call->ask.grpc_status > GRPC_MOST)
		call->ask.grpc_status = GRPC_DENIED;
	(void)tell(call, false);
	call->coupling->held -= call->partial.size;
	buf_free(&call->partial);
	flow_drop(call, COUPLING_SERVER);
	if (call->open[COUPLING_SERVER])
		call_reset(call, COUPLING_SERVER, NGHTTP2_CANCEL);
	buf_init(&text, 3 * (size_t)REFUSAL_MOST);
	percent_encode(&text, buf_span(&call->message));
	if (call->open[COUPLING_CALLER] && !call->flow[COUPLING_CALLER].ended &&
	    !send_refusal(call, buf_span(&text)))
		coupling_break(call->coupling, "out of memory");
	buf_free(&text);
}

void call_refuse_with(struct call *call, unsigned status, const char *text)
{
	call->ask.grpc_status = status;
	call->ask.message = &call->message;
	buf_clear(&call->message);
	buf_add_text(&call->message, text);
	call_refuse(call);
}

/* ---- its end ----------------------------------------------------------------------------------
 */

void call_reset(struct call *call, enum coupling_side side, uint32_t code)
{
	if (call->open[side])
		(void)nghttp2_submit_rst_stream(
		    session_of(call, side), NGHTTP2_FLAG_NONE, call->id[side], code);
}

/* A caller that has more to say is told that nobody listens. */
void call_done(struct call *call)
{
	call->flow[COUPLING_CALLER].done = true;
	if (!call->asked_all && (call->refused || call->reset_waits))
		call_reset(call, COUPLING_CALLER, call->reset);
}

static void server_closed(struct call *call, uint32_t code)
{
	const struct flow *answer = &call->flow[COUPLING_CALLER];

	flow_drop(call, COUPLING_SERVER);
	if (!answer->ended) {
		if (!call->refused)
			call_reset(call, COUPLING_CALLER,
			    code == NGHTTP2_NO_ERROR ? NGHTTP2_INTERNAL_ERROR : code);
		return;
	}
	call->reset_waits = true;
	call->reset = code;
	if (answer->done)
		call_done(call);
}

void call_closed(struct call *call, enum coupling_side side, uint32_t code)
{
	if (!call->open[side])
		return;
	call->open[side] = false;
	(void)nghttp2_session_set_stream_user_data(session_of(call, side), call->id[side], NULL);
	flow_pay(call, side_other(side), call->flow[side_other(side)].owed);
	if (side == COUPLING_SERVER) {
		server_closed(call, code);
	} else {
		flow_drop(call, COUPLING_CALLER);
		call_reset(call, COUPLING_SERVER, code == NGHTTP2_NO_ERROR ? NGHTTP2_CANCEL : code);
	}
	if (!call->open[COUPLING_CALLER] && !call->open[COUPLING_SERVER])
		call_free(call);
}
