/* SPDX-License-Identifier: Apache-2.0 */
/* Look-ups in a configuration: what has this name, and whether anything of it is on a network. */
#include "base/buf.h"
#include "base/nearest.h"
#include "config/load.h"

struct policy *config_policy(const struct config *config, struct span name)
{
	for (size_t i = 0; i < config->policy_count; i++) {
		if (span_equal(name, span_of(policy_name(config->policies[i]))))
			return config->policies[i];
	}
	return NULL;
}

int policy_unknown(const struct config *config, const char *name, struct error *err)
{
	struct nearest nearest;

	nearest_init(&nearest, span_of(name));
	for (size_t i = 0; i < config->policy_count; i++)
		nearest_offer(&nearest, policy_name(config->policies[i]));
	if (nearest.best)
		return error_set(
		    err, "there is no [policy %s]; did you mean %s?", name, nearest.best);
	return error_set(err, "there is no [policy %s]; write that section", name);
}

struct config_listener *listener_named(const struct config *config, struct span name)
{
	struct config_listener *listener = config->listeners;

	while (listener && !span_equal(name, span_of(listener->name)))
		listener = listener->next;
	return listener;
}

const struct config_upstream *upstream_named(
    const struct config *config, const char *name, struct error *err)
{
	const struct config_upstream *upstream = config->upstreams;
	struct nearest nearest;

	nearest_init(&nearest, span_of(name));
	for (; upstream; upstream = upstream->next) {
		if (strcmp(upstream->name, name) == 0)
			return upstream;
		nearest_offer(&nearest, upstream->name);
	}
	if (nearest.best)
		(void)error_set(err, "upstream: there is no [upstream %s]; did you mean %s?", name,
		    nearest.best);
	else
		(void)error_set(
		    err, "upstream: there is no [upstream %s]; write that section", name);
	return NULL;
}

static bool is_network(const struct address *address)
{
	return address->kind == ADDRESS_TCP || address->kind == ADDRESS_TLS;
}

bool config_needs_network(const struct config *config)
{
	if (is_network(&config->upstream.address))
		return true;
	for (const struct config_upstream *u = config->upstreams; u; u = u->next) {
		if (is_network(&u->address))
			return true;
	}
	for (const struct config_listener *l = config->listeners; l; l = l->next) {
		if (is_network(&l->address))
			return true;
	}
	return false;
}

/* ---- keys -------------------------------------------------------------------------------- */

const char *key_home(struct span key)
{
	const struct config_option *option;

	for (unsigned i = 0; (option = config_option_at(i)) != NULL; i++) {
		if (span_equal(key, span_of(option->key)))
			return option->section;
	}
	return policy_knows_key(key) || span_is(key, "include") ? "policy" : NULL;
}

#define HOMES_MOST 128 /* bytes of the names of sections */

static void add_home(struct buf *homes, const char *section)
{
	bool single = strcmp(section, "sockwarden") == 0 || strcmp(section, "status") == 0;

	buf_add_text(homes, homes->len > 0 ? " or [" : "[");
	buf_add_text(homes, section);
	buf_add_text(homes, single ? "]" : " NAME]");
}

int key_elsewhere(const char *section, struct span key, struct error *err)
{
	const struct config_option *option;
	struct buf homes;

	buf_init(&homes, HOMES_MOST);
	for (unsigned i = 0; (option = config_option_at(i)) != NULL; i++) {
		if (span_equal(key, span_of(option->key)))
			add_home(&homes, option->section);
	}
	if (homes.len == 0)
		add_home(&homes, key_home(key));
	(void)error_set(err, "is no key of [%s]; it belongs in %.*s", section, (int)homes.len,
	    homes.len ? homes.at : "");
	buf_free(&homes);
	return -1;
}

/* ---- files ------------------------------------------------------------------------------- */

static void each_file_of(
    const char *section, const void *base, void (*fn)(void *arg, const char *path), void *arg)
{
	const struct config_option *option;

	for (unsigned i = 0; (option = config_option_at(i)) != NULL; i++) {
		if (option->type != OPTION_FILE || strcmp(option->section, section) != 0)
			continue;
		const char *path = *(char *const *)((const char *)base + option->offset);

		if (path)
			fn(arg, path);
	}
}

void config_each_named_file(
    const struct config *config, void (*fn)(void *arg, const char *path), void *arg)
{
	each_file_of("sockwarden", config, fn, arg);
	for (const struct config_upstream *u = config->upstreams; u; u = u->next)
		each_file_of("upstream", u, fn, arg);
	for (const struct config_listener *l = config->listeners; l; l = l->next)
		each_file_of("listener", l, fn, arg);
}
