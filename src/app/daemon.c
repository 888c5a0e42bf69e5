/* SPDX-License-Identifier: Apache-2.0 */
/* What `run`, `stdio` and a reload do with the daemon. */
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
#include "net/watch.h"
#include "proxy/crew.h"
#include "proxy/ledger.h"
#include "proxy/server.h"
#include "status/status.h"

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

int daemon_set_user(struct config *config, const char *group, struct error *err)
{
	char user[12];

	(void)snprintf(user, sizeof(user), "%u", SANDBOX_NOBODY);
	config->user = text_copy(span_of(user), err);
	config->group = text_copy(span_of(group), err);
	return config->user && config->group ? 0 : -1;
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
	    (options->group[0] && daemon_set_user(config, options->group, err) < 0)) {
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

/* Each connection needs a descriptor on either side, and while it is busy a pipe; without one,
 * bytes are copied. */
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
	/* Threads have what the one that starts them has. */
	if (sandbox_enter(daemon->config, &daemon->user, err) < 0 ||
	    crew_start(daemon->crew, err) < 0)
		return -1;
	if (daemon->reloads) {
		daemon->background = background_new(daemon->loop, err);
		if (!daemon->background)
			return -1;
	}
	return sandbox_seal(daemon->config, daemon->reloads, err);
}

static void warn_missing(const struct address *address)
{
	struct stat st;

	if (address->path && stat(address->path, &st) < 0 && errno == ENOENT)
		log_warning("run",
		    "upstream %s: no such socket now; requests are answered with "
		    "502 until the Docker daemon makes it",
		    address->text);
}

void daemon_warn_upstreams(const struct config *config)
{
	warn_missing(&config->upstream.address);
	for (const struct config_upstream *u = config->upstreams; u; u = u->next)
		warn_missing(&u->address);
}

void daemon_announce(const struct config *config)
{
	for (const struct config_listener *l = config->listeners; l; l = l->next)
		log_info("run", "listener %s: %s, policy %s%s%s", l->name, l->address.text,
		    l->policy ? policy_name(l->policy) : "by client",
		    l->policy && policy_is_dry_run(l->policy) ? " (dry run)" : "",
		    !l->insecure ? ""
		    : l->address.kind == ADDRESS_ABSTRACT
			? "; abstract: whoever reaches it is let in"
			: "; plain TCP: whoever reaches it is let in");
	if (config->status)
		log_info("run", "status at %s%s", config->status->address.text,
		    config->status->insecure ? "; whoever reaches it may read it" : "");
}

void daemon_end(struct daemon *daemon)
{
	bool idle = background_free(daemon->background);

	(void)watch_free(daemon->watch);
	status_close(daemon->status);
	crew_free(daemon->crew);
	server_free(daemon->server);
	loop_timer_free(daemon->alive);
	for (unsigned i = 0; i < sizeof(daemon->signals) / sizeof(daemon->signals[0]); i++)
		loop_signal_free(daemon->signals[i]);
	loop_free(daemon->loop);
	if (idle) /* else a reload that never ended may read it */
		config_free(daemon->config);
}
