/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the work of one judgement, so that no text makes it last: what compares texts spends
 * steps, and the judge refuses what has spent them all. One meter a thread. */
#ifndef BASE_METER_H
#define BASE_METER_H

#include <stdbool.h>
#include <stdint.h>

#define METER_FREE UINT64_MAX /* steps when nobody counts: at start-up, in commands */

/* Steps that are left: a step is one byte of a pattern held against one of a text, or as much. */
extern _Thread_local uint64_t meter_left;

/* Gives |most| steps; METER_FREE ends the counting. */
static inline void meter_start(uint64_t most)
{
	meter_left = most;
}

/* Takes |steps|, or what is left. */
static inline void meter_spend(uint64_t steps)
{
	meter_left -= steps < meter_left ? steps : meter_left;
}

/* True when all steps are spent. No comparison since then has a meaning. */
static inline bool meter_is_spent(void)
{
	return meter_left == 0;
}

#endif
