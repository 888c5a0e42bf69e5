/* SPDX-License-Identifier: Apache-2.0 */
/* JSON that goes by, cut into parts at any split: for answers that are never held as a whole. The
 * gate reads whole texts; it decides what a request means, and this only where values stand. */
#ifndef JSON_STREAM_H
#define JSON_STREAM_H

#include "base/error.h"
#include "base/span.h"

#define JSON_STREAM_DEPTH 128u /* nested objects and arrays */

enum json_part {
	JSON_PART_FAULT, /* no JSON: the stream is of no use any more */
	JSON_PART_NONE,  /* all bytes were taken */
	JSON_PART_OPEN,  /* "{" or "[" */
	JSON_PART_CLOSE,
	JSON_PART_NAME, /* bytes of a member's name */
	JSON_PART_TEXT, /* the same of a string */
	JSON_PART_NUMBER,
	JSON_PART_WORD, /* of true, false or null */
};

/* A run of bytes of one part. */
struct json_piece {
	struct span text;  /* without the quotes of a name or a string, escapes as they are */
	bool begins, ends; /* of a name, a string, a number or a word */
	bool plain;        /* a whole name or string, all of it ASCII and without escapes */
};

struct json_stream {
	unsigned state;     /* enum of stream.c */
	unsigned string;    /* the same, within a string */
	unsigned number;    /* the same, within a number */
	unsigned left;      /* digits of a \u, or bytes of a character, that are to come */
	unsigned low, high; /* what the next byte of a character may be */
	bool is_name;       /* of a string */
	bool sequence;      /* any number of values, not just one */
	bool object;        /* the innermost level is one */
	const char *word;   /* the rest of a word */
	unsigned depth;
	uint8_t objects[JSON_STREAM_DEPTH / 8]; /* bits: the levels that are objects */
};

/* Begins a text that is one value or, as a |sequence|, any number of them with white space or
 * record separators (RFC 7464) between. */
void json_stream_init(struct json_stream *stream, bool sequence);

/* The bit of all names that begin like |name| and are as long, whatever the case of ASCII letters.
 */
static inline uint64_t json_name_bit(struct span name)
{
	unsigned first = name.len > 0 ? (unsigned char)name.at[0] | 0x20u : 0;

	return UINT64_C(1) << (first * 7 + name.len) % 64;
}

#define JSON_ALL_NAMES UINT64_MAX

/* Takes the next part off the front of |*rest|, with the blanks, colons and commas around it.
 * Members whose names are plain and have no bit in |names| may be passed over with their values.
 * Accepts RFC 8259 text in valid UTF-8, nested at
 * most JSON_STREAM_DEPTH deep; unlike the gate also names that an object has twice, numbers of any
 * length, and lone surrogates in escapes. JSON_PART_FAULT comes with the reason in |err|. */
enum json_part json_stream_next(struct json_stream *stream, uint64_t names, struct span *rest,
    struct json_piece *ret_piece, struct error *err);

/* The same for all that is left of the level |depth|, 1 for the outermost, and of those in it.
 * Returns JSON_PART_CLOSE behind its end. */
enum json_part json_stream_skip(
    struct json_stream *stream, unsigned depth, struct span *rest, struct error *err);

/* Whether the text may end here. */
bool json_stream_is_whole(const struct json_stream *stream);

#endif
