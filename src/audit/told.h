/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AUDIT_TOLD_H
#define AUDIT_TOLD_H

#include "base/buf.h"
#include "policy/policy.h"

/* Appends `,"what":{…}` with the values of |body| whose rows in |schema| are told, or nothing. NULL
 * for either is nothing. */
void audit_told_write(struct buf *out, const struct docker_schema *schema, const cJSON *body);

#endif
