/* SPDX-License-Identifier: Apache-2.0 */
/* The newest denials. Those that differ in nothing but path and time are one; when there are too
 * many of them, the one that is over for longest goes. No client can hide what others tried, nor
 * its own try to get root on the host, behind many denials. */
#include "report/parts.h"

/* ---- reasons -----------------------------------------------------------------------------------
 */

unsigned reason_of(const cJSON *line)
{
	const char *name = audit_line_text(line, "reason");
	unsigned reason = REASON_NONE + 1;

	while (reason < REASON_MAX && strcmp(reason_name((enum reason)reason), name) != 0)
		reason++;
	return reason;
}

const char *reason_shown(unsigned reason)
{
	return reason < REASON_MAX ? reason_name((enum reason)reason) : "other";
}

const char *reason_meaning(unsigned reason)
{
	static const char *const meanings[REASONS] = {
	    [REASON_NO_RULE] = "no allow line covers the operation",
	    [REASON_DENY_RULE] = "a deny line covers it",
	    [REASON_UNKNOWN_ROUTE] = "the path is none of the Docker API",
	    [REASON_API_VERSION] = "the API version is outside the policy's range",
	    [REASON_GRANT] = "a field or parameter needs a line that is missing",
	    [REASON_NEVER] = "a field or parameter that no line permits",
	    [REASON_UNKNOWN_FIELD] = "a field of the body is unknown",
	    [REASON_UNKNOWN_PARAM] = "a query parameter is unknown",
	    [REASON_OWN_CONTAINER] = "it is about sockwarden's own container",
	    [REASON_REDACT] = "the answer could not be searched for hidden values",
	    [REASON_OWNER] = "the object is another owner's",
	    [REASON_REQUIREMENT] = "a requirement was not met",
	    [REASON_BODY] = "the body is of the wrong kind or shape",
	    [REASON_AMBIGUOUS] = "the request could be read in two ways",
	    [REASON_UPGRADE] = "an upgrade where the operation has none",
	    [REASON_LIMIT] = "a limit was passed",
	    [REASON_CLIENT] = "no policy is for this client",
	    [REASON_UPSTREAM] = "the daemon could not be reached",
	    [REASON_INTERNAL] = "sockwarden could not judge it",
	};
	const char *meaning = reason < REASONS ? meanings[reason] : NULL;

	return meaning ? meaning : "not known to this version";
}

/* ---- denials -----------------------------------------------------------------------------------
 */

static uint64_t denial_hash(const cJSON *line)
{
	static const char *const members[] = {"event", "reason", "field", "requirement", "fix"};
	uint64_t hash = HASH_START;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		hash = hash_text(hash, span_of(audit_line_text(line, members[i])));
	return hash;
}

/* Whether it is one more of |denial|; no client's denial is ever taken for another one's. */
static bool is_more_of(const struct denial *denial, const struct denial *asked)
{
	return denial->hash == asked->hash && denial->client == asked->client &&
	       denial->operation == asked->operation && denial->dry_run == asked->dry_run &&
	       strcmp(denial->identity, asked->identity) == 0;
}

static const struct denial *older(const struct denial *one, const struct denial *other)
{
	return one && strcmp(one->last, other->last) <= 0 ? one : other;
}

/* The place of a denial: its own, a free one, or that of the oldest, if it is older. A client that
 * has its share pushes out its own. */
static struct denial *denial_place(struct denial_list *list, const struct denial *asked)
{
	const struct denial *oldest = NULL, *own_oldest = NULL;
	unsigned own = 0;

	for (unsigned i = 0; i < list->count; i++) {
		const struct denial *denial = &list->all[i];

		if (is_more_of(denial, asked))
			return &list->all[i];
		oldest = older(oldest, denial);
		if (denial->client == asked->client) {
			own_oldest = older(own_oldest, denial);
			own++;
		}
	}
	if (own >= DENIALS_SHARE)
		oldest = own_oldest;
	else if (list->count < DENIALS_MOST)
		oldest = &list->all[list->count++];
	if (strcmp(oldest->last, asked->last) > 0)
		return NULL;
	struct denial *place = &list->all[oldest - list->all];

	*place = *asked;
	return place;
}

static bool is_in(const cJSON *list, const char *text)
{
	return json_list_has(list, span_of(text));
}

static void add_fixes(struct denial *denial, const cJSON *line)
{
	const cJSON *host = audit_line_member(line, "host_fixes"), *fix;

	denial->fix_count = 0;
	denial->more = (uint64_t)json_number(audit_line_member(line, "more"));
	cJSON_ArrayForEach (fix, audit_line_member(line, "fixes")) {
		if (denial->fix_count == FIXES_MOST) {
			denial->more++;
			continue;
		}
		copy_cut(denial->fixes[denial->fix_count], FIX_BYTES, json_string(fix));
		denial->gives_host[denial->fix_count++] = is_in(host, json_string(fix));
	}
}

static void add_change(struct denial *denial, const cJSON *line)
{
	const cJSON *changes = audit_line_member(line, "changes");
	int count = cJSON_GetArraySize(changes);

	copy_cut(
	    denial->change, sizeof(denial->change), json_string(cJSON_GetArrayItem(changes, 0)));
	denial->more += count > 1 ? (uint64_t)count - 1 : 0;
}

static void copy_member(char *room, size_t size, const cJSON *line, const char *name)
{
	copy_cut(room, size, audit_line_text(line, name));
}

static void fill(struct denial *denial, const struct request *request)
{
	const cJSON *line = request->line;
	struct buf text;

	denial->host = request->host;
	denial->reason = reason_of(line);
	denial->status = (unsigned)json_number(audit_line_member(line, "status")) % 1000;
	buf_init(&text, AUDIT_LINE_MOST);
	audit_line_add_request(line, &text);
	copy_cut(denial->request, sizeof(denial->request), buf_text(&text));
	buf_free(&text);
	copy_member(denial->message, sizeof(denial->message), line, "message");
	copy_member(denial->field, sizeof(denial->field), line, "field");
	copy_member(denial->value, sizeof(denial->value), line, "value");
	copy_member(denial->rule, sizeof(denial->rule), line, "rule");
	add_fixes(denial, line);
	add_change(denial, line);
}

void denial_count(struct report *report, const struct request *request)
{
	struct denial asked = {.hash = denial_hash(request->line),
	    .client = request->client,
	    .dry_run = request->would_deny,
	    .operation = operation_index(request->operation)};

	read_identity(request->line, asked.identity);
	copy_member(asked.listener, sizeof(asked.listener), request->line, "listener");
	copy_cut(asked.last, sizeof(asked.last), request->time);
	struct denial *denial = denial_place(&report->denials[request->host], &asked);

	if (!denial)
		return;
	denial->count++;
	keep_first(denial->first, request->time);
	if (denial->count > 1 && strcmp(request->time, denial->last) < 0)
		return;
	keep_last(denial->last, request->time);
	fill(denial, request);
}
