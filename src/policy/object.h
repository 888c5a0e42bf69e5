/* SPDX-License-Identifier: Apache-2.0 */
/* Objects whose members only mean something together: one function a check. */
#ifndef POLICY_OBJECT_H
#define POLICY_OBJECT_H

#include "policy/judge.h"

typedef void object_fn(
    struct judge *judge, enum grant grant, const struct place *place, const cJSON *object);

object_fn object_mount, object_mount_point, object_service_port, object_device,
    object_device_request, object_ulimit, object_plugin, object_privileges;

#endif
