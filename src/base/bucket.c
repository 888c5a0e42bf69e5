/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bucket.h"

#define NANOSECONDS 1000000u /* of a millisecond */

/* The greatest of all products is that of a bucket: it must not wrap. */
_Static_assert((uint64_t)RATE_PERIOD_MAX *NANOSECONDS <= UINT64_MAX / 4 / RATE_COUNT_MAX,
    "a bucket's time fits");

/* Nanoseconds that a token takes. */
static uint64_t token_time(const struct rate *rate)
{
	return rate->period * NANOSECONDS / rate->count;
}

static uint64_t round_up(uint64_t nanoseconds)
{
	return (nanoseconds + NANOSECONDS - 1) / NANOSECONDS;
}

uint64_t bucket_wait(
    const struct bucket *bucket, const struct rate *rate, uint64_t burst, uint64_t now)
{
	if (rate->count == 0)
		return 0;
	uint64_t token = token_time(rate), start = now * NANOSECONDS;
	uint64_t missing = bucket->full_at > start ? bucket->full_at - start : 0;

	if (missing + token <= burst * token)
		return 0;
	return round_up(missing + token - burst * token);
}

void bucket_take(struct bucket *bucket, const struct rate *rate, uint64_t now)
{
	uint64_t start = now * NANOSECONDS;

	if (rate->count == 0)
		return;
	if (bucket->full_at < start)
		bucket->full_at = start;
	bucket->full_at += token_time(rate);
}

uint64_t bucket_refill(const struct rate *rate, uint64_t burst)
{
	return rate->count == 0 ? 0 : round_up(burst * token_time(rate));
}
