/* SPDX-License-Identifier: Apache-2.0 */
/* Days and dates, in the proleptic Gregorian calendar, UTC. */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

#define DATE_DAY_SECONDS 86400

struct date {
	int64_t year;
	unsigned month, day; /* from 1 on */
};

/* The date that is |days| after 1970-01-01, and back. */
struct date date_of_day(int64_t days);
int64_t date_day_of(const struct date *date);

/* Reads the beginning of an RFC 3339 time in UTC, 2026-01-02T03:04:05, as seconds since 1970. False
 * where it is none. */
bool date_read_time(struct span text, int64_t *ret_seconds);

#endif
