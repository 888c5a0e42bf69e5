/* SPDX-License-Identifier: Apache-2.0 */
/* Negated patterns of grants. One rule for all of them, whatever the order of the lines: `!PATTERN`
 * takes back what wildcards cover, and what an open grant leaves free; a value that a line names in
 * full, without a wildcard, stays granted, unless a `!` names it in full as well. */
#include "base/glob.h"
#include "policy/judge.h"

static bool is_full(const struct grant_row *row, bool pair)
{
	return !span_is_glob(row->pattern) &&
	       (!pair || (row->value.at && !span_is_glob(row->value)));
}

/* A text, or a key and its value. */
struct asked {
	struct span text;
	const struct span *value; /* NULL: a text */
};

static bool covers(const void *context, const struct grant_row *row)
{
	const struct asked *asked = context;

	return glob_match(row->pattern, asked->text) &&
	       (!asked->value || !row->value.at || glob_match(row->value, *asked->value));
}

static bool names(const void *context, const struct grant_row *row)
{
	const struct asked *asked = context;

	return is_full(row, asked->value != NULL) && covers(context, row);
}

static const struct grant_row *find(
    const struct patterns *rows, const struct asked *asked, row_fits_fn *fits)
{
	return rows_find_in(
	    rows, asked->text, asked->value ? *asked->value : SPAN(""), fits, asked);
}

const struct grant_row *negate_judge(const struct policy *policy, enum grant grant,
    const struct grant_row *row, struct span text, const struct span *value)
{
	const struct grant_state *state = &policy->grants[grant];
	const struct asked asked = {text, value};

	if (!state->negated)
		return row;
	if (!find(&state->no_rows, &asked, covers))
		return row || state->first || grant_info(grant)->closed ? row : state->negated;
	return find(&state->no_rows, &asked, names) ? NULL : find(&state->rows, &asked, names);
}

const struct grant_row *negate_refusing(const struct policy *policy, enum grant grant,
    struct span text, const struct span *value, bool *ret_final)
{
	const struct patterns *rows = &policy->grants[grant].no_rows;
	const struct asked asked = {text, value};
	const struct grant_row *row = NULL;

	*ret_final = false;
	if (!policy->grants[grant].negated)
		return NULL;
	row = find(rows, &asked, names);
	*ret_final = row != NULL || !(policy->grants[grant].first || grant_info(grant)->closed);
	return row ? row : find(rows, &asked, covers);
}

bool negate_takes_back(
    const struct policy *policy, enum grant grant, struct span text, const struct span *value)
{
	const struct asked asked = {text, value};

	return find(&policy->grants[grant].no_rows, &asked, covers) != NULL;
}
