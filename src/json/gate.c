/* SPDX-License-Identifier: Apache-2.0 */
/* The strict gate: one pass over the bytes, which accepts only what every JSON reader takes for the
 * same value. Recurses once per level of nesting, which the limits bound. */
#include "json/json.h"

#include "base/utf8.h"
#include "base/word.h"
#include "json/escape.h"
#include "json/members.h"
#include "json/run.h"
#include "json/sift.h"

#define EXACT_DIGITS 15u            /* any integer of so many digits fits a double */
#define EXACT_MAX 9007199254740992u /* 2^53: the largest up to which all integers do */
#define NUMBER_CHARS 40u            /* of any number; cJSON reads up to 63 */
#define EXPONENT_DIGITS 2u
#define NAME_SHOWN 64 /* bytes of a member's name in an error */

struct gate {
	const char *start, *at, *end;
	const struct json_limits *limits;
	struct error *err;
	struct arena *arena;
	unsigned depth, members;
	unsigned deepest;          /* of all depths so far */
	struct json_members names; /* of all objects that are open */
	unsigned kinds;            /* which enum json_kind the last value was of */
	struct json_sift sift;
	bool odd;          /* some number is no integer that a double holds exactly */
	bool out_of_range; /* it is a number that is refused: its member is to be named */
	bool sift_failed;  /* a name is not known to the letter: all is read again, and kept */
};

static int gate_any_value(struct gate *gate, const void *table, unsigned around);

static int gate_refuse(const struct gate *gate, const char *at, const char *reason)
{
	return error_set(gate->err, "%s at byte %zu", reason, (size_t)(at - gate->start));
}

static void gate_skip_spaces(struct gate *gate)
{
	while (gate->at < gate->end) {
		char c = *gate->at;

		if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
			return;
		gate->at++;
	}
}

/* Most texts have none. */
static inline void gate_skip_space(struct gate *gate)
{
	if (gate->at < gate->end && (unsigned char)*gate->at <= ' ')
		gate_skip_spaces(gate);
}

static int gate_unexpected(const struct gate *gate, const char *wanted)
{
	if (gate->at == gate->end)
		return error_set(gate->err, "ends where %s must stand", wanted);
	return error_set(gate->err, "byte 0x%02x where %s must stand, at byte %zu",
	    (unsigned)(unsigned char)*gate->at, wanted, (size_t)(gate->at - gate->start));
}

static int gate_count_member(struct gate *gate)
{
	if (gate->members >= gate->limits->max_members)
		return error_set(gate->err, "more than %u members and elements (max_members)",
		    gate->limits->max_members);
	gate->members++;
	return 0;
}

/* ---- strings ---- */

static int gate_unicode_escape(struct gate *gate)
{
	int32_t unit = json_hex_unit(gate->at, gate->end);

	if (unit < 0)
		return gate_refuse(gate, gate->at, "bad \\u escape");
	if (unit == 0)
		return gate_refuse(gate, gate->at, "\\u0000");
	if (json_is_low_surrogate(unit) ||
	    (json_is_high_surrogate(unit) &&
		!json_is_low_surrogate(json_hex_unit(gate->at + 6, gate->end))))
		return gate_refuse(gate, gate->at, "half a surrogate pair");
	gate->at += json_is_high_surrogate(unit) ? 12 : 6;
	return 0;
}

static int gate_escape(struct gate *gate)
{
	if (gate->end - gate->at < 2)
		return gate_refuse(gate, gate->at, "unfinished escape");
	if (gate->at[1] == 'u')
		return gate_unicode_escape(gate);
	if (!memchr("\"\\/bfnrt", gate->at[1], 8))
		return gate_refuse(gate, gate->at, "unknown escape");
	gate->at += 2;
	return 0;
}

static int gate_foreign(struct gate *gate)
{
	size_t len = utf8_length((struct span){gate->at, (size_t)(gate->end - gate->at)});

	if (len == 0)
		return gate_refuse(gate, gate->at, "invalid UTF-8");
	gate->at += len;
	return 0;
}

/* Reads a string of plain text, as most are. False, and nothing is read, when it is another value.
 */
static inline bool gate_plain_string(struct gate *gate, struct span *ret_text)
{
	const char *text = gate->at + 1;

	if (gate->at == gate->end || *gate->at != '"')
		return false;
	const char *quote = word_skip_plain(text, gate->end, false);

	if (quote == gate->end || *quote != '"')
		return false;
	gate->at = quote + 1;
	*ret_text = (struct span){text, (size_t)(quote - text)};
	return true;
}

/* Reads a string from its opening quote on. |*ret_text| is what stands between the quotes. */
static int gate_string(struct gate *gate, struct span *ret_text, bool *ret_escapes)
{
	const char *text = ++gate->at;
	bool escapes = false;

	for (;;) {
		gate->at = word_skip_plain(gate->at, gate->end, false);
		if (gate->at == gate->end)
			return gate_refuse(gate, text - 1, "unfinished string");
		unsigned char c = (unsigned char)*gate->at;

		if (c == '"')
			break;
		if (c < 0x20)
			return gate_refuse(gate, gate->at, "control character in a string");
		escapes |= c == '\\';
		if ((c == '\\' ? gate_escape(gate) : gate_foreign(gate)) < 0)
			return -1;
	}
	*ret_text = (struct span){text, (size_t)(gate->at++ - text)};
	*ret_escapes = escapes;
	return 0;
}

/* ---- names ---- */

/* An object that is open. */
struct gate_object {
	struct json_object_names names;
	struct json_sift_object sift;
	struct json_run_begun run;
	bool kept; /* some member is not left out */
};

static int gate_once(const struct gate *gate, const char *at, enum json_name known)
{
	if (known == JSON_NAME_NEW)
		return 0;
	return known == JSON_NAME_TWICE ? gate_refuse(gate, at, "a name that its object has twice")
					: error_set(gate->err, "out of memory");
}

/* A name that the sieve knows to the letter: plain text with a quote behind it. */
static int gate_sifted_name(
    struct gate *gate, struct gate_object *object, struct json_sieve_member *member)
{
	const char *at = gate->at, *name = at + 1;
	struct span text = {name, (size_t)(gate->end - name)};
	enum json_name known = json_sift_find(&gate->sift, &object->sift, text, member);

	gate->sift_failed = known == JSON_NAME_FAILED;
	if (gate->sift_failed)
		return -1;
	gate->at = name + member->name_len + 1;
	return gate_once(gate, at, known);
}

static int gate_other_name(struct gate *gate, struct gate_object *object)
{
	const char *at = gate->at;
	struct span name;
	bool escapes = false;

	if (!gate_plain_string(gate, &name) && gate_string(gate, &name, &escapes) < 0)
		return -1;
	if (escapes && json_unescape(&name, gate->arena) < 0)
		return error_set(gate->err, "out of memory");
	return gate_once(gate, at, json_members_add(&gate->names, &object->names, name));
}

/* Reads a name that its object has once. |member| is what the sieve knows of it; .name_len 0: not
 * asked yet. */
static int gate_name(
    struct gate *gate, struct gate_object *object, struct json_sieve_member *member)
{
	if (gate->at == gate->end || *gate->at != '"')
		return gate_unexpected(gate, "a name in quotes");
	if (object->sift.table)
		return gate_sifted_name(gate, object, member);
	*member =
	    (struct json_sieve_member){.inner = object->sift.inner, .around = object->sift.around};
	return gate_other_name(gate, object);
}

/* ---- numbers and words ---- */

static size_t gate_digits(struct gate *gate)
{
	const char *at = gate->at;

	while (gate->at < gate->end && *gate->at >= '0' && *gate->at <= '9')
		gate->at++;
	return (size_t)(gate->at - at);
}

static int gate_out_of_range(struct gate *gate, const char *at)
{
	gate->out_of_range = true;
	return gate_refuse(gate, at, "a number out of range");
}

/* Reads ".123e-45", or the part of it that is there. |*ret_present| says whether any is. */
static int gate_fraction(struct gate *gate, bool *ret_present)
{
	*ret_present = false;
	if (gate->at < gate->end && *gate->at == '.') {
		*ret_present = true;
		gate->at++;
		if (gate_digits(gate) == 0)
			return gate_unexpected(gate, "a digit");
	}
	if (gate->at == gate->end || (*gate->at != 'e' && *gate->at != 'E'))
		return 0;
	*ret_present = true;
	gate->at++;
	if (gate->at < gate->end && (*gate->at == '+' || *gate->at == '-'))
		gate->at++;
	size_t digits = gate_digits(gate);

	if (digits == 0)
		return gate_unexpected(gate, "a digit");
	return digits > EXPONENT_DIGITS ? gate_out_of_range(gate, gate->at) : 0;
}

static bool is_exact(struct span digits)
{
	uint64_t value;

	return digits.len <= EXACT_DIGITS || span_to_uint(digits, EXACT_MAX, &value);
}

static int gate_number(struct gate *gate)
{
	const char *at = gate->at;
	bool fraction;

	if (*gate->at == '-')
		gate->at++;
	struct span digits = {gate->at, gate_digits(gate)};

	if (digits.len == 0)
		return gate_unexpected(gate, "a digit");
	if (digits.len > 1 && digits.at[0] == '0')
		return gate_refuse(gate, at, "a number that starts with 0");
	if (gate_fraction(gate, &fraction) < 0)
		return -1;
	if ((size_t)(gate->at - at) > NUMBER_CHARS)
		return gate_out_of_range(gate, at);
	bool odd = fraction || !is_exact(digits);

	gate->odd |= odd;
	gate->kinds = odd ? 0 : JSON_KIND_INTEGER;
	if (gate->at - at == 1 && *at == '0')
		gate->kinds |= JSON_BLANK_ZERO;
	return 0;
}

static int gate_word(struct gate *gate, struct span word, unsigned kinds)
{
	if ((size_t)(gate->end - gate->at) < word.len || memcmp(gate->at, word.at, word.len) != 0)
		return gate_unexpected(gate, "a value");
	gate->at += word.len;
	gate->kinds = kinds;
	return 0;
}

/* ---- objects and arrays ---- */

static int gate_enter(struct gate *gate)
{
	if (gate->depth >= gate->limits->max_depth)
		return error_set(
		    gate->err, "nested deeper than %u levels (max_depth)", gate->limits->max_depth);
	gate->depth++;
	if (gate->deepest < gate->depth)
		gate->deepest = gate->depth;
	gate->at++;
	gate_skip_space(gate);
	return 0;
}

/* |table| is what the sieve knows of the members, should it be an object, or one in |around| maps.
 */
static inline int gate_value(struct gate *gate, const void *table, unsigned around)
{
	struct span text;

	if (!gate_plain_string(gate, &text))
		return gate_any_value(gate, table, around);
	gate->kinds = JSON_KIND_TEXT | (text.len ? 0 : JSON_BLANK_TEXT);
	return 0;
}

/* Takes |mark|, and the space around it. */
static inline bool gate_mark(struct gate *gate, char mark)
{
	if (gate->at == gate->end || *gate->at != mark) {
		gate_skip_space(gate);
		if (gate->at == gate->end || *gate->at != mark)
			return false;
	}
	gate->at++;
	gate_skip_space(gate);
	return true;
}

static int gate_leave(struct gate *gate, char bracket, const char *wanted)
{
	if (gate->at == gate->end || *gate->at != bracket)
		return gate_unexpected(gate, wanted);
	gate->at++;
	gate->depth--;
	return 0;
}

/* Names the innermost member in the error. |name| is at the quote before its name. */
static int gate_name_member(struct gate *gate, const char *name)
{
	const char *end = name + 1;

	while (*end != '"')
		end += *end == '\\' ? 2 : 1;
	int len = end - name - 1 < NAME_SHOWN ? (int)(end - name - 1) : NAME_SHOWN;
	struct error why = {""};

	gate->out_of_range = false;
	if (gate->err)
		why = *gate->err;
	return error_set(gate->err, "%.*s: %s", len, name + 1, why.text);
}

/* Reads what is behind the name at |name| of |member|: a value, and the comma if there is one,
 * which |*ret_more| says. Leaves in |*ret_silent| whether the sieve leaves the member out. */
static int gate_rest(struct gate *gate, const struct json_sieve_member *member, const char *name,
    bool *ret_silent, bool *ret_more)
{
	struct json_sift_mark mark = json_sift_mark(&gate->sift);

	if (!gate_mark(gate, ':'))
		return gate_unexpected(gate, "a colon");
	if (gate_value(gate, member->inner, member->around) < 0)
		return gate->out_of_range ? gate_name_member(gate, name) : -1;
	*ret_silent =
	    gate->kinds & member->silent || json_sift_harmless(&gate->sift, member, gate->kinds);
	*ret_more = gate_mark(gate, ',');
	if (*ret_silent)
		json_sift_take_back(&gate->sift, mark);
	return 0;
}

/* Moves past a run of members that is kept, and begins another one. */
static void gate_begin_run(struct gate *gate, struct gate_object *object)
{
	struct json_sieve_names *names = &object->sift.names;
	const struct json_run *run = json_run_find(gate->sift.sieve, object->sift.table, names,
	    (struct span){gate->at, (size_t)(gate->end - gate->at)});

	if (run && run->members <= gate->limits->max_members - gate->members &&
	    run->depth <= gate->limits->max_depth - gate->depth) {
		gate->at += run->len;
		gate->members += run->members;
		if (gate->deepest < gate->depth + run->depth)
			gate->deepest = gate->depth + run->depth;
		json_run_take(run, names);
	}
	object->run = (struct json_run_begun){gate->at, gate->members, *names};
}

/* Keeps the run that ends where |next| begins, at |end|, with |members| of the text before it. */
static void gate_end_run(struct gate *gate, struct gate_object *object,
    const struct json_sieve_member *next, const char *end, unsigned members)
{
	const struct json_run_begun *begun = &object->run;

	if (members - begun->members < JSON_RUN_LEAST)
		return;
	struct json_run run = {.key = gate->sift.sieve->key,
	    .table = object->sift.table,
	    .first = begun->names.cursor,
	    .next = next->index,
	    .members = members - begun->members,
	    .depth = gate->deepest - gate->depth,
	    .len = (size_t)(end - begun->from)};

	json_run_keep(&run, begun, &object->sift.names);
}

/* Moves past members that the sieve leaves out one behind the other. |ret_next| as of |skip|. False
 * when memory is out. */
static bool gate_skip_silent(
    struct gate *gate, struct gate_object *object, struct json_sieve_member *ret_next)
{
	const struct json_sieve *sieve = gate->sift.sieve;
	const char *from = gate->at;

	ret_next->name_len = 0;
	if (!object->sift.table)
		return true;
	if (sieve->key && !object->run.from)
		gate_begin_run(gate, object);
	if (sieve->skip)
		gate->members += sieve->skip(object->sift.table, &gate->at, gate->end,
		    gate->limits->max_members - gate->members, &object->sift.names, ret_next);
	return gate->at == from || json_sift_drop(&gate->sift, from, gate->at, true);
}

/* |*ret_values| are kinds that all values are of, with null as any; none where members are left
 * out. */
static int gate_members(struct gate *gate, struct gate_object *object, unsigned *ret_values)
{
	struct json_sieve_member member;
	bool more, silent;

	*ret_values = object->sift.table ? 0 : ~0u;
	do {
		if (!gate_skip_silent(gate, object, &member))
			return error_set(gate->err, "out of memory");
		const char *from = gate->at;
		const unsigned members = gate->members;
		bool tried = member.name_len > 0;

		if (gate_count_member(gate) < 0 || gate_name(gate, object, &member) < 0)
			return -1;
		silent = more =
		    !tried && json_sift_blank(member.silent, &gate->at, gate->end, &gate->kinds);
		if (!silent && gate_rest(gate, &member, from, &silent, &more) < 0)
			return -1;
		*ret_values &= gate->kinds & JSON_BLANK_NULL ? ~0u : gate->kinds;
		object->kept |= !silent;
		if (object->run.from &&
		    !(silent && more && json_run_holds(&object->run, gate->kinds, gate->at))) {
			gate_end_run(gate, object, &member, from, members);
			object->run.from = NULL;
		}
		if (silent && !json_sift_drop(&gate->sift, from, gate->at, more))
			return error_set(gate->err, "out of memory");
	} while (more);
	return 0;
}

/* Kept out of gate_value(), which most often reads a word and needs no memory of its own. */
__attribute__((noinline)) static int gate_braces(
    struct gate *gate, const void *table, unsigned around)
{
	struct gate_object object = {.names = json_members_begin(&gate->names),
	    .sift = {.table = around ? NULL : table,
		.inner = around ? table : NULL,
		.around = around - 1}};
	unsigned values = ~0u;
	const char *at = gate->at;

	if (gate_enter(gate) < 0)
		return -1;
	bool any = gate->at == gate->end || *gate->at != '}';

	if (any && gate_members(gate, &object, &values) < 0)
		return -1;
	if (!json_members_end(&gate->names, &object.names))
		return gate_refuse(gate, at, "a name twice in the object");
	gate->kinds = JSON_KIND_MAP | json_map_kinds(values) | (object.kept ? 0 : JSON_BLANK_MAP);
	return gate_leave(gate, '}', "a comma or }");
}

static int gate_array(struct gate *gate)
{
	if (gate_enter(gate) < 0)
		return -1;
	bool any = gate->at == gate->end || *gate->at != ']';

	unsigned values = ~0u;

	if (any) {
		do {
			const char *from = gate->at;

			if (gate_count_member(gate) < 0 || gate_value(gate, NULL, 0) < 0)
				return -1;
			values &= json_list_kinds(gate->kinds, from, gate->at);
		} while (gate_mark(gate, ','));
	}
	gate->kinds = (values & (JSON_KIND_TEXTS | JSON_KIND_PAIRS | JSON_KIND_INTEGERS)) |
		      (any ? 0 : JSON_BLANK_LIST);
	return gate_leave(gate, ']', "a comma or ]");
}

static int gate_text(struct gate *gate)
{
	struct span text;
	bool escapes;

	if (gate_string(gate, &text, &escapes) < 0)
		return -1;
	gate->kinds = JSON_KIND_TEXT | (text.len ? 0 : JSON_BLANK_TEXT);
	return 0;
}

static int gate_any_value(struct gate *gate, const void *table, unsigned around)
{
	switch (gate->at < gate->end ? *gate->at : '\0') {
	case '{':
		return gate_braces(gate, table, around);
	case '[':
		return gate_array(gate);
	case '"':
		return gate_text(gate);
	case 't':
		return gate_word(gate, SPAN("true"), JSON_KIND_BOOL);
	case 'f':
		return gate_word(gate, SPAN("false"), JSON_KIND_BOOL | JSON_BLANK_FALSE);
	case 'n':
		return gate_word(gate, SPAN("null"), JSON_BLANK_NULL);
	case '-':
	case '0' ... '9':
		return gate_number(gate);
	default:
		return gate_unexpected(gate, "a value");
	}
}

static int gate_run(struct gate *gate, struct span text, const void *table)
{
	gate->start = gate->at = text.at;
	gate->end = text.at + text.len;
	gate->depth = gate->deepest = gate->members = 0;
	gate->odd = false;
	gate->names.count = 0;
	gate_skip_space(gate);
	if (gate_value(gate, table, 0) < 0)
		return -1;
	gate_skip_space(gate);
	return gate->at == gate->end ? 0 : gate_unexpected(gate, "the end");
}

int json_gate_sifted(struct span text, const struct json_limits *limits,
    const struct json_sieve *sieve, struct arena *arena, struct json_gated *ret_gated,
    struct error *err)
{
	struct gate gate = {.limits = limits, .err = err, .arena = arena};

	if (text.len == 0)
		return error_set(err, "empty");
	if (text.len > limits->max_bytes)
		return error_set(err, "longer than %zu bytes", limits->max_bytes);
	json_members_init(&gate.names, arena);
	json_sift_init(&gate.sift, sieve, text, arena);
	if (gate_run(&gate, text, sieve ? sieve->table : NULL) == 0)
		text = json_sift_end(&gate.sift);
	else if (!gate.sift_failed || gate_run(&gate, text, NULL) < 0)
		return -1;
	*ret_gated = (struct json_gated){text, gate.odd};
	return 0;
}

int json_gate(
    struct span text, const struct json_limits *limits, struct arena *arena, struct error *err)
{
	struct json_gated gated;

	return json_gate_sifted(text, limits, NULL, arena, &gated, err);
}
