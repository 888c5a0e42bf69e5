/* SPDX-License-Identifier: Apache-2.0 */
/* Grants to one power: narrowing one closes the other, or `check` warns. */
#include "unit.h"

#include <stdio.h>

#include "policy_case.h"

#define RUN "POST /containers/create"
#define EXEC "POST /containers/x/exec"
#define SERVICE "POST /services/create"
#define SPEC(text) "{\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"bb:1\"," text "}}}"
#define COMMIT "POST /commit?container=x&repo=bb&tag=1"
#define BASE "allow = @all\nimage = bb:* named:*\nimage_write = bb:*\n"

static void narrowing_an_exec_closes_what_makes_another_of_it(void **state)
{
	static const struct policy_row rows[] = {
	    {EXEC, "{\"Cmd\":[\"ls\"]}", "allow", NULL},
	    {EXEC, "{\"Cmd\":[\"ls\"],\"Env\":[],\"User\":\"\",\"WorkingDir\":\"\"}", "allow",
		NULL},
	    {EXEC, "{\"Cmd\":[\"ls\"],\"Env\":[\"PATH=/x\"]}", "grant Env[0]", "env = PATH"},
	    {EXEC, "{\"Cmd\":[\"ls\"],\"Env\":[\"LD_PRELOAD=/x\"]}", "grant Env[0]", NULL},
	    {EXEC, "{\"Cmd\":[\"ls\"],\"User\":\"0\"}", "grant User", "user = 0"},
	    {EXEC, "{\"Cmd\":[\"ls\"],\"WorkingDir\":\"/tmp\"}", "grant WorkingDir",
		"working_dir = /tmp"},
	    /* of containers nothing was said */
	    {RUN, "{\"Env\":[\"PATH=/x\"],\"User\":\"0\",\"WorkingDir\":\"/tmp\",\"Cmd\":[\"x\"]}",
		"allow", NULL},
	};
	static const struct policy_row opened[] = {
	    {EXEC, "{\"Cmd\":[\"ls\"],\"Env\":[\"LANG=C\"],\"User\":\"5\",\"WorkingDir\":\"/app\"}",
		"allow", NULL},
	    {EXEC, "{\"Cmd\":[\"ls\"],\"Env\":[\"PATH=/x\"]}", "grant Env[0]", NULL},
	    {EXEC, "{\"Cmd\":[\"ls\"],\"WorkingDir\":\"/app/../tmp\"}", "ambiguous WorkingDir",
		NULL},
	};
	static const struct policy_row any[] = {
	    {EXEC, "{\"Cmd\":[\"x\"],\"Env\":[\"PATH=/x\"],\"User\":\"0\"}", "allow", NULL},
	};

	(void)state;
	check_rows(BASE "exec_command = ls **", rows, COUNT(rows));
	check_rows(BASE "exec_command = ls **\nenv = LANG\nuser = 5\nworking_dir = /app", opened,
	    COUNT(opened));
	check_rows(BASE "exec_command = **", any, COUNT(any));
	check_rows(BASE "grant = all\nexec_command = ls **", any, COUNT(any));
}

static void narrowing_a_command_closes_the_entry_point(void **state)
{
	static const struct policy_row rows[] = {
	    {RUN, "{\"Cmd\":[\"make\"]}", "allow", NULL},
	    {RUN, "{\"Cmd\":[\"make\"],\"Entrypoint\":[\"sh\"]}", "grant Entrypoint",
		"entrypoint = sh"},
	    {RUN, "{\"Cmd\":[\"make\"],\"Entrypoint\":[]}", "grant Entrypoint", NULL},
	    {RUN, "{\"Cmd\":[\"make\"],\"Entrypoint\":null}", "allow", NULL},
	    {RUN, "{\"Cmd\":[\"make\"],\"Env\":[\"MAKEFLAGS=x\"]}", "grant Env[0]", NULL},
	    {RUN, "{\"Cmd\":[\"make\"],\"WorkingDir\":\"/work\"}", "allow", NULL},
	    {SERVICE, SPEC("\"Args\":[\"make\"]"), "allow", NULL},
	    {SERVICE, SPEC("\"Command\":[\"sh\"]"), "grant TaskTemplate.ContainerSpec.Command",
		NULL},
	    {SERVICE, SPEC("\"Env\":[\"A=1\"]"), "grant TaskTemplate.ContainerSpec.Env[0]", NULL},
	    {SERVICE, SPEC("\"User\":\"0\""), "grant TaskTemplate.ContainerSpec.User", NULL},
	    {EXEC, "{\"Cmd\":[\"x\"],\"Env\":[\"A=1\"]}", "allow", NULL},
	};
	static const struct policy_row entry[] = {
	    {RUN, "{\"Entrypoint\":[\"tini\"]}", "allow", NULL},
	    {RUN, "{\"Entrypoint\":[\"tini\"],\"Cmd\":[\"sh\"]}", "grant Cmd", NULL},
	    {RUN, "{\"Healthcheck\":{\"Test\":[\"CMD\",\"sh\"]}}", "grant Healthcheck.Test", NULL},
	    {RUN, "{\"Env\":[\"A=1\"]}", "grant Env[0]", NULL},
	};

	(void)state;
	check_rows(BASE "command = make **", rows, COUNT(rows));
	check_rows(BASE "entrypoint = tini", entry, COUNT(entry));
}

static void narrowing_what_an_image_can_say_closes_its_changes(void **state)
{
	static const char *const lines[] = {"user = 5", "label = ci.*", "env = CI_*",
	    "command = make", "entrypoint = tini", "working_dir = /app", "signal = TERM"};
	static const struct policy_row row[] = {
	    {COMMIT "&changes=USER+0", "{}", "grant query:changes", NULL},
	    {COMMIT, "{}", "allow", NULL},
	};
	static const struct policy_row open[] = {{COMMIT "&changes=USER+0", "{}", "allow", NULL}};
	char text[200];

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		(void)snprintf(text, sizeof(text), BASE "%s", lines[i]);
		check_rows(text, row, COUNT(row));
	}
	check_rows(BASE, open, 1);
	check_rows(BASE "user = *", open, 1);
	check_rows(BASE "user = 5\nimage_change = USER**", open, 1);
}

/* The body of a commit says what `changes` says: the defaults of every container of the image. */
static void an_image_that_is_committed_is_a_container(void **state)
{
	static const struct policy_row command[] = {
	    {COMMIT, "{\"Cmd\":[\"make\"]}", "allow", NULL},
	    {COMMIT, "{\"Env\":[],\"User\":\"\",\"Entrypoint\":null}", "allow", NULL},
	    {COMMIT, "{\"Entrypoint\":[\"sh\"]}", "grant Entrypoint", "entrypoint = sh"},
	    {COMMIT, "{\"Env\":[\"PATH=/x\"]}", "grant Env[0]", "env = PATH"},
	    {COMMIT, "{\"User\":\"0\"}", "grant User", "user = 0"},
	};
	static const struct policy_row entry[] = {
	    {COMMIT, "{\"Cmd\":[\"sh\"]}", "grant Cmd", NULL},
	    {COMMIT, "{\"Env\":[\"PATH=/x\"]}", "grant Env[0]", NULL},
	};
	static const struct policy_row open[] = {
	    {COMMIT, "{\"Entrypoint\":[\"sh\"],\"Env\":[\"A=1\"],\"User\":\"0\"}", "allow", NULL},
	};

	(void)state;
	check_rows(BASE "command = make **", command, COUNT(command));
	check_rows(BASE "entrypoint = tini", entry, COUNT(entry));
	check_rows(BASE, open, COUNT(open));
	check_rows(
	    BASE "require = cap_drop_all read_only_root\nmax_memory = 1g", open, COUNT(open));
}

static void note_warning(void *context, const struct policy_source *source, const char *text)
{
	size_t len = strlen(context);

	(void)source;
	(void)snprintf((char *)context + len, 4000 - len, "%s\n", text);
}

static void open_twins_are_told(void **state)
{
	static const struct {
		const char *lines, *says; /* NULL: nothing of twins */
	} rows[] = {
	    {"exec_command = ls", NULL},
	    {"exec_command = ls\nenv = LANG", NULL},
	    {"exec_command = ls\nenv = *", "\"exec_command\" is narrowed, but \"env\" is open"},
	    {"exec_command = ls\nuser = *", "\"exec_command\" is narrowed, but \"user\" is open"},
	    {"command = ls\nentrypoint = **",
		"\"command\" is narrowed, but \"entrypoint\" is open"},
	    {"allow = container.create\ncommand = ls\nvolume = x",
		"\"command\" is narrowed, but \"volume\" is open"},
	    {"allow = container.create\nentrypoint = /bin/run\nvolume = x",
		"\"entrypoint\" is narrowed, but \"volume\" is open: a mount can lie over"},
	    {"allow = container.create\nentrypoint = /bin/run\nbind = /srv rw",
		"\"entrypoint\" is narrowed, but \"bind\" is open"},
	    {"allow = service.create\nentrypoint = /bin/run\nsecret = ci-*",
		"\"entrypoint\" is narrowed, but \"secret\" is open: a config or a secret can"},
	    {"allow = service.create\ncommand = ls\nsecret = ci-*",
		"\"command\" is narrowed, but \"secret\" is open"},
	    {"allow = service.update\nentrypoint = /bin/run\nsecret = *", NULL},
	    {"allow = container.create\ncommand = ls\nvolumes_from = x",
		"\"command\" is narrowed, but \"volumes_from\" is open"},
	    {"allow = container.create\nentrypoint = ls\nworking_dir = *",
		"\"entrypoint\" is narrowed, but \"working_dir\" is open"},
	    {"name = x", "\"name\" is narrowed, but \"alias\" is open"},
	    {"signal = TERM\nimage_change = *",
		"\"signal\" is narrowed, but \"image_change\" is open"},
	    {"command = ls\nvolume = x", NULL},
	    {"allow = container.exec\ncommand = ls",
		"\"command\" is narrowed, but \"exec_command\" is open"},
	    {"allow = container.archive_put\nexec_command = ls",
		"\"exec_command\" is narrowed, but \"archive_path\" is open"},
	    {"alias = x", "\"alias\" is narrowed, but \"name\" is open"},
	    {"alias = x\nname = x", NULL},
	    {"user = 5\nimage_change = *", "\"user\" is narrowed, but \"image_change\" is open"},
	    {"user = *\nimage_change = *", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy *policy = policy_of(rows[i].lines);
		char text[4000] = "";

		policy_warnings(policy, note_warning, text);
		policy_unref(policy);
		if (rows[i].says ? !strstr(text, rows[i].says)
				 : strstr(text, "is narrowed, but") != NULL)
			fail_msg("%s: %s", rows[i].lines, text);
	}
}

/* A Dockerfile says of users, labels and commands what it likes. */
static void builds_are_told(void **state)
{
	static const struct {
		const char *lines;
		bool told;
	} rows[] = {
	    {"image = *", false},
	    {"image = *\nlabel = *", false},
	    {"image = bb:*", true},
	    {"image = *\nrequire = non_root", true},
	    {"image = *\nmax_memory = 1g", true},
	    {"image = *\nlabel = ci.*", true},
	    {"image = *\nuser = 5", true},
	    {"image = *\nenv = !LD_*", true},
	    {"image = *\ncommand = make", true},
	    {"image = *\nimage_change = CMD**", true},
	    {"image = *\nname = ci-*", false},
	    {"grant = all\nlabel = ci.*", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char lines[200], text[4000] = "";

		(void)snprintf(lines, sizeof(lines), "allow = build.run\n%s", rows[i].lines);
		struct policy *policy = policy_of(lines);

		policy_warnings(policy, note_warning, text);
		policy_unref(policy);
		if (rows[i].told != (strstr(text, "do not hold inside a build") != NULL))
			fail_msg("%s: %s", rows[i].lines, text);
	}
}

static void archive_paths_are_no_bound(void **state)
{
	struct policy *policy = policy_of("allow = container.archive_get\narchive_path = /out");
	char text[4000] = "";

	(void)state;
	policy_warnings(policy, note_warning, text);
	policy_unref(policy);
	assert_non_null(strstr(text, "archive_path"));
}

static void denied_names_are_told(void **state)
{
	static const struct {
		const char *lines;
		bool told;
	} rows[] = {
	    {"deny = GET /containers/vault-*/**", true}, {"deny = * /containers/vault-1/**", true},
	    {"deny = * /containers/vault-1", true}, {"deny = * /containers/*vault*/start", true},
	    {"deny = GET /*/vault/json", true}, {"deny = DELETE /images/prod/**", true},
	    {"deny = DELETE /networks/prod", true},
	    {"deny = container.commit?container=vault-*", true},
	    {"deny = GET /containers/*/**", false}, {"deny = GET /containers/**", false},
	    {"deny = GET /containers/{id}/archive", false}, {"deny = GET /containers/json", false},
	    {"deny = * /containers/create", false},
	    {"deny = DELETE /volumes/prod", false}, /* they have no id */
	    {"deny = GET /containers/*/logs?follow", false},
	    {"deny = container.commit?container=*", false},
	    {"deny = container.create?name=vault-*", false}, /* a new one's name */
	    {"deny = container.exec", false},
	    {"allow = GET /containers/ci-*/logs", false}, /* which no id is like */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy *policy = policy_of(rows[i].lines);
		char text[4000] = "";

		policy_warnings(policy, note_warning, text);
		policy_unref(policy);
		if (rows[i].told != (strstr(text, "protects nothing") != NULL))
			fail_msg("%s: %s", rows[i].lines, text);
	}
}

static void warnings_of_rules(void **state)
{
	static const struct {
		const char *lines, *told; /* NULL: nothing */
	} rows[] = {
	    {"allow = POST /containers/db*/restart", "beginning of an id"},
	    {"allow = GET /containers/cafe/logs", "beginning of an id"},
	    {"allow = POST /networks/a*/connect", "beginning of an id"},
	    {"allow = GET /containers/*/logs", NULL},
	    {"allow = GET /containers/ci-*/logs GET /volumes/db", NULL},
	    {"allow = @all\ndeny = container.attach", "leaves container.attach_ws"},
	    {"allow = @all\ndeny = container.attach*", NULL},
	    {"allow = @safe\ndeny = container.attach", NULL},
	    {"allow = @all\ndeny = GET /containers/*/archive", "leaves container.copy"},
	    {"allow = @all\ndeny = build.run", "leaves buildkit.grpc"},
	    {"allow = @all\ndeny = build.run buildkit.*", NULL},
	    {"allow = @all\nbuildkit = yes\ndeny = build.run", "leaves buildkit.grpc"},
	    {"allow = volume.remove\nvolume = * !vault",
		"volume = !vault is about use: volume.remove"},
	    {"allow = network.disconnect\nnetwork_mode = * !host !prod", "!prod is about use"},
	    {"allow = config.remove\nsecret = * !token", "!token is about use: config.remove"},
	    {"allow = network.remove\nnetwork_mode = * container:** !host !container:vault", NULL},
	    {"allow = volume.remove\nvolume = ci-*", NULL},
	    {"allow = DELETE /volumes/ci-*\nvolume = * !vault", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy *policy = policy_of(rows[i].lines);
		char text[4000] = "";

		policy_warnings(policy, note_warning, text);
		policy_unref(policy);
		if (rows[i].told ? !strstr(text, rows[i].told)
				 : strstr(text, "beginning") || strstr(text, "leaves") ||
				       strstr(text, "is about use"))
			fail_msg("%s: %s", rows[i].lines, text);
	}
}

static void twins_name_operations(void **state)
{
	const struct operation_twin *pair;
	const struct grant_twin *twin;
	const struct grant_gap *gap;

	(void)state;
	for (unsigned i = 0; (gap = grant_gap_at(i)); i++)
		assert_non_null(docker_operation_named(span_of(gap->operation)));
	for (unsigned i = 0; (twin = grant_twin_at(i)); i++) {
		if (twin->operation && !docker_operation_named(span_of(twin->operation)))
			fail_msg("the twins of %s: no operation is named %s",
			    grant_info(twin->grant)->name, twin->operation);
	}
	for (unsigned i = 0; (pair = operation_twin_at(i)); i++) {
		assert_non_null(docker_operation_named(span_of(pair->denied)));
		assert_non_null(docker_operation_named(span_of(pair->left)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(narrowing_an_exec_closes_what_makes_another_of_it),
	    cmocka_unit_test(narrowing_a_command_closes_the_entry_point),
	    cmocka_unit_test(narrowing_what_an_image_can_say_closes_its_changes),
	    cmocka_unit_test(an_image_that_is_committed_is_a_container),
	    cmocka_unit_test(open_twins_are_told),
	    cmocka_unit_test(builds_are_told),
	    cmocka_unit_test(archive_paths_are_no_bound),
	    cmocka_unit_test(denied_names_are_told),
	    cmocka_unit_test(warnings_of_rules),
	    cmocka_unit_test(twins_name_operations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
