/* SPDX-License-Identifier: Apache-2.0 */
/* Which container sockwarden runs in, as far as the kernel tells: the files that Docker and Podman
 * mount into each one lie in a directory of its name, and so does its cgroup where that is shown.
 */
#ifndef HOST_OWN_CONTAINER_H
#define HOST_OWN_CONTAINER_H

#include "host/cgroup.h"

#define OWN_CONTAINER_IDS 8u

/* Ids that the container may have. More than one: it is in another container, or in the network of
 * another one. */
struct own_container {
	char text[OWN_CONTAINER_IDS][CGROUP_ID_LEN + 1];
	struct span ids[OWN_CONTAINER_IDS]; /* of |text| */
	size_t count;                       /* 0: it runs on the host */
};

/* Reads what /proc/self/mountinfo and /proc/self/cgroup hold. */
void own_container_read(struct own_container *ret_own, struct span mountinfo, struct span cgroup);

/* The same for this process. What cannot be read says nothing. */
void own_container_find(struct own_container *ret_own);

#endif
