/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of files, by inotify. Each name that a path leads through is watched in its folder, so
 * that a file written anew, a file moved in its place, a folder moved in its place and a link that
 * leads elsewhere all count. A file that somebody is writing counts when it is closed. */
#ifndef NET_WATCH_H
#define NET_WATCH_H

#include <stdbool.h>
#include <time.h>

#include "base/error.h"

struct loop;
struct watch;

/* Calls |fn| from the loop, a moment after the first of several changes and once for all of them.
 * |loop| must live longer. NULL with |err|. */
struct watch *watch_new(struct loop *loop, void (*fn)(void *arg), void *arg, struct error *err);

/* Watches the file |path| and the links on its way as they are now. Returns 0, or -1 with |err|:
 * then some of them are not watched. */
MUST_CHECK int watch_add(struct watch *watch, const char *path, struct error *err);

/* Whether both watch the same names in the same folders. */
bool watch_is_same(const struct watch *one, const struct watch *other);

/* Whether one of the files or links was changed, or put in its place, at |since| or later, by the
 * clock of the file system. */
bool watch_is_newer(const struct watch *watch, struct timespec since);

/* Returns whether there was a change that |fn| was not called for. NULL is fine. */
bool watch_free(struct watch *watch);

#endif
