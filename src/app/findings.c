/* SPDX-License-Identifier: Apache-2.0 */
/* What `check` finds, on stderr at once or kept as JSON; and which operations a policy permits. */
#include "app/check.h"
#include "docker/docker.h"

#define PATH_MOST 256

static void add_finding(struct buf *list, const char *file, unsigned line, const char *text)
{
	buf_add_text(list, list->len > 0 ? ",{\"text\":" : "{\"text\":");
	buf_add_json(list, span_of(text), 0);
	if (file) {
		buf_add_text(list, ",\"file\":");
		buf_add_json(list, span_of(file), 0);
	}
	if (file && line > 0)
		buf_add_format(list, ",\"line\":%u", line);
	buf_add_char(list, '}');
}

static void print_finding(const char *file, unsigned line, const char *kind, const char *text)
{
	if (!file)
		fprintf(stderr, "%s: %s\n", kind, text);
	else if (line > 0)
		fprintf(stderr, "%s:%u: %s: %s\n", file, line, kind, text);
	else
		fprintf(stderr, "%s: %s: %s\n", file, kind, text);
}

void check_warn(void *context, const char *file, unsigned line, const char *text)
{
	struct check_findings *findings = context;

	if (findings->json)
		add_finding(&findings->warning_list, file, line, text);
	else
		print_finding(file, line, "warning", text);
}

void check_error(
    struct check_findings *findings, const struct policy_source *source, const char *text)
{
	findings->errors++;
	if (findings->json)
		add_finding(&findings->error_list, source->file, source->line, text);
	else
		print_finding(source->file, source->line, "error", text);
}

/* A path of |op| with "x" for each placeholder. */
static size_t sample_path(const struct docker_operation *op, char out[static PATH_MOST])
{
	bool inside = false;
	size_t len = 0;

	for (const char *p = op->path; *p && len < PATH_MOST; p++) {
		if (*p == '{')
			out[len++] = 'x';
		inside = (inside || *p == '{') && *p != '}';
		if (!inside && *p != '}')
			out[len++] = *p;
	}
	return len;
}

bool check_allows(const struct policy *policy, const struct docker_operation *op)
{
	char path[PATH_MOST];
	struct policy_request request = {.method = op->method, .api = DOCKER_API_NEWEST};
	struct decision decision = {0};

	if (!policy_may_allow(policy, op))
		return false;
	request.path = (struct span){path, sample_path(op, path)};
	request.has_body = op->body == BODY_JSON;
	docker_find(request.method, request.path, &request.match);
	policy_decide(policy, &request, &decision, NULL, NULL);
	return decision.verdict != VERDICT_DENY ||
	       (decision.reason != REASON_NO_RULE && decision.reason != REASON_DENY_RULE &&
		   decision.reason != REASON_UNKNOWN_ROUTE);
}
