/* SPDX-License-Identifier: Apache-2.0 */
/* Requests over time: what became of them, by client, by operation. */
#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"
#include "report/page.h"

#define PLOT_TOP (8 * SVG_PIXEL)
#define PLOT_HEIGHT (150 * SVG_PIXEL)
#define PLOT_BOTTOM (PLOT_TOP + PLOT_HEIGHT)
#define AXIS_TEXT (PLOT_BOTTOM + 18 * SVG_PIXEL)
#define PICTURE_HEIGHT (PLOT_BOTTOM + 26 * SVG_PIXEL)
#define TEXT_DROP (4 * SVG_PIXEL) /* from a line to the foot of the number beside it */
#define SERIES_MOST (TOP + 1)

/* What has a colour. */
struct series {
	unsigned row;    /* of the timeline */
	unsigned colour; /* SVG_OTHERS: all that the others have not */
	const struct client *client;
	const char *name;
	uint64_t count, refused;
};

struct chart {
	struct page *page;
	struct timeline_view view;
	struct series series[SERIES_MOST];
	unsigned count;
	bool refused_alone; /* of refusals, not of all requests */
	uint64_t top;       /* of the scale */
};

/* ---- counts ------------------------------------------------------------------------------------
 */

static uint64_t row_count(const struct chart *chart, unsigned row, unsigned step)
{
	return timeline_count(&chart->page->report->timeline, &chart->view, row, step);
}

static uint64_t all_count(const struct chart *chart, unsigned step)
{
	return row_count(chart, ROW_ALLOWED, step) + row_count(chart, ROW_WOULD_DENY, step) +
	       row_count(chart, ROW_DENIED, step);
}

static uint64_t series_count(const struct chart *chart, unsigned index, unsigned step)
{
	const struct series *series = &chart->series[index];

	if (series->colour != SVG_OTHERS)
		return row_count(chart, series->row, step);
	uint64_t count = all_count(chart, step);

	for (unsigned i = 0; i < chart->count; i++) {
		if (i != index)
			count -= row_count(chart, chart->series[i].row, step);
	}
	return count;
}

static uint64_t step_count(const struct chart *chart, unsigned step)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < chart->count; i++)
		count += series_count(chart, i, step);
	return count;
}

/* The end of the scale: 1, 2, 4, 6, 8 times a power of ten. */
static uint64_t scale_of(uint64_t most)
{
	static const unsigned parts[] = {1, 2, 4, 6, 8};

	for (uint64_t power = 1;; power *= 10) {
		for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
			if (parts[i] * power >= most || power > UINT64_MAX / 100)
				return parts[i] * power;
		}
	}
}

/* ---- the picture -------------------------------------------------------------------------------
 */

static void draw_number(const struct chart *chart, unsigned y, uint64_t number)
{
	svg_line(chart->page->out, y);
	svg_margin_text(chart->page->out, y + TEXT_DROP);
	if (number >= 100000) {
		html_number(chart->page->out, number / 1000);
		html_mark(chart->page->out, "k");
	} else {
		html_number(chart->page->out, number);
	}
	svg_text_end(chart->page->out);
}

static int64_t step_start(const struct chart *chart, unsigned step)
{
	return chart->view.start + (int64_t)step * chart->view.width;
}

static void add_day(struct buf *out, int64_t seconds, bool with_year)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct date date = date_of_day(seconds / DATE_DAY_SECONDS);

	buf_add_format(out, "%u %.3s", date.day, months + 3 * (date.month - 1));
	if (with_year)
		buf_add_format(out, " %u", (unsigned)date.year);
}

static void add_clock(struct buf *out, int64_t seconds, bool with_seconds)
{
	unsigned rest = (unsigned)(seconds % DATE_DAY_SECONDS);

	buf_add_format(out, "%02u:%02u", rest / 3600, rest / 60 % 60);
	if (with_seconds)
		buf_add_format(out, ":%02u", rest % 60);
}

/* As much of the time as tells one step from the next. */
static void add_axis_time(const struct chart *chart, int64_t seconds)
{
	struct buf *out = chart->page->out;
	int64_t end = step_start(chart, chart->view.count - 1);
	bool one_day = chart->view.start / DATE_DAY_SECONDS == end / DATE_DAY_SECONDS;
	bool days = chart->view.width >= DATE_DAY_SECONDS;

	if (days || !one_day)
		add_day(out, seconds, days);
	if (!days && !one_day)
		buf_add_char(out, ' ');
	if (!days)
		add_clock(out, seconds, chart->view.width < 60);
}

static void draw_axis(const struct chart *chart)
{
	static const enum svg_anchor anchors[] = {
	    SVG_START, SVG_MIDDLE, SVG_MIDDLE, SVG_MIDDLE, SVG_END};

	for (unsigned quarter = 0; quarter <= 4; quarter++) {
		unsigned step = chart->view.count * quarter / 4;
		unsigned x = SVG_WIDE * step / chart->view.count;

		svg_text(chart->page->out, x, AXIS_TEXT, anchors[quarter], quarter % 2 == 0);
		add_axis_time(chart, step_start(chart, step));
		svg_text_end(chart->page->out);
	}
}

static void add_name(const struct chart *chart, const struct series *series)
{
	if (series->client)
		page_client(chart->page, series->client);
	else
		html_text(chart->page->out, span_of(series->name), HTML_TEXT_MOST);
}

/* A tooltip is plain text. */
static void add_tip(
    const struct chart *chart, const struct series *series, uint64_t count, unsigned step)
{
	struct buf *out = chart->page->out;

	html_text(
	    out, span_of(series->client ? series->client->identity : series->name), HTML_TEXT_MOST);
	html_mark(out, ": ");
	html_number(out, count);
	html_mark(out, ", ");
	html_time(out, step_start(chart, step));
}

static void draw_step(const struct chart *chart, unsigned step)
{
	unsigned from = SVG_WIDE * step / chart->view.count;
	unsigned to = SVG_WIDE * (step + 1) / chart->view.count;
	unsigned foot = PLOT_BOTTOM;

	for (unsigned i = 0; i < chart->count; i++) {
		uint64_t count = series_count(chart, i, step);
		unsigned height = page_share(count, chart->top) * (PLOT_HEIGHT / SVG_PIXEL) *
				  SVG_PIXEL / SVG_WIDE;

		if (count == 0)
			continue;
		if (height > foot - PLOT_TOP)
			height = foot - PLOT_TOP;
		foot -= height;
		svg_box(chart->page->out,
		    &(struct svg_box){from, (to - from) * 9 / 10, foot, height},
		    chart->series[i].colour);
		add_tip(chart, &chart->series[i], count, step);
		svg_box_end(chart->page->out);
	}
}

/* The words for those who do not see the picture. */
static void describe(const struct chart *chart, struct buf *out, uint64_t most, unsigned at)
{
	buf_add_text(out, "Bars over time, from ");
	html_time(out, chart->view.start);
	buf_add_text(out, " to ");
	html_time(out, step_start(chart, chart->view.count));
	buf_add_format(out, " UTC; the highest has %llu and begins at ", (unsigned long long)most);
	html_time(out, step_start(chart, at));
	buf_add_text(out, ". The table has the numbers.");
}

static void draw(struct chart *chart, const char *title)
{
	struct buf words;
	uint64_t most = 0;
	unsigned at = 0;

	for (unsigned step = 0; step < chart->view.count; step++) {
		uint64_t count = step_count(chart, step);

		at = count > most ? step : at;
		most = count > most ? count : most;
	}
	chart->top = scale_of(most);
	buf_init(&words, 4 * HTML_TEXT_MOST);
	describe(chart, &words, most, at);
	svg_begin(
	    chart->page->out, chart->page->pictures++, PICTURE_HEIGHT, title, buf_text(&words));
	buf_free(&words);
	draw_number(chart, PLOT_TOP, chart->top);
	if (chart->top > 1)
		draw_number(chart, PLOT_TOP + PLOT_HEIGHT / 2, chart->top / 2);
	draw_number(chart, PLOT_BOTTOM, 0);
	for (unsigned step = 0; step < chart->view.count; step++)
		draw_step(chart, step);
	draw_axis(chart);
	svg_end(chart->page->out);
}

/* ---- the tables --------------------------------------------------------------------------------
 */

static void list_series(const struct chart *chart, const char *heading)
{
	struct page *page = chart->page;

	html_mark(page->out, "<table>\n<tr><th>");
	html_text(page->out, span_of(heading), HTML_TEXT_MOST);
	html_mark(page->out, "</th><th class=\"n\">requests</th>");
	if (!chart->refused_alone)
		html_mark(page->out, "<th class=\"n\">denied</th>");
	html_mark(page->out, "</tr>\n");
	for (unsigned i = 0; i < chart->count; i++) {
		html_mark(page->out, "<tr><td>");
		svg_swatch(page->out, chart->series[i].colour);
		add_name(chart, &chart->series[i]);
		html_mark(page->out, "</td>");
		page_number_cell(page, chart->series[i].count);
		if (!chart->refused_alone)
			page_number_cell(page, chart->series[i].refused);
		html_mark(page->out, "</tr>\n");
	}
	html_mark(page->out, "</table>\n");
}

static void list_steps(const struct chart *chart)
{
	struct page *page = chart->page;

	html_mark(page->out, "<details>\n<summary>Numbers by time</summary>\n"
			     "<div class=\"scroll\" tabindex=\"0\"><table>\n<tr><th>from</th>");
	for (unsigned i = 0; i < chart->count; i++) {
		html_mark(page->out, "<th class=\"n\">");
		add_name(chart, &chart->series[i]);
		html_mark(page->out, "</th>");
	}
	html_mark(page->out, "</tr>\n");
	for (unsigned step = 0; step < chart->view.count; step++) {
		if (step_count(chart, step) == 0)
			continue;
		html_mark(page->out, "<tr><td>");
		html_time(page->out, step_start(chart, step));
		html_mark(page->out, "</td>");
		for (unsigned i = 0; i < chart->count; i++)
			page_number_cell(page, series_count(chart, i, step));
		html_mark(page->out, "</tr>\n");
	}
	html_mark(page->out, "</table></div>\n</details>\n");
}

/* ---- what has a colour -------------------------------------------------------------------------
 */

static void add_others(struct chart *chart, uint64_t all, uint64_t refused)
{
	for (unsigned i = 0; i < chart->count; i++) {
		all -= chart->series[i].count;
		refused -= chart->series[i].refused;
	}
	if (all > 0)
		chart->series[chart->count++] = (struct series){
		    .colour = SVG_OTHERS, .name = "others", .count = all, .refused = refused};
}

static void pick_clients(struct chart *chart)
{
	struct page *page = chart->page;
	const struct report *report = page->report;

	for (unsigned i = 0; i < page->client_count && chart->count < TOP; i++) {
		const struct client *client = page->clients[i];

		if (client->index == CLIENTS_MOST)
			continue;
		chart->series[chart->count] =
		    (struct series){.row = row_of_client(report, client->index),
			.colour = chart->count,
			.client = client,
			.count = tally_all(&client->tally),
			.refused = tally_refused(&client->tally)};
		chart->count++;
	}
	add_others(chart, tally_all(&report->tally), tally_refused(&report->tally));
}

static struct series series_of_operation(const struct page *page, unsigned operation)
{
	struct series series = {
	    .row = row_of_operation(operation), .name = operation_name(operation)};

	for (unsigned i = 0; i < page->client_count; i++) {
		const struct use *use = &page->clients[i]->uses[operation];

		series.count += use->permitted + use->refused;
		series.refused += use->refused;
	}
	return series;
}

/* Puts it where it belongs among the highest so far. */
static void rank(struct chart *chart, const struct series *series)
{
	unsigned at = chart->count;

	if (at == TOP && chart->series[--at].count >= series->count)
		return;
	for (; at > 0 && chart->series[at - 1].count < series->count; at--)
		chart->series[at] = chart->series[at - 1];
	chart->series[at] = *series;
	chart->count += chart->count < TOP;
}

static void pick_operations(struct chart *chart)
{
	const struct report *report = chart->page->report;

	for (unsigned i = 0; i <= report->operations; i++) {
		struct series series = series_of_operation(chart->page, i);

		if (series.count > 0)
			rank(chart, &series);
	}
	for (unsigned i = 0; i < chart->count; i++)
		chart->series[i].colour = i;
	add_others(chart, tally_all(&report->tally), tally_refused(&report->tally));
}

static void pick_refused(struct chart *chart)
{
	const struct tally *tally = &chart->page->report->tally;

	chart->series[0] = (struct series){.row = ROW_DENIED,
	    .colour = SVG_REFUSED,
	    .name = "denied",
	    .count = tally->denied,
	    .refused = tally->denied};
	chart->series[1] = (struct series){.row = ROW_WOULD_DENY,
	    .colour = SVG_WOULD,
	    .name = "dry run: forwarded",
	    .count = tally->would_deny,
	    .refused = tally->would_deny};
	chart->count = 2;
	chart->refused_alone = true;
}

static void add_chart(
    struct page *page, void (*pick)(struct chart *chart), const char *title, const char *heading)
{
	struct chart chart = {.page = page, .view = timeline_view(&page->report->timeline)};

	pick(&chart);
	html_mark(page->out, "<h3>");
	html_text(page->out, span_of(title), HTML_TEXT_MOST);
	html_mark(page->out, "</h3>\n<div class=\"pair\"><figure class=\"time\">\n");
	draw(&chart, title);
	html_mark(page->out, "</figure>\n");
	list_series(&chart, heading);
	html_mark(page->out, "</div>\n");
	list_steps(&chart);
}

static void add_width(struct page *page)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {{604800, "week"}, {DATE_DAY_SECONDS, "day"}, {3600, "hour"}, {60, "minute"},
	    {1, "second"}};
	int64_t width = timeline_view(&page->report->timeline).width;
	unsigned unit = 0;

	while (width % units[unit].seconds)
		unit++;
	int64_t count = width / units[unit].seconds;

	html_mark(page->out, "<p class=\"note\">Each bar is ");
	html_number(page->out, (uint64_t)count);
	html_mark(page->out, " ");
	html_text(page->out, span_of(units[unit].name), HTML_TEXT_MOST);
	if (count > 1)
		html_mark(page->out, "s");
	html_mark(page->out, ". Times are UTC.</p>\n");
}

void page_time(struct page *page)
{
	if (!page->report->timeline.any)
		return;
	html_section(page->out, "time", "Requests over time");
	add_width(page);
	if (tally_refused(&page->report->tally) > 0)
		add_chart(page, pick_refused, "Denials", "denials");
	add_chart(page, pick_clients, "Requests by client", "client");
	add_chart(page, pick_operations, "Requests by operation", "operation");
	html_mark(page->out, "</section>\n");
}
