/* SPDX-License-Identifier: Apache-2.0 */
/* Each row of the tables of answers is of use: an answer in tests/unit/answers.txt has a value
 * there, which is told without the row's kind and not with it. The answers are those of dockerd
 * 20.10, of a newer one, and for what neither was made to say, of moby's description of its API. */
#include "answer_case.h"

#include <stdio.h>
#include <stdlib.h>

#include "docker/docker.h"
#include "json/json.h"

#define ROWS_MOST 512u
#define MESSAGE_LINE "error"

/* A row in a table; two operations can share it. */
static const struct docker_answer_member *seen[ROWS_MOST];
static size_t seen_count;

static bool is_seen(const struct docker_answer_member *row)
{
	for (size_t i = 0; i < seen_count; i++) {
		if (seen[i] == row)
			return true;
	}
	return false;
}

static bool says_something(const cJSON *value)
{
	if (cJSON_IsString(value))
		return value->valuestring[0] != '\0';
	if (cJSON_IsNumber(value))
		return value->valuedouble != 0;
	for (const cJSON *child = value->child; child; child = child->next) {
		if (says_something(child))
			return true;
	}
	return false;
}

static void note(const struct docker_answer_member *members, const cJSON *value);

/* |type| is what came with HIDE_TYPE before, and is set where this member does. */
static void note_member(
    const struct docker_answer_member *members, const cJSON *value, const char **type)
{
	const struct docker_answer_member *row = docker_answer_find(members, value->string, *type);

	if (!row)
		return;
	if (says_something(value) && !is_seen(row)) {
		assert_true(seen_count < ROWS_MOST);
		seen[seen_count++] = row;
	}
	if (row->hide == HIDE_TYPE)
		*type = value->valuestring;
	if (row->inner)
		note(row->inner, value);
}

/* Notes the rows that |value| has values for. */
static void note(const struct docker_answer_member *members, const cJSON *value)
{
	const char *type = "";

	for (const cJSON *child = value->child; child; child = child->next) {
		if (cJSON_IsObject(value))
			note_member(members, child, &type);
		else
			note(members, child);
	}
}

static unsigned missing;

static void assert_noted(const char *name, const struct docker_answer_member *members)
{
	for (; members->name; members++) {
		char path[512];

		(void)snprintf(path, sizeof(path), "%s.%s", name, members->name);
		if (!is_seen(members)) {
			print_error("no answer in tests/unit/answers.txt has %s\n", path);
			missing++;
		} else if (members->inner) {
			assert_noted(path, members->inner);
		}
	}
}

static const struct docker_answer_member *members_of(const char *name)
{
	const struct docker_operation *operation = docker_operation_named(span_of(name));

	if (strcmp(name, MESSAGE_LINE) == 0)
		return answer_error;
	if (!operation || !operation->shows)
		fail_msg("%s tells nothing that can be hidden", name);
	return operation->shows;
}

/* What is hidden is gone, and what is not is there, letter by letter. */
static void try_answer(const struct docker_answer_member *members, struct span text)
{
	struct answer_case none = {members, true, 0, NULL},
			   all = {members, true, ANSWER_ALL_KINDS, NULL};
	struct error err = {""};
	struct buf out;

	buf_init(&out, SIZE_MAX);
	if (answer_run(&none, text, text.len / 2, &out, &err) < 0)
		fail_msg("%.*s: %s", (int)text.len, text.at, err.text);
	assert_true(span_equal(buf_span(&out), text));
	assert_int_equal(answer_run(&all, text, text.len / 2, &out, &err), 0);
	assert_null(memmem(out.at, out.len, "s3cr", 4));
	buf_free(&out);
}

static void each_row_has_an_answer(void **state)
{
	const char *top = getenv("srcdir");
	char path[512], *line = NULL;
	size_t size = 0;
	ssize_t len;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/tests/unit/answers.txt", top ? top : ".");
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	while ((len = getline(&line, &size, file)) > 0) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		struct span text, name = span_cut((struct span){line, (size_t)len}, '\t', &text);
		cJSON *tree = cJSON_ParseWithLength(text.at, text.len);

		line[name.len] = '\0';
		if (!tree)
			fail_msg("%s: no JSON", line);
		note(members_of(line), tree);
		try_answer(members_of(line), text);
		cJSON_Delete(tree);
	}
	free(line);
	assert_int_equal(fclose(file), 0);
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);

		if (operation->shows)
			assert_noted(operation->name, operation->shows);
	}
	assert_noted(MESSAGE_LINE, answer_error);
	assert_int_equal(missing, 0);
}

/* An operation that tells nothing is told to be so, and one that does not say how it answers is
 * refused: only where nobody can know. */
static void each_operation_says_how_it_answers(void **state)
{
	static const char unknown[] = "system.debug libpod.any buildkit.history buildkit.usage";

	(void)state;
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);
		bool shows = operation->answer == ANSWER_JSON || operation->answer == ANSWER_EVENTS;

		assert_int_equal(shows, operation->shows != NULL);
		assert_int_equal(operation->answer == ANSWER_UNKNOWN,
		    span_in_words(span_of(operation->name), unknown));
	}
}

/* What one of a pair tells, the other does. */
static void operations_that_answer_alike(void **state)
{
	static const char *const pairs[][2] = {
	    {"node.list", "node.inspect"},
	    {"plugin.list", "plugin.inspect"},
	    {"service.list", "service.inspect"},
	    {"task.list", "task.inspect"},
	    {"config.list", "config.inspect"},
	    {"network.list", "network.inspect"},
	    {"volume.create", "volume.inspect"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		const struct docker_operation *one = docker_operation_named(span_of(pairs[i][0])),
					      *other = docker_operation_named(span_of(pairs[i][1]));

		assert_non_null(one);
		assert_non_null(other);
		assert_non_null(one->shows);
		assert_ptr_equal(one->shows, other->shows);
		assert_int_equal(one->answer, other->answer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(operations_that_answer_alike),
	    cmocka_unit_test(each_row_has_an_answer),
	    cmocka_unit_test(each_operation_says_how_it_answers),
	};

	return cmocka_run_group_tests_name("answer_rows", tests, NULL, NULL);
}
