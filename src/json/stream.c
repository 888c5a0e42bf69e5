/* SPDX-License-Identifier: Apache-2.0 */
#include "json/stream.h"

#include "base/word.h"

/* What may come next. */
enum state {
	STATE_VALUE,      /* a value */
	STATE_FIRST,      /* a value, or the end of an array */
	STATE_FIRST_NAME, /* a name, or the end of an object */
	STATE_NAME,       /* a name */
	STATE_COLON,
	STATE_COMMA, /* a comma, or the end of the level */
	STATE_BEGIN, /* the first value, or nothing */
	STATE_END,   /* nothing, or the next value of a sequence */
	/* the first in which a part is under way */
	STATE_STRING,
	STATE_NUMBER,
	STATE_WORD,
	STATE_FAILED,
};

enum string_state { STRING_PLAIN, STRING_ESCAPE, STRING_UNIT, STRING_FOREIGN };

/* Where in a number. */
enum number_state {
	NUMBER_MINUS,
	NUMBER_ZERO, /* a 0 before the point */
	NUMBER_DIGITS,
	NUMBER_POINT,
	NUMBER_FRACTION,
	NUMBER_E,
	NUMBER_SIGN,
	NUMBER_EXPONENT,
	NUMBER_BAD,
};

void json_stream_init(struct json_stream *stream, bool sequence)
{
	*stream = (struct json_stream){.state = STATE_BEGIN, .sequence = sequence};
}

bool json_stream_is_whole(const struct json_stream *stream)
{
	if (stream->depth > 0)
		return false;
	if (stream->state == STATE_NUMBER) /* which ends where the text does */
		return stream->number == NUMBER_ZERO || stream->number == NUMBER_DIGITS ||
		       stream->number == NUMBER_FRACTION || stream->number == NUMBER_EXPONENT;
	return stream->state == STATE_END || (stream->sequence && stream->state == STATE_BEGIN);
}

static enum json_part fail(struct json_stream *stream, struct error *err, const char *why)
{
	stream->state = STATE_FAILED;
	(void)error_set(err, "%s", why);
	return JSON_PART_FAULT;
}

/* ---- levels ------------------------------------------------------------------------------------
 */

static bool in_object(const struct json_stream *stream)
{
	unsigned at = stream->depth - 1;

	return stream->depth > 0 && stream->objects[at / 8] >> at % 8 & 1;
}

/* Takes |mark| if it comes next. */
static bool take_mark(struct span *rest, char mark)
{
	if (rest->len == 0 || *rest->at != mark)
		return false;
	*rest = span_from(*rest, 1);
	return true;
}

/* Behind a name: the colon follows at once, as a rule. */
static inline void end_name(struct json_stream *stream, struct span *rest)
{
	stream->state = take_mark(rest, ':') ? STATE_VALUE : STATE_COLON;
}

/* Behind a value: so does the comma. */
static inline void end_value(struct json_stream *stream, struct span *rest)
{
	if (stream->depth == 0)
		stream->state = STATE_END;
	else if (take_mark(rest, ','))
		stream->state = stream->object ? STATE_NAME : STATE_VALUE;
	else
		stream->state = STATE_COMMA;
}

static enum json_part open_level(struct json_stream *stream, bool object, struct error *err)
{
	unsigned at = stream->depth;

	if (at == JSON_STREAM_DEPTH)
		return fail(stream, err, "it is nested too deep");
	stream->objects[at / 8] &= (uint8_t) ~(1u << at % 8);
	stream->objects[at / 8] |= (uint8_t)((unsigned)object << at % 8);
	stream->depth++;
	stream->object = object;
	stream->state = object ? STATE_FIRST_NAME : STATE_FIRST;
	return JSON_PART_OPEN;
}

static enum json_part close_level(struct json_stream *stream, struct span *rest, struct error *err)
{
	if (!take_mark(rest, stream->object ? '}' : ']'))
		return fail(stream, err, "a bracket does not fit");
	stream->depth--;
	stream->object = in_object(stream);
	end_value(stream, rest);
	return JSON_PART_CLOSE;
}

/* ---- strings -----------------------------------------------------------------------------------
 */

static bool begin_character(struct json_stream *stream, unsigned char lead)
{
	stream->low = 0x80;
	stream->high = 0xbf;
	stream->string = STRING_FOREIGN;
	if (lead < 0xc2 || lead > 0xf4)
		return false;
	stream->left = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
	if (lead == 0xe0)
		stream->low = 0xa0;
	else if (lead == 0xed)
		stream->high = 0x9f;
	else if (lead == 0xf0)
		stream->low = 0x90;
	else if (lead == 0xf4)
		stream->high = 0x8f;
	return true;
}

static bool take_foreign(struct json_stream *stream, unsigned char byte)
{
	if (byte < stream->low || byte > stream->high)
		return false;
	stream->low = 0x80;
	stream->high = 0xbf;
	if (--stream->left == 0)
		stream->string = STRING_PLAIN;
	return true;
}

static bool take_escape(struct json_stream *stream, char c)
{
	stream->string = c == 'u' ? STRING_UNIT : STRING_PLAIN;
	stream->left = 4;
	return c != '\0' && strchr("\"\\/bfnrtu", c);
}

static bool take_unit(struct json_stream *stream, char c)
{
	if (--stream->left == 0)
		stream->string = STRING_PLAIN;
	return hex_value(c) >= 0;
}

/* A byte that is not plain. False when it may not stand here. */
static bool take_odd(struct json_stream *stream, char c)
{
	switch ((enum string_state)stream->string) {
	case STRING_ESCAPE:
		return take_escape(stream, c);
	case STRING_UNIT:
		return take_unit(stream, c);
	case STRING_FOREIGN:
		return take_foreign(stream, (unsigned char)c);
	case STRING_PLAIN:
		break;
	}
	if (c == '\\') {
		stream->string = STRING_ESCAPE;
		return true;
	}
	return (unsigned char)c >= ' ' && begin_character(stream, (unsigned char)c);
}

static inline enum json_part end_string(struct json_stream *stream, bool is_name, struct span *rest)
{
	if (is_name)
		end_name(stream, rest);
	else
		end_value(stream, rest);
	return is_name ? JSON_PART_NAME : JSON_PART_TEXT;
}

/* Takes what there is of a string, behind its first quote. */
static __attribute__((noinline)) enum json_part take_string(
    struct json_stream *stream, struct span *rest, struct json_piece *piece, struct error *err)
{
	const char *at = rest->at, *end = at + rest->len;

	for (;;) {
		if (stream->string == STRING_PLAIN)
			at = word_skip_plain(at, end, false);
		if (at == end || (stream->string == STRING_PLAIN && *at == '"'))
			break;
		if (!take_odd(stream, *at++))
			return fail(stream, err, "a string is malformed");
	}
	piece->text = (struct span){rest->at, (size_t)(at - rest->at)};
	piece->ends = at < end;
	*rest = span_from(*rest, piece->text.len + piece->ends);
	if (piece->ends)
		return end_string(stream, stream->is_name, rest);
	return stream->is_name ? JSON_PART_NAME : JSON_PART_TEXT;
}

/* Takes a string from its first quote on: at once if all of it is here and plain. */
static inline enum json_part begin_string(struct json_stream *stream, bool is_name,
    struct span *rest, struct json_piece *piece, struct error *err)
{
	const char *at = rest->at + 1, *end = rest->at + rest->len;
	const char *quote = word_skip_plain(at, end, false);

	piece->begins = true;
	if (quote < end && *quote == '"') {
		piece->ends = piece->plain = true;
		piece->text = (struct span){at, (size_t)(quote - at)};
		*rest = (struct span){quote + 1, (size_t)(end - quote) - 1};
		return end_string(stream, is_name, rest);
	}
	stream->state = STATE_STRING;
	stream->string = STRING_PLAIN;
	stream->is_name = is_name;
	*rest = span_from(*rest, 1);
	return take_string(stream, rest, piece, err);
}

/* ---- numbers and words -------------------------------------------------------------------------
 */

static enum number_state after_digit(enum number_state state, char digit)
{
	switch (state) {
	case NUMBER_MINUS:
		return digit == '0' ? NUMBER_ZERO : NUMBER_DIGITS;
	case NUMBER_DIGITS:
		return NUMBER_DIGITS;
	case NUMBER_POINT:
	case NUMBER_FRACTION:
		return NUMBER_FRACTION;
	case NUMBER_E:
	case NUMBER_SIGN:
	case NUMBER_EXPONENT:
		return NUMBER_EXPONENT;
	case NUMBER_ZERO:
	case NUMBER_BAD:
		break;
	}
	return NUMBER_BAD;
}

static enum number_state after_mark(enum number_state state, char mark)
{
	bool whole = state == NUMBER_ZERO || state == NUMBER_DIGITS;

	if (mark == '.')
		return whole ? NUMBER_POINT : NUMBER_BAD;
	if (mark == 'e' || mark == 'E')
		return whole || state == NUMBER_FRACTION ? NUMBER_E : NUMBER_BAD;
	return state == NUMBER_E ? NUMBER_SIGN : NUMBER_BAD;
}

static enum json_part take_number(
    struct json_stream *stream, struct span *rest, struct json_piece *piece, struct error *err)
{
	enum number_state state = (enum number_state)stream->number;
	size_t len = 0;

	for (; len < rest->len && state != NUMBER_BAD; len++) {
		char c = rest->at[len];

		if (c >= '0' && c <= '9')
			state = after_digit(state, c);
		else if (c != '\0' && strchr(".eE+-", c))
			state = after_mark(state, c);
		else
			break;
	}
	stream->number = state;
	piece->text = (struct span){rest->at, len};
	piece->ends = len < rest->len;
	*rest = span_from(*rest, len);
	if (state == NUMBER_BAD ||
	    (piece->ends && (state == NUMBER_MINUS || state == NUMBER_POINT || state == NUMBER_E ||
				state == NUMBER_SIGN)))
		return fail(stream, err, "a number is malformed");
	if (piece->ends)
		end_value(stream, rest);
	return JSON_PART_NUMBER;
}

static enum json_part begin_number(
    struct json_stream *stream, struct span *rest, struct json_piece *piece, struct error *err)
{
	const char *from = rest->at;

	piece->begins = true;
	stream->state = STATE_NUMBER;
	stream->number = NUMBER_MINUS;
	(void)take_mark(rest, '-');
	enum json_part part = take_number(stream, rest, piece, err);

	piece->text.len += (size_t)(piece->text.at - from);
	piece->text.at = from;
	return part;
}

static enum json_part take_word(
    struct json_stream *stream, struct span *rest, struct json_piece *piece, struct error *err)
{
	size_t len = 0;

	while (len < rest->len && *stream->word && rest->at[len] == *stream->word) {
		stream->word++;
		len++;
	}
	if (len < rest->len && *stream->word)
		return fail(stream, err, "a word is not JSON");
	piece->text = (struct span){rest->at, len};
	piece->ends = *stream->word == '\0';
	*rest = span_from(*rest, len);
	if (piece->ends)
		end_value(stream, rest);
	return JSON_PART_WORD;
}

static enum json_part begin_word(struct json_stream *stream, const char *word, struct span *rest,
    struct json_piece *piece, struct error *err)
{
	piece->begins = true;
	stream->state = STATE_WORD;
	stream->word = word;
	return take_word(stream, rest, piece, err);
}

/* ---- the rest ----------------------------------------------------------------------------------
 */

static enum json_part begin_level(struct json_stream *stream, bool object, struct span *rest,
    struct json_piece *piece, struct error *err)
{
	piece->text = (struct span){rest->at, 1};
	*rest = span_from(*rest, 1);
	return open_level(stream, object, err);
}

static enum json_part begin_other(
    struct json_stream *stream, struct span *rest, struct json_piece *piece, struct error *err)
{
	switch (*rest->at) {
	case '{':
		return begin_level(stream, true, rest, piece, err);
	case '[':
		return begin_level(stream, false, rest, piece, err);
	case 't':
		return begin_word(stream, "true", rest, piece, err);
	case 'f':
		return begin_word(stream, "false", rest, piece, err);
	case 'n':
		return begin_word(stream, "null", rest, piece, err);
	case '-':
	case '0' ... '9':
		return begin_number(stream, rest, piece, err);
	default:
		return fail(stream, err, "something else stands where a value must");
	}
}

static inline enum json_part begin_value(
    struct json_stream *stream, struct span *rest, struct json_piece *piece, struct error *err)
{
	return *rest->at == '"' ? begin_string(stream, false, rest, piece, err)
				: begin_other(stream, rest, piece, err);
}

static inline enum json_part begin_name(
    struct json_stream *stream, struct span *rest, struct json_piece *piece, struct error *err)
{
	if (*rest->at != '"')
		return fail(stream, err, "a name is missing");
	return begin_string(stream, true, rest, piece, err);
}

/* Takes what stands between two parts, if it is there. */
static bool take_between(struct json_stream *stream, struct span *rest)
{
	char c = *rest->at;
	bool separates = stream->sequence && stream->depth == 0 && c == '\x1e';

	if (c == ' ' || c == '\n' || c == '\t' || c == '\r' || separates)
		*rest = span_from(*rest, 1);
	else if (c == ',' && stream->state == STATE_COMMA)
		end_value(stream, rest);
	else if (c == ':' && stream->state == STATE_COLON)
		end_name(stream, rest);
	else
		return false;
	return true;
}

/* Whether it can be of what stands between two parts. */
static inline bool may_be_between(char c)
{
	return c <= ' ' || c == ',' || c == ':';
}

static bool closes(char c)
{
	return c == '}' || c == ']';
}

/* Takes a part from its first byte on. */
static inline enum json_part begin_part(
    struct json_stream *stream, struct span *rest, struct json_piece *piece, struct error *err)
{
	switch ((enum state)stream->state) {
	case STATE_NAME:
		return begin_name(stream, rest, piece, err);
	case STATE_VALUE:
	case STATE_BEGIN:
		return begin_value(stream, rest, piece, err);
	case STATE_FIRST:
		return closes(*rest->at) ? close_level(stream, rest, err)
					 : begin_value(stream, rest, piece, err);
	case STATE_FIRST_NAME:
		return closes(*rest->at) ? close_level(stream, rest, err)
					 : begin_name(stream, rest, piece, err);
	case STATE_COMMA:
		return closes(*rest->at)
			   ? close_level(stream, rest, err)
			   : fail(stream, err, "a comma or the end of a level is missing");
	case STATE_COLON:
		return fail(stream, err, "a colon is missing");
	case STATE_END:
		return stream->sequence ? begin_value(stream, rest, piece, err)
					: fail(stream, err, "it goes on behind its end");
	case STATE_STRING:
	case STATE_NUMBER:
	case STATE_WORD:
	case STATE_FAILED:
		break;
	}
	return fail(stream, err, "something else stands where a value must");
}

/* Goes on in a string, a number or a word. */
static enum json_part take_more(
    struct json_stream *stream, struct span *rest, struct json_piece *piece, struct error *err)
{
	if (stream->state == STATE_STRING)
		return take_string(stream, rest, piece, err);
	if (stream->state == STATE_NUMBER)
		return take_number(stream, rest, piece, err);
	if (stream->state == STATE_WORD)
		return take_word(stream, rest, piece, err);
	return fail(stream, err, "it is not read any more");
}

/* How long the plain string is that |rest| begins with; 0 when not all of it is here. */
static inline size_t plain_length(struct span rest)
{
	const char *end = rest.at + rest.len;
	const char *quote = word_skip_plain(rest.at + 1, end, false);

	return quote < end && *quote == '"' ? (size_t)(quote - rest.at) + 1 : 0;
}

static inline size_t word_length(struct span rest, struct span word)
{
	return rest.len >= word.len && memcmp(rest.at, word.at, word.len) == 0 ? word.len : 0;
}

/* How long the value is that |rest| begins with; 0 when it is no simple one, or not all here. */
static inline size_t simple_length(struct span rest)
{
	switch (rest.len > 0 ? *rest.at : '\0') {
	case '"':
		return plain_length(rest);
	case '0': /* most numbers are zero */
		return rest.len > 1 && (rest.at[1] == ',' || rest.at[1] == '}') ? 1 : 0;
	case 'n':
		return word_length(rest, SPAN("null"));
	case 't':
		return word_length(rest, SPAN("true"));
	case 'f':
		return word_length(rest, SPAN("false"));
	default:
		return 0;
	}
}

/* Passes over the value of a member, if it is here and a simple one. */
static inline bool pass_value(struct json_stream *stream, struct span *rest)
{
	size_t len = stream->state == STATE_VALUE ? simple_length(*rest) : 0;

	if (len == 0)
		return false;
	*rest = span_from(*rest, len);
	end_value(stream, rest);
	return true;
}

static inline enum json_part take_part(struct json_stream *stream, uint64_t names,
    struct span *rest, struct json_piece *piece, struct error *err)
{
	enum json_part part;

	do {
		piece->begins = piece->ends = piece->plain = false;
		if (rest->len == 0)
			return JSON_PART_NONE;
		if (stream->state >= STATE_STRING)
			return take_more(stream, rest, piece, err);
		while (may_be_between(*rest->at) && take_between(stream, rest)) {
			if (rest->len == 0)
				return JSON_PART_NONE;
		}
		part = begin_part(stream, rest, piece, err);
	} while (part == JSON_PART_NAME && piece->plain && !(names & json_name_bit(piece->text)) &&
		 pass_value(stream, rest));
	return part;
}

enum json_part json_stream_next(struct json_stream *stream, uint64_t names, struct span *rest,
    struct json_piece *ret_piece, struct error *err)
{
	return take_part(stream, names, rest, ret_piece, err);
}

enum json_part json_stream_skip(
    struct json_stream *stream, unsigned depth, struct span *rest, struct error *err)
{
	struct json_piece piece;
	enum json_part part;

	do
		part = take_part(stream, 0, rest, &piece, err);
	while (part > JSON_PART_NONE && stream->depth >= depth);
	return part;
}
