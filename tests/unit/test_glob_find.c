/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that patterns leave to one another: what is found is one, and where none is found there is
 * none. */
#include "unit.h"

#include "base/glob.h"
#include "base/glob_find.h"

#include <stdlib.h>

#define LETTERS "ab/"
#define LONGEST 5
#define ROOM 64

static enum glob_answer find(const char *within, const char *outside, char room[ROOM])
{
	const struct span in = span_of(within), out = span_of(outside);

	return glob_find(&(struct glob_question){&in, 1, &out, 1}, room, ROOM);
}

static void a_pattern_is_within_another(void **state)
{
	char room[ROOM];

	(void)state;
	assert_int_equal(find("ci-*", "**", room), GLOB_NONE);
	assert_int_equal(find("ci-*", "ci-*", room), GLOB_NONE);
	assert_int_equal(find("ci-a?", "ci-*", room), GLOB_NONE);
	assert_int_equal(find("a*b*c", "a*c", room), GLOB_NONE);
	assert_int_equal(find("***", "**", room), GLOB_NONE);
	assert_int_equal(find("a**b", "a*", room), GLOB_SOME);
	assert_string_equal(room, "a/b");
	assert_int_equal(find("ci-*", "ci-?*", room), GLOB_SOME);
	assert_string_equal(room, "ci-");
	assert_int_equal(find("", "", room), GLOB_NONE);
	assert_int_equal(find("*", "?*", room), GLOB_SOME);
	assert_string_equal(room, "");
}

static void several_cover_together(void **state)
{
	const struct span in[] = {SPAN("a*")}, out[] = {SPAN("a"), SPAN("a?*")};
	const struct span apart[] = {SPAN("*.a"), SPAN("*.b")};
	char room[ROOM];

	(void)state;
	assert_int_equal(
	    glob_find(&(struct glob_question){in, 1, out, 2}, room, sizeof(room)), GLOB_NONE);
	assert_int_equal(
	    glob_find(&(struct glob_question){in, 1, out, 1}, room, sizeof(room)), GLOB_SOME);
	assert_int_equal(
	    glob_find(&(struct glob_question){apart, 2, NULL, 0}, room, sizeof(room)), GLOB_NONE);
}

static void too_much_is_not_known(void **state)
{
	static struct span many[GLOB_FIND_PATTERNS + 1];
	static char stars[20000];
	struct span in = {stars, sizeof(stars)};
	char room[ROOM];

	(void)state;
	memset(stars, '?', sizeof(stars));
	for (size_t i = 0; i <= GLOB_FIND_PATTERNS; i++)
		many[i] = SPAN("a");
	assert_int_equal(glob_find(&(struct glob_question){many, GLOB_FIND_PATTERNS + 1, NULL, 0},
			     room, sizeof(room)),
	    GLOB_UNKNOWN);
	assert_int_equal(
	    glob_find(&(struct glob_question){&in, 1, NULL, 0}, room, sizeof(room)), GLOB_UNKNOWN);
	/* each place of the b doubles the states */
	in = SPAN("**");
	const struct span out = SPAN("**b????????????????????????");

	assert_int_not_equal(
	    glob_find(&(struct glob_question){&in, 1, &out, 1}, room, sizeof(room)), GLOB_NONE);
}

static struct span random_pattern(char room[8])
{
	static const char letters[] = "ab/?**a*";
	unsigned len = (unsigned)rand() % 7;

	for (unsigned i = 0; i < len; i++)
		room[i] = letters[(unsigned)rand() % (sizeof(letters) - 1)];
	return (struct span){room, len};
}

static bool fits(struct span in, struct span out, struct span more, struct span text)
{
	return glob_match(in, text) && !glob_match(out, text) && !glob_match(more, text);
}

/* The first text of up to LONGEST letters that fits, by trying them all. */
static bool try_all(struct span in, struct span out, struct span more)
{
	char text[LONGEST];

	for (unsigned len = 0, count = 1; len <= LONGEST; len++, count *= 3) {
		for (unsigned number = 0; number < count; number++) {
			for (unsigned i = 0, left = number; i < len; i++, left /= 3)
				text[i] = LETTERS[left % 3];
			if (fits(in, out, more, (struct span){text, len}))
				return true;
		}
	}
	return false;
}

static void agrees_with_trying_all(void **state)
{
	unsigned found = 0, none = 0;

	(void)state;
	srand(7);
	for (unsigned i = 0; i < 4000; i++) {
		char rooms[3][8], room[ROOM];
		struct span in = random_pattern(rooms[0]);
		const struct span out[] = {random_pattern(rooms[1]), random_pattern(rooms[2])};
		enum glob_answer answer =
		    glob_find(&(struct glob_question){&in, 1, out, 2}, room, sizeof(room));

		assert_int_not_equal(answer, GLOB_UNKNOWN);
		if (answer == GLOB_SOME)
			assert_true(fits(in, out[0], out[1], span_of(room)));
		else
			assert_false(try_all(in, out[0], out[1]));
		found += answer == GLOB_SOME;
		none += answer == GLOB_NONE;
	}
	assert_true(found > 500 && none > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_pattern_is_within_another),
	    cmocka_unit_test(several_cover_together),
	    cmocka_unit_test(too_much_is_not_known),
	    cmocka_unit_test(agrees_with_trying_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
