/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "json/json.h"

static const struct json_limits limits = {10000, 20, 1000};
static struct arena arena;

static cJSON *parse(const char *text)
{
	struct error err = {""};
	cJSON *tree = json_parse(span_of(text), &limits, &arena, &err);

	if (!tree)
		fail_msg("%s: %s", text, err.text);
	return tree;
}

static void emptiness_goes_all_the_way_down(void **state)
{
	static const struct {
		const char *text;
		bool empty;
	} rows[] = {
	    {"null", true},
	    {"false", true},
	    {"0", true},
	    {"-0", true},
	    {"0.0", true},
	    {"\"\"", true},
	    {"[]", true},
	    {"{}", true},
	    {"[0,0]", true},
	    {"[[],{},null,\"\"]", true},
	    {"{\"a\":null,\"b\":{\"c\":[false]}}", true},
	    {"true", false},
	    {"1", false},
	    {"-1", false},
	    {"0.1", false},
	    {"\" \"", false},
	    {"\"0\"", false},
	    {"[null,1]", false},
	    {"{\"a\":{\"b\":[\"x\"]}}", false},
	};

	(void)state;
	assert_true(json_is_empty(NULL));
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (json_is_empty(parse(rows[i].text)) != rows[i].empty)
			fail_msg("%s", rows[i].text);
	}
}

static void names_fold_as_in_go(void **state)
{
	static const struct {
		const char *name, *field;
		bool same;
	} rows[] = {
	    {"HostConfig", "HostConfig", true},
	    {"hostconfig", "HostConfig", true},
	    {"HOSTCONFIG", "HostConfig", true},
	    {"Ho\xc5\xbftConfig", "HostConfig", true},
	    {"Bind\xc5\xbf", "Binds", true},
	    {"Networ\xe2\x84\xaaMode", "NetworkMode", true},
	    {"\xe2\x84\xaa\xc5\xbf", "KS", true},
	    {"dEtach", "Detach", true},
	    {"CPURealtimePeriod", "CpuRealtimePeriod", true},
	    {"", "", true},
	    {"Binds ", "Binds", false},
	    {"Bind", "Binds", false},
	    {"Bindss", "Binds", false},
	    {"", "Binds", false},
	    {"Binds", "", false},
	    {"Bind\xc5\xbe", "Binds", false},
	    {"Bind\xc5", "Binds", false},
	    {"\xe2\x84", "K", false},
	    {"\xe2\x84\xab", "K", false},
	    {"T\xc4\xb1y", "Tiy", false},
	    {"[", "{", false},
	    {"@", "`", false},
	    {"a_b", "a-b", false},
	    {"\xc3\x89", "\xc3\x89", true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (json_names_field(rows[i].name, rows[i].field) != rows[i].same)
			fail_msg("%s and %s", rows[i].name, rows[i].field);
	}
	assert_true(json_name_is_foreign("Bind\xc5\xbf"));
	assert_false(json_name_is_foreign("Binds\x7f"));
	assert_false(json_name_is_foreign(""));
}

static void fields_are_found_as_go_finds_them(void **state)
{
	const cJSON *tree = parse("{\"a\":\"x\",\"hostCONFIG\":{\"memory\":5},\"b\":null,\"n\":7}");
	const cJSON *host = json_field(tree, "HostConfig");

	(void)state;
	assert_non_null(host);
	assert_int_equal(json_field(host, "Memory")->valueint, 5);
	assert_null(json_field(tree, "Memory"));
	assert_null(json_field(NULL, "a"));
	assert_null(json_field(parse("[{\"a\":1}]"), "a"));
	assert_null(json_field(parse("\"a\""), "a"));
	assert_string_equal(json_string(json_field(tree, "A")), "x");
	assert_string_equal(json_string(json_field(tree, "n")), "");
	assert_string_equal(json_string(json_field(tree, "b")), "");
	assert_string_equal(json_string(NULL), "");
}

static void escapes_are_undone(void **state)
{
	const cJSON *tree = parse("{\"\\u0050rivileged\":\"\\ud83d\\ude00\\n\"}");

	(void)state;
	assert_string_equal(tree->child->string, "Privileged");
	assert_string_equal(tree->child->valuestring, "\xf0\x9f\x98\x80\n");
}

static int end(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void integers_are_exact(void **state)
{
	static const struct {
		const char *text;
		bool fits, negative;
		uint64_t size;
	} rows[] = {
	    {"0", true, false, 0},
	    {"-0", true, false, 0},
	    {"-1", true, true, 1},
	    {"9007199254740992", true, false, UINT64_C(9007199254740992)},
	    {"9007199254740993", true, false, UINT64_C(9007199254740993)},
	    {"-9007199254740993", true, true, UINT64_C(9007199254740993)},
	    {"9223372036854775807", true, false, INT64_MAX},
	    {"-9223372036854775808", true, true, UINT64_C(1) << 63},
	    {"18446744073709551615", true, false, UINT64_MAX},
	    {"18446744073709551616", false, false, 0},
	    {"1000000000000000000000000000000000000000", false, false, 0},
	    {"1.0", false, false, 0},
	    {"1e3", false, false, 0},
	    {"1E3", false, false, 0},
	    {"0e0", false, false, 0},
	    {"1.5", false, false, 0},
	    {"\"1\"", false, false, 0},
	    {"true", false, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_integer integer = {false, 0};
		bool fits = json_integer(parse(rows[i].text), &integer);

		if (fits != rows[i].fits || integer.negative != rows[i].negative ||
		    integer.size != rows[i].size)
			fail_msg("%s", rows[i].text);
	}
}

/* The numbers beside one that a double does not hold keep their places. */
static void each_number_has_its_own_text(void **state)
{
	static const char *const texts[] = {"7", "9007199254740993", "-0", "1.50", "2"};
	const cJSON *tree =
	    parse("{\"1\":7,\"2\\\"3\":[9007199254740993,\"4\",true,null,{\"x5\":-0}],"
		  "\"6e\":{\"y\":1.50},\"z\":[[],{},[2]]}");
	const cJSON *list = tree->child->next->child, *z = tree->child->next->next->next;
	const cJSON *numbers[] = {tree->child, list, list->next->next->next->next->child,
	    tree->child->next->next->child, z->child->next->next->child};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		char room[JSON_NUMBER_MOST];
		struct span text = json_number_text(numbers[i], &room);

		if (!span_equal(text, span_of(texts[i])))
			fail_msg("%s: %.*s", texts[i], (int)text.len, text.at);
	}
}

static bool within(const char *text, double most)
{
	return json_number(parse(text)) <= most;
}

static void a_maximum_holds_to_the_last_unit(void **state)
{
	(void)state;
	assert_true(within("9007199254740992", 0x1p53));
	assert_false(within("9007199254740993", 0x1p53));
	assert_true(within("1152921504606846976", 0x1p60));
	assert_false(within("1152921504606846977", 0x1p60));
	assert_true(within("18446744073709551615", 0x1p64));
	assert_false(within("18446744073709551617", 0x1p64 - 4096));
	assert_true(json_number(parse("-9007199254740993")) < -0x1p53);
	assert_true(within("1.5", 1.5));
	assert_true(json_number(parse("\"5\"")) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(emptiness_goes_all_the_way_down),
	    cmocka_unit_test(names_fold_as_in_go),
	    cmocka_unit_test(fields_are_found_as_go_finds_them),
	    cmocka_unit_test(escapes_are_undone),
	    cmocka_unit_test(integers_are_exact),
	    cmocka_unit_test(each_number_has_its_own_text),
	    cmocka_unit_test(a_maximum_holds_to_the_last_unit),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
