/* SPDX-License-Identifier: Apache-2.0 */
/* Response heads of the daemon: how long the body is and whether the connection stays. */
#include "http_unit.h"

#define JSON "Content-Type: application/json\r\n"
#define RAW_STREAM "Content-Type: application/vnd.docker.raw-stream\r\n"

static enum http_result parse(
    struct span text, enum method method, struct http_response *response, struct http_fault *fault)
{
	size_t scanned = 0;

	return http_response_parse(text, &scanned, &limits, method, response, fault);
}

static const struct {
	const char *text;
	enum method method;
	unsigned status;
	enum http_framing framing;
	uint64_t length;
	bool keep_alive, raw_stream;
} heads[] = {
    {"HTTP/1.1 200 OK\r\n" JSON "Content-Length: 12\r\n\r\n", METHOD_GET, 200, FRAMING_LENGTH, 12,
	true, false},
    {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", METHOD_GET, 200, FRAMING_NONE, 0, true, false},
    {"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n", METHOD_HEAD, 200, FRAMING_NONE, 0, true,
	false},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", METHOD_HEAD, 200, FRAMING_NONE, 0,
	true, false},
    {"HTTP/1.1 200 OK\r\n" JSON "Transfer-Encoding: chunked\r\n\r\n", METHOD_POST, 200,
	FRAMING_CHUNKED, 0, true, false},
    {"HTTP/1.1 204 No Content\r\n\r\n", METHOD_POST, 204, FRAMING_NONE, 0, true, false},
    {"HTTP/1.1 304 Not Modified\r\n\r\n", METHOD_POST, 304, FRAMING_NONE, 0, true, false},
    {"HTTP/1.1 100 Continue\r\n\r\n", METHOD_PUT, 100, FRAMING_NONE, 0, true, false},
    {"HTTP/1.1 101 UPGRADED\r\n" RAW_STREAM "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
	METHOD_POST, 101, FRAMING_NONE, 0, true, true},
    {"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "
     "websocket\r\n\r\n",
	METHOD_GET, 101, FRAMING_NONE, 0, true, false},
    {"HTTP/1.1 200 OK\r\n" RAW_STREAM "\r\n", METHOD_POST, 200, FRAMING_CLOSE, 0, false, true},
    {"HTTP/1.1 200 OK\r\ncontent-type: Application/Vnd.Docker.Multiplexed-Stream ; "
     "a=b\r\n\r\n",
	METHOD_POST, 200, FRAMING_CLOSE, 0, false, true},
    {"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream2\r\n\r\n", METHOD_POST,
	200, FRAMING_CLOSE, 0, false, false},
    {"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\n", METHOD_POST, 404, FRAMING_CLOSE,
	0, false, false},
    {"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 3\r\n\r\n", METHOD_POST, 404,
	FRAMING_LENGTH, 3, false, false},
    {"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n", METHOD_GET, 200, FRAMING_LENGTH, 3, false,
	false},
    {"HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n", METHOD_GET, 200,
	FRAMING_LENGTH, 3, true, false},
    {"HTTP/1.1 200\r\nContent-Length: 3\r\n\r\n", METHOD_GET, 200, FRAMING_LENGTH, 3, true, false},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nA:\r\n\r\n", METHOD_GET, 200, FRAMING_LENGTH, 3, true,
	false},
};

static void framing_is_found(void **state)
{
	struct http_response response;
	struct http_fault fault = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(heads); i++) {
		struct span text = span_of(heads[i].text);
		enum http_result result = parse(text, heads[i].method, &response, &fault);

		assert_status(text, result == HTTP_DONE ? 0 : fault.status, 0, &fault);
		assert_int_equal(response.status, heads[i].status);
		assert_int_equal(response.framing, heads[i].framing);
		assert_int_equal(response.content_length, heads[i].length);
		assert_int_equal(response.keep_alive, heads[i].keep_alive);
		assert_int_equal(response.raw_stream, heads[i].raw_stream);
		assert_int_equal(response.head_bytes, text.len);
	}
}

static void odd_heads_are_read(void **state)
{
	static const struct span rows[] = {
	    RAW("HTTP/1.1 200\r\nContent-Length: 3\r\n\r\n"),
	    RAW("HTTP/1.1 200 \r\nContent-Length: 3\r\n\r\n"),
	    RAW("HTTP/1.1 200 OK\r\nContent-Length:3\r\n\r\n"),
	    RAW("HTTP/1.1 200 OK\r\nContent-Length:\t3 \r\n\r\n"),
	    RAW("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nA:\tb\r\n\r\n"),
	    RAW("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nA: ~~~~~~~~~\xff\r\n\r\n"),
	};
	static const struct span refused[] = {
	    RAW("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nA: a\x7f\r\n\r\n"),
	    RAW("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nA: 123456789\x01\r\n\r\n"),
	    RAW("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nA: 12345678\r9\r\n\r\n"),
	};
	struct http_response response;
	struct http_fault fault = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum http_result result = parse(rows[i], METHOD_GET, &response, &fault);

		assert_status(rows[i], result == HTTP_DONE ? 0 : fault.status, 0, &fault);
		assert_int_equal(response.content_length, 3);
	}
	for (size_t i = 0; i < COUNT(refused); i++)
		assert_int_equal(parse(refused[i], METHOD_GET, &response, &fault), HTTP_ERROR);
}

static void bad_heads_are_502(void **state)
{
	static const struct span rows[] = {
	    RAW("nonsense\r\n\r\n"),
	    RAW("\r\n\r\n"),
	    RAW("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
	    RAW("HTTP/1.1 20 OK\r\n\r\n"),
	    RAW("HTTP/1.1 2000 OK\r\n\r\n"),
	    RAW("HTTP/2.0 200 OK\r\n\r\n"),
	    RAW("HTTP/1.2 200 OK\r\n\r\n"),
	    RAW("HTTP/0.9 200 OK\r\n\r\n"),
	    RAW("HTTP/1.1 200 OK\n"),
	    RAW("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"),
	    RAW("HTTP/1.1 200 OK\r\n\rXA: b\r\n\r\n"),
	    RAW("HTTP/1.1 200 OK\r\nA b\r\n\r\n"),
	    RAW("HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\n"),
	    RAW("HTTP/1.1 200 OK\r\n: 3\r\n\r\n"),
	    RAW("HTTP/1.1 200 OK\r\nA: \0\r\n\r\n"),
	    RAW("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
	    RAW("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n"),
	    RAW("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"),
	    RAW("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"),
	    RAW("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
	    RAW("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
	};
	struct http_response response = {.status = 7};
	struct http_fault fault = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum http_result result = parse(rows[i], METHOD_GET, &response, &fault);

		assert_status(rows[i], result == HTTP_DONE ? 0 : fault.status, 502, &fault);
	}
	assert_int_equal(response.status, 7);
}

static void pieces_change_nothing(void **state)
{
	static const char text[] = "HTTP/1.1 200 OK\r\n" JSON "Content-Length: 12\r\n\r\nbody";
	struct http_response response;
	struct http_fault fault;
	size_t scanned = 0, head = sizeof(text) - 1 - 4;

	(void)state;
	for (size_t len = 0; len < head; len++)
		assert_int_equal(http_response_parse((struct span){text, len}, &scanned, &limits,
				     METHOD_GET, &response, &fault),
		    HTTP_MORE);
	assert_int_equal(
	    http_response_parse(span_of(text), &scanned, &limits, METHOD_GET, &response, &fault),
	    HTTP_DONE);
	assert_int_equal(response.head_bytes, head);
}

static void heads_have_a_limit(void **state)
{
	struct buf text;
	struct http_response response;
	struct http_fault fault;

	(void)state;
	buf_init(&text, UNIT_OUT);
	buf_add_text(&text, "HTTP/1.1 200 OK\r\nA: ");
	while (text.len < limits.max_head - 1)
		buf_add_char(&text, 'a');
	assert_int_equal(parse(buf_span(&text), METHOD_GET, &response, &fault), HTTP_MORE);
	buf_add_char(&text, 'a');
	assert_int_equal(parse(buf_span(&text), METHOD_GET, &response, &fault), HTTP_ERROR);
	assert_int_equal(fault.status, 502);
	buf_free(&text);
}

/* What |memo| makes of |text| must be what is made of it without. */
static void assert_recalled(
    struct http_memo *memo, struct span text, const struct http_limits *within, enum method method)
{
	struct http_response fresh = {0}, recalled = {0};
	struct http_fault fault = {0}, other = {0};
	size_t scanned = 0, again = 0;
	enum http_result expected =
	    http_response_parse(text, &scanned, within, method, &fresh, &fault);

	assert_int_equal(
	    http_response_recall(memo, text, &again, within, method, &recalled, &other), expected);
	assert_int_equal(recalled.status, fresh.status);
	assert_int_equal(recalled.minor, fresh.minor);
	assert_int_equal(recalled.keep_alive, fresh.keep_alive);
	assert_int_equal(recalled.has_hop, fresh.has_hop);
	assert_int_equal(recalled.raw_stream, fresh.raw_stream);
	assert_int_equal(recalled.framing, fresh.framing);
	assert_int_equal(recalled.content_length, fresh.content_length);
	assert_int_equal(recalled.head_bytes, fresh.head_bytes);
	assert_string_equal(other.error.text, fault.error.text);
}

/* A head that was read already, in all ways that it may be another one. */
static void a_memo_changes_nothing(void **state)
{
	struct http_memo memo = {0};
	struct http_limits small = limits;
	char text[1024];

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(heads); i++) {
		size_t len = strlen(heads[i / 2].text);
		struct span whole = {text, len + 1};

		memcpy(text, heads[i / 2].text, len);
		text[len] = '{';
		for (unsigned again = 0; again < 2; again++) {
			assert_recalled(&memo, whole, &limits, METHOD_GET);
			assert_recalled(&memo, whole, &limits, METHOD_HEAD);
		}
		for (struct span part = whole; part.len > 0; part.len--) {
			assert_recalled(&memo, whole, &limits, heads[i / 2].method);
			assert_recalled(&memo, part, &limits, heads[i / 2].method);
			text[part.len - 1] ^= 1;
			assert_recalled(&memo, whole, &limits, heads[i / 2].method);
			text[part.len - 1] ^= 1;
		}
		small.max_head = len - 1;
		assert_recalled(&memo, whole, &small, METHOD_GET);
		assert_recalled(&memo, whole, &limits, METHOD_GET);
	}
}

static void a_memo_forgets_long_heads(void **state)
{
	struct http_memo memo = {0};
	struct buf text;

	(void)state;
	buf_init(&text, UNIT_OUT);
	buf_add_text(&text, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nA: ");
	for (size_t end = HTTP_MEMO_BYTES - 8; end < HTTP_MEMO_BYTES + 8; end++) {
		size_t kept = text.len;

		while (text.len < end)
			buf_add_char(&text, 'a');
		buf_add_text(&text, "\r\n\r\n");
		assert_recalled(&memo, buf_span(&text), &limits, METHOD_GET);
		assert_recalled(&memo, buf_span(&text), &limits, METHOD_GET);
		text.len = kept;
	}
	buf_free(&text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(framing_is_found),
	    cmocka_unit_test(odd_heads_are_read),
	    cmocka_unit_test(bad_heads_are_502),
	    cmocka_unit_test(pieces_change_nothing),
	    cmocka_unit_test(heads_have_a_limit),
	    cmocka_unit_test(a_memo_changes_nothing),
	    cmocka_unit_test(a_memo_forgets_long_heads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
