/* SPDX-License-Identifier: Apache-2.0 */
/* How answers end: whole, however slow the client reads; or so that it can tell. */
#include "scene.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define ALL "allow = @all\ngrant = all\n"
#define INFO "GET /info HTTP/1.1\r\nHost: d\r\n\r\n"
#define LOGS "GET /containers/x/logs HTTP/1.1\r\nHost: d\r\n\r\n"
#define ATTACH                                                                                     \
	"POST /containers/x/attach HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\n"                 \
	"Upgrade: tcp\r\n\r\n"
#define UPGRADED "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
#define ENDLESS "HTTP/1.1 200 OK\r\n\r\n"
#define LENGTH "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 131072\r\n\r\n"
#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n"
#define PIECE_SIZE 131072u
#define SMALL 4096
#define DAY_MS (24ull * 3600 * 1000)

static char piece[PIECE_SIZE];

/* The daemon has answered |head|; what the client's socket takes is small. */
static void begin(const char *request, const char *head, bool by_tcp)
{
	int small = SMALL;

	open_scene("", ALL, by_tcp);
	(void)setsockopt(scene->conn->client.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	(void)setsockopt(scene->client, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	say(scene->client, span_of(request));
	answer_call();
	(void)hear(scene->daemon);
	say(scene->daemon, span_of(head));
}

static void leave_daemon(void)
{
	(void)close(scene->daemon);
	scene->daemon = -1;
	turn();
}

static bool drained_slowly; /* a day passed with only a part of the answer taken */

/* All that comes until the end, a little at a time; the number of bytes. */
static size_t hear_out(int *ret_errno)
{
	static char bytes[SMALL];
	size_t total = 0;

	for (;;) {
		ssize_t n = read(scene->client, bytes, sizeof(bytes));

		*ret_errno = n < 0 ? errno : 0;
		if (n == 0 || (n < 0 && errno != EAGAIN))
			return total;
		total += n > 0 ? (size_t)n : 0;
		if (n < 0)
			await_input(scene->client);
		turn();
		if (total < sizeof(piece) && scene->server->lists[CONN_DRAIN].tqh_first) {
			later += DAY_MS;
			drained_slowly = true;
		}
	}
}

/* ---- slow readers ------------------------------------------------------------------------ */

static void a_slow_reader_gets_all(void **state)
{
	static const char *const rows[][2] = {{LOGS, LENGTH}, {LOGS, ENDLESS}, {ATTACH, UPGRADED}};
	int reason;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		drained_slowly = false;
		begin(rows[i][0], rows[i][1], true);
		say(scene->daemon, (struct span){piece, sizeof(piece)});
		leave_daemon();
		assert_int_equal(hear_out(&reason), strlen(rows[i][1]) + sizeof(piece));
		assert_int_equal(reason, 0);
		assert_true(drained_slowly || i > 0); /* others end when all is taken */
		close_scene();
	}
}

/* ---- answers that are not whole ---------------------------------------------------------- */

/* With a length or chunks the client sees it by itself: a reset would lose what it has not read. */
static void an_answer_that_ends_early_is_told_from_a_whole_one(void **state)
{
	static const struct {
		const char *head;
		int reason;
	} rows[] = {{ENDLESS, 0}, {LENGTH, 0}, {CHUNKED, 0}};
	int reason;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		begin(LOGS, rows[i].head, true);
		say(scene->daemon, SPAN("some"));
		leave_daemon();
		(void)hear_out(&reason);
		assert_int_equal(reason, rows[i].reason);
		close_scene();
	}
}

/* As a client that asked for it would be told by the daemon itself: by a reset. */
static void reset_daemon(void)
{
	(void)!write(scene->conn->upstream.fd, "x", 1); /* a unix socket with unread bytes resets */
	leave_daemon();
}

static void a_reset_of_the_daemon_is_no_clean_end(void **state)
{
	static const char *const rows[][2] = {{LOGS, ENDLESS}, {ATTACH, UPGRADED}};
	int reason;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		begin(rows[i][0], rows[i][1], true);
		say(scene->daemon, SPAN("some"));
		reset_daemon();
		(void)hear_out(&reason);
		assert_int_equal(reason, ECONNRESET);
		close_scene();
	}
}

static void a_stream_that_is_cut_at_the_end_is_no_clean_end(void **state)
{
	int reason;

	(void)state;
	begin(LOGS, ENDLESS, true);
	say(scene->daemon, SPAN("some"));
	conn_close(scene->conn);
	(void)hear_out(&reason);
	assert_int_equal(reason, ECONNRESET);
	close_scene();
}

/* ---- heads of answers -------------------------------------------------------------------- */

static void headers_of_the_daemons_connection_end_here(void **state)
{
	static const char *const rows[][2] = {
	    {"HTTP/1.1 200 OK\r\nConnection: keep-alive, X-One\r\nx-one: 1\r\nX-Two: 2\r\n"
	     "Keep-Alive: timeout=5\r\nTrailer: X-T\r\nUpgrade: tcp\r\nContent-Length: 2\r\n\r\nok",
		"HTTP/1.1 200 OK\r\nX-Two: 2\r\nContent-Length: 2\r\n\r\nok"},
	    {"HTTP/1.1 400 Bad\r\nConnection: close, Content-Length\r\nContent-Length: 2\r\n\r\nno",
		"HTTP/1.1 400 Bad\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"},
	    {"HTTP/1.1 400 Bad\r\nCONNECTION:  close\r\nContent-Length: 2\r\n\r\nno",
		"HTTP/1.1 400 Bad\r\nCONNECTION:  close\r\nContent-Length: 2\r\n\r\nno"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		open_scene("", ALL, false);
		say(scene->client, SPAN(INFO));
		answer_call();
		(void)hear(scene->daemon);
		say(scene->daemon, span_of(rows[i][0]));
		assert_span(hear(scene->client), rows[i][1]);
		close_scene();
	}
}

/* ---- limits of time ---------------------------------------------------------------------- */

#define CREATE                                                                                     \
	"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"        \
	"Content-Length: 100000\r\n\r\n"
#define CREATE_SHORT                                                                               \
	"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"        \
	"Content-Length: 10\r\n\r\n{"
#define LOAD                                                                                       \
	"POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Type: application/x-tar\r\n"             \
	"Content-Length: 100000\r\n\r\n"
#define EARLY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static void a_daemon_that_never_answers_has_a_limit(void **state)
{
	(void)state;
	open_scene("answer_timeout = 1m\n", ALL, false);
	say(scene->client, SPAN(INFO));
	assert_int_equal(scene->conn->state, CONN_ANSWER);
	later = 60001;
	await_input(scene->client);
	assert_true(span_starts(hear(scene->client), SPAN("HTTP/1.1 504 ")));
	close_scene();
}

static void a_stream_may_begin_late(void **state)
{
	(void)state;
	open_scene("answer_timeout = 1m\n", ALL, false);
	say(scene->client, SPAN(LOGS));
	assert_int_equal(scene->conn->state, CONN_EXCHANGE);
	close_scene();
}

static void a_client_is_not_kept_for_the_rest_of_its_request(void **state)
{
	(void)state;
	open_scene("", ALL, false);
	say(scene->client, SPAN(LOAD));
	answer_call();
	(void)hear(scene->daemon);
	say(scene->daemon, SPAN(EARLY));
	assert_span(hear(scene->client), EARLY);
	assert_int_equal(scene->conn->state, CONN_TRAIL);
	later = 60001;
	await_input(scene->client);
	assert_true(is_over(scene->client));
	close_scene();
}

static void a_trickle_is_no_body(void **state)
{
	(void)state;
	open_scene("", ALL, false);
	say(scene->client, SPAN(CREATE));
	say(scene->client, SPAN(" "));
	later = 40000;
	say(scene->client, SPAN(" "));
	assert_int_equal(scene->conn->state, CONN_BODY);
	later = 80000;
	say(scene->client, SPAN(" "));
	assert_true(span_starts(hear(scene->client), SPAN("HTTP/1.1 408 ")));
	close_scene();
}

/* The body would only tell what else is missing. */
static void a_refused_head_is_told_without_its_body(void **state)
{
	(void)state;
	open_scene("", "allow = GET /_ping\n", false);
	say(scene->client, SPAN(CREATE_SHORT));
	assert_int_equal(scene->conn->state, CONN_ADVICE);
	later = 60001;
	await_input(scene->client);
	assert_true(span_starts(hear(scene->client), SPAN("HTTP/1.1 403 ")));
	close_scene();
}

/* As long as something comes, the next request is waited for. */
static void a_refused_body_may_come_slowly(void **state)
{
	(void)state;
	open_scene("", "allow = GET /_ping\n", false);
	say(scene->client, SPAN(LOAD));
	assert_true(span_starts(hear(scene->client), SPAN("HTTP/1.1 403 ")));
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(scene->conn->state, CONN_SKIP);
		assert_true(scene->conn->since == loop_now(scene->loop)); /* its time begins anew */
		later += 40000;
		say(scene->client, (struct span){piece, 1000});
	}
	assert_int_equal(scene->conn->state, CONN_IDLE);
	say(scene->client, SPAN(LOAD));
	assert_true(span_starts(hear(scene->client), SPAN("HTTP/1.1 403 ")));
	later += 60001;
	await_input(scene->client);
	assert_true(is_over(scene->client));
	close_scene();
}

static void a_malformed_upload_is_answered(void **state)
{
	(void)state;
	open_scene("", ALL, false);
	say(scene->client, SPAN("PUT /containers/x/archive?path=/ HTTP/1.1\r\nHost: d\r\n"
				"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nx\r\n"));
	answer_call();
	assert_true(span_starts(hear(scene->client), SPAN("HTTP/1.1 400 ")));
	close_scene();
}

/* ---- without descriptors ----------------------------------------------------------------- */

static void a_busy_tunnel_copies_where_there_is_no_pipe(void **state)
{
	struct rlimit old, none;
	size_t total = 0;

	(void)state;
	open_scene("", ALL, false);
	say(scene->client, SPAN(ATTACH));
	answer_call();
	(void)hear(scene->daemon);
	say(scene->daemon, SPAN(UPGRADED));
	assert_span(hear(scene->client), UPGRADED);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = (struct rlimit){0, old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	for (unsigned i = 0; i < 4; i++) {
		say(scene->daemon, (struct span){piece, sizeof(piece)});
		total += hear(scene->client).len;
		say(scene->client, (struct span){piece, sizeof(piece)});
		total += hear(scene->daemon).len;
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(total, 8 * sizeof(piece));
	assert_int_equal(scene->conn->state, CONN_TUNNEL);
	close_scene();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_slow_reader_gets_all),
	    cmocka_unit_test(an_answer_that_ends_early_is_told_from_a_whole_one),
	    cmocka_unit_test(a_reset_of_the_daemon_is_no_clean_end),
	    cmocka_unit_test(a_stream_that_is_cut_at_the_end_is_no_clean_end),
	    cmocka_unit_test(a_daemon_that_never_answers_has_a_limit),
	    cmocka_unit_test(a_stream_may_begin_late),
	    cmocka_unit_test(a_client_is_not_kept_for_the_rest_of_its_request),
	    cmocka_unit_test(a_trickle_is_no_body),
	    cmocka_unit_test(a_refused_head_is_told_without_its_body),
	    cmocka_unit_test(a_refused_body_may_come_slowly),
	    cmocka_unit_test(a_malformed_upload_is_answered),
	    cmocka_unit_test(headers_of_the_daemons_connection_end_here),
	    cmocka_unit_test(a_busy_tunnel_copies_where_there_is_no_pipe),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
