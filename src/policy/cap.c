/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities: any case, with or without CAP_; ALL is every one of them. */
#include <ctype.h>

#include "base/glob.h"
#include "policy/judge.h"

struct span cap_name(struct span text, char (*room)[CAP_NAME_MOST])
{
	size_t len = 0;

	if (text.len > 4 && span_equal_nocase((struct span){text.at, 4}, SPAN("CAP_")))
		text = span_from(text, 4);
	for (; len < text.len && len < CAP_NAME_MOST; len++)
		(*room)[len] = (char)toupper((unsigned char)text.at[len]);
	return (struct span){*room, len};
}

int cap_row_parse(struct policy *policy, struct grant_row *row, struct error *err)
{
	char room[CAP_NAME_MOST];
	struct span name = cap_name(row->text, &room);

	if (span_is(name, "ALL"))
		name = SPAN("*");
	row->pattern = policy_keep(policy, name);
	return row->pattern.at ? 0 : error_set(err, "out of memory");
}

static bool is_all(const void *context, const struct grant_row *row)
{
	(void)context;
	return span_is(row->pattern, "*");
}

void cap_judge(struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	char room[CAP_NAME_MOST];
	struct span name = cap_name(text, &room);

	if (!span_is(name, "ALL")) {
		grant_judge_text(judge, grant, place, name);
		return;
	}
	/* ALL is more than any pattern but `*` gives */
	if (!grant_is_free(judge->policy, grant) &&
	    !rows_find(judge->policy, grant, SPAN(""), SPAN(""), is_all, NULL))
		judge_need(judge, place, grant, name, name);
}
