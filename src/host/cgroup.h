/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc/PID/cgroup says of containers. Its lines are hierarchy:controllers:/path. The kernel
 * writes them, but whoever may make cgroups (an ordinary user below their own service manager, a
 * container that was given its part of the tree) chooses names in the path: a name alone proves
 * nothing. */
#ifndef HOST_CGROUP_H
#define HOST_CGROUP_H

#include "base/span.h"

#define CGROUP_ID_LEN 64u    /* hexadecimal digits of a container's id */
#define CGROUP_CANDIDATES 4u /* containers that are thought of: they can be one in another */

/* Finds what may be ids of Docker's containers in |text|, each once, of one within another the
 * inner one first. Returns how many there are; when that is more than CGROUP_CANDIDATES, the others
 * are not in |ret_ids|. */
unsigned cgroup_candidates(struct span text, struct span ret_ids[static CGROUP_CANDIDATES]);

/* The next such id in |*path|, which is cut behind it; empty when there is none. */
struct span cgroup_next_id(struct span *path);

/* True when a process with the text |peer| is within the container |id| whose first process has the
 * text |init|: in every hierarchy that names any container, it is at or below the very place of
 * that process's cgroup that bears the id; and there is such a hierarchy. */
bool cgroup_is_inside(struct span peer, struct span init, struct span id);

#endif
