/* SPDX-License-Identifier: Apache-2.0 */
/* Eight bytes of a text at a time. In what the functions return, the lowest high bit that is set
 * stands for the first byte that was looked for; those above it may stand for none. */
#ifndef BASE_WORD_H
#define BASE_WORD_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define WORD sizeof(uint64_t)
#define WORD_EACH(byte) (0x0101010101010101u * (uint64_t)(byte))
#define WORD_HIGH WORD_EACH(0x80)

/* The first byte is the lowest one. */
static inline uint64_t word_read(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return le64toh(word);
}

/* Controls, and what is not ASCII. */
static inline uint64_t word_controls(uint64_t word)
{
	return (word - WORD_EACH(' ')) | word;
}

/* The byte DEL, and 0xff. */
static inline uint64_t word_deletes(uint64_t word)
{
	return word + WORD_EACH(1);
}

/* The byte |c|; and some of those that word_controls() finds. */
static inline uint64_t word_finds(uint64_t word, char c)
{
	return (word ^ WORD_EACH(c)) - WORD_EACH(1);
}

/* Whether a JSON string holds the byte as it is, and it is ASCII. */
static inline bool word_is_plain(char c, bool deletes)
{
	return (signed char)c >= ' ' && c != '"' && c != '\\' && !(deletes && c == 0x7f);
}

/* How many bytes are before the first one that |found| stands for. It is not zero in WORD_HIGH. */
static inline unsigned word_before(uint64_t found)
{
	return (unsigned)__builtin_ctzll(found & WORD_HIGH) >> 3;
}

#ifdef __SSE2__
/* A bit for each of 16 bytes that word_is_plain() is false of. */
static inline unsigned word_pair_odd(const char *at, bool deletes)
{
	__m128i text = _mm_loadu_si128((const __m128i *)at);
	/* compared with their sign: what is no ASCII is less than a space, too */
	__m128i odd = _mm_or_si128(_mm_cmplt_epi8(text, _mm_set1_epi8(' ')),
	    _mm_or_si128(_mm_cmpeq_epi8(text, _mm_set1_epi8('"')),
		_mm_cmpeq_epi8(text, _mm_set1_epi8('\\'))));

	if (deletes)
		odd = _mm_or_si128(odd, _mm_cmpeq_epi8(text, _mm_set1_epi8(0x7f)));
	return (unsigned)_mm_movemask_epi8(odd);
}
#endif

#define WORD_NAME 32u /* bytes of a name that word_name_is() compares in one go */

/* Whether |text| and |name| have the same first |len| bytes, at most WORD_NAME. Of both, WORD_NAME
 * bytes may be read. */
static inline bool word_name_is(const char *text, const char *name, unsigned len)
{
#ifdef __SSE2__
	const __m128i *a = (const __m128i *)text, *b = (const __m128i *)name;
	unsigned low = (unsigned)_mm_movemask_epi8(
		     _mm_cmpeq_epi8(_mm_loadu_si128(a), _mm_loadu_si128(b))),
		 high = (unsigned)_mm_movemask_epi8(
		     _mm_cmpeq_epi8(_mm_loadu_si128(a + 1), _mm_loadu_si128(b + 1)));

	return (~(uint64_t)(high << 16 | low) & ((UINT64_C(1) << len) - 1)) == 0;
#else
	return memcmp(text, name, len) == 0;
#endif
}

/* The first byte from |at| on that word_is_plain() is false of, or |end|. */
static inline const char *word_skip_plain(const char *at, const char *end, bool deletes)
{
#ifdef __SSE2__
	for (; (size_t)(end - at) >= sizeof(__m128i); at += sizeof(__m128i)) {
		unsigned odd = word_pair_odd(at, deletes);

		if (odd)
			return at + __builtin_ctz(odd);
	}
#endif
	for (; (size_t)(end - at) >= WORD; at += WORD) {
		uint64_t word = word_read(at);
		uint64_t odd = word_controls(word) | word_finds(word, '"') |
			       word_finds(word, '\\') | (deletes ? word_deletes(word) : 0);

		if (odd & WORD_HIGH)
			return at + word_before(odd);
	}
	while (at < end && word_is_plain(*at, deletes))
		at++;
	return at;
}

/* The same where the text begins at |from|: bytes before |at| may be read. */
static inline const char *word_skip_plain_behind(
    const char *from, const char *at, const char *end, bool deletes)
{
#ifdef __SSE2__
	for (; (size_t)(end - from) >= sizeof(__m128i) && at < end; at += sizeof(__m128i)) {
		size_t left = (size_t)(end - at);
		size_t seen = left < sizeof(__m128i) ? sizeof(__m128i) - left : 0;
		unsigned odd = word_pair_odd(at - seen, deletes) >> seen;

		if (odd)
			return at + __builtin_ctz(odd);
		if (seen)
			return end;
	}
	if (at >= end)
		return end;
#else
	(void)from;
#endif
	return word_skip_plain(at, end, deletes);
}

#endif
