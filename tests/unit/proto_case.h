/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of gRPC from JSON, by the tables. */
#ifndef PROTO_CASE_H
#define PROTO_CASE_H

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "docker/docker.h"

/* Encodes |json| by |schema|. A text in place of bytes is those bytes. A member "#N" of a name that
 * no row has is field N, a text. Fails the test for what has no row. */
void proto_encode(const struct docker_schema *schema, const char *json, struct buf *out);

#endif
