/* SPDX-License-Identifier: Apache-2.0 */
/* A rule is covered by a test that it permits or denies; a line of a grant by one that it permits,
 * and one that takes back or closes by one that it denies; requirements and maxima by one that is
 * denied for them. Lines of grants are counted as a whole: a trace tells of the line, not of the
 * word in it. */
#include "app/coverage.h"

#include "docker/docker.h"

struct coverage_line {
	struct coverage_line *next;
	enum policy_part part;
	const char *file, *key;
	unsigned line;
	struct span value;
	bool takes_back; /* a grant's `!PATTERN`, or its `no` */
	bool covered;
};

void coverage_init(struct coverage *coverage)
{
	*coverage = (struct coverage){0};
	arena_init(&coverage->arena, 0);
}

void coverage_free(struct coverage *coverage)
{
	arena_free(&coverage->arena);
}

void coverage_forget(struct coverage *coverage)
{
	coverage->policy = NULL;
}

/* ---- lines -------------------------------------------------------------------------------------
 */

static bool stands_at(const struct coverage_line *line, const struct policy_source *source)
{
	return source->file && line->line == source->line && strcmp(line->file, source->file) == 0;
}

static bool is_known(const struct coverage *coverage, const char *key, struct span value,
    const struct policy_source *source)
{
	const struct coverage_line *line = coverage->first;

	while (line && !(stands_at(line, source) && strcmp(line->key, key) == 0 &&
			   span_equal(line->value, value)))
		line = line->next;
	return line != NULL;
}

/* File by file as they are met, and line by line. */
static void insert(struct coverage *coverage, struct coverage_line *line)
{
	struct coverage_line **at = &coverage->first, **behind = NULL;

	for (; *at; at = &(*at)->next) {
		bool same = strcmp((*at)->file, line->file) == 0;

		if (same && (*at)->line > line->line)
			break;
		if (same)
			behind = &(*at)->next;
	}
	at = *at ? at : behind ? behind : at;
	line->next = *at;
	*at = line;
}

static void add_line(void *context, enum policy_part part, const char *key, struct span value,
    const struct policy_source *source)
{
	struct coverage *coverage = context;
	struct coverage_line *line;

	if (part == PART_SETTING || !source->file || is_known(coverage, key, value, source))
		return;
	line = arena_alloc(&coverage->arena, sizeof(*line));
	const char *file = arena_copy(&coverage->arena, span_of(source->file));
	const char *text = arena_copy(&coverage->arena, value);

	coverage->failed |= !line || !file || !text;
	if (!line || !file || !text)
		return;
	*line = (struct coverage_line){.part = part,
	    .file = file,
	    .key = key,
	    .line = source->line,
	    .value = {text, value.len},
	    .takes_back =
		part == PART_GRANT && (span_starts(value, SPAN("!")) || span_is(value, "no"))};
	insert(coverage, line);
}

void coverage_add(struct coverage *coverage, const struct policy *policy)
{
	if (coverage->policy == policy)
		return;
	coverage->policy = policy;
	policy_show(policy, add_line, coverage);
}

/* ---- what a test shows -------------------------------------------------------------------------
 */

/* The name of a step is "allow SELECTOR", cut where it is long. */
static bool is_rule(const struct coverage_line *line, const struct policy_step *step)
{
	struct span name = span_of(step->name);

	return stands_at(line, &step->source) && span_cut_prefix(&name, span_of(line->key)) &&
	       span_cut_prefix(&name, SPAN(" ")) &&
	       (span_equal(name, line->value) || line->value.len > 100);
}

static void cover_rule(
    struct coverage *coverage, const struct policy_step *step, const char *result)
{
	for (struct coverage_line *line = coverage->first; line; line = line->next) {
		if (line->part == PART_RULE && strcmp(step->result, result) == 0 &&
		    is_rule(line, step))
			line->covered = true;
	}
}

static void cover_grant(
    struct coverage *coverage, const struct policy_source *source, bool takes_back)
{
	for (struct coverage_line *line = coverage->first; line; line = line->next) {
		if (line->part == PART_GRANT && line->takes_back == takes_back &&
		    stands_at(line, source))
			line->covered = true;
	}
}

static void note_permission(struct coverage *coverage, const struct ask *ask)
{
	for (const struct ask_step *step = ask->steps; step; step = step->next) {
		if (ask_step_is(step, "rule"))
			cover_rule(coverage, &step->step, "allows");
		else if (strcmp(step->step.result, "granted") == 0)
			cover_grant(coverage, &step->step.source, false);
	}
}

/* A requirement or a maximum of this policy, by its name; a flag that is `no`, by its grant's. */
static bool is_reason(const struct coverage_line *line, const struct decision *decision)
{
	const char *required = decision->requirement;
	bool flag = decision->reason == REASON_GRANT && line->takes_back;

	if (required && line->part == PART_REQUIREMENT)
		return span_equal(line->value, span_of(required));
	if (required && line->part == PART_MAXIMUM)
		return strcmp(line->key, required) == 0;
	return flag && line->part == PART_GRANT && span_is(line->value, "no") &&
	       strcmp(line->key, grant_info(decision->grant)->name) == 0;
}

struct reasons {
	struct coverage *coverage;
	const struct decision *decision;
};

static void cover_reason(void *context, enum policy_part part, const char *key, struct span value,
    const struct policy_source *source)
{
	const struct reasons *reasons = context;

	for (struct coverage_line *line = reasons->coverage->first; line; line = line->next) {
		if (line->part == part && stands_at(line, source) && strcmp(line->key, key) == 0 &&
		    span_equal(line->value, value) && is_reason(line, reasons->decision))
			line->covered = true;
	}
}

static void note_denial(struct coverage *coverage, const struct ask *ask)
{
	const struct decision *decision = &ask->trial.decision;
	struct reasons reasons = {coverage, decision};

	for (const struct ask_step *step = ask->steps; step; step = step->next) {
		if (ask_step_is(step, "rule") && decision->reason == REASON_DENY_RULE)
			cover_rule(coverage, &step->step, "denies");
	}
	if (decision->reason != REASON_DENY_RULE)
		cover_grant(coverage, &decision->rule, true);
	policy_show(coverage->policy, cover_reason, &reasons);
}

void coverage_note(struct coverage *coverage, const struct ask *ask)
{
	if (ask->trial.decision.verdict == VERDICT_ALLOW)
		note_permission(coverage, ask);
	else
		note_denial(coverage, ask);
}

/* ---- what is left ------------------------------------------------------------------------------
 */

unsigned coverage_print(const struct coverage *coverage, FILE *out)
{
	unsigned count = 0, uncovered = 0;

	for (const struct coverage_line *line = coverage->first; line; line = line->next) {
		count++;
		if (line->covered)
			continue;
		uncovered++;
		fprintf(out, "%s:%u: no test %s by: %s = %.*s\n", line->file, line->line,
		    (line->part == PART_RULE && strcmp(line->key, "deny") != 0) ||
			    (line->part == PART_GRANT && !line->takes_back)
			? "permits"
			: "denies",
		    line->key, (int)line->value.len, line->value.at);
	}
	fprintf(out, "%u of %u lines of policies are covered\n", count - uncovered, count);
	return uncovered;
}
