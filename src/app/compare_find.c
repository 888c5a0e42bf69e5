/* SPDX-License-Identifier: Apache-2.0 */
/* The differences of two policies as a list, each with its example. */
#include "app/compare.h"

struct collector {
	struct arena *arena;
	struct difference *first, **last;
	bool failed;
};

static void collect(void *context, const struct wider *wider)
{
	struct collector *collector = context;
	struct difference *difference = arena_alloc(collector->arena, sizeof(*difference));

	collector->failed |= !difference;
	if (!difference)
		return;
	*difference = (struct difference){.wider = *wider};
	*collector->last = difference;
	collector->last = &difference->next;
}

static struct span socket_of(const struct compare_side *side)
{
	const struct config_upstream *upstream = config_policy_upstream(side->config, side->policy);
	const char *path = upstream ? upstream->address.path : side->config->upstream.address.path;

	return path ? span_of(path) : (struct span){NULL, 0};
}

int differences_find(const struct compare_side *wide, const struct compare_side *narrow,
    struct arena *arena, struct difference **ret_first, struct error *err)
{
	struct collector collector = {.arena = arena};
	const struct wider_question question = {.wide = wide->policy,
	    .narrow = narrow->policy,
	    .upstream = socket_of(wide),
	    .arena = arena,
	    .fn = collect,
	    .context = &collector};

	collector.last = &collector.first;
	if (policy_wider(&question) < 0 || collector.failed)
		return error_set(err, "out of memory");
	for (struct difference *d = collector.first; d; d = d->next)
		difference_confirm(d, wide, narrow, arena);
	*ret_first = collector.first;
	return 0;
}
