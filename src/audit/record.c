/* SPDX-License-Identifier: Apache-2.0 */
/* Members that have nothing to say are left out; what a client sent is escaped and shortened. */
#include "audit/record.h"

#include "audit/told.h"
#include "base/date.h"
#include "base/error.h"

#define PATH_MOST 1024
#define QUERY_MOST 1024
#define METHOD_MOST 32
#define EDIT_MOST 8192
#define MASK "***"

/* As it stands before the value. */
#define MEMBER(name) SPAN(",\"" name "\":")

/* ---- one member --------------------------------------------------------------------------------
 */

static void add_span(struct buf *out, struct span member, struct span value, size_t most)
{
	if (value.len == 0)
		return;
	buf_add(out, member);
	buf_add_json(out, value, most);
}

static void add_text(struct buf *out, struct span member, const char *value)
{
	add_span(out, member, span_of(value), 0);
}

static void add_number(struct buf *out, struct span member, uint64_t value)
{
	buf_add(out, member);
	buf_add_uint(out, value);
}

/* The first one has no comma before it. */
static void add_peer_member(struct buf *out, struct span member, bool *first)
{
	buf_add(out, *first ? span_from(member, 1) : member);
	*first = false;
}

static void add_id(struct buf *out, struct span member, int64_t id, bool *first)
{
	if (id < 0)
		return;
	add_peer_member(out, member, first);
	buf_add_uint(out, (uint64_t)id);
}

static void add_peer_text(struct buf *out, struct span member, const char *value, bool *first)
{
	if (!value)
		return;
	add_peer_member(out, member, first);
	buf_add_json(out, span_of(value), 0);
}

/* ---- groups of members -------------------------------------------------------------------------
 */

static void add_date(struct buf *out, int64_t days)
{
	struct date date = date_of_day(days);

	buf_add_digits(out, (uint64_t)date.year, 4);
	buf_add_char(out, '-');
	buf_add_digits(out, date.month, 2);
	buf_add_char(out, '-');
	buf_add_digits(out, date.day, 2);
}

static void add_time(struct buf *out, int64_t seconds, unsigned milliseconds)
{
	int64_t days = seconds / DATE_DAY_SECONDS, rest = seconds % DATE_DAY_SECONDS;

	if (rest < 0) {
		rest += DATE_DAY_SECONDS;
		days--;
	}
	buf_add_text(out, "{\"time\":\"");
	add_date(out, days);
	buf_add_char(out, 'T');
	buf_add_digits(out, (uint64_t)(rest / 3600), 2);
	buf_add_char(out, ':');
	buf_add_digits(out, (uint64_t)(rest / 60 % 60), 2);
	buf_add_char(out, ':');
	buf_add_digits(out, (uint64_t)(rest % 60), 2);
	buf_add_char(out, '.');
	buf_add_digits(out, milliseconds, 3);
	buf_add(out, SPAN("Z\""));
}

static void add_peer(struct buf *out, const struct audit_peer *peer)
{
	bool first = true;

	buf_add(out, MEMBER("peer"));
	buf_add_char(out, '{');
	add_id(out, MEMBER("pid"), peer->pid, &first);
	add_id(out, MEMBER("uid"), peer->uid, &first);
	add_id(out, MEMBER("gid"), peer->gid, &first);
	add_peer_text(out, MEMBER("address"), peer->address, &first);
	add_peer_text(out, MEMBER("identity"), peer->identity, &first);
	add_peer_text(out, MEMBER("container"), peer->container, &first);
	add_peer_text(out, MEMBER("container_id"), peer->container_id, &first);
	buf_add_char(out, '}');
}

/* The row says it. Of what has no row nobody knows whether it is one. */
static bool param_is_secret(const struct docker_operation *operation, struct pair param)
{
	const struct docker_param *row =
	    operation ? docker_param_find(operation, param.name) : NULL;

	return param.value.len > 0 && (!row || docker_param_hides(row, param.value));
}

static void add_param(struct buf *query, const struct docker_operation *operation, struct span text)
{
	struct pair param;

	param.name = span_cut(text, '=', &param.value);
	if (query->len > 0)
		buf_add_char(query, '&');
	if (!param_is_secret(operation, param)) {
		buf_add(query, text);
		return;
	}
	buf_add(query, param.name);
	buf_add_text(query, "=" MASK);
}

static const struct docker_operation *operation_of(const struct audit_record *record)
{
	if (record->request)
		return record->request->match.operation;
	return record->operation ? docker_operation_named(span_of(record->operation)) : NULL;
}

static void add_query(struct buf *out, const struct audit_record *record)
{
	struct span text = record->query;
	struct buf query;

	if (text.len == 0)
		return;
	const struct docker_operation *operation = operation_of(record);

	buf_init(&query, text.len * (sizeof(MASK) + 1));
	while (text.len > 0)
		add_param(&query, operation, span_cut(text, '&', &text));
	if (query.failed)
		out->failed = true;
	add_span(out, MEMBER("query"), buf_span(&query), QUERY_MOST);
	buf_free(&query);
}

static void add_request(struct buf *out, const struct audit_record *record)
{
	struct span raw_query;

	add_span(out, MEMBER("method"), record->method, METHOD_MOST);
	/* A target that could not be read comes whole. What stands behind its '?' cannot be told
	 * apart well enough to leave secrets out, and an address may have a password before its
	 * '@'. */
	struct span path = span_cut(record->path, '?', &raw_query);

	if (path.len > 0 && path.at[0] != '/' && memchr(path.at, '@', path.len))
		path = SPAN(MASK);
	add_span(out, MEMBER("path"), path, PATH_MOST);
	add_query(out, record);
	if (record->api > 0) {
		buf_add(out, SPAN(",\"api\":\"1."));
		buf_add_uint(out, record->api);
		buf_add_char(out, '"');
	}
	add_text(out, MEMBER("operation"), record->operation);
}

void audit_decision_write(struct buf *out, const struct decision *decision)
{
	add_text(out, MEMBER("reason"), reason_name(decision->reason));
	add_number(out, MEMBER("status"), decision->status);
	if (decision->rule.file) {
		struct error rule;

		(void)error_set(&rule, "%s:%u", decision->rule.file, decision->rule.line);
		add_text(out, MEMBER("rule"), rule.text);
	}
	if (decision->grant != GRANT_NONE)
		add_text(out, MEMBER("grant"), grant_info(decision->grant)->name);
	add_text(out, MEMBER("requirement"), decision->requirement);
	add_text(out, MEMBER("field"), decision->field);
	add_text(out, MEMBER("value"), decision->value);
	add_text(out, MEMBER("message"), decision->message);
	add_text(out, MEMBER("fix"), decision->fix);
}

typedef bool remedy_fn(const struct remedy *remedy);

static bool is_line(const struct remedy *remedy)
{
	return remedy->kind == REMEDY_LINE;
}

static bool is_host_line(const struct remedy *remedy)
{
	return is_line(remedy) && remedy->gives_host;
}

static bool is_change(const struct remedy *remedy)
{
	return !is_line(remedy);
}

static void start_list(struct buf *out, struct span member)
{
	buf_add(out, member);
	buf_add_char(out, '[');
}

/* A list of those that |chosen| is true of, where there are any. */
static void add_remedies(
    struct buf *out, struct span member, const struct decision *decision, remedy_fn *chosen)
{
	bool any = false;

	for (unsigned i = 0; i < decision->remedy_count; i++) {
		const struct remedy *remedy = &decision->remedies[i];

		if (!chosen(remedy))
			continue;
		if (any)
			buf_add_char(out, ',');
		else
			start_list(out, member);
		buf_add_json(out, span_of(remedy->text), 0);
		any = true;
	}
	if (any)
		buf_add_char(out, ']');
}

/* All that is missing. */
static void add_missing(struct buf *out, const struct decision *decision)
{
	add_remedies(out, MEMBER("fixes"), decision, is_line);
	add_remedies(out, MEMBER("host_fixes"), decision, is_host_line);
	add_remedies(out, MEMBER("changes"), decision, is_change);
	if (decision->remedies_beyond > 0)
		add_number(out, MEMBER("more"), decision->remedies_beyond);
}

/* Objects that would be judged once the lines are there. */
static void add_unchecked(struct buf *out, const struct decision *decision)
{
	bool any = false;

	for (unsigned i = 0; decision->wants_state && i < decision->wanted_count; i++) {
		const struct policy_object *object = &decision->wanted[i];

		if (!policy_object_is_of_client(object))
			continue;
		if (any)
			buf_add_char(out, ',');
		else
			start_list(out, MEMBER("unchecked"));
		buf_add_json(out, object->name, PATH_MOST);
		any = true;
	}
	if (any)
		buf_add_char(out, ']');
}

static void add_refusal(struct buf *out, const struct decision *decision)
{
	audit_decision_write(out, decision);
	add_missing(out, decision);
	add_unchecked(out, decision);
}

/* What the body has where the client wrote something else, or nothing. */
static void add_edits(struct buf *out, const struct policy_tenancy *tenancy)
{
	for (unsigned i = 0; i < tenancy->edit_count; i++) {
		struct buf edit;

		if (i == 0)
			start_list(out, MEMBER("edits"));
		else
			buf_add_char(out, ',');
		buf_init(&edit, EDIT_MOST);
		policy_edit_write(&tenancy->edits[i], &edit);
		buf_add_json(out, buf_span(&edit), 0);
		out->failed |= edit.failed;
		buf_free(&edit);
	}
	if (tenancy->edit_count > 0)
		buf_add_char(out, ']');
}

static const char *event_name(enum audit_event event)
{
	switch (event) {
	case AUDIT_ALLOWED:
		return "allowed";
	case AUDIT_WOULD_DENY:
		return "would-deny";
	case AUDIT_DENIED:
		break;
	}
	return "denied";
}

void audit_note_write(struct buf *out, const struct audit_note *note)
{
	add_time(out, note->seconds, note->milliseconds);
	add_text(out, MEMBER("run"), note->run);
	add_number(out, MEMBER("seq"), note->sequence);
	add_text(out, MEMBER("event"), note->event);
	add_text(out, MEMBER("message"), note->message);
	buf_add_text(out, "}\n");
}

void audit_record_write(struct buf *out, const struct audit_record *record)
{
	add_time(out, record->seconds, record->milliseconds);
	add_text(out, MEMBER("run"), record->run);
	add_number(out, MEMBER("seq"), record->sequence);
	add_text(out, MEMBER("event"), event_name(record->event));
	add_text(out, MEMBER("listener"), record->listener);
	add_text(out, MEMBER("policy"), record->policy);
	if (record->tenancy)
		add_span(out, MEMBER("owner"), record->tenancy->owner, 0);
	add_peer(out, &record->peer);
	add_request(out, record);
	add_span(out, MEMBER("build"), record->build, PATH_MOST);
	add_text(out, MEMBER("added"), record->added);
	if (record->event == AUDIT_ALLOWED)
		audit_told_write(out, record->schema, record->body);
	else
		add_refusal(out, record->decision);
	if (record->event == AUDIT_ALLOWED && record->tenancy)
		add_edits(out, record->tenancy);
	if (record->needs.len > 0)
		buf_add(out, record->needs);
	buf_add_text(out, "}\n");
}
