/* SPDX-License-Identifier: Apache-2.0 */
/* Grants as they are written: one line of values read into rows. */
#include "policy/judge.h"

#define ADDRESS_MOST 1024 /* bytes of a pattern of addresses */

static int flag_add(struct policy_line *line, struct grant_state *state, struct error *err)
{
	bool value;

	if (!word_to_bool(line->value, &value))
		return error_set(
		    err, "\"%.*s\" is not yes or no", (int)line->value.len, line->value.at);
	if (state->given && state->flag != value)
		return error_set(err, "already set to another value; keep one of the two lines");
	state->given = true;
	state->flag = value;
	state->source = line->source;
	return 0;
}

/* `*` alone is everything; elsewhere it stops at '/', as paths want it. */
static int glob_row(struct policy *policy, struct grant_row *row, struct error *err)
{
	row->pattern = span_is(row->text, "*") ? policy_keep_stars(policy, row->text) : row->text;
	return row->pattern.at ? 0 : error_set(err, "out of memory");
}

static int signal_row(struct policy *policy, struct grant_row *row, struct error *err)
{
	char room[SIGNAL_MOST];
	struct span name = signal_name(row->text, &room);

	row->pattern = policy_keep(policy, name);
	return row->pattern.at ? 0 : error_set(err, "out of memory");
}

/* In pairs '/' is nothing special, since a label may be example.org/team; but for keys that are
 * paths. */
static int pair_row(struct policy *policy, struct grant_row *row, struct error *err)
{
	struct span key = span_cut(row->text, '=', &row->value);

	row->pattern = span_starts(key, SPAN("/")) ? key : policy_keep_stars(policy, key);
	if (row->value.at) {
		row->value = policy_keep_stars(policy, row->value);
		if (!row->value.at)
			return error_set(err, "out of memory");
	}
	return row->pattern.at ? 0 : error_set(err, "out of memory");
}

static int stars_row(
    struct policy *policy, enum grant grant, struct grant_row *row, struct error *err)
{
	row->pattern = grant == GRANT_IMAGE_CHANGE_ID ? instruction_keep(policy, row->text)
						      : policy_keep_stars(policy, row->text);
	return row->pattern.at ? 0 : error_set(err, "out of memory");
}

static int row_parse(
    struct policy *policy, enum grant grant, struct grant_row *row, struct error *err)
{
	switch (grant_info(grant)->kind) {
	case GRANT_PAIR:
		return pair_row(policy, row, err);
	case GRANT_PUBLISH:
		return publish_row_parse(row, err);
	case GRANT_IMAGE:
		return image_row_parse(policy, grant, row, err);
	case GRANT_CAP:
		return cap_row_parse(policy, row, err);
	case GRANT_SECURITY:
	case GRANT_TEXT:
		return stars_row(policy, grant, row, err);
	case GRANT_FLAG:
	case GRANT_GLOB:
	case GRANT_BIND:
	case GRANT_NETWORK:
	case GRANT_DEVICES:
	case GRANT_ARGV:
	default:
		return grant == GRANT_SIGNAL_ID ? signal_row(policy, row, err)
						: glob_row(policy, row, err);
	}
}

static struct grant_row *row_new(struct policy_line *line, struct span text)
{
	struct grant_row *row = arena_alloc(&line->policy->arena, sizeof(*row));

	if (!row)
		return NULL;
	*row = (struct grant_row){.source = line->source, .text = policy_keep(line->policy, text)};
	return row->text.at ? row : NULL;
}

static void row_append(struct grant_state *state, struct grant_row *row)
{
	if (state->last)
		state->last->next = row;
	else
		state->first = row;
	state->last = row;
	state->given = true;
	row->order = state->count++;
}

/* A `!` of an address without a scheme is about each scheme. */
static struct span any_scheme(struct policy *policy, enum grant grant, struct span pattern)
{
	char room[ADDRESS_MOST];
	struct text text = text_in(room, sizeof(room));
	bool address = grant == GRANT_IMPORT_ID || grant == GRANT_BUILD_REMOTE_ID;

	if (!address || pattern.len == 0 || strchr("*?-", *pattern.at) ||
	    memmem(pattern.at, pattern.len, "://", 3) || pattern.len + 4 >= sizeof(room))
		return pattern;
	text_add(&text, SPAN("*://"));
	text_add(&text, pattern);
	return policy_keep(policy, text_span(&text));
}

/* A row of `!PATTERN` stands apart: nothing is found in it that is granted. Its `*` matches slashes
 * as well: `!evil*` takes back "evil/x". */
static int row_negate(
    struct policy_line *line, enum grant grant, struct grant_row *row, struct error *err)
{
	struct policy *policy = line->policy;
	struct grant_state *state = &policy->grants[grant];

	row->pattern = any_scheme(policy, grant, row->pattern);
	if (row->pattern.at)
		row->pattern = policy_keep_stars(policy, row->pattern);
	if (!row->pattern.at)
		return error_set(err, "out of memory");
	row->next = state->negated;
	state->negated = row;
	state->given = true;
	return 0;
}

static int refuse_mark(struct span word, struct error *err)
{
	return error_set(err,
	    "\"%.*s\": this key takes no negated patterns; list what is permitted", (int)word.len,
	    word.at);
}

/* "!" alone is a word of some programs (test ! -e /x). */
static bool is_negation(struct span word)
{
	return word.len > 1 && word.at[0] == '!';
}

/* Takes the mark off a word that negates; the grammars of the other kinds have no room for it. */
static int take_mark(struct span *word, enum grant_kind kind, bool *ret_negated, struct error *err)
{
	bool negates =
	    kind == GRANT_GLOB || kind == GRANT_PAIR || kind == GRANT_NETWORK || kind == GRANT_TEXT;

	*ret_negated = word->len > 0 && word->at[0] == '!';
	if (!*ret_negated)
		return 0;
	if (!negates)
		return refuse_mark(*word, err);
	*word = (struct span){word->at + 1, word->len - 1};
	if (word->len == 0 || word->at[0] == '!')
		return error_set(err, "\"!\" stands once, before a pattern");
	return 0;
}

/* bind = PATH [option …]: one row a line. */
static int bind_add(struct policy_line *line, struct grant_state *state, struct error *err)
{
	struct span rest = line->value, path;

	if (word_next(&rest, &path) <= 0)
		return quotes_refuse(err);
	struct grant_row *row = row_new(line, path);

	if (!row)
		return error_set(err, "out of memory");
	if (bind_row_parse(line->policy, row, rest, err) < 0)
		return -1;
	row_append(state, row);
	return 0;
}

/* device_request = DRIVER… [OPTION=VALUE…]: one row a driver, with the options of the line. */
static int devices_add(struct policy_line *line, struct grant_state *state, struct error *err)
{
	struct span rest = policy_keep(line->policy, line->value), word;
	struct devices_row options;

	if (!rest.at)
		return error_set(err, "out of memory");
	if (devices_read(rest, &options, err) < 0)
		return -1;
	while (word_next(&rest, &word) > 0 && !span_has(word, '=')) {
		struct grant_row *row = is_negation(word) ? NULL : row_new(line, word);

		if (is_negation(word))
			return refuse_mark(word, err);
		if (!row || glob_row(line->policy, row, err) < 0)
			return error_set(err, "out of memory");
		row->devices = options;
		row_append(state, row);
	}
	return 0;
}

/* Marks that mean something in other lines, and nothing in a command line. */
static int argv_check(struct span line, struct error *err)
{
	struct span rest = line, word;

	while (word_next(&rest, &word) > 0) {
		if (is_negation(word))
			return refuse_mark(word, err);
		if (span_is(word, "**") && span_trim(rest).len > 0)
			return error_set(err, "\"**\" stands last, for any more words; one word of "
					      "any kind is \"*\"");
	}
	return 0;
}

/* command = WORD…: one command line a line. */
static int argv_add(struct policy_line *line, struct grant_state *state, struct error *err)
{
	struct grant_row *row = row_new(line, line->value);

	if (row && argv_check(line->value, err) < 0)
		return -1;
	if (!row)
		return error_set(err, "out of memory");
	if (argv_row_parse(line->policy, row, err) < 0)
		return -1;
	row_append(state, row);
	return 0;
}

static int words_add(
    struct policy_line *line, struct grant_state *state, enum grant grant, struct error *err)
{
	struct span rest = line->value, word;
	int more;

	while ((more = word_next(&rest, &word)) > 0) {
		bool negated;

		if (take_mark(&word, grant_info(grant)->kind, &negated, err) < 0 ||
		    grant_value_check(grant, line->value, word, err) < 0)
			return -1;
		struct grant_row *row = row_new(line, word);

		if (!row)
			return error_set(err, "out of memory");
		if (row_parse(line->policy, grant, row, err) < 0)
			return -1;
		if (!negated)
			row_append(state, row);
		else if (row_negate(line, grant, row, err) < 0)
			return -1;
	}
	return more < 0 ? quotes_refuse(err) : 0;
}

int grant_add(struct policy_line *line, enum grant grant, struct error *err)
{
	struct grant_state *state = &line->policy->grants[grant];

	switch (grant_info(grant)->kind) {
	case GRANT_FLAG:
		return flag_add(line, state, err);
	case GRANT_BIND:
		return bind_add(line, state, err);
	case GRANT_ARGV:
		return argv_add(line, state, err);
	case GRANT_DEVICES:
		return devices_add(line, state, err);
	case GRANT_GLOB:
	case GRANT_TEXT:
	case GRANT_PAIR:
	case GRANT_PUBLISH:
	case GRANT_IMAGE:
	case GRANT_CAP:
	case GRANT_NETWORK:
	case GRANT_SECURITY:
	default:
		return words_add(line, state, grant, err);
	}
}
