/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/line.h"

static const struct json_limits line_limits = {
    .max_bytes = AUDIT_LINE_MOST, .max_depth = 16, .max_members = 20000};

const cJSON *audit_line_member(const cJSON *object, const char *name)
{
	const cJSON *member = cJSON_IsObject(object) ? object->child : NULL;

	while (member && strcmp(member->string, name) != 0)
		member = member->next;
	return member;
}

const char *audit_line_text(const cJSON *object, const char *name)
{
	return json_string(audit_line_member(object, name));
}

const cJSON *audit_line_read(struct span text, struct arena *arena)
{
	const cJSON *line = json_parse(text, &line_limits, arena, NULL);

	return audit_line_text(line, "event")[0] && audit_line_text(line, "time")[0] ? line : NULL;
}

bool audit_line_is_request(const cJSON *line)
{
	const char *event = audit_line_text(line, "event");

	return strcmp(event, "allowed") == 0 || strcmp(event, "would-deny") == 0 ||
	       strcmp(event, "denied") == 0;
}

const char *audit_line_time(const cJSON *line)
{
	const char *time = audit_line_text(line, "time");
	size_t len = strlen(time);

	return len < AUDIT_TIME_BYTES && strspn(time, "0123456789-:.TZ") == len ? time : "";
}

void audit_line_add_client(const cJSON *line, struct buf *out)
{
	const cJSON *peer = audit_line_member(line, "peer"), *uid = audit_line_member(peer, "uid");
	const char *identity = audit_line_text(peer, "identity");

	if (identity[0])
		buf_add_text(out, identity);
	else if (cJSON_IsNumber(uid))
		buf_add_format(out, "uid:%.0f", uid->valuedouble);
	else
		buf_add_text(out, audit_line_text(peer, "address"));
}

void audit_line_add_request(const cJSON *line, struct buf *out)
{
	const char *query = audit_line_text(line, "query");

	buf_add_text(out, audit_line_text(line, "method"));
	buf_add_char(out, ' ');
	buf_add_text(out, audit_line_text(line, "path"));
	buf_add_text(out, query[0] ? "?" : "");
	buf_add_text(out, query);
}
