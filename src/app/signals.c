/* SPDX-License-Identifier: Apache-2.0 */
/* The signals that end the daemon or have it reload. */
#include "app/daemon.h"

#include <signal.h>

#include "base/log.h"
#include "net/loop.h"
#include "net/notify.h"
#include "proxy/crew.h"
#include "proxy/server.h"

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
