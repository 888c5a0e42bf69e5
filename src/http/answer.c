/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of our own, in the shape of the daemon's errors. */
#include "http/http.h"

static const struct {
	unsigned status;
	const char *text;
} texts[] = {
    {100, "Continue"},
    {200, "OK"},
    {301, "Moved Permanently"},
    {400, "Bad Request"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {411, "Length Required"},
    {413, "Request Entity Too Large"},
    {414, "Request URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

const char *http_status_text(unsigned status)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].status == status)
			return texts[i].text;
	}
	return "Unknown";
}

static void add_body(struct buf *out, struct span message)
{
	buf_add(out, SPAN("{\"message\":"));
	buf_add_json(out, message, 0);
	buf_add(out, SPAN("}\n"));
}

static void add_connection(struct buf *out, const struct http_answer *answer)
{
	if (answer->close)
		buf_add(out, SPAN("Connection: close\r\n"));
	else if (answer->minor == 0)
		buf_add(out, SPAN("Connection: keep-alive\r\n"));
}

#define LENGTH_DIGITS 20u

/* The length is not known yet. Returns where it goes. */
static size_t add_content(struct buf *out, const struct http_answer *answer)
{
	if (answer->location.at) {
		buf_add(out, SPAN("Location: "));
		buf_add(out, answer->location);
		buf_add(out, SPAN("\r\nContent-Length: "));
	} else {
		buf_add(out, SPAN("Content-Type: application/json\r\nContent-Length: "));
	}
	size_t at = out->len;

	buf_add(out, SPAN("\r\n"));
	return at;
}

/* Puts |length| at |at|, which moves what is behind. */
static void insert_length(struct buf *out, size_t at, size_t length)
{
	char digits[LENGTH_DIGITS];
	size_t end = out->len;

	buf_add_uint(out, length);
	size_t count = out->len - end;

	if (out->failed || count > sizeof(digits))
		return;
	memcpy(digits, out->at + end, count);
	memmove(out->at + at + count, out->at + at, end - at);
	memcpy(out->at + at, digits, count);
}

#define MINOR_AT 7u /* in "HTTP/1.1 404" */

/* The daemon was asked in HTTP/1.1, and answers a client of HTTP/1.0 in that. */
static void write_handed(struct buf *out, const struct http_answer *answer)
{
	const struct http_handed *handed = answer->handed;
	struct http_response response = *handed->response;
	size_t start = out->len;

	response.keep_alive = !answer->close;
	http_response_write(out, handed->head, &response, answer->minor);
	if (answer->minor == 0 && !out->failed && out->len > start + MINOR_AT)
		out->at[start + MINOR_AT] = '0';
	if (!answer->head_only)
		buf_add(out, handed->body);
}

void http_answer_write(struct buf *out, const struct http_answer *answer)
{
	if (answer->handed) {
		write_handed(out, answer);
		return;
	}
	buf_add_text(out, answer->minor ? "HTTP/1.1 " : "HTTP/1.0 ");
	buf_add_uint(out, answer->status);
	buf_add_char(out, ' ');
	buf_add_text(out, http_status_text(answer->status));
	buf_add(out, SPAN("\r\n"));
	size_t length_at = add_content(out, answer);

	if (answer->retry_after > 0)
		buf_add_format(out, "Retry-After: %u\r\n", answer->retry_after);
	add_connection(out, answer);
	buf_add(out, SPAN("\r\n"));
	size_t head = out->len;

	if (!answer->location.at)
		add_body(out, answer->message);
	size_t length = out->len - head;

	if (answer->head_only)
		out->len = head;
	insert_length(out, length_at, length);
}
