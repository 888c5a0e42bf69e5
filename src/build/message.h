/* SPDX-License-Identifier: Apache-2.0 */
/* A protobuf message as the JSON that a schema describes, so that it is judged as a JSON body is.
 */
#ifndef BUILD_MESSAGE_H
#define BUILD_MESSAGE_H

#include "base/buf.h"
#include "base/error.h"
#include "docker/docker.h"

#define MESSAGE_DEPTH 8 /* of messages in messages; the tables have four */

/* Writes |bytes|, read by |schema|, whose rows have numbers, to |out| as a JSON object. A field
 * that no row has is a member "field N". Bytes that are not looked into are a string that tells how
 * many. Refuses whatever two decoders could read differently: a singular field or a map's key that
 * is there twice, a value of another wire type, a text that is no UTF-8 or has a NUL. Returns 0, or
 * -1 with the reason in |err|. */
MUST_CHECK int message_read(
    const struct docker_schema *schema, struct span bytes, struct buf *out, struct error *err);

#endif
