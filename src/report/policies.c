/* SPDX-License-Identifier: Apache-2.0 */
/* Which lines of the configuration's policies were used. Words that stand in one line of a file are
 * one line here. */
#include <stdlib.h>

#include "report/parts.h"

#define LINE_BYTES_MOST 400u /* of the text of a line */
#define VALUE_BYTES_MOST 65536u
#define LINES_MOST 8192u /* of one policy */

struct collected {
	struct report *report;
	struct policy_line *first, *last;
	unsigned count;
	bool failed;
};

static bool is_same(const struct policy_source *a, const struct policy_source *b)
{
	return a->file && b->file && a->line == b->line && strcmp(a->file, b->file) == 0;
}

static bool gives(enum policy_part part, const char *key, struct span value)
{
	return (part == PART_RULE && strcmp(key, "allow") == 0) ||
	       (part == PART_GRANT && !span_starts(value, SPAN("!")) && !span_is(value, "no"));
}

/* |before| is what the line has so far, or NULL. */
static const char *line_text(
    struct report *report, const char *before, const char *key, struct span value)
{
	struct buf text;

	if (before && strlen(before) + value.len > LINE_BYTES_MOST)
		return before;
	buf_init(&text, LINE_BYTES_MOST + VALUE_BYTES_MOST);
	if (before)
		buf_add_format(&text, "%s ", before);
	else
		buf_add_format(&text, "%s = ", key);
	buf_add(&text, value);
	const char *copy = text.failed ? NULL : arena_copy(&report->kept, buf_span(&text));

	buf_free(&text);
	return copy;
}

static void collect(void *context, enum policy_part part, const char *key, struct span value,
    const struct policy_source *source)
{
	struct collected *all = context;
	struct policy_line *line = all->first;

	if (all->failed || !gives(part, key, value) || !source->file)
		return;
	while (line && !is_same(&line->source, source))
		line = line->next;
	if (!line && all->count == LINES_MOST)
		return;
	if (!line) {
		line = arena_alloc(&all->report->kept, sizeof(*line));
		if (!line) {
			all->failed = true;
			return;
		}
		*line = (struct policy_line){.source = *source, .is_rule = part == PART_RULE};
		*(all->last ? &all->last->next : &all->first) = line;
		all->last = line;
		all->count++;
	}
	line->text = line_text(all->report, line->text, key, value);
	all->failed |= !line->text;
}

static int compare_lines(const void *one, const void *other)
{
	const struct policy_line *a = one, *b = other;
	int order = strcmp(a->source.file, b->source.file);

	return order ? order
		     : (a->source.line > b->source.line) - (a->source.line < b->source.line);
}

static int list_lines(struct report *report, struct policy_uses *uses)
{
	struct collected all = {.report = report};

	if (!uses->policy)
		return 0;
	policy_show(uses->policy, collect, &all);
	if (all.failed)
		return -1;
	uses->lines = arena_alloc(&report->kept, (all.count + 1) * sizeof(*uses->lines));
	if (!uses->lines)
		return -1;
	for (const struct policy_line *line = all.first; line; line = line->next)
		uses->lines[uses->line_count++] = *line;
	qsort(uses->lines, uses->line_count, sizeof(*uses->lines), compare_lines);
	return 0;
}

struct policy_uses *policy_uses_of(struct report *report, const char *name)
{
	const struct report_known *known = report->options->known;
	struct policy_uses *uses = report->policies;

	while (uses && strcmp(uses->name, name) != 0)
		uses = uses->next;
	if (uses)
		return uses;
	uses = arena_alloc(&report->kept, sizeof(*uses));
	if (!uses)
		return NULL;
	*uses = (struct policy_uses){.name = name};
	if (report->policy_count < POLICIES_MOST)
		uses->policy = known->policy(known->context, name);
	report->policy_count++;
	if (list_lines(report, uses) < 0)
		return NULL;
	*report->last_policy = uses;
	report->last_policy = &uses->next;
	return uses;
}

/* ---- one request -------------------------------------------------------------------------------
 */

/* The number of the line at |source|, from 1 on; 0: none. */
static unsigned line_at(const struct policy_uses *uses, const struct policy_source *source)
{
	const struct policy_line asked = {.source = *source};
	const struct policy_line *line =
	    source->file
		? bsearch(&asked, uses->lines, uses->line_count, sizeof(asked), compare_lines)
		: NULL;

	return line ? (unsigned)(line - uses->lines) + 1 : 0;
}

static int count_line(struct report *report, const struct request *request, unsigned line)
{
	struct client *client = request->client;
	size_t size = client->policy_uses->line_count * sizeof(*client->lines);

	if (line == 0)
		return 0;
	if (!client->lines) {
		client->lines = arena_alloc(&report->kept, size);
		if (!client->lines)
			return -1;
		memset(client->lines, 0, size);
	}
	client->lines[line - 1]++;
	client->policy_uses->lines[line - 1].count++;
	keep_last(client->policy_uses->lines[line - 1].last, request->time);
	return 0;
}

/* The answer to a question of this hash. One that has not been asked is 0, and |*ret_known| false.
 */
static struct answer *answer_of(
    struct report *report, const struct request *request, uint64_t hash, bool *ret_known)
{
	hash = hash_text(hash, span_of(request->client->policy)) | 1;
	struct answer *answer = &report->answers[(hash ^ hash >> 32) % ANSWERS_KEPT];

	*ret_known = answer->hash == hash;
	if (!*ret_known)
		*answer = (struct answer){.hash = hash};
	return answer;
}

static uint64_t request_hash(const cJSON *line)
{
	static const char *const members[] = {"method", "path", "query", "api"};
	uint64_t hash = HASH_START;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		hash = hash_text(hash, span_of(audit_line_text(line, members[i])));
	return hash;
}

static int count_rule(struct report *report, const struct request *request)
{
	const struct report_known *known = report->options->known;
	const struct policy_uses *uses = request->client->policy_uses;
	struct policy_source source;
	bool is_known;
	struct answer *answer = answer_of(report, request, request_hash(request->line), &is_known);

	if (!is_known && known->allows(known->context, uses->policy, request->text, &source))
		answer->line = line_at(uses, &source);
	return count_line(report, request, answer->line);
}

static int count_grant(struct report *report, const struct request *request, const cJSON *need)
{
	const struct policy_uses *uses = request->client->policy_uses;
	const char *key = audit_line_text(need, "key");
	enum grant grant = grant_from(span_of(key));
	struct span value = span_of(audit_line_text(need, "value"));
	uint64_t hash = hash_text(hash_text(HASH_START + grant, value),
	    span_of(request->operation ? request->operation->name : ""));
	struct policy_source source;
	bool is_known;

	if (grant == GRANT_NONE || value.len == 0)
		return 0;
	struct answer *answer = answer_of(report, request, hash, &is_known);

	if (!is_known && policy_covers(uses->policy, request->operation, grant, value, &source))
		answer->line = line_at(uses, &source);
	return count_line(report, request, answer->line);
}

int policy_count(struct report *report, const struct request *request)
{
	struct policy_uses *uses = request->client->policy_uses;
	const cJSON *needs = audit_line_member(request->line, "needs"), *need;

	if (!uses || !uses->policy)
		return 0;
	uses->requests++;
	uses->without_needs += !needs;
	if (count_rule(report, request) < 0)
		return -1;
	cJSON_ArrayForEach (need, needs) {
		if (count_grant(report, request, need) < 0)
			return -1;
	}
	return 0;
}
