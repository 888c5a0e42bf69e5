/* SPDX-License-Identifier: Apache-2.0 */
/* Names of reasons, and refusals that no policy was asked for. */
#include <stdarg.h>
#include <stdio.h>

#include "policy/judge.h"

const char *reason_name(enum reason reason)
{
	static const char *const names[REASON_MAX] = {
	    [REASON_NONE] = "none",
	    [REASON_NO_RULE] = "no_rule",
	    [REASON_DENY_RULE] = "deny_rule",
	    [REASON_UNKNOWN_ROUTE] = "unknown_route",
	    [REASON_API_VERSION] = "api_version",
	    [REASON_GRANT] = "grant",
	    [REASON_NEVER] = "never",
	    [REASON_UNKNOWN_FIELD] = "unknown_field",
	    [REASON_UNKNOWN_PARAM] = "unknown_param",
	    [REASON_REDACT] = "redact",
	    [REASON_OWNER] = "owner",
	    [REASON_OWN_CONTAINER] = "own_container",
	    [REASON_REQUIREMENT] = "requirement",
	    [REASON_BODY] = "body",
	    [REASON_AMBIGUOUS] = "ambiguous",
	    [REASON_UPGRADE] = "upgrade",
	    [REASON_LIMIT] = "limit",
	    [REASON_CLIENT] = "client",
	    [REASON_UPSTREAM] = "upstream",
	    [REASON_INTERNAL] = "internal",
	};

	return reason < REASON_MAX && names[reason] ? names[reason] : "internal";
}

/* Member by member: a decision is large, and most requests are allowed. */
void decision_reset(struct decision *ret_decision, enum reason reason, unsigned status)
{
	ret_decision->verdict = VERDICT_DENY;
	ret_decision->reason = reason;
	ret_decision->status = status;
	ret_decision->drop_body = false;
	ret_decision->elsewhere = false;
	ret_decision->grant = GRANT_NONE;
	ret_decision->requirement = NULL;
	ret_decision->rule = (struct policy_source){0};
	ret_decision->field[0] = '\0';
	ret_decision->value[0] = '\0';
	ret_decision->message[0] = '\0';
	ret_decision->fix[0] = '\0';
	ret_decision->wants_body = false;
	ret_decision->wants_state = false;
	ret_decision->of_stored = false;
	ret_decision->remedy_count = 0;
	ret_decision->remedies_beyond = 0;
	ret_decision->wanted_count = 0;
	ret_decision->identity = (struct span){NULL, 0};
}

void decision_foretell(struct decision *decision, const char *format, ...)
{
	struct remedy *remedy = &decision->remedies[decision->remedy_count];
	va_list args;

	if (decision->remedy_count == POLICY_REMEDIES_MOST) {
		decision->remedies_beyond++;
		return;
	}
	remedy->kind = REMEDY_BAD;
	remedy->gives_host = false;
	va_start(args, format);
	(void)vsnprintf(remedy->text, sizeof(remedy->text), format, args);
	va_end(args);
	decision->remedy_count++;
}

void decision_refuse(
    struct decision *ret_decision, enum reason reason, unsigned status, const char *format, ...)
{
	va_list args;

	decision_reset(ret_decision, reason, status);
	va_start(args, format);
	(void)vsnprintf(ret_decision->message, sizeof(ret_decision->message), format, args);
	va_end(args);
}
