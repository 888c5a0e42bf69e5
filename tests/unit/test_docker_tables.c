/* SPDX-License-Identifier: Apache-2.0 */
/* The tables agree with themselves and hold what is known to be dangerous. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "docker/docker.h"
#include "json/json.h"

#define KIND(kind) (1u << GRANT_##kind)
#define ANY_KIND (~0u)
#define NO_GRANT 0u

/* The kinds of grants that the values of a check can be held against. */
static const unsigned kinds_of_check[CHECK_MAX] = {
    [CHECK_NEVER] = NO_GRANT,
    [CHECK_FREE] = NO_GRANT,
    [CHECK_TOGETHER] = NO_GRANT,
    [CHECK_DISK] = KIND(GLOB),
    [CHECK_NAME] = KIND(GLOB),
    [CHECK_GRANT] =
	KIND(FLAG) | KIND(DEVICES) | KIND(GLOB) | KIND(TEXT) | KIND(PAIR) | KIND(NETWORK),
    [CHECK_KEYS] = KIND(GLOB) | KIND(PAIR),
    [CHECK_LABELS] = KIND(PAIR),
    [CHECK_SCHEMA] = NO_GRANT,
    [CHECK_BIND] = KIND(BIND),
    [CHECK_MOUNT] = KIND(BIND),
    [CHECK_TMPFS] = KIND(PAIR),
    [CHECK_IMAGE] = KIND(IMAGE),
    [CHECK_IMAGE_NAME] = KIND(IMAGE),
    [CHECK_IMAGE_TAGS] = KIND(IMAGE),
    [CHECK_IMAGE_ALL] = KIND(IMAGE),
    [CHECK_NETWORK] = KIND(NETWORK),
    [CHECK_TASK_NETWORK] = KIND(NETWORK),
    [CHECK_NETWORK_KEYS] = KIND(NETWORK),
    [CHECK_NAMESPACE] = KIND(GLOB),
    [CHECK_VOLUMES_FROM] = KIND(GLOB),
    [CHECK_LINKS] = KIND(GLOB),
    [CHECK_CONTAINER] = NO_GRANT,
    [CHECK_CONTAINER_OWN] = NO_GRANT,
    [CHECK_MOUNT_POINT] = KIND(BIND),
    [CHECK_CAP] = KIND(CAP),
    [CHECK_SECURITY] = KIND(SECURITY),
    [CHECK_PRIVILEGES] = KIND(SECURITY),
    [CHECK_PORTS] = KIND(PUBLISH),
    [CHECK_SERVICE_PORTS] = KIND(PUBLISH),
    [CHECK_DEVICE] = KIND(GLOB),
    [CHECK_DEVICE_REQUEST] = KIND(DEVICES),
    [CHECK_VOLUME_OPTIONS] = KIND(PAIR),
    [CHECK_PLUGIN] = KIND(PAIR),
    [CHECK_PRESENT] = KIND(FLAG),
    [CHECK_NEGATIVE] = KIND(FLAG),
    [CHECK_ARGV] = KIND(ARGV),
    [CHECK_HEALTH] = KIND(ARGV),
    [CHECK_WORKDIR] = KIND(GLOB),
    [CHECK_ULIMIT] = KIND(PAIR),
    [CHECK_PATH] = KIND(GLOB),
    [CHECK_SEGMENT] = NO_GRANT,
    [CHECK_SIGNAL] = KIND(GLOB),
    [CHECK_INSTRUCTION] = KIND(TEXT),
    [CHECK_REGISTRY] = KIND(GLOB),
    [CHECK_REMOTE] = KIND(GLOB),
    [CHECK_DRIVER] = KIND(GLOB) | KIND(FLAG),
    [CHECK_ALIAS] = KIND(GLOB),
    [CHECK_HOSTS] = KIND(TEXT),
    [CHECK_USER] = KIND(GLOB),
    [CHECK_FRONTEND... CHECK_SYNTAX] = KIND(IMAGE),
    [CHECK_CONTEXT] = KIND(GLOB),
    [CHECK_NET_MODE] = KIND(NETWORK),
    [CHECK_HOSTS_LIST] = KIND(TEXT),
    [CHECK_ULIMIT_LIST] = KIND(PAIR),
    [CHECK_SCANNER] = KIND(IMAGE),
    [CHECK_EXPORTER... CHECK_INSECURE] = KIND(IMAGE),
    [CHECK_CACHE_FROM... CHECK_CACHE_JSON] = KIND(GLOB),
    [CHECK_IMAGE_READ... CHECK_IMAGE_SENT] = KIND(IMAGE),
    [CHECK_LABEL_OF] = KIND(PAIR),
    [CHECK_JSON_PARAM] = ANY_KIND,
};

#define SHAPE(shape) (1u << SHAPE_##shape)

/* The shapes that a check knows how to read; 0 = any. */
static const unsigned shapes_of_check[CHECK_MAX] = {
    [CHECK_KEYS] = SHAPE(STRING_MAP) | SHAPE(SET) | SHAPE(OBJECT_MAP),
    [CHECK_LABELS] = SHAPE(STRING_MAP),
    [CHECK_SCHEMA] = SHAPE(OBJECT) | SHAPE(OBJECTS) | SHAPE(OBJECT_MAP),
    [CHECK_BIND] = SHAPE(STRINGS),
    [CHECK_MOUNT] = SHAPE(OBJECTS),
    [CHECK_TMPFS] = SHAPE(STRING_MAP),
    [CHECK_IMAGE] = SHAPE(STRING) | SHAPE(STRINGS),
    [CHECK_NETWORK] = SHAPE(STRING),
    [CHECK_TASK_NETWORK] = SHAPE(STRING),
    [CHECK_NETWORK_KEYS] = SHAPE(OBJECT_MAP),
    [CHECK_NAMESPACE] = SHAPE(STRING),
    [CHECK_VOLUMES_FROM] = SHAPE(STRINGS),
    [CHECK_LINKS] = SHAPE(STRINGS),
    [CHECK_CONTAINER] = SHAPE(STRING),
    [CHECK_CONTAINER_OWN] = SHAPE(STRING),
    [CHECK_MOUNT_POINT] = SHAPE(OBJECTS),
    [CHECK_CAP] = SHAPE(STRINGS) | SHAPE(STRING_OR_STRINGS),
    [CHECK_SECURITY] = SHAPE(STRINGS),
    [CHECK_PRIVILEGES] = SHAPE(OBJECT),
    [CHECK_PORTS] = SHAPE(OBJECTS_MAP),
    [CHECK_SERVICE_PORTS] = SHAPE(OBJECTS),
    [CHECK_DEVICE] = SHAPE(OBJECTS),
    [CHECK_DEVICE_REQUEST] = SHAPE(OBJECTS),
    [CHECK_VOLUME_OPTIONS] = SHAPE(STRING_MAP),
    [CHECK_PLUGIN] = SHAPE(OBJECTS),
    [CHECK_PRESENT] = SHAPE(STRINGS),
    [CHECK_NEGATIVE] = SHAPE(INT),
    [CHECK_ARGV] = SHAPE(STRINGS) | SHAPE(STRING_OR_STRINGS),
    [CHECK_HEALTH] = SHAPE(STRING_OR_STRINGS),
    [CHECK_WORKDIR] = SHAPE(STRING),
    [CHECK_DISK] = SHAPE(STRING),
    [CHECK_NAME] = SHAPE(STRING),
    [CHECK_ULIMIT] = SHAPE(OBJECTS),
    [CHECK_PATH] = SHAPE(STRING),
    [CHECK_SIGNAL] = SHAPE(STRING),
    [CHECK_INSTRUCTION] = SHAPE(STRINGS),
    [CHECK_REGISTRY] = SHAPE(STRING),
    [CHECK_REMOTE] = SHAPE(STRING),
    [CHECK_DRIVER] = SHAPE(STRING),
    [CHECK_ALIAS] = SHAPE(STRING) | SHAPE(STRINGS),
    [CHECK_HOSTS] = SHAPE(STRINGS),
    [CHECK_USER] = SHAPE(STRING) | SHAPE(STRINGS),
    [CHECK_ATTRS] = SHAPE(STRING_MAP),
    [CHECK_FRONTEND] = SHAPE(STRING),
    [CHECK_CONTEXT] = SHAPE(STRING),
    [CHECK_ENTITLEMENT] = SHAPE(STRINGS),
    [CHECK_EXPORTER] = SHAPE(STRING) | SHAPE(STRING_MAP) | SHAPE(OBJECTS),
    [CHECK_CACHE_FROM... CHECK_CACHE_TO] = SHAPE(OBJECTS),
};

/* A harmless field that has a power at Podman may name the grant of it. */
static bool is_power_elsewhere(const struct docker_field *field)
{
	return field->joined == JOINED_ALONE && field->check == CHECK_FREE &&
	       grant_info(field->grant)->kind == GRANT_FLAG;
}

static void check_grant(
    const char *where, const char *name, enum docker_check check, enum grant grant)
{
	unsigned kinds = kinds_of_check[check];

	if (check >= CHECK_MAX || grant >= GRANT_MAX)
		fail_msg("%s: %s is out of range", where, name);
	if (kinds == NO_GRANT ? grant != GRANT_NONE
			      : grant == GRANT_NONE || !(kinds >> grant_info(grant)->kind & 1))
		fail_msg("%s: the grant of %s does not fit its check", where, name);
}

static void grants_are_told_by_name(void **state)
{
	(void)state;
	assert_string_equal(grant_info(GRANT_NONE)->name, "");
	assert_int_equal(grant_from(SPAN("")), GRANT_NONE);
	assert_int_equal(grant_from(SPAN("bin")), GRANT_NONE);
	assert_int_equal(grant_from(SPAN("Bind")), GRANT_NONE);
	assert_int_equal(grant_from(SPAN("bind")), GRANT_BIND_ID);
	assert_string_equal(grant_info(GRANT_MAX)->name, "");
	for (unsigned i = GRANT_NONE + 1; i < GRANT_MAX; i++) {
		const struct grant_info *info = grant_info((enum grant)i);

		assert_int_equal(grant_from(span_of(info->name)), i);
		assert_true(strlen(info->help) > 0);
	}
}

static bool schema_uses(const struct docker_schema *schema, enum grant grant)
{
	for (unsigned i = 0; i < schema->count; i++) {
		if (schema->fields[i].grant == grant)
			return true;
	}
	return false;
}

static bool operation_uses(const struct docker_operation *operation, enum grant grant)
{
	for (const struct docker_param *row = operation->params; row && row->name; row++) {
		if (row->grant == grant)
			return true;
	}
	return operation->arg_grant == grant;
}

static bool tables_use(enum grant grant)
{
	const struct docker_schema *schema;

	for (unsigned i = 0; (schema = docker_schema_at(i)); i++) {
		if (schema_uses(schema, grant))
			return true;
	}
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		if (operation_uses(docker_operation_at(i), grant))
			return true;
	}
	return false;
}

static void grants_govern_something(void **state)
{
	(void)state;
	for (unsigned i = GRANT_NONE + 1; i < GRANT_MAX; i++) {
		/* named volumes are within binds and mounts, templates within any text that runs;
		 * headers are in no table */
		if (i == GRANT_VOLUME_ID || i == GRANT_TEMPLATE_ID || i == GRANT_REGISTRY_HEADER_ID)
			continue;
		if (!tables_use((enum grant)i))
			fail_msg("%s governs nothing", grant_info((enum grant)i)->name);
	}
}

/* ---- operations ---- */

static void operations_are_whole(void **state)
{
	(void)state;
	assert_null(docker_operation_at(docker_operation_count()));
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *row = docker_operation_at(i);

		assert_ptr_equal(docker_operation_named(span_of(row->name)), row);
		assert_int_equal(docker_operation_index(row), i);
		assert_true(strchr(row->name, '.') != NULL);
		assert_true(strlen(row->help) > 0);
		assert_true(row->class < CLASS_MAX);
		assert_true(row->since <= DOCKER_API_NEWEST);
		if ((row->body == BODY_JSON) != (row->schema != NULL))
			fail_msg("%s: schema without JSON body or the reverse", row->name);
		if (row->arg_grant != GRANT_NONE) {
			check_grant(row->name, "argument", row->arg_check, row->arg_grant);
			assert_true(strchr(row->path, '{') ||
				    grant_info(row->arg_grant)->kind == GRANT_FLAG ||
				    row->arg_check == CHECK_IMAGE_ALL);
		}
	}
	assert_null(docker_operation_named(SPAN("container")));
	assert_null(docker_operation_named(SPAN("")));
}

/* docker_find() searches for the first segment. */
static void operations_stand_in_order(void **state)
{
	const char *last = "";

	(void)state;
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const char *path = docker_operation_at(i)->path + 1;
		size_t len = strcspn(path, "/"), last_len = strcspn(last, "/");
		int order = strncmp(last, path, len < last_len ? len : last_len);

		if (order > 0 || (order == 0 && last_len > len))
			fail_msg("/%s stands behind /%s", path, last);
		last = path;
	}
}

#define PARAMS_MOST 64 /* bits of docker_query_reduce() */

static void parameters_are_whole(void **state)
{
	(void)state;
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);
		bool json = false;

		for (const struct docker_param *row = operation->params; row && row->name; row++) {
			assert_int_equal(row->check == CHECK_JSON_PARAM, row->json != NULL);
			assert_true(!row->json || (row->json->whole && !row->repeats));
			json |= row->json != NULL;
			check_grant(operation->name, row->name, row->check, row->grant);
			assert_true(row->since <= DOCKER_API_NEWEST);
			assert_true(row - operation->params < PARAMS_MOST);
			assert_false(row->ignored && row->check != CHECK_FREE);
			if (docker_param_find(operation, span_of(row->name)) != row)
				fail_msg("%s: %s stands twice", operation->name, row->name);
		}
		assert_int_equal(json, (operation->traits & TRAIT_JSON_PARAMS) != 0);
	}
}

static void parameters_are_found_in_exact_case(void **state)
{
	const struct docker_operation *create = docker_operation_named(SPAN("container.create"));
	const struct docker_operation *ping = docker_operation_named(SPAN("system.ping"));

	(void)state;
	assert_int_equal(docker_param_find(create, SPAN("name"))->grant, GRANT_NAME_ID);
	assert_null(docker_param_find(create, SPAN("Name")));
	assert_null(docker_param_find(create, SPAN("")));
	assert_null(docker_param_find(create, SPAN("Privileged")));
	assert_null(docker_param_find(ping, SPAN("x")));
	/* repeats of the body's members, which may hold secrets */
	assert_int_equal(docker_param_find(create, SPAN("HostConfig"))->check, CHECK_FREE);
	assert_true(docker_param_find(create, SPAN("Env"))->secret);
	assert_null(docker_param_find(create, SPAN("hostConfig")));
	assert_null(docker_param_find(docker_operation_named(SPAN("plugin.set")), SPAN("")));
}

/* ---- schemas ---- */

static void check_field(const struct docker_schema *schema, const struct docker_field *field)
{
	unsigned shapes = shapes_of_check[field->check];

	if (!is_power_elsewhere(field))
		check_grant(schema->name, field->name, field->check, field->grant);
	assert_true(field->since <= DOCKER_API_NEWEST);
	if (shapes && !(shapes >> field->shape & 1))
		fail_msg(
		    "%s.%s has a shape that its check does not read", schema->name, field->name);
	if (field->check == CHECK_SCHEMA && !field->sub)
		fail_msg("%s.%s has no schema", schema->name, field->name);
	if (field->sub && field->check != CHECK_ATTRS && field->shape != SHAPE_OBJECT &&
	    field->shape != SHAPE_OBJECTS && field->shape != SHAPE_OBJECT_MAP &&
	    field->shape != SHAPE_OBJECTS_MAP)
		fail_msg("%s.%s has a schema but no objects", schema->name, field->name);
}

static void schemas_are_whole(void **state)
{
	const struct docker_schema *schema;

	(void)state;
	for (unsigned s = 0; (schema = docker_schema_at(s)); s++) {
		for (unsigned i = 0; i < schema->count; i++) {
			check_field(schema, &schema->fields[i]);
			for (unsigned j = 0; j < i; j++) {
				if (json_names_field(
					schema->fields[i].name, schema->fields[j].name))
					fail_msg("%s.%s stands twice", schema->name,
					    schema->fields[i].name);
			}
		}
		assert_true(!schema->whole || (schema->count == 1 && !*schema->fields[0].name));
	}
	assert_true(schema == NULL);
}

/* A part that no check above it judges would be judged by nobody. */
static bool has_part(const struct docker_schema *schema)
{
	for (unsigned i = 0; i < schema->count; i++) {
		if (schema->fields[i].check == CHECK_TOGETHER)
			return true;
	}
	return false;
}

static void walk_parts(const struct docker_schema *schema, bool judged)
{
	if (has_part(schema) && !judged)
		fail_msg("a part of %s is judged by nobody", schema->name);
	for (unsigned i = 0; i < schema->count; i++) {
		const struct docker_field *field = &schema->fields[i];
		bool grammar = kinds_of_check[field->check] != NO_GRANT;

		if (field->sub)
			walk_parts(field->sub, judged || (grammar && field->check != CHECK_GRANT));
	}
}

static void parts_are_judged_above(void **state)
{
	(void)state;
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);

		if (operation->schema)
			walk_parts(operation->schema, false);
	}
}

static void no_secret_is_told(void **state)
{
	const struct docker_schema *schema;

	(void)state;
	for (unsigned i = 0; (schema = docker_schema_at(i)); i++) {
		for (unsigned k = 0; k < schema->count; k++) {
			const struct docker_field *field = &schema->fields[k];

			if (field->told != TOLD_NOTHING && field->secret)
				fail_msg("%s.%s is secret", schema->name, field->name);
			if (field->told == TOLD_VALUE && field->check == CHECK_ARGV)
				fail_msg(
				    "%s.%s: arguments can hold secrets", schema->name, field->name);
		}
	}
}

static bool check_takes_tag(enum docker_check check)
{
	return check == CHECK_IMAGE_NAME || check == CHECK_IMAGE_TAGS;
}

/* Fields that make a process, a mount or an endpoint what it is. */
static bool makes_something(const struct docker_schema *schema, unsigned depth)
{
	static const enum grant powers[] = {GRANT_PRIVILEGED_ID, GRANT_BIND_ID, GRANT_CAP_ADD_ID,
	    GRANT_SECURITY_OPT_ID, GRANT_DEVICE_ID, GRANT_USER_ID, GRANT_ENV_ID, GRANT_RESTART_ID,
	    GRANT_VOLUME_OPTION_ID, GRANT_COMMAND_ID, GRANT_ENTRYPOINT_ID, GRANT_EXEC_COMMAND_ID,
	    GRANT_PUBLISH_ID, GRANT_ULIMIT_ID, GRANT_MAC_ADDRESS_ID};

	for (unsigned i = 0; i < schema->count; i++) {
		const struct docker_field *field = &schema->fields[i];

		for (size_t j = 0; j < COUNT(powers); j++) {
			if (field->grant == powers[j])
				return true;
		}
		if (field->sub && depth < 12 && makes_something(field->sub, depth + 1))
			return true;
	}
	return false;
}

/* A new operation that makes containers, processes, volumes or endpoints without a word on what
 * requirements are asked of would be free of all of them. */
static void what_is_made_is_the_subject_of_requirements(void **state)
{
	/* what some clients repeat when an exec starts is nothing; builds meet no requirement */
	static const char *const others[] = {"exec.start", "buildkit.solve"};

	(void)state;
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);
		bool makes = operation->schema && makes_something(operation->schema, 0);
		bool named = false;

		for (size_t j = 0; j < COUNT(others); j++)
			named |= strcmp(operation->name, others[j]) == 0;
		if (makes != (operation->subject != SUBJECT_NONE || named))
			fail_msg("%s: what does it make? (MAKES)", operation->name);
		assert_true(operation->subject < SUBJECT_MAX);
	}
}

static void a_tag_completes_an_image(void **state)
{
	(void)state;
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);
		bool image = check_takes_tag(operation->arg_check);
		unsigned parts = 0;

		for (const struct docker_param *row = operation->params; row && row->name; row++) {
			parts += row->check == CHECK_TOGETHER;
			image |= check_takes_tag(row->check);
		}
		if (parts > image)
			fail_msg("%s: %u parameters are parts of an image's name", operation->name,
			    parts);
		assert_true((docker_param_part(operation) != NULL) == parts);
	}
}

static void fields_are_found_as_go_finds_them(void **state)
{
	const struct docker_schema *create =
	    docker_operation_named(SPAN("container.create"))->schema;
	unsigned cursor = 0;

	(void)state;
	assert_string_equal(docker_field_find(create, "Hostname", &cursor)->name, "Hostname");
	assert_int_equal(cursor, 1);
	assert_string_equal(docker_field_find(create, "Domainname", &cursor)->name, "Domainname");
	assert_int_equal(cursor, 2);
	assert_string_equal(docker_field_find(create, "Hostname", &cursor)->name, "Hostname");
	assert_string_equal(docker_field_find(create, "hostCONFIG", &cursor)->name, "HostConfig");
	assert_string_equal(
	    docker_field_find(create, "Ho\xc5\xbftConfig", &cursor)->name, "HostConfig");
	assert_null(docker_field_find(create, "HostConfi", &cursor));
	assert_null(docker_field_find(create, "HostConfig ", &cursor));
	assert_null(docker_field_find(create, "", &cursor));
	cursor = 12345;
	assert_string_equal(docker_field_find(create, "Env", &cursor)->name, "Env");
	/* each is found by its own name from wherever the cursor stands */
	for (unsigned at = 0; at <= create->count; at++) {
		for (unsigned i = 0; i < create->count; i++) {
			cursor = at;
			assert_ptr_equal(docker_field_find(create, create->fields[i].name, &cursor),
			    &create->fields[i]);
		}
	}
	cursor = 0;
	assert_null(docker_field_find(
	    docker_operation_named(SPAN("service.create"))->schema, "X", &cursor));
}

static void an_update_takes_what_a_create_takes(void **state)
{
	static const char *const pairs[][2] = {
	    {"service.create", "service.update"},
	    {"secret.create", "secret.update"},
	    {"config.create", "config.update"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++)
		assert_ptr_equal(docker_operation_named(span_of(pairs[i][0]))->schema,
		    docker_operation_named(span_of(pairs[i][1]))->schema);
}

static void streams_and_bodies(void **state)
{
	static const struct {
		const char *operation;
		enum docker_body body;
		unsigned traits;
	} rows[] = {
	    {"container.start", BODY_NONE, 0},
	    {"container.attach", BODY_IGNORED, TRAIT_HIJACK},
	    {"container.attach_ws", BODY_NONE, TRAIT_WEBSOCKET},
	    {"exec.start", BODY_JSON, TRAIT_HIJACK},
	    {"buildkit.session", BODY_NONE, TRAIT_H2C},
	    {"buildkit.grpc", BODY_NONE, TRAIT_H2C},
	    {"system.ping", BODY_NONE, TRAIT_HEAD},
	    {"system.events", BODY_NONE, TRAIT_STREAM},
	    {"container.logs", BODY_NONE, TRAIT_STREAM},
	    {"container.archive_put", BODY_STREAM, 0},
	    {"image.load", BODY_STREAM, 0},
	    {"image.create", BODY_STREAM, 0},
	    {"build.run", BODY_STREAM, 0},
	    {"plugin.create", BODY_STREAM, 0},
	    {"container.kill", BODY_IGNORED, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct docker_operation *operation =
		    docker_operation_named(span_of(rows[i].operation));

		assert_int_equal(operation->body, rows[i].body);
		assert_int_equal(operation->traits & rows[i].traits, rows[i].traits);
	}
}

static const struct docker_field *quoted(
    const struct docker_schema *schema, const char *text, unsigned *cursor)
{
	return docker_field_quoted(schema, span_of(text), cursor);
}

static void names_are_found_where_they_stand(void **state)
{
	const struct docker_schema *create =
	    docker_operation_named(SPAN("container.create"))->schema;
	unsigned cursor = 0;

	(void)state;
	assert_string_equal(quoted(create, "Hostname\":1", &cursor)->name, "Hostname");
	assert_string_equal(quoted(create, "HostConfig\"", &cursor)->name, "HostConfig");
	assert_string_equal(quoted(create, "Hostname\"", &cursor)->name, "Hostname");
	assert_null(quoted(create, "Hostname", &cursor));
	assert_null(quoted(create, "hostname\"", &cursor));
	assert_null(quoted(create, "Hostname \"", &cursor));
	assert_null(quoted(create, "HostnameX\"", &cursor));
	assert_null(quoted(create, "\"", &cursor));
	assert_null(quoted(create, "", &cursor));
	/* each of them, from wherever the last one was */
	for (unsigned i = 0; i < create->count; i++) {
		const struct docker_field *field = &create->fields[create->count - 1 - i];
		char text[100];

		(void)snprintf(text, sizeof(text), "%s\":null", field->name);
		assert_ptr_equal(quoted(create, text, &cursor), field);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_found_where_they_stand),
	    cmocka_unit_test(grants_are_told_by_name),
	    cmocka_unit_test(grants_govern_something),
	    cmocka_unit_test(operations_are_whole),
	    cmocka_unit_test(operations_stand_in_order),
	    cmocka_unit_test(parameters_are_whole),
	    cmocka_unit_test(parameters_are_found_in_exact_case),
	    cmocka_unit_test(schemas_are_whole),
	    cmocka_unit_test(parts_are_judged_above),
	    cmocka_unit_test(no_secret_is_told),
	    cmocka_unit_test(what_is_made_is_the_subject_of_requirements),
	    cmocka_unit_test(a_tag_completes_an_image),
	    cmocka_unit_test(fields_are_found_as_go_finds_them),
	    cmocka_unit_test(an_update_takes_what_a_create_takes),
	    cmocka_unit_test(streams_and_bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
