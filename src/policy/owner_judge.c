/* SPDX-License-Identifier: Apache-2.0 */
/* What an operation is to the client of a policy with an owner, and the owner label, which no
 * client of any policy sets. What an operation uses is in owner_use.c. */
#include "base/glob.h"
#include "json/json.h"
#include "policy/owner.h"
#include "policy/podman.h"

void owner_refuse(
    struct judge *judge, const struct place *place, struct span value, const char *sentence)
{
	struct fault fault = {.reason = REASON_OWNER,
	    .place = place,
	    .value = value,
	    .rule = judge->policy->owner.source};

	judge_refuse(judge, &fault, "%s", sentence);
}

/* ---- edits -------------------------------------------------------------------------------------
 */

static struct json_step step_of(const struct place *place)
{
	struct json_step step = {JSON_STEP_FIELD, place->name, place->index};

	if (place->kind == PLACE_KEY)
		step.kind = JSON_STEP_KEY;
	if (place->kind == PLACE_INDEX)
		step.kind = JSON_STEP_INDEX;
	return step;
}

/* False when |place| is none in a body, or lies too deep. */
static bool write_path(const struct place *place, struct json_edit *edit)
{
	unsigned depth = 0;

	for (const struct place *at = place; at; at = at->up) {
		if (at->kind != PLACE_MEMBER && at->kind != PLACE_KEY && at->kind != PLACE_INDEX)
			return false;
		depth++;
	}
	if (depth == 0 || depth > JSON_EDIT_DEPTH)
		return false;
	edit->depth = depth;
	for (; place; place = place->up)
		edit->path[--depth] = step_of(place);
	return true;
}

static void note_edit(struct judge *judge, const struct place *place, const struct json_edit *edit)
{
	char room[256];
	struct text value = text_in(room, sizeof(room));

	for (unsigned i = 0; i < 3; i++)
		text_add(&value, edit->parts[i]);
	judge_note(
	    judge, place, text_span(&value), "set by sockwarden", &judge->policy->owner.source);
}

void owner_edit(struct judge *judge, const struct place *place, struct span first,
    struct span second, struct span third)
{
	struct policy_tenancy *tenancy = judge->request->tenancy;
	struct json_edit *edit = &tenancy->edits[tenancy->edit_count];
	struct fault fault = {.reason = REASON_LIMIT, .place = place};

	if (tenancy->edit_count == POLICY_EDITS_MOST) {
		judge_refuse(
		    judge, &fault, "more than %d values would have to be set", POLICY_EDITS_MOST);
		return;
	}
	if (!write_path(place, edit)) {
		fault.reason = REASON_OWNER;
		judge_refuse(
		    judge, &fault, "cannot be held to the objects of one owner; leave it out");
		return;
	}
	edit->parts[0] = first;
	edit->parts[1] = second;
	edit->parts[2] = third;
	tenancy->edit_count++;
	if (judge->trace)
		note_edit(judge, place, edit);
}

/* The label of the object that the body makes, whose labels are at |labels|. */
static void set_label(struct judge *judge, const struct place *labels, struct span owner)
{
	struct place place = place_key(labels, judge->policy->owner.key);

	owner_edit(judge, &place, owner, SPAN(""), SPAN(""));
}

void owner_edit_label(struct judge *judge, const struct place *labels)
{
	set_label(judge, labels, judge->request->tenancy->owner);
}

/* ---- the head ----------------------------------------------------------------------------------
 */

static void judge_image(struct judge *judge)
{
	struct place place = {.kind = PLACE_PATH, .name = SPAN("name")};

	image_judge(judge, GRANT_IMAGE_ID, &place, judge->request->match.args[0],
	    (struct span){NULL, 0}, IMAGE_LOCAL);
}

void owner_refuse_operation(struct judge *judge)
{
	owner_refuse(judge, NULL, SPAN(""),
	    "this operation is about the objects of every owner; a policy with \"owner\" never "
	    "permits it");
}

static void judge_operation(struct judge *judge)
{
	const struct docker_operation *operation = judge->request->match.operation;

	bool told = judge->refused && judge->decision->reason == REASON_OWNER;

	if (!operation || (operation->tenant == TENANT_NEVER && !told))
		owner_refuse_operation(judge);
	else if (operation->tenant == TENANT_IMAGE)
		judge_image(judge);
}

static bool needs_line(const struct docker_param *param, struct span value)
{
	return param->grant != GRANT_NONE && value.len > 0 &&
	       !span_in_words(value, grant_info(param->grant)->safe);
}

static void judge_params(struct judge *judge)
{
	const struct policy_request *request = judge->request;

	for (size_t i = 0; i < request->query_count && !judge_done(judge); i++) {
		const struct pair *pair = &request->query[i];
		const struct docker_param *param =
		    docker_param_find(request->match.operation, pair->name);
		struct place place = {.kind = PLACE_QUERY, .name = pair->name};

		if (param && param->names_other && pair->value.len > 0)
			owner_refuse(judge, &place, pair->value,
			    "names an object that need not be the owner's; leave it out");
		if (param && param->tells_all && needs_line(param, pair->value))
			owner_refuse(judge, &place, pair->value,
			    "may tell of others' processes or objects, so that a policy with "
			    "\"owner\" does not permit it; leave it out");
	}
}

void owner_judge_head(struct judge *judge)
{
	const struct policy_tenancy *tenancy = judge->request->tenancy;
	struct fault fault = {.reason = REASON_INTERNAL};

	if (!tenancy) {
		judge_refuse(judge, &fault, "the client's owner is not known");
		return;
	}
	if (!owner_is_set(judge))
		return;
	if (tenancy->owner.len == 0)
		owner_refuse(judge, NULL, SPAN(""),
		    "the owner of this client cannot be told from its identity");
	if (!judge_done(judge))
		judge_operation(judge);
	if (!judge_done(judge) && judge->request->match.operation)
		judge_params(judge);
}

/* ---- labels ------------------------------------------------------------------------------------
 */

void owner_judge_labels(struct judge *judge, const struct place *place, const cJSON *labels)
{
	struct span key = judge->policy->owner.key;
	struct span owner = judge->request->tenancy->owner;
	const cJSON *label = NULL;

	if (!judge_is_stored(judge) && cJSON_IsObject(labels))
		label = cJSON_GetObjectItemCaseSensitive(labels, key.at);
	struct place here = place_key(place, key);

	if (!label || (cJSON_IsString(label) && owner.len > 0 &&
			  span_equal(span_of(label->valuestring), owner)))
		return;
	owner_refuse(judge, &here, span_of(json_string(label)),
	    "this label says whose the object is; clients cannot set it");
}

/* ---- what is made ------------------------------------------------------------------------------
 */

/* No image and no commit hands these on, as it does labels: who has both is the owner's. */
static void mark_container(struct judge *judge)
{
	struct place host = place_member(NULL, SPAN("HostConfig"));
	struct place file = place_member(&host, SPAN("ContainerIDFile"));

	owner_edit(
	    judge, &file, judge->policy->owner.key, SPAN("="), judge->request->tenancy->owner);
}

static void judge_query_name(struct judge *judge)
{
	for (size_t i = 0; i < judge->request->query_count; i++) {
		const struct pair *pair = &judge->request->query[i];
		const struct docker_param *param =
		    docker_param_find(judge->request->match.operation, pair->name);
		struct place place = {.kind = PLACE_QUERY, .name = pair->name};

		if (param && param->check == CHECK_NAME)
			owner_judge_given_name(judge, &place, pair->value);
	}
}

/* ---- how many ----------------------------------------------------------------------------------
 */

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

static void count_new(struct judge *judge, enum docker_object kind, unsigned amount)
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

/* Volumes that the request names and that are not there: as far as they are known. */
static unsigned new_volumes(const struct policy_request *request)
{
	unsigned count = 0;

	for (size_t i = 0; i < request->object_count; i++) {
		const struct policy_object *object = &request->objects[i];

		count += object->kind == OBJECT_VOLUME && !object->made && !object->count.asked &&
			 !object->unseen && !object->json;
	}
	return count;
}

/* Making a volume that is there makes none. One without a name is new. */
static void count_made(struct judge *judge, enum docker_object kind)
{
	bool named = json_text(judge->request->body, "Name").len > 0;

	if (kind != OBJECT_VOLUME)
		count_new(judge, kind, 1);
	if (kind != OBJECT_NETWORK)
		count_new(judge, OBJECT_VOLUME,
		    kind == OBJECT_VOLUME && !named ? 1 : new_volumes(judge->request));
}

static void judge_made(struct judge *judge, enum docker_object kind)
{
	struct place labels = place_member(NULL, SPAN("Labels"));

	owner_edit_label(judge, &labels);
	if (kind == OBJECT_CONTAINER)
		mark_container(judge);
	else
		owner_judge_made_name(judge, kind);
	count_made(judge, kind);
}

/* An image can have the label of an owner: a container that is nobody's says so. */
static void unmark_container(struct judge *judge)
{
	struct place labels = place_member(NULL, SPAN("Labels"));

	set_label(judge, &labels, SPAN(""));
}

/* The containers of a service as well. */
static void unmark_service(struct judge *judge)
{
	struct place task = place_member(NULL, SPAN("TaskTemplate"));
	struct place spec = place_member(&task, SPAN("ContainerSpec"));
	struct place labels = place_member(&spec, SPAN("Labels"));
	const cJSON *template = json_field(judge->request->body, "TaskTemplate");

	if (cJSON_IsObject(json_field(template, "ContainerSpec")))
		set_label(judge, &labels, SPAN(""));
}

/* A policy without an owner makes nothing that looks like an owner's. */
static void judge_unowned(struct judge *judge)
{
	const struct docker_operation *operation = judge->request->match.operation;

	if (!operation)
		return;
	if (operation->subject == SUBJECT_SERVICE)
		unmark_service(judge);
	else if (operation->tenant == TENANT_MAKES && operation->owned == OBJECT_CONTAINER)
		unmark_container(judge);
}

/* dockerd tells of what has all labels that are asked for, Podman of what has one of them. */
static void judge_listed(struct judge *judge)
{
	struct place place = {.kind = PLACE_QUERY, .name = SPAN("filters")};

	if (judge->request->match.operation->traits & TRAIT_STREAM &&
	    daemon_of(judge, &place) == DAEMON_OTHER)
		owner_refuse(judge, NULL, SPAN(""),
		    "the daemon is not dockerd, and its events cannot be kept to one owner");
}

/* The minor version of "1.41"; 0 when it is none. */
static unsigned minor_of(struct span version)
{
	struct span minor, major = span_cut(version, '.', &minor);
	uint64_t number;

	return span_is(major, "1") && span_to_uint(minor, UINT16_MAX, &number) ? (unsigned)number
									       : 0;
}

/* The minor version in which the daemon answers; 0 while that is not known. */
static unsigned api_of(struct judge *judge)
{
	struct place place = {.kind = PLACE_PATH, .name = SPAN("version")};
	const struct policy_object *daemon;

	if (judge->request->api > 0)
		return judge->request->api;
	daemon = stored_ask(judge, OBJECT_DAEMON, &place, SPAN("version"), false);
	if (!daemon || daemon->unseen)
		return 0;
	unsigned api = minor_of(json_text(daemon->json, "ApiVersion"));

	if (api == 0)
		stored_refuse_answer(judge, &place);
	return api;
}

/* An answer of a newer version would tell of the objects of others. */
static void judge_version(struct judge *judge)
{
	unsigned most = judge->request->match.operation->owner_api;

	if (most > 0 && api_of(judge) > most)
		judge->request->tenancy->api = most;
}

void owner_judge_objects(struct judge *judge)
{
	const struct docker_operation *operation = judge->request->match.operation;
	bool makes = operation && operation->tenant == TENANT_MAKES;

	if (!owner_is_set(judge)) {
		judge_unowned(judge);
		return;
	}
	if (!operation) /* refused before */
		return;
	judge_query_name(judge);
	judge_version(judge);
	if (makes)
		judge_made(judge, operation->owned);
	else if (operation->tenant == TENANT_USES)
		owner_judge_used(judge);
	else if (operation->tenant == TENANT_LISTS)
		judge_listed(judge);
}
