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
#include "proxy/facts.h"
#include "proxy/ledger.h"
#include "proxy/server.h"
#include "status/status.h"

/* Set up by variables, it needs nothing of root but the way to the daemon's socket. */
static void choose_group(struct run_options *options, const struct config *config)
{
	gid_t gid;

	if (cli_is_environment(options->config) && config->upstream.address.path &&
	    sandbox_user_suffices(config->upstream.address.path, &gid))
		(void)snprintf(options->group, sizeof(options->group), "%u", gid);
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
		    "a worker hangs: the watchdog of the service manager is not told that all is "
		    "well");
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

static int open_doors(struct daemon *daemon, struct error *err)
{
	struct facts *facts = facts_load(daemon->config, NULL, err);

	if (!facts)
		return -1;
	int result = status_open(&daemon->status, daemon->server, daemon->config, facts, err);

	if (result == 0)
		result = server_apply(daemon->server, daemon->config, facts, NULL, err);
	facts_free(facts);
	return result;
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
	if (crew_new(&daemon->crew, daemon->server, daemon->config, err) < 0 ||
	    open_doors(daemon, err) < 0)
		return -1;
	return daemon_enter_sandbox(daemon, err);
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
	daemon_warn_upstreams(config);
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
		daemon->follows = daemon->config->reload == RELOAD_WATCH;
		daemon_follow_files(daemon);
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
			return EXIT_HELP;
		default:
			return cli_misused("run", NULL);
		}
	}
	if (optind < argc)
		return cli_misused("run", "\"%s\" is one argument too many", argv[optind]);
	/* The clock that files have their times from. */
	(void)clock_gettime(CLOCK_REALTIME_COARSE, &daemon.read_at);
	daemon.config = daemon_config(options, &err);
	if (!daemon.config) {
		log_error("config", "%s", err.text);
		return EXIT_USAGE;
	}
	choose_group(options, daemon.config);
	if (options->group[0] && daemon_set_user(daemon.config, options->group, &err) < 0) {
		log_error("config", "%s", err.text);
		config_free(daemon.config);
		return EXIT_USAGE;
	}
	return serve(&daemon);
}
