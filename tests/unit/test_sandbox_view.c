/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel says of a process in the sandbox, and what sockwarden says of it. */
#include "sandbox_case.h"

#include <config.h>

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/sandbox.h"

#define TEXT_MOST 4096

struct view {
	unsigned long uid, gid, capabilities, bounding, no_new_privs, seccomp;
	uid_t owner; /* of what /proc has: root's when memory is hidden */
};

static void read_view(pid_t child, struct view *ret_view)
{
	char path[64], line[TEXT_MOST], *end;
	struct stat status;
	const struct {
		const char *key;
		int base;
		unsigned long *at;
	} keys[] = {{"Uid:", 10, &ret_view->uid}, {"Gid:", 10, &ret_view->gid},
	    {"CapPrm:", 16, &ret_view->capabilities}, {"CapBnd:", 16, &ret_view->bounding},
	    {"NoNewPrivs:", 10, &ret_view->no_new_privs}, {"Seccomp:", 10, &ret_view->seccomp}};

	(void)snprintf(path, sizeof(path), "/proc/%d/status", child);
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		for (size_t i = 0; i < COUNT(keys); i++) {
			if (strncmp(line, keys[i].key, strlen(keys[i].key)) == 0)
				*keys[i].at =
				    strtoul(line + strlen(keys[i].key), &end, keys[i].base);
		}
	}
	(void)fclose(file);
	assert_int_equal(stat(path, &status), 0);
	ret_view->owner = status.st_uid;
}

static void look_at_child(const char *options, struct view *ret_view)
{
	int ready[2], go[2];
	char byte = 0;

	sandbox_config_put(options);
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct config *config = sandbox_config_load();
		bool entered = config && sandbox_case_enter(config) == 0;

		(void)!write(ready[1], "x", 1);
		(void)close(go[1]);
		(void)!read(go[0], &byte, 1);
		_exit(entered ? 0 : 1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	read_view(child, ret_view);
	for (size_t i = 0; i < COUNT(ready); i++) {
		(void)close(ready[i]);
		(void)close(go[i]);
	}
	int status = -1;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void the_kernel_agrees(void **state)
{
	const struct passwd *nobody = getpwnam(NOBODY);
	bool root = geteuid() == 0;
	struct view view;

	(void)state;
	assert_non_null(nobody);
	look_at_child("user = " NOBODY, &view);
	assert_int_equal(view.uid, root ? nobody->pw_uid : getuid());
	assert_int_equal(view.gid, root ? nobody->pw_gid : getgid());
	assert_int_equal(view.capabilities, 0);
	if (root)
		assert_int_equal(view.bounding, 0);
	assert_int_equal(view.no_new_privs, 1);
#ifdef HAVE_SECCOMP
	assert_int_equal(view.seccomp, 2);
#endif
#ifndef INSTRUMENTED
	assert_int_equal(view.owner, 0);
#endif
	(void)remove(sandbox_path("log/audit"));
}

/* `user` is a matter of its own. */
static void no_sandbox_still_changes_the_user(void **state)
{
	const struct passwd *nobody = getpwnam(NOBODY);
	struct view view;

	(void)state;
	look_at_child("user = " NOBODY "\nsandbox = no", &view);
	assert_int_equal(view.uid, geteuid() == 0 ? nobody->pw_uid : getuid());
	assert_int_equal(view.no_new_privs, 0);
	assert_int_equal(view.seccomp, 0);
	(void)remove(sandbox_path("log/audit"));
}

static void unknown_users_are_errors(void **state)
{
	static const struct {
		const char *options, *message;
	} rows[] = {
	    {"user = no-such-user-here", "user: no such user: no-such-user-here"},
	    {"user = " NOBODY "\ngroup = no-such-group", "group: no such group: no-such-group"},
	    {"user = 3999999999", "user: 3999999999 is nobody's id; say `group` as well"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows) && geteuid() == 0; i++) {
		struct sandbox_user user;
		struct error err = {""};

		sandbox_config_put(rows[i].options);
		struct config *config = sandbox_config_load();

		assert_non_null(config);
		assert_int_equal(sandbox_user_find(config, &user, &err), -1);
		assert_string_equal(err.text, rows[i].message);
		assert_false(user.wanted);
		config_free(config);
	}
}

static void it_says_what_it_does(void **state)
{
	struct buf text;

	(void)state;
	sandbox_config_put("user = " NOBODY);
	struct config *config = sandbox_config_load();

	assert_non_null(config);
	buf_init(&text, SANDBOX_TEXT_MAX);
	bool whole = sandbox_describe(config, &text);

	assert_non_null(
	    strstr(buf_text(&text), "no capabilities, no new privileges, no core dumps"));
	assert_int_equal(whole, strstr(buf_text(&text), "MISSING") == NULL);
	assert_int_equal(strstr(buf_text(&text), "user " NOBODY ", ") != NULL, geteuid() == 0);
	buf_clear(&text);
	config->sandbox = false;
	assert_true(sandbox_describe(config, &text));
	assert_non_null(strstr(buf_text(&text), "switched off"));
	buf_free(&text);
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_kernel_agrees),
	    cmocka_unit_test(no_sandbox_still_changes_the_user),
	    cmocka_unit_test(unknown_users_are_errors),
	    cmocka_unit_test(it_says_what_it_does),
	};

	return cmocka_run_group_tests(tests, sandbox_dirs_make, sandbox_dirs_remove);
}
