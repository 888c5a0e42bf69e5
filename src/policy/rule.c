/* SPDX-License-Identifier: Apache-2.0 */
/* `allow` and `deny` lines: selectors read into rules. */
#include "base/glob.h"
#include "base/nearest.h"
#include "policy/model.h"

static bool is_capitals(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		if (name.at[i] < 'A' || name.at[i] > 'Z')
			return false;
	}
	return true;
}

static bool is_method_nocase(struct span name)
{
	static const enum method methods[] = {
	    METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT, METHOD_DELETE};

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		if (span_equal_nocase(name, span_of(method_name(methods[i]))))
			return true;
	}
	return false;
}

#define NEAR_MOST 120

static int unknown_operation(struct span name, struct error *err)
{
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (unsigned i = 0; i < docker_operation_count(); i++)
		nearest_offer(&nearest, docker_operation_at(i)->name);
	const char *near = nearest.best;
	char command[NEAR_MOST];

	if (is_capitals(name))
		return error_set(err,
		    "\"%.*s\" is not a method; write GET, POST, PUT, DELETE or * for any",
		    (int)name.len, name.at);
	if (is_method_nocase(name))
		return error_set(err, "\"%.*s\": methods have capital letters, as in GET /info",
		    (int)name.len, name.at);
	if (name.at[0] == '!')
		return error_set(err, "\"%.*s\": a rule has no \"!\"; write a line \"deny = %.*s\"",
		    (int)name.len, name.at, (int)name.len - 1, name.at + 1);
	if (span_is(name, "all"))
		return error_set(err, "no operation is named \"all\"; did you mean \"@all\"?");
	if (memchr(name.at, ',', name.len))
		return error_set(err, "\"%.*s\": write blanks between operations, not commas",
		    (int)name.len, name.at);
	if (docker_command_operations(name, command, sizeof(command)))
		near = command;
	return near ? error_set(err, "no operation is named \"%.*s\"; did you mean \"%s\"?",
			  (int)name.len, name.at, near)
		    : error_set(err,
			  "no operation is named \"%.*s\" (sockwarden operations lists "
			  "them)",
			  (int)name.len, name.at);
}

static int name_selector(struct rule *rule, struct error *err)
{
	rule->kind = RULE_NAME;
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		if (glob_match(rule->pattern, span_of(docker_operation_at(i)->name)))
			return 0;
	}
	return unknown_operation(rule->pattern, err);
}

static int class_selector(struct rule *rule, struct error *err)
{
	static const struct {
		const char *name;
		unsigned classes;
	} classes[] = {
	    {"@safe", 1u << CLASS_SAFE},
	    {"@read", 1u << CLASS_SAFE | 1u << CLASS_READ},
	    {"@write", 1u << CLASS_WRITE},
	    {"@host", 1u << CLASS_HOST},
	    {"@all", (1u << CLASS_MAX) - 1},
	};

	rule->kind = RULE_CLASS;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (span_equal(rule->pattern, span_of(classes[i].name))) {
			rule->classes = classes[i].classes;
			rule->all = span_is(rule->pattern, "@all");
			return 0;
		}
	}
	return error_set(err, "no class is named \"%.*s\"; there are @safe @read @write @host @all",
	    (int)rule->pattern.len, rule->pattern.at);
}

static bool methods_from(struct span word, unsigned *ret_methods)
{
	unsigned methods = 0;

	if (span_is(word, "*")) {
		*ret_methods = ~0u;
		return true;
	}
	while (word.at) {
		struct span rest;
		enum method method = method_from(span_cut(word, ',', &rest));

		if (method == METHOD_OTHER)
			return false;
		methods |= 1u << method;
		if (method == METHOD_GET)
			methods |= 1u << METHOD_HEAD;
		word = rest;
	}
	*ret_methods = methods;
	return true;
}

/* {id}, as the table of operations writes it, is any one segment; {name} and {rest} may hold
 * slashes. */
static int write_placeholders(struct policy *policy, struct rule *rule, struct error *err)
{
	struct span from = rule->pattern;
	char *to = arena_alloc(&policy->arena, from.len + 1);
	size_t len = 0;

	if (!to)
		return error_set(err, "out of memory");
	for (size_t i = 0; i < from.len; i++) {
		struct span rest = span_from(from, i);
		const char *end = rest.at[0] == '{' ? memchr(rest.at, '}', rest.len) : NULL;

		if (!end) {
			to[len++] = rest.at[0];
			continue;
		}
		to[len++] = '*';
		if (!span_starts(rest, SPAN("{id}")))
			to[len++] = '*';
		i += (size_t)(end - rest.at);
	}
	rule->pattern = (struct span){to, len};
	return 0;
}

static int path_selector(struct policy *policy, struct rule *rule, struct error *err)
{
	rule->kind = RULE_PATH;
	if (span_is(rule->text, "*"))
		return error_set(err,
		    "\"*\" stands for any method, with a path behind it; all operations are @all");
	if (rule->pattern.len == 0 || rule->pattern.at[0] != '/')
		return error_set(err,
		    "\"%.*s\" is not a path; write METHOD /path, such as POST "
		    "/containers/*/start",
		    (int)rule->text.len, rule->text.at);
	if (span_has(rule->pattern, '{') && write_placeholders(policy, rule, err) < 0)
		return -1;
	if (rule->deny) {
		rule->wide = policy_keep_stars(policy, rule->pattern);
		return rule->wide.at ? 0 : error_set(err, "out of memory");
	}
	return 0;
}

/* One condition: name, name=glob|glob or !name. */
static int condition_add(
    struct policy *policy, struct rule *rule, struct span text, struct error *err)
{
	struct rule_condition *condition = arena_alloc(&policy->arena, sizeof(*condition));
	struct span values;

	if (!condition)
		return error_set(err, "out of memory");
	*condition = (struct rule_condition){.next = rule->conditions};
	if (text.len && text.at[0] == '!') {
		condition->absent = true;
		text = span_from(text, 1);
	}
	condition->name = span_cut(text, '=', &values);
	if (condition->name.len == 0 || (condition->absent && values.at))
		return error_set(err, "a condition is name, name=value or !name, with & between");
	if (values.at) {
		condition->values = policy_keep_stars(policy, values);
		if (!condition->values.at)
			return error_set(err, "out of memory");
	}
	rule->conditions = condition;
	return 0;
}

static int conditions_add(
    struct policy *policy, struct rule *rule, struct span text, struct error *err)
{
	while (text.at) {
		struct span rest, one = span_cut(text, '&', &rest);

		if (condition_add(policy, rule, one, err) < 0)
			return -1;
		text = rest;
	}
	return 0;
}

static int selector_read(
    struct policy *policy, struct rule *rule, struct span word, struct error *err)
{
	struct span conditions;

	rule->pattern = span_cut(word, '?', &conditions);
	if (conditions_add(policy, rule, conditions, err) < 0)
		return -1;
	if (rule->methods)
		return path_selector(policy, rule, err);
	if (rule->pattern.len && rule->pattern.at[0] == '@')
		return class_selector(rule, err);
	if (rule->pattern.len && rule->pattern.at[0] == '/')
		return error_set(err,
		    "the path \"%.*s\" needs a method before it, such as GET or *", (int)word.len,
		    word.at);
	return name_selector(rule, err);
}

static void rule_append(struct policy *policy, struct rule *rule)
{
	if (policy->last_rule)
		policy->last_rule->next = rule;
	else
		policy->rules = rule;
	policy->last_rule = rule;
	policy->rule_count++;
}

/* Reads one selector, of one word or two, off the front of |*rest|. */
static int rule_next(struct policy_line *line, struct span *rest, bool deny, struct error *err)
{
	struct policy *policy = line->policy;
	struct rule *rule = arena_alloc(&policy->arena, sizeof(*rule));
	struct span word = span_next_word(rest);
	const char *start = word.at;

	if (!rule)
		return error_set(err, "out of memory");
	*rule = (struct rule){.deny = deny, .source = line->source};
	if (methods_from(word, &rule->methods))
		word = span_next_word(rest);
	rule->text = (struct span){start, (size_t)(word.at + word.len - start)};
	if (selector_read(policy, rule, word, err) < 0)
		return -1;
	rule_append(policy, rule);
	return 0;
}

int rule_add(struct policy_line *line, bool deny, struct error *err)
{
	struct span rest = policy_keep(line->policy, line->value);

	if (!rest.at)
		return error_set(err, "out of memory");
	while (span_trim(rest).len > 0) {
		if (rule_next(line, &rest, deny, err) < 0)
			return -1;
	}
	return 0;
}
