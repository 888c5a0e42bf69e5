/* SPDX-License-Identifier: Apache-2.0 */
#include "coupling_case.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the mediator of these tests: paths say what becomes of a call ------------------------------
 */

enum mediator_way mediator_begin(struct mediator *mediator, struct mediator_call *call)
{
	struct span path = {call->path, call->path_length};

	mediator->begun++;
	if (span_starts(path, SPAN("/pass/")))
		return MEDIATOR_PASS;
	if (span_starts(path, SPAN("/read/")))
		return MEDIATOR_READ;
	buf_add_text(call->message, "closed: 100% \xc3\xa9");
	return MEDIATOR_REFUSE;
}

/* "no…" is refused, anything else doubled. */
bool mediator_message(struct mediator *mediator, struct mediator_call *call, const uint8_t *bytes,
    size_t length, struct buf *out)
{
	struct span text = {(const char *)bytes, length};

	mediator->read++;
	if (span_starts(text, SPAN("no"))) {
		buf_add_text(call->message, "no");
		return false;
	}
	buf_add(out, text);
	buf_add(out, text);
	return true;
}

void mediator_end(struct mediator *mediator, struct mediator_call *call)
{
	(void)call;
	mediator->ended++;
}

/* ---- peers ------------------------------------------------------------------------------------
 */

nghttp2_nv case_field(const char *name, const char *value)
{
	union {
		const char *in;
		uint8_t *out;
	} a = {.in = name}, b = {.in = value};

	return (nghttp2_nv){a.out, b.out, strlen(name), strlen(value), 0};
}

static struct peer_call *peer_find(struct peer *peer, int32_t id)
{
	for (size_t i = 0; i < peer->count; i++) {
		if (peer->calls[i].id == id)
			return &peer->calls[i];
	}
	return NULL;
}

static struct peer_call *peer_known(struct peer *peer, int32_t id)
{
	struct peer_call *call = peer_find(peer, id);

	if (!call)
		abort();
	return call;
}

struct peer_call *peer_add(struct peer *peer, int32_t id)
{
	assert_true(peer->count < PEER_CALLS);
	struct peer_call *call = &peer->calls[peer->count++];

	*call = (struct peer_call){.id = id};
	buf_init(&call->got, SIZE_MAX / 2);
	return call;
}

static ssize_t peer_say(nghttp2_session *session, int32_t id, uint8_t *bytes, size_t length,
    uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct peer *peer = arg;
	struct peer_call *call = peer_known(peer, id);
	size_t n = call->say.len < length ? call->say.len : length;

	(void)source;
	if (n == 0 && call->holds)
		return NGHTTP2_ERR_DEFERRED;
	if (n > 0)
		memcpy(bytes, call->say.at, n);
	call->say = span_from(call->say, n);
	if (call->say.len > 0 || call->holds)
		return (ssize_t)n;
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	if (peer->serves) {
		nghttp2_nv trailer = case_field("grpc-status", "0");

		*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
		assert_int_equal(nghttp2_submit_trailer(session, id, &trailer, 1), 0);
	}
	return (ssize_t)n;
}

static int peer_begin(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct peer *peer = arg;

	(void)session;
	if (peer->serves && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		(void)peer_add(peer, frame->hd.stream_id);
	return 0;
}

static void keep(char *into, size_t size, const uint8_t *value, size_t length)
{
	(void)snprintf(into, size, "%.*s", (int)length, (const char *)value);
}

static int peer_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
    size_t name_length, const uint8_t *value, size_t length, uint8_t flags, void *arg)
{
	struct peer_call *call = peer_known(arg, frame->hd.stream_id);
	struct span field = {(const char *)name, name_length};

	(void)session;
	(void)flags;
	if (span_is(field, ":path"))
		keep(call->path, sizeof(call->path), value, length);
	if (span_is(field, ":status"))
		keep(call->http, sizeof(call->http), value, length);
	if (span_is(field, "grpc-status"))
		keep(call->status, sizeof(call->status), value, length);
	if (span_is(field, "grpc-message"))
		keep(call->message, sizeof(call->message), value, length);
	assert_false(span_is(field, "grpc-accept-encoding"));
	return 0;
}

void peer_answer(struct peer *peer, struct peer_call *call)
{
	nghttp2_nv fields[] = {
	    case_field(":status", "200"), case_field("content-type", "application/grpc")};
	nghttp2_data_provider provider = {{.ptr = NULL}, peer_say};

	call->say = buf_span(&call->got);
	assert_int_equal(nghttp2_submit_response(peer->session, call->id, fields, 2, &provider), 0);
}

/* A server says the bytes that it got. */
static int peer_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct peer *peer = arg;
	struct peer_call *call = peer_find(peer, frame->hd.stream_id);

	(void)session;
	if (frame->hd.type == NGHTTP2_PING && frame->hd.flags & NGHTTP2_FLAG_ACK)
		peer->pings++;
	if (frame->hd.type == NGHTTP2_GOAWAY)
		peer->goaways++;
	if (!call || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM) ||
	    (frame->hd.type != NGHTTP2_DATA && frame->hd.type != NGHTTP2_HEADERS))
		return 0;
	call->ended = true;
	if (peer->serves && !peer->silent)
		peer_answer(peer, call);
	return 0;
}

static int peer_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes,
    size_t length, void *arg)
{
	struct peer *peer = arg;
	struct peer_call *call = peer_known(peer, id);

	(void)flags;
	buf_add(&call->got, (struct span){(const char *)bytes, length});
	return peer->reads ? nghttp2_session_consume(session, id, length) : 0;
}

static int peer_close(nghttp2_session *session, int32_t id, uint32_t code, void *arg)
{
	struct peer_call *call = peer_known(arg, id);

	(void)session;
	call->closed = true;
	call->code = code;
	return 0;
}

static void peer_open(struct peer *peer, bool serves)
{
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;

	*peer = (struct peer){.serves = serves, .reads = true};
	buf_init(&peer->out, SIZE_MAX / 2);
	assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
	assert_int_equal(nghttp2_option_new(&option), 0);
	nghttp2_option_set_no_auto_window_update(option, 1);
	nghttp2_option_set_max_send_header_block_length(option, 1u << 24);
	nghttp2_option_set_max_continuations(option, 64);
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, peer_begin);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, peer_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, peer_frame);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, peer_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, peer_close);
	assert_int_equal(serves
			     ? nghttp2_session_server_new2(&peer->session, callbacks, peer, option)
			     : nghttp2_session_client_new2(&peer->session, callbacks, peer, option),
	    0);
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_option_del(option);
	assert_int_equal(nghttp2_submit_settings(peer->session, 0, NULL, 0), 0);
}

static void peer_free(struct peer *peer)
{
	for (size_t i = 0; i < peer->count; i++)
		buf_free(&peer->calls[i].got);
	buf_free(&peer->out);
	nghttp2_session_del(peer->session);
}

struct span peer_take(struct peer *peer)
{
	const uint8_t *bytes;
	ssize_t n;

	buf_clear(&peer->out);
	while ((n = nghttp2_session_mem_send(peer->session, &bytes)) > 0)
		buf_add(&peer->out, (struct span){(const char *)bytes, (size_t)n});
	assert_int_equal(n, 0);
	return buf_span(&peer->out);
}

/* ---- a scene ----------------------------------------------------------------------------------
 */

static bool on_tell(void *arg, const struct mediator_call *call, bool permitted)
{
	struct scene *scene = arg;

	assert_non_null(call->path);
	if (permitted)
		scene->permitted++;
	else
		scene->refused++;
	return !scene->mute;
}

struct scene *scene_new(void)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	assert_non_null(scene);
	scene->piece = SIZE_MAX;
	scene->now = 1000;
	scene->coupling = coupling_new(&scene->mediator, on_tell, scene);
	assert_non_null(scene->coupling);
	peer_open(&scene->caller, false);
	peer_open(&scene->server, true);
	buf_init(&scene->out, SIZE_MAX / 2);
	return scene;
}

void scene_free(struct scene *scene)
{
	coupling_free(scene->coupling);
	assert_int_equal(scene->mediator.begun, scene->mediator.ended);
	peer_free(&scene->caller);
	peer_free(&scene->server);
	buf_free(&scene->out);
	free(scene);
}

void scene_give(struct scene *scene, enum coupling_side side, struct span bytes)
{
	while (bytes.len > 0) {
		size_t n = bytes.len < scene->piece ? bytes.len : scene->piece;

		coupling_receive(scene->coupling, side, (struct span){bytes.at, n}, scene->now);
		bytes = span_from(bytes, n);
	}
}

bool scene_fetch(struct scene *scene, enum coupling_side side, struct peer *peer)
{
	buf_clear(&scene->out);
	coupling_send(scene->coupling, side, &scene->out, 65536);
	if (scene->out.len == 0)
		return false;
	assert_int_equal(
	    nghttp2_session_mem_recv(peer->session, (const uint8_t *)scene->out.at, scene->out.len),
	    scene->out.len);
	return true;
}

void scene_settle(struct scene *scene)
{
	bool moved = true;

	while (moved) {
		struct span a = peer_take(&scene->caller);

		scene_give(scene, COUPLING_CALLER, a);
		struct span b = scene->stalls ? (struct span){0} : peer_take(&scene->server);

		scene_give(scene, COUPLING_SERVER, b);
		moved = a.len > 0 || b.len > 0;
		moved = scene_fetch(scene, COUPLING_CALLER, &scene->caller) || moved;
		if (!scene->stalls)
			moved = scene_fetch(scene, COUPLING_SERVER, &scene->server) || moved;
	}
}

struct span case_message(unsigned flag, const char *text, size_t length)
{
	char *at = malloc(length + 5);

	assert_non_null(at);
	at[0] = (char)flag;
	for (unsigned i = 0; i < 4; i++)
		at[1 + i] = (char)(length >> (24 - 8 * i));
	memcpy(at + 5, text, length);
	return (struct span){at, length + 5};
}

void case_drop(struct span text)
{
	union {
		const char *in;
		void *out;
	} at = {.in = text.at};

	free(at.out);
}

struct peer_call *peer_call(struct peer *peer, const char *path, struct span say, bool holds)
{
	nghttp2_nv fields[] = {case_field(":method", "POST"), case_field(":scheme", "http"),
	    case_field(":authority", "localhost"), case_field(":path", path),
	    case_field("content-type", "application/grpc"), case_field("te", "trailers"),
	    case_field("grpc-accept-encoding", "gzip"), case_field("x-key", "value")};
	nghttp2_data_provider provider = {{.ptr = NULL}, peer_say};
	int32_t id =
	    nghttp2_submit_request(peer->session, NULL, fields, COUNT(fields), &provider, NULL);

	assert_true(id > 0);
	struct peer_call *call = peer_add(peer, id);

	call->say = say;
	call->holds = holds;
	return call;
}
