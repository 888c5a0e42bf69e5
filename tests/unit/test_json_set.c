/* SPDX-License-Identifier: Apache-2.0 */
/* A value is put into JSON text, and every other byte stays. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "json/json.h"
#include "json/set.h"

#define STEPS_MOST 4

/* A path is written "field", "'key" or "#index", with blanks between. */
static unsigned read_steps(const char *path, struct json_step *steps)
{
	struct span rest = span_of(path), word;
	unsigned count = 0;

	while ((word = span_next_word(&rest)).len > 0) {
		struct json_step step = {JSON_STEP_FIELD, word, 0};

		if (word.at[0] == '\'')
			step = (struct json_step){JSON_STEP_KEY, span_from(word, 1), 0};
		if (word.at[0] == '#')
			step = (struct json_step){
			    JSON_STEP_INDEX, {NULL, 0}, (unsigned)(word.at[1] - '0')};
		assert_true(count < STEPS_MOST);
		steps[count++] = step;
	}
	return count;
}

static const struct {
	const char *text, *path, *result; /* NULL: cannot be */
} rows[] = {
    {"", "A", "{\"A\":1}"},
    {"", "A B 'c", "{\"A\":{\"B\":{\"c\":1}}}"},
    {" null ", "A", " {\"A\":1} "},
    {"{}", "A", "{\"A\":1}"},
    {"{ }", "A", "{\"A\":1 }"},
    {"{\"B\":2}", "A", "{\"A\":1,\"B\":2}"},
    {"{\"A\":2}", "A", "{\"A\":1}"},
    {"{\"A\" : [2, \"}\"] , \"B\":3}", "A", "{\"A\" : 1 , \"B\":3}"},
    {"{\"a\":2}", "A", "{\"a\":1}"},
    {"{\"a\":2}", "'A", "{\"A\":1,\"a\":2}"},
    {"{\"\\u0041\":2}", "A", "{\"\\u0041\":1}"},
    {"{\"\\u0041\":2}", "'A", "{\"\\u0041\":1}"},
    {"{\"S\\u017f\":2}", "SS", "{\"S\\u017f\":1}"},
    {"{\"\xe2\x84\xaa\":2}", "K", "{\"\xe2\x84\xaa\":1}"},
    {"{\"\\ud83d\\ude00\":2}", "'\xf0\x9f\x98\x80", "{\"\\ud83d\\ude00\":1}"},
    {"{\"A\":null}", "A B", "{\"A\":{\"B\":1}}"},
    {"{\"A\":{\"B\":null,\"C\":2}}", "A B", "{\"A\":{\"B\":1,\"C\":2}}"},
    {"{\"X\":{\"A\":5},\"Y\":\"\\\"A\\\":\",\"A\":{}}", "A B",
	"{\"X\":{\"A\":5},\"Y\":\"\\\"A\\\":\",\"A\":{\"B\":1}}"},
    {"{\"A\":[\"x\",{\"B\":[]} ]}", "A #1 B", "{\"A\":[\"x\",{\"B\":1} ]}"},
    {"{\"A\":[\"x\",\"y\"]}", "A #0", "{\"A\":[1,\"y\"]}"},
    {"{\"A\":[\"x\"]}", "A #1", NULL},
    {"{}", "A #0", NULL},
    {"{\"A\":null}", "A #0", NULL},
    {"{\"A\":{}}", "A #0", NULL},
    {"{\"A\":null,\"a\":null}", "A", NULL},
    {"{\"A\":null,\"a\":null}", "'A", "{\"A\":1,\"a\":null}"},
    {"{\"A\":[]}", "A B", NULL},
    {"{\"A\":\"x\"}", "A B", NULL},
    {"[]", "A", NULL},
    {"7", "A", NULL},
};

static void values_are_put_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_step steps[STEPS_MOST];
		unsigned count = read_steps(rows[i].path, steps);
		struct buf out;

		buf_init(&out, 4096);
		bool set = json_set(&out, span_of(rows[i].text), steps, count, SPAN("1"));

		if (set != (rows[i].result != NULL) ||
		    (set && !span_equal(buf_span(&out), span_of(rows[i].result))))
			fail_msg("%s with %s: %.*s", rows[i].text, rows[i].path, (int)out.len,
			    out.at ? out.at : "");
		buf_free(&out);
	}
}

/* What was put in is what the gate lets through, and what is read there. */
static void the_gate_takes_it(void **state)
{
	static const struct json_limits limits = {4096, 32, 1000};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena;
		struct error err;

		if (!rows[i].result)
			continue;
		arena_init(&arena, 0);
		assert_int_equal(json_gate(span_of(rows[i].result), &limits, &arena, &err), 0);
		arena_free(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_are_put_in),
	    cmocka_unit_test(the_gate_takes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
