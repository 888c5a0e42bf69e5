/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables say of owners fits the rest of each row. */
#include "unit.h"

#include <string.h>

#include "docker/docker.h"

static bool has_param(const struct docker_operation *operation, const char *name)
{
	return docker_param_find(operation, span_of(name)) != NULL;
}

static bool has_instructions(const struct docker_operation *operation)
{
	const struct docker_param *param = operation->params;

	while (param && param->name && param->check != CHECK_INSTRUCTION)
		param++;
	return param && param->name;
}

static bool makes_labelled(const struct docker_operation *operation)
{
	unsigned cursor = 0;
	const struct docker_field *labels =
	    operation->schema ? docker_field_find(operation->schema, "Labels", &cursor) : NULL;

	return labels && labels->check == CHECK_LABELS;
}

static bool owner_columns_fit(const struct docker_operation *operation)
{
	bool names = strstr(operation->path, "{id}") || operation->object_param;

	if (operation->brand == BRAND_CHANGES && !has_instructions(operation))
		return false;
	if (operation->brand == BRAND_BUILD && !has_param(operation, "labels"))
		return false;
	if (operation->object != OBJECT_NONE && operation->object != operation->owned)
		return false;
	switch (operation->tenant) {
	case TENANT_NEVER:
	case TENANT_ANY:
		return operation->owned == OBJECT_NONE && !strstr(operation->path, "{id}");
	case TENANT_USES:
		return operation->owned != OBJECT_NONE && names;
	case TENANT_MAKES:
		return operation->owned != OBJECT_NONE && makes_labelled(operation);
	case TENANT_LISTS:
		return operation->owned == OBJECT_NONE && has_param(operation, "filters");
	case TENANT_IMAGE:
		return operation->owned == OBJECT_NONE && strstr(operation->path, "{name}");
	}
	return false;
}

/* A row says what it is to clients with an owner, or is refused for them. Objects of kinds that no
 * owner can have are out of reach. */
static void rows_fit_owners(void **state)
{
	(void)state;
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);

		if (operation->tenant != TENANT_NEVER && !owner_columns_fit(operation))
			fail_msg("%s: the columns about owners do not fit", operation->name);
	}
	for (unsigned i = 0; docker_schema_at(i); i++) {
		const struct docker_schema *schema = docker_schema_at(i);

		for (unsigned j = 0; j < schema->count; j++) {
			if (strcmp(schema->fields[j].name, "Labels") == 0)
				assert_int_equal(schema->fields[j].check, CHECK_LABELS);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_fit_owners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
