/* SPDX-License-Identifier: Apache-2.0 */
/* A borrowed run of bytes, and a borrowed name=value pair. Neither owns what it points to. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char *at;
	size_t len;
};

struct pair {
	struct span name;
	struct span value;
};

#define SPAN(literal) ((struct span){"" literal, sizeof(literal) - 1})

static inline struct span span_of(const char *text)
{
	return (struct span){text, text ? strlen(text) : 0};
}

static inline bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* memcmp() for short texts, where a call would cost more than the comparison; with a length that
 * the compiler knows it is none. The last two pieces may overlap. */
static inline bool bytes_equal(const char *a, const char *b, size_t len)
{
	static const size_t word = sizeof(uint64_t), half = sizeof(uint32_t);

	if (len >= word) {
		const char *last = a + len - word;

		for (; a < last; a += word, b += word) {
			if (memcmp(a, b, word) != 0)
				return false;
		}
		return memcmp(last, b + (last - a), word) == 0;
	}
	if (len >= half)
		return memcmp(a, b, half) == 0 && memcmp(a + len - half, b + len - half, half) == 0;
	while (len > 0 && a[len - 1] == b[len - 1])
		len--;
	return len == 0;
}

/* Compares with a literal: span_is(s, "host"). */
#define span_is(s, literal) span_equal((s), SPAN(literal))

/* Equal but for the case of ASCII letters. */
bool span_equal_nocase(struct span a, struct span b);

bool span_starts(struct span s, struct span prefix);

/* What is behind the first |count| bytes of |s|, which has as many. */
static inline struct span span_from(struct span s, size_t count)
{
	return (struct span){s.at + count, s.len - count};
}

/* Cuts white space (space, tab) off both ends; most texts have none. */
struct span span_trim_blanks(struct span s);
static inline struct span span_trim(struct span s)
{
	bool quick = s.len > 0 && s.at[0] != ' ' && s.at[0] != '\t' && s.at[s.len - 1] != ' ' &&
		     s.at[s.len - 1] != '\t';

	return quick ? s : span_trim_blanks(s);
}

/* Takes the next word, of bytes other than space and tab, off the front of |*rest|; an empty span
 * when there is none. */
struct span span_next_word(struct span *rest);

/* Takes |prefix| off the front of |*s|. False, and |*s| as it was, where it does not begin so. */
bool span_cut_prefix(struct span *s, struct span prefix);

/* Whether |word| is one of |words|, which have blanks between them; NULL: there are none. */
bool span_in_words(struct span word, const char *words);

/* Whether all bytes of |s| are hexadecimal digits in lower case; true for an empty one. */
/* True when each byte is below 0x80. */
bool span_is_ascii(struct span text);

bool span_is_hex(struct span s);

/* Cuts |*s| at the first |separator|: returns what is before it and leaves what is after it in
 * |*rest|. Without a separator the whole is returned and |*rest| is empty with at == NULL. */
struct span span_cut(struct span s, char separator, struct span *rest);

/* What the hexadecimal digit |c| stands for, or -1. */
static inline int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Whether |path| is |directory| or lies below it. */
bool path_lies_in(struct span path, struct span directory);

/* Reads the whole span as a decimal number of at most |max|, without sign, space or other text.
 * Returns false, leaving |*ret_value| alone, on anything else. */
bool span_to_uint(struct span s, uint64_t max, uint64_t *ret_value);

#endif
