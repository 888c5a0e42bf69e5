/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of protobuf messages: whatever two decoders could read differently is refused. */
#include "unit.h"

#include "base/protobuf.h"
#include "build/message.h"
#include "docker/tables.h"
#include "docker/call.h"

#define MOST 65536

struct bytes_case {
	const char *bytes;
	size_t len;
	const char *want; /* JSON, or a part of the error */
};

#define BYTES(text) text, sizeof(text) - 1

static const struct bytes_case messages[] = {
    {BYTES(""), "{}"},
    {BYTES("\x0a\x01r"), "{\"Ref\":\"r\"}"},
    {BYTES("\x58\x01"), "{\"Internal\":true}"},
    {BYTES("\x58\x00"), "{\"Internal\":false}"},
    {BYTES("\x80\x01\x05"), "{\"CompatibilityVersion\":5}"},
    {BYTES("\x80\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "{\"CompatibilityVersion\":-1}"},
    {BYTES("\x4a\x01\x61\x4a\x01\x62"), "{\"Entitlements\":[\"a\",\"b\"]}"},
    {BYTES("\x4a\x01\x61\x0a\x01r\x4a\x01\x62"), "{\"Entitlements\":[\"a\",\"b\"],\"Ref\":\"r\"}"},
    {BYTES("\x3a\x06\x0a\x01k\x12\x01v"), "{\"FrontendAttrs\":{\"k\":\"v\"}}"},
    {BYTES("\x3a\x06\x12\x01v\x0a\x01k"), "{\"FrontendAttrs\":{\"k\":\"v\"}}"},
    {BYTES("\x3a\x03\x0a\x01k"), "{\"FrontendAttrs\":{\"k\":\"\"}}"},
    {BYTES("\x6a\x03\x0a\x01t"), "{\"Exporters\":[{\"Type\":\"t\"}]}"},
    {BYTES("\x42\x00"), "{\"Cache\":{}}"},
    {BYTES("\x12\x00"), "{\"Definition\":\"\"}"},
    {BYTES("\x12\x02"
	   "ab"),
	"{\"Definition\":\"(2 bytes)\"}"},
    {BYTES("\x52\x00"), "{\"FrontendInputs\":[\"(0 bytes)\"]}"},
    {BYTES("\x9a\x01\x01x"), "{\"field 19\":\"(1 bytes)\"}"},
    {BYTES("\x98\x01\x01"), "{\"field 19\":\"(1 bytes)\"}"},
    /* in other ways than encoders write them */
    {BYTES("\x0a\x01r\x0a\x01s"), "is there twice"},
    {BYTES("\x42\x00\x42\x00"), "is there twice"},
    {BYTES("\x58\x01\x58\x01"), "is there twice"},
    {BYTES("\x8a\x00\x01r"), "malformed"},         /* a tag of two bytes that one holds */
    {BYTES("\x0a\x81\x00r"), "malformed"},         /* the same of a length */
    {BYTES("\x58\x81\x00"), "malformed"},          /* and a value */
    {BYTES("\x58\x02"), "neither true nor false"}, /* which is true to Go */
    {BYTES("\x08\x01"), "another type"},           /* kept as unknown by protobuf-go */
    {BYTES("\x5a\x01\x01"), "another type"},
    {BYTES("\x3a\x01k"), "malformed"},
    {BYTES("\x3a\x02\x08\x01"), "no pair of texts"},
    {BYTES("\x3a\x03\x1a\x01v"), "no pair of texts"},
    {BYTES("\x3a\x03\x12\x01v"), "without a key"},
    {BYTES("\x3a\x05\x0a\x00\x12\x01v"), "without a key"},
    {BYTES("\x3a\x06\x0a\x01k\x0a\x01l"), "two keys"},
    {BYTES("\x3a\x09\x0a\x01k\x12\x01v\x12\x01w"), "two values"},
    {BYTES("\x0b\x0c"), "malformed"}, /* a group */
    {BYTES("\x0c"), "malformed"},
    {BYTES("\x0e\x00"), "malformed"},
    {BYTES("\x00\x00"), "no field can have"},
    {BYTES("\x02\x00"), "no field can have"},
    {BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00"), "no field can have"},
    {BYTES("\x80\x80\x80\x80\x10\x00"), "no field can have"},
    {BYTES("\x0a"), "malformed"},
    {BYTES("\x0a\x05r"), "malformed"}, /* would swallow what is added behind it */
    {BYTES("\x58"), "malformed"},
    {BYTES("\x58\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), "malformed"},
    {BYTES("\x58\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "malformed"},
    {BYTES("\x59\x01\x02\x03\x04\x05\x06\x07\x08"), "another type"},
    {BYTES("\x59\x01\x02"), "malformed"},
    {BYTES("\x5d\x01\x02\x03\x04"), "another type"},
    {BYTES("\x0a\x01\xff"), "no text"},
    {BYTES("\x0a\x02\xc0\xaf"), "no text"},
    {BYTES("\x0a\x03\xed\xa0\x80"), "no text"},
    {BYTES("\x0a\x01\x00"), "no text"},
    {BYTES("\x4a\x01\x00"), "no text"},
    {BYTES("\x3a\x06\x0a\x01\x00\x12\x01v"), "no text"},
    {BYTES("\x3a\x06\x0a\x01k\x12\x01\xff"), "no text"},
};

static void messages_are_read_in_one_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(messages); i++) {
		struct error err = {""};
		struct buf out;

		buf_init(&out, MOST);
		int read = message_read(
		    &solve_request, (struct span){messages[i].bytes, messages[i].len}, &out, &err);

		if (messages[i].want[0] == '{') {
			if (read < 0)
				fail_msg("%zu: %s", i, err.text);
			assert_string_equal(buf_text(&out), messages[i].want);
		} else if (read == 0 || !strstr(err.text, messages[i].want)) {
			fail_msg("%zu: \"%s\" is not \"%s\": %s", i, err.text, messages[i].want,
			    buf_text(&out));
		}
		buf_free(&out);
	}
}

static void what_is_written_is_read(void **state)
{
	static const uint64_t values[] = {0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		struct protobuf_field field;
		struct buf out;

		buf_init(&out, MOST);
		protobuf_add_uint(&out, 16, values[i]);
		protobuf_add_pair(&out, 3, SPAN("key"), SPAN("value"));
		struct span rest = buf_span(&out);

		assert_int_equal(protobuf_next(&rest, &field, NULL), 1);
		assert_true(field.number == 16 && field.varint == values[i]);
		assert_int_equal(protobuf_next(&rest, &field, NULL), 1);
		assert_int_equal(field.number, 3);
		assert_span(field.bytes, "\n\003key\022\005value");
		assert_int_equal(protobuf_next(&rest, &field, NULL), 0);
		buf_free(&out);
	}
}

static void too_much_is_refused(void **state)
{
	struct error err = {""};
	struct buf out;

	(void)state;
	buf_init(&out, 8);
	assert_int_equal(message_read(&solve_request,
			     SPAN("\x0a\x0f"
				  "123456789012345"),
			     &out, &err),
	    -1);
	assert_non_null(strstr(err.text, "too large"));
	buf_free(&out);
}

/* Each schema with numbers: none twice, no more than a word has bits, and shapes that are read. */
static void numbers_are_whole(void **state)
{
	const struct docker_schema *schema;
	unsigned seen = 0;

	(void)state;
	for (unsigned s = 0; (schema = docker_schema_at(s)); s++) {
		for (unsigned i = 0; i < schema->count; i++) {
			const struct docker_field *row = &schema->fields[i];

			if (!row->number)
				continue;
			seen++;
			assert_true(schema->count <= 64);
			assert_ptr_equal(docker_field_numbered(schema, row->number), row);
			assert_true(row->shape != SHAPE_ANY);
		}
	}
	assert_true(seen > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(messages_are_read_in_one_way),
	    cmocka_unit_test(what_is_written_is_read),
	    cmocka_unit_test(too_much_is_refused),
	    cmocka_unit_test(numbers_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
