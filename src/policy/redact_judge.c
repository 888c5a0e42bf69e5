/* SPDX-License-Identifier: Apache-2.0 */
/* Requests whose answers cannot be searched for what the policy hides, and what `check` says of
 * ways around it. */
#include "policy/judge.h"

/* ---- requests ----------------------------------------------------------------------------------
 */

static void refuse(
    struct judge *judge, const struct place *place, struct span value, const char *sentence)
{
	struct fault fault = {.reason = REASON_REDACT,
	    .place = place,
	    .value = value,
	    .rule = judge->policy->redact.hidden.source};

	judge_refuse(judge, &fault, "%s", sentence);
}

/* Columns of ps: where a command is not the last one, its words stand in several. */
static void judge_param(struct judge *judge, const struct pair *pair)
{
	const struct docker_param *param =
	    docker_param_find(judge->request->match.operation, pair->name);
	struct place place = {.kind = PLACE_QUERY, .name = pair->name};

	if (param && param->reshapes && pair->value.len > 0 &&
	    !span_in_words(pair->value, grant_info(param->grant)->safe))
		refuse(judge, &place, pair->value,
		    "chooses what the answer has, so that \"redact\" cannot tell the values in it; "
		    "leave it out");
}

void redact_judge(struct judge *judge)
{
	const struct policy_request *request = judge->request;
	const struct docker_operation *operation = request->match.operation;
	unsigned kinds = judge->policy->redact.hidden.bits;

	if (!operation || operation->answer == ANSWER_UNKNOWN) {
		refuse(judge, NULL, SPAN(""),
		    "the answer can have values that \"redact\" hides in places that are not "
		    "known; "
		    "a policy with \"redact\" never permits this operation");
		return;
	}
	if (!docker_answer_names(operation->shows, kinds))
		return;
	for (size_t i = 0; i < request->query_count && !judge_done(judge); i++)
		judge_param(judge, &request->query[i]);
}

/* ---- warnings ----------------------------------------------------------------------------------
 */

static void warn_raw(const struct policy *policy, redact_warn_fn *warn, void *context)
{
	char room[640];
	struct text text = text_in(room, sizeof(room));

	text_add(
	    &text, SPAN("redact: values that it hides can be read by other operations that the "
			"rules allow:"));
	size_t empty = text.len;

	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);

		if (operation->answer == ANSWER_RAW && !(operation->traits & TRAIT_CALL) &&
		    policy_may_allow(policy, operation))
			text_add_format(
			    &text, "%s %s", text.len > empty ? "," : "", operation->name);
	}
	if (text.len == empty)
		return;
	text_add(&text, SPAN("; see docs/redaction.md"));
	warn(context, &policy->redact.hidden.source, room);
}

/* What clients need and are not told. Where names are left out, these may be those they need. */
static unsigned missed_kinds(const struct redact_state *redact)
{
	unsigned named = redact->except ? REDACT_ENV | REDACT_LABELS : 0;

	return redact->hidden.bits & redact->needed.bits & ~named;
}

static void warn_needed(const struct policy *policy, redact_warn_fn *warn, void *context)
{
	const struct redact_state *redact = &policy->redact;
	char room[400];
	struct text text = text_in(room, sizeof(room));

	text_add(
	    &text, SPAN("redact hides values that the clients of this policy need (real_values "
			"in "));
	text_add_format(&text, "%s:%u):", redact->needed.source.file, redact->needed.source.line);
	for (unsigned i = 0; i < REDACT_KIND_COUNT; i++) {
		if (missed_kinds(redact) & 1u << i)
			text_add_format(&text, " %s", docker_redact_word(i));
	}
	text_add(&text, SPAN("; they would work with *** in their place"));
	warn(context, &redact->hidden.source, room);
}

void redact_warn(const struct policy *policy, redact_warn_fn *warn, void *context)
{
	const struct redact_state *redact = &policy->redact;

	if (!redact->hidden.bits)
		return;
	if (policy->plans)
		warn_raw(policy, warn, context);
	if (missed_kinds(redact))
		warn_needed(policy, warn, context);
}
