/* SPDX-License-Identifier: Apache-2.0 */
/* Request targets: which are read, as what, how they are written, and which are refused. */
#include "http_unit.h"

static int parse(
    struct span raw, struct arena *arena, struct http_target *target, struct http_fault *fault)
{
	return http_target_parse(raw, &limits, arena, target, fault);
}

static const struct {
	const char *raw, *path;
	unsigned major, minor;
	const char *written; /* NULL: as |raw| */
} targets[] = {
    {"/", "/", 0, 0, NULL},
    {"/_ping", "/_ping", 0, 0, NULL},
    {"/version", "/version", 0, 0, NULL},
    {"/volumes", "/volumes", 0, 0, NULL},
    {"/v", "/v", 0, 0, NULL},
    {"/vx", "/vx", 0, 0, NULL},
    {"/V1.41/info", "/V1.41/info", 0, 0, NULL},
    {"/Containers/JSON", "/Containers/JSON", 0, 0, NULL},
    /* versions */
    {"/v1.41/info", "/info", 1, 41, NULL},
    {"/v1.4/info", "/info", 1, 4, NULL},
    {"/v1.0/info", "/info", 1, 0, NULL},
    {"/v1.999/info", "/info", 1, 999, NULL},
    {"/v12.41/info", "/info", 12, 41, NULL},
    {"/v4.0/libpod/info", "/libpod/info", 4, 0, NULL},
    {"/v4.0.0/libpod/info", "/libpod/info", 4, 0, "/v4.0/libpod/info"},
    {"/v4.10.120/libpod", "/libpod", 4, 10, "/v4.10/libpod"},
    {"/v%31.41/info", "/info", 1, 41, "/v1.41/info"},
    {"/v1%2E41/info", "/info", 1, 41, "/v1.41/info"},
    {"/%76%31.41/info", "/info", 1, 41, "/v1.41/info"},
    {"/v1.41%2finfo", "/info", 1, 41, "/v1.41/info"},
    {"/info/v1.41/x", "/info/v1.41/x", 0, 0, NULL},
    /* escapes that clients write */
    {"/containers%2Fjson", "/containers/json", 0, 0, "/containers/json"},
    {"%2Fcontainers", NULL, 0, 0, NULL},
    {"/c%6fntainers/js%6Fn", "/containers/json", 0, 0, "/containers/json"},
    {"/containers/%6a%73on", "/containers/json", 0, 0, "/containers/json"},
    {"/images/r.example.org%2Fci%2Fx%3A1/json", "/images/r.example.org/ci/x:1/json", 0, 0,
	"/images/r.example.org/ci/x:1/json"},
    {"/images/x%40sha256:00/json", "/images/x@sha256:00/json", 0, 0, "/images/x@sha256:00/json"},
    {"/images/x%2dy%5f1%2e2%7E/json", "/images/x-y_1.2~/json", 0, 0, "/images/x-y_1.2~/json"},
    {"/images/a+b/json", "/images/a+b/json", 0, 0, NULL},
    {"/images/a%2Bb/json", "/images/a+b/json", 0, 0, "/images/a+b/json"},
    {"/x!$&'()*+,=:@-._~y", "/x!$&'()*+,=:@-._~y", 0, 0, NULL},
    {"/a/...", "/a/...", 0, 0, NULL},
    {"/a/.b/..c/d.", "/a/.b/..c/d.", 0, 0, NULL},
    /* what a name may hold */
    {"/networks/test%2001", "/networks/test 01", 0, 0, NULL},
    {"/a%23b", "/a#b", 0, 0, NULL},
    {"/a%25b", "/a%b", 0, 0, NULL},
    {"/a%254/", NULL, 0, 0, NULL},
    {"/100%25", "/100%", 0, 0, NULL},
    {"/a%c3%a4b",
	"/a\xc3\xa4"
	"b",
	0, 0, "/a%C3%A4b"},
    {"/a%5b%5D%7b%7D%22%3c%3E%7c%5e%60%3b", "/a[]{}\"<>|^`;", 0, 0,
	"/a%5B%5D%7B%7D%22%3C%3E%7C%5E%60%3B"},
    {"/a%ff", NULL, 0, 0, NULL},
    {"/a%ed%a0%80", NULL, 0, 0, NULL},
    {"/a%5c", NULL, 0, 0, NULL},
    {"/a%2541", NULL, 0, 0, NULL},
    /* an address: the host counts no more than the header does */
    {"http://x/info", "/info", 0, 0, "/info"},
    {"HTTPS://x:80/v1.41/info?a=b", "/info", 1, 41, "/v1.41/info?a=b"},
    {"http://[::1]:2375/info", "/info", 0, 0, "/info"},
    {"http://x", "/", 0, 0, "/"},
    {"http://x?a=b", "/", 0, 0, "/?a=b"},
    {"http://", NULL, 0, 0, NULL},
    {"http://?a", NULL, 0, 0, NULL},
    {"http://@x/info", NULL, 0, 0, NULL},
    {"http://x@y/info", NULL, 0, 0, NULL},
    {"http://x\\y/info", NULL, 0, 0, NULL},
    {"http://x y/info", NULL, 0, 0, NULL},
    {"http://x#y/info", NULL, 0, 0, NULL},
    {"http://x//info", NULL, 0, 0, NULL},
    {"http:x/info", NULL, 0, 0, NULL},
    /* the one slash at the end that the daemon has */
    {"/networks/", "/networks", 0, 0, "/networks"},
    {"/v1.41/networks/", "/networks", 1, 41, "/v1.41/networks"},
    {"/networks%2f", "/networks", 0, 0, "/networks"},
    /* all that is refused */
    {"", NULL, 0, 0, NULL},
    {"?", NULL, 0, 0, NULL},
    {"*", NULL, 0, 0, NULL},
    {"info", NULL, 0, 0, NULL},
    {"containers/json", NULL, 0, 0, NULL},
    {"docker:2375", NULL, 0, 0, NULL},
    {"https://u:p@x/info", NULL, 0, 0, NULL},
    {"http:///info", NULL, 0, 0, NULL},
    {"http:/info", NULL, 0, 0, NULL},
    {"ftp://x/info", NULL, 0, 0, NULL},
    {"unix:///info", NULL, 0, 0, NULL},
    {"x://y/v1.41/info", NULL, 0, 0, NULL},
    {"//x", NULL, 0, 0, NULL},
    {"//", NULL, 0, 0, NULL},
    {"/a//b", NULL, 0, 0, NULL},
    {"/a/%2fb", NULL, 0, 0, NULL},
    {"/containers/%2Fx/json", NULL, 0, 0, NULL},
    {"/%2fx", NULL, 0, 0, NULL},
    {"/.", NULL, 0, 0, NULL},
    {"/..", NULL, 0, 0, NULL},
    {"/./info", NULL, 0, 0, NULL},
    {"/a/../b", NULL, 0, 0, NULL},
    {"/a/..", NULL, 0, 0, NULL},
    {"/%2e%2e/info", NULL, 0, 0, NULL},
    {"/%2E./info", NULL, 0, 0, NULL},
    {"/containers/%2e/json", NULL, 0, 0, NULL},
    {"/a%2f..%2fb", NULL, 0, 0, NULL},
    {"/v1.41//info", NULL, 0, 0, NULL},
    {"/v1.41//..", NULL, 0, 0, NULL},
    {"/v1.41/../info", NULL, 0, 0, NULL},
    {"/x//", NULL, 0, 0, NULL},
    {"/containers/json/", NULL, 0, 0, NULL},
    {"/_ping/", NULL, 0, 0, NULL},
    {"/volumes/", NULL, 0, 0, NULL},
    {"/networks//", NULL, 0, 0, NULL},
    {"/containers/json%2f", NULL, 0, 0, NULL},
    {"/a;x=1", NULL, 0, 0, NULL},
    {"/a\\b", NULL, 0, 0, NULL},
    {"/a%5Cb", NULL, 0, 0, NULL},
    {"/a%00b", NULL, 0, 0, NULL},
    {"/a%0ab", NULL, 0, 0, NULL},
    {"/a%0d%0ab", NULL, 0, 0, NULL},
    {"/a%7fb", NULL, 0, 0, NULL},
    {"/a%3Fb", NULL, 0, 0, NULL},
    {"/a#frag", NULL, 0, 0, NULL},
    {"/a%252fb", NULL, 0, 0, NULL},
    {"/%252e%252e/b", NULL, 0, 0, NULL},
    {"/a%c0%afb", NULL, 0, 0, NULL},
    {"/a\xc3\xa4"
     "b",
	NULL, 0, 0, NULL},
    {"/a\xff", NULL, 0, 0, NULL},
    {"/a\x01", NULL, 0, 0, NULL},
    {"/a b", NULL, 0, 0, NULL},
    {"/a\"b", NULL, 0, 0, NULL},
    {"/a<b", NULL, 0, 0, NULL},
    {"/a[b", NULL, 0, 0, NULL},
    {"/a{b", NULL, 0, 0, NULL},
    {"/a|b", NULL, 0, 0, NULL},
    {"/a^b", NULL, 0, 0, NULL},
    {"/a`b", NULL, 0, 0, NULL},
    {"/a%zz", NULL, 0, 0, NULL},
    {"/a%", NULL, 0, 0, NULL},
    {"/a%4", NULL, 0, 0, NULL},
    {"/a%4/", NULL, 0, 0, NULL},
    {"/a%%34", NULL, 0, 0, NULL},
    {"/a%u0041", NULL, 0, 0, NULL},
    {"/a%+1", NULL, 0, 0, NULL},
    /* versions that are none, or not in their one spelling */
    {"/v1.41", NULL, 0, 0, NULL},
    {"/v1.41/", NULL, 0, 0, NULL},
    {"/v1/info", NULL, 0, 0, NULL},
    {"/v1", NULL, 0, 0, NULL},
    {"/v1/", NULL, 0, 0, NULL},
    {"/v./info", NULL, 0, 0, NULL},
    {"/v.41/info", NULL, 0, 0, NULL},
    {"/v1./info", NULL, 0, 0, NULL},
    {"/v1..41/info", NULL, 0, 0, NULL},
    {"/v../info", NULL, 0, 0, NULL},
    {"/v01.41/info", NULL, 0, 0, NULL},
    {"/v1.041/info", NULL, 0, 0, NULL},
    {"/v1.00/info", NULL, 0, 0, NULL},
    {"/v0.0/info", NULL, 0, 0, NULL},
    {"/v0.41/info", NULL, 0, 0, NULL},
    {"/v123.41/info", NULL, 0, 0, NULL},
    {"/v1.4100/info", NULL, 0, 0, NULL},
    {"/v99999999999999999999.1/info", NULL, 0, 0, NULL},
    {"/v1.99999999999999999999/info", NULL, 0, 0, NULL},
    {"/v9.9.9.9/info", NULL, 0, 0, NULL},
    {"/v1.41.0/info", NULL, 0, 0, NULL},
    {"/v1.41.0.0/info", NULL, 0, 0, NULL},
    {"/v1.40.99/containers/json", NULL, 0, 0, NULL},
    {"/v4.0.00/libpod/info", NULL, 0, 0, NULL},
    {"/v4.0.0.0/libpod/info", NULL, 0, 0, NULL},
    {"/v4.0.0/libpods/info", NULL, 0, 0, NULL},
    {"/v4.0./libpod/info", NULL, 0, 0, NULL},
    {"/v1.41a/info", NULL, 0, 0, NULL},
    {"/v1.+41/info", NULL, 0, 0, NULL},
    {"/v1.41/v1.41/info", NULL, 0, 0, NULL},
    {"/v1.41/v1/info", NULL, 0, 0, NULL},
    {"/v1.41%20/info", NULL, 0, 0, NULL},
};

static void targets_have_one_form(void **state)
{
	struct arena arena;
	struct buf out;
	struct http_target target;
	struct http_fault fault = {0};

	(void)state;
	arena_init(&arena, UNIT_ARENA);
	buf_init(&out, UNIT_OUT);
	for (size_t i = 0; i < COUNT(targets); i++) {
		struct span raw = span_of(targets[i].raw);
		int result = parse(raw, &arena, &target, &fault);

		assert_status(
		    raw, result < 0 ? fault.status : 0, targets[i].path ? 0 : 400, &fault);
		if (result == 0) {
			assert_span(target.path, targets[i].path);
			assert_int_equal(target.api_major, targets[i].major);
			assert_int_equal(target.api_minor, targets[i].minor);
			buf_clear(&out);
			http_target_write(&out, &target);
			assert_span(buf_span(&out),
			    targets[i].written ? targets[i].written : targets[i].raw);
		}
		arena_reset(&arena);
	}
	buf_free(&out);
	arena_free(&arena);
}

/* Each row: the raw query, what it is written as (NULL: refused). */
static const struct {
	struct span raw;
	const char *written;
	size_t count;
} queries[] = {
    {RAW(""), "", 0},
    {RAW("&&"), "", 0},
    {RAW("all=1"), "?all=1", 1},
    {RAW("all=0&all=1"), "?all=0&all=1", 2},
    {RAW("&&all=1&"), "?all=1", 1},
    {RAW("all"), "?all=", 1},
    {RAW("all=&b"), "?all=&b=", 2},
    {RAW("all==1"), "?all=%3D1", 1},
    {RAW("a%6cl=1"), "?all=1", 1},
    {RAW("%61ll=%31"), "?all=1", 1},
    {RAW("ALL=1"), "?ALL=1", 1},
    {RAW("+all=1"), "?%20all=1", 1},
    {RAW("all[]=1"), "?all%5B%5D=1", 1},
    {RAW("?all=1"), "?%3Fall=1", 1},
    {RAW("a=b+c%20d"), "?a=b%20c%20d", 1},
    {RAW("limit=%2B1"), "?limit=%2B1", 1},
    {RAW("a=%26b%3Dc%3B%23%25"), "?a=%26b%3Dc%3B%23%25", 1},
    {RAW("a=%252f"), "?a=%252f", 1},
    {RAW("fromImage=r.example.org/ci/x:1@sha256:0"), "?fromImage=r.example.org/ci/x:1@sha256:0", 1},
    {RAW("fromImage=r%2fci%3a1"), "?fromImage=r/ci:1", 1},
    {RAW("filters={\"status\":[\"a\"]}"), "?filters=%7B%22status%22:%5B%22a%22%5D%7D", 1},
    {RAW("filters=%7B%22status%22%3A%5B%22a%22%5D%7D"), "?filters=%7B%22status%22:%5B%22a%22%5D%7D",
	1},
    {RAW("changes=ENV%20a%0aCMD%20b"), "?changes=ENV%20a%0ACMD%20b", 1},
    {RAW("a=%c3%a4"), "?a=%C3%A4", 1},
    {RAW("%c3%a4=1"), "?%C3%A4=1", 1},
    {RAW("a=\\^`{|}<>[]\""), "?a=%5C%5E%60%7B%7C%7D%3C%3E%5B%5D%22", 1},
    {RAW("a=x!$'()*,:@/?-._~"), "?a=x!$'()*,:@/%3F-._~", 1},
    {RAW("=1"), NULL, 0},
    {RAW("=1&all=1"), NULL, 0},
    {RAW("all=1&=1"), NULL, 0},
    {RAW("="), NULL, 0},
    {RAW("a=1;b=2"), NULL, 0},
    {RAW("a;b"), NULL, 0},
    {RAW("a=1#x"), NULL, 0},
    {RAW("#"), NULL, 0},
    {RAW("a=%zz"), NULL, 0},
    {RAW("%zz=1"), NULL, 0},
    {RAW("a=1&b=%"), NULL, 0},
    {RAW("a=%4"), NULL, 0},
    {RAW("a=%4&b=1"), NULL, 0},
    {RAW("a=%00"), NULL, 0},
    {RAW("all%00=1"), NULL, 0},
    {RAW("all%0a=1"), NULL, 0},
    {RAW("all%7f=1"), NULL, 0},
    {RAW("a=%ff"), NULL, 0},
    {RAW("a=%c0%af"), NULL, 0},
    {RAW("a=%c3"), NULL, 0},
    {RAW("a=%ed%a0%80"), NULL, 0},
    {RAW("%ff=1"), NULL, 0},
    {RAW("a=\xc3\xa4"), NULL, 0},
    {RAW("a=\xff"), NULL, 0},
    {RAW("a=\x01"), NULL, 0},
    {RAW("a=\x7f"), NULL, 0},
    {RAW("a=b c"), NULL, 0},
    {RAW("a=b\0c"), NULL, 0},
};

static void queries_have_one_form(void **state)
{
	struct arena arena;
	struct buf out, in;
	struct http_target target;
	struct http_fault fault = {0};

	(void)state;
	arena_init(&arena, UNIT_ARENA);
	buf_init(&in, UNIT_OUT);
	buf_init(&out, UNIT_OUT);
	for (size_t i = 0; i < COUNT(queries); i++) {
		buf_clear(&in);
		buf_add_text(&in, "/x?");
		buf_add(&in, queries[i].raw);
		int result = parse(buf_span(&in), &arena, &target, &fault);

		assert_status(buf_span(&in), result < 0 ? fault.status : 0,
		    queries[i].written ? 0 : 400, &fault);
		if (result == 0) {
			assert_int_equal(target.query_count, queries[i].count);
			buf_clear(&out);
			http_target_write(&out, &target);
			assert_span((struct span){out.at + 2, out.len - 2}, queries[i].written);
		}
		arena_reset(&arena);
	}
	buf_free(&in);
	buf_free(&out);
	arena_free(&arena);
}

static void pairs_are_decoded(void **state)
{
	struct arena arena;
	struct http_target target;
	struct http_fault fault;

	(void)state;
	arena_init(&arena, UNIT_ARENA);
	assert_int_equal(parse(SPAN("/x?a=b%26c&d&%65+=f+%2B&g=%0a"), &arena, &target, &fault), 0);
	assert_int_equal(target.query_count, 4);
	assert_span(target.query[0].name, "a");
	assert_span(target.query[0].value, "b&c");
	assert_span(target.query[1].name, "d");
	assert_span(target.query[1].value, "");
	assert_span(target.query[2].name, "e ");
	assert_span(target.query[2].value, "f +");
	assert_span(target.query[3].value, "\n");
	arena_free(&arena);
}

/* What is written is read as the same and written the same again. */
static void writing_is_a_fixpoint(void **state)
{
	static const char *const rows[] = {
	    "/v1.41/containers/json?all=1&filters=%7B%22a%22%3A%5B%22b+c%22%5D%7D",
	    "/images/a%2Fb%3Ac%40d/json?x=%25%26%3b%23%3d%2b%20&y&z==",
	    "/v4.0.0/libpod/info?a=%0a%c3%a4&%c3%a4=1",
	    "/networks/?",
	    "/x?%41+%42=%7E",
	};
	struct arena arena;
	struct buf first, second;
	struct http_target target;
	struct http_fault fault;

	(void)state;
	arena_init(&arena, UNIT_ARENA);
	buf_init(&first, UNIT_OUT);
	buf_init(&second, UNIT_OUT);
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_clear(&first);
		buf_clear(&second);
		assert_int_equal(parse(span_of(rows[i]), &arena, &target, &fault), 0);
		http_target_write(&first, &target);
		assert_int_equal(parse(buf_span(&first), &arena, &target, &fault), 0);
		http_target_write(&second, &target);
		assert_span(buf_span(&second), buf_text(&first));
		arena_reset(&arena);
	}
	buf_free(&first);
	buf_free(&second);
	arena_free(&arena);
}

/* Each of the 256 bytes as an escape in a path: read only when the path's alphabet has it. */
static void escaped_bytes_are_judged_decoded(void **state)
{
	struct arena arena;
	struct http_target target;
	struct http_fault fault;

	(void)state;
	arena_init(&arena, UNIT_ARENA);
	for (int byte = 0; byte < 256; byte++) {
		struct buf raw;

		buf_init(&raw, UNIT_OUT);
		buf_add_format(&raw, "/x%%%02xy", (unsigned)byte);
		bool expected = byte >= ' ' && byte < 0x7f && byte != '?' && byte != '\\';

		if ((parse(buf_span(&raw), &arena, &target, &fault) == 0) != expected)
			fail_msg("%s", buf_text(&raw));
		if (expected)
			assert_int_equal(target.path.at[2], byte);
		buf_free(&raw);
		arena_reset(&arena);
	}
	arena_free(&arena);
}

static void nothing_is_copied_without_need(void **state)
{
	static const char raw[] = "/v1.41/containers/x/json?size=1&a=b/c";
	struct arena arena;
	struct http_target target;
	struct http_fault fault;

	(void)state;
	arena_init(&arena, UNIT_ARENA);
	assert_int_equal(parse(span_of(raw), &arena, &target, &fault), 0);
	assert_ptr_equal(target.path.at, raw + 6);
	assert_ptr_equal(target.query[1].value.at, raw + sizeof(raw) - 1 - 3);
	assert_int_equal(parse(SPAN("/info"), &arena, &target, &fault), 0);
	assert_null(target.query);
	arena_free(&arena);
}

static void targets_have_limits(void **state)
{
	struct arena arena;
	struct buf raw;
	struct http_target target = {.api_major = 7};
	struct http_fault fault = {0};

	(void)state;
	arena_init(&arena, 1);
	buf_init(&raw, UNIT_OUT);
	buf_add_char(&raw, '/');
	while (raw.len < limits.max_target)
		buf_add_char(&raw, 'a');
	assert_int_equal(parse(buf_span(&raw), &arena, &target, &fault), 0);
	target.api_major = 7;
	buf_add_char(&raw, 'a');
	assert_int_equal(parse(buf_span(&raw), &arena, &target, &fault), -1);
	assert_int_equal(fault.status, 414);
	/* memory */
	assert_int_equal(parse(SPAN("/a%41"), &arena, &target, &fault), -1);
	assert_int_equal(fault.status, 500);
	assert_int_equal(parse(SPAN("/a?b"), &arena, &target, &fault), -1);
	assert_int_equal(fault.status, 500);
	assert_int_equal(target.api_major, 7);
	buf_free(&raw);
	arena_free(&arena);
}

static void queries_have_a_limit(void **state)
{
	struct arena arena;
	struct buf raw;
	struct http_target target = {0};
	struct http_fault fault = {0};
	struct http_limits wide = limits;

	(void)state;
	wide.max_target = 1u << 16;
	arena_init(&arena, 0);
	buf_init(&raw, UNIT_OUT);
	buf_add(&raw, SPAN("/a?b"));
	for (unsigned i = 1; i < 10000; i++)
		buf_add(&raw, SPAN("&b"));
	assert_int_equal(http_target_parse(buf_span(&raw), &wide, &arena, &target, &fault), 0);
	assert_int_equal(target.query_count, 10000);
	buf_add(&raw, SPAN("&b"));
	assert_int_equal(http_target_parse(buf_span(&raw), &wide, &arena, &target, &fault), -1);
	assert_int_equal(fault.status, 414);
	buf_free(&raw);
	arena_free(&arena);
}

static void the_daemons_router_cleans_paths(void **state)
{
	static const char *const rows[][2] = {
	    {"/containers//web/json", "/containers/web/json"},
	    {"//v1.41/info?a=b&c", "/v1.41/info?a=b&c"},
	    {"/v1.41//containers/./json", "/v1.41/containers/json"},
	    {"/a/b/../../../c", "/c"},
	    {"/a/..", "/"},
	    {"/a/../", "/"},
	    {"/a//", "/a/"},
	    {"//evil.example/..//x/", "/x/"},
	    {"//evil.example", "/evil.example"},
	    {"/a/%2e%2e/%2F/b%20c", "/b%20c"},
	    {"http://x//info", "/info"},
	    {"/a/b/", NULL},
	    {"/a/b/?c", NULL},
	    {"/a//b%00", NULL},
	    {"/a//b?c\"\x01", NULL},
	    {"/a;b//c", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct http_fault fault = {0};
		struct http_target target;
		struct arena arena;

		arena_init(&arena, 0);
		assert_int_equal(
		    http_target_parse(span_of(rows[i][0]), &limits, &arena, &target, &fault), -1);
		if (!rows[i][1] != !fault.moved.at ||
		    (rows[i][1] && !span_equal(fault.moved, span_of(rows[i][1]))))
			fail_msg("%s: %.*s", rows[i][0], (int)fault.moved.len, fault.moved.at);
		arena_free(&arena);
	}
}

static void the_host_of_an_address_is_kept(void **state)
{
	struct http_target target;
	struct http_fault fault;
	struct arena arena;

	(void)state;
	arena_init(&arena, 0);
	assert_int_equal(
	    http_target_parse(SPAN("http://x:1/info"), &limits, &arena, &target, &fault), 0);
	assert_true(span_is(target.host, "x:1"));
	assert_int_equal(http_target_parse(SPAN("/info"), &limits, &arena, &target, &fault), 0);
	assert_null(target.host.at);
	arena_free(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(targets_have_one_form),
	    cmocka_unit_test(queries_have_one_form),
	    cmocka_unit_test(pairs_are_decoded),
	    cmocka_unit_test(writing_is_a_fixpoint),
	    cmocka_unit_test(escaped_bytes_are_judged_decoded),
	    cmocka_unit_test(nothing_is_copied_without_need),
	    cmocka_unit_test(targets_have_limits),
	    cmocka_unit_test(queries_have_a_limit),
	    cmocka_unit_test(the_daemons_router_cleans_paths),
	    cmocka_unit_test(the_host_of_an_address_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
