/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files that judge binds. */
#ifndef POLICY_BIND_H
#define POLICY_BIND_H

#include "policy/judge.h"

/* A refusal of a host path that no line covers. */
static inline struct fault bind_fault(const struct place *place, struct span path)
{
	return (struct fault){
	    .reason = REASON_GRANT, .place = place, .value = path, .grant = GRANT_BIND_ID};
}

/* The row that covers |need|; else NULL, and |*ret_near| covers its path at least, or is NULL. */
const struct grant_row *bind_find(
    const struct policy *policy, const struct bind_need *need, const struct grant_row **ret_near);

typedef bool bind_row_fn(const struct grant_row *row, const void *context);

/* Whether one of the rows that cover |need| is so. Which of them comes first means nothing. */
bool bind_any(const struct policy *policy, const struct bind_need *need, bind_row_fn *is_so,
    const void *context);

/* Judges a bind that is granted, of a path without symbolic links, by the mounts of the host. */
void bind_judge_host(struct judge *judge, const struct place *place, const struct bind_need *need);

#endif
