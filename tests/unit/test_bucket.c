/* SPDX-License-Identifier: Apache-2.0 */
/* Rates: what a bucket says at which time. */
#include "unit.h"

#include "base/bucket.h"

#define START 1000000u

/* A request |at| milliseconds after the start, and how long it has to wait: 0 = it may pass. */
struct step {
	uint64_t at, wait;
};

struct story {
	const char *what;
	struct rate rate;
	uint64_t burst;
	struct step steps[8];
	unsigned count;
};

static const struct story stories[] = {
    {"no limit", {0, 1}, 0, {{0, 0}, {0, 0}, {0, 0}}, 3},
    {"one a second", {1, 1000}, 1, {{0, 0}, {0, 1000}, {1, 999}, {999, 1}, {1000, 0}, {1000, 1000}},
	6},
    {"a burst of three, then its rate", {10, 1000}, 3,
	{{0, 0}, {0, 0}, {0, 0}, {0, 100}, {99, 1}, {100, 0}, {100, 100}}, 7},
    {"who rests gets the burst back and no more", {10, 1000}, 2,
	{{0, 0}, {0, 0}, {10000, 0}, {10000, 0}, {10000, 100}}, 5},
    {"half a rest gives half of it", {10, 1000}, 2,
	{{0, 0}, {0, 0}, {100, 0}, {100, 100}, {200, 0}, {250, 50}}, 6},
    {"a refusal costs nothing", {1, 1000}, 1, {{0, 0}, {10, 990}, {20, 980}, {30, 970}, {1000, 0}},
	5},
    {"thirds of a second are rounded up", {3, 1000}, 1, {{0, 0}, {0, 334}, {333, 1}, {334, 0}}, 4},
    {"many in a millisecond", {1000000, 1000}, 2, {{0, 0}, {0, 0}, {0, 1}, {1, 0}, {1, 0}, {1, 1}},
	6},
    {"one an hour", {1, 3600000}, 1, {{0, 0}, {0, 3600000}, {3599999, 1}, {3600000, 0}}, 4},
    {"the greatest of all", {1, RATE_PERIOD_MAX}, RATE_COUNT_MAX, {{0, 0}, {0, 0}, {1, 0}}, 3},
    {"a clock that is a little behind", {1, 1000}, 1, {{100, 0}, {90, 1010}, {1100, 0}}, 3},
};

static void buckets_tell_when(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(stories); i++) {
		const struct story *story = &stories[i];
		struct bucket bucket = {0};

		for (unsigned n = 0; n < story->count; n++) {
			uint64_t now = START + story->steps[n].at;
			uint64_t wait = bucket_wait(&bucket, &story->rate, story->burst, now);

			if (wait != story->steps[n].wait)
				fail_msg("%s: step %u: waits %llu", story->what, n,
				    (unsigned long long)wait);
			if (wait == 0)
				bucket_take(&bucket, &story->rate, now);
		}
	}
}

static void a_bucket_is_full_in_time(void **state)
{
	const struct rate rate = {10, 1000}, third = {3, 1000}, none = {0, 1};

	(void)state;
	assert_int_equal(bucket_refill(&rate, 5), 500);
	assert_int_equal(bucket_refill(&third, 1), 334);
	assert_int_equal(bucket_refill(&none, 5), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(buckets_tell_when),
	    cmocka_unit_test(a_bucket_is_full_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
