/* SPDX-License-Identifier: Apache-2.0 */
#include "mutate.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "docker/answers.h"
#include "docker/grant.h"
#include "docker/tables.h"
#include "policy/require.h"

#define ANSWER_ROWS_MOST 512u

const int mutation_linked = 0;

/* The one that is asked for, and the one that comes next. */
static unsigned long wanted, next;
static FILE *listing;

static void write_over(const void *target, const void *value, size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t from = (uintptr_t)target / page * page;
	uintptr_t end = (uintptr_t)target + size;

	if (mprotect((void *)from, end - from, PROT_READ | PROT_WRITE) < 0) {
		perror("mutate: mprotect");
		abort();
	}
	memcpy((void *)(uintptr_t)target, value, size);
}

/* Row |row| of |table|, column |column|: |size| bytes become |value|. Nothing when they are that.
 */
static void change(const char *table, const char *row, const char *column, const void *target,
    const void *value, size_t size)
{
	if (memcmp(target, value, size) == 0)
		return;
	next++;
	if (listing)
		(void)fprintf(listing, "%lu %s %s %s\n", next, table, row, column);
	else if (next == wanted)
		write_over(target, value, size);
}

#define CHANGE(table, row, title, column, ...)                                                     \
	do {                                                                                       \
		const __typeof__(column) becomes = (__VA_ARGS__);                                  \
                                                                                                   \
		change(table, row, title, &(column), &becomes, sizeof(becomes));                   \
	} while (0)

/* ---- fields and their schemas ---- */

static void change_power(const char *table, const struct docker_field *field)
{
	struct docker_field changed;

	memcpy(&changed, field, sizeof(changed));
	changed.check = CHECK_FREE;
	changed.grant = GRANT_NONE;
	changed.sub = NULL;
	change(table, field->name,
	    field->grant != GRANT_NONE       ? "ungoverned"
	    : field->check == CHECK_TOGETHER ? "apart"
	    : field->check == CHECK_SCHEMA   ? "unwalked"
					     : "free",
	    field, &changed, sizeof(changed));
	CHANGE(table, field->name, "never", field->check, CHECK_NEVER);
	if (field->grant != GRANT_NONE) {
		CHANGE(table, field->name, "grant", field->grant,
		    field->grant == GRANT_MAC_ADDRESS_ID ? GRANT_RUNTIME_ID : GRANT_MAC_ADDRESS_ID);
		CHANGE(table, field->name, "plain", field->check, CHECK_GRANT);
	}
}

static void change_field(const char *table, const struct docker_field *field)
{
	change_power(table, field);
	CHANGE(table, field->name, "name", field->name, "another name");
	CHANGE(table, field->name, "shape", field->shape, SHAPE_ANY);
	CHANGE(table, field->name, "since", field->since, 0);
	CHANGE(table, field->name, "secret", field->secret, false);
	CHANGE(table, field->name, "told", field->told, TOLD_NOTHING);
	CHANGE(table, field->name, "joined", field->joined, JOINED_NOT);
	CHANGE(table, field->name, "runs", field->runs, TEMPLATE_NOT);
	CHANGE(table, field->name, "missing", field->missing, NULL);
	CHANGE(table, field->name, "filled", field->filled, NULL);
	CHANGE(table, field->name, "podman", field->podman, NULL);
	CHANGE(table, field->name, "usual", field->usual, NULL);
}

static void change_schema(const char *table, const struct docker_schema *schema)
{
	CHANGE(table, "-", "must", schema->must, NULL);
	CHANGE(table, "-", "whole", schema->whole, !schema->whole);
	CHANGE(table, "-", "fresh", schema->fresh, !schema->fresh);
	CHANGE(table, "-", "open", schema->open, !schema->open);
	for (unsigned i = 0; i < schema->count; i++)
		change_field(table, &schema->fields[i]);
}

/* ---- query parameters ---- */

static void change_param(const char *table, const struct docker_param *param)
{
	struct docker_param changed;

	memcpy(&changed, param, sizeof(changed));
	changed.check = CHECK_FREE;
	changed.grant = GRANT_NONE;
	change(table, param->name, param->grant != GRANT_NONE ? "ungoverned" : "free", param,
	    &changed, sizeof(changed));
	CHANGE(table, param->name, "never", param->check, CHECK_NEVER);
	if (param->grant != GRANT_NONE) {
		CHANGE(table, param->name, "grant", param->grant,
		    param->grant == GRANT_MAC_ADDRESS_ID ? GRANT_RUNTIME_ID : GRANT_MAC_ADDRESS_ID);
		CHANGE(table, param->name, "plain", param->check, CHECK_GRANT);
	}
	CHANGE(table, param->name, "name", param->name, "another name");
	CHANGE(table, param->name, "kind", param->kind, KIND_TEXT);
	CHANGE(table, param->name, "repeats", param->repeats, !param->repeats);
	CHANGE(table, param->name, "ignored", param->ignored, false);
	CHANGE(table, param->name, "slow", param->slow, false);
	CHANGE(table, param->name, "since", param->since, 0);
	CHANGE(table, param->name, "secret", param->secret, false);
	CHANGE(table, param->name, "reshapes", param->reshapes, false);
	CHANGE(table, param->name, "tells_all", param->tells_all, false);
	CHANGE(table, param->name, "names_other", param->names_other, false);
	CHANGE(table, param->name, "joined", param->joined, JOINED_NOT);
	CHANGE(table, param->name, "missing", param->missing, NULL);
	CHANGE(table, param->name, "json", param->json, NULL);
	CHANGE(table, param->name, "words", param->words, NULL);
	CHANGE(table, param->name, "words_grant", param->words_grant, GRANT_NONE);
}

static void change_params(const char *table, const struct docker_param *params)
{
	for (; params->name; params++)
		change_param(table, params);
}

/* ---- operations ---- */

static void change_traits(const struct docker_operation *row)
{
	char title[32];

	for (unsigned bit = 1; bit <= TRAIT_JSON_PARAMS; bit <<= 1) {
		(void)snprintf(title, sizeof(title), "trait-%u", bit);
		CHANGE("operation", row->name, title, row->traits, row->traits & ~bit);
	}
}

static void change_body(const struct docker_operation *row)
{
	struct docker_operation changed;

	memcpy(&changed, row, sizeof(changed));
	changed.schema = NULL;
	changed.body = row->body == BODY_STREAM ? BODY_NONE : BODY_STREAM;
	change("operation", row->name, "body", row, &changed, sizeof(changed));
	if (row->body == BODY_IGNORED)
		CHANGE("operation", row->name, "body-none", row->body, BODY_NONE);
	if (row->body == BODY_NONE)
		CHANGE("operation", row->name, "body-ignored", row->body, BODY_IGNORED);
}

static void change_answer(const struct docker_operation *row)
{
	struct docker_operation changed;

	memcpy(&changed, row, sizeof(changed));
	changed.answer = ANSWER_PLAIN;
	changed.shows = NULL;
	change("operation", row->name, row->shows ? "unredacted" : "answer-plain", row, &changed,
	    sizeof(changed));
	if (row->answer == ANSWER_PLAIN)
		CHANGE("operation", row->name, "answer-raw", row->answer, ANSWER_RAW);
	if (row->answer == ANSWER_EVENTS)
		CHANGE("operation", row->name, "answer-json", row->answer, ANSWER_JSON);
}

static void change_operation(const struct docker_operation *row)
{
	if (row->class > CLASS_SAFE)
		CHANGE("operation", row->name, "class", row->class, row->class - 1);
	if (row->class < CLASS_HOST)
		CHANGE("operation", row->name, "class-up", row->class, row->class + 1);
	CHANGE("operation", row->name, "method", row->method, METHOD_OPTIONS);
	CHANGE("operation", row->name, "path", row->path, "/nowhere");
	change_body(row);
	change_traits(row);
	CHANGE("operation", row->name, "params", row->params, NULL);
	CHANGE("operation", row->name, "arg_check", row->arg_check,
	    row->arg_grant ? CHECK_FREE : row->arg_check);
	CHANGE("operation", row->name, "arg_grant", row->arg_grant, GRANT_NONE);
	CHANGE("operation", row->name, "object", row->object, OBJECT_NONE);
	CHANGE("operation", row->name, "object_param", row->object_param, NULL);
	CHANGE("operation", row->name, "own_only", row->own_only, row->object && !row->own_only);
	CHANGE("operation", row->name, "resumes", row->resumes, row->object && !row->resumes);
	CHANGE("operation", row->name, "own_service", row->own_service, false);
	CHANGE("operation", row->name, "subject", row->subject, SUBJECT_NONE);
	CHANGE("operation", row->name, "since", row->since, 0);
	change_answer(row);
}

/* ---- what answers tell ---- */

static const struct docker_answer_member *members_changed[ANSWER_ROWS_MOST];
static unsigned members_count;

/* Many tables share one. */
static bool is_changed(const struct docker_answer_member *row)
{
	for (unsigned i = 0; i < members_count; i++) {
		if (members_changed[i] == row)
			return true;
	}
	if (members_count == ANSWER_ROWS_MOST)
		abort();
	members_changed[members_count++] = row;
	return false;
}

static void change_members(const char *path, const struct docker_answer_member *row)
{
	for (; row->name; row++) {
		struct docker_answer_member changed;
		const struct docker_answer_member *inner = row->inner;
		char here[512];

		(void)snprintf(here, sizeof(here), "%s.%s", path, row->name);
		memcpy(&changed, row, sizeof(changed));
		changed.kinds = 0;
		changed.hide = HIDE_NONE;
		changed.inner = NULL;
		if (is_changed(row))
			continue;
		change("answer", here, "unhidden", row, &changed, sizeof(changed));
		CHANGE("answer", here, "member", row->name, "another name");
		CHANGE("answer", here, "types", row->types, NULL);
		if (row->kinds && row->hide != HIDE_ALL)
			CHANGE("answer", here, "hide", row->hide, HIDE_ALL);
		for (unsigned bit = 1; row->kinds & (row->kinds - 1) && bit <= row->kinds;
		     bit <<= 1)
			CHANGE("answer", here, "kinds", row->kinds, row->kinds & ~bit);
		if (inner)
			change_members(here, inner);
	}
}

static void change_answers(void)
{
	members_count = 0;
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *row = docker_operation_at(i);

		if (row->shows)
			change_members(row->name, row->shows);
	}
	change_members("error", answer_error);
}

/* ---- grants, twins, objects, requirements ---- */

static void change_grant(const struct grant_info *row)
{
	CHANGE("grant", row->name, "closed", row->closed, !row->closed);
	CHANGE("grant", row->name, "shown", row->shown, row->shown[0] == '*' ? "" : "*");
	if (row->safe[0]) /* not each build has one "" alone */
		CHANGE("grant", row->name, "safe", row->safe, "");
	CHANGE("grant", row->name, "kind", row->kind,
	    row->kind == GRANT_GLOB ? GRANT_FLAG : GRANT_GLOB);
}

static void change_twin(unsigned index, const struct grant_twin *row)
{
	char title[64];

	(void)snprintf(title, sizeof(title), "%s/%s", grant_info(row->grant)->name,
	    grant_info(row->twin)->name);
	CHANGE("twin", title, "closes", row->closes, !row->closes);
	CHANGE("twin", title, "twin", row->twin, row->grant);
	CHANGE("twin", title, "operation", row->operation, row->operation ? "system.ping" : NULL);
	for (unsigned bit = 1; bit < 1u << SUBJECT_MAX; bit <<= 1) {
		char column[32];

		(void)snprintf(column, sizeof(column), "where-%u", bit);
		if (row->where != ~0u && index != ~0u)
			CHANGE("twin", title, column, row->where, row->where & ~bit);
	}
}

static bool always_met(struct judge *judge, const struct subject *subject)
{
	(void)judge;
	(void)subject;
	return true;
}

static void change_requirement(const struct requirement *row)
{
	char title[32];

	CHANGE("requirement", row->name, "met", row->met, always_met);
	for (unsigned bit = 1; bit; bit <<= 1) {
		(void)snprintf(title, sizeof(title), "subjects-%u", bit);
		CHANGE("requirement", row->name, title, row->subjects, row->subjects & ~bit);
	}
}

static void change_objects(void)
{
	for (unsigned i = OBJECT_CONTAINER; i < OBJECT_MAX; i++) {
		const struct docker_object_info *row = docker_object_info(i);

		CHANGE("object", row->name, "before", row->before, "/nowhere/");
		if (row->after[0])
			CHANGE("object", row->name, "after", row->after, "");
		CHANGE("object", row->name, "schema", row->schema, NULL);
	}
}

static void each_change(void)
{
	next = 0;
#define X(id) change_schema(#id, &(id));
	SCHEMAS(X)
#undef X
#define X(id) change_params(#id, id);
	PARAMS(X)
#undef X
	for (unsigned i = 0; i < docker_operation_count(); i++)
		change_operation(docker_operation_at(i));
	for (unsigned i = GRANT_NONE + 1; i < GRANT_MAX; i++)
		change_grant(grant_info(i));
	for (unsigned i = 0; grant_twin_at(i); i++)
		change_twin(i, grant_twin_at(i));
	change_objects();
	change_answers();
	for (unsigned i = 0; requirement_at(i); i++)
		change_requirement(requirement_at(i));
}

void mutation_list(FILE *out)
{
	listing = out;
	each_change();
	listing = NULL;
}

static __attribute__((constructor)) void mutate(void)
{
	const char *number = getenv("SOCKWARDEN_MUTANT");

	if (!number)
		return;
	wanted = strtoul(number, NULL, 10);
	each_change();
	if (next < wanted) {
		(void)fprintf(stderr, "mutate: there is no change %lu\n", wanted);
		abort();
	}
	wanted = 0;
}
