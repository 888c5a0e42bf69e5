/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/tar.h"

#include "archive/pax.h"

#define SIZE_MOST (UINT64_C(1) << 62)
#define SHOWN 80 /* bytes of a name in a message */

/* Where the fields of a header stand. */
struct field {
	unsigned at, len;
};

static const struct field name_field = {0, 100}, size_field = {124, 12}, sum_field = {148, 8},
			  type_field = {156, 1}, magic_field = {257, 8},
			  prefix_field = {345, 155}, rest_field = {500, 12}, atime_field = {345, 12},
			  ctime_field = {357, 12}, sparse_field = {369, 143};

#define MAGIC_POSIX ((struct span){"ustar\0" "00", 8})
#define MAGIC_GNU ((struct span){"ustar  \0", 8})

static struct span field_of(const struct tar *tar, struct field field)
{
	return (struct span){tar->block + field.at, field.len};
}

/* Up to the first NUL. */
static struct span text_of(const struct tar *tar, struct field field)
{
	struct span text = field_of(tar, field);

	return (struct span){text.at, strnlen(text.at, text.len)};
}

static bool is_zero(struct span bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		if (bytes.at[i])
			return false;
	}
	return true;
}

void tar_init(struct tar *tar, const struct tar_visitor *visitor)
{
	*tar = (struct tar){.visitor = visitor};
	buf_init(&tar->meta, TAR_META_MOST);
	buf_init(&tar->name, TAR_NAME_MOST);
}

void tar_free(struct tar *tar)
{
	buf_free(&tar->meta);
	buf_free(&tar->name);
}

size_t tar_held(const struct tar *tar)
{
	return tar->meta.size + tar->name.size;
}

/* ---- numbers ------------------------------------------------------------------------------- */

/* Blanks or zeros, octal digits, then blanks and NULs; nothing at all is zero. */
static bool read_octal(struct span text, uint64_t *ret_value)
{
	uint64_t value = 0;
	size_t i = 0;

	while (i < text.len && text.at[i] == ' ')
		i++;
	for (; i < text.len && text.at[i] >= '0' && text.at[i] <= '7'; i++)
		value = value << 3 | (uint64_t)(text.at[i] - '0');
	for (; i < text.len; i++) {
		if (text.at[i] != ' ' && text.at[i] != '\0')
			return false;
	}
	*ret_value = value; /* 12 digits of 3 bits fit */
	return true;
}

/* A size, in octal or, of GNU, in bytes behind a byte 0x80. */
static bool read_size(struct span text, uint64_t *ret_value)
{
	uint64_t value = 0;

	if ((unsigned char)text.at[0] != 0x80)
		return read_octal(text, ret_value);
	for (size_t i = 1; i < text.len; i++) {
		if (value >= SIZE_MOST >> 8)
			return false;
		value = value << 8 | (unsigned char)text.at[i];
	}
	*ret_value = value;
	return true;
}

static bool sum_fits(const struct tar *tar)
{
	uint64_t said, sum = 0;

	for (unsigned i = 0; i < TAR_BLOCK; i++) {
		bool inside = i >= sum_field.at && i < sum_field.at + sum_field.len;

		sum += inside ? ' ' : (unsigned char)tar->block[i];
	}
	return read_octal(field_of(tar, sum_field), &said) && said == sum;
}

/* ---- names --------------------------------------------------------------------------------- */

static int refuse_name(struct span name, const char *what, struct error *err)
{
	return error_set(err, "the entry \"%.*s\" %s", (int)(name.len < SHOWN ? name.len : SHOWN),
	    name.at, what);
}

/* Brings |raw| to its one spelling, in |out|. */
static int clean_name(struct span raw, struct buf *out, struct error *err)
{
	struct span rest = raw;

	buf_clear(out);
	if (raw.len == 0 || memchr(raw.at, 0, raw.len))
		return refuse_name(raw, "has no name, or one with a NUL", err);
	if (raw.at[0] == '/')
		return refuse_name(raw, "has an absolute name; name it without the slash", err);
	while (rest.at) {
		struct span part = span_cut(rest, '/', &rest);

		if (span_is(part, ".."))
			return refuse_name(raw, "has a \"..\" in its name", err);
		if (part.len == 0 || span_is(part, "."))
			continue;
		if (out->len > 0)
			buf_add_char(out, '/');
		buf_add(out, part);
	}
	return out->failed ? refuse_name(raw, "has a name too long to be read", err) : 0;
}

/* The old formats have 100 bytes and, POSIX alone, a directory before them. */
static void header_name(const struct tar *tar, bool posix, struct buf *out)
{
	struct span prefix = posix ? text_of(tar, prefix_field) : SPAN("");

	buf_clear(out);
	buf_add(out, prefix);
	if (prefix.len > 0)
		buf_add_char(out, '/');
	buf_add(out, text_of(tar, name_field));
}

/* ---- headers ------------------------------------------------------------------------------- */

/* GNU has times where POSIX has the directory; readers fall back from one to the other. */
static bool gnu_fits(const struct tar *tar)
{
	uint64_t ignored;

	return read_octal(field_of(tar, atime_field), &ignored) &&
	       read_octal(field_of(tar, ctime_field), &ignored) &&
	       is_zero(field_of(tar, sparse_field));
}

static int check_header(const struct tar *tar, bool *ret_posix, struct error *err)
{
	struct span magic = field_of(tar, magic_field);

	*ret_posix = span_equal(magic, MAGIC_POSIX);
	if (!*ret_posix && !span_equal(magic, MAGIC_GNU))
		return error_set(err,
		    "it is no tar archive, or one of an old format; use the format pax, ustar or "
		    "gnu");
	if (!sum_fits(tar))
		return error_set(err, "a header has a wrong checksum");
	if (*ret_posix ? !is_zero(field_of(tar, rest_field)) : !gnu_fits(tar))
		return error_set(err, "a header has bytes where none belong");
	return 0;
}

/* Whether a header of |kind| may stand before, or behind, what has been said of the next entry. */
static bool meta_fits(const struct tar *tar, char kind)
{
	if (kind == 'g' || kind == 'x')
		return tar->named == 0;
	return tar->named != 'x' && !(kind == 'L' ? tar->long_name : tar->long_link);
}

static int begin_meta(struct tar *tar, char kind, uint64_t size, struct error *err)
{
	if (!meta_fits(tar, kind))
		return error_set(err,
		    "an entry has two headers with a name, of which readers take one or the other");
	if (size == 0 || size > TAR_META_MOST)
		return error_set(err, "a pax header or a long name has no byte, or more than %u",
		    TAR_META_MOST);
	buf_clear(&tar->meta);
	tar->meta_kind = kind;
	tar->left = size;
	tar->padding = (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
	tar->state = TAR_META;
	return 0;
}

static enum tar_kind kind_of(char type)
{
	switch (type) {
	case '0':
	case '\0':
		return TAR_FILE;
	case '1':
	case '2':
		return TAR_LINK;
	case '5':
		return TAR_DIRECTORY;
	default:
		return TAR_OTHER;
	}
}

/* What the headers before have said holds for one entry. */
static void forget_meta(struct tar *tar)
{
	tar->named = 0;
	tar->long_name = tar->long_link = false;
	tar->size[0] = '\0';
}

/* The size that counts: of a pax header, if it has one. */
static int entry_size(const struct tar *tar, uint64_t *ret_size, struct error *err)
{
	if (tar->size[0] && !span_to_uint(span_of(tar->size), SIZE_MOST, ret_size))
		return error_set(err, "a pax header has a size that is no number");
	return 0;
}

static int begin_entry(struct tar *tar, char type, uint64_t size, bool posix, struct error *err)
{
	struct tar_entry entry = {.kind = kind_of(type)};
	char room[TAR_NAME_MOST + 1];

	if (!tar->long_name)
		header_name(tar, posix, &tar->name);
	if (entry_size(tar, &size, err) < 0)
		return -1;
	struct span raw = buf_span(&tar->name);
	struct buf clean = {.at = room, .size = sizeof(room), .max = sizeof(room)};

	if (clean_name(raw, &clean, err) < 0)
		return -1;
	if (entry.kind != TAR_DIRECTORY && (raw.at[raw.len - 1] == '/' || clean.len == 0))
		return refuse_name(raw, "has the name of a directory and is none", err);
	if (entry.kind != TAR_FILE && size > 0)
		return refuse_name(raw, "has data and is no file", err);
	if (tar->entries++ >= TAR_ENTRIES_MOST)
		return error_set(err, "it has more than %u entries", TAR_ENTRIES_MOST);
	entry.name = buf_span(&clean);
	entry.size = size;
	forget_meta(tar);
	tar->left = size;
	tar->padding = (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
	tar->state = size > 0 ? TAR_DATA : TAR_HEADER;
	return tar->visitor->entry(tar->visitor->context, &entry, err);
}

static int read_header(struct tar *tar, struct error *err)
{
	char type = tar->block[type_field.at];
	uint64_t size;
	bool posix;

	if (is_zero((struct span){tar->block, TAR_BLOCK})) {
		tar->state = TAR_END;
		return tar->named ? error_set(err, "it ends behind a header without an entry") : 0;
	}
	if (check_header(tar, &posix, err) < 0)
		return -1;
	if (!read_size(field_of(tar, size_field), &size))
		return error_set(err, "a header has a size that is no number");
	if (memchr("xgLK", type, 4))
		return begin_meta(tar, type, size, err);
	if (type && !memchr("0123456", type, 7))
		return error_set(err,
		    "it has an entry of a kind that not all readers know (type 0x%02x), such as a "
		    "sparse file",
		    (unsigned char)type);
	return begin_entry(tar, type, size, posix, err);
}

/* ---- what is said of the next entry -------------------------------------------------------- */

static int take_pax(struct tar *tar, struct error *err)
{
	struct pax pax;

	if (pax_read(buf_span(&tar->meta), &pax, err) < 0)
		return -1;
	if (pax.size.len >= sizeof(tar->size))
		return error_set(err, "a pax header has a size that is no number");
	if (pax.size.at) {
		memcpy(tar->size, pax.size.at, pax.size.len);
		tar->size[pax.size.len] = '\0';
	}
	tar->named = 'x';
	tar->long_name = pax.path.at != NULL;
	tar->long_link = pax.link.at != NULL;
	buf_clear(&tar->name);
	buf_add(&tar->name, pax.path);
	return tar->name.failed ? error_set(err, "a name is longer than %u bytes", TAR_NAME_MOST)
				: 0;
}

/* A NUL ends it, and nothing stands behind that. */
static int take_long(struct tar *tar, struct error *err)
{
	struct span text = buf_span(&tar->meta);
	size_t len = strnlen(text.at, text.len);

	if (len == 0 || len + 1 < text.len)
		return error_set(err, "a long name is empty, or has a NUL in it");
	tar->named = 'L';
	if (tar->meta_kind == 'K') { /* where links lead is not looked at */
		tar->long_link = true;
		return 0;
	}
	tar->long_name = true;
	buf_clear(&tar->name);
	buf_add(&tar->name, (struct span){text.at, len});
	return tar->name.failed ? error_set(err, "a name is longer than %u bytes", TAR_NAME_MOST)
				: 0;
}

static int end_meta(struct tar *tar, struct error *err)
{
	if (tar->meta.failed)
		return error_set(err, "out of memory");
	if (tar->meta_kind == 'g')
		return pax_read_global(buf_span(&tar->meta), err);
	return tar->meta_kind == 'x' ? take_pax(tar, err) : take_long(tar, err);
}

/* ---- bytes --------------------------------------------------------------------------------- */

static int take_header(struct tar *tar, struct span *bytes, struct error *err)
{
	size_t room = TAR_BLOCK - tar->have, len = bytes->len < room ? bytes->len : room;

	memcpy(tar->block + tar->have, bytes->at, len);
	tar->have += len;
	*bytes = span_from(*bytes, len);
	if (tar->have < TAR_BLOCK)
		return 0;
	tar->have = 0;
	return read_header(tar, err);
}

/* Takes data, then padding, of which |*ret_data| is the data. True when both are over. */
static bool take_data(struct tar *tar, struct span *bytes, struct span *ret_data)
{
	size_t len = bytes->len < tar->left ? bytes->len : (size_t)tar->left;

	*ret_data = (struct span){bytes->at, len};
	*bytes = span_from(*bytes, len);
	tar->left -= len;
	if (tar->left > 0)
		return false;
	len = bytes->len < tar->padding ? bytes->len : (size_t)tar->padding;
	*bytes = span_from(*bytes, len);
	tar->padding -= len;
	return tar->padding == 0;
}

static int take_meta(struct tar *tar, struct span *bytes, struct error *err)
{
	struct span data;
	bool over = take_data(tar, bytes, &data);

	buf_add(&tar->meta, data);
	if (!over)
		return 0;
	tar->state = TAR_HEADER;
	return end_meta(tar, err);
}

static int take_file(struct tar *tar, struct span *bytes, struct error *err)
{
	struct span data;

	if (take_data(tar, bytes, &data))
		tar->state = TAR_HEADER;
	return data.len > 0 ? tar->visitor->data(tar->visitor->context, data, err) : 0;
}

static int take_end(struct span *bytes, struct error *err)
{
	if (!is_zero(*bytes))
		return error_set(err,
		    "something stands behind its end, such as another archive; send one archive "
		    "alone");
	*bytes = span_from(*bytes, bytes->len);
	return 0;
}

static int take(struct tar *tar, struct span *bytes, struct error *err)
{
	switch (tar->state) {
	case TAR_HEADER:
		return take_header(tar, bytes, err);
	case TAR_META:
		return take_meta(tar, bytes, err);
	case TAR_DATA:
		return take_file(tar, bytes, err);
	case TAR_END:
		return take_end(bytes, err);
	}
	return error_set(err, "cannot be read");
}

int tar_read(struct tar *tar, struct span bytes, struct error *err)
{
	while (bytes.len > 0) {
		if (take(tar, &bytes, err) < 0)
			return -1;
	}
	return 0;
}

int tar_end(const struct tar *tar, struct error *err)
{
	bool between = tar->state == TAR_HEADER && tar->have == 0 && !tar->named;

	return tar->state == TAR_END || between ? 0
						: error_set(err, "it ends in the middle of an entry");
}
