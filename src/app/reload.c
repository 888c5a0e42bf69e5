/* SPDX-License-Identifier: Apache-2.0 */
/* SIGHUP, or a changed file: the configuration is read again. All of it comes into force at once,
 * or nothing does. */
#include "app/daemon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/sink.h"
#include "base/buf.h"
#include "base/log.h"
#include "net/background.h"
#include "net/notify.h"
#include "proxy/crew.h"
#include "proxy/facts.h"
#include "proxy/ledger.h"
#include "proxy/server.h"
#include "status/status.h"

#define SUMMARY_MAX 1024u

static bool is_daemon_option(const struct config_option *option)
{
	return strcmp(option->section, "sockwarden") == 0;
}

static bool status_differs(const struct config *old, const struct config *new)
{
	const struct config_option *option;

	if (!old->status || !new->status)
		return old->status != new->status;
	for (unsigned i = 0; (option = config_option_at(i)) != NULL; i++) {
		if (strcmp(option->section, "status") == 0 &&
		    config_option_differs(option, old->status, new->status))
			return true;
	}
	return false;
}

/* Options that only a start takes over must not look as if they were in force. */
static void report_left(const struct config *old, const struct config *new)
{
	const struct config_option *option;

	for (unsigned i = 0; (option = config_option_at(i)) != NULL; i++) {
		if (is_daemon_option(option) && !option->reloadable &&
		    config_option_differs(option, old, new))
			log_warning("reload", "%s changed; restart to apply it", option->key);
	}
	if (status_differs(old, new))
		log_warning("reload", "[status] changed; restart to apply it");
}

static unsigned listener_count(const struct config *config)
{
	unsigned count = 0;

	for (const struct config_listener *l = config->listeners; l; l = l->next)
		count++;
	return count;
}

static void summarize(struct buf *out, const struct config *old, const struct config *new)
{
	const struct config_option *option;
	const char *before = "; changed: ";

	buf_add_format(out, "configuration reloaded: listeners %u, policies %zu",
	    listener_count(new), new->policy_count);
	for (unsigned i = 0; (option = config_option_at(i)) != NULL; i++) {
		if (!is_daemon_option(option) || !option->reloadable ||
		    !config_option_differs(option, old, new))
			continue;
		buf_add_text(out, before);
		buf_add_text(out, option->key);
		before = " ";
	}
}

static bool audit_moves(const struct config *old, const struct config *new)
{
	return strcmp(old->audit, new->audit) != 0;
}

/* The last step that may fail is server_apply(), which does all or nothing. */
static int apply(
    struct daemon *daemon, const struct config *new, const struct facts *facts, struct error *err)
{
	struct audit_sink *audit = NULL;

	if (audit_moves(daemon->config, new)) {
		audit = audit_sink_open(new->audit, err);
		if (!audit)
			return -1;
	} else if (ledger_reopen(daemon->server->ledger, err) < 0) {
		return -1;
	}
	if (server_apply(daemon->server, new, facts, audit, err) == 0)
		return 0;
	audit_sink_close(audit);
	return -1;
}

static int apply_to_all(
    struct daemon *daemon, const struct config *new, const struct facts *facts, struct error *err)
{
	daemon_raise_descriptors(&new->limits);
	crew_halt(daemon->crew);
	int result = apply(daemon, new, facts, err);

	crew_resume(daemon->crew);
	return result;
}

static void finish(struct daemon *daemon, struct config *new, const struct facts *facts)
{
	struct buf text;

	buf_init(&text, SUMMARY_MAX);
	summarize(&text, daemon->config, new);
	report_left(daemon->config, new);
	config_free(daemon->config);
	daemon->config = new;
	status_take_config(daemon->status, new, facts);
	daemon_warn_upstreams(new);
	daemon_announce(new);
	daemon->server->reloads[true]++;
	server_note(daemon->server, "reloaded", buf_text(&text));
	log_info("reload", "%s", buf_text(&text));
	buf_free(&text);
}

/* The file is opened anew all the same: it may have been rotated, and is the one in force. */
static void refuse(struct daemon *daemon, const struct error *why)
{
	struct error err;

	if (ledger_reopen(daemon->server->ledger, &err) < 0)
		log_error("reload", "%s: the old file stays open", err.text);
	daemon->server->reloads[false]++;
	server_note(daemon->server, "reload-failed", why->text);
	log_error("reload", "%s", why->text);
	if (daemon->config->sandbox && strstr(why->text, strerror(EACCES)))
		log_info("reload", "the sandbox keeps to the folders of the start: a restart takes "
				   "others over");
	log_error("reload", "nothing is changed: the configuration from before stays in force");
}

/* ---- in the thread that may wait ------------------------------------------------------------- */

/* What it touches is its own: it may outlive the daemon, whose end does not wait for it. */
struct reload {
	struct daemon *daemon;
	struct run_options options;
	const struct config *old;
	struct config *config; /* NULL: |err| says why */
	struct facts *facts;
	struct error err;
};

static void read_all(void *arg)
{
	struct reload *reload = arg;

	reload->config = daemon_config(&reload->options, &reload->err);
	if (!reload->config)
		return;
	reload->facts = facts_load(reload->config, reload->old, &reload->err);
	if (reload->facts)
		return;
	config_free(reload->config);
	reload->config = NULL;
}

/* ---- in the loop ----------------------------------------------------------------------------- */

static void conclude(struct daemon *daemon, struct reload *reload)
{
	if (reload->config &&
	    apply_to_all(daemon, reload->config, reload->facts, &reload->err) == 0) {
		finish(daemon, reload->config, reload->facts);
		reload->config = NULL;
	} else {
		refuse(daemon, &reload->err);
	}
	notify_ready();
	daemon_follow_files(daemon);
}

static void on_change(void *arg)
{
	log_info("reload", "files changed: the configuration is read again");
	daemon_reload(arg);
}

void daemon_follow_files(struct daemon *daemon)
{
	if (daemon->follows && daemon_watch_files(daemon, on_change))
		daemon_reload(daemon);
}

static void on_read(void *arg)
{
	struct reload *reload = arg;
	struct daemon *daemon = reload->daemon;
	bool again = daemon->reload_again;

	daemon->reloading = daemon->reload_again = false;
	/* With one asked for since, what is in the file by now is what counts. */
	if (!again && !daemon->server->stopping)
		conclude(daemon, reload);
	facts_free(reload->facts);
	config_free(reload->config);
	free(reload);
	if (again)
		daemon_reload(daemon);
}

/* Files and names may take long, in which time everybody is served by the old configuration. */
static void begin(struct daemon *daemon)
{
	struct reload *reload = calloc(1, sizeof(*reload));
	struct error err = {"out of memory"};

	if (reload) {
		*reload = (struct reload){
		    .daemon = daemon, .options = daemon->options, .old = daemon->config};
		if (background_run(daemon->background, read_all, on_read, reload, &err) == 0) {
			daemon->reloading = true;
			return;
		}
	}
	free(reload);
	refuse(daemon, &err);
	notify_ready();
}

void daemon_reload(struct daemon *daemon)
{
	if (daemon->server->stopping) {
		log_info("reload", "not while stopping");
		return;
	}
	if (daemon->reloading) {
		daemon->reload_again = true;
		return;
	}
	notify_reloading();
	begin(daemon);
}
