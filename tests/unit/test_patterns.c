/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of patterns: found is what a look at each of them finds. */
#include "unit.h"

#include "base/glob.h"
#include "base/meter.h"
#include "base/patterns.h"

#include <limits.h>
#include <stdlib.h>

#define ROWS_MOST 400

struct row {
	struct span first, second;
	char room[2][12];
};

static bool fits(const void *context, const void *item)
{
	const struct pair *text = context;
	const struct row *row = item;

	return glob_match(row->first, text->name) && glob_match(row->second, text->value);
}

/* Few letters, so that much begins and ends alike; without |wild| no wildcards. */
static struct span random_text(char *room, unsigned most, bool wild)
{
	static const char letters[] = "aab/a*?*";
	unsigned len = (unsigned)rand() % most;

	for (unsigned i = 0; i < len; i++)
		room[i] = letters[(unsigned)rand() % (wild && rand() % 3 == 0 ? 8 : 5)];
	return (struct span){room, len};
}

static const struct row *plain_find(const struct row *rows, unsigned count, const struct pair *text)
{
	for (unsigned i = 0; i < count; i++) {
		if (fits(text, &rows[i]))
			return &rows[i];
	}
	return NULL;
}

static void make_list(struct patterns *list, struct row *rows, unsigned count, struct arena *arena)
{
	assert_int_equal(patterns_init(list, count, arena), 0);
	for (unsigned i = 0; i < count; i++) {
		rows[i].first = random_text(rows[i].room[0], sizeof(rows[i].room[0]), true);
		rows[i].second = random_text(rows[i].room[1], 6, true);
		struct patterns_ends ends = patterns_ends(rows[i].first, rows[i].second);

		patterns_add(list, &ends, i, &rows[i]);
	}
	assert_int_equal(patterns_finish(list, arena), 0);
}

static void the_first_that_fits_is_found(void **state)
{
	static struct row rows[ROWS_MOST];
	unsigned found = 0;

	(void)state;
	srand(11);
	for (unsigned round = 0; round < 400; round++) {
		unsigned count = (unsigned)rand() % (round % 2 ? ROWS_MOST : 12);
		struct arena arena;
		struct patterns list;

		arena_init(&arena, 0);
		make_list(&list, rows, count, &arena);
		for (unsigned i = 0; i < 50; i++) {
			char room[2][12];
			const struct pair text = {
			    random_text(room[0], 12, false), random_text(room[1], 6, false)};
			unsigned order = UINT_MAX;
			const struct row *want = plain_find(rows, count, &text);
			const struct row *is =
			    patterns_find(&list, text.name, text.value, fits, &text, &order);

			found += want != NULL;
			assert_ptr_equal(is, want);
			assert_int_equal(order, want ? (unsigned)(want - rows) : UINT_MAX);
		}
		arena_free(&arena);
	}
	assert_in_range(found, 1000, 19000); /* both outcomes were tried */
}

static void a_row_behind_the_order_is_not_found(void **state)
{
	static struct row rows[9];
	const struct pair text = {SPAN("x"), SPAN("y")};
	struct arena arena;
	struct patterns list;
	unsigned order = 3;

	(void)state;
	arena_init(&arena, 0);
	assert_int_equal(patterns_init(&list, COUNT(rows), &arena), 0);
	for (unsigned i = 0; i < COUNT(rows); i++) {
		rows[i].first = i < 3 ? SPAN("z") : SPAN("x");
		rows[i].second = SPAN("**");
		struct patterns_ends ends = patterns_ends(rows[i].first, rows[i].second);

		patterns_add(&list, &ends, i, &rows[i]);
	}
	assert_int_equal(patterns_finish(&list, &arena), 0);
	assert_null(patterns_find(&list, text.name, text.value, fits, &text, &order));
	order = 4;
	assert_ptr_equal(
	    patterns_find(&list, text.name, text.value, fits, &text, &order), &rows[3]);
	assert_int_equal(order, 3);
	arena_free(&arena);
}

static void globs_end_with_the_meter(void **state)
{
	char text[4000];

	(void)state;
	memset(text, 'a', sizeof(text));
	meter_start(100000);
	assert_true(glob_match(SPAN("a**a"), (struct span){text, sizeof(text)}));
	assert_in_range(meter_left, 90000, 99999);
	assert_false(glob_match(SPAN("**aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab*"),
	    (struct span){text, sizeof(text)}));
	assert_true(meter_is_spent());
	assert_false(glob_match(SPAN("a"), SPAN("a")));
	meter_start(METER_FREE);
	assert_true(glob_match(SPAN("a"), SPAN("a")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_that_fits_is_found),
	    cmocka_unit_test(a_row_behind_the_order_is_not_found),
	    cmocka_unit_test(globs_end_with_the_meter),
	};

	return cmocka_run_group_tests_name("patterns", tests, NULL, NULL);
}
