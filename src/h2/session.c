/* SPDX-License-Identifier: Apache-2.0 */
/* What nghttp2 tells of the two sessions, and how they begin. */
#include "h2/parts.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static struct call *call_of(nghttp2_session *session, int32_t id)
{
	return nghttp2_session_get_stream_user_data(session, id);
}

static struct span text_of(nghttp2_rcbuf *buf)
{
	nghttp2_vec vec = nghttp2_rcbuf_get_buf(buf);

	return (struct span){(const char *)vec.base, vec.len};
}

/* ---- heads ------------------------------------------------------------------------------------
 */

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct side *side = arg;

	if (side->which != COUPLING_CALLER || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	struct call *call = call_new(side->coupling, frame->hd.stream_id);

	if (!call) /* its fields belong to nobody */
		return nghttp2_submit_rst_stream(
		    session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_REFUSED_STREAM);
	return nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, call);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, nghttp2_rcbuf *name,
    nghttp2_rcbuf *value, uint8_t flags, void *arg)
{
	const struct side *side = arg;
	struct call *call = call_of(session, frame->hd.stream_id);

	(void)flags;
	if (!call || frame->hd.type != NGHTTP2_HEADERS)
		return 0;
	struct fields *fields = side->which == COUPLING_CALLER ? &call->request : &call->answer;

	/* The rest is decoded, since others depend on it, and not kept. */
	return fields_add(fields, text_of(name), text_of(value))
		   ? 0
		   : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

/* No call of gRPC has trailers of the caller. */
static void head_of_caller(struct call *call, const nghttp2_frame *frame)
{
	if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
		call_reset(call, COUPLING_CALLER, NGHTTP2_PROTOCOL_ERROR);
		return;
	}
	call_begin(call);
}

/* ---- frames -----------------------------------------------------------------------------------
 */

static bool carries(const nghttp2_frame *frame)
{
	if (frame->hd.type == NGHTTP2_DATA)
		return frame->hd.length > 0 || frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
	return frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_CONTINUATION;
}

static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *head, void *arg)
{
	struct coupling *coupling = ((struct side *)arg)->coupling;
	nghttp2_frame frame = {.hd = *head};

	(void)session;
	if (carries(&frame)) {
		coupling_earn(coupling);
	} else if (++coupling->idle_frames > H2_IDLE_FRAMES) {
		coupling_break(coupling, "too many frames that carry nothing");
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	}
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct side *side = arg;
	struct call *call;

	switch (frame->hd.type) {
	case NGHTTP2_HEADERS:
		call = call_of(session, frame->hd.stream_id);
		if (!call)
			break;
		if (side->which == COUPLING_CALLER)
			head_of_caller(call, frame);
		else
			call_answer(call, frame->hd.flags & NGHTTP2_FLAG_END_STREAM);
		break;
	case NGHTTP2_GOAWAY:
		side->left = true;
		session_leave(
		    &side->coupling->sides[side_other(side->which)], frame->goaway.error_code);
		return 0;
	case NGHTTP2_DATA:
		break;
	default:
		return 0;
	}
	call = call_of(session, frame->hd.stream_id);
	if (call && frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
		call_end(call, side->which);
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes,
    size_t length, void *arg)
{
	const struct side *side = arg;
	struct call *call = call_of(session, id);
	struct span data = {(const char *)bytes, length};

	(void)flags;
	if (!call)
		return nghttp2_session_consume(session, id, length);
	enum coupling_side to = side_other(side->which);

	call->flow[to].owed += length;
	if (call->refused || call->flow[to].ended) {
		flow_pay(call, to, length);
	} else if (side->which == COUPLING_CALLER && call->way == MEDIATOR_READ) {
		message_take(call, data);
	} else if (!call->open[to]) {
		flow_pay(call, to, length);
	} else if (!flow_add(call, to, data)) {
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	}
	return 0;
}

static int on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	const struct side *side = arg;

	if (side->which != COUPLING_CALLER || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM) ||
	    (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA))
		return 0;
	struct call *call = call_of(session, frame->hd.stream_id);

	if (call)
		call_done(call);
	return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *arg)
{
	const struct side *side = arg;
	struct call *call = call_of(session, id);

	if (call)
		call_closed(call, side->which, code);
	return 0;
}

/* What breaks the rules of HTTP/2, in nghttp2's words. */
static int on_error(
    nghttp2_session *session, int code, const char *message, size_t length, void *arg)
{
	struct coupling *coupling = ((struct side *)arg)->coupling;

	(void)session;
	(void)code;
	(void)snprintf(coupling->reason, sizeof(coupling->reason), "%.*s", (int)length, message);
	return 0;
}

static int on_invalid_frame(
    nghttp2_session *session, const nghttp2_frame *frame, int code, void *arg)
{
	struct side *side = arg;

	(void)session;
	/* Clients of grpc-go leave with the number of a stream that nghttp2 does not take. */
	if (frame->hd.type == NGHTTP2_GOAWAY)
		side->left = true;
	else if (side->coupling->reason[0] == '\0')
		(void)snprintf(side->coupling->reason, sizeof(side->coupling->reason),
		    "%s sent a frame of type %u that may not be: %s",
		    side->which == COUPLING_CALLER ? "the caller" : "the server",
		    (unsigned)frame->hd.type, nghttp2_strerror(code));
	return 0;
}

/* ---- the sessions -----------------------------------------------------------------------------
 */

static nghttp2_session_callbacks *make_callbacks(void)
{
	nghttp2_session_callbacks *callbacks;

	if (nghttp2_session_callbacks_new(&callbacks) != 0)
		return NULL;
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback2(callbacks, on_header);
	nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, on_begin_frame);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
	nghttp2_session_callbacks_set_error_callback2(callbacks, on_error);
	nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid_frame);
	nghttp2_session_callbacks_set_send_data_callback(callbacks, flow_send);
	return callbacks;
}

static nghttp2_option *make_options(void)
{
	nghttp2_option *option;

	if (nghttp2_option_new(&option) != 0)
		return NULL;
	nghttp2_option_set_no_auto_window_update(option, 1);
	nghttp2_option_set_no_closed_streams(option, 1);
	nghttp2_option_set_max_reserved_remote_streams(option, 0);
	nghttp2_option_set_peer_max_concurrent_streams(option, H2_STREAMS);
	nghttp2_option_set_max_send_header_block_length(option, 2 * (size_t)H2_FIELDS_BYTES);
	nghttp2_option_set_max_continuations(option, H2_CONTINUATIONS);
	nghttp2_option_set_max_settings(option, H2_SETTINGS);
	nghttp2_option_set_max_outbound_ack(option, H2_ACKS);
	nghttp2_option_set_stream_reset_rate_limit(option, H2_RESETS, H2_RESETS_PER_SECOND);
	return option;
}

/* Each call may fill its own window without that of the connection being used up: one that nobody
 * reads does not stop others, such as the daemon's question whether a session is alive. */
static bool greet(struct side *side)
{
	bool serves = side->which == COUPLING_CALLER;
	const nghttp2_settings_entry entries[] = {
	    {serves ? NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS : NGHTTP2_SETTINGS_ENABLE_PUSH,
		serves ? H2_STREAMS : 0},
	    {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, H2_STREAM_WINDOW},
	    {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, H2_FIELDS_BYTES},
	};

	return nghttp2_submit_settings(side->session, NGHTTP2_FLAG_NONE, entries,
		   sizeof(entries) / sizeof(*entries)) == 0 &&
	       nghttp2_session_set_local_window_size(side->session, NGHTTP2_FLAG_NONE, 0,
		   (int32_t)(H2_STREAMS * H2_STREAM_WINDOW)) == 0;
}

bool session_open(struct side *side)
{
	nghttp2_session_callbacks *callbacks = make_callbacks();
	nghttp2_option *option = make_options();
	nghttp2_mem *mem = &side->coupling->mem;
	int result = NGHTTP2_ERR_NOMEM;

	if (callbacks && option)
		result =
		    side->which == COUPLING_CALLER
			? nghttp2_session_server_new3(&side->session, callbacks, side, option, mem)
			: nghttp2_session_client_new3(&side->session, callbacks, side, option, mem);
	if (callbacks)
		nghttp2_session_callbacks_del(callbacks);
	if (option)
		nghttp2_option_del(option);
	return result == 0 && greet(side);
}
