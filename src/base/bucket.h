/* SPDX-License-Identifier: Apache-2.0 */
/* How often something may be done: a bucket of tokens that fills at a rate. Pure functions of the
 * bucket and the time that the caller names. */
#ifndef BASE_BUCKET_H
#define BASE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#define RATE_COUNT_MAX 1000000u /* tokens a period, and tokens that a bucket holds */
#define RATE_PERIOD_MAX 3600000u

/* |count| tokens each |period| milliseconds; a count of 0 is no limit. */
struct rate {
	uint64_t count, period;
};

static inline bool rate_is(const struct rate *one, const struct rate *other)
{
	return one->count == other->count && one->period == other->period;
}

/* Zeros are a full bucket. */
struct bucket {
	uint64_t full_at; /* when it will be full again, in nanoseconds of the caller's clock */
};

/* Milliseconds from |now| on until |bucket|, which holds |burst| tokens, has one; 0: it has. Times
 * are milliseconds of a clock that may be a little behind that of another call. */
uint64_t bucket_wait(
    const struct bucket *bucket, const struct rate *rate, uint64_t burst, uint64_t now);

/* Takes a token that bucket_wait() has seen. */
void bucket_take(struct bucket *bucket, const struct rate *rate, uint64_t now);

/* Milliseconds until an empty bucket is full: then it is as if it had never been used. */
uint64_t bucket_refill(const struct rate *rate, uint64_t burst);

#endif
