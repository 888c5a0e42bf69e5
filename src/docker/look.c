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

const char *docker_tenant_name(enum docker_tenant tenant)
{
	static const char *const names[] = {
	    [TENANT_NEVER] = "refused",
	    [TENANT_ANY] = "any",
	    [TENANT_USES] = "uses",
	    [TENANT_MAKES] = "makes",
	    [TENANT_LISTS] = "lists",
	    [TENANT_IMAGE] = "image",
	};

	return tenant < sizeof(names) / sizeof(*names) ? names[tenant] : "refused";
}

/* The row of a parameter that only repeats a member of the body. */
static const struct docker_param *repeated_member(
    const struct docker_schema *schema, struct span name)
{
	static const struct docker_param row = P_IGNORED("", .secret = true);

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

const struct docker_param *docker_param_part(const struct docker_operation *operation)
{
	for (const struct docker_param *row = operation->params; row && row->name; row++) {
		if (row->check == CHECK_TOGETHER)
			return row;
	}
	return NULL;
}

bool docker_operation_asks(const struct docker_operation *operation, enum grant grant)
{
	const struct docker_schema *schema = operation->schema;

	for (const struct docker_param *row = operation->params; row && row->name; row++) {
		if (row->grant == grant)
			return true;
	}
	for (unsigned i = 0; schema && i < schema->count; i++) {
		if (schema->fields[i].grant == grant)
			return true;
	}
	return false;
}

bool docker_operation_takes_slashes(const struct docker_operation *operation)
{
	return strstr(operation->path, "{name}") || strstr(operation->path, "{rest}");
}

typedef bool match_fn(const struct docker_field *field, struct span text);

/* The row that |matches|, looked for from |*cursor| on and around. */
static inline const struct docker_field *look_around(
    const struct docker_schema *schema, match_fn *matches, struct span text, unsigned *cursor)
{
	const unsigned from = *cursor;

	for (unsigned at = from; at < schema->count; at++) {
		if (matches(&schema->fields[at], text)) {
			*cursor = at + 1;
			return &schema->fields[at];
		}
	}
	for (unsigned at = 0; at < from && at < schema->count; at++) {
		if (matches(&schema->fields[at], text)) {
			*cursor = at + 1;
			return &schema->fields[at];
		}
	}
	return NULL;
}

/* |name| ends in a NUL; its length is not known. */
static inline bool is_named(const struct docker_field *field, struct span name)
{
	return field->name[0] == name.at[0] && strcmp(field->name, name.at) == 0;
}

const struct docker_field *docker_field_seek(
    const struct docker_schema *schema, struct span text, unsigned *cursor)
{
	return look_around(schema, docker_field_is_quoted, text, cursor);
}

const struct docker_field *docker_field_spelled(
    const struct docker_schema *schema, const char *name, unsigned *cursor)
{
	return look_around(schema, is_named, (struct span){name, 0}, cursor);
}

const struct docker_field *docker_field_folded(const struct docker_schema *schema, const char *name)
{
	for (unsigned i = 0; i < schema->count; i++) {
		if (json_names_field(name, schema->fields[i].name))
			return &schema->fields[i];
	}
	return NULL;
}

const struct docker_field *docker_field_find(
    const struct docker_schema *schema, const char *name, unsigned *cursor)
{
	const struct docker_field *field = docker_field_spelled(schema, name, cursor);

	return field ? field : docker_field_folded(schema, name);
}
