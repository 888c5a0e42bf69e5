/* SPDX-License-Identifier: Apache-2.0 */
/* Grants of two policies: whether what the lines of one give is given by those of the other, with
 * what negated patterns take back and what narrowing a grant closes. */
#include "policy/wider_parts.h"

/* One grant of both policies. */
struct pair_of {
	struct compare *compare;
	enum grant grant;
	const struct grant_info *info;
	const struct grant_state *wide, *narrow;
	bool narrow_free; /* the narrow policy leaves it open, wherever it is asked for */
};

/* ---- languages ---------------------------------------------------------------------------------
 */

/* An open grant with negated lines alone is open for all that they do not cover. */
static bool opens_rest(const struct grant_info *info, const struct grant_state *state)
{
	return !info->closed && !state->first && state->negated;
}

static bool is_any(enum grant_kind kind, const struct grant_row *row)
{
	bool any = span_is(row->pattern, "*") || span_is(row->pattern, "**");

	return any && (kind != GRANT_PAIR || !row->value.at || span_is(row->value, "**"));
}

static bool has_any(const struct pair_of *pair)
{
	const struct grant_row *row = pair->narrow->first;

	while (row && !is_any(pair->info->kind, row))
		row = row->next;
	return row || opens_rest(pair->info, pair->narrow);
}

static bool is_full(const struct pair_of *pair, const struct grant_row *row)
{
	return !span_is_glob(row->pattern) &&
	       (pair->info->kind != GRANT_PAIR || (row->value.at && !span_is_glob(row->value)));
}

/* Whether the narrow policy grants the one value that |row| names in full. */
static bool grants_full(const struct pair_of *pair, const struct grant_row *row)
{
	const struct policy *policy = pair->compare->q.narrow;

	return pair->info->kind == GRANT_PAIR
		   ? grant_find_pair(policy, pair->grant, row->pattern, row->value) != NULL
		   : grant_find(policy, pair->grant, row->pattern) != NULL;
}

static bool pair_within(const struct grant_row *wide, const struct grant_row *narrow)
{
	return wider_includes(&wide->pattern, 1, narrow->pattern) &&
	       (!wide->value.at ||
		   (narrow->value.at && wider_includes(&wide->value, 1, narrow->value)));
}

/* `host` and its kin are covered by lines of this word alone, and what has a colon by lines with
 * the same words before it. */
static bool network_within(const struct grant_row *wide, const struct grant_row *narrow)
{
	struct span rest, word = span_cut(narrow->text, ':', &rest);

	if (span_equal(wide->text, narrow->text))
		return true;
	if (span_in_words(narrow->text, "host slirp4netns pasta") ||
	    (rest.at && !span_starts(wide->text, (struct span){word.at, word.len + 1})))
		return false;
	return wider_includes(&wide->pattern, 1, narrow->pattern);
}

static bool text_within(
    const struct pair_of *pair, const struct grant_row *wide, const struct grant_row *narrow)
{
	switch (pair->info->kind) {
	case GRANT_PAIR:
		return pair_within(wide, narrow);
	case GRANT_NETWORK:
		return network_within(wide, narrow);
	case GRANT_GLOB:
	case GRANT_TEXT:
	case GRANT_CAP:
	case GRANT_SECURITY:
		return wider_includes(&wide->pattern, 1, narrow->pattern);
	case GRANT_FLAG:
	case GRANT_BIND:
	case GRANT_PUBLISH:
	case GRANT_IMAGE:
	case GRANT_DEVICES:
	case GRANT_ARGV:
	default:
		return false;
	}
}

/* ---- examples ----------------------------------------------------------------------------------
 */

#define OUTSIDE_MOST 200

static size_t patterns_of(const struct grant_row *row, struct span patterns[OUTSIDE_MOST])
{
	size_t count = 0;

	for (; row && count < OUTSIDE_MOST; row = row->next)
		patterns[count++] = row->pattern;
	return count;
}

/* Values of the rows whose key |key| can be. */
static size_t values_of(
    const struct grant_row *row, struct span key, struct span values[OUTSIDE_MOST])
{
	size_t count = 0;

	for (; row && count < OUTSIDE_MOST; row = row->next) {
		if (!wider_disjoint(row->pattern, key))
			values[count++] = row->value.at ? row->value : SPAN("**");
	}
	return count;
}

static void try_texts(
    struct compare *compare, struct wider *wider, struct span text, struct span value)
{
	struct wider_try *one = text.at ? wider_try_new(wider) : NULL;

	wider_try_add(compare, one, text);
	wider_try_add(compare, one, value);
}

/* Texts of |pattern| that no line of the narrow policy has, then any. */
static void try_pattern(
    const struct pair_of *pair, struct wider *wider, struct span pattern, struct span value)
{
	struct compare *compare = pair->compare;
	struct span outside[OUTSIDE_MOST];
	size_t count = patterns_of(pair->narrow->first, outside);
	struct span any = wider_word(compare, value.at ? value : SPAN("1"), NULL, 0);
	struct span full = span_is(pattern, "**") ? SPAN("?*") : pattern;

	try_texts(compare, wider, wider_word(compare, full, outside, count), any);
	struct span key = wider_word(compare, full, NULL, 0);

	try_texts(compare, wider, key, any);
	count = key.at ? values_of(pair->narrow->first, key, outside) : 0;
	try_texts(compare, wider, key,
	    wider_word(compare, value.at ? value : SPAN("?*"), outside, count));
}

/* Texts that a negated line of the narrow policy takes back. */
static void try_negated(const struct pair_of *pair, struct wider *wider, const struct grant_row *no)
{
	const struct grant_row *row = pair->wide->first;
	struct compare *compare = pair->compare;
	struct span value = no->value.at ? wider_word(compare, no->value, NULL, 0) : SPAN("1");

	for (; row; row = row->next) {
		const struct span both[] = {row->pattern, no->pattern};
		const struct glob_question question = {both, 2, NULL, 0};
		char room[WORD_ROOM];

		if (glob_find(&question, room, sizeof(room)) == GLOB_SOME)
			try_texts(compare, wider, span_of(room), value);
	}
	try_texts(compare, wider, wider_word(compare, no->pattern, NULL, 0), value);
}

/* ---- telling -----------------------------------------------------------------------------------
 */

static struct wider difference(
    const struct pair_of *pair, struct span value, const struct policy_source *source)
{
	return (struct wider){.part = PART_GRANT,
	    .key = pair->info->name,
	    .value = value,
	    .source = *source,
	    .why = pair->info->help};
}

/* A line of the narrow policy that the wide one lacks. */
static void tell_gone(const struct pair_of *pair, const char *why)
{
	const struct grant_row *row =
	    pair->narrow->first ? pair->narrow->first : pair->narrow->negated;
	struct wider wider = row ? difference(pair, row->text, &row->source)
				 : difference(pair, SPAN("no"), &pair->narrow->source);

	wider.gone = true;
	wider.why = why;
	if (row && pair->info->kind != GRANT_ARGV)
		try_pattern(pair, &wider, SPAN("**"), (struct span){NULL, 0});
	else
		try_texts(pair->compare, &wider, SPAN("other"), SPAN("other"));
	wider_tell(pair->compare, &wider);
}

/* Open in both, where the narrow policy closes it by what else it narrows. */
static void tell_opened(const struct pair_of *pair)
{
	struct wider wider = difference(pair, (struct span){NULL, 0}, &(struct policy_source){0});

	wider.why = "the other policy closes this grant, because it narrows another one";
	try_texts(pair->compare, &wider, SPAN("1"), SPAN("1"));
	wider_tell(pair->compare, &wider);
}

/* ---- rows --------------------------------------------------------------------------------------
 */

/* What needs no line, where nothing is taken back. */
static bool is_safe(const struct pair_of *pair, const struct grant_row *row)
{
	return !pair->narrow->negated && !span_is_glob(row->pattern) &&
	       grant_is_safe(pair->grant, row->pattern);
}

static bool text_row(const struct pair_of *pair, const struct grant_row *row, struct wider *wider)
{
	const struct grant_row *other = pair->narrow->first;
	bool any = is_any(pair->info->kind, row);

	if (opens_rest(pair->info, pair->narrow))
		other = NULL;
	else if (any)
		other = has_any(pair) ? other : NULL;
	else
		while (other && !text_within(pair, other, row))
			other = other->next;
	bool covered = other || opens_rest(pair->info, pair->narrow) || is_safe(pair, row);

	/* a value that is named in full stays granted whatever is negated */
	if (covered && pair->narrow->negated && is_full(pair, row))
		covered = grants_full(pair, row);
	if (!covered)
		try_pattern(pair, wider, row->pattern, row->value);
	return covered;
}

static bool row_covered(
    const struct pair_of *pair, const struct grant_row *row, struct wider *wider)
{
	switch (pair->info->kind) {
	case GRANT_BIND:
		return wider_bind(pair->compare, pair->grant, row, wider);
	case GRANT_PUBLISH:
		return wider_publish(pair->compare, pair->grant, row, wider);
	case GRANT_IMAGE:
		return wider_image(pair->compare, pair->grant, row, wider);
	case GRANT_DEVICES:
		return wider_devices(pair->compare, pair->grant, row, wider);
	case GRANT_ARGV:
		return wider_argv(pair->compare, pair->grant, row, wider);
	case GRANT_FLAG:
	case GRANT_GLOB:
	case GRANT_PAIR:
	case GRANT_CAP:
	case GRANT_NETWORK:
	case GRANT_SECURITY:
	case GRANT_TEXT:
	default:
		return text_row(pair, row, wider);
	}
}

/* Whether an earlier row of the policy is the same. */
static bool is_repeated(const struct pair_of *pair, const struct grant_row *row)
{
	const struct grant_row *other = pair->wide->first;

	while (other != row &&
	       !(span_equal(other->text, row->text) && pair->info->kind != GRANT_BIND &&
		   pair->info->kind != GRANT_DEVICES))
		other = other->next;
	return other != row;
}

static void compare_rows(const struct pair_of *pair)
{
	for (const struct grant_row *row = pair->wide->first; row; row = row->next) {
		struct wider wider = difference(pair, row->text, &row->source);

		if (!is_repeated(pair, row) && !row_covered(pair, row, &wider))
			wider_tell(pair->compare, &wider);
	}
	if (!opens_rest(pair->info, pair->wide) || pair->narrow_free || has_any(pair))
		return;
	struct wider wider =
	    difference(pair, pair->wide->negated->text, &pair->wide->negated->source);

	wider.why = "every value that this line does not take back is permitted";
	try_pattern(pair, &wider, SPAN("**"), (struct span){NULL, 0});
	wider_tell(pair->compare, &wider);
}

/* ---- what is taken back ------------------------------------------------------------------------
 */

/* Whether a line of the wide policy takes back all that |no| does. */
static bool is_negated(const struct pair_of *pair, const struct grant_row *no)
{
	const struct grant_row *row = pair->wide->negated;
	bool one = spelling_is_plain(pair->grant);

	while (row && !span_equal(row->text, no->text) && !(one && pair_within(row, no)))
		row = row->next;
	return row != NULL;
}

static bool may_be_template(struct span value)
{
	return !value.at || span_is_glob(value) || has_template(value);
}

/* Whether no pair that |row| covers can be one that |no| is about. */
static bool pair_is_clear(
    const struct pair_of *pair, const struct grant_row *row, const struct grant_row *no)
{
	bool plain = spelling_is_plain(pair->grant) ||
		     (pair->grant == GRANT_ENV_ID && row->pattern.len > 0 &&
			 !strchr(" \t\r\n\v\f*?", row->pattern.at[0]));

	if (is_full(pair, row))
		return grants_full(pair, row) && !(no->value.at && may_be_template(row->value));
	return plain && !no->value.at && wider_disjoint(row->pattern, no->pattern);
}

/* The same of a text. What may be read as an id, as a path or as a template is refused where
 * something is negated, and so are some values whose parts are. */
static bool text_is_clear(const struct pair_of *pair, const struct grant_row *row)
{
	bool parts = pair->grant == GRANT_DEVICE_ID || pair->grant == GRANT_LINK_ID ||
		     pair->grant == GRANT_IMAGE_CHANGE_ID;

	return is_full(pair, row) && !parts && !span_is_hex(row->pattern) &&
	       !span_has(row->pattern, '/') && !has_template(row->pattern) &&
	       grants_full(pair, row);
}

/* Values that need no line are taken back as well. */
static bool safe_are_clear(const struct pair_of *pair)
{
	struct span rest = span_of(pair->info->safe), word;

	if (pair->info->kind == GRANT_PAIR)
		return rest.len == 0;
	while ((word = span_next_word(&rest)).len > 0) {
		if (negate_takes_back(pair->compare->q.narrow, pair->grant, word, NULL) &&
		    !negate_takes_back(pair->compare->q.wide, pair->grant, word, NULL))
			return false;
	}
	return true;
}

/* Whether nothing that the wide policy grants is what |no| is about. */
static bool is_clear(const struct pair_of *pair, const struct grant_row *no)
{
	const struct grant_row *row = pair->wide->first;

	if (opens_rest(pair->info, pair->wide) || !safe_are_clear(pair))
		return false;
	while (row && (pair->info->kind == GRANT_PAIR ? pair_is_clear(pair, row, no)
						      : text_is_clear(pair, row)))
		row = row->next;
	return !row;
}

static void compare_negated(const struct pair_of *pair)
{
	for (const struct grant_row *no = pair->narrow->negated; no; no = no->next) {
		char room[WORD_ROOM];
		struct text text = text_in(room, sizeof(room));

		if (is_negated(pair, no) || is_clear(pair, no))
			continue;
		text_add(&text, SPAN("!"));
		text_add(&text, no->text);
		struct wider wider =
		    difference(pair, wider_keep(pair->compare, text_span(&text)), &no->source);

		wider.gone = true;
		try_negated(pair, &wider, no);
		wider_tell(pair->compare, &wider);
	}
}

/* ---- one grant ---------------------------------------------------------------------------------
 */

static void compare_flag(const struct pair_of *pair)
{
	struct wider wider = difference(pair, SPAN("yes"), &pair->wide->source);

	if (!pair->wide->flag || pair->narrow_free || pair->narrow->flag)
		return;
	try_texts(pair->compare, &wider, SPAN("yes"), SPAN(""));
	wider_tell(pair->compare, &wider);
}

static void compare_grant(struct compare *compare, enum grant grant)
{
	const struct policy *wide = compare->q.wide, *narrow = compare->q.narrow;
	bool shut = narrow->shut[grant] & ~wide->shut[grant];
	bool open = grant_is_free(narrow, grant);
	const struct pair_of pair = {compare, grant, grant_info(grant), &wide->grants[grant],
	    &narrow->grants[grant], open && narrow->shut[grant] == 0};

	if (grant_is_free(wide, grant)) {
		if (!open)
			tell_gone(
			    &pair, "the grant has no lines any more, so every value is permitted");
		else if (shut)
			tell_opened(&pair);
		return;
	}
	if (pair.narrow_free)
		return;
	if (pair.info->kind == GRANT_FLAG) {
		compare_flag(&pair);
		return;
	}
	compare_rows(&pair);
	compare_negated(&pair);
}

/* ---- what several grants mean together ---------------------------------------------------------
 */

/* A line of `registry` bounds what `image` and `plugin` give. */
static void compare_bounds(struct compare *compare)
{
	const struct grant_state *wide = &compare->q.wide->grants[GRANT_REGISTRY_ID];
	const struct grant_state *narrow = &compare->q.narrow->grants[GRANT_REGISTRY_ID];
	const struct pair_of pair = {
	    compare, GRANT_REGISTRY_ID, grant_info(GRANT_REGISTRY_ID), wide, narrow, false};
	const struct grant_row *row = narrow->first ? narrow->first : narrow->negated;

	if (!narrow->given || wide->given)
		return;
	struct wider wider = difference(&pair, row->text, &row->source);

	wider.gone = true;
	wider.why = "without lines of \"registry\", images and plugins may come from any registry";
	try_pattern(&pair, &wider, SPAN("**"), (struct span){NULL, 0});
	wider_tell(compare, &wider);
}

static bool has_text(const struct grant_state *state, struct span text)
{
	const struct grant_row *row = state->first;

	while (row && !span_equal(row->text, text))
		row = row->next;
	return row != NULL;
}

/* The first row that the narrow policy does not have to the letter, or NULL. */
static const struct grant_row *other_row(const struct compare *compare, enum grant grant)
{
	const struct grant_row *row = compare->q.wide->grants[grant].first;

	while (row && has_text(&compare->q.narrow->grants[grant], row->text))
		row = row->next;
	return row;
}

static bool may_build(const struct policy *policy)
{
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);

		if (operation->traits & (TRAIT_BUILDS | TRAIT_H2C) &&
		    policy_may_allow(policy, operation))
			return true;
	}
	return false;
}

/* What a daemon that cannot hold a build to lines of `frontend` refuses, it does not without them.
 */
static void compare_frontends(struct compare *compare)
{
	const struct grant_row *row = compare->q.narrow->grants[GRANT_FRONTEND_ID].first;

	if (!row || !policy_narrows_sources(compare->q.narrow) ||
	    policy_narrows_sources(compare->q.wide) || !may_build(compare->q.wide))
		return;
	wider_tell(compare,
	    &(struct wider){.part = PART_GRANT,
		.key = grant_info(GRANT_FRONTEND_ID)->name,
		.value = row->text,
		.source = row->source,
		.gone = true,
		.why = "without this line, daemons older than 24.0.7 build; with it they refuse"});
}

/* What BuildKit is told of the registries of images is made of the lines of several grants as they
 * are written: nothing is known of lines that are written in another way. */
static void compare_sources(struct compare *compare)
{
	static const enum grant grants[] = {GRANT_REGISTRY_ID, GRANT_IMAGE_ID, GRANT_FRONTEND_ID};

	if (!twin_is_narrowed(compare->q.narrow, GRANT_REGISTRY_ID) || !may_build(compare->q.wide))
		return;
	for (size_t i = 0; i < sizeof(grants) / sizeof(*grants); i++) {
		const struct grant_row *row = other_row(compare, grants[i]);

		if (!row)
			continue;
		wider_tell(compare,
		    &(struct wider){.part = PART_GRANT,
			.key = grant_info(grants[i])->name,
			.value = row->text,
			.source = row->source,
			.why =
			    "compare cannot decide what builds may read by this line together with "
			    "the lines of \"registry\""});
	}
}

static bool makes_services(const struct policy *policy)
{
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);

		if (operation->subject == SUBJECT_SERVICE && policy_may_allow(policy, operation))
			return true;
	}
	return false;
}

/* Of a network of a service that a line names in full the daemon is not asked whether it is the
 * network `host`. */
static void compare_task_networks(struct compare *compare)
{
	const struct grant_state *narrow = &compare->q.narrow->grants[GRANT_NETWORK_MODE_ID];
	const struct grant_row *row = compare->q.wide->grants[GRANT_NETWORK_MODE_ID].first;

	if (!makes_services(compare->q.wide) ||
	    grant_find(compare->q.narrow, GRANT_NETWORK_MODE_ID, SPAN("host")))
		return;
	for (; row; row = row->next) {
		if (span_is_glob(row->text) || network_is_builtin(row->text) ||
		    has_text(narrow, row->text))
			continue;
		wider_tell(compare, &(struct wider){.part = PART_GRANT,
					.key = grant_info(GRANT_NETWORK_MODE_ID)->name,
					.value = row->text,
					.source = row->source,
					.why = "a service reaches the network \"host\" by this "
					       "text when the id of that "
					       "network begins with it"});
	}
}

void wider_grants(struct compare *compare)
{
	if (policy_grants_all(compare->q.narrow) || policy_grants_all(compare->q.wide))
		return; /* `grant = all` is a setting */
	for (unsigned i = GRANT_NONE + 1; i < GRANT_MAX; i++)
		compare_grant(compare, (enum grant)i);
	compare_bounds(compare);
	compare_frontends(compare);
	compare_sources(compare);
	compare_task_networks(compare);
}
