/* SPDX-License-Identifier: Apache-2.0 */
/* Differences of two policies, for people and for programs. */
#include "app/compare_print.h"

#include "docker/docker.h"

/* ---- text --------------------------------------------------------------------------------------
 */

/* In single quotes where a shell wants them. */
static void add_quoted(struct buf *out, struct span text)
{
	bool plain = text.len > 0;

	for (size_t i = 0; i < text.len && plain; i++)
		plain = strchr("&?*[]{}()<>|;$`\"'\\ \t\n#!~", text.at[i]) == NULL;
	if (plain) {
		buf_add_escaped(out, text, 0);
		return;
	}
	buf_add_char(out, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '\'')
			buf_add_text(out, "'\\''");
		else
			buf_add_escaped(out, (struct span){text.at + i, 1}, 0);
	}
	buf_add_char(out, '\'');
}

/* The command that tells why. A preset is no file. */
static void add_command(
    struct buf *out, const struct sample *sample, const struct compare_side *side)
{
	buf_add_text(out, "    sockwarden explain ");
	if (!span_starts(span_of(side->file), SPAN("preset:"))) {
		buf_add_text(out, "-c ");
		add_quoted(out, span_of(side->file));
		buf_add_format(out, " -p %s ", policy_name(side->policy));
	}
	buf_add_format(out, "%s ", sample->method);
	add_quoted(out, sample->target);
	for (unsigned i = 0; i < sample->header_count; i++) {
		buf_add_text(out, " -H ");
		add_quoted(out, sample->headers[i]);
	}
	if (sample->body.len > 0) {
		buf_add_text(out, " -b ");
		add_quoted(out, sample->body);
	}
	buf_add_char(out, '\n');
}

static void add_line(struct buf *out, const struct wider *wider)
{
	if (wider->operation)
		buf_add_format(out, "%s: ", wider->operation->name);
	buf_add_format(out, "%s%s", wider->gone ? "without " : "", wider->key);
	if (wider->value.at) {
		buf_add_text(out, " = ");
		buf_add_escaped(out, wider->value, 0);
	} else {
		buf_add_text(out, " without a line");
	}
	if (wider->source.file)
		buf_add_format(out, "  (%s:%u)", wider->source.file, wider->source.line);
	buf_add_char(out, '\n');
}

void compare_text(struct buf *out, const char *way, const struct difference *first,
    const struct compare_side *side)
{
	for (const struct difference *d = first; d; d = d->next) {
		buf_add_format(out, "  %s  ", way);
		add_line(out, &d->wider);
		if (*d->wider.why)
			buf_add_format(out, "    %s\n", d->wider.why);
		if (d->confirmed)
			add_command(out, &d->sample, side);
		else
			buf_add_format(out, "    not confirmed by a request, counts as %s\n", way);
	}
}

/* ---- JSON --------------------------------------------------------------------------------------
 */

static void add_member(struct buf *out, const char *name, struct span value)
{
	buf_add_format(out, ",\"%s\":", name);
	buf_add_json(out, value, 0);
}

static void add_sample(struct buf *out, const struct sample *sample)
{
	buf_add_text(out, ",\"request\":{\"method\":");
	buf_add_json(out, span_of(sample->method), 0);
	add_member(out, "target", sample->target);
	buf_add_text(out, ",\"headers\":[");
	for (unsigned i = 0; i < sample->header_count; i++) {
		buf_add_text(out, i > 0 ? "," : "");
		buf_add_json(out, sample->headers[i], 0);
	}
	buf_add_char(out, ']');
	if (sample->body.len > 0)
		add_member(out, "body", sample->body);
	buf_add_char(out, '}');
}

static void add_difference(struct buf *out, const struct difference *difference)
{
	static const char *const parts[PART_COUNT] = {[PART_RULE] = "rule",
	    [PART_GRANT] = "grant",
	    [PART_REQUIREMENT] = "requirement",
	    [PART_MAXIMUM] = "maximum",
	    [PART_SETTING] = "setting"};
	const struct wider *wider = &difference->wider;

	buf_add_text(out, "{\"part\":");
	buf_add_json(out, span_of(parts[wider->part]), 0);
	add_member(out, "key", span_of(wider->key));
	if (wider->value.at)
		add_member(out, "value", wider->value);
	if (wider->source.file) {
		add_member(out, "file", span_of(wider->source.file));
		buf_add_format(out, ",\"line\":%u", wider->source.line);
	}
	if (wider->operation)
		add_member(out, "operation", span_of(wider->operation->name));
	buf_add_format(out, ",\"gone\":%s", wider->gone ? "true" : "false");
	add_member(out, "why", span_of(wider->why));
	buf_add_format(out, ",\"confirmed\":%s", difference->confirmed ? "true" : "false");
	if (difference->confirmed)
		add_sample(out, &difference->sample);
	buf_add_char(out, '}');
}

void compare_json(struct buf *out, const char *name, const struct difference *first)
{
	buf_add_format(out, ",\"%s\":[", name);
	for (const struct difference *d = first; d; d = d->next) {
		buf_add_text(out, d == first ? "" : ",");
		add_difference(out, d);
	}
	buf_add_char(out, ']');
}
