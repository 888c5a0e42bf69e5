/* SPDX-License-Identifier: Apache-2.0 */
/* Templates that the daemon runs. Only fields of the documented sets, each alone between its
 * braces, are harmless: "{{pad .Name 200000000000 0}}" takes all memory there is. */
#include "json/json.h"
#include "policy/judge.h"

static const char *const fields[TEMPLATE_MAX] = {
    [TEMPLATE_LOG] = ".ID .FullID .Name .ImageID .ImageFullID .ImageName .DaemonName",
    [TEMPLATE_TASK] = ".Service.ID .Service.Name .Service.Labels .Node.ID .Node.Hostname .Task.ID "
		      ".Task.Name .Task.Slot",
};

static bool is_field(enum docker_template runs, struct span action)
{
	return span_in_words(span_trim(action), fields[runs]);
}

/* What stands behind the next |mark| of two bytes; .at NULL: there is none. */
static struct span behind(struct span text, const char *mark, struct span *ret_before)
{
	const char *at = text.len ? memmem(text.at, text.len, mark, 2) : NULL;

	if (!at)
		return (struct span){NULL, 0};
	*ret_before = (struct span){text.at, (size_t)(at - text.at)};
	return (struct span){at + 2, text.len - (size_t)(at - text.at) - 2};
}

static bool is_plain(enum docker_template runs, struct span text)
{
	struct span before, action;

	while ((text = behind(text, "{{", &before)).at) {
		text = behind(text, "}}", &action);
		if (!text.at || !is_field(runs, action))
			return false;
	}
	return true;
}

/* A row of a "!" that says something of the texts which the daemon makes of templates: of pairs
 * those are the values alone. */
static const struct grant_row *find_negated(const struct judge *judge, enum grant grant)
{
	const struct grant_row *row = judge->policy->grants[grant].negated;

	while (row && grant_info(grant)->kind == GRANT_PAIR && !row->value.at)
		row = row->next;
	return row;
}

static void refuse_unknown(struct judge *judge, enum grant grant, const struct place *place)
{
	const struct grant_row *row = find_negated(judge, grant);
	struct fault fault = {.reason = REASON_AMBIGUOUS, .place = place, .grant = grant};

	if (!row)
		return;
	fault.rule = row->source;
	judge_refuse(judge, &fault,
	    "is a template, which may come to what a \"!\" of \"%s\" takes back; write the value",
	    grant_info(grant)->name);
}

static void judge_text(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	struct span text = span_of(json_string(value));

	if (!cJSON_IsString(value) || judge_done(judge))
		return;
	if (!is_plain(field->runs, text))
		grant_judge_text(judge, GRANT_TEMPLATE_ID, place, text);
	else if (field->runs == TEMPLATE_TASK && has_template(text))
		refuse_unknown(judge, field->grant, place);
}

void template_judge(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	const cJSON *item;
	unsigned index = 0;

	if (field->runs >= TEMPLATE_MAX || policy_grants_all(judge->policy))
		return;
	if (!cJSON_IsObject(value) && !cJSON_IsArray(value)) {
		judge_text(judge, field, place, value);
		return;
	}
	cJSON_ArrayForEach (item, value) {
		struct place here = cJSON_IsObject(value) ? place_key(place, span_of(item->string))
							  : place_index(place, index++);

		judge_text(judge, field, &here, item);
	}
}
