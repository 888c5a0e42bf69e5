/* SPDX-License-Identifier: Apache-2.0 */
/* Where paths of this host lead. */
#ifndef HOST_HOST_PATH_H
#define HOST_HOST_PATH_H

#include <stddef.h>

#include "base/error.h"
#include "base/span.h"

/* Writes where the absolute |path| leads, all symbolic links followed, into |room| with a NUL. What
 * of it does not exist stays as it is behind the nearest directory that does, and |*ret_exists| is
 * false. Returns 0, or -1 with
 * |err|: a link that leads nowhere, a link of /proc that leaves the tree of files, no right to
 * look. */
MUST_CHECK int host_path_resolve(
    struct span path, char *room, size_t size, bool *ret_exists, struct error *err);

#endif
