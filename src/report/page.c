/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include <stdio.h>
#include <stdlib.h>

#include "report/style.h"

#define BAR_STEP (36 * SVG_PIXEL) /* from one bar to the next */
#define BAR_TEXT (12 * SVG_PIXEL)
#define BAR_TOP (17 * SVG_PIXEL)
#define BAR_HEIGHT (10 * SVG_PIXEL)
#define SHARE_LEAST 40u /* hundredths of a percent: a pixel or so */

void page_client(struct page *page, const struct client *client)
{
	html_mark(page->out, "<b>");
	html_text(page->out, span_of(client->identity), HTML_TEXT_MOST);
	html_mark(page->out, "</b>");
	if (!client->listener[0])
		return;
	html_mark(page->out, " at ");
	html_text(page->out, span_of(client->listener), HTML_TEXT_MOST);
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
		add_part(page, &bars[i], page_share(bars[i].first, bars[i].whole), top + BAR_TOP,
		    false);
	}
	svg_end(page->out);
}

/* ---- the whole page ----------------------------------------------------------------------------
 */

static int compare_clients(const void *one, const void *other)
{
	const struct client *a = *(struct client *const *)one, *b = *(struct client *const *)other;
	uint64_t first = tally_all(&a->tally), second = tally_all(&b->tally);

	if (first != second)
		return first < second ? 1 : -1;
	return (a->index > b->index) - (a->index < b->index);
}

static void rank_clients(struct page *page)
{
	for (unsigned i = 0; i <= CLIENTS_MOST; i++) {
		if (page->report->clients[i])
			page->clients[page->client_count++] = page->report->clients[i];
	}
	qsort(page->clients, page->client_count, sizeof(page->clients[0]), compare_clients);
}

static void begin(struct page *page)
{
	html_mark(page->out,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	    "style-src 'sha256-" STYLE_SHA256 "'; base-uri 'none'; form-action 'none'\"/>\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	    "<meta name=\"referrer\" content=\"no-referrer\"/>\n"
	    "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
	    "<title>sockwarden report</title>\n<style>");
	buf_add(page->out, page_style);
	html_mark(page->out, "</style>\n</head>\n<body>\n<header>\n<h1>sockwarden report</h1>\n");
}

static void write_all(struct page *page)
{
	begin(page);
	page_first(page);
	html_mark(page->out, "<main>\n");
	page_denials(page);
	page_reasons(page);
	page_time(page);
	page_clients(page);
	page_policies(page);
	page_log(page);
	html_mark(page->out, "</main>\n</body>\n</html>\n");
}

int report_write(struct report *report, struct buf *out, struct error *err)
{
	struct page *page = calloc(1, sizeof(*page));

	if (!page)
		return error_set(err, "out of memory");
	page->report = report;
	page->out = out;
	rank_clients(page);
	write_all(page);
	free(page);
	return out->failed ? error_set(err, "out of memory: the page is too long") : 0;
}
