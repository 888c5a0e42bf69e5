/* SPDX-License-Identifier: Apache-2.0 */
/* The order of a judgement: version, rules, upgrade, content type, parameters, body, requirements.
 */
#include "base/meter.h"
#include "json/json.h"
#include "policy/judge.h"
#include "policy/remedy.h"
#include "policy/stored.h"
#include "docker/call.h"

/* ---- the head ----------------------------------------------------------------------------------
 */

static void version_judge(struct judge *judge)
{
	const struct setting_state *oldest = &judge->policy->settings[SETTING_MIN_API];
	const struct setting_state *newest = &judge->policy->settings[SETTING_MAX_API];
	unsigned api = judge->request->api;
	char fix[32];
	struct text text = text_in(fix, sizeof(fix));
	struct fault fault = {.reason = REASON_API_VERSION, .fix = fix};

	if (api == 0)
		return;
	if (api < oldest->value) {
		text_add_format(&text, "min_api = 1.%u", api);
		fault.rule = oldest->source;
		judge_refuse(judge, &fault,
		    "API version 1.%u is older than min_api = 1.%u; use a newer client", api,
		    oldest->value);
	} else if (newest->given && api > newest->value) {
		text_add_format(&text, "max_api = 1.%u", api);
		fault.rule = newest->source;
		judge_refuse(judge, &fault,
		    "API version 1.%u is newer than max_api = 1.%u; set DOCKER_API_VERSION for the "
		    "client",
		    api, newest->value);
	}
}

static bool has_token(struct span list, struct span token)
{
	while (list.at) {
		if (span_equal_nocase(span_trim(span_cut(list, ',', &list)), token))
			return true;
	}
	return false;
}

/* The proxy drops upgrades where an operation does not leave HTTP, and offers of h2c elsewhere: a
 * daemon that took one would speak HTTP/2 from then on. None is left here. */
static const char *upgrade_fault(const struct docker_operation *operation, struct span upgrade)
{
	unsigned traits = operation ? operation->traits : 0;

	if (traits & TRAIT_H2C)
		return span_equal_nocase(upgrade, SPAN("h2c")) ? NULL : "needs \"Upgrade: h2c\"";
	if (traits & TRAIT_WEBSOCKET && !span_equal_nocase(upgrade, SPAN("websocket")))
		return "needs \"Upgrade: websocket\"";
	if (has_token(upgrade, SPAN("h2c")))
		return "HTTP/2 is not spoken here";
	return NULL;
}

static void upgrade_judge(struct judge *judge)
{
	struct place place = {.kind = PLACE_HEADER, .name = SPAN("Upgrade")};
	const char *text = upgrade_fault(judge->request->match.operation, judge->request->upgrade);

	if (text)
		judge_bad(judge, REASON_UPGRADE, &place, judge->request->upgrade, text);
}

static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] <= ' ' || s.at[i] > '~' || strchr("()<>@,;:\\\"/[]?=", s.at[i]))
			return false;
	}
	return s.len > 0;
}

/* "; charset=utf-8", in quotes or not, or nothing. */
static bool json_parameters_fit(struct span rest)
{
	struct span more, value, one = span_trim(span_cut(rest, ';', &more));

	if (one.len == 0)
		return span_trim(more).len == 0;
	struct span name = span_cut(one, '=', &value);

	if (value.len > 2 && value.at[0] == '"' && value.at[value.len - 1] == '"')
		value = (struct span){value.at + 1, value.len - 2};
	return span_equal_nocase(name, SPAN("charset")) && is_token(value) &&
	       span_trim(more).len == 0;
}

static bool is_form(struct span type)
{
	struct span start = {type.at, sizeof("multipart/") - 1};

	return span_equal_nocase(type, SPAN("application/x-www-form-urlencoded")) ||
	       (type.len >= start.len && span_equal_nocase(start, SPAN("multipart/")));
}

/* Whether a body has, or may turn out to have, a byte that the daemon would read. */
static bool has_bytes(const struct policy_request *request)
{
	const struct docker_operation *operation = request->match.operation;
	bool read_later = request->length_unknown && operation && operation->body != BODY_STREAM;

	if (request->body_read)
		return request->body != NULL;
	return request->has_body && !read_later;
}

/* A form overrides the query in many of the daemon's handlers. One without a byte says nothing. */
static const char *content_fault(const struct policy_request *request, struct span content)
{
	const struct docker_operation *operation = request->match.operation;
	struct span rest, type = span_trim(span_cut(content, ';', &rest));

	if (is_form(type) && has_bytes(request))
		return operation && operation->body == BODY_JSON
			   ? "a form is refused: send JSON as application/json"
			   : "a form is refused, the daemon would take parameters from it: send "
			     "them in the query";
	if (!operation || operation->body != BODY_JSON ||
	    !span_equal_nocase(type, SPAN("application/json")))
		return NULL;
	return json_parameters_fit(rest) ? NULL : "is malformed";
}

static void content_judge(struct judge *judge)
{
	struct place place = {.kind = PLACE_HEADER, .name = SPAN("Content-Type")};
	struct span content = judge->request->content_type;
	const char *text;

	if (content.len == 0)
		return;
	text = content_fault(judge->request, content);
	if (text)
		judge_bad(judge, REASON_BODY, &place, content, text);
}

/* What holds within a build depends on how old the daemon is. */
static void daemon_ask(struct judge *judge)
{
	const struct docker_operation *operation = judge->request->match.operation;

	if (operation && operation->traits & TRAIT_H2C && !(operation->traits & TRAIT_SERVES) &&
	    policy_mediates_builds(judge->policy))
		(void)stored_ask(judge, OBJECT_DAEMON, NULL, SPAN("version"), false);
}

static void head_judge(struct judge *judge)
{
	version_judge(judge);
	if (!judge_done(judge))
		rules_judge(judge);
	if (judge->policy->owner.key.at && !judge_done(judge))
		owner_judge_head(judge);
	if (judge->policy->redact.hidden.bits && !judge_done(judge))
		redact_judge(judge);
	if (!judge_done(judge))
		upgrade_judge(judge);
	if (!judge_done(judge))
		daemon_ask(judge);
	if (!judge_done(judge))
		content_judge(judge);
	if (!judge_done(judge))
		params_judge(judge);
}

/* ---- the body ----------------------------------------------------------------------------------
 */

static void body_unwanted(struct judge *judge)
{
	bool any = judge->request->match.operation->body == BODY_IGNORED;
	const cJSON *body = judge->request->body;

	if (any || !body || (!body->child && json_is_empty(body)))
		judge->decision->drop_body = true;
	else
		judge_bad(judge, REASON_BODY, NULL, SPAN(""),
		    "a body was sent where this operation takes none");
}

/* Judges the body, or leaves VERDICT_NEED_BODY. Returns false when it must be read first. */
static bool body_judge(struct judge *judge)
{
	const struct policy_request *request = judge->request;
	const struct docker_operation *operation = request->match.operation;
	const struct docker_call *call = request->match.call;
	const struct docker_schema *schema = call        ? call->schema
					     : operation ? operation->schema
							 : NULL;

	if (!operation || operation->body == BODY_STREAM)
		return true;
	if (request->has_body && !request->body_read)
		return false;
	if (operation->body != BODY_JSON || !schema) {
		if (request->has_body)
			body_unwanted(judge);
		return true;
	}
	walk_body(judge, schema, request->body);
	if (!judge_done(judge))
		require_judge(judge, request->body);
	return true;
}

/* ---- all of it ---------------------------------------------------------------------------------
 */

/* What is permitted once nothing is refused. */
static enum verdict open_verdict(const struct judge *judge, bool complete)
{
	if (!complete)
		return VERDICT_NEED_BODY;
	return judge->decision->wanted_count ? VERDICT_NEED_STATE : VERDICT_ALLOW;
}

/* What was compared last has no meaning when the steps were spent. */
static void work_judge(struct judge *judge)
{
	if (!meter_is_spent())
		return;
	decision_refuse(judge->decision, REASON_LIMIT, STATUS_FORBIDDEN,
	    "the request has more than %u %s", policy_limit_info(POLICY_STEPS)->most,
	    policy_limit_info(POLICY_STEPS)->of);
	judge->refused = true;
}

static void allow(struct judge *judge, enum verdict verdict)
{
	struct decision *decision = judge->decision;

	if (judge->refused) {
		decision->drop_body = false;
		decision->wants_body = verdict == VERDICT_NEED_BODY;
		decision->wants_state = !judge->over && decision->wanted_count > 0;
		hint_add(judge->request, decision);
		return;
	}
	decision->verdict = verdict;
	decision->reason = REASON_NONE;
	decision->status = 0;
}

static void trace_verdict(struct judge *judge)
{
	static const char *const results[] = {[VERDICT_DENY] = "denied",
	    [VERDICT_NEED_BODY] = "needs the body",
	    [VERDICT_NEED_STATE] = "needs a look at what exists",
	    [VERDICT_ALLOW] = "allowed"};

	if (judge->trace)
		judge->trace(
		    judge->context, &(struct policy_step){"verdict", "", "",
					results[judge->decision->verdict], {0}, false, NULL});
}

void policy_decide(const struct policy *policy, const struct policy_request *request,
    struct decision *ret_decision, policy_trace_fn *trace, void *context)
{
	struct judge judge = {
	    .policy = policy,
	    .request = request,
	    .decision = ret_decision,
	    .trace = trace,
	    .context = context,
	};

	decision_reset(ret_decision, REASON_INTERNAL, STATUS_FORBIDDEN);
	if (!policy->finished) {
		decision_refuse(
		    ret_decision, REASON_INTERNAL, STATUS_FORBIDDEN, "the policy is not finished");
		return;
	}
	if (policy->owner.key.at && request->tenancy) {
		request->tenancy->edit_count = 0;
		request->tenancy->repeats = false;
		request->tenancy->api = 0;
		request->tenancy->absent.kind = OBJECT_NONE;
	}
	meter_start(policy_limit_info(POLICY_STEPS)->most);
	head_judge(&judge);
	bool complete = judge_done(&judge) || body_judge(&judge);

	if (complete && policy->owner.key.at && !judge_done(&judge))
		owner_judge_objects(&judge);
	if (complete && !judge_done(&judge))
		stored_judge_driven(&judge);
	if (complete && !judge_done(&judge))
		own_judge_service(&judge);
	uint64_t steps = policy_limit_info(POLICY_STEPS)->most - meter_left;

	work_judge(&judge);
	meter_start(METER_FREE);
	ret_decision->steps = steps;
	allow(&judge, open_verdict(&judge, complete));
	trace_verdict(&judge);
}
