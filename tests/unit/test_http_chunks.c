/* SPDX-License-Identifier: Apache-2.0 */
/* Chunked bodies: what they decode to, where they end, and which are refused. */
#include "http_unit.h"

#define MAX_EXTRA 64

static bool collect(void *context, struct span data)
{
	struct buf *out = context;

	buf_add(out, data);
	return !out->failed;
}

/* Feeds |text| in pieces of |step| bytes. Returns the last result and, in |*ret_used|, how many
 * bytes belonged to the body. */
static enum http_result feed(
    struct span text, size_t step, struct buf *out, size_t *ret_used, struct http_fault *fault)
{
	struct http_chunks chunks;
	enum http_result result = HTTP_MORE;
	size_t used;

	*ret_used = 0;
	buf_clear(out);
	http_chunks_init(&chunks, MAX_EXTRA);
	while (result == HTTP_MORE && *ret_used < text.len) {
		size_t left = text.len - *ret_used;
		struct span piece = {text.at + *ret_used, left < step ? left : step};

		result =
		    http_chunks_feed(&chunks, piece, out->max ? collect : NULL, out, &used, fault);
		if (result != HTTP_ERROR)
			*ret_used += used;
		if (result == HTTP_MORE)
			assert_int_equal(used, piece.len);
	}
	return result;
}

static const struct {
	struct span text;
	const char *data; /* NULL: refused */
	size_t behind;    /* bytes that are none of the body's */
	enum http_result result;
} bodies[] = {
    {RAW("0\r\n\r\n"), "", 0, HTTP_DONE}, {RAW("5\r\nhello\r\n0\r\n\r\n"), "hello", 0, HTTP_DONE},
    {RAW("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"), "hello!", 0, HTTP_DONE},
    {RAW("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n"), "01234567890123456789", 0, HTTP_DONE},
    {RAW("0005\r\nhello\r\n000\r\n\r\n"), "hello", 0, HTTP_DONE},
    {RAW("5;a=b\r\nhello\r\n0;d\r\n\r\n"), "hello", 0, HTTP_DONE},
    {RAW("5;a;b=\"c d\"\r\nhello\r\n0\r\n\r\n"), "hello", 0, HTTP_DONE},
    {RAW("5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n"), "hello", 0, HTTP_DONE},
    {RAW("1\r\n\n\r\n0\r\n\r\n"), "\n", 0, HTTP_DONE},
    {RAW("0\r\n\r\nGET / HTTP/1.1\r\n"), "", 16, HTTP_DONE},
    {RAW("1\r\na\r\n0\r\n\r\n\r\n"), "a", 2, HTTP_DONE},
    {RAW("1\r\na\r\n0\r\nA: b\r\n\r\n0\r\n\r\n"), "a", 5, HTTP_DONE},
    {RAW("5\r\nhel"), "hel", 0, HTTP_MORE}, {RAW("5\r\nhello\r\n0\r\n"), "hello", 0, HTTP_MORE},
    {RAW("5\r\nhello\r\n0\r\n\r"), "hello", 0, HTTP_MORE},
    {RAW("5\nhello\r\n0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("5\r\nhello\n0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("5\r\nhello0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("5\r\nhello!\r\n0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("5\r\nhello\r\n0\n\n"), NULL, 0, HTTP_ERROR},
    {RAW("5\r\nhello\r\n0\r\n\n"), NULL, 0, HTTP_ERROR},
    {RAW("5\rhello\r\n0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("5 \r\nhello\r\n0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("5\t\r\nhello\r\n0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW(" 5\r\nhello\r\n0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("0x5\r\nhello\r\n0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("-1\r\nhello\r\n0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("+5\r\nhello\r\n0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("g\r\nhello\r\n0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("\r\nhello\r\n0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("10000000000000000\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("5;a=b\nhello\r\n0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("5;a\rb\r\nhello\r\n0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("5;\0\r\nhello\r\n0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("5\r\nhelloXY0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("5\r\nhello\rX0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("5\r\nhelloX\n0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("5\rXhello\r\n0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("5;a\rXhello\r\n0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("5\r\nhello\r\n0\rX\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("5\r\nhello\r\n0\r\n\rX"), NULL, 0, HTTP_ERROR},
    {RAW("5\r\nhello\r\n0\r\nA: b\r\n\n"), NULL, 0, HTTP_ERROR},
    {RAW("0\r\nA : b\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("0\r\nTransfer-Encoding: x\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("0\r\nA b\r\n\r\n"), NULL, 0, HTTP_ERROR}, {RAW("0\r\nA: b\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("0\r\nA: \0\r\n\r\n"), NULL, 0, HTTP_ERROR},
    {RAW("0\r\nContent-Length: 3\r\n\r\n"), "", 0, HTTP_DONE}, /* dropped */
};

static void bodies_end_where_they_end(void **state)
{
	struct buf out;
	struct http_fault fault = {0};
	size_t used;

	(void)state;
	buf_init(&out, UNIT_OUT);
	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct span text = bodies[i].text;
		enum http_result expected = bodies[i].data ? bodies[i].result : HTTP_ERROR;

		for (size_t step = 1; step <= text.len; step++) {
			enum http_result result = feed(text, step, &out, &used, &fault);

			if (result != expected)
				fail_msg("\"%.*s\" by %zu gave %d (%s)", (int)text.len, text.at,
				    step, (int)result, fault.error.text);
			if (result == HTTP_ERROR) {
				assert_int_equal(fault.status, 400);
				continue;
			}
			assert_span(buf_span(&out), bodies[i].data);
			assert_int_equal(text.len - used, bodies[i].behind);
		}
	}
	buf_free(&out);
}

static bool refuse(void *context, struct span data)
{
	(void)context;
	(void)data;
	return false;
}

static void refused_data_is_413(void **state)
{
	struct http_chunks chunks;
	struct http_fault fault;
	size_t used;

	(void)state;
	http_chunks_init(&chunks, MAX_EXTRA);
	assert_int_equal(
	    http_chunks_feed(&chunks, SPAN("5\r\nhello\r\n0\r\n\r\n"), refuse, NULL, &used, &fault),
	    HTTP_ERROR);
	assert_int_equal(fault.status, 413);
	/* an error stays one */
	assert_int_equal(
	    http_chunks_feed(&chunks, SPAN("0\r\n\r\n"), NULL, NULL, &used, &fault), HTTP_ERROR);
}

/* Sizes, extensions and trailers cannot go on for ever; data can. */
static void extras_have_a_limit(void **state)
{
	static const struct {
		const char *before, *piece, *after;
		bool refused;
	} rows[] = {
	    {"", "1\r\na\r\n", "0\r\n\r\n", false},
	    {"", "1;abcdefghijklmnopqrstuvwxyz\r\na\r\n", "0\r\n\r\n", false},
	    {"1;", "a", "\r\na\r\n0\r\n\r\n", true},
	    {"1;a=", "b", "\r\na\r\n0\r\n\r\n", true},
	    {"1;a=\"", "b", "\"\r\na\r\n0\r\n\r\n", true},
	    {"", "0", "1\r\na\r\n0\r\n\r\n", true},
	    {"1\r\na\r\n0;", "a", "\r\n\r\n", true},
	    {"0\r\nA: ", "b", "\r\n\r\n", true},
	    {"0\r\n", "A: b\r\n", "\r\n", true},
	};
	struct buf text, nothing;
	struct http_fault fault;
	size_t used;

	(void)state;
	buf_init(&text, UNIT_OUT);
	buf_init(&nothing, 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_clear(&text);
		buf_add_text(&text, rows[i].before);
		for (size_t n = 0; n <= MAX_EXTRA; n++)
			buf_add_text(&text, rows[i].piece);
		buf_add_text(&text, rows[i].after);
		for (size_t step = 1; step <= text.len; step += step < 20 ? 1 : 37) {
			enum http_result result =
			    feed(buf_span(&text), step, &nothing, &used, &fault);

			if (result != (rows[i].refused ? HTTP_ERROR : HTTP_DONE))
				fail_msg("%s by %zu", buf_text(&text), step);
			if (result == HTTP_ERROR)
				assert_int_equal(fault.status, 431);
			else
				assert_int_equal(used, text.len);
		}
	}
	buf_free(&text);
}

static void an_ended_body_takes_nothing(void **state)
{
	struct http_chunks chunks;
	struct http_fault fault;
	size_t used = 7;

	(void)state;
	http_chunks_init(&chunks, MAX_EXTRA);
	assert_int_equal(
	    http_chunks_feed(&chunks, (struct span){NULL, 0}, NULL, NULL, &used, &fault),
	    HTTP_MORE);
	assert_int_equal(used, 0);
	assert_int_equal(
	    http_chunks_feed(&chunks, SPAN("0\r\n\r\n"), NULL, NULL, &used, &fault), HTTP_DONE);
	assert_int_equal(
	    http_chunks_feed(&chunks, SPAN("0\r\n\r\n"), NULL, NULL, &used, &fault), HTTP_DONE);
	assert_int_equal(used, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bodies_end_where_they_end),
	    cmocka_unit_test(refused_data_is_413),
	    cmocka_unit_test(extras_have_a_limit),
	    cmocka_unit_test(an_ended_body_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
