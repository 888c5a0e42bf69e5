/* SPDX-License-Identifier: Apache-2.0 */
/* Chunked bodies: llhttp, set up as behind a head that announced one. */
#include "http/head.h"

/* What one call of http_chunks_feed() shares with the callbacks of llhttp. */
struct feeding {
	struct http_chunks *chunks;
	http_data_fn *data;
	void *context;
	const char *mark; /* behind the last data */
	bool refused, over;
};

/* Whether what was taken of |bytes| ends in CR LF, with the byte that came before them: llhttp lets
 * the empty line at the end be a bare LF. */
static bool ends_in_crlf(const struct http_chunks *chunks, struct span bytes, const char *end)
{
	char before = end - bytes.at >= 2 ? end[-2] : chunks->last;

	return before == '\r' && end[-1] == '\n';
}

/* Counts the bytes from the last data to |end| as such that are no data. */
static bool count_extra(struct feeding *feeding, const char *end)
{
	feeding->chunks->extra += (size_t)(end - feeding->mark);
	feeding->over = feeding->chunks->extra > feeding->chunks->max_extra;
	return !feeding->over;
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
	struct feeding *feeding = parser->data;

	if (!count_extra(feeding, at))
		return HPE_USER;
	feeding->chunks->extra = 0;
	feeding->mark = at + len;
	if (feeding->data && !feeding->data(feeding->context, (struct span){at, len})) {
		feeding->refused = true;
		return HPE_USER;
	}
	return 0;
}

static int on_chunk_head(llhttp_t *parser)
{
	struct feeding *feeding = parser->data;

	feeding->chunks->in_data = parser->content_length > 0;
	return 0;
}

static int on_chunk_end(llhttp_t *parser)
{
	struct feeding *feeding = parser->data;

	feeding->chunks->in_data = false;
	return 0;
}

static int on_end(llhttp_t *parser)
{
	struct feeding *feeding = parser->data;

	feeding->chunks->ended = true;
	return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_body = on_body,
    .on_chunk_header = on_chunk_head,
    .on_chunk_complete = on_chunk_end,
    .on_message_complete = on_end,
};

/* A parser behind a head that announced a chunked body. Made once, then copied. */
static const llhttp_t *fresh_parser(void)
{
	static const char head[] = "PUT / HTTP/1.1\r\nTransfer-Encoding:chunked\r\n\r\n";
	static _Thread_local llhttp_t fresh;

	if (!fresh.settings) {
		llhttp_init(&fresh, HTTP_REQUEST, &settings);
		(void)llhttp_execute(&fresh, head, sizeof(head) - 1);
	}
	return &fresh;
}

void http_chunks_init(struct http_chunks *chunks, size_t max_extra)
{
	*chunks = (struct http_chunks){.parser = *fresh_parser(), .max_extra = max_extra};
}

bool http_chunks_at_rest(const struct http_chunks *chunks)
{
	return !chunks->ended && chunks->parser._current == fresh_parser()->_current;
}

static int fault_of(const struct feeding *feeding, struct http_fault *fault)
{
	const llhttp_t *parser = &feeding->chunks->parser;

	if (feeding->refused)
		return http_fault_set(fault, STATUS_TOO_LARGE, "the body is too large to be held");
	if (feeding->over)
		return http_fault_set(fault, STATUS_HEAD_TOO_LARGE,
		    "more than %zu bytes of chunk sizes, extensions or trailers in a row",
		    feeding->chunks->max_extra);
	if (feeding->chunks->ended)
		return http_fault_set(fault, STATUS_BAD_REQUEST,
		    "the last line of the chunked body does not end in CR LF");
	return http_fault_set(fault, STATUS_BAD_REQUEST, "the chunked body is malformed: %s",
	    parser->reason && *parser->reason ? parser->reason : "unknown error");
}

enum http_result http_chunks_feed(struct http_chunks *chunks, struct span bytes, http_data_fn *data,
    void *context, size_t *ret_used, struct http_fault *fault)
{
	struct feeding feeding = {chunks, data, context, bytes.at, false, false};
	llhttp_t *parser = &chunks->parser;

	if (chunks->ended || bytes.len == 0) {
		*ret_used = 0;
		return chunks->ended ? HTTP_DONE : HTTP_MORE;
	}
	parser->data = &feeding;
	llhttp_errno_t code = llhttp_execute(parser, bytes.at, bytes.len);

	parser->data = NULL;
	const char *end = chunks->ended ? parser->error_pos : bytes.at + bytes.len;

	if ((code != HPE_OK && !chunks->ended) || !count_extra(&feeding, end) ||
	    (chunks->ended && !ends_in_crlf(chunks, bytes, end)))
		return fault_of(&feeding, fault);
	chunks->last = end[-1];
	*ret_used = (size_t)(end - bytes.at);
	return chunks->ended ? HTTP_DONE : HTTP_MORE;
}

/* llhttp counts down in content_length how much of the chunk it has yet to see. */
uint64_t http_chunks_ahead(const struct http_chunks *chunks)
{
	return chunks->in_data && chunks->parser.content_length > 0
		   ? chunks->parser.content_length - 1
		   : 0;
}

void http_chunks_skip(struct http_chunks *chunks, uint64_t bytes)
{
	chunks->parser.content_length -= bytes;
	chunks->extra = 0;
}
