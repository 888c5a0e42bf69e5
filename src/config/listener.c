/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/nearest.h"
#include "config/load.h"
#include "config/value.h"

#define MODE_OTHERS 0007

struct config_listener *listener_add(struct config *config, struct span name, struct error *err)
{
	struct config_listener *listener = calloc(1, sizeof(*listener));
	struct config_listener **end = &config->listeners;

	if (!listener) {
		(void)error_set(err, "out of memory");
		return NULL;
	}
	while (*end)
		end = &(*end)->next;
	*end = listener;
	listener->name = text_copy(name, err);
	if (!listener->name || options_default("listener", listener, err))
		return NULL;
	return listener;
}

void listener_free(struct config_listener *listener)
{
	address_free(&listener->address);
	tls_files_free(&listener->tls);
	clients_free(listener->clients);
	free(listener->upstream_name);
	free(listener->name);
	free(listener->owner);
	free(listener->group);
	free(listener->policy_name);
	free(listener);
}

/* ---- sockets -----------------------------------------------------------------------------------
 */

static bool texts_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool address_same(const struct address *a, const struct address *b)
{
	char real_a[PATH_MAX], real_b[PATH_MAX];

	if (a->port || b->port)
		return a->port == b->port && texts_same(a->host, b->host);
	if (!a->path || !b->path)
		return a->kind == b->kind && texts_same(a->text, b->text);
	if (strcmp(a->path, b->path) == 0)
		return true;
	return realpath(a->path, real_a) && realpath(b->path, real_b) &&
	       strcmp(real_a, real_b) == 0;
}

static int socket_collides(
    const struct config_listener *listener, const char *with, struct error *err)
{
	(void)error_set(err, "%s is also %s; choose another %s",
	    listener->address.path ? listener->address.path : listener->address.text, with,
	    listener->address.path ? "path" : "one");
	if (listener->source.file)
		(void)error_prefix(err, "%s:%u: [listener %s]: address: ", listener->source.file,
		    config_option_line("listener", SPAN("address"), listener->lines),
		    listener->name);
	return -1;
}

static bool is_named_upstream(const struct config *config, const struct address *address)
{
	const struct config_upstream *upstream = config->upstreams;

	while (upstream && !address_same(address, &upstream->address))
		upstream = upstream->next;
	return upstream != NULL;
}

int listeners_check_sockets(const struct config *config, struct error *err)
{
	struct config_listener *a, *b;

	for (a = config->listeners; a; a = a->next) {
		if (address_same(&a->address, &config->upstream.address) ||
		    is_named_upstream(config, &a->address))
			return socket_collides(a, "the upstream socket", err);
		for (b = config->listeners; b != a; b = b->next) {
			if (address_same(&a->address, &b->address))
				return socket_collides(a, "another listener's socket", err);
		}
	}
	return 0;
}

/* ---- the end of reading ------------------------------------------------------------------------
 */

/* `owner = user:group` names both; a `group` beside it would contradict. */
int owner_split(struct config_listener *listener, struct error *err)
{
	char *colon = listener->owner ? strchr(listener->owner, ':') : NULL;

	if (!colon)
		return 0;
	if (listener->group)
		return error_set(err,
		    "group: owner = %s names a group already; remove one of the two",
		    listener->owner);
	listener->group = text_copy(span_of(colon + 1), err);
	if (!listener->group)
		return -1;
	*colon = '\0';
	return 0;
}

static int upstream_find(
    const struct config *config, struct config_listener *listener, struct error *err)
{
	const char *name = listener->upstream_name;

	listener->upstream = name ? upstream_named(config, name, err) : &config->upstream;
	return listener->upstream ? 0 : -1;
}

static int listener_finish(
    const struct config *config, struct config_listener *listener, struct error *err)
{
	if (listener_check_tls(listener, err))
		return -1;
	if (!listener->policy_name && !listener->clients)
		return error_set(err, "policy: is missing; write policy = NAME of a [policy NAME]");
	if (listener->policy_name) {
		listener->policy = config_policy(config, span_of(listener->policy_name));
		if (!listener->policy) {
			(void)policy_unknown(config, listener->policy_name, err);
			return error_prefix(err, "policy: ");
		}
	}
	if (upstream_find(config, listener, err) || owner_split(listener, err))
		return -1;
	return clients_finish(config, listener, err);
}

static void listener_warnings(const struct loader *loader, const struct config_listener *listener)
{
	listener_warn_tls(loader, listener);
	clients_warn(loader, listener);
	if (listener->address.kind == ADDRESS_UNIX && listener->mode & MODE_OTHERS &&
	    listener->policy)
		loader_warn(loader, listener->source.file, listener->source.line,
		    "[listener %s]: mode %04o lets every user of this machine in", listener->name,
		    (unsigned)listener->mode);
}

static bool policy_used(const struct config *config, const struct policy *policy)
{
	for (const struct config_listener *l = config->listeners; l; l = l->next) {
		if (l->policy == policy)
			return true;
		for (const struct config_client *c = l->clients; c; c = c->next) {
			if (c->policy == policy)
				return true;
		}
	}
	return false;
}

static void warn_of_policy(void *context, const struct policy_source *source, const char *text)
{
	const struct loader *loader = context;

	loader_warn(loader, source->file, source->line, "%s", text);
}

static void warn_of_limits(const struct loader *loader)
{
	const struct limits *limits = &loader->config->limits;

	if (limits->max_burst && !limits->max_rate.count)
		loader_warn(loader, loader->file, 0, "max_burst: has no effect without max_rate");
	if (limits->max_burst_per_peer && !limits->max_rate_per_peer.count)
		loader_warn(loader, loader->file, 0,
		    "max_burst_per_peer: has no effect without max_rate_per_peer");
}

/* Owners of one name are one owner, whatever policies they are in. */
static void warn_of_owners(const struct loader *loader, size_t index)
{
	const struct config *config = loader->config;
	const struct policy *policy = config->policies[index];

	for (size_t i = 0; i < index; i++) {
		if (policy_owners_meet(policy, config->policies[i]))
			loader_warn(loader, loader->file, loader->policy_lines[index],
			    "[policy %s]: its clients can have the name of an owner in [policy "
			    "%s], and are the same owner then; give the names a prefix",
			    policy_name(policy), policy_name(config->policies[i]));
	}
}

static void all_warnings(struct loader *loader)
{
	const struct config *config = loader->config;

	for (const struct config_listener *l = config->listeners; l; l = l->next)
		listener_warnings(loader, l);
	upstream_warn(loader, &config->upstream);
	for (const struct config_upstream *u = config->upstreams; u; u = u->next)
		upstream_warn(loader, u);
	for (size_t i = 0; i < config->policy_count; i++) {
		if (config->listeners && !policy_used(config, config->policies[i]))
			loader_warn(loader, loader->file, loader->policy_lines[i],
			    "[policy %s]: no listener uses it", policy_name(config->policies[i]));
		policy_warnings(config->policies[i], warn_of_policy, loader);
		warn_of_owners(loader, i);
	}
	warn_of_limits(loader);
	if (strcmp(config->audit, "none") == 0)
		loader_warn(loader, loader->file, 0, "audit = none: nobody learns what was denied");
}

/* The line of the option that |err| begins with; |otherwise| when no line gives it. */
static unsigned line_of(
    const struct error *err, const char *section, const unsigned *lines, unsigned otherwise)
{
	struct span rest, key = span_cut(span_of(err->text), ':', &rest);
	unsigned line = config_option_line(section, key, lines);

	return line > 0 ? line : otherwise;
}

static int upstreams_finish(const struct loader *loader, struct error *err)
{
	const struct config *config = loader->config;

	if (upstream_check(&config->upstream, err))
		return error_prefix(err, "%s:%u: [sockwarden]: ", loader->file,
		    line_of(err, "sockwarden", config->lines,
			config_option_line("sockwarden", SPAN("upstream"), config->lines)));
	for (const struct config_upstream *u = config->upstreams; u; u = u->next) {
		if (upstream_check(u, err))
			return error_prefix(err, "%s:%u: [upstream %s]: ", u->source.file,
			    line_of(err, "upstream", u->lines, u->source.line), u->name);
	}
	return 0;
}

int listeners_finish(struct loader *loader, struct error *err)
{
	struct config *config = loader->config;

	if (!config->listeners && !(loader->parts && config->policy_count > 0))
		return error_set(
		    err, "%s: has no listener; write a [listener NAME] section", loader->file);
	if (upstreams_finish(loader, err) || routes_finish(config, err))
		return INI_LOCATED;
	for (struct config_listener *l = config->listeners; l; l = l->next) {
		int result = listener_finish(config, l, err);

		if (result == -1)
			return error_prefix(err, "%s:%u: [listener %s]: ", l->source.file,
			    line_of(err, "listener", l->lines, l->source.line), l->name);
		if (result)
			return result;
	}
	if (listeners_check_sockets(config, err))
		return -1;
	if (loader->warn)
		all_warnings(loader);
	return 0;
}
