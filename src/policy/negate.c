/* SPDX-License-Identifier: Apache-2.0 */
/* Negated patterns of grants. One rule for all of them, whatever the order of the lines: `!PATTERN`
 * takes back what wildcards cover, and what an open grant leaves free; a value that a line names in
 * full, without a wildcard, stays granted, unless a `!` names it in full as well. */
#include "base/glob.h"
#include "base/room.h"
#include "policy/judge.h"

static bool is_full(const struct grant_row *row, bool pair)
{
	return !span_is_glob(pair ? row->pattern : row->text) &&
	       (!pair || (row->value.at && !span_is_glob(row->value)));
}

/* A text, or a key and its value. */
struct asked {
	enum grant grant;
	struct span text;
	const struct span *value; /* NULL: a text */
};

static bool covers_value(const struct asked *asked, const struct grant_row *row)
{
	return !asked->value || !row->value.at || glob_match(row->value, *asked->value);
}

static bool covers(const void *context, const struct grant_row *row)
{
	const struct asked *asked = context;

	return spelling_meets(asked->grant, row->pattern, asked->text) && covers_value(asked, row);
}

static bool names(const void *context, const struct grant_row *row)
{
	const struct asked *asked = context;

	return is_full(row, asked->value != NULL) && glob_match(row->pattern, asked->text) &&
	       covers_value(asked, row);
}

static const struct grant_row *find(
    const struct patterns *rows, const struct asked *asked, row_fits_fn *fits)
{
	return rows_find_in(
	    rows, asked->text, asked->value ? *asked->value : SPAN(""), fits, asked);
}

/* Bytes of a value that has other spellings. Addresses that carry a signature, and labels in an
 * instruction, have a few thousand. */
#define SPELLING_MOST 16384
#define PATTERN_MOST 1024

/* The negated row that |fits| what the daemon takes for the same value. One too long to tell has
 * any. */
static const struct grant_row *find_spelled(
    const struct grant_state *state, const struct asked *asked, row_fits_fn *fits)
{
	char pattern_room[PATTERN_MOST];
	const struct grant_row *row = spelling_is_one(asked->grant) ? NULL : state->negated;
	char *room = row ? room_of_thread(ROOM_NEGATED, SPELLING_MOST) : NULL;

	if (!room || (spelling_folds(asked->grant) && !span_is_ascii(asked->text)))
		return row;
	struct text text = text_in(room, SPELLING_MOST);

	if (!spelling_write(asked->grant, asked->text, &text))
		return row;
	struct asked same = {asked->grant, text_span(&text), asked->value};

	for (; row; row = row->next) {
		struct text pattern = text_in(pattern_room, sizeof(pattern_room));
		struct grant_row spelled = *row;
		bool whole = spelling_write(asked->grant, row->pattern, &pattern);

		spelled.pattern = text_span(&pattern);
		if (!whole || fits(&same, &spelled))
			break;
	}
	return row;
}

static const struct grant_row *find_negated(
    const struct grant_state *state, const struct asked *asked, row_fits_fn *fits)
{
	const struct grant_row *row = find(&state->no_rows, asked, fits);

	return row ? row : find_spelled(state, asked, fits);
}

const struct grant_row *negate_judge(const struct policy *policy, enum grant grant,
    const struct grant_row *row, struct span text, const struct span *value)
{
	const struct grant_state *state = &policy->grants[grant];
	const struct asked asked = {grant, text, value};

	if (!state->negated)
		return row;
	if (!find_negated(state, &asked, covers))
		return row || state->first || grant_info(grant)->closed ? row : state->negated;
	return find_negated(state, &asked, names) ? NULL : find(&state->rows, &asked, names);
}

const struct grant_row *negate_refusing(const struct policy *policy, enum grant grant,
    struct span text, const struct span *value, bool *ret_final)
{
	const struct grant_state *state = &policy->grants[grant];
	const struct asked asked = {grant, text, value};
	const struct grant_row *row = NULL;

	*ret_final = false;
	if (!state->negated)
		return NULL;
	row = find_negated(state, &asked, names);
	*ret_final = row != NULL || !(state->first || grant_info(grant)->closed);
	return row ? row : find_negated(state, &asked, covers);
}

bool negate_takes_back(
    const struct policy *policy, enum grant grant, struct span text, const struct span *value)
{
	const struct asked asked = {grant, text, value};

	return find_negated(&policy->grants[grant], &asked, covers) != NULL;
}
