/* SPDX-License-Identifier: Apache-2.0 */
/* The states of a connection, and bytes that wait. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/conn.h"

/* The legal moves, a row a state, a column a state to go to, in the order of the enumeration. */
static void states_move_as_the_table_says(void **state)
{
	static const char *const rows[CONN_STATE_MAX] = {
	    [CONN_IDLE] = "idle      idle greet caller head body advice lookup connect exchange "
			  "skip drain linger closed",
	    [CONN_GREET] = "greet     idle closed",
	    [CONN_CALLER] = "caller    caller head drain linger closed",
	    [CONN_HEAD] = "head      idle caller head body advice lookup connect exchange skip "
			  "drain linger closed",
	    [CONN_BODY] = "body      idle body lookup connect exchange skip drain linger closed",
	    [CONN_ADVICE] = "advice    idle lookup connect exchange skip drain linger closed",
	    [CONN_LOOKUP] = "lookup    idle lookup connect exchange skip drain linger closed",
	    [CONN_CONNECT] = "connect   idle exchange drain linger closed",
	    [CONN_EXCHANGE] = "exchange  idle exchange answer trail tunnel drain linger closed",
	    [CONN_ANSWER] = "answer    idle exchange trail tunnel drain linger closed",
	    [CONN_TRAIL] = "trail     idle trail drain linger closed",
	    [CONN_TUNNEL] = "tunnel    tunnel drain linger closed",
	    [CONN_SKIP] = "skip      skip idle drain linger closed",
	    [CONN_DRAIN] = "drain     drain linger closed",
	    [CONN_LINGER] = "linger    closed",
	    [CONN_CLOSED] = "closed   ",
	};

	(void)state;
	for (unsigned from = 0; from < CONN_STATE_MAX; from++) {
		struct span rest = span_of(rows[from]);
		unsigned moves = 0, legal = 0;

		assert_span(span_next_word(&rest), conn_state_name((enum conn_state)from));
		for (unsigned to = 0; to < CONN_STATE_MAX; to++)
			legal += conn_may_move((enum conn_state)from, (enum conn_state)to);
		for (struct span word = span_next_word(&rest); word.len;
		     word = span_next_word(&rest)) {
			unsigned to = 0;

			while (!span_equal(word, span_of(conn_state_name((enum conn_state)to))))
				to++;
			if (!conn_may_move((enum conn_state)from, (enum conn_state)to))
				fail_msg(
				    "%s to %s", rows[from], conn_state_name((enum conn_state)to));
			moves++;
		}
		assert_int_equal(moves, legal);
	}
}

/* Two streams in a row: what is written to |left.peer| can be moved from |left| to |right|. */
struct streams {
	struct loop *loop;
	struct io left, right;
	int left_peer, right_peer;
};

static void on_ready(struct io *io)
{
	(void)io;
}

static int open_end(struct loop *loop, struct io *io)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	assert_int_equal(io_open(io, loop, pair[0], &io_plain, on_ready), 0);
	io->readable = true;
	return pair[1];
}

static void streams_open(struct streams *s)
{
	s->loop = loop_new();
	assert_non_null(s->loop);
	s->left_peer = open_end(s->loop, &s->left);
	s->right_peer = open_end(s->loop, &s->right);
}

static void streams_close(struct streams *s)
{
	io_close(&s->left);
	io_close(&s->right);
	(void)close(s->left_peer);
	(void)close(s->right_peer);
	loop_free(s->loop);
}

static size_t drain(int fd)
{
	static char bytes[1 << 20];
	size_t total = 0;
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		total += (size_t)n;
	return total;
}

static void what_is_not_taken_waits_in_order(void **state)
{
	static char much[1 << 20];
	struct iovec parts[] = {{much, sizeof(much)}, {(char[]){"tail"}, 4}};
	struct pending *pending = NULL;
	struct streams s;

	(void)state;
	streams_open(&s);
	assert_int_equal(pending_send(&pending, &s.right, parts, 2), FLUSH_BLOCKED);
	assert_non_null(pending);
	size_t total = 0;

	for (int i = 0; i < 100 && pending; i++) {
		total += drain(s.right_peer);
		s.right.writable = true;
		assert_int_not_equal(pending_flush(&pending, &s.right), FLUSH_FAILED);
	}
	total += drain(s.right_peer);
	assert_null(pending);
	assert_int_equal(total, sizeof(much) + 4);
	streams_close(&s);
}

static void pending_bytes_have_a_maximum(void **state)
{
	struct pending *pending = NULL;

	(void)state;
	assert_true(pending_add(&pending, SPAN("12345"), 8));
	assert_false(pending_add(&pending, SPAN("6789"), 8));
	assert_span(pending_span(pending), "12345");
	pending_drop(&pending, 2);
	assert_span(pending_span(pending), "345");
	pending_drop(&pending, 3);
	assert_null(pending);
	assert_null(pending_room(&pending, 9, 8));
	assert_null(pending);
}

static void spliced_bytes_wait_in_the_pipe(void **state)
{
	static char much[1 << 20];
	struct iovec part = {much, sizeof(much)};
	struct pipe_pool pool = {0};
	struct pending *pending = NULL;
	struct streams s;
	size_t moved = 0, total = 0;

	(void)state;
	streams_open(&s);
	assert_int_equal(write(s.left_peer, "x", 1), 1);
	assert_int_equal(pending_splice(&pending, &pool, &s.left, &s.right, 10, &moved), MOVE_SOME);
	assert_int_equal(moved, 1);
	assert_int_equal(drain(s.right_peer), 1);
	/* The right end is full, so what is taken from the left one stays in the pipe. */
	while (io_send(&s.right, &part, 1) > 0)
		;
	assert_int_equal(write(s.left_peer, much, 30000), 30000);
	s.left.readable = true;
	assert_int_equal(
	    pending_splice(&pending, &pool, &s.left, &s.right, 30000, &moved), MOVE_SOME);
	assert_int_equal(moved, 30000);
	assert_non_null(pending);
	assert_int_equal(pending_flush(&pending, &s.right), FLUSH_BLOCKED);
	(void)drain(s.right_peer);
	for (int i = 0; i < 100 && pending; i++) {
		assert_int_not_equal(pending_flush(&pending, &s.right), FLUSH_FAILED);
		total += drain(s.right_peer);
	}
	assert_null(pending);
	assert_int_equal(total, 30000);
	assert_int_equal(
	    pending_splice(&pending, &pool, &s.left, &s.right, 1, &moved), MOVE_NOTHING);
	(void)shutdown(s.left_peer, SHUT_WR);
	s.left.readable = true;
	assert_int_equal(pending_splice(&pending, &pool, &s.left, &s.right, 1, &moved), MOVE_END);
	pipe_pool_free(&pool);
	streams_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(states_move_as_the_table_says),
	    cmocka_unit_test(what_is_not_taken_waits_in_order),
	    cmocka_unit_test(pending_bytes_have_a_maximum),
	    cmocka_unit_test(spliced_bytes_wait_in_the_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
