/* SPDX-License-Identifier: Apache-2.0 */
/* What `check` says about lines that cannot do what their writer meant. */
#include "base/glob.h"
#include "policy/judge.h"
#include "policy/warn.h"

/* ---- signs of other pattern languages ----------------------------------------------------------
 */

#define SIGNS "|()[]^$\\"

/* Grants whose values may have such signs, and seldom do. */
static const struct {
	enum grant grant;
	const char *signs;
	const char *negated; /* behind a "!" */
} names[] = {
    {GRANT_NETWORK_MODE_ID, "()[]^$\\", SIGNS},
    {GRANT_ALIAS_ID, "()[]^$\\", SIGNS},
    {GRANT_LINK_ID, SIGNS, SIGNS},
    {GRANT_ENV_ID, "|[]^$\\", "|[]^$\\"},
};

/* The first of |signs| in |text|, or NULL. */
static const char *find_sign(struct span text, const char *signs)
{
	for (size_t i = 0; i < text.len; i++) {
		if (strchr(signs, text.at[i]))
			return text.at + i;
	}
	return NULL;
}

#define NO_WILDCARD                                                                                \
	"\"%c\" is no wildcard, so that the line only matches a name that has it; the wildcards "  \
	"are * and ?, and several values have blanks between them"

static void warn_row(const struct warner *warner, enum grant grant, const struct grant_row *row,
    const char *mark, const char *signs)
{
	struct span key = row->text;
	const char *equals = grant_info(grant)->kind == GRANT_PAIR && key.len > 0
				 ? memchr(key.at, '=', key.len)
				 : NULL;
	char room[512];
	struct text text = text_in(room, sizeof(room));

	if (equals)
		key.len = (size_t)(equals - key.at);
	const char *sign = find_sign(key, signs);

	if (!sign)
		return;
	text_add_format(&text, "%s = %s%.*s: " NO_WILDCARD, grant_info(grant)->name, mark,
	    (int)row->text.len, row->text.at, *sign);
	warner_say(warner, &row->source, room);
}

static void warn_signs(const struct policy *policy, const struct warner *warner)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct grant_state *state = &policy->grants[names[i].grant];

		for (const struct grant_row *row = state->first; row; row = row->next)
			warn_row(warner, names[i].grant, row, "", names[i].signs);
		for (const struct grant_row *row = state->negated; row; row = row->next)
			warn_row(warner, names[i].grant, row, "!", names[i].negated);
	}
}

/* "registry.example.org" is an image of Docker Hub. */
static void warn_host(const struct policy *policy, const struct warner *warner, enum grant grant)
{
	for (const struct grant_row *row = policy->grants[grant].first; row; row = row->next) {
		struct span tag, name = span_cut(row->text, ':', &tag);
		char room[400];
		struct text text = text_in(room, sizeof(room));

		if (row->image.kind != IMAGE_ROW_NAME || !span_has(name, '.') ||
		    span_has(row->text, '/') || span_is_glob(name))
			continue;
		text_add_format(&text,
		    "%s = %.*s is an image of docker.io; for all images of a registry write "
		    "%.*s/**, and otherwise docker.io/library/%.*s",
		    grant_info(grant)->name, (int)row->text.len, row->text.at, (int)row->text.len,
		    row->text.at, (int)row->text.len, row->text.at);
		warner_say(warner, &row->source, room);
	}
}

/* ---- lines without an effect -------------------------------------------------------------------
 */

/* Whether a "!" of the grant takes back one of the values that need no line. */
static bool takes_back_safe(const struct policy *policy, enum grant grant)
{
	struct span rest = span_of(grant_info(grant)->safe), word;

	while ((word = span_next_word(&rest)).len > 0) {
		if (negate_takes_back(policy, grant, word, NULL))
			return true;
	}
	return false;
}

/* Nothing is granted, so that there is nothing to take back. */
static void warn_lone_negations(const struct policy *policy, const struct warner *warner)
{
	for (int i = GRANT_NONE + 1; i < GRANT_MAX; i++) {
		const struct grant_info *info = grant_info((enum grant)i);
		const struct grant_state *state = &policy->grants[i];
		const struct grant_row *row = state->negated;
		char room[400];
		struct text text = text_in(room, sizeof(room));

		if (!info->closed || !row || state->first || takes_back_safe(policy, (enum grant)i))
			continue;
		text_add_format(&text,
		    "%s = !%.*s has no effect: no line permits a value that it could take back; "
		    "add what is permitted, such as \"%s = *\", or remove the line",
		    info->name, (int)row->text.len, row->text.at, info->name);
		warner_say(warner, &row->source, room);
	}
}

void warn_vain(const struct policy *policy, const struct warner *warner)
{
	warn_signs(policy, warner);
	warn_host(policy, warner, GRANT_IMAGE_ID);
	warn_host(policy, warner, GRANT_IMAGE_WRITE_ID);
	warn_lone_negations(policy, warner);
}
