/* SPDX-License-Identifier: Apache-2.0 */
#include "net/watch.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/span.h"
#include "net/loop.h"

#define SETTLE_USEC 250000 /* several files are often written one after the other */
#define LINKS_MOST 40u     /* on the way of one path, as in the kernel */
#define NAMES_MOST 4096u
#define EVENTS_BYTES 4096u
/* On the way a link or a folder may take another's place; the file at its end may be written, too.
 */
#define ON_THE_WAY (IN_CREATE | IN_MOVED_TO | IN_ONLYDIR | IN_MASK_ADD)
#define AT_THE_END (ON_THE_WAY | IN_MODIFY | IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM)

/* A name in a folder. */
struct entry {
	int number; /* the kernel's, of the folder */
	char *folder, *name;
	bool writing; /* somebody has changed the file and not closed it */
};

struct watch {
	struct event readable, settled;
	int fd;
	struct entry *entries;
	unsigned count;
	bool changed; /* and not told yet */
	bool waits;   /* for whoever writes; told */
	void (*fn)(void *arg);
	void *arg;
};

/* ---- what happens ------------------------------------------------------------------------------
 */

static void wait_a_moment(struct watch *watch)
{
	const struct timeval moment = {.tv_usec = SETTLE_USEC};

	if (evtimer_add(&watch->settled, &moment) < 0)
		log_error("reload", "files have changed, and memory is out: send SIGHUP");
}

/* What the name itself stands for, which may be a link. */
static bool entry_look(const struct entry *entry, struct stat *ret_status)
{
	char path[PATH_MAX];
	int length = snprintf(path, sizeof(path), "%s/%s", entry->folder, entry->name);

	return length < (int)sizeof(path) && lstat(path, ret_status) == 0;
}

/* A new file has its bytes once it is closed; a link or a folder is what it is. */
static bool is_being_made(const struct entry *entry)
{
	struct stat status;

	return entry_look(entry, &status) && S_ISREG(status.st_mode) && status.st_nlink == 1;
}

/* Returns whether the name stands for something else now. */
static bool entry_takes(struct entry *entry, uint32_t what)
{
	if (what & (IN_DELETE | IN_MOVED_FROM))
		entry->writing = false; /* what comes in its place counts */
	if (what & IN_MODIFY || (what & IN_CREATE && is_being_made(entry)))
		entry->writing = true;
	if (what & (IN_MOVED_TO | IN_CLOSE_WRITE)) {
		entry->writing = false;
		return true;
	}
	return what & IN_CREATE && !entry->writing;
}

static void take_event(struct watch *watch, const struct inotify_event *event)
{
	bool changed = event->mask & IN_Q_OVERFLOW;

	for (unsigned i = 0; i < watch->count && event->len > 0; i++) {
		struct entry *entry = &watch->entries[i];

		if (entry->number == event->wd && strcmp(entry->name, event->name) == 0)
			changed |= entry_takes(entry, event->mask);
	}
	if (changed && !watch->changed)
		wait_a_moment(watch);
	watch->changed |= changed;
}

static void read_events(struct watch *watch)
{
	_Alignas(struct inotify_event) char bytes[EVENTS_BYTES];
	ssize_t size;

	while ((size = read(watch->fd, bytes, sizeof(bytes))) > 0) {
		for (const char *at = bytes; at < bytes + size;) {
			const struct inotify_event *event = (const void *)at;

			take_event(watch, event);
			at += sizeof(*event) + event->len;
		}
	}
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	read_events(arg);
}

static bool is_writing(const struct watch *watch)
{
	for (unsigned i = 0; i < watch->count; i++) {
		if (watch->entries[i].writing)
			return true;
	}
	return false;
}

static void on_settled(evutil_socket_t fd, short what, void *arg)
{
	struct watch *watch = arg;

	(void)fd;
	(void)what;
	if (is_writing(watch)) {
		if (!watch->waits)
			log_info("reload", "files are being written: waiting for their end");
		watch->waits = true;
		wait_a_moment(watch);
		return;
	}
	watch->changed = watch->waits = false;
	watch->fn(watch->arg);
}

/* ---- what is watched ---------------------------------------------------------------------------
 */

static bool has_entry(const struct watch *watch, const char *folder, const char *name)
{
	for (unsigned i = 0; i < watch->count; i++) {
		if (strcmp(watch->entries[i].folder, folder) == 0 &&
		    strcmp(watch->entries[i].name, name) == 0)
			return true;
	}
	return false;
}

static void entry_free(struct entry *entry)
{
	free(entry->folder);
	free(entry->name);
}

static int entry_store(
    struct watch *watch, int number, const char *folder, const char *name, struct error *err)
{
	struct entry *entries = watch->entries;

	if (watch->count == NAMES_MOST)
		return error_set(err, "more than %u names to watch", NAMES_MOST);
	entries = realloc(entries, (watch->count + 1) * sizeof(*entries));
	if (!entries)
		return error_set(err, "out of memory");
	watch->entries = entries;
	struct entry entry = {number, strdup(folder), strdup(name), false};

	if (!entry.folder || !entry.name) {
		entry_free(&entry);
		return error_set(err, "out of memory");
	}
	entries[watch->count++] = entry;
	return 0;
}

static int entry_add(
    struct watch *watch, const char *folder, const char *name, uint32_t mask, struct error *err)
{
	int number = inotify_add_watch(watch->fd, folder, mask);

	if (number < 0)
		return error_set(err, "cannot watch %s: %s", folder, strerror(errno));
	return has_entry(watch, folder, name) ? 0 : entry_store(watch, number, folder, name, err);
}

/* The part of a path that is walked, and what is still to walk. */
struct walk {
	char done[PATH_MAX], left[PATH_MAX];
	unsigned links;
};

/* What |length| bytes of a link lead to stands before what is left. */
static int follow(struct walk *walk, const char *target, size_t length, struct error *err)
{
	char left[PATH_MAX];
	int written = snprintf(left, sizeof(left), "%.*s/%s", (int)length, target, walk->left);

	if (written >= (int)sizeof(left) || ++walk->links > LINKS_MOST)
		return error_set(err, "too many links");
	if (left[0] == '/')
		walk->done[0] = '\0';
	memcpy(walk->left, left, (size_t)written + 1);
	return 0;
}

/* Watches the first name of what is left, and goes over to it or to where it leads. */
static int step(struct watch *watch, struct walk *walk, struct error *err)
{
	char target[PATH_MAX], path[2 * PATH_MAX];
	struct span rest, name = span_cut(span_of(walk->left), '/', &rest);
	char room[NAME_MAX + 1];

	if (name.len > NAME_MAX)
		return error_set(err, "a name is too long");
	(void)snprintf(room, sizeof(room), "%.*s", (int)name.len, name.at);
	memmove(walk->left, rest.at ? rest.at : "", (rest.at ? rest.len : 0) + 1);
	if (name.len == 0 || strcmp(room, ".") == 0)
		return 0;
	if (entry_add(watch, walk->done[0] ? walk->done : "/", room,
		walk->left[0] ? ON_THE_WAY : AT_THE_END, err) < 0)
		return -1;
	int written = snprintf(path, sizeof(path), "%s/%s", walk->done, room);
	ssize_t length = readlink(path, target, sizeof(target));

	if (length > 0)
		return follow(walk, target, (size_t)length, err);
	if (written >= (int)sizeof(walk->done))
		return error_set(err, "a path is too long");
	memcpy(walk->done, path, (size_t)written + 1);
	return 0;
}

int watch_add(struct watch *watch, const char *path, struct error *err)
{
	struct walk walk = {.done = ""};

	if (path[0] != '/' && !getcwd(walk.done, sizeof(walk.done)))
		return error_set(err, "cannot tell the working directory: %s", strerror(errno));
	if (strlen(path) >= sizeof(walk.left))
		return error_set(err, "a path is too long");
	memcpy(walk.left, path, strlen(path) + 1);
	while (walk.left[0]) {
		if (step(watch, &walk, err) < 0)
			return -1;
	}
	return 0;
}

bool watch_is_same(const struct watch *one, const struct watch *other)
{
	for (unsigned i = 0; i < one->count; i++) {
		if (!has_entry(other, one->entries[i].folder, one->entries[i].name))
			return false;
	}
	return one->count == other->count;
}

static bool is_before(struct timespec one, struct timespec other)
{
	return one.tv_sec < other.tv_sec ||
	       (one.tv_sec == other.tv_sec && one.tv_nsec < other.tv_nsec);
}

bool watch_is_newer(const struct watch *watch, struct timespec since)
{
	struct stat status;

	for (unsigned i = 0; i < watch->count; i++) {
		/* A folder changes with each file in it. */
		if (entry_look(&watch->entries[i], &status) && !S_ISDIR(status.st_mode) &&
		    !is_before(status.st_ctim, since))
			return true;
	}
	return false;
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

struct watch *watch_new(struct loop *loop, void (*fn)(void *arg), void *arg, struct error *err)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (!watch) {
		(void)error_set(err, "out of memory");
		return NULL;
	}
	*watch =
	    (struct watch){.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), .fn = fn, .arg = arg};
	if (watch->fd >= 0 &&
	    event_assign(&watch->readable, loop_base(loop), watch->fd, EV_READ | EV_PERSIST,
		on_readable, watch) == 0 &&
	    evtimer_assign(&watch->settled, loop_base(loop), on_settled, watch) == 0 &&
	    event_add(&watch->readable, NULL) == 0)
		return watch;
	(void)error_set(err, "cannot watch files: %s", strerror(errno));
	if (watch->fd >= 0)
		(void)close(watch->fd);
	free(watch);
	return NULL;
}

bool watch_free(struct watch *watch)
{
	if (!watch)
		return false;
	read_events(watch);
	bool changed = watch->changed;

	(void)event_del(&watch->readable);
	(void)event_del(&watch->settled);
	(void)close(watch->fd);
	for (unsigned i = 0; i < watch->count; i++)
		entry_free(&watch->entries[i]);
	free(watch->entries);
	free(watch);
	return changed;
}
