/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions of rules on the query: a value is compared as the daemon reads it. */
#include "base/glob.h"
#include "base/meter.h"
#include "base/room.h"
#include "policy/judge.h"

static bool value_matches(struct span globs, struct span value)
{
	while (globs.at) {
		struct span rest;

		if (glob_match(span_cut(globs, '|', &rest), value))
			return true;
		globs = rest;
	}
	return false;
}

#define SPELLING_MOST 1024 /* bytes of a value that has other spellings */

/* A deny is held against the one spelling of what the daemon takes for the same value, too. A value
 * too long to tell is in any. */
static bool spelling_denied(enum grant grant, struct span globs, struct span value)
{
	char room[SPELLING_MOST], pattern_room[SPELLING_MOST];
	struct text text = text_in(room, sizeof(room));

	if (spelling_is_one(grant))
		return false;
	if (!spelling_write(grant, value, &text) ||
	    (spelling_folds(grant) && !span_is_ascii(value)))
		return true;
	while (globs.at) {
		struct text pattern = text_in(pattern_room, sizeof(pattern_room));
		bool whole = spelling_write(grant, span_cut(globs, '|', &globs), &pattern);

		if (whole && spelling_meets(grant, text_span(&pattern), text_span(&text)))
			return true;
	}
	return false;
}

/* The globs of a condition, and what values of |grant| mean to a deny (|any|). */
struct globs {
	struct span globs;
	enum grant grant;
	bool any;
};

static bool globs_match(const void *context, struct span value)
{
	const struct globs *globs = context;

	return value_matches(globs->globs, value) ||
	       (globs->any && spelling_denied(globs->grant, globs->globs, value));
}

#define JSON_MOST 16384u /* bytes of a parameter's JSON that is compared without its blanks */

/* |json| without the blanks between its texts; .at NULL: it is too long, or memory is out. */
static struct span without_blanks(struct span json)
{
	char *room = json.len <= JSON_MOST ? room_of_thread(ROOM_CONDITION, JSON_MOST) : NULL;
	bool quoted = false;
	size_t len = 0;

	if (!room)
		return (struct span){NULL, 0};
	for (size_t i = 0; i < json.len; i++) {
		quoted ^= json.at[i] == '"';
		if (quoted || !memchr(" \t\r\n", json.at[i], 4))
			room[len++] = json.at[i];
	}
	return (struct span){room, len};
}

/* JSON can spell one text in many ways: with an escape in it, it is in any deny. */
static bool json_matches(const struct globs *globs, struct span value)
{
	bool as_written = globs_match(globs, value);

	if (as_written || !globs->any)
		return as_written;
	struct span plain = without_blanks(value);

	return span_has(value, '\\') || !plain.at || globs_match(globs, plain);
}

struct instructions {
	struct globs globs;
	bool holds;
};

/* An allow wants each instruction to match, a deny one, or what an ONBUILD puts off. */
static bool instruction_matches(void *context, struct span text, struct span inner)
{
	struct instructions *said = context;

	said->holds = globs_match(&said->globs, text) ||
		      (said->globs.any && globs_match(&said->globs, inner));
	return said->holds != said->globs.any;
}

static bool denies(void *context, struct span keyword)
{
	(void)keyword;
	return ((struct instructions *)context)->globs.any;
}

static bool instructions_match(const struct globs *globs, struct span value)
{
	struct instructions said = {*globs, false};
	const char *fault = instruction_each(value, denies, instruction_matches, &said);

	return fault ? globs->any : said.holds;
}

/* Whether |one| of a condition's globs stands for |value|, a text that may have many spellings. */
typedef bool spelled_fn(const struct docker_param *param, struct span one, struct span value);

static bool signal_matches(const struct docker_param *param, struct span one, struct span value)
{
	char room[SIGNAL_MOST], other_room[SIGNAL_MOST];

	(void)param;
	return glob_match(signal_name(one, &other_room), signal_name(value, &room));
}

/* force=1 is force=true. */
static bool flag_matches(const struct docker_param *param, struct span one, struct span value)
{
	if (span_is_glob(one))
		return value.len > 0 && glob_match(one, value);
	return docker_flag_is_yes(param, one) == docker_flag_is_yes(param, value);
}

/* t=0 is t=00 and t=+0; t=1* is t=010. */
static bool number_matches(const struct docker_param *param, struct span one, struct span value)
{
	struct docker_number want, got;
	char room[NUMBER_MOST];
	struct text text = text_in(room, sizeof(room));

	(void)param;
	if (!docker_number_read(value, &got))
		return glob_match(one, value);
	if (docker_number_read(one, &want))
		return want.negative == got.negative && want.size == got.size;
	text_add_format(&text, "%s%llu", got.negative ? "-" : "", (unsigned long long)got.size);
	return glob_match(one, text_span(&text));
}

static bool spelled_matches(
    spelled_fn *matches, const struct docker_param *param, struct span globs, struct span value)
{
	while (globs.at) {
		struct span one = span_cut(globs, '|', &globs);

		if (matches(param, one, value))
			return true;
	}
	return false;
}

static bool name_matches(const struct docker_param *param, struct span one, struct span value)
{
	(void)param;
	return glob_match(container_name(one), container_name(value));
}

struct span rule_value_key(const struct docker_param *param, struct span text)
{
	return param && docker_param_means(param) == CHECK_NAME ? container_name(text) : text;
}

/* An image is the one that the daemon uses, whatever it is called. A deny (|any|) holds by the text
 * as well, an allow only where the pattern names no image: "?*". */
static bool images_match(
    struct span globs, bool any, struct span value, const struct policy_request *request)
{
	while (globs.at) {
		struct span one = span_cut(globs, '|', &globs);
		bool bare = any || (one.len > 0 && strchr("?*", one.at[0]));

		if ((bare && glob_match(one, value)) ||
		    image_matches(one, any, value, params_tag(request)))
			return true;
	}
	return false;
}

/* A path that cannot be told where it leads is in no allow and in any deny. */
static bool value_holds(const struct rule_condition *condition, bool any,
    const struct docker_param *param, struct span value, const struct policy_request *request)
{
	if (!param)
		return value_matches(condition->values, value);
	const struct globs globs = {condition->values, param->grant, any};

	if (param->missing && value.len == 0)
		value = span_of(param->missing);
	if (param->check == CHECK_PATH)
		return path_holds(param->grant, value, any, globs_match, &globs);
	if (param->check == CHECK_INSTRUCTION)
		return instructions_match(&globs, value);
	if (param->kind == KIND_JSON)
		return json_matches(&globs, value);
	if (param->check == CHECK_SIGNAL && !span_is_ascii(value))
		return any;
	if (param->check == CHECK_SIGNAL)
		return spelled_matches(signal_matches, param, condition->values, value);
	if (docker_param_is_flag(param))
		return spelled_matches(flag_matches, param, condition->values, value);
	if (param->kind == KIND_NUMBER)
		return spelled_matches(number_matches, param, condition->values, value);
	if (docker_param_means(param) == CHECK_NAME)
		return spelled_matches(name_matches, param, condition->values, value);
	if (docker_param_means(param) == CHECK_IMAGE_NAME || param->check == CHECK_IMAGE_TAGS)
		return images_match(condition->values, any, value, request);
	return globs_match(&globs, value);
}

/* The tag or the digest by which the daemon finds the image, wherever the request has it. Empty:
 * none is written, and to a deny (|any|) that all of its tags are meant. */
static struct span used_tag(const struct policy_request *request, bool any)
{
	const struct docker_operation *operation = request->match.operation;
	struct span tag = params_tag(request);

	for (size_t i = 0; i < request->query_count; i++) {
		const struct pair *pair = &request->query[i];
		const struct docker_param *param = docker_param_find(operation, pair->name);
		bool all = param && param->check == CHECK_IMAGE_TAGS;

		if (pair->value.len > 0 && param && (all || param->check == CHECK_IMAGE_NAME))
			return image_tag(pair->value, tag, all || !any);
	}
	return operation->arg_check == CHECK_IMAGE_TAGS
		   ? image_tag(request->match.args[0], tag, true)
		   : tag;
}

/* Whether the tag lets a condition hold that |holds| by its parameter alone: a tag or a digest in
 * the image's name can come before that. */
static bool tag_holds(const struct rule_condition *condition, bool any,
    const struct policy_request *request, bool holds)
{
	struct span tag = used_tag(request, any);
	bool matches = tag.len == 0 || value_matches(condition->values, tag);

	return any ? holds || matches : holds && matches;
}

/* What the values of a condition's parameter say. */
struct condition_count {
	unsigned said;     /* not empty */
	unsigned matching; /* of those; not counted for a condition without values */
};

static struct condition_count condition_count(const struct rule_condition *condition, bool any,
    const struct docker_param *param, const struct policy_request *request)
{
	struct condition_count count = {0, 0};

	meter_spend(request->query_count);
	for (size_t i = 0; i < request->query_count; i++) {
		const struct pair *pair = &request->query[i];

		if (pair->value.len == 0 || !span_equal(pair->name, condition->name))
			continue;
		count.said++;
		if (condition->values.at)
			count.matching += value_holds(condition, any, param, pair->value, request);
	}
	return count;
}

/* The daemon's reading of the flag: it has one value, there or not. */
static bool flag_is_yes(const struct docker_param *param, const struct policy_request *request)
{
	for (size_t i = 0; i < request->query_count; i++) {
		if (span_equal(request->query[i].name, span_of(param->name)))
			return docker_flag_is_yes(param, request->query[i].value);
	}
	return docker_flag_is_yes(param, SPAN(""));
}

/* A glob for any text does not stand for none. */
static bool missing_holds(const struct rule_condition *condition, bool any,
    const struct docker_param *param, const struct policy_request *request)
{
	struct span globs = condition->values;

	if (param && (param->missing || docker_param_is_flag(param)))
		return value_holds(condition, any, param, SPAN(""), request);
	while (globs.at) {
		if (span_cut(globs, '|', &globs).len == 0)
			return true;
	}
	return false;
}

/* Empty is as good as missing. Of several values an allow needs all to match, a deny one. */
static bool values_hold(const struct rule_condition *condition, bool any,
    const struct docker_param *param, const struct policy_request *request)
{
	struct condition_count count = condition_count(condition, any, param, request);

	if (!condition->values.at)
		return (count.said > 0) != condition->absent;
	if (count.said == 0)
		return missing_holds(condition, any, param, request);
	return any ? count.matching > 0 : count.matching == count.said;
}

/* A flag has the value that the daemon reads. */
bool rule_condition_holds(
    const struct rule_condition *condition, bool any, const struct policy_request *request)
{
	const struct docker_operation *operation = request->match.operation;
	const struct docker_param *param =
	    operation ? docker_param_find(operation, condition->name) : NULL;

	if (param && docker_param_is_flag(param) && !condition->values.at)
		return flag_is_yes(param, request) != condition->absent;
	bool holds = values_hold(condition, any, param, request);

	return param && param->check == CHECK_TOGETHER && condition->values.at
		   ? tag_holds(condition, any, request, holds)
		   : holds;
}

bool rule_conditions_hold(const struct rule *rule, const struct policy_request *request)
{
	const struct rule_condition *condition = rule->conditions;

	for (; condition; condition = condition->next) {
		if (!rule_condition_holds(condition, rule->deny, request))
			return false;
	}
	return true;
}

/* ---- the end of reading ------------------------------------------------------------------------
 */

static bool takes_signals(const struct rule *rule, struct span name)
{
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);
		const struct docker_param *param = docker_param_find(operation, name);

		if (rule_speaks_of(rule, operation) && param && param->check == CHECK_SIGNAL)
			return true;
	}
	return false;
}

static int check_signals(const struct rule *rule, struct span values, struct error *err)
{
	struct error unused;

	while (values.at) {
		struct span one = span_cut(values, '|', &values);

		if (one.len > 0 && grant_value_check(GRANT_SIGNAL_ID, one, one, &unused) < 0)
			return error_set(err,
			    "\"%.*s\" is no signal in \"%.*s\"; write names with | between them, "
			    "such as signal=HUP|TERM",
			    (int)one.len, one.at, (int)rule->text.len, rule->text.at);
	}
	return 0;
}

int rules_check_values(struct policy *policy, struct error *err)
{
	for (const struct rule *rule = policy->rules; rule; rule = rule->next) {
		const struct rule_condition *condition = rule->conditions;

		for (; condition; condition = condition->next) {
			if (!takes_signals(rule, condition->name) ||
			    check_signals(rule, condition->values, err) == 0)
				continue;
			policy->fault = rule->source;
			return -1;
		}
	}
	return 0;
}
