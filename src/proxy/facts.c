/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/facts.h"

#include <stdlib.h>
#include <string.h>

#include "net/tls.h"
#include "proxy/identity.h"
#include "proxy/upstream.h"

struct upstream_facts {
	const struct config_upstream *of;
	struct upstream *made;
	struct upstream_facts *next;
};

struct facts {
	struct listener_facts *listeners;
	struct upstream_facts *upstreams;
};

static struct upstream *known_upstream(
    const struct facts *facts, const struct config_upstream *upstream)
{
	for (const struct upstream_facts *known = facts->upstreams; known; known = known->next) {
		if (known->of == upstream)
			return known->made;
	}
	return NULL;
}

static int add_upstream(
    struct facts *facts, const struct config_upstream *upstream, struct error *err)
{
	if (!upstream || known_upstream(facts, upstream))
		return 0;
	struct upstream_facts *known = calloc(1, sizeof(*known));

	if (!known)
		return error_set(err, "out of memory");
	known->of = upstream;
	known->next = facts->upstreams;
	facts->upstreams = known;
	known->made = upstream_make(upstream, err);
	return known->made ? 0 : -1;
}

static int add_route(struct facts *facts, const struct config *config, const struct policy *policy,
    struct error *err)
{
	return add_upstream(facts, policy ? config_policy_upstream(config, policy) : NULL, err);
}

static int add_upstreams(struct facts *facts, const struct config *config,
    const struct config_listener *listener, struct error *err)
{
	if (add_upstream(facts, listener->upstream, err) < 0 ||
	    add_route(facts, config, listener->policy, err) < 0)
		return -1;
	for (const struct config_client *c = listener->clients; c; c = c->next) {
		if (add_route(facts, config, c->policy, err) < 0)
			return -1;
	}
	return 0;
}

static int load_tls(
    struct listener_facts *known, const struct config_listener *from, struct error *err)
{
	static const enum tls_verify verify[CLIENT_AUTH_MAX] = {
	    [CLIENT_AUTH_REQUIRE] = TLS_VERIFY_REQUIRE,
	    [CLIENT_AUTH_OPTIONAL] = TLS_VERIFY_OPTIONAL,
	    [CLIENT_AUTH_NONE] = TLS_VERIFY_NONE,
	};
	struct tls_files files = {from->tls.cert, from->tls.key, from->tls.ca, from->tls.crl};

	if (!listener_has_tls(from))
		return 0;
	known->tls = tls_context_for_clients(&files, verify[from->client_auth], err);
	return known->tls ? 0 : -1;
}

static bool same_text(const char *one, const char *other)
{
	return one && other ? strcmp(one, other) == 0 : one == other;
}

/* True when a socket of |old| will do: the sandbox may not let its names be looked up any more. */
static bool socket_stays(const struct config *old, const struct config_listener *listener)
{
	const struct config_listener *l = old ? old->listeners : NULL;

	while (l && strcmp(l->address.text, listener->address.text) != 0)
		l = l->next;
	return l && l->mode == listener->mode && same_text(l->owner, listener->owner) &&
	       same_text(l->group, listener->group);
}

/* Who it belongs to matters only when it is made: until then that nobody is found is no error. */
static void find_rights(struct listener_facts *known, const struct config *old)
{
	const struct config_listener *from = known->of;

	if (from->address.kind != ADDRESS_UNIX)
		return;
	if (socket_stays(old, from))
		(void)error_set(&known->no_rights, "its users were not looked up");
	else if (unix_rights_find(
		     &known->rights, from->mode, from->owner, from->group, &known->no_rights) == 0)
		known->no_rights.text[0] = '\0';
}

static int add_listener(struct facts *facts, const struct config *config, const struct config *old,
    const struct config_listener *listener, struct error *err)
{
	struct listener_facts *known = calloc(1, sizeof(*known));

	if (!known)
		return error_set(err, "out of memory");
	known->of = listener;
	known->next = facts->listeners;
	facts->listeners = known;
	find_rights(known, old);
	if (add_upstreams(facts, config, listener, err) < 0 ||
	    identity_rules_make(listener->clients, &known->rules, err) < 0)
		return -1;
	return load_tls(known, listener, err);
}

static struct facts *facts_new(struct error *err)
{
	struct facts *facts = calloc(1, sizeof(*facts));

	if (!facts)
		(void)error_set(err, "out of memory");
	return facts;
}

struct facts *facts_load(const struct config *config, const struct config *old, struct error *err)
{
	struct facts *facts = facts_new(err);

	for (const struct config_listener *l = config->listeners; facts && l; l = l->next) {
		if (add_listener(facts, config, old, l, err) == 0)
			continue;
		(void)error_prefix(err, "listener %s: ", l->name);
		facts_free(facts);
		facts = NULL;
	}
	if (!facts || !config->status || add_upstream(facts, &config->upstream, err) == 0)
		return facts;
	facts_free(facts);
	return NULL;
}

struct facts *facts_load_listener(
    const struct config *config, const struct config_listener *listener, struct error *err)
{
	struct facts *facts = facts_new(err);

	if (!facts || add_listener(facts, config, NULL, listener, err) == 0)
		return facts;
	facts_free(facts);
	return NULL;
}

void facts_free(struct facts *facts)
{
	struct listener_facts *listener, *next;
	struct upstream_facts *upstream, *other;

	if (!facts)
		return;
	for (listener = facts->listeners; listener; listener = next) {
		next = listener->next;
		identity_rules_free(listener->rules);
		tls_context_free(listener->tls);
		free(listener);
	}
	for (upstream = facts->upstreams; upstream; upstream = other) {
		other = upstream->next;
		upstream_unref(upstream->made);
		free(upstream);
	}
	free(facts);
}

const struct listener_facts *facts_listener(
    const struct facts *facts, const struct config_listener *listener)
{
	const struct listener_facts *known = facts->listeners;

	while (known->of != listener)
		known = known->next;
	return known;
}

struct upstream *facts_upstream(
    const struct facts *facts, const struct config_upstream *upstream, struct error *err)
{
	return upstream_copy(known_upstream(facts, upstream), err);
}
