/* SPDX-License-Identifier: Apache-2.0 */
/* SIGHUP: the configuration is read again. All of it comes into force at once, or nothing does. */
#include "app/daemon.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/sink.h"
#include "base/buf.h"
#include "base/log.h"
#include "net/background.h"
#include "net/notify.h"
#include "proxy/crew.h"
#include "proxy/ledger.h"
#include "proxy/server.h"
#include "proxy/upstream.h"

#define SUMMARY_MAX 1024u

static bool is_daemon_option(const struct config_option *option)
{
	return strcmp(option->section, "sockwarden") == 0;
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
static int apply(struct daemon *daemon, const struct config *new, struct error *err)
{
	struct audit_sink *audit = NULL;

	if (audit_moves(daemon->config, new)) {
		audit = audit_sink_open(new->audit, err);
		if (!audit)
			return -1;
	} else if (ledger_reopen(daemon->server->ledger, err) < 0) {
		return -1;
	}
	if (server_apply(daemon->server, new, audit, err) == 0)
		return 0;
	audit_sink_close(audit);
	return -1;
}

static int apply_to_all(struct daemon *daemon, const struct config *new, struct error *err)
{
	daemon_raise_descriptors(&new->limits);
	crew_halt(daemon->crew);
	int result = apply(daemon, new, err);

	crew_resume(daemon->crew);
	return result;
}

static void finish(struct daemon *daemon, struct config *new)
{
	struct buf text;

	buf_init(&text, SUMMARY_MAX);
	summarize(&text, daemon->config, new);
	report_left(daemon->config, new);
	config_free(daemon->config);
	daemon->config = new;
	daemon_announce(new);
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
	server_note(daemon->server, "reload-failed", why->text);
	log_error("reload", "%s", why->text);
	if (daemon->config->sandbox && strstr(why->text, strerror(EACCES)))
		log_info("reload", "the sandbox keeps to the folders of the start: a restart takes "
				   "others over");
	log_error("reload", "nothing is changed: the configuration from before stays in force");
}

static void conclude(struct daemon *daemon, struct config *new)
{
	struct error err;

	if (apply_to_all(daemon, new, &err) == 0) {
		finish(daemon, new);
	} else {
		config_free(new);
		refuse(daemon, &err);
	}
	notify_ready();
}

static void look_up(void *arg)
{
	struct daemon *daemon = arg;

	upstream_resolve_all(daemon->next);
}

static void on_looked_up(void *arg)
{
	struct daemon *daemon = arg;
	struct config *new = daemon->next;
	bool again = daemon->reload_again;

	daemon->next = NULL;
	daemon->reload_again = false;
	if (daemon->server->stopping)
		config_free(new);
	else if (again)
		config_free(new); /* what is in the file by now is what counts */
	else
		conclude(daemon, new);
	if (again)
		daemon_reload(daemon);
}

/* Names may take long to look up, in which time everybody is served by the old configuration. */
static void look_up_first(struct daemon *daemon, struct config *new)
{
	if (daemon->background && upstream_has_names(new)) {
		daemon->next = new;
		if (background_run(daemon->background, look_up, on_looked_up, daemon))
			return;
		daemon->next = NULL;
	}
	upstream_resolve_all(new);
	conclude(daemon, new);
}

void daemon_reload(struct daemon *daemon)
{
	struct error err;

	if (daemon->server->stopping) {
		log_info("reload", "not while stopping");
		return;
	}
	if (daemon->next) {
		daemon->reload_again = true;
		return;
	}
	notify_reloading();
	struct config *new = daemon_config(&daemon->options, &err);

	if (new) {
		look_up_first(daemon, new);
		return;
	}
	refuse(daemon, &err);
	notify_ready();
}
