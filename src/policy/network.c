/* SPDX-License-Identifier: Apache-2.0 */
/* Networks and network modes: `host` and the namespaces of others only by their own words. */
#include "base/glob.h"
#include "policy/judge.h"

/* Modes that leave the namespaces of containers; "ns:" is Podman's. */
static const char *const shared_prefixes[] = {"container:", "ns:"};

static struct span shared_prefix(struct span name)
{
	for (size_t i = 0; i < sizeof(shared_prefixes) / sizeof(*shared_prefixes); i++) {
		struct span prefix = span_of(shared_prefixes[i]);

		if (span_starts(name, prefix))
			return prefix;
	}
	return (struct span){NULL, 0};
}

bool network_is_builtin(struct span name)
{
	static const char *const names[] = {"", "default", "bridge", "host", "none"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (span_equal(name, span_of(names[i])))
			return true;
	}
	return false;
}

bool network_is_shared(struct span mode)
{
	return shared_prefix(mode).at != NULL;
}

bool network_row_covers(const struct grant_row *row, struct span name)
{
	struct span prefix = shared_prefix(name);

	if (span_is(name, "host"))
		return span_is(row->text, "host");
	if (prefix.at && !span_starts(row->text, prefix))
		return false;
	return glob_match(row->pattern, name);
}
