/* SPDX-License-Identifier: Apache-2.0 */
#include "net/host_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Opens nothing but the name: no rights on the object itself are needed. */
static int open_name(const char *path, bool follow)
{
	struct open_how how = {
	    .flags = (unsigned)(O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW)),
	    .resolve = RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

/* The kernel's own word on what |fd| is. */
static int name_of(int fd, char *room, size_t size, struct error *err)
{
	char link[32];

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, room, size - 1);

	if (len < 0)
		return error_set(err, "%s", strerror(errno));
	if ((size_t)len == size - 1)
		return error_set(err, "%s", strerror(ENAMETOOLONG));
	room[len] = '\0';
	return room[0] == '/' ? 0 : error_set(err, "it is no file");
}

static int add_rest(char *room, size_t size, struct span rest, struct error *err)
{
	size_t len = strlen(room);

	if (len == 1) /* "/" */
		len = 0;
	if (len + rest.len >= size)
		return error_set(err, "%s", strerror(ENAMETOOLONG));
	memcpy(room + len, rest.at, rest.len);
	room[len + rest.len] = '\0';
	return 0;
}

/* The length of |path| without its last segment, at least that of "/". */
static size_t parent_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash > path ? (size_t)(slash - path) : 1;
}

/* Opens the nearest of |path| and its parents that exists, and cuts |path| there. */
static int open_nearest(char *path, struct error *err)
{
	for (;;) {
		int fd = open_name(path, true);

		if (fd >= 0)
			return fd;
		if (errno != ENOENT)
			return error_set(err, "%s", strerror(errno));
		fd = open_name(path, false);
		if (fd >= 0) {
			(void)close(fd);
			return error_set(err, "a symbolic link leads to what does not exist");
		}
		if (path[1] == '\0')
			return error_set(err, "%s", strerror(ENOENT));
		path[parent_length(path)] = '\0';
	}
}

int host_path_resolve(struct span path, char *room, size_t size, struct error *err)
{
	char copy[PATH_MAX];

	if (path.len == 0 || path.at[0] != '/' || path.len >= sizeof(copy) ||
	    memchr(path.at, '\0', path.len))
		return error_set(err, "it is no absolute path");
	memcpy(copy, path.at, path.len);
	copy[path.len] = '\0';
	int fd = open_nearest(copy, err);

	if (fd < 0)
		return -1;
	size_t found = strlen(copy);
	int result = name_of(fd, room, size, err);

	(void)close(fd);
	if (result < 0 || found == path.len)
		return result;
	if (found == 1) /* "/" is a part of the rest as well */
		found = 0;
	return add_rest(room, size, (struct span){path.at + found, path.len - found}, err);
}
