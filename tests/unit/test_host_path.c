/* SPDX-License-Identifier: Apache-2.0 */
/* Where paths of this host lead. */
#include "unit.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/host_path.h"

/* A tree: d/ d/file link->d deep->d/../d/file lost->none far->/etc loop->loop */
static char top[PATH_MAX];

static void path_in(char *room, const char *name)
{
	int len = snprintf(room, PATH_MAX, "%s%s", top, name);

	assert_in_range(len, 1, PATH_MAX - 1);
}

static void make_link(const char *target, const char *name)
{
	char path[PATH_MAX];

	path_in(path, name);
	assert_int_equal(symlink(target, path), 0);
}

static int make_tree(void **state)
{
	char path[PATH_MAX], made[] = "/tmp/sockwarden-path.XXXXXX";

	(void)state;
	if (!mkdtemp(made) || !realpath(made, top))
		return -1;
	path_in(path, "/d");
	if (mkdir(path, 0700) < 0)
		return -1;
	path_in(path, "/d/file");
	FILE *file = fopen(path, "we");

	if (!file || fclose(file) != 0)
		return -1;
	make_link("d", "/link");
	make_link("d/../d/file", "/deep");
	make_link("none", "/lost");
	make_link("/etc", "/far");
	make_link("loop", "/loop");
	return 0;
}

static int remove_tree(void **state)
{
	static const char *const names[] = {"/link", "/deep", "/lost", "/far", "/loop", "/d/file"};
	char path[PATH_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		path_in(path, names[i]);
		(void)unlink(path);
	}
	path_in(path, "/d");
	(void)rmdir(path);
	return rmdir(top);
}

static void paths_lead_there(void **state)
{
	static const struct {
		const char *name, *leads;
	} rows[] = {
	    {"", ""},
	    {"/d", "/d"},
	    {"/d/file", "/d/file"},
	    {"/link", "/d"},
	    {"/link/file", "/d/file"},
	    {"/deep", "/d/file"},
	    {"/link/new", "/d/new"},
	    {"/link/new/er", "/d/new/er"},
	    {"/link/a/b/c/d/e/f/g/h/i", "/d/a/b/c/d/e/f/g/h/i"},
	    {"/a-long-name/b/c", "/a-long-name/b/c"},
	    {"/b/c/a-long-name", "/b/c/a-long-name"},
	    {"/none", "/none"},
	};
	char path[PATH_MAX], want[PATH_MAX], room[PATH_MAX];
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		path_in(path, rows[i].name);
		path_in(want, rows[i].leads);
		assert_int_equal(host_path_resolve(span_of(path), room, sizeof(room), &err), 0);
		assert_string_equal(room, want);
	}
}

static void absolute_links_and_roots(void **state)
{
	char path[PATH_MAX], room[PATH_MAX];
	struct error err;

	(void)state;
	path_in(path, "/far/no-such/file");
	assert_int_equal(host_path_resolve(span_of(path), room, sizeof(room), &err), 0);
	assert_string_equal(room, "/etc/no-such/file");
	assert_int_equal(host_path_resolve(SPAN("/"), room, sizeof(room), &err), 0);
	assert_string_equal(room, "/");
	assert_int_equal(host_path_resolve(SPAN("/no-such/x"), room, sizeof(room), &err), 0);
	assert_string_equal(room, "/no-such/x");
}

static void what_cannot_be_told_fails(void **state)
{
	static const char *const names[] = {
	    "/lost", "/lost/x", "/lost/x/y/z", "/loop", "/loop/x", "/d/file/x"};
	char path[PATH_MAX + 8], room[PATH_MAX];
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		path_in(path, names[i]);
		assert_int_equal(host_path_resolve(span_of(path), room, sizeof(room), &err), -1);
	}
	/* links of /proc lead anywhere */
	assert_int_equal(
	    host_path_resolve(SPAN("/proc/self/root/etc"), room, sizeof(room), &err), -1);
	assert_int_equal(host_path_resolve(SPAN("relative"), room, sizeof(room), &err), -1);
	assert_int_equal(host_path_resolve(SPAN(""), room, sizeof(room), &err), -1);
	assert_int_equal(host_path_resolve(SPAN("/etc\0/x"), room, sizeof(room), &err), -1);
	assert_int_equal(host_path_resolve(SPAN("/etc"), room, 4, &err), -1);
	assert_int_equal(host_path_resolve(SPAN("/no-such/x"), room, 8, &err), -1);
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	assert_int_equal(
	    host_path_resolve((struct span){path, sizeof(path)}, room, sizeof(room), &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(paths_lead_there),
	    cmocka_unit_test(absolute_links_and_roots),
	    cmocka_unit_test(what_cannot_be_told_fails),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
