/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include <stdlib.h>

#include "report/style.h"

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
