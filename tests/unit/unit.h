/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit test includes first: cmocka and the headers it needs before it. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/span.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The tables can be changed under any test: tests/mutation. */
extern const int mutation_linked;
static const int *const unit_can_be_mutated __attribute__((used)) = &mutation_linked;

/* Fails with both texts when a span is not |text|. */
static inline void assert_span(struct span span, const char *text)
{
	if (!span_equal(span, span_of(text)))
		fail_msg("\"%.*s\" is not \"%s\"", (int)span.len, span.at ? span.at : "", text);
}

#endif
