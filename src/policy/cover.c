/* SPDX-License-Identifier: Apache-2.0 */
/* Whether lines of a policy cover the value of another line: of one that requests need. A wildcard
 * of that value is held against patterns as the character that it is, so that a pattern covers it
 * where it covers the value's text. */
#include "base/glob.h"
#include "policy/bind.h"

static bool is_any(struct span pattern)
{
	return !pattern.at || span_is(pattern, "*") || span_is(pattern, "**");
}

static bool includes_pair(const struct grant_row *row, const struct grant_row *asked)
{
	return glob_match(row->pattern, asked->pattern) && is_any(row->value);
}

static bool includes_image(const struct grant_row *row, const struct grant_row *asked)
{
	const struct image_row *wide = &row->image, *narrow = &asked->image;

	if (wide->kind == IMAGE_ROW_ANY || narrow->kind != wide->kind)
		return wide->kind == IMAGE_ROW_ANY;
	if (wide->kind != IMAGE_ROW_NAME)
		return wide->kind == IMAGE_ROW_RUN || glob_match(row->pattern, asked->pattern);
	return glob_match(wide->name, narrow->name) &&
	       (!wide->tag.at || (narrow->tag.at && glob_match(wide->tag, narrow->tag))) &&
	       (!wide->digest.at ||
		   (narrow->digest.at && glob_match(wide->digest, narrow->digest)));
}

static bool includes_publish(const struct grant_row *row, const struct grant_row *asked)
{
	const struct publish_row *wide = &row->publish, *narrow = &asked->publish;

	/* what asks for no protocol asks for the one that the line is about */
	return (!wide->address.at ||
		   (narrow->address.at && span_equal(wide->address, narrow->address))) &&
	       (!wide->protocol.at || !narrow->protocol.at ||
		   span_equal(wide->protocol, narrow->protocol)) &&
	       narrow->low >= wide->low && narrow->high <= wide->high;
}

static bool includes_words(const struct grant_row *row, const struct grant_row *asked)
{
	const struct argv_row *wide = &row->argv, *narrow = &asked->argv;

	if (narrow->count < wide->count || (narrow->more && !wide->more) ||
	    (narrow->count > wide->count && !wide->more))
		return false;
	for (unsigned i = 0; i < wide->count; i++) {
		if (!glob_match(wide->words[i], narrow->words[i]))
			return false;
	}
	return true;
}

static bool includes_devices(const struct grant_row *row, const struct grant_row *asked)
{
	return glob_match(row->pattern, asked->pattern) &&
	       (!row->devices.bounded || span_equal(row->devices.options, asked->devices.options));
}

typedef bool includes_fn(const struct grant_row *row, const struct grant_row *asked);

static const struct grant_row *find_by(
    const struct policy *policy, enum grant grant, const struct grant_row *asked, includes_fn *fits)
{
	const struct grant_row *row = policy->grants[grant].first;

	while (row && !fits(row, asked))
		row = row->next;
	return row;
}

static const struct grant_row *find_bind(const struct policy *policy, const struct grant_row *asked)
{
	const struct bind_row *bind = &asked->bind;
	const struct grant_row *near;
	struct bind_need need = {.path = asked->pattern,
	    .rw = bind->rw,
	    .create = bind->create,
	    .relabel = bind->relabel,
	    .propagation = bind->propagation};

	return bind_find(policy, &need, &near);
}

static const struct grant_row *find_row(
    const struct policy *policy, enum grant grant, const struct grant_row *asked)
{
	switch (grant_info(grant)->kind) {
	case GRANT_BIND:
		return find_bind(policy, asked);
	case GRANT_IMAGE:
		return find_by(policy, grant, asked, includes_image);
	case GRANT_PUBLISH:
		return find_by(policy, grant, asked, includes_publish);
	case GRANT_ARGV:
		return find_by(policy, grant, asked, includes_words);
	case GRANT_DEVICES:
		return find_by(policy, grant, asked, includes_devices);
	case GRANT_PAIR:
		return asked->value.at
			   ? grant_find_pair(policy, grant, asked->pattern, asked->value)
			   : find_by(policy, grant, asked, includes_pair);
	case GRANT_FLAG:
	case GRANT_GLOB:
	case GRANT_TEXT:
	case GRANT_CAP:
	case GRANT_NETWORK:
	case GRANT_SECURITY:
		break;
	}
	return grant_find(policy, grant, asked->pattern);
}

/* Of a grant that is open by itself: whether it still is in |operation|. */
static bool is_left_open(
    const struct policy *policy, const struct docker_operation *operation, enum grant grant)
{
	bool shut = operation && policy->shut[grant] & 1u << operation->subject;

	return grant_is_free(policy, grant) && !shut;
}

static bool rows_cover(const struct policy *policy, enum grant grant, struct policy *line,
    struct policy_source *ret_source)
{
	const struct grant_row *asked = line->grants[grant].first;

	for (; asked; asked = asked->next) {
		const struct grant_row *row = find_row(policy, grant, asked);

		if (!row)
			return false;
		*ret_source = row->source;
	}
	return line->grants[grant].first != NULL;
}

bool policy_covers(const struct policy *policy, const struct docker_operation *operation,
    enum grant grant, struct span value, struct policy_source *ret_source)
{
	const struct policy_source none = {0};
	const struct grant_state *state = &policy->grants[grant];

	*ret_source = none;
	if (is_left_open(policy, operation, grant))
		return true;
	if (grant_info(grant)->kind == GRANT_FLAG) {
		*ret_source = state->source;
		return state->flag;
	}
	struct policy *line = policy_new("line");
	bool covers = line &&
		      policy_set(line, span_of(grant_info(grant)->name), value, &none, NULL) == 0 &&
		      rows_cover(policy, grant, line, ret_source);

	policy_unref(line);
	return covers;
}
