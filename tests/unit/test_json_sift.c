/* SPDX-License-Identifier: Apache-2.0 */
/* What a sieve leaves of a text, and that the rest still is the text that it was. */
#include "unit.h"

#include "json/json.h"

static const struct json_limits limits = {4096, 16, 100};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Knows the names "no" (all blanks), "yes" (none), "in" (an object of these names again). */
static bool find(
    const void *table, struct span text, unsigned *cursor, struct json_sieve_member *ret_member)
{
	static const struct {
		struct span name;
		unsigned blanks;
	} rows[] = {
	    {SPAN("no"), JSON_BLANK_NULL | JSON_BLANK_FALSE | JSON_BLANK_ZERO | JSON_BLANK_TEXT |
		    JSON_BLANK_LIST | JSON_BLANK_MAP},
	    {SPAN("yes"), 0},
	    {SPAN("in"), 0},
	    {SPAN("last"), JSON_BLANK_NULL},
	};

	(void)cursor;
	for (unsigned i = 0; i < COUNT(rows); i++) {
		struct span name = rows[i].name;

		if (!span_starts(text, name) || text.len == name.len || text.at[name.len] != '"')
			continue;
		*ret_member = (struct json_sieve_member){
		    i, name.len, rows[i].blanks, span_is(name, "in") ? table : NULL};
		return true;
	}
	return false;
}

static const struct json_sieve sieve = {.find = find, .table = find};

static void leaves_out_what_says_nothing(void **state)
{
	static const struct {
		const char *text, *left; /* NULL: refused */
	} rows[] = {
	    {"{}", "{}"},
	    {"{\"yes\":null}", "{\"yes\":null}"},
	    {"{\"no\":null}", "{}"},
	    {"{\"no\":false}", "{}"},
	    {"{\"no\":0}", "{}"},
	    {"{\"no\":\"\"}", "{}"},
	    {"{\"no\":[]}", "{}"},
	    {"{\"no\":{}}", "{}"},
	    {"{\"no\":[ ],\"yes\":1}", "{\"yes\":1}"},
	    /* what is not blank to the letter stays */
	    {"{\"no\":true}", "{\"no\":true}"},
	    {"{\"no\":-0}", "{\"no\":-0}"},
	    {"{\"no\":0.0}", "{\"no\":0.0}"},
	    {"{\"no\":\" \"}", "{\"no\":\" \"}"},
	    {"{\"no\":[null]}", "{\"no\":[null]}"},
	    {"{\"no\":{\"x\":null}}", "{\"no\":{\"x\":null}}"},
	    {"{\"last\":0}", "{\"last\":0}"},
	    /* commas and spaces */
	    {"{\"yes\":1,\"no\":0}", "{\"yes\":1}"},
	    {"{\"yes\":1 , \"no\" : 0 }", "{\"yes\":1 }"},
	    {"{\"no\":0,\"yes\":1,\"last\":null}", "{\"yes\":1}"},
	    {"{\"no\":0,\"last\":null}", "{}"},
	    {" { \"no\":0 , \"yes\":\"},\" } ", " { \"yes\":\"},\" } "},
	    /* objects below */
	    {"{\"in\":{\"no\":0,\"yes\":2},\"no\":0}", "{\"in\":{\"yes\":2}}"},
	    {"{\"in\":{\"no\":0}}", "{\"in\":{}}"},
	    {"{\"yes\":{\"no\":0}}", "{\"yes\":{\"no\":0}}"},
	    {"{\"in\":[{\"no\":0}]}", "{\"in\":[{\"no\":0}]}"},
	    /* another spelling is the same name: nothing hides behind it */
	    {"{\"n\\u006f\":0,\"yes\":1}", "{\"n\\u006f\":0,\"yes\":1}"},
	    {"{\"no\":0,\"n\\u006f \":1}", "{\"no\":0,\"n\\u006f \":1}"},
	    {"{\"no\":0,\"no\\\"\":1}", "{\"no\":0,\"no\\\"\":1}"},
	    {"{\"no\":0,\"\":1}", "{\"no\":0,\"\":1}"},
	    {"{\"n\\u006f\":0,\"no\":1}", NULL},
	    {"{\"no\":0,\"in\":{\"x\":1,\"x\":2}}", NULL},
	    {"{\"in\":{\"no\":[0,{\"x\":0}],\"x\":{}},\"in\":0}", NULL},
	    {"{\"no\":0,\"yes", NULL},
	    {"{\"no\":0,\"yes\"", NULL},
	    {"{\"no\":0,no\":0}", NULL},
	    {"{\"no\":0,\"no", NULL},
	    {"{\"no\":0,\"n\\u006f\":1}", NULL},
	    {"{\"no\":0,\"no\":1}", NULL},
	    {"{\"in\":{\"no\":0,\"no\":0}}", NULL},
	    /* a name that is not known to the letter keeps all */
	    {"{\"no\":0,\"No\":1}", "{\"no\":0,\"No\":1}"},
	    {"{\"NO\":0,\"no\":0}", "{\"NO\":0,\"no\":0}"},
	    {"{\"no\":0,\"in\":{\"x\":1}}", "{\"no\":0,\"in\":{\"x\":1}}"},
	    {"{\"x\":1,\"x\":2}", NULL},
	    {"[{\"no\":0}]", "[{\"no\":0}]"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena;
		struct error err = {""};
		struct json_gated left = {SPAN("?"), false};

		arena_init(&arena, 0);
		int result =
		    json_gate_sifted(span_of(rows[i].text), &limits, &sieve, &arena, &left, &err);

		if ((result < 0) != (rows[i].left == NULL) ||
		    (result == 0 && !span_equal(left.text, span_of(rows[i].left))))
			fail_msg("%s: %d, %.*s %s", rows[i].text, result, (int)left.text.len,
			    left.text.at, err.text);
		if (result == 0)
			assert_non_null(json_parse(left.text, &limits, &arena, &err));
		arena_free(&arena);
	}
}

static void without_a_sieve_all_stays(void **state)
{
	struct span text = SPAN("{\"no\":0}");
	struct json_gated left;
	const struct json_sieve blind = {.find = find, .table = NULL};
	struct arena arena;
	struct error err;

	(void)state;
	arena_init(&arena, 0);
	assert_int_equal(json_gate_sifted(text, &limits, NULL, &arena, &left, &err), 0);
	assert_true(left.text.at == text.at && left.text.len == text.len);
	assert_int_equal(json_gate_sifted(text, &limits, &blind, &arena, &left, &err), 0);
	assert_true(left.text.at == text.at && left.text.len == text.len);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(leaves_out_what_says_nothing),
	    cmocka_unit_test(without_a_sieve_all_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
