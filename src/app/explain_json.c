/* SPDX-License-Identifier: Apache-2.0 */
#include "app/explain.h"

#include "audit/record.h"
#include "base/buf.h"
#include "docker/docker.h"

#define OUT_MOST (64U * 1024 * 1024)

static void add_span(struct buf *out, const char *name, struct span value)
{
	if (!value.at)
		return;
	if (out->len > 0 && out->at[out->len - 1] != '{')
		buf_add_char(out, ',');
	buf_add_format(out, "\"%s\":", name);
	buf_add_json(out, value, 0);
}

static void add_text(struct buf *out, const char *name, const char *value)
{
	if (value && value[0] != '\0')
		add_span(out, name, span_of(value));
}

/* The texts of a list, where there are any. */
static void add_list(struct buf *out, const char *name, const cJSON *list)
{
	const char *separator = "";
	const cJSON *item;

	if (cJSON_GetArraySize(list) == 0)
		return;
	buf_add_format(out, ",\"%s\":[", name);
	cJSON_ArrayForEach (item, list) {
		buf_add_text(out, separator);
		buf_add_json(out, span_of(json_string(item)), 0);
		separator = ",";
	}
	buf_add_char(out, ']');
}

static void add_source(struct buf *out, const char *name, const struct policy_source *source)
{
	struct error text;

	if (!source->file)
		return;
	(void)error_set(&text, "%s:%u", source->file, source->line);
	add_text(out, name, text.text);
}

static void add_steps(struct buf *out, const struct ask *ask)
{
	buf_add_text(out, ",\"steps\":[");
	for (const struct ask_step *s = ask->steps; s; s = s->next) {
		if (ask_step_is(s, "fix") || ask_step_is(s, "change"))
			continue; /* below */
		buf_add_text(out, out->at[out->len - 1] == '[' ? "{" : ",{");
		add_text(out, "what", s->step.what);
		add_text(out, "name", s->step.name);
		add_text(out, "value", s->step.value);
		add_text(out, "result", s->step.result);
		add_source(out, "rule", &s->step.source);
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
}

/* The lines that are missing, all of them or those that give root on the host. */
static void add_fixes(struct buf *out, const char *name, const struct ask *ask, bool host_only)
{
	const char *separator = "";

	buf_add_format(out, ",\"%s\":[", name);
	for (const struct ask_step *s = ask_next_fix(ask->steps); s; s = ask_next_fix(s->next)) {
		if (ask_fix_repeats(ask, s) || (host_only && !s->step.gives_host))
			continue;
		buf_add_text(out, separator);
		buf_add_json(out, span_of(s->step.name), 0);
		separator = ",";
	}
	buf_add_char(out, ']');
}

static void add_changes(struct buf *out, const struct ask *ask)
{
	const struct ask_step *s = ask_next(ask->steps, "change");

	buf_add_text(out, ",\"changes\":[");
	for (; s; s = ask_next(s->next, "change")) {
		buf_add_text(out, out->at[out->len - 1] == '[' ? "{" : ",{");
		add_text(out, "field", s->step.name);
		add_text(out, "why", s->step.result);
		add_source(out, "rule", &s->step.source);
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
}

static void add_state_note(struct buf *out, const struct ask *ask)
{
	struct buf note;

	buf_init(&note, OUT_MOST);
	if (explain_state_note(&note, ask))
		add_span(out, "state_note", buf_span(&note));
	buf_free(&note);
}

static void add_recorded(struct buf *out, const struct explained *explained)
{
	add_text(out, "recorded_event", explained->recorded.event);
	add_text(out, "recorded_message", explained->recorded.message);
	add_list(out, "recorded_fixes", explained->recorded.fixes);
	add_list(out, "recorded_host_fixes", explained->recorded.host_fixes);
	add_list(out, "recorded_changes", explained->recorded.changes);
	if (explained->recorded.more)
		buf_add_format(out, ",\"recorded_more\":%u", explained->recorded.more);
}

void explain_json(FILE *out, const struct explained *explained, const struct ask *ask)
{
	const struct docker_operation *op = ask->trial.ask.match.operation;
	bool allowed = ask->trial.decision.verdict == VERDICT_ALLOW;
	struct buf text;

	buf_init(&text, OUT_MOST);
	buf_add_char(&text, '{');
	add_span(&text, "method", explained->request.method);
	add_span(&text, "target", explained->request.target);
	if (op) {
		add_text(&text, "operation", op->name);
		add_text(&text, "class", docker_class_name(op->class));
	}
	add_text(&text, "config", explained->config);
	add_text(&text, "policy", explained->policy);
	add_recorded(&text, explained);
	add_steps(&text, ask);
	add_text(&text, "verdict",
	    !allowed                             ? "denied"
	    : explain_is_unknown(explained, ask) ? "unknown"
						 : "permitted");
	if (!allowed) {
		audit_decision_write(&text, &ask->trial.decision);
		add_fixes(&text, "fixes", ask, false);
		add_fixes(&text, "host_fixes", ask, true);
		add_changes(&text, ask);
	}
	add_text(&text, "note", explained->audit_note);
	add_state_note(&text, ask);
	buf_add_text(&text, "}\n");
	(void)fwrite(text.at, 1, text.len, out);
	buf_free(&text);
}
