/* SPDX-License-Identifier: Apache-2.0 */
/* Request heads whose lines end in a bare line feed. */
#include "http_unit.h"

#include "http/http.h"

/* Any split of it over reads gives the same. */
static void a_head_of_bare_line_feeds_is_mended(void **state)
{
	static const struct span text = RAW("POST /exec/x/start HTTP/1.1\nHost: docker.sock\n"
					    "Upgrade: tcp\nContent-Length: 2\n\n{}\r\n");
	struct http_request request;
	struct http_fault fault;
	struct arena arena;

	(void)state;
	arena_init(&arena, UNIT_ARENA);
	for (size_t split = 1; split <= text.len; split++) {
		size_t scanned = 0;
		enum http_result first = http_request_parse(
		    (struct span){text.at, split}, &scanned, &limits, &arena, &request, &fault);

		assert_int_equal(first, split < text.len - 4 ? HTTP_MORE : HTTP_DONE);
		assert_int_equal(
		    http_request_parse(text, &scanned, &limits, &arena, &request, &fault),
		    HTTP_DONE);
		assert_int_equal(request.head_bytes, text.len - 4);
		assert_int_equal(request.content_length, 2);
		assert_int_equal(request.header_count, 3);
		assert_true(span_is(request.upgrade, "tcp"));
	}
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_head_of_bare_line_feeds_is_mended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
