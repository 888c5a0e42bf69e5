/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/buf.h"
#include "config/value.h"

#define PATH_MOST 107 /* sun_path of Linux, without its NUL */
#define TEXT_MOST 512u
#define PORT_MOST 65535u
#define NAME_MOST 253u /* of a host */

/* Gives |address| its text, and the rest of it. */
static int finish(
    struct address *address, struct buf *text, struct address *ret_address, struct error *err)
{
	struct span whole = buf_span(text);

	if (!text->failed)
		address->text = text_copy(whole, err);
	buf_free(text);
	if (!address->text) {
		free(address->host);
		return error_set(err, "out of memory");
	}
	if (address->kind == ADDRESS_UNIX)
		address->path = address->text + strlen("unix:");
	*ret_address = *address;
	return 0;
}

/* ---- unix --------------------------------------------------------------------------------------
 */

static bool is_graphic(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		if (name.at[i] <= ' ' || name.at[i] > '~')
			return false;
	}
	return name.len > 0;
}

static int parse_abstract(struct span name, struct address *ret_address, struct error *err)
{
	struct address address = {.kind = ADDRESS_ABSTRACT};
	struct buf whole;

	if (!is_graphic(name) || name.len >= PATH_MOST)
		return error_set(err,
		    "\"unix:@%.*s\" is no address; the name of an abstract socket is up to %d "
		    "letters of ASCII",
		    (int)name.len, name.at, PATH_MOST - 1);
	address.host = text_copy(name, err);
	if (!address.host)
		return -1;
	buf_init(&whole, TEXT_MOST);
	buf_add_text(&whole, "unix:@");
	buf_add(&whole, name);
	return finish(&address, &whole, ret_address, err);
}

static int parse_unix(struct span text, struct address *ret_address, struct error *err)
{
	struct address address = {.kind = ADDRESS_UNIX};
	struct span path = text;
	struct buf whole;

	(void)span_cut_prefix(&path, SPAN("unix:"));
	if (span_starts(path, SPAN("///")))
		path = span_from(path, 2);
	if (span_starts(path, SPAN("@")))
		return parse_abstract(span_from(path, 1), ret_address, err);
	if (!span_starts(path, SPAN("/")) || span_starts(path, SPAN("//")))
		return error_set(err,
		    "\"%.*s\" is not an address; write unix:/path/of/the.sock with an absolute "
		    "path, tls:HOST:PORT or tcp:HOST:PORT",
		    (int)text.len, text.at);
	if (path.at[path.len - 1] == '/')
		return error_set(
		    err, "\"%.*s\" is a directory; name the socket in it", (int)text.len, text.at);
	if (path.len > PATH_MOST)
		return error_set(err, "the path has %zu bytes; a unix socket's may have %d",
		    path.len, PATH_MOST);
	buf_init(&whole, TEXT_MOST);
	buf_add_text(&whole, "unix:");
	buf_add(&whole, path);
	return finish(&address, &whole, ret_address, err);
}

/* ---- tcp and tls -------------------------------------------------------------------------------
 */

static bool is_host_name(struct span host)
{
	if (host.len == 0 || host.len > NAME_MOST || host.at[0] == '-' || host.at[0] == '.')
		return false;
	for (size_t i = 0; i < host.len; i++) {
		char c = host.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			c == '-' || c == '.' || c == '_'))
			return false;
	}
	return true;
}

/* Only digits and dots: an address, or a mistake. */
static bool looks_numeric(struct span host)
{
	for (size_t i = 0; i < host.len; i++) {
		if ((host.at[i] < '0' || host.at[i] > '9') && host.at[i] != '.')
			return false;
	}
	return true;
}

/* Appends |host| in its one spelling to |whole| and keeps it. */
static int take_host(
    struct span host, bool brackets, struct address *address, struct buf *whole, struct error *err)
{
	char text[IP_TEXT_MAX];
	struct ip ip;
	bool numeric = ip_parse(host, &ip);

	if (!brackets && (host.len == 0 || span_is(host, "*"))) {
		buf_add_char(whole, '*');
		return 0;
	}
	if (numeric ? brackets != (ip.len == IP_V6_BYTES)
		    : brackets || looks_numeric(host) || !is_host_name(host))
		return error_set(err,
		    "\"%.*s\" is no host; write 192.0.2.1, [2001:db8::1], a name, or * for all "
		    "addresses",
		    (int)host.len, host.at);
	if (numeric)
		host = span_of(ip_format(&ip, text));
	address->host = text_copy(host, err);
	if (!address->host)
		return -1;
	buf_add_format(whole, brackets ? "[%s]" : "%s", address->host);
	return 0;
}

/* Cuts HOST:PORT or [HOST]:PORT. */
static bool cut_port(
    struct span text, struct span *ret_host, bool *ret_brackets, unsigned *ret_port)
{
	size_t colon = text.len;
	uint64_t port;

	while (colon > 0 && text.at[colon - 1] != ':')
		colon--;
	if (colon == 0 || !span_to_uint(span_from(text, colon), PORT_MOST, &port) || port == 0)
		return false;
	struct span host = {text.at, colon - 1};

	*ret_brackets = host.len >= 2 && host.at[0] == '[' && host.at[host.len - 1] == ']';
	if (*ret_brackets)
		host = (struct span){host.at + 1, host.len - 2};
	*ret_host = host;
	*ret_port = (unsigned)port;
	return true;
}

static int parse_host(struct span text, const char *scheme, enum address_kind kind,
    struct address *ret_address, struct error *err)
{
	struct address address = {.kind = kind};
	struct span host, rest = span_from(text, strlen(scheme) + 1);
	struct buf whole;
	bool brackets;

	(void)span_cut_prefix(&rest, SPAN("//"));
	if (!cut_port(rest, &host, &brackets, &address.port))
		return error_set(err, "\"%.*s\" has no port from 1 to 65535; write %s:HOST:PORT",
		    (int)text.len, text.at, scheme);
	buf_init(&whole, TEXT_MOST);
	buf_add_format(&whole, "%s:", scheme);
	if (take_host(host, brackets, &address, &whole, err)) {
		buf_free(&whole);
		return -1;
	}
	buf_add_format(&whole, ":%u", address.port);
	return finish(&address, &whole, ret_address, err);
}

/* ---- descriptors -------------------------------------------------------------------------------
 */

static int parse_fd(struct span text, struct address *ret_address, struct error *err)
{
	struct address address = {.kind = ADDRESS_FD};
	struct span name = span_from(text, strlen("fd:"));
	struct buf whole;

	if (name.len == 0 || name.len > NAME_MOST || memchr(name.at, ':', name.len) ||
	    memchr(name.at, '/', name.len))
		return error_set(err,
		    "\"%.*s\" names no descriptor; write fd:NAME with the FileDescriptorName of "
		    "the .socket unit, or fd:3",
		    (int)text.len, text.at);
	address.host = text_copy(name, err);
	if (!address.host)
		return -1;
	buf_init(&whole, TEXT_MOST);
	buf_add(&whole, text);
	return finish(&address, &whole, ret_address, err);
}

int address_parse(struct span text, struct address *ret_address, struct error *err)
{
	if (span_starts(text, SPAN("tcp:")))
		return parse_host(text, "tcp", ADDRESS_TCP, ret_address, err);
	if (span_starts(text, SPAN("tls:")))
		return parse_host(text, "tls", ADDRESS_TLS, ret_address, err);
	if (span_starts(text, SPAN("fd:")))
		return parse_fd(text, ret_address, err);
	return parse_unix(text, ret_address, err);
}

void address_free(struct address *address)
{
	free(address->text);
	free(address->host);
	*address = (struct address){.kind = ADDRESS_NONE};
}
