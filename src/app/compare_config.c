/* SPDX-License-Identifier: Apache-2.0 */
/* Of two configurations: who is judged by which policy, and where permitted requests go. A change
 * of it is told by its key; what it gives cannot be decided. */
#include "app/compare.h"

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool clients_differ(const struct config_client *a, const struct config_client *b)
{
	while (a && b && a->kind == b->kind && same_text(a->text, b->text) &&
	       same_text(a->policy_name, b->policy_name)) {
		a = a->next;
		b = b->next;
	}
	return a || b;
}

static bool differs(const struct config_option *option, const void *old, const void *new)
{
	const struct config_listener *before = old, *after = new;

	return option->type == OPTION_CLIENT ? clients_differ(before->clients, after->clients)
					     : config_option_differs(option, old, new);
}

struct walk {
	change_fn *fn;
	void *context;
};

/* All options of |section| that begin with |begin|. */
static void compare_options(const struct walk *walk, const char *section, const char *begin,
    const char *name, const void *old, const void *new)
{
	const struct config_option *option;

	for (unsigned i = 0; (option = config_option_at(i)) != NULL; i++) {
		const struct change change = {section, name, option->key};

		if (strcmp(option->section, section) == 0 &&
		    strncmp(option->key, begin, strlen(begin)) == 0 && differs(option, old, new))
			walk->fn(walk->context, &change);
	}
}

static const struct config_upstream *upstream_of(const struct config *config, const char *name)
{
	const struct config_upstream *upstream = config->upstreams;

	while (upstream && !same_text(upstream->name, name))
		upstream = upstream->next;
	return upstream;
}

static void compare_upstreams(
    const struct walk *walk, const struct config *old, const struct config *new)
{
	for (const struct config_upstream *u = new->upstreams; u; u = u->next) {
		const struct config_upstream *before = upstream_of(old, u->name);

		if (before)
			compare_options(walk, "upstream", "", u->name, before, u);
		else
			walk->fn(walk->context, &(struct change){"upstream", u->name, NULL});
	}
}

static const struct config_listener *listener_of(const struct config *config, const char *name)
{
	const struct config_listener *listener = config->listeners;

	while (listener && !same_text(listener->name, name))
		listener = listener->next;
	return listener;
}

static void compare_listeners(
    const struct walk *walk, const struct config *old, const struct config *new)
{
	for (const struct config_listener *l = new->listeners; l; l = l->next) {
		const struct config_listener *before = listener_of(old, l->name);

		if (before)
			compare_options(walk, "listener", "", l->name, before, l);
		else
			walk->fn(walk->context, &(struct change){"listener", l->name, NULL});
	}
}

void changes_find(const struct config *old, const struct config *new, change_fn *fn, void *context)
{
	const struct walk walk = {fn, context};

	if (!old->listeners || !new->listeners)
		return;
	compare_options(&walk, "sockwarden", "upstream", NULL, old, new);
	compare_upstreams(&walk, old, new);
	compare_listeners(&walk, old, new);
}

static bool upstreams_differ(const struct config_upstream *a, const struct config_upstream *b)
{
	const struct config_option *option;

	for (unsigned i = 0; (option = config_option_at(i)) != NULL; i++) {
		if (strcmp(option->section, "upstream") == 0 && config_option_differs(option, a, b))
			return true;
	}
	return !same_text(a->name, b->name);
}

bool routes_differ(const struct compare_side *old, const struct compare_side *new)
{
	const struct config_upstream *a = config_policy_upstream(old->config, old->policy);
	const struct config_upstream *b = config_policy_upstream(new->config, new->policy);

	return (a != NULL) != (b != NULL) || (a && upstreams_differ(a, b));
}
