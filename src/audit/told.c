/* SPDX-License-Identifier: Apache-2.0 */
/* What a permitted request makes or runs, by the rows that are marked for it: who ran what. */
#include "audit/told.h"

#include <stdio.h>

#define TOLD_MOST 32        /* values in one line; `"more":true` says that there are more */
#define TOLD_VALUE_MOST 256 /* bytes of one value */
#define TOLD_PATH_MOST 200  /* bytes of a field's place */
#define MASK "***"

struct telling {
	struct buf *out;
	unsigned count; /* of values written, or left out */
	char path[TOLD_PATH_MOST];
	size_t len; /* of |path| */
};

static void tell_object(
    struct telling *telling, const struct docker_schema *schema, const cJSON *object);

/* Adds a name or an index to the place. Returns the length to go back to. */
static size_t path_push(struct telling *telling, struct span name, int index)
{
	size_t before = telling->len;
	char *at = telling->path + before;
	size_t room = sizeof(telling->path) - before;
	int len = index >= 0
		      ? snprintf(at, room, "[%d]", index)
		      : snprintf(at, room, "%s%.*s", before ? "." : "", (int)name.len, name.at);

	telling->len = len > 0 && (size_t)len < room ? before + (size_t)len : before;
	return before;
}

static bool telling_begin(struct telling *telling)
{
	if (telling->count++ >= TOLD_MOST)
		return false;
	buf_add_text(telling->out, telling->count == 1 ? ",\"what\":{" : ",");
	buf_add_json(telling->out, (struct span){telling->path, telling->len}, 0);
	buf_add_char(telling->out, ':');
	return true;
}

/* A word that sets a variable can hold a secret. */
static void tell_text(struct telling *telling, enum docker_told told, const char *text)
{
	struct span rest = span_of(text);
	struct span shown = told == TOLD_COMMAND ? span_next_word(&rest) : rest;

	if (told == TOLD_COMMAND && shown.len && memchr(shown.at, '=', shown.len))
		shown = SPAN(MASK);
	buf_add_json(telling->out, shown, TOLD_VALUE_MOST);
}

static void tell_list(struct telling *telling, const cJSON *list)
{
	const cJSON *item;
	unsigned count = 0;

	buf_add_char(telling->out, '[');
	cJSON_ArrayForEach (item, list) {
		if (!cJSON_IsString(item) || count >= TOLD_MOST)
			continue;
		if (count++)
			buf_add_char(telling->out, ',');
		tell_text(telling, TOLD_VALUE, item->valuestring);
	}
	buf_add_char(telling->out, ']');
}

static void tell_value(
    struct telling *telling, const struct docker_field *field, const cJSON *value)
{
	const cJSON *text =
	    cJSON_IsArray(value) && field->told == TOLD_COMMAND ? value->child : value;

	if (json_is_empty(value) || !text || !telling_begin(telling))
		return;
	if (cJSON_IsString(text))
		tell_text(telling, field->told, text->valuestring);
	else if (cJSON_IsArray(text))
		tell_list(telling, text);
	else
		buf_add_text(telling->out, cJSON_IsTrue(text) ? "true" : "null");
}

/* An object, or each object of a list. Maps hold nothing that is told. */
static void tell_inner(
    struct telling *telling, const struct docker_schema *schema, const cJSON *value)
{
	const cJSON *item;
	int index = 0;

	if (cJSON_IsObject(value))
		tell_object(telling, schema, value);
	if (!cJSON_IsArray(value))
		return;
	cJSON_ArrayForEach (item, value) {
		size_t before = path_push(telling, SPAN(""), index++);

		tell_object(telling, schema, item);
		telling->len = before;
	}
}

static void tell_object(
    struct telling *telling, const struct docker_schema *schema, const cJSON *object)
{
	const cJSON *member;
	unsigned cursor = 0;

	if (!cJSON_IsObject(object))
		return;
	cJSON_ArrayForEach (member, object) {
		const struct docker_field *field =
		    docker_field_find(schema, member->string, &cursor);

		if (!field || (field->told == TOLD_NOTHING && !field->sub))
			continue;
		size_t before = path_push(telling, span_of(field->name), -1);

		if (field->told != TOLD_NOTHING)
			tell_value(telling, field, member);
		else
			tell_inner(telling, field->sub, member);
		telling->len = before;
	}
}

void audit_told_write(struct buf *out, const struct docker_schema *schema, const cJSON *body)
{
	struct telling telling = {.out = out};

	if (schema && body)
		tell_object(&telling, schema, body);
	if (telling.count > TOLD_MOST)
		buf_add_text(out, ",\"more\":true");
	if (telling.count)
		buf_add_char(out, '}');
}
