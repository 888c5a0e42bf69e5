/* SPDX-License-Identifier: Apache-2.0 */
/* From a line of the audit log back to the request it tells of. */
#include "app/explain.h"

#include "base/buf.h"
#include "http/bytes.h"
#include "json/json.h"

#define TARGET_MOST (64U * 1024)
#define CUT_MARK "\xe2\x80\xa6"

static const struct json_limits line_limits = {
    .max_bytes = 1024U * 1024, .max_depth = 16, .max_members = 1000};

static bool was_cut(const char *text)
{
	size_t len = strlen(text), mark = strlen(CUT_MARK);

	return len >= mark && strcmp(text + len - mark, CUT_MARK) == 0;
}

/* A decoded path as a client may send it: as it is, with blanks and the like escaped. */
static void add_path(struct buf *target, const char *path)
{
	for (; *path; path++) {
		unsigned char byte = (unsigned char)*path;

		if (http_byte_is(*path, BYTE_PATH))
			buf_add_char(target, *path);
		else
			buf_add_format(target, "%%%02X", byte);
	}
}

static void add_target(struct buf *target, const cJSON *line)
{
	const char *api = json_string(json_field(line, "api"));
	const char *query = json_string(json_field(line, "query"));

	if (api[0] != '\0') {
		buf_add_text(target, "/v");
		buf_add_text(target, api);
	}
	add_path(target, json_string(json_field(line, "path")));
	if (query[0] != '\0') {
		buf_add_char(target, '?');
		buf_add_text(target, query);
	}
}

static const char *note_of(const cJSON *line)
{
	if (was_cut(json_string(json_field(line, "path"))) ||
	    was_cut(json_string(json_field(line, "query"))))
		return "the audit line holds the beginning of the target only";
	return "the audit log holds no bodies; give one with --body where it matters";
}

static const char *text_or_null(const cJSON *line, const char *name)
{
	const char *text = json_string(json_field(line, name));

	return text[0] != '\0' ? text : NULL;
}

static void take_record(const cJSON *line, struct explained *explained)
{
	explained->recorded.time = text_or_null(line, "time");
	explained->recorded.event = text_or_null(line, "event");
	explained->recorded.reason = text_or_null(line, "reason");
	explained->recorded.message = text_or_null(line, "message");
	explained->recorded.status = (unsigned)json_number(json_field(line, "status"));
	explained->recorded.fixes = json_field(line, "fixes");
	explained->recorded.host_fixes = json_field(line, "host_fixes");
	explained->recorded.changes = json_field(line, "changes");
	explained->recorded.more = (unsigned)json_number(json_field(line, "more"));
}

static int take_line(
    const cJSON *line, struct arena *arena, struct explained *explained, struct error *err)
{
	const char *policy = json_string(json_field(line, "policy"));
	struct buf target;

	explained->request.method = json_text(line, "method");
	if (explained->request.method.len == 0 || !json_field(line, "path"))
		return error_set(err, "the audit line tells no method and path");
	buf_init(&target, TARGET_MOST);
	add_target(&target, line);
	struct span text = {
	    target.failed ? NULL : arena_copy(arena, buf_span(&target)), target.len};

	buf_free(&target);
	if (!text.at)
		return error_set(err, "the audit line's target is too long");
	explained->request.target = text;
	if (!explained->policy && policy[0] != '\0')
		explained->policy = policy;
	explained->body_unknown = explained->request.body.len == 0;
	explained->audit_note = note_of(line);
	take_record(line, explained);
	return 0;
}

int explain_from_audit(
    struct span line, struct arena *arena, struct explained *explained, struct error *err)
{
	const cJSON *root = json_parse(line, &line_limits, arena, err);

	if (span_starts(line, SPAN("/")) || span_starts(line, SPAN(".")))
		return error_set(err, "--audit takes a line of the audit log, not a file; pipe one "
				      "line in: tail -n 1 "
				      "FILE | sockwarden explain --audit -");
	if (!root)
		return error_prefix(err, "the audit line is no JSON: ");
	return take_line(root, arena, explained, err);
}

/* ---- which line allows it ----------------------------------------------------------------------
 */

/* Refusals of a request whatever its body and the objects are. */
static bool is_of_rules(const struct decision *decision)
{
	return decision->verdict == VERDICT_DENY &&
	       (decision->reason == REASON_NO_RULE || decision->reason == REASON_DENY_RULE ||
		   decision->reason == REASON_UNKNOWN_ROUTE ||
		   decision->reason == REASON_API_VERSION);
}

static bool rule_of(const struct ask *ask, struct policy_source *ret_source)
{
	const struct ask_step *step = ask_next(ask->steps, "rule");

	while (step && strcmp(step->step.result, "allows") != 0)
		step = ask_next(step->next, "rule");
	if (step)
		*ret_source = step->step.source;
	return step && !is_of_rules(&ask->trial.decision);
}

bool explain_audit_allows(struct span line, const struct policy *policy,
    const struct limits *limits, struct arena *arena, struct policy_source *ret_source)
{
	struct explained explained = {0};
	struct ask ask;

	*ret_source = (struct policy_source){0};
	arena_reset(arena);
	if (explain_from_audit(line, arena, &explained, NULL))
		return false;
	ask_policy(&ask, policy, limits, &explained.request);
	bool allowed = rule_of(&ask, ret_source);

	ask_free(&ask);
	return allowed;
}
