/* SPDX-License-Identifier: Apache-2.0 */
#include "host/own_container.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

#define FILE_MOST (1u << 20)
#define PIECE 4096u

static void add(struct own_container *own, struct span id)
{
	for (size_t i = 0; i < own->count; i++) {
		if (span_equal(own->ids[i], id))
			return;
	}
	if (own->count == OWN_CONTAINER_IDS)
		return;
	char *text = own->text[own->count];

	memcpy(text, id.at, CGROUP_ID_LEN);
	text[CGROUP_ID_LEN] = '\0';
	own->ids[own->count++] = (struct span){text, CGROUP_ID_LEN};
}

/* Files that a container gets a copy of its own of. */
static bool is_given(struct span mount_point)
{
	return span_is(mount_point, "/etc/hostname") || span_is(mount_point, "/etc/hosts") ||
	       span_is(mount_point, "/etc/resolv.conf");
}

/* ID PARENT MAJOR:MINOR ROOT MOUNT-POINT … */
static void read_mount(struct own_container *own, struct span line)
{
	struct span rest, id;

	for (int i = 0; i < 3; i++)
		(void)span_cut(line, ' ', &line);
	struct span root = span_cut(line, ' ', &rest);

	if (!is_given(span_cut(rest, ' ', &rest)))
		return;
	while ((id = cgroup_next_id(&root)).len > 0)
		add(own, id);
}

void own_container_read(struct own_container *ret_own, struct span mountinfo, struct span cgroup)
{
	struct span ids[CGROUP_CANDIDATES];
	unsigned count = cgroup_candidates(cgroup, ids);

	*ret_own = (struct own_container){.count = 0};
	for (unsigned i = 0; i < count && i < CGROUP_CANDIDATES; i++)
		add(ret_own, ids[i]);
	while (mountinfo.len > 0)
		read_mount(ret_own, span_cut(mountinfo, '\n', &mountinfo));
}

static void read_file(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char piece[PIECE];
	ssize_t n;

	if (fd < 0)
		return;
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		buf_add(out, (struct span){piece, (size_t)n});
	(void)close(fd);
}

void own_container_find(struct own_container *ret_own)
{
	struct buf mountinfo, cgroup;

	buf_init(&mountinfo, FILE_MOST);
	buf_init(&cgroup, FILE_MOST);
	read_file("/proc/self/mountinfo", &mountinfo);
	read_file("/proc/self/cgroup", &cgroup);
	own_container_read(ret_own, buf_span(&mountinfo), buf_span(&cgroup));
	buf_free(&mountinfo);
	buf_free(&cgroup);
}
