/* SPDX-License-Identifier: Apache-2.0 */
#include "net/unix_socket.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/span.h"

#define LISTEN_QUEUE 4096

static int make_address(const char *path, struct sockaddr_un *ret_address)
{
	size_t len = strlen(path);

	memset(ret_address, 0, sizeof(*ret_address));
	ret_address->sun_family = AF_UNIX;
	if (len >= sizeof(ret_address->sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(ret_address->sun_path, path, len);
	return 0;
}

static int stream_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static int connect_to(int fd, const char *path)
{
	struct sockaddr_un address;

	if (make_address(path, &address) < 0)
		return -1;
	return connect(fd, (const struct sockaddr *)&address, sizeof(address));
}

int unix_dial(const char *path)
{
	int fd = stream_socket();

	if (fd < 0)
		return -1;
	if (connect_to(fd, path) == 0)
		return fd;
	int reason = errno;

	(void)close(fd);
	errno = reason;
	return -1;
}

/* Fails when |path| is something that must not be replaced. */
static int check_place(const char *path, struct error *err)
{
	struct stat status;

	if (lstat(path, &status) < 0)
		return errno == ENOENT ? 0 : error_set(err, "%s: %s", path, strerror(errno));
	if (!S_ISSOCK(status.st_mode))
		return error_set(err, "%s: exists and is not a socket; remove it or choose another path",
		    path);
	int fd = unix_dial(path);

	if (fd < 0 && errno == ECONNREFUSED)
		return 0;
	if (fd >= 0)
		(void)close(fd);
	return error_set(err, "%s: another process is listening there already", path);
}

static int find_user(const char *name, uid_t *ret_uid)
{
	uint64_t number;

	if (!name)
		return 0;
	const struct passwd *entry = getpwnam(name);

	if (entry)
		*ret_uid = entry->pw_uid;
	else if (span_to_uint(span_of(name), UINT_MAX - 1, &number))
		*ret_uid = (uid_t)number;
	else
		return -1;
	return 0;
}

static int find_group(const char *name, gid_t *ret_gid)
{
	uint64_t number;

	if (!name)
		return 0;
	const struct group *entry = getgrnam(name);

	if (entry)
		*ret_gid = entry->gr_gid;
	else if (span_to_uint(span_of(name), UINT_MAX - 1, &number))
		*ret_gid = (gid_t)number;
	else
		return -1;
	return 0;
}

static int set_rights(const char *path, const struct unix_rights *rights, struct error *err)
{
	uid_t uid = (uid_t)-1;
	gid_t gid = (gid_t)-1;

	if (find_user(rights->owner, &uid) < 0)
		return error_set(err, "owner: no user is called \"%s\"", rights->owner);
	if (find_group(rights->group, &gid) < 0)
		return error_set(err, "group: no group is called \"%s\"", rights->group);
	if ((rights->owner || rights->group) && lchown(path, uid, gid) < 0)
		return error_set(err, "%s: cannot change its owner: %s", path, strerror(errno));
	if (chmod(path, rights->mode) < 0)
		return error_set(err, "%s: cannot change its mode: %s", path, strerror(errno));
	return 0;
}

/* Makes the socket as |work|/s, where no one else can reach it, and moves it to |path|. */
static int listen_through(const char *work, const char *path, const struct unix_rights *rights,
    struct error *err)
{
	char made[PATH_MAX + 4];
	struct sockaddr_un address;
	int fd = stream_socket();

	if (fd < 0)
		return error_set(err, "%s: %s", path, strerror(errno));
	(void)snprintf(made, sizeof(made), "%s/s", work);
	if (make_address(made, &address) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, LISTEN_QUEUE) < 0) {
		(void)error_set(err, "%s: cannot listen: %s", path, strerror(errno));
	} else if (set_rights(made, rights, err) == 0) {
		if (rename(made, path) == 0)
			return fd;
		(void)error_set(err, "%s: %s", path, strerror(errno));
	}
	(void)unlink(made);
	(void)close(fd);
	return -1;
}

int unix_listen(const char *path, const struct unix_rights *rights, struct error *err)
{
	char work[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int dir_len = slash ? (int)(slash - path) : 0;

	if (check_place(path, err) < 0)
		return -1;
	(void)snprintf(work, sizeof(work), "%.*s/.swXXXXXX", slash ? dir_len : 1, slash ? path : ".");
	if (!mkdtemp(work))
		return error_set(err, "%s: cannot write to its directory: %s; create it first", path,
		    strerror(errno));
	int fd = listen_through(work, path, rights, err);

	(void)rmdir(work);
	return fd;
}

struct unix_peer unix_peer_of(int fd)
{
	struct ucred who;
	socklen_t size = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0 || size != sizeof(who))
		return (struct unix_peer){-1, -1, -1};
	return (struct unix_peer){who.pid, who.uid, who.gid};
}
