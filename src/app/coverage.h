/* SPDX-License-Identifier: Apache-2.0 */
/* Which lines of policies tests permit or deny by. */
#ifndef APP_COVERAGE_H
#define APP_COVERAGE_H

#include <stdio.h>

#include "app/ask.h"

struct coverage_line;

struct coverage {
	struct arena arena;
	struct coverage_line *first;
	const struct policy *policy; /* whose lines were added last */
	bool failed;                 /* memory was out */
};

void coverage_init(struct coverage *coverage);
void coverage_free(struct coverage *coverage);

/* Adds the rules, grants, requirements and maxima of |policy|, each line once. */
void coverage_add(struct coverage *coverage, const struct policy *policy);

/* The policy that was added last is about to go. */
void coverage_forget(struct coverage *coverage);

/* A test of this policy passed with this answer. */
void coverage_note(struct coverage *coverage, const struct ask *ask);

/* Prints each line that no test permits or denies by, then how many there are. Returns how many. */
unsigned coverage_print(const struct coverage *coverage, FILE *out);

#endif
