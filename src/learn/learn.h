/* SPDX-License-Identifier: Apache-2.0 */
/* From an audit log of `audit_level = learn` to the smallest policy that permits what it tells of.
 * docs/learn.md is for people. Lines are added up as they come, so that a log of any size takes the
 * memory of what is different in it. */
#ifndef LEARN_LEARN_H
#define LEARN_LEARN_H

#include "base/buf.h"
#include "base/error.h"
#include "policy/policy.h"

struct learn;

/* What is known of a policy that is there already. */
struct learn_known {
	const struct policy *policy;
	const char
	    *heading; /* what stands for it in the output, "include = preset:traefik", or NULL */
	/* The line of |policy| that allows the request of an audit line, or false. */
	bool (*allows)(void *context, struct span line, struct policy_source *ret_source);
	void *context;
};

struct learn_options {
	const char *policy; /* only what this policy of the log judged; NULL: all of them */
	bool denied;        /* what was denied is learned too */
	const struct learn_known *known; /* only what goes beyond it; NULL: everything */
};

/* |options| lives as long. NULL when memory is out. */
struct learn *learn_new(const struct learn_options *options);
void learn_free(struct learn *learn);

/* Takes one line of the log, without its newline. One that is no audit line is counted. Returns 0,
 * or -1 with |err| when memory is out. */
MUST_CHECK int learn_take(struct learn *learn, struct span line, struct error *err);

/* How many requests were learned from, and how many lines could not be read. */
uint64_t learn_requests(const struct learn *learn);
uint64_t learn_unreadable(const struct learn *learn);

/* Writes the policies, one section for each in the log. Once, at the end. Returns 0, or -1 with
 * |err| when memory is out. */
MUST_CHECK int learn_write(struct learn *learn, struct buf *out, struct error *err);

#endif
