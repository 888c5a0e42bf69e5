/* SPDX-License-Identifier: Apache-2.0 */
#include "report/svg.h"

#include "report/html.h"

static void add_percent(struct buf *out, unsigned hundredths)
{
	buf_add_format(out, "%u.%02u%%", hundredths / 100, hundredths % 100);
}

static void add_pixels(struct buf *out, unsigned tenths)
{
	buf_add_format(out, "%u.%u", tenths / SVG_PIXEL, tenths % SVG_PIXEL);
}

static void add_colour(struct buf *out, unsigned colour)
{
	static const char *const named[] = {[SVG_OTHERS] = "others",
	    [SVG_REFUSED] = "refused",
	    [SVG_WOULD] = "would",
	    [SVG_USED] = "used",
	    [SVG_UNUSED] = "unused"};

	if (colour < SVG_COLOURS)
		buf_add_format(out, " class=\"c%u\"", colour);
	else
		buf_add_format(out, " class=\"%s\"", named[colour]);
}

void svg_begin(
    struct buf *out, unsigned number, unsigned height, const char *title, const char *description)
{
	buf_add_format(out, "<svg role=\"img\" height=\"%u\" aria-labelledby=\"t%u d%u\">",
	    height / SVG_PIXEL, number, number);
	buf_add_format(out, "<title id=\"t%u\">", number);
	html_text(out, span_of(title), HTML_TEXT_MOST);
	buf_add_format(out, "</title><desc id=\"d%u\">", number);
	html_text(out, span_of(description), 4 * HTML_TEXT_MOST);
	html_mark(out, "</desc>\n");
}

void svg_end(struct buf *out)
{
	html_mark(out, "</svg>\n");
}

void svg_box(struct buf *out, const struct svg_box *box, unsigned colour)
{
	html_mark(out, "<rect");
	add_colour(out, colour);
	html_mark(out, " x=\"");
	add_percent(out, box->x);
	html_mark(out, "\" width=\"");
	add_percent(out, box->width);
	html_mark(out, "\" y=\"");
	add_pixels(out, box->y);
	html_mark(out, "\" height=\"");
	add_pixels(out, box->height);
	html_mark(out, "\"><title>");
}

void svg_box_end(struct buf *out)
{
	html_mark(out, "</title></rect>\n");
}

void svg_line(struct buf *out, unsigned y)
{
	html_mark(out, "<line x1=\"0\" x2=\"100%\" y1=\"");
	add_pixels(out, y);
	html_mark(out, "\" y2=\"");
	add_pixels(out, y);
	html_mark(out, "\"/>\n");
}

void svg_text(struct buf *out, unsigned x, unsigned y, enum svg_anchor anchor, bool always)
{
	static const char *const anchors[] = {
	    [SVG_START] = "start", [SVG_MIDDLE] = "middle", [SVG_END] = "end"};

	html_mark(out, "<text x=\"");
	add_percent(out, x);
	html_mark(out, "\" y=\"");
	add_pixels(out, y);
	buf_add_format(
	    out, "\" text-anchor=\"%s\"%s>", anchors[anchor], always ? "" : " class=\"wide\"");
}

void svg_margin_text(struct buf *out, unsigned y)
{
	html_mark(out, "<text x=\"-6\" y=\"");
	add_pixels(out, y);
	html_mark(out, "\" text-anchor=\"end\">");
}

void svg_text_end(struct buf *out)
{
	html_mark(out, "</text>\n");
}

void svg_swatch(struct buf *out, unsigned colour)
{
	html_mark(out, "<svg");
	html_mark(out, " class=\"swatch\" width=\"12\" height=\"12\" aria-hidden=\"true\"><rect");
	add_colour(out, colour);
	html_mark(out, " width=\"12\" height=\"12\"/></svg> ");
}
