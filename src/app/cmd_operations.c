/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden operations: the tables of the docker room, for people and for programs. */
#include <getopt.h>

#include "app/app.h"
#include "docker/docker.h"

#define OUT_MOST (4U * 1024 * 1024)
#define VERSION_BYTES 8

static const struct option long_options[] = {
    {"grants", no_argument, NULL, 'g'},
    {"format", required_argument, NULL, 'f'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char *const kind_names[] = {
    [GRANT_FLAG] = "flag",
    [GRANT_GLOB] = "patterns",
    [GRANT_PAIR] = "pairs",
    [GRANT_BIND] = "paths",
    [GRANT_PUBLISH] = "ports",
    [GRANT_IMAGE] = "images",
    [GRANT_CAP] = "capabilities",
    [GRANT_NETWORK] = "networks",
    [GRANT_SECURITY] = "options",
    [GRANT_ARGV] = "commands",
};

static void add_member(struct buf *out, const char *name, const char *value)
{
	if (out->at[out->len - 1] != '{')
		buf_add_char(out, ',');
	buf_add_format(out, "\"%s\":", name);
	buf_add_json(out, span_of(value), 0);
}

/* ---- operations --------------------------------------------------------------------------------
 */

static const char *since_text(unsigned since, char out[static VERSION_BYTES])
{
	if (since == 0)
		return "";
	(void)snprintf(out, VERSION_BYTES, "1.%u", since % 1000);
	return out;
}

static void operations_text(void)
{
	char since[VERSION_BYTES];

	printf("%-24s %-7s %-40s %-6s %-6s %s\n", "NAME", "METHOD", "PATH", "CLASS", "SINCE",
	    "GIVES AWAY");
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *op = docker_operation_at(i);

		printf("%-24s %-7s %-40s %-6s %-6s %s\n", op->name, method_name(op->method),
		    op->path, docker_class_name(op->class), since_text(op->since, since),
		    op->help ? op->help : "");
	}
}

static void add_operation(struct buf *out, const struct docker_operation *op)
{
	char since[VERSION_BYTES];

	buf_add_char(out, '{');
	add_member(out, "name", op->name);
	add_member(out, "method", method_name(op->method));
	add_member(out, "path", op->path);
	add_member(out, "class", docker_class_name(op->class));
	add_member(out, "since", since_text(op->since, since));
	add_member(out, "help", op->help ? op->help : "");
	buf_add_char(out, '}');
}

static void operations_json(void)
{
	struct buf out;

	buf_init(&out, OUT_MOST);
	buf_add_char(&out, '[');
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		buf_add_text(&out, i > 0 ? ",\n" : "\n");
		add_operation(&out, docker_operation_at(i));
	}
	buf_add_text(&out, "\n]\n");
	cli_put(stdout, &out);
}

/* ---- grants ------------------------------------------------------------------------------------
 */

static void grants_text(void)
{
	printf(
	    "%-18s %-12s %-6s %-28s %s\n", "NAME", "TAKES", "UNSET", "NEEDS NO GRANT", "GOVERNS");
	for (unsigned i = GRANT_NONE + 1; i < GRANT_MAX; i++) {
		const struct grant_info *grant = grant_info((enum grant)i);

		printf("%-18s %-12s %-6s %-28s %s\n", grant->name, kind_names[grant->kind],
		    grant->closed ? "closed" : "open", grant->safe, grant->help);
	}
}

static void grants_json(void)
{
	struct buf out;

	buf_init(&out, OUT_MOST);
	buf_add_char(&out, '[');
	for (unsigned i = GRANT_NONE + 1; i < GRANT_MAX; i++) {
		const struct grant_info *grant = grant_info((enum grant)i);

		buf_add_text(&out, i > GRANT_NONE + 1 ? ",\n{" : "\n{");
		add_member(&out, "name", grant->name);
		add_member(&out, "takes", kind_names[grant->kind]);
		add_member(&out, "unset", grant->closed ? "closed" : "open");
		add_member(&out, "safe", grant->safe);
		add_member(&out, "help", grant->help);
		buf_add_char(&out, '}');
	}
	buf_add_text(&out, "\n]\n");
	cli_put(stdout, &out);
}

int cmd_operations(int argc, char **argv)
{
	bool grants = false, json = false;
	int letter;

	while ((letter = getopt_long(argc, argv, "gh", long_options, NULL)) != -1) {
		if (letter == 'h') {
			cli_help(stdout, "operations");
			return EXIT_FINE;
		}
		if (letter == 'g')
			grants = true;
		else if (letter != 'f')
			return cli_misused("operations", NULL);
		else if (!cli_format_is_json(optarg, &json))
			return cli_misused("operations", "no such format: %s", optarg);
	}
	if (optind < argc)
		return cli_misused("operations", "unexpected argument: %s", argv[optind]);
	if (grants)
		(json ? grants_json : grants_text)();
	else
		(json ? operations_json : operations_text)();
	return EXIT_FINE;
}
