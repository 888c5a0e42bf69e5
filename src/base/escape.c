/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that leaves for a log, an audit line or an answer passes through here. */
#include "base/buf.h"
#include "base/utf8.h"
#include "base/word.h"

static void add_hex(struct buf *buf, const char *prefix, unsigned char byte, unsigned digits)
{
	static const char hex[] = "0123456789abcdef";

	buf_add_text(buf, prefix);
	for (unsigned i = digits; i > 2; i--)
		buf_add_char(buf, '0');
	buf_add_char(buf, hex[byte >> 4]);
	buf_add_char(buf, hex[byte & 15]);
}

static void add_json_ascii(struct buf *buf, char c)
{
	unsigned char byte = (unsigned char)c;

	if (c == '"' || c == '\\') {
		buf_add_char(buf, '\\');
		buf_add_char(buf, c);
	} else if (byte < 0x20 || byte == 0x7f) {
		add_hex(buf, "\\u", byte, 4);
	} else {
		buf_add_char(buf, c);
	}
}

/* Adds the character at |i| and returns how many bytes it took. */
static size_t add_json_char(struct buf *buf, struct span text, size_t i)
{
	if ((unsigned char)text.at[i] < 0x80) {
		add_json_ascii(buf, text.at[i]);
		return 1;
	}
	size_t len = utf8_length(span_from(text, i));

	if (len == 0) {
		buf_add_text(buf, "\\ufffd");
		return 1;
	}
	buf_add(buf, (struct span){text.at + i, len});
	return len;
}

#define ROUND 16u /* bytes that word_skip_plain() looks at in one go */

/* Adds |text| in quotes if it is plain, as most texts are. It is looked through where it is
 * written, with as much behind it as makes whole rounds. */
static bool add_plain_json(struct buf *buf, struct span text)
{
	size_t room = 1 + text.len + ROUND;

	if (text.len == 0 || room > buf->max - buf->len || !buf_reserve(buf, room))
		return false;
	char *at = buf->at + buf->len, *end = at + 1 + text.len;

	*at++ = '"';
	memcpy(at, text.at, text.len);
	memset(end, ' ', ROUND);
	if (word_skip_plain(at, at + (text.len + ROUND - 1) / ROUND * ROUND, true) < end)
		return false;
	*end++ = '"';
	buf->len = (size_t)(end - buf->at);
	return true;
}

void buf_add_json(struct buf *buf, struct span text, size_t most)
{
	const char *at = text.at, *end = at + (most && most < text.len ? most : text.len);

	if (end == at + text.len && add_plain_json(buf, text))
		return;
	buf_add_char(buf, '"');
	while (at < end) {
		const char *run = at;

		at = word_skip_plain_behind(text.at, at, end, true);
		buf_add(buf, (struct span){run, (size_t)(at - run)});
		if (at < end)
			at += add_json_char(buf, text, (size_t)(at - text.at));
	}
	if (at < text.at + text.len)
		buf_add_text(buf, "\xe2\x80\xa6");
	buf_add_char(buf, '"');
}

void buf_add_escaped(struct buf *buf, struct span text, size_t most)
{
	size_t end = most && text.len > most ? most : text.len;

	for (size_t i = 0; i < end; i++) {
		unsigned char byte = (unsigned char)text.at[i];

		if (byte < 0x20 || byte > 0x7e || byte == '\\')
			add_hex(buf, "\\x", byte, 2);
		else
			buf_add_char(buf, text.at[i]);
	}
	if (end < text.len)
		buf_add_text(buf, "...");
}
