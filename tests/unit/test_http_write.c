/* SPDX-License-Identifier: Apache-2.0 */
/* What is written: request heads to the daemon, answers of our own. */
#include "http_unit.h"

#define HOST "Host: docker\r\n"

enum { EXPECT = 1, UPGRADE = 2, META = 4 };

struct copy {
	struct arena arena;
	struct http_request request;
	struct http_target target;
};

static void read_request(struct copy *copy, struct span text)
{
	struct http_fault fault = {0};
	size_t scanned = 0;

	if (http_request_parse(text, &scanned, &limits, &copy->arena, &copy->request, &fault) !=
		HTTP_DONE ||
	    http_target_parse(copy->request.target, &limits, &copy->arena, &copy->target, &fault) <
		0)
		fail_msg("\"%.*s\": %s", (int)text.len, text.at, fault.error.text);
}

static void write_request(struct buf *out, const struct copy *copy, unsigned send)
{
	const struct http_rewrite rewrite = {
	    .framing = copy->request.framing,
	    .content_length = copy->request.content_length,
	    .send_expect = send & EXPECT,
	    .send_upgrade = send & UPGRADE,
	    .send_meta = send & META,
	};

	buf_clear(out);
	http_request_write(out, &copy->request, &copy->target, &rewrite);
}

static const struct {
	const char *in;
	unsigned send;
	const char *out;
} heads[] = {
    {"GET /v1.41/info HTTP/1.1\r\n" HOST "\r\n", 0, "GET /v1.41/info HTTP/1.1\r\n" HOST "\r\n"},
    {"GET /v%31.41/info?a=b+c HTTP/1.1\r\nA:  1 \r\nhOST:docker\r\nB:2\r\n\r\n", 0,
	"GET /v1.41/info?a=b%20c HTTP/1.1\r\n" HOST "A: 1\r\nB: 2\r\n\r\n"},
    {"GET /x HTTP/1.1\r\nHost:\r\n\r\n", 0, "GET /x HTTP/1.1\r\n" HOST "\r\n"},
    {"GET /x HTTP/1.1\r\nHost: evil.example.org\r\n\r\n", 0, "GET /x HTTP/1.1\r\n" HOST "\r\n"},
    {"GET /x HTTP/1.1\r\n" HOST "A:\r\n\r\n", 0, "GET /x HTTP/1.1\r\n" HOST "A: \r\n\r\n"},
    /* framing */
    {"POST /x HTTP/1.1\r\n" HOST "\r\n", 0,
	"POST /x HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"},
    {"PUT /x HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 0,
	"PUT /x HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"},
    {"PATCH /x HTTP/1.1\r\n" HOST "\r\n", 0,
	"PATCH /x HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"},
    {"DELETE /x HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 0,
	"DELETE /x HTTP/1.1\r\n" HOST "\r\n"},
    {"POST /x HTTP/1.1\r\ncontent-length: 0031\r\n" HOST "\r\n", 0,
	"POST /x HTTP/1.1\r\n" HOST "Content-Length: 31\r\n\r\n"},
    {"POST /x HTTP/1.1\r\n" HOST "transfer-encoding: CHUNKED\r\nTrailer: a\r\nTE: "
     "trailers\r\n\r\n",
	0, "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"},
    /* connection */
    {"GET /x HTTP/1.1\r\n" HOST "Connection: keep-alive\r\nKeep-Alive: 5\r\n\r\n", 0,
	"GET /x HTTP/1.1\r\n" HOST "\r\n"},
    {"GET /x HTTP/1.1\r\n" HOST "Connection: Close\r\nProxy-Connection: a\r\n\r\n", 0,
	"GET /x HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"},
    {"GET /x HTTP/1.0\r\n\r\n", 0, "GET /x HTTP/1.0\r\n" HOST "\r\n"},
    {"GET /x HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", 0,
	"GET /x HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\n"},
    {"GET /x HTTP/1.1\r\n" HOST "Connection: X-Mine\r\nX-Mine: 1\r\nB: 2\r\n\r\n", 0,
	"GET /x HTTP/1.1\r\n" HOST "B: 2\r\n\r\n"},
    /* upgrade */
    {"POST /x HTTP/1.1\r\n" HOST "Upgrade: tcp\r\nConnection: Upgrade\r\n\r\n", 0,
	"POST /x HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"},
    {"POST /x HTTP/1.1\r\n" HOST "Upgrade: tcp\r\nConnection: Upgrade\r\n\r\n", UPGRADE,
	"POST /x HTTP/1.1\r\n" HOST "Content-Length: 0\r\nConnection: Upgrade\r\nUpgrade: "
	"tcp\r\n\r\n"},
    {"POST /x HTTP/1.1\r\n" HOST "Upgrade: tcp\r\n\r\n", UPGRADE,
	"POST /x HTTP/1.1\r\n" HOST "Content-Length: 0\r\nConnection: Upgrade\r\nUpgrade: "
	"tcp\r\n\r\n"},
    {"POST /x HTTP/1.1\r\n" HOST "\r\n", UPGRADE,
	"POST /x HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"},
    {"GET /x HTTP/1.1\r\n" HOST "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: "
     "a\r\nUpgrade: h2c\r\n\r\n",
	0, "GET /x HTTP/1.1\r\n" HOST "\r\n"},
    /* expect */
    {"PUT /x HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n", 0,
	"PUT /x HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\n"},
    {"PUT /x HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\nContent-Length: 3\r\n\r\n", EXPECT,
	"PUT /x HTTP/1.1\r\n" HOST "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n"},
    /* headers with power */
    {"PUT /x HTTP/1.1\r\n" HOST "Content-Type: a/b\r\nX-Registry-Auth: s\r\nX-Registry-Foo: "
     "t\r\nX-Meta-A: u\r\nAuthorization: v\r\n\r\n",
	0,
	"PUT /x HTTP/1.1\r\n" HOST "Content-Type: a/b\r\nX-Registry-Auth: s\r\n"
	"Authorization: v\r\nContent-Length: 0\r\n\r\n"},
    /* bollard's default behind its own */
    {"PUT /x HTTP/1.1\r\n" HOST "Content-Type: a/b\r\nX: y\r\ncontent-type: application/json\r\n"
     "Content-Length: 3\r\n\r\n",
	0, "PUT /x HTTP/1.1\r\n" HOST "Content-Type: a/b\r\nX: y\r\nContent-Length: 3\r\n\r\n"},
    {"PUT /x HTTP/1.1\r\n" HOST "Content-Type: a/b\r\nContent-Type: A/b\r\n"
     "CONTENT-TYPE: Application/JSON\r\n\r\n",
	0, "PUT /x HTTP/1.1\r\n" HOST "Content-Type: a/b\r\nContent-Length: 0\r\n\r\n"},
    {"GET /x HTTP/1.1\r\n" HOST "X-Meta-A: u\r\n\r\n", META,
	"GET /x HTTP/1.1\r\n" HOST "X-Meta-A: u\r\n\r\n"},
};

static void heads_are_written_anew(void **state)
{
	struct copy copy = {0};
	struct buf out;

	(void)state;
	arena_init(&copy.arena, UNIT_ARENA);
	buf_init(&out, UNIT_OUT);
	for (size_t i = 0; i < COUNT(heads); i++) {
		read_request(&copy, span_of(heads[i].in));
		write_request(&out, &copy, heads[i].send);
		assert_string_equal(buf_text(&out), heads[i].out);
		assert_false(out.failed);
		arena_reset(&copy.arena);
	}
	buf_free(&out);
	arena_free(&copy.arena);
}

/* What was written reads as the same request, and is written the same again. */
static void writing_is_a_fixpoint(void **state)
{
	static const char *const rows[] = {
	    "GET /v1.41/%63ontainers/json?all=1&filters=%7b%22a%22:1%7D HTTP/1.1\r\nHost: "
	    "d\r\n\r\n",
	    "POST /x HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\n",
	    "POST /x HTTP/1.1\r\nHost: d\r\nConnection: close, upgrade, te\r\nUpgrade: a "
	    "b\r\nExpect: "
	    "100-continue\r\nTransfer-Encoding: chunked\r\nX-Meta-A: \xe4\r\n\r\n",
	};
	struct copy first = {0}, second = {0};
	struct buf one, two;

	(void)state;
	arena_init(&first.arena, UNIT_ARENA);
	arena_init(&second.arena, UNIT_ARENA);
	buf_init(&one, UNIT_OUT);
	buf_init(&two, UNIT_OUT);
	for (size_t i = 0; i < COUNT(rows); i++) {
		read_request(&first, span_of(rows[i]));
		write_request(&one, &first, EXPECT | UPGRADE | META);
		read_request(&second, buf_span(&one));
		write_request(&two, &second, EXPECT | UPGRADE | META);
		assert_span(buf_span(&two), buf_text(&one));
		assert_int_equal(second.request.method, first.request.method);
		assert_int_equal(second.request.minor, first.request.minor);
		assert_int_equal(second.request.framing, first.request.framing);
		assert_int_equal(second.request.content_length, first.request.content_length);
		assert_int_equal(second.request.expect_continue, first.request.expect_continue);
		assert_int_equal(second.request.wants_upgrade, first.request.wants_upgrade);
		assert_true(span_equal(second.target.path, first.target.path));
	}
	buf_free(&one);
	buf_free(&two);
	arena_free(&first.arena);
	arena_free(&second.arena);
}

/* A framing that a request cannot have, and a full buffer, leave a mark. */
static void impossible_heads_fail(void **state)
{
	static const char text[] = "POST /x HTTP/1.0\r\n\r\n";
	static const enum http_framing framings[] = {FRAMING_CLOSE, FRAMING_CHUNKED};
	struct copy copy = {0};
	struct buf out;

	(void)state;
	arena_init(&copy.arena, UNIT_ARENA);
	read_request(&copy, span_of(text));
	for (size_t i = 0; i < COUNT(framings); i++) {
		const struct http_rewrite rewrite = {.framing = framings[i]};

		buf_init(&out, UNIT_OUT);
		http_request_write(&out, &copy.request, &copy.target, &rewrite);
		assert_true(out.failed);
		buf_free(&out);
	}
	const struct http_rewrite rewrite = {.framing = FRAMING_NONE};

	buf_init(&out, 20);
	http_request_write(&out, &copy.request, &copy.target, &rewrite);
	assert_true(out.failed);
	buf_free(&out);
	arena_free(&copy.arena);
}

static void answers_have_dockers_shape(void **state)
{
	static const struct {
		struct http_answer answer;
		const char *out;
	} rows[] = {
	    {{403, RAW("no"), false, 1, false, 0, {NULL, 0}, NULL},
		"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 17\r\n"
		"\r\n{\"message\":\"no\"}\n"},
	    {{403, RAW("no"), true, 1, true, 0, {NULL, 0}, NULL},
		"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 17\r\n"
		"Connection: close\r\n\r\n"},
	    {{400, RAW("a \"b\"\n\xff"), true, 0, false, 0, {NULL, 0}, NULL},
		"HTTP/1.0 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: "
		"34\r\nConnection: close\r\n\r\n{\"message\":\"a \\\"b\\\"\\u000a\\ufffd\"}\n"},
	    {{503, RAW(""), false, 0, false, 5, {NULL, 0}, NULL},
		"HTTP/1.0 503 Service Unavailable\r\nContent-Type: application/json\r\n"
		"Content-Length: 15\r\nRetry-After: 5\r\nConnection: keep-alive\r\n\r\n"
		"{\"message\":\"\"}\n"},
	    {{301, RAW("no"), false, 1, false, 0, RAW("/v1.41/info?a=b"), NULL},
		"HTTP/1.1 301 Moved Permanently\r\nLocation: /v1.41/info?a=b\r\n"
		"Content-Length: 0\r\n\r\n"},
	    {{301, RAW("no"), true, 0, true, 0, RAW("/info"), NULL},
		"HTTP/1.0 301 Moved Permanently\r\nLocation: /info\r\n"
		"Content-Length: 0\r\nConnection: close\r\n\r\n"},
	};
	struct buf out;

	(void)state;
	buf_init(&out, UNIT_OUT);
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_clear(&out);
		http_answer_write(&out, &rows[i].answer);
		assert_string_equal(buf_text(&out), rows[i].out);
	}
	buf_free(&out);
	buf_init(&out, 80);
	http_answer_write(&out, &rows[0].answer);
	assert_true(out.failed);
	buf_free(&out);
	assert_string_equal(http_status_text(403), "Forbidden");
	assert_string_equal(http_status_text(999), "Unknown");
}

/* Its head but for what is of the connection, and its body where the request may have one. */
static void the_daemons_answer_is_handed_on(void **state)
{
	static const struct http_response response = {
	    .status = 404, .minor = 1, .keep_alive = true};
	static const struct http_handed handed = {&response,
	    RAW("HTTP/1.1 404 Not Found\r\nServer: D\r\nConnection: close\r\n"
		"Content-Length: 3\r\n\r\n"),
	    RAW("{}\n")};
	static const struct {
		unsigned minor;
		bool close, head_only;
		const char *out;
	} rows[] = {
	    {1, false, false,
		"HTTP/1.1 404 Not Found\r\nServer: D\r\nContent-Length: 3\r\n\r\n{}\n"},
	    {0, true, false,
		"HTTP/1.0 404 Not Found\r\nServer: D\r\nContent-Length: 3\r\n"
		"Connection: close\r\n\r\n{}\n"},
	    {1, true, false,
		"HTTP/1.1 404 Not Found\r\nServer: D\r\nContent-Length: 3\r\n"
		"Connection: close\r\n\r\n{}\n"},
	    {1, false, true, "HTTP/1.1 404 Not Found\r\nServer: D\r\nContent-Length: 3\r\n\r\n"},
	};
	struct buf out;

	(void)state;
	buf_init(&out, UNIT_OUT);
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_clear(&out);
		http_answer_write(&out, &(struct http_answer){.minor = rows[i].minor,
					    .close = rows[i].close,
					    .head_only = rows[i].head_only,
					    .handed = &handed});
		assert_string_equal(buf_text(&out), rows[i].out);
	}
	buf_free(&out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(heads_are_written_anew),
	    cmocka_unit_test(writing_is_a_fixpoint),
	    cmocka_unit_test(impossible_heads_fail),
	    cmocka_unit_test(answers_have_dockers_shape),
	    cmocka_unit_test(the_daemons_answer_is_handed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
