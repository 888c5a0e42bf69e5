/* SPDX-License-Identifier: Apache-2.0 */
/* How many objects an owner may have: max_containers and its kin. */
#include "json/json.h"
#include "policy/owner.h"

/* The list in the daemon's answer; a list without elements can be null. False when there is none.
 */
static bool read_list(enum docker_object kind, const cJSON *answer, const cJSON **ret_list)
{
	const char *member = docker_object_info(kind)->list_in;

	if (member && !cJSON_IsObject(answer))
		return false;
	*ret_list = member ? json_field(answer, member) : answer;
	return cJSON_IsArray(*ret_list) || (member && cJSON_IsNull(*ret_list));
}

bool policy_count_fits(const struct policy_object *object, const cJSON *answer, uint64_t *ret_have)
{
	const struct policy_count *count = &object->count;
	const cJSON *list;

	*ret_have = 0;
	if (!read_list(object->kind, answer, &list))
		return false;
	*ret_have = (uint64_t)cJSON_GetArraySize(list);
	return *ret_have + count->claimed + count->amount <= count->most;
}

static void refuse_more(struct judge *judge, const struct policy_object *object,
    const struct quota *quota, const char *key, uint64_t have)
{
	struct fault fault = {.reason = REASON_LIMIT, .rule = quota->source};
	const char *kind = docker_object_info(object->kind)->name;
	char room[320];
	struct text text = text_in(room, sizeof(room));

	text_add_format(&text, "%s = %llu: the owner \"%.*s\" has %llu %s%s", key,
	    (unsigned long long)quota->most, (int)object->name.len, object->name.at,
	    (unsigned long long)have, kind, have == 1 ? "" : "s");
	if (object->count.claimed > 0)
		text_add_format(&text, ", and %u more %s being created", object->count.claimed,
		    object->count.claimed == 1 ? "is" : "are");
	text_add_format(&text, "; remove a %s that is not needed", kind);
	judge_refuse(judge, &fault, "%s", room);
}

void owner_count(struct judge *judge, enum docker_object kind, unsigned amount)
{
	const char *key;
	const struct quota *quota = quota_of(judge->policy, kind, &key);
	struct place place = {.kind = PLACE_PATH, .name = SPAN("owner")};
	const cJSON *list;
	uint64_t have;

	if (!quota || amount == 0 || judge_done(judge))
		return;
	const struct policy_count count = {.asked = true, .amount = amount, .most = quota->most};
	const struct policy_object *object =
	    stored_ask_count(judge, kind, &place, judge->request->tenancy->owner, &count);

	if (!object || object->unseen)
		return;
	if (!object->json || !read_list(kind, object->json, &list))
		stored_refuse_answer(judge, &place);
	else if (!policy_count_fits(object, object->json, &have))
		refuse_more(judge, object, quota, key, have);
}
