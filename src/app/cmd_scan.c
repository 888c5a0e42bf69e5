/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden scan: what a daemon has, held against check lists and against a policy. */
#include <config.h>
#include <getopt.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app/app.h"
#include "app/scan_ask.h"
#include "config/value.h"

#define OUT_MOST (256u << 20)
#define IGNORED_MOST 64
#define NARROWEST 60 /* columns */
#define TIMEOUT_MS 30000

enum {
	LONG_PRESET = 256,
	LONG_CERT,
	LONG_KEY,
	LONG_CA,
	LONG_NAME,
	LONG_LEVEL,
	LONG_FAIL,
	LONG_IGNORE,
	LONG_RUNNING
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"policy", required_argument, NULL, 'p'},
    {"preset", required_argument, NULL, LONG_PRESET},
    {"host", required_argument, NULL, 'H'},
    {"timeout", required_argument, NULL, 't'},
    {"format", required_argument, NULL, 'f'},
    {"level", required_argument, NULL, LONG_LEVEL},
    {"fail-on", required_argument, NULL, LONG_FAIL},
    {"ignore", required_argument, NULL, LONG_IGNORE},
    {"running", no_argument, NULL, LONG_RUNNING},
    {"cert", required_argument, NULL, LONG_CERT},
    {"key", required_argument, NULL, LONG_KEY},
    {"ca", required_argument, NULL, LONG_CA},
    {"name", required_argument, NULL, LONG_NAME},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const struct config_option timeout_option = {
    .key = "timeout", .type = OPTION_TIME, .min = 10, .max = 3600 * 1000};

typedef void write_fn(const struct scan *scan, const struct scan_output *output, struct buf *out);

static const struct {
	const char *name;
	write_fn *write;
} formats[] = {
    {"text", scan_write_text},
    {"json", scan_write_json},
    {"sarif", scan_write_sarif},
};

struct arguments {
	const char *config, *policy, *preset, *host;
	struct config_tls tls;
	char *name;
	uint64_t timeout;
	write_fn *write;
	unsigned level, fail_on; /* SCAN_LEVELS: nothing fails */
	bool running, help;
	const char *ignored[IGNORED_MOST];
	unsigned ignored_count;
};

/* ---- arguments ---------------------------------------------------------------------------------
 */

static bool read_level(const char *word, bool never, unsigned *ret_level)
{
	for (unsigned level = 0; level < SCAN_LEVELS; level++) {
		if (strcmp(scan_level_name((enum scan_level)level), word) == 0) {
			*ret_level = level;
			return true;
		}
	}
	if (never && strcmp(word, "never") == 0)
		*ret_level = SCAN_LEVELS;
	return never && strcmp(word, "never") == 0;
}

static int take_format(struct arguments *args, const char *word)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		if (strcmp(formats[i].name, word) == 0) {
			args->write = formats[i].write;
			return 0;
		}
	}
	return cli_misused("scan", "no such format: %s; there are text, json and sarif", word);
}

static int take_ignored(struct arguments *args, const char *word)
{
	struct span object, name = span_cut(span_of(word), ':', &object);

	if (!scan_knows(name))
		return cli_misused("scan",
		    "--ignore: there is no check \"%.*s\"; --format json "
		    "names the check of each finding",
		    (int)name.len, name.at);
	if (args->ignored_count == IGNORED_MOST)
		return cli_misused("scan", "more than %d --ignore", IGNORED_MOST);
	args->ignored[args->ignored_count++] = word;
	return 0;
}

static int take_value(struct arguments *args, int letter)
{
	struct error err;

	switch (letter) {
	case 'f':
		return take_format(args, optarg);
	case LONG_IGNORE:
		return take_ignored(args, optarg);
	case LONG_LEVEL:
		if (read_level(optarg, false, &args->level))
			return 0;
		return cli_misused("scan", "--level takes note, warning or error");
	case LONG_FAIL:
		if (read_level(optarg, true, &args->fail_on))
			return 0;
		return cli_misused("scan", "--fail-on takes note, warning, error or never");
	case 't':
		if (value_store(&timeout_option, span_of(optarg), &args->timeout, &err) == 0)
			return 0;
		return cli_misused("scan", "--timeout: %s", err.text);
	default:
		return cli_misused("scan", NULL);
	}
}

static int take_option(struct arguments *args, int letter)
{
	switch (letter) {
	case 'c':
		args->config = optarg;
		return 0;
	case 'p':
		args->policy = optarg;
		return 0;
	case LONG_PRESET:
		args->preset = optarg;
		return 0;
	case 'H':
		args->host = optarg;
		return 0;
	case LONG_CERT:
		args->tls.cert = optarg;
		return 0;
	case LONG_KEY:
		args->tls.key = optarg;
		return 0;
	case LONG_CA:
		args->tls.ca = optarg;
		return 0;
	case LONG_NAME:
		args->name = optarg;
		return 0;
	case LONG_RUNNING:
		args->running = true;
		return 0;
	case 'h':
		args->help = true;
		return 0;
	default:
		return take_value(args, letter);
	}
}

static int take_arguments(struct arguments *args, int argc, char **argv)
{
	int letter;

	while ((letter = getopt_long(argc, argv, "c:p:H:t:f:h", long_options, NULL)) != -1) {
		int misused = take_option(args, letter);

		if (misused || args->help)
			return misused;
	}
	if (optind < argc)
		return cli_misused("scan", "\"%s\" is one argument too many", argv[optind]);
	if (args->policy && args->preset)
		return cli_misused("scan", "--policy or --preset, not both");
	if (!args->tls.cert != !args->tls.key)
		return cli_misused("scan", "--cert and --key go together");
	if (args->tls.cert && !args->tls.ca)
		return cli_misused("scan", "--cert needs --ca: who is shown it must be known");
	return 0;
}

/* ---- what it is held against -------------------------------------------------------------------
 */

struct held {
	struct config *config;       /* that says whom to ask, and has the policy of --policy */
	struct config *preset;       /* of --preset */
	struct policy *made;         /* of --preset cis */
	const struct policy *policy; /* NULL: the check lists alone */
	char title[128];
};

static void free_held(struct held *held)
{
	policy_unref(held->made);
	config_free(held->preset);
	config_free(held->config);
}

static const struct policy *make_cis(struct held *held, struct error *err)
{
	const struct policy_source source = {"preset", 0};

	held->made = policy_new("cis");
	if (!held->made) {
		(void)error_set(err, "out of memory");
		return NULL;
	}
	if (policy_set(held->made, SPAN("grant"), SPAN("all"), &source, err) < 0 ||
	    policy_set(held->made, SPAN("preset"), SPAN("cis"), &source, err) < 0 ||
	    policy_finish(held->made, err) < 0)
		return NULL;
	return held->made;
}

static int hold_preset(const struct arguments *args, struct held *held, struct error *err)
{
	(void)snprintf(held->title, sizeof(held->title), "preset %s", args->preset);
	if (strcmp(args->preset, "cis") == 0) {
		held->policy = make_cis(held, err);
		return held->policy ? 0 : -1;
	}
	held->preset = cli_preset(args->preset, err);
	held->policy = held->preset ? held->preset->policies[0] : NULL;
	return held->policy ? 0 : -1;
}

static int find_held(const struct arguments *args, struct held *held, struct error *err)
{
	const char *name;

	held->config = cli_policies(args->config, NULL, NULL, &name, err);
	if (!held->config)
		return -1;
	if (args->preset)
		return hold_preset(args, held, err);
	if (!args->config && !args->policy)
		return 0;
	held->policy = cli_policy(held->config, args->policy, err);
	if (!held->policy)
		return -1;
	(void)snprintf(held->title, sizeof(held->title), "policy %s", policy_name(held->policy));
	return 0;
}

/* ---- whom it asks ------------------------------------------------------------------------------
 */

struct target {
	struct config_upstream to; /* borrows but for |address| */
	struct address address;    /* that was parsed; none: the configuration's */
	char files[3][512];        /* of $DOCKER_CERT_PATH */
};

static void take_docker_certificates(struct target *target)
{
	static const char *const names[] = {"ca.pem", "cert.pem", "key.pem"};
	const char *path = getenv("DOCKER_CERT_PATH"), *home = getenv("HOME");

	for (unsigned i = 0; i < 3; i++)
		(void)snprintf(target->files[i], sizeof(target->files[i]), "%s%s/%s",
		    path   ? path
		    : home ? home
			   : "",
		    path ? "" : "/.docker", names[i]);
	target->to.tls.ca = target->files[0];
	target->to.tls.cert = target->files[1];
	target->to.tls.key = target->files[2];
}

/* As the docker client reads its variables. */
static int parse_docker_host(const char *host, struct target *target, struct error *err)
{
	const char *verify = getenv("DOCKER_TLS_VERIFY");
	bool tls = verify && *verify && strncmp(host, "tcp:", 4) == 0;
	char spelled[512];

	if (strncmp(host, "ssh:", 4) == 0)
		return error_set(err, "DOCKER_HOST: ssh is not spoken here; run `sockwarden scan` "
				      "there, or bring the socket here with `ssh -L`");
	(void)snprintf(spelled, sizeof(spelled), "%s%s", tls ? "tls:" : "", tls ? host + 4 : host);
	if (address_parse(span_of(spelled), &target->address, err) < 0)
		return error_prefix(err, "DOCKER_HOST: ");
	if (tls)
		take_docker_certificates(target);
	return 0;
}

static int find_target(
    const struct arguments *args, const struct held *held, struct target *target, struct error *err)
{
	const char *docker_host = getenv("DOCKER_HOST");

	if (args->host) {
		if (address_parse(span_of(args->host), &target->address, err) < 0)
			return error_prefix(err, "--host: ");
	} else if (docker_host && *docker_host) {
		if (parse_docker_host(docker_host, target, err) < 0)
			return -1;
	} else {
		target->to = held->config->upstream;
		return 0;
	}
	target->to.address = target->address;
	if (args->tls.ca && target->address.kind != ADDRESS_TLS)
		return error_set(
		    err, "%s: --ca is for TLS, at an address tls:HOST:PORT", target->address.text);
	if (args->tls.ca)
		target->to.tls = args->tls;
	target->to.host = args->name;
	if (target->address.kind == ADDRESS_FD)
		return error_set(err, "%s: cannot be asked", target->address.text);
	return 0;
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static unsigned terminal_width(void)
{
	struct winsize size;
	const char *columns = getenv("COLUMNS");
	uint64_t width = 0;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (columns && span_to_uint(span_of(columns), 10000, &width) && width > 0)
		return width < NARROWEST ? NARROWEST : (unsigned)width;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return 80;
	return size.ws_col < NARROWEST ? NARROWEST : size.ws_col;
}

static bool has_colour(void)
{
	const char *none = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(none && *none) &&
	       !(terminal && strcmp(terminal, "dumb") == 0);
}

/* What was not seen is never taken for fine. */
static int status_of(const struct arguments *args, const struct scan *scan)
{
	for (unsigned level = args->fail_on; level < SCAN_LEVELS; level++) {
		if (scan->levels[level] > 0)
			return EXIT_DENIED;
	}
	return scan->missed ? EXIT_UNKNOWN : EXIT_FINE;
}

static int print(
    const struct arguments *args, const struct scan *scan, const char *address, const char *title)
{
	const struct scan_output output = {.address = address,
	    .version = PACKAGE_VERSION,
	    .policy = *title ? title : NULL,
	    .level = (enum scan_level)args->level,
	    .width = terminal_width(),
	    .colour = has_colour()};
	struct error err;
	struct buf out;

	buf_init(&out, OUT_MOST);
	args->write(scan, &output, &out);
	if (out.failed || scan->failed) {
		buf_free(&out);
		(void)error_set(&err, "out of memory");
		return cli_failed(&err);
	}
	cli_put(stdout, &out);
	return status_of(args, scan);
}

static int ask_and_look(const struct arguments *args, const struct held *held,
    const struct config_upstream *to, struct scan *scan, struct error *err)
{
	struct requester *client = requester_new(to, err);
	const struct scan_asking asking = {.client = client,
	    .scan = scan,
	    .timeout = args->timeout,
	    .running = args->running,
	    .progress = isatty(STDERR_FILENO)};
	int result = client ? scan_ask(&asking, err) : -1;

	requester_free(client);
	if (result < 0)
		return error_prefix(err, "%s: ", to->address.text);
	for (unsigned i = 0; i < args->ignored_count; i++)
		scan_ignore(scan, args->ignored[i]);
	scan_look(scan);
	return held->policy ? scan_hold(scan, held->policy, err) : 0;
}

static int scan_with(const struct arguments *args, struct held *held, struct target *target)
{
	struct scan scan;
	struct error err;

	if (find_held(args, held, &err) < 0 || find_target(args, held, target, &err) < 0)
		return cli_failed(&err);
	scan_init(&scan);
	int status = ask_and_look(args, held, &target->to, &scan, &err) < 0
			 ? cli_failed(&err)
			 : print(args, &scan, target->to.address.text, held->title);

	scan_free(&scan);
	return status;
}

int cmd_scan(int argc, char **argv)
{
	struct arguments args = {.timeout = TIMEOUT_MS,
	    .write = scan_write_text,
	    .level = SCAN_WARNING,
	    .fail_on = SCAN_WARNING};
	struct held held = {0};
	static struct target target;
	int status = take_arguments(&args, argc, argv);

	if (status != 0 || args.help)
		return args.help ? EXIT_HELP : status;
	if (args.fail_on < args.level)
		args.level = args.fail_on; /* what fails is shown */
	status = scan_with(&args, &held, &target);
	address_free(&target.address);
	free_held(&held);
	return status;
}
