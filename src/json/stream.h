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
	JSON_PART_SPACE, /* blanks, colons and commas */
	JSON_PART_OPEN,  /* one byte, "{" or "[" */
	JSON_PART_CLOSE, /* one byte */
	JSON_PART_NAME,  /* bytes of a member's name, with the quotes */
	JSON_PART_TEXT,  /* the same of a string */
	JSON_PART_NUMBER,
	JSON_PART_WORD, /* of true, false or null */
};

/* A run of bytes of one part. */
struct json_piece {
	struct span bytes;
	struct span text;  /* of a name or a string: |bytes| without the quotes, escapes as they are
			    */
	bool begins, ends; /* of a name, a string, a number or a word */
};

struct json_stream {
	uint8_t state;     /* enum of stream.c */
	uint8_t string;    /* the same, within a string */
	uint8_t number;    /* the same, within a number */
	uint8_t left;      /* digits of a \u, or bytes of a character, that are to come */
	uint8_t low, high; /* what the next byte of a character may be */
	bool is_name;      /* of a string */
	bool sequence;     /* any number of values, not just one */
	const char *word;  /* the rest of a word */
	unsigned depth;
	uint8_t objects[JSON_STREAM_DEPTH / 8]; /* bits: the levels that are objects */
};

/* Begins a text that is one value or, as a |sequence|, any number of them with white space or
 * record separators (RFC 7464) between. */
void json_stream_init(struct json_stream *stream, bool sequence);

/* Takes the next part off the front of |*rest|. Accepts RFC 8259 text in valid UTF-8, nested at
 * most JSON_STREAM_DEPTH deep; unlike the gate also names that an object has twice, numbers of any
 * length, and lone surrogates in escapes. JSON_PART_FAULT comes with the reason in |err|. */
enum json_part json_stream_next(
    struct json_stream *stream, struct span *rest, struct json_piece *ret_piece, struct error *err);

/* Whether the text may end here. */
bool json_stream_is_whole(const struct json_stream *stream);

#endif
