/* SPDX-License-Identifier: Apache-2.0 */
#include "app/explain.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "docker/docker.h"

#define CELL_MOST 60   /* wider cells are not padded for */
#define VALUE_MOST 200 /* bytes of a value that are shown */
#define OUT_MOST (16U * 1024 * 1024)

enum { COLUMN_WHAT, COLUMN_NAME, COLUMN_VALUE, COLUMN_RESULT, COLUMNS };

#define RED "\033[31m"
#define GREEN "\033[32m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

struct painter {
	struct buf *out;
	bool colour;
};

static void paint(const struct painter *painter, const char *colour, const char *text)
{
	if (painter->colour)
		buf_add_text(painter->out, colour);
	buf_add_escaped(painter->out, span_of(text), 0);
	if (painter->colour)
		buf_add_text(painter->out, PLAIN);
}

/* A character that a terminal does not show as itself: the controls of Latin-1, and what turns the
 * direction of writing. */
static bool is_hidden(struct span character)
{
	return span_starts(character, SPAN("\xe2\x80")) ||
	       span_starts(character, SPAN("\xe2\x81")) ||
	       span_starts(character, SPAN("\xef\xbb\xbf")) ||
	       (character.len == 2 && span_starts(character, SPAN("\xc2")) &&
		   (unsigned char)character.at[1] < 0xa0);
}

/* A line of a policy, as it is pasted: what a terminal shows as itself is not escaped. */
static void paint_line(const struct painter *painter, struct span line)
{
	for (size_t at = 0, len; at < line.len; at += len) {
		struct span rest = span_from(line, at);

		len = utf8_length(rest);
		struct span one = {rest.at, len ? len : 1};

		len = one.len;
		if ((len > 1 && !is_hidden(one)) || span_is(one, "\\"))
			buf_add(painter->out, one);
		else
			buf_add_escaped(painter->out, one, 0);
	}
}

static void paint_fix(const struct painter *painter, const char *line)
{
	if (painter->colour)
		buf_add_text(painter->out, BOLD);
	paint_line(painter, span_of(line));
	if (painter->colour)
		buf_add_text(painter->out, PLAIN);
}

static void label(const struct painter *painter, const char *name)
{
	buf_add_format(painter->out, "%-11s", name);
}

/* ---- the head ----------------------------------------------------------------------------------
 */

static bool is_listed(const cJSON *list, const cJSON *text)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, list) {
		if (strcmp(json_string(item), json_string(text)) == 0)
			return true;
	}
	return false;
}

#define GIVES_HOST "  ; gives root on the host"

/* The texts of a list, a line each. |host| are those of them that give the host. */
static void add_list(
    const struct painter *painter, const char *name, const cJSON *list, const cJSON *host)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, list) {
		label(painter, name);
		buf_add_escaped(painter->out, span_of(json_string(item)), 0);
		if (is_listed(host, item))
			paint(painter, RED, GIVES_HOST);
		buf_add_char(painter->out, '\n');
		name = "";
	}
}

/* What the audit line says, before what the policy says now. */
static void add_recorded(const struct painter *painter, const struct explained *explained)
{
	if (!explained->recorded.event)
		return;
	label(painter, "recorded");
	buf_add_escaped(painter->out, span_of(explained->recorded.event), VALUE_MOST);
	if (explained->recorded.status)
		buf_add_format(painter->out, " (%u)", explained->recorded.status);
	if (explained->recorded.message) {
		buf_add_text(painter->out, ": ");
		buf_add_escaped(painter->out, span_of(explained->recorded.message), 0);
	}
	if (explained->recorded.time) {
		buf_add_text(painter->out, ", ");
		buf_add_escaped(painter->out, span_of(explained->recorded.time), VALUE_MOST);
	}
	buf_add_char(painter->out, '\n');
	add_list(painter, "to permit", explained->recorded.fixes, explained->recorded.host_fixes);
	add_list(painter, "to change", explained->recorded.changes, NULL);
	if (explained->recorded.more)
		buf_add_format(painter->out, "%-11s(and %u more)\n", "", explained->recorded.more);
	buf_add_char(painter->out, '\n');
}

static void add_question(
    const struct painter *painter, const struct explained *explained, const struct ask *ask)
{
	const struct docker_operation *op = ask->trial.ask.match.operation;

	label(painter, "request");
	buf_add_escaped(painter->out, explained->request.method, VALUE_MOST);
	buf_add_char(painter->out, ' ');
	buf_add_escaped(painter->out, explained->request.target, VALUE_MOST);
	buf_add_char(painter->out, '\n');
	label(painter, "operation");
	if (op)
		buf_add_format(
		    painter->out, "%s (class %s)\n", op->name, docker_class_name(op->class));
	else
		buf_add_text(painter->out, "none\n");
	label(painter, "policy");
	buf_add_format(painter->out, "%s (%s)\n\n", explained->policy, explained->config);
}

/* ---- steps -------------------------------------------------------------------------------------
 */

static const char *cell(const struct policy_step *step, unsigned column)
{
	const char *const texts[COLUMNS] = {step->what, step->name, step->value, step->result};

	return texts[column] ? texts[column] : "";
}

/* Fixes, changes and the verdict are printed below. */
static bool step_shown(const struct ask_step *step, bool verbose)
{
	if (!verbose && ask_step_is(step, "rule") && strcmp(step->step.result, "no match") == 0)
		return false;
	return !ask_step_is(step, "fix") && !ask_step_is(step, "change") &&
	       !ask_step_is(step, "verdict");
}

static void measure(const struct ask *ask, bool verbose, size_t widths[static COLUMNS])
{
	for (const struct ask_step *s = ask->steps; s; s = s->next) {
		for (unsigned i = 0; step_shown(s, verbose) && i < COLUMNS; i++) {
			size_t len = strlen(cell(&s->step, i));

			if (len > widths[i] && len <= CELL_MOST)
				widths[i] = len;
		}
	}
}

static void pad(struct buf *out, size_t from, size_t width)
{
	for (size_t used = out->len - from; used < width; used++)
		buf_add_char(out, ' ');
}

static void add_step(const struct painter *painter, const struct policy_step *step,
    const size_t widths[static COLUMNS])
{
	for (unsigned i = 0; i < COLUMNS; i++) {
		size_t from = painter->out->len;

		if (widths[i] == 0 && !*cell(step, i))
			continue;
		buf_add_escaped(painter->out, span_of(cell(step, i)), VALUE_MOST);
		pad(painter->out, from, widths[i]);
		buf_add_text(painter->out, "  ");
	}
	if (step->source.file)
		buf_add_format(painter->out, "%s:%u", step->source.file, step->source.line);
	while (painter->out->len > 0 && painter->out->at[painter->out->len - 1] == ' ')
		painter->out->len--;
	buf_add_char(painter->out, '\n');
}

static void add_steps(const struct painter *painter, const struct ask *ask, bool verbose)
{
	size_t widths[COLUMNS] = {0};

	measure(ask, verbose, widths);
	for (const struct ask_step *s = ask->steps; s; s = s->next) {
		if (step_shown(s, verbose))
			add_step(painter, &s->step, widths);
	}
	if (ask->steps)
		buf_add_char(painter->out, '\n');
}

/* ---- the verdict -------------------------------------------------------------------------------
 */

/* Every line that is missing, of a request that lacks several. */
static void add_fixes(const struct painter *painter, const struct ask *ask)
{
	const char *name = "to permit";

	for (const struct ask_step *s = ask_next_fix(ask->steps); s; s = ask_next_fix(s->next)) {
		if (ask_fix_repeats(ask, s))
			continue;
		label(painter, name);
		paint_fix(painter, s->step.name);
		if (s->step.gives_host)
			paint(painter, RED, GIVES_HOST);
		buf_add_char(painter->out, '\n');
		name = "";
	}
}

/* What has to be otherwise in the request, or in a rule that denies it. */
static void add_changes(const struct painter *painter, const struct ask *ask)
{
	const char *name = "to change";
	const struct ask_step *s = ask_next(ask->steps, "change");

	for (; s; s = ask_next(s->next, "change")) {
		label(painter, name);
		buf_add_escaped(painter->out, span_of(s->step.name), 0);
		buf_add_text(painter->out, s->step.name[0] ? ": " : "");
		buf_add_escaped(painter->out, span_of(s->step.result), 0);
		if (s->step.source.file)
			buf_add_format(
			    painter->out, " (%s:%u)", s->step.source.file, s->step.source.line);
		buf_add_char(painter->out, '\n');
		name = "";
	}
}

static void add_denial(const struct painter *painter, const struct ask *ask)
{
	const struct decision *decision = &ask->trial.decision;
	struct error status;

	(void)error_set(&status, "denied (%u)", decision->status);
	label(painter, "verdict");
	paint(painter, RED, status.text);
	buf_add_char(painter->out, '\n');
	label(painter, "because");
	buf_add_escaped(painter->out, span_of(decision->message), 0);
	buf_add_char(painter->out, '\n');
	if (decision->rule.file) {
		label(painter, "rule");
		buf_add_format(painter->out, "%s:%u\n", decision->rule.file, decision->rule.line);
	}
	add_fixes(painter, ask);
	add_changes(painter, ask);
}

/* Calls |add| for each object of which nothing is known. |separator| stands between them. */
static void add_unseen(struct buf *out, const struct ask *ask, const char *separator,
    void (*add)(struct buf *out, const struct policy_object *object))
{
	const struct policy_object *objects = ask->trial.ask.objects;
	const char *before = "";

	for (size_t i = 0; i < ask->trial.ask.object_count; i++) {
		if (!objects[i].unseen || objects[i].count.asked)
			continue;
		buf_add_text(out, before);
		add(out, &objects[i]);
		before = separator;
	}
}

static void add_kind_and_name(struct buf *out, const struct policy_object *object)
{
	buf_add_format(out, "%s ", docker_object_info(object->kind)->name);
	buf_add_escaped(out, object->name, VALUE_MOST);
}

/* `docker inspect` finds no exec. */
static void add_command(struct buf *out, const struct policy_object *object)
{
	buf_add_text(out, object->kind == OBJECT_EXEC ? "the answer to GET /exec/"
						      : "the output of `docker inspect ");
	buf_add_escaped(out, object->name, VALUE_MOST);
	buf_add_text(out, object->kind == OBJECT_EXEC ? "/json" : "`");
}

/* Whether the verdict leaves out how many objects the owner has. */
static bool has_uncounted(const struct ask *ask)
{
	for (size_t i = 0; i < ask->trial.ask.object_count; i++) {
		const struct policy_object *object = &ask->trial.ask.objects[i];

		if (object->unseen && object->count.asked)
			return true;
	}
	return false;
}

bool explain_state_note(struct buf *out, const struct ask *ask)
{
	size_t before = out->len;

	if (has_uncounted(ask))
		buf_add_text(out, "how many objects the owner has is known to the daemon alone, so "
				  "the verdict leaves it out");
	size_t counted = out->len;

	if (counted > before)
		buf_add_text(out, "; ");
	size_t start = out->len;

	add_unseen(out, ask, ", ", add_kind_and_name);
	if (out->len == start) {
		out->len = counted;
		return counted > before;
	}
	buf_add_text(out, ": not known here, so the verdict leaves it out; to have it judged, "
			  "give ");
	add_unseen(out, ask, ", ", add_command);
	buf_add_text(out, " with --state FILE");
	return true;
}

static void add_state_note(const struct painter *painter, const struct ask *ask)
{
	size_t before = painter->out->len;

	label(painter, "note");
	if (explain_state_note(painter->out, ask))
		buf_add_char(painter->out, '\n');
	else
		painter->out->len = before;
}

static bool has_unseen(const struct ask *ask)
{
	for (size_t i = 0; i < ask->trial.ask.object_count; i++) {
		if (ask->trial.ask.objects[i].unseen)
			return true;
	}
	return false;
}

bool explain_is_unknown(const struct explained *explained, const struct ask *ask)
{
	return explained->body_unknown && explained->request.body.len == 0 &&
	       ask->trial.decision.verdict == VERDICT_ALLOW && ask->trial.ask.match.operation &&
	       ask->trial.ask.match.operation->body == BODY_JSON;
}

void explain_text(FILE *out, const struct explained *explained, const struct ask *ask, bool colour)
{
	struct buf text;
	struct painter painter = {&text, colour};

	buf_init(&text, OUT_MOST);
	add_recorded(&painter, explained);
	add_question(&painter, explained, ask);
	add_steps(&painter, ask, explained->verbose);
	if (ask->trial.decision.verdict == VERDICT_ALLOW) {
		bool unknown = explain_is_unknown(explained, ask);

		label(&painter, "verdict");
		paint(&painter, unknown ? BOLD : GREEN,
		    unknown ? "unknown without the body" : "permitted");
		if (!unknown && has_unseen(ask))
			buf_add_text(&text, ", as far as is known: see the note");
		buf_add_char(&text, '\n');
	} else {
		add_denial(&painter, ask);
	}
	if (explained->audit_note) {
		label(&painter, "note");
		buf_add_format(&text, "%s\n", explained->audit_note);
	}
	add_state_note(&painter, ask);
	(void)fwrite(text.at, 1, text.len, out);
	buf_free(&text);
}
