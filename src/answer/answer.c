/* SPDX-License-Identifier: Apache-2.0 */
#include "answer/answer.h"

#include <ctype.h>
#include <stdlib.h>

#include "json/escape.h"
#include "json/stream.h"

#define COVER "***"

#define TYPE_MOST 16u      /* bytes of a type by which rows are picked, with its end */
#define HIDE_PAIR HIDE_MAX /* of an element of a list that has HIDE_NAMED */

/* What is known of a value that comes: how it is hidden, else what is in it. */
struct value {
	const struct docker_answer_member *members;
	uint64_t names; /* of |members|, as docker_answer_names() has them. 0: nothing is hidden */
	enum docker_hide hide;
};

static const struct value open_value; /* in which nothing is hidden */

/* An object or a list that is open. */
struct level {
	const struct docker_answer_member *members;
	uint64_t names;
	uint8_t hide;
	bool list;
};

enum text_state {
	TEXT_PASSES,
	TEXT_HELD,    /* it may stay, or a part of it */
	TEXT_COVERED, /* it goes */
};

struct answer {
	struct json_stream stream;
	struct answer_rules rules;
	struct value whole;
	struct value next; /* the value of the member whose name has come */
	unsigned open;     /* the level under way in which nothing is hidden; 0: none */
	enum text_state text;
	enum docker_hide hide; /* of the text under way */
	bool covered;          /* its cover is written */
	bool lost;             /* more came of the name under way than is held */
	const char *kept;      /* from here on nothing of the bytes is written yet */
	struct buf *out;
	size_t held;
	char type[TYPE_MOST]; /* that has come with HIDE_TYPE; "": none */
	struct level levels[JSON_STREAM_DEPTH];
	char room[ANSWER_HELD + 1];
};

struct answer *answer_new(
    const struct docker_answer_member *members, bool each, const struct answer_rules *rules)
{
	struct answer *answer = malloc(sizeof(*answer));

	if (!answer)
		return NULL;
	memset(answer, 0, offsetof(struct answer, levels));
	answer->rules = *rules;
	answer->whole =
	    (struct value){members, docker_answer_names(members, rules->kinds), HIDE_NONE};
	json_stream_init(&answer->stream, each);
	return answer;
}

void answer_free(struct answer *answer)
{
	free(answer);
}

/* Writes what came before |to|. What stands there goes on at |from|. */
static void cut(struct answer *answer, const char *to, const char *from)
{
	buf_add(answer->out, (struct span){answer->kept, (size_t)(to - answer->kept)});
	answer->kept = from;
}

static struct span held(const struct answer *answer)
{
	return (struct span){answer->room, answer->held};
}

static bool hold(struct answer *answer, struct span text)
{
	if (text.len > ANSWER_HELD - answer->held)
		return false;
	memcpy(answer->room + answer->held, text.at, text.len);
	answer->held += text.len;
	return true;
}

/* ---- where values stand ------------------------------------------------------------------------
 */

static const struct level *level_around(const struct answer *answer, unsigned depth)
{
	return depth > 0 ? &answer->levels[depth - 1] : NULL;
}

/* What is known of the value that comes at |depth|. */
static struct value value_at(const struct answer *answer, unsigned depth)
{
	const struct level *level = level_around(answer, depth);

	if (!level)
		return answer->whole;
	if (!level->list)
		return answer->next;
	return (struct value){level->members, level->names,
	    level->hide == HIDE_NAMED ? HIDE_PAIR : (enum docker_hide)level->hide};
}

static void open_level(struct answer *answer, bool list)
{
	unsigned depth = answer->stream.depth - 1;
	struct value value = value_at(answer, depth);
	struct level *level = &answer->levels[depth];

	if (value.hide == HIDE_NONE && value.names == 0) {
		answer->open = answer->stream.depth;
		return;
	}
	bool only_of_texts = value.hide == HIDE_PAIR || value.hide == HIDE_TYPE;

	level->members = value.hide == HIDE_NONE ? value.members : NULL;
	level->names = value.names;
	level->hide = (uint8_t)(only_of_texts ? HIDE_ALL : value.hide);
	level->list = list;
	if (level->members == answer->whole.members)
		answer->type[0] = '\0';
}

/* How what is called |name| is hidden where names are told and values are not. |name| .at NULL: it
 * cannot be read. */
static inline enum docker_hide hide_named(const struct answer *answer, struct span name)
{
	bool keeps =
	    name.at && answer->rules.keeps && answer->rules.keeps(answer->rules.context, name);

	return keeps ? HIDE_NONE : HIDE_ALL;
}

/* |name| ends in a NUL. */
static struct value find_member(
    const struct answer *answer, const struct level *level, struct span name)
{
	const struct docker_answer_member *row =
	    docker_answer_find(level->members, name.at ? name.at : "", answer->type);

	if (!row)
		return open_value;
	if (!(row->kinds & answer->rules.kinds))
		return (struct value){
		    row->inner, docker_answer_names(row->inner, answer->rules.kinds), HIDE_NONE};
	if (row->hide == HIDE_NAMED && row->name[0] == '*')
		return (struct value){.hide = hide_named(answer, name)};
	return (struct value){.hide = row->hide};
}

/* The text that is held, without its escapes; .at NULL when it is none. */
static struct span read_held(const struct answer *answer, char room[static ANSWER_HELD + 1])
{
	size_t len;

	if (!json_unescape_to(held(answer), room, &len))
		return (struct span){NULL, 0};
	room[len] = '\0';
	return (struct span){room, len};
}

static struct value value_named(
    const struct answer *answer, const struct level *level, struct span name)
{
	if (level->hide == HIDE_NAMED)
		return (struct value){.hide = hide_named(answer, name)};
	return level->members ? find_member(answer, level, name)
			      : (struct value){.hide = (enum docker_hide)level->hide};
}

static void end_name(struct answer *answer, const struct level *level)
{
	char room[ANSWER_HELD + 1];
	struct span name = {NULL, 0};

	if (!answer->lost)
		name = read_held(answer, room);
	answer->next = value_named(answer, level, name);
}

/* Takes a whole name without escapes, as it would be taken in pieces. */
static void take_plain_name(struct answer *answer, const struct level *level, struct span name)
{
	if (level->members && !(level->names & json_name_bit(name))) {
		answer->next = open_value;
		return;
	}
	memcpy(answer->room, name.at, name.len);
	answer->room[name.len] = '\0';
	answer->next = value_named(answer, level, (struct span){answer->room, name.len});
}

static void take_name(struct answer *answer, const struct json_piece *piece)
{
	const struct level *level = &answer->levels[answer->stream.depth - 1];

	if (!level->members && level->hide != HIDE_NAMED) {
		answer->next = (struct value){.hide = (enum docker_hide)level->hide};
		return;
	}
	if (piece->plain && piece->text.len <= ANSWER_HELD) {
		take_plain_name(answer, level, piece->text);
		return;
	}
	if (piece->begins) {
		answer->held = 0;
		answer->lost = false;
	}
	if (!hold(answer, piece->text))
		answer->lost = true;
	if (piece->ends)
		end_name(answer, level);
}

/* ---- texts -------------------------------------------------------------------------------------
 */

static struct span cover_of(enum docker_hide hide)
{
	switch ((unsigned)hide) {
	case HIDE_EMPTY:
	case HIDE_ADDRESS:
		return SPAN("");
	case HIDE_BYTES:
		return SPAN("Kioq"); /* "***" in base64 */
	case HIDE_MESSAGE:
		return SPAN(ANSWER_COVER_MESSAGE);
	default:
		return SPAN(COVER);
	}
}

static void cover(struct answer *answer)
{
	answer->text = TEXT_COVERED;
	if (!answer->covered)
		buf_add(answer->out, cover_of(answer->hide));
	answer->covered = true;
}

/* The name of a volume, which is no place of the host. */
static bool is_volume(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!isalnum((unsigned char)text.at[i]) && !strchr("_.-", text.at[i]))
			return false;
	}
	return text.len > 0 && isalnum((unsigned char)text.at[0]);
}

static bool is_made_of(struct span text, const char *bytes)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!strchr(bytes, text.at[i]))
			return false;
	}
	return true;
}

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define NUMBER_MOST 24u /* bytes of what counts as a number */

/* How much of the front of an event's action is told. */
static size_t action_told(struct span text)
{
	struct span rest, word = span_cut(text, ':', &rest), state = rest;

	if (span_is(word, "health_status") && span_cut_prefix(&state, SPAN(" ")) &&
	    is_made_of(state, LOWER))
		return text.len;
	if (!is_made_of(word, LOWER "_-"))
		return 0;
	return rest.at && rest.len > 0 ? text.len - rest.len : text.len;
}

/* An address that says nothing of the host: each host has it. */
static bool is_own_address(struct span text)
{
	return span_is(text, "0.0.0.0") || span_is(text, "::") || span_is(text, "::1") ||
	       span_starts(text, SPAN("127."));
}

/* How much of |text|, a whole text without escapes, is told. A cover takes the place of the rest,
 * which is its end or, of HIDE_BIND, its front. */
static size_t text_told(enum docker_hide hide, struct span text)
{
	struct span rest;

	switch (hide) {
	case HIDE_BIND:
		if (is_volume(span_cut(text, ':', &rest)) && rest.at && rest.len > 0 &&
		    rest.at[0] == '/')
			return text.len;
		return rest.at && span_starts(rest, SPAN("/")) ? rest.len + 1 : 0;
	case HIDE_SOURCE:
		return is_volume(text) ? text.len : 0;
	case HIDE_ACTION:
		return action_told(text);
	case HIDE_NUMBERS:
		return text.len <= NUMBER_MOST && is_made_of(text, "0123456789.,:?%+-") ? text.len
											: 0;
	case HIDE_PATHS:
		return memchr(text.at, '/', text.len) ? 0 : text.len;
	case HIDE_ADDRESS:
		return is_own_address(text) ? text.len : 0;
	case HIDE_TYPE:
		return text.len;
	case HIDE_NONE:
	case HIDE_ALL:
	case HIDE_NAMED:
	case HIDE_EMPTY:
	case HIDE_BYTES:
	case HIDE_MESSAGE:
	case HIDE_MAX:
		break;
	}
	return 0;
}

/* Of a list of NAME=VALUE a text without a value. */
static bool is_bare_name(const struct answer *answer)
{
	char room[ANSWER_HELD + 1];
	struct span name = read_held(answer, room);

	return name.at && !memchr(name.at, '=', name.len);
}

/* The whole text is held. */
static void end_held(struct answer *answer)
{
	struct span text = held(answer);
	size_t told = text.len;

	if (answer->hide == HIDE_PAIR)
		told = is_bare_name(answer) ? text.len : 0;
	else if (text.len > 0 && memchr(text.at, '\\', text.len))
		told = 0;
	else if (text.len > 0)
		told = text_told(answer->hide, text);
	if (told == text.len) {
		buf_add(answer->out, text);
		if (answer->hide == HIDE_TYPE && text.len < TYPE_MOST) {
			memcpy(answer->type, text.at, text.len);
			answer->type[text.len] = '\0';
		}
		return;
	}
	if (answer->hide != HIDE_BIND)
		buf_add(answer->out, (struct span){text.at, told});
	cover(answer);
	if (answer->hide == HIDE_BIND)
		buf_add(answer->out, span_from(text, text.len - told));
}

/* The name of a pair is held, and |value| is what there is of what stands behind the "=". */
static void end_pair_name(struct answer *answer, struct span value)
{
	char room[ANSWER_HELD + 1];
	struct span name = read_held(answer, room);

	if (!name.at || memchr(name.at, '=', name.len)) {
		cover(answer);
		return;
	}
	buf_add(answer->out, held(answer));
	buf_add_char(answer->out, '=');
	if (hide_named(answer, name) == HIDE_NONE) {
		answer->text = TEXT_PASSES;
		buf_add(answer->out, value);
		return;
	}
	answer->text = TEXT_COVERED;
	if (value.len > 0)
		cover(answer);
}

static void hold_text(struct answer *answer, const struct json_piece *piece)
{
	struct span text = piece->text;
	const char *sign =
	    answer->hide == HIDE_PAIR && text.len > 0 ? memchr(text.at, '=', text.len) : NULL;
	size_t len = sign ? (size_t)(sign - text.at) : text.len;

	if (!hold(answer, (struct span){text.at, len}))
		cover(answer);
	else if (sign)
		end_pair_name(answer, span_from(text, len + 1));
	else if (piece->ends)
		end_held(answer);
}

/* Whether it depends on the text what of it stays. */
static bool is_judged(enum docker_hide hide)
{
	return hide != HIDE_ALL && hide != HIDE_NAMED && hide != HIDE_EMPTY && hide != HIDE_BYTES &&
	       hide != HIDE_MESSAGE;
}

static void begin_text(struct answer *answer)
{
	answer->hide = value_at(answer, answer->stream.depth).hide;
	answer->covered = false;
	answer->held = 0;
	if (answer->hide == HIDE_TYPE)
		answer->type[0] = '\0';
	if (answer->hide == HIDE_NONE)
		answer->text = TEXT_PASSES;
	else
		answer->text = is_judged(answer->hide) ? TEXT_HELD : TEXT_COVERED;
}

/* Takes a whole NAME=VALUE without escapes, as it would be taken in pieces. False when its name is
 * too long for that. */
static bool take_plain_pair(struct answer *answer, struct span text)
{
	struct span value, name = span_cut(text, '=', &value);

	if (name.len > ANSWER_HELD)
		return false;
	if (value.len > 0 && hide_named(answer, name) != HIDE_NONE) {
		cut(answer, value.at, value.at + value.len);
		cover(answer);
	}
	return true;
}

static void take_text(struct answer *answer, const struct json_piece *piece)
{
	if (piece->begins)
		begin_text(answer);
	if (answer->text == TEXT_PASSES)
		return;
	if (answer->hide == HIDE_PAIR && piece->plain && take_plain_pair(answer, piece->text))
		return;
	cut(answer, piece->text.at, piece->text.at + piece->text.len);
	if (answer->text == TEXT_HELD)
		hold_text(answer, piece);
	else if (piece->text.len > 0)
		cover(answer);
}

static void take_number(struct answer *answer, const struct json_piece *piece)
{
	if (piece->begins)
		answer->hide = value_at(answer, answer->stream.depth).hide;
	if (answer->hide == HIDE_NONE)
		return;
	cut(answer, piece->text.at, piece->text.at + piece->text.len);
	if (piece->begins)
		buf_add_char(answer->out, '0');
}

/* ---- all of it ---------------------------------------------------------------------------------
 */

static void take_part(struct answer *answer, enum json_part part, const struct json_piece *piece)
{
	switch (part) {
	case JSON_PART_OPEN:
		open_level(answer, *piece->text.at == '[');
		break;
	case JSON_PART_NAME:
		take_name(answer, piece);
		break;
	case JSON_PART_TEXT:
		take_text(answer, piece);
		break;
	case JSON_PART_NUMBER:
		take_number(answer, piece);
		break;
	case JSON_PART_FAULT:
	case JSON_PART_NONE:
	case JSON_PART_CLOSE:
	case JSON_PART_WORD:
		break;
	}
}

/* Of which members the values can be hidden. */
static uint64_t names_told(const struct answer *answer)
{
	const struct level *level = level_around(answer, answer->stream.depth);

	return level && level->members ? level->names : JSON_ALL_NAMES;
}

/* Goes by what is in a level in which nothing is hidden. */
static enum json_part next_part(
    struct answer *answer, struct span *rest, struct json_piece *piece, struct error *err)
{
	if (answer->open > 0) {
		enum json_part part = json_stream_skip(&answer->stream, answer->open, rest, err);

		if (part <= JSON_PART_NONE)
			return part;
		answer->open = 0;
	}
	return json_stream_next(&answer->stream, names_told(answer), rest, piece, err);
}

int answer_feed(struct answer *answer, struct span bytes, struct buf *out, struct error *err)
{
	struct span rest = bytes;
	struct json_piece piece;
	enum json_part part;

	answer->out = out;
	answer->kept = bytes.at;
	(void)buf_reserve(out, bytes.len); /* as much is told, as a rule */
	while ((part = next_part(answer, &rest, &piece, err)) > JSON_PART_NONE)
		take_part(answer, part, &piece);
	if (part == JSON_PART_FAULT)
		return -1;
	cut(answer, bytes.at + bytes.len, NULL);
	answer->out = NULL;
	return out->failed ? error_set(err, "out of memory") : 0;
}

int answer_end(const struct answer *answer, struct error *err)
{
	return json_stream_is_whole(&answer->stream)
		   ? 0
		   : error_set(err, "it ends before its JSON does");
}
