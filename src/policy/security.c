/* SPDX-License-Identifier: Apache-2.0 */
/* Security options, read as the daemon reads them: cut at the first '=', else at the first ':'. */
#include "base/glob.h"
#include "policy/judge.h"

struct security_option security_option_read(struct span text)
{
	struct security_option option = {0};

	option.key = span_cut(text, '=', &option.value);
	if (!option.value.at)
		option.key = span_cut(text, ':', &option.value);
	option.spelled = option.value.at;
	return option;
}

/* The truth values that Go knows; anything else stands for itself. */
static struct span truth(struct span value)
{
	static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
	static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++) {
		if (span_equal(value, span_of(yes[i])))
			return SPAN("true");
		if (span_equal(value, span_of(no[i])))
			return SPAN("false");
	}
	return value;
}

static bool is_default(const struct security_option *option)
{
	return option->spelled && option->value.len == 0 &&
	       (span_is(option->key, "seccomp") || span_is(option->key, "apparmor"));
}

static void judge_option(struct judge *judge, enum grant grant, const struct place *place,
    struct span normal, struct span whole)
{
	/* a profile of any size needs no copy */
	const struct grant_row *row = grant_find(judge->policy, grant, normal.at ? normal : whole);

	if (row)
		judge_note(judge, place, whole, "granted", &row->source);
	else
		judge_need(
		    judge, place, grant, normal.at ? normal : whole, normal.at ? normal : whole);
}

void security_judge(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	struct security_option option = security_option_read(text);
	char room[SECURITY_NAME_MOST * 2];
	struct text normal = text_in(room, sizeof(room));

	if (grant_is_free(judge->policy, grant) || is_default(&option))
		return;
	if (judge->label_is_free && span_is(option.key, "label") &&
	    span_is(option.value, "disable")) {
		judge_note(judge, place, text, "the daemon's own", NULL);
		return;
	}
	if (span_is(option.key, "no-new-privileges"))
		option.value = option.spelled ? truth(option.value) : SPAN("true");
	text_add(&normal, option.key);
	if (option.value.at) {
		text_add(&normal, SPAN("="));
		text_add(&normal, option.value);
	}
	bool fits = normal.len + 1 < sizeof(room);

	if (fits && grant_is_safe(grant, text_span(&normal)))
		judge_note(judge, place, text, "harmless", NULL);
	else
		judge_option(
		    judge, grant, place, fits ? text_span(&normal) : (struct span){NULL, 0}, text);
}
