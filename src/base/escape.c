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

/* What a JSON string holds as it is. */
static const bool plain[256] = {
    [' '] = true,
    ['!'] = true,
    ['#' ... '['] = true,
    [']' ... '~'] = true,
};

/* The length of the run of plain bytes from |i| up to |end|. */
static size_t plain_run(struct span text, size_t i, size_t end)
{
	size_t start = i;

	for (; end - i >= WORD; i += WORD) {
		uint64_t word = word_read(text.at + i);
		uint64_t odd = word_controls(word) | word_deletes(word) | word_finds(word, '"') |
			       word_finds(word, '\\');

		if (odd & WORD_HIGH)
			return i + word_before(odd) - start;
	}
	while (i < end && plain[(unsigned char)text.at[i]])
		i++;
	return i - start;
}

void buf_add_json(struct buf *buf, struct span text, size_t most)
{
	size_t end = most && most < text.len ? most : text.len, i = 0;

	buf_add_char(buf, '"');
	while (i < end) {
		size_t run = plain_run(text, i, end);

		buf_add(buf, (struct span){text.at + i, run});
		i += run;
		if (i < end)
			i += add_json_char(buf, text, i);
	}
	if (i < text.len)
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
