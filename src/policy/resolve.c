/* SPDX-License-Identifier: Apache-2.0 */
/* Rules held against requests: once for every operation when the policy is finished, and again for
 * a request where path or query decide. */
#include <limits.h>

#include "base/glob.h"
#include "base/meter.h"
#include "policy/judge.h"
#include "policy/owner.h"

/* A deny on an image, or a plugin, is on it by all of its names: "docker.io/library/x" is "x". */
static bool image_denied(struct span pattern, const struct policy_request *request)
{
	struct span path = span_of(request->match.operation->path), behind;
	struct span before = span_cut(path, '{', &behind);

	if (!span_cut_prefix(&behind, SPAN("name}")) || !span_cut_prefix(&pattern, before))
		return false;
	if (pattern.len > behind.len &&
	    span_equal(span_from(pattern, pattern.len - behind.len), behind))
		pattern.len -= behind.len;
	else if (pattern.len < 2 || pattern.at[pattern.len - 1] != '*')
		return false;
	return image_matches(pattern, true, request->match.args[0], params_tag(request));
}

/* A deny on the images "*" is on those with slashes in their names as well. */
static bool wide_matches(const struct rule *rule, const struct policy_request *request)
{
	const struct docker_operation *operation = request->match.operation;

	return rule->wide.at && operation && docker_operation_takes_slashes(operation) &&
	       (glob_match(rule->wide, request->path) || image_denied(rule->wide, request));
}

/* What stands before the first wildcard or placeholder. */
static struct span literal_prefix(struct span path, const char *wild)
{
	size_t len = 0;

	while (len < path.len && !strchr(wild, path.at[len]))
		len++;
	return (struct span){path.at, len};
}

/* Whether a rule on paths may meet requests of |operation|. May say yes too often, never no. */
static bool path_may_select(const struct rule *rule, const struct docker_operation *operation)
{
	struct span rule_prefix = literal_prefix(rule->pattern, "*");
	struct span path_prefix = literal_prefix(span_of(operation->path), "{*");
	unsigned method = 1u << operation->method;

	if (operation->method == METHOD_GET)
		method |= 1u << METHOD_HEAD;
	if (operation->method != METHOD_OTHER && !(rule->methods & method))
		return false;
	return span_starts(rule_prefix, path_prefix) || span_starts(path_prefix, rule_prefix);
}

/* A deny on the secret "x" is on "X". Of letters outside ASCII the daemon may make some of ASCII.
 */
static bool folded_matches(const struct rule *rule, const struct policy_request *request)
{
	const struct docker_operation *operation = request->match.operation;

	if (!rule->deny || !operation || !operation->any_case)
		return false;
	return span_is_ascii(request->path) ? glob_match_nocase(rule->pattern, request->path)
					    : path_may_select(rule, operation);
}

static bool path_matches(const struct rule *rule, const struct policy_request *request)
{
	return glob_match(rule->pattern, request->path) || wide_matches(rule, request) ||
	       folded_matches(rule, request);
}

static bool selects(const struct rule *rule, const struct policy_request *request)
{
	const struct docker_operation *operation = request->match.operation;

	switch (rule->kind) {
	case RULE_NAME:
		return operation && glob_match(rule->pattern, span_of(operation->name));
	case RULE_CLASS:
		return operation ? rule->classes & 1u << operation->class : rule->all;
	case RULE_PATH:
		return rule->methods & 1u << request->method && path_matches(rule, request);
	}
	return false;
}

static bool rule_matches(const struct rule *rule, const struct policy_request *request)
{
	return selects(rule, request) && rule_conditions_hold(rule, request);
}

/* ---- once, when the policy is finished --------------------------------------------------- */

enum select { SELECT_NEVER, SELECT_MAYBE, SELECT_ALWAYS };

static enum select rule_selects(const struct rule *rule, const struct docker_operation *operation)
{
	const struct policy_request request = {.match = {.operation = operation}};

	if (rule->kind == RULE_PATH)
		return path_may_select(rule, operation) ? SELECT_MAYBE : SELECT_NEVER;
	if (!selects(rule, &request))
		return SELECT_NEVER;
	return rule->conditions ? SELECT_MAYBE : SELECT_ALWAYS;
}

/* The rule that decides for every request of |operation|, or NULL when it depends. */
static const struct rule *deciding_rule(
    const struct policy *policy, const struct docker_operation *operation, bool deny)
{
	for (const struct rule *rule = policy->rules; rule; rule = rule->next) {
		if (rule->deny == deny && rule_selects(rule, operation) == SELECT_ALWAYS)
			return rule;
	}
	return NULL;
}

/* Whether |rule| is in the lists of |operation|; NULL: of what is no operation. */
static bool is_candidate(const struct rule *rule, const struct docker_operation *operation)
{
	if (!operation)
		return rule->kind == RULE_PATH || rule->all;
	return rule_selects(rule, operation) != SELECT_NEVER;
}

/* Whether values of the parameter have one key (rule_value_key()), and none stands for a missing
 * one. */
static bool is_plain(const struct docker_param *param)
{
	return !param ||
	       (!param->missing && !docker_param_is_flag(param) && param->kind != KIND_NUMBER &&
		   param->kind != KIND_JSON && param->check != CHECK_PATH &&
		   param->check != CHECK_SIGNAL && param->check != CHECK_TOGETHER &&
		   docker_param_means(param) != CHECK_IMAGE_NAME &&
		   param->check != CHECK_IMAGE_TAGS &&
		   (docker_param_means(param) == CHECK_NAME || spelling_is_one(param->grant)));
}

/* A condition with one pattern, held against a value as it is written. */
static const struct rule_condition *plain_condition(
    const struct rule *rule, const struct docker_operation *operation)
{
	for (const struct rule_condition *condition = rule->conditions; condition && operation;
	     condition = condition->next) {
		if (!condition->absent && condition->values.len > 0 &&
		    !span_has(condition->values, '|') &&
		    is_plain(docker_param_find(operation, condition->name)))
			return condition;
	}
	return NULL;
}

static void add_candidate(struct rule_plan *plan, const struct docker_operation *operation,
    const struct rule *rule, unsigned order)
{
	const struct rule_condition *condition = plain_condition(rule, operation);
	bool any_name = rule->wide.at && operation &&
			(docker_operation_takes_slashes(operation) || operation->any_case);
	struct span path = rule->kind == RULE_PATH && !any_name ? rule->pattern : SPAN("**");
	struct span value = {NULL, 0};

	if (condition && !plan->param.at)
		plan->param = condition->name;
	bool by_value = condition && span_equal(condition->name, plan->param);

	if (by_value)
		value = rule_value_key(
		    docker_param_find(operation, condition->name), condition->values);
	struct patterns_ends ends = patterns_ends(path, value);

	patterns_add(by_value ? &plan->values : &plan->paths, &ends, order, rule);
}

/* Adds the rules of one kind that may speak on |operation|, the first with the place |order|. */
static void add_candidates(const struct policy *policy, const struct docker_operation *operation,
    struct rule_plan *plan, bool deny, unsigned order)
{
	for (const struct rule *rule = policy->rules; rule; rule = rule->next) {
		if (rule->deny == deny && is_candidate(rule, operation))
			add_candidate(plan, operation, rule, order++);
	}
}

static unsigned count_candidates(
    const struct policy *policy, const struct docker_operation *operation, bool deny)
{
	unsigned count = 0;

	for (const struct rule *rule = policy->rules; rule; rule = rule->next)
		count += rule->deny == deny && is_candidate(rule, operation);
	return count;
}

static const struct rule *first_allowing(
    const struct policy *policy, const struct docker_operation *operation)
{
	const struct rule *rule = policy->rules;

	while (rule && (rule->deny || !is_candidate(rule, operation)))
		rule = rule->next;
	return rule;
}

static int plan_ask(struct policy *policy, const struct docker_operation *operation,
    struct rule_plan *plan, struct error *err)
{
	unsigned denials = count_candidates(policy, operation, true);
	unsigned count = denials + count_candidates(policy, operation, false);
	struct arena *arena = &policy->arena;

	if (count == 0)
		return 0;
	plan->kind = PLAN_ASK;
	plan->rule = first_allowing(policy, operation);
	if (patterns_init(&plan->paths, count, arena) < 0 ||
	    patterns_init(&plan->values, count, arena) < 0)
		return error_set(err, "out of memory");
	add_candidates(policy, operation, plan, true, 0);
	add_candidates(policy, operation, plan, false, denials);
	if (patterns_finish(&plan->paths, arena) < 0 || patterns_finish(&plan->values, arena) < 0)
		return error_set(err, "out of memory");
	return 0;
}

static int plan_operation(struct policy *policy, unsigned index, struct error *err)
{
	const struct docker_operation *operation = docker_operation_at(index);
	struct rule_plan *plan = &policy->plans[index];

	*plan = (struct rule_plan){.rule = deciding_rule(policy, operation, true)};
	if (plan->rule) {
		plan->kind = PLAN_DENY;
		return 0;
	}
	plan->rule = deciding_rule(policy, operation, false);
	if (plan->rule && count_candidates(policy, operation, true) == 0) {
		plan->kind = PLAN_ALLOW;
		return 0;
	}
	return plan_ask(policy, operation, plan, err);
}

int rule_resolve(struct policy *policy, struct error *err)
{
	unsigned count = docker_operation_count();

	policy->plans = arena_alloc(&policy->arena, (count + 1) * sizeof(*policy->plans));
	if (!policy->plans)
		return error_set(err, "out of memory");
	policy->plans[count] = (struct rule_plan){.kind = PLAN_NO_RULE};
	if (plan_ask(policy, NULL, &policy->plans[count], err) < 0)
		return -1;
	for (unsigned i = 0; i < count; i++) {
		if (plan_operation(policy, i, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- for each request -------------------------------------------------------------------- */

static bool fits(const void *request, const void *rule)
{
	return rule_matches(rule, request);
}

/* The first rule that matches, by its path or by a value of the parameter. */
static const struct rule *find_rule(
    const struct rule_plan *plan, const struct policy_request *request)
{
	unsigned order = UINT_MAX;
	const struct rule *rule =
	    patterns_find(&plan->paths, request->path, SPAN(""), fits, request, &order);

	if (plan->values.count == 0) /* as for what is no operation */
		return rule;
	const struct docker_param *param = docker_param_find(request->match.operation, plan->param);

	for (size_t i = 0; i < request->query_count; i++) {
		const struct pair *pair = &request->query[i];
		struct span key = rule_value_key(param, pair->value);
		const struct rule *other =
		    span_equal(pair->name, plan->param)
			? patterns_find(&plan->values, request->path, key, fits, request, &order)
			: NULL;

		rule = other ? other : rule;
	}
	return rule;
}

/* Of a request that is no operation we know only rules on paths and @all speak. */
static const struct rule_plan *plan_of(
    const struct policy *policy, const struct policy_request *request)
{
	const struct docker_operation *operation = request->match.operation;

	return &policy->plans[operation ? docker_operation_index(operation)
					: docker_operation_count()];
}

/* What the rules say of |request|: PLAN_ASK no more. */
static struct rule_plan ask(const struct policy *policy, const struct policy_request *request)
{
	const struct rule_plan *plan = plan_of(policy, request);
	const struct rule *rule = plan->rule;
	enum plan_kind kind = plan->kind;

	if (kind == PLAN_ASK) {
		rule = find_rule(plan, request);
		kind = !rule ? PLAN_NO_RULE : rule->deny ? PLAN_DENY : PLAN_ALLOW;
	}
	return (struct rule_plan){.kind = kind, .rule = rule};
}

/* Whether the rule is on this operation, and only its conditions do not hold. */
static bool rule_is_near(const struct rule *rule, const struct policy_request *request)
{
	return rule->conditions && selects(rule, request) && !rule_conditions_hold(rule, request);
}

#define NEAR_MOST 32u /* rules that are looked at to word a refusal */

/* An allow rule that nearly matches, or NULL. */
static const struct rule *near_rule(const struct judge *judge)
{
	const struct rule *rule = judge->policy->rules, *near = NULL;
	uint64_t left = meter_left;

	meter_start(METER_FREE);
	for (unsigned looked = 0; rule && !near && looked < NEAR_MOST; rule = rule->next) {
		looked += rule->conditions != NULL;
		if (!rule->deny && rule_is_near(rule, judge->request))
			near = rule;
	}
	meter_start(left);
	return near;
}

/* The condition that does not hold, as it is written. */
static struct span failing_condition(const struct rule *rule, const struct policy_request *request)
{
	const struct rule_condition *condition = rule->conditions;

	while (condition->next && rule_condition_holds(condition, rule->deny, request))
		condition = condition->next;
	return condition->name;
}

/* Looks at all rules, which no verdict does: not on the meter. */
static void trace_rules(struct judge *judge)
{
	uint64_t left = meter_left;

	meter_start(METER_FREE);
	for (const struct rule *rule = judge->policy->rules; rule; rule = rule->next) {
		const char *result = rule->deny ? "denies" : "allows";
		char name[160];
		struct text text = text_in(name, sizeof(name));

		text_add_format(&text, "%s ", rule->deny ? "deny" : "allow");
		text_add_shown(&text, rule->text, sizeof(name));
		if (!rule_matches(rule, judge->request))
			result = rule_is_near(rule, judge->request) ? "nearly matches" : "no match";
		judge->trace(judge->context,
		    &(struct policy_step){"rule", name, "", result, rule->source, false, NULL});
	}
	meter_start(left);
}

/* "container.exec (POST /containers/{id}/exec)", or method and path of an unknown route. */
static void write_subject(struct text *text, const struct policy_request *request)
{
	const struct docker_operation *operation = request->match.operation;

	if (operation)
		text_add_format(text, "%s (%s %s)", operation->name, method_name(request->method),
		    operation->path);
	else {
		text_add_format(text, "%s ", method_name(request->method));
		text_add_shown(text, request->path, 96);
	}
}

/* The line that lets an unknown path in, where a rule can name it as it is. */
static void write_path_rule(struct text *text, const struct policy_request *request)
{
	for (size_t i = 0; i < request->path.len; i++) {
		if (strchr(" *?#;\"", request->path.at[i]))
			return;
	}
	if (request->method != METHOD_OTHER && fits_a_line(request->path))
		text_add_format(text, "allow = %s %.*s", method_name(request->method),
		    (int)request->path.len, request->path.at);
}

/* To go unread is no advice for clients: only a trace tells the lines that it takes. */
static void refuse_unknown(struct judge *judge, const char *subject, bool allowed)
{
	struct fault fault = {.reason = REASON_UNKNOWN_ROUTE};
	bool first = !judge->refused, open = policy_allows(judge->policy, SETTING_UNKNOWN_ROUTES);
	char rule[200];
	struct text text = text_in(rule, sizeof(rule));

	if (!allowed)
		write_path_rule(&text, judge->request);
	if (judge->trace)
		fault.fix = open ? rule : "unknown_routes = allow";
	judge_refuse(judge, &fault,
	    "%s is not an operation of the Docker API that sockwarden knows", subject);
	if (judge->trace && !open && text.len > 0)
		judge->trace(judge->context,
		    &(struct policy_step){"fix", rule, "", "would permit it", {0}, true, NULL});
	if (first)
		judge->decision->fix[0] = '\0';
}

/* A line that allows the operation as a whole would open what the condition closes. */
static void refuse_near(struct judge *judge, const char *subject, const struct rule *near)
{
	struct fault fault = {.reason = REASON_NO_RULE, .rule = near->source};
	struct span failing = failing_condition(near, judge->request);
	char shown[96];
	struct text text = text_in(shown, sizeof(shown));

	text_add_shown(&text, near->text, sizeof(shown));
	judge_refuse(judge, &fault,
	    "%s is not allowed: the rule \"allow = %s\" nearly matches, but its condition on "
	    "\"%.*s\" does not hold",
	    subject, shown, (int)failing.len, failing.at);
}

/* An allow rule that names other objects of the same operation, or NULL. */
static const struct rule *rule_for_others(const struct judge *judge)
{
	const struct docker_operation *operation = judge->request->match.operation;
	const struct rule *rule = judge->policy->rules;

	for (unsigned looked = 0; rule && looked < NEAR_MOST; rule = rule->next) {
		looked += rule->kind == RULE_PATH;
		if (!rule->deny && rule->kind == RULE_PATH && !rule->conditions &&
		    rule_speaks_of(rule, operation))
			return rule;
	}
	return NULL;
}

/* A line that allows the operation as a whole would give all objects. */
static void refuse_others(struct judge *judge, const char *subject, const struct rule *rule)
{
	char fix[200], shown[96];
	struct text line = text_in(fix, sizeof(fix)), text = text_in(shown, sizeof(shown));
	struct fault fault = {.reason = REASON_NO_RULE, .fix = fix, .rule = rule->source};

	write_path_rule(&line, judge->request);
	text_add_shown(&text, rule->text, sizeof(shown));
	judge_refuse(judge, &fault,
	    "%s is not allowed for this path; the rule \"allow = %s\" allows another", subject,
	    shown);
}

static void refuse_no_rule(struct judge *judge, const char *subject)
{
	const struct docker_operation *operation = judge->request->match.operation;
	const struct rule *near = near_rule(judge);
	const struct rule *others = near || judge->policy->advise ? NULL : rule_for_others(judge);
	char fix[96];
	struct text text = text_in(fix, sizeof(fix));

	if (owner_is_set(judge) && operation->tenant == TENANT_NEVER) {
		owner_refuse_operation(judge);
		return;
	}
	if (near) {
		refuse_near(judge, subject, near);
		return;
	}
	if (others) {
		refuse_others(judge, subject, others);
		return;
	}
	if (judge->policy->advise)
		judge->policy->advise(judge->policy->advise_context, operation, fix, sizeof(fix));
	else
		text_add_format(&text, "allow = %s", operation->name);
	struct fault fault = {.reason = REASON_NO_RULE, .fix = fix};

	judge_refuse(judge, &fault, "%s is not allowed", subject);
}

static void refuse_denied(struct judge *judge, const char *subject, const struct rule *rule)
{
	struct fault fault = {.reason = REASON_DENY_RULE, .rule = rule->source};
	char shown[96];
	struct text text = text_in(shown, sizeof(shown));

	text_add_shown(&text, rule->text, sizeof(shown));
	judge_refuse(judge, &fault, "%s is denied by the rule \"deny = %s\"", subject, shown);
}

void rules_judge(struct judge *judge)
{
	const struct policy_request *request = judge->request;
	struct rule_plan plan = ask(judge->policy, request);
	bool known =
	    request->match.operation || policy_allows(judge->policy, SETTING_UNKNOWN_ROUTES);

	if (judge->trace)
		trace_rules(judge);
	if (plan.kind == PLAN_ALLOW && known)
		return;
	char subject[200];
	struct text text = text_in(subject, sizeof(subject));

	write_subject(&text, request);
	if (plan.kind == PLAN_DENY)
		refuse_denied(judge, subject, plan.rule);
	else if (!request->match.operation)
		refuse_unknown(judge, subject, plan.kind == PLAN_ALLOW);
	else
		refuse_no_rule(judge, subject);
}
