/* SPDX-License-Identifier: Apache-2.0 */
/* What a sieve leaves of a text, and that the rest still is the text that it was. */
#include "unit.h"

#include <stdio.h>

#include "json/json.h"

static const struct json_limits limits = {4096, 16, 100};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Knows the names "no" (all blanks), "yes" (none), "in" (an object of these names again). */
static bool find(
    const void *table, struct span text, unsigned *cursor, struct json_sieve_member *ret_member)
{
	static const struct {
		struct span name;
		unsigned silent;
	} rows[] = {
	    {SPAN("no"), JSON_BLANK_NULL | JSON_BLANK_FALSE | JSON_BLANK_ZERO | JSON_BLANK_TEXT |
			     JSON_BLANK_LIST | JSON_BLANK_MAP},
	    {SPAN("yes"), 0},
	    {SPAN("in"), 0},
	    {SPAN("last"), JSON_BLANK_NULL},
	    {SPAN("bool"), JSON_KIND_BOOL},
	    {SPAN("integer"), JSON_KIND_INTEGER},
	    {SPAN("text"), JSON_KIND_TEXT},
	    {SPAN("texts"), JSON_KIND_TEXTS},
	    {SPAN("pairs"), JSON_KIND_PAIRS},
	    {SPAN("map"), JSON_KIND_MAP},
	    {SPAN("text_map"), JSON_KIND_TEXT_MAP},
	    {SPAN("maps"), JSON_KIND_MAPS},
	    {SPAN("in_map"), 0},
	    {SPAN("in_blank"), JSON_BLANK_MAP},
	    {SPAN("integers"), JSON_KIND_INTEGERS},
	    {SPAN("harmless"), JSON_BLANK_NULL},
	};

	(void)cursor;
	for (unsigned i = 0; i < COUNT(rows); i++) {
		struct span name = rows[i].name;

		if (!span_starts(text, name) || text.len == name.len || text.at[name.len] != '"')
			continue;
		*ret_member = (struct json_sieve_member){.index = i,
		    .name_len = name.len,
		    .silent = rows[i].silent,
		    .row = name.at,
		    .inner = span_starts(name, SPAN("in")) ? table : NULL,
		    .around = span_is(name, "in_map")};
		return true;
	}
	return false;
}

/* Strings are harmless under one name. */
static unsigned harmless(const void *context, const void *row)
{
	(void)context;
	return *(const char *)row == 'h' ? JSON_KIND_TEXT : 0;
}

static const struct json_sieve sieve = {.find = find, .harmless = harmless, .table = find};

/* |want| is what is left of |text|; NULL: it is refused. */
static void check_sifted(const char *text, const char *want)
{
	struct arena arena;
	struct error err = {""};
	struct json_gated left = {SPAN("?"), false};

	arena_init(&arena, 0);
	int result = json_gate_sifted(span_of(text), &limits, &sieve, &arena, &left, &err);

	if ((result < 0) != (want == NULL) ||
	    (result == 0 && !span_equal(left.text, span_of(want))))
		fail_msg(
		    "%s: %d, %.*s %s", text, result, (int)left.text.len, left.text.at, err.text);
	if (result == 0)
		assert_non_null(json_parse(left.text, &limits, &arena, &err));
	arena_free(&arena);
}

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
	    /* an object of which nothing is left is blank where blank objects are left out */
	    {"{\"yes\":1,\"in_blank\":{\"no\":0,\"last\":null},\"no\":1}", "{\"yes\":1,\"no\":1}"},
	    {"{\"in_blank\":{\"in_blank\":{\"no\":0}},\"yes\":1}", "{\"yes\":1}"},
	    {"{\"yes\":1, \"in_blank\" : { \"no\" : 0 } }", "{\"yes\":1}"},
	    {"{\"in_blank\":{\"no\":0,\"yes\":0}}", "{\"in_blank\":{\"yes\":0}}"},
	    {"{\"in_blank\":{\"yes\":0,\"no\":0}}", "{\"in_blank\":{\"yes\":0}}"},
	    {"{\"in\":{\"no\":0},\"yes\":1}", "{\"in\":{},\"yes\":1}"},
	    {"{\"in_blank\":{}}", "{}"},
	    {"{\"no\":0,\"in_blank\":{\"no\":0},\"no \":1}",
		"{\"no\":0,\"in_blank\":{\"no\":0},\"no \":1}"},
	    {"{\"yes\":1 , \"in_blank\":{\"in_blank\":{\"no\":0, \"text\":\"a,\"},\"no\":{}} , "
	     "\"last\":2}",
		"{\"yes\":1 , \"last\":2}"},
	    {"{\"yes\":1,\"in_blank\":{\"in_blank\":{\"no\":0},\"yes\":{}},\"no\":0}",
		"{\"yes\":1,\"in_blank\":{\"yes\":{}}}"},
	    {"{\"in_blank\":{\"in_blank\":{\"yes\":0,\"no\":0},\"no\":0},\"no\":0}",
		"{\"in_blank\":{\"in_blank\":{\"yes\":0}}}"},
	    {"{\"in_blank\":{\"in_map\":{\"x\":{\"no\":0}},\"no\":0}}",
		"{\"in_blank\":{\"in_map\":{\"x\":{}}}}"},
	    {"{\"in_blank\":[{\"no\":0}]}", "{\"in_blank\":[{\"no\":0}]}"},
	    {"{\"in_blank\":{\"no\":0},\"in_blank\":{\"no\":0}}", NULL},
	    {"{\"in_blank\":{\"no\":0,\"no\":0}}", NULL},
	    {"{\"in_blank\":{\"no\":0,}}", NULL},
	    {"{\"in_blank\":{\"no\":0}", NULL},
	    {"{\"in_blank\":{\"no\":0}}}", NULL},
	    /* lists of integers */
	    {"{\"integers\":[]}", "{}"},
	    {"{\"integers\":[12345678901234567890]}", "{\"integers\":[12345678901234567890]}"},
	    {"{\"integers\":[1e3]}", "{\"integers\":[1e3]}"},
	    {"{\"integers\":[null]}", "{\"integers\":[null]}"},
	    {"{\"integers\":[[1]]}", "{\"integers\":[[1]]}"},
	    {"{\"integers\":7}", "{\"integers\":7}"},
	    {"{\"integers\":[0,12,-3],\"yes\":1}", "{\"yes\":1}"},
	    {"{\"integers\":[0,1.5]}", "{\"integers\":[0,1.5]}"},
	    {"{\"integers\":[0,\"1\"]}", "{\"integers\":[0,\"1\"]}"},
	    /* in a row */
	    {"{\"no\":null,\"bool\":false,\"text\":\"\",\"integer\":0,\"yes\":1}", "{\"yes\":1}"},
	    {"{\"yes\":null,\"no\":false,\"in\":0,\"text\":\"\",\"last\":1}",
		"{\"yes\":null,\"in\":0,\"last\":1}"},
	    {"{\"last\":0,\"text\":null,\"bool\":null,\"pairs\":false,\"yes\":1}",
		"{\"last\":0,\"text\":null,\"bool\":null,\"pairs\":false,\"yes\":1}"},
	    {"{\"no\":0,\"text\":\"\",\"no\":0,\"yes\":1}", NULL},
	    {"{\"no\":0,}            ", NULL},
	    {"{\"no\":0,\"             ", NULL},
	    {"{\"no\":nul,\"yes\":1}", NULL},
	    {"{\"no\":falsy,\"yes\":1}", NULL},
	    {"{\"no\":00,\"yes\":1}", NULL},
	    {"{\"no\":0;\"yes\":1}", NULL},
	    {"{\"no\":null \"yes\":1}", NULL},
	    {"{\"no\";null,\"yes\":1}", NULL},
	    {"{\"no\":\"\\u0000\",\"yes\":1}", NULL},
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
	for (size_t i = 0; i < COUNT(rows); i++)
		check_sifted(rows[i].text, rows[i].left);
}

/* Each kind of value under each name. */
static void leaves_out_kinds_of_values(void **state)
{
	static const struct {
		const char *name, *left_out, *stay; /* values between blanks */
	} rows[] = {
	    {"bool", "true false", "null 1 \"true\" [true] {}"},
	    {"integer", "0 1 -5 123456789012345 -0",
		"1.0 1e3 12345678901234567890 \"1\" null true"},
	    {"text", "\"\" \"a\" \"\\u0041\" \"\xc3\xa9\"", "null 1 [\"a\"] {\"a\":\"b\"}"},
	    {"texts", "[] [\"a\"] [\"a\",\"\"]", "\"a\" [\"a\",null] [1] [[\"a\"]] [null] null {}"},
	    {"pairs", "[] [\"a=\"] [\"a=b\",\"=\"]",
		"[\"a=b\",\"a\"] [\"a\\u003d\"] [\"\"] [5] \"a=b\""},
	    {"map", "{} {\"a\":1} {\"a\":{\"b\":[]}}", "[] \"\" null"},
	    {"text_map", "{} {\"a\":\"b\"} {\"a\":null,\"b\":\"\"}",
		"{\"a\":1} {\"a\":\"b\",\"c\":{}} [] null"},
	    {"harmless", "null \"\" \"x\"", "0 [] true"},
	    {"maps", "{} {\"a\":{}} {\"a\":null,\"b\":{\"c\":1}}",
		"{\"a\":[]} {\"a\":{},\"b\":\"\"} [] null"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (int stays = 0; stays < 2; stays++) {
			struct span rest = span_of(stays ? rows[i].stay : rows[i].left_out), value;

			while ((value = span_next_word(&rest)).len > 0) {
				char text[100];

				(void)snprintf(text, sizeof(text), "{\"%s\":%.*s}", rows[i].name,
				    (int)value.len, value.at);
				check_sifted(text, stays ? text : "{}");
			}
		}
	}
}

/* Objects in a map are sifted, the map is not. */
static void sifts_the_objects_in_a_map(void **state)
{
	static const struct {
		const char *text, *left;
	} rows[] = {
	    {"{\"in_map\":{\"no\":{\"no\":1,\"no\":2}}}", NULL},
	    {"{\"in_map\":{\"no\":null,\"x\":{\"no\":0}}}", "{\"in_map\":{\"no\":null,\"x\":{}}}"},
	    {"{\"in_map\":{\"x\":{\"yes\":1,\"no\":0},\"y\":{\"no\":[]}}}",
		"{\"in_map\":{\"x\":{\"yes\":1},\"y\":{}}}"},
	    {"{\"in_map\":{\"x\":[{\"no\":0}]}}", "{\"in_map\":{\"x\":[{\"no\":0}]}}"},
	    {"{\"in_map\":{\"x\":{\"odd\":0,\"no\":0}}}",
		"{\"in_map\":{\"x\":{\"odd\":0,\"no\":0}}}"},
	    {"{\"in_map\":{\"x\":{},\"x\":{}}}", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_sifted(rows[i].text, rows[i].left);
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

/* ---- runs --------------------------------------------------------------------------------------
 */

#define RUN_TEXTS 20000
#define RUN_MEMBERS 9

/* True and false are harmless under one name, where |context| is. */
static unsigned harmless_word(const void *context, const void *row)
{
	return context && *(const char *)row == 'y' ? JSON_KIND_BOOL : 0;
}

/* With |key| 0 nothing is remembered. */
static void check_run(struct json_sieve remembers, const char *text, struct json_limits most)
{
	struct json_sieve forgets = remembers;
	struct json_gated quick = {SPAN(""), false}, slow = {SPAN(""), false};
	struct error quick_err = {""}, slow_err = {""};
	struct arena arena;

	forgets.key = 0;
	arena_init(&arena, 0);
	int wanted = json_gate_sifted(span_of(text), &most, &forgets, &arena, &slow, &slow_err);
	int result = json_gate_sifted(span_of(text), &most, &remembers, &arena, &quick, &quick_err);

	if (result != wanted || strcmp(quick_err.text, slow_err.text) != 0 ||
	    !span_equal(quick.text, slow.text))
		fail_msg("%s, %u deep, %u members: %d %s, want %d %s", text, most.max_depth,
		    most.max_members, result, quick_err.text, wanted, slow_err.text);
	arena_free(&arena);
}

static unsigned below(unsigned *random, unsigned limit)
{
	*random = *random * 1103515245u + 12345u;
	return (*random >> 16) % limit;
}

/* Members in any order, some of them twice. The first ones are most often the same, so that many
 * texts begin alike. */
static void write_members(char *text, size_t size, unsigned *random)
{
	static const char *const pool[] = {"\"no\":0", "\"yes\":true", "\"bool\":true",
	    "\"in_blank\":{\"no\":0,\"last\":null}", "\"harmless\":null", "\"last\":null",
	    "\"integers\":[1,2]", "\"text\":\"a\"", "\"integer\":7",
	    "\"in_blank\":{\"in_blank\":{\"no\":0}}", "\"no\":null", "\"yes\":1",
	    " \"bool\" : false ", "\"in_blank\":{}"};
	unsigned count = 1 + below(random, RUN_MEMBERS);
	int len = snprintf(text, size, "{");

	for (unsigned i = 0; i < count; i++) {
		unsigned chosen = below(random, 4) ? i : below(random, COUNT(pool));

		len += snprintf(text + len, size - (size_t)len, "%s%s", i ? "," : "", pool[chosen]);
	}
	(void)snprintf(text + len, size - (size_t)len, "}");
}

/* Texts of which parts were read before, by this sieve and by one that leaves out less, within
 * other limits. */
static void runs_are_read_as_if_they_were_new(void **state)
{
	const struct json_sieve more = {
	    .find = find, .harmless = harmless_word, .context = "", .table = find, .key = 2};
	const struct json_sieve less = {
	    .find = find, .harmless = harmless_word, .table = find, .key = 3};
	unsigned random = 1;
	char text[1024];

	(void)state;
	for (unsigned i = 0; i < RUN_TEXTS; i++) {
		const struct json_limits tight = {
		    4096, 1 + below(&random, 4), 1 + below(&random, RUN_MEMBERS * 2)};

		write_members(text, sizeof(text), &random);
		check_run(
		    below(&random, 2) ? more : less, text, below(&random, 2) ? tight : limits);
	}
}

/* Moves past members "no":0 that have a comma behind them. */
static unsigned skip_no(const void *table, const char **at, const char *end, unsigned most,
    struct json_sieve_names *names, struct json_sieve_member *ret_next)
{
	static const struct span member = SPAN("\"no\":0,");
	struct span rest = {*at, (size_t)(end - *at)};

	(void)table;
	(void)names;
	ret_next->name_len = 0;
	if (most == 0 || !span_cut_prefix(&rest, member))
		return 0;
	*at = rest.at;
	return 1;
}

/* A text that is longer than what is left of the memory, in each place where some is needed. */
static void without_memory_it_is_refused(void **state)
{
	static const struct {
		const char *before, *after;
		bool skips;
	} rows[] = {
	    {"{\"no\":0,\"yes\":\"", "\"}", false},
	    {"{\"no\":0,\"yes\":\"", "\"}", true},
	    {"{\"yes\":1,\"\\u0041", "\":1}", false},
	};
	static const struct json_limits large = {1u << 20, 16, 100};
	static char text[50000], filler[40000];
	struct json_sieve skipping = sieve;

	(void)state;
	skipping.skip = skip_no;
	memset(filler, 'x', sizeof(filler) - 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena;
		struct error err = {""};
		struct json_gated left;
		int len =
		    snprintf(text, sizeof(text), "%s%s%s", rows[i].before, filler, rows[i].after);
		struct span all = {text, (size_t)len};

		for (unsigned enough = 0; enough < 2; enough++) {
			arena_init(&arena, enough ? 0 : 40000);
			int result = json_gate_sifted(
			    all, &large, rows[i].skips ? &skipping : &sieve, &arena, &left, &err);

			if (result != (enough ? 0 : -1))
				fail_msg("row %zu: %d %s", i, result, err.text);
			assert_true(enough || strcmp(err.text, "out of memory") == 0);
			arena_free(&arena);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(leaves_out_what_says_nothing),
	    cmocka_unit_test(leaves_out_kinds_of_values),
	    cmocka_unit_test(sifts_the_objects_in_a_map),
	    cmocka_unit_test(without_a_sieve_all_stays),
	    cmocka_unit_test(runs_are_read_as_if_they_were_new),
	    cmocka_unit_test(without_memory_it_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
