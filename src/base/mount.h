/* SPDX-License-Identifier: Apache-2.0 */
/* A mount of the host, as a judgement of host paths needs it. */
#ifndef BASE_MOUNT_H
#define BASE_MOUNT_H

#include "base/error.h"
#include "base/span.h"

struct mount {
	struct span point; /* where it is mounted */
	bool read_only, nosuid, nodev;
};

/* Told of one mount. Borrowed for the time of the call. */
typedef void mount_visit_fn(void *context, const struct mount *mount);

/* Calls |fn| for the mount that the host path |path| lies on and for each one below it. Returns 0,
 * or -1 with |err|. */
typedef int mounts_fn(struct span path, mount_visit_fn *fn, void *context, struct error *err);

#endif
