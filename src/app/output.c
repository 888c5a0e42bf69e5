/* SPDX-License-Identifier: Apache-2.0 */
#include "app/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_MOST 4096u
#define MODE_OF_NEW 0640 /* as the audit log's: it tells of the same */

static bool is_stdout(const char *path)
{
	return strcmp(path, "-") == 0;
}

static int check_inputs(
    const char *path, const struct stat *there, char *const *inputs, struct error *err)
{
	struct stat input;

	for (; *inputs; inputs++) {
		if (stat(*inputs, &input) == 0 && input.st_dev == there->st_dev &&
		    input.st_ino == there->st_ino)
			return error_set(err, "%s: is one of the files that are read", path);
	}
	return 0;
}

/* What is at |path| may be replaced; |*ret_there| is false when nothing is. */
static int check_target(const char *path, struct stat *there, bool *ret_there, struct error *err)
{
	*ret_there = lstat(path, there) == 0;
	if (!*ret_there)
		return errno == ENOENT ? 0 : error_set(err, "%s: %m", path);
	if (!S_ISREG(there->st_mode))
		return error_set(err,
		    "%s: is no regular file, and is left alone; -o - writes to standard output",
		    path);
	return 0;
}

/* A name in the directory of |path|, for mkstemp(). */
static int make_template(const char *path, struct buf *room, struct error *err)
{
	const char *slash = strrchr(path, '/');
	size_t directory = slash ? (size_t)(slash - path) + 1 : 0;

	buf_add(room, (struct span){path, directory});
	buf_add_text(room, ".sockwarden-report.XXXXXX");
	(void)buf_text(room);
	return room->failed ? error_set(err, "%s: the path is too long", path) : 0;
}

/* Opens a new file beside |path|, of which |room| is the name. Returns it, or -1 with |err|. */
static int open_beside(const char *path, struct buf *room, struct error *err)
{
	if (make_template(path, room, err) < 0)
		return -1;
	int file = mkostemp(room->at, O_CLOEXEC);

	return file >= 0 ? file : error_set(err, "%s: cannot write into its directory: %m", path);
}

int output_check(const char *path, char *const *inputs, struct error *err)
{
	struct stat there;
	struct buf room;
	bool is_there;

	if (is_stdout(path))
		return 0;
	if (check_target(path, &there, &is_there, err) < 0 ||
	    (is_there && check_inputs(path, &there, inputs, err) < 0))
		return -1;
	buf_init(&room, PATH_MOST);
	int file = open_beside(path, &room, err);

	if (file >= 0) {
		(void)unlink(room.at);
		(void)close(file);
	}
	buf_free(&room);
	return file >= 0 ? 0 : -1;
}

static int write_all(int file, struct span text)
{
	while (text.len > 0) {
		ssize_t done = write(file, text.at, text.len);

		if (done < 0 && errno != EINTR)
			return -1;
		text = span_from(text, done > 0 ? (size_t)done : 0);
	}
	return 0;
}

static mode_t mode_of_new(void)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	return MODE_OF_NEW & ~mask;
}

static int fill(int file, const char *path, struct span text, struct error *err)
{
	struct stat there;
	bool is_there;

	if (check_target(path, &there, &is_there, err) < 0)
		return -1;
	mode_t mode = is_there ? there.st_mode & 0777 : mode_of_new();

	if (write_all(file, text) < 0 || fchmod(file, mode) < 0 || fsync(file) < 0)
		return error_set(err, "%s: %m", path);
	return 0;
}

static int replace(const char *path, struct span text, struct error *err)
{
	struct buf room;

	buf_init(&room, PATH_MOST);
	int file = open_beside(path, &room, err), result = -1;

	if (file >= 0) {
		result = fill(file, path, text, err);
		if (close(file) < 0 && result == 0)
			result = error_set(err, "%s: %m", path);
		if (result == 0 && rename(room.at, path) < 0)
			result = error_set(err, "%s: %m", path);
		if (result < 0)
			(void)unlink(room.at);
	}
	buf_free(&room);
	return result;
}

int output_write(const char *path, struct span text, struct error *err)
{
	if (!is_stdout(path))
		return replace(path, text, err);
	(void)fwrite(text.at, 1, text.len, stdout);
	return 0;
}
