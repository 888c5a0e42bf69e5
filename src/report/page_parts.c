/* SPDX-License-Identifier: Apache-2.0 */
/* What sections of the page have in common. */
#include "report/page.h"

#define BAR_STEP (36 * SVG_PIXEL) /* from one bar to the next */
#define BAR_TEXT (12 * SVG_PIXEL)
#define BAR_TOP (17 * SVG_PIXEL)
#define BAR_HEIGHT (10 * SVG_PIXEL)
#define SHARE_LEAST 40u /* hundredths of a percent: a pixel or so */

void page_name(struct page *page, const char *identity, const char *listener)
{
	html_mark(page->out, "<b>");
	html_text(page->out, span_of(identity), HTML_NAME_MOST);
	html_mark(page->out, "</b>");
	if (!listener[0])
		return;
	html_mark(page->out, " at ");
	html_text(page->out, span_of(listener), HTML_NAME_MOST);
}

void page_client(struct page *page, const struct client *client)
{
	page_name(page, client->identity, client->listener);
}

void page_number_cell(struct page *page, uint64_t number)
{
	html_mark(page->out, "<td class=\"n\">");
	html_number(page->out, number);
	html_mark(page->out, "</td>");
}

unsigned page_share(uint64_t part, uint64_t whole)
{
	if (part == 0 || whole == 0)
		return 0;
	unsigned share = (unsigned)((double)part * SVG_WIDE / (double)whole);

	return share < SHARE_LEAST ? SHARE_LEAST : share > SVG_WIDE ? SVG_WIDE : share;
}

static void add_part(
    struct page *page, const struct page_bar *bar, unsigned x, unsigned y, bool is_first)
{
	uint64_t part = is_first ? bar->first : bar->rest;
	struct svg_box box = {x, page_share(part, bar->whole), y, BAR_HEIGHT};

	if (part == 0)
		return;
	if (box.x + box.width > SVG_WIDE)
		box.width = SVG_WIDE - box.x;
	svg_box(page->out, &box, is_first ? bar->first_colour : bar->rest_colour);
	html_number(page->out, part);
	svg_box_end(page->out);
}

void page_bars(struct page *page, const char *title, const char *description,
    const struct page_bar *bars, unsigned count)
{
	svg_begin(page->out, page->pictures++, count * BAR_STEP, title, description);
	for (unsigned i = 0; i < count; i++) {
		unsigned top = i * BAR_STEP;

		svg_text(page->out, 0, top + BAR_TEXT, SVG_START, true);
		html_text(page->out, span_of(bars[i].text), HTML_TEXT_MOST);
		svg_text_end(page->out);
		svg_text(page->out, SVG_WIDE, top + BAR_TEXT, SVG_END, true);
		html_text(page->out, span_of(bars[i].figure), HTML_TEXT_MOST);
		svg_text_end(page->out);
		add_part(page, &bars[i], 0, top + BAR_TOP, true);
		add_part(
		    page, &bars[i], page_share(bars[i].first, bars[i].whole), top + BAR_TOP, false);
	}
	svg_end(page->out);
}

/* ---- lines of policies -------------------------------------------------------------------------
 */

/* Which lines of grants were used is known from `needs` alone. */
bool page_knows_grants(const struct policy_uses *uses)
{
	return uses->without_needs < uses->requests;
}

bool page_line_is_told(const struct policy_uses *uses, const struct policy_line *line)
{
	return uses->requests > 0 && (line->is_rule || page_knows_grants(uses));
}

bool page_line_is_unused(const struct policy_uses *uses, const struct policy_line *line)
{
	return line->count == 0 && page_line_is_told(uses, line);
}

unsigned page_lines_unused(const struct policy_uses *uses)
{
	unsigned count = 0;

	for (unsigned i = 0; i < uses->line_count; i++)
		count += page_line_is_unused(uses, &uses->lines[i]);
	return count;
}
