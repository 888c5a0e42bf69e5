/* SPDX-License-Identifier: Apache-2.0 */
/* Look-ups in the tables by index and by name. */
#include "docker/operations.h"
#include "docker/tables.h"

#include "json/json.h"

static const struct docker_schema *const schemas[] = {
#define X(id) &id,
    SCHEMAS(X)
#undef X
};

#define SCHEMA_COUNT (sizeof(schemas) / sizeof(schemas[0]))

const struct docker_schema *docker_schema_at(unsigned index)
{
	return index < SCHEMA_COUNT ? schemas[index] : NULL;
}

const struct docker_operation *docker_operation_at(unsigned index)
{
	return index < docker_operations_count ? &docker_operations[index] : NULL;
}

unsigned docker_operation_count(void)
{
	return docker_operations_count;
}

unsigned docker_operation_index(const struct docker_operation *operation)
{
	return (unsigned)(operation - docker_operations);
}

const struct docker_operation *docker_operation_named(struct span name)
{
	for (unsigned i = 0; i < docker_operations_count; i++) {
		if (span_equal(name, span_of(docker_operations[i].name)))
			return &docker_operations[i];
	}
	return NULL;
}

const char *docker_class_name(enum docker_class class)
{
	static const char *const names[CLASS_MAX] = {
	    [CLASS_SAFE] = "safe",
	    [CLASS_READ] = "read",
	    [CLASS_WRITE] = "write",
	    [CLASS_HOST] = "host",
	};

	return class < CLASS_MAX ? names[class] : "host";
}

/* The row of a parameter that only repeats a member of the body. */
static const struct docker_param *repeated_member(
    const struct docker_schema *schema, struct span name)
{
	static const struct docker_param row = P_FREE("", .repeats = true, .secret = true);

	if (schema->whole)
		return NULL;
	for (unsigned i = 0; i < schema->count; i++) {
		if (span_equal(name, span_of(schema->fields[i].name)))
			return &row;
	}
	return NULL;
}

const struct docker_param *docker_param_find(
    const struct docker_operation *operation, struct span name)
{
	for (const struct docker_param *row = operation->params; row && row->name; row++) {
		if (span_equal(name, span_of(row->name)))
			return row;
	}
	return operation->schema ? repeated_member(operation->schema, name) : NULL;
}

/* The row of exactly this name, looked for from |*cursor| on and around. */
static const struct docker_field *find_exact(
    const struct docker_schema *schema, const char *name, unsigned *cursor)
{
	unsigned at = *cursor < schema->count ? *cursor : 0;

	for (unsigned left = schema->count; left > 0; left--) {
		const struct docker_field *field = &schema->fields[at];

		at = at + 1 < schema->count ? at + 1 : 0;
		if (field->name[0] == name[0] && strcmp(field->name, name) == 0) {
			*cursor = at;
			return field;
		}
	}
	return NULL;
}

static inline bool is_named(const struct docker_field *field, struct span name)
{
	return field->name_len == name.len && memcmp(field->name, name.at, name.len) == 0;
}

const struct docker_field *docker_field_exact(
    const struct docker_schema *schema, struct span name, unsigned *cursor)
{
	const struct docker_field *fields = schema->fields, *end = fields + schema->count;
	const struct docker_field *from = fields + (*cursor < schema->count ? *cursor : 0);

	for (const struct docker_field *field = from; field < end; field++) {
		if (is_named(field, name)) {
			*cursor = (unsigned)(field - fields) + 1;
			return field;
		}
	}
	for (const struct docker_field *field = fields; field < from; field++) {
		if (is_named(field, name)) {
			*cursor = (unsigned)(field - fields) + 1;
			return field;
		}
	}
	return NULL;
}

const struct docker_field *docker_field_find(
    const struct docker_schema *schema, const char *name, unsigned *cursor)
{
	const struct docker_field *field = find_exact(schema, name, cursor);

	for (unsigned i = 0; !field && i < schema->count; i++) {
		if (json_names_field(name, schema->fields[i].name))
			field = &schema->fields[i];
	}
	return field;
}
