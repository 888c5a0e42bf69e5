/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BUF_FIRST 256u

void buf_init(struct buf *buf, size_t max)
{
	*buf = (struct buf){.max = max};
}

void buf_free(struct buf *buf)
{
	free(buf->at);
	buf_init(buf, buf->max);
}

bool buf_grow(struct buf *buf, size_t more)
{
	if (buf->len > buf->max || more > buf->max - buf->len) {
		buf->failed = true;
		return false;
	}
	size_t need = buf->len + more;
	size_t size = buf->size < BUF_FIRST ? BUF_FIRST : buf->size;

	while (size < need)
		size = size > buf->max / 2 ? need : size * 2;
	if (size > buf->max)
		size = buf->max;
	char *at = realloc(buf->at, size);

	if (!at) {
		buf->failed = true;
		return false;
	}
	buf->at = at;
	buf->size = size;
	return true;
}

#define DIGITS_MOST 20u /* of an uint64_t */

void buf_add_digits(struct buf *buf, uint64_t number, unsigned width)
{
	char digits[DIGITS_MOST];

	for (unsigned i = width; i > 0; i--) {
		digits[i - 1] = (char)('0' + number % 10);
		number /= 10;
	}
	buf_add(buf, (struct span){digits, width});
}

void buf_add_uint(struct buf *buf, uint64_t number)
{
	char digits[DIGITS_MOST];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	buf_add(buf, (struct span){digits + at, sizeof(digits) - at});
}

/* Formats into the room there is; only what does not fit is formatted twice. */
void buf_add_format(struct buf *buf, const char *format, ...)
{
	va_list args, again;

	(void)buf_reserve(buf, 1);
	va_start(args, format);
	va_copy(again, args);
	size_t room = buf->size - buf->len;
	int len = vsnprintf(room ? buf->at + buf->len : NULL, room, format, args);

	va_end(args);
	if (len < 0)
		buf->failed = true;
	else if ((size_t)len < room)
		buf->len += (size_t)len;
	else if (buf_reserve(buf, (size_t)len + 1)) {
		(void)vsnprintf(buf->at + buf->len, (size_t)len + 1, format, again);
		buf->len += (size_t)len;
	}
	va_end(again);
}

const char *buf_text(struct buf *buf)
{
	if (!buf_reserve(buf, 1))
		return "";
	buf->at[buf->len] = '\0';
	return buf->at;
}
