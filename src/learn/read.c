/* SPDX-License-Identifier: Apache-2.0 */
/* One line of the log: which request it tells of, and what that needs. What stands in it was sent
 * by clients; nothing of it becomes a line of a policy that is not one key and one value of the
 * tables.
 */
#include "audit/line.h"
#include "learn/parts.h"

/* ---- who and what ------------------------------------------------------------------------------
 */

/* Printable and short: it is written into a comment. */
static void add_shown(struct buf *out, const char *text)
{
	buf_add_escaped(out, span_of(text), 80);
}

static struct named *who_asked(struct learn *learn, const cJSON *line)
{
	struct buf client, text;

	buf_init(&client, AUDIT_LINE_MOST);
	audit_line_add_client(line, &client);
	buf_init(&text, 1024);
	add_shown(&text, audit_line_text(line, "listener"));
	if (client.len > 0) {
		buf_add_char(&text, ' ');
		add_shown(&text, buf_text(&client));
	}
	bool failed = text.failed || client.failed;
	struct named *name = failed ? NULL : table_name(learn, buf_text(&text));

	buf_free(&client);
	buf_free(&text);
	return name;
}

static const char *request_of(struct learn *learn, const cJSON *line)
{
	struct buf text;

	buf_init(&text, 4096);
	audit_line_add_request(line, &text);
	const char *copy = text.failed ? "" : arena_copy(&learn->line, buf_span(&text));

	buf_free(&text);
	return copy;
}

/* Letters, digits and marks of a name of a section, so that no log makes two sections of one. */
static bool is_policy_name(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    !strchr("._-", c))
			return false;
	}
	return len > 0 && len <= 64;
}

/* ---- what it needs -----------------------------------------------------------------------------
 */

/* Settings that a request can need. */
static bool is_setting(const char *key)
{
	static const char *const keys[] = {"grant", "min_api", "own_container", "unknown_fields",
	    "unknown_params", "unknown_routes"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (strcmp(keys[i], key) == 0)
			return true;
	}
	return false;
}

/* A value that one line can hold. */
static bool is_one_line(const char *value)
{
	size_t len = strlen(value);

	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)value[i] < ' ' || value[i] == 0x7f)
			return false;
	}
	return len <= VALUE_BYTES_MOST;
}

/* Whether the policy that is there covers the very value, and by which line. */
static bool is_known(
    struct learn *learn, const struct event *event, enum grant grant, struct span value)
{
	const struct learn_known *known = learn->options->known;
	struct policy_source source;

	if (!known || value.len == 0)
		return false;
	uint64_t hash = text_hash(text_hash(grant, value), span_of(event->operation->name)) | 1;
	struct answer *answer = &learn->answers[(hash ^ hash >> 32) % ANSWERS_KEPT];

	if (answer->hash != hash) {
		*answer = (struct answer){
		    hash, policy_covers(known->policy, event->operation, grant, value, &source)};
		if (answer->covers && table_use(learn, &source) < 0)
			answer->covers = false;
	}
	return answer->covers;
}

static int count_need(struct learn *learn, const struct event *event, const char *key,
    const char *value, const char *field, bool gives_host)
{
	enum grant grant = grant_from(span_of(key));
	bool grants = grant != GRANT_NONE;

	if ((!grants && !is_setting(key)) || !is_one_line(value) ||
	    (grants && is_known(learn, event, grant, span_of(value))))
		return 0;
	return table_count(learn, event, grants ? LINE_GRANT : LINE_SETTING, key, span_of(value),
	    field, gives_host || !grants);
}

static int count_needs(struct learn *learn, const struct event *event, const cJSON *needs)
{
	const cJSON *need;

	cJSON_ArrayForEach (need, needs) {
		if (count_need(learn, event, audit_line_text(need, "key"),
			audit_line_text(need, "value"), audit_line_text(need, "field"),
			cJSON_IsTrue(audit_line_member(need, "host"))) < 0)
			return -1;
	}
	return 0;
}

/* Lines of another audit_level hold what was missing, at least. */
static int count_fixes(struct learn *learn, const struct event *event, const cJSON *line)
{
	const cJSON *fix;

	cJSON_ArrayForEach (fix, audit_line_member(line, "fixes")) {
		const char *text = json_string(fix), *equals = strstr(text, " = ");

		if (!equals)
			continue;
		const char *key =
		    arena_copy(&learn->line, (struct span){text, (size_t)(equals - text)});

		if (!key || count_need(learn, event, key, equals + 3, "", false) < 0)
			return -1;
	}
	return 0;
}

static int count_changes(struct learn *learn, const struct event *event, const cJSON *line)
{
	const cJSON *change;

	cJSON_ArrayForEach (change, audit_line_member(line, "changes")) {
		if (table_count(
			learn, event, LINE_CHANGE, "", span_of(json_string(change)), "", false) < 0)
			return -1;
	}
	return 0;
}

/* ---- one request -------------------------------------------------------------------------------
 */

static int count_operation(struct learn *learn, const struct event *event, struct span text)
{
	const struct learn_known *known = learn->options->known;
	struct policy_source source;

	if (known && known->allows(known->context, text, &source))
		return table_use(learn, &source);
	return table_count(
	    learn, event, LINE_ALLOW, "allow", span_of(event->operation->name), "", false);
}

static int count_request(
    struct learn *learn, const struct event *event, struct span text, const cJSON *line)
{
	const cJSON *needs = audit_line_member(line, "needs");
	struct section *section = event->section;

	section->requests++;
	table_see(section, event->time);
	learn->requests++;
	section->partial += audit_line_member(line, "needs_partial") != NULL;
	section->cut += audit_line_member(line, "needs_more") != NULL;
	section->without += !needs;
	if (count_operation(learn, event, text) < 0 || count_changes(learn, event, line) < 0)
		return -1;
	return needs ? count_needs(learn, event, needs) : count_fixes(learn, event, line);
}

/* Whether the request is one to learn from; others are counted. */
static bool is_learned(const struct learn *learn, const struct event *event, const cJSON *line)
{
	struct section *section = event->section;
	const char *reason = audit_line_text(line, "reason");

	if (strcmp(audit_line_text(line, "event"), "denied") == 0 && !learn->options->denied) {
		section->denied++;
		return false;
	}
	if (!event->operation) {
		section->unknown++;
		return false;
	}
	if (strcmp(reason, "deny_rule") == 0) {
		section->by_rule++;
		return false;
	}
	return true;
}

static int take(struct learn *learn, struct span text, const cJSON *line)
{
	const char *policy = audit_line_text(line, "policy");
	const char *name = is_policy_name(policy) ? policy : "learned";

	if (!audit_line_is_request(line) ||
	    (learn->options->policy && strcmp(learn->options->policy, policy) != 0)) {
		learn->others++;
		return 0;
	}
	const char *operation = audit_line_text(line, "operation");
	struct event event = {.section = table_section(learn, name),
	    .time = audit_line_time(line),
	    .who = who_asked(learn, line),
	    .example = request_of(learn, line),
	    .operation = docker_operation_named(span_of(operation))};

	if (!event.section || !event.who || !event.example)
		return -1;
	if (!event.section->name) {
		learn->beyond++;
		return 0;
	}
	condition_read(
	    event.operation, span_of(audit_line_text(line, "query")), &event.named, &event.given);
	return is_learned(learn, &event, line) ? count_request(learn, &event, text, line) : 0;
}

int learn_take(struct learn *learn, struct span line, struct error *err)
{
	struct span text = span_trim(line);

	if (text.len == 0)
		return 0;
	arena_reset(&learn->line);
	const cJSON *root = audit_line_read(text, &learn->line);

	if (!root) {
		learn->unreadable++;
		return 0;
	}
	if (take(learn, text, root) < 0)
		return error_set(err, "out of memory: the log has too much that is different");
	return 0;
}
