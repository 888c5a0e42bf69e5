/* SPDX-License-Identifier: Apache-2.0 */
/* Watched files, where each allocation fails in turn: what is watched all the same goes on being
 * watched. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory_case.h"
#include "net/loop.h"
#include "net/watch.h"

#define PATH_MOST 64

static char folder[32], file[PATH_MOST], path_by_link[2 * PATH_MOST];
static unsigned told;

static void on_change(void *arg)
{
	told++;
	loop_stop(arg);
}

static void write_file(void)
{
	FILE *out = fopen(file, "w");

	assert_non_null(out);
	assert_true(fputs("x", out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static int open_folder(void **state)
{
	char link[PATH_MOST];

	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/sw-watch.XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(file, sizeof(file), "%s/file", folder);
	(void)snprintf(link, sizeof(link), "%s/link", folder);
	(void)snprintf(path_by_link, sizeof(path_by_link), "%s/file", link);
	assert_int_equal(symlink(".", link), 0);
	write_file();
	return 0;
}

static int close_folder(void **state)
{
	char link[PATH_MOST];

	(void)state;
	(void)snprintf(link, sizeof(link), "%s/link", folder);
	return unlink(file) | unlink(link) | rmdir(folder);
}

static void changes_are_told_once(void **state)
{
	struct loop *loop = loop_new();
	struct error err;
	struct watch *watch = watch_new(loop, on_change, loop, &err);

	(void)state;
	assert_non_null(watch);
	assert_int_equal(watch_add(watch, file, &err), 0);
	assert_int_equal(watch_add(watch, path_by_link, &err), 0);
	told = 0;
	write_file();
	write_file();
	assert_int_equal(loop_run(loop), 0);
	assert_int_equal(told, 1);
	write_file();
	assert_true(watch_free(watch)); /* nobody was told of that */
	loop_free(loop);
}

/* Returns false when there are no more allocations. */
static bool try_at(struct loop *loop, unsigned long at)
{
	long before = memory_blocks();
	struct error err = {""};

	(void)memory_fail_at(at);
	struct watch *watch = watch_new(loop, on_change, loop, &err);
	bool failed = !watch || watch_add(watch, file, &err) < 0;

	if (watch)
		failed |= watch_add(watch, path_by_link, &err) < 0;
	unsigned long asked = memory_fail_at(0);

	assert_true(failed == (err.text[0] != '\0'));
	assert_true(failed || asked < at || watch);
	if (watch) {
		assert_int_equal(watch_add(watch, file, &err), 0); /* what was left out */
		assert_int_equal(watch_add(watch, path_by_link, &err), 0);
		write_file();
		assert_true(watch_free(watch));
	}
	if (memory_blocks() > before)
		fail_msg("allocation %lu: %ld blocks are left", at, memory_blocks() - before);
	return asked >= at;
}

static void without_memory_the_rest_is_watched(void **state)
{
	struct loop *loop = loop_new();
	unsigned long at = 1;

	(void)state;
	assert_true(try_at(loop, 1000) || memory_fail_at(0) < 1000); /* what libevent keeps */
	while (try_at(loop, at))
		at++;
	assert_in_range(at, 8, 200);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(changes_are_told_once),
	    cmocka_unit_test(without_memory_the_rest_is_watched),
	};

	return cmocka_run_group_tests(tests, open_folder, close_folder);
}
