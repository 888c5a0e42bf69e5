/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden check: whether a configuration can be used, and what it gives away. */
#include <getopt.h>

#include "app/check.h"
#include "docker/docker.h"

enum { OPTION_FORMAT = 256, OPTION_FILES_ONLY };

struct check_options {
	const char *path;
	bool quiet, json, files_only;
};

/* ---- the command -------------------------------------------------------------------------------
 */

static void check_whole(const struct config *config, const char *name,
    const struct check_options *options, struct check_findings *findings)
{
	if (!options->files_only)
		check_host(config, findings);
	if (options->json)
		check_print_json(config, name, findings);
	else if (!options->quiet)
		check_print_text(config, name, findings);
}

static int check(const struct check_options *options)
{
	struct check_findings findings = {.json = options->json};
	struct error err;
	const char *name = options->path;

	buf_init(&findings.error_list, FINDINGS_MOST);
	buf_init(&findings.warning_list, FINDINGS_MOST);
	struct config *config = cli_policies(options->path, check_warn, &findings, &name, &err);

	if (config) {
		check_whole(config, name, options, &findings);
	} else if (options->json) {
		check_error(&findings, &(struct policy_source){NULL, 0}, err.text);
		check_print_json(NULL, name, &findings);
	} else {
		findings.errors++;
		(void)cli_failed(&err);
	}
	config_free(config);
	buf_free(&findings.error_list);
	buf_free(&findings.warning_list);
	return findings.errors == 0 ? EXIT_FINE : EXIT_USAGE;
}

int cmd_check(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"quiet", no_argument, NULL, 'q'},
	    {"files-only", no_argument, NULL, OPTION_FILES_ONLY},
	    {"format", required_argument, NULL, OPTION_FORMAT},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	struct check_options options = {0};
	int letter;

	while ((letter = getopt_long(argc, argv, "c:qh", longs, NULL)) != -1) {
		switch (letter) {
		case 'h':
			return EXIT_HELP;
		case 'q':
			options.quiet = true;
			break;
		case 'c':
			options.path = optarg;
			break;
		case OPTION_FILES_ONLY:
			options.files_only = true;
			break;
		case OPTION_FORMAT:
			if (!cli_format_is_json(optarg, &options.json))
				return cli_misused(
				    "check", "--format takes text or json, not \"%s\"", optarg);
			break;
		default:
			return cli_misused("check", NULL);
		}
	}
	if (optind < argc)
		return cli_misused(
		    "check", "unexpected argument: %s; a file is named by -c", argv[optind]);
	return check(&options);
}
