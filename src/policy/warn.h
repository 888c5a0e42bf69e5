/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings about the lines of a policy. */
#ifndef POLICY_WARN_H
#define POLICY_WARN_H

#include "policy/model.h"

typedef void warn_fn(void *context, const struct policy_source *source, const char *text);

struct warner {
	warn_fn *warn;
	void *context;
};

static inline void warner_say(
    const struct warner *warner, const struct policy_source *source, const char *text)
{
	warner->warn(warner->context, source, text);
}

/* Lines that cannot do what their writer meant. */
void warn_vain(const struct policy *policy, const struct warner *warner);

#endif
