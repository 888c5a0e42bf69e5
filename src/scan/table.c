/* SPDX-License-Identifier: Apache-2.0 */
/* A table whose last columns share what the terminal's width leaves them. */
#include "scan/parts.h"

#define GAP 2         /* blanks between two columns */
#define NARROWEST 8   /* columns of a cell that is wrapped */
#define FIXED 3       /* of the columns, which are as wide as their longest cell */
#define OBJECT_PART 5 /* of the width is the most that names of objects take */

static const char *const titles[TABLE_COLUMNS] = {
    "LEVEL", "CIS", "OBJECT", "FINDING", "FIELD", "WHAT MENDS IT"};

/* Parts of a hundred of the width that is left. */
static const unsigned shares[TABLE_COLUMNS] = {0, 0, 0, 32, 34, 34};

static unsigned columns_of(struct span text)
{
	unsigned columns = 0;

	for (size_t i = 0; i < text.len; i++)
		columns += ((unsigned char)text.at[i] & 0xc0) != 0x80;
	return columns;
}

/* Bytes of the front of |text| that fit into |width| columns: up to a blank, or behind a character
 * at which paths and lists may be cut. */
static size_t line_of(struct span text, unsigned width)
{
	size_t cut = 0, i = 0;
	unsigned columns = 0;

	for (; i < text.len; i++) {
		columns += ((unsigned char)text.at[i] & 0xc0) != 0x80;
		if (columns > width)
			break;
		if (text.at[i] == ' ')
			cut = i;
		else if (strchr("/,.=@", text.at[i]))
			cut = i + 1;
	}
	if (i == text.len)
		return i;
	if (text.at[i] == ' ')
		return i;
	return cut > 0 ? cut : i;
}

static struct span next_line(struct span *rest, unsigned width)
{
	size_t len = width > 0 ? line_of(*rest, width) : rest->len;
	struct span line = {rest->at, len};

	*rest = span_from(*rest, len);
	while (rest->len > 0 && rest->at[0] == ' ')
		*rest = span_from(*rest, 1);
	return line;
}

static void add_blanks(struct buf *out, unsigned count)
{
	while (count-- > 0)
		buf_add_char(out, ' ');
}

void table_write_wrapped(struct buf *out, struct span words, unsigned from, unsigned width)
{
	unsigned room = width > from + NARROWEST ? width - from : width > 0 ? NARROWEST : 0;

	for (bool first = true; first || words.len > 0; first = false) {
		if (!first)
			add_blanks(out, from);
		buf_add(out, next_line(&words, room));
		buf_add_char(out, '\n');
	}
}

/* ---- widths ------------------------------------------------------------------------------------
 */

static void measure(const struct table_row *rows, size_t count, unsigned *widths)
{
	for (unsigned i = 0; i < TABLE_COLUMNS; i++)
		widths[i] = columns_of(span_of(titles[i]));
	for (size_t row = 0; row < count; row++) {
		for (unsigned i = 0; i < TABLE_COLUMNS; i++) {
			unsigned columns = columns_of(span_of(rows[row].cells[i]));

			widths[i] = columns > widths[i] ? columns : widths[i];
		}
	}
}

static void share(unsigned *widths, unsigned width)
{
	unsigned used = 0, left;

	if (width == 0)
		return;
	if (widths[FIXED - 1] > width / OBJECT_PART)
		widths[FIXED - 1] = width / OBJECT_PART;
	for (unsigned i = 0; i < FIXED; i++)
		used += widths[i] + GAP;
	left = width > used + GAP * (TABLE_COLUMNS - FIXED) ? width - used : 0;
	left = left > GAP * 2 ? left - GAP * 2 : 0;
	for (unsigned i = FIXED; i < TABLE_COLUMNS; i++) {
		unsigned most = left * shares[i] / 100;

		most = most < NARROWEST ? NARROWEST : most;
		widths[i] = widths[i] > most ? most : widths[i];
	}
}

/* ---- writing -----------------------------------------------------------------------------------
 */

static const char *const colours[SCAN_LEVELS] = {"\033[2m", "\033[33m", "\033[31m"};

static void add_cell(struct buf *out, struct span text, unsigned width, const char *colour)
{
	unsigned columns = columns_of(text);

	if (colour && text.len > 0)
		buf_add_text(out, colour);
	buf_add(out, text);
	if (colour && text.len > 0)
		buf_add_text(out, "\033[0m");
	add_blanks(out, columns < width ? width - columns : 0);
}

static void trim_end(struct buf *out)
{
	while (out->len > 0 && out->at[out->len - 1] == ' ')
		out->len--;
	buf_add_char(out, '\n');
}

/* A cell that is longer goes on in further lines. */
static void add_row(struct buf *out, const char *const *cells, const unsigned *widths,
    const char *colour, bool wrapped)
{
	struct span rest[TABLE_COLUMNS];
	bool more = true;

	for (unsigned i = 0; i < TABLE_COLUMNS; i++)
		rest[i] = span_of(cells[i]);
	while (more) {
		more = false;
		for (unsigned i = 0; i < TABLE_COLUMNS; i++) {
			struct span line = next_line(&rest[i], wrapped ? widths[i] : 0);

			add_cell(out, line, widths[i], i == 0 ? colour : NULL);
			add_blanks(out, GAP);
			more |= rest[i].len > 0;
		}
		trim_end(out);
	}
}

void table_write(
    struct buf *out, const struct table_row *rows, size_t count, const struct scan_output *output)
{
	unsigned widths[TABLE_COLUMNS];
	bool wrapped = output->width > 0;

	measure(rows, count, widths);
	share(widths, output->width);
	add_row(out, titles, widths, output->colour ? "\033[1m" : NULL, wrapped);
	for (size_t row = 0; row < count; row++)
		add_row(out, rows[row].cells, widths,
		    output->colour ? colours[rows[row].level] : NULL, wrapped);
}
