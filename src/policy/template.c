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

static void judge_text(
    struct judge *judge, enum docker_template runs, const struct place *place, const cJSON *value)
{
	struct span text = span_of(json_string(value));

	if (cJSON_IsString(value) && !is_plain(runs, text) && !judge_done(judge))
		grant_judge_text(judge, GRANT_TEMPLATE_ID, place, text);
}

void template_judge(
    struct judge *judge, enum docker_template runs, const struct place *place, const cJSON *value)
{
	const cJSON *item;
	unsigned index = 0;

	if (runs >= TEMPLATE_MAX || policy_grants_all(judge->policy))
		return;
	if (!cJSON_IsObject(value) && !cJSON_IsArray(value)) {
		judge_text(judge, runs, place, value);
		return;
	}
	cJSON_ArrayForEach (item, value) {
		struct place here = cJSON_IsObject(value) ? place_key(place, span_of(item->string))
							  : place_index(place, index++);

		judge_text(judge, runs, &here, item);
	}
}
