/* SPDX-License-Identifier: Apache-2.0 */
#include "proto_case.h"

#include "unit.h"

#include <stdlib.h>

#include "base/protobuf.h"

#define MOST ((size_t)1 << 22)

static void encode_object(const struct docker_schema *schema, const cJSON *object, struct buf *out);

static const struct docker_field *row_named(const struct docker_schema *schema, const char *name)
{
	for (unsigned i = 0; i < schema->count; i++) {
		if (strcmp(schema->fields[i].name, name) == 0)
			return &schema->fields[i];
	}
	return NULL;
}

static void encode_value(const struct docker_field *row, const cJSON *value, struct buf *out)
{
	struct buf inner;

	if (cJSON_IsBool(value)) {
		protobuf_add_uint(out, row->number, cJSON_IsTrue(value) ? 1 : 0);
	} else if (cJSON_IsNumber(value)) {
		protobuf_add_uint(out, row->number, (uint64_t)(int64_t)value->valuedouble);
	} else if (cJSON_IsString(value)) {
		protobuf_add_bytes(out, row->number, span_of(value->valuestring));
	} else {
		assert_true(cJSON_IsObject(value) && row->sub);
		buf_init(&inner, MOST);
		encode_object(row->sub, value, &inner);
		protobuf_add_bytes(out, row->number, buf_span(&inner));
		buf_free(&inner);
	}
}

static void encode_member(const struct docker_schema *schema, const cJSON *member, struct buf *out)
{
	const struct docker_field *row = row_named(schema, member->string);
	const cJSON *item;

	if (member->string[0] == '#') {
		protobuf_add_bytes(out, (uint32_t)strtoul(member->string + 1, NULL, 10),
		    span_of(member->valuestring));
		return;
	}
	if (!row) {
		fail_msg("%s has no %s", schema->name, member->string);
		return;
	}
	if (row->shape == SHAPE_STRING_MAP) {
		cJSON_ArrayForEach (item, member)
			protobuf_add_pair(
			    out, row->number, span_of(item->string), span_of(item->valuestring));
	} else if (cJSON_IsArray(member)) {
		cJSON_ArrayForEach (item, member)
			encode_value(row, item, out);
	} else {
		encode_value(row, member, out);
	}
}

static void encode_object(const struct docker_schema *schema, const cJSON *object, struct buf *out)
{
	const cJSON *member;

	cJSON_ArrayForEach (member, object)
		encode_member(schema, member, out);
}

void proto_encode(const struct docker_schema *schema, const char *json, struct buf *out)
{
	cJSON *object = cJSON_Parse(json);

	if (!object)
		fail_msg("no JSON: %s", json);
	encode_object(schema, object, out);
	assert_false(out->failed);
	cJSON_Delete(object);
}
