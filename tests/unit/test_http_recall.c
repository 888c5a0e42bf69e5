/* SPDX-License-Identifier: Apache-2.0 */
/* Request heads that were read before say the same as when they are read anew. */
#include "http_unit.h"

#include "base/room.h"

#define HOST "Host: docker\r\n"
#define LONG_HEADER                                                                                \
	"A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
#define FOUR(lines) lines lines lines lines

static const struct span heads[] = {
    RAW("HEAD /_ping HTTP/1.1\r\nHost: api.moby.localhost\r\nUser-Agent: Docker-Client/24.0.7 "
	"(linux)\r\n\r\n"),
    RAW("GET /events HTTP/1.0\r\n\r\n"),
    RAW("POST /x HTTP/1.1\r\n" HOST "Content-Length: 2\r\nContent-Type: text/plain\r\n"
	"Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n"),
    RAW("POST /x HTTP/1.1\r\n" HOST "Connection: Upgrade, X-Mine\r\nX-Mine: 1\r\n"
	"Upgrade: h2c\r\nX-Meta-A: b\r\n\r\n"),
    RAW("POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nX-Registry-Auth: e30=\r\n\r\n"),
    RAW("GET /x HTTP/1.1\nHost: docker\n\n"),
    RAW("GET /x HTTP/1.1\r\n" HOST FOUR("A:\r\n") FOUR("B: c\r\n") FOUR("D: e\r\n")
	    FOUR("F: g\r\n") "\r\n"),
    RAW("GET /x HTTP/1.1\r\n" HOST FOUR(FOUR(LONG_HEADER)) "\r\n"),
};

/* Both are outside of what was read, or say the same. */
static void assert_same_span(struct span a, struct span b)
{
	assert_true((a.at == NULL) == (b.at == NULL));
	assert_true(span_equal(a, b));
}

static void assert_inside(struct span part, struct span head)
{
	if (part.at)
		assert_true(part.at >= head.at && part.at + part.len <= head.at + head.len);
}

static void assert_same_headers(const struct http_request *a, const struct http_request *b)
{
	assert_int_equal(a->header_count, b->header_count);
	for (size_t i = 0; i < a->header_count; i++) {
		assert_same_span(a->headers[i].name, b->headers[i].name);
		assert_same_span(a->headers[i].value, b->headers[i].value);
		assert_inside(b->headers[i].name, b->head);
		assert_inside(b->headers[i].value, b->head);
		assert_int_equal(a->headers[i].role, b->headers[i].role);
	}
}

static void assert_same_request(const struct http_request *a, const struct http_request *b)
{
	assert_same_span(a->head, b->head);
	assert_same_span(a->method_name, b->method_name);
	assert_same_span(a->target, b->target);
	assert_same_span(a->host, b->host);
	assert_same_span(a->content_type, b->content_type);
	assert_same_span(a->upgrade, b->upgrade);
	assert_inside(b->method_name, b->head);
	assert_inside(b->target, b->head);
	assert_inside(b->host, b->head);
	assert_inside(b->content_type, b->head);
	assert_inside(b->upgrade, b->head);
	assert_int_equal(a->method, b->method);
	assert_int_equal(a->minor, b->minor);
	assert_int_equal(a->keep_alive, b->keep_alive);
	assert_int_equal(a->expect_continue, b->expect_continue);
	assert_int_equal(a->wants_upgrade, b->wants_upgrade);
	assert_int_equal(a->framing, b->framing);
	assert_int_equal(a->content_length, b->content_length);
	assert_int_equal(a->head_bytes, b->head_bytes);
	assert_int_equal(a->connection_close, b->connection_close);
	assert_int_equal(a->connection_keep_alive, b->connection_keep_alive);
	assert_int_equal(a->connection_upgrade, b->connection_upgrade);
	assert_same_headers(a, b);
}

/* What is recalled of |text| must be what is made of it when it is read. */
static void assert_recalled(struct span text, const struct http_limits *within)
{
	struct http_request fresh, recalled;
	struct http_fault fault = {0}, other = {0};
	struct arena arena;
	size_t scanned = 0, again = 0;

	arena_init(&arena, UNIT_ARENA);
	enum http_result expected =
	    http_request_parse(text, &scanned, within, &arena, &fresh, &fault);

	assert_int_equal(
	    http_request_recall(text, &again, within, &arena, &recalled, &other), expected);
	assert_string_equal(other.error.text, fault.error.text);
	assert_int_equal(other.status, fault.status);
	if (expected == HTTP_DONE)
		assert_same_request(&fresh, &recalled);
	arena_free(&arena);
}

/* A head that was read already, in all ways that it may be another one. */
static void nothing_is_changed(void **state)
{
	char text[2048];

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(heads); i++) {
		struct span head = heads[i / 2], whole = {text, head.len + 1};

		memcpy(text, head.at, head.len);
		text[head.len] = '{';
		for (unsigned again = 0; again < 2; again++)
			assert_recalled(whole, &limits);
		for (struct span part = whole; part.len > 0; part.len--) {
			assert_recalled(whole, &limits);
			assert_recalled(part, &limits);
			text[part.len - 1] ^= 1;
			assert_recalled(whole, &limits);
			text[part.len - 1] ^= 1;
		}
	}
}

/* The same bytes under other limits, as another listener has. */
static void limits_count(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(heads); i++) {
		struct http_limits head = limits, headers = limits, target = limits;

		head.max_head = heads[i].len - 1;
		headers.max_headers = 1;
		target.max_target = 1;
		assert_recalled(heads[i], &limits);
		assert_recalled(heads[i], &head);
		assert_recalled(heads[i], &headers);
		assert_recalled(heads[i], &target);
		assert_recalled(heads[i], &limits);
	}
}

/* What a client does to a request is nothing to the next one. */
static void each_has_its_own(void **state)
{
	struct http_request request;
	struct http_fault fault;
	struct arena arena;

	(void)state;
	arena_init(&arena, UNIT_ARENA);
	for (unsigned again = 0; again < 3; again++) {
		size_t scanned = 0;

		assert_int_equal(
		    http_request_recall(heads[0], &scanned, &limits, &arena, &request, &fault),
		    HTTP_DONE);
		assert_int_equal(request.headers[1].role, ROLE_FORWARD);
		assert_true(span_equal(request.head, heads[0]));
		request.headers[1].role = ROLE_DROP;
		memset((char *)(uintptr_t)request.head.at, 'x', request.head.len);
	}
	arena_free(&arena);
}

static bool room_has(const char *text, size_t size)
{
	return memmem(room_list[ROOM_HEADS], size, text, strlen(text)) != NULL;
}

/* Credentials stay no longer than their request. */
static void no_secret_is_kept(void **state)
{
	static const struct span secret = RAW("GET /first HTTP/1.1\r\n" HOST
					      "X-Registry-Auth: SECRET\r\n\r\n"),
				 open = RAW("GET /other HTTP/1.1\r\n" HOST "\r\n");

	(void)state;
	rooms_free();
	assert_recalled(secret, &limits);
	assert_recalled(open, &limits);
	assert_true(room_has("/other", 1024));
	assert_false(room_has("/first", 1024));
	assert_false(room_has("SECRET", 1024));
}

static void no_memory_is_a_refusal(void **state)
{
	struct http_request request;
	struct http_fault fault = {0};
	struct arena arena;
	size_t scanned = 0;

	(void)state;
	assert_recalled(heads[0], &limits);
	arena_init(&arena, 1);
	assert_int_equal(
	    http_request_recall(heads[0], &scanned, &limits, &arena, &request, &fault), HTTP_ERROR);
	assert_int_equal(fault.status, 500);
	arena_free(&arena);
}

static int teardown(void **state)
{
	(void)state;
	rooms_free();
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_changed),
	    cmocka_unit_test(limits_count),
	    cmocka_unit_test(each_has_its_own),
	    cmocka_unit_test(no_secret_is_kept),
	    cmocka_unit_test(no_memory_is_a_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
