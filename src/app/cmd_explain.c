/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden explain: one request, from the arguments or from an audit line, and its verdict. */
#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/explain.h"

#define HEADERS_MOST 64
#define LINE_MOST (1024 * 1024)
#define BODY_MOST (64U * 1024 * 1024)

struct arguments {
	const char *config, *policy, *body, *audit, *state;
	struct span headers[HEADERS_MOST];
	size_t header_count;
	const char *method, *target;
	bool json, help, verbose;
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"policy", required_argument, NULL, 'p'},
    {"body", required_argument, NULL, 'b'},
    {"header", required_argument, NULL, 'H'},
    {"audit", required_argument, NULL, 'a'},
    {"state", required_argument, NULL, 's'},
    {"format", required_argument, NULL, 'f'},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* ---- arguments ---------------------------------------------------------------------------------
 */

static int take_option(struct arguments *args, int letter)
{
	switch (letter) {
	case 'c':
		args->config = optarg;
		return 0;
	case 'p':
		args->policy = optarg;
		return 0;
	case 'b':
		args->body = optarg;
		return 0;
	case 'a':
		args->audit = optarg;
		return 0;
	case 's':
		args->state = optarg;
		return 0;
	case 'v':
		args->verbose = true;
		return 0;
	case 'h':
		args->help = true;
		return 0;
	case 'H':
		if (args->header_count == HEADERS_MOST)
			return cli_misused("explain", "more than %d headers", HEADERS_MOST);
		args->headers[args->header_count++] = span_of(optarg);
		return 0;
	case 'f':
		return cli_format_is_json(optarg, &args->json)
			   ? 0
			   : cli_misused("explain", "no such format: %s", optarg);
	default:
		return cli_misused("explain", NULL);
	}
}

static bool has_small_letter(const char *text)
{
	while (*text && !islower((unsigned char)*text))
		text++;
	return *text != '\0';
}

/* What no client sends, and a person may write. */
static int check_request(const struct arguments *args)
{
	if (has_small_letter(args->method))
		return cli_misused("explain",
		    "\"%s\" is no METHOD, which is in capitals: GET, HEAD, POST, PUT or DELETE",
		    args->method);
	if (args->target[0] != '/' && strcmp(args->target, "*") != 0 &&
	    !strstr(args->target, "://"))
		return cli_misused("explain",
		    "\"%s\" is no TARGET, which is a path of the API: /containers/json",
		    args->target);
	return 0;
}

static int take_arguments(struct arguments *args, int argc, char **argv)
{
	int letter;

	while ((letter = getopt_long(argc, argv, "c:p:b:H:a:s:vh", long_options, NULL)) != -1) {
		if (take_option(args, letter))
			return EXIT_USAGE;
		if (args->help)
			return 0;
	}
	if (args->audit)
		return optind == argc ? 0
				      : cli_misused("explain", "--audit takes the place of METHOD "
							       "and TARGET");
	if (argc - optind != 2)
		return cli_misused("explain", "give a METHOD and a TARGET, or --audit LINE");
	args->method = argv[optind];
	args->target = argv[optind + 1];
	return check_request(args);
}

/* ---- the request -------------------------------------------------------------------------------
 */

static int read_body(const struct arguments *args, struct buf *body, struct error *err)
{
	if (!args->body)
		return 0;
	if (args->body[0] == '@')
		return cli_read_file(args->body + 1, body, err);
	buf_add_text(body, args->body);
	return body->failed ? error_set(err, "the body is too large") : 0;
}

/* The first line of standard input, or the argument itself. */
static int read_audit(const char *argument, struct buf *line, struct error *err)
{
	if (strcmp(argument, "-") != 0)
		buf_add_text(line, argument);
	else if (cli_read_file("-", line, err))
		return -1;
	const char *end = line->len > 0 ? memchr(line->at, '\n', line->len) : NULL;

	if (end)
		line->len = (size_t)(end - line->at);
	return line->failed ? error_set(err, "the audit line is too long") : 0;
}

/* ---- the answer --------------------------------------------------------------------------------
 */

static int ask_and_print(const struct arguments *args, const struct config *config,
    const char *config_name, struct explained *explained, struct error *err)
{
	const struct policy *policy = cli_policy(config, explained->policy, err);
	struct ask ask;

	if (!policy)
		return cli_failed(err);
	ask_policy(&ask, policy, &config->limits, &explained->request);
	explained->config = config_name;
	explained->verbose = args->verbose;
	explained->policy = policy_name(policy);
	if (args->json)
		explain_json(stdout, explained, &ask);
	else
		explain_text(stdout, explained, &ask, isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
	int status = ask.trial.decision.verdict != VERDICT_ALLOW ? EXIT_DENIED
		     : explain_is_unknown(explained, &ask)       ? EXIT_UNKNOWN
								 : EXIT_FINE;

	ask_free(&ask);
	return status;
}

static int explain_with(
    const struct arguments *args, struct explained *explained, struct error *err)
{
	const char *name;
	struct config *config = cli_policies(args->config, NULL, NULL, &name, err);

	if (!config)
		return cli_failed(err);
	int status = ask_and_print(args, config, name, explained, err);

	config_free(config);
	return status;
}

static int explain_request(const struct arguments *args, struct buf *line, struct buf *body,
    struct arena *arena, struct existing *existing)
{
	struct explained explained = {.policy = args->policy};
	struct error err;

	if (read_body(args, body, &err))
		return cli_failed(&err);
	if (args->state && existing_read(existing, args->state, &err))
		return cli_failed(&err);
	if (args->audit && read_audit(args->audit, line, &err))
		return cli_failed(&err);
	if (args->audit && explain_from_audit(buf_span(line), arena, &explained, &err))
		return cli_failed(&err);
	if (!args->audit) {
		explained.request.method = span_of(args->method);
		explained.request.target = span_of(args->target);
	}
	explained.request.headers = args->headers;
	explained.request.header_count = args->header_count;
	explained.request.body = buf_span(body);
	explained.request.existing = existing;
	explained.request.resolve = true;
	return explain_with(args, &explained, &err);
}

int cmd_explain(int argc, char **argv)
{
	struct arguments args = {0};
	struct buf line, body;
	struct arena arena;
	struct existing existing;
	int status = take_arguments(&args, argc, argv);

	if (status != 0 || args.help)
		return args.help ? EXIT_HELP : status;
	buf_init(&line, LINE_MOST);
	buf_init(&body, BODY_MOST);
	arena_init(&arena, 0);
	existing_init(&existing);
	status = explain_request(&args, &line, &body, &arena, &existing);
	existing_free(&existing);
	arena_free(&arena);
	buf_free(&body);
	buf_free(&line);
	return status;
}
