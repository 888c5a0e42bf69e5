/* SPDX-License-Identifier: Apache-2.0 */
/* A response head of the daemon. It is handed on byte for byte: only what says how long the body
 * and the connection are is read. */
#include "base/word.h"
#include "http/bytes.h"
#include "http/head.h"
#include "http/header.h"

#define CRLF 2u /* bytes at the end of a line */
#define MIN_STATUS 100
#define MAX_STATUS 999

struct reading {
	struct http_response *response;
	struct span name, value;
	struct http_body body;
	struct http_connection connection;
	struct http_fault *fault;
	bool complete;
	bool typed; /* a Content-Type was seen */
};

static bool is_raw_stream(struct span type)
{
	struct span parameters;

	type = span_trim(span_cut(type, ';', &parameters));
	return span_equal_nocase(type, SPAN("application/vnd.docker.raw-stream")) ||
	       span_equal_nocase(type, SPAN("application/vnd.docker.multiplexed-stream"));
}

static bool is_json(struct span type)
{
	static const char *const types[] = {"application/json", "application/jsonl",
	    "application/x-ndjson", "application/json-seq"};
	struct span parameters;

	type = span_trim(span_cut(type, ';', &parameters));
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (span_equal_nocase(type, span_of(types[i])))
			return true;
	}
	return false;
}

static bool is_hop(enum http_role role)
{
	return role == ROLE_HOP || role == ROLE_UPGRADE;
}

static int take_header(struct reading *reading)
{
	struct span name = reading->name, value = span_trim(reading->value);

	if (name.len == 0 || !http_bytes_all(name, BYTE_TOKEN) || name.at[name.len] != ':')
		return http_fault_set(reading->fault, STATUS_BAD_REQUEST,
		    "a header name is not a token with a colon right behind it");
	const struct http_known *known = http_header_find(name);

	switch (known->id) {
	case HEADER_CONTENT_LENGTH:
		return http_body_take_length(&reading->body, value, reading->fault);
	case HEADER_TRANSFER_ENCODING:
		return http_body_take_coding(&reading->body, value, reading->fault);
	case HEADER_CONNECTION:
		http_connection_take(&reading->connection, value);
		if (!span_equal_nocase(value, SPAN("close")))
			reading->response->has_hop = true;
		return 0;
	case HEADER_CONTENT_TYPE:
		reading->response->raw_stream = is_raw_stream(value);
		reading->response->json = is_json(value) && !reading->typed;
		reading->typed = true;
		return 0;
	case HEADER_CONTENT_ENCODING:
		reading->response->encoded = true;
		return 0;
	case HEADER_OTHER:
	case HEADER_EXPECT:
	case HEADER_HOST:
	case HEADER_UPGRADE:
	case HEADER_ID_MAX:
	default:
		if (is_hop(known->role))
			reading->response->has_hop = true;
		return 0;
	}
}

static int on_name(llhttp_t *parser, const char *at, size_t len)
{
	struct reading *reading = parser->data;

	reading->name = (struct span){at, len};
	reading->value = (struct span){at + len, 0};
	return 0;
}

static int on_value(llhttp_t *parser, const char *at, size_t len)
{
	struct reading *reading = parser->data;

	reading->value = (struct span){at, len};
	return 0;
}

static int on_header(llhttp_t *parser)
{
	return take_header(parser->data) < 0 ? HPE_USER : 0;
}

static int on_complete(llhttp_t *parser)
{
	struct reading *reading = parser->data;

	reading->complete = true;
	return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_header_value_complete = on_header,
    .on_headers_complete = on_complete,
};

static bool has_no_body(enum method method, unsigned status)
{
	return method == METHOD_HEAD || status < 200 || status == 204 || status == 304;
}

static void set_framing(struct reading *reading, enum method method)
{
	struct http_response *response = reading->response;

	if (has_no_body(method, response->status)) {
		response->framing = FRAMING_NONE;
	} else if (reading->body.has_chunked) {
		response->framing = FRAMING_CHUNKED;
	} else if (!reading->body.has_length) {
		response->framing = FRAMING_CLOSE;
	} else if (reading->body.length > 0) {
		response->framing = FRAMING_LENGTH;
		response->content_length = reading->body.length;
	}
	response->json |= !reading->typed;
	response->keep_alive = response->framing != FRAMING_CLOSE && !reading->connection.close &&
			       (response->minor == 1 || reading->connection.keep_alive);
}

static int run_parser(struct span head, struct reading *reading)
{
	struct http_fault *fault = reading->fault;
	llhttp_t parser;

	llhttp_init(&parser, HTTP_RESPONSE, &settings);
	parser.data = reading;
	llhttp_errno_t code = llhttp_execute(&parser, head.at, head.len);

	if (fault->status)
		return HTTP_ERROR;
	if (code != HPE_PAUSED || !reading->complete || parser.error_pos != head.at + head.len)
		return http_fault_set(fault, STATUS_BAD_GATEWAY, "%s",
		    parser.reason && *parser.reason ? parser.reason : llhttp_errno_name(code));
	if (parser.status_code < MIN_STATUS || parser.status_code > MAX_STATUS)
		return http_fault_set(fault, STATUS_BAD_GATEWAY, "status %u", parser.status_code);
	if (parser.http_major != 1 || parser.http_minor > 1)
		return http_fault_set(
		    fault, STATUS_BAD_GATEWAY, "HTTP/%u.%u", parser.http_major, parser.http_minor);
	reading->response->status = parser.status_code;
	reading->response->minor = parser.http_minor;
	return 0;
}

static int read_head(
    struct span head, enum method method, struct http_response *response, struct http_fault *fault)
{
	struct reading reading = {.response = response, .fault = fault};

	*fault = (struct http_fault){0};
	*response = (struct http_response){0};
	if (run_parser(head, &reading) < 0)
		return HTTP_ERROR;
	response->head_bytes = head.len;
	if (http_body_check(&reading.body, response->minor, fault) < 0)
		return HTTP_ERROR;
	set_framing(&reading, method);
	return 0;
}

enum http_result http_response_parse(struct span bytes, size_t *scanned,
    const struct http_limits *limits, enum method method, struct http_response *ret_response,
    struct http_fault *fault)
{
	struct http_response response = {0};
	struct http_head head;
	enum http_result result = http_head_find(bytes, limits->max_head, scanned, &head, fault);

	if (result == HTTP_DONE && read_head(head.text, method, &response, fault) < 0)
		result = HTTP_ERROR;
	if (result == HTTP_DONE)
		*ret_response = response;
	if (result == HTTP_ERROR) {
		fault->status = STATUS_BAD_GATEWAY;
		error_prefix(&fault->error, "the daemon's answer cannot be read: ");
	}
	return result;
}

/* ---- what is handed on -------------------------------------------------------------------------
 */

/* The next line of |*rest| with its end, and the name in it. */
static struct span next_line(struct span *rest, struct span *ret_name)
{
	const char *end = memchr(rest->at, '\n', rest->len);
	struct span line = {rest->at, end ? (size_t)(end - rest->at) + 1 : rest->len}, value;

	*rest = (struct span){rest->at + line.len, rest->len - line.len};
	*ret_name = span_cut(line, ':', &value);
	return line;
}

static bool is_named(struct span list, struct span name)
{
	struct span element;

	while (http_list_next(&list, &element)) {
		if (span_equal_nocase(element, name))
			return true;
	}
	return false;
}

/* Whether a Connection header of |head| names |name|. */
static bool connection_names(struct span head, struct span name)
{
	struct span own;

	while (head.len > 0) {
		struct span line = next_line(&head, &own);

		if (http_header_find(own)->id == HEADER_CONNECTION &&
		    is_named(span_trim((struct span){
				 line.at + own.len + 1, line.len - own.len - CRLF - 1}),
			name))
			return true;
	}
	return false;
}

/* What says how long the body is stays, whoever names it. */
static bool is_dropped(struct span head, struct span name)
{
	const struct http_known *known = http_header_find(name);

	return is_hop(known->role) || (known->role != ROLE_FRAMING && connection_names(head, name));
}

static bool is_framing(struct span name)
{
	return http_header_find(name)->role == ROLE_FRAMING;
}

/* Without |framing| what says how long the body is goes as well. */
static void write_lines(struct buf *out, struct span head, bool framing)
{
	struct span rest = head, name, line = next_line(&rest, &name), fields = rest;

	buf_add(out, line);
	while (rest.len > 0) {
		line = next_line(&rest, &name);
		if (name.len < line.len && !is_dropped(fields, name) &&
		    (framing || !is_framing(name)))
			buf_add(out, line);
	}
}

static void write_connection(
    struct buf *out, const struct http_response *response, unsigned client_minor)
{
	if (!response->keep_alive)
		buf_add_text(out, "Connection: close\r\n");
	else if (client_minor == 0)
		buf_add_text(out, "Connection: keep-alive\r\n");
	buf_add_text(out, "\r\n");
}

void http_response_write(
    struct buf *out, struct span head, const struct http_response *response, unsigned client_minor)
{
	write_lines(out, head, true);
	write_connection(out, response, client_minor);
}

void http_response_write_reframed(struct buf *out, struct span head,
    const struct http_response *response, unsigned client_minor, bool chunks)
{
	write_lines(out, head, false);
	if (chunks)
		buf_add_text(out, "Transfer-Encoding: chunked\r\n");
	write_connection(out, response, client_minor);
}
