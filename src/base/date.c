/* SPDX-License-Identifier: Apache-2.0 */
/* Years begin in March here, so that the leap day is the last day of a year. An era has 400 years.
 */
#include "base/date.h"

#define ERA_DAYS 146097
#define MARCH_OF_YEAR_0 719468 /* days before 1970-01-01 */

struct date date_of_day(int64_t days)
{
	int64_t shifted = days + MARCH_OF_YEAR_0;
	int64_t era = (shifted >= 0 ? shifted : shifted - (ERA_DAYS - 1)) / ERA_DAYS;
	int64_t day_of_era = shifted - era * ERA_DAYS;
	int64_t year_of_era =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year =
	    day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month_from_march = (5 * day_of_year + 2) / 153;
	int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;

	return (struct date){.year = year_of_era + era * 400 + (month <= 2),
	    .month = (unsigned)month,
	    .day = (unsigned)(day_of_year - (153 * month_from_march + 2) / 5 + 1)};
}

int64_t date_day_of(const struct date *date)
{
	int64_t year = date->year - (date->month <= 2);
	int64_t era = (year >= 0 ? year : year - 399) / 400, year_of_era = year - era * 400;
	int64_t month_from_march = date->month > 2 ? date->month - 3 : date->month + 9;
	int64_t day_of_year = (153 * month_from_march + 2) / 5 + date->day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * ERA_DAYS + day_of_era - MARCH_OF_YEAR_0;
}

/* The number in |len| digits at |at|, with |mark| behind them; -1 where there is none or it is not
 * from |least| to |most|. */
static int64_t read_part(
    struct span text, size_t at, size_t len, char mark, uint64_t least, uint64_t most)
{
	uint64_t number;

	if (text.len < at + len || !span_to_uint((struct span){text.at + at, len}, most, &number) ||
	    number < least || (mark && (text.len == at + len || text.at[at + len] != mark)))
		return -1;
	return (int64_t)number;
}

bool date_read_time(struct span text, int64_t *ret_seconds)
{
	int64_t year = read_part(text, 0, 4, '-', 1, 9999),
		month = read_part(text, 5, 2, '-', 1, 12);
	int64_t day = read_part(text, 8, 2, 'T', 1, 31), hour = read_part(text, 11, 2, ':', 0, 23);
	int64_t minute = read_part(text, 14, 2, ':', 0, 59),
		second = read_part(text, 17, 2, 0, 0, 60);

	if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0)
		return false;
	const struct date date = {year, (unsigned)month, (unsigned)day};

	*ret_seconds = date_day_of(&date) * DATE_DAY_SECONDS + hour * 3600 + minute * 60 + second;
	return true;
}
