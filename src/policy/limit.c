/* SPDX-License-Identifier: Apache-2.0 */
/* What one request may cost: tests/unit/test_policy_work.c holds the worst of each kind to it. */
#include "policy/judge.h"

static const struct policy_limit_info limits[POLICY_LIMIT_COUNT] = {
    [POLICY_STEPS] = {4000000, "steps of comparing with patterns"},
    [POLICY_PATHS] = {1000, "host paths"},
    [POLICY_RESOLVED] = {64, "host paths to be looked up (resolve_binds)"},
    [POLICY_PARTS] = {256, "directories in a host path"},
    [POLICY_DEVICES] = {256, "parts of device requests"},
    [POLICY_NAMES] = {1000, "names that sockwarden does not know to the letter"},
};

const struct policy_limit_info *policy_limit_info(enum policy_limit limit)
{
	return &limits[limit];
}

bool judge_takes(struct judge *judge, enum policy_limit limit, const struct place *place)
{
	const struct policy_limit_info *info = &limits[limit];
	struct fault fault = {.reason = REASON_LIMIT, .place = place};

	if (judge->used[limit]++ < info->most)
		return true;
	judge_refuse(judge, &fault, "the request has more than %u %s", info->most, info->of);
	return false;
}
