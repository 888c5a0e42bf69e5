/* SPDX-License-Identifier: Apache-2.0 */
/* Header fields of a call. */
#include "h2/parts.h"

#include <stdlib.h>

struct lengths {
	uint32_t name, value;
};

void fields_init(struct fields *fields)
{
	buf_init(&fields->text, H2_FIELDS_BYTES + H2_FIELDS * sizeof(struct lengths));
	fields->count = fields->bytes = 0;
}

void fields_free(struct fields *fields)
{
	buf_free(&fields->text);
	fields->count = fields->bytes = 0;
}

bool fields_add(struct fields *fields, struct span name, struct span value)
{
	struct lengths lengths = {(uint32_t)name.len, (uint32_t)value.len};

	if (fields->count >= H2_FIELDS || name.len + value.len > H2_FIELDS_BYTES - fields->bytes)
		return false;
	fields->count++;
	fields->bytes += name.len + value.len;
	buf_add(&fields->text, (struct span){(const char *)&lengths, sizeof(lengths)});
	buf_add(&fields->text, name);
	buf_add(&fields->text, value);
	return !fields->text.failed;
}

bool fields_next(const struct fields *fields, size_t *at, struct mediator_header *ret_field)
{
	struct lengths lengths;

	if (*at >= fields->text.len)
		return false;
	memcpy(&lengths, fields->text.at + *at, sizeof(lengths));
	const char *text = fields->text.at + *at + sizeof(lengths);

	ret_field->name = (struct span){text, lengths.name};
	ret_field->value = (struct span){text + lengths.name, lengths.value};
	*at += sizeof(lengths) + lengths.name + lengths.value;
	return true;
}

struct span fields_find(const struct fields *fields, const char *name)
{
	struct mediator_header field;

	for (size_t at = 0; fields_next(fields, &at, &field);) {
		if (span_equal(field.name, span_of(name)))
			return field.value;
	}
	return (struct span){NULL, 0};
}

/* Lengths change where a message is replaced. Without the list of encodings nobody compresses, so
 * that a message can be judged. */
bool field_is_carried(struct span name)
{
	static const char *const kept_back =
	    "connection content-length expect grpc-accept-encoding "
	    "grpc-encoding host keep-alive proxy-authorization "
	    "proxy-connection te trailer transfer-encoding "
	    "upgrade http2-settings priority";

	return name.len > 0 && name.at[0] != ':' && !span_in_words(name, kept_back);
}

nghttp2_nv field_make(struct span name, struct span value)
{
	union {
		const char *in;
		uint8_t *out;
	} a = {.in = name.at ? name.at : ""}, b = {.in = value.at ? value.at : ""};

	return (nghttp2_nv){a.out, b.out, name.len, value.len, NGHTTP2_NV_FLAG_NONE};
}

nghttp2_nv *fields_list(
    const struct fields *fields, const nghttp2_nv *first, size_t first_count, size_t *ret_count)
{
	nghttp2_nv *list = calloc(first_count + fields->count + 1, sizeof(*list));
	struct mediator_header field;
	size_t count = first_count;

	if (!list)
		return NULL;
	if (first_count > 0)
		memcpy(list, first, first_count * sizeof(*first));
	for (size_t at = 0; fields_next(fields, &at, &field);) {
		if (field_is_carried(field.name))
			list[count++] = field_make(field.name, field.value);
	}
	*ret_count = count;
	return list;
}
