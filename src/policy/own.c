/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden's own container. Whoever drives it has the daemon's socket that it holds, and whoever
 * shares its volumes or networks may reach the sockets of other clients. Without `own_container =
 * yes` no policy permits that. Its ids come from the kernel; all else is asked of the daemon when
 * it matters, so that nothing here can be out of date. */
#include "json/json.h"
#include "policy/bind.h"
#include "policy/stored.h"

bool own_is_guarded(const struct judge *judge)
{
	const struct policy_own *own = judge->request->own;

	return own && own->id_count > 0 && !policy_allows(judge->policy, SETTING_OWN_CONTAINER) &&
	       !judge_done(judge);
}

static void refuse(
    struct judge *judge, const struct place *place, struct span value, const char *sentence)
{
	struct fault fault = {.reason = REASON_OWN_CONTAINER,
	    .place = place,
	    .value = value,
	    .fix = "own_container = yes"};

	judge_refuse(judge, &fault, "%s", sentence);
}

/* ---- containers --------------------------------------------------------------------------------
 */

static bool has_id(const struct policy_own *own, struct span id)
{
	for (size_t i = 0; i < own->id_count; i++) {
		if (span_equal(own->ids[i], id))
			return true;
	}
	return false;
}

/* The daemon takes the beginning of an id for the whole when no container has that name. Whoever
 * can rename a container decides when that is. */
static bool may_become_own(const struct policy_own *own, struct span name)
{
	for (size_t i = 0; i < own->id_count; i++) {
		if (name.len > 0 && span_starts(own->ids[i], name))
			return true;
	}
	return false;
}

static void refuse_container(struct judge *judge, const struct place *place, struct span name)
{
	refuse(judge, place, name, "is sockwarden's own container, which this policy may not use");
}

void own_judge_driven(
    struct judge *judge, const struct place *place, const struct policy_object *object)
{
	if (!own_is_guarded(judge) || !object || !object->json)
		return;
	const char *field = object->kind == OBJECT_EXEC ? "ContainerID" : "Id";
	struct span id = json_text(object->json, field);

	if (id.len == 0)
		stored_refuse_answer(judge, place);
	else if (has_id(judge->request->own, id))
		refuse_container(judge, place, object->name);
}

void own_judge_container(
    struct judge *judge, const struct place *place, struct span name, bool driven)
{
	if (!own_is_guarded(judge) || name.len == 0)
		return;
	if (may_become_own(judge->request->own, name))
		refuse_container(judge, place, name);
	else
		own_judge_driven(
		    judge, place, stored_ask(judge, OBJECT_CONTAINER, place, name, driven));
}

/* What the daemon says of the container |index|; NULL when that is not known yet, or when it is
 * another daemon's. */
static const cJSON *own_container(struct judge *judge, const struct place *place, size_t index)
{
	const struct policy_object *object =
	    stored_ask(judge, OBJECT_CONTAINER, place, judge->request->own->ids[index], false);

	return object ? object->json : NULL;
}

void own_judge_service(struct judge *judge)
{
	const struct docker_operation *operation = judge->request->match.operation;
	struct span name = judge->request->match.args[0];
	struct place place = {.kind = PLACE_PATH, .name = SPAN("id")};

	if (!operation || !operation->own_service || !own_is_guarded(judge))
		return;
	for (size_t i = 0; i < judge->request->own->id_count; i++) {
		const cJSON *json = own_container(judge, &place, i);
		const cJSON *labels = json_field(json_field(json, "Config"), "Labels");
		struct span id = span_of(json_string(
		    cJSON_GetObjectItemCaseSensitive(labels, "com.docker.swarm.service.id")));

		if (id.len > 0 &&
		    (span_starts(id, name) ||
			span_equal(name, span_of(json_string(cJSON_GetObjectItemCaseSensitive(
					     labels, "com.docker.swarm.service.name"))))))
			refuse(judge, &place, name,
			    "is the service of sockwarden's own container, which this policy may "
			    "not use");
	}
}

/* ---- mounts ------------------------------------------------------------------------------------
 */

/* On hosts one is a link to the other. */
static struct span without_var(struct span path)
{
	if (path_lies_in(path, SPAN("/var/run")))
		path = span_from(path, 4);
	return path;
}

/* Whether the client's own socket, and none of another policy's, lies at or below |path| in
 * sockwarden's container. */
static bool is_clients_own(const struct policy_own *own, struct span path)
{
	bool has = false;

	for (size_t i = 0; i < own->way_count; i++) {
		if (!path_lies_in(own->ways[i].socket, path))
			continue;
		if (!own->ways[i].same_policy)
			return false;
		has = true;
	}
	return has;
}

static bool is_socket(const struct policy_own *own, struct span path)
{
	for (size_t i = 0; i < own->way_count; i++) {
		if (span_equal(own->ways[i].socket, path))
			return true;
	}
	return false;
}

static void refuse_mount(
    struct judge *judge, const struct place *place, struct span value, bool has)
{
	refuse(judge, place, value,
	    has ? "is a mount of sockwarden's own container, which this policy may only use "
		  "read-only"
		: "is a mount of sockwarden's own container, which this policy may not use");
}

static void judge_volume(struct judge *judge, const struct place *place, struct span name, bool rw,
    const cJSON *container)
{
	const cJSON *mount;

	cJSON_ArrayForEach (mount, json_field(container, "Mounts")) {
		if (!span_equal(json_text(mount, "Name"), name))
			continue;
		bool has = is_clients_own(judge->request->own, json_text(mount, "Destination"));

		if (!has || (rw && !judge_is_stored(judge)))
			refuse_mount(judge, place, name, has);
	}
}

void own_judge_volume(struct judge *judge, const struct place *place, struct span name, bool rw)
{
	for (size_t i = 0; own_is_guarded(judge) && i < judge->request->own->id_count; i++)
		judge_volume(judge, place, name, rw, own_container(judge, place, i));
}

/* Where the host path |path|, which lies in |source|, is in sockwarden's container. */
static struct span path_inside(
    struct span path, struct span source, struct span destination, struct text *room)
{
	text_add(room, destination);
	text_add(room, span_from(path, source.len));
	return text_span(room);
}

static bool names_source(const struct grant_row *row, const void *source)
{
	return path_lies_in(without_var(row->bind.literal), *(const struct span *)source);
}

/* As any sensitive place, the daemon's socket has lines that name it. */
static bool is_named_socket(const struct judge *judge, struct span source, struct span destination,
    const struct bind_need *need)
{
	return path_lies_in(judge->request->upstream, destination) &&
	       bind_any(judge->policy, need, names_source, &source);
}

static bool is_whole(const struct grant_row *row, const void *context)
{
	(void)context;
	return row->bind.whole;
}

/* The host path |source|, which is |destination| in sockwarden's container. */
static void judge_source(struct judge *judge, const struct place *place,
    const struct bind_need *need, const struct grant_row *row, struct span source,
    struct span destination)
{
	const struct policy_own *own = judge->request->own;
	char room[512];
	struct text text = text_in(room, sizeof(room));
	struct span path = without_var(need->path);
	bool inside = path_lies_in(path, source);

	if (source.len == 0 || !(inside || path_lies_in(source, path)) ||
	    (row && is_named_socket(judge, source, destination, need)))
		return;
	struct span here =
	    inside ? path_inside(path, source, destination, &text) : (struct span){NULL, 0};
	bool whole = here.len > 0 && here.len + 1 < sizeof(room);
	bool has = whole && is_clients_own(own, here);

	if (!has || (need->rw && !is_socket(own, here) && !judge_is_stored(judge)))
		refuse_mount(judge, place, need->path, has);
}

struct device_look {
	struct judge *judge;
	const struct place *place;
	const struct bind_need *need;
	const struct grant_row *row;
	struct span destination;
};

static void judge_device(void *context, const char *key, const struct bind_need *device)
{
	const struct device_look *look = context;

	(void)key;
	if (!judge_done(look->judge))
		judge_source(look->judge, look->place, look->need, look->row,
		    without_var(device->path), look->destination);
}

/* A volume lies in the daemon's directory and, by its options, where they say. */
static void judge_bind(struct judge *judge, const struct place *place, const struct bind_need *need,
    const struct grant_row *row, const cJSON *mount)
{
	struct span volume = json_text(mount, "Name");
	struct device_look look = {judge, place, need, row, json_text(mount, "Destination")};

	judge_source(
	    judge, place, need, row, without_var(json_text(mount, "Source")), look.destination);
	if (volume.len == 0 || judge_done(judge))
		return;
	const struct policy_object *object = stored_ask(judge, OBJECT_VOLUME, place, volume, false);

	if (object)
		volume_options_each_path(json_field(object->json, "Options"), judge_device, &look);
}

void own_judge_bind(struct judge *judge, const struct place *place, const struct bind_need *need,
    const struct grant_row *row)
{
	if (!own_is_guarded(judge) || (row && bind_any(judge->policy, need, is_whole, NULL)))
		return;
	for (size_t i = 0; own_is_guarded(judge) && i < judge->request->own->id_count; i++) {
		const cJSON *container = own_container(judge, place, i), *mount;

		cJSON_ArrayForEach (mount, json_field(container, "Mounts")) {
			if (!judge_done(judge))
				judge_bind(judge, place, need, row, mount);
		}
	}
}

void own_judge_mounts(
    struct judge *judge, const struct place *place, const struct policy_object *object)
{
	const cJSON *mount;

	if (!own_is_guarded(judge) || !object)
		return;
	cJSON_ArrayForEach (mount, json_field(object->json, "Mounts")) {
		struct bind_need need = {.path = json_text(mount, "Source")};
		struct span name = json_text(mount, "Name");

		if (name.len > 0)
			own_judge_volume(judge, place, name, false);
		else if (need.path.len > 0)
			own_judge_bind(judge, place, &need, NULL);
	}
}

/* ---- networks ----------------------------------------------------------------------------------
 */

/* The client reached sockwarden by this one. */
static bool is_clients_network(const struct policy_own *own, const cJSON *network)
{
	struct ip ip;

	if (own->address.len == 0)
		return false;
	return (ip_parse(json_text(network, "IPAddress"), &ip) && ip_equal(&ip, &own->address)) ||
	       (ip_parse(json_text(network, "GlobalIPv6Address"), &ip) &&
		   ip_equal(&ip, &own->address));
}

static void judge_network(
    struct judge *judge, const struct place *place, struct span name, const cJSON *container)
{
	const cJSON *networks = json_field(json_field(container, "NetworkSettings"), "Networks");
	const cJSON *network;

	cJSON_ArrayForEach (network, networks) {
		struct span own_name = span_of(network->string);
		bool same = span_equal(own_name, name) ||
			    span_starts(json_text(network, "NetworkID"), name);

		if (same && !network_is_builtin(own_name) &&
		    !is_clients_network(judge->request->own, network))
			refuse(judge, place, name,
			    "is a network of sockwarden's own container, which this policy may not "
			    "use");
	}
}

void own_judge_network(struct judge *judge, const struct place *place, struct span name)
{
	if (name.len == 0 || network_is_builtin(name) || !own_is_guarded(judge) ||
	    !judge->request->own->foreign_ports)
		return;
	for (size_t i = 0; !judge_done(judge) && i < judge->request->own->id_count; i++)
		judge_network(judge, place, name, own_container(judge, place, i));
}
