/* SPDX-License-Identifier: Apache-2.0 */
/* A growing run of bytes with a maximum. Once an append fails the buffer remembers it, so that a
 * writer checks once at its end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/error.h"
#include "base/span.h"

struct buf {
	char *at;
	size_t len, size; /* bytes used, bytes owned */
	size_t max;       /* never owns more than this */
	bool failed;      /* an append did not fit or memory ran out */
};

/* Makes an empty buffer of at most |max| bytes. Allocates nothing. */
void buf_init(struct buf *buf, size_t max);

/* Gives the memory back; the buffer is empty, may be used again, and keeps its maximum. */
void buf_free(struct buf *buf);

/* Empties the buffer and forgets a failure; keeps the memory. */
static inline void buf_clear(struct buf *buf)
{
	buf->len = 0;
	buf->failed = false;
}

/* Makes room for |more| bytes behind the used ones. Returns false (and marks the buffer) when that
 * passes the maximum or memory is out. */
MUST_CHECK bool buf_grow(struct buf *buf, size_t more);
static inline bool buf_reserve(struct buf *buf, size_t more)
{
	return more <= buf->size - buf->len || buf_grow(buf, more);
}

/* Appends, or marks the buffer as failed and leaves its bytes alone. */
static inline void buf_add(struct buf *buf, struct span text)
{
	if (text.len == 0 || !buf_reserve(buf, text.len))
		return;
	memcpy(buf->at + buf->len, text.at, text.len);
	buf->len += text.len;
}

static inline void buf_add_char(struct buf *buf, char c)
{
	if (buf_reserve(buf, 1))
		buf->at[buf->len++] = c;
}

static inline void buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, span_of(text));
}

void buf_add_uint(struct buf *buf, uint64_t number);
/* The last |width| (1 to 20) digits of |number|, with zeros before it. */
void buf_add_digits(struct buf *buf, uint64_t number, unsigned width);
void buf_add_format(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends |text| as a JSON string in quotes. Bytes that are not UTF-8 become U+FFFD; a text of more
 * than |most| bytes (0 = any) is cut there, at a character's border, and ends in "…". */
void buf_add_json(struct buf *buf, struct span text, size_t most);

/* Appends |text| for a log line: printable ASCII as it is, everything else as \xNN. */
void buf_add_escaped(struct buf *buf, struct span text, size_t most);

/* The bytes as a C string: puts a NUL behind them, outside their length. "" when that fails. */
const char *buf_text(struct buf *buf);

static inline struct span buf_span(const struct buf *buf)
{
	return (struct span){buf->at, buf->len};
}

#endif
