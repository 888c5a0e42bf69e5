/* SPDX-License-Identifier: Apache-2.0 */
/* Strings are put into JSON text, and every other byte stays. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "json/json.h"
#include "json/set.h"

#define EDITS_MOST 4

/* A path is written "field", "'key" or "#index", with blanks between, and ends in "=value"; the
 * next one follows. */
static unsigned read_edits(const char *text, struct json_edit *edits)
{
	struct span rest = span_of(text), word;
	struct json_edit *edit = edits;

	edit->depth = 0;
	while ((word = span_next_word(&rest)).len > 0) {
		struct json_step step = {JSON_STEP_FIELD, word, 0};

		if (word.at[0] == '=') {
			edit->parts[0] = (struct span){word.at + 1, word.len > 1};
			edit->parts[1] = SPAN("");
			edit->parts[2] = word.len > 2 ? span_from(word, 2) : SPAN("");
			edit++;
			assert_true(edit <= edits + EDITS_MOST);
			edit->depth = 0;
			continue;
		}
		if (word.at[0] == '\'')
			step = (struct json_step){JSON_STEP_KEY, span_from(word, 1), 0};
		if (word.at[0] == '#')
			step = (struct json_step){
			    JSON_STEP_INDEX, {NULL, 0}, (unsigned)(word.at[1] - '0')};
		assert_true(edit->depth < JSON_EDIT_DEPTH);
		edit->path[edit->depth++] = step;
	}
	return (unsigned)(edit - edits);
}

static const struct {
	const char *text, *edits, *result; /* NULL: cannot be */
} rows[] = {
    {"", "A =1", "{\"A\":\"1\"}"},
    {"", "A B 'c =1", "{\"A\":{\"B\":{\"c\":\"1\"}}}"},
    {" null ", "A =1", " {\"A\":\"1\"} "},
    {"{}", "A =1", "{\"A\":\"1\"}"},
    {"{ }", "A =1", "{\"A\":\"1\" }"},
    {"{\"B\":2}", "A =1", "{\"A\":\"1\",\"B\":2}"},
    {"{\"A\":2}", "A =1", "{\"A\":\"1\"}"},
    {"{\"A\" : [2, \"}\"] , \"B\":3}", "A =1", "{\"A\" : \"1\" , \"B\":3}"},
    {"{\"a\":2}", "A =1", "{\"a\":\"1\"}"},
    {"{\"a\":2}", "'A =1", "{\"A\":\"1\",\"a\":2}"},
    {"{\"\\u0041\":2}", "A =1", "{\"\\u0041\":\"1\"}"},
    {"{\"\\u0041\":2}", "'A =1", "{\"\\u0041\":\"1\"}"},
    {"{\"S\\u017f\":2}", "SS =1", "{\"S\\u017f\":\"1\"}"},
    {"{\"\xe2\x84\xaa\":2}", "K =1", "{\"\xe2\x84\xaa\":\"1\"}"},
    {"{\"\\ud83d\\ude00\":2}", "'\xf0\x9f\x98\x80 =1", "{\"\\ud83d\\ude00\":\"1\"}"},
    {"{\"A\":null}", "A B =1", "{\"A\":{\"B\":\"1\"}}"},
    {"{\"A\":{\"B\":null,\"C\":2}}", "A B =1", "{\"A\":{\"B\":\"1\",\"C\":2}}"},
    {"{\"X\":{\"A\":5},\"Y\":\"\\\"A\\\":\",\"A\":{}}", "A B =1",
	"{\"X\":{\"A\":5},\"Y\":\"\\\"A\\\":\",\"A\":{\"B\":\"1\"}}"},
    {"{\"A\":[\"x\",{\"B\":[]} ]}", "A #1 B =1", "{\"A\":[\"x\",{\"B\":\"1\"} ]}"},
    {"{\"A\":[\"x\",\"y\"]}", "A #0 =1", "{\"A\":[\"1\",\"y\"]}"},
    {"{\"A\":[\"x\"]}", "A #1 =1", NULL},
    {"{}", "A #0 =1", NULL},
    {"{\"A\":null}", "A #0 =1", NULL},
    {"{\"A\":{}}", "A #0 =1", NULL},
    {"{\"A\":{\"\":0}}", "A #0 =1", NULL},
    {"{\"A\":null,\"a\":null}", "A =1", NULL},
    {"{\"A\":null,\"a\":null}", "'A =1", "{\"A\":\"1\",\"a\":null}"},
    {"{\"A\":[]}", "A B =1", NULL},
    {"{\"A\":\"x\"}", "A B =1", NULL},
    {"[]", "A =1", NULL},
    {"7", "A =1", NULL},
    {"{\"A\":{\"B\":2}}", "A =1 A B =1", NULL},
    {"{\"A\":2}", "A =1 A B =1", NULL},
    {"{}", "A B =1 A =1", NULL},
    {"{\"A\":2}", "A =1 A =2", "{\"A\":\"2\"}"},
    {"", "A =1 B =2", "{\"B\":\"2\",\"A\":\"1\"}"},
    {"{\"C\":0}", "A B =1 C =2 A D =3 A B =4", "{\"A\":{\"D\":\"3\",\"B\":\"4\"},\"C\":\"2\"}"},
    {"{\"X\":0,\"A\":{\"Y\":[]},\"B\":null}", "B 'k =1 A B =2 A C =3 C =4",
	"{\"C\":\"4\",\"X\":0,\"A\":{\"C\":\"3\",\"B\":\"2\",\"Y\":[]},\"B\":{\"k\":\"1\"}}"},
    {"{\"A\":[0,{\"B\":1},\"c\"],\"Z\":[{},[[]]]} ", "A #2 =3 A #1 b =2 A #0 =1",
	"{\"A\":[\"1\",{\"B\":\"2\"},\"3\"],\"Z\":[{},[[]]]} "},
    {"{\"A\":[0]}", "A #0 =1 A #1 =2", NULL},
    {"{\"A\":[0]}", "A #0 =1 A B =2", NULL},
    {"{\"a\":null,\"A\":{}}", "A B =1 C =2", NULL},
    {"{\"A\":null,\"B\":{},\"a\":null}", "A k =1 B c =2", NULL},
    {"{\"B\":[{}],\"b\":null}", "B #0 c =1", NULL},
    {"{\"A\":{\"B\":{\"C\":0},\"b\":null}}", "A B C =1", NULL},
    {"{\"A\":-1.5e3,\"B\":true,\"C\":false,\"D\":null ,\"E\":\"\\\\\"}", "E =1 B =2",
	"{\"A\":-1.5e3,\"B\":\"2\",\"C\":false,\"D\":null ,\"E\":\"1\"}"},
    {"{\"A\":0}", "A =a\"\\", "{\"A\":\"a\\\"\\\\\"}"},
    {"{\"A\":0}", "A =a\xc3\xa9", "{\"A\":\"a\xc3\xa9\"}"},
    {"{\n \"A\" : { } ,\n \"B\" : 7\n}\n", "A B =1 B =2",
	"{\n \"A\" : {\"B\":\"1\" } ,\n \"B\" : \"2\"\n}\n"},
};

static void put_in(size_t i, bool once)
{
	struct json_edit edits[EDITS_MOST + 1];
	unsigned count = read_edits(rows[i].edits, edits);
	struct buf out;

	buf_init(&out, 4096);
	bool set = json_set(&out, span_of(rows[i].text), edits, count, once);

	if (set != (rows[i].result != NULL) ||
	    (set && !span_equal(buf_span(&out), span_of(rows[i].result))))
		fail_msg("%s with %s: %.*s", rows[i].text, rows[i].edits, (int)out.len,
		    out.at ? out.at : "");
	buf_free(&out);
}

static void values_are_put_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		put_in(i, false);
		if (rows[i].result)
			put_in(i, true);
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
