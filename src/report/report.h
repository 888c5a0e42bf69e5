/* SPDX-License-Identifier: Apache-2.0 */
/* From audit logs to one HTML page. docs/report.md is for people. Lines are added up as they come:
 * memory has a limit whatever the log holds. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/buf.h"
#include "base/error.h"
#include "policy/policy.h"

struct report;

/* What is known of the configuration. */
struct report_known {
	/* The policy of this name, or NULL. It lives as long as the report. */
	const struct policy *(*policy)(void *context, const char *name);
	/* Whether a rule of |policy| allows the request of an audit line, and which line. */
	bool (*allows)(void *context, const struct policy *policy, struct span line,
	    struct policy_source *ret_source);
	const char *name; /* of the configuration */
	void *context;
};

struct report_options {
	const char *policy; /* only what this policy of the log judged; NULL: all of them */
	const struct report_known *known; /* NULL: nothing is known of policies but the log */
};

/* |options| lives as long. NULL when memory is out. */
struct report *report_new(const struct report_options *options);
void report_free(struct report *report);

/* The lines that follow are of the file |name|, which lives as long as the report. Returns 0, or
 * -1 with |err| when memory is out. */
MUST_CHECK int report_begin_file(struct report *report, const char *name, struct error *err);

/* Takes one line, without its newline. One that is no audit line is counted. Returns 0, or -1 with
 * |err| when memory is out. */
MUST_CHECK int report_take(struct report *report, struct span line, struct error *err);

/* Of the file that was begun last: lines that are not blank, and those that are no audit lines. */
uint64_t report_file_lines(const struct report *report);
uint64_t report_file_unreadable(const struct report *report);

/* Appends the page. Once, at the end. Returns 0, or -1 with |err| when memory is out. */
MUST_CHECK int report_write(struct report *report, struct buf *out, struct error *err);

#endif
