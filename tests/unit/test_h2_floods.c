/* SPDX-License-Identifier: Apache-2.0 */
/* The coupling, and peers that mean it no good. */
#include "coupling_case.h"

#include <stdlib.h>

static void the_preface_must_be_right(void **state)
{
	(void)state;
	struct scene *scene = scene_new();

	scene_give(scene, COUPLING_CALLER, SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	assert_non_null(coupling_fault(scene->coupling));
	(void)peer_take(&scene->caller);
	scene_free(scene);
}

/* Frames that carry nothing, of |type|. */
static bool flood(uint8_t type, uint8_t flags, uint32_t stream, size_t length, unsigned count)
{
	struct scene *scene = scene_new();
	uint8_t frame[32] = {
	    0, 0, (uint8_t)length, type, flags, 0, 0, 0, (uint8_t)stream, 0, 0, 0, 1};

	scene_settle(scene);
	for (unsigned i = 0; i < count && !coupling_fault(scene->coupling); i++) {
		scene_give(scene, COUPLING_CALLER, (struct span){(char *)frame, 9 + length});
		/* the caller takes what it is sent */
		buf_clear(&scene->out);
		coupling_send(scene->coupling, COUPLING_CALLER, &scene->out, 65536);
	}
	bool broken = coupling_fault(scene->coupling) != NULL;

	assert_true(coupling_held(scene->coupling) < H2_MEMORY);
	scene_free(scene);
	return broken;
}

static void floods_are_cut_off(void **state)
{
	(void)state;
	assert_false(flood(NGHTTP2_PING, 0, 0, 8, 1000));
	assert_true(flood(NGHTTP2_PING, 0, 0, 8, H2_IDLE_FRAMES + 10));
	assert_true(flood(NGHTTP2_SETTINGS, 0, 0, 0, H2_IDLE_FRAMES + 10));
	assert_true(flood(NGHTTP2_WINDOW_UPDATE, 0, 0, 4, H2_IDLE_FRAMES + 10));
	assert_true(flood(NGHTTP2_PRIORITY, 0, 1, 5, H2_IDLE_FRAMES + 10));
	assert_true(flood(NGHTTP2_DATA, 0, 1, 0, H2_IDLE_FRAMES + 10));
}

/* What breaks the rules of HTTP/2 ends the coupling, once the peer has been told. */
static void broken_rules_end_all(void **state)
{
	static const uint8_t frames[][13] = {
	    {0, 0, 1, NGHTTP2_HEADERS, 4, 0, 0, 0, 2, 0x82}, /* a stream of the server's */
	    {0, 0, 1, NGHTTP2_DATA, 0, 0, 0, 0, 0, 'x'},     /* of no stream */
	    {0, 0, 4, NGHTTP2_PUSH_PROMISE, 4, 0, 0, 0, 1, 0, 0, 0, 2},
	    {0, 0, 4, NGHTTP2_HEADERS, 4, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff}, /* no HPACK */
	    {0xff, 0xff, 0xff, NGHTTP2_DATA, 0, 0, 0, 0, 1, 0},
	    {0, 0, 4, NGHTTP2_WINDOW_UPDATE, 0, 0, 0, 0, 0, 0, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(frames); i++) {
		struct scene *scene = scene_new();

		scene_settle(scene);
		scene_give(scene, COUPLING_CALLER,
		    (struct span){(const char *)frames[i], sizeof(frames[i])});
		for (unsigned turn = 0; turn < 3; turn++) {
			(void)scene_fetch(scene, COUPLING_CALLER, &scene->caller);
			(void)scene_fetch(scene, COUPLING_SERVER, &scene->server);
		}
		assert_non_null(coupling_fault(scene->coupling));
		assert_true(coupling_is_over(scene->coupling));
		assert_int_equal(scene->caller.goaways, 1);
		scene_free(scene);
	}
}

/* Acknowledgements that nobody takes. */
static void acknowledgements_do_not_pile_up(void **state)
{
	static const uint8_t ping[17] = {0, 0, 8, NGHTTP2_PING};

	(void)state;
	struct scene *scene = scene_new();

	scene_settle(scene);
	for (unsigned i = 0; i < H2_ACKS + 10; i++)
		scene_give(scene, COUPLING_CALLER, (struct span){(const char *)ping, sizeof(ping)});
	assert_non_null(coupling_fault(scene->coupling));
	scene_free(scene);
}

static void continuations_are_bounded(void **state)
{
	static const uint8_t head[9] = {0, 0, 0, NGHTTP2_HEADERS, 0, 0, 0, 0, 1};
	static const uint8_t more[9] = {0, 0, 0, NGHTTP2_CONTINUATION, 0, 0, 0, 0, 1};

	(void)state;
	struct scene *scene = scene_new();

	scene_settle(scene);
	scene_give(scene, COUPLING_CALLER, (struct span){(const char *)head, sizeof(head)});
	for (unsigned i = 0; i < H2_CONTINUATIONS + 2; i++)
		scene_give(scene, COUPLING_CALLER, (struct span){(const char *)more, sizeof(more)});
	assert_non_null(coupling_fault(scene->coupling));
	scene_free(scene);
}

/* Opened and reset at once, again and again, while the server takes nothing. */
static void rapid_resets_are_cut_off(void **state)
{
	(void)state;
	struct scene *scene = scene_new();
	struct span text = case_message(0, "abc", 3);

	scene_settle(scene);
	scene->stalls = true;
	for (unsigned i = 0; i < 2 * H2_RESETS && !coupling_fault(scene->coupling); i++) {
		scene->caller.count = 0;
		struct peer_call *call = peer_call(&scene->caller, "/pass/a", text, true);

		scene_settle(scene);
		(void)nghttp2_submit_rst_stream(scene->caller.session, 0, call->id, NGHTTP2_CANCEL);
		if (nghttp2_session_want_read(scene->caller.session))
			scene_settle(scene);
		buf_free(&call->got);
		assert_true(coupling_calls(scene->coupling) <= 2 * H2_STREAMS);
	}
	scene->caller.count = 0;
	assert_non_null(coupling_fault(scene->coupling));
	case_drop(text);
	scene_free(scene);
}

static void streams_are_bounded(void **state)
{
	(void)state;
	struct scene *scene = scene_new();
	struct span text = case_message(0, "abc", 3);

	scene_settle(scene);
	for (unsigned i = 0; i < H2_STREAMS + 20; i++)
		(void)peer_call(&scene->caller, "/pass/a", text, true);
	scene_settle(scene);
	assert_int_equal(coupling_calls(scene->coupling), H2_STREAMS);
	assert_int_equal(scene->server.count, H2_STREAMS);
	case_drop(text);
	scene_free(scene);
}

/* Many fields, or long ones. */
static void heads_are_bounded(void **state)
{
	static char value[4000];
	enum { MANY = H2_FIELDS + 1 };
	nghttp2_nv *fields = calloc(MANY + 5, sizeof(*fields));

	(void)state;
	assert_non_null(fields);
	memset(value, 'v', sizeof(value) - 1);
	fields[0] = case_field(":method", "POST");
	fields[1] = case_field(":scheme", "http");
	fields[2] = case_field(":authority", "a");
	fields[3] = case_field(":path", "/pass/a");
	fields[4] = case_field("content-type", "application/grpc");
	for (unsigned kind = 0; kind < 3; kind++) {
		struct scene *scene = scene_new();
		/* indexed ones cost a byte each; of long ones a few pass */
		size_t count = kind == 0 ? MANY : kind == 1 ? 70 : 10;

		for (size_t i = 0; i < count; i++)
			fields[5 + i] = case_field("include-patterns", kind == 0 ? "a" : value);
		int32_t id = nghttp2_submit_request(
		    scene->caller.session, NULL, fields, 5 + count, NULL, NULL);
		struct peer_call *call = peer_add(&scene->caller, id);

		scene_settle(scene);
		assert_true(call->closed);
		assert_int_equal(scene->server.count, kind == 2 ? 1 : 0);
		assert_null(coupling_fault(scene->coupling));
		scene_free(scene);
	}
	free(fields);
}

static void an_idle_coupling_is_small(void **state)
{
	(void)state;
	struct scene *scene = scene_new();
	struct span text = case_message(0, "abc", 3);

	(void)peer_call(&scene->caller, "/pass/a", text, false);
	scene_settle(scene);
	assert_true(coupling_held(scene->coupling) < 60 * 1024);
	case_drop(text);
	scene_free(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_preface_must_be_right),
	    cmocka_unit_test(floods_are_cut_off),
	    cmocka_unit_test(broken_rules_end_all),
	    cmocka_unit_test(acknowledgements_do_not_pile_up),
	    cmocka_unit_test(continuations_are_bounded),
	    cmocka_unit_test(rapid_resets_are_cut_off),
	    cmocka_unit_test(streams_are_bounded),
	    cmocka_unit_test(heads_are_bounded),
	    cmocka_unit_test(an_idle_coupling_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
