/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden health: GET /_ping through each listener, for monitors and container health checks. */
#include <getopt.h>
#include <time.h>

#include "app/app.h"
#include "app/probe.h"
#include "config/value.h"

#define STATUS_FINE 200
#define STATUS_FORBIDDEN 403
#define PAUSE_MS 20 /* between two tries of --wait */

enum { LONG_CERT = 256, LONG_KEY, LONG_CA, LONG_NAME };

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"env", no_argument, NULL, 'e'},
    {"listen", required_argument, NULL, 'l'},
    {"timeout", required_argument, NULL, 't'},
    {"wait", no_argument, NULL, 'w'},
    {"cert", required_argument, NULL, LONG_CERT},
    {"key", required_argument, NULL, LONG_KEY},
    {"ca", required_argument, NULL, LONG_CA},
    {"name", required_argument, NULL, LONG_NAME},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* How --timeout is read. */
static const struct config_option timeout_option = {
    .key = "timeout", .type = OPTION_TIME, .min = 10, .max = 3600 * 1000};

struct health_options {
	const char *config, *listen;
	struct config_tls tls; /* what to show to TLS listeners */
	char *name;            /* that their certificate must be for */
	bool wait;             /* until all answer, or the deadline */
	uint64_t timeout;
	uint64_t deadline;
};

static uint64_t clock_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int ping(const struct config_upstream *to, uint64_t deadline, struct error *err)
{
	uint64_t now = clock_ms();

	return probe_ping(to, now < deadline ? deadline - now : 0, err);
}

/* Where a client on this machine finds who listens at |address|. Borrows its texts. */
static struct config_upstream target_of(
    const struct address *address, const struct health_options *options)
{
	static char v4[] = "127.0.0.1", v6[] = "::1";
	struct config_upstream to = {.address = *address};
	struct address *at = &to.address;

	if (address->kind == ADDRESS_TCP || address->kind == ADDRESS_TLS) {
		if (!at->host || strcmp(at->host, "0.0.0.0") == 0)
			at->host = v4;
		else if (strcmp(at->host, "::") == 0)
			at->host = v6;
	}
	if (address->kind == ADDRESS_TLS) {
		to.tls = options->tls;
		to.host = options->name;
	}
	return to;
}

static int check_daemon(
    const struct config_upstream *upstream, uint64_t deadline, struct error *err)
{
	int status = ping(upstream, deadline, err);

	if (status == STATUS_FINE)
		return 0;
	return error_prefix(err, "Docker daemon: %s: ", upstream->address.text);
}

static const char *what_is_missing(int status)
{
	return status == STATUS_FORBIDDEN
		   ? "answers, but its policy denies to ask the daemon; allow = system.ping "
		     "permits it"
		   : "speaks TLS; to ask it, --ca, and --cert and --key of a client are needed";
}

/* The listener answers, and by it or by |upstream| the daemon does. */
static int check(const struct address *address, const struct config_upstream *upstream,
    const struct health_options *options, struct error *err)
{
	struct config_upstream to = target_of(address, options);
	int status = ping(&to, options->deadline, err);

	if (status == STATUS_FINE)
		return 0;
	if (status != STATUS_FORBIDDEN && status != PROBE_SPEAKS_TLS)
		return error_prefix(err, "%s: ", address->text);
	if (upstream)
		return check_daemon(upstream, options->deadline, err);
	return error_set(err, "%s: %s", address->text, what_is_missing(status));
}

/* |skipped|: a listener that nobody can be asked at, or NULL. */
static int report(int result, unsigned count, const char *skipped, const struct error *err)
{
	if (result < 0) {
		printf("unhealthy: %s\n", err->text);
		return EXIT_DENIED;
	}
	if (count > 0)
		printf("healthy: %u listener%s and the Docker daemon answer", count,
		    count == 1 ? "" : "s");
	else
		printf("healthy: the Docker daemon answers");
	if (skipped)
		printf("; %s was not asked (--listen takes its address)", skipped);
	putchar('\n');
	return EXIT_FINE;
}

/* Whether to ask once more, after a pause, since |result| is a failure and there is time. */
static bool again(int result, const struct health_options *options)
{
	static const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};

	if (result == 0 || !options->wait || clock_ms() >= options->deadline)
		return false;
	(void)nanosleep(&pause, NULL);
	return true;
}

static int health_of_address(const struct health_options *options)
{
	struct address address = {0};
	struct error err;
	int result;

	if (address_parse(span_of(options->listen), &address, &err) < 0)
		return cli_failed(&err);
	if (address.kind == ADDRESS_FD || address.kind == ADDRESS_ABSTRACT) {
		(void)error_set(
		    &err, "%s: cannot be asked; name another listener's address", address.text);
		address_free(&address);
		return cli_failed(&err);
	}
	do {
		result = check(&address, NULL, options, &err);
	} while (again(result, options));
	address_free(&address);
	return report(result, 1, NULL, &err);
}

/* Where requests of the listener's policy go. */
static const struct config_upstream *behind(
    const struct config *config, const struct config_listener *listener)
{
	const struct config_upstream *own =
	    listener->policy ? config_policy_upstream(config, listener->policy) : NULL;

	return own ? own : listener->upstream;
}

/* Each listener once. |count| are those that could be asked, |skipped| is one that could not. */
static int check_all(const struct config *config, const struct health_options *options,
    unsigned *count, const char **skipped, struct error *err)
{
	int result = 0;

	*count = 0;
	for (const struct config_listener *l = config->listeners; l && result == 0; l = l->next) {
		if (l->address.kind == ADDRESS_FD || l->address.kind == ADDRESS_ABSTRACT) {
			*skipped = l->address.text;
			result = check_daemon(behind(config, l), options->deadline, err);
			continue;
		}
		result = check(&l->address, behind(config, l), options, err);
		++*count;
	}
	return result;
}

static int health_of_config(const struct health_options *options)
{
	const char *name, *skipped = NULL;
	struct error err;
	struct config *config = cli_config(options->config, NULL, NULL, &name, &err);
	unsigned count;
	int result;

	if (!config)
		return cli_failed(&err);
	do {
		result = check_all(config, options, &count, &skipped, &err);
	} while (again(result, options));
	int status = report(result, count, skipped, &err);

	config_free(config);
	return status;
}

static int read_option(int letter, struct health_options *options)
{
	struct error err;

	switch (letter) {
	case 'c':
		options->config = optarg;
		return 0;
	case 'e':
		options->config = "env?";
		return 0;
	case 'l':
		options->listen = optarg;
		return 0;
	case 'w':
		options->wait = true;
		return 0;
	case LONG_CERT:
		options->tls.cert = optarg;
		return 0;
	case LONG_KEY:
		options->tls.key = optarg;
		return 0;
	case LONG_CA:
		options->tls.ca = optarg;
		return 0;
	case LONG_NAME:
		options->name = optarg;
		return 0;
	case 't':
		if (value_store(&timeout_option, span_of(optarg), &options->timeout, &err) == 0)
			return 0;
		return cli_misused("health", "--timeout: %s", err.text);
	default:
		return cli_misused("health", NULL);
	}
}

static int check_options(const struct health_options *options)
{
	if (options->config && options->listen)
		return cli_misused("health", "--listen takes the place of a configuration");
	if (!options->tls.cert != !options->tls.key)
		return cli_misused("health", "--cert and --key go together");
	if (options->tls.cert && !options->tls.ca)
		return cli_misused("health", "--cert needs --ca: who is shown it must be known");
	return 0;
}

int cmd_health(int argc, char **argv)
{
	struct health_options options = {.timeout = 5000};
	int letter;

	while ((letter = getopt_long(argc, argv, "c:el:t:wh", long_options, NULL)) != -1) {
		if (letter == 'h') {
			return EXIT_HELP;
		}
		int misused = read_option(letter, &options);

		if (misused)
			return misused;
	}
	if (optind < argc)
		return cli_misused("health", "\"%s\" is one argument too many", argv[optind]);
	int misused = check_options(&options);

	if (misused)
		return misused;
	options.deadline = clock_ms() + options.timeout;
	return options.listen ? health_of_address(&options) : health_of_config(&options);
}
