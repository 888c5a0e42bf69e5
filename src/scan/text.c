/* SPDX-License-Identifier: Apache-2.0 */
/* What people read: the six questions, the table, what was not looked at. */
#include "scan/parts.h"

#define CELL_MOST 800 /* bytes of a cell, as it is printed */
#define NAMES_MOST                                                                                 \
	8 /* objects that are named for a question, when the terminal's width is known             \
	   */

struct writing {
	const struct scan *scan;
	const struct scan_output *output;
	struct buf *out;
};

/* ---- the head ----------------------------------------------------------------------------------
 */

static void add_count(struct buf *out, unsigned count, const char *what)
{
	buf_add_format(out, "%u %s%s", count, what, count == 1 ? "" : "s");
}

static void add_head(const struct writing *writing)
{
	const struct scan *scan = writing->scan;
	const struct scan_object *daemon = scan->objects[SCAN_DAEMON];
	struct buf *out = writing->out;

	buf_add_format(out, "%s: ", writing->output->address);
	if (daemon) {
		buf_add_text(out, "Docker ");
		buf_add_escaped(out, json_text(daemon->json, "ServerVersion"), 64);
		buf_add_text(out, " on ");
		buf_add_escaped(out, span_of(daemon->name), 64);
		buf_add_text(out, ", ");
	}
	add_count(out, scan->counts[SCAN_CONTAINER], "container");
	buf_add_format(out, " (%u running), ", scan->running);
	if (scan->counts[SCAN_SERVICE] > 0) {
		add_count(out, scan->counts[SCAN_SERVICE], "service");
		buf_add_text(out, ", ");
	}
	add_count(out, scan->counts[SCAN_VOLUME], "volume");
	buf_add_text(out, ", ");
	add_count(out, scan->counts[SCAN_NETWORK], "network");
	if (writing->output->policy)
		buf_add_format(out, "; held against %s", writing->output->policy);
	buf_add_char(out, '\n');
}

/* ---- the questions -----------------------------------------------------------------------------
 */

/* Appends the name of |object|, with its kind where that is no container. */
static void add_object(struct buf *out, const struct scan_object *object)
{
	if (object->kind == SCAN_DAEMON) {
		buf_add_text(out, "the daemon");
		return;
	}
	if (object->kind != SCAN_CONTAINER)
		buf_add_format(out, "%s ", scan_kind_name(object->kind));
	buf_add_escaped(out, span_of(object->name), 0);
}

static const enum scan_kind asked_kinds[] = {SCAN_CONTAINER, SCAN_SERVICE, SCAN_VOLUME};

static void add_question(const struct writing *writing, unsigned question)
{
	struct buf names;
	unsigned count = 0;
	bool all = writing->output->width == 0;

	buf_init(&names, CELL_MOST * CELL_MOST);
	for (size_t i = 0; i < sizeof(asked_kinds) / sizeof(*asked_kinds); i++) {
		const struct scan_object *object = writing->scan->objects[asked_kinds[i]];

		for (; object; object = object->next) {
			if (!scan_answers(writing->scan, object, question))
				continue;
			if (all || count < NAMES_MOST) {
				buf_add_text(&names, count > 0 ? ", " : "");
				add_object(&names, object);
			}
			count++;
		}
	}
	if (!all && count > NAMES_MOST)
		buf_add_text(&names, ", …");
	buf_add_format(writing->out, "  %-30s %5u  ", scan_question(question), count);
	table_write_wrapped(writing->out, buf_span(&names), 40, writing->output->width);
	buf_free(&names);
}

static void trim(struct buf *out)
{
	while (out->len > 1 && out->at[out->len - 2] == ' ') {
		out->at[out->len - 2] = '\n';
		out->len--;
	}
}

/* Nothing is said of what was not seen. */
static void add_questions(const struct writing *writing)
{
	if (writing->scan->counts[SCAN_CONTAINER] + writing->scan->counts[SCAN_SERVICE] == 0)
		return;
	buf_add_char(writing->out, '\n');
	for (unsigned question = 1; question <= SCAN_QUESTIONS; question++) {
		add_question(writing, question);
		trim(writing->out);
	}
}

/* ---- the table ---------------------------------------------------------------------------------
 */

static const char *kept(struct arena *arena, struct buf *cell)
{
	const char *copy = arena_copy(arena, buf_span(cell));

	buf_clear(cell);
	return copy ? copy : "";
}

static void add_field(struct buf *cell, const struct scan_finding *finding)
{
	buf_add_escaped(cell, span_of(finding->field), 0);
	if (*finding->value) {
		buf_add_text(cell, " = ");
		buf_add_escaped(cell, span_of(finding->value), 0);
	}
}

static void add_mend(struct buf *cell, const struct scan_finding *finding)
{
	const char *by, *mend = scan_mend(finding, &by);

	if (*mend && *by)
		buf_add_format(cell, "%s: ", by);
	buf_add_escaped(cell, span_of(mend), 0);
}

static void add_row(struct table_row *row, const struct scan_finding *finding, struct arena *arena,
    struct buf *cell)
{
	row->level = finding->level;
	row->cells[0] = scan_level_name(finding->level);
	row->cells[1] = finding->cis;
	add_object(cell, finding->object);
	row->cells[2] = kept(arena, cell);
	buf_add_escaped(cell, span_of(finding->words), 0);
	row->cells[3] = kept(arena, cell);
	add_field(cell, finding);
	row->cells[4] = kept(arena, cell);
	add_mend(cell, finding);
	row->cells[5] = kept(arena, cell);
}

static void add_table(const struct writing *writing)
{
	struct arena arena;
	struct buf cell;
	size_t count = 0, at = 0;

	for (unsigned level = writing->output->level; level < SCAN_LEVELS; level++)
		count += writing->scan->levels[level];
	if (count == 0)
		return;
	arena_init(&arena, 0);
	buf_init(&cell, CELL_MOST * 4);
	struct table_row *rows = arena_alloc(&arena, count * sizeof(*rows));
	const struct scan_finding *finding = rows ? writing->scan->findings : NULL;

	writing->out->failed |= rows == NULL;
	for (; finding; finding = finding->next) {
		if (scan_is_told(finding, writing->output))
			add_row(&rows[at++], finding, &arena, &cell);
	}
	buf_add_char(writing->out, '\n');
	if (rows)
		table_write(writing->out, rows, at, writing->output);
	buf_free(&cell);
	arena_free(&arena);
}

/* ---- the end -----------------------------------------------------------------------------------
 */

static void add_totals(const struct writing *writing)
{
	const struct scan *scan = writing->scan;
	unsigned hidden = 0;

	for (unsigned level = 0; level < writing->output->level; level++)
		hidden += scan->levels[level];
	buf_add_char(writing->out, '\n');
	add_count(writing->out, scan->levels[SCAN_ERROR], "error");
	buf_add_text(writing->out, ", ");
	add_count(writing->out, scan->levels[SCAN_WARNING], "warning");
	buf_add_text(writing->out, ", ");
	add_count(writing->out, scan->levels[SCAN_NOTE], "note");
	if (hidden > 0)
		buf_add_format(writing->out, " (%u not shown: --level note)", hidden);
	if (scan->ignored > 0)
		buf_add_format(writing->out, ", %u ignored", scan->ignored);
	buf_add_char(writing->out, '\n');
}

static void add_missed(const struct writing *writing)
{
	for (const struct scan_missed *m = writing->scan->missed; m; m = m->next) {
		buf_add_format(writing->out, "not looked at: %s: ", m->what);
		buf_add_escaped(writing->out, span_of(m->why), 0);
		if (*m->rule)
			buf_add_format(writing->out, "; its policy lacks: %s", m->rule);
		buf_add_char(writing->out, '\n');
	}
	if (writing->scan->vanished > 0) {
		add_count(writing->out, writing->scan->vanished, "object");
		buf_add_text(writing->out, " went away while the daemon was being asked\n");
	}
}

static void add_unseen(const struct writing *writing)
{
	const struct scan_unseen *unseen;
	struct buf words;

	buf_init(&words, CELL_MOST);
	for (unsigned i = 0; (unseen = scan_unseen_at(i)); i++)
		buf_add_format(&words, "%s%s", i > 0 ? ", " : "", unseen->cis);
	buf_add_text(writing->out, "not checked, look at these yourself: ");
	table_write_wrapped(writing->out, buf_span(&words), 37, writing->output->width);
	buf_free(&words);
}

void scan_write_text(const struct scan *scan, const struct scan_output *output, struct buf *out)
{
	const struct writing writing = {scan, output, out};

	add_head(&writing);
	add_questions(&writing);
	add_table(&writing);
	add_totals(&writing);
	add_missed(&writing);
	add_unseen(&writing);
}
