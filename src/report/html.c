/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html.h"

#include "base/date.h"
#include "base/utf8.h"

/* Ranges of characters that are not seen, or that move what stands around them. */
static const struct {
	uint32_t first, last;
} hidden[] = {
    {0x00, 0x1f},
    {0x7f, 0x9f},
    {0xad, 0xad},
    {0x61c, 0x61c},
    {0x115f, 0x1160},
    {0x180b, 0x180f},
    {0x200b, 0x200f},
    {0x2028, 0x202e},
    {0x2060, 0x206f},
    {0x3164, 0x3164},
    {0xfdd0, 0xfdef},
    {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff},
    {0xffa0, 0xffa0},
    {0xfff0, 0xfffb},
    {0xfffe, 0xffff},
    {0xe0000, 0xe0fff},
};

static bool is_hidden(uint32_t code)
{
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		if (code >= hidden[i].first && code <= hidden[i].last)
			return true;
	}
	return (code & 0xfffe) == 0xfffe;
}

static uint32_t code_of(struct span character)
{
	static const unsigned char lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t code = (unsigned char)character.at[0] & lead_bits[character.len];

	for (size_t i = 1; i < character.len; i++)
		code = code << 6 | ((unsigned char)character.at[i] & 0x3f);
	return code;
}

static void add_character(struct buf *out, struct span character)
{
	uint32_t code = code_of(character);

	if (is_hidden(code))
		buf_add_format(out, "\\u{%x}", code);
	else if (code == '&')
		html_mark(out, "&amp;");
	else if (code == '<')
		html_mark(out, "&lt;");
	else if (code == '>')
		html_mark(out, "&gt;");
	else if (code == '"')
		html_mark(out, "&quot;");
	else if (code == '\'')
		html_mark(out, "&#39;");
	else
		buf_add(out, character);
}

void html_text(struct buf *out, struct span text, size_t most)
{
	size_t at = 0;

	while (at < text.len && at < most) {
		size_t len = utf8_length(span_from(text, at));

		if (len == 0)
			html_mark(out, "\xef\xbf\xbd");
		else
			add_character(out, (struct span){text.at + at, len});
		at += len ? len : 1;
	}
	if (at < text.len)
		html_mark(out, "\xe2\x80\xa6");
}

void html_code(struct buf *out, const char *text)
{
	html_mark(out, "<code>");
	html_text(out, span_of(text), HTML_TEXT_MOST);
	html_mark(out, "</code>");
}

void html_number(struct buf *out, uint64_t number)
{
	if (number >= 1000) {
		html_number(out, number / 1000);
		buf_add_char(out, ',');
		buf_add_digits(out, number % 1000, 3);
	} else {
		buf_add_uint(out, number);
	}
}

void html_count(struct buf *out, uint64_t number, const char *one, const char *more)
{
	html_number(out, number);
	buf_add_char(out, ' ');
	html_text(out, span_of(number == 1 ? one : more), HTML_TEXT_MOST);
}

void html_time(struct buf *out, int64_t seconds)
{
	struct date date = date_of_day(seconds / DATE_DAY_SECONDS);
	unsigned rest = (unsigned)(seconds % DATE_DAY_SECONDS);

	buf_add_format(out, "%04u-%02u-%02u %02u:%02u", (unsigned)date.year, date.month, date.day,
	    rest / 3600, rest / 60 % 60);
	if (rest % 60)
		buf_add_format(out, ":%02u", rest % 60);
}

void html_log_time(struct buf *out, const char *time)
{
	int64_t seconds;

	if (date_read_time(span_of(time), &seconds) && seconds >= 0)
		html_time(out, seconds);
	else
		html_mark(out, "\xe2\x80\x93");
}
