/* SPDX-License-Identifier: Apache-2.0 */
#include "host/host_path.h"

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

/* Whether the first |len| bytes of |path| are a name that exists, even of a symbolic link that
 * leads nowhere. Returns 1, 0, or -1 with |err|. */
static int exists(char *path, size_t len, struct error *err)
{
	char next = path[len];

	path[len] = '\0';
	int fd = open_name(path, false);

	path[len] = next;
	if (fd >= 0)
		(void)close(fd);
	else if (errno != ENOENT)
		return error_set(err, "%s", strerror(errno));
	return fd >= 0;
}

/* Where a segment of |path| ends, about halfway between |low| and |high|; |low| when none does. */
static size_t halfway(const char *path, size_t low, size_t high)
{
	size_t middle = low + (high - low) / 2, at = middle;

	while (at < high && path[at] != '/')
		at++;
	if (at < high && at > low)
		return at;
	for (at = middle; at > low && path[at] != '/'; at--)
		continue;
	return at;
}

/* The length of the longest part of |path| that exists, by halves: each step is a look-up, and a
 * path can have many segments. Returns 0 with |err| when there is none. */
static size_t existing_length(char *path, struct error *err)
{
	size_t low = 1, high = strlen(path), at;
	int found = exists(path, high, err);

	if (found != 0)
		return found < 0 ? 0 : high;
	while ((at = halfway(path, low, high)) > low) {
		found = exists(path, at, err);
		if (found < 0)
			return 0;
		if (found)
			low = at;
		else
			high = at;
	}
	return low;
}

/* Opens the nearest of |path| and its parents that exists, and cuts |path| there. */
static int open_nearest(char *path, struct error *err)
{
	int fd = open_name(path, true);

	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return error_set(err, "%s", strerror(errno));
	size_t len = existing_length(path, err);

	if (len == 0)
		return -1;
	path[len] = '\0';
	fd = open_name(path, true);
	if (fd >= 0)
		return fd;
	return errno == ENOENT ? error_set(err, "a symbolic link leads to what does not exist")
			       : error_set(err, "%s", strerror(errno));
}

int host_path_resolve(
    struct span path, char *room, size_t size, bool *ret_exists, struct error *err)
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
	*ret_exists = found == path.len;
	if (result < 0 || found == path.len)
		return result;
	if (found == 1) /* "/" is a part of the rest as well */
		found = 0;
	return add_rest(room, size, span_from(path, found), err);
}
