/* SPDX-License-Identifier: Apache-2.0 */
/* Finds values in JSON text that the gate let through, without a tree: a tree has no places. */
#include "json/set.h"

#include "json/json.h"

#define NAME_ROOM 512 /* bytes of a name that is compared; longer ones are none of ours */

/* ---- past values -------------------------------------------------------------------------------
 */

static const char *skip_blank(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	return at;
}

/* |at| is at the quote. */
static const char *skip_string(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++) {
		if (*at == '\\')
			at++;
	}
	return at < end ? at + 1 : end;
}

static bool ends_scalar(char c)
{
	return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *skip_nested(const char *at, const char *end)
{
	static const bool means[256] = {
	    ['"'] = true, ['{'] = true, ['['] = true, ['}'] = true, [']'] = true};
	unsigned depth = 0;

	while (at < end) {
		while (at < end && !means[(unsigned char)*at])
			at++;
		if (at == end)
			break;
		if (*at == '"') {
			at = skip_string(at, end);
			continue;
		}
		if (*at == '{' || *at == '[')
			depth++;
		if ((*at == '}' || *at == ']') && --depth == 0)
			return at + 1;
		at++;
	}
	return end;
}

static const char *skip_value(const char *at, const char *end)
{
	if (at < end && *at == '"')
		return skip_string(at, end);
	if (at < end && (*at == '{' || *at == '['))
		return skip_nested(at, end);
	while (at < end && !ends_scalar(*at))
		at++;
	return at;
}

/* ---- names -------------------------------------------------------------------------------------
 */

static unsigned unit_at(const char *at)
{
	unsigned unit = 0;

	for (unsigned i = 0; i < 4; i++)
		unit = unit * 16 + (unsigned)hex_value(at[i]);
	return unit;
}

static size_t write_utf8(char *room, unsigned code)
{
	if (code < 0x80) {
		room[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		room[0] = (char)(0xc0 | code >> 6);
		room[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		room[0] = (char)(0xe0 | code >> 12);
		room[1] = (char)(0x80 | (code >> 6 & 0x3f));
		room[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	room[0] = (char)(0xf0 | code >> 18);
	room[1] = (char)(0x80 | (code >> 12 & 0x3f));
	room[2] = (char)(0x80 | (code >> 6 & 0x3f));
	room[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* Writes the character that the escape behind |*at|, a backslash, stands for. */
static size_t write_escape(char *room, const char **at)
{
	static const char plain[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *found = strchr(plain, (*at)[1]);

	if ((*at)[1] != 'u') {
		*at += 2;
		room[0] = found ? means[found - plain] : '\0';
		return 1;
	}
	unsigned code = unit_at(*at + 2);

	*at += 6;
	if (code >= 0xd800 && code < 0xdc00) {
		code = 0x10000 + ((code - 0xd800) << 10) + (unit_at(*at + 2) - 0xdc00);
		*at += 6;
	}
	return write_utf8(room, code);
}

/* Writes what stands between the quotes of |raw| with a NUL. False when it is too long. */
static bool read_name(struct span raw, char room[static NAME_ROOM])
{
	const char *at = raw.at, *end = raw.at + raw.len;
	size_t len = 0;

	while (at < end && len + 5 < NAME_ROOM) {
		if (*at == '\\')
			len += write_escape(room + len, &at);
		else
			room[len++] = *at++;
	}
	room[len] = '\0';
	return at == end;
}

/* Most names differ in their length or first letter. An escape, or a letter outside ASCII, can
 * stand for one of |name| and has more bytes. */
static bool looks_alike(struct span name, struct span raw)
{
	if (raw.len <= name.len)
		return raw.len == name.len &&
		       (raw.len == 0 || (raw.at[0] | 0x20) == (name.at[0] | 0x20));
	return !span_is_ascii(raw) || memchr(raw.at, '\\', raw.len);
}

static bool is_name(const struct json_step *step, struct span raw)
{
	char room[NAME_ROOM], field[NAME_ROOM];

	if (!looks_alike(step->name, raw))
		return false;
	if (!read_name(raw, room) || step->name.len >= NAME_ROOM)
		return false;
	if (step->kind == JSON_STEP_KEY)
		return span_equal(span_of(room), step->name);
	memcpy(field, step->name.at, step->name.len);
	field[step->name.len] = '\0';
	return json_names_field(room, field);
}

/* ---- places ------------------------------------------------------------------------------------
 */

/* The value of a member or an element. |count|: how many members have the name. */
struct found {
	struct span value;
	unsigned count;
};

static struct found find_member(struct span object, const struct json_step *step)
{
	const char *end = object.at + object.len;
	const char *at = skip_blank(object.at + 1, end);
	struct found found = {{NULL, 0}, 0};

	while (at < end && *at == '"') {
		const char *behind = skip_string(at, end);
		struct span raw = {at + 1, (size_t)(behind - at) - 2};
		const char *value = skip_blank(skip_blank(behind, end) + 1, end);

		at = skip_value(value, end);
		if (is_name(step, raw)) {
			found.value = (struct span){value, (size_t)(at - value)};
			found.count++;
		}
		at = skip_blank(at, end);
		if (at < end && *at == ',')
			at = skip_blank(at + 1, end);
	}
	return found;
}

static struct found find_element(struct span list, unsigned index)
{
	const char *end = list.at + list.len;
	const char *at = skip_blank(list.at + 1, end);

	for (; at < end && *at != ']'; index--) {
		const char *behind = skip_value(at, end);

		if (index == 0)
			return (struct found){{at, (size_t)(behind - at)}, 1};
		at = skip_blank(behind, end);
		if (at < end && *at == ',')
			at = skip_blank(at + 1, end);
	}
	return (struct found){{NULL, 0}, 0};
}

static struct found find(struct span value, const struct json_step *step)
{
	if (step->kind == JSON_STEP_INDEX)
		return value.at[0] == '[' ? find_element(value, step->index)
					  : (struct found){{NULL, 0}, 0};
	return value.at[0] == '{' ? find_member(value, step) : (struct found){{NULL, 0}, 2};
}

/* ---- writing -----------------------------------------------------------------------------------
 */

/* Adds |value| with an object around it for each of |steps|. */
static bool add_made(
    struct buf *out, const struct json_step *steps, unsigned count, struct span value)
{
	for (unsigned i = 0; i < count; i++) {
		if (steps[i].kind == JSON_STEP_INDEX)
			return false;
		buf_add_char(out, '{');
		buf_add_json(out, steps[i].name, 0);
		buf_add_char(out, ':');
	}
	buf_add(out, value);
	for (unsigned i = 0; i < count; i++)
		buf_add_char(out, '}');
	return true;
}

/* Adds |text| with the bytes of |old|, a part of it, made anew. */
static bool replace(struct buf *out, struct span text, struct span old,
    const struct json_step *steps, unsigned count, struct span value)
{
	const char *behind = old.at + old.len;

	buf_add(out, (struct span){text.at, (size_t)(old.at - text.at)});
	if (!add_made(out, steps, count, value))
		return false;
	buf_add(out, (struct span){behind, (size_t)(text.at + text.len - behind)});
	return !out->failed;
}

/* The same with one more member at the front of |object|. */
static bool insert(struct buf *out, struct span text, struct span object,
    const struct json_step *steps, unsigned count, struct span value)
{
	const char *end = text.at + text.len, *inside = object.at + 1;
	bool empty = *skip_blank(inside, end) == '}';

	if (steps[0].kind == JSON_STEP_INDEX)
		return false;
	buf_add(out, (struct span){text.at, (size_t)(inside - text.at)});
	buf_add_json(out, steps[0].name, 0);
	buf_add_char(out, ':');
	if (!add_made(out, steps + 1, count - 1, value))
		return false;
	if (!empty)
		buf_add_char(out, ',');
	buf_add(out, (struct span){inside, (size_t)(end - inside)});
	return !out->failed;
}

bool json_set(struct buf *out, struct span text, const struct json_step *steps, unsigned count,
    struct span value)
{
	const char *start = skip_blank(text.at, text.at + text.len);
	struct span here = {start, (size_t)(text.at + text.len - start)};

	if (text.len == 0 || here.len == 0)
		return add_made(out, steps, count, value) && !out->failed;
	here.len = (size_t)(skip_value(start, text.at + text.len) - start);
	for (unsigned i = 0; i < count; i++) {
		if (span_is(here, "null"))
			return replace(out, text, here, steps + i, count - i, value);
		struct found found = find(here, &steps[i]);

		if (found.count > 1)
			return false;
		if (found.count == 0)
			return insert(out, text, here, steps + i, count - i, value);
		here = found.value;
	}
	return replace(out, text, here, steps + count, 0, value);
}
