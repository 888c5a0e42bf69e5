/* SPDX-License-Identifier: Apache-2.0 */
/* Grants that are twins: narrowing one closes the other, or `check` warns that it is open. */
#include "policy/judge.h"

static bool row_covers_all(enum grant_kind kind, const struct grant_row *row)
{
	if (kind == GRANT_ARGV)
		return row->argv.more && row->argv.count == 0;
	return span_is(row->text, "*") || span_is(row->text, "**");
}

static bool covers_all(const struct policy *policy, enum grant grant)
{
	const struct grant_row *row = policy->grants[grant].first;

	while (row && !row_covers_all(grant_info(grant)->kind, row))
		row = row->next;
	return row != NULL;
}

bool twin_is_narrowed(const struct policy *policy, enum grant grant)
{
	const struct grant_state *state = &policy->grants[grant];

	return !policy_grants_all(policy) && state->given &&
	       (state->negated || !covers_all(policy, grant));
}

void twin_resolve(struct policy *policy)
{
	const struct grant_twin *twin;

	for (unsigned i = 0; (twin = grant_twin_at(i)); i++) {
		if (twin->closes && !policy->grants[twin->twin].given &&
		    twin_is_narrowed(policy, twin->grant)) {
			policy->shut[twin->twin] |= twin->where;
			policy->free_grants[twin->twin] = false; /* its members are looked at */
		}
	}
}

/* ---- in an operation ---------------------------------------------------------------------------
 */

/* What exists was made under other policies as well: no twin closes anything there. */
static bool is_shut(const struct judge *judge, enum grant grant)
{
	const struct docker_operation *operation = judge->request->match.operation;

	return operation && !judge_is_stored(judge) &&
	       judge->policy->shut[grant] & 1u << operation->subject;
}

bool grant_is_free_here(const struct judge *judge, enum grant grant)
{
	return grant_is_free(judge->policy, grant) && !is_shut(judge, grant);
}

const char *grant_closed_by(const struct judge *judge, enum grant grant)
{
	const struct grant_twin *twin;

	for (unsigned i = 0; is_shut(judge, grant) && (twin = grant_twin_at(i)); i++) {
		if (twin->closes && twin->twin == grant &&
		    twin->where & 1u << judge->request->match.operation->subject &&
		    twin_is_narrowed(judge->policy, twin->grant))
			return grant_info(twin->grant)->name;
	}
	return NULL;
}
