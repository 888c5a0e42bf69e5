/* SPDX-License-Identifier: Apache-2.0 */
/* The commands, and what they share. */
#ifndef APP_APP_H
#define APP_APP_H

#include <stdio.h>

#include "base/error.h"
#include "config/config.h"
#include "config/environment.h"

/* What every command ends with. */
enum exit_status {
	EXIT_FINE = 0,    /* done, permitted, all tests passed */
	EXIT_DENIED = 1,  /* denied, or a test failed */
	EXIT_USAGE = 2,   /* wrong arguments or a configuration that cannot be used */
	EXIT_UNKNOWN = 3, /* the verdict rests on a body that is not known */
	EXIT_HELP = -1,   /* never the program's: its help was asked for */
};

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage;   /* arguments */
	const char *summary; /* one line */
	const char *help;    /* options and notes */
};

/* Each takes its own name as argv[0] and returns an exit status. */
int cmd_run(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_test(int argc, char **argv);
int cmd_operations(int argc, char **argv);
int cmd_stdio(int argc, char **argv);
int cmd_health(int argc, char **argv);
int cmd_migrate(int argc, char **argv);
int cmd_learn(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_scan(int argc, char **argv);
int cmd_version(int argc, char **argv);

/* Says on stderr what is wrong with the arguments of command |name| and how to get help. Returns
 * EXIT_USAGE. Without |format|, getopt has said what is wrong. */
int cli_misused(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Says on stderr why nothing can be done. Returns EXIT_USAGE. */
int cli_failed(const struct error *err);

/* Reads "text" or "json". False on anything else. */
bool cli_format_is_json(const char *word, bool *ret_json);

/* The configuration at |path|, where "env:" is the environment and "env?" is the environment when
 * there is no file at CONFIG_DEFAULT_PATH; without a path that file, and where it does not exist
 * the built-in one. |*ret_name| says which it was. */
struct config *cli_config(const char *path, config_warn_fn *warn, void *context,
    const char **ret_name, struct error *err);

/* The same for commands to which nothing need listen. */
struct config *cli_policies(const char *path, config_warn_fn *warn, void *context,
    const char **ret_name, struct error *err);

/* A configuration whose one policy is the preset |name|. NULL with |err|. */
struct config *cli_preset(const char *name, struct error *err);

/* Whether that is the environment. */
bool cli_is_environment(const char *path);

/* The variables of this process. */
extern const struct environment cli_environment;

/* The policy of this name; without a name the only listener's one. NULL with |err|. */
const struct policy *cli_policy(const struct config *config, const char *name, struct error *err);

/* Appends the whole file at |path| ("-" is stdin) to |out|. Returns 0 or -1 with |err|. */
MUST_CHECK int cli_read_file(const char *path, struct buf *out, struct error *err);

/* Writes all bytes of |buf| to |out| and frees it. */
void cli_put(FILE *out, struct buf *buf);

#endif
