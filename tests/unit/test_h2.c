/* SPDX-License-Identifier: Apache-2.0 */
/* The coupling of two HTTP/2 sessions. */
#include "coupling_case.h"

#include <stdlib.h>

static void calls_pass(void **state)
{
	static const size_t pieces[] = {1, 2, 3, 7, 9, 10, 100, SIZE_MAX};

	(void)state;
	for (size_t i = 0; i < COUNT(pieces); i++) {
		struct scene *scene = scene_new();
		struct span text = case_message(0, "hello", 5);
		struct peer_call *call = peer_call(&scene->caller, "/pass/a", text, false);

		scene->piece = pieces[i];
		scene_settle(scene);
		assert_true(call->closed);
		assert_int_equal(call->code, 0);
		assert_string_equal(call->http, "200");
		assert_string_equal(call->status, "0");
		assert_true(span_equal(buf_span(&call->got), text));
		assert_string_equal(scene->server.calls[0].path, "/pass/a");
		assert_int_equal(coupling_calls(scene->coupling), 0);
		assert_int_equal(scene->permitted, 1);
		assert_int_equal(scene->refused, 0);
		case_drop(text);
		scene_free(scene);
	}
}

static void messages_are_judged_and_replaced(void **state)
{
	static const size_t pieces[] = {1, 5, 14, SIZE_MAX};

	(void)state;
	for (size_t i = 0; i < COUNT(pieces); i++) {
		struct scene *scene = scene_new();
		struct span text = case_message(0, "abc", 3), twice = case_message(0, "abcabc", 6);
		struct peer_call *call = peer_call(&scene->caller, "/read/a", text, false);

		scene->piece = pieces[i];
		scene_settle(scene);
		assert_true(call->closed);
		assert_string_equal(call->status, "0");
		assert_true(span_equal(buf_span(&call->got), twice));
		assert_int_equal(scene->mediator.read, 1);
		case_drop(text);
		case_drop(twice);
		scene_free(scene);
	}
}

static void refuse(const char *path, unsigned flag, const char *text, size_t length,
    const char *status, const char *why)
{
	for (size_t piece = 1; piece < 40; piece += 13) {
		for (int holds = 0; holds < 2; holds++) {
			struct scene *scene = scene_new();
			struct span say = case_message(flag, text, length);
			struct peer_call *call = peer_call(&scene->caller, path, say, holds);

			scene->piece = piece;
			scene_settle(scene);
			assert_true(call->ended && call->closed);
			assert_int_equal(call->code, 0);
			assert_string_equal(call->http, "200");
			assert_string_equal(call->status, status);
			assert_string_equal(call->message, why);
			assert_int_equal(scene->server.count, 0);
			assert_int_equal(coupling_calls(scene->coupling), 0);
			assert_int_equal(scene->refused, 1);
			assert_null(coupling_fault(scene->coupling));
			case_drop(say);
			scene_free(scene);
		}
	}
}

static void refusals_never_reach_the_server(void **state)
{
	(void)state;
	refuse("/closed/a", 0, "x", 1, "7", "closed: 100%25 %C3%A9");
	refuse("/read/a", 0, "no", 2, "7", "no");
	refuse("/read/a", 1, "zipped", 6, "12",
	    "compressed messages are not accepted; turn compression off");
	refuse("/read/a", 2, "odd", 3, "12",
	    "compressed messages are not accepted; turn compression off");
}

static void cut_messages_are_refused(void **state)
{
	(void)state;
	for (size_t n = 0; n < 7; n++) {
		struct scene *scene = scene_new();
		struct span say = case_message(0, "abc", 3);
		struct peer_call *call =
		    peer_call(&scene->caller, "/read/a", (struct span){say.at, n}, false);

		scene_settle(scene);
		assert_string_equal(call->status, "3");
		assert_int_equal(scene->server.count, 0);
		case_drop(say);
		scene_free(scene);
	}
}

static void without_an_audit_log_nothing_passes(void **state)
{
	(void)state;
	struct scene *scene = scene_new();
	struct span say = case_message(0, "abc", 3);
	struct peer_call *call = peer_call(&scene->caller, "/pass/a", say, false);
	struct peer_call *other = peer_call(&scene->caller, "/read/a", say, false);

	scene->mute = true;
	scene_settle(scene);
	assert_string_equal(call->status, "14");
	assert_string_equal(other->status, "14");
	assert_int_equal(scene->server.count, 0);
	case_drop(say);
	scene_free(scene);
}

/* The second message of a call that the server has: it is cut off there. */
static void a_later_message_is_refused(void **state)
{
	(void)state;
	struct scene *scene = scene_new();
	struct span first = case_message(0, "yes", 3), second = case_message(0, "no", 2);
	char both[15];

	memcpy(both, first.at, 8);
	memcpy(both + 8, second.at, 7);
	struct peer_call *call = peer_call(&scene->caller, "/read/a", first, true);

	scene_settle(scene);
	assert_int_equal(scene->server.count, 1);
	call->say = second;
	assert_int_equal(nghttp2_session_resume_data(scene->caller.session, call->id), 0);
	scene_settle(scene);
	assert_string_equal(call->status, "7");
	assert_true(scene->server.calls[0].closed);
	assert_int_equal(scene->server.calls[0].code, NGHTTP2_CANCEL);
	assert_int_equal(coupling_calls(scene->coupling), 0);
	case_drop(first);
	case_drop(second);
	scene_free(scene);
}

static void too_large_a_message_is_refused_by_its_prefix(void **state)
{
	(void)state;
	struct scene *scene = scene_new();
	struct peer_call *call =
	    peer_call(&scene->caller, "/read/a", (struct span){"\0\x01\0\0\0", 5}, true);

	scene_settle(scene);
	assert_string_equal(call->status, "8");
	scene_free(scene);
}

static void only_post_of_grpc_is_a_call(void **state)
{
	static const char *const heads[][2] = {{"GET", "application/grpc"},
	    {"POST", "application/json"}, {"POST", "application/grpc-web"}, {"POST", ""},
	    {"PUT", "application/grpc"}};

	(void)state;
	for (size_t i = 0; i < COUNT(heads); i++) {
		struct scene *scene = scene_new();
		nghttp2_nv fields[] = {case_field(":method", heads[i][0]),
		    case_field(":scheme", "http"), case_field(":authority", "localhost"),
		    case_field(":path", "/pass/a"), case_field("content-type", heads[i][1])};
		int32_t id = nghttp2_submit_request(
		    scene->caller.session, NULL, fields, COUNT(fields), NULL, NULL);
		struct peer_call *call = peer_add(&scene->caller, id);

		scene_settle(scene);
		assert_string_equal(call->status, "3");
		assert_int_equal(scene->mediator.begun, 0);
		assert_int_equal(scene->server.count, 0);
		scene_free(scene);
	}
}

#define LARGE (3u << 20)

static void large_calls_stay_within_their_window(void **state)
{
	(void)state;
	struct scene *scene = scene_new();
	char *bytes = calloc(1, LARGE);

	assert_non_null(bytes);
	struct span text = case_message(0, bytes, LARGE);
	struct peer_call *call = peer_call(&scene->caller, "/pass/a", text, false);

	scene->stalls = true;
	scene_settle(scene);
	assert_true(coupling_held(scene->coupling) < 3 * H2_STREAM_WINDOW);
	scene->stalls = false;
	scene_settle(scene);
	assert_true(call->closed);
	assert_true(span_equal(buf_span(&call->got), text));
	case_drop(text);
	free(bytes);
	scene_free(scene);
}

/* A server that reads nothing of some calls does not stop another. */
static void calls_do_not_starve_each_other(void **state)
{
	(void)state;
	struct scene *scene = scene_new();
	char *bytes = calloc(1, LARGE);

	assert_non_null(bytes);
	struct span text = case_message(0, bytes, LARGE), small = case_message(0, "alive", 5);

	scene->server.reads = false;
	/* The server's connection window is 64 KiB, and that one is the server's own affair. */
	assert_int_equal(
	    nghttp2_session_set_local_window_size(scene->server.session, 0, 0, 1 << 24), 0);
	for (unsigned i = 0; i < 20; i++)
		(void)peer_call(&scene->caller, "/pass/slow", text, false);
	scene_settle(scene);
	struct peer_call *call = peer_call(&scene->caller, "/pass/alive", small, false);

	scene_settle(scene);
	assert_true(call->closed);
	assert_string_equal(call->status, "0");
	case_drop(text);
	case_drop(small);
	free(bytes);
	scene_free(scene);
}

static void resets_go_on(void **state)
{
	(void)state;
	struct scene *scene = scene_new();
	struct span text = case_message(0, "abc", 3);
	struct peer_call *call = peer_call(&scene->caller, "/pass/a", text, true);

	scene_settle(scene);
	assert_int_equal(
	    nghttp2_submit_rst_stream(scene->caller.session, 0, call->id, NGHTTP2_CANCEL), 0);
	scene_settle(scene);
	assert_true(scene->server.calls[0].closed);
	assert_int_equal(scene->server.calls[0].code, NGHTTP2_CANCEL);
	call = peer_call(&scene->caller, "/pass/b", text, true);
	scene_settle(scene);
	assert_int_equal(nghttp2_submit_rst_stream(scene->server.session, 0,
			     scene->server.calls[1].id, NGHTTP2_REFUSED_STREAM),
	    0);
	scene_settle(scene);
	assert_true(call->closed);
	assert_int_equal(call->code, NGHTTP2_REFUSED_STREAM);
	assert_int_equal(coupling_calls(scene->coupling), 0);
	case_drop(text);
	scene_free(scene);
}

/* The answer is whole before the request is: the caller gets it, then the reset. */
static void an_early_answer_is_whole(void **state)
{
	(void)state;
	struct scene *scene = scene_new();
	struct span text = case_message(0, "abc", 3);
	struct peer_call *call = peer_call(&scene->caller, "/pass/a", text, true);

	scene_settle(scene);
	peer_answer(&scene->server, &scene->server.calls[0]);
	scene_settle(scene);
	assert_true(call->ended);
	assert_string_equal(call->status, "0");
	assert_int_equal(nghttp2_submit_rst_stream(
			     scene->server.session, 0, scene->server.calls[0].id, NGHTTP2_NO_ERROR),
	    0);
	scene_settle(scene);
	assert_true(call->closed);
	assert_int_equal(call->code, NGHTTP2_NO_ERROR);
	assert_int_equal(coupling_calls(scene->coupling), 0);
	case_drop(text);
	scene_free(scene);
}

static void pings_are_answered_and_goaways_go_on(void **state)
{
	(void)state;
	struct scene *scene = scene_new();

	assert_int_equal(nghttp2_submit_ping(scene->caller.session, 0, NULL), 0);
	scene_settle(scene);
	assert_int_equal(nghttp2_submit_ping(scene->server.session, 0, NULL), 0);
	scene_settle(scene);
	assert_int_equal(scene->caller.pings, 1);
	assert_int_equal(scene->server.pings, 1);
	assert_int_equal(nghttp2_submit_goaway(scene->server.session, 0, 0, 0, NULL, 0), 0);
	scene_settle(scene);
	assert_int_equal(scene->caller.goaways, 1);
	assert_int_equal(scene->server.goaways, 0);
	scene_free(scene);
}

/* As grpc-go's clients do: with a number that no stream of the server's has. */
static void a_caller_may_leave_oddly(void **state)
{
	static const uint8_t goaway[] = {
	    0, 0, 8, NGHTTP2_GOAWAY, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0};
	struct scene *scene = scene_new();

	(void)state;
	scene_settle(scene);
	scene_give(scene, COUPLING_CALLER, (struct span){(const char *)goaway, sizeof(goaway)});
	for (unsigned turn = 0; turn < 3; turn++) {
		(void)scene_fetch(scene, COUPLING_CALLER, &scene->caller);
		(void)scene_fetch(scene, COUPLING_SERVER, &scene->server);
	}
	assert_null(coupling_fault(scene->coupling));
	assert_true(coupling_is_over(scene->coupling));
	assert_int_equal(scene->server.goaways, 1);
	scene_free(scene);
}

static void nothing_is_said_before_the_caller(void **state)
{
	(void)state;
	struct scene *scene = scene_new();

	coupling_send(scene->coupling, COUPLING_SERVER, &scene->out, 65536);
	assert_int_equal(scene->out.len, 0);
	assert_false(coupling_is_over(scene->coupling));
	coupling_end(scene->coupling, COUPLING_CALLER);
	assert_true(coupling_is_over(scene->coupling));
	scene_free(scene);
}

static void ends_end_all(void **state)
{
	(void)state;
	struct span text = case_message(0, "abc", 3);
	struct scene *scene = scene_new();

	(void)peer_call(&scene->caller, "/pass/a", text, true);
	scene_settle(scene);
	coupling_end(scene->coupling, COUPLING_CALLER);
	(void)scene_fetch(scene, COUPLING_SERVER, &scene->server);
	assert_true(scene->server.calls[0].closed);
	assert_true(coupling_is_over(scene->coupling));
	scene_free(scene);

	scene = scene_new();
	struct peer_call *call = peer_call(&scene->caller, "/pass/a", text, true);

	scene_settle(scene);
	coupling_end(scene->coupling, COUPLING_SERVER);
	(void)scene_fetch(scene, COUPLING_CALLER, &scene->caller);
	assert_true(call->closed);
	assert_int_equal(scene->caller.goaways, 1);
	assert_true(coupling_is_over(scene->coupling));
	scene_free(scene);
	case_drop(text);
}

/* The daemon has gone, and the caller, which has not heard of it, calls: nothing is told to be
 * permitted, and the call does not keep the coupling. */
static void a_call_after_the_end_is_over(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct span text = case_message(0, "abc", 3);
		struct scene *scene = scene_new();

		scene_settle(scene);
		struct peer_call *call =
		    peer_call(&scene->caller, i ? "/pass/a" : "/read/a", text, true);

		coupling_end(scene->coupling, COUPLING_SERVER);
		scene_give(scene, COUPLING_CALLER, peer_take(&scene->caller));
		assert_int_equal(scene->permitted, 0);
		(void)scene_fetch(scene, COUPLING_CALLER, &scene->caller);
		assert_true(call->closed);
		assert_int_equal(call->code, NGHTTP2_REFUSED_STREAM);
		coupling_end(scene->coupling, COUPLING_CALLER);
		assert_true(coupling_is_over(scene->coupling));
		scene_free(scene);
		case_drop(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(calls_pass),
	    cmocka_unit_test(messages_are_judged_and_replaced),
	    cmocka_unit_test(refusals_never_reach_the_server),
	    cmocka_unit_test(cut_messages_are_refused),
	    cmocka_unit_test(without_an_audit_log_nothing_passes),
	    cmocka_unit_test(a_later_message_is_refused),
	    cmocka_unit_test(too_large_a_message_is_refused_by_its_prefix),
	    cmocka_unit_test(only_post_of_grpc_is_a_call),
	    cmocka_unit_test(large_calls_stay_within_their_window),
	    cmocka_unit_test(calls_do_not_starve_each_other),
	    cmocka_unit_test(resets_go_on),
	    cmocka_unit_test(an_early_answer_is_whole),
	    cmocka_unit_test(pings_are_answered_and_goaways_go_on),
	    cmocka_unit_test(a_caller_may_leave_oddly),
	    cmocka_unit_test(nothing_is_said_before_the_caller),
	    cmocka_unit_test(ends_end_all),
	    cmocka_unit_test(a_call_after_the_end_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
