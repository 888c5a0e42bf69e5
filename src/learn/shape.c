/* SPDX-License-Identifier: Apache-2.0 */
/* What of a value is the same the next time. Digits that stand for a process, a job or a random
 * name become a star as they are read, so that a log of many runs has few different values. */
#include "learn/parts.h"

#define HEX_LEAST 8u    /* hexadecimal digits in a row, of which one is a digit, that are random */
#define DIGITS_LEAST 5u /* digits in a row that are */
#define UUID_BYTES 36u

/* Grants whose values are not taken as they are; else it is the kind that decides. */
static const struct {
	enum grant grant;
	enum shape shape;
} shapes[] = {
    {GRANT_VOLUME_ID, SHAPE_NAME},
    {GRANT_VOLUMES_FROM_ID, SHAPE_NAME},
    {GRANT_VOLUME_SUBPATH_ID, SHAPE_NAME},
    {GRANT_NETWORK_MODE_ID, SHAPE_NAME},
    {GRANT_NETWORK_TEMPLATE_ID, SHAPE_NAME},
    {GRANT_PID_MODE_ID, SHAPE_NAME},
    {GRANT_IPC_MODE_ID, SHAPE_NAME},
    {GRANT_ALIAS_ID, SHAPE_NAME},
    {GRANT_LINK_ID, SHAPE_NAME},
    {GRANT_EXTRA_HOST_ID, SHAPE_NAME},
    {GRANT_NAME_ID, SHAPE_NAME},
    {GRANT_SECRET_ID, SHAPE_NAME},
    {GRANT_SERVICE_ROLLBACK_ID, SHAPE_NAME},
    {GRANT_PLACEMENT_ID, SHAPE_NAME},
    {GRANT_MAC_ADDRESS_ID, SHAPE_MAC},
    {GRANT_WORKING_DIR_ID, SHAPE_TREE},
    {GRANT_ARCHIVE_PATH_ID, SHAPE_TREE},
    {GRANT_ENV_ID, SHAPE_KEY},
    {GRANT_LABEL_ID, SHAPE_KEY},
};

enum shape shape_of(enum grant grant)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		if (shapes[i].grant == grant)
			return shapes[i].shape;
	}
	switch (grant_info(grant)->kind) {
	case GRANT_BIND:
		return SHAPE_PATH;
	case GRANT_IMAGE:
		return SHAPE_IMAGE;
	case GRANT_PUBLISH:
		return SHAPE_PORT;
	case GRANT_FLAG:
	case GRANT_GLOB:
	case GRANT_TEXT:
	case GRANT_PAIR:
	case GRANT_CAP:
	case GRANT_NETWORK:
	case GRANT_SECURITY:
	case GRANT_DEVICES:
	case GRANT_ARGV:
		break;
	}
	return SHAPE_EXACT;
}

/* ---- runs --------------------------------------------------------------------------------------
 */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t digits_at(struct span text, size_t at)
{
	size_t len = 0;

	while (at + len < text.len && is_digit(text.at[at + len]))
		len++;
	return len;
}

/* How many hexadecimal digits stand at |at|, between bytes that are neither letters nor digits; 0
 * when there are few, or they may be a word. */
static size_t hex_at(struct span text, size_t at)
{
	size_t len = 0;
	bool digit = false;

	if (at > 0 && is_alnum(text.at[at - 1]))
		return 0;
	for (; at + len < text.len && hex_value(text.at[at + len]) >= 0; len++)
		digit |= is_digit(text.at[at + len]);
	if (len < HEX_LEAST || !digit || (at + len < text.len && is_alnum(text.at[at + len])))
		return 0;
	return len;
}

static bool is_uuid_at(struct span text, size_t at)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (text.len - at < UUID_BYTES)
		return false;
	for (size_t i = 0; i < UUID_BYTES; i++) {
		char c = text.at[at + i];

		if (form[i] == 'x' ? hex_value(c) < 0 : c != '-')
			return false;
	}
	return true;
}

/* Bytes of the run that begins at |at|, or 0. */
static size_t run_at(struct span text, size_t at, size_t digits_least)
{
	size_t digits = digits_at(text, at);

	if (is_uuid_at(text, at))
		return UUID_BYTES;
	if (hex_at(text, at))
		return hex_at(text, at);
	return digits >= digits_least ? digits : 0;
}

/* A run that a star must not stand for keeps its length. */
static void write_whole_run(struct buf *out, size_t len)
{
	while (len-- > 0)
		buf_add_char(out, '?');
}

/* Whether no letter and no digit would be left beside the runs: stars would make a pattern for
 * every value of it, as "*-*" is of a day and a time. */
static bool is_nothing_but_runs(struct span text, size_t digits_least)
{
	size_t at = 0;

	while (at < text.len) {
		size_t run = run_at(text, at, digits_least);

		if (run == 0 && (is_alnum(text.at[at]) || (unsigned char)text.at[at] >= 0x80))
			return false;
		at += run ? run : 1;
	}
	return true;
}

/* A run that is all of the last segment keeps its length: a star would cover every neighbour. */
static bool is_last_segment(struct span text, size_t at, size_t run)
{
	return at + run == text.len && at > 0 && memchr("/:", text.at[at - 1], 2);
}

static void write_runs(struct buf *out, struct span text, size_t digits_least)
{
	size_t at = 0;
	bool bare = is_nothing_but_runs(text, digits_least);

	while (at < text.len) {
		size_t run = run_at(text, at, digits_least);
		bool starred = out->len > 0 && out->at[out->len - 1] == '*';

		if (run == 0)
			buf_add_char(out, text.at[at++]);
		else if (bare || is_last_segment(text, at, run))
			write_whole_run(out, run);
		else if (!starred)
			buf_add_char(out, '*');
		at += run;
	}
}

#define TOKEN_LEAST 6u /* letters and digits that are random where three values have them */

/* Letters and digits at |at| that no word has: a digit before a letter, or capitals inside. */
static size_t token_at(struct span text, size_t at)
{
	size_t len = 0;
	bool mixed = false;

	if (at > 0 && is_alnum(text.at[at - 1]))
		return 0;
	for (; at + len < text.len && is_alnum(text.at[at + len]); len++) {
		char c = text.at[at + len];
		bool letter = len > 0 && !is_digit(c);

		mixed |= letter && (is_digit(text.at[at + len - 1]) || (c >= 'A' && c <= 'Z'));
	}
	return len >= TOKEN_LEAST && len < text.len && mixed ? len : 0;
}

void shape_write_loose(struct buf *out, struct span value)
{
	size_t at = 0;
	struct buf plain;

	buf_init(&plain, SHAPE_BYTES_MOST);
	while (at < value.len) {
		size_t token = token_at(value, at);

		if (token)
			write_whole_run(&plain, token);
		else
			buf_add_char(&plain, value.at[at]);
		at += token ? token : 1;
	}
	if (!plain.failed)
		write_runs(out, buf_span(&plain), 1);
	out->failed |= plain.failed;
	buf_free(&plain);
}

/* ---- by grant ----------------------------------------------------------------------------------
 */

struct span shape_path(struct span value, struct span *ret_options)
{
	struct span rest;

	if (value.len > 0 && value.at[0] == '"') {
		struct span path = span_cut(span_from(value, 1), '"', &rest);

		*ret_options = rest.at ? rest : SPAN("");
		return path;
	}
	struct span path = span_next_word(&value);

	*ret_options = value;
	return path;
}

static void write_path(struct buf *out, struct span value)
{
	struct span options, path = shape_path(value, &options);
	bool quoted = policy_wants_quotes(path);

	buf_add_text(out, quoted ? "\"" : "");
	write_runs(out, path, DIGITS_LEAST);
	buf_add_text(out, quoted ? "\"" : "");
	buf_add(out, options);
}

/* Of a full name, what people write. */
static struct span familiar(struct span name)
{
	if (span_cut_prefix(&name, SPAN("docker.io/")) ||
	    span_cut_prefix(&name, SPAN("index.docker.io/")))
		(void)span_cut_prefix(&name, SPAN("library/"));
	return name;
}

/* The reference without tag and digest. An id is another one whenever the image is made anew. */
static void write_image(struct buf *out, struct span value)
{
	struct span rest, name = familiar(span_cut(value, '@', &rest));
	size_t slash = name.len;

	if (span_starts(value, SPAN("sha256:"))) {
		buf_add_text(out, "sha256:*");
		return;
	}
	while (slash > 0 && name.at[slash - 1] != '/')
		slash--;
	struct span last = span_cut(span_from(name, slash), ':', &rest);

	buf_add(out, (struct span){name.at, slash + last.len});
}

#define MAC_BYTES 17u /* of 02:42:ac:11:00:02 */

/* Addresses that a daemon has chosen have the bit that says so; those of Docker began with 02:42.
 */
static void write_mac(struct buf *out, struct span value)
{
	bool chosen =
	    value.len == MAC_BYTES && hex_value(value.at[1]) >= 0 && (hex_value(value.at[1]) & 2);

	if (!chosen)
		buf_add(out, value);
	else
		buf_add_text(out,
		    span_starts(value, SPAN("02:42:")) ? "02:42:??:??:??:??" : "??:??:??:??:??:??");
}

/* What stands before a colon of a network is matched by no wildcard. */
static void write_network(struct buf *out, struct span value)
{
	struct span rest, word = span_cut(value, ':', &rest);

	if (rest.at) {
		buf_add(out, (struct span){word.at, word.len + 1});
		value = rest;
	}
	write_runs(out, value, DIGITS_LEAST);
}

void shape_write(struct buf *out, enum grant grant, struct span value)
{
	struct span rest;

	switch (shape_of(grant)) {
	case SHAPE_NAME:
		if (grant_info(grant)->kind == GRANT_NETWORK)
			write_network(out, value);
		else
			write_runs(out, value, DIGITS_LEAST);
		break;
	case SHAPE_TREE:
		write_runs(out, value, DIGITS_LEAST);
		break;
	case SHAPE_PATH:
		write_path(out, value);
		break;
	case SHAPE_IMAGE:
		write_image(out, value);
		break;
	case SHAPE_MAC:
		write_mac(out, value);
		break;
	case SHAPE_KEY:
		buf_add(out, span_cut(value, '=', &rest));
		break;
	case SHAPE_EXACT:
	case SHAPE_PORT:
		buf_add(out, value);
	}
}
