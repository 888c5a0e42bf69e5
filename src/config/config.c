/* SPDX-License-Identifier: Apache-2.0 */
/* A finished configuration: look-ups, what the command line replaces, the end. */
#include "config/config.h"

#include <stdlib.h>

#include "config/load.h"
#include "config/value.h"

/* Swaps |*at| for |text| unless that does not go together with the rest. */
static int address_replace(
    struct config *config, struct address *at, const char *text, struct error *err)
{
	struct address old = *at;
	struct config_listener *first = config->listeners;
	bool insecure = first && first->insecure;

	if (address_parse(span_of(text), at, err))
		return -1;
	if (first && first->address.kind == ADDRESS_UNIX)
		first->insecure = false; /* was of the address that is replaced */
	if (listener_check_tls(config->listeners, err) || upstream_check(&config->upstream, err) ||
	    listeners_check_sockets(config, err)) {
		address_free(at);
		*at = old;
		if (first)
			first->insecure = insecure;
		return -1;
	}
	address_free(&old);
	return 0;
}

int config_set_listen(struct config *config, const char *address, struct error *err)
{
	struct config_listener *first = config->listeners;

	if (!first)
		return error_set(err, "no listener to replace");
	struct config_listener *others = first->next;

	first->next = NULL;
	if (address_replace(config, &first->address, address, err)) {
		first->next = others;
		return error_prefix(err, "--listen: ");
	}
	while (others) {
		struct config_listener *next = others->next;

		listener_free(others);
		others = next;
	}
	return 0;
}

int config_set_upstream(struct config *config, const char *address, struct error *err)
{
	if (address_replace(config, &config->upstream.address, address, err))
		return error_prefix(err, "--upstream: ");
	return 0;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	while (config->listeners) {
		struct config_listener *next = config->listeners->next;

		listener_free(config->listeners);
		config->listeners = next;
	}
	if (config->status)
		listener_free(config->status);
	for (size_t i = 0; i < config->policy_count; i++)
		policy_unref(config->policies[i]);
	for (size_t i = 0; config->files[i]; i++)
		free(config->files[i]);
	free(config->policies);
	free(config->audit);
	free(config->owner_label);
	free(config->user);
	free(config->group);
	routes_free(config->routes);
	upstream_clear(&config->upstream);
	while (config->upstreams) {
		struct config_upstream *next = config->upstreams->next;

		upstream_clear(config->upstreams);
		free(config->upstreams);
		config->upstreams = next;
	}
	free(config);
}
