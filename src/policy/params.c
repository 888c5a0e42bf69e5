/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in the request's line and heads: query parameters, the name in the path, headers. */
#include "policy/judge.h"

static const struct pair *query_find(
    const struct policy_request *request, struct span name, size_t before)
{
	for (size_t i = 0; i < before; i++) {
		if (span_equal(request->query[i].name, name))
			return &request->query[i];
	}
	return NULL;
}

/* ---- images ------------------------------------------------------------------------------------
 */

struct span params_tag(const struct policy_request *request)
{
	const struct docker_param *part = docker_param_part(request->match.operation);
	const struct pair *tag =
	    part ? query_find(request, span_of(part->name), request->query_count) : NULL;

	return tag ? tag->value : (struct span){NULL, 0};
}

/* An image's name as a parameter or in the path; true when |check| was one of these. */
static bool judge_image_name(struct judge *judge, enum docker_check check, enum grant grant,
    const struct place *place, struct span value)
{
	if (check != CHECK_IMAGE_NAME && check != CHECK_IMAGE_TAGS)
		return false;
	image_judge(judge, grant, place, value, params_tag(judge->request),
	    check == CHECK_IMAGE_TAGS ? IMAGE_ALL_TAGS : IMAGE_NAME);
	if (check == CHECK_IMAGE_TAGS) /* pulled or pushed */
		registry_judge_remote(judge, place, value);
	return true;
}

/* ---- parameters --------------------------------------------------------------------------------
 */

/* Podman takes names in any case, Docker as they are. */
static bool is_known_folded(const struct docker_operation *operation, struct span name)
{
	const struct docker_param *row = operation->params;

	while (row && row->name && !span_equal_nocase(name, span_of(row->name)))
		row++;
	return (row && row->name) || !span_is_ascii(name);
}

static void param_unknown(struct judge *judge, const struct place *place, struct span value)
{
	const struct docker_operation *operation = judge->request->match.operation;
	struct fault fault = {.reason = REASON_UNKNOWN_PARAM,
	    .place = place,
	    .value = value,
	    .fix = "unknown_params = allow"};

	bool allowed = policy_allows(judge->policy, SETTING_UNKNOWN_PARAMS);

	if (allowed && is_known_folded(operation, place->name))
		judge_bad(judge, REASON_AMBIGUOUS, place, value,
		    "is another spelling of a parameter, which Podman takes for the same; write "
		    "it as the API has it");
	else if (allowed)
		judge_note(judge, place, value, "unknown, allowed",
		    &judge->policy->settings[SETTING_UNKNOWN_PARAMS].source);
	else
		judge_refuse(judge, &fault, "is a parameter that sockwarden does not know");
}

static const struct docker_param *param_row(const struct policy_request *request, size_t index)
{
	return docker_param_find(request->match.operation, request->query[index].name);
}

static bool holds_json(const struct policy_request *request, size_t index)
{
	const struct docker_param *param = param_row(request, index);

	return param && param->json && request->query[index].value.len > 0;
}

static int read_json(struct span text, const struct json_limits *limits, struct arena *arena,
    struct policy_param *ret_param)
{
	struct error err;

	ret_param->json = json_parse(text, limits, arena, &err);
	if (!ret_param->json)
		ret_param->fault = arena_copy(arena, span_of(err.text));
	return ret_param->json || ret_param->fault ? 0 : -1;
}

int policy_read_params(
    struct policy_request *request, const struct json_limits *limits, struct arena *arena)
{
	const struct docker_operation *operation = request->match.operation;
	struct policy_param *params = NULL;

	request->params = NULL;
	if (!operation || !(operation->traits & TRAIT_JSON_PARAMS))
		return 0;
	for (size_t i = 0; i < request->query_count; i++) {
		if (!holds_json(request, i))
			continue;
		if (!params)
			params = arena_alloc(arena, request->query_count * sizeof(*params));
		if (!params)
			return -1;
		if (!request->params)
			memset(params, 0, request->query_count * sizeof(*params));
		request->params = params;
		if (read_json(request->query[i].value, limits, arena, &params[i]) < 0)
			return -1;
	}
	return 0;
}

/* The text that |param| holds, read before. */
static void param_json(struct judge *judge, const struct docker_schema *schema,
    const struct place *place, const struct policy_param *param)
{
	struct fault fault = {.reason = REASON_INTERNAL, .place = place};

	if (param && param->json)
		walk_param(judge, schema, param->json, place);
	else if (param && param->fault)
		judge_bad(judge, REASON_BODY, place, SPAN(""), param->fault);
	else
		judge_refuse(judge, &fault, "cannot be judged");
}

/* Whether |value| is one of the words of |param|. */
static bool param_has_word(const struct docker_param *param, struct span value)
{
	struct span rest = param->words ? span_of(param->words) : SPAN("");

	while (rest.len > 0) {
		if (span_equal(span_cut(rest, ' ', &rest), value))
			return true;
	}
	return false;
}

/* |read|: the JSON in it; NULL where nobody looked. */
static void param_value(struct judge *judge, const struct docker_param *param,
    const struct place *place, struct span value, const struct policy_param *read)
{
	if (value.len == 0 || (docker_param_is_flag(param) && !docker_flag_is_yes(param, value)))
		judge_note(judge, place, value, "harmless", NULL);
	else if (policy_grants_all(judge->policy))
		judge_note(judge, place, value, "granted with all else", NULL);
	else if (param->json)
		param_json(judge, param->json, place, read);
	else if (param_has_word(param, value))
		grant_judge_flag(judge, param->words_grant, place, value);
	else if (!judge_image_name(judge, param->check, param->grant, place, value))
		check_text(judge, param->check, param->grant, place, value);
}

static void param_judge(struct judge *judge, size_t index)
{
	const struct policy_request *request = judge->request;
	const struct pair *pair = &request->query[index];
	const struct docker_param *param = param_row(request, index);
	const struct policy_param *read = request->params ? &request->params[index] : NULL;
	struct place place = {.kind = PLACE_QUERY, .name = pair->name};

	place.secret = param && docker_param_hides(param, pair->value);
	if (param && param->joined != JOINED_NOT)
		joined_judge_param(judge, param, &place, pair->value);
	if (param && param->check == CHECK_INSTRUCTION)
		require_judge_instruction(judge, &place, pair->value);
	if (!param)
		param_unknown(judge, &place, pair->value);
	else if (!param->repeats && query_find(request, pair->name, index))
		judge_bad(judge, REASON_AMBIGUOUS, &place, pair->value, "is there twice");
	else
		param_value(judge, param, &place, pair->value, read);
}

/* What the daemon does where a parameter is left out or empty. */
static void judge_missing(struct judge *judge)
{
	const struct policy_request *request = judge->request;
	const struct docker_param *row = request->match.operation->params;

	for (; row && row->name && !judge_done(judge); row++) {
		if (!row->missing)
			continue;
		struct place place = {.kind = PLACE_QUERY, .name = span_of(row->name)};
		const struct pair *pair = query_find(request, place.name, request->query_count);

		if (!pair || pair->value.len == 0)
			param_value(judge, row, &place, span_of(row->missing), NULL);
	}
}

/* ---- path and headers --------------------------------------------------------------------------
 */

static void arg_judge(struct judge *judge)
{
	const struct docker_operation *operation = judge->request->match.operation;
	struct place place = {.kind = PLACE_PATH, .name = SPAN("name")};
	struct span value = judge->request->match.args[0];

	if (operation->arg_grant == GRANT_NONE || policy_grants_all(judge->policy))
		return;
	if (grant_info(operation->arg_grant)->kind == GRANT_FLAG)
		grant_judge_flag(judge, operation->arg_grant, NULL, span_of(operation->name));
	else if (operation->arg_check == CHECK_IMAGE_ALL)
		image_judge_all(judge, operation->arg_grant);
	else if (judge->request->match.arg_count == 0)
		return;
	else if (!judge_image_name(
		     judge, operation->arg_check, operation->arg_grant, &place, value))
		check_text(judge, operation->arg_check, operation->arg_grant, &place, value);
}

static void headers_judge(struct judge *judge)
{
	for (size_t i = 0; i < judge->request->header_count && !judge_done(judge); i++) {
		const struct pair *header = &judge->request->headers[i];
		struct place place = {.kind = PLACE_HEADER, .name = header->name};

		grant_judge_pair(
		    judge, GRANT_REGISTRY_HEADER_ID, &place, header->name, header->value);
	}
}

void params_judge(struct judge *judge)
{
	const struct policy_request *request = judge->request;

	if (request->match.operation) {
		arg_judge(judge);
		for (size_t i = 0; i < request->query_count && !judge_done(judge); i++)
			param_judge(judge, i);
		if (!judge_done(judge))
			judge_missing(judge);
	}
	if (!judge_done(judge))
		headers_judge(judge);
}
