/* SPDX-License-Identifier: Apache-2.0 */
/* `redact` in a policy: which lines it takes, which requests it refuses since their answers cannot
 * be searched, and what `check` says of ways around it. */
#include "unit.h"

#include "docker/docker.h"
#include "policy_case.h"

#include <stdio.h>

#define WARNINGS_MOST 8192

static void lines_that_hide_nothing_are_refused(void **state)
{
	static const struct {
		const char *lines, *error;
	} rows[] = {
	    {"redact = passwords", "\"passwords\" is not env, args, labels, mounts, host or swarm"},
	    {"redact = env passwords", "\"passwords\" is not"},
	    {"redact = \"env", "quotes"},
	    {"redact_except = PATH", "\"redact_except\" says nothing without \"redact\""},
	    {"redact_except = PATH HOME\nreal_values = env", "says nothing without \"redact\""},
	    {"redact = env\nmode = dry-run", "\"mode = dry-run\" lets answers through"},
	    {"mode = dry-run\nredact = swarm", "\"mode = dry-run\" lets answers through"},
	    {"redact = env\nunknown_routes = allow", "\"unknown_routes = allow\" lets answers"},
	    {"real_values = words", "\"words\" is not env"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *said = policy_error(rows[i].lines);

		if (!strstr(said, rows[i].error))
			fail_msg("%s: \"%s\"", rows[i].lines, said);
	}
	assert_string_equal(policy_error("redact = env \"args\"\nredact_except = \"A B\" C"), "");
	assert_string_equal(policy_error("mode = dry-run\nreal_values = env"), "");
}

static void names_that_are_kept(void **state)
{
	struct policy *some = policy_of("redact = env\nredact_except = PATH APP_*"),
		      *none = policy_of("redact = env args swarm");

	(void)state;
	assert_int_equal(policy_redacts(some), REDACT_ENV);
	assert_int_equal(policy_redacts(none), REDACT_ENV | REDACT_ARGS | REDACT_SWARM);
	assert_true(policy_keeps_value(some, SPAN("PATH")));
	assert_true(policy_keeps_value(some, SPAN("APP_NAME")));
	assert_false(policy_keeps_value(some, SPAN("PATHS")));
	assert_false(policy_keeps_value(some, SPAN("app_name")));
	assert_false(policy_keeps_value(some, SPAN("")));
	assert_false(policy_keeps_value(none, SPAN("PATH")));
	policy_unref(some);
	policy_unref(none);
}

/* Columns of ps are chosen by the client: where they are not those whose words stand alone, nobody
 * can tell where a command begins. */
static void answers_that_cannot_be_searched(void **state)
{
	static const struct policy_row hidden[] = {
	    {"GET /v1.41/containers/c/top", NULL, "allow", NULL},
	    {"GET /v1.41/containers/c/top?ps_args=", NULL, "allow", NULL},
	    {"GET /v1.41/containers/c/top?ps_args=-ef", NULL, "allow", NULL},
	    {"GET /v1.41/containers/c/top?ps_args=aux", NULL, "allow", NULL},
	    {"GET /v1.41/containers/c/top?ps_args=-eo%20pid,args", NULL, "redact query:ps_args",
		NULL},
	    {"GET /v1.41/containers/c/top?ps_args=-o%20args,pid", NULL, "redact query:ps_args",
		NULL},
	    {"GET /v1.41/containers/c/top?stream=1&ps_args=eww", NULL, "redact query:ps_args",
		NULL},
	    {"POST /v1.41/containers/c/start?detachKeys=a", NULL, "allow", NULL},
	    {"GET /v1.41/containers/json", NULL, "allow", NULL},
	    {"GET /v1.41/debug/vars", NULL, "redact", NULL},
	    {"GET /libpod/events", NULL, "redact", NULL},
	};
	static const struct policy_row others[] = {
	    {"GET /v1.41/containers/c/top?ps_args=-efww", NULL, "allow", NULL},
	    {"GET /v1.41/debug/vars", NULL, "redact", NULL},
	};
	static const struct policy_row open[] = {
	    {"GET /v1.41/containers/c/top?ps_args=-efww", NULL, "allow", NULL},
	    {"GET /v1.41/debug/vars", NULL, "allow", NULL},
	};
#define ALL "allow = @all\nps_args = *\ncheck_state = no\n"

	(void)state;
	check_rows(ALL "redact = args", hidden, COUNT(hidden));
	/* Processes have arguments and variables, and no tokens of a swarm. */
	check_rows(ALL "redact = swarm", others, COUNT(others));
	check_rows(ALL, open, COUNT(open));
}

/* With "x" for each placeholder. */
static void write_line(const struct docker_operation *row, char *line, size_t size)
{
	const char *method = row->method == METHOD_OTHER ? "GET" : method_name(row->method);
	size_t len = (size_t)snprintf(line, size, "%s ", method);

	for (const char *at = row->path; *at && len + 1 < size; at++) {
		line[len++] = *at == '{' ? 'x' : *at;
		if (*at == '{')
			at = strchr(at, '}');
	}
	line[len] = '\0';
}

/* Each operation says how it answers; those that do not are refused, whatever the rules say. */
static void only_known_answers_pass(void **state)
{
	struct policy *policy = policy_of("allow = @all\ngrant = all\nredact = env");
	unsigned refused = 0;

	(void)state;
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *row = docker_operation_at(i);
		static struct outcome outcome;
		char line[256];

		if (row->traits & TRAIT_CALL)
			continue;
		write_line(row, line, sizeof(line));
		const struct request_case request = {.line = line};

		decide_case(policy, &request, &outcome);
		bool is_refused = strncmp(outcome_text(&outcome), "redact", 6) == 0;

		if (is_refused != (row->answer == ANSWER_UNKNOWN))
			fail_msg("%s: %s", line, outcome_text(&outcome));
		refused += is_refused;
	}
	assert_true(refused > 0);
	policy_unref(policy);
}

/* ---- what `check` says ----------------------------------------------------------------------- */

static void note(void *context, const struct policy_source *source, const char *text)
{
	char *said = context;
	size_t len = strlen(said);

	(void)source;
	if (strstr(text, "redact"))
		(void)snprintf(said + len, WARNINGS_MOST - len, "%s\n", text);
}

static void ways_around_are_told(void **state)
{
	static const struct {
		const char *lines, *has, *lacks;
	} rows[] = {
	    {"allow = @all\nredact = env", "container.logs", "image.search"},
	    {"allow = container.logs container.list\nredact = env",
		"redact: values that it hides can be read by other operations that the rules "
		"allow: "
		"container.logs; see docs/redaction.md",
		","},
	    {"allow = container.list\nredact = env", NULL, "redact"},
	    {"allow = container.logs", NULL, "redact"},
	    {"allow = container.list\nredact = env args\nreal_values = env labels",
		"redact hides values that the clients of this policy need", " labels"},
	    {"allow = container.list\nredact = env args\nreal_values = env args", ": env args;",
		"redact: values"},
	    {"allow = container.list\nredact = labels\nreal_values = env", NULL, "redact"},
	    /* Those that they need may be the ones that are left out. */
	    {"allow = container.list\nredact = env\nredact_except = P*\nreal_values = env", NULL,
		"redact"},
	    {"allow = container.list\nredact = env args\nredact_except = P*\nreal_values = env "
	     "args",
		": args;", "env args"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char said[WARNINGS_MOST] = "";
		struct policy *policy = policy_of(rows[i].lines);

		policy_warnings(policy, note, said);
		policy_unref(policy);
		if ((rows[i].has && !strstr(said, rows[i].has)) || strstr(said, rows[i].lacks))
			fail_msg("%s: \"%s\"", rows[i].lines, said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_that_hide_nothing_are_refused),
	    cmocka_unit_test(names_that_are_kept),
	    cmocka_unit_test(answers_that_cannot_be_searched),
	    cmocka_unit_test(only_known_answers_pass),
	    cmocka_unit_test(ways_around_are_told),
	};

	return cmocka_run_group_tests_name("policy_redact", tests, NULL, NULL);
}
