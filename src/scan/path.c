/* SPDX-License-Identifier: Apache-2.0 */
/* Where a check looks: paths into what the daemon tells. */
#include <stdio.h>

#include "scan/parts.h"

const cJSON *scan_member(const cJSON *object, struct span name)
{
	const cJSON *member;

	if (!cJSON_IsObject(object))
		return NULL;
	cJSON_ArrayForEach (member, object) {
		if (member->string && span_equal(span_of(member->string), name))
			return member;
	}
	return NULL;
}

struct walk {
	scan_value_fn *fn;
	void *context;
	char field[FIELD_MOST];
	bool over;
};

/* Writes one more part of the field's name; returns where the next one goes, FIELD_MOST where there
 * is no room. */
static size_t add_part(
    struct walk *walk, size_t len, const char *before, struct span part, const char *behind)
{
	int written = snprintf(walk->field + len, FIELD_MOST - len, "%s%.*s%s", before,
	    (int)part.len, part.at, behind);

	return written < 0 || len + (size_t)written >= FIELD_MOST ? FIELD_MOST
								  : len + (size_t)written;
}

static void go(struct walk *walk, const cJSON *value, struct span rest, size_t len);

static void go_each(struct walk *walk, const cJSON *value, struct span rest, size_t len)
{
	const cJSON *member;
	unsigned index = 0;

	cJSON_ArrayForEach (member, value) {
		char number[16];
		struct span name = span_of(member->string);
		size_t end;

		(void)snprintf(number, sizeof(number), "%u", index++);
		end = add_part(walk, len, "[", name.at ? name : span_of(number), "]");
		if (walk->over || end >= FIELD_MOST)
			return;
		go(walk, member, rest, end);
	}
}

static void go(struct walk *walk, const cJSON *value, struct span rest, size_t len)
{
	if (!rest.at) {
		walk->field[len] = '\0';
		walk->over =
		    !walk->fn(walk->context, cJSON_IsNull(value) ? NULL : value, walk->field);
		return;
	}
	struct span part = span_cut(rest, '/', &rest);

	if (span_is(part, "*")) {
		go_each(walk, value, rest, len);
		return;
	}
	bool key = memchr(part.at, '.', part.len) != NULL;
	size_t end = add_part(walk, len, key ? "[" : len > 0 ? "." : "", part, key ? "]" : "");

	if (end < FIELD_MOST)
		go(walk, scan_member(value, part), rest, end);
}

void scan_each(const cJSON *object, struct span path, scan_value_fn *fn, void *context)
{
	struct walk walk = {.fn = fn, .context = context};

	go(&walk, object, path, 0);
}

/* ---- conditions --------------------------------------------------------------------------------
 */

struct condition {
	struct span value;
	bool holds;
};

static bool compare(void *context, const cJSON *value, const char *field)
{
	struct condition *condition = context;
	struct span text = span_of(json_string(value));

	(void)field;
	if (cJSON_IsBool(value))
		text = span_of(cJSON_IsTrue(value) ? "true" : "false");
	condition->holds = span_equal(text, condition->value);
	return !condition->holds;
}

bool scan_holds(const cJSON *object, const char *condition)
{
	struct condition wanted = {0};
	struct span text = span_of(condition);
	bool not = span_cut_prefix(&text, SPAN("!"));
	struct span path = span_cut(text, '=', &wanted.value);

	scan_each(object, path, compare, &wanted);
	return wanted.holds != not ;
}
