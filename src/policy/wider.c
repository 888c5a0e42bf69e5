/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy may permit that another one does not: its settings, requirements, maxima and
 * owners. Each table is walked row by row, and a row says which of two values permits more. */
#include <limits.h>

#include "base/meter.h"
#include "policy/require.h"
#include "policy/wider_parts.h"

/* ---- helpers of all files ----------------------------------------------------------------------
 */

struct span wider_keep(struct compare *compare, struct span text)
{
	const char *copy = arena_copy(compare->q.arena, text);

	compare->failed |= !copy;
	return (struct span){copy ? copy : "", copy ? text.len : 0};
}

struct wider_try *wider_try_new(struct wider *wider)
{
	if (wider->try_count == WIDER_TRIES_MOST)
		return NULL;
	struct wider_try *one = &wider->tries[wider->try_count++];

	one->count = 0;
	return one;
}

void wider_try_add(struct compare *compare, struct wider_try *one, struct span text)
{
	if (one && one->count < WIDER_TEXTS_MOST)
		one->texts[one->count++] = wider_keep(compare, text);
}

/* |pattern| with something in the place of each star. */
static struct span without_gaps(struct span pattern, char room[WORD_ROOM])
{
	struct text text = text_in(room, WORD_ROOM);

	for (size_t i = 0; i < pattern.len; i++) {
		bool star = pattern.at[i] == '*' && (i == 0 || pattern.at[i - 1] != '*');

		text_add(&text, star ? SPAN("?") : SPAN(""));
		text_add(&text, (struct span){pattern.at + i, 1});
	}
	return text.len + 1 < text.size ? text_span(&text) : pattern;
}

struct span wider_word(
    struct compare *compare, struct span pattern, const struct span *outside, size_t outside_count)
{
	char room[WORD_ROOM], full[WORD_ROOM];
	const struct span plain[] = {without_gaps(pattern, full)};
	enum glob_answer answer = glob_find(
	    &(struct glob_question){plain, 1, outside, outside_count}, room, sizeof(room));

	if (answer != GLOB_SOME)
		answer = glob_find(&(struct glob_question){&pattern, 1, outside, outside_count},
		    room, sizeof(room));
	if (answer == GLOB_NONE)
		return (struct span){NULL, 0};
	return wider_keep(compare, answer == GLOB_SOME ? span_of(room) : pattern);
}

bool wider_includes(const struct span *wide, size_t wide_count, struct span narrow)
{
	const struct glob_question question = {&narrow, 1, wide, wide_count};
	char room[WORD_ROOM];

	for (size_t i = 0; i < wide_count; i++) {
		if (span_is(wide[i], "**") || span_equal(wide[i], narrow))
			return true;
	}
	return wide_count > 0 && glob_find(&question, room, sizeof(room)) == GLOB_NONE;
}

bool wider_disjoint(struct span a, struct span b)
{
	const struct span both[] = {a, b};
	const struct glob_question question = {both, 2, NULL, 0};
	char room[WORD_ROOM];

	return glob_find(&question, room, sizeof(room)) == GLOB_NONE;
}

/* ---- settings ----------------------------------------------------------------------------------
 */

/* A setting's value in the order of what it permits. */
static unsigned setting_rank(const struct policy *policy, enum setting setting)
{
	unsigned value = policy->settings[setting].value;

	return setting == SETTING_MAX_API && !policy->settings[setting].given ? UINT_MAX : value;
}

/* Where requirements are about members that are newer than the API by which a request without a
 * version may be read, the oldest version that a policy takes decides whether such members stand.
 */
static bool reads_newer(const struct compare *compare)
{
	unsigned wide = compare->q.wide->settings[SETTING_MIN_API].value;
	unsigned narrow = compare->q.narrow->settings[SETTING_MIN_API].value;

	return wide > narrow && wide > API_UNNAMED && !requires_nothing(compare->q.narrow);
}

static void tell_setting(struct compare *compare, enum setting setting, const char *why)
{
	const struct setting_state *wide = &compare->q.wide->settings[setting];
	const struct setting_state *narrow = &compare->q.narrow->settings[setting];
	bool gone = !wide->given && narrow->given;
	char room[NUMBER_MOST];
	struct text text = text_in(room, sizeof(room));
	struct policy_setting row;

	if (!policy_setting_at((unsigned)setting, &row))
		return;
	setting_write(&text, setting, gone ? narrow->value : wide->value);
	wider_tell(compare, &(struct wider){.part = PART_SETTING,
				.key = row.name,
				.value = wider_keep(compare, text_span(&text)),
				.source = gone ? narrow->source : wide->source,
				.gone = gone,
				.why = why});
}

static bool is_given(const struct compare *compare, enum setting setting)
{
	return compare->q.wide->settings[setting].given;
}

static void compare_setting(struct compare *compare, enum setting setting)
{
	unsigned wide = setting_rank(compare->q.wide, setting);
	unsigned narrow = setting_rank(compare->q.narrow, setting);
	struct policy_setting row;

	if (!policy_setting_at((unsigned)setting, &row))
		return;
	switch (row.way) {
	case WAY_NO_POWER:
	case WAY_LIST:
		return;
	case WAY_UP:
		if (wide > narrow)
			tell_setting(compare, setting, row.help);
		return;
	case WAY_DOWN:
		/* without a line it is off where there is nothing to hold an object against */
		if (wide < narrow && (setting != SETTING_CHECK_STATE || is_given(compare, setting)))
			tell_setting(compare, setting, row.help);
		return;
	case WAY_UNSAID:
	case WAY_CHANGE:
		if (wide != narrow)
			tell_setting(compare, setting, row.help);
		return;
	}
}

static void compare_settings(struct compare *compare)
{
	for (int i = 0; i < SETTING_COUNT; i++)
		compare_setting(compare, (enum setting)i);
	if (reads_newer(compare))
		tell_setting(compare, SETTING_MIN_API,
		    "requests without a version may have members of newer API versions, which "
		    "requirements rely on");
}

/* ---- requirements and maxima -------------------------------------------------------------------
 */

static void compare_requirements(struct compare *compare)
{
	const struct requirement *row;

	for (unsigned i = 0; (row = requirement_at(i)) != NULL; i++) {
		uint64_t bit = UINT64_C(1) << i;

		if (compare->q.narrow->required & bit && !(compare->q.wide->required & bit))
			wider_tell(compare, &(struct wider){.part = PART_REQUIREMENT,
						.key = "require",
						.value = span_of(row->name),
						.source = compare->q.narrow->required_by[i],
						.gone = true,
						.why = row->must});
	}
}

/* A maximum that is not given bounds nothing, but for one that has a value all the same. */
static double bound(const struct policy *policy, enum maximum maximum)
{
	const struct maximum_state *state = &policy->maxima[maximum];

	return state->given || state->value > 0 ? state->value : HUGE_VAL;
}

static void compare_maxima(struct compare *compare)
{
	for (int i = 0; i < MAXIMUM_COUNT; i++) {
		enum maximum maximum = (enum maximum)i;
		const struct maximum_state *wide = &compare->q.wide->maxima[i];
		const struct maximum_state *narrow = &compare->q.narrow->maxima[i];
		char room[NUMBER_MOST];
		struct text text = text_in(room, sizeof(room));
		bool gone = !wide->given;

		if (bound(compare->q.wide, maximum) <= bound(compare->q.narrow, maximum))
			continue;
		maximum_write(&text, maximum, gone ? narrow->value : wide->value);
		struct wider wider = {.part = PART_MAXIMUM,
		    .key = maximum_name(maximum),
		    .value = wider_keep(compare, text_span(&text)),
		    .source = gone ? narrow->source : wide->source,
		    .gone = gone,
		    .why = maximum_listed(maximum).help};

		text = text_in(room, sizeof(room));
		text_add_format(&text, "%.0f", gone ? narrow->value + 1 : wide->value);
		wider_try_add(compare, wider_try_new(&wider), text_span(&text));
		wider_tell(compare, &wider);
	}
}

/* ---- owners ------------------------------------------------------------------------------------
 */

static void tell_key(struct compare *compare, const char *key, struct span value,
    const struct policy_source *source, bool gone, const char *why)
{
	wider_tell(compare, &(struct wider){.part = PART_SETTING,
				.key = key,
				.value = value,
				.source = *source,
				.gone = gone,
				.why = why});
}

static void compare_owner(struct compare *compare)
{
	const struct owner_state *wide = &compare->q.wide->owner;
	const struct owner_state *narrow = &compare->q.narrow->owner;

	if (narrow->name.at && !wide->name.at)
		tell_key(compare, "owner", narrow->name, &narrow->source, true,
		    "clients are held to the objects of this owner no more");
	else if (narrow->name.at && !span_equal(narrow->name, wide->name))
		tell_key(compare, "owner", wide->name, &wide->source, false,
		    "the objects of another owner can be used");
	else if (narrow->key.at && !(wide->key.at && span_equal(wide->key, narrow->key)))
		tell_key(compare, "owner_label", narrow->key, &narrow->source, true,
		    "the owner label is guarded no more: clients can set it");
}

static bool is_shared(const struct owner_state *owner, const struct shared_row *asked)
{
	for (const struct shared_row *row = owner->shared; row; row = row->next) {
		if (row->kind == asked->kind && wider_includes(&row->pattern, 1, asked->pattern))
			return true;
	}
	return false;
}

static void compare_shared(struct compare *compare)
{
	const struct shared_row *row = compare->q.wide->owner.shared;

	for (; row; row = row->next) {
		if (compare->q.narrow->owner.name.at && !is_shared(&compare->q.narrow->owner, row))
			tell_key(compare, "shared", row->text, &row->source, false,
			    "objects without an owner that the owner's containers may use");
	}
}

static void compare_quota(struct compare *compare, unsigned index)
{
	const struct quota *wide = &compare->q.wide->owner.quotas[index];
	const struct quota *narrow = &compare->q.narrow->owner.quotas[index];
	const struct quota *said = wide->given ? wide : narrow;
	struct policy_setting row;
	char room[NUMBER_MOST];
	struct text text = text_in(room, sizeof(room));

	if (!narrow->given || (wide->given && wide->most <= narrow->most) ||
	    !quota_key_at(index, &row))
		return;
	text_add_format(&text, "%llu", (unsigned long long)said->most);
	tell_key(compare, row.name, wider_keep(compare, text_span(&text)), &said->source,
	    !wide->given, row.help);
}

/* ---- what is hidden ----------------------------------------------------------------------------
 */

static bool is_excepted(const struct redact_state *redact, const struct redact_row *asked)
{
	for (const struct redact_row *row = redact->except; row; row = row->next) {
		if (wider_includes(&row->pattern, 1, asked->pattern))
			return true;
	}
	return false;
}

static void compare_redact(struct compare *compare)
{
	const struct redact_state *wide = &compare->q.wide->redact;
	const struct redact_state *narrow = &compare->q.narrow->redact;
	const struct redact_row *row = narrow->hidden.bits ? wide->except : NULL;

	for (unsigned i = 0; i < REDACT_KIND_COUNT; i++) {
		if (narrow->hidden.bits & ~wide->hidden.bits & 1u << i)
			tell_key(compare, "redact", span_of(docker_redact_word(i)),
			    &narrow->hidden.source, true, docker_redact_what(i));
	}
	for (; row; row = row->next) {
		if (!is_excepted(narrow, row))
			tell_key(compare, "redact_except", row->text, &row->source, false,
			    "clients see the values of variables and labels with these names");
	}
}

/* ---- all of it ---------------------------------------------------------------------------------
 */

int policy_wider(const struct wider_question *question)
{
	struct compare compare = {.q = *question};

	meter_start(METER_FREE);
	wider_rules(&compare);
	wider_grants(&compare);
	compare_requirements(&compare);
	compare_maxima(&compare);
	compare_owner(&compare);
	compare_shared(&compare);
	compare_redact(&compare);
	for (unsigned i = 0; i < QUOTA_COUNT; i++)
		compare_quota(&compare, i);
	compare_settings(&compare);
	return compare.failed ? -1 : 0;
}
