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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(emptiness_goes_all_the_way_down),
	    cmocka_unit_test(names_fold_as_in_go),
	    cmocka_unit_test(fields_are_found_as_go_finds_them),
	    cmocka_unit_test(escapes_are_undone),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
