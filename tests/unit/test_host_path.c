/* SPDX-License-Identifier: Apache-2.0 */
/* Where paths of this host lead. */
#include "unit.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host_path.h"
#include "host/mounts.h"
#include "host/own_container.h"

/* A tree: d/ d/file link->d deep->d/../d/file lost->none far->/etc loop->loop */
static char top[PATH_MAX];
static bool exists;

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
		assert_int_equal(
		    host_path_resolve(span_of(path), room, sizeof(room), &exists, &err), 0);
		assert_string_equal(room, want);
	}
}

static void absolute_links_and_roots(void **state)
{
	char path[PATH_MAX], room[PATH_MAX];
	struct error err;

	(void)state;
	path_in(path, "/far/no-such/file");
	assert_int_equal(host_path_resolve(span_of(path), room, sizeof(room), &exists, &err), 0);
	assert_string_equal(room, "/etc/no-such/file");
	assert_int_equal(host_path_resolve(SPAN("/"), room, sizeof(room), &exists, &err), 0);
	assert_string_equal(room, "/");
	assert_int_equal(
	    host_path_resolve(SPAN("/no-such/x"), room, sizeof(room), &exists, &err), 0);
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
		assert_int_equal(
		    host_path_resolve(span_of(path), room, sizeof(room), &exists, &err), -1);
	}
	/* links of /proc lead anywhere */
	assert_int_equal(
	    host_path_resolve(SPAN("/proc/self/root/etc"), room, sizeof(room), &exists, &err), -1);
	assert_int_equal(
	    host_path_resolve(SPAN("relative"), room, sizeof(room), &exists, &err), -1);
	assert_int_equal(host_path_resolve(SPAN(""), room, sizeof(room), &exists, &err), -1);
	assert_int_equal(
	    host_path_resolve(SPAN("/etc\0/x"), room, sizeof(room), &exists, &err), -1);
	assert_int_equal(host_path_resolve(SPAN("/etc"), room, 4, &exists, &err), -1);
	assert_int_equal(host_path_resolve(SPAN("/no-such/x"), room, 8, &exists, &err), -1);
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	assert_int_equal(
	    host_path_resolve((struct span){path, sizeof(path)}, room, sizeof(room), &exists, &err),
	    -1);
}

/* ---- mounts ------------------------------------------------------------------------------ */

static void add_mount(void *context, const struct mount *mount)
{
	char *text = context;
	size_t len = strlen(text);

	(void)snprintf(text + len, PATH_MAX - len, "%.*s%s%s%s ", (int)mount->point.len,
	    mount->point.at, mount->read_only ? ":ro" : "", mount->nosuid ? ":nosuid" : "",
	    mount->nodev ? ":nodev" : "");
}

static void mounts_of_a_path(void **state)
{
	static const char table[] =
	    "1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda rw\n"
	    "2 1 8:2 / /srv rw,nosuid,nodev,relatime shared:2 master:3 - ext4 /dev/sdb rw\n"
	    "3 2 8:3 / /srv/ci\\040x/deep ro,relatime - ext4 /dev/sdc rw\n"
	    "4 2 8:4 / /srv/ci\\040x/sub rw,nodev - tmpfs none ro,size=1k\n"
	    "5 1 8:5 / /srvx rw - tmpfs none rw\n"
	    "6 2 8:6 / /srv rw,nodev - tmpfs none rw\n";
	static const struct {
		const char *path, *mounts;
	} rows[] = {
	    {"/srv/ci x", "/srv/ci x/deep:ro /srv/ci x/sub:ro:nodev /srv:nodev "},
	    {"/srv/ci x/sub", "/srv/ci x/sub:ro:nodev "},
	    {"/srvx/y", "/srvx "},
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[PATH_MAX] = "";

		assert_int_equal(
		    mounts_visit_in(span_of(table), span_of(rows[i].path), add_mount, text, &err),
		    0);
		assert_string_equal(text, rows[i].mounts);
	}
	assert_int_equal(mounts_visit_in(SPAN(""), SPAN("/x"), add_mount, NULL, &err), -1);
	char text[PATH_MAX] = "";

	assert_int_equal(mounts_visit(SPAN("/"), add_mount, text, &err), 0);
	assert_non_null(strstr(text, "/proc"));
}

/* ---- our own container ------------------------------------------------------------------- */

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static void our_own_container(void **state)
{
	static const struct {
		const char *mounts, *cgroup, *ids;
	} rows[] = {
	    {"1 0 8:1 / / rw - ext4 /dev/sda rw\n", "0::/init.scope\n", ""},
	    {"1 0 8:1 /var/lib/docker/containers/" ID "/hosts /etc/hosts rw - ext4 x rw\n",
		"0::/\n", ID " "},
	    {"1 0 8:1 /docker/containers/" ID "/hosts /mnt/hosts rw - ext4 x rw\n", "0::/\n", ""},
	    {"", "4:pids:/docker/" ID "\n", ID " "},
	    {"", "0::/system.slice/docker-" ID ".scope\n", ID " "},
	    {"1 0 8:1 /containers/" OTHER "/resolv.conf /etc/resolv.conf rw - ext4 x rw\n"
	     "1 0 8:1 /containers/" OTHER "/hostname /etc/hostname rw - ext4 x rw",
		"4:pids:/docker/" ID "\n", ID " " OTHER " "},
	    {"garbage\n\n1 2\n", "garbage", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct own_container own;
		char ids[200] = "";

		own_container_read(&own, span_of(rows[i].mounts), span_of(rows[i].cgroup));
		for (size_t j = 0; j < own.count; j++) {
			size_t len = strlen(ids);

			(void)snprintf(ids + len, sizeof(ids) - len, "%s ", own.text[j]);
		}
		assert_string_equal(ids, rows[i].ids);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(paths_lead_there),
	    cmocka_unit_test(absolute_links_and_roots),
	    cmocka_unit_test(what_cannot_be_told_fails),
	    cmocka_unit_test(mounts_of_a_path),
	    cmocka_unit_test(our_own_container),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
