/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody meant who wrote a name that does not exist. */
#include "policy/model.h"

#define NEAREST_LENGTH 40 /* longer names are not compared */

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* How many single letters differ (Levenshtein), row by row. */
static unsigned distance(struct span a, struct span b)
{
	unsigned row[NEAREST_LENGTH + 1];

	for (unsigned j = 0; j <= b.len; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= b.len; j++) {
			unsigned above = row[j];
			unsigned swap = diagonal + (a.at[i - 1] != b.at[j - 1]);

			row[j] = least(above + 1, row[j - 1] + 1, swap);
			diagonal = above;
		}
	}
	return row[b.len];
}

const char *nearest_name(struct span name, const char *(*name_at)(unsigned index))
{
	const char *best = NULL, *candidate;
	unsigned best_distance = (unsigned)(name.len < NEAREST_LENGTH ? name.len / 2 + 1 : 0);

	for (unsigned i = 0; (candidate = name_at(i)); i++) {
		struct span span = span_of(candidate);

		if (span.len > NEAREST_LENGTH || name.len > NEAREST_LENGTH)
			continue;
		unsigned d = distance(name, span);

		if (d < best_distance) {
			best_distance = d;
			best = candidate;
		}
	}
	return best;
}
