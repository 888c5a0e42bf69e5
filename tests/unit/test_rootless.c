/* SPDX-License-Identifier: Apache-2.0 */
/* What an ordinary user gets without saying so. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/rootless.h"

#define TEXT_MOST 256

static char dir[] = "/tmp/sockwarden-rootless-XXXXXX";
static char file[TEXT_MOST], socket_path[TEXT_MOST], own[TEXT_MOST];

static void put(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(file, sizeof(file), "%s/file", dir);
	(void)snprintf(socket_path, sizeof(socket_path), "%s/docker.sock", dir);
	(void)snprintf(own, sizeof(own), "%s/sockwarden.sock", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(file);
	(void)unlink(socket_path);
	return rmdir(dir);
}

/* A NULL |upstream| is none in the file. */
static struct config *from_file(const char *upstream)
{
	struct error text, err;

	(void)error_set(&text,
	    "[sockwarden]\n%s\n[listener l]\naddress = unix:/run/l.sock\npolicy = p\n"
	    "[policy p]\nallow = @safe\n",
	    upstream ? upstream : "");
	put(file, text.text);
	return config_load(file, NULL, NULL, &err);
}

static void expect(struct config *config, const char *upstream, const char *listener)
{
	struct error err = {""};

	assert_non_null(config);
	assert_int_equal(rootless_defaults(config, &err), 0);
	assert_string_equal(config->upstream.address.path, upstream);
	assert_string_equal(config->listeners->address.path, listener);
	config_free(config);
}

static void the_runtime_directory(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(setenv("XDG_RUNTIME_DIR", dir, 1), 0);
	assert_int_equal(unsetenv("DOCKER_HOST"), 0);
	put(socket_path, "");
	expect(config_builtin(&err), socket_path, own);
	expect(from_file(NULL), socket_path, "/run/l.sock");
	expect(from_file("upstream = unix:/var/run/docker.sock"), "/var/run/docker.sock",
	    "/run/l.sock");
}

static void docker_host_comes_first(void **state)
{
	static const char *const others[] = {
	    "tcp://127.0.0.1:2375", "ssh://host", "", "unix:relative"};
	char ours[TEXT_MOST + 8];
	struct error err;

	(void)state;
	put(socket_path, "");
	assert_int_equal(setenv("DOCKER_HOST", "unix:///somewhere/else.sock", 1), 0);
	expect(config_builtin(&err), "/somewhere/else.sock", own);
	expect(from_file(NULL), "/somewhere/else.sock", "/run/l.sock");
	expect(from_file("upstream = unix:/given.sock"), "/given.sock", "/run/l.sock");
	for (size_t i = 0; i < COUNT(others); i++) {
		assert_int_equal(setenv("DOCKER_HOST", others[i], 1), 0);
		expect(from_file(NULL), socket_path, "/run/l.sock");
	}
	/* What clients of ours are told is no upstream. */
	(void)snprintf(ours, sizeof(ours), "unix://%s", own);
	assert_int_equal(setenv("DOCKER_HOST", ours, 1), 0);
	expect(config_builtin(&err), socket_path, own);
}

static void without_a_session(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(unsetenv("DOCKER_HOST"), 0);
	assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);
	expect(config_builtin(&err), "/var/run/docker.sock", "/run/sockwarden/docker.sock");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_runtime_directory),
	    cmocka_unit_test(docker_host_comes_first),
	    cmocka_unit_test(without_a_session),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
