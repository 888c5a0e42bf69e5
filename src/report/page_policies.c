/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of each policy: those that no request used, and how often the others were. */
#include "report/page.h"

static void add_place(struct page *page, const struct policy_source *source)
{
	html_mark(page->out, "<span class=\"note\">");
	html_text(page->out, span_of(source->file), HTML_TEXT_MOST);
	html_mark(page->out, ":");
	html_number(page->out, source->line);
	html_mark(page->out, "</span>");
}

static void list_unused(struct page *page, const struct policy_uses *uses)
{
	unsigned shown = 0;

	html_mark(page->out, "<table>\n<tr><th>lines that no request used</th></tr>\n");
	for (unsigned i = 0; i < uses->line_count && shown < LINES_SHOWN; i++) {
		if (!page_line_is_unused(uses, &uses->lines[i]))
			continue;
		html_mark(page->out, "<tr><td>");
		html_code(page->out, uses->lines[i].text);
		html_mark(page->out, "<br/>");
		add_place(page, &uses->lines[i].source);
		html_mark(page->out, "</td></tr>\n");
		shown++;
	}
	html_mark(page->out, "</table>\n");
}

/* Clients that used the line. */
static unsigned clients_of(const struct page *page, const struct policy_uses *uses, unsigned line)
{
	unsigned count = 0;

	for (unsigned i = 0; i < page->client_count; i++) {
		const struct client *client = page->clients[i];

		count += client->policy_uses == uses && client->lines && client->lines[line] > 0;
	}
	return count;
}

static void list_used(struct page *page, const struct policy_uses *uses)
{
	html_mark(page->out, "<details>\n<summary>Lines that were used</summary>\n<table>\n"
			     "<tr><th>line</th><th class=\"n\">requests</th><th "
			     "class=\"n\">clients</th><th>last</th></tr>\n");
	for (unsigned i = 0; i < uses->line_count && i < LINES_SHOWN; i++) {
		const struct policy_line *line = &uses->lines[i];

		if (line->count == 0)
			continue;
		html_mark(page->out, "<tr><td>");
		html_code(page->out, line->text);
		html_mark(page->out, "<br/>");
		add_place(page, &line->source);
		html_mark(page->out, "</td>");
		page_number_cell(page, line->count);
		page_number_cell(page, clients_of(page, uses, i));
		html_mark(page->out, "<td>");
		html_log_time(page->out, line->last);
		html_mark(page->out, "</td></tr>\n");
	}
	html_mark(page->out, "</table>\n</details>\n");
}

static void add_limits(struct page *page, const struct policy_uses *uses)
{
	if (uses->without_needs == 0)
		return;
	html_mark(page->out, "<p class=\"note\">");
	html_count(page->out, uses->without_needs, "request was", "requests were");
	if (page_knows_grants(uses))
		html_mark(page->out, " logged without what they need, so that a line of a grant "
				     "may have been used all the same");
	else
		html_mark(page->out, " logged without what they need, so that of lines of grants "
				     "nothing is known");
	html_mark(page->out, ": that takes <code>audit_level = learn</code>.</p>\n");
}

static void add_policy(struct page *page, const struct policy_uses *uses)
{
	unsigned unused = page_lines_unused(uses);

	html_mark(page->out, "<h3>");
	html_text(page->out, span_of(uses->name), HTML_TEXT_MOST);
	html_mark(page->out, "</h3>\n");
	if (!uses->policy) {
		html_mark(page->out, "<p>The configuration has no policy of this name.</p>\n");
		return;
	}
	html_mark(page->out, "<p>");
	html_count(page->out, uses->line_count, "line gives", "lines give");
	html_mark(page->out, " something");
	if (unused > 0) {
		html_mark(page->out, "; ");
		html_number(page->out, unused);
		html_mark(page->out, " of them no request used");
	}
	html_mark(page->out, ".</p>\n");
	add_limits(page, uses);
	if (unused > 0)
		list_unused(page, uses);
	list_used(page, uses);
}

void page_policies(struct page *page)
{
	if (!page->report->policies)
		return;
	html_section(page->out, "policies", "Lines of policies");
	for (const struct policy_uses *uses = page->report->policies; uses; uses = uses->next)
		add_policy(page, uses);
	html_mark(page->out, "</section>\n");
}
