/* SPDX-License-Identifier: Apache-2.0 */
/* What each client used: operations, grants, and of its policy what it never used. */
#include <stdio.h>
#include <stdlib.h>

#include "report/page.h"

#define DRAWN_MOST 12u          /* clients with a bar */
#define CLIENT_LINES_SHOWN 100u /* that one never used */

/* ---- how much of its policy --------------------------------------------------------------------
 */

static const struct policy *policy_of(const struct client *client)
{
	return client->policy_uses ? client->policy_uses->policy : NULL;
}

static bool permits(const struct client *client, unsigned operation)
{
	return policy_may_allow(policy_of(client), docker_operation_at(operation));
}

static unsigned operations_permitted(const struct client *client)
{
	unsigned count = 0;

	for (unsigned i = 0; i < docker_operation_count(); i++)
		count += permits(client, i);
	return count;
}

static unsigned operations_used(const struct report *report, const struct client *client)
{
	unsigned count = 0;

	for (unsigned i = 0; i < report->operations; i++)
		count += client->uses[i].permitted > 0 && permits(client, i);
	return count;
}

static unsigned lines_used(const struct client *client)
{
	unsigned count = 0;

	for (unsigned i = 0; client->lines && i < client->policy_uses->line_count; i++)
		count += client->lines[i] > 0;
	return count;
}

static void draw_shares(struct page *page)
{
	struct page_bar bars[DRAWN_MOST] = {0};
	unsigned count = 0;

	for (unsigned i = 0; i < page->client_count && count < DRAWN_MOST; i++) {
		const struct client *client = page->clients[i];
		struct page_bar *bar = &bars[count];

		if (!policy_of(client))
			continue;
		unsigned whole = operations_permitted(client);
		unsigned used = operations_used(page->report, client);

		*bar = (struct page_bar){.first = used,
		    .rest = whole - used,
		    .whole = whole,
		    .first_colour = SVG_USED,
		    .rest_colour = SVG_UNUSED};
		copy_cut(bar->text, 28, client->identity);
		(void)snprintf(bar->figure, sizeof(bar->figure), "%u of %u", used, whole);
		count++;
	}
	page_bars(page, "Operations that each client used of those that its policy permits",
	    "One bar for each client: first the part that it used, then what it never used. The "
	    "table has the numbers.",
	    bars, count);
}

static void list_share(struct page *page, const struct client *client)
{
	html_mark(page->out, "<tr><td>");
	page_client(page, client);
	html_mark(page->out, "<br/><span class=\"note\">policy ");
	html_text(page->out, span_of(client->policy), HTML_TEXT_MOST);
	html_mark(page->out, "</span></td><td class=\"n\">");
	html_number(page->out, operations_used(page->report, client));
	html_mark(page->out, " of ");
	html_number(page->out, operations_permitted(client));
	html_mark(page->out, "</td><td class=\"n\">");
	html_number(page->out, lines_used(client));
	html_mark(page->out, " of ");
	html_number(page->out, client->policy_uses->line_count);
	html_mark(page->out, "</td></tr>\n");
}

static void add_shares(struct page *page)
{
	bool any = false;

	for (unsigned i = 0; i < page->client_count; i++)
		any |= policy_of(page->clients[i]) != NULL;
	if (!any)
		return;
	html_mark(page->out, "<div class=\"pair\"><figure>\n<p class=\"note\">");
	svg_swatch(page->out, SVG_USED);
	html_mark(page->out, "operations used, ");
	svg_swatch(page->out, SVG_UNUSED);
	html_mark(page->out, "permitted and never used</p>\n");
	draw_shares(page);
	html_mark(page->out, "</figure>\n<table>\n<tr><th>client</th><th class=\"n\">operations "
			     "used</th><th class=\"n\">lines used</th></tr>\n");
	for (unsigned i = 0; i < page->client_count && i < CLIENTS_SHOWN; i++) {
		if (policy_of(page->clients[i]))
			list_share(page, page->clients[i]);
	}
	html_mark(page->out, "</table></div>\n");
}

/* ---- one client --------------------------------------------------------------------------------
 */

static void list_operations(struct page *page, const struct client *client)
{
	html_mark(page->out, "<table>\n<tr><th>operation</th><th class=\"n\">permitted</th><th "
			     "class=\"n\">denied</th></tr>\n");
	for (unsigned i = 0; i <= page->report->operations; i++) {
		const struct use *use = &client->uses[i];

		if (use->permitted + use->refused == 0)
			continue;
		html_mark(page->out, "<tr><td>");
		html_text(page->out, span_of(operation_name(i)), HTML_TEXT_MOST);
		html_mark(page->out, "</td>");
		page_number_cell(page, use->permitted);
		page_number_cell(page, use->refused);
		html_mark(page->out, "</tr>\n");
	}
	html_mark(page->out, "</table>\n");
}

static void list_grants(struct page *page, const struct client *client)
{
	bool any = false;

	for (unsigned i = GRANT_NONE + 1; i < GRANT_MAX; i++) {
		if (client->grants[i] == 0)
			continue;
		if (!any)
			html_mark(page->out, "<table>\n<tr><th>lines that it needed</th><th "
					     "class=\"n\">times</th><th class=\"n\">root on the "
					     "host</th></tr>\n");
		any = true;
		html_mark(page->out, "<tr><td>");
		html_text(page->out, span_of(grant_info((enum grant)i)->name), HTML_TEXT_MOST);
		html_mark(page->out, "</td>");
		page_number_cell(page, client->grants[i]);
		page_number_cell(page, client->on_host[i]);
		html_mark(page->out, "</tr>\n");
	}
	if (any)
		html_mark(page->out, "</table>\n");
}

static bool reads_only(const struct docker_operation *operation)
{
	return operation->class == CLASS_SAFE || operation->class == CLASS_READ;
}

/* Names of operations that the policy permits and the client never used. */
static void list_never(struct page *page, const struct client *client, bool reading)
{
	unsigned count = 0;

	for (unsigned i = 0; i < page->report->operations; i++) {
		const struct docker_operation *operation = docker_operation_at(i);

		if (client->uses[i].permitted > 0 || reads_only(operation) != reading ||
		    !permits(client, i))
			continue;
		if (count == 0 && reading)
			html_mark(page->out, "<p>Permitted and never used, of those that read: ");
		else if (count == 0)
			html_mark(page->out,
			    "<p>Permitted and never used, of those that <b>change something</b>: ");
		else
			html_mark(page->out, ", ");
		html_text(page->out, span_of(operation->name), HTML_TEXT_MOST);
		count++;
	}
	if (count > 0)
		html_mark(page->out, ".</p>\n");
}

/* Lines of its policy that the client never used. */
static void list_lines(struct page *page, const struct client *client)
{
	const struct policy_uses *uses = client->policy_uses;
	unsigned shown = 0;

	for (unsigned i = 0; i < uses->line_count; i++) {
		const struct policy_line *line = &uses->lines[i];

		if ((client->lines && client->lines[i] > 0) || !page_line_is_told(uses, line))
			continue;
		if (shown == 0)
			html_mark(page->out, "<p>Lines of its policy that it never used:</p>\n<ul "
					     "class=\"fixes\">\n");
		if (shown++ < CLIENT_LINES_SHOWN) {
			html_mark(page->out, "<li>");
			html_code(page->out, line->text);
			html_mark(page->out, "</li>\n");
		}
	}
	if (shown > CLIENT_LINES_SHOWN) {
		html_mark(page->out, "<li>and ");
		html_number(page->out, shown - CLIENT_LINES_SHOWN);
		html_mark(page->out, " more</li>\n");
	}
	if (shown > 0)
		html_mark(page->out, "</ul>\n");
}

static void add_client(struct page *page, const struct client *client)
{
	html_mark(page->out, "<details>\n<summary>");
	page_client(page, client);
	html_mark(page->out, " <span class=\"note\">");
	html_count(page->out, tally_all(&client->tally), "request", "requests");
	html_mark(page->out, ", ");
	html_number(page->out, tally_refused(&client->tally));
	html_mark(page->out, " denied; last ");
	html_log_time(page->out, client->last);
	html_mark(page->out, "</span></summary>\n");
	if (client->policy[0]) {
		html_mark(page->out, "<p class=\"note\">policy ");
		html_code(page->out, client->policy);
		html_mark(page->out, "</p>\n");
	}
	if (policy_of(client)) {
		list_never(page, client, false);
		list_never(page, client, true);
		list_lines(page, client);
	}
	list_operations(page, client);
	list_grants(page, client);
	if (client->without_needs > 0) {
		html_mark(page->out, "<p class=\"note\">Of ");
		html_count(page->out, client->without_needs, "request", "requests");
		html_mark(page->out, " the log does not tell which lines they need: that takes "
				     "<code>audit_level = learn</code>.</p>\n");
	}
	html_mark(page->out, "</details>\n");
}

void page_clients(struct page *page)
{
	if (page->client_count == 0)
		return;
	html_section(page->out, "clients", "What each client used");
	add_shares(page);
	if (!page->report->options->known)
		html_mark(page->out, "<p class=\"note\">With <code>-c CONFIG</code> this page also "
				     "tells what each client never used of its policy.</p>\n");
	for (unsigned i = 0; i < page->client_count && i < CLIENTS_SHOWN; i++)
		add_client(page, page->clients[i]);
	if (page->client_count > CLIENTS_SHOWN) {
		html_mark(page->out, "<p class=\"note\">and ");
		html_count(page->out, page->client_count - CLIENTS_SHOWN, "client", "clients");
		html_mark(page->out, " with fewer requests.</p>\n");
	}
	html_mark(page->out, "</section>\n");
}
