/* SPDX-License-Identifier: Apache-2.0 */
/* The tables say of each field what it holds; proto3 has nothing that is written in two ways but
 * what is refused here. The JSON gate, which reads what is written, refuses a key that is there
 * twice. */
#include "build/message.h"

#include "base/protobuf.h"
#include "base/utf8.h"
#include "docker/call.h"

#define FIELDS_MOST 64    /* of one schema: bits of a word */
#define COUNT_MOST 16384u /* fields of a message: each row reads all of them */
#define NAME_MOST 32      /* bytes of the name of a field that no row has */

struct reading {
	const struct docker_schema *schema;
	struct span bytes; /* the message */
	struct buf *out;
	struct error *err;
	unsigned depth;
};

static int read_fields(const struct reading *reading);

static int refuse(const struct reading *reading, const struct docker_field *row, const char *what)
{
	return error_set(reading->err, "%s.%s %s", reading->schema->name, row->name, what);
}

/* ---- values ------------------------------------------------------------------------------------
 */

static bool is_text(struct span text)
{
	for (size_t i = 0, len; i < text.len; i += len) {
		len = utf8_length(span_from(text, i));
		if (len == 0 || text.at[i] == '\0')
			return false;
	}
	return true;
}

static int add_text(const struct reading *reading, const struct docker_field *row, struct span text)
{
	if (!is_text(text))
		return refuse(reading, row, "is no text in UTF-8 without NUL");
	buf_add_json(reading->out, text, 0);
	return 0;
}

static int read_text(const struct reading *reading, const struct docker_field *row,
    const struct protobuf_field *field)
{
	return add_text(reading, row, field->bytes);
}

static void add_size(struct buf *out, size_t size)
{
	buf_add_format(out, "\"(%zu bytes)\"", size);
}

static int read_bytes(const struct reading *reading, const struct docker_field *row,
    const struct protobuf_field *field)
{
	(void)row;
	if (field->bytes.len == 0)
		buf_add_text(reading->out, "\"\"");
	else
		add_size(reading->out, field->bytes.len);
	return 0;
}

/* One that is empty is there all the same. */
static int read_bytes_listed(const struct reading *reading, const struct docker_field *row,
    const struct protobuf_field *field)
{
	(void)row;
	add_size(reading->out, field->bytes.len);
	return 0;
}

static int read_bool(const struct reading *reading, const struct docker_field *row,
    const struct protobuf_field *field)
{
	if (field->varint > 1)
		return refuse(reading, row, "is neither true nor false");
	buf_add_text(reading->out, field->varint ? "true" : "false");
	return 0;
}

static int read_uint(const struct reading *reading, const struct docker_field *row,
    const struct protobuf_field *field)
{
	(void)row;
	buf_add_uint(reading->out, field->varint);
	return 0;
}

static int read_int(const struct reading *reading, const struct docker_field *row,
    const struct protobuf_field *field)
{
	(void)row;
	if (field->varint <= INT64_MAX) {
		buf_add_uint(reading->out, field->varint);
	} else {
		buf_add_char(reading->out, '-');
		buf_add_uint(reading->out, ~field->varint + 1);
	}
	return 0;
}

static int read_message(const struct reading *reading, const struct docker_field *row,
    const struct protobuf_field *field)
{
	struct reading inner = *reading;

	if (!row->sub || reading->depth + 1 >= MESSAGE_DEPTH)
		return refuse(reading, row, "is nested too deep");
	inner.schema = row->sub;
	inner.bytes = field->bytes;
	inner.depth++;
	return read_fields(&inner);
}

/* Key and value of an entry. Some encoders leave out an empty value. */
static int read_entry(const struct reading *reading, const struct docker_field *row,
    const struct protobuf_field *field)
{
	struct span parts[2] = {{NULL, 0}, {NULL, 0}}, entry = field->bytes;
	struct protobuf_field part;
	int more;

	while ((more = protobuf_next(&entry, &part, reading->err)) > 0) {
		if (part.number > 2 || part.wire != PROTOBUF_BYTES)
			return refuse(reading, row, "has an entry that is no pair of texts");
		if (parts[part.number - 1].at)
			return refuse(reading, row, "has an entry with two keys or two values");
		parts[part.number - 1] = part.bytes;
	}
	if (more < 0)
		return -1;
	if (parts[0].len == 0)
		return refuse(reading, row, "has an entry without a key");
	if (add_text(reading, row, parts[0]) < 0)
		return -1;
	buf_add_char(reading->out, ':');
	return add_text(reading, row, parts[1].at ? parts[1] : SPAN(""));
}

typedef int value_fn(const struct reading *reading, const struct docker_field *row,
    const struct protobuf_field *field);

/* How the values of each shape are encoded, and what stands around them where there may be more
 * than one. A shape without a row is none of a message. */
static const struct {
	value_fn *read;
	enum protobuf_wire wire;
	const char *brackets;
} shapes[SHAPE_MAX] = {
    [SHAPE_BOOL] = {read_bool, PROTOBUF_VARINT, NULL},
    [SHAPE_INT] = {read_int, PROTOBUF_VARINT, NULL},
    [SHAPE_UINT] = {read_uint, PROTOBUF_VARINT, NULL},
    [SHAPE_STRING] = {read_text, PROTOBUF_BYTES, NULL},
    [SHAPE_STRINGS] = {read_text, PROTOBUF_BYTES, "[]"},
    [SHAPE_STRING_MAP] = {read_entry, PROTOBUF_BYTES, "{}"},
    [SHAPE_OBJECT] = {read_message, PROTOBUF_BYTES, NULL},
    [SHAPE_OBJECTS] = {read_message, PROTOBUF_BYTES, "[]"},
    [SHAPE_BYTES] = {read_bytes, PROTOBUF_BYTES, NULL},
    [SHAPE_BYTES_LIST] = {read_bytes_listed, PROTOBUF_BYTES, "[]"},
};

static int add_value(const struct reading *reading, const struct docker_field *row,
    const struct protobuf_field *field)
{
	if (!shapes[row->shape].read || field->wire != shapes[row->shape].wire)
		return refuse(reading, row, "has a value of another type");
	return shapes[row->shape].read(reading, row, field);
}

/* ---- fields ------------------------------------------------------------------------------------
 */

static void add_name(struct buf *out, bool *first, struct span name)
{
	if (!*first)
		buf_add_char(out, ',');
	*first = false;
	buf_add_json(out, name, 0);
	buf_add_char(out, ':');
}

/* All values of |row| from |rest| on, whose first one is |field|. They need not stand together. */
static int add_all(const struct reading *reading, const struct docker_field *row,
    struct protobuf_field field, struct span rest)
{
	const char *brackets = shapes[row->shape].brackets;
	bool again = false;
	int more = 1;

	if (brackets)
		buf_add_char(reading->out, brackets[0]);
	for (; more > 0; more = protobuf_next(&rest, &field, reading->err)) {
		if (field.number != row->number)
			continue;
		if (again && !brackets)
			return refuse(reading, row, "is there twice");
		if (again)
			buf_add_char(reading->out, ',');
		again = true;
		if (add_value(reading, row, &field) < 0)
			return -1;
	}
	if (brackets)
		buf_add_char(reading->out, brackets[1]);
	return more;
}

static void add_unknown(
    const struct reading *reading, const struct protobuf_field *field, bool *first)
{
	struct buf name;

	buf_init(&name, NAME_MOST);
	buf_add_format(&name, "field %u", field->number);
	add_name(reading->out, first, buf_span(&name));
	reading->out->failed |= name.failed;
	buf_free(&name);
	add_size(reading->out, field->bytes.len);
}

/* Each row that is there goes through all fields that follow. */
static int count_fields(const struct reading *reading)
{
	struct span rest = reading->bytes;
	struct protobuf_field field;
	unsigned count = 0;
	int more;

	while ((more = protobuf_next(&rest, &field, reading->err)) > 0) {
		if (++count > COUNT_MOST)
			return error_set(reading->err, "%s has too many fields to be judged",
			    reading->schema->name);
	}
	return more;
}

static int read_fields(const struct reading *reading)
{
	struct span rest = reading->bytes;
	struct protobuf_field field;
	uint64_t seen = 0;
	bool first = true;
	int more;

	if (count_fields(reading) < 0)
		return -1;
	buf_add_char(reading->out, '{');
	while ((more = protobuf_next(&rest, &field, reading->err)) > 0 && !reading->out->failed) {
		const struct docker_field *row =
		    docker_field_numbered(reading->schema, field.number);

		if (!row) {
			add_unknown(reading, &field, &first);
			continue;
		}
		uint64_t bit = UINT64_C(1) << (row - reading->schema->fields) % FIELDS_MOST;

		if (seen & bit)
			continue;
		seen |= bit;
		add_name(reading->out, &first, (struct span){row->name, row->name_len});
		if (add_all(reading, row, field, rest) < 0)
			return -1;
	}
	buf_add_char(reading->out, '}');
	return more < 0 ? -1 : 0;
}

int message_read(
    const struct docker_schema *schema, struct span bytes, struct buf *out, struct error *err)
{
	const struct reading reading = {schema, bytes, out, err, 0};

	if (read_fields(&reading) < 0)
		return -1;
	return out->failed ? error_set(err, "the message is too large to be judged") : 0;
}
