/* SPDX-License-Identifier: Apache-2.0 */
/* Request heads: which are read, as what, and which are refused with which status. */
#include "http_unit.h"

#define GET "GET /info HTTP/1.1\r\nHost: docker\r\n"
#define POST "POST /x HTTP/1.1\r\nHost: docker\r\n"
#define GET10 "GET /info HTTP/1.0\r\n"
#define END "\r\n"
#define MORE 1u /* no status: not complete */

/* The status of the refusal, 0 when read, MORE when not complete. */
static unsigned parse(
    struct span text, struct arena *arena, struct http_request *request, struct http_fault *fault)
{
	size_t scanned = 0;

	switch (http_request_parse(text, &scanned, &limits, arena, request, fault)) {
	case HTTP_DONE:
		return 0;
	case HTTP_MORE:
		return MORE;
	case HTTP_ERROR:
		break;
	}
	return fault->status;
}

struct row {
	struct span text;
	unsigned status;
};

static void check_rows(const struct row *rows, size_t count)
{
	struct arena arena;
	struct http_request request;
	struct http_fault fault = {0};

	arena_init(&arena, UNIT_ARENA);
	for (size_t i = 0; i < count; i++) {
		unsigned status = parse(rows[i].text, &arena, &request, &fault);

		assert_status(rows[i].text, status, rows[i].status, &fault);
		arena_reset(&arena);
	}
	arena_free(&arena);
}

static void lines_are_exact(void **state)
{
	static const struct row rows[] = {
	    {RAW(GET END), 0},
	    {RAW(GET10 END), 0},
	    {RAW("GET /info HTTP/1.0\r\nHost: x\r\n\r\n"), 0},
	    {RAW("PATCH /x HTTP/1.1\r\nHost: x\r\n\r\n"), 0},
	    {RAW("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"), 0},
	    {RAW("get /info HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
	    {RAW("FETCH /info HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
	    {RAW("\r\nGET /info HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
	    {RAW("\nGET /info HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
	    {RAW(" GET /info HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
	    {RAW("GET  /info HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
	    {RAW("GET\t/info HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
	    {RAW("GET /info  HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
	    {RAW("GET /info\tHTTP/1.1\r\nHost: x\r\n\r\n"), 400},
	    {RAW("GET /info HTTP/1.1 \r\nHost: x\r\n\r\n"), 400},
	    {RAW("GET /in fo HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
	    {RAW("GET  HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
	    {RAW("GET HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
	    {RAW("GET /info\0 HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
	    {RAW("GET /info RTSP/1.0\r\nHost: x\r\n\r\n"), 400},
	    {RAW("SOURCE /info ICE/1.0\r\nHost: x\r\n\r\n"), 400},
	    {RAW("\x16\x03\x01\x02"), 400},
	    {RAW("\x80"), 400},
	    {RAW("\0"), 400},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void versions_are_two(void **state)
{
	static const struct row rows[] = {
	    {RAW("GET / HTTP/1.0\r\n\r\n"), 0}, /* no header, in an arena without memory */
	    {RAW("GET / HTTP/0.9\r\nHost: x\r\n\r\n"), 400},
	    {RAW("GET / HTTP/1.2\r\nHost: x\r\n\r\n"), 400},
	    {RAW("GET / HTTP/1.9\r\nHost: x\r\n\r\n"), 400},
	    {RAW("GET / HTTP/2.0\r\nHost: x\r\n\r\n"), 505},
	    {RAW("GET / HTTP/3.0\r\nHost: x\r\n\r\n"), 505},
	    {RAW("GET / HTTP/1\r\nHost: x\r\n\r\n"), 400},
	    {RAW("GET / HTTP/1.01\r\nHost: x\r\n\r\n"), 400},
	    {RAW("GET / HTTP/01.1\r\nHost: x\r\n\r\n"), 400},
	    {RAW("GET / HTTP/11\r\nHost: x\r\n\r\n"), 400},
	    {RAW("GET / http/1.1\r\nHost: x\r\n\r\n"), 400},
	    {RAW("GET /\r\n\r\n"), 400},
	    {RAW("GET /\r\n"), 400}, /* HTTP/0.9: nothing more would come */
	    {RAW("SSH-2.0-OpenSSH_9.2\r\n"), 400},
	    {RAW("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 400},
	    {RAW("PRI "), 400},
	    {RAW("PRI"), MORE},
	    {RAW("P"), MORE},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void line_ends_are_crlf(void **state)
{
	static const struct row rows[] = {
	    {RAW("GET /info HTTP/1.1\nHost: x\n\n"), 0},
	    {RAW("GET /info HTTP/1.1\nHost: x\nA: b\rc\n\n"), 400},
	    {RAW("GET /info HTTP/1.1\nHost: x\n c\n\n"), 400},
	    {RAW("GET /info HTTP/1.1\n\n"), 400},
	    {RAW("\n\n"), 400},
	    {RAW("hello\n"), 400},
	    {RAW("GET /info HTTP/1.1\r\nHost: x\n\r\n"), 400},
	    {RAW("GET /info HTTP/1.1\r\nHost: x\r\n\n"), 400},
	    {RAW("GET /info HTTP/1.1\nHost: x\r\n\r\n"), 400},
	    {RAW("GET /info HTTP/1.1\n"), MORE},
	    {RAW(GET "A: b\n"), 400},
	    {RAW("GET /info HTTP/1.1\rHost: x\r\n\r\n"), 400},
	    {RAW(GET "A: b\rC: d\r\n\r\n"), 400},
	    {RAW(GET "A: b\r\r\n\r\n"), 400},
	    {RAW(GET "\rXA: b\r\n\r\n"), 400}, /* llhttp's loose mode: an empty line */
	    {RAW("GET /info HTTP/1.1\rXHost: x\r\n\r\n"), 400},
	    {RAW(GET "A: b\rXC: d\r\n\r\n"), 400},
	    {RAW(GET "A: b\r\n c\r\n\r\n"), 400},
	    {RAW(GET "A: b\r\n\tc\r\n\r\n"), 400},
	    {RAW(GET "A:\r\n b\r\n\r\n"), 400},
	    {RAW(GET "A: b\r\n "), 400},
	    {RAW("GET /info HTTP/1.1\r\n Host: x\r\n\r\n"), 400},
	    {RAW(POST "Transfer-Encoding:\r\n chunked\r\n\r\n"), 400},
	    {RAW(GET "A: b\r\n"), MORE},
	    {RAW(GET "A: b\r\n\r"), MORE},
	    {RAW(""), MORE},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void names_and_values_are_clean(void **state)
{
	static const struct row rows[] = {
	    {RAW(GET "A: b\r\n\r\n"), 0},
	    {RAW(GET "A:b\r\n\r\n"), 0},
	    {RAW(GET "A: \t b \t\r\n\r\n"), 0},
	    {RAW(GET "A:\r\n\r\n"), 0},
	    {RAW(GET "A: \r\n\r\n"), 0},
	    {RAW(GET "A: b\tc\r\n\r\n"), 0},
	    {RAW(GET "A: \xe4\xff\x80\r\n\r\n"), 0},
	    {RAW(GET "!#$%&'*+-.^_`|~9: b\r\n\r\n"), 0},
	    {RAW(GET "A : b\r\n\r\n"), 400},
	    {RAW(GET "A\t: b\r\n\r\n"), 400},
	    {RAW(GET "A B: b\r\n\r\n"), 400},
	    {RAW(GET "\xe4: b\r\n\r\n"), 400},
	    {RAW(GET "A\x80: b\r\n\r\n"), 400},
	    {RAW(GET "A(: b\r\n\r\n"), 400},
	    {RAW(GET "A\0: b\r\n\r\n"), 400},
	    {RAW(GET "A\r\n\r\n"), 400},
	    {RAW(GET ": b\r\n\r\n"), 400},
	    {RAW(GET ":\r\n\r\n"), 400},
	    {RAW(GET "A: b\0c\r\n\r\n"), 400},
	    {RAW(GET "A: b\x01\r\n\r\n"), 400},
	    {RAW(GET "A: b\x0b\r\n\r\n"), 400},
	    {RAW(GET "A: b\x7f\r\n\r\n"), 400},
	    {RAW(GET "Connection: b\0c\r\n\r\n"), 400},
	    {RAW(GET "Connection: b\x01\r\n\r\n"), 400},
	    {RAW(GET "Upgrade: b\x01\r\n\r\n"), 400},
	    {RAW(GET "Host : x\r\n\r\n"), 400},
	    {RAW(POST "Content-Length : 3\r\n\r\n"), 400},
	    {RAW(POST "Transfer-Encoding : chunked\r\n\r\n"), 400},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static const struct row framings[] = {
    {RAW(POST "Content-Length: 0\r\n\r\n"), 0},
    {RAW(POST "Content-Length: 31\r\n\r\n"), 0},
    {RAW(POST "Content-Length: 0031\r\n\r\n"), 0},
    {RAW(POST "Content-Length: 999999999999999999\r\n\r\n"), 0},
    {RAW(POST "Content-Length: 1000000000000000000\r\n\r\n"), 400},
    {RAW(POST "Content-Length: 9223372036854775808\r\n\r\n"), 400},
    {RAW(POST "Content-Length: 18446744073709551619\r\n\r\n"), 400},
    {RAW(POST "Content-Length: 000000000000000000031\r\n\r\n"), 400},
    {RAW(POST "Content-Length: 31\r\nContent-Length: 31\r\n\r\n"), 400},
    {RAW(POST "Content-Length: 31\r\nContent-Length: 3\r\n\r\n"), 400},
    {RAW(POST "Content-Length: 31\r\ncontent-length: 31\r\n\r\n"), 400},
    {RAW(POST "Content-Length: 31, 31\r\n\r\n"), 400},
    {RAW(POST "Content-Length: +31\r\n\r\n"), 400},
    {RAW(POST "Content-Length: 0x1f\r\n\r\n"), 400},
    {RAW(POST "Content-Length: -1\r\n\r\n"), 400},
    {RAW(POST "Content-Length: 3 1\r\n\r\n"), 400},
    {RAW(POST "Content-Length: 31.0\r\n\r\n"), 400},
    {RAW(POST "Content-Length:\r\n\r\n"), 400},
    {RAW(POST "Content-Length: \r\n\r\n"), 400},
    {RAW(POST "Transfer-Encoding: chunked\r\n\r\n"), 0},
    {RAW(POST "Transfer-Encoding: Chunked\r\n\r\n"), 0},
    {RAW(POST "transfer-encoding:CHUNKED\r\n\r\n"), 0},
    {RAW(POST "Transfer-Encoding: identity\r\n\r\n"), 400},
    {RAW(POST "Transfer-Encoding: gzip, chunked\r\n\r\n"), 400},
    {RAW(POST "Transfer-Encoding: chunked, chunked\r\n\r\n"), 400},
    {RAW(POST "Transfer-Encoding: chunked, identity\r\n\r\n"), 400},
    {RAW(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
    {RAW(POST "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
    {RAW(POST "Transfer-Encoding: \"chunked\"\r\n\r\n"), 400},
    {RAW(POST "Transfer-Encoding: chunked;q=1\r\n\r\n"), 400},
    {RAW(POST "Transfer-Encoding: chunked,\r\n\r\n"), 400},
    {RAW(POST "Transfer-Encoding: ,chunked\r\n\r\n"), 400},
    {RAW(POST "Transfer-Encoding: xchunked\r\n\r\n"), 400},
    {RAW(POST "Transfer-Encoding: \x0b"
	      "chunked\r\n\r\n"),
	400},
    {RAW(POST "Transfer-Encoding:\r\n\r\n"), 400},
    {RAW(POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
    {RAW(POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"), 400},
    {RAW(POST "Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\n"), 400},
    {RAW("POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
    {RAW("POST /x HTTP/1.0\r\nContent-Length: 3\r\n\r\n"), 0},
};

static void framing_is_one(void **state)
{

	(void)state;
	check_rows(framings, COUNT(framings));
}

static void some_headers_stand_once(void **state)
{
	static const struct row rows[] = {
	    {RAW("GET / HTTP/1.1\r\n\r\n"), 400},
	    {RAW("GET / HTTP/1.0\r\n\r\n"), 0},
	    {RAW("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 0},
	    {RAW("GET / HTTP/1.1\r\nHost: api.moby.localhost\r\n\r\n"), 0},
	    {RAW("GET / HTTP/1.1\r\nHost: %2Fvar%2Frun%2Fdocker.sock\r\n\r\n"), 0},
	    {RAW("GET / HTTP/1.1\r\nHost: [::1]:2375\r\n\r\n"), 0},
	    {RAW("GET / HTTP/1.1\r\nHost: a b/\r\n\r\n"), 400},
	    {RAW("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400},
	    {RAW("GET / HTTP/1.1\r\nHost: /var/run/docker.sock\r\n\r\n"), 400},
	    {RAW("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"), 400},
	    {RAW("GET / HTTP/1.1\r\nHost: \xc3\xa4\r\n\r\n"), 400},
	    {RAW(GET "Host: docker\r\n\r\n"), 400},
	    {RAW(GET "HOST: other\r\n\r\n"), 400},
	    {RAW("GET / HTTP/1.1\r\nHost:\r\nHost:\r\n\r\n"), 400},
	    {RAW(POST "Content-Type: application/json\r\n\r\n"), 0},
	    {RAW(POST "Content-Type: application/json\r\ncontent-type: text/plain\r\n\r\n"), 400},
	    {RAW(POST "Content-Type:\r\nContent-Type: application/json\r\n\r\n"), 400},
	    {RAW(POST "Content-Type: a/b\r\nContent-Type: application/json;a=b\r\n\r\n"), 400},
	    {RAW(POST "Content-Type: a/b\r\nContent-Type: a/b\r\nContent-Type: a/c\r\n\r\n"), 400},
	    {RAW(POST "Content-Type: text/plain;charset=\"utf-8\"\r\n\r\n"), 0},
	    {RAW(POST "Content-Type: appl\xc4\xb0"
		      "cation/x-www-form-urlencoded\r\n\r\n"),
		400},
	    {RAW(POST "Content-Type: application/x-www-form-urlencoded\xc2\xa0\r\n\r\n"), 400},
	    {RAW(POST "Content-Type: \xe2\x80\x83multipart/form-data\r\n\r\n"), 400},
	    {RAW(POST "Content-Type: a/b\xff\r\n\r\n"), 400},
	    {RAW(POST "Upgrade: tcp\r\nUpgrade: h2c\r\n\r\n"), 400},
	    {RAW(POST "Expect: 100-continue\r\n\r\n"), 0},
	    {RAW(POST "Expect: 100-Continue\r\n\r\n"), 0},
	    {RAW(POST "Expect: foo\r\n\r\n"), 417},
	    {RAW(POST "Expect: 100-continue, foo\r\n\r\n"), 417},
	    {RAW(POST "Expect:\r\n\r\n"), 417},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void connection_names_only_its_own(void **state)
{
	static const struct row rows[] = {
	    {RAW(GET "Connection: close\r\n\r\n"), 0},
	    {RAW(GET "Connection: keep-alive, Upgrade\r\nUpgrade: tcp\r\n\r\n"), 0},
	    {RAW(GET "Connection: ,, close ,\r\n\r\n"), 0},
	    {RAW(GET "Connection:\r\n\r\n"), 0},
	    {RAW(GET "Connection: X-Mine\r\nX-Mine: 1\r\n\r\n"), 0},
	    {RAW(GET "Connection: TE\r\nTE: trailers\r\n\r\n"), 0},
	    {RAW(GET "Connection: Proxy-Connection\r\n\r\n"), 0},
	    {RAW(GET "Connection: Host\r\n\r\n"), 400},
	    {RAW(GET "Connection: close, host\r\n\r\n"), 400},
	    {RAW(POST "Connection: Content-Length\r\nContent-Length: 3\r\n\r\n"), 400},
	    {RAW(POST "Connection: Transfer-Encoding\r\n\r\n"), 400},
	    {RAW(POST "Connection: Content-Type\r\n\r\n"), 400},
	    {RAW(POST "Connection: X-Registry-Auth\r\n\r\n"), 400},
	    {RAW(POST "Connection: x-registry-config\r\n\r\n"), 400},
	    {RAW(POST "Connection: X-Registry-Other\r\n\r\n"), 400},
	    {RAW(POST "Connection: keep-alive\r\nConnection: Content-Type\r\n\r\n"), 400},
	    {RAW(GET "Connection: a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,"
		     "a,a\r\n\r\n"),
		431},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

/* ---- what was read ---- */

static const struct {
	const char *text;
	enum method method;
	unsigned minor;
	bool keep_alive, expect, upgrade;
	enum http_framing framing;
	uint64_t length;
} clients[] = {
    /* docker CLI */
    {"HEAD /_ping HTTP/1.1\r\nHost: api.moby.localhost\r\nUser-Agent: Docker-Client/24.0.7 "
     "(linux)\r\n\r\n",
	METHOD_HEAD, 1, true, false, false, FRAMING_NONE, 0},
    {"POST /v1.41/containers/x/attach?stderr=1&stdout=1&stream=1 HTTP/1.1\r\nHost: "
     "docker\r\n"
     "User-Agent: Docker-Client/24.0.7 (linux)\r\nContent-Length: 0\r\nConnection: "
     "Upgrade\r\nContent-Type: text/plain\r\nUpgrade: tcp\r\n\r\n",
	METHOD_POST, 1, true, false, true, FRAMING_NONE, 0},
    {"POST /v1.41/build?dockerfile=Dockerfile HTTP/1.1\r\nHost: "
     "docker\r\nTransfer-Encoding: "
     "chunked\r\nContent-Type: application/x-tar\r\nX-Registry-Config: e30=\r\n\r\n",
	METHOD_POST, 1, true, false, false, FRAMING_CHUNKED, 0},
    /* docker-py */
    {"GET /version HTTP/1.1\r\nHost: localhost\r\nUser-Agent: docker-sdk-python/5.0.3\r\n"
     "Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n",
	METHOD_GET, 1, true, false, false, FRAMING_NONE, 0},
    /* dockerode */
    {"POST /containers/create HTTP/1.1\r\nContent-Type: "
     "application/json\r\nContent-Length: "
     "17\r\nHost: localhost\r\nConnection: close\r\n\r\n",
	METHOD_POST, 1, false, false, false, FRAMING_LENGTH, 17},
    /* curl */
    {"PUT /containers/x/archive?path=%2Ftmp HTTP/1.1\r\nHost: localhost\r\nUser-Agent: "
     "curl/7.88.1\r\nAccept: */*\r\nContent-Length: 1048577\r\nExpect: "
     "100-continue\r\n\r\n",
	METHOD_PUT, 1, true, true, false, FRAMING_LENGTH, 1048577},
    /* clients in Java */
    {"GET /info HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nHost: localhost\r\n"
     "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nUpgrade: h2c\r\n\r\n",
	METHOD_GET, 1, true, false, true, FRAMING_NONE, 0},
    {"GET /info HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: "
     "TLS/1.2\r\n\r\n",
	METHOD_GET, 1, true, false, true, FRAMING_NONE, 0},
    /* HTTP/1.0 without Host */
    {"GET /events HTTP/1.0\r\n\r\n", METHOD_GET, 0, false, false, false, FRAMING_NONE, 0},
    {"GET /events HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", METHOD_GET, 0, true, false, false,
	FRAMING_NONE, 0},
    {"GET /events HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", METHOD_GET, 0, false, false,
	false, FRAMING_NONE, 0},
    /* Expect means nothing without a body, and in 1.0 */
    {"POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n", METHOD_POST, 1, true, false,
	false, FRAMING_NONE, 0},
    {"POST /x HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n", METHOD_POST, 0, false,
	false, false, FRAMING_LENGTH, 1},
    {"PATCH /x HTTP/1.1\r\nHost: x\r\n\r\n", METHOD_OTHER, 1, true, false, false, FRAMING_NONE, 0},
};

static void real_clients_are_read(void **state)
{
	struct arena arena;
	struct http_request request;
	struct http_fault fault;

	(void)state;
	arena_init(&arena, UNIT_ARENA);
	for (size_t i = 0; i < COUNT(clients); i++) {
		struct span text = span_of(clients[i].text);

		assert_status(text, parse(text, &arena, &request, &fault), 0, &fault);
		assert_int_equal(request.method, clients[i].method);
		assert_int_equal(request.minor, clients[i].minor);
		assert_int_equal(request.keep_alive, clients[i].keep_alive);
		assert_int_equal(request.expect_continue, clients[i].expect);
		assert_int_equal(request.wants_upgrade, clients[i].upgrade);
		assert_int_equal(request.framing, clients[i].framing);
		assert_int_equal(request.content_length, clients[i].length);
		assert_int_equal(request.head_bytes, text.len);
		arena_reset(&arena);
	}
	arena_free(&arena);
}

static const struct {
	const char *line;
	enum http_role role;
} roles[] = {
    {"User-Agent: x", ROLE_FORWARD},
    {"Accept: */*", ROLE_FORWARD},
    {"X-Forwarded-For: x", ROLE_FORWARD},
    {"TEX: x", ROLE_FORWARD},
    {"Hosts: x", ROLE_FORWARD},
    {"Proxies: x", ROLE_FORWARD},
    {"Content-Length: 0", ROLE_FRAMING},
    {"transfer-encoding: chunked", ROLE_FRAMING},
    {"CONNECTION: close", ROLE_HOP},
    {"Keep-Alive: timeout=5", ROLE_HOP},
    {"TE: trailers", ROLE_HOP},
    {"Trailer: x", ROLE_HOP},
    {"Proxy-Connection: keep-alive", ROLE_HOP},
    {"Proxy-Authorization: x", ROLE_HOP},
    {"HTTP2-Settings: x", ROLE_HOP},
    {"upgrade: tcp", ROLE_UPGRADE},
    {"Expect: 100-continue", ROLE_EXPECT},
    {"Content-Type: text/plain", ROLE_CONTENT_TYPE},
    {"X-Registry-Auth: x", ROLE_SECRET},
    {"x-registry-config: x", ROLE_SECRET},
    {"Authorization: x", ROLE_SECRET},
    {"X-Registry-Extra: x", ROLE_DROP},
    {"X-Meta-Team: x", ROLE_META},
    {"X-META-: x", ROLE_META},
};

static void headers_have_roles(void **state)
{
	struct arena arena;
	struct buf text;
	struct http_request request;
	struct http_fault fault;

	(void)state;
	arena_init(&arena, UNIT_ARENA);
	buf_init(&text, UNIT_OUT);
	for (size_t i = 0; i < COUNT(roles); i++) {
		buf_clear(&text);
		buf_add_format(&text, GET "%s\r\n\r\n", roles[i].line);
		assert_status(
		    buf_span(&text), parse(buf_span(&text), &arena, &request, &fault), 0, &fault);
		assert_int_equal(request.header_count, 2);
		assert_int_equal(request.headers[0].role, ROLE_HOST);
		if (request.headers[1].role != roles[i].role)
			fail_msg("%s has role %d", roles[i].line, (int)request.headers[1].role);
		arena_reset(&arena);
	}
	buf_free(&text);
	arena_free(&arena);
}

static void parts_point_into_the_head(void **state)
{
	static const char text[] =
	    "POST /a?b=c HTTP/1.1\r\nHost:  docker \r\nContent-Type:\r\n"
	    "Connection: X-Drop, close\r\nX-Drop: 1\r\nx-drop: 2\r\nUpgrade: "
	    "tcp\r\n\r\nbody";
	struct arena arena;
	struct http_request request;
	struct http_fault fault;

	(void)state;
	arena_init(&arena, UNIT_ARENA);
	assert_int_equal(parse(span_of(text), &arena, &request, &fault), 0);
	assert_span(request.method_name, "POST");
	assert_span(request.target, "/a?b=c");
	assert_span(request.host, "docker");
	assert_non_null(request.content_type.at);
	assert_span(request.content_type, "");
	assert_span(request.upgrade, "tcp");
	assert_int_equal(request.head_bytes, sizeof(text) - 1 - 4);
	assert_int_equal(request.header_count, 6);
	assert_int_equal(request.headers[3].role, ROLE_DROP);
	assert_int_equal(request.headers[4].role, ROLE_DROP);
	assert_span(request.headers[4].value, "2");
	assert_true(request.connection_close);
	assert_false(request.connection_upgrade);
	assert_false(request.keep_alive);

	assert_int_equal(parse(SPAN("GET / HTTP/1.0\r\n\r\n"), &arena, &request, &fault), 0);
	assert_null(request.host.at);
	assert_null(request.content_type.at);
	assert_null(request.upgrade.at);
	arena_free(&arena);
}

/* ---- pieces and limits ---- */

/* A head that comes in two pieces, or byte by byte, is what it is in one. */
static void pieces_change_nothing(void **state)
{
	static const struct row rows[] = {
	    {RAW(GET END), 0},
	    {RAW(POST "Content-Type: a/b\r\nContent-Length: 5\r\n\r\n"), 0},
	    {RAW(GET "A: b\r\n c\r\n\r\n"), 400},
	    {RAW(GET "A: b\n\r\n"), 400},
	    {RAW(GET "A: b\r\n\n"), 400},
	    {RAW("GET /\r\n\r\n"), 400},
	    {RAW("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 400},
	    {RAW("GET / HTTP/2.0\r\nHost: x\r\n\r\n"), 505},
	    {RAW(POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
	};
	struct arena arena;
	struct http_request request;
	struct http_fault fault = {0};

	(void)state;
	arena_init(&arena, UNIT_ARENA);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span text = rows[i].text;

		for (size_t step = 1; step <= text.len; step++) {
			enum http_result result = HTTP_MORE;
			size_t scanned = 0;

			for (size_t len = step; result == HTTP_MORE; len += step) {
				if (len > text.len)
					len = text.len;
				result = http_request_parse((struct span){text.at, len}, &scanned,
				    &limits, &arena, &request, &fault);
				if (len == text.len)
					break;
			}
			assert_int_equal(result, rows[i].status ? HTTP_ERROR : HTTP_DONE);
			assert_status(
			    text, result == HTTP_DONE ? 0 : fault.status, rows[i].status, &fault);
			if (result == HTTP_DONE)
				assert_int_equal(request.head_bytes, text.len);
			arena_reset(&arena);
		}
	}
	arena_free(&arena);
}

static unsigned parse_sized(const char *before, size_t count, const char *piece, const char *after)
{
	struct arena arena;
	struct buf text;
	struct http_request request;
	struct http_fault fault = {0};

	arena_init(&arena, UNIT_ARENA);
	buf_init(&text, UNIT_OUT);
	buf_add_text(&text, before);
	while (count-- > 0)
		buf_add_text(&text, piece);
	buf_add_text(&text, after);
	unsigned status = parse(buf_span(&text), &arena, &request, &fault);

	buf_free(&text);
	arena_free(&arena);
	return status;
}

static void heads_have_limits(void **state)
{
	static const char line[] = " HTTP/1.1\r\nHost: docker\r\n\r\n";
	size_t fixed = sizeof(GET "A: \r\n\r\n") - 1;

	(void)state;
	/* max_headers, Host among them */
	assert_int_equal(parse_sized(GET, limits.max_headers - 1, "A: b\r\n", "\r\n"), 0);
	assert_int_equal(parse_sized(GET, limits.max_headers, "A: b\r\n", "\r\n"), 431);
	/* max_target */
	assert_int_equal(parse_sized("GET /", limits.max_target - 1, "a", line), 0);
	assert_int_equal(parse_sized("GET /", limits.max_target, "a", line), 414);
	assert_int_equal(parse_sized("GET /", limits.max_head, "a", ""), 414);
	assert_int_equal(parse_sized("GET /", limits.max_head - 6, "a", ""), MORE);
	/* max_head, complete and not */
	assert_int_equal(parse_sized(GET "A: ", limits.max_head - fixed, "b", "\r\n\r\n"), 0);
	assert_int_equal(parse_sized(GET "A: ", limits.max_head - fixed + 1, "b", "\r\n\r\n"), 431);
	assert_int_equal(parse_sized(GET "A: ", limits.max_head, "b", ""), 431);
	/* what stands behind a head is none of it */
	assert_int_equal(parse_sized(GET "\r\n", limits.max_head, "b", ""), 0);
}

static void no_memory_is_a_refusal(void **state)
{
	struct arena arena;
	struct http_request request = {.minor = 7};
	struct http_fault fault = {0};

	(void)state;
	arena_init(&arena, 1);
	assert_int_equal(parse(SPAN(GET END), &arena, &request, &fault), 500);
	assert_int_equal(request.minor, 7);
	arena_free(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_are_exact),
	    cmocka_unit_test(versions_are_two),
	    cmocka_unit_test(line_ends_are_crlf),
	    cmocka_unit_test(names_and_values_are_clean),
	    cmocka_unit_test(framing_is_one),
	    cmocka_unit_test(some_headers_stand_once),
	    cmocka_unit_test(connection_names_only_its_own),
	    cmocka_unit_test(real_clients_are_read),
	    cmocka_unit_test(headers_have_roles),
	    cmocka_unit_test(parts_point_into_the_head),
	    cmocka_unit_test(pieces_change_nothing),
	    cmocka_unit_test(heads_have_limits),
	    cmocka_unit_test(no_memory_is_a_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
