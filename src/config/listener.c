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

struct config_listener *listener_named(const struct config *config, struct span name)
{
	struct config_listener *listener = config->listeners;

	while (listener && !span_equal(name, span_of(listener->name)))
		listener = listener->next;
	return listener;
}

void listener_free(struct config_listener *listener)
{
	address_free(&listener->address);
	free(listener->name);
	free(listener->owner);
	free(listener->group);
	free(listener->policy_name);
	free(listener);
}

/* ---- sockets -----------------------------------------------------------------------------------
 */

/* Whether both are one socket, by whatever names. */
static bool address_same(const struct address *a, const struct address *b)
{
	char real_a[PATH_MAX], real_b[PATH_MAX];

	if (!a->path || !b->path)
		return false;
	if (strcmp(a->path, b->path) == 0)
		return true;
	return realpath(a->path, real_a) && realpath(b->path, real_b) &&
	       strcmp(real_a, real_b) == 0;
}

static int socket_collides(
    const struct config_listener *listener, const char *with, struct error *err)
{
	(void)error_set(err, "%s is also %s; choose another path", listener->address.path, with);
	if (listener->source.file)
		(void)error_prefix(err, "%s:%u: [listener %s]: address: ", listener->source.file,
		    listener->source.line, listener->name);
	return -1;
}

int listeners_check_sockets(const struct config *config, struct error *err)
{
	struct config_listener *a, *b;

	for (a = config->listeners; a; a = a->next) {
		if (address_same(&a->address, &config->upstream))
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
static int owner_split(struct config_listener *listener, struct error *err)
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

static int policy_unknown(const struct config *config, const char *name, struct error *err)
{
	struct nearest nearest;

	nearest_init(&nearest, span_of(name));
	for (size_t i = 0; i < config->policy_count; i++)
		nearest_offer(&nearest, policy_name(config->policies[i]));
	if (nearest.best)
		return error_set(
		    err, "policy: there is no [policy %s]; did you mean %s?", name, nearest.best);
	return error_set(err, "policy: there is no [policy %s]; write that section", name);
}

static int listener_finish(
    const struct config *config, struct config_listener *listener, struct error *err)
{
	if (listener->address.kind == ADDRESS_NONE)
		return error_set(
		    err, "address: is missing; write address = unix:/path/of/the.sock");
	if (!listener->policy_name)
		return error_set(err, "policy: is missing; write policy = NAME of a [policy NAME]");
	listener->policy = config_policy(config, span_of(listener->policy_name));
	if (!listener->policy)
		return policy_unknown(config, listener->policy_name, err);
	return owner_split(listener, err);
}

static void listener_warnings(const struct loader *loader, const struct config_listener *listener)
{
	if (listener->mode & MODE_OTHERS)
		loader_warn(loader, listener->source.file, listener->source.line,
		    "[listener %s]: mode %04o lets every user of this machine in", listener->name,
		    (unsigned)listener->mode);
}

static bool policy_used(const struct config *config, const struct policy *policy)
{
	const struct config_listener *listener = config->listeners;

	while (listener && listener->policy != policy)
		listener = listener->next;
	return listener != NULL;
}

static void warn_of_policy(void *context, const struct policy_source *source, const char *text)
{
	const struct loader *loader = context;

	loader_warn(loader, source->file, source->line, "%s", text);
}

static void all_warnings(struct loader *loader)
{
	const struct config *config = loader->config;

	for (const struct config_listener *l = config->listeners; l; l = l->next)
		listener_warnings(loader, l);
	for (size_t i = 0; i < config->policy_count; i++) {
		if (!policy_used(config, config->policies[i]))
			loader_warn(loader, loader->file, loader->policy_lines[i],
			    "[policy %s]: no listener uses it", policy_name(config->policies[i]));
		policy_warnings(config->policies[i], warn_of_policy, loader);
	}
	if (strcmp(config->audit, "none") == 0)
		loader_warn(loader, loader->file, 0, "audit = none: nobody learns what was denied");
}

int listeners_finish(struct loader *loader, struct error *err)
{
	struct config *config = loader->config;

	if (!config->listeners)
		return error_set(
		    err, "%s: has no listener; write a [listener NAME] section", loader->file);
	for (struct config_listener *l = config->listeners; l; l = l->next) {
		if (listener_finish(config, l, err))
			return error_prefix(
			    err, "%s:%u: [listener %s]: ", l->source.file, l->source.line, l->name);
	}
	if (listeners_check_sockets(config, err))
		return -1;
	if (loader->warn)
		all_warnings(loader);
	return 0;
}
