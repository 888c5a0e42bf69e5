/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes of a client: read the same whole and in pieces; and what is written from them reads as
 * the same request, with nothing in it that was not judged. */
#include "fuzz.h"

#include "http/http.h"

#define MAX_OUT ((size_t)1 << 20)

static const struct http_limits limits = {.max_head = 8192, .max_headers = 50, .max_target = 4096};

static void check_inside(struct span bytes, struct span part)
{
	MUST(part.at >= bytes.at && part.len <= bytes.len);
	MUST((size_t)(part.at - bytes.at) <= bytes.len - part.len);
	for (size_t i = 0; i < part.len; i++)
		MUST((unsigned char)part.at[i] >= ' ' || part.at[i] == '\t');
}

static void check_headers(struct span bytes, const struct http_request *request)
{
	struct span head = request->head, sent = {bytes.at, request->head_bytes};

	if (!span_equal(head, sent)) { /* bare line feeds, mended */
		MUST(sent.len >= 2 && memcmp(sent.at + sent.len - 2, "\n\n", 2) == 0);
		MUST(!memchr(sent.at, '\r', sent.len));
	}
	check_inside(head, request->method_name);
	check_inside(head, request->target);
	for (size_t i = 0; i < request->header_count; i++) {
		const struct http_header *header = &request->headers[i];

		check_inside(head, header->name);
		check_inside(head, header->value);
		MUST(header->name.len > 0 && header->name.at[header->name.len] == ':');
	}
	MUST(head.len >= 4 && memcmp(head.at + head.len - 4, "\r\n\r\n", 4) == 0);
}

static enum http_result parse_in_pieces(struct span bytes, size_t step, struct arena *arena,
    struct http_request *request, struct http_fault *fault)
{
	enum http_result result = HTTP_MORE;
	size_t scanned = 0, len = 0;

	while (result == HTTP_MORE && len < bytes.len) {
		len = bytes.len - len < step ? bytes.len : len + step;
		result = http_request_parse(
		    (struct span){bytes.at, len}, &scanned, &limits, arena, request, fault);
	}
	return result;
}

static enum http_result feed_in_pieces(struct span body, size_t step, size_t *ret_used)
{
	enum http_result result = HTTP_MORE;
	struct http_chunks chunks;
	struct http_fault fault;
	size_t used = 0;

	*ret_used = 0;
	http_chunks_init(&chunks, limits.max_head);
	while (result == HTTP_MORE && *ret_used < body.len) {
		size_t left = body.len - *ret_used;
		struct span piece = {body.at + *ret_used, left < step ? left : step};

		result = http_chunks_feed(&chunks, piece, NULL, NULL, &used, &fault);
		if (result != HTTP_ERROR)
			*ret_used += used;
	}
	return result;
}

static void check_chunks(struct span body)
{
	size_t whole, pieces;
	enum http_result result = feed_in_pieces(body, SIZE_MAX, &whole);

	MUST(feed_in_pieces(body, 1, &pieces) == result);
	MUST(result == HTTP_ERROR || whole == pieces);
}

static void write_request(
    struct buf *out, const struct http_request *request, const struct http_target *target)
{
	const struct http_rewrite rewrite = {
	    .framing = request->framing,
	    .content_length = request->content_length,
	    .send_expect = true,
	    .send_upgrade = true,
	    .send_meta = true,
	};

	http_request_write(out, request, target, &rewrite);
	MUST(!out->failed);
}

static void check_written(const struct http_request *request, struct arena *arena)
{
	const struct http_limits wide = {MAX_OUT, limits.max_headers + 4, MAX_OUT};
	struct http_request again;
	struct http_target target;
	struct http_fault fault;
	struct buf one, two;
	size_t scanned = 0;

	if (http_target_parse(request->target, &limits, arena, &target, &fault) < 0)
		return;
	buf_init(&one, MAX_OUT);
	buf_init(&two, MAX_OUT);
	write_request(&one, request, &target);
	MUST(http_request_parse(buf_span(&one), &scanned, &wide, arena, &again, &fault) ==
	     HTTP_DONE);
	MUST(again.head_bytes == one.len && again.method == request->method);
	MUST(again.framing == request->framing && again.minor == request->minor);
	MUST(again.content_length == request->content_length);
	MUST(http_target_parse(again.target, &wide, arena, &target, &fault) == 0);
	write_request(&two, &again, &target);
	MUST(span_equal(buf_span(&one), buf_span(&two)));
	buf_free(&one);
	buf_free(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = {(const char *)data, size};
	struct http_request request, other;
	struct http_response response;
	struct http_fault fault = {0};
	struct arena arena;
	size_t scanned = 0;

	arena_init(&arena, 0);
	enum http_result result =
	    http_request_parse(bytes, &scanned, &limits, &arena, &request, &fault);

	MUST(result != HTTP_ERROR || (fault.status >= 400 && fault.error.text[0]));
	MUST(parse_in_pieces(bytes, 1 + size % 7, &arena, &other, &fault) == result);
	if (result == HTTP_DONE) {
		MUST(other.head_bytes == request.head_bytes);
		MUST(other.header_count == request.header_count);
		check_headers(bytes, &request);
		check_written(&request, &arena);
		check_chunks(
		    (struct span){bytes.at + request.head_bytes, bytes.len - request.head_bytes});
	}
	scanned = 0;
	fault = (struct http_fault){0};
	result = http_response_parse(bytes, &scanned, &limits, METHOD_GET, &response, &fault);
	MUST(result != HTTP_ERROR || (fault.status >= 400 && fault.error.text[0]));
	MUST(result != HTTP_DONE || response.head_bytes <= bytes.len);
	arena_free(&arena);
	return 0;
}
