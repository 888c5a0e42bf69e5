/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that exist, as an owner's or another's. A client takes those that are not its own for
 * missing. What has an id for ever is named by that from here on: its name can be another object's
 * by the time the daemon reads it. */
#include <ctype.h>

#include "base/glob.h"
#include "json/json.h"
#include "policy/owner.h"

#define ANONYMOUS_LENGTH 64 /* of the name that the daemon gives a volume */

/* What is known of an object; NULL when it must be asked for, or nobody can be asked (`explain`).
 */
static const struct policy_object *ask(struct judge *judge, enum docker_object kind,
    const struct place *place, struct span name, bool driven)
{
	const struct policy_object *object = stored_ask(judge, kind, place, name, driven);

	return object && !object->unseen ? object : NULL;
}

/* An exec has an "ID". */
static struct span id_of(const cJSON *json)
{
	struct span id = json_text(json, "Id");

	return id.len > 0 ? id : json_text(json, "ID");
}

bool policy_object_is_named(const struct policy_object *object, const cJSON *json)
{
	struct span name = object->name, id = id_of(json);

	return span_equal(name, container_name(json_text(json, "Name"))) || span_equal(name, id) ||
	       (name.len >= POLICY_ID_DIGITS_LEAST && span_is_hex(name) && span_starts(id, name));
}

/* ---- whose it is -------------------------------------------------------------------------------
 */

static struct span label_of(const struct judge *judge, enum docker_object kind, const cJSON *json)
{
	if (docker_object_info(kind)->in_config)
		json = json_field(json, "Config");
	return span_of(json_string(cJSON_GetObjectItemCaseSensitive(
	    json_field(json, "Labels"), judge->policy->owner.key.at)));
}

/* Labels come from images as well, but the mark does not. */
static bool is_marked(const struct judge *judge, const cJSON *json)
{
	struct span owner, mark = json_text(json_field(json, "HostConfig"), "ContainerIDFile");

	return span_equal(span_cut(mark, '=', &owner), judge->policy->owner.key) &&
	       span_equal(owner, judge->request->tenancy->owner);
}

static bool is_mine(const struct judge *judge, enum docker_object kind, const cJSON *json)
{
	return span_equal(label_of(judge, kind, json), judge->request->tenancy->owner) &&
	       (kind != OBJECT_CONTAINER || is_marked(judge, json));
}

/* Nobody's, and open to all by a line. */
static bool is_shared(const struct judge *judge, enum docker_object kind, const cJSON *json)
{
	const struct shared_row *row = judge->policy->owner.shared;
	struct span name = json_text(json, "Name");

	if (label_of(judge, kind, json).len > 0)
		return false;
	while (row && !(row->kind == kind && glob_match(row->pattern, name)))
		row = row->next;
	return row != NULL;
}

static bool may_use(const struct judge *judge, const struct policy_object *object)
{
	return object->json && (is_mine(judge, object->kind, object->json) ||
				   is_shared(judge, object->kind, object->json));
}

/* ---- refusals ----------------------------------------------------------------------------------
 */

#define STATUS_MISSING 404

static void write_missing(
    struct judge *judge, struct text *text, enum docker_object kind, struct span name)
{
	text_add_format(text, "there is no %s \"", docker_object_info(kind)->name);
	text_add_shown(text, name, 64);
	text_add(text, SPAN("\" of the owner \""));
	text_add(text, judge->request->tenancy->owner);
	text_add(text, SPAN("\""));
}

/* The client hears of |object| what it would hear if there were none. */
static void refuse_absent(
    struct judge *judge, const struct place *place, const struct policy_object *object)
{
	char room[256];
	struct text text = text_in(room, sizeof(room));
	struct fault fault = {.reason = REASON_OWNER,
	    .status = STATUS_MISSING,
	    .place = place,
	    .value = object->name,
	    .rule = judge->policy->owner.source};

	write_missing(judge, &text, object->kind, object->name);
	if (object->fault)
		text_add_format(&text, ": %s", object->fault);
	if (!judge->refused)
		judge->request->tenancy->absent = *object;
	judge_refuse(judge, &fault, "%s", room);
}

void owner_refuse_foreign(
    struct judge *judge, const struct place *place, enum docker_object kind, struct span name)
{
	char room[256];
	struct text text = text_in(room, sizeof(room));

	write_missing(judge, &text, kind, name);
	owner_refuse(judge, place, name, room);
}

/* ---- containers in a body ----------------------------------------------------------------------
 */

static bool is_judged(const struct judge *judge)
{
	return owner_is_set(judge) && !judge_is_stored(judge) && !judge_done(judge);
}

/* The id of the owner's container |name|; .at NULL when it is not known yet, or refused. */
static struct span find_container(struct judge *judge, const struct place *place, struct span name)
{
	const struct policy_object *object = ask(judge, OBJECT_CONTAINER, place, name, false);
	static const struct span none = {NULL, 0};

	if (!object)
		return none;
	struct span id = json_text(object->json, "Id");

	if (!object->json || !is_mine(judge, OBJECT_CONTAINER, object->json))
		owner_refuse_foreign(judge, place, OBJECT_CONTAINER, name);
	else if (id.len == 0)
		stored_refuse_answer(judge, place);
	else
		return id;
	return none;
}

void owner_judge_container(struct judge *judge, const struct place *place, struct span before,
    struct span name, struct span after)
{
	if (!is_judged(judge))
		return;
	struct span id = find_container(judge, place, container_name(name));

	if (id.at)
		owner_edit(judge, place, before, id, after);
}

void owner_judge_link(
    struct judge *judge, const struct place *place, struct span name, struct span alias)
{
	if (!is_judged(judge))
		return;
	struct span id = find_container(judge, place, name);

	if (id.at)
		owner_edit(judge, place, id, SPAN(":"), alias.len > 0 ? alias : name);
}

void owner_judge_acted(struct judge *judge, const struct place *place, struct span name)
{
	const struct policy_object *object;

	if (!is_judged(judge) || name.len == 0)
		return;
	object = ask(judge, OBJECT_CONTAINER, place, name, true);
	if (!object)
		return;
	struct span id = json_text(object->json, "Id");

	if (!object->json || !is_mine(judge, OBJECT_CONTAINER, object->json))
		refuse_absent(judge, place, object);
	else if (id.len == 0)
		stored_refuse_answer(judge, place);
	else
		owner_edit(judge, place, SPAN(""), id, SPAN(""));
}

/* ---- networks in a body ------------------------------------------------------------------------
 */

/* dockerd joins the network of this id, whatever has the name when the container starts. */
static void pin_endpoint(struct judge *judge, const struct place *endpoint, struct span id)
{
	struct place place = place_member(endpoint, SPAN("NetworkID"));

	owner_edit(judge, &place, SPAN(""), id, SPAN(""));
}

static void pin_network(
    struct judge *judge, const struct place *place, struct span name, struct span id)
{
	struct place networking = place_member(NULL, SPAN("NetworkingConfig"));
	struct place endpoints = place_member(&networking, SPAN("EndpointsConfig"));
	struct place endpoint = place_key(&endpoints, name);

	if (place->kind == PLACE_KEY)
		pin_endpoint(judge, place, id);
	else if (span_is(place->name, "NetworkID"))
		owner_edit(judge, place, SPAN(""), id, SPAN(""));
	else
		pin_endpoint(judge, &endpoint, id);
}

void owner_judge_network(struct judge *judge, const struct place *place, struct span name)
{
	struct span joined = stored_joined_container(name);

	if (!is_judged(judge) || place->kind == PLACE_PATH)
		return; /* in the path it is the object that is used */
	if (place->kind == PLACE_QUERY) {
		owner_refuse(judge, place, name,
		    "is a network by its name, which another owner's can get; leave it out");
		return;
	}
	if (joined.at || network_is_shared(name)) {
		owner_judge_container(judge, place, SPAN("container:"), joined, SPAN(""));
		return;
	}
	const struct policy_object *object = ask(judge, OBJECT_NETWORK, place, name, false);

	if (!object)
		return;
	struct span id = json_text(object->json, "Id");

	if (!may_use(judge, object))
		owner_refuse_foreign(judge, place, OBJECT_NETWORK, name);
	else if (id.len == 0)
		stored_refuse_answer(judge, place);
	else
		pin_network(judge, place, name, id);
}

/* ---- volumes in a body -------------------------------------------------------------------------
 */

/* What the mount whose Source is at |place| says of its volume; NULL: nothing, or it is a bind. */
static const cJSON *mount_options(const struct judge *judge, const struct place *place)
{
	const cJSON *host = json_field(judge->request->body, "HostConfig");

	if (place->kind != PLACE_MEMBER)
		return NULL;
	return json_field(
	    cJSON_GetArrayItem(json_field(host, "Mounts"), (int)place->up->index), "VolumeOptions");
}

/* The driver that would make the volume that is missing. */
static struct span driver_of(
    const struct judge *judge, const struct place *place, const cJSON *options)
{
	if (place->kind == PLACE_MEMBER)
		return json_text(json_field(options, "DriverConfig"), "Name");
	return json_text(json_field(judge->request->body, "HostConfig"), "VolumeDriver");
}

/* What a request makes beside the container could be another's by the time that the daemon comes
 * to it, and Binds cannot say what labels it gets. */
static void make_volume(struct judge *judge, const struct place *place, struct span name)
{
	const cJSON *options = mount_options(judge, place);
	struct span driver = driver_of(judge, place, options);

	if (driver.len > 0 && !span_is(driver, "local")) {
		owner_refuse(judge, place, name,
		    "would be made by a driver that is not \"local\"; create the volume first");
		return;
	}
	const struct policy_object *object = stored_ask_made(judge, place, name, options);

	if (object && !object->unseen && !may_use(judge, object))
		owner_refuse_foreign(judge, place, OBJECT_VOLUME, name);
}

void owner_judge_volume(struct judge *judge, const struct place *place, struct span name)
{
	if (!is_judged(judge))
		return;
	const struct policy_object *object = ask(judge, OBJECT_VOLUME, place, name, false);

	if (!object)
		return;
	if (object->json && !may_use(judge, object))
		owner_refuse_foreign(judge, place, OBJECT_VOLUME, name);
	else if (!object->json)
		make_volume(judge, place, name);
}

/* ---- what a container has ----------------------------------------------------------------------
 */

static bool is_anonymous(struct span name)
{
	return name.len == ANONYMOUS_LENGTH && span_is_hex(name);
}

/* One that has no name of a client's came with a container, and goes with it. */
static bool came_along(const struct judge *judge, const struct policy_object *volume)
{
	return volume->json && is_anonymous(volume->name) &&
	       label_of(judge, OBJECT_VOLUME, volume->json).len == 0;
}

static void judge_mounts(struct judge *judge, const struct place *place, const cJSON *container)
{
	const cJSON *mount;

	cJSON_ArrayForEach (mount, json_field(container, "Mounts")) {
		struct span name = json_text(mount, "Name");

		if (name.len == 0 || judge_done(judge))
			continue;
		const struct policy_object *volume = ask(judge, OBJECT_VOLUME, place, name, false);

		if (volume && !came_along(judge, volume) && !may_use(judge, volume))
			owner_refuse_foreign(judge, place, OBJECT_VOLUME, name);
	}
}

/* One that had an id and is gone cannot come back. */
static void judge_networks(struct judge *judge, const struct place *place, const cJSON *container)
{
	const cJSON *networks = json_field(json_field(container, "NetworkSettings"), "Networks");
	const cJSON *endpoint;

	cJSON_ArrayForEach (endpoint, networks) {
		struct span id = json_text(endpoint, "NetworkID"), name = span_of(endpoint->string);

		if (network_is_builtin(name) || judge_done(judge))
			continue;
		const struct policy_object *network =
		    ask(judge, OBJECT_NETWORK, place, id.len > 0 ? id : name, false);

		if (network && !may_use(judge, network) && !(id.len > 0 && !network->json))
			owner_refuse_foreign(judge, place, OBJECT_NETWORK, name);
	}
}

/* A volume or a network can have become another's between the look at it and the making of the
 * container; from then on it is held, and is looked at again before the container has any use. */
static void judge_contents(
    struct judge *judge, const struct place *place, const struct policy_object *container)
{
	judge_mounts(judge, place, container->json);
	if (!judge_done(judge))
		judge_networks(judge, place, container->json);
}

/* ---- the object that is used -------------------------------------------------------------------
 */

/* Of an exec the container that it runs in; NULL when it is not known yet. */
static const struct policy_object *holder_of(
    struct judge *judge, const struct place *place, const struct policy_object *object)
{
	if (object->kind != OBJECT_EXEC || !object->json)
		return object;
	return ask(judge, OBJECT_CONTAINER, place, json_text(object->json, "ContainerID"), true);
}

static bool may_use_driven(const struct judge *judge, const struct policy_object *holder)
{
	const struct docker_operation *operation = judge->request->match.operation;

	if (!holder->json || holder->kind == OBJECT_EXEC)
		return false;
	if (!operation->shared_too)
		return is_mine(judge, holder->kind, holder->json);
	return may_use(judge, holder) || network_is_builtin(json_text(holder->json, "Name"));
}

static void pin_used(struct judge *judge, const struct policy_object *object)
{
	const struct docker_operation *operation = judge->request->match.operation;
	struct place endpoint = place_member(NULL, SPAN("EndpointConfig"));

	stored_keep_identity(judge, object);
	if (operation->subject == SUBJECT_CONNECT && judge->decision->identity.at &&
	    !network_is_builtin(json_text(object->json, "Name")))
		pin_endpoint(judge, &endpoint, judge->decision->identity);
}

void owner_judge_used(struct judge *judge)
{
	const struct docker_operation *operation = judge->request->match.operation;
	struct place place = stored_driven_place(operation);
	const struct policy_object *object =
	    ask(judge, operation->owned, &place, stored_driven_name(judge->request), true);
	const struct policy_object *holder = object ? holder_of(judge, &place, object) : NULL;

	if (!holder)
		return;
	if (!may_use_driven(judge, holder)) {
		refuse_absent(judge, &place, object);
		return;
	}
	if (operation->object == OBJECT_CONTAINER && !operation->own_only)
		judge_contents(judge, &place, holder);
	if (!judge->refused && docker_object_info(object->kind)->has_id)
		pin_used(judge, object);
}

/* ---- new names ---------------------------------------------------------------------------------
 */

/* dockerd makes no container of another name. */
static bool is_container_name(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.at[i];

		if (!(c < 0x80 && isalnum(c)) && !(i > 0 && memchr("_.-", c, 3)))
			return false;
	}
	return name.len > 0;
}

/* The daemon would tell the id of the container that has the name, and take a name that another's
 * short id is for the name where somebody means the id. A few digits are no id that is meant. */
void owner_judge_given_name(struct judge *judge, const struct place *place, struct span name)
{
	const struct policy_object *object;

	name = container_name(name);
	if (!is_container_name(name) || judge_done(judge))
		return;
	object = ask(judge, OBJECT_CONTAINER, place, name, false);
	if (object && object->json && policy_object_is_named(object, object->json) &&
	    !is_mine(judge, OBJECT_CONTAINER, object->json))
		owner_refuse(judge, place, name, "is taken; choose another name");
}

/* Making a volume finds the one that has the name, and making a second network of a name takes the
 * name from both. */
void owner_judge_made_name(struct judge *judge, enum docker_object kind)
{
	struct place place = place_member(NULL, SPAN("Name"));
	struct span name = json_text(judge->request->body, "Name");
	struct place template = place_member(NULL, SPAN("ConfigFrom"));
	const cJSON *from = json_field(judge->request->body, "ConfigFrom");

	if (!json_is_empty(from))
		owner_refuse(judge, &template, SPAN(""),
		    "copies a network by its name, which another owner's can get; leave it out");
	if (name.len == 0 || judge_done(judge))
		return;
	const struct policy_object *object = ask(judge, kind, &place, name, false);

	if (object && object->json && policy_object_is_named(object, object->json) &&
	    !is_mine(judge, kind, object->json))
		owner_refuse(judge, &place, name, "is taken; choose another name");
}
