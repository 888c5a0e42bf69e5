/* SPDX-License-Identifier: Apache-2.0 */
/* What a judgement costs: long policies cost what short ones do, and the worst request of each kind
 * stays within its limit. Counted in steps and calls, never in time. */
#include "unit.h"

#include "policy_case.h"

#include <stdio.h>
#include <stdlib.h>

#define CREATE "POST /v1.41/containers/create?name=job"
#define LINES_MOST 1000
#define STEPS_MORE 400 /* of a search in a long list */
#define BODY_SIZE (4u << 20)

/* What the tests write into; whole texts are made of pieces. */
struct paper {
	char *text;
	size_t size, len;
};

static struct paper paper_new(size_t size)
{
	struct paper paper = {.text = calloc(1, size), .size = size};

	assert_non_null(paper.text);
	return paper;
}

static void add(struct paper *paper, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct paper *paper, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	paper->len +=
	    (size_t)vsnprintf(paper->text + paper->len, paper->size - paper->len, format, args);
	va_end(args);
	assert_true(paper->len < paper->size);
}

/* |text| with a number for each '%'. */
static void add_numbered(struct paper *paper, const char *text, unsigned number)
{
	for (; *text; text++) {
		if (*text == '%')
			add(paper, "%u", number + 1000);
		else
			add(paper, "%c", *text);
	}
}

static void add_list(
    struct paper *paper, const char *before, const char *piece, unsigned count, const char *after)
{
	add(paper, "%s", before);
	for (unsigned i = 0; i < count; i++) {
		add(paper, "%s", i ? "," : "");
		add_numbered(paper, piece, i);
	}
	add(paper, "%s", after);
}

/* ---- long policies -----------------------------------------------------------------------------
 */

struct long_row {
	const char *line; /* a thousand of them, numbered in place of '%' */
	const char *fits; /* the one that fits, behind them */
	const char *request, *body;
};

static uint64_t steps_of(const struct long_row *row, unsigned lines)
{
	static struct outcome outcome;
	struct paper text = paper_new(1u << 20);
	const struct request_case request = {.line = row->request, .body = row->body};

	add(&text, "%s", strncmp(row->fits, "allow", 5) == 0 ? "" : "allow = @all\n");
	for (unsigned i = 0; i < lines; i++) {
		add_numbered(&text, row->line, i);
		add(&text, "\n");
	}
	add(&text, "%s\n", row->fits);
	struct policy *policy = policy_of(text.text);

	decide_case(policy, &request, &outcome);
	if (outcome.decision.verdict != VERDICT_ALLOW)
		fail_msg("%s: %s", row->line, outcome.decision.message);
	policy_unref(policy);
	free(text.text);
	return outcome.decision.steps;
}

static void long_policies_cost_what_short_ones_do(void **state)
{
	static const struct long_row rows[] = {
	    {"allow = GET /containers/c%/json", "allow = GET /containers/x/json",
		"GET /containers/x/json", NULL},
	    {"allow = GET /containers/c%/**", "allow = GET /containers/*/json",
		"GET /containers/x/json", NULL},
	    {"allow = GET /networks/*x%", "allow = GET /networks/*", "GET /networks/x", NULL},
	    {"deny = GET /containers/c%/json", "allow = @all", "GET /containers/x/json", NULL},
	    {"deny = GET /containers/c*%/json", "allow = @all", "GET /containers/x/json", NULL},
	    {"deny = * /containers/create?name=j%", "allow = @all", CREATE, "{}"},
	    {"allow = container.create?name=j%", "allow = container.create?name=job*", CREATE,
		"{}"},
	    {"deny = * /x%/**", "allow = @all\nallow = GET /y*\nunknown_routes = allow", "GET /yes",
		NULL},
	    {"bind = /srv/%", "bind = /srv/x", CREATE,
		"{\"HostConfig\":{\"Binds\":[\"/srv/x/a:/a:ro\"]}}"},
	    {"bind = /srv/% rw", "bind = /srv/x/* rw", CREATE,
		"{\"HostConfig\":{\"Binds\":[\"/srv/x/a/b/c/d:/a\"]}}"},
	    {"bind = /srv/*/x% rw", "bind = /srv/*/a rw", CREATE,
		"{\"HostConfig\":{\"Binds\":[\"/srv/x/a/b/c/d:/a\"]}}"},
	    {"bind = /srv/%/**", "bind = / rw", CREATE,
		"{\"HostConfig\":{\"Binds\":[\"/srv/x/a/b/c/d:/a\"]}}"},
	    {"image = r.example/a%", "image = r.example/b", CREATE,
		"{\"Image\":\"r.example/b:1\"}"},
	    {"image = b:x%", "image = b:1", CREATE, "{\"Image\":\"b:1\"}"},
	    {"image = **/x%", "image = **/b", CREATE, "{\"Image\":\"r.example/b:1\"}"},
	    {"image = **/x%:*", "image = **/b:*", CREATE, "{\"Image\":\"r.example/b:1\"}"},
	    {"label = **x%=**", "label = **", CREATE, "{\"Labels\":{\"role\":\"1\"}}"},
	    {"image = b@sha256:%*", "image = b@sha256:a*", CREATE,
		"{\"Image\":\"b@sha256:"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}"},
	    {"image = sha256:%*", "image = sha256:a*", CREATE,
		"{\"Image\":\"sha256:"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}"},
	    {"volume = v%", "volume = w*", CREATE, "{\"HostConfig\":{\"Binds\":[\"w1:/a\"]}}"},
	    {"env = A%", "env = B", CREATE, "{\"Env\":[\"B=1\"]}"},
	    {"env = B=x%", "env = B=*", CREATE, "{\"Env\":[\"B=1\"]}"},
	    {"label = role=x%", "label = role=1", CREATE, "{\"Labels\":{\"role\":\"1\"}}"},
	    {"network_mode = n%", "network_mode = m", CREATE,
		"{\"HostConfig\":{\"NetworkMode\":\"m\"}}"},
	    {"command = make %", "command = make all **", CREATE,
		"{\"Cmd\":[\"make\",\"all\",\"x\"]}"},
	    {"command = run% **", "command = make **", CREATE,
		"{\"Cmd\":[\"make\",\"all\",\"x\"]}"},
	    {"publish = %", "publish = 3000", CREATE,
		"{\"HostConfig\":{\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"3000\"}]}}}"},
	    {"publish = 10.0.0.1:%-%", "publish = 3000", CREATE,
		"{\"HostConfig\":{\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"3000\"}]}}}"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t one = steps_of(&rows[i], 0), many = steps_of(&rows[i], LINES_MOST);

		if (many > one + STEPS_MORE)
			fail_msg("%s: %u steps, and %u with %u lines", rows[i].line, (unsigned)one,
			    (unsigned)many, LINES_MOST);
	}
}

/* ---- limits ------------------------------------------------------------------------------------
 */

static unsigned resolved;

static int count_resolved(
    struct span path, char *room, size_t size, bool *ret_exists, struct error *err)
{
	*ret_exists = true;
	(void)err;
	resolved++;
	return snprintf(room, size, "%.*s", (int)path.len, path.at) < 0;
}

/* A request that has |count| of what a limit is for. */
struct worst {
	enum policy_limit limit;
	const char *policy;
	const char *before, *piece, *after; /* of the body */
	bool path;                          /* the pieces make one path */
};

static const struct worst worst[] = {
    {POLICY_PATHS, "bind = /srv/* rw", "{\"HostConfig\":{\"Binds\":[", "\"/srv/%:/a\"", "]}}",
	false},
    {POLICY_PATHS, "bind = /srv/* rw", "{\"HostConfig\":{\"Mounts\":[",
	"{\"Type\":\"bind\",\"Source\":\"/srv/%\",\"Target\":\"/a\"}", "]}}", false},
    {POLICY_RESOLVED, "bind = /srv/* rw\nresolve_binds = yes", "{\"HostConfig\":{\"Binds\":[",
	"\"/srv/%:/a\"", "]}}", false},
    {POLICY_PARTS, "bind = / rw", "{\"HostConfig\":{\"Binds\":[\"", "/%", ":/a\"]}}", true},
    {POLICY_DEVICES, "device_request = *", "{\"HostConfig\":{\"DeviceRequests\":[", "{}", "]}}",
	false},
    {POLICY_NAMES, "", "{", "\"X%\":null", "}", false},
    {POLICY_NAMES, "", "{\"HostConfig\":{", "\"X%\":0", "}}", false},
    {POLICY_NAMES, "unknown_fields = allow", "{\"HostConfig\":{\"Mounts\":[",
	"{\"Type\":\"volume\",\"X\":%}", "]}}", false},
};

static void write_worst(struct paper *body, const struct worst *row, unsigned count)
{
	if (!row->path) {
		add_list(body, row->before, row->piece, count, row->after);
		return;
	}
	add(body, "%s", row->before);
	for (unsigned i = 0; i < count; i++)
		add_numbered(body, row->piece, i);
	add(body, "%s", row->after);
}

static void decide_worst(const struct worst *row, unsigned count, struct outcome *ret_outcome)
{
	struct paper body = paper_new(BODY_SIZE), lines = paper_new(4096);

	add(&lines, "allow = @all\n%s\n", row->policy);
	write_worst(&body, row, count);
	struct policy *policy = policy_of(lines.text);
	const struct request_case request = {
	    .line = CREATE, .body = body.text, .resolve = count_resolved};

	decide_case(policy, &request, ret_outcome);
	policy_unref(policy);
	free(body.text);
	free(lines.text);
}

static void limits_hold_to_the_last_one(void **state)
{
	static struct outcome outcome;

	(void)state;
	for (size_t i = 0; i < COUNT(worst); i++) {
		unsigned most = policy_limit_info(worst[i].limit)->most;

		decide_worst(&worst[i], most, &outcome);
		if (outcome.decision.verdict != VERDICT_ALLOW)
			fail_msg("row %zu, %u: %s", i, most, outcome.decision.message);
		decide_worst(&worst[i], most + 1, &outcome);
		if (outcome.decision.verdict != VERDICT_DENY)
			fail_msg("row %zu: %u pass", i, most + 1);
		if (worst[i].limit != POLICY_PARTS)
			assert_int_equal(outcome.decision.reason, REASON_LIMIT);
	}
	for (unsigned limit = 0; limit < POLICY_LIMIT_COUNT; limit++) {
		bool tried = limit == POLICY_STEPS;

		for (size_t i = 0; i < COUNT(worst); i++)
			tried |= worst[i].limit == limit;
		assert_true(tried);
	}
}

/* docs/limits.md has each limit with its number. */
static void the_limits_are_documented(void **state)
{
	const char *top = getenv("srcdir");
	char path[400], row[120];
	struct paper page = paper_new(1u << 16);

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/docs/limits.md", top ? top : ".");
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	page.len = fread(page.text, 1, page.size - 1, file);
	(void)fclose(file);
	for (unsigned limit = 0; limit < POLICY_LIMIT_COUNT; limit++) {
		const struct policy_limit_info *info = policy_limit_info((enum policy_limit)limit);

		(void)snprintf(row, sizeof(row), "\n| %s | %u |", info->of, info->most);
		if (!strstr(page.text, row))
			fail_msg("docs/limits.md has no line%s", row);
	}
	free(page.text);
}

static void no_more_is_looked_up_than_the_limit(void **state)
{
	static struct outcome outcome;
	unsigned most = policy_limit_info(POLICY_RESOLVED)->most;

	(void)state;
	resolved = 0;
	decide_worst(&worst[2], 900, &outcome);
	/* three judgements: as sifted, of the whole body, and with a trace */
	assert_in_range(resolved, most * 2, most * 3);
}

/* ---- steps -------------------------------------------------------------------------------------
 */

/* Patterns that share what they begin and end with are tried one by one: the steps end that. */
static void steps_end_a_judgement(void **state)
{
	static const struct {
		const char *line, *before, *piece, *after;
	} rows[] = {
	    {"env = **A%**", "{\"Env\":[", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%=1\"", "]}"},
	    {"deny = * /containers/c**?name=**x%**", "{\"Labels\":{", "\"a%\":\"\"", "}}"},
	    {"label = **A%**", "{\"Labels\":{", "\"aaaaaaaaaaaaaaaaaaaaaaaaaa%\":\"1\"", "}}"},
	    {"bind = /srv/**/a%/* ro", "{\"HostConfig\":{\"Binds\":[",
		"\"/srv/a/a/a/a/a/a/a/a/a/a/a/a/a/a%/a:/a:ro\"", "]}}"},
	    {"command = * **A%**", "{\"Cmd\":[\"a\",\"", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"\"]}"},
	    {"publish = 10.0.0.1:*", "{\"HostConfig\":{\"PortBindings\":{",
		"\"%/udp\":[{\"HostPort\":\"1\"}]", "}}}"},
	};
	static struct outcome outcome;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct paper lines = paper_new(1u << 20), body = paper_new(BODY_SIZE);
		const struct request_case request = {.line = CREATE, .body = body.text};

		add(&lines, "allow = @all\n");
		for (unsigned line = 0; line < LINES_MOST; line++) {
			add_numbered(&lines, rows[i].line, line);
			add(&lines, "\n");
		}
		add_list(&body, rows[i].before, rows[i].piece, 60000, rows[i].after);
		struct policy *policy = policy_of(lines.text);

		decide_case(policy, &request, &outcome);
		if (outcome.decision.steps > policy_limit_info(POLICY_STEPS)->most)
			fail_msg("row %zu: more steps than there are", i);
		policy_unref(policy);
		free(lines.text);
		free(body.text);
	}
}

static void what_spent_its_steps_is_refused(void **state)
{
	static struct outcome outcome;
	struct paper body = paper_new(BODY_SIZE);
	const struct request_case request = {.line = CREATE, .body = body.text};
	struct policy *policy =
	    policy_of("allow = @all\nenv = V=*aaaaaaaaaaaaaaaaaaaab*\nenv = *\n");

	(void)state;
	add_list(
	    &body, "{\"Env\":[\"V=", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 20000, "\"]}");
	decide_case(policy, &request, &outcome);
	assert_int_equal(outcome.decision.verdict, VERDICT_DENY);
	assert_int_equal(outcome.decision.reason, REASON_LIMIT);
	assert_non_null(strstr(outcome.decision.message, "steps of comparing with patterns"));
	policy_unref(policy);
	free(body.text);
}

/* More rules than are tried one by one: those are found by the value. */
static void many_conditions_on_one_parameter(void **state)
{
	static const struct policy_row names[] = {
	    {"POST /containers/create?name=vault-1", "{}", "deny_rule", NULL},
	    {"POST /containers/create?name=/vault-1", "{}", "deny_rule", NULL},
	    {"POST /containers/create?name=/f", "{}", "deny_rule", NULL},
	    {"POST /containers/create?name=f", "{}", "deny_rule", NULL},
	    {"POST /containers/create?name=/web", "{}", "allow", NULL},
	};
	static const struct policy_row numbers[] = {
	    {"POST /containers/x/stop?t=12", NULL, "deny_rule", NULL},
	    {"POST /containers/x/stop?t=012", NULL, "deny_rule", NULL},
	    {"POST /containers/x/stop?t=+12", NULL, "deny_rule", NULL},
	    {"POST /containers/x/stop?t=-0012", NULL, "deny_rule", NULL},
	    {"POST /containers/x/stop?t=2", NULL, "allow", NULL},
	};

	(void)state;
	check_rows("allow = @all\nimage = *\n"
		   "deny = container.create?name=a container.create?name=b\n"
		   "deny = container.create?name=c container.create?name=d\n"
		   "deny = container.create?name=vault-* container.create?name=/f",
	    names, COUNT(names));
	check_rows("allow = container.stop\n"
		   "deny = container.stop?t=1* container.stop?t=-1*",
	    numbers, COUNT(numbers));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(many_conditions_on_one_parameter),
	    cmocka_unit_test(long_policies_cost_what_short_ones_do),
	    cmocka_unit_test(limits_hold_to_the_last_one),
	    cmocka_unit_test(the_limits_are_documented),
	    cmocka_unit_test(no_more_is_looked_up_than_the_limit),
	    cmocka_unit_test(steps_end_a_judgement),
	    cmocka_unit_test(what_spent_its_steps_is_refused),
	};

	return cmocka_run_group_tests_name("policy_work", tests, NULL, NULL);
}
