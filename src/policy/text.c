/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences in memory of a fixed size. */
#include "policy/text.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

void text_add(struct text *text, struct span more)
{
	size_t room = text->size - text->len - 1;
	size_t len = more.len < room ? more.len : room;

	if (len)
		memcpy(text->at + text->len, more.at, len);
	text->len += len;
	text->at[text->len] = '\0';
}

#define DIGITS_MOST 10u /* of an unsigned */

void text_add_uint(struct text *text, unsigned number)
{
	char digits[DIGITS_MOST];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	text_add(text, (struct span){digits + at, sizeof(digits) - at});
}

void text_add_format(struct text *text, const char *format, ...)
{
	va_list args;
	size_t room = text->size - text->len;

	va_start(args, format);
	int len = vsnprintf(text->at + text->len, room, format, args);

	va_end(args);
	if (len > 0)
		text->len += (size_t)len < room ? (size_t)len : room - 1;
}

/* Adds one character whole, or as \xNN where a terminal or a log could stumble over it. */
static size_t add_character(struct text *text, struct span more)
{
	unsigned char first = (unsigned char)more.at[0];
	size_t len = first < 0x80 ? 1 : utf8_length(more);

	if (len == 0 || first < 0x20 || first == 0x7f) {
		text_add_format(text, "\\x%02x", first);
		return 1;
	}
	text_add(text, (struct span){more.at, len});
	return len;
}

#define ROOM_LEFT 8u /* bytes: of the longest character, or of the dots */

/* Adds as many bytes as are shown as they are and have room. Returns how many. */
static size_t add_plain(struct text *text, struct span more, size_t most)
{
	size_t room = text->len + ROOM_LEFT < text->size ? text->size - ROOM_LEFT - text->len : 0;
	size_t end = more.len < most ? more.len : most, len = 0;

	if (end > room)
		end = room;
	while (len < end && more.at[len] >= ' ' && more.at[len] <= '~')
		len++;
	text_add(text, (struct span){more.at, len});
	return len;
}

void text_add_shown(struct text *text, struct span more, size_t most)
{
	size_t used = add_plain(text, more, most);

	while (used < more.len && used < most && text->len + ROOM_LEFT < text->size)
		used += add_character(text, span_from(more, used));
	if (used < more.len)
		text_add(text, SPAN("..."));
}
