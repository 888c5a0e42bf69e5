/* SPDX-License-Identifier: Apache-2.0 */
/* What was found, and the checks that find it. */
#include "base/glob.h"
#include "scan/parts.h"

/* ---- findings ----------------------------------------------------------------------------------
 */

struct scan_accepted {
	struct span name, object; /* |object|.at NULL: of all */
	struct scan_accepted *next;
};

bool scan_knows(struct span name)
{
	const struct scan_check *check;
	struct policy_requirement row;

	for (unsigned i = 0; (check = scan_check_at(i)); i++) {
		if (span_equal(name, span_of(check->name)))
			return true;
	}
	for (unsigned i = 0; policy_requirement_at(i, &row); i++) {
		if (span_equal(name, span_of(row.name)))
			return true;
	}
	return span_is(name, "policy");
}

void scan_ignore(struct scan *scan, const char *what)
{
	struct scan_accepted *accepted = scan_take(scan, sizeof(*accepted));

	if (!accepted)
		return;
	accepted->name = span_cut(span_of(what), ':', &accepted->object);
	accepted->next = scan->accepted;
	scan->accepted = accepted;
}

static bool is_ignored(const struct scan *scan, const struct scan_finding *finding)
{
	for (const struct scan_accepted *one = scan->accepted; one; one = one->next) {
		if (span_equal(one->name, span_of(finding->name)) &&
		    (!one->object.at || glob_match(one->object, span_of(finding->object->name))))
			return true;
	}
	return false;
}

void scan_found(struct scan *scan, const struct scan_finding *finding)
{
	struct scan_finding *kept = scan_take(scan, sizeof(*kept));

	if (!kept)
		return;
	*kept = *finding;
	kept->next = NULL;
	kept->name = scan_keep(scan, span_of(finding->name));
	kept->words = scan_keep(scan, span_of(finding->words));
	kept->field = scan_keep(scan, span_of(finding->field));
	kept->value = scan_keep(scan, span_of(finding->value));
	kept->line = scan_keep(scan, span_of(finding->line));
	*scan->last_finding = kept;
	scan->last_finding = &kept->next;
	kept->ignored = is_ignored(scan, finding);
	if (kept->ignored)
		scan->ignored++;
	else
		scan->levels[finding->level]++;
}

bool scan_has_found(const struct scan *scan, const struct scan_object *object, const char *names)
{
	for (const struct scan_finding *found = scan->findings; found; found = found->next) {
		if (found->object == object && span_in_words(span_of(found->name), names))
			return true;
	}
	return false;
}

bool scan_answers(const struct scan *scan, const struct scan_object *object, unsigned question)
{
	for (const struct scan_finding *found = scan->findings; found; found = found->next) {
		const struct scan_check *check = found->object == object ? found->check : NULL;

		if (check && (check->question == question || check->also == question))
			return true;
	}
	return false;
}

const char *scan_mend(const struct scan_finding *finding, const char **ret_by)
{
	const struct scan_check *check = finding->check;

	if (!check) {
		*ret_by = *finding->line ? "policy" : "docker run";
		return *finding->line ? finding->line : finding->option;
	}
	if (check->compose && finding->object->composed) {
		*ret_by = "compose";
		return check->compose;
	}
	const struct scan_object *object = finding->object;
	bool service = object->kind == SCAN_SERVICE || object->task;
	bool runs = object->kind == SCAN_CONTAINER || object->kind == SCAN_VOLUME;
	bool file = check->run[0] == '"'; /* a member of it */

	*ret_by = file                        ? "daemon.json"
		  : service && check->compose ? "docker service create"
		  : runs && check->compose    ? "docker run"
					      : "";
	return check->run;
}

/* ---- the checks --------------------------------------------------------------------------------
 */

struct asking {
	struct scan *scan;
	const struct scan_check *check;
	const struct scan_object *object;
	bool record, failed, passed; /* |failed|: some value; |passed|: some other one */
};

/* What is told of a value is cut. */
static void record(struct asking *asking, const char *field, struct buf *told, struct buf *inner)
{
	const struct scan_check *check = asking->check;
	struct buf whole;
	struct scan_finding finding = {.object = asking->object,
	    .check = check,
	    .level = check->level,
	    .name = check->name,
	    .words = check->words,
	    .cis = check->cis,
	    .value = buf_text(told),
	    .line = "",
	    .option = ""};

	buf_init(&whole, FIELD_MOST + VALUE_MOST);
	buf_add_text(&whole, field);
	buf_add(&whole, buf_span(inner));
	finding.field = buf_text(&whole);
	scan_found(asking->scan, &finding);
	buf_free(&whole);
}

static bool ask(void *context, const cJSON *value, const char *field)
{
	struct asking *asking = context;
	struct buf told, inner;

	buf_init(&told, VALUE_MOST);
	buf_init(&inner, VALUE_MOST);
	bool fails = scan_fails(asking->scan, asking->check, value, &told, &inner);

	if (fails && asking->record)
		record(asking, field, &told, &inner);
	asking->failed |= fails;
	asking->passed |= !fails;
	buf_free(&told);
	buf_free(&inner);
	return true;
}

/* Of places that are told together, whether each fails. */
static bool all_fail(struct asking asking, struct span paths)
{
	asking.record = false;
	while (paths.at)
		scan_each(asking.object->json, span_cut(paths, '|', &paths), ask, &asking);
	return asking.failed && !asking.passed;
}

static void look(
    struct scan *scan, const struct scan_check *check, const struct scan_object *object)
{
	struct asking asking = {.scan = scan, .check = check, .object = object, .record = true};
	struct span paths = span_of(check->paths[object->kind]);
	bool together = memchr(paths.at, '|', paths.len) && scan_fails_missing(check->test);

	if ((check->when && !scan_holds(object->json, check->when)) ||
	    (check->unless && scan_has_found(scan, object, check->unless)) ||
	    (check->excused && scan_daemon_has(scan, check->excused)) ||
	    (together && !all_fail(asking, paths)))
		return;
	while (paths.at && !asking.failed)
		scan_each(object->json, span_cut(paths, '|', &paths), ask, &asking);
}

void scan_look(struct scan *scan)
{
	const struct scan_check *check;

	for (unsigned i = 0; (check = scan_check_at(i)); i++) {
		for (unsigned kind = 0; kind < SCAN_KINDS; kind++) {
			const struct scan_object *object =
			    check->paths[kind] ? scan->objects[kind] : NULL;

			for (; object; object = object->next)
				look(scan, check, object);
		}
	}
}
