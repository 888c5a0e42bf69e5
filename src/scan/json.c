/* SPDX-License-Identifier: Apache-2.0 */
/* The same for programs. */
#include "scan/parts.h"

static void add_text(struct buf *out, const char *name, const char *value)
{
	buf_add_format(out, ",\"%s\":", name);
	buf_add_json(out, span_of(value), 0);
}

static void add_object(struct buf *out, const struct scan_object *object)
{
	buf_add_format(out, "{\"kind\":\"%s\"", scan_kind_name(object->kind));
	add_text(out, "id", object->id);
	add_text(out, "name", object->name);
	if (object->kind == SCAN_CONTAINER) {
		add_text(out, "image", object->image);
		buf_add_format(out, ",\"running\":%s", object->running ? "true" : "false");
	}
	buf_add_char(out, '}');
}

static void add_check(struct buf *out, const struct scan_check *check)
{
	add_text(out, "cis_1_4", check->cis_old);
	if (check->question > 0)
		buf_add_format(out, ",\"question\":%u", check->question);
	if (check->requirement)
		add_text(out, "requirement", check->requirement);
	add_text(out, "mend", check->run);
	if (check->compose)
		add_text(out, "compose", check->compose);
}

static void add_finding(struct buf *out, const struct scan_finding *finding)
{
	buf_add_text(out, "{\"object\":");
	add_object(out, finding->object);
	add_text(out, "check", finding->name);
	add_text(out, "level", scan_level_name(finding->level));
	add_text(out, "finding", finding->words);
	add_text(out, "field", finding->field);
	add_text(out, "value", finding->value);
	add_text(out, "cis", finding->cis);
	if (finding->check)
		add_check(out, finding->check);
	else
		buf_add_format(out, ",\"gives_host\":%s", finding->gives_host ? "true" : "false");
	if (*finding->option)
		add_text(out, "mend", finding->option);
	if (*finding->line)
		add_text(out, "policy_line", finding->line);
	buf_add_char(out, '}');
}

static void add_questions(const struct scan *scan, struct buf *out)
{
	static const enum scan_kind kinds[] = {SCAN_CONTAINER, SCAN_SERVICE, SCAN_VOLUME};

	buf_add_text(out, ",\n\"questions\":[");
	for (unsigned question = 1; question <= SCAN_QUESTIONS; question++) {
		bool first = true;

		buf_add_format(out, "%s\n{\"number\":%u", question > 1 ? "," : "", question);
		add_text(out, "question", scan_question(question));
		buf_add_text(out, ",\"objects\":[");
		for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
			const struct scan_object *object = scan->objects[kinds[i]];

			for (; object; object = object->next) {
				if (!scan_answers(scan, object, question))
					continue;
				buf_add_text(out, first ? "" : ",");
				buf_add_json(out, span_of(object->name), 0);
				first = false;
			}
		}
		buf_add_text(out, "]}");
	}
	buf_add_char(out, ']');
}

static void add_counts(const struct scan *scan, struct buf *out)
{
	buf_add_text(out, ",\n\"looked_at\":{");
	for (unsigned kind = 0; kind < SCAN_KINDS; kind++) {
		if (kind != SCAN_HISTORY)
			buf_add_format(out, "%s\"%s\":%u", kind > 0 ? "," : "",
			    scan_kind_name((enum scan_kind)kind), scan->counts[kind]);
	}
	buf_add_format(out, "},\n\"vanished\":%u,\n\"ignored\":%u,\n\"totals\":{", scan->vanished,
	    scan->ignored);
	for (unsigned level = 0; level < SCAN_LEVELS; level++)
		buf_add_format(out, "%s\"%s\":%u", level > 0 ? "," : "",
		    scan_level_name((enum scan_level)level), scan->levels[level]);
	buf_add_char(out, '}');
}

static void add_missed(const struct scan *scan, struct buf *out)
{
	buf_add_text(out, ",\n\"not_looked_at\":[");
	for (const struct scan_missed *m = scan->missed; m; m = m->next) {
		buf_add_text(out, m == scan->missed ? "{\"what\":" : ",{\"what\":");
		buf_add_json(out, span_of(m->what), 0);
		add_text(out, "why", m->why);
		if (*m->rule)
			add_text(out, "policy_line", m->rule);
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
}

void scan_write_json(const struct scan *scan, const struct scan_output *output, struct buf *out)
{
	const struct scan_object *daemon = scan->objects[SCAN_DAEMON];
	bool first = true;

	buf_add_text(out, "{\"address\":");
	buf_add_json(out, span_of(output->address), 0);
	add_text(out, "sockwarden", output->version);
	if (daemon) {
		add_text(out, "daemon", daemon->name);
		add_text(
		    out, "daemon_version", json_string(json_field(daemon->json, "ServerVersion")));
	}
	if (output->policy)
		add_text(out, "policy", output->policy);
	add_counts(scan, out);
	add_missed(scan, out);
	add_questions(scan, out);
	buf_add_text(out, ",\n\"findings\":[");
	for (const struct scan_finding *f = scan->findings; f; f = f->next) {
		if (!scan_is_told(f, output))
			continue;
		buf_add_text(out, first ? "\n" : ",\n");
		add_finding(out, f);
		first = false;
	}
	buf_add_text(out, "]}\n");
}
