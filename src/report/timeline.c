/* SPDX-License-Identifier: Apache-2.0 */
#include "report/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"

#define HOUR 3600
#define DAY DATE_DAY_SECONDS
#define TO_MONDAY (3 * DAY)     /* 1970 began on a Thursday: weeks begin on Mondays */
#define EARLIEST 1577836800     /* 2020-01-01 */
#define LATEST (4102444800 - 1) /* 2099-12-31 */

/* Each one is a multiple of the one before. */
static const int64_t widths[] = {1, 10, 60, 5 * 60, 15 * 60, HOUR, 3 * HOUR, 6 * HOUR, DAY, 7 * DAY,
    28 * DAY, 364 * DAY, 10 * 364 * (int64_t)DAY};

#define WIDTHS (sizeof(widths) / sizeof(widths[0]))

int timeline_init(struct timeline *timeline, unsigned rows)
{
	*timeline = (struct timeline){.rows = rows};
	timeline->counts = calloc(rows, sizeof(*timeline->counts));
	return timeline->counts ? 0 : -1;
}

void timeline_free(struct timeline *timeline)
{
	free(timeline->counts);
}

static int64_t slot_of(int64_t seconds, unsigned width)
{
	return (seconds + TO_MONDAY) / widths[width];
}

/* One width more: several steps become one. */
static void widen(struct timeline *timeline)
{
	int64_t ratio = widths[timeline->width + 1] / widths[timeline->width];

	for (unsigned row = 0; row < timeline->rows; row++) {
		uint64_t wide[TIMELINE_SLOTS] = {0};

		for (int64_t slot = timeline->low; slot <= timeline->high; slot++)
			wide[slot / ratio % TIMELINE_SLOTS] +=
			    timeline->counts[row][slot % TIMELINE_SLOTS];
		memcpy(timeline->counts[row], wide, sizeof(wide));
	}
	timeline->low /= ratio;
	timeline->high /= ratio;
	timeline->width++;
}

bool timeline_place(struct timeline *timeline, int64_t seconds, unsigned *ret_column)
{
	if (seconds < EARLIEST || seconds > LATEST) {
		timeline->outside++;
		return false;
	}
	int64_t slot = slot_of(seconds, timeline->width);

	if (!timeline->any)
		timeline->low = timeline->high = slot;
	timeline->any = true;
	while (
	    timeline->width + 1 < WIDTHS && (slot - timeline->low >= (int64_t)TIMELINE_SLOTS ||
						timeline->high - slot >= (int64_t)TIMELINE_SLOTS)) {
		widen(timeline);
		slot = slot_of(seconds, timeline->width);
	}
	timeline->low = slot < timeline->low ? slot : timeline->low;
	timeline->high = slot > timeline->high ? slot : timeline->high;
	*ret_column = (unsigned)(slot % TIMELINE_SLOTS);
	return true;
}

struct timeline_view timeline_view(const struct timeline *timeline)
{
	unsigned width = timeline->width;
	int64_t ratio = 1;

	if (!timeline->any)
		return (struct timeline_view){0};
	while (width + 1 < WIDTHS &&
	       timeline->high / ratio - timeline->low / ratio >= (int64_t)TIMELINE_BARS)
		ratio = widths[++width] / widths[timeline->width];
	int64_t first = timeline->low / ratio;
	unsigned count = (unsigned)(timeline->high / ratio - first + 1);

	if (count < TIMELINE_LEAST)
		count = TIMELINE_LEAST;
	return (struct timeline_view){first * widths[width] - TO_MONDAY, widths[width], count};
}

uint64_t timeline_count(
    const struct timeline *timeline, const struct timeline_view *view, unsigned row, unsigned index)
{
	int64_t ratio = view->width / widths[timeline->width];
	int64_t from = (view->start + TO_MONDAY) / view->width + index;
	uint64_t count = 0;

	for (int64_t slot = from * ratio; slot < (from + 1) * ratio; slot++) {
		if (slot >= timeline->low && slot <= timeline->high)
			count += timeline->counts[row][slot % TIMELINE_SLOTS];
	}
	return count;
}
