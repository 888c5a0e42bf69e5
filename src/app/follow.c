/* SPDX-License-Identifier: Apache-2.0 */
/* `reload = watch`: a change of the configuration's files is as good as SIGHUP. */
#include "app/daemon.h"

#include "base/log.h"
#include "net/watch.h"

static void add(void *arg, const char *path)
{
	struct error err;

	if (watch_add(arg, path, &err) < 0)
		log_warning("reload",
		    "%s: %s; send SIGHUP when it changes, or give the user of sockwarden the right "
		    "to read the folder",
		    path, err.text);
}

static struct watch *watch_all(struct daemon *daemon, void (*on_change)(void *arg))
{
	struct error err;
	struct watch *watch = watch_new(daemon->loop, on_change, daemon, &err);

	if (!watch) {
		log_error("reload", "%s; send SIGHUP when a file changes", err.text);
		return NULL;
	}
	for (size_t i = 0; daemon->config->files[i]; i++)
		add(watch, daemon->config->files[i]);
	config_each_named_file(daemon->config, add, watch);
	return watch;
}

bool daemon_watch_files(struct daemon *daemon, void (*on_change)(void *arg))
{
	struct watch *watch = watch_all(daemon, on_change);
	/* What was not watched while it was read may be another file by now. */
	bool missed = watch && (daemon->watch ? !watch_is_same(watch, daemon->watch)
					      : watch_is_newer(watch, daemon->read_at));
	bool changed = watch_free(daemon->watch);

	daemon->watch = watch;
	return missed || changed;
}
