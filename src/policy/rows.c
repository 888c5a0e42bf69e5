/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of grants, found by what their patterns begin and end with: base/patterns. */
#include "policy/judge.h"

#include <limits.h>

/* ---- once, when the policy is finished ---------------------------------------------------------
 */

static const struct span none = {NULL, 0};

static struct patterns_ends image_ends(const struct image_row *row)
{
	return patterns_ends(row->name, row->digest.at ? row->digest : row->tag);
}

/* By the first word and the last one. */
static struct patterns_ends argv_ends(const struct argv_row *row)
{
	if (row->count == 0)
		return patterns_ends(none, none);
	return patterns_ends(row->words[0], row->more ? none : row->words[row->count - 1]);
}

/* What lies below is covered as well: bind.c asks for each directory of a path. */
static struct patterns_ends bind_ends(const struct grant_row *row)
{
	struct patterns_ends ends =
	    patterns_ends(row->pattern, span_is_glob(row->pattern) ? row->pattern : none);

	ends.at[1] = none;
	return ends;
}

static struct patterns_ends ends_of(enum grant_kind kind, const struct grant_row *row)
{
	switch (kind) {
	case GRANT_PAIR:
		return patterns_ends(row->pattern, row->value);
	case GRANT_IMAGE:
		return row->image.kind == IMAGE_ROW_NAME ? image_ends(&row->image)
							 : patterns_ends(row->pattern, none);
	case GRANT_ARGV:
		return argv_ends(&row->argv);
	case GRANT_BIND:
		return bind_ends(row);
	case GRANT_FLAG:
	case GRANT_GLOB:
	case GRANT_TEXT:
	case GRANT_PUBLISH:
	case GRANT_CAP:
	case GRANT_NETWORK:
	case GRANT_SECURITY:
	case GRANT_DEVICES:
	default:
		return patterns_ends(row->pattern, none);
	}
}

static int resolve_rows(struct arena *arena, enum grant_kind kind, const struct grant_row *rows,
    struct patterns *patterns, struct error *err)
{
	unsigned count = 0, order = 0;

	for (const struct grant_row *row = rows; row; row = row->next)
		count++;
	if (patterns_init(patterns, count, arena) < 0)
		return error_set(err, "out of memory");
	for (const struct grant_row *row = rows; row; row = row->next) {
		struct patterns_ends ends = ends_of(kind, row);

		patterns_add(patterns, &ends, order++, row);
	}
	return patterns_finish(patterns, arena) < 0 ? error_set(err, "out of memory") : 0;
}

static int resolve(
    struct policy *policy, struct grant_state *state, enum grant_kind kind, struct error *err)
{
	if (kind == GRANT_PUBLISH)
		return 0;
	for (const struct grant_row *row = state->first; row; row = row->next)
		state->has_globs |= span_is_glob(row->pattern);
	return resolve_rows(&policy->arena, kind, state->first, &state->rows, err) < 0 ||
		       resolve_rows(&policy->arena, kind, state->negated, &state->no_rows, err) < 0
		   ? -1
		   : 0;
}

int grants_resolve(struct policy *policy, struct error *err)
{
	for (unsigned i = GRANT_NONE + 1; i < GRANT_MAX; i++) {
		if (resolve(policy, &policy->grants[i], grant_info((enum grant)i)->kind, err) < 0)
			return -1;
	}
	for (unsigned i = GRANT_NONE + 1; i < GRANT_MAX; i++)
		policy->free_grants[i] = grant_is_free(policy, (enum grant)i);
	return publish_resolve(policy, err);
}

/* ---- asking ------------------------------------------------------------------------------------
 */

struct asked {
	row_fits_fn *fits;
	const void *context;
};

static bool fits(const void *context, const void *row)
{
	const struct asked *asked = context;

	return asked->fits(asked->context, row);
}

const struct grant_row *rows_find_in(const struct patterns *patterns, struct span front,
    struct span back, row_fits_fn *row_fits, const void *context)
{
	struct asked asked = {row_fits, context};
	unsigned order = UINT_MAX;

	return patterns_find(patterns, front, back, fits, &asked, &order);
}

const struct grant_row *rows_find(const struct policy *policy, enum grant grant, struct span front,
    struct span back, row_fits_fn *row_fits, const void *context)
{
	return rows_find_in(&policy->grants[grant].rows, front, back, row_fits, context);
}
