/* SPDX-License-Identifier: Apache-2.0 */
/* Puts values into JSON text that the gate let through, in one walk and without a tree: a tree has
 * no places, and costs more than the bytes. */
#include "json/set.h"

#include "base/word.h"
#include "json/json.h"

#define NAME_ROOM 512 /* bytes of a name with escapes that is compared */

/* ---- past values -------------------------------------------------------------------------------
 */

static const char *skip_blank(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	return at;
}

/* |at| is at the quote. Whether what stands between the quotes is ASCII without escapes is left in
 * |*ret_plain|. */
static inline const char *skip_string(const char *at, const char *end, bool *ret_plain)
{
	at = word_skip_plain(at + 1, end, false);
	*ret_plain = at < end && *at == '"';
	while (at < end && *at != '"') {
		at = *at == '\\' && end - at > 1 ? at + 2 : at + 1;
		at = word_skip_plain(at, end, false);
	}
	return at < end ? at + 1 : end;
}

/* Past the end of the |depth|-th object or list around |at|. */
static const char *skip_out(const char *at, const char *end, unsigned depth)
{
	static const bool means[256] = {
	    ['"'] = true, ['{'] = true, ['['] = true, ['}'] = true, [']'] = true};
	bool plain;

	while (at < end) {
		while (at < end && !means[(unsigned char)*at])
			at++;
		if (at == end)
			break;
		if (*at == '"') {
			at = skip_string(at, end, &plain);
			continue;
		}
		if (*at == '{' || *at == '[')
			depth++;
		else if (--depth == 0)
			return at + 1;
		at++;
	}
	return end;
}

/* What ends a number. The words are told by their first letter. */
static inline const char *skip_scalar(const char *at, const char *end)
{
	size_t len = *at == 'f' ? 5 : *at == 't' || *at == 'n' ? 4 : 0;

	if (len > 0)
		return (size_t)(end - at) > len ? at + len : end;
	while (at < end && (unsigned char)*at > ' ' && *at != ',' && *at != '}' && *at != ']')
		at++;
	return at;
}

static inline const char *skip_value(const char *at, const char *end)
{
	bool plain;

	if (at == end)
		return end;
	if (*at == '"')
		return skip_string(at, end, &plain);
	return *at == '{' || *at == '[' ? skip_out(at + 1, end, 1) : skip_scalar(at, end);
}

/* ---- names -------------------------------------------------------------------------------------
 */

static unsigned unit_at(const char *at)
{
	unsigned unit = 0;

	for (unsigned i = 0; i < 4; i++)
		unit = unit * 16 + (unsigned)hex_value(at[i]);
	return unit;
}

static size_t write_utf8(char *room, unsigned code)
{
	if (code < 0x80) {
		room[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		room[0] = (char)(0xc0 | code >> 6);
		room[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		room[0] = (char)(0xe0 | code >> 12);
		room[1] = (char)(0x80 | (code >> 6 & 0x3f));
		room[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	room[0] = (char)(0xf0 | code >> 18);
	room[1] = (char)(0x80 | (code >> 12 & 0x3f));
	room[2] = (char)(0x80 | (code >> 6 & 0x3f));
	room[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* Writes the character that the escape behind |*at|, a backslash, stands for. */
static size_t write_escape(char *room, const char **at)
{
	static const char plain[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *found = strchr(plain, (*at)[1]);

	if ((*at)[1] != 'u') {
		*at += 2;
		room[0] = found ? means[found - plain] : '\0';
		return 1;
	}
	unsigned code = unit_at(*at + 2);

	*at += 6;
	if (code >= 0xd800 && code < 0xdc00) {
		code = 0x10000 + ((code - 0xd800) << 10) + (unit_at(*at + 2) - 0xdc00);
		*at += 6;
	}
	return write_utf8(room, code);
}

/* Writes what stands between the quotes of |raw| with a NUL. False when it is too long. */
static bool read_name(struct span raw, char room[static NAME_ROOM])
{
	const char *at = raw.at, *end = raw.at + raw.len;
	size_t len = 0;

	while (at < end && len + 5 < NAME_ROOM) {
		if (*at == '\\')
			len += write_escape(room + len, &at);
		else
			room[len++] = *at++;
	}
	room[len] = '\0';
	return at == end;
}

/* Whether the name |raw|, which has escapes or letters outside ASCII, is the one of |step|. */
static bool is_odd_name(const struct json_step *step, struct span raw, bool *ret_failed)
{
	char room[NAME_ROOM], field[NAME_ROOM];

	/* an escape has more bytes than what it stands for, and so have letters outside ASCII that
	 * stand for one of a field */
	if (raw.len < step->name.len ||
	    (raw.len == step->name.len && step->kind == JSON_STEP_FIELD))
		return false;
	if (step->name.len + 5 >= NAME_ROOM) {
		*ret_failed = true; /* it cannot be told */
		return false;
	}
	if (!read_name(raw, room))
		return false;
	if (step->kind == JSON_STEP_KEY)
		return span_equal(span_of(room), step->name);
	memcpy(field, step->name.at, step->name.len);
	field[step->name.len] = '\0';
	return json_names_field(room, field);
}

static inline bool is_plain_name(const struct json_step *step, struct span raw)
{
	if (raw.len != step->name.len)
		return false;
	if (raw.len == 0 || memcmp(raw.at, step->name.at, raw.len) == 0)
		return true;
	return step->kind == JSON_STEP_FIELD && span_equal_nocase(raw, step->name);
}

/* ---- the walk ----------------------------------------------------------------------------------
 */

/* A set of edits has a bit for each. */
struct walk {
	const struct json_edit *edits;
	unsigned count;
	const char *at, *end;
	const char *kept; /* what is before it was written */
	struct buf *out;
	bool once;     /* no object has a field twice */
	unsigned left; /* edits that are not made yet */
	bool failed;   /* some edit cannot be made */
};

static unsigned first_of(uint64_t set)
{
	return (unsigned)__builtin_ctzll(set);
}

static bool is_same_step(const struct json_step *a, const struct json_step *b)
{
	if (a->kind != b->kind)
		return false;
	return a->kind == JSON_STEP_INDEX ? a->index == b->index : is_plain_name(a, b->name);
}

/* Those of |set| that take the step |step| after |level| steps. */
static uint64_t taking(
    const struct walk *walk, uint64_t set, unsigned level, const struct json_step *step)
{
	uint64_t same = 0;

	for (uint64_t rest = set; rest; rest &= rest - 1) {
		if (is_same_step(step, &walk->edits[first_of(rest)].path[level]))
			same |= rest & -rest;
	}
	return same;
}

/* Whether all of |set| end after |level| steps, which leaves the last of them in |*ret_last|.
 * None may where others go on. */
static bool ends_here(
    struct walk *walk, uint64_t set, unsigned level, const struct json_edit **ret_last)
{
	unsigned ending = 0, going = 0;

	for (; set; set &= set - 1) {
		*ret_last = &walk->edits[first_of(set)];
		ending += (*ret_last)->depth == level;
		going += (*ret_last)->depth > level;
	}
	walk->failed |= ending > 0 && going > 0;
	return going == 0;
}

/* Writes what comes before |to| and was not written. */
static void write_until(struct walk *walk, const char *to)
{
	buf_add(walk->out, (struct span){walk->kept, (size_t)(to - walk->kept)});
	walk->kept = to;
}

/* ---- writing -----------------------------------------------------------------------------------
 */

static bool is_plain(struct span text)
{
	return word_skip_plain(text.at, text.at + text.len, true) == text.at + text.len;
}

/* Adds a string of the three |parts|. */
static void add_string(struct buf *out, const struct span parts[3])
{
	struct buf whole;

	if (is_plain(parts[0]) && is_plain(parts[1]) && is_plain(parts[2])) {
		buf_add_char(out, '"');
		for (unsigned i = 0; i < 3; i++)
			buf_add(out, parts[i]);
		buf_add_char(out, '"');
		return;
	}
	buf_init(&whole, out->max);
	for (unsigned i = 0; i < 3; i++)
		buf_add(&whole, parts[i]);
	buf_add_json(out, buf_span(&whole), 0);
	out->failed |= whole.failed;
	buf_free(&whole);
}

static void add_members(struct walk *walk, uint64_t set, unsigned level);

/* Adds what |set| makes where there is nothing. */
static void add_made(struct walk *walk, uint64_t set, unsigned level)
{
	const struct json_edit *last = walk->edits;

	if (ends_here(walk, set, level, &last)) {
		add_string(walk->out, last->parts);
		walk->left -= (unsigned)__builtin_popcountll(set);
		return;
	}
	if (walk->failed)
		return;
	buf_add_char(walk->out, '{');
	add_members(walk, set, level);
	buf_add_char(walk->out, '}');
}

/* Adds the members of |set|, which are missing, the last one first. A list gets no elements. */
static void add_members(struct walk *walk, uint64_t set, unsigned level)
{
	bool first = true;

	for (unsigned i = walk->count; i-- > 0;) {
		const struct json_step *step = &walk->edits[i].path[level];
		uint64_t bit = UINT64_C(1) << i;
		uint64_t same = set & bit ? taking(walk, set, level, step) : 0;

		if (!same || same & (bit - 1))
			continue; /* with the first one of those that make the member */
		walk->failed |= step->kind == JSON_STEP_INDEX;
		if (!first)
			buf_add_char(walk->out, ',');
		first = false;
		buf_add_json(walk->out, step->name, 0);
		buf_add_char(walk->out, ':');
		add_made(walk, same, level + 1);
	}
}

/* Moves the bytes from |from| on behind |to| back to there. */
static void move_back(struct buf *out, size_t to, size_t from)
{
	size_t len = out->len - from;
	char *room = out->failed || len == 0 || !buf_reserve(out, len) ? NULL : out->at;

	if (!room)
		return;
	memcpy(room + out->len, room + from, len);
	memmove(room + to + len, room + to, from - to);
	memcpy(room + to, room + out->len, len);
}

/* ---- objects and lists -------------------------------------------------------------------------
 */

static void edit_value(struct walk *walk, uint64_t set, unsigned level);

/* An object or a list, and the edits in it. */
struct holder {
	uint64_t set, found;
	unsigned level; /* steps that lead to it */
	uint64_t
	    lengths; /* that the names of its members have, which edits are in: see length_bit() */
};

/* The last bit stands for all lengths from there on. */
static inline uint64_t length_bit(size_t len)
{
	return UINT64_C(1) << (len < 63 ? len : 63);
}

static uint64_t find_member(
    struct walk *walk, const struct holder *object, struct span raw, bool plain)
{
	uint64_t found = 0;

	if (plain && !(object->lengths & length_bit(raw.len)))
		return 0;
	for (uint64_t rest = object->set; rest; rest &= rest - 1) {
		const struct json_step *step = &walk->edits[first_of(rest)].path[object->level];

		if (plain ? is_plain_name(step, raw) : is_odd_name(step, raw, &walk->failed))
			found |= rest & -rest;
	}
	return found;
}

/* Moves past members one behind the other that have neither such a name nor anything odd, as most
 * have, but for the last one of the object. */
static void skip_others(struct walk *walk, const struct holder *object)
{
	const char *end = walk->end;

	for (;;) {
		const char *at = word_skip_plain(walk->at + 1, end, false);

		if (end - at < 8 || *at != '"' || at[1] != ':' ||
		    object->lengths & length_bit((size_t)(at - walk->at) - 1))
			return;
		at += 2;
		if (*at == '{' || *at == '[')
			return;
		if (*at == '"') {
			at = word_skip_plain(at + 1, end, false);
			if (at == end || *at++ != '"')
				return;
		} else {
			at = skip_scalar(at, end);
		}
		if (end - at < 2 || at[0] != ',' || at[1] != '"')
			return;
		walk->at = at + 1;
	}
}

/* Behind the value of a member or of an element. False behind the last one. */
static inline bool has_more(struct walk *walk)
{
	if (walk->at < walk->end && *walk->at != ',')
		walk->at = skip_blank(walk->at, walk->end);
	if (walk->at == walk->end || *walk->at != ',')
		return false;
	walk->at++;
	if (walk->at < walk->end && (unsigned char)*walk->at <= ' ')
		walk->at = skip_blank(walk->at, walk->end);
	return true;
}

static void edit_found(struct walk *walk, struct holder *holder, uint64_t found)
{
	if (!found) {
		walk->at = skip_value(walk->at, walk->end);
		return;
	}
	walk->failed |= (holder->found & found) != 0;
	holder->found |= found;
	if (!walk->failed)
		edit_value(walk, found, holder->level + 1);
}

static void edit_member(struct walk *walk, struct holder *object)
{
	bool plain;

	skip_others(walk, object);
	const char *name = walk->at;

	walk->at = skip_string(name, walk->end, &plain);
	struct span raw = {name + 1, (size_t)(walk->at - name) - 2};
	uint64_t found = find_member(walk, object, raw, plain);

	if (walk->at < walk->end && *walk->at != ':')
		walk->at = skip_blank(walk->at, walk->end);
	if (walk->at < walk->end)
		walk->at++;
	if (walk->at < walk->end && (unsigned char)*walk->at <= ' ')
		walk->at = skip_blank(walk->at, walk->end);
	edit_found(walk, object, found);
}

/* Adds the members that were not found at |front|. |any|: the object has others. */
static void add_missing(struct walk *walk, const struct holder *object, size_t front, bool any)
{
	uint64_t missing = object->set & ~object->found;

	if (!missing || walk->failed)
		return;
	write_until(walk, walk->at);
	size_t from = walk->out->len;

	add_members(walk, missing, object->level);
	if (any)
		buf_add_char(walk->out, ',');
	move_back(walk->out, front, from);
}

/* Whether the rest of the members need no look. */
static bool is_done(const struct walk *walk, const struct holder *holder)
{
	return walk->failed || (walk->once && holder->found == holder->set);
}

/* Moves behind the object or list, unless nothing behind it is to be looked at. */
static void leave(struct walk *walk)
{
	if ((walk->left > 0 || !walk->once) && !walk->failed)
		walk->at = skip_out(walk->at, walk->end, 1);
}

static void edit_object(struct walk *walk, struct holder *object)
{
	for (uint64_t rest = object->set; rest; rest &= rest - 1) {
		const struct json_step *step = &walk->edits[first_of(rest)].path[object->level];

		walk->failed |= step->kind == JSON_STEP_INDEX;
		object->lengths |= length_bit(step->name.len);
	}
	if (walk->failed)
		return;
	walk->at++;
	write_until(walk, walk->at);
	size_t front = walk->out->len;

	walk->at = skip_blank(walk->at, walk->end);
	bool any = walk->at < walk->end && *walk->at == '"';

	if (any) {
		do
			edit_member(walk, object);
		while (!is_done(walk, object) && has_more(walk));
	}
	add_missing(walk, object, front, any);
	leave(walk);
}

static void edit_list(struct walk *walk, struct holder *list)
{
	struct json_step step = {.kind = JSON_STEP_INDEX};

	walk->at = skip_blank(walk->at + 1, walk->end);
	if (walk->at < walk->end && *walk->at != ']') {
		do {
			edit_found(walk, list, taking(walk, list->set, list->level, &step));
			step.index++;
		} while (!is_done(walk, list) && has_more(walk));
	}
	walk->failed |= list->found != list->set;
	leave(walk);
}

/* Makes the edits of |set| in the value at |walk->at|, and moves behind it. */
static void edit_value(struct walk *walk, uint64_t set, unsigned level)
{
	const struct json_edit *last = walk->edits;
	struct holder holder = {.set = set, .level = level};
	bool ends = ends_here(walk, set, level, &last);
	char c = walk->at < walk->end ? *walk->at : '\0';

	if (walk->failed)
		return;
	if (ends || c == 'n') { /* null */
		write_until(walk, walk->at);
		walk->at = walk->kept = skip_value(walk->at, walk->end);
		add_made(walk, set, level);
		return;
	}
	if (c == '{')
		edit_object(walk, &holder);
	else if (c == '[')
		edit_list(walk, &holder);
	else
		walk->failed = true;
}

bool json_set(
    struct buf *out, struct span text, const struct json_edit *edits, unsigned count, bool once)
{
	struct walk walk = {.edits = edits,
	    .count = count,
	    .at = text.at,
	    .end = text.at + text.len,
	    .kept = text.at,
	    .out = out,
	    .once = once,
	    .left = count};
	const uint64_t all = count < 64 ? (UINT64_C(1) << count) - 1 : ~UINT64_C(0);

	if (count > JSON_EDITS_MOST)
		return false;
	walk.at = skip_blank(walk.at, walk.end);
	if (count > 0 && walk.at == walk.end)
		add_made(&walk, all, 0);
	else if (count > 0)
		edit_value(&walk, all, 0);
	if (!walk.failed)
		write_until(&walk, walk.end);
	return !walk.failed && !out->failed;
}
