/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of two policies, operation by operation: whether each path that an allow of one lets in is
 * let in by the other, under conditions that say no more, and denied by none of its denials. */
#include "base/glob.h"
#include "policy/wider_parts.h"

#define PATTERNS_MOST 200 /* of one policy about one operation; what is beyond is not decided */

/* Requests of one operation and one method. */
struct route {
	struct compare *compare;
	const struct docker_operation *operation; /* NULL: what is none */
	enum method method;
	struct span path;                  /* glob of its paths */
	struct span closed[PATTERNS_MOST]; /* paths that the wide policy denies anyhow */
	size_t closed_count;
};

/* ---- what a rule is about ----------------------------------------------------------------------
 */

static bool selects(const struct route *route, const struct rule *rule)
{
	switch (rule->kind) {
	case RULE_NAME:
		return route->operation &&
		       glob_match(rule->pattern, span_of(route->operation->name));
	case RULE_CLASS:
		return route->operation ? rule->classes & 1u << route->operation->class : rule->all;
	case RULE_PATH:
		return rule->methods & 1u << route->method;
	}
	return false;
}

static struct span path_of(const struct rule *rule)
{
	return rule->kind == RULE_PATH ? rule->pattern : SPAN("**");
}

/* Any one segment for {id}, any text for {name} and {rest}; none is empty. */
static struct span operation_path(struct compare *compare, const char *path)
{
	char room[WORD_ROOM];
	struct text text = text_in(room, sizeof(room));
	struct span rest = span_of(path);

	while (rest.at) {
		struct span name, before = span_cut(rest, '{', &name);

		text_add(&text, before);
		rest = name;
		if (name.at)
			text_add(&text, span_starts(name, SPAN("id}")) ? SPAN("?*") : SPAN("?**"));
		if (name.at)
			(void)span_cut(name, '}', &rest);
	}
	return wider_keep(compare, text_span(&text));
}

/* ---- conditions --------------------------------------------------------------------------------
 */

static bool has_value(struct span values, struct span value)
{
	while (values.at) {
		if (span_equal(span_cut(values, '|', &values), value))
			return true;
	}
	return false;
}

/* Whether each of |few| is one of |many|. */
static bool are_among(struct span few, struct span many)
{
	while (few.at) {
		if (!has_value(many, span_cut(few, '|', &few)))
			return false;
	}
	return true;
}

/* Whether |wide| holds where |narrow| does. */
static bool condition_follows(
    const struct rule_condition *wide, const struct rule_condition *narrow)
{
	return span_equal(wide->name, narrow->name) && wide->absent == narrow->absent &&
	       (wide->values.at != NULL) == (narrow->values.at != NULL) &&
	       are_among(narrow->values, wide->values);
}

/* Whether all conditions of |wide| hold where those of |narrow| do. */
static bool conditions_follow(const struct rule *wide, const struct rule *narrow)
{
	for (const struct rule_condition *c = wide->conditions; c; c = c->next) {
		const struct rule_condition *other = narrow->conditions;

		while (other && !condition_follows(c, other))
			other = other->next;
		if (!other)
			return false;
	}
	return true;
}

/* A parameter that one wants and the other wants to be missing. */
static bool excludes(const struct rule_condition *a, const struct rule_condition *b)
{
	return !a->values.at && !b->values.at && a->absent != b->absent &&
	       span_equal(a->name, b->name);
}

static bool exclude_each_other(const struct rule *one, const struct rule *other)
{
	for (const struct rule_condition *a = one->conditions; a; a = a->next) {
		for (const struct rule_condition *b = other->conditions; b; b = b->next) {
			if (excludes(a, b))
				return true;
		}
	}
	return false;
}

/* ---- examples ----------------------------------------------------------------------------------
 */

static void try_conditions(struct compare *compare, struct wider_try *one, const struct rule *rule)
{
	const struct rule_condition *condition = rule ? rule->conditions : NULL;

	for (; condition; condition = condition->next) {
		struct span rest, value = SPAN("1");

		if (condition->absent)
			continue;
		if (condition->values.at)
			value =
			    wider_word(compare, span_cut(condition->values, '|', &rest), NULL, 0);
		wider_try_add(compare, one, condition->name);
		wider_try_add(compare, one, value.at ? value : SPAN(""));
	}
}

static void try_path(const struct route *route, struct wider *wider, struct span path,
    const struct rule *allow, const struct rule *deny)
{
	struct wider_try *one = wider_try_new(wider);

	wider_try_add(route->compare, one, path);
	try_conditions(route->compare, one, allow);
	try_conditions(route->compare, one, deny);
}

static struct wider difference(const struct route *route, const struct rule *rule, const char *why)
{
	return (struct wider){.part = PART_RULE,
	    .key = rule->deny ? "deny" : "allow",
	    .value = rule->text,
	    .source = rule->source,
	    .gone = rule->deny,
	    .why = why,
	    .operation = route->operation,
	    .method = route->method};
}

/* ---- paths -------------------------------------------------------------------------------------
 */

/* Whether their beginnings without wildcards leave room for a text of both. */
static bool may_meet(struct span a, struct span b)
{
	for (size_t i = 0; i < a.len && i < b.len; i++) {
		if (strchr("*?", a.at[i]) || strchr("*?", b.at[i]))
			return true;
		if (a.at[i] != b.at[i])
			return false;
	}
	return true;
}

/* Asks for a path of the route that |within| matches, and none of |outside| and of what the wide
 * policy denies. True where there is one, and where that cannot be decided. */
static bool finds_path(const struct route *route, const struct span within[2],
    const struct span *outside, size_t count, char room[WORD_ROOM])
{
	struct span all[GLOB_FIND_PATTERNS];
	const struct span inside[] = {route->path, within[0], within[1]};

	if (!may_meet(route->path, within[0]) || !may_meet(route->path, within[1]))
		return false;
	if (count + route->closed_count > GLOB_FIND_PATTERNS - 3) {
		room[0] = '\0';
		return true;
	}
	memcpy(all, route->closed, route->closed_count * sizeof(*all));
	if (count > 0)
		memcpy(all + route->closed_count, outside, count * sizeof(*all));
	const struct glob_question question = {inside, 3, all, route->closed_count + count};

	return glob_find(&question, room, WORD_ROOM) != GLOB_NONE;
}

/* What the wide policy denies whatever the query is. True when that is all of the route. */
static bool close_paths(struct route *route)
{
	const struct rule *rule = route->compare->q.wide->rules;

	for (; rule; rule = rule->next) {
		if (!rule->deny || rule->conditions || !selects(route, rule))
			continue;
		if (rule->kind != RULE_PATH)
			return true;
		if (route->closed_count < PATTERNS_MOST)
			route->closed[route->closed_count++] = rule->pattern;
	}
	return false;
}

/* Whether the narrow policy allows what |rule| of the wide one does. */
static bool is_allowed(const struct route *route, const struct rule *rule, char room[WORD_ROOM])
{
	const struct span within[] = {path_of(rule), SPAN("**")};
	const struct rule *other = route->compare->q.narrow->rules;
	struct span outside[PATTERNS_MOST];
	size_t count = 0;

	for (; other; other = other->next) {
		if (other->deny || !selects(route, other) || !conditions_follow(other, rule))
			continue;
		if (other->kind != RULE_PATH || span_equal(other->pattern, path_of(rule)))
			return true;
		if (count < PATTERNS_MOST)
			outside[count++] = other->pattern;
	}
	return !finds_path(route, within, outside, count, room);
}

/* ---- denials -----------------------------------------------------------------------------------
 */

static bool takes_slashes(const struct route *route)
{
	return route->operation && docker_operation_takes_slashes(route->operation);
}

/* Whether |other| of the wide policy denies whatever |deny| does on this route. */
static bool denies_as_well(
    const struct route *route, const struct rule *other, const struct rule *deny)
{
	if (!other->deny || !selects(route, other) || !conditions_follow(other, deny))
		return false;
	if (other->kind != RULE_PATH)
		return true;
	if (deny->kind != RULE_PATH)
		return false;
	return span_equal(other->pattern, deny->pattern) ||
	       (!takes_slashes(route) && wider_includes(&other->pattern, 1, deny->pattern));
}

static bool is_denied_as_well(const struct route *route, const struct rule *deny)
{
	const struct rule *other = route->compare->q.wide->rules;

	while (other && !denies_as_well(route, other, deny))
		other = other->next;
	return other != NULL;
}

/* A denial of an image is one of all its names, which no pattern tells; one of a secret is in any
 * case. */
static bool may_have_other_name(const struct route *route, const struct rule *deny)
{
	struct span rest, before;
	bool any_case = route->operation && route->operation->any_case;

	if (deny->kind != RULE_PATH || !(takes_slashes(route) || any_case))
		return false;
	before = span_cut(span_of(route->operation->path), '{', &rest);
	return span_starts(deny->wide, before);
}

/* Whether |deny| of the narrow policy can be about what |rule| of the wide one allows. */
static bool meets(const struct route *route, const struct rule *rule, const struct rule *deny,
    char room[WORD_ROOM])
{
	struct span denied = deny->kind != RULE_PATH ? SPAN("**")
			     : takes_slashes(route)  ? deny->wide
						     : deny->pattern;
	const struct span within[] = {path_of(rule), denied};

	if (!selects(route, deny) || exclude_each_other(rule, deny))
		return false;
	if (finds_path(route, within, NULL, 0, room))
		return true;
	room[0] = '\0';
	return may_have_other_name(route, deny);
}

/* The first denial of the narrow policy that can be about it, and that the wide one lacks. */
static const struct rule *lost_denial(
    const struct route *route, const struct rule *rule, char room[WORD_ROOM])
{
	const struct rule *deny = route->compare->q.narrow->rules;

	while (deny &&
	       !(deny->deny && meets(route, rule, deny, room) && !is_denied_as_well(route, deny)))
		deny = deny->next;
	return deny;
}

/* ---- one route ---------------------------------------------------------------------------------
 */

/* Notes in |*wider| what |rule| allows and the narrow policy does not. */
static void compare_rule(const struct route *route, const struct rule *rule, struct wider *wider)
{
	const struct span within[] = {path_of(rule), SPAN("**")};
	char room[WORD_ROOM];
	struct wider found;
	const struct rule *deny = NULL;

	bool whole = rule->kind != RULE_PATH && route->closed_count == 0;

	if (!whole && !finds_path(route, within, NULL, 0, room))
		return;
	if (!is_allowed(route, rule, room))
		found = difference(route, rule, route->operation ? route->operation->help : "");
	else if ((deny = lost_denial(route, rule, room)) != NULL)
		found = difference(route, deny, "this line denies it");
	else
		return;
	if (!wider->key)
		*wider = found;
	if (room[0])
		try_path(route, wider, wider_keep(route->compare, span_of(room)), rule, deny);
}

static bool compare_route(const struct route *route)
{
	const struct rule *rule = route->compare->q.wide->rules;
	struct wider wider = {0};

	for (; rule; rule = rule->next) {
		if (!rule->deny && selects(route, rule))
			compare_rule(route, rule, &wider);
	}
	if (wider.key)
		wider_tell(route->compare, &wider);
	return wider.key != NULL;
}

/* Tells of an operation once, by the first method that differs. */
static void compare_operation(struct compare *compare, const struct docker_operation *operation)
{
	bool any = !operation || operation->method == METHOD_OTHER, told = false;
	struct span path = operation ? operation_path(compare, operation->path) : SPAN("/**");

	for (int i = METHOD_OTHER + 1; i <= METHOD_MAX && !told; i++) {
		enum method method = (enum method)(i % METHOD_MAX);
		bool head = operation && operation->method == METHOD_GET && method == METHOD_HEAD;
		struct route route = {compare, operation, method, path, {{NULL, 0}}, 0};

		if ((any || head || method == operation->method) && !close_paths(&route))
			told = compare_route(&route);
	}
}

void wider_rules(struct compare *compare)
{
	for (unsigned i = 0; i < docker_operation_count(); i++)
		compare_operation(compare, docker_operation_at(i));
	if (policy_allows(compare->q.wide, SETTING_UNKNOWN_ROUTES) &&
	    policy_allows(compare->q.narrow, SETTING_UNKNOWN_ROUTES))
		compare_operation(compare, NULL);
}
