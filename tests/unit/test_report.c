/* SPDX-License-Identifier: Apache-2.0 */
/* What the page of `sockwarden report` is made of: dates, counts over time, text as HTML. The page
 * itself is the business of tests/app/report.test. */
#include "unit.h"

#include <stdio.h>

#include "base/date.h"
#include "report/html.h"
#include "report/report.h"
#include "report/timeline.h"

static void days_are_dates(void **state)
{
	static const struct {
		int64_t day, year;
		unsigned month, of_month;
	} rows[] = {{0, 1970, 1, 1}, {-1, 1969, 12, 31}, {59, 1970, 3, 1}, {11016, 2000, 2, 29},
	    {11017, 2000, 3, 1}, {20484, 2026, 1, 31}, {20485, 2026, 2, 1}, {47540, 2100, 2, 28},
	    {47541, 2100, 3, 1}, {-719468, 0, 3, 1}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct date date = date_of_day(rows[i].day);

		assert_int_equal(date.year, rows[i].year);
		assert_int_equal(date.month, rows[i].month);
		assert_int_equal(date.day, rows[i].of_month);
		assert_int_equal(date_day_of(&date), rows[i].day);
	}
}

static void times_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds; /* -1: it is none */
	} rows[] = {{"1970-01-01T00:00:00.000Z", 0}, {"2026-01-31T23:59:59.999Z", 1769903999},
	    {"2026-02-01T00:00:00.000Z", 1769904000}, {"2024-02-29T12:00:00Z", 1709208000},
	    {"", -1}, {"2026-13-01T00:00:00.000Z", -1}, {"2026-01-00T00:00:00.000Z", -1},
	    {"2026-01-01T24:00:00.000Z", -1}, {"2026-01-01 00:00:00.000Z", -1},
	    {"2026-01-01T00:00", -1}, {"x026-01-01T00:00:00.000Z", -1}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t seconds = -1;

		if (date_read_time(span_of(rows[i].text), &seconds) != (rows[i].seconds >= 0) ||
		    seconds != rows[i].seconds)
			fail_msg("%s", rows[i].text);
	}
}

/* ---- counts over time --------------------------------------------------------------------------
 */

#define START 1769900000 /* in January 2026 */
#define POINTS 500u

static uint64_t sum(const struct timeline *timeline, unsigned row)
{
	struct timeline_view view = timeline_view(timeline);
	uint64_t count = 0;

	assert_in_range(view.count, TIMELINE_LEAST, TIMELINE_BARS);
	for (unsigned i = 0; i < view.count; i++)
		count += timeline_count(timeline, &view, row, i);
	return count;
}

/* The order of times is that of multiples of |stride|. */
static void count_points(struct timeline *timeline, int64_t range, unsigned stride)
{
	assert_int_equal(timeline_init(timeline, 2), 0);
	for (unsigned i = 0; i < POINTS; i++) {
		unsigned point = i * stride % POINTS, column;

		assert_true(timeline_place(timeline, START + range * point / POINTS, &column));
		assert_true(column < TIMELINE_SLOTS);
		timeline->counts[point % 2][column]++;
	}
}

static void no_count_is_lost(void **state)
{
	static const int64_t ranges[] = {1, 10, 255, 256, 3000, 86400, 7 * 86400, 31 * 86400,
	    366 * 86400L, 20 * 366 * 86400L, 70 * 365 * 86400L};
	static const unsigned strides[] = {1, 499, 7};

	(void)state;
	for (size_t i = 0; i < COUNT(ranges) * COUNT(strides); i++) {
		struct timeline timeline, sorted;

		count_points(&timeline, ranges[i % COUNT(ranges)], strides[i / COUNT(ranges)]);
		count_points(&sorted, ranges[i % COUNT(ranges)], 1);
		struct timeline_view view = timeline_view(&timeline), same = timeline_view(&sorted);

		assert_int_equal(sum(&timeline, 0) + sum(&timeline, 1), POINTS);
		assert_int_equal(sum(&timeline, 0), POINTS / 2);
		assert_int_equal(view.start, same.start);
		assert_int_equal(view.width, same.width);
		assert_int_equal(view.count, same.count);
		assert_in_range(START - view.start, 0, view.width);
		timeline_free(&timeline);
		timeline_free(&sorted);
	}
}

static void clocks_that_are_wrong_are_left_out(void **state)
{
	struct timeline timeline;
	unsigned column;

	(void)state;
	assert_int_equal(timeline_init(&timeline, 1), 0);
	assert_int_equal(timeline_view(&timeline).count, 0);
	assert_false(timeline_place(&timeline, 0, &column));
	assert_false(timeline_place(&timeline, INT64_MIN, &column));
	assert_false(timeline_place(&timeline, INT64_MAX, &column));
	assert_int_equal(timeline.outside, 3);
	assert_false(timeline.any);
	timeline_free(&timeline);
}

/* ---- text --------------------------------------------------------------------------------------
 */

static void text_is_no_mark(void **state)
{
	static const struct {
		const char *text, *html;
		size_t most;
	} rows[] = {
	    {"<a href=\"x\">'&</a>", "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&lt;/a&gt;", 100},
	    {"\xc3\xa9 \xe4\xb8\xad \xf0\x9d\x95\x8f", "\xc3\xa9 \xe4\xb8\xad \xf0\x9d\x95\x8f",
		100},
	    {"a\x01\n\x7f", "a\\u{1}\\u{a}\\u{7f}", 100},
	    {"\xe2\x80\xae"
	     "x",
		"\\u{202e}x", 100},
	    {"\xc2\x85\xef\xbb\xbf\xf3\xa0\x81\x81", "\\u{85}\\u{feff}\\u{e0041}", 100},
	    {"\xef\xbf\xbe\xf0\x9f\xbf\xbf", "\\u{fffe}\\u{1ffff}", 100},
	    {"\xff\xc0\x80\xed\xa0\x80",
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
		"\xef\xbf\xbd",
		100},
	    {"abcdef", "abc\xe2\x80\xa6", 3},
	    {"a\xc3\xa9"
	     "b",
		"a\xc3\xa9\xe2\x80\xa6", 2},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, 1024);
		html_text(&out, span_of(rows[i].text), rows[i].most);
		assert_string_equal(buf_text(&out), rows[i].html);
		buf_free(&out);
	}
}

static void numbers_have_commas(void **state)
{
	static const struct {
		uint64_t number;
		const char *text;
	} rows[] = {{0, "0"}, {999, "999"}, {1000, "1,000"}, {1002003, "1,002,003"},
	    {UINT64_MAX, "18,446,744,073,709,551,615"}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, 64);
		html_number(&out, rows[i].number);
		assert_string_equal(buf_text(&out), rows[i].text);
		buf_free(&out);
	}
}

/* ---- a page ------------------------------------------------------------------------------------
 */

static void a_page_without_room_is_an_error(void **state)
{
	static const struct report_options options = {0};
	struct report *report = report_new(&options);
	struct error err;
	struct buf out;

	(void)state;
	assert_non_null(report);
	assert_int_equal(report_begin_file(report, "f", &err), 0);
	assert_int_equal(report_take(report, SPAN("{}"), &err), 0);
	assert_int_equal(report_file_unreadable(report), 1);
	buf_init(&out, 1000);
	assert_int_equal(report_write(report, &out, &err), -1);
	assert_non_null(strstr(err.text, "too long"));
	buf_free(&out);
	report_free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(days_are_dates),
	    cmocka_unit_test(times_are_read),
	    cmocka_unit_test(no_count_is_lost),
	    cmocka_unit_test(clocks_that_are_wrong_are_left_out),
	    cmocka_unit_test(text_is_no_mark),
	    cmocka_unit_test(numbers_have_commas),
	    cmocka_unit_test(a_page_without_room_is_an_error),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
