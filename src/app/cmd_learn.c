/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden learn: from audit logs to the smallest policy. */
#include <getopt.h>

#include "app/app.h"
#include "app/explain.h"
#include "app/logs.h"
#include "learn/learn.h"

#define OUT_MOST (128u << 20)

enum { OPTION_DENIED = 256, OPTION_PRESET, OPTION_UPDATE };

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"policy", required_argument, NULL, 'p'},
    {"denied", no_argument, NULL, OPTION_DENIED},
    {"preset", required_argument, NULL, OPTION_PRESET},
    {"update", required_argument, NULL, OPTION_UPDATE},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct arguments {
	const char *config, *preset, *update;
	bool help;
};

/* The policy that is there, and whom to ask about it. */
struct known_policy {
	struct config *config;
	const struct policy *policy;
	struct arena arena;
};

/* ---- arguments ---------------------------------------------------------------------------------
 */

static int take_option(struct arguments *args, struct learn_options *options, int letter)
{
	switch (letter) {
	case 'c':
		args->config = optarg;
		return 0;
	case 'p':
		options->policy = optarg;
		return 0;
	case OPTION_DENIED:
		options->denied = true;
		return 0;
	case OPTION_PRESET:
		args->preset = optarg;
		return 0;
	case OPTION_UPDATE:
		args->update = optarg;
		return 0;
	case 'h':
		args->help = true;
		return 0;
	default:
		return cli_misused("learn", NULL);
	}
}

static int take_arguments(
    struct arguments *args, struct learn_options *options, int argc, char **argv)
{
	int letter;

	while ((letter = getopt_long(argc, argv, "c:p:h", long_options, NULL)) != -1) {
		if (take_option(args, options, letter))
			return EXIT_USAGE;
		if (args->help)
			return 0;
	}
	if (args->preset && args->update)
		return cli_misused("learn", "--preset and --update: give one of the two");
	if (args->config && !args->update)
		return cli_misused("learn", "-c goes with --update NAME");
	if (optind == argc)
		return cli_misused("learn", "name an audit log, or - for standard input");
	if (args->update && !options->policy)
		options->policy = args->update;
	return 0;
}

/* ---- the policy that is there ------------------------------------------------------------------
 */

static bool allows(void *context, struct span line, struct policy_source *ret_source)
{
	struct known_policy *known = context;

	return explain_audit_allows(
	    line, known->policy, &known->config->limits, &known->arena, ret_source);
}

static int load_preset(struct known_policy *known, const char *name, struct error *err)
{
	known->config = cli_preset(name, err);
	if (!known->config)
		return -1;
	known->policy = known->config->policies[0];
	return 0;
}

static int load_policy(struct known_policy *known, const struct arguments *args, struct error *err)
{
	const char *name;

	if (args->preset)
		return load_preset(known, args->preset, err);
	known->config = cli_policies(args->config, NULL, NULL, &name, err);
	known->policy = known->config ? cli_policy(known->config, args->update, err) : NULL;
	return known->policy ? 0 : -1;
}

/* ---- the logs ----------------------------------------------------------------------------------
 */

static int take_line(void *learn, struct span line, struct error *err)
{
	return learn_take(learn, line, err);
}

static int say_nothing_found(const char *policy)
{
	if (policy)
		fprintf(stderr,
		    "sockwarden: the log has no request of the policy \"%s\" to learn from\n",
		    policy);
	else
		fputs("sockwarden: the log has no request to learn from; is audit_level = learn "
		      "set?\n",
		    stderr);
	return EXIT_DENIED;
}

static int print_policy(struct learn *learn, const char *policy, struct error *err)
{
	struct buf out;

	if (learn_unreadable(learn) > 0)
		fprintf(stderr, "sockwarden: %llu lines are no audit lines\n",
		    (unsigned long long)learn_unreadable(learn));
	if (learn_requests(learn) == 0)
		return say_nothing_found(policy);
	buf_init(&out, OUT_MOST);
	if (learn_write(learn, &out, err)) {
		buf_free(&out);
		return cli_failed(err);
	}
	cli_put(stdout, &out);
	return EXIT_FINE;
}

static int learn_from(const struct learn_options *options, char *const *paths, struct error *err)
{
	struct learn *learn = learn_new(options);
	int status = EXIT_FINE;

	if (!learn) {
		(void)error_set(err, "out of memory");
		return cli_failed(err);
	}
	for (; *paths && status == EXIT_FINE; paths++) {
		if (logs_read(*paths, take_line, learn, err))
			status = cli_failed(err);
	}
	if (status == EXIT_FINE)
		status = print_policy(learn, options->policy, err);
	learn_free(learn);
	return status;
}

static int learn_beyond(
    const struct arguments *args, struct learn_options *options, char *const *paths)
{
	struct known_policy known = {0};
	struct error err;
	char heading[128] = "";

	if (!args->preset && !args->update)
		return learn_from(options, paths, &err);
	arena_init(&known.arena, 0);
	if (load_policy(&known, args, &err)) {
		config_free(known.config);
		return cli_failed(&err);
	}
	(void)snprintf(
	    heading, sizeof(heading), "include = preset:%s", args->preset ? args->preset : "");
	options->known = &(struct learn_known){.policy = known.policy,
	    .heading = args->preset ? heading : NULL,
	    .allows = allows,
	    .context = &known};
	int status = learn_from(options, paths, &err);

	arena_free(&known.arena);
	config_free(known.config);
	return status;
}

int cmd_learn(int argc, char **argv)
{
	struct arguments args = {0};
	struct learn_options options = {0};
	int status = take_arguments(&args, &options, argc, argv);

	if (status != 0 || args.help)
		return args.help ? EXIT_HELP : status;
	return learn_beyond(&args, &options, argv + optind);
}
