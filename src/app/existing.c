/* SPDX-License-Identifier: Apache-2.0 */
#include "app/existing.h"

#include "app/app.h"

#define FILE_MOST (64U * 1024 * 1024)
#define PREFIX_LEAST 4 /* of an id that stands for the whole */

static const struct json_limits file_limits = {
    .max_bytes = FILE_MOST, .max_depth = 128, .max_members = 10000000};

void existing_init(struct existing *existing)
{
	arena_init(&existing->arena, 0);
	existing->objects = NULL;
}

void existing_free(struct existing *existing)
{
	arena_free(&existing->arena);
	existing->objects = NULL;
}

int existing_read(struct existing *existing, const char *path, struct error *err)
{
	struct buf text;

	existing_free(existing);
	buf_init(&text, FILE_MOST);
	if (cli_read_file(path, &text, err)) {
		buf_free(&text);
		return -1;
	}
	existing->objects = json_parse(buf_span(&text), &file_limits, &existing->arena, err);
	buf_free(&text);
	return existing->objects ? 0 : error_prefix(err, "%s: ", path);
}

/* What only this kind of object has. */
static bool is_kind(enum docker_object kind, const cJSON *object)
{
	static const char *const marks[OBJECT_MAX] = {
	    [OBJECT_CONTAINER] = "HostConfig",
	    [OBJECT_EXEC] = "ProcessConfig",
	    [OBJECT_VOLUME] = "Mountpoint",
	    [OBJECT_NETWORK] = "IPAM",
	    [OBJECT_DAEMON] = "ApiVersion",
	};

	if (kind == OBJECT_DAEMON && json_field(object, "SecurityOptions"))
		return true;
	return marks[kind] && json_field(object, marks[kind]);
}

static bool is_named(enum docker_object kind, const cJSON *object, struct span name)
{
	if (kind == OBJECT_DAEMON)
		return span_is(name, "info") == (json_field(object, "SecurityOptions") != NULL);
	struct span full = json_text(object, "Name");
	struct span id = json_text(object, "Id"); /* an exec has an ID */

	if (full.len > 0 && full.at[0] == '/')
		full = span_from(full, 1);
	return span_equal(full, name) || (name.len >= PREFIX_LEAST && span_starts(id, name));
}

/* The answer to GET /version of a daemon of which nothing is known. */
static const cJSON *usual_daemon(void)
{
	static char components[] = "Components", name[] = "Name", engine[] = "Engine";
	static cJSON text = {.type = cJSON_String, .string = name, .valuestring = engine};
	static cJSON one = {.type = cJSON_Object, .child = &text};
	static cJSON list = {.type = cJSON_Array, .string = components, .child = &one};
	static const cJSON version = {.type = cJSON_Object, .child = &list};

	return &version;
}

const cJSON *existing_find(
    const struct existing *existing, enum docker_object kind, struct span name)
{
	const cJSON *list = existing ? existing->objects : NULL, *object;

	if (cJSON_IsObject(list) && is_kind(kind, list) && is_named(kind, list, name))
		return list;
	cJSON_ArrayForEach (object, list) {
		if (is_kind(kind, object) && is_named(kind, object, name))
			return object;
	}
	return kind == OBJECT_DAEMON ? usual_daemon() : NULL;
}
