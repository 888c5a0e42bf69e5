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
	return name.len == 0 || span_in_words(name, "default bridge host none");
}

bool network_is_shared(struct span mode)
{
	return shared_prefix(mode).at != NULL;
}

bool network_may_be_id(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z'))
			return false;
	}
	return name.len > 0;
}

/* Modes that reach the host by themselves; the last two are Podman's. */
static bool is_own_word(struct span name)
{
	return span_in_words(name, "host slirp4netns pasta");
}

/* What stands before a colon says what the rest is: another namespace, or options of Podman's
 * ("slirp4netns:allow_host_loopback=true", "NETWORK:ip=10.0.0.2"). */
bool network_row_covers(const struct grant_row *row, struct span name)
{
	struct span options, word = span_cut(name, ':', &options);

	if (is_own_word(name))
		return span_equal(row->text, name);
	if (options.at && !span_starts(row->text, (struct span){word.at, word.len + 1}))
		return false;
	return glob_match(row->pattern, name);
}
