/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden check: whether a configuration can be used, and what it gives away. */
#include <getopt.h>

#include "app/check.h"
#include "docker/docker.h"

#define PATH_MOST 256

enum { OPTION_FORMAT = 256, OPTION_FILES_ONLY };

struct check_options {
	const char *path;
	bool quiet, json, files_only;
};

/* ---- findings ----------------------------------------------------------------------------------
 */

static void add_finding(struct buf *list, const char *file, unsigned line, const char *text)
{
	buf_add_text(list, list->len > 0 ? ",{\"text\":" : "{\"text\":");
	buf_add_json(list, span_of(text), 0);
	if (file) {
		buf_add_text(list, ",\"file\":");
		buf_add_json(list, span_of(file), 0);
	}
	if (file && line > 0)
		buf_add_format(list, ",\"line\":%u", line);
	buf_add_char(list, '}');
}

static void print_finding(const char *file, unsigned line, const char *kind, const char *text)
{
	if (!file)
		fprintf(stderr, "%s: %s\n", kind, text);
	else if (line > 0)
		fprintf(stderr, "%s:%u: %s: %s\n", file, line, kind, text);
	else
		fprintf(stderr, "%s: %s: %s\n", file, kind, text);
}

void check_warn(void *context, const char *file, unsigned line, const char *text)
{
	struct check_findings *findings = context;

	if (findings->json)
		add_finding(&findings->warning_list, file, line, text);
	else
		print_finding(file, line, "warning", text);
}

void check_error(
    struct check_findings *findings, const struct policy_source *source, const char *text)
{
	findings->errors++;
	if (findings->json)
		add_finding(&findings->error_list, source->file, source->line, text);
	else
		print_finding(source->file, source->line, "error", text);
}

/* ---- what a policy permits ---------------------------------------------------------------------
 */

/* A path of |op| with "x" for each placeholder. */
static size_t sample_path(const struct docker_operation *op, char out[static PATH_MOST])
{
	bool inside = false;
	size_t len = 0;

	for (const char *p = op->path; *p && len < PATH_MOST; p++) {
		if (*p == '{')
			out[len++] = 'x';
		inside = (inside || *p == '{') && *p != '}';
		if (!inside && *p != '}')
			out[len++] = *p;
	}
	return len;
}

bool check_allows(const struct policy *policy, const struct docker_operation *op)
{
	char path[PATH_MOST];
	struct policy_request request = {.method = op->method, .api = DOCKER_API_NEWEST};
	struct decision decision = {0};

	request.path = (struct span){path, sample_path(op, path)};
	request.has_body = op->body == BODY_JSON;
	docker_find(request.method, request.path, &request.match);
	policy_decide(policy, &request, &decision, NULL, NULL);
	return decision.verdict != VERDICT_DENY ||
	       (decision.reason != REASON_NO_RULE && decision.reason != REASON_DENY_RULE &&
		   decision.reason != REASON_UNKNOWN_ROUTE);
}

/* ---- the command -------------------------------------------------------------------------------
 */

static void check_whole(const struct config *config, const char *name,
    const struct check_options *options, struct check_findings *findings)
{
	if (!options->files_only)
		check_host(config, findings);
	if (options->json)
		report_json(config, name, findings);
	else if (!options->quiet)
		report_text(config, name, findings);
}

static int check(const struct check_options *options)
{
	struct check_findings findings = {.json = options->json};
	struct error err;
	const char *name = options->path;

	buf_init(&findings.error_list, FINDINGS_MOST);
	buf_init(&findings.warning_list, FINDINGS_MOST);
	struct config *config = cli_config(options->path, check_warn, &findings, &name, &err);

	if (config) {
		check_whole(config, name, options, &findings);
	} else if (options->json) {
		check_error(&findings, &(struct policy_source){NULL, 0}, err.text);
		report_json(NULL, name, &findings);
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
			cli_help(stdout, "check");
			return EXIT_FINE;
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
