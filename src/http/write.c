/* SPDX-License-Identifier: Apache-2.0 */
/* A request head, written anew from what was read. */
#include "http/head.h"

static void add_header(struct buf *out, struct span name, struct span value)
{
	if (!buf_reserve(out, name.len + value.len + 4))
		return;
	char *at = out->at + out->len;

	memcpy(at, name.at, name.len);
	at += name.len;
	*at++ = ':';
	*at++ = ' ';
	if (value.len > 0)
		memcpy(at, value.at, value.len);
	at += value.len;
	*at++ = '\r';
	*at++ = '\n';
	out->len = (size_t)(at - out->at);
}

static bool is_handed_on(enum http_role role, const struct http_rewrite *rewrite)
{
	switch (role) {
	case ROLE_FORWARD:
	case ROLE_CONTENT_TYPE:
	case ROLE_SECRET:
		return true;
	case ROLE_META:
		return rewrite->send_meta;
	case ROLE_HOST:
	case ROLE_FRAMING:
	case ROLE_HOP:
	case ROLE_UPGRADE:
	case ROLE_EXPECT:
	case ROLE_DROP:
		return false;
	}
	return false;
}

/* Methods whose request without a body says so: some servers wait for a length otherwise. */
static bool has_usually_body(const struct http_request *request)
{
	return request->method == METHOD_POST || request->method == METHOD_PUT ||
	       span_is(request->method_name, "PATCH");
}

static void add_framing(
    struct buf *out, const struct http_request *request, const struct http_rewrite *rewrite)
{
	switch (rewrite->framing) {
	case FRAMING_NONE:
		if (has_usually_body(request))
			buf_add(out, SPAN("Content-Length: 0\r\n"));
		return;
	case FRAMING_LENGTH:
		buf_add(out, SPAN("Content-Length: "));
		buf_add_uint(out, rewrite->content_length);
		buf_add(out, SPAN("\r\n"));
		return;
	case FRAMING_CHUNKED:
		if (request->minor == 0)
			break;
		buf_add(out, SPAN("Transfer-Encoding: chunked\r\n"));
		return;
	case FRAMING_CLOSE:
		break;
	}
	out->failed = true; /* a request cannot be framed so */
}

static void add_connection(
    struct buf *out, const struct http_request *request, const struct http_rewrite *rewrite)
{
	if (rewrite->send_expect && request->expect_continue)
		buf_add(out, SPAN("Expect: 100-continue\r\n"));
	if (rewrite->send_upgrade && request->upgrade.at) {
		buf_add(out, SPAN("Connection: Upgrade\r\n"));
		add_header(out, SPAN("Upgrade"), request->upgrade);
	} else if (request->minor == 1 && request->connection_close) {
		buf_add(out, SPAN("Connection: close\r\n"));
	} else if (request->minor == 0 && request->keep_alive) {
		buf_add(out, SPAN("Connection: keep-alive\r\n"));
	}
}

void http_request_write(struct buf *out, const struct http_request *request,
    const struct http_target *target, const struct http_rewrite *rewrite)
{
	buf_add(out, request->method_name);
	buf_add_char(out, ' ');
	http_target_write(out, target);
	buf_add(out, request->minor == 1 ? SPAN(" HTTP/1.1\r\n") : SPAN(" HTTP/1.0\r\n"));
	/* One of ours: what the client calls the daemon is no business of the daemon's. */
	buf_add(out, SPAN("Host: docker\r\n"));
	for (size_t i = 0; i < request->header_count; i++) {
		const struct http_header *header = &request->headers[i];

		if (is_handed_on(header->role, rewrite))
			add_header(out, header->name, header->value);
	}
	add_framing(out, request, rewrite);
	add_connection(out, request, rewrite);
	buf_add(out, SPAN("\r\n"));
}
