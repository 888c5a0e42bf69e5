/* SPDX-License-Identifier: Apache-2.0 */
/* Policies from lines of text, requests from a line and a body: what the tests of policies share.
 */
#ifndef POLICY_CASE_H
#define POLICY_CASE_H

#include "base/arena.h"
#include "base/buf.h"
#include "policy/policy.h"

/* A policy of the lines of |text| ("key = value\n…"); fails the test when a line is refused. */
struct policy *policy_of(const char *text);

/* The error that |text| ends in, or "" when there is none. */
const char *policy_error(const char *text);

/* One request: "POST /v1.41/containers/create?name=x". Fails the test when it cannot be built. */
struct request_case {
	const char *line;
	const char *body;         /* NULL: none */
	const char *content_type; /* NULL: "application/json" with a body, none without */
	const char *upgrade;      /* NULL: none */
	const char *header;       /* "X-Meta-A: b", or NULL */
	const char *state; /* what exists: {"container web": {…}, "volume v": {…}}, or NULL; the
			    * daemon is Docker's where no "daemon version" says otherwise */
	policy_resolve_fn *resolve;
	mounts_fn *mounts;
	const char *upstream;         /* path of the daemon's socket, or NULL */
	const struct policy_own *own; /* NULL: on the host */
	const struct policy *bare;    /* with |needs|, which gets what the request needs */
	struct buf *needs;
};

#define SENT_MOST 4096

/* What became of it: the verdict, the decision, and the trace as text. */
struct outcome {
	struct decision decision;
	bool ungated;      /* the JSON gate refused the body */
	char identity[80]; /* of the decision */
	char trace[16384];
	char sent[SENT_MOST]; /* when it is permitted: its query and body as they are sent on */
};

/* Puts the request through a trial, as the daemon does. Fails the test when another decision is
 * made of the whole body, with a trace, or something else is sent. */
void decide_case(
    const struct policy *policy, const struct request_case *request, struct outcome *ret_outcome);

/* A row of a table: |want| is "allow", or the reason with the field, "grant HostConfig.Binds[0]".
 */
struct policy_row {
	const char *line, *body, *want;
	const char *fix; /* compared when not NULL */
};

/* Decides |request| and compares. False, and said, when something else comes out. */
bool check_row(const struct policy *policy, const struct request_case *request, size_t row,
    const char *want, const char *fix);

void check_rows(const char *policy, const struct policy_row *rows, size_t count);

/* "allow" or "reason field" of an outcome. */
const char *outcome_text(const struct outcome *outcome);

#endif
