/* SPDX-License-Identifier: Apache-2.0 */
/* `sockwarden run`: the daemon, from configuration to the last open stream. */
#include "app/daemon.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/sink.h"
#include "base/log.h"
#include "config/value.h"
#include "net/background.h"
#include "net/loop.h"
#include "net/notify.h"
#include "proxy/crew.h"
#include "proxy/ledger.h"
#include "proxy/server.h"
#include "proxy/upstream.h"

#define DESCRIPTORS_PER_CONNECTION 2u
#define DESCRIPTORS_PER_PIPE 2u
#define DESCRIPTORS_SPARE 192u

static void on_warning(void *context, const char *file, unsigned line, const char *text)
{
	(void)context;
	if (file && line > 0)
		log_warning("config", "%s:%u: %s", file, line, text);
	else if (file)
		log_warning("config", "%s: %s", file, text);
	else
		log_warning("config", "%s", text);
}

static int set_user(struct config *config, const char *group, struct error *err)
{
	char user[12];

	(void)snprintf(user, sizeof(user), "%u", SANDBOX_NOBODY);
	config->user = text_copy(span_of(user), err);
	config->group = text_copy(span_of(group), err);
	return config->user && config->group ? 0 : -1;
}

/* Set up by variables, it needs nothing of root but the way to the daemon's socket. */
static void choose_group(struct run_options *options, const struct config *config)
{
	gid_t gid;

	if (cli_is_environment(options->config) && config->upstream.address.path &&
	    sandbox_user_suffices(config->upstream.address.path, &gid))
		(void)snprintf(options->group, sizeof(options->group), "%u", gid);
}

static enum log_level level_of(enum verbosity verbosity)
{
	static const enum log_level levels[] = {
	    [VERBOSITY_ERROR] = LOG_LEVEL_ERROR,
	    [VERBOSITY_WARNING] = LOG_LEVEL_WARNING,
	    [VERBOSITY_INFO] = LOG_LEVEL_INFO,
	    [VERBOSITY_DEBUG] = LOG_LEVEL_DEBUG,
	};

	return levels[verbosity];
}

struct config *daemon_config(const struct run_options *options, struct error *err)
{
	const char *name;
	struct config *config;

	if (cli_is_environment(options->config) && !options->verbose)
		log_set_level(level_of(environment_verbosity(&cli_environment)));
	config = cli_config(options->config, on_warning, NULL, &name, err);
	if (!config)
		return NULL;
	if ((options->upstream && config_set_upstream(config, options->upstream, err) < 0) ||
	    (options->listen && config_set_listen(config, options->listen, err) < 0) ||
	    (options->group[0] && set_user(config, options->group, err) < 0)) {
		config_free(config);
		return NULL;
	}
	return config;
}

static unsigned long long connections_within(rlim_t descriptors)
{
	return descriptors < DESCRIPTORS_SPARE
		   ? 0
		   : (descriptors - DESCRIPTORS_SPARE) / DESCRIPTORS_PER_CONNECTION;
}

/* Each connection needs a descriptor on either side, and while it is busy a pipe; without one, bytes
 * are copied. */
void daemon_raise_descriptors(const struct limits *limits)
{
	rlim_t need = limits->max_connections * DESCRIPTORS_PER_CONNECTION + DESCRIPTORS_SPARE;
	rlim_t want = need + limits->max_connections * DESCRIPTORS_PER_PIPE;
	static rlim_t told; /* for this number it is in the log already */
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) < 0 || now.rlim_cur >= want)
		return;
	now.rlim_cur = now.rlim_max < want ? now.rlim_max : want;
	if (setrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur >= need)
		return;
	if (need == told)
		return;
	told = need;
	log_info("run",
	    "open-file limit %llu allows about %llu connections, not max_connections = %u; raise "
	    "LimitNOFILE",
	    (unsigned long long)now.rlim_cur, connections_within(now.rlim_cur),
	    limits->max_connections);
}

static void on_stop(void *arg)
{
	struct daemon *daemon = arg;

	if (daemon->server->stopping)
		log_info("run", "told to stop again: open streams are cut");
	else
		log_info("run", "stopping: no new connections, open streams may end");
	notify_stopping();
	server_stop(daemon->server);
	crew_stop(daemon->crew);
}

static void on_hangup(void *arg)
{
	daemon_reload(arg);
}

int daemon_watch_signals(struct daemon *daemon, bool reloads)
{
	const struct {
		int number;
		void (*fn)(void *arg);
	} rows[] = {{SIGTERM, on_stop}, {SIGINT, on_stop}, {SIGHUP, reloads ? on_hangup : on_stop}};

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* an audit log at its limit is an error, not the end */
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		daemon->signals[i] =
		    loop_signal_new(daemon->loop, rows[i].number, rows[i].fn, daemon);
		if (!daemon->signals[i])
			return -1;
	}
	return 0;
}

void daemon_name_run(struct server *server)
{
	uint64_t number = 0;
	char run[2 * sizeof(number) + 1];

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) < 0)
		number = (uint64_t)getpid();
	(void)snprintf(run, sizeof(run), "%016llx", (unsigned long long)number);
	ledger_name_run(server->ledger, run);
}

struct audit_sink *daemon_open_audit(const struct daemon *daemon, struct error *err)
{
	struct audit_sink *audit = NULL;

	if (sandbox_user_lend(&daemon->user, err) < 0)
		return NULL;
	audit = audit_sink_open(daemon->config->audit, err);
	if (sandbox_user_give_back(&daemon->user, err) == 0)
		return audit;
	audit_sink_close(audit);
	return NULL;
}

int daemon_enter_sandbox(struct daemon *daemon, struct error *err)
{
	struct buf text;

	buf_init(&text, SANDBOX_TEXT_MAX);
	if (sandbox_describe(daemon->config, &text))
		log_info("sandbox", "%s", buf_text(&text));
	else
		log_warning("sandbox", "%s", buf_text(&text));
	buf_free(&text);
	/* Threads have what the one that starts them has; none is started after the last step. */
	if (sandbox_enter(daemon->config, &daemon->user, err) < 0 ||
	    crew_start(daemon->crew, err) < 0)
		return -1;
	if (daemon->reloads && sandbox_needs_network(daemon->config)) {
		daemon->background = background_new(daemon->loop, err);
		if (!daemon->background)
			return -1;
	}
	return sandbox_seal(daemon->config, err);
}

/* The chief's loop turns, or this would not be called; whether the others' do must be asked. */
static void on_alive(void *arg)
{
	static struct log_rate rate;
	struct daemon *daemon = arg;

	if (crew_answers(daemon->crew))
		notify_alive();
	else
		log_sparsely(&rate, loop_now(daemon->loop), LOG_LEVEL_ERROR, "crew",
		    "a worker hangs: the watchdog of the service manager is not told that all is well");
}

/* The loops turn as long as this is told. */
static int keep_alive(struct daemon *daemon)
{
	uint64_t period = notify_alive_period();

	if (period == 0)
		return 0;
	daemon->alive = loop_timer_new(daemon->loop, period, on_alive, daemon);
	return daemon->alive ? 0 : -1;
}

static int start(struct daemon *daemon, struct error *err)
{
	struct audit_sink *audit;

	daemon_raise_descriptors(&daemon->config->limits);
	if (sandbox_user_find(daemon->config, &daemon->user, err) < 0)
		return -1;
	daemon->loop = loop_new();
	if (!daemon->loop)
		return error_set(err, "cannot make an event loop: %s", strerror(errno));
	audit = daemon_open_audit(daemon, err);
	if (!audit)
		return -1;
	daemon->server = server_new(daemon->loop, daemon->config, audit);
	if (!daemon->server) {
		audit_sink_close(audit);
		return error_set(err, "out of memory");
	}
	daemon_name_run(daemon->server);
	daemon_find_own(daemon);
	if (daemon->config->upstream.address.path)
		sandbox_user_check(&daemon->user, daemon->config->upstream.address.path);
	if (daemon_watch_signals(daemon, true) < 0 || keep_alive(daemon) < 0)
		return error_set(err, "cannot watch signals and the time");
	upstream_resolve_all(daemon->config);
	if (crew_new(&daemon->crew, daemon->server, daemon->config, err) < 0 ||
	    server_apply(daemon->server, daemon->config, NULL, err) < 0)
		return -1;
	return daemon_enter_sandbox(daemon, err);
}

void daemon_announce(const struct config *config)
{
	for (const struct config_listener *l = config->listeners; l; l = l->next)
		log_info("run", "listener %s: %s, policy %s%s%s", l->name, l->address.text,
		    l->policy ? policy_name(l->policy) : "by client",
		    l->policy && policy_is_dry_run(l->policy) ? " (dry run)" : "",
		    !l->insecure			      ? ""
		    : l->address.kind == ADDRESS_ABSTRACT ? "; abstract: whoever reaches it is let in"
							  : "; plain TCP: whoever reaches it is let in");
}

static void warn_missing(const struct address *address)
{
	struct stat st;

	if (address->path && stat(address->path, &st) < 0 && errno == ENOENT)
		log_warning("run", "upstream %s: no such socket now; requests are answered with "
				   "502 until the Docker daemon makes it",
		    address->text);
}

/* Says what will not work as long as nothing else happens. */
static void daemon_look_ahead(const struct daemon *daemon)
{
	const struct config *config = daemon->config;

	if (cli_is_environment(daemon->options.config) &&
	    environment_opens_nothing(&cli_environment))
		log_warning("config",
		    "no variable opens anything, so clients can only ping and ask the version; "
		    "CONTAINERS=1 would let them list containers (sockwarden migrate --list has "
		    "all variables)");
	warn_missing(&config->upstream.address);
	for (const struct config_upstream *u = config->upstreams; u; u = u->next)
		warn_missing(&u->address);
}

void daemon_end(struct daemon *daemon)
{
	if (background_free(daemon->background))
		config_free(daemon->next);
	crew_free(daemon->crew);
	server_free(daemon->server);
	loop_timer_free(daemon->alive);
	for (unsigned i = 0; i < sizeof(daemon->signals) / sizeof(daemon->signals[0]); i++)
		loop_signal_free(daemon->signals[i]);
	loop_free(daemon->loop);
	config_free(daemon->config);
}

static int serve(struct daemon *daemon)
{
	struct error err;
	int status = EXIT_USAGE;

	daemon_open_log();
	daemon->reloads = true;
	daemon_look_ahead(daemon);
	if (start(daemon, &err) < 0) {
		log_error("run", "%s", err.text);
	} else {
		daemon_announce(daemon->config);
		log_info("run", "ready: in front of %s", daemon->config->upstream.address.text);
		notify_ready();
		if (loop_run(daemon->loop) == 0 && !crew_has_failed(daemon->crew))
			status = EXIT_FINE;
		log_info("run", "stopped");
	}
	daemon_end(daemon);
	daemon_close_log();
	return status;
}

int cmd_run(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"env", no_argument, NULL, 'e'},
	    {"upstream", required_argument, NULL, 'u'},
	    {"listen", required_argument, NULL, 'l'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	struct daemon daemon = {0};
	struct run_options *options = &daemon.options;
	struct error err;
	int option;

	while ((option = getopt_long(argc, argv, "c:eu:l:vh", longs, NULL)) != -1) {
		switch (option) {
		case 'c':
			options->config = optarg;
			break;
		case 'e':
			options->config = "env?";
			break;
		case 'u':
			options->upstream = optarg;
			break;
		case 'l':
			options->listen = optarg;
			break;
		case 'v':
			options->verbose = true;
			log_set_level(LOG_LEVEL_DEBUG);
			break;
		case 'h':
			cli_help(stdout, "run");
			return EXIT_FINE;
		default:
			return cli_misused("run", NULL);
		}
	}
	if (optind < argc)
		return cli_misused("run", "\"%s\" is one argument too many", argv[optind]);
	daemon.config = daemon_config(options, &err);
	if (!daemon.config) {
		log_error("config", "%s", err.text);
		return EXIT_USAGE;
	}
	choose_group(options, daemon.config);
	if (options->group[0] && set_user(daemon.config, options->group, &err) < 0) {
		log_error("config", "%s", err.text);
		config_free(daemon.config);
		return EXIT_USAGE;
	}
	return serve(&daemon);
}
