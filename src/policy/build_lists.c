/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of a build that hold lists: CSV without quotes, and JSON. */
#include <ctype.h>

#include "docker/tables.h"
#include "json/json.h"
#include "policy/build.h"

#define PART_MOST 1024u /* bytes of a part of a list */

bool go_says_no(struct span text)
{
	return span_in_words(text, "0 f F false FALSE False");
}

void list_judge(struct judge *judge, enum grant grant, const struct place *place, struct span text,
    void (*fn)(struct judge *, enum grant, const struct place *, struct span))
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '"' || iscntrl((unsigned char)text.at[i])) {
			judge_bad(judge, REASON_AMBIGUOUS, place, text,
			    "is a list with quotes or control characters; write it without");
			return;
		}
	}
	while (text.at && !judge_done(judge)) {
		struct span part = span_cut(text, ',', &text);

		if (part.len > 0 && part.len < PART_MOST)
			fn(judge, grant, place, part);
		else
			judge_bad(judge, REASON_BODY, place, part,
			    "is a list with a part that is empty or too long");
	}
}

/* The daemon writes hosts in small letters. */
static void judge_host(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	char room[PART_MOST];
	struct text entry = text_in(room, sizeof(room));
	bool parted = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = (char)tolower((unsigned char)text.at[i]);

		if (c == '=' && !parted)
			c = ':';
		parted |= text.at[i] == '=';
		text_add(&entry, (struct span){&c, 1});
	}
	if (parted)
		grant_judge_text(judge, grant, place, text_span(&entry));
	else
		judge_bad(judge, REASON_BODY, place, text, "is no HOST=ADDRESS");
}

void build_judge_hosts(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	list_judge(judge, grant, place, text, judge_host);
}

static void judge_ulimit(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	struct span values, hard, name = span_cut(text, '=', &values);
	struct span soft = span_cut(values, ':', &hard);
	struct docker_number number;

	if (!hard.at)
		hard = soft;
	if (name.len == 0 || !values.at || !docker_number_read(soft, &number) ||
	    !docker_number_read(hard, &number))
		judge_bad(judge, REASON_BODY, place, text, "is no NAME=SOFT:HARD");
	else
		grant_judge_pair(judge, grant, place, name, hard);
}

void build_judge_ulimits(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	list_judge(judge, grant, place, text, judge_ulimit);
}

static void judge_generator(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	if (span_cut_prefix(&text, SPAN("generator=")))
		build_judge_image_read(judge, grant, place, text);
}

void build_judge_scanner(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	list_judge(judge, grant, place, text, judge_generator);
}

/* ---- caches ------------------------------------------------------------------------------------
 */

static void judge_cache_ref(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	grant_judge_text(judge, grant, place, SPAN("registry"));
	if (!judge_done(judge))
		build_judge_image_read(judge, GRANT_IMAGE_ID, place, text);
}

void build_judge_cache_refs(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	list_judge(judge, grant, place, text, judge_cache_ref);
}

void build_judge_cache_json(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	static const struct json_limits limits = {
	    .max_bytes = 65536, .max_depth = 4, .max_members = 1024};
	struct fault fault = {.reason = REASON_INTERNAL, .place = place};
	struct error err;
	const cJSON *list;

	(void)grant;
	if (!judge->request->scratch) {
		judge_refuse(judge, &fault, "cannot be judged");
		return;
	}
	list = json_parse(text, &limits, judge->request->scratch, &err);
	if (list)
		walk_param(judge, &cache_imports, list, place);
	else
		judge_bad(judge, REASON_BODY, place, SPAN(""), err.text);
}
