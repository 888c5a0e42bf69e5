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

static bool covers(const struct grant_row *row, struct span text, const struct span *value)
{
	return glob_match(row->pattern, text) &&
	       (!value || !row->value.at || glob_match(row->value, *value));
}

/* The row that names the text in full, or else (|any|) one that covers it. */
static const struct grant_row *strongest(
    const struct grant_row *row, bool any, struct span text, const struct span *value)
{
	const struct grant_row *found = NULL;

	for (; row; row = row->next) {
		if (!covers(row, text, value))
			continue;
		if (is_full(row, value != NULL))
			return row;
		if (any)
			found = row;
	}
	return found;
}

const struct grant_row *negate_judge(const struct policy *policy, enum grant grant,
    const struct grant_row *row, struct span text, const struct span *value)
{
	const struct grant_state *state = &policy->grants[grant];

	if (!state->negated)
		return row;
	const struct grant_row *no = strongest(state->negated, true, text, value);

	if (!no)
		return row || state->first || grant_info(grant)->closed ? row : state->negated;
	return is_full(no, value != NULL) ? NULL : strongest(state->first, false, text, value);
}

bool negate_takes_back(
    const struct policy *policy, enum grant grant, struct span text, const struct span *value)
{
	return strongest(policy->grants[grant].negated, true, text, value) != NULL;
}
