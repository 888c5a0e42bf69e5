/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures in SVG. Horizontal places are hundredths of a percent of the picture's width, so that it
 * takes any width while its letters keep their size; vertical ones are tenths of a pixel. */
#ifndef REPORT_SVG_H
#define REPORT_SVG_H

#include "base/buf.h"

#define SVG_WIDE 10000u /* the whole width */
#define SVG_PIXEL 10u

#define SVG_COLOURS 6u /* .c0 to .c5 of the style */
enum svg_colour {
	SVG_OTHERS = SVG_COLOURS, /* grey */
	SVG_REFUSED,
	SVG_WOULD,
	SVG_USED,
	SVG_UNUSED,
};

struct svg_box {
	unsigned x, width; /* hundredths of a percent */
	unsigned y, height;
};

/* Where a text stands to its place. */
enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };

/* Begins a picture. |number| is another one for each picture of a page; |title| and |description|
 * tell of it to those who do not see it. */
void svg_begin(
    struct buf *out, unsigned number, unsigned height, const char *title, const char *description);
void svg_end(struct buf *out);

/* The box is open until svg_box_end(): what is written meanwhile is its tooltip. */
void svg_box(struct buf *out, const struct svg_box *box, unsigned colour);
void svg_box_end(struct buf *out);

/* A line across the picture. */
void svg_line(struct buf *out, unsigned y);

/* A text is open until svg_text_end(). One that is not |always| there is left out on narrow
 * screens. */
void svg_text(struct buf *out, unsigned x, unsigned y, enum svg_anchor anchor, bool always);
/* In the margin before the picture. */
void svg_margin_text(struct buf *out, unsigned y);
void svg_text_end(struct buf *out);

/* A small square, for legends. */
void svg_swatch(struct buf *out, unsigned colour);

#endif
