/* SPDX-License-Identifier: Apache-2.0 */
/* The newest denials with what would permit each, and denials by their reason. */
#include <stdio.h>
#include <stdlib.h>

#include "report/page.h"

#define HOST_OPEN 6u
#define OTHERS_OPEN 4u
#define CLIENT_DENIALS_SHOWN 10u /* so that no client hides the others */

/* ---- the newest --------------------------------------------------------------------------------
 */

static int compare_denials(const void *one, const void *other)
{
	const struct denial *a = one, *b = other;

	return strcmp(b->last, a->last);
}

static void add_badges(struct page *page, const struct denial *denial)
{
	if (denial->dry_run)
		html_mark(page->out, "<span class=\"badge would\">dry run: forwarded</span> ");
	else
		html_mark(page->out, "<span class=\"badge refused\">denied</span> ");
	if (denial->host)
		html_mark(page->out, "<span class=\"badge host\">root on the host</span> ");
}

static void add_when(struct page *page, const struct denial *denial)
{
	html_mark(page->out, "<span class=\"note\">");
	html_log_time(page->out, denial->last);
	if (denial->count > 1) {
		html_mark(page->out, "; ");
		html_count(page->out, denial->count, "time", "times");
		html_mark(page->out, " since ");
		html_log_time(page->out, denial->first);
	}
	html_mark(page->out, "</span>");
}

static void add_fixes(struct page *page, const struct denial *denial)
{
	if (denial->fix_count == 0)
		return;
	html_mark(page->out, "<p>Missing in the policy:</p>\n<ul class=\"fixes\">\n");
	for (unsigned i = 0; i < denial->fix_count; i++) {
		html_mark(page->out, "<li>");
		html_code(page->out, denial->fixes[i]);
		if (denial->gives_host[i])
			html_mark(
			    page->out, " <span class=\"badge host\">gives root on the host</span>");
		html_mark(page->out, "</li>\n");
	}
	if (denial->more > 0) {
		html_mark(page->out, "<li>and ");
		html_number(page->out, denial->more);
		html_mark(page->out, " more</li>\n");
	}
	html_mark(page->out, "</ul>\n");
}

static void add_detail(struct page *page, struct span label, const char *text)
{
	if (!text[0])
		return;
	html_text(page->out, label, HTML_TEXT_MOST);
	html_code(page->out, text);
}

static void add_denial(struct page *page, const struct denial *denial)
{
	html_mark(page->out, "<article>\n<h3>");
	add_badges(page, denial);
	page_name(page, denial->identity, denial->listener);
	html_mark(page->out, "</h3>\n<p>");
	add_when(page, denial);
	html_mark(page->out, "</p>\n<p>");
	html_code(page->out, denial->request);
	html_mark(page->out, "</p>\n<p>");
	html_text(page->out, span_of(denial->message), DENIAL_TEXT_BYTES);
	html_mark(page->out, "</p>\n<p class=\"note\">");
	html_text(page->out, span_of(reason_shown(denial->reason)), HTML_TEXT_MOST);
	html_mark(page->out, ", ");
	html_text(page->out, span_of(operation_name(denial->operation)), HTML_TEXT_MOST);
	add_detail(page, SPAN("; field "), denial->field);
	add_detail(page, SPAN(", value "), denial->value);
	add_detail(page, SPAN("; by "), denial->rule);
	html_mark(page->out, "</p>\n");
	add_fixes(page, denial);
	if (denial->change[0]) {
		html_mark(page->out, "<p>The request must change: ");
		html_text(page->out, span_of(denial->change), DENIAL_TEXT_BYTES);
		html_mark(page->out, "</p>\n");
	}
	html_mark(page->out, "</article>\n");
}

static void begin_denials(struct page *page, unsigned shown, unsigned open, struct span heading)
{
	if (shown == 0) {
		html_mark(page->out, "<h3>");
		html_text(page->out, heading, HTML_TEXT_MOST);
		html_mark(page->out, "</h3>\n<div class=\"denials\">\n");
	} else if (shown == open) {
		html_mark(page->out, "</div>\n<details>\n<summary>Older ones</summary>\n"
				     "<div class=\"denials\">\n");
	}
}

/* The newest denials that did, or did not, ask for root on the host: |open| of them at first sight,
 * and older ones behind a click. */
static void list_denials(struct page *page, bool host, unsigned open, struct span heading)
{
	struct denial_list *list = &page->report->denials[host];
	unsigned of_client[CLIENTS_MOST + 1] = {0}, shown = 0;

	qsort(list->all, list->count, sizeof(list->all[0]), compare_denials);
	for (unsigned i = 0; i < list->count && shown < DENIALS_SHOWN; i++) {
		if (of_client[list->all[i].client->index]++ >= CLIENT_DENIALS_SHOWN)
			continue;
		begin_denials(page, shown, open, heading);
		add_denial(page, &list->all[i]);
		shown++;
	}
	if (shown > 0)
		html_mark(page->out, "</div>\n");
	if (shown > open)
		html_mark(page->out, "</details>\n");
	if (shown < list->count) {
		html_mark(page->out, "<p class=\"note\">");
		html_count(page->out, list->count - shown, "older kind of denial is",
		    "older kinds of denials are");
		html_mark(page->out, " left out, so that each client has its place.</p>\n");
	}
}

void page_denials(struct page *page)
{
	const struct denial_list *lists = page->report->denials;

	html_section(page->out, "denials", "Newest denials");
	if (lists[0].count + lists[1].count == 0)
		html_mark(page->out, "<p>Nothing was denied.</p>\n");
	list_denials(page, true, HOST_OPEN, SPAN("Root on the host was asked for"));
	list_denials(page, false, OTHERS_OPEN, SPAN("Others"));
	html_mark(page->out, "</section>\n");
}

/* ---- by reason ---------------------------------------------------------------------------------
 */

struct reason_row {
	unsigned reason;
	uint64_t count;
	const struct client *most; /* the client with the most of them */
};

static int compare_reasons(const void *one, const void *other)
{
	const struct reason_row *a = one, *b = other;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return (a->reason > b->reason) - (a->reason < b->reason);
}

static unsigned list_reasons(const struct page *page, struct reason_row rows[static REASONS])
{
	unsigned count = 0;

	for (unsigned reason = 0; reason < REASONS; reason++) {
		struct reason_row row = {.reason = reason};

		for (unsigned i = 0; i < page->client_count; i++) {
			const struct client *client = page->clients[i];

			row.count += client->reasons[reason];
			if (client->reasons[reason] > (row.most ? row.most->reasons[reason] : 0))
				row.most = client;
		}
		if (row.count > 0)
			rows[count++] = row;
	}
	qsort(rows, count, sizeof(rows[0]), compare_reasons);
	return count;
}

static void draw_reasons(struct page *page, const struct reason_row *rows, unsigned count)
{
	struct page_bar bars[REASONS] = {0};

	for (unsigned i = 0; i < count; i++) {
		bars[i] = (struct page_bar){
		    .first = rows[i].count, .whole = rows[0].count, .first_colour = SVG_REFUSED};
		copy_cut(bars[i].text, sizeof(bars[i].text), reason_shown(rows[i].reason));
		(void)snprintf(bars[i].figure, sizeof(bars[i].figure), "%llu",
		    (unsigned long long)rows[i].count);
	}
	page_bars(page, "Denials by reason",
	    "One bar for each reason, as long as it has denials; the table has the numbers.", bars,
	    count);
}

static void list_by_reason(struct page *page, const struct reason_row *rows, unsigned count)
{
	html_mark(page->out,
	    "<table>\n<tr><th>reason</th><th class=\"n\">denials</th><th>most by</th></tr>\n");
	for (unsigned i = 0; i < count; i++) {
		html_mark(page->out, "<tr><td><b>");
		html_text(page->out, span_of(reason_shown(rows[i].reason)), HTML_TEXT_MOST);
		html_mark(page->out, "</b><br/><span class=\"note\">");
		html_text(page->out, span_of(reason_meaning(rows[i].reason)), HTML_TEXT_MOST);
		html_mark(page->out, "</span></td>");
		page_number_cell(page, rows[i].count);
		html_mark(page->out, "<td>");
		page_client(page, rows[i].most);
		html_mark(page->out, "</td></tr>\n");
	}
	html_mark(page->out, "</table>\n");
}

void page_reasons(struct page *page)
{
	struct reason_row rows[REASONS];
	unsigned count = list_reasons(page, rows);

	if (count == 0)
		return;
	html_section(page->out, "reasons", "Denials by reason");
	html_mark(page->out, "<p class=\"note\">Those of dry runs are among them.</p>\n"
			     "<div class=\"pair\"><figure>\n");
	draw_reasons(page, rows, count);
	html_mark(page->out, "</figure>\n");
	list_by_reason(page, rows, count);
	html_mark(page->out, "</div>\n</section>\n");
}
