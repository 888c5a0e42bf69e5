/* SPDX-License-Identifier: Apache-2.0 */
/* What `run` would fail for on this machine. Sockets are made, and removed before anybody can reach
 * them; nothing else is changed. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/check.h"
#include "app/sandbox.h"
#include "audit/sink.h"
#include "net/tls.h"
#include "net/unix_socket.h"
#include "proxy/door.h"
#include "status/status.h"

struct host_check {
	const struct config *config;
	struct check_findings *findings;
	struct sandbox_user user; /* who the daemon becomes */
};

/* Where the option |key| of |section| is written, else |otherwise|. */
static struct policy_source source_of(const char *section, const char *key, const char *file,
    const unsigned *lines, struct policy_source otherwise)
{
	unsigned line = config_option_line(section, span_of(key), lines);

	return line > 0 ? (struct policy_source){file, line} : otherwise;
}

static struct policy_source daemon_source(const struct config *config, const char *key)
{
	const char *file = config->files[0];

	return source_of("sockwarden", key, file, config->lines, (struct policy_source){file, 0});
}

/* ---- users and groups --------------------------------------------------------------------------
 */

static void check_owner(const struct host_check *check, const char *key, const char *user,
    const struct policy_source *source)
{
	struct error text;
	uid_t uid;

	if (unix_user_id(user, &uid) == 0)
		return;
	(void)error_set(&text, "%s: no such user: %s", key, user);
	check_error(check->findings, source, text.text);
}

static void check_group(const struct host_check *check, const char *key, const char *group,
    const struct policy_source *source)
{
	struct error text;
	gid_t gid;

	if (unix_group_id(group, &gid) == 0)
		return;
	(void)error_set(&text, "%s: no such group: %s", key, group);
	check_error(check->findings, source, text.text);
}

/* As whom it will run. */
static void check_user(struct host_check *check)
{
	const struct config *config = check->config;
	struct policy_source user = daemon_source(config, "user");
	struct policy_source group = daemon_source(config, "group");
	unsigned before = check->findings->errors;
	struct error err;

	check_owner(check, "user", config->user, &user);
	check_group(check, "group", config->group, &group);
	if (check->findings->errors == before && sandbox_user_find(config, &check->user, &err) < 0)
		check_error(check->findings, &user, err.text);
}

/* ---- directories and files ---------------------------------------------------------------------
 */

/* Directories that the service unit makes at each start. */
static bool unit_makes(const char *directory)
{
	static const char *const made[] = {
	    "/run/sockwarden", "/var/run/sockwarden", "/var/log/sockwarden"};

	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++) {
		if (strcmp(directory, made[i]) == 0)
			return true;
	}
	return false;
}

/* Tells of a missing directory of |path|. Returns true when it is there. */
static bool has_directory(
    const struct host_check *check, const char *path, const struct policy_source *source)
{
	char *copy = strdup(path), *directory = copy ? dirname(copy) : NULL;
	struct error text;
	struct stat st;
	bool missing = directory && stat(directory, &st) < 0 && errno == ENOENT;

	if (missing && unit_makes(directory)) {
		(void)error_set(&text,
		    "%s does not exist now; the service unit makes it at the start, and without "
		    "the unit `run` fails",
		    directory);
		check_warn(check->findings, source->file, source->line, text.text);
	} else if (missing) {
		(void)error_set(
		    &text, "%s: its directory %s does not exist; create it first", path, directory);
		check_error(check->findings, source, text.text);
	}
	free(copy);
	return !missing;
}

static void check_audit(const struct host_check *check)
{
	static const char file[] = "file:";
	const char *where = check->config->audit;
	struct policy_source source = daemon_source(check->config, "audit");
	struct error err;

	if (strncmp(where, file, sizeof(file) - 1) == 0 &&
	    !has_directory(check, where + sizeof(file) - 1, &source))
		return;
	int result = sandbox_user_lend(&check->user, &err);

	if (result == 0)
		result = audit_sink_try(where, &err);
	if (result < 0)
		check_error(check->findings, &source, err.text);
	if (sandbox_user_give_back(&check->user, &err) < 0)
		check_error(check->findings, &source, err.text);
}

/* A reload reads the files again as the user that the daemon became. */
static void check_readable(const struct host_check *check)
{
	struct error err;

	if (!check->user.wanted || sandbox_user_lend(&check->user, &err) < 0)
		return;
	for (size_t i = 0; check->config->files[i]; i++) {
		const char *path = check->config->files[i];

		if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0 || errno != EACCES)
			continue;
		(void)error_set(
		    &err, "user %s cannot read it: a reload will fail", check->config->user);
		check_warn(check->findings, path, 0, err.text);
	}
	if (sandbox_user_give_back(&check->user, &err) < 0)
		check_error(check->findings, &(struct policy_source){NULL, 0}, err.text);
}

/* ---- sockets -----------------------------------------------------------------------------------
 */

#define COMM_MOST 32

/* The name of the process that listens at |path|, unless it is a sockwarden or cannot be seen: that
 * may be the one that runs with this configuration. */
static bool is_taken(const char *path, char (*ret_name)[COMM_MOST])
{
	char proc[COMM_MOST];
	int fd = unix_dial(path);
	int64_t pid = fd >= 0 ? unix_peer_of(fd).pid : -1;
	FILE *file = NULL;

	if (fd >= 0)
		(void)close(fd);
	(void)snprintf(proc, sizeof(proc), "/proc/%lld/comm", (long long)pid);
	if (pid > 0)
		file = fopen(proc, "re");
	if (!file)
		return false;
	bool read = fgets(*ret_name, sizeof(*ret_name), file) != NULL;

	(void)fclose(file);
	if (!read)
		return false;
	(*ret_name)[strcspn(*ret_name, "\n")] = '\0';
	return strcmp(*ret_name, "sockwarden") != 0;
}

static int refuse_taken(const char *path, struct error *err)
{
	char name[COMM_MOST];

	if (path && is_taken(path, &name))
		return error_set(
		    err, "%s: another process is listening there already: %s", path, name);
	return 0;
}

static int try_listener(
    const struct host_check *check, const struct config_listener *listener, struct error *err)
{
	return refuse_taken(listener->address.path, err) < 0
		   ? -1
		   : door_try(check->config, listener, err);
}

/* The number of the user or group of a line; false: it has none. */
static bool client_number(const struct config_client *client, uint64_t *ret_number)
{
	uid_t uid = 0;
	gid_t gid = 0;
	bool user = client->kind == CLIENT_UID && unix_user_id(client->text, &uid) == 0;
	bool group = client->kind == CLIENT_GID && unix_group_id(client->text, &gid) == 0;

	*ret_number = user ? uid : gid;
	return user || group;
}

/* Warns of a line below |above| for the same user or group by its other name: it never counts. */
static void warn_of_twins(const struct host_check *check, const struct config_client *above)
{
	uint64_t number, other;
	struct error text;

	if (!client_number(above, &number))
		return;
	for (const struct config_client *c = above->next; c; c = c->next) {
		if (c->kind != above->kind || c->policy == above->policy ||
		    strcmp(c->text, above->text) == 0 || !client_number(c, &other) ||
		    other != number)
			continue;
		(void)error_set(&text,
		    "client = %s:%s never counts, because %s:%s in line %u is the same one and "
		    "comes first; remove one, or put this line first",
		    client_kind_name(c->kind), c->text, client_kind_name(above->kind), above->text,
		    above->source.line);
		check_warn(check->findings, c->source.file, c->source.line, text.text);
	}
}

/* Whom `client` lines name. */
static void check_clients(const struct host_check *check, const struct config_client *client)
{
	for (; client; client = client->next) {
		if (client->kind == CLIENT_UID)
			check_owner(check, "client", client->text, &client->source);
		if (client->kind == CLIENT_GID)
			check_group(check, "client", client->text, &client->source);
		warn_of_twins(check, client);
	}
}

typedef int try_fn(
    const struct host_check *check, const struct config_listener *listener, struct error *err);

/* A socket and its owner, as a section of the kind |section| names them. */
static void check_socket(const struct host_check *check, const char *section,
    const struct config_listener *listener, try_fn *try)
{
	const char *file = listener->source.file;
	struct policy_source owner =
	    source_of(section, "owner", file, listener->lines, listener->source);
	struct policy_source group = source_of(section, "group", file, listener->lines, owner);
	struct policy_source address =
	    source_of(section, "address", file, listener->lines, listener->source);
	unsigned before = check->findings->errors;
	struct error err;

	check_owner(check, "owner", listener->owner, &owner);
	check_group(check, group.line == owner.line ? "owner" : "group", listener->group, &group);
	check_clients(check, listener->clients);
	if (listener->address.path && !has_directory(check, listener->address.path, &address))
		return;
	if (check->findings->errors == before && try(check, listener, &err) < 0) {
		if (listener == check->config->status)
			(void)error_prefix(&err, "[status]: ");
		else
			(void)error_prefix(&err, "[listener %s]: ", listener->name);
		check_error(check->findings, &address, err.text);
	}
}

static int try_status(
    const struct host_check *check, const struct config_listener *listener, struct error *err)
{
	return refuse_taken(listener->address.path, err) < 0 ? -1 : status_try(check->config, err);
}

static bool wants_tls(const struct config *config)
{
	if (config->upstream.address.kind == ADDRESS_TLS)
		return true;
	for (const struct config_upstream *u = config->upstreams; u; u = u->next) {
		if (u->address.kind == ADDRESS_TLS)
			return true;
	}
	for (const struct config_listener *l = config->listeners; l; l = l->next) {
		if (listener_has_tls(l))
			return true;
	}
	return false;
}

static bool is_missing(const char *path)
{
	struct stat status;

	return path && stat(path, &status) < 0 && errno == ENOENT;
}

void check_host(const struct config *config, struct check_findings *findings)
{
	struct host_check check = {.config = config, .findings = findings};
	const struct policy_source nowhere = {config->files[0], 0};
	struct error err;

	if (wants_tls(config) && !tls_is_built_in(&err)) {
		check_error(findings, &nowhere, err.text);
		return;
	}
	check_user(&check);
	findings->upstream_missing = is_missing(config->upstream.address.path);
	for (const struct config_listener *l = config->listeners; l; l = l->next)
		check_socket(&check, "listener", l, try_listener);
	if (config->status)
		check_socket(&check, "status", config->status, try_status);
	check_audit(&check);
	check_readable(&check);
}
