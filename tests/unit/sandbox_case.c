/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox_case.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/sandbox.h"

struct audit_sink *sandbox_audit;

static char dir[] = "/tmp/sockwarden-sandbox-XXXXXX";

const char *sandbox_path(const char *name)
{
	static struct error path[4];
	static unsigned next;
	struct error *at = &path[next++ % COUNT(path)];

	(void)error_set(at, "%s/%s", dir, name);
	return at->text;
}

static void put_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

void sandbox_config_put(const char *options)
{
	struct error text;

	(void)error_set(&text,
	    "[sockwarden]\nupstream = unix:%s/upstream.sock\naudit = file:%s/log/audit\n%s\n"
	    "[listener one]\naddress = unix:%s/run/one.sock\npolicy = one\n"
	    "[policy one]\nallow = @safe\n",
	    dir, dir, options, dir);
	put_file(sandbox_path("conf/sw.conf"), text.text);
}

struct config *sandbox_config_load(void)
{
	struct error err;
	struct config *config = config_load(sandbox_path("conf/sw.conf"), NULL, NULL, &err);

	if (!config)
		(void)fprintf(stderr, "%s\n", err.text);
	return config;
}

int sandbox_dirs_make(void **state)
{
	static const char *const names[] = {"conf", "log", "run", "other"};

	(void)state;
	if (!mkdtemp(dir) || chmod(dir, 0755) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(names); i++) {
		/* For the user that root becomes. */
		if (mkdir(sandbox_path(names[i]), 0755) < 0 ||
		    chmod(sandbox_path(names[i]), 0777) < 0)
			return -1;
	}
	put_file(sandbox_path("other/secret"), "secret\n");
	return chmod(sandbox_path("other/secret"), 0666);
}

int sandbox_dirs_remove(void **state)
{
	static const char *const names[] = {"other/secret", "conf/sw.conf", "conf/new", "log/audit",
	    "log/old", "run/one.sock", "run", "log", "conf", "other", ""};
	int result = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		result = remove(sandbox_path(names[i]));
	return result;
}

int sandbox_case_enter(const struct config *config)
{
	struct sandbox_user user;
	struct error err;

	if (sandbox_user_find(config, &user, &err) == 0 && sandbox_user_lend(&user, &err) == 0) {
		sandbox_audit = audit_sink_open(config->audit, &err);
		if (sandbox_audit && sandbox_user_give_back(&user, &err) == 0 &&
		    sandbox_enter(config, &user, &err) == 0 &&
		    sandbox_seal(config, true, &err) == 0)
			return 0;
	}
	(void)fprintf(stderr, "%s\n", err.text);
	return -1;
}

static enum outcome outcome_of(int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) < KILLED)
		return (enum outcome)WEXITSTATUS(status);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? KILLED : OTHER;
}

enum outcome sandbox_attempt(const char *options, bool (*act)(void))
{
	int status = 0;

	sandbox_config_put(options);
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct config *config = sandbox_config_load();

		if (!config || sandbox_case_enter(config) < 0)
			_exit(NOT_ENTERED);
		_exit(act() ? WORKS : FAILS);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return outcome_of(status);
}
