/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that exist already, judged by the grants that would have let them be made. What the
 * daemon says of them comes with the request; what is missing is asked for, and the judgement comes
 * again. */
#include "policy/stored.h"

#include "json/json.h"
#include "policy/owner.h"

#define DEPTH_MOST 8 /* of containers that join containers */
#define NAME_MOST 255

/* ---- asking for them ---------------------------------------------------------------------------
 */

static struct place place_object(enum docker_object kind, struct span name)
{
	return (struct place){.kind = PLACE_OBJECT, .index = kind, .name = name};
}

static bool is_same(const struct policy_object *object, const struct policy_object *other)
{
	return object->kind == other->kind && object->made == other->made &&
	       object->count.asked == other->count.asked &&
	       object->count.amount == other->count.amount && span_equal(object->name, other->name);
}

/* A name that is one segment of a path, whoever reads the path. */
static bool is_plain(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.at[i];

		if (c < ' ' || c == 0x7f || c == '/' || c == '\\')
			return false;
	}
	return name.len > 0 && name.len <= NAME_MOST && !span_is(name, ".") && !span_is(name, "..");
}

static void refuse_name(struct judge *judge, const struct place *place, struct span name)
{
	struct fault fault = {.reason = REASON_AMBIGUOUS, .place = place, .value = name};

	judge_refuse(judge, &fault, "is a name that cannot be looked up (check_state)");
}

static void refuse_many(struct judge *judge, const struct place *place)
{
	struct fault fault = {.reason = REASON_LIMIT, .place = place};

	judge_refuse(
	    judge, &fault, "more than %d objects would have to be looked at", POLICY_OBJECTS_MOST);
}

/* What is made is made last, when nothing else can refuse the request, and counted before that. */
static unsigned turn_of(const struct policy_object *object)
{
	return object->made ? 2 : object->count.asked ? 1 : 0;
}

/* Whether |object| waits for what is asked for already, which else waits for it. */
static bool waits(struct decision *decision, const struct policy_object *object)
{
	if (decision->wanted_count == 0)
		return false;
	unsigned turn = turn_of(&decision->wanted[0]);

	if (turn_of(object) < turn)
		decision->wanted_count = 0;
	return turn_of(object) > turn;
}

/* Those that do not fit are asked for next time. */
static void want(struct judge *judge, const struct policy_object *object)
{
	struct decision *decision = judge->decision;

	if (waits(decision, object))
		return;
	for (unsigned i = 0; i < decision->wanted_count; i++) {
		if (is_same(&decision->wanted[i], object)) {
			decision->wanted[i].driven |= object->driven;
			return;
		}
	}
	if (decision->wanted_count < POLICY_WANTED_MOST &&
	    judge->request->object_count + decision->wanted_count < POLICY_OBJECTS_MOST)
		decision->wanted[decision->wanted_count++] = *object;
}

/* An object that is missing can be what permits a request. One that the request acts on is refused
 * as an owner's that is missing. */
static const struct policy_object *known(
    struct judge *judge, const struct place *place, const struct policy_object *object)
{
	if (object->unread && !object->driven && !judge->refused)
		owner_refuse_foreign(judge, place, object->kind, object->name);
	return object;
}

static const struct policy_object *ask(
    struct judge *judge, const struct place *place, const struct policy_object *object)
{
	const struct policy_request *request = judge->request;

	for (size_t i = 0; i < request->object_count; i++) {
		if (is_same(&request->objects[i], object))
			return known(judge, place, &request->objects[i]);
	}
	if (!is_plain(object->name))
		refuse_name(judge, place, object->name);
	else if (request->object_count >= POLICY_OBJECTS_MOST)
		refuse_many(judge, place);
	else
		want(judge, object);
	return NULL;
}

const struct policy_object *stored_ask(struct judge *judge, enum docker_object kind,
    const struct place *place, struct span name, bool driven)
{
	const struct policy_object object = {.kind = kind, .name = name, .driven = driven};

	return ask(judge, place, &object);
}

const struct policy_object *stored_ask_made(
    struct judge *judge, const struct place *place, struct span name, const cJSON *options)
{
	const struct policy_object object = {
	    .kind = OBJECT_VOLUME, .name = name, .made = true, .options = options};

	return ask(judge, place, &object);
}

const struct policy_object *stored_ask_count(struct judge *judge, enum docker_object kind,
    const struct place *place, struct span owner, const struct policy_count *count)
{
	const struct policy_object object = {.kind = kind, .name = owner, .count = *count};

	return ask(judge, place, &object);
}

/* ---- judging them ------------------------------------------------------------------------------
 */

void stored_refuse_answer(struct judge *judge, const struct place *place)
{
	struct fault fault = {.reason = REASON_UPSTREAM, .place = place};

	judge_refuse(judge, &fault, "what the daemon says of it cannot be judged");
}

/* Without these an answer is not about such an object. */
static bool is_whole(enum docker_object kind, const cJSON *json)
{
	switch (kind) {
	case OBJECT_CONTAINER:
		return cJSON_IsObject(json_field(json, "HostConfig"));
	case OBJECT_EXEC:
		return cJSON_IsObject(json_field(json, "ProcessConfig")) &&
		       *json_string(json_field(json, "ContainerID"));
	case OBJECT_VOLUME:
	case OBJECT_NETWORK:
		return *json_string(json_field(json, "Name")) &&
		       *json_string(json_field(json, "Driver"));
	case OBJECT_NONE:
	case OBJECT_DAEMON:
	case OBJECT_MAX:
	default:
		return false;
	}
}

static bool is_host(const cJSON *host_config, const char *field)
{
	return span_is(json_text(host_config, field), "host");
}

/* The daemon takes the label of such containers away and says so in SecurityOpt. */
static bool has_no_label(const cJSON *json)
{
	const cJSON *host = json_field(json, "HostConfig");

	return cJSON_IsTrue(json_field(host, "Privileged")) || is_host(host, "PidMode") ||
	       is_host(host, "IpcMode");
}

/* Its command line as the one list that it was. */
static void judge_command(struct judge *judge, const struct place *up, const cJSON *process)
{
	const cJSON *arguments = json_field(process, "arguments");
	struct place place = place_member(up, SPAN("ProcessConfig.entrypoint"));
	cJSON first = {.type = cJSON_String, .next = arguments ? arguments->child : NULL};
	cJSON words = {.type = cJSON_Array, .child = &first};
	const cJSON *program = json_field(process, "entrypoint");

	first.valuestring = cJSON_IsString(program) ? program->valuestring : NULL;
	if (first.valuestring)
		argv_judge(judge, GRANT_EXEC_COMMAND_ID, &place, &words);
	else
		stored_refuse_answer(judge, up);
}

static void judge_exec(struct judge *judge, const struct place *place, const cJSON *json)
{
	struct span id = json_text(json, "ContainerID");

	judge_command(judge, place, json_field(json, "ProcessConfig"));
	if (!judge_done(judge))
		stored_judge_whole(judge, stored_ask(judge, OBJECT_CONTAINER, place, id, true));
}

static void judge_fields(
    struct judge *judge, const struct policy_object *object, const struct place *place)
{
	struct span name = json_text(object->json, "Name");
	struct place where = place_member(place, SPAN("Name"));

	if (object->kind == OBJECT_NETWORK && network_is_builtin(name)) {
		grant_judge_text(judge, GRANT_NETWORK_MODE_ID, &where, name);
		return;
	}
	walk_object(judge, docker_object_info(object->kind)->schema, object->json, place);
	if (!judge_done(judge))
		require_judge_stored(judge, place, object->kind, object->json);
	if (!judge_done(judge) && object->kind == OBJECT_EXEC)
		judge_exec(judge, place, object->json);
}

void stored_judge_whole(struct judge *judge, const struct policy_object *object)
{
	bool label_is_free = judge->label_is_free;

	if (!object)
		return;
	struct place place = place_object(object->kind, object->name);

	if (!object->json) {
		judge_note(judge, &place, SPAN(""),
		    object->unseen ? "not known here" : "does not exist", NULL);
		return;
	}
	if (judge->depth == DEPTH_MOST || !is_whole(object->kind, object->json)) {
		stored_refuse_answer(judge, &place);
		return;
	}
	judge->depth++;
	judge->label_is_free = has_no_label(object->json);
	judge_fields(judge, object, &place);
	judge->label_is_free = label_is_free;
	judge->depth--;
}

void stored_judge_mounts(struct judge *judge, const struct policy_object *object)
{
	const cJSON *mount;
	unsigned index = 0;

	if (!object || !object->json)
		return;
	struct place place = place_object(object->kind, object->name);
	struct place list = place_member(&place, SPAN("Mounts"));

	judge->depth++;
	if (!is_whole(object->kind, object->json))
		stored_refuse_answer(judge, &place);
	cJSON_ArrayForEach (mount, json_field(object->json, "Mounts")) {
		struct place here = place_index(&list, index++);

		if (judge_done(judge))
			break;
		stored_judge_mount_point(judge, &here, mount);
	}
	judge->depth--;
}

/* ---- the one that is acted on ------------------------------------------------------------------
 */

/* Ids are unique for ever. That of an exec stands in the request already. */
void stored_keep_identity(struct judge *judge, const struct policy_object *object)
{
	struct place place = place_object(object->kind, object->name);
	struct span id = json_text(object->json, "Id");

	if (object->kind == OBJECT_EXEC || !object->json)
		return;
	for (size_t i = 0; i < id.len; i++) {
		char c = id.at[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z'))
			id.len = 0;
	}
	if (id.len > 0)
		judge->decision->identity = id;
	else
		stored_refuse_answer(judge, &place);
}

struct span stored_driven_name(const struct policy_request *request)
{
	const char *param = request->match.operation->object_param;

	if (!param)
		return request->match.args[0];
	for (size_t i = 0; i < request->query_count; i++) {
		if (span_equal(request->query[i].name, span_of(param)))
			return request->query[i].value;
	}
	return SPAN("");
}

static bool is_container(enum docker_object kind)
{
	return kind == OBJECT_CONTAINER || kind == OBJECT_EXEC;
}

struct place stored_driven_place(const struct docker_operation *operation)
{
	const char *param = operation->object_param;

	return (struct place){.kind = param ? PLACE_QUERY : PLACE_PATH,
	    .name = param ? span_of(param) : SPAN("name")};
}

static const struct policy_object *ask_driven(struct judge *judge, const struct place *place)
{
	enum docker_object kind = judge->request->match.operation->object;

	return stored_ask(judge, kind, place, stored_driven_name(judge->request), true);
}

const struct policy_object *stored_ask_driven(struct judge *judge)
{
	struct place place = stored_driven_place(judge->request->match.operation);
	const struct policy_object *object = ask_driven(judge, &place);

	if (object && !judge->refused)
		stored_keep_identity(judge, object);
	return object;
}

void stored_judge_driven(struct judge *judge)
{
	const struct docker_operation *operation = judge->request->match.operation;

	if (!operation || operation->object == OBJECT_NONE)
		return;
	bool whole = policy_checks_state(judge->policy) && !operation->own_only;

	if (!whole && !(own_is_guarded(judge) && is_container(operation->object)))
		return;
	struct place place = stored_driven_place(operation);
	const struct policy_object *object = ask_driven(judge, &place);

	if (is_container(operation->object))
		own_judge_driven(judge, &place, object);
	if (whole && !judge_done(judge))
		stored_judge_whole(judge, object);
	if (object && !judge->refused)
		stored_keep_identity(judge, object);
}
