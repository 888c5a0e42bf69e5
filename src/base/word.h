/* SPDX-License-Identifier: Apache-2.0 */
/* Eight bytes of a text at a time. In what the functions return, the lowest high bit that is set
 * stands for the first byte that was looked for; those above it may stand for none. */
#ifndef BASE_WORD_H
#define BASE_WORD_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

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

/* How many bytes are before the first one that |found| stands for. It is not zero in WORD_HIGH. */
static inline unsigned word_before(uint64_t found)
{
	return (unsigned)__builtin_ctzll(found & WORD_HIGH) >> 3;
}

#endif
