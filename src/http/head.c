/* SPDX-License-Identifier: Apache-2.0 */
#include "http/head.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_LENGTH_DIGITS 18
#define LINES_AROUND_HEADERS 2 /* the first line and the empty one */

int http_fault_set(struct http_fault *fault, unsigned status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(fault->error.text, sizeof(fault->error.text), format, args);
	va_end(args);
	fault->status = status;
	fault->moved = (struct span){NULL, 0};
	return HTTP_ERROR;
}

int http_fault_memory(struct http_fault *fault)
{
	return http_fault_set(fault, STATUS_INTERNAL, "no memory left for this request");
}

static size_t count_lines(struct span text)
{
	size_t lines = 0;

	for (size_t i = 0; i < text.len; i++)
		lines += text.at[i] == '\n';
	return lines;
}

static enum http_result find_more(struct span bytes, size_t max_head, struct http_fault *fault)
{
	if (bytes.len < max_head)
		return HTTP_MORE;
	return http_fault_set(
	    fault, STATUS_HEAD_TOO_LARGE, "the head is larger than %zu bytes (max_head)", max_head);
}

enum http_result http_head_find(struct span bytes, size_t max_head, size_t *scanned,
    struct http_head *ret_head, struct http_fault *fault)
{
	size_t len = bytes.len < max_head ? bytes.len : max_head;
	size_t at = *scanned, lines = 0;
	const char *text = bytes.at, *found = NULL;

	while (at < len && (found = memchr(text + at, '\n', len - at))) {
		size_t lf = (size_t)(found - text);

		lines++;
		if (lf == 0 || text[lf - 1] != '\r')
			return http_fault_set(
			    fault, STATUS_BAD_REQUEST, "a line of the head does not end in CR LF");
		if (lf >= 2 && text[lf - 2] == '\n') {
			ret_head->text = (struct span){text, lf + 1};
			if (*scanned > 0)
				lines = count_lines(ret_head->text);
			ret_head->headers = lines - LINES_AROUND_HEADERS;
			return HTTP_DONE;
		}
		at = lf;
		if (lf + 1 == len)
			break; /* looked at again when the next byte is there */
		at++;
		if (text[at] == ' ' || text[at] == '\t')
			return http_fault_set(
			    fault, STATUS_BAD_REQUEST, "a header is folded over two lines");
	}
	*scanned = found ? at : len;
	return find_more(bytes, max_head, fault);
}

int http_body_take_length(struct http_body *body, struct span value, struct http_fault *fault)
{
	if (body->has_length)
		return http_fault_set(fault, STATUS_BAD_REQUEST, "more than one Content-Length");
	if (value.len > MAX_LENGTH_DIGITS || !span_to_uint(value, UINT64_MAX, &body->length))
		return http_fault_set(fault, STATUS_BAD_REQUEST,
		    "Content-Length is not a plain decimal number of at most %d digits",
		    MAX_LENGTH_DIGITS);
	body->has_length = true;
	return 0;
}

int http_body_take_coding(struct http_body *body, struct span value, struct http_fault *fault)
{
	if (body->has_chunked)
		return http_fault_set(fault, STATUS_BAD_REQUEST, "more than one Transfer-Encoding");
	if (!span_equal_nocase(value, SPAN("chunked")))
		return http_fault_set(
		    fault, STATUS_BAD_REQUEST, "Transfer-Encoding is not exactly \"chunked\"");
	body->has_chunked = true;
	return 0;
}

int http_body_check(const struct http_body *body, unsigned minor, struct http_fault *fault)
{
	if (body->has_chunked && body->has_length)
		return http_fault_set(
		    fault, STATUS_BAD_REQUEST, "Content-Length beside Transfer-Encoding");
	if (body->has_chunked && minor == 0)
		return http_fault_set(
		    fault, STATUS_BAD_REQUEST, "Transfer-Encoding in an HTTP/1.0 message");
	return 0;
}

bool http_list_next(struct span *rest, struct span *ret_element)
{
	while (rest->at) {
		struct span element = span_trim(span_cut(*rest, ',', rest));

		if (element.len > 0) {
			*ret_element = element;
			return true;
		}
	}
	return false;
}

struct span http_upgrade_without_h2c(struct span list)
{
	struct span rest = list, element, other = {NULL, 0};
	bool offered = false;

	while (http_list_next(&rest, &element)) {
		if (span_equal_nocase(element, SPAN("h2c")))
			offered = true;
		else if (!other.at)
			other = element;
	}
	return offered ? other : list;
}

void http_connection_take(struct http_connection *connection, struct span value)
{
	struct span element;

	while (http_list_next(&value, &element)) {
		if (span_equal_nocase(element, SPAN("close")))
			connection->close = true;
		else if (span_equal_nocase(element, SPAN("keep-alive")))
			connection->keep_alive = true;
		else if (span_equal_nocase(element, SPAN("upgrade")))
			connection->upgrade = true;
		else
			connection->named++;
	}
}
