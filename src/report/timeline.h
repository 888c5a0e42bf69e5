/* SPDX-License-Identifier: Apache-2.0 */
/* Counts over time, in steps that widen with the range: times come in any order, and memory stays
 * the same. */
#ifndef REPORT_TIMELINE_H
#define REPORT_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#define TIMELINE_SLOTS 256u /* steps that are kept */
#define TIMELINE_BARS 60u   /* steps that are shown, at most */
#define TIMELINE_LEAST 12u  /* and at least */

struct timeline {
	unsigned rows;
	uint64_t (*counts)[TIMELINE_SLOTS]; /* a step is at its number modulo TIMELINE_SLOTS */
	unsigned width;                     /* index of the width of a step */
	bool any;
	int64_t low, high; /* numbers of the first and the last step that is used */
	uint64_t outside;  /* times that are before 2020 or after 2099: a clock that was not set */
};

/* Returns 0, or -1 when memory is out. */
int timeline_init(struct timeline *timeline, unsigned rows);
void timeline_free(struct timeline *timeline);

/* The column for |seconds| since 1970; false for a time that none is for. Columns are good until
 * the next call. */
bool timeline_place(struct timeline *timeline, int64_t seconds, unsigned *ret_column);

/* What is shown: |count| steps of |width| seconds from |start| on; none when nothing was counted.
 */
struct timeline_view {
	int64_t start, width;
	unsigned count;
};

struct timeline_view timeline_view(const struct timeline *timeline);

/* What the row has in the step |index| of the view. */
uint64_t timeline_count(const struct timeline *timeline, const struct timeline_view *view,
    unsigned row, unsigned index);

#endif
