/* SPDX-License-Identifier: Apache-2.0 */
/* A question and its answer, as text and as JSON. */
#ifndef APP_EXPLAIN_H
#define APP_EXPLAIN_H

#include <stdio.h>

#include "app/ask.h"
#include "base/error.h"

/* What was asked. */
struct explained {
	struct ask_request request;
	const char *config;
	const char *policy;     /* NULL until it is known */
	bool verbose;           /* rules that do not match are shown as well */
	const char *audit_note; /* what the audit line could not tell, or NULL */
	bool body_unknown;      /* the request had a body, or may have had, and it is not here */
	struct {
		const char *time, *event, *reason,
		    *message; /* of the audit line; event NULL: none */
		unsigned status;
		const cJSON *fixes, *host_fixes, *changes; /* lists, or NULL */
		unsigned more;                             /* that the line had no room for */
	} recorded;
};

/* Takes method, target and policy from an audit line (docs/audit.md); a policy that is named
 * already stays. Texts come from |arena|. Returns 0 or -1 with |err|. */
MUST_CHECK int explain_from_audit(
    struct span line, struct arena *arena, struct explained *explained, struct error *err);

/* Whether rules of |policy| allow the request of an audit line, whatever its body and the objects
 * are, and by which line. |arena| is for scratch, and is reset. */
bool explain_audit_allows(struct span line, const struct policy *policy,
    const struct limits *limits, struct arena *arena, struct policy_source *ret_source);

/* True when the request is permitted as far as it is known, and a body that is not would decide. */
bool explain_is_unknown(const struct explained *explained, const struct ask *ask);

/* Writes which objects were not known, and how to tell of them. False when there are none. */
bool explain_state_note(struct buf *out, const struct ask *ask);

void explain_text(FILE *out, const struct explained *explained, const struct ask *ask, bool colour);
void explain_json(FILE *out, const struct explained *explained, const struct ask *ask);

#endif
