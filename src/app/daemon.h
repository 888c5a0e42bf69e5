/* SPDX-License-Identifier: Apache-2.0 */
/* The running daemon, as `run` and a reload share it. */
#ifndef APP_DAEMON_H
#define APP_DAEMON_H

#include <time.h>

#include "app/app.h"
#include "app/sandbox.h"
#include "base/error.h"
#include "host/own_container.h"

struct audit_sink;
struct background;
struct crew;
struct loop;
struct loop_signal;
struct loop_timer;
struct server;
struct status;
struct watch;

struct run_options {
	const char *config, *upstream, *listen;
	char group[12]; /* of the daemon's socket: become its member and nobody else; "": no */
	bool verbose;   /* the level of the log is chosen already */
};

struct daemon {
	struct run_options options;
	struct config *config; /* in force */
	struct loop *loop;
	struct server *server;
	struct crew *crew;        /* its other workers, or NULL */
	struct status *status;    /* tells monitors, or NULL */
	struct own_container own; /* what it runs in */
	struct sandbox_user user; /* who it becomes */
	struct loop_signal *signals[4];
	struct loop_timer *alive;      /* tells the service manager, if it wants to know */
	struct background *background; /* reads what a reload needs; NULL: it never reloads */
	struct watch *watch;           /* of the configuration's files, or NULL */
	struct timespec read_at;       /* when the configuration of the start was read */
	bool follows;                  /* a change of a file is a reload */
	bool reloads;                  /* it may be told to */
	bool reloading;                /* one is being read */
	bool reload_again;             /* it was asked for meanwhile */
};

/* From here on to its end the log never blocks. Before the user is given up. */
void daemon_open_log(void);
void daemon_close_log(void);

/* Has the configuration name a user that nobody else is, of the one |group|. Returns 0 or -1 with
 * |err|. */
MUST_CHECK int daemon_set_user(struct config *config, const char *group, struct error *err);

/* The configuration that |options| ask for; warnings are logged. NULL with |err|. */
struct config *daemon_config(const struct run_options *options, struct error *err);

/* The audit log, opened as the user that will have to open it again. NULL with |err|. */
struct audit_sink *daemon_open_audit(const struct daemon *daemon, struct error *err);

/* Ends the server when told to; SIGHUP reloads, or ends it as well. Returns 0 or -1. */
MUST_CHECK int daemon_watch_signals(struct daemon *daemon, bool reloads);

/* Gives the audit log a name of this run. */
void daemon_name_run(struct server *server);

/* Finds the container that we run in and has the server know it. Asks the daemon, for the log
 * alone, and waits for it a moment at most. Before there are other workers. */
void daemon_find_own(struct daemon *daemon);

/* Enters the sandbox and tells what it is made of. Returns 0 or -1 with |err|. */
MUST_CHECK int daemon_enter_sandbox(struct daemon *daemon, struct error *err);

/* Frees all but the options. */
void daemon_end(struct daemon *daemon);

/* As many descriptors as |limits| may need, or as we may have. */
void daemon_raise_descriptors(const struct limits *limits);

/* Logs what clients meet where. */
void daemon_announce(const struct config *config);

/* Warns of sockets of Docker daemons that are not there. */
void daemon_warn_upstreams(const struct config *config);

/* Reads the configuration of this moment without holding anybody up, then opens the audit log anew
 * and puts it in force; or leaves the old one as it is and says why. */
void daemon_reload(struct daemon *daemon);

/* Watches the files of the configuration in force, in place of those watched before, and calls
 * |on_change| with |daemon|. Returns whether one may have changed unseen. */
bool daemon_watch_files(struct daemon *daemon, void (*on_change)(void *arg));

/* With `reload = watch`: a change of the files in force is a reload. */
void daemon_follow_files(struct daemon *daemon);

#endif
