/* SPDX-License-Identifier: Apache-2.0 */
/* What the gate lets through, what it refuses, and that cJSON reads all that it lets through. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "json/json.h"

#define DEPTH 64
#define MEMBERS 20000
#define BYTES 1000000

static const struct json_limits limits = {BYTES, DEPTH, MEMBERS};

static bool passes(struct span text, const struct json_limits *with, struct error *err)
{
	struct arena arena;

	arena_init(&arena, 0);
	int gate = json_gate(text, with, &arena, err);
	const cJSON *tree = json_parse(text, with, &arena, NULL);

	if ((gate == 0) != (tree != NULL))
		fail_msg("gate says %d, parse says %p: %.*s", gate, (const void *)tree,
		    (int)text.len, text.at);
	arena_free(&arena);
	return gate == 0;
}

struct row {
	struct span text;
	bool pass;
};

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct error err = {""};
		bool pass = passes(rows[i].text, &limits, &err);

		if (pass != rows[i].pass)
			fail_msg("row %zu: %.*s: %s", i, (int)rows[i].text.len, rows[i].text.at,
			    pass ? "passed" : err.text);
		if (!pass && err.text[0] == '\0')
			fail_msg("row %zu is refused without a reason", i);
	}
}

#define PASS(text)                                                                                 \
	{                                                                                          \
		SPAN(text), true                                                                   \
	}
#define FAIL(text)                                                                                 \
	{                                                                                          \
		SPAN(text), false                                                                  \
	}

static void structure(void **state)
{
	static const struct row rows[] = {
	    PASS("{}"),
	    PASS("[]"),
	    PASS("null"),
	    PASS("true"),
	    PASS("false"),
	    PASS("0"),
	    PASS("\"\""),
	    PASS(" \t\r\n{ \"a\" : [ 1 , { } , [ ] ] } \n"),
	    PASS("{\"a\":{\"b\":{\"c\":[{\"d\":null}]}}}"),
	    FAIL(""),
	    FAIL(" "),
	    FAIL("\n"),
	    FAIL("{"),
	    FAIL("}"),
	    FAIL("["),
	    FAIL("]"),
	    FAIL("{]"),
	    FAIL("[}"),
	    FAIL("{\"a\"}"),
	    FAIL("{\"a\":}"),
	    FAIL("{\"a\" 1}"),
	    FAIL("{\"a\":1"),
	    FAIL("{\"a\":1,"),
	    FAIL("{\"a\":1,}"),
	    FAIL("{,\"a\":1}"),
	    FAIL("{a:1}"),
	    FAIL("{'a':1}"),
	    FAIL("{1:1}"),
	    FAIL("{null:1}"),
	    FAIL("{\"a\":1 \"b\":2}"),
	    FAIL("{\"a\"::1}"),
	    FAIL("{\"a\":1;\"b\":2}"),
	    FAIL("[1,]"),
	    FAIL("[,1]"),
	    FAIL("[1 2]"),
	    FAIL("[1"),
	    FAIL("[1,"),
	    FAIL("nul"),
	    FAIL("nulll"),
	    FAIL("True"),
	    FAIL("NULL"),
	    FAIL("truefalse"),
	    FAIL("undefined"),
	    FAIL("// x\n{}"),
	    FAIL("{}// x"),
	    FAIL("{/* x */}"),
	    /* behind the value */
	    FAIL("{}{}"),
	    FAIL("{} {\"Privileged\":true}"),
	    FAIL("{}garbage"),
	    FAIL("{}}"),
	    FAIL("{}]"),
	    FAIL("{}\0"),
	    FAIL("{},"),
	    /* what cJSON takes for white space */
	    FAIL("\xef\xbb\xbf{}"),
	    FAIL("\x0b{}"),
	    FAIL("\x0c{}"),
	    FAIL("\0{}"),
	    FAIL("\x01{}"),
	    FAIL("\xc2\xa0{}"),
	    FAIL("{}\x0b"),
	    FAIL("{\"a\":\x0b 1}"),
	    FAIL("[1,\x01 2]"),
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void strings(void **state)
{
	static const struct row rows[] = {
	    PASS("\"plain text that is longer than a word\""),
	    PASS("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
	    PASS("\"\\u0041\\u00e9\\uFFFF\\u0001\""),
	    PASS("\"\\ud83d\\ude00\""),
	    PASS("\"\\uD83D\\uDE00 \\udbff\\udfff\""),
	    PASS("\"\x7f\""),
	    PASS("\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\""),
	    PASS("\"\xef\xbb\xbf\""),
	    PASS("{\"HoſtConfig\":{}}"), /* judged at schema levels */
	    PASS("{\"\\u017f\":1}"),
	    PASS("{\"\":1}"),
	    FAIL("\"abc"),
	    FAIL("\"abcdefgh"),
	    FAIL("\"abc\\\""),
	    FAIL("\"abc\\"),
	    FAIL("\"\\x41\""),
	    FAIL("\"\\'\""),
	    FAIL("\"\\0\""),
	    FAIL("\"\\\0\""),
	    FAIL("\"\\a\""),
	    FAIL("\"\\U0041\""),
	    FAIL("\"\\u\""),
	    FAIL("\"\\u004\""),
	    FAIL("\"\\u004g\""),
	    FAIL("\"\\u 041\""),
	    FAIL("\"\\u0000\""),
	    FAIL("{\"Privileged\\u0000x\":true}"),
	    FAIL("\"\\ud800\""),
	    FAIL("\"\\udc00\""),
	    FAIL("\"\\ud800\\ud800\""),
	    FAIL("\"\\ud800x\""),
	    FAIL("\"\\ud83d\\u0041\""),
	    FAIL("\"\\ude00\\ud83d\""),
	    FAIL("\"a\tb\""),
	    FAIL("\"a\nb\""),
	    FAIL("\"a\x1f\""),
	    FAIL("\"a\0b\""),
	    FAIL("\"12345678\x01\""),
	    FAIL("{\"a\0b\":1}"),
	    FAIL("{\"a\tb\":1}"),
	    FAIL("\"\x80\""),
	    FAIL("\"\xff\""),
	    FAIL("\"\xc0\x80\""),
	    FAIL("\"\xc1\x90rivileged\""),
	    FAIL("\"\xe0\x81\x90\""),
	    FAIL("\"\xed\xa0\x80\""),
	    FAIL("\"\xf4\x90\x80\x80\""),
	    FAIL("\"\xc3\""),
	    FAIL("\"\xe2\x82\""),
	    FAIL("{\"a\xff\":1}"),
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void a_number_out_of_range_names_its_member(void **state)
{
	static const char *const rows[][2] = {
	    {"{\"a\":{\"Memory\":1e999}}", "Memory: a number out of range at byte 20"},
	    {"{\"x\\\"y\":1,\"l\":[[1e100]]}", "l: a number out of range at byte 21"},
	    {"{\"x\\\"y\":1e100}", "x\\\"y: a number out of range at byte 13"},
	    {"[1e100]", "a number out of range at byte 6"},
	    {"{\"a\":\"1e100\",\"b\":01}", "a number that starts with 0 at byte 17"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = {""};

		assert_false(passes(span_of(rows[i][0]), &limits, &err));
		assert_string_equal(err.text, rows[i][1]);
	}
}

static void numbers(void **state)
{
	static const struct row rows[] = {
	    PASS("-0"),
	    PASS("-1"),
	    PASS("10"),
	    PASS("1.5"),
	    PASS("0.30000001192092896"),
	    PASS("6.7e7"),
	    PASS("67108864.0"),
	    PASS("1E+2"),
	    PASS("1e-2"),
	    PASS("1e99"),
	    PASS("0e0"),
	    PASS("9007199254740992"),
	    PASS("-9007199254740992"),
	    PASS("7776000000000000"),
	    PASS("999999999999999"),
	    PASS("9007199254740993"),
	    PASS("-9007199254740993"),
	    PASS("9223372036854775807"),
	    PASS("9223372036854775808"),
	    PASS("18446744073709551616"),
	    PASS("1000000000000000000000000000000000000000"),
	    PASS("-100000000000000000000000000000000000000"),
	    FAIL("10000000000000000000000000000000000000000"),
	    FAIL("100000000000000000000000000000000000000000000000000000000000"),
	    FAIL("1e100"),
	    FAIL("1e400"),
	    FAIL("1e-400"),
	    FAIL("01"),
	    FAIL("067"),
	    FAIL("00"),
	    FAIL("-01"),
	    FAIL("1."),
	    FAIL("1.e2"),
	    FAIL(".5"),
	    FAIL("+1"),
	    FAIL("-"),
	    FAIL("--1"),
	    FAIL("1e"),
	    FAIL("1e+"),
	    FAIL("1ee2"),
	    FAIL("1.2.3"),
	    FAIL("0x10"),
	    FAIL("1_0"),
	    FAIL("NaN"),
	    FAIL("Infinity"),
	    FAIL("-Infinity"),
	    FAIL("1f"),
	    FAIL("1-2"),
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void names(void **state)
{
	static const struct row rows[] = {
	    PASS("{\"a\":1,\"b\":2}"),
	    PASS("{\"a\":{\"a\":{\"a\":1}}}"),
	    PASS("[{\"a\":1},{\"a\":2}]"),
	    PASS("{\"a\":{\"b\":1},\"b\":{\"a\":1}}"),
	    PASS("{\"Privileged\":true,\"privileged\":false}"), /* judged at schema levels */
	    PASS("{\"k\":1,\"K\":1}"),
	    PASS("{\"\\\\u0061\":1,\"a\":2}"),
	    FAIL("{\"a\":1,\"a\":2}"),
	    FAIL("{\"\":1,\"\":2}"),
	    FAIL("{\"HostConfig\":{\"Privileged\":true},\"HostConfig\":{}}"),
	    FAIL("{\"x\":{\"Binds\":[],\"y\":1,\"Binds\":null}}"),
	    FAIL("{\"a\":{\"b\":1,\"c\":2},\"a\":1}"),
	    FAIL("{\"a\":1,\"\\u0061\":2}"),
	    FAIL("{\"\\u0061b\":1,\"a\\u0062\":2}"),
	    FAIL("{\"a/b\":1,\"a\\/b\":2}"),
	    FAIL("{\"\\n\":1,\"\\u000a\":2}"),
	    FAIL("{\"\xc3\xa9\":1,\"\\u00E9\":2}"),
	    FAIL("{\"\xe2\x82\xac\":1,\"\\u20ac\":2}"),
	    FAIL("{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":2}"),
	    FAIL("{\"name of sixteen!\":1,\"name of sixteen!\":2}"),
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

/* Writes an object of |count| names; the last one is that of |twice| (or its own). */
static struct span write_object(struct buf *buf, unsigned count, unsigned twice)
{
	buf_clear(buf);
	buf_add_char(buf, '{');
	for (unsigned i = 0; i < count; i++)
		buf_add_format(
		    buf, "%s\"label.%u.example\":%u", i ? "," : "", i + 1 == count ? twice : i, i);
	buf_add_char(buf, '}');
	assert_false(buf->failed);
	return buf_span(buf);
}

static void large_objects_have_no_name_twice(void **state)
{
	static const unsigned counts[] = {2, 16, 17, 127, 128, 129, 130, 200, 5000};
	struct buf buf;

	(void)state;
	buf_init(&buf, BYTES);
	for (size_t i = 0; i < COUNT(counts); i++) {
		unsigned count = counts[i];

		if (!passes(write_object(&buf, count, count), &limits, NULL))
			fail_msg("%u different names are refused", count);
		if (passes(write_object(&buf, count, 0), &limits, NULL) ||
		    passes(write_object(&buf, count, count - 2), &limits, NULL) ||
		    passes(write_object(&buf, count, count / 2 - 1), &limits, NULL))
			fail_msg("a name twice among %u passes", count);
	}
	buf_free(&buf);
}

static void a_name_twice_is_found_behind_an_inner_object(void **state)
{
	struct buf buf, outer;

	(void)state;
	buf_init(&buf, BYTES);
	buf_init(&outer, BYTES);
	for (unsigned count = 100; count < 300; count += 100) {
		struct span inner = write_object(&buf, count, count);

		buf_clear(&outer);
		buf_add_format(
		    &outer, "{\"a\":1,\"b\":%.*s,\"c\":1,\"a\":2}", (int)inner.len, inner.at);
		assert_false(passes(buf_span(&outer), &limits, NULL));
		buf_clear(&outer);
		buf_add_format(
		    &outer, "{\"a\":1,\"b\":%.*s,\"c\":1,\"d\":2}", (int)inner.len, inner.at);
		assert_true(passes(buf_span(&outer), &limits, NULL));
	}
	buf_free(&buf);
	buf_free(&outer);
}

static void limits_are_exact(void **state)
{
	static const struct {
		const char *text;
		struct json_limits limits;
		bool pass;
	} rows[] = {
	    {"[[[]]]", {100, 3, 100}, true},
	    {"[[[[]]]]", {100, 3, 100}, false},
	    {"{\"a\":[{}]}", {100, 3, 100}, true},
	    {"{\"a\":[{\"b\":{}}]}", {100, 3, 100}, false},
	    {"1", {100, 0, 100}, true},
	    {"[]", {100, 0, 100}, false},
	    {"[[],[],[[]]]", {100, 3, 100}, true},
	    {"[1,2,3]", {100, 3, 3}, true},
	    {"[1,2,3,4]", {100, 3, 3}, false},
	    {"{\"a\":[1],\"b\":2}", {100, 3, 3}, true},
	    {"{\"a\":[1],\"b\":2,\"c\":3}", {100, 3, 3}, false},
	    {"[]", {100, 3, 0}, true},
	    {"[123]", {5, 3, 3}, true},
	    {"[123]", {4, 3, 3}, false},
	    {"  1  ", {4, 3, 3}, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (passes(span_of(rows[i].text), &rows[i].limits, NULL) != rows[i].pass)
			fail_msg("row %zu: %s", i, rows[i].text);
	}
}

static void deep_text_is_refused_without_harm(void **state)
{
	static const struct json_limits deep = {BYTES, 900, MEMBERS};
	char *text = malloc(BYTES);

	(void)state;
	assert_non_null(text);
	memset(text, '[', BYTES);
	assert_false(passes((struct span){text, BYTES}, &limits, NULL));
	assert_false(passes((struct span){text, BYTES}, &deep, NULL));
	memset(text + 900, ']', 900);
	assert_true(passes((struct span){text, 1800}, &deep, NULL));
	free(text);
}

static void reasons_name_the_byte(void **state)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
	    {"{\"a\":1,\"a\":2}", "a name that its object has twice at byte 7"},
	    {"{\"a\":x}", "byte 0x78 where a value must stand, at byte 5"},
	    {"[1 2]", "byte 0x32 where a comma or ] must stand, at byte 3"},
	    {"{} x", "byte 0x78 where the end must stand, at byte 3"},
	    {"[1", "ends where a comma or ] must stand"},
	    {"\"a\\u0000\"", "\\u0000 at byte 2"},
	    {"", "empty"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = {""};

		assert_false(passes(span_of(rows[i].text), &limits, &err));
		assert_string_equal(err.text, rows[i].reason);
	}
}

static void a_full_arena_refuses(void **state)
{
	struct arena arena;
	struct error err = {""};

	(void)state;
	arena_init(&arena, 1);
	assert_int_equal(json_gate(SPAN("{\"a\":1}"), &limits, &arena, &err), -1);
	assert_string_equal(err.text, "out of memory");
	assert_int_equal(json_gate(SPAN("[1]"), &limits, &arena, &err), 0);
	assert_null(json_parse(SPAN("[1]"), &limits, &arena, &err));
	arena_free(&arena);
}

/* Outside of a parse cJSON has the usual memory, so that others may use it. */
static void a_tree_lives_in_its_arena(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 0);
	cJSON *tree = json_parse(SPAN("{\"a\":[1,\"x\"]}"), &limits, &arena, NULL);

	assert_non_null(tree);
	assert_true((uintptr_t)tree >= (uintptr_t)arena.end - arena.held &&
		    (uintptr_t)tree < (uintptr_t)arena.end);
	cJSON *other = cJSON_CreateObject();

	assert_non_null(other);
	assert_false((uintptr_t)other >= (uintptr_t)arena.end - arena.held &&
		     (uintptr_t)other < (uintptr_t)arena.end);
	cJSON_Delete(other);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(structure),
	    cmocka_unit_test(strings),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(a_number_out_of_range_names_its_member),
	    cmocka_unit_test(names),
	    cmocka_unit_test(large_objects_have_no_name_twice),
	    cmocka_unit_test(a_name_twice_is_found_behind_an_inner_object),
	    cmocka_unit_test(limits_are_exact),
	    cmocka_unit_test(deep_text_is_refused_without_harm),
	    cmocka_unit_test(reasons_name_the_byte),
	    cmocka_unit_test(a_full_arena_refuses),
	    cmocka_unit_test(a_tree_lives_in_its_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
