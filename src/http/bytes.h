/* SPDX-License-Identifier: Apache-2.0 */
/* What each byte may be, in one table. */
#ifndef HTTP_BYTES_H
#define HTTP_BYTES_H

#include "base/span.h"

enum http_byte {
	BYTE_TOKEN = 1,  /* in a method or header name */
	BYTE_HOST = 2,   /* in a Host header, as the daemon's server takes it */
	BYTE_PATH = 4,   /* in a path without an escape */
	BYTE_QUERY = 8,  /* in a raw query */
	BYTE_PLAIN = 16, /* written into a query without an escape */
	BYTE_NAME = 32,  /* in a decoded path */
};

extern const uint8_t http_bytes[256];

static inline bool http_byte_is(char c, enum http_byte kind)
{
	return (http_bytes[(unsigned char)c] & kind) != 0;
}

/* How many bytes at the front of |text| are all of |kind|. */
static inline size_t http_bytes_run(struct span text, enum http_byte kind)
{
	size_t len = 0;

	while (len < text.len && http_byte_is(text.at[len], kind))
		len++;
	return len;
}

static inline bool http_bytes_all(struct span text, enum http_byte kind)
{
	unsigned all = kind;

#pragma GCC unroll 4
	for (size_t i = 0; i < text.len; i++)
		all &= http_bytes[(unsigned char)text.at[i]];
	return all != 0;
}

#endif
