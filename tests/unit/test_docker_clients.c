/* SPDX-License-Identifier: Apache-2.0 */
/* The tables know what widespread clients send: tests/policy/clients.txt, read from their sources.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "docker/docker.h"

#define LINE_MOST 2048

/* Whether all that is in it is judged by its one grant. */
static bool is_whole(const struct docker_field *field)
{
	return !field->sub && (field->shape == SHAPE_OBJECT || field->shape == SHAPE_ANY);
}

/* The row of "HostConfig.LogConfig.Type". Members of what stands in a list or a map are the
 * object's. */
static const struct docker_field *find_member(const struct docker_schema *schema, struct span path)
{
	const struct docker_field *field = NULL;
	char name[64];

	while (path.at && schema) {
		struct span first = span_cut(path, '.', &path);
		unsigned cursor = 0;

		(void)snprintf(name, sizeof(name), "%.*s", (int)first.len, first.at);
		field = docker_field_find(schema, name, &cursor);
		schema = field ? field->sub : NULL;
		if (field && is_whole(field))
			return field;
	}
	return path.at ? NULL : field;
}

/* What is wrong with one name of a line, or NULL. */
static const char *fault_of(const struct docker_operation *operation, char kind, struct span name)
{
	bool refused = name.at[0] == '!';
	bool known;

	name = (struct span){name.at + refused, name.len - refused};
	if (kind == '?')
		known = docker_param_find(operation, name);
	else
		known = operation->schema && find_member(operation->schema, name);
	if (known == refused)
		return known ? "is known, so no '!'" : "is in no table";
	return NULL;
}

static unsigned check_line(const char *line, unsigned number)
{
	struct span rest = span_trim(span_of(line)), words[4];
	struct docker_match match;

	for (size_t i = 0; i < COUNT(words); i++)
		words[i] = span_next_word(&rest);
	if (words[3].len != 1 || !strchr("?.", words[3].at[0]))
		fail_msg("line %u is not CLIENT METHOD PATH ? NAME...", number);
	docker_find(method_from(words[1]), words[2], &match);
	if (!match.operation)
		fail_msg("line %u is about no operation", number);
	unsigned bad = 0;

	for (struct span name; (name = span_next_word(&rest)).len > 0;) {
		const char *fault = fault_of(match.operation, words[3].at[0], name);

		if (fault)
			print_error("line %u: %.*s %s\n", number, (int)name.len, name.at, fault);
		bad += fault != NULL;
	}
	return bad;
}

static void the_tables_know_what_clients_send(void **state)
{
	const char *directory = getenv("srcdir");
	char path[4096], line[LINE_MOST];
	unsigned number = 0, lines = 0, bad = 0;

	(void)state;
	(void)snprintf(
	    path, sizeof(path), "%s/tests/policy/clients.txt", directory ? directory : ".");
	FILE *file = fopen(path, "r");

	if (!file)
		fail_msg("cannot open %s", path);
	while (fgets(line, sizeof(line), file)) {
		number++;
		assert_non_null(strchr(line, '\n'));
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		bad += check_line(line, number);
		lines++;
	}
	assert_int_equal(fclose(file), 0);
	assert_true(lines > 350);
	assert_int_equal(bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_tables_know_what_clients_send),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
