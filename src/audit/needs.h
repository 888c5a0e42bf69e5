/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AUDIT_NEEDS_H
#define AUDIT_NEEDS_H

#include "base/buf.h"
#include "policy/policy.h"

/* Appends `,"needs":[…]` and what belongs to it: each line that |bare|, the policy that grants
 * nothing, lacks for |request|. NULL for either is nothing. */
void audit_needs_write(
    struct buf *out, const struct policy *bare, const struct policy_request *request);

#endif
