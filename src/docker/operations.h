/* SPDX-License-Identifier: Apache-2.0 */
/* The table of operations, for the look-ups of this room. */
#ifndef DOCKER_OPERATIONS_H
#define DOCKER_OPERATIONS_H

#include "docker/docker.h"

extern const struct docker_operation docker_operations[];
extern const unsigned docker_operations_count;

#endif
