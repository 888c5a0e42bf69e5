/* SPDX-License-Identifier: Apache-2.0 */
/* What was read, and what happened to sockwarden itself. */
#include "report/page.h"

#define FILES_SHOWN 64u

static void list_files(struct page *page)
{
	unsigned shown = 0;

	html_mark(page->out, "<table>\n<tr><th>file</th><th class=\"n\">lines</th><th "
			     "class=\"n\">no audit lines</th></tr>\n");
	for (const struct log_file *file = page->report->files; file; file = file->next) {
		if (shown++ == FILES_SHOWN) {
			html_mark(page->out, "<tr><td>and more</td><td></td><td></td></tr>\n");
			break;
		}
		html_mark(page->out, "<tr><td>");
		html_code(page->out, file->name);
		html_mark(page->out, "</td>");
		page_number_cell(page, file->lines);
		page_number_cell(page, file->unreadable);
		html_mark(page->out, "</tr>\n");
	}
	html_mark(page->out, "</table>\n");
}

static void add_note(struct page *page, uint64_t count, const char *one, const char *more)
{
	if (count == 0)
		return;
	html_mark(page->out, "<li>");
	html_count(page->out, count, one, more);
	html_mark(page->out, "</li>\n");
}

static void add_notes(struct page *page)
{
	const struct report *report = page->report;
	uint64_t twice, lost = runs_lost(report, &twice);

	html_mark(page->out, "<ul>\n");
	add_note(page, lost,
	    "line is missing between the first and the last one of a run of sockwarden: give all "
	    "files of the log; if they are all here, it was lost",
	    "lines are missing between the first and the last one of a run of sockwarden: give all "
	    "files of the log; if they are all here, they were lost");
	add_note(
	    page, twice, "line is there twice", "lines are there twice: a file was given twice?");
	add_note(page, report->timeline.outside,
	    "request has no time between 2020 and 2099, and is in no picture",
	    "requests have no time between 2020 and 2099, and are in no picture");
	add_note(page, report->left_out, "request that another policy judged is left out",
	    "requests that other policies judged are left out");
	if (report->clients[CLIENTS_MOST])
		html_mark(page->out, "<li>There are more clients than are told apart; those "
				     "beyond are \"others\".</li>\n");
	if (report->more_runs)
		html_mark(page->out, "<li>There are more runs of sockwarden than are counted, so "
				     "that more lines may be missing.</li>\n");
	html_mark(page->out, "<li>No gap is seen before the first line of a run and after its last "
			     "one.</li>\n</ul>\n");
}

static void list_notices(struct page *page)
{
	static const char *const names[] = {[NOTICE_RELOADED] = "reloaded",
	    [NOTICE_RELOAD_FAILED] = "reload failed",
	    [NOTICE_LIMITED] = "limited",
	    [NOTICE_CLIENT_REFUSED] = "client refused",
	    [NOTICE_OTHER] = "other events"};
	bool any = false;

	for (unsigned i = 0; i < NOTICE_KINDS; i++) {
		const struct notice *event = &page->report->notices[i];

		if (event->count == 0)
			continue;
		if (!any)
			html_mark(page->out, "<table>\n<tr><th>event</th><th "
					     "class=\"n\">times</th><th>the last one</th></tr>\n");
		any = true;
		html_mark(page->out, "<tr><td>");
		html_text(page->out, span_of(names[i]), HTML_TEXT_MOST);
		html_mark(page->out, "</td>");
		page_number_cell(page, event->count);
		html_mark(page->out, "<td><span class=\"note\">");
		html_log_time(page->out, event->last);
		html_mark(page->out, "</span><br/>");
		html_text(page->out, span_of(event->message), DENIAL_TEXT_BYTES);
		html_mark(page->out, "</td></tr>\n");
	}
	if (any)
		html_mark(page->out, "</table>\n");
}

void page_log(struct page *page)
{
	html_section(page->out, "log", "The log");
	list_files(page);
	add_notes(page);
	list_notices(page);
	html_mark(page->out, "</section>\n");
}
