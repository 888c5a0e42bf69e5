/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes in order, as many as there are. */
#include "sim.h"

#include <stdio.h>

static void bytes_reserve(struct bytes *bytes, size_t more)
{
	size_t len = bytes_len(bytes);

	if (bytes->size - bytes->end >= more)
		return;
	if (bytes->begin) {
		memmove(bytes->at, bytes->at + bytes->begin, len);
		bytes->begin = 0;
		bytes->end = len;
	}
	if (bytes->size - bytes->end >= more)
		return;
	bytes->size = (len + more) * 2;
	bytes->at = sim_realloc(bytes->at, bytes->size);
}

void bytes_add(struct bytes *bytes, const void *from, size_t len)
{
	if (len == 0)
		return;
	bytes_reserve(bytes, len);
	memcpy(bytes->at + bytes->end, from, len);
	bytes->end += len;
}

size_t bytes_take(struct bytes *bytes, void *into, size_t len)
{
	if (len > bytes_len(bytes))
		len = bytes_len(bytes);
	if (into && len)
		memcpy(into, bytes->at + bytes->begin, len);
	bytes->begin += len;
	if (bytes->begin == bytes->end)
		bytes->begin = bytes->end = 0;
	return len;
}

void bytes_free(struct bytes *bytes)
{
	sim_free(bytes->at);
	*bytes = (struct bytes){NULL, 0, 0, 0};
}

void bytes_add_format(struct bytes *bytes, const char *format, ...)
{
	char text[2048];
	va_list args;

	va_start(args, format);
	int len = vsnprintf(text, sizeof(text), format, args);

	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(text))
		sim_fail("a text is too long");
	bytes_add(bytes, text, (size_t)len);
}
