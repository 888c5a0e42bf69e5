/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden report: from audit logs to a page for people. */
#include <getopt.h>

#include "app/app.h"
#include "app/explain.h"
#include "app/logs.h"
#include "app/output.h"
#include "report/report.h"

#define OUT_MOST (64u << 20)

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"output", required_argument, NULL, 'o'},
    {"policy", required_argument, NULL, 'p'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct arguments {
	const char *config, *output;
	bool help;
};

struct asked_config {
	struct config *config;
	struct arena arena;
};

/* One file of the log. */
struct reading {
	struct report *report;
	bool compressed;
};

/* ---- arguments ---------------------------------------------------------------------------------
 */

static int take_option(struct arguments *args, struct report_options *options, int letter)
{
	switch (letter) {
	case 'c':
		args->config = optarg;
		return 0;
	case 'o':
		args->output = optarg;
		return 0;
	case 'p':
		options->policy = optarg;
		return 0;
	case 'h':
		args->help = true;
		return 0;
	default:
		return cli_misused("report", NULL);
	}
}

static int take_arguments(
    struct arguments *args, struct report_options *options, int argc, char **argv)
{
	int letter;

	while ((letter = getopt_long(argc, argv, "c:o:p:h", long_options, NULL)) != -1) {
		if (take_option(args, options, letter))
			return EXIT_USAGE;
		if (args->help)
			return 0;
	}
	if (optind == argc)
		return cli_misused("report", "name an audit log, or - for standard input");
	return 0;
}

/* ---- the configuration -------------------------------------------------------------------------
 */

static const struct policy *policy_named(void *context, const char *name)
{
	const struct asked_config *asked = context;

	return config_policy(asked->config, span_of(name));
}

static bool allows(
    void *context, const struct policy *policy, struct span line, struct policy_source *ret_source)
{
	struct asked_config *asked = context;

	return explain_audit_allows(
	    line, policy, &asked->config->limits, &asked->arena, ret_source);
}

/* ---- the logs ----------------------------------------------------------------------------------
 */

static int take_line(void *context, struct span line, struct error *err)
{
	struct reading *reading = context;

	reading->compressed |=
	    report_file_lines(reading->report) == 0 && span_starts(line, SPAN("\x1f\x8b"));
	return report_take(reading->report, line, err);
}

static int read_file(struct report *report, const char *path, struct error *err)
{
	struct reading reading = {.report = report};

	if (report_begin_file(report, path, err) < 0 ||
	    logs_read(path, take_line, &reading, err) < 0)
		return -1;
	uint64_t lines = report_file_lines(report), unreadable = report_file_unreadable(report);

	if (reading.compressed)
		return error_set(err, "%s: is compressed: zcat FILE | sockwarden report -", path);
	if (lines > 0 && unreadable == lines)
		return error_set(err,
		    "%s: is no audit log: none of its %llu lines is an audit line", path,
		    (unsigned long long)lines);
	if (unreadable > 0)
		fprintf(stderr, "sockwarden: %s: %llu of %llu lines are no audit lines\n", path,
		    (unsigned long long)unreadable, (unsigned long long)lines);
	return 0;
}

static int write_page(struct report *report, const char *path, struct error *err)
{
	struct buf out;

	buf_init(&out, OUT_MOST);
	int result = report_write(report, &out, err);

	if (result == 0)
		result = output_write(path, buf_span(&out), err);
	buf_free(&out);
	return result;
}

static int report_on(
    const struct report_options *options, char *const *paths, const char *output, struct error *err)
{
	struct report *report = report_new(options);
	int result = report ? output_check(output, paths, err) : error_set(err, "out of memory");

	for (; *paths && result == 0; paths++)
		result = read_file(report, *paths, err);
	if (result == 0)
		result = write_page(report, output, err);
	report_free(report);
	return result;
}

int cmd_report(int argc, char **argv)
{
	struct arguments args = {.output = "-"};
	struct report_options options = {0};
	struct asked_config asked = {0};
	struct report_known known = {policy_named, allows, NULL, &asked};
	struct error err;
	int status = take_arguments(&args, &options, argc, argv), result = 0;

	if (status != 0 || args.help)
		return args.help ? EXIT_HELP : status;
	arena_init(&asked.arena, 0);
	if (args.config) {
		asked.config = cli_policies(args.config, NULL, NULL, &known.name, &err);
		options.known = &known;
		result = asked.config ? 0 : -1;
	}
	if (result == 0)
		result = report_on(&options, argv + optind, args.output, &err);
	arena_free(&asked.arena);
	config_free(asked.config);
	return result < 0 ? cli_failed(&err) : EXIT_FINE;
}
