/* SPDX-License-Identifier: Apache-2.0 */
/* The wire format of protobuf messages, read so strictly that no decoder reads the same bytes in
 * another way: varints of minimal length, no groups, lengths within the message. */
#ifndef BASE_PROTOBUF_H
#define BASE_PROTOBUF_H

#include "base/buf.h"
#include "base/error.h"

enum protobuf_wire {
	PROTOBUF_VARINT = 0,
	PROTOBUF_FIXED64 = 1,
	PROTOBUF_BYTES = 2,
	PROTOBUF_FIXED32 = 5,
};

struct protobuf_field {
	uint32_t number;
	enum protobuf_wire wire;
	uint64_t varint; /* of PROTOBUF_VARINT */
	struct span
	    bytes; /* what the value takes; of PROTOBUF_BYTES without its length. Borrowed */
};

/* Takes the next field off |*rest|. Returns 1 with a field, 0 at the end, -1 with the reason in
 * |err|. */
MUST_CHECK int protobuf_next(
    struct span *rest, struct protobuf_field *ret_field, struct error *err);

void protobuf_add_varint(struct buf *out, uint64_t value);
/* Adds field |number| with its value. */
void protobuf_add_uint(struct buf *out, uint32_t number, uint64_t value);
void protobuf_add_bytes(struct buf *out, uint32_t number, struct span bytes);
/* Adds an entry of the map |number| of strings. */
void protobuf_add_pair(struct buf *out, uint32_t number, struct span key, struct span value);

#endif
