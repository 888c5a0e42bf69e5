/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": the known name that a mistyped one is closest to. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include "base/span.h"

/* The best candidate so far. */
struct nearest {
	struct span wanted;
	const char *best; /* NULL while nothing is close enough */
	size_t distance;
};

void nearest_init(struct nearest *nearest, struct span wanted);

/* Takes |name| when it is closer to what is wanted than all names before, and close at all. */
void nearest_offer(struct nearest *nearest, const char *name);

#endif
