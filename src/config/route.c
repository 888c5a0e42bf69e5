/* SPDX-License-Identifier: Apache-2.0 */
/* `upstream = NAME` of policies: which daemon the requests go to that a policy permits. */
#include <stdlib.h>

#include "base/nearest.h"
#include "config/load.h"
#include "config/value.h"

static struct config_route *route_of(const struct config *config, const struct policy *policy)
{
	struct config_route *route = config->routes;

	while (route && route->policy != policy)
		route = route->next;
	return route;
}

const struct config_upstream *config_policy_upstream(
    const struct config *config, const struct policy *policy)
{
	const struct config_route *route = route_of(config, policy);

	return route ? route->upstream : NULL;
}

int route_add(struct config *config, const struct policy *policy, struct span name,
    const struct policy_source *source, struct error *err)
{
	const struct config_route *other = route_of(config, policy);

	if (other)
		return error_set(err, "was already given in %s:%u; remove one of the two",
		    other->source.file, other->source.line);
	struct config_route *route = calloc(1, sizeof(*route));

	if (!route)
		return error_set(err, "out of memory");
	route->next = config->routes;
	config->routes = route;
	route->policy = policy;
	route->source = *source;
	route->name = text_copy(name, err);
	return route->name ? 0 : -1;
}

void routes_free(struct config_route *routes)
{
	while (routes) {
		struct config_route *next = routes->next;

		free(routes->name);
		free(routes);
		routes = next;
	}
}

int routes_finish(struct config *config, struct error *err)
{
	for (struct config_route *r = config->routes; r; r = r->next) {
		r->upstream = upstream_named(config, r->name, err);
		if (!r->upstream)
			return error_prefix(err, "%s:%u: [policy %s]: ", r->source.file,
			    r->source.line, policy_name(r->policy));
	}
	return 0;
}
