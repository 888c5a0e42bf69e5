/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden migrate: the configuration that the variables of another socket proxy amount to. */
#include <getopt.h>
#include <stdlib.h>

#include "app/app.h"
#include "config/variables.h"

#define OUT_MOST (64u * 1024)

#define NAME_WIDTH 18
#define UNSET_WIDTH 20

static const struct option long_options[] = {
    {"list", no_argument, NULL, 'l'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

/* NAME=VALUE arguments, in place of the environment. */
struct arguments {
	char *const *words;
	int count;
};

static const char *argument_get(void *context, const char *name)
{
	const struct arguments *arguments = context;
	size_t len = strlen(name);

	for (int i = arguments->count - 1; i >= 0; i--) {
		const char *word = arguments->words[i];

		if (strncmp(word, name, len) == 0 && word[len] == '=')
			return word + len + 1;
	}
	return NULL;
}

static const char *argument_at(void *context, size_t i)
{
	const struct arguments *arguments = context;

	return i < (size_t)arguments->count ? arguments->words[i] : NULL;
}

static int list(void)
{
	printf("%-*s %-*s %s\n", NAME_WIDTH, "NAME", UNSET_WIDTH, "UNSET", "WHAT");
	for (size_t i = 0; i < variable_count(); i++) {
		const struct variable *variable = variable_at(i);

		printf("%-*s %-*s %s%s\n", NAME_WIDTH, variable->name, UNSET_WIDTH,
		    *variable->unset ? variable->unset : "-",
		    variable->kind == VARIABLE_UNREAD ? "not read: " : "", variable->what);
	}
	return EXIT_FINE;
}

static void put_note(void *context, const char *text)
{
	(void)context;
	printf("# Note: %s.\n", text);
}

static int migrate(const struct environment *environment)
{
	struct error err;
	struct buf out;

	buf_init(&out, OUT_MOST);
	puts("# Written by sockwarden migrate: what the variables of a socket proxy amount to.");
	if (environment_write(environment, &out, put_note, NULL, &err)) {
		buf_free(&out);
		return cli_failed(&err);
	}
	putchar('\n');
	cli_put(stdout, &out);
	return EXIT_FINE;
}

int cmd_migrate(int argc, char **argv)
{
	int letter;

	while ((letter = getopt_long(argc, argv, "lh", long_options, NULL)) != -1) {
		if (letter == 'l')
			return list();
		if (letter != 'h')
			return cli_misused("migrate", NULL);
		return EXIT_HELP;
	}
	for (int i = optind; i < argc; i++) {
		if (!strchr(argv[i], '='))
			return cli_misused("migrate", "\"%s\" is not NAME=VALUE", argv[i]);
	}
	struct arguments arguments = {argv + optind, argc - optind};

	if (arguments.count > 0)
		return migrate(&(struct environment){argument_get, &arguments, argument_at});
	return migrate(&cli_environment);
}
