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
#define WORK_NAME "/.swXXXXXX" /* a directory beside the socket */
#define SOCKET_NAME "/s"

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
static int check_place(const char *path, bool ours, struct error *err)
{
	struct stat status;

	if (lstat(path, &status) < 0)
		return errno == ENOENT ? 0 : error_set(err, "%s: %s", path, strerror(errno));
	if (!S_ISSOCK(status.st_mode))
		return error_set(
		    err, "%s: exists and is not a socket; remove it or choose another path", path);
	if (ours)
		return 0;
	int fd = unix_dial(path);

	if (fd < 0 && errno == ECONNREFUSED)
		return 0;
	if (fd >= 0)
		(void)close(fd);
	return error_set(err, "%s: another process is listening there already", path);
}

int unix_user_id(const char *name, uid_t *ret_uid)
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

int unix_group_id(const char *name, gid_t *ret_gid)
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

int unix_rights_find(struct unix_rights *ret_rights, mode_t mode, const char *owner,
    const char *group, struct error *err)
{
	struct unix_rights rights = {mode, (uid_t)-1, (gid_t)-1};

	if (unix_user_id(owner, &rights.owner) < 0)
		return error_set(err, "owner: no such user: %s", owner);
	if (unix_group_id(group, &rights.group) < 0)
		return error_set(err, "group: no such group: %s", group);
	*ret_rights = rights;
	return 0;
}

static int set_rights(const char *path, const struct unix_rights *rights, struct error *err)
{
	bool given = rights->owner != (uid_t)-1 || rights->group != (gid_t)-1;

	/* In this order: whoever gives a file away may not change its mode afterwards. */
	if (chmod(path, rights->mode) < 0)
		return error_set(err, "%s: cannot change its mode: %m", path);
	if (given && lchown(path, rights->owner, rights->group) < 0)
		return error_set(err, "%s: cannot change its owner: %m", path);
	return 0;
}

static int bind_and_listen(const char *made, const char *path, struct error *err)
{
	struct sockaddr_un address;
	int fd = stream_socket();

	if (fd < 0)
		return error_set(err, "%s: %m", path);
	if (make_address(made, &address) == 0 &&
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	    listen(fd, LISTEN_QUEUE) == 0)
		return fd;
	(void)error_set(err, "%s: cannot listen: %m", path);
	(void)close(fd);
	return -1;
}

/* A new directory beside |path|, which nobody else can enter, and in it the socket's name. */
static char *make_place(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	int dir_len = slash ? (int)(slash - path) : 1;
	char *made;

	if (asprintf(&made, "%.*s" WORK_NAME SOCKET_NAME, dir_len, slash ? path : ".") < 0) {
		(void)error_set(err, "%s: out of memory", path);
		return NULL;
	}
	char *name = made + strlen(made) - strlen(SOCKET_NAME);

	*name = '\0';
	if (mkdtemp(made)) {
		*name = '/';
		return made;
	}
	(void)error_set(err, "%s: cannot write to its directory: %m%s", path,
	    errno == ENOENT ? "; create it first" : "");
	free(made);
	return NULL;
}

static struct unix_file file_at(const char *path)
{
	struct stat status;

	if (lstat(path, &status) < 0)
		return (struct unix_file){0};
	return (struct unix_file){status.st_dev, status.st_ino};
}

void unix_socket_unlink(const char *path, struct unix_file file)
{
	struct unix_file now = file_at(path);

	if (file.inode != 0 && now.inode == file.inode && now.device == file.device)
		(void)unlink(path);
}

void unix_socket_end(struct unix_socket *socket)
{
	if (socket->made) {
		(void)unlink(socket->made);
		socket->made[strlen(socket->made) - strlen(SOCKET_NAME)] = '\0';
		(void)rmdir(socket->made);
	}
	free(socket->made);
	free(socket->path);
	socket->made = socket->path = NULL;
}

int unix_socket_make(struct unix_socket *ret_socket, const char *path,
    const struct unix_rights *rights, bool replace, struct error *err)
{
	struct unix_socket made = {.fd = -1};

	if (check_place(path, replace, err) < 0)
		return -1;
	made.path = strdup(path);
	made.made = made.path ? make_place(path, err) : NULL;
	if (made.made)
		made.fd = bind_and_listen(made.made, path, err);
	if (made.fd >= 0 && set_rights(made.made, rights, err) == 0) {
		made.file = file_at(made.made);
		*ret_socket = made;
		return 0;
	}
	if (made.fd >= 0)
		(void)close(made.fd);
	unix_socket_end(&made);
	return -1;
}

int unix_abstract_listen(const char *name, struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(name);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len);
	int fd = len < sizeof(address.sun_path) ? stream_socket() : -1;

	if (fd < 0)
		return error_set(err, "@%s: cannot listen: %m", name);
	memcpy(address.sun_path + 1, name, len); /* behind the NUL that says that it is no path */
	if (bind(fd, (const struct sockaddr *)&address, size) == 0 && listen(fd, LISTEN_QUEUE) == 0)
		return fd;
	(void)error_set(err, "@%s: cannot listen: %m", name);
	(void)close(fd);
	return -1;
}

int unix_socket_publish(struct unix_socket *socket, struct error *err)
{
	if (rename(socket->made, socket->path) == 0)
		return 0;
	return error_set(err, "%s: %m", socket->path);
}

struct unix_peer unix_peer_of(int fd)
{
	struct ucred who;
	socklen_t size = sizeof(who);

	/* Other sockets than unix ones answer too, with nobody. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0 || size != sizeof(who) ||
	    who.uid == (uid_t)-1)
		return (struct unix_peer){-1, -1, -1};
	return (struct unix_peer){who.pid, who.uid, who.gid};
}
