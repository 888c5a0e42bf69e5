/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden test: files of requests and the verdicts that they must get. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#include "app/app.h"
#include "app/ask.h"
#include "app/coverage.h"
#include "app/testfile.h"

#define HEADERS_MOST 32
#define PATH_MOST 4096
#define BODY_MOST (64U * 1024 * 1024)

/* One run over one file. */
struct run {
	const char *file;
	unsigned line;
	bool verbose, strict;
	struct coverage *coverage;                 /* NULL: nobody wants to know */
	const char *forced_config, *forced_policy; /* from the command line */
	struct config *config;
	const struct policy *policy;
	struct existing existing;   /* what `state` names */
	struct arena headers_arena; /* texts of |headers| */
	struct span headers[HEADERS_MOST];
	size_t header_count;
};

struct score {
	unsigned passed, failed;
};

enum { OPTION_COVERAGE = 256 };

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"policy", required_argument, NULL, 'p'},
    {"verbose", no_argument, NULL, 'v'},
    {"coverage", optional_argument, NULL, OPTION_COVERAGE},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* ---- settings ----------------------------------------------------------------------------------
 */

/* |name| as seen from the directory of the test file. */
static int beside(
    const struct run *run, struct span name, char out[static PATH_MOST], struct error *err)
{
	const char *slash = strrchr(run->file, '/');
	int folder = slash && name.at[0] != '/' ? (int)(slash - run->file + 1) : 0;
	int len = snprintf(out, PATH_MOST, "%.*s%.*s", folder, run->file, (int)name.len, name.at);

	return len < 0 || len >= PATH_MOST ? error_set(err, "the path is too long") : 0;
}

static int take_config(struct run *run, struct config *config)
{
	if (run->coverage)
		coverage_forget(run->coverage);
	config_free(run->config);
	run->policy = NULL;
	run->config = config;
	return config ? 0 : -1;
}

static int set_config(struct run *run, struct span name, struct error *err)
{
	char path[PATH_MOST];

	if (run->forced_config)
		return 0;
	if (beside(run, name, path, err))
		return -1;
	return take_config(run, config_load_policies(path, NULL, NULL, err));
}

/* The one of the command line, which may be the environment. */
static int force_config(struct run *run, struct error *err)
{
	const char *name;

	return take_config(run, cli_policies(run->forced_config, NULL, NULL, &name, err));
}

static int set_policy(struct run *run, struct span name, struct error *err)
{
	if (run->forced_policy)
		return 0;
	if (!run->config)
		return error_set(err, "write config = FILE before policy = NAME");
	run->policy = config_policy(run->config, name);
	return run->policy ? 0
			   : error_set(err, "there is no policy \"%.*s\"", (int)name.len, name.at);
}

static int set_state(struct run *run, struct span name, struct error *err)
{
	char path[PATH_MOST];

	if (span_is(name, "none")) {
		existing_free(&run->existing);
		return 0;
	}
	return beside(run, name, path, err) ? -1 : existing_read(&run->existing, path, err);
}

static int add_header(struct run *run, struct span text, struct error *err)
{
	if (run->header_count == HEADERS_MOST)
		return error_set(err, "more than %d headers", HEADERS_MOST);
	char *copy = arena_copy(&run->headers_arena, text);

	if (!copy)
		return error_set(err, "out of memory");
	run->headers[run->header_count++] = (struct span){copy, text.len};
	return 0;
}

/* The policy in force: the last one named, else the one of the listeners. */
static int find_policy(struct run *run, struct error *err)
{
	if (!run->config)
		return error_set(
		    err, "no configuration; write config = FILE above the first request");
	if (!run->policy)
		run->policy = cli_policy(run->config, run->forced_policy, err);
	if (run->policy && run->coverage)
		coverage_add(run->coverage, run->policy);
	return run->policy ? 0 : -1;
}

/* ---- expectations ------------------------------------------------------------------------------
 */

static bool contains(const char *text, struct span part)
{
	return text && memmem(text, strlen(text), part.at, part.len);
}

static bool mentions(const struct decision *decision, struct span text)
{
	return contains(decision->message, text) || contains(decision->field, text) ||
	       contains(decision->value, text) || contains(decision->fix, text) ||
	       contains(decision->requirement, text) ||
	       contains(reason_name(decision->reason), text) ||
	       (decision->grant != GRANT_NONE && contains(grant_info(decision->grant)->name, text));
}

static void print_got(const struct decision *decision)
{
	if (decision->verdict == VERDICT_ALLOW)
		printf("got allow");
	else
		printf("got %u: %s", decision->status, decision->message);
}

static void report_failure(const struct run *run, const struct test_line *line,
    const struct decision *decision, const char *wrong)
{
	printf("%s:%u: %.*s %.*s: ", run->file, run->line, (int)line->method.len, line->method.at,
	    (int)line->target.len, line->target.at);
	printf("expected %.*s, ", (int)line->verdict.len, line->verdict.at);
	print_got(decision);
	printf("%s%.*s\n", wrong, (int)line->text.len, line->text.at ? line->text.at : "");
}

/* The verdict is as expected, and its reason is another one. */
static void report_reason(
    const struct run *run, const struct test_line *line, const struct decision *decision)
{
	printf("%s:%u: %.*s %.*s: denied as expected, but not because of \"%.*s\"; reason: %s\n",
	    run->file, run->line, (int)line->method.len, line->method.at, (int)line->target.len,
	    line->target.at, (int)line->text.len, line->text.at, decision->message);
}

static bool judge(
    const struct run *run, const struct test_line *line, const struct decision *decision)
{
	unsigned got = decision->verdict == VERDICT_ALLOW ? TEST_ALLOW : decision->status;

	if (got != line->status) {
		report_failure(run, line, decision, line->text.len > 0 ? "; wanted: " : "");
		return false;
	}
	if (line->text.len > 0 && !mentions(decision, line->text)) {
		report_reason(run, line, decision);
		return false;
	}
	if (run->verbose)
		printf("%s:%u: passed: %.*s %.*s\n", run->file, run->line, (int)line->method.len,
		    line->method.at, (int)line->target.len, line->target.at);
	return true;
}

static int read_body(
    const struct run *run, struct span *body, struct buf *from_file, struct error *err)
{
	char path[PATH_MOST];

	if (body->len < 2 || body->at[0] != '@')
		return 0;
	struct span name = {body->at + 1, body->len - 1};

	if (beside(run, name, path, err) || cli_read_file(path, from_file, err))
		return -1;
	*body = buf_span(from_file);
	return 0;
}

static void ask_one(
    struct run *run, const struct test_line *line, struct span body, struct score *score)
{
	struct ask_request request = {
	    .method = line->method,
	    .target = line->target,
	    .headers = run->headers,
	    .header_count = run->header_count,
	    .body = body,
	    .existing = &run->existing,
	};
	struct ask ask;

	ask_policy(&ask, run->policy, &run->config->limits, &request);
	bool passed = judge(run, line, &ask.trial.decision);

	score->passed += passed;
	score->failed += !passed;
	if (passed && run->coverage)
		coverage_note(run->coverage, &ask);
	ask_free(&ask);
	run->header_count = 0;
	arena_reset(&run->headers_arena);
}

static int expect(
    struct run *run, const struct test_line *line, struct score *score, struct error *err)
{
	struct span body = line->body;
	struct buf from_file;

	if (find_policy(run, err))
		return -1;
	buf_init(&from_file, BODY_MOST);
	int result = read_body(run, &body, &from_file, err);

	if (result == 0)
		ask_one(run, line, body, score);
	buf_free(&from_file);
	return result;
}

/* ---- files -------------------------------------------------------------------------------------
 */

static int take_line(struct run *run, struct span text, struct score *score, struct error *err)
{
	struct test_line line;

	if (test_line_parse(text, &line, err))
		return -1;
	switch (line.kind) {
	case TEST_EMPTY:
		return 0;
	case TEST_CONFIG:
		return set_config(run, line.text, err);
	case TEST_POLICY:
		return set_policy(run, line.text, err);
	case TEST_STATE:
		return set_state(run, line.text, err);
	case TEST_HEADER:
		return add_header(run, line.text, err);
	case TEST_EXPECT:
		return expect(run, &line, score, err);
	}
	return -1;
}

static int take_lines(struct run *run, struct span rest, struct score *score, struct error *err)
{
	while (rest.len > 0) {
		struct span line = span_cut(rest, '\n', &rest);

		run->line++;
		if (take_line(run, line, score, err))
			return error_prefix(err, "%s:%u: ", run->file, run->line);
	}
	return 0;
}

static int test_file(struct run *run, struct score *score, struct error *err)
{
	struct buf text;

	if (run->forced_config && force_config(run, err))
		return -1;
	buf_init(&text, BODY_MOST);
	int result = cli_read_file(run->file, &text, err);

	if (result == 0)
		result = take_lines(run, buf_span(&text), score, err);
	buf_free(&text);
	return result;
}

static int test_files(const struct run *settings, char **files, int count)
{
	struct score score = {0};
	struct error err;
	int result = 0;

	for (int i = 0; i < count && result == 0; i++) {
		struct run run = *settings;

		run.file = files[i];
		arena_init(&run.headers_arena, 0);
		existing_init(&run.existing);
		result = test_file(&run, &score, &err);
		if (run.coverage)
			coverage_forget(run.coverage);
		arena_free(&run.headers_arena);
		existing_free(&run.existing);
		config_free(run.config);
	}
	if (result != 0)
		return cli_failed(&err);
	unsigned uncovered = settings->coverage ? coverage_print(settings->coverage, stdout) : 0;

	printf("%u passed, %u failed\n", score.passed, score.failed);
	return score.failed > 0 || (settings->strict && uncovered > 0) ? EXIT_DENIED : EXIT_FINE;
}

static int test_covering(struct run *run, char **files, int count)
{
	if (!run->coverage)
		return test_files(run, files, count);
	coverage_init(run->coverage);
	int status = test_files(run, files, count);

	if (run->coverage->failed)
		status = cli_failed(&(struct error){.text = "out of memory"});
	coverage_free(run->coverage);
	return status;
}

static int take_coverage(struct run *run, struct coverage *coverage)
{
	run->coverage = coverage;
	run->strict = optarg && strcmp(optarg, "strict") == 0;
	return !optarg || run->strict
		   ? 0
		   : cli_misused("test", "--coverage is alone, or --coverage=strict");
}

int cmd_test(int argc, char **argv)
{
	struct run run = {0};
	struct coverage coverage;
	int letter;

	while ((letter = getopt_long(argc, argv, "c:p:vh", long_options, NULL)) != -1) {
		switch (letter) {
		case 'h':
			return EXIT_HELP;
		case 'c':
			run.forced_config = optarg;
			break;
		case 'p':
			run.forced_policy = optarg;
			break;
		case 'v':
			run.verbose = true;
			break;
		case OPTION_COVERAGE:
			if (take_coverage(&run, &coverage) != 0)
				return EXIT_USAGE;
			break;
		default:
			return cli_misused("test", NULL);
		}
	}
	if (optind == argc)
		return cli_misused("test", "name at least one FILE of tests");
	return test_covering(&run, argv + optind, argc - optind);
}
