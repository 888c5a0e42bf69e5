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
	STATE_STRING,
	STATE_NUMBER,
	STATE_WORD,
	STATE_BEGIN, /* the first value, or nothing */
	STATE_END,   /* nothing, or the next value of a sequence */
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

static void end_value(struct json_stream *stream)
{
	stream->state = stream->depth > 0 ? STATE_COMMA : STATE_END;
}

static enum json_part open_level(struct json_stream *stream, bool object, struct error *err)
{
	unsigned at = stream->depth;

	if (at == JSON_STREAM_DEPTH)
		return fail(stream, err, "it is nested too deep");
	stream->objects[at / 8] &= (uint8_t) ~(1u << at % 8);
	stream->objects[at / 8] |= (uint8_t)((unsigned)object << at % 8);
	stream->depth++;
	stream->state = object ? STATE_FIRST_NAME : STATE_FIRST;
	return JSON_PART_OPEN;
}

static enum json_part close_level(struct json_stream *stream, char bracket, struct error *err)
{
	if (bracket != (in_object(stream) ? '}' : ']'))
		return fail(stream, err, "a bracket does not fit");
	stream->depth--;
	end_value(stream);
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

/* Takes what there is of a string, behind its first quote. */
static enum json_part take_string(struct json_stream *stream, struct span *rest,
    struct json_piece *piece, const char *from, struct error *err)
{
	const char *at = rest->at, *end = rest->at + rest->len;

	for (;;) {
		if (stream->string == STRING_PLAIN)
			at = word_skip_plain(at, end, false);
		if (at == end || (stream->string == STRING_PLAIN && *at == '"'))
			break;
		if (!take_odd(stream, *at++))
			return fail(stream, err, "a string is malformed");
	}
	piece->ends = at < end;
	piece->text = (struct span){rest->at, (size_t)(at - rest->at)};
	at += piece->ends;
	piece->bytes = (struct span){from, (size_t)(at - from)};
	*rest = span_from(*rest, (size_t)(at - rest->at));
	if (piece->ends && stream->is_name)
		stream->state = STATE_COLON;
	else if (piece->ends)
		end_value(stream);
	return stream->is_name ? JSON_PART_NAME : JSON_PART_TEXT;
}

static enum json_part begin_string(struct json_stream *stream, bool is_name, struct span *rest,
    struct json_piece *piece, struct error *err)
{
	const char *from = rest->at;

	stream->state = STATE_STRING;
	stream->string = STRING_PLAIN;
	stream->is_name = is_name;
	piece->begins = true;
	*rest = span_from(*rest, 1);
	return take_string(stream, rest, piece, from, err);
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
	stream->number = (uint8_t)state;
	piece->bytes = (struct span){rest->at, len};
	piece->ends = len < rest->len;
	*rest = span_from(*rest, len);
	if (state == NUMBER_BAD ||
	    (piece->ends && (state == NUMBER_MINUS || state == NUMBER_POINT || state == NUMBER_E ||
				state == NUMBER_SIGN)))
		return fail(stream, err, "a number is malformed");
	if (piece->ends)
		end_value(stream);
	return JSON_PART_NUMBER;
}

static enum json_part begin_number(
    struct json_stream *stream, struct span *rest, struct json_piece *piece, struct error *err)
{
	struct span from = *rest;

	piece->begins = true;
	stream->state = STATE_NUMBER;
	stream->number = NUMBER_MINUS;
	if (*rest->at == '-')
		*rest = span_from(*rest, 1);
	enum json_part part = take_number(stream, rest, piece, err);

	piece->bytes = (struct span){from.at, from.len - rest->len};
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
	piece->bytes = (struct span){rest->at, len};
	piece->ends = *stream->word == '\0';
	*rest = span_from(*rest, len);
	if (piece->ends)
		end_value(stream);
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

static enum json_part take_one(struct span *rest, struct json_piece *piece)
{
	piece->bytes = (struct span){rest->at, 1};
	*rest = span_from(*rest, 1);
	return JSON_PART_SPACE;
}

static enum json_part begin_value(
    struct json_stream *stream, struct span *rest, struct json_piece *piece, struct error *err)
{
	char c = *rest->at;

	switch (c) {
	case '{':
	case '[':
		(void)take_one(rest, piece);
		return open_level(stream, c == '{', err);
	case '"':
		return begin_string(stream, false, rest, piece, err);
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

static bool is_space(const struct json_stream *stream, char c)
{
	bool between = stream->sequence && stream->depth == 0 && c == '\x1e';

	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || between;
}

static enum json_part take_spaces(
    const struct json_stream *stream, struct span *rest, struct json_piece *piece)
{
	size_t len = 1;

	while (len < rest->len && is_space(stream, rest->at[len]))
		len++;
	piece->bytes = (struct span){rest->at, len};
	*rest = span_from(*rest, len);
	return JSON_PART_SPACE;
}

/* Takes |mark| and goes on in |next|. */
static enum json_part take_mark(
    struct json_stream *stream, enum state next, struct span *rest, struct json_piece *piece)
{
	stream->state = (uint8_t)next;
	return take_one(rest, piece);
}

static enum json_part take_structure(
    struct json_stream *stream, struct span *rest, struct json_piece *piece, struct error *err)
{
	char c = *rest->at;
	bool closes = c == '}' || c == ']';

	switch ((enum state)stream->state) {
	case STATE_FIRST:
		if (!closes)
			return begin_value(stream, rest, piece, err);
		(void)take_one(rest, piece);
		return close_level(stream, c, err);
	case STATE_FIRST_NAME:
	case STATE_COMMA:
		if (closes) {
			(void)take_one(rest, piece);
			return close_level(stream, c, err);
		}
		if (c == ',' && stream->state == STATE_COMMA)
			return take_mark(
			    stream, in_object(stream) ? STATE_NAME : STATE_VALUE, rest, piece);
		if (c == '"' && stream->state == STATE_FIRST_NAME)
			return begin_string(stream, true, rest, piece, err);
		return fail(stream, err, "a comma, a name or the end of a level is missing");
	case STATE_NAME:
		if (c == '"')
			return begin_string(stream, true, rest, piece, err);
		return fail(stream, err, "a name is missing");
	case STATE_COLON:
		if (c == ':')
			return take_mark(stream, STATE_VALUE, rest, piece);
		return fail(stream, err, "a colon is missing");
	case STATE_END:
		if (!stream->sequence)
			return fail(stream, err, "it goes on behind its end");
		return begin_value(stream, rest, piece, err);
	case STATE_VALUE:
	case STATE_BEGIN:
		return begin_value(stream, rest, piece, err);
	case STATE_STRING:
	case STATE_NUMBER:
	case STATE_WORD:
	case STATE_FAILED:
		break;
	}
	return fail(stream, err, "it is not read any more");
}

enum json_part json_stream_next(
    struct json_stream *stream, struct span *rest, struct json_piece *ret_piece, struct error *err)
{
	*ret_piece = (struct json_piece){.bytes = {rest->at, 0}};
	if (rest->len == 0)
		return JSON_PART_NONE;
	switch ((enum state)stream->state) {
	case STATE_STRING:
		return take_string(stream, rest, ret_piece, rest->at, err);
	case STATE_NUMBER:
		return take_number(stream, rest, ret_piece, err);
	case STATE_WORD:
		return take_word(stream, rest, ret_piece, err);
	case STATE_FAILED:
		return fail(stream, err, "it is not read any more");
	case STATE_VALUE:
	case STATE_FIRST:
	case STATE_FIRST_NAME:
	case STATE_NAME:
	case STATE_COLON:
	case STATE_COMMA:
	case STATE_BEGIN:
	case STATE_END:
		break;
	}
	if (is_space(stream, *rest->at))
		return take_spaces(stream, rest, ret_piece);
	return take_structure(stream, rest, ret_piece, err);
}
