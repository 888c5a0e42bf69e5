/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#define LONGEST 48 /* longer names get no suggestion */

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* The number of bytes to put in, take out or change to make one text from the other. */
static size_t distance(struct span a, struct span b)
{
	size_t row[LONGEST + 1];

	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t change = corner + (a.at[i - 1] != b.at[j - 1]);

			corner = row[j];
			row[j] = smallest(change, row[j] + 1, row[j - 1] + 1);
		}
	}
	return row[b.len];
}

void nearest_init(struct nearest *nearest, struct span wanted)
{
	*nearest = (struct nearest){.wanted = wanted};
	nearest->distance = wanted.len / 3 + 2; /* one more than the most that counts as close */
}

void nearest_offer(struct nearest *nearest, const char *name)
{
	struct span offered = span_of(name);

	if (offered.len > LONGEST || nearest->wanted.len > LONGEST)
		return;
	size_t far = distance(nearest->wanted, offered);

	if (far < nearest->distance) {
		nearest->distance = far;
		nearest->best = name;
	}
}
