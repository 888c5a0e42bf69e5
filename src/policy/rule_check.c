/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that can never match: a path that no operation has, a condition on a parameter that none of
 * the rule's operations takes. */
#include "base/glob.h"
#include "base/nearest.h"
#include "policy/model.h"
#include "policy/text.h"

/* ---- patterns against the paths of the table ---------------------------------------------------
 */

#define PLACES_MOST 128 /* of one path of the table; its bytes, and two for a placeholder */
#define SHOWN_MOST 160

/* What may stand at one place of a path of the table. */
struct route_place {
	bool repeats; /* any number of times, or once */
	bool literal;
	bool slash; /* a placeholder that may hold one */
	char byte;
};

struct route {
	struct route_place places[PLACES_MOST];
	size_t count;
};

static void route_add(struct route *route, struct route_place place)
{
	if (route->count < PLACES_MOST)
		route->places[route->count++] = place;
}

/* {name} is an image's or the like, with slashes in it; other placeholders are one segment. */
static void route_read(struct route *route, const char *path)
{
	route->count = 0;
	while (*path) {
		if (*path != '{') {
			route_add(route, (struct route_place){.literal = true, .byte = *path++});
			continue;
		}
		const char *end = strchr(path, '}');
		bool slash = strncmp(path, "{id}", 4) != 0;

		route_add(route, (struct route_place){.slash = slash});
		route_add(route, (struct route_place){.repeats = true, .slash = slash});
		path = end ? end + 1 : path + strlen(path);
	}
}

static bool place_takes(const struct route_place *place, char byte)
{
	return place->literal ? place->byte == byte : byte != '/' || place->slash;
}

/* Whether something but a slash may stand there. */
static bool place_is_wordy(const struct route_place *place)
{
	return !place->literal || place->byte != '/';
}

/* The places that a pattern can have come to: bit |i| of |at|, true when the first i are passed. */
struct front {
	bool at[PLACES_MOST + 1];
};

/* What repeats may be there no time at all. */
static void front_skip(struct front *front, const struct route *route)
{
	for (size_t i = 0; i < route->count; i++)
		front->at[i + 1] |= front->at[i] && route->places[i].repeats;
}

static void front_byte(struct front *front, const struct route *route, char byte)
{
	struct front next = {{false}};

	for (size_t i = 0; i < route->count; i++) {
		if (!front->at[i] || !place_takes(&route->places[i], byte))
			continue;
		next.at[i + 1] = true;
		next.at[i] |= route->places[i].repeats;
	}
	front_skip(&next, route);
	*front = next;
}

/* `*`, or with |all| `**`. */
static void front_star(struct front *front, const struct route *route, bool all)
{
	for (size_t i = 0; i < route->count; i++)
		front->at[i + 1] |= front->at[i] && (all || place_is_wordy(&route->places[i]));
	front_skip(front, route);
}

/* Whether there is a path that both match. */
static bool pattern_meets(struct span pattern, const char *path)
{
	struct front front = {{true}};
	struct route route;

	route_read(&route, path);
	for (size_t i = 0; i < pattern.len; i++) {
		bool all = i + 1 < pattern.len && pattern.at[i + 1] == '*';

		if (pattern.at[i] != '*') {
			front_byte(&front, &route, pattern.at[i]);
			continue;
		}
		front_star(&front, &route, all);
		i += all;
	}
	return front.at[route.count];
}

/* ---- a rule's path -----------------------------------------------------------------------------
 */

static bool method_meets(unsigned methods, const struct docker_operation *operation)
{
	unsigned method = 1u << operation->method;

	if (operation->method == METHOD_GET)
		method |= 1u << METHOD_HEAD;
	return operation->method == METHOD_OTHER || methods & method;
}

/* OPTIONS is answered for any path, which makes no path one that exists. */
static bool is_for_any_path(const struct docker_operation *operation)
{
	return operation->path[0] == '/' && operation->path[1] == '{';
}

static bool path_meets(struct span pattern, unsigned methods)
{
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);

		if (is_for_any_path(operation) && methods != 1u << METHOD_OPTIONS)
			continue;
		if (method_meets(methods, operation) && pattern_meets(pattern, operation->path))
			return true;
	}
	return false;
}

/* "/v1.41/containers" without its version, as paths are when rules see them. */
static struct span without_version(struct span path)
{
	struct span rest, segment;

	if (!span_starts(path, SPAN("/v")))
		return path;
	segment = span_cut(span_from(path, 2), '/', &rest);
	if (segment.len == 0 || segment.at[0] < '0' || segment.at[0] > '9' || !rest.at)
		return path;
	return (struct span){rest.at - 1, rest.len + 1};
}

static struct span without_slash(struct span path)
{
	while (path.len > 1 && path.at[path.len - 1] == '/')
		path.len--;
	return path;
}

/* A path of the table as rules write it. */
static void write_path(char (*room)[SHOWN_MOST], const char *path)
{
	size_t len = 0;

	for (bool inside = false; *path && len + 1 < sizeof(*room); path++) {
		if (*path == '{')
			(*room)[len++] = '*';
		inside = (inside || *path == '{') && *path != '}';
		if (!inside && *path != '}')
			(*room)[len++] = *path;
	}
	(*room)[len] = '\0';
}

/* The path of the table that is most like |pattern|; empty when none is. */
static void nearest_path(char (*ret_path)[SHOWN_MOST], struct span pattern, unsigned methods)
{
	struct nearest nearest;
	char room[SHOWN_MOST];

	(*ret_path)[0] = '\0';
	nearest_init(&nearest, pattern);
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);

		if (!method_meets(methods, operation))
			continue;
		write_path(&room, operation->path);
		nearest.best = NULL;
		nearest_offer(&nearest, room);
		if (nearest.best)
			memcpy(*ret_path, room, sizeof(room));
	}
}

/* The methods that the API has at paths like |pattern|, each behind a blank. */
static void write_methods(struct text *text, struct span pattern)
{
	static const enum method methods[] = {
	    METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT, METHOD_DELETE};

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		if (path_meets(pattern, 1u << methods[i]))
			text_add_format(text, " %s", method_name(methods[i]));
	}
}

/* Whether the table has |pattern| as a path of its own. */
static bool is_whole_path(struct span pattern)
{
	char room[SHOWN_MOST];

	for (unsigned i = 0; i < docker_operation_count(); i++) {
		write_path(&room, docker_operation_at(i)->path);
		if (span_equal(pattern, span_of(room)))
			return true;
	}
	return false;
}

static int refuse_path(const struct rule *rule, struct error *err)
{
	char near[SHOWN_MOST];
	struct span shorter = without_slash(without_version(rule->pattern));
	const char *key = rule->deny ? "deny" : "allow";
	bool version = without_version(rule->pattern).len != rule->pattern.len;
	char room[SHOWN_MOST];
	struct text methods = text_in(room, sizeof(room));

	if (shorter.len != rule->pattern.len && path_meets(shorter, rule->methods))
		return error_set(err, "%s = %.*s matches no operation; %s: write \"%.*s\"", key,
		    (int)rule->text.len, rule->text.at,
		    version ? "rules see paths without the API version" : "no path ends in a slash",
		    (int)shorter.len, shorter.at);
	write_methods(&methods, shorter);
	near[0] = '\0';
	if (!is_whole_path(shorter))
		nearest_path(&near, shorter, rule->methods);
	return error_set(err,
	    "%s = %.*s matches no operation%s%s%s%s%s (sockwarden operations lists them; paths "
	    "beyond them need unknown_routes = allow)",
	    key, (int)rule->text.len, rule->text.at, methods.len > 0 ? ": this path takes" : "",
	    room, near[0] ? "; did you mean \"" : "", near, near[0] ? "\"?" : "");
}

/* Of "/containers/:id/json" and "/containers/<id>/json", as documents and routers write them, or of
 * a regular expression: the first mark that no path has, or 0. */
static char foreign_mark(struct span path)
{
	static const char marks[] = "<>[]()|^$";

	for (size_t i = 0; i < path.len; i++) {
		bool begins = path.at[i] == ':' && i > 0 && path.at[i - 1] == '/';

		if (begins || strchr(marks, path.at[i]))
			return path.at[i];
	}
	return 0;
}

static int refuse_mark(const struct rule *rule, char mark, struct error *err)
{
	return error_set(err,
	    "%s = %.*s matches nothing: no path has \"%c\"; write {id} or * for any name, and ** "
	    "for any path",
	    rule->deny ? "deny" : "allow", (int)rule->text.len, rule->text.at, mark);
}

/* ---- a rule's conditions -----------------------------------------------------------------------
 */

bool rule_speaks_of(const struct rule *rule, const struct docker_operation *operation)
{
	switch (rule->kind) {
	case RULE_NAME:
		return glob_match(rule->pattern, span_of(operation->name));
	case RULE_CLASS:
		return rule->classes & 1u << operation->class;
	case RULE_PATH:
		return method_meets(rule->methods, operation) &&
		       pattern_meets(rule->pattern, operation->path);
	}
	return false;
}

bool policy_may_allow(const struct policy *policy, const struct docker_operation *operation)
{
	if (policy_has_owner(policy) && operation->tenant == TENANT_NEVER)
		return false;
	if (policy->plans[docker_operation_index(operation)].kind == PLAN_DENY)
		return false;
	for (const struct rule *rule = policy->rules; rule; rule = rule->next) {
		if (!rule->deny && rule_speaks_of(rule, operation))
			return true;
	}
	return false;
}

static int refuse_condition(const struct rule *rule, struct span name, struct error *err)
{
	struct nearest nearest;
	char room[SHOWN_MOST];
	struct text known = text_in(room, sizeof(room));

	nearest_init(&nearest, name);
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);
		const struct docker_param *param = operation->params;

		for (; rule_speaks_of(rule, operation) && param && param->name; param++) {
			nearest_offer(&nearest, param->name);
			text_add_format(&known, " %s", param->name);
		}
	}
	if (nearest.best || known.len == 0)
		return error_set(err, "no operation of \"%.*s\" has the parameter \"%.*s\"%s%s%s",
		    (int)rule->text.len, rule->text.at, (int)name.len, name.at,
		    nearest.best ? "; did you mean \"" : "", nearest.best ? nearest.best : "",
		    nearest.best ? "\"?" : "");
	return error_set(err, "no operation of \"%.*s\" has the parameter \"%.*s\"; there are%s",
	    (int)rule->text.len, rule->text.at, (int)name.len, name.at, room);
}

/* Not a member of the body, which some clients repeat in the query: daemons do not read it there.
 */
static bool has_param(const struct docker_operation *operation, struct span name)
{
	const struct docker_param *param = operation->params;

	while (param && param->name && !span_equal(name, span_of(param->name)))
		param++;
	return param && param->name;
}

static bool condition_is_known(const struct rule *rule, struct span name)
{
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);

		if (rule_speaks_of(rule, operation) && has_param(operation, name))
			return true;
	}
	return false;
}

static bool is_of_body(const struct rule *rule, struct span name)
{
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);

		if (rule_speaks_of(rule, operation) && docker_param_find(operation, name))
			return true;
	}
	return false;
}

/* Whether each operation of the rule that takes the parameter takes it as a flag. */
static bool is_flag(const struct rule *rule, struct span name)
{
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);
		const struct docker_param *param =
		    rule_speaks_of(rule, operation) ? docker_param_find(operation, name) : NULL;

		if (param && !docker_param_is_flag(param))
			return false;
	}
	return true;
}

/* What people write for yes and for no; a pattern may be about the text. */
static bool is_flag_value(struct span one)
{
	static const char *const words[] = {
	    "0", "no", "false", "none", "1", "yes", "true", "on", "t", "y"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (span_equal_nocase(one, span_of(words[i])))
			return true;
	}
	return one.len == 0 || span_is_glob(one);
}

/* Daemons take any other text for yes, "off" and "no,v=1" too. */
static int flag_check(
    const struct rule *rule, const struct rule_condition *condition, struct error *err)
{
	struct span rest = condition->values, name = condition->name;

	if (!rest.at || !is_flag(rule, name))
		return 0;
	while (rest.at) {
		struct span one = span_cut(rest, '|', &rest);

		if (!is_flag_value(one))
			return error_set(err,
			    "\"%.*s\" is a flag, and \"%.*s\" is no value of one: write %.*s=1 or "
			    "%.*s=0%s",
			    (int)name.len, name.at, (int)one.len, one.at, (int)name.len, name.at,
			    (int)name.len, name.at,
			    span_has(one, ',') ? "; \"&\" stands between two conditions" : "");
	}
	return 0;
}

static int conditions_check(const struct rule *rule, struct error *err)
{
	const struct rule_condition *condition = rule->conditions;

	for (; condition; condition = condition->next) {
		struct span name = condition->name;

		if (condition_is_known(rule, name)) {
			if (flag_check(rule, condition, err) < 0)
				return -1;
			continue;
		}
		if (is_of_body(rule, name))
			return error_set(err,
			    "\"%.*s\" is a member of the body, which the conditions of rules do "
			    "not "
			    "see; grants say what it may hold (sockwarden operations --grants)",
			    (int)name.len, name.at);
		return refuse_condition(rule, name, err);
	}
	return 0;
}

/* ---- denials by name ---------------------------------------------------------------------------
 */

/* Objects that the daemon finds by name and by id, where they stand in paths. */
static const struct {
	struct span start;
	const char *what;
} reached_by_id[] = {
    {SPAN("containers"), "a container"},
    {SPAN("images"), "an image"},
    {SPAN("networks"), "a network"},
    {SPAN("services"), "a service"},
    {SPAN("nodes"), "a node"},
    {SPAN("secrets"), "a secret"},
    {SPAN("configs"), "a config"},
    {SPAN("plugins"), "a plugin"},
};

static bool is_only_stars(struct span segment)
{
	for (size_t i = 0; i < segment.len; i++) {
		if (segment.at[i] != '*')
			return false;
	}
	return true;
}

/* Whether the path of |operation| begins with /|start|/{…} and |rule| meets it. */
static bool meets_object(
    const struct rule *rule, struct span start, const struct docker_operation *operation)
{
	struct span path = span_of(operation->path);

	return path.len > start.len + 2 && span_starts(span_from(path, 1), start) &&
	       path.at[start.len + 1] == '/' && path.at[start.len + 2] == '{' &&
	       method_meets(rule->methods, operation) &&
	       pattern_meets(rule->pattern, operation->path);
}

static bool is_path_of_operation(struct span pattern)
{
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		if (span_equal(pattern, span_of(docker_operation_at(i)->path)))
			return true;
	}
	return false;
}

/* A condition on the parameter that names the container which the operation acts on. */
static bool condition_names_object(const struct rule *rule, const struct rule_condition *condition)
{
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);

		if (operation->object_param && rule_speaks_of(rule, operation) &&
		    span_equal(condition->name, span_of(operation->object_param)))
			return !condition->absent && !is_only_stars(condition->values);
	}
	return false;
}

/* The first segments of a rule's path; |*ret_name| is empty where there is no second one. */
static struct span read_object(const struct rule *rule, struct span *ret_name)
{
	struct span rest, first = span_cut(span_from(rule->pattern, 1), '/', &rest);

	*ret_name = rest.at ? span_cut(rest, '/', &rest) : SPAN("");
	return first;
}

/* Whether the beginning of a hexadecimal id can match. */
static bool may_be_id(struct span pattern)
{
	for (size_t i = 0; i < pattern.len; i++) {
		if (!strchr("0123456789abcdef*", pattern.at[i]))
			return false;
	}
	return true;
}

const char *rule_allows_id(const struct rule *rule)
{
	static const struct {
		const char *start, *what;
	} rows[] = {{"containers", "a container"}, {"networks", "a network"}};
	struct span name, first;

	if (rule->deny || rule->kind != RULE_PATH)
		return NULL;
	first = read_object(rule, &name);
	if (is_only_stars(name) || !may_be_id(name))
		return NULL;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (glob_match(first, span_of(rows[i].start)))
			return rows[i].what;
	}
	return NULL;
}

const char *rule_denies_name(const struct rule *rule)
{
	const struct rule_condition *condition = rule->deny ? rule->conditions : NULL;
	struct span name, first;

	for (; condition; condition = condition->next) {
		if (condition_names_object(rule, condition))
			return "a container";
	}
	if (!rule->deny || rule->kind != RULE_PATH)
		return NULL;
	first = read_object(rule, &name);
	if (is_only_stars(name) || is_path_of_operation(rule->pattern))
		return NULL;
	for (size_t i = 0; i < sizeof(reached_by_id) / sizeof(*reached_by_id); i++) {
		if (!glob_match(first, reached_by_id[i].start))
			continue;
		for (unsigned j = 0; j < docker_operation_count(); j++) {
			if (meets_object(rule, reached_by_id[i].start, docker_operation_at(j)))
				return reached_by_id[i].what;
		}
	}
	return NULL;
}

/* ---- all rules ---------------------------------------------------------------------------------
 */

static int rule_check(const struct policy *policy, const struct rule *rule, struct error *err)
{
	bool routes = policy_allows(policy, SETTING_UNKNOWN_ROUTES);
	bool params = policy_allows(policy, SETTING_UNKNOWN_PARAMS);

	char mark = rule->kind == RULE_PATH && !routes ? foreign_mark(rule->pattern) : 0;

	if (mark)
		return refuse_mark(rule, mark, err);
	if (rule->kind == RULE_PATH && !routes && !path_meets(rule->pattern, rule->methods))
		return refuse_path(rule, err);
	return routes || params ? 0 : conditions_check(rule, err);
}

int rules_check(struct policy *policy, struct error *err)
{
	for (const struct rule *rule = policy->rules; rule; rule = rule->next) {
		if (rule_check(policy, rule, err) < 0) {
			policy->fault = rule->source;
			return -1;
		}
	}
	return 0;
}
