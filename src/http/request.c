/* SPDX-License-Identifier: Apache-2.0 */
/* A request head. llhttp reads it; the checks here are for what llhttp lets pass. */
#include "http/bytes.h"
#include "http/head.h"
#include "http/header.h"

#define MAX_NAMED 32 /* header names in Connection */
#define TLS_HANDSHAKE 0x16
#define FIRST_FOREIGN 0x80 /* first byte outside ASCII */

/* ---- llhttp: where the parts of the head are ---- */

struct parts {
	struct span method, target, version;
	struct http_header *headers;
	size_t count, room;
	bool complete;
};

static int on_method(llhttp_t *parser, const char *at, size_t len)
{
	struct parts *parts = parser->data;

	parts->method = (struct span){at, len};
	return 0;
}

static int on_target(llhttp_t *parser, const char *at, size_t len)
{
	struct parts *parts = parser->data;

	parts->target = (struct span){at, len};
	return 0;
}

static int on_version(llhttp_t *parser, const char *at, size_t len)
{
	struct parts *parts = parser->data;

	parts->version = (struct span){at, len};
	return 0;
}

static int on_name(llhttp_t *parser, const char *at, size_t len)
{
	struct parts *parts = parser->data;

	if (parts->count == parts->room)
		return HPE_USER;
	struct http_header *header = &parts->headers[parts->count++];

	header->name = (struct span){at, len};
	header->value = (struct span){at + len, 0};
	return 0;
}

static int on_value(llhttp_t *parser, const char *at, size_t len)
{
	struct parts *parts = parser->data;

	if (parts->count == 0)
		return HPE_USER;
	parts->headers[parts->count - 1].value = span_trim((struct span){at, len});
	return 0;
}

static int on_complete(llhttp_t *parser)
{
	struct parts *parts = parser->data;

	parts->complete = true;
	return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_method = on_method,
    .on_url = on_target,
    .on_version = on_version,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_headers_complete = on_complete,
};

static int fault_version(struct http_fault *fault, const llhttp_t *parser)
{
	bool newer = parser->http_major >= 2;

	return http_fault_set(fault, newer ? STATUS_VERSION : STATUS_BAD_REQUEST,
	    "HTTP/%u.%u is not spoken here: only HTTP/1.0 and HTTP/1.1", parser->http_major,
	    parser->http_minor);
}

static int run_parser(struct span head, struct parts *parts, struct http_fault *fault)
{
	llhttp_t parser;

	llhttp_init(&parser, HTTP_REQUEST, &settings);
	parser.data = parts;
	llhttp_errno_t code = llhttp_execute(&parser, head.at, head.len);

	if (code == HPE_INVALID_VERSION || parser.http_major >= 2)
		return fault_version(fault, &parser);
	if (code != HPE_PAUSED || !parts->complete || parser.error_pos != head.at + head.len)
		return http_fault_set(fault, STATUS_BAD_REQUEST, "not a valid HTTP request: %s",
		    parser.reason && *parser.reason ? parser.reason : llhttp_errno_name(code));
	return 0;
}

/* ---- the first line ---- */

/* One blank before and behind the target, one of two versions, nothing behind it. */
static int check_line(const struct parts *parts, struct span head, struct http_fault *fault)
{
	static const size_t tail = sizeof(" HTTP/1.x\r\n") - 1;
	const char *behind = parts->target.at + parts->target.len;

	if (parts->method.at != head.at || !parts->target.at ||
	    parts->target.at != head.at + parts->method.len + 1 ||
	    (size_t)(head.at + head.len - behind) < tail || memcmp(behind, " HTTP/1.", 8) != 0 ||
	    (behind[8] != '0' && behind[8] != '1') || memcmp(behind + 9, "\r\n", 2) != 0)
		return http_fault_set(fault, STATUS_BAD_REQUEST,
		    "the request line is not exactly \"METHOD target HTTP/1.1\"");
	return 0;
}

/* Refuses at the first bytes what will never become a request. */
static int check_start(struct span bytes, struct http_fault *fault)
{
	static const struct span http2 = {"PRI * HTTP/2.0", 14};

	if (bytes.at[0] == TLS_HANDSHAKE)
		return http_fault_set(
		    fault, STATUS_BAD_REQUEST, "this is TLS, and plain HTTP is spoken here");
	if (!http_byte_is(bytes.at[0], BYTE_TOKEN))
		return http_fault_set(
		    fault, STATUS_BAD_REQUEST, "the request does not begin with a method");
	if (bytes.at[0] == 'P' && bytes.len >= 4 && memcmp(bytes.at, http2.at, 4) == 0)
		return http_fault_set(fault, STATUS_BAD_REQUEST,
		    "HTTP/2 is not spoken here: only HTTP/1.0 and HTTP/1.1");
	return 0;
}

/* ---- line feeds ---- */

#define BARE_HEAD_MOST                                                                             \
	4096 /* bytes: such a head is read from its start again with each piece that comes */

/* How many bytes at the front of |bytes| are a head or the beginning of one. */
static size_t bare_length(struct span bytes, size_t most, bool *ret_whole)
{
	size_t len = bytes.len < most ? bytes.len : most;
	const char *end = memmem(bytes.at, len, "\n\n", 2);

	*ret_whole = end != NULL;
	return end ? (size_t)(end - bytes.at) + 2 : len;
}

/* Writes |text| with the line ends that HTTP has. */
static enum http_result mend_lines(
    struct span text, struct arena *arena, struct http_head *ret_head, struct http_fault *fault)
{
	char *room = arena_alloc(arena, 2 * text.len);
	size_t len = 0, lines = 0;

	if (!room)
		return http_fault_memory(fault);
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '\n') {
			room[len++] = '\r';
			lines++;
		}
		room[len++] = text.at[i];
	}
	*ret_head = (struct http_head){{room, len}, lines - 2};
	return HTTP_DONE;
}

/* The agent of Jenkins that attaches ends every line in a bare line feed. A head without any
 * carriage return is read as the one with both in their place, which is what is sent on: no server
 * that does write them, and reads a line feed in another way, has let it through. Any other head
 * keeps |fault|. */
static enum http_result read_bare(struct span bytes, size_t max_head, struct arena *arena,
    struct http_head *ret_head, size_t *ret_len, struct http_fault *fault)
{
	size_t most = max_head < BARE_HEAD_MOST ? max_head : BARE_HEAD_MOST;
	bool whole;
	struct span text = {bytes.at, bare_length(bytes, most, &whole)};

	if (text.at[0] == '\n' || memchr(text.at, '\r', text.len) ||
	    !memchr(text.at, '\n', text.len) || memmem(text.at, text.len, "\n ", 2) ||
	    memmem(text.at, text.len, "\n\t", 2) || (!whole && text.len == most))
		return HTTP_ERROR;
	*ret_len = text.len;
	return whole ? mend_lines(text, arena, ret_head, fault) : HTTP_MORE;
}

/* The same for a head that is not complete, so that nobody waits for the rest of a line of another
 * protocol or of HTTP/0.9. */
static int check_unfinished(
    struct span bytes, const struct http_limits *limits, struct http_fault *fault)
{
	static const size_t version_len = sizeof(" HTTP/1.1") - 1;
	const char *lf = memchr(bytes.at, '\n', bytes.len);

	if (!lf) {
		if (bytes.len >= limits->max_head)
			return http_fault_set(fault, STATUS_TARGET_TOO_LONG,
			    "the request target is longer than %zu bytes (max_target)",
			    limits->max_target);
		return 0;
	}
	size_t len = (size_t)(lf - bytes.at);

	if (len > 0 && bytes.at[len - 1] == '\r')
		len--;
	if (len < version_len || memcmp(bytes.at + len - version_len, " HTTP/", 6) != 0)
		return http_fault_set(
		    fault, STATUS_BAD_REQUEST, "the request line does not end in an HTTP version");
	return 0;
}

/* ---- headers ---- */

struct reading {
	struct http_request *request;
	struct http_body body;
	struct http_connection connection;
	struct http_header *header; /* the one that is read */
	struct http_fault *fault;
};

typedef int take_fn(struct reading *reading, struct span value);

static int take_once(
    struct reading *reading, struct span *slot, struct span value, const char *name)
{
	if (slot->at)
		return http_fault_set(reading->fault, STATUS_BAD_REQUEST, "more than one %s", name);
	*slot = value;
	return 0;
}

static bool is_ascii(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.at[i] >= FIRST_FOREIGN)
			return false;
	}
	return true;
}

static int take_connection(struct reading *reading, struct span value)
{
	http_connection_take(&reading->connection, value);
	return 0;
}

static int take_length(struct reading *reading, struct span value)
{
	return http_body_take_length(&reading->body, value, reading->fault);
}

static int take_coding(struct reading *reading, struct span value)
{
	return http_body_take_coding(&reading->body, value, reading->fault);
}

/* bollard has one of its own for each archive, and puts the one that all its requests have behind
 * it. */
static bool is_default_behind(struct span value, struct span first)
{
	return first.len > 0 && (span_equal_nocase(value, SPAN("application/json")) ||
				    span_equal_nocase(value, first));
}

/* Go's reader of this header folds U+0130 to i and trims blanks of all alphabets, so that a form
 * can be spelled in ways that no look at the bytes finds. Daemons read the first of two: only that
 * one is judged and sent. */
static int take_content_type(struct reading *reading, struct span value)
{
	struct span *first = &reading->request->content_type;

	if (!is_ascii(value))
		return http_fault_set(
		    reading->fault, STATUS_BAD_REQUEST, "Content-Type holds a byte outside ASCII");
	if (!first->at || !is_default_behind(value, *first))
		return take_once(reading, first, value, "Content-Type");
	reading->header->role = ROLE_DROP;
	return 0;
}

static int take_expect(struct reading *reading, struct span value)
{
	if (!span_equal_nocase(value, SPAN("100-continue")))
		return http_fault_set(
		    reading->fault, STATUS_EXPECTATION_FAILED, "Expect is not \"100-continue\"");
	reading->request->expect_continue = true;
	return 0;
}

static int take_host(struct reading *reading, struct span value)
{
	if (!http_bytes_all(value, BYTE_HOST))
		return http_fault_set(reading->fault, STATUS_BAD_REQUEST,
		    "Host holds a byte that is in no host name");
	return take_once(reading, &reading->request->host, value, "Host");
}

static int take_upgrade(struct reading *reading, struct span value)
{
	reading->request->wants_upgrade = true;
	return take_once(reading, &reading->request->upgrade, value, "Upgrade");
}

static take_fn *const takers[HEADER_ID_MAX] = {
    [HEADER_CONNECTION] = take_connection,
    [HEADER_CONTENT_LENGTH] = take_length,
    [HEADER_CONTENT_TYPE] = take_content_type,
    [HEADER_EXPECT] = take_expect,
    [HEADER_HOST] = take_host,
    [HEADER_TRANSFER_ENCODING] = take_coding,
    [HEADER_UPGRADE] = take_upgrade,
};

static int take_headers(struct reading *reading, const struct parts *parts)
{
	for (size_t i = 0; i < parts->count; i++) {
		struct http_header *header = &parts->headers[i];
		struct span name = header->name;

		if (name.len == 0 || !http_bytes_all(name, BYTE_TOKEN) || name.at[name.len] != ':')
			return http_fault_set(reading->fault, STATUS_BAD_REQUEST,
			    "a header name is not a token with a colon right behind it");
		const struct http_known *known = http_header_find(name);

		header->role = known->role;
		reading->header = header;
		if (takers[known->id] && takers[known->id](reading, header->value) < 0)
			return HTTP_ERROR;
	}
	return 0;
}

static bool may_be_named(enum http_role role)
{
	return role == ROLE_FORWARD || role == ROLE_META || role == ROLE_HOP ||
	       role == ROLE_UPGRADE;
}

/* Marks the headers that are called |name| for dropping. */
static int drop_named(struct reading *reading, struct span name)
{
	struct http_request *request = reading->request;

	if (!may_be_named(http_header_find(name)->role))
		return http_fault_set(reading->fault, STATUS_BAD_REQUEST,
		    "Connection names a header that is not of the connection");
	for (size_t i = 0; i < request->header_count; i++) {
		struct http_header *header = &request->headers[i];

		if ((header->role == ROLE_FORWARD || header->role == ROLE_META) &&
		    span_equal_nocase(header->name, name))
			header->role = ROLE_DROP;
	}
	return 0;
}

static int drop_all_named(struct reading *reading)
{
	struct http_request *request = reading->request;
	struct span list, name;

	if (reading->connection.named > MAX_NAMED)
		return http_fault_set(reading->fault, STATUS_HEAD_TOO_LARGE,
		    "Connection names more than %d headers", MAX_NAMED);
	for (size_t i = 0; i < request->header_count; i++) {
		if (http_header_find(request->headers[i].name)->id != HEADER_CONNECTION)
			continue;
		list = request->headers[i].value;
		while (http_list_next(&list, &name)) {
			if (drop_named(reading, name) < 0)
				return HTTP_ERROR;
		}
	}
	return 0;
}

/* ---- all together ---- */

static void set_framing(struct http_request *request, const struct http_body *body)
{
	if (body->has_chunked) {
		request->framing = FRAMING_CHUNKED;
	} else if (body->length > 0) {
		request->framing = FRAMING_LENGTH;
		request->content_length = body->length;
	}
	if (request->framing == FRAMING_NONE || request->minor == 0)
		request->expect_continue = false;
}

static void set_connection(struct http_request *request, const struct http_connection *said)
{
	request->keep_alive = !said->close && (request->minor == 1 || said->keep_alive);
	request->connection_close = said->close;
	request->connection_keep_alive = said->keep_alive;
	request->connection_upgrade = said->upgrade;
}

static int read_headers(
    const struct parts *parts, struct http_request *request, struct http_fault *fault)
{
	struct reading reading = {.request = request, .fault = fault};

	if (take_headers(&reading, parts) < 0 ||
	    http_body_check(&reading.body, request->minor, fault) < 0)
		return HTTP_ERROR;
	if (!request->host.at && request->minor == 1)
		return http_fault_set(fault, STATUS_BAD_REQUEST, "no Host in an HTTP/1.1 request");
	if (reading.connection.named > 0 && drop_all_named(&reading) < 0)
		return HTTP_ERROR;
	set_framing(request, &reading.body);
	set_connection(request, &reading.connection);
	return 0;
}

/* Room for the headers and, behind them, a copy of the head, which is what is read. */
static int make_room(
    const struct http_head *head, struct arena *arena, struct parts *parts, struct span *ret_text)
{
	size_t headers = (head->headers + 1) * sizeof(*parts->headers);
	char *room = arena_alloc(arena, headers + head->text.len);

	if (!room)
		return HTTP_ERROR;
	parts->headers = (struct http_header *)room;
	parts->room = head->headers;
	memcpy(room + headers, head->text.at, head->text.len);
	*ret_text = (struct span){room + headers, head->text.len};
	return 0;
}

static int read_head(const struct http_head *head, const struct http_limits *limits,
    struct arena *arena, struct http_request *request, struct http_fault *fault)
{
	struct parts parts = {.count = 0};
	struct span text;

	if (head->headers > limits->max_headers)
		return http_fault_set(fault, STATUS_HEAD_TOO_LARGE,
		    "more than %u headers (max_headers)", limits->max_headers);
	if (make_room(head, arena, &parts, &text) < 0)
		return http_fault_memory(fault);
	if (run_parser(text, &parts, fault) < 0 || check_line(&parts, text, fault) < 0)
		return HTTP_ERROR;
	if (parts.target.len > limits->max_target)
		return http_fault_set(fault, STATUS_TARGET_TOO_LONG,
		    "the request target is longer than %zu bytes (max_target)", limits->max_target);
	*request = (struct http_request){
	    .head = text,
	    .method = method_from(parts.method),
	    .method_name = parts.method,
	    .minor = (unsigned)(parts.version.at[2] - '0'),
	    .target = parts.target,
	    .headers = parts.headers,
	    .header_count = parts.count,
	    .head_bytes = head->text.len,
	};
	return read_headers(&parts, request, fault);
}

enum http_result http_request_parse(struct span bytes, size_t *scanned,
    const struct http_limits *limits, struct arena *arena, struct http_request *request,
    struct http_fault *fault)
{
	struct http_head head;

	if (bytes.len == 0)
		return HTTP_MORE;
	if (check_start(bytes, fault) < 0)
		return HTTP_ERROR;
	enum http_result result = http_head_find(bytes, limits->max_head, scanned, &head, fault);
	size_t bare_len = 0;

	if (result == HTTP_ERROR)
		result = read_bare(bytes, limits->max_head, arena, &head, &bare_len, fault);
	if (result != HTTP_DONE) {
		if (check_unfinished(bytes, limits, fault) < 0)
			return HTTP_ERROR;
		return result;
	}
	if (read_head(&head, limits, arena, request, fault) < 0)
		return HTTP_ERROR;
	if (bare_len > 0)
		request->head_bytes = bare_len;
	return HTTP_DONE;
}
