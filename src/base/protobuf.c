/* SPDX-License-Identifier: Apache-2.0 */
#include "base/protobuf.h"

#define GROUP_BITS 7u /* of a varint in each byte */
#define MORE 0x80u    /* another byte follows */
#define WIRE_BITS 3u
#define NUMBER_MOST ((UINT32_C(1) << 29) - 1)
#define VARINT_SHIFT_LAST 63u

/* Reads a varint of up to 64 bits that has no byte too many. */
static bool take_varint(struct span *rest, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift <= VARINT_SHIFT_LAST; shift += GROUP_BITS) {
		if (rest->len == 0)
			return false;
		unsigned char byte = (unsigned char)*rest->at;

		*rest = span_from(*rest, 1);
		if (shift == VARINT_SHIFT_LAST && byte > 1)
			return false;
		value |= (uint64_t)(byte & (MORE - 1)) << shift;
		if (byte & MORE)
			continue;
		if (byte == 0 && shift > 0)
			return false;
		*ret_value = value;
		return true;
	}
	return false;
}

static bool take_bytes(struct span *rest, uint64_t size, struct span *ret_bytes)
{
	if (size > rest->len)
		return false;
	*ret_bytes = (struct span){rest->at, (size_t)size};
	*rest = span_from(*rest, (size_t)size);
	return true;
}

static bool take_value(struct span *rest, struct protobuf_field *field)
{
	const char *start = rest->at;
	uint64_t size;

	switch (field->wire) {
	case PROTOBUF_VARINT:
		if (!take_varint(rest, &field->varint))
			return false;
		field->bytes = (struct span){start, (size_t)(rest->at - start)};
		return true;
	case PROTOBUF_BYTES:
		return take_varint(rest, &size) && take_bytes(rest, size, &field->bytes);
	case PROTOBUF_FIXED64:
		return take_bytes(rest, sizeof(uint64_t), &field->bytes);
	case PROTOBUF_FIXED32:
		return take_bytes(rest, sizeof(uint32_t), &field->bytes);
	}
	return false; /* groups, and what no decoder knows */
}

int protobuf_next(struct span *rest, struct protobuf_field *ret_field, struct error *err)
{
	struct protobuf_field field = {0};
	struct span left = *rest;
	uint64_t tag;

	if (left.len == 0)
		return 0;
	if (!take_varint(&left, &tag))
		return error_set(err, "the tag of a field is malformed");
	if (tag >> WIRE_BITS == 0 || tag >> WIRE_BITS > NUMBER_MOST)
		return error_set(err, "a field has a number that no field can have");
	field.number = (uint32_t)(tag >> WIRE_BITS);
	field.wire = (enum protobuf_wire)(tag & ((1U << WIRE_BITS) - 1));
	if (!take_value(&left, &field))
		return error_set(err, "field %u is malformed", field.number);
	*rest = left;
	*ret_field = field;
	return 1;
}

void protobuf_add_varint(struct buf *out, uint64_t value)
{
	while (value >= MORE) {
		buf_add_char(out, (char)(unsigned char)(value | MORE));
		value >>= GROUP_BITS;
	}
	buf_add_char(out, (char)value);
}

static void add_tag(struct buf *out, uint32_t number, enum protobuf_wire wire)
{
	protobuf_add_varint(out, (uint64_t)number << WIRE_BITS | wire);
}

void protobuf_add_uint(struct buf *out, uint32_t number, uint64_t value)
{
	add_tag(out, number, PROTOBUF_VARINT);
	protobuf_add_varint(out, value);
}

void protobuf_add_bytes(struct buf *out, uint32_t number, struct span bytes)
{
	add_tag(out, number, PROTOBUF_BYTES);
	protobuf_add_varint(out, bytes.len);
	buf_add(out, bytes);
}

static size_t varint_bytes(uint64_t value)
{
	size_t bytes = 1;

	for (; value >= MORE; value >>= GROUP_BITS)
		bytes++;
	return bytes;
}

void protobuf_add_pair(struct buf *out, uint32_t number, struct span key, struct span value)
{
	size_t size = 1 + varint_bytes(key.len) + key.len + 1 + varint_bytes(value.len) + value.len;

	add_tag(out, number, PROTOBUF_BYTES);
	protobuf_add_varint(out, size);
	protobuf_add_bytes(out, 1, key);
	protobuf_add_bytes(out, 2, value);
}
