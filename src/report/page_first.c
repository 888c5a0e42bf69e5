/* SPDX-License-Identifier: Apache-2.0 */
/* What one wants to know at the first look: how much was refused, and whether something is wrong.
 */
#include "report/page.h"

/* ---- figures -----------------------------------------------------------------------------------
 */

static void add_figure(struct page *page, uint64_t number, const char *what, bool alarm)
{
	if (alarm)
		html_mark(page->out, "<div class=\"alarm\"><dt>");
	else
		html_mark(page->out, "<div><dt>");
	html_text(page->out, span_of(what), HTML_TEXT_MOST);
	html_mark(page->out, "</dt><dd>");
	html_number(page->out, number);
	html_mark(page->out, "</dd></div>\n");
}

static void add_period(struct page *page)
{
	const struct report *report = page->report;

	html_mark(page->out, "<p class=\"note\">");
	if (report->first[0]) {
		html_log_time(page->out, report->first);
		html_mark(page->out, " to ");
		html_log_time(page->out, report->last);
		html_mark(page->out, " UTC. ");
	}
	if (report->options->policy) {
		html_mark(page->out, "Only what the policy ");
		html_code(page->out, report->options->policy);
		html_mark(page->out, " judged. ");
	}
	if (report->options->known) {
		html_mark(page->out, "Policies as they are now in ");
		html_code(page->out, report->options->known->name);
		html_mark(page->out, ".");
	}
	html_mark(page->out, "</p>\n");
}

static void add_figures(struct page *page)
{
	const struct tally *tally = &page->report->tally;

	html_mark(page->out, "<dl class=\"figures\">\n");
	add_figure(page, tally->denied, "denied", tally->denied > 0);
	add_figure(page, tally->would_deny, "forwarded by dry run", false);
	add_figure(page, tally->host, "of both: for root on the host", tally->host > 0);
	add_figure(page, tally_all(tally), "requests", false);
	add_figure(page, page->report->client_count, "clients", false);
	html_mark(page->out, "</dl>\n");
}

/* ---- what to look at ---------------------------------------------------------------------------
 */

/* The first point opens the list. */
static void begin_point(struct page *page, bool *any)
{
	if (!*any)
		html_mark(page->out, "<h2>What to look at</h2>\n<ul class=\"points\">\n");
	*any = true;
	html_mark(page->out, "<li>");
}

static void end_point(struct page *page)
{
	html_mark(page->out, "</li>\n");
}

typedef uint64_t client_figure_fn(const struct client *client);

static uint64_t refused_host(const struct client *client)
{
	return client->tally.host;
}

static uint64_t only_dry_run(const struct client *client)
{
	return client->tally.would_deny;
}

static uint64_t used_host(const struct client *client)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < GRANT_MAX; i++)
		count += client->on_host[i];
	return count;
}

/* The clients with the highest figures, three of them. */
static void add_whose(struct page *page, client_figure_fn *figure)
{
	uint64_t below = UINT64_MAX;
	unsigned shown = 0, with = 0;

	for (unsigned i = 0; i < page->client_count; i++)
		with += figure(page->clients[i]) > 0;
	while (shown < 3 && shown < with) {
		uint64_t best = 0;

		for (unsigned i = 0; i < page->client_count; i++) {
			uint64_t count = figure(page->clients[i]);

			best = count < below && count > best ? count : best;
		}
		if (best == 0)
			break;
		for (unsigned i = 0; i < page->client_count && shown < 3; i++) {
			if (figure(page->clients[i]) != best)
				continue;
			if (shown++ > 0)
				html_mark(page->out, ", ");
			page_client(page, page->clients[i]);
			html_mark(page->out, " (");
			html_number(page->out, best);
			html_mark(page->out, ")");
		}
		below = best;
	}
	if (with > shown) {
		html_mark(page->out, " and ");
		html_count(page->out, with - shown, "other", "others");
	}
}

static void point_host(struct page *page, bool *any)
{
	if (page->report->tally.host == 0)
		return;
	begin_point(page, any);
	html_mark(page->out, "<a href=\"#denials\">");
	html_count(page->out, page->report->tally.host, "request beyond the policy",
	    "requests beyond the policy");
	html_mark(page->out, "</a> asked for what gives root on the host: ");
	add_whose(page, refused_host);
	html_mark(page->out, ".");
	end_point(page);
}

static void point_dry_run(struct page *page, bool *any)
{
	if (page->report->tally.would_deny == 0)
		return;
	begin_point(page, any);
	html_count(page->out, page->report->tally.would_deny, "request was", "requests were");
	html_mark(page->out, " <b>forwarded against the policy</b>, which is in dry-run mode: ");
	add_whose(page, only_dry_run);
	html_mark(page->out, ".");
	end_point(page);
}

static void point_used_host(struct page *page, bool *any)
{
	bool used = false;

	for (unsigned i = 0; i < page->client_count; i++)
		used |= used_host(page->clients[i]) > 0;
	if (!used)
		return;
	begin_point(page, any);
	html_mark(page->out, "Lines that give root on the host were used by ");
	add_whose(page, used_host);
	html_mark(page->out, ": <a href=\"#clients\">by which client, and which lines</a>.");
	end_point(page);
}

static void point_unknown(struct page *page, bool *any)
{
	struct use all = {0};

	for (unsigned i = 0; i < page->client_count; i++) {
		const struct use *use = &page->clients[i]->uses[page->report->operations];

		all.permitted += use->permitted;
		all.refused += use->refused;
	}
	if (all.permitted + all.refused == 0)
		return;
	begin_point(page, any);
	html_count(page->out, all.permitted + all.refused, "request is", "requests are");
	html_mark(page->out,
	    " no operation of the Docker API: a newer client, or one that tries what is there.");
	end_point(page);
}

static void point_lost(struct page *page, bool *any)
{
	uint64_t twice, lost = runs_lost(page->report, &twice);

	if (lost == 0)
		return;
	begin_point(page, any);
	html_mark(page->out, "<a href=\"#log\">");
	html_count(page->out, lost, "line of the log is", "lines of the log are");
	html_mark(page->out, " missing</a>: files were left out, or lines were lost.");
	end_point(page);
}

static void point_notice(struct page *page, bool *any, enum notice_kind kind, struct span what)
{
	if (page->report->notices[kind].count == 0)
		return;
	begin_point(page, any);
	html_mark(page->out, "<a href=\"#log\">");
	html_count(page->out, page->report->notices[kind].count, "time", "times");
	html_mark(page->out, "</a> ");
	html_text(page->out, what, HTML_TEXT_MOST);
	end_point(page);
}

static void point_unused(struct page *page, bool *any)
{
	for (const struct policy_uses *uses = page->report->policies; uses; uses = uses->next) {
		unsigned unused = page_lines_unused(uses);

		if (unused == 0)
			continue;
		begin_point(page, any);
		html_mark(page->out, "Policy ");
		html_code(page->out, uses->name);
		html_mark(page->out, ": <a href=\"#policies\">no request used ");
		html_number(page->out, unused);
		html_mark(page->out, " of ");
		html_count(page->out, uses->line_count, "line", "lines");
		html_mark(page->out, "</a>; what is not needed can go.");
		end_point(page);
	}
}

void page_first(struct page *page)
{
	bool any = false;

	add_period(page);
	add_figures(page);
	html_mark(page->out, "</header>\n<section id=\"first\">\n");
	point_host(page, &any);
	point_dry_run(page, &any);
	point_used_host(page, &any);
	point_lost(page, &any);
	point_notice(page, &any, NOTICE_RELOAD_FAILED,
	    SPAN("a new configuration was not taken: the old one stayed in force."));
	point_notice(
	    page, &any, NOTICE_CLIENT_REFUSED, SPAN("a client had no certificate, or a bad one."));
	point_notice(
	    page, &any, NOTICE_LIMITED, SPAN("a limit of connections or requests was passed."));
	point_unknown(page, &any);
	point_unused(page, &any);
	if (any)
		html_mark(page->out, "</ul>\n");
	else if (tally_all(&page->report->tally) == 0)
		html_mark(page->out, "<p>The log tells of no request.</p>\n");
	else
		html_mark(page->out, "<p>Nothing stands out.</p>\n");
	html_mark(page->out, "</section>\n");
}
