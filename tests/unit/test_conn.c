/* SPDX-License-Identifier: Apache-2.0 */
/* One connection from inside, turn by turn, between a client and a daemon that the test plays. */
#include "scene.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/identity.h"

/* ---- answers before the whole request ---------------------------------------------------- */

#define LOAD "POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Type: application/x-tar\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"
#define EARLY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define PING "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n"
#define PONG "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"

static void begin_upload(const char *framing)
{
	open_scene("", "allow = @all\ngrant = all\n", false);
	say(scene->client, SPAN(LOAD));
	say(scene->client, span_of(framing));
	answer_call();
	assert_true(span_starts(hear(scene->daemon), SPAN("POST /images/load ")));
}

/* Sends |count| chunks, or as many as it takes until some of the last one waits for a daemon that
 * reads none. Returns how many. */
static unsigned send_chunks(unsigned count, bool end)
{
	static char chunk[PIECE + 64];
	size_t head = (size_t)snprintf(chunk, sizeof(chunk), "%x\r\n", PIECE);
	unsigned sent = 0;

	memset(chunk + head, 'x', PIECE);
	memcpy(chunk + head + PIECE, "\r\n0\r\n\r\n", 7);
	while (sent < count && !scene->conn->to_upstream) {
		bool last = end && sent + 1 == count;

		say(scene->client, (struct span){chunk, head + PIECE + (last ? 7 : 2)});
		sent++;
	}
	return sent;
}

static unsigned chunks_until_one_waits(void)
{
	unsigned count;

	begin_upload(CHUNKED);
	count = send_chunks(PIECES_MOST, false);
	assert_non_null(scene->conn->to_upstream);
	close_scene();
	return count;
}

/* The daemon may answer, keep the connection by its word, and yet leave without the rest. */
static void a_body_is_not_sent_to_another_connection(void **state)
{
	unsigned count = chunks_until_one_waits();

	(void)state;
	begin_upload(CHUNKED);
	say(scene->daemon, SPAN(EARLY));
	assert_span(hear(scene->client), EARLY);
	assert_int_equal(send_chunks(count, true), count);
	assert_non_null(scene->conn->to_upstream);
	(void)close(scene->daemon);
	scene->daemon = -1;
	turn();
	(void)!write(scene->client, PING, strlen(PING));
	turn();
	nobody_calls();
	assert_true(is_over(scene->client));
	close_scene();
}

static void the_rest_of_a_body_goes_before_the_next_request(void **state)
{
	unsigned count = chunks_until_one_waits();

	(void)state;
	begin_upload(CHUNKED);
	assert_int_equal(send_chunks(count, true), count);
	say(scene->daemon, SPAN(EARLY));
	assert_span(hear(scene->client), EARLY);
	assert_int_equal(scene->conn->state, CONN_TRAIL);
	struct span body = hear(scene->daemon);

	assert_true(body.len > count * PIECE);
	assert_span((struct span){body.at + body.len - 5, 5}, "0\r\n\r\n");
	assert_int_equal(scene->conn->state, CONN_IDLE);
	say(scene->client, SPAN(PING));
	assert_true(span_starts(hear(scene->daemon), SPAN("GET /_ping ")));
	say(scene->daemon, SPAN(PONG));
	assert_span(hear(scene->client), PONG);
	close_scene();
}

static void a_body_that_nobody_takes_ends_the_connection(void **state)
{
	(void)state;
	begin_upload("Content-Length: 100000000\r\n\r\n");
	say(scene->client, SPAN("some"));
	say(scene->daemon, SPAN(EARLY));
	assert_span(hear(scene->client), EARLY);
	assert_int_equal(scene->conn->state, CONN_TRAIL);
	(void)close(scene->daemon);
	scene->daemon = -1;
	say(scene->client, SPAN("more"));
	assert_true(is_over(scene->client));
	close_scene();
}

/* ---- looking at what exists -------------------------------------------------------------- */

#define START                                                                                      \
	"POST /containers/x/start HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"       \
	"Content-Length: 2\r\n\r\n"

static void open_looking_scene(void)
{
	open_scene("", "allow = container.start\ncheck_state = yes\n", false);
	crowd_set_limits(
	    scene->server->crowd, &(struct limits){.max_connections = 1, .max_held = 1});
}

static void refused_for_want_of_room(void)
{
	assert_true(span_starts(hear(scene->client), SPAN("HTTP/1.1 503 ")));
	assert_null(scene->conn->exchange);
	assert_non_null(scene->server->exchange);
	assert_int_equal(scene->conn->seat.held, 0);
	nobody_calls();
	close_scene();
}

/* An exchange has one owner: the server until it waits, then the connection. */
static void a_look_that_has_no_room_ends_once(void **state)
{
	(void)state;
	open_looking_scene();
	say(scene->client, SPAN(START "{}"));
	refused_for_want_of_room();
	open_looking_scene();
	struct exchange *first = scene->server->exchange;

	say(scene->client, SPAN(START));
	assert_ptr_equal(scene->conn->exchange, first);
	assert_ptr_not_equal(scene->server->exchange, first);
	assert_int_equal(scene->conn->state, CONN_BODY);
	say(scene->client, SPAN("{}"));
	refused_for_want_of_room();
}

/* ---- what is held ------------------------------------------------------------------------ */

static void hear_answer(const char *start)
{
	await_input(scene->client);
	struct span answer = hear(scene->client);

	if (!span_starts(answer, span_of(start)))
		fail_msg("%.*s", (int)answer.len, answer.at);
}

#define CREATE_HEAD                                                                                \
	"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"        \
	"Content-Length: 900000\r\n\r\n{\"Image\": \""
#define CREATE_BODY 900000u

/* A permitted request with a body that fills the socket of a daemon that takes nothing. */
static void send_create(void)
{
	static char body[CREATE_BODY];
	size_t at = 0, size = sizeof(body) - strlen("{\"Image\": \"");

	memset(body, 'x', size);
	memcpy(body + size - 2, "\"}", 2);
	say(scene->client, SPAN(CREATE_HEAD));
	while (at < size) {
		ssize_t n = write(scene->client, body + at, size - at);

		at += n > 0 ? (size_t)n : 0;
		turn();
	}
	turn();
}

static void what_waits_for_the_daemon_is_held(void **state)
{
	(void)state;
	open_scene("", "allow = @all\ngrant = all\n", false);
	send_create();
	assert_int_equal(scene->conn->state, CONN_EXCHANGE);
	assert_true(scene->conn->seat.held > CREATE_BODY / 2);
	answer_call();
	(void)hear(scene->daemon);
	assert_int_equal(scene->conn->seat.held, 0);
	close_scene();
}

/* ---- which container the client is in ---------------------------------------------------- */

#define FAILED "HTTP/1.1 500 x\r\nContent-Length: 2\r\n\r\n{}"
#define NO_NETWORKS "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"
#define SECOND_MS 1000u

/* Its listener has a line about containers. */
static void open_asking_scene(const char *options)
{
	static char name[] = "web";
	struct config_client line = {.kind = CLIENT_CONTAINER, .text = name};
	struct door *door;
	struct error err;

	open_scene(options, "allow = @safe\n", true);
	door = scene->conn->door;
	line.policy = scene->config->policies[0];
	assert_int_equal(identity_rules_make(&line, &door->terms.rules, &err), 0);
	door->generation++;
}

static void hear_question(const char *start)
{
	await_input(scene->daemon);
	assert_true(span_starts(hear(scene->daemon), span_of(start)));
}

static void a_daemon_that_fails_is_asked_once_a_second(void **state)
{
	(void)state;
	open_asking_scene("");
	say(scene->client, SPAN(PING));
	answer_call();
	hear_question("GET /networks ");
	say(scene->daemon, SPAN(FAILED));
	hear_answer("HTTP/1.1 502 ");
	later = SECOND_MS / 2;
	say(scene->client, SPAN(PING));
	hear_answer("HTTP/1.1 502 ");
	nobody_calls();
	later = SECOND_MS * 2;
	say(scene->client, SPAN(PING));
	answer_call();
	hear_question("GET /networks ");
	say(scene->daemon, SPAN(NO_NETWORKS));
	hear_question("GET /_ping ");
	say(scene->daemon, SPAN(PONG));
	hear_answer(PONG);
	close_scene();
}

static void nobody_is_asked_before_the_head_is_whole(void **state)
{
	(void)state;
	open_asking_scene("");
	for (unsigned i = 0; i < WAITS && scene->conn->state == CONN_IDLE; i++)
		say(scene->client, i == 0 ? SPAN("GET /_ping HTTP/1.1\r\n") : SPAN(""));
	assert_int_equal(scene->conn->state, CONN_HEAD);
	nobody_calls();
	say(scene->client, SPAN("Host: d\r\n\r\n"));
	answer_call();
	hear_question("GET /networks ");
	assert_int_equal(scene->conn->state, CONN_CALLER);
	close_scene();
}

static void who_asks_has_a_place(void **state)
{
	struct crowd *crowd;
	struct crowd_seat other;

	(void)state;
	open_asking_scene("max_requests = 1\n");
	crowd = scene->server->crowd;
	assert_int_equal(crowd_enter(crowd, &other, "other"), CROWD_FINE);
	assert_int_equal(crowd_prepare(crowd, &other), CROWD_FINE);
	say(scene->client, SPAN(PING));
	hear_answer("HTTP/1.1 503 ");
	nobody_calls();
	crowd_end(crowd, &other);
	say(scene->client, SPAN(PING));
	answer_call();
	hear_question("GET /networks ");
	assert_int_equal(crowd_prepare(crowd, &other), CROWD_REQUESTS);
	say(scene->daemon, SPAN(NO_NETWORKS));
	hear_question("GET /_ping ");
	say(scene->daemon, SPAN(PONG));
	hear_answer(PONG);
	assert_int_equal(crowd_prepare(crowd, &other), CROWD_FINE);
	crowd_leave(crowd, &other, 0);
	close_scene();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_body_is_not_sent_to_another_connection),
	    cmocka_unit_test(the_rest_of_a_body_goes_before_the_next_request),
	    cmocka_unit_test(a_body_that_nobody_takes_ends_the_connection),
	    cmocka_unit_test(a_look_that_has_no_room_ends_once),
	    cmocka_unit_test(what_waits_for_the_daemon_is_held),
	    cmocka_unit_test(a_daemon_that_fails_is_asked_once_a_second),
	    cmocka_unit_test(nobody_is_asked_before_the_head_is_whole),
	    cmocka_unit_test(who_asks_has_a_place),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
