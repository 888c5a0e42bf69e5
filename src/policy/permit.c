/* SPDX-License-Identifier: Apache-2.0 */
/* Grants as they are asked: does a row cover this value? */
#include "base/glob.h"
#include "policy/judge.h"

#define PAIR_MOST 160    /* bytes of a pair that are shown, or that a line gets */
#define PAIR_KEY_MOST 64 /* of its key */

/* No line narrows it, and it needs one to be closed. */
static bool is_open(const struct policy *policy, enum grant grant)
{
	return !grant_info(grant)->closed && !policy->grants[grant].given;
}

/* A row that forgot its grant is not free. */
bool grant_is_free(const struct policy *policy, enum grant grant)
{
	return policy_grants_all(policy) || (grant != GRANT_NONE && is_open(policy, grant));
}

bool grant_is_safe(enum grant grant, struct span value)
{
	return span_in_words(value, grant_info(grant)->safe);
}

static bool covers_text(const void *text, const struct grant_row *row)
{
	return glob_match(row->pattern, *(const struct span *)text);
}

static bool covers_network(const void *name, const struct grant_row *row)
{
	return network_row_covers(row, *(const struct span *)name);
}

static bool covers_pair(const void *asked, const struct grant_row *row)
{
	const struct pair *pair = asked;

	return glob_match(row->pattern, pair->name) &&
	       (!row->value.at || glob_match(row->value, pair->value));
}

static const struct grant_row *find_text(
    const struct policy *policy, enum grant grant, struct span value)
{
	switch (grant_info(grant)->kind) {
	case GRANT_NETWORK:
		return rows_find(policy, grant, value, value, covers_network, &value);
	case GRANT_GLOB:
	case GRANT_TEXT:
	case GRANT_DEVICES:
	case GRANT_CAP:
	case GRANT_SECURITY:
		return rows_find(policy, grant, value, value, covers_text, &value);
	case GRANT_FLAG:
	case GRANT_PAIR:
	case GRANT_BIND:
	case GRANT_PUBLISH:
	case GRANT_IMAGE:
	case GRANT_ARGV:
	default: /* a kind with a judge of its own, asked here by mistake */
		return NULL;
	}
}

const struct grant_row *grant_find(const struct policy *policy, enum grant grant, struct span value)
{
	return negate_judge(policy, grant, find_text(policy, grant, value), value, NULL);
}

static const struct grant_row *find_pair(
    const struct policy *policy, enum grant grant, struct span key, struct span value)
{
	const struct pair pair = {key, value};

	return rows_find(policy, grant, key, value, covers_pair, &pair);
}

const struct grant_row *grant_find_pair(
    const struct policy *policy, enum grant grant, struct span key, struct span value)
{
	return negate_judge(policy, grant, find_pair(policy, grant, key, value), key, &value);
}

/* A line that names the text in full grants it, unless a negated one does so too. */
static void need_text(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	bool final;
	const struct grant_row *negated = negate_refusing(judge->policy, grant, text, NULL, &final);

	judge_need_despite(
	    judge, place, grant, text, final ? (struct span){NULL, 0} : text, negated);
}

void grant_judge_text(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	const struct grant_row *row;
	bool safe =
	    grant_is_safe(grant, text) && !negate_takes_back(judge->policy, grant, text, NULL);

	if (grant_is_free_here(judge, grant) || safe) {
		judge_note(judge, place, text, "harmless", NULL);
		return;
	}
	row = grant_find(judge->policy, grant, text);
	if (row)
		judge_note(judge, place, text, "granted", &row->source);
	else
		need_text(judge, grant, place, text);
}

void grant_judge_flag(
    struct judge *judge, enum grant grant, const struct place *place, struct span shown)
{
	const struct grant_state *state = &judge->policy->grants[grant];

	if (grant_is_free_here(judge, grant))
		judge_note(judge, place, shown, "harmless", NULL);
	else if (state->flag)
		judge_note(judge, place, shown, "granted", &state->source);
	else
		judge_need(judge, place, grant, shown, shown);
}

/* Pairs whose values are nobody's business. */
static bool is_secret(enum grant grant, struct span key)
{
	const char *shown = grant_info(grant)->shown;

	return *shown != '*' && !span_in_words(key, shown);
}

/* The key as a line can have it: the first "=" there ends it, so that one of its own is a "?". */
static struct span line_key(struct span key, char room[static PAIR_KEY_MOST])
{
	if (!span_has(key, '='))
		return key;
	if (key.len > PAIR_KEY_MOST)
		return (struct span){NULL, 0};
	for (size_t i = 0; i < key.len; i++)
		room[i] = key.at[i] == '=' ? '?' : key.at[i];
	return (struct span){room, key.len};
}

static void need_pair(struct judge *judge, enum grant grant, const struct place *place,
    struct span key, struct span value)
{
	char shown[PAIR_MOST], room[PAIR_KEY_MOST], line[PAIR_MOST];
	struct text text = text_in(shown, sizeof(shown)), pair = text_in(line, sizeof(line));
	bool secret = is_secret(grant, key) || place_is_secret(place);
	struct span held = line_key(key, room);

	text_add(&text, (struct span){key.at, key.len < PAIR_KEY_MOST ? key.len : PAIR_KEY_MOST});
	if (!secret && value.at) {
		text_add(&text, SPAN("="));
		text_add(&text, value);
	} else if (value.at) {
		text_add(&text, SPAN("=***"));
	}
	bool whole = secret || !value.at || key.len + value.len + 2 < sizeof(line);

	bool final;
	const struct grant_row *negated =
	    negate_refusing(judge->policy, grant, key, &value, &final);
	struct span fix = held;

	if (!secret && whole && value.at && held.at) {
		text_add(&pair, held);
		text_add(&pair, SPAN("="));
		text_add(&pair, value);
		fix = text_span(&pair);
	}

	/* A key alone does not overrule a negated line. */
	if (final || (negated && (secret || !whole || !value.at)))
		fix = (struct span){NULL, 0};
	judge_need_despite(judge, place, grant, text_span(&text), fix, negated);
}

void grant_judge_pair(struct judge *judge, enum grant grant, const struct place *place,
    struct span key, struct span value)
{
	const struct grant_row *row;
	bool safe =
	    grant_is_safe(grant, key) && !negate_takes_back(judge->policy, grant, key, &value);

	if (grant_is_free_here(judge, grant) || safe) {
		judge_note(judge, place, key, "harmless", NULL);
		return;
	}
	row = grant_find_pair(judge->policy, grant, key, value);
	if (row)
		judge_note(judge, place, key, "granted", &row->source);
	else
		need_pair(judge, grant, place, key, value);
}

void grant_judge_key(
    struct judge *judge, enum grant grant, const struct place *place, struct span key)
{
	if (grant_info(grant)->kind == GRANT_PAIR)
		grant_judge_pair(judge, grant, place, key, (struct span){NULL, 0});
	else
		grant_judge_text(judge, grant, place, key);
}
