/* SPDX-License-Identifier: Apache-2.0 */
/* Every column of every row of the Docker tables, against a second copy:
 * tests/unit/docker-rows.txt. A row that is changed by accident, a macro that fills it otherwise,
 * or one that is lost is a difference. With ROWS_UPDATE the copy is written anew: read the
 * difference then, line by line. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/answers.h"
#include "docker/tables.h"

#define N(id) [id] = #id

static const char *const checks[] = {
    N(CHECK_NEVER),
    N(CHECK_FREE),
    N(CHECK_TOGETHER),
    N(CHECK_GRANT),
    N(CHECK_KEYS),
    N(CHECK_LABELS),
    N(CHECK_SCHEMA),
    N(CHECK_BIND),
    N(CHECK_MOUNT),
    N(CHECK_TMPFS),
    N(CHECK_IMAGE),
    N(CHECK_IMAGE_NAME),
    N(CHECK_IMAGE_TAGS),
    N(CHECK_IMAGE_ALL),
    N(CHECK_NETWORK),
    N(CHECK_TASK_NETWORK),
    N(CHECK_NETWORK_KEYS),
    N(CHECK_CAP),
    N(CHECK_SECURITY),
    N(CHECK_PRIVILEGES),
    N(CHECK_PORTS),
    N(CHECK_SERVICE_PORTS),
    N(CHECK_DEVICE),
    N(CHECK_DEVICE_REQUEST),
    N(CHECK_VOLUME_OPTIONS),
    N(CHECK_NAMESPACE),
    N(CHECK_VOLUMES_FROM),
    N(CHECK_LINKS),
    N(CHECK_CONTAINER),
    N(CHECK_CONTAINER_OWN),
    N(CHECK_MOUNT_POINT),
    N(CHECK_PLUGIN),
    N(CHECK_PRESENT),
    N(CHECK_NEGATIVE),
    N(CHECK_ARGV),
    N(CHECK_HEALTH),
    N(CHECK_WORKDIR),
    N(CHECK_PATH),
    N(CHECK_SEGMENT),
    N(CHECK_DISK),
    N(CHECK_NAME),
    N(CHECK_ALIAS),
    N(CHECK_HOSTS),
    N(CHECK_USER),
    N(CHECK_ULIMIT),
    N(CHECK_SIGNAL),
    N(CHECK_INSTRUCTION),
    N(CHECK_REGISTRY),
    N(CHECK_REMOTE),
    N(CHECK_DRIVER),
    N(CHECK_ATTRS),
    N(CHECK_FRONTEND),
    N(CHECK_SYNTAX),
    N(CHECK_CONTEXT),
    N(CHECK_NET_MODE),
    N(CHECK_HOSTS_LIST),
    N(CHECK_ULIMIT_LIST),
    N(CHECK_SHM),
    N(CHECK_SCANNER),
    N(CHECK_ENTITLEMENT),
    N(CHECK_EXPORTER),
    N(CHECK_EXPORT_NAME),
    N(CHECK_INSECURE),
    N(CHECK_CACHE_FROM),
    N(CHECK_CACHE_TO),
    N(CHECK_CACHE_REFS),
    N(CHECK_CACHE_JSON),
    N(CHECK_IMAGE_READ),
    N(CHECK_IMAGE_SENT),
    N(CHECK_LABEL_OF),
    N(CHECK_JSON_PARAM),
};
static const char *const shapes[] = {
    N(SHAPE_ANY),
    N(SHAPE_BOOL),
    N(SHAPE_INT),
    N(SHAPE_UINT),
    N(SHAPE_NUMBER),
    N(SHAPE_STRING),
    N(SHAPE_STRINGS),
    N(SHAPE_STRING_OR_STRINGS),
    N(SHAPE_STRING_MAP),
    N(SHAPE_SET),
    N(SHAPE_OBJECT),
    N(SHAPE_OBJECTS),
    N(SHAPE_OBJECT_MAP),
    N(SHAPE_OBJECTS_MAP),
    N(SHAPE_INTS),
    N(SHAPE_STRING_LISTS),
    N(SHAPE_BYTES),
    N(SHAPE_BYTES_LIST),
};
static const char *const joins[] = {
    N(JOINED_NOT),
    N(JOINED_MOUNT),
    N(JOINED_COLONS),
    N(JOINED_DEVICE),
    N(JOINED_PAIRS),
    N(JOINED_NETWORKS),
    N(JOINED_ENV),
    N(JOINED_ALONE),
    N(JOINED_LIST),
    N(JOINED_ONE),
    N(JOINED_HEALTH),
    N(JOINED_FILE),
    N(JOINED_SOURCE),
    N(JOINED_LINE),
    N(JOINED_LINES),
    N(JOINED_TASK),
    N(JOINED_PS),
};
static const char *const tells[] = {
    N(TOLD_NOTHING),
    N(TOLD_VALUE),
    N(TOLD_COMMAND),
};
static const char *const templates[] = {
    N(TEMPLATE_NOT),
    N(TEMPLATE_LOG),
    N(TEMPLATE_TASK),
};
static const char *const kinds[] = {
    N(KIND_TEXT),
    N(KIND_NUMBER),
    N(KIND_FLAG),
    N(KIND_FLAG_ON),
    N(KIND_JSON),
};
static const char *const bodies[] = {
    N(BODY_NONE),
    N(BODY_IGNORED),
    N(BODY_JSON),
    N(BODY_STREAM),
};
static const char *const objects[] = {
    N(OBJECT_NONE),
    N(OBJECT_CONTAINER),
    N(OBJECT_EXEC),
    N(OBJECT_VOLUME),
    N(OBJECT_NETWORK),
    N(OBJECT_DAEMON),
};
static const char *const subjects[] = {
    N(SUBJECT_NONE),
    N(SUBJECT_CREATE),
    N(SUBJECT_UPDATE),
    N(SUBJECT_SERVICE),
    N(SUBJECT_EXEC),
    N(SUBJECT_VOLUME),
    N(SUBJECT_CONNECT),
    N(SUBJECT_IMAGE),
};

static const char *const tenants[] = {
    N(TENANT_NEVER),
    N(TENANT_ANY),
    N(TENANT_USES),
    N(TENANT_MAKES),
    N(TENANT_LISTS),
    N(TENANT_IMAGE),
};
static const char *const brands[] = {
    N(BRAND_NONE),
    N(BRAND_CHANGES),
    N(BRAND_BUILD),
};

static const char *const answers[] = {
    N(ANSWER_UNKNOWN),
    N(ANSWER_PLAIN),
    N(ANSWER_RAW),
    N(ANSWER_JSON),
    N(ANSWER_EVENTS),
};
static const char *const hides[] = {
    N(HIDE_NONE),
    N(HIDE_ALL),
    N(HIDE_EMPTY),
    N(HIDE_BYTES),
    N(HIDE_NAMED),
    N(HIDE_BIND),
    N(HIDE_SOURCE),
    N(HIDE_ACTION),
    N(HIDE_NUMBERS),
    N(HIDE_PATHS),
    N(HIDE_ADDRESS),
    N(HIDE_MESSAGE),
    N(HIDE_TYPE),
};

static void write_text(FILE *out, const char *title, const char *text)
{
	if (text)
		(void)fprintf(out, " %s=\"%s\"", title, text);
}

static void write_true(FILE *out, const char *title, bool yes)
{
	if (yes)
		(void)fprintf(out, " %s", title);
}

static void write_since(FILE *out, unsigned since)
{
	if (since)
		(void)fprintf(out, " since=%u", since);
}

static void write_grant(FILE *out, const char *title, enum grant grant)
{
	if (grant != GRANT_NONE)
		(void)fprintf(out, " %s=%s", title, grant_info(grant)->name);
}

static void write_field(FILE *out, const char *schema, const struct docker_field *row)
{
	(void)fprintf(
	    out, "%s.%s %s %s", schema, row->name, shapes[row->shape], checks[row->check]);
	write_grant(out, "grant", row->grant);
	write_text(out, "sub", row->sub ? row->sub->name : NULL);
	write_since(out, row->since);
	write_true(out, "secret", row->secret);
	if (row->number)
		(void)fprintf(out, " number %u", row->number);
	if (row->claim)
		(void)fprintf(out, " claim %u", row->claim);
	write_true(out, "present", row->present);
	if (row->told)
		(void)fprintf(out, " %s", tells[row->told]);
	if (row->joined)
		(void)fprintf(out, " %s", joins[row->joined]);
	if (row->runs)
		(void)fprintf(out, " %s", templates[row->runs]);
	write_text(out, "missing", row->missing);
	write_text(out, "filled", row->filled);
	write_text(out, "podman", row->podman);
	write_text(out, "usual", row->usual);
	(void)fputc('\n', out);
}

static void write_schema(FILE *out, const char *id, const struct docker_schema *schema)
{
	(void)fprintf(out, "\nbody %s", id);
	write_text(out, "must", schema->must);
	write_true(out, "whole", schema->whole);
	write_true(out, "fresh", schema->fresh);
	write_true(out, "open", schema->open);
	(void)fputc('\n', out);
	for (unsigned i = 0; i < schema->count; i++)
		write_field(out, id, &schema->fields[i]);
}

static void write_params(FILE *out, const char *id, const struct docker_param *row)
{
	(void)fputc('\n', out);
	for (; row->name; row++) {
		(void)fprintf(
		    out, "%s?%s %s %s", id, row->name, kinds[row->kind], checks[row->check]);
		write_grant(out, "grant", row->grant);
		write_true(out, "repeats", row->repeats);
		write_true(out, "ignored", row->ignored);
		write_true(out, "slow", row->slow);
		write_since(out, row->since);
		write_true(out, "secret", row->secret);
		write_true(out, "chooses", row->chooses);
		write_true(out, "names_other", row->names_other);
		write_true(out, "reshapes", row->reshapes);
		write_true(out, "tells_all", row->tells_all);
		if (row->means)
			(void)fprintf(out, " means=%s", checks[row->means]);
		if (row->joined)
			(void)fprintf(out, " %s", joins[row->joined]);
		write_text(out, "missing", row->missing);
		write_text(out, "json", row->json ? row->json->name : NULL);
		write_text(out, "words", row->words);
		write_grant(out, "words_grant", row->words_grant);
		(void)fputc('\n', out);
	}
}

static const char *params_id(const struct docker_param *params)
{
#define X(id)                                                                                      \
	if (params == (id))                                                                        \
		return #id;
	PARAMS(X)
#undef X
	return params ? "?" : NULL;
}

static const char *schema_id(const struct docker_schema *schema)
{
#define X(id)                                                                                      \
	if (schema == &(id))                                                                       \
		return #id;
	SCHEMAS(X)
#undef X
	return schema ? "?" : NULL;
}

/* An answer is called by the first operation that has it. */
static const char *shows_id(const struct docker_answer_member *shows)
{
	for (unsigned i = 0; shows && i < docker_operation_count(); i++) {
		if (docker_operation_at(i)->shows == shows)
			return docker_operation_at(i)->name;
	}
	return NULL;
}

static void write_traits(FILE *out, unsigned traits)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {{TRAIT_HIJACK, "hijack"}, {TRAIT_H2C, "h2c"}, {TRAIT_WEBSOCKET, "websocket"},
	    {TRAIT_STREAM, "stream"}, {TRAIT_HEAD, "head"}, {TRAIT_OPAQUE, "opaque"},
	    {TRAIT_BUILDS, "builds"}, {TRAIT_SLOW, "slow"}, {TRAIT_DATED, "dated"},
	    {TRAIT_JSON_PARAMS, "json_params"}, {TRAIT_CALL, "call"}, {TRAIT_SERVES, "serves"}};

	for (size_t i = 0; i < COUNT(names); i++) {
		write_true(out, names[i].name, traits & names[i].bit);
		traits &= ~names[i].bit;
	}
	assert_int_equal(traits, 0); /* a trait without a name here */
}

static void write_operation(FILE *out, const struct docker_operation *row)
{
	(void)fprintf(out, "%s %s %s %s %s", row->name, method_name(row->method), row->path,
	    docker_class_name(row->class), bodies[row->body]);
	write_traits(out, row->traits);
	write_text(out, "schema", schema_id(row->schema));
	write_text(out, "params", params_id(row->params));
	if (row->arg_grant)
		(void)fprintf(out, " {%s}", checks[row->arg_check]);
	write_grant(out, "arg", row->arg_grant);
	if (row->object)
		(void)fprintf(out, " %s", objects[row->object]);
	write_text(out, "object_param", row->object_param);
	write_true(out, "own_only", row->own_only);
	write_true(out, "resumes", row->resumes);
	write_true(out, "own_service", row->own_service);
	write_true(out, "unheld", row->unheld);
	write_true(out, "any_case", row->any_case);
	if (row->subject)
		(void)fprintf(out, " %s", subjects[row->subject]);
	write_since(out, row->since);
	(void)fprintf(out, " %s", tenants[row->tenant]);
	if (row->owned)
		(void)fprintf(out, " of %s", objects[row->owned]);
	write_true(out, "shared_too", row->shared_too);
	if (row->brand)
		(void)fprintf(out, " %s", brands[row->brand]);
	if (row->owner_api)
		(void)fprintf(out, " owner_api=%u", row->owner_api);
	(void)fprintf(out, " %s", answers[row->answer]);
	write_text(out, "shows", shows_id(row->shows));
	(void)fputc('\n', out);
}

/* A table that others share is written where each of them has it. */
static void write_answer(FILE *out, const char *path, const struct docker_answer_member *row)
{
	for (; row->name; row++) {
		char here[512];

		(void)snprintf(here, sizeof(here), "%s.%s", path, row->name);
		(void)fprintf(out, "%s %s", here, hides[row->hide]);
		for (unsigned i = 0; i < REDACT_KIND_COUNT; i++)
			write_true(out, docker_redact_word(i), row->kinds & 1u << i);
		write_text(out, "types", row->types);
		(void)fputc('\n', out);
		if (row->inner)
			write_answer(out, here, row->inner);
	}
}

static void write_rest(FILE *out)
{
	(void)fputc('\n', out);
	for (unsigned i = GRANT_NONE + 1; i < GRANT_MAX; i++) {
		const struct grant_info *row = grant_info(i);

		(void)fprintf(out, "grant %s kind=%u closed=%d safe=\"%s\" shown=\"%s\"\n",
		    row->name, row->kind, row->closed, row->safe, row->shown);
	}
	(void)fputc('\n', out);
	for (unsigned i = 0; grant_twin_at(i); i++) {
		const struct grant_twin *row = grant_twin_at(i);

		(void)fprintf(out, "twin %s %s where=%x closes=%d", grant_info(row->grant)->name,
		    grant_info(row->twin)->name, row->where, row->closes);
		write_text(out, "operation", row->operation);
		(void)fputc('\n', out);
	}
	(void)fputc('\n', out);
	for (unsigned i = OBJECT_CONTAINER; i < OBJECT_MAX; i++) {
		const struct docker_object_info *row = docker_object_info(i);

		(void)fprintf(out, "object %s %s{}%s", row->name, row->before, row->after);
		write_text(out, "schema", schema_id(row->schema));
		write_true(out, "in_config", row->in_config);
		write_true(out, "has_id", row->has_id);
		(void)fputc('\n', out);
	}
}

static void write_answers(FILE *out)
{
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *row = docker_operation_at(i);

		if (!row->shows || shows_id(row->shows) != row->name)
			continue;
		(void)fprintf(out, "\nanswer %s\n", row->name);
		write_answer(out, row->name, row->shows);
	}
	(void)fprintf(out, "\nanswer error\n");
	write_answer(out, "error", answer_error);
}

static void write_all(FILE *out)
{
	for (unsigned i = 0; i < docker_operation_count(); i++)
		write_operation(out, docker_operation_at(i));
#define X(id) write_schema(out, #id, &(id));
	SCHEMAS(X)
#undef X
#define X(id) write_params(out, #id, id);
	PARAMS(X)
#undef X
	write_answers(out);
	write_rest(out);
}

static char *copy_path(char *room, size_t size)
{
	const char *srcdir = getenv("srcdir");

	(void)snprintf(room, size, "%s/tests/unit/docker-rows.txt", srcdir ? srcdir : ".");
	return room;
}

static void test_rows(void **state)
{
	char *rows = NULL, path[4096], line[4096];
	size_t size = 0;
	FILE *out = open_memstream(&rows, &size);

	(void)state;
	assert_non_null(out);
	write_all(out);
	assert_int_equal(fclose(out), 0);
	FILE *copy = fopen(copy_path(path, sizeof(path)), getenv("ROWS_UPDATE") ? "w+" : "r");

	assert_non_null(copy);
	if (getenv("ROWS_UPDATE")) {
		assert_int_equal(fputs(rows, copy) < 0, 0);
		rewind(copy);
	}
	const char *at = rows;

	while (fgets(line, sizeof(line), copy)) {
		size_t len = strcspn(at, "\n") + 1;

		if (strncmp(at, line, len) != 0)
			fail_msg("the row is \"%.*s\", and docker-rows.txt (scripts/update-docs) "
				 "has \"%s\"",
			    (int)len - 1, at, line);
		at += len;
	}
	assert_string_equal(at, ""); /* a row that docker-rows.txt lacks */
	assert_int_equal(fclose(copy), 0);
	free(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
