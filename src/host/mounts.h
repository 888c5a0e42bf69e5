/* SPDX-License-Identifier: Apache-2.0 */
/* The mounts of this host. A service manager gives us a table of our own, in which flags are added:
 * that of the first process is the host's. */
#ifndef HOST_MOUNTS_H
#define HOST_MOUNTS_H

#include "base/error.h"
#include "base/mount.h"

/* Fails where the host's table is hidden. */
mounts_fn mounts_visit;

/* The same of |table|, the text of a mountinfo file. */
MUST_CHECK int mounts_visit_in(
    struct span table, struct span path, mount_visit_fn *fn, void *context, struct error *err);

#endif
