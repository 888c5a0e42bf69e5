/* SPDX-License-Identifier: Apache-2.0 */
#include "host/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

#define TABLE "/proc/1/mountinfo"
#define TABLE_MOST (8u << 20)
#define PIECE 16384u
#define OCTAL_DIGITS 3u

static bool lies_in(struct span path, struct span directory)
{
	if (span_is(directory, "/"))
		return true;
	return span_starts(path, directory) &&
	       (path.len == directory.len || path.at[directory.len] == '/');
}

static bool has_word(struct span list, struct span word)
{
	while (list.at) {
		if (span_equal(span_cut(list, ',', &list), word))
			return true;
	}
	return false;
}

/* Blanks and backslashes stand there as \040 and the like. */
static struct span unescape(struct span text, char room[static PATH_MAX])
{
	size_t len = 0;

	for (size_t i = 0; i < text.len && len < PATH_MAX; i++) {
		unsigned code = 0;

		if (text.at[i] != '\\' || text.len - i <= OCTAL_DIGITS) {
			room[len++] = text.at[i];
			continue;
		}
		for (unsigned digit = 0; digit < OCTAL_DIGITS; digit++)
			code = code * 8 + (unsigned)(text.at[++i] - '0');
		room[len++] = (char)code;
	}
	return (struct span){room, len};
}

/* ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [FIELD …] - TYPE SOURCE OPTIONS */
static bool read_line(struct span line, struct mount *mount, char room[static PATH_MAX])
{
	struct span rest = line, own, super;

	for (int i = 0; i < 4; i++)
		(void)span_cut(rest, ' ', &rest);
	mount->point = unescape(span_cut(rest, ' ', &rest), room);
	own = span_cut(rest, ' ', &rest);
	while (rest.at && !span_is(span_cut(rest, ' ', &rest), "-"))
		continue;
	(void)span_cut(rest, ' ', &rest);
	(void)span_cut(rest, ' ', &super);
	mount->read_only = has_word(own, SPAN("ro")) || has_word(super, SPAN("ro"));
	mount->nosuid = has_word(own, SPAN("nosuid"));
	mount->nodev = has_word(own, SPAN("nodev"));
	return mount->point.len > 0 && mount->point.at[0] == '/';
}

int mounts_visit_in(
    struct span table, struct span path, mount_visit_fn *fn, void *context, struct error *err)
{
	char room[PATH_MAX], under_room[PATH_MAX];
	struct mount mount, under = {.point = {NULL, 0}};

	while (table.len > 0) {
		if (!read_line(span_cut(table, '\n', &table), &mount, room))
			continue;
		if (lies_in(path, mount.point) && mount.point.len >= under.point.len) {
			/* the last one lies on top */
			memcpy(under_room, room, mount.point.len);
			under = mount;
			under.point.at = under_room;
		} else if (lies_in(mount.point, path)) {
			fn(context, &mount);
		}
	}
	if (!under.point.at)
		return error_set(err, "no mount is known that it lies on");
	fn(context, &under);
	return 0;
}

int mounts_visit(struct span path, mount_visit_fn *fn, void *context, struct error *err)
{
	int fd = open(TABLE, O_RDONLY | O_CLOEXEC);
	struct buf table;
	char piece[PIECE];
	ssize_t n;

	if (fd < 0)
		return error_set(err, TABLE ": %s", strerror(errno));
	buf_init(&table, TABLE_MOST);
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		buf_add(&table, (struct span){piece, (size_t)n});
	(void)close(fd);
	int result = n < 0 || table.failed
			 ? error_set(err, TABLE ": cannot be read")
			 : mounts_visit_in(buf_span(&table), path, fn, context, err);

	buf_free(&table);
	return result;
}
