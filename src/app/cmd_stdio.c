/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden stdio: one client on standard input and output, as the forced command of an SSH key.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/daemon.h"
#include "base/log.h"
#include "net/loop.h"
#include "net/pump.h"
#include "proxy/server.h"

#define NAME "stdio"

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"policy", required_argument, NULL, 'p'},
    {"upstream", required_argument, NULL, 'u'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct stdio {
	struct daemon daemon;
	struct policy *policy; /* of the configuration */
	struct pump *pump;
};

static void on_done(void *arg)
{
	struct stdio *stdio = arg;

	loop_stop(stdio->daemon.loop);
}

static void on_left(void *arg)
{
	struct stdio *stdio = arg;

	pump_leave(stdio->pump);
}

/* Standard output belongs to the client. */
static int check_audit(const struct config *config, struct error *err)
{
	if (strcmp(config->audit, "stdout") != 0)
		return 0;
	return error_set(err,
	    "audit = stdout (which is the default) would mix with the answers; write "
	    "file:/path, syslog, journald, stderr or none");
}

static int load(struct stdio *stdio, const char *policy, struct error *err)
{
	struct daemon *daemon = &stdio->daemon;
	struct span name;

	daemon->config = daemon_config(&daemon->options, err);
	if (!daemon->config || check_audit(daemon->config, err) < 0)
		return -1;
	const struct policy *found = cli_policy(daemon->config, policy, err);

	if (!found)
		return -1;
	name = span_of(policy_name(found));
	stdio->policy = config_policy(daemon->config, name);
	return sandbox_user_find(daemon->config, &daemon->user, err);
}

static int make_server(struct daemon *daemon, struct error *err)
{
	struct audit_sink *audit = daemon_open_audit(daemon, err);

	if (!audit)
		return -1;
	daemon->loop = loop_new();
	if (daemon->loop)
		daemon->server = server_new(daemon->loop, daemon->config, audit);
	if (daemon->server) {
		daemon_name_run(daemon->server);
		own_container_find(&daemon->own);
		daemon->server->own = &daemon->own;
		return 0;
	}
	audit_sink_close(audit);
	return error_set(err, "out of memory");
}

/* What sshd says: address and port of the client, then ours. */
static struct ip ssh_client(void)
{
	const char *connection = getenv("SSH_CONNECTION");
	struct span rest = span_of(connection ? connection : "");
	struct ip ip = {.len = 0};

	(void)ip_parse(span_next_word(&rest), &ip);
	return ip;
}

static int serve(struct stdio *stdio, struct error *err)
{
	struct daemon *daemon = &stdio->daemon;
	const struct config_upstream *upstream =
	    daemon->options.upstream ? NULL : config_policy_upstream(daemon->config, stdio->policy);
	const struct single_client client = {stdio->policy,
	    upstream ? upstream : &daemon->config->upstream, on_left, stdio, ssh_client()};
	int socket;

	if (make_server(daemon, err) < 0)
		return -1;
	if (daemon_watch_signals(daemon, false) < 0)
		return error_set(err, "cannot watch signals");
	stdio->pump = pump_new(daemon->loop, STDIN_FILENO, STDOUT_FILENO, on_done, stdio, &socket);
	if (!stdio->pump)
		return error_set(err, "standard input and output: %m%s",
		    errno == EPERM ? "; they must be pipes or sockets" : "");
	if (server_serve(daemon->server, &client, socket, err) < 0 ||
	    daemon_enter_sandbox(daemon, err) < 0)
		return -1;
	return loop_run(daemon->loop) < 0 ? error_set(err, "%m") : 0;
}

static int stdio_run(struct stdio *stdio, const char *policy)
{
	struct error err;
	int result;

	/* Whatever is said on standard error, the client's user reads. */
	log_set_level(LOG_LEVEL_ERROR);
	daemon_open_log();
	result = load(stdio, policy, &err) < 0 || serve(stdio, &err) < 0 ? EXIT_USAGE : EXIT_FINE;
	if (result != EXIT_FINE)
		log_error(NAME, "%s", err.text);
	daemon_end(&stdio->daemon); /* tells the pump that its other side has gone */
	pump_free(stdio->pump);
	daemon_close_log();
	return result;
}

int cmd_stdio(int argc, char **argv)
{
	struct stdio stdio = {.daemon.options.verbose = true};
	struct run_options *options = &stdio.daemon.options;
	const char *policy = NULL;
	int letter;

	while ((letter = getopt_long(argc, argv, "c:p:u:h", long_options, NULL)) != -1) {
		switch (letter) {
		case 'c':
			options->config = optarg;
			break;
		case 'p':
			policy = optarg;
			break;
		case 'u':
			options->upstream = optarg;
			break;
		case 'h':
			return EXIT_HELP;
		default:
			return cli_misused(NAME, NULL);
		}
	}
	if (optind < argc)
		return cli_misused(NAME, "\"%s\" is one argument too many", argv[optind]);
	return stdio_run(&stdio, policy);
}
