/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of a daemon, and what could not be looked at. */
#include "scan/parts.h"

#define ID_SHOWN 12 /* letters of an id */

void scan_init(struct scan *scan)
{
	*scan = (struct scan){0};
	arena_init(&scan->arena, 0);
	for (unsigned kind = 0; kind < SCAN_KINDS; kind++)
		scan->last_object[kind] = &scan->objects[kind];
	scan->last_finding = &scan->findings;
	scan->last_missed = &scan->missed;
}

void scan_free(struct scan *scan)
{
	arena_free(&scan->arena);
}

void *scan_take(struct scan *scan, size_t size)
{
	void *memory = arena_alloc(&scan->arena, size);

	scan->failed |= memory == NULL;
	return memory;
}

const char *scan_keep(struct scan *scan, struct span text)
{
	char *copy = arena_copy(&scan->arena, text);

	scan->failed |= copy == NULL;
	return copy ? copy : "";
}

/* ---- objects -----------------------------------------------------------------------------------
 */

/* Where an object of the kind has its id and its name, and what it must have to be one. */
static const struct {
	const char *id, *name, *must;
} shapes[SCAN_KINDS] = {
    [SCAN_CONTAINER] = {"Id", "Name", "HostConfig"},
    [SCAN_EXEC] = {"ID", "ContainerID", "ProcessConfig"},
    [SCAN_SERVICE] = {"ID", NULL, "Spec"},
    [SCAN_VOLUME] = {"Name", "Name", "Name"},
    [SCAN_NETWORK] = {"Id", "Name", "Driver"},
    [SCAN_IMAGE] = {"Id", NULL, "Config"},
    [SCAN_HISTORY] = {NULL, NULL, NULL},
    [SCAN_DAEMON] = {"ID", "Name", "SecurityOptions"},
};

static struct span member_text(const cJSON *json, const char *name)
{
	return name ? span_of(json_string(scan_member(json, span_of(name)))) : SPAN("");
}

/* The name that people know it by. */
static struct span name_of(enum scan_kind kind, const cJSON *json)
{
	const cJSON *tags = scan_member(json, SPAN("RepoTags"));
	struct span name = member_text(json, shapes[kind].name);

	if (kind == SCAN_SERVICE)
		name = json_text(json_field(json, "Spec"), "Name");
	if (kind == SCAN_IMAGE)
		name = tags && tags->child ? span_of(json_string(tags->child))
					   : member_text(json, "Id");
	(void)span_cut_prefix(&name, SPAN("/"));
	return name;
}

static void read_container(struct scan *scan, struct scan_object *object)
{
	const cJSON *config = json_field(object->json, "Config");
	const cJSON *labels = json_field(config, "Labels");

	object->image = scan_keep(scan, json_text(config, "Image"));
	object->running = cJSON_IsTrue(json_field(json_field(object->json, "State"), "Running"));
	object->composed = scan_member(labels, SPAN("com.docker.compose.project")) != NULL;
	object->task = scan_member(labels, SPAN("com.docker.swarm.service.name")) != NULL;
	scan->running += object->running;
}

/* An exec is known by its container. */
static struct span exec_name(struct scan *scan, struct span container)
{
	const struct scan_object *of = scan_find(scan, SCAN_CONTAINER, container);

	if (of)
		return span_of(of->name);
	return (struct span){container.at, container.len < ID_SHOWN ? container.len : ID_SHOWN};
}

static bool is_one(enum scan_kind kind, const cJSON *json)
{
	if (kind == SCAN_HISTORY)
		return cJSON_IsArray(json);
	return scan_member(json, span_of(shapes[kind].must)) != NULL;
}

struct scan_object *scan_add(
    struct scan *scan, enum scan_kind kind, const cJSON *json, const char *name)
{
	struct scan_object *object = is_one(kind, json) ? scan_take(scan, sizeof(*object)) : NULL;

	if (!object)
		return NULL;
	struct span known = name ? span_of(name) : name_of(kind, json);

	if (kind == SCAN_EXEC)
		known = exec_name(scan, known);
	*object = (struct scan_object){.kind = kind, .json = json, .image = ""};
	object->id = scan_keep(scan, member_text(json, shapes[kind].id));
	object->name = scan_keep(scan, known);
	if (kind == SCAN_CONTAINER)
		read_container(scan, object);
	*scan->last_object[kind] = object;
	scan->last_object[kind] = &object->next;
	scan->counts[kind]++;
	return object;
}

const struct scan_object *scan_find(const struct scan *scan, enum scan_kind kind, struct span name)
{
	const struct scan_object *object = scan->objects[kind];

	(void)span_cut_prefix(&name, SPAN("/"));
	while (object && !(name.len > 0 && (span_equal(span_of(object->id), name) ||
					       span_equal(span_of(object->name), name))))
		object = object->next;
	return object;
}

bool scan_has_image(const struct scan *scan, struct span id)
{
	return scan_find(scan, SCAN_IMAGE, id) != NULL;
}

void scan_miss(struct scan *scan, const char *what, const char *why, const char *rule)
{
	struct scan_missed *missed = scan_take(scan, sizeof(*missed));

	if (!missed)
		return;
	*missed = (struct scan_missed){.what = scan_keep(scan, span_of(what)),
	    .why = scan_keep(scan, span_of(why)),
	    .rule = scan_keep(scan, span_of(rule))};
	*scan->last_missed = missed;
	scan->last_missed = &missed->next;
}

bool scan_daemon_has(const struct scan *scan, const char *word)
{
	const struct scan_object *daemon = scan->objects[SCAN_DAEMON];

	return daemon && json_list_has(json_field(daemon->json, "SecurityOptions"), span_of(word));
}
