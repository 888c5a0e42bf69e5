/* SPDX-License-Identifier: Apache-2.0 */
/* inih tells its handler no line numbers, joins indented lines, cuts long ones and skips what it
 * does not understand. It gets its lines from us, one by one and checked, so none of that happens.
 */
#include "config/ini.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include <config.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define NAME_MAX_BYTES 64
#define LINE_END_BYTES 3 /* inih wants room for CR, LF and NUL */

struct reader {
	struct span rest; /* not yet read */
	unsigned line;
	struct span line_text; /* of the line that inih has now */
	struct ini_item item;
	char section[2 * NAME_MAX_BYTES + 2];
	ini_item_fn *take;
	void *context;
	struct error *err;
	int failed; /* 0, -1 or INI_LOCATED */
};

/* ---- what a line may be ------------------------------------------------------------------------
 */

static int line_check_bytes(struct span line, struct error *err)
{
	for (size_t i = 0; i < line.len;) {
		size_t len = utf8_length(span_from(line, i));
		unsigned char byte = (unsigned char)line.at[i];

		if (len == 0)
			return error_set(
			    err, "byte 0x%02x is not UTF-8; save the file as UTF-8", byte);
		if ((byte < ' ' && byte != '\t') || byte == 0x7f)
			return error_set(err, "control character 0x%02x; remove it", byte);
		i += len;
	}
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A '#' or ';' at |i| that stands alone between blanks. */
static bool stands_alone(struct span text, size_t i)
{
	return i + 1 == text.len || is_blank(text.at[i + 1]);
}

/* inih cuts a value at the first ';' behind a blank. That must be what the writer meant. */
static int line_check_comment(struct span value, struct error *err)
{
	bool quoted = false;

	for (size_t i = 0; i < value.len; i++) {
		bool behind_blank = i > 0 && is_blank(value.at[i - 1]);

		quoted ^= value.at[i] == '"';
		if (behind_blank && value.at[i] == '#' && !quoted && stands_alone(value, i))
			return error_set(
			    err, "a comment behind a value begins with ';'; write ; in place of #");
		if (!behind_blank || value.at[i] != ';')
			continue;
		if (quoted)
			return error_set(err,
			    "a quoted value cannot hold ';' behind a blank; put the "
			    "pattern ? in its place");
		if (!stands_alone(value, i))
			return error_set(err,
			    "';' behind a blank begins a comment; put a blank after "
			    "it, or the pattern ? in its place");
		return 0;
	}
	return 0;
}

static bool key_is_word(struct span key)
{
	for (size_t i = 0; i < key.len; i++) {
		char c = key.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_')
			return false;
	}
	return key.len > 0 && key.len <= NAME_MAX_BYTES;
}

static int line_check_pair(struct span line, struct error *err)
{
	struct span value;
	struct span key = span_trim(span_cut(line, '=', &value));

	if (!value.at)
		return error_set(err, "neither a comment, a [section] nor key = value");
	if (!key_is_word(key))
		return error_set(err,
		    "\"%.*s\" is not a key; keys are lower-case letters, digits and _",
		    (int)(key.len < NAME_MAX_BYTES ? key.len : NAME_MAX_BYTES), key.at);
	value = span_trim(value);
	if (value.len == 0 || value.at[0] == ';')
		return error_set(
		    err, "%.*s: has no value; write one or remove the line", (int)key.len, key.at);
	if (line_check_comment(value, err))
		return error_prefix(err, "%.*s: ", (int)key.len, key.at);
	return 0;
}

static bool section_word(struct span word)
{
	for (size_t i = 0; i < word.len; i++) {
		char c = word.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '_' && c != '-' && c != '.')
			return false;
	}
	return word.len > 0 && word.len < NAME_MAX_BYTES;
}

/* Splits "[kind name]", with nothing but a comment behind it. */
static int section_split(
    struct span line, struct span *ret_kind, struct span *ret_name, struct error *err)
{
	struct span behind;
	struct span words = span_cut(span_from(line, 1), ']', &behind);
	struct span kind = span_next_word(&words), name = span_next_word(&words);

	if (!behind.at)
		return error_set(err, "a section has no ']'; write [section] or [section NAME]");
	behind = span_trim(behind);
	if (behind.len > 0 && behind.at[0] != ';' && behind.at[0] != '#')
		return error_set(err, "text behind a section's ']'; put it on a line of its own");
	if (!section_word(kind) || span_trim(words).len > 0 ||
	    (name.len > 0 && !section_word(name)))
		return error_set(err,
		    "not a section; write [section] or [section NAME], with names of "
		    "letters, digits, '-', '_' and '.'");
	*ret_kind = kind;
	*ret_name = name;
	return 0;
}

/* ---- inih's two callbacks ----------------------------------------------------------------------
 */

/* The names must outlive the line, so they are kept in |section|. */
static int reader_enter_section(struct reader *reader, struct span line)
{
	struct span kind = SPAN(""), name = SPAN("");

	if (section_split(line, &kind, &name, reader->err))
		return -1;
	memcpy(reader->section, kind.at, kind.len);
	if (name.len > 0)
		memcpy(reader->section + NAME_MAX_BYTES, name.at, name.len);
	reader->item = (struct ini_item){.line = reader->line,
	    .kind = {reader->section, kind.len},
	    .name = {reader->section + NAME_MAX_BYTES, name.len}};
	return reader->take(reader->context, &reader->item, reader->err);
}

static int reader_check_line(struct reader *reader, struct span line)
{
	if (line_check_bytes(line, reader->err))
		return -1;
	struct span text = span_trim(line);

	if (text.len == 0 || text.at[0] == ';' || text.at[0] == '#')
		return 0;
	if (is_blank(line.at[0]))
		return error_set(reader->err, "an indented line; begin it in the first column");
	if (text.at[0] == '[')
		return reader_enter_section(reader, text);
	return line_check_pair(text, reader->err);
}

static struct span reader_next_line(struct reader *reader)
{
	struct span line = span_cut(reader->rest, '\n', &reader->rest);

	reader->line++;
	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* Takes the place of fgets(): one line that was found good, or NULL. */
static char *reader_gets(char *out, int size, void *stream)
{
	struct reader *reader = stream;

	if (reader->failed || reader->rest.len == 0)
		return NULL;
	struct span line = reader_next_line(reader);

	if (line.len > INI_LINE_MAX || size < LINE_END_BYTES ||
	    line.len > (size_t)size - LINE_END_BYTES) {
		reader->failed = -1;
		(void)error_set(reader->err,
		    "the line has %zu bytes; split it into several lines of "
		    "the same key",
		    line.len);
		return NULL;
	}
	if (reader_check_line(reader, line)) {
		reader->failed = -1;
		return NULL;
	}
	memcpy(out, line.at, line.len);
	out[line.len] = '\n';
	out[line.len + 1] = '\0';
	return out;
}

static int reader_pair(void *user, const char *section, const char *name, const char *value)
{
	struct reader *reader = user;

	(void)section; /* inih cuts its name; reader->item has it */
	if (reader->failed)
		return 0;
	reader->item.line = reader->line;
	reader->item.key = span_of(name);
	reader->item.value = span_of(value);
	reader->failed = reader->take(reader->context, &reader->item, reader->err);
	if (reader->failed == -1)
		(void)error_prefix(reader->err, "%s: ", name);
	return !reader->failed;
}

/* ---- files -------------------------------------------------------------------------------------
 */

static void ini_set_up(void)
{
#if HAVE_DECL_INI_MAX_LINE && HAVE_DECL_INI_INITIAL_ALLOC
	ini_max_line = INI_LINE_MAX + LINE_END_BYTES;
	ini_initial_alloc = INI_LINE_MAX + LINE_END_BYTES;
	ini_use_stack = false;
	ini_allow_realloc = false;
	ini_allow_multiline = false;
	ini_allow_bom = false;
	ini_stop_on_first_error = true;
#endif
}

static int file_read(FILE *file, char *bytes, size_t *ret_len, struct error *err)
{
	size_t len = fread(bytes, 1, INI_FILE_MAX + 1, file);

	if (ferror(file))
		return error_set(err, "cannot be read: %s", strerror(errno));
	if (len > INI_FILE_MAX)
		return error_set(err, "is larger than %d bytes", INI_FILE_MAX);
	*ret_len = len;
	return 0;
}

static int file_load(const char *path, char *bytes, size_t *ret_len, struct error *err)
{
	FILE *file = fopen(path, "re");

	if (!file)
		return error_set(err, "cannot be opened: %s", strerror(errno));
	int result = file_read(file, bytes, ret_len, err);

	(void)fclose(file);
	return result;
}

static int text_parse(
    struct span text, ini_item_fn *take, void *context, unsigned *ret_line, struct error *err)
{
	struct reader reader = {.rest = text, .take = take, .context = context, .err = err};

	if (span_starts(text, SPAN(BYTE_ORDER_MARK))) /* editors of Windows write it */
		reader.rest = span_from(text, strlen(BYTE_ORDER_MARK));

	ini_set_up();
	int result = ini_parse_stream(reader_gets, &reader, reader_pair, &reader);

	*ret_line = reader.line;
	if (reader.failed)
		return reader.failed;
	if (result != 0)
		return error_set(err, "cannot be understood");
	return 0;
}

int ini_read_text(
    const char *name, struct span text, ini_item_fn *take, void *context, struct error *err)
{
	unsigned line = 0;
	int result = text_parse(text, take, context, &line, err);

	if (result == -1)
		(void)error_prefix(err, "%s:%u: ", name, line);
	return result == 0 ? 0 : INI_LOCATED;
}

int ini_read(const char *path, ini_item_fn *take, void *context, struct error *err)
{
	char *bytes = malloc(INI_FILE_MAX + 1);
	size_t len = 0;

	if (!bytes)
		return error_set(err, "out of memory");
	int result = file_load(path, bytes, &len, err);

	if (result == 0) {
		result = ini_read_text(path, (struct span){bytes, len}, take, context, err);
	} else {
		(void)error_prefix(err, "%s: ", path);
		result = INI_LOCATED;
	}
	free(bytes);
	return result;
}
