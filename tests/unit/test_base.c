/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/glob.h"
#include "base/ip.h"
#include "base/utf8.h"
#include "base/word.h"

#include <stdlib.h>

static void glob_matches_whole_texts(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool match;
	} rows[] = {
	    {"", "", true},
	    {"", "a", false},
	    {"a", "a", true},
	    {"a", "ab", false},
	    {"*", "", true},
	    {"*", "abc", true},
	    {"*", "a/c", false},
	    {"**", "a/c", true},
	    {"/srv/**", "/srv/a/b", true},
	    {"/srv/**", "/srv", false},
	    {"/srv/**", "/srvx/a", false},
	    {"/containers/*/start", "/containers/x/start", true},
	    {"/containers/*/start", "/containers/x/y/start", false},
	    {"/containers/**/start", "/containers/x/y/start", true},
	    {"**/*.c", "a/b/c.c", true},
	    {"**/*.c", "a/b/c.h", false},
	    {"**a*b", "xax/ayb", true},
	    {"**a*b", "ax/b", false},
	    {"?", "/", false},
	    {"?x", "ax", true},
	    {"*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
	    {"bb:*", "bb:1", true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (glob_match(span_of(rows[i].pattern), span_of(rows[i].text)) != rows[i].match)
			fail_msg("row %zu: %s on %s", i, rows[i].pattern, rows[i].text);
	}
	assert_true(glob_match_nocase(SPAN("SYS_*"), SPAN("sys_admin")));
}

/* The same in the plainest way. */
static bool slow_match(const char *pattern, const char *text)
{
	bool two = pattern[0] == '*' && pattern[1] == '*';

	if (*pattern == '\0')
		return *text == '\0';
	if (*pattern != '*')
		return *text && (*pattern == '?' ? *text != '/' : *pattern == *text) &&
		       slow_match(pattern + 1, text + 1);
	for (;; text++) {
		if (slow_match(pattern + 1 + two, text))
			return true;
		if (*text == '\0' || (*text == '/' && !two))
			return false;
	}
}

static void fill(char *text, size_t most, const char *letters, unsigned *seed)
{
	size_t len = (size_t)rand_r(seed) % most;

	for (size_t i = 0; i < len; i++)
		text[i] = letters[(size_t)rand_r(seed) % strlen(letters)];
	text[len] = '\0';
}

static void glob_leaps_over_no_match(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		char pattern[12], text[16];

		fill(pattern, sizeof(pattern), "ab/**?*", &seed);
		fill(text, sizeof(text), "ab/a", &seed);
		if (glob_match(span_of(pattern), span_of(text)) != slow_match(pattern, text))
			fail_msg("\"%s\" on \"%s\"", pattern, text);
	}
}

/* Quadratic work would take minutes here. */
static void glob_is_not_slowed_by_long_texts(void **state)
{
	static const char *const patterns[] = {"**a*a*a*b**", "**a*/*a*/b*c", "**/a*/a*b", "**?*b"};
	static const char *const units[] = {"a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/", "/a"};
	size_t len = 2000000;
	char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < COUNT(units); i++) {
		for (size_t at = 0; at < len; at++)
			text[at] = units[i][at % strlen(units[i])];
		for (size_t j = 0; j < COUNT(patterns); j++)
			assert_false(glob_match(span_of(patterns[j]), (struct span){text, len}));
	}
	free(text);
}

static void numbers_are_whole_and_bounded(void **state)
{
	uint64_t value = 7;

	(void)state;
	assert_true(span_to_uint(SPAN("18446744073709551615"), UINT64_MAX, &value));
	assert_true(value == UINT64_MAX);
	assert_false(span_to_uint(SPAN("18446744073709551616"), UINT64_MAX, &value));
	assert_true(span_to_uint(SPAN("65535"), 65535, &value));
	assert_false(span_to_uint(SPAN("65536"), 65535, &value));
	assert_false(span_to_uint(SPAN(""), 9, &value));
	assert_false(span_to_uint(SPAN("+1"), 9, &value));
	assert_false(span_to_uint(SPAN("1 "), 9, &value));
	assert_false(span_to_uint(SPAN("7"), 5, &value));
	assert_int_equal(value, 65535);
}

static void words_are_found_whole(void **state)
{
	static const struct {
		const char *word, *words;
		bool found;
	} rows[] = {
	    {"a", "a", true},
	    {"b", "a b", true},
	    {"host", "default bridge host none", true},
	    {"bb", "b bb bbb", true},
	    {"bbb", "b bb bbb", true},
	    {"c", "a  c", true},
	    {"", "a", false},
	    {"", "", false},
	    {"a", "", false},
	    {"a", NULL, false},
	    {"hos", "default bridge host none", false},
	    {"hosts", "default bridge host none", false},
	    {"bridge host", "default bridge host none", false},
	    {" host", "default bridge host none", false},
	    {"Host", "host", false},
	};
	const struct span broken = {"a\0b", 3};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    span_in_words(span_of(rows[i].word), rows[i].words), rows[i].found);
	assert_false(span_in_words(broken, "a b a"));
}

/* Each byte at each place, with each number of bytes behind it. */
static void plain_bytes_are_skipped(void **state)
{
	char text[48];

	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';

		memset(text, 'a', sizeof(text));
		for (size_t i = 0; i < sizeof(text); i++) {
			text[i] = (char)byte;
			const char *end = text + sizeof(text), *last = text + i + 1;

			assert_ptr_equal(word_skip_plain(text, end, false), plain ? end : text + i);
			assert_ptr_equal(word_skip_plain(text, end, true),
			    plain && byte != 0x7f ? end : text + i);
			assert_ptr_equal(
			    word_skip_plain(text, last, false), plain ? last : text + i);
			assert_ptr_equal(word_skip_plain(text, text + i, true), text + i);
			text[i] = 'a';
		}
	}
}

static void words_and_cuts(void **state)
{
	struct span rest = SPAN("  a  bc\td "), after;

	(void)state;
	assert_span(span_next_word(&rest), "a");
	assert_span(span_next_word(&rest), "bc");
	assert_span(span_next_word(&rest), "d");
	assert_int_equal(span_next_word(&rest).len, 0);
	assert_span(span_cut(SPAN("k=v=w"), '=', &after), "k");
	assert_span(after, "v=w");
	assert_span(span_cut(SPAN("k"), '=', &after), "k");
	assert_null(after.at);
}

/* By words or byte by byte: no byte of either text is left out, and none behind them looked at. */
static void bytes_are_compared_to_the_last(void **state)
{
	char a[42], b[42];

	(void)state;
	for (size_t len = 0; len < sizeof(a); len++) {
		memset(a, 'x', sizeof(a));
		memset(b, 'y', sizeof(b));
		memset(b, 'x', len);
		assert_true(bytes_equal(a, b, len));
		for (size_t i = 0; i < len; i++) {
			b[i] = 'X';
			assert_false(bytes_equal(a, b, len));
			b[i] = 'x';
		}
	}
}

static void utf8_is_strict(void **state)
{
	(void)state;
	assert_int_equal(utf8_length(SPAN("a")), 1);
	assert_int_equal(utf8_length(SPAN("\xc3\xa9")), 2);
	assert_int_equal(utf8_length(SPAN("\xf0\x9f\x98\x80")), 4);
	assert_int_equal(utf8_length(SPAN("\xc0\x80")), 0);
	assert_int_equal(utf8_length(SPAN("\xe0\x80\x80")), 0);
	assert_int_equal(utf8_length(SPAN("\xed\xa0\x80")), 0);
	assert_int_equal(utf8_length(SPAN("\xf4\x90\x80\x80")), 0);
	assert_int_equal(utf8_length(SPAN("\xe2\x82")), 0);
	assert_int_equal(utf8_length(SPAN("\x80")), 0);
}

static void buffers_stop_at_their_maximum(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 8);
	buf_add_text(&buf, "12345678");
	assert_false(buf.failed);
	buf_add_char(&buf, '9');
	assert_true(buf.failed);
	assert_span(buf_span(&buf), "12345678");
	buf_clear(&buf);
	buf_add_uint(&buf, 0);
	buf_add_format(&buf, "%d", 42);
	assert_string_equal(buf_text(&buf), "042");
	buf_free(&buf);
}

static void escapes_keep_logs_in_one_line(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 1024);
	buf_add_json(&buf, SPAN("a\"\\\n\x7f\xc3\xa9\xff"), 0);
	assert_string_equal(buf_text(&buf), "\"a\\\"\\\\\\u000a\\u007f\xc3\xa9\\ufffd\"");
	buf_clear(&buf);
	buf_add_json(&buf, SPAN("abcdef"), 3);
	assert_string_equal(buf_text(&buf), "\"abc\xe2\x80\xa6\"");
	buf_clear(&buf);
	buf_add_escaped(&buf, SPAN("a\r\n\\\x80z"), 5);
	assert_string_equal(buf_text(&buf), "a\\x0d\\x0a\\x5c\\x80...");
	buf_free(&buf);
}

static void arenas_stop_at_their_limit(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 104000);
	char *a = arena_alloc(&arena, 10), *b = arena_alloc(&arena, 10);

	assert_non_null(a);
	assert_int_equal(b - a, 16);
	assert_non_null(arena_alloc(&arena, 36000));
	assert_null(arena_alloc(&arena, 36000));
	arena_reset(&arena);
	assert_int_equal(arena.held, 32768);
	assert_non_null(arena_alloc(&arena, 36000));
	assert_string_equal(arena_copy(&arena, SPAN("hello")), "hello");
	arena_free(&arena);
	assert_int_equal(arena.held, 0);
}

static void addresses_have_one_spelling(void **state)
{
	static const struct {
		const char *text, *spelt; /* NULL: refused */
	} rows[] = {
	    {"192.0.2.1", "192.0.2.1"},
	    {"2001:DB8:0::1", "2001:db8::1"},
	    {"::ffff:192.0.2.1", NULL},
	    {"192.0.2", NULL},
	    {"192.0.2.01", NULL},
	    {"fe80::1%eth0", NULL},
	    {"[::1]", NULL},
	    {"", NULL},
	};
	char text[IP_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ip ip;
		bool read = ip_parse(span_of(rows[i].text), &ip);

		assert_int_equal(read, rows[i].spelt != NULL);
		if (read)
			assert_string_equal(ip_format(&ip, text), rows[i].spelt);
	}
	struct ip mapped = ip_from("\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\1", 16);

	assert_string_equal(ip_format(&mapped, text), "10.0.0.1");
	assert_string_equal(ip_format(&(struct ip){.len = 0}, text), "");
}

static void ranges_hold_their_addresses(void **state)
{
	static const struct {
		const char *range, *ip;
		bool in;
	} rows[] = {
	    {"10.0.0.0/8", "10.255.0.1", true},
	    {"10.0.0.0/8", "11.0.0.1", false},
	    {"192.0.2.128/25", "192.0.2.128", true},
	    {"192.0.2.128/25", "192.0.2.127", false},
	    {"192.0.2.1", "192.0.2.1", true},
	    {"192.0.2.1", "192.0.2.0", false},
	    {"0.0.0.0/0", "192.0.2.1", true},
	    {"0.0.0.0/0", "2001:db8::1", false},
	    {"::/0", "2001:db8::1", true},
	    {"::/0", "192.0.2.1", false},
	    {"2001:db8::/31", "2001:db9::1", true},
	    {"2001:db8::/31", "2001:dba::1", false},
	};
	static const char *const bad[] = {
	    "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "x/8", ""};
	struct ip_range range;
	struct error err;
	struct ip ip;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(ip_range_parse(span_of(rows[i].range), &range, &err), 0);
		assert_true(ip_parse(span_of(rows[i].ip), &ip));
		assert_int_equal(ip_in_range(&ip, &range), rows[i].in);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(ip_range_parse(span_of(bad[i]), &range, &err), -1);
	assert_false(ip_in_range(&(struct ip){.len = 0}, &(struct ip_range){.bits = 0}));
	assert_false(ip_equal(&(struct ip){.len = 0}, &(struct ip){.len = 0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(glob_matches_whole_texts),
	    cmocka_unit_test(glob_leaps_over_no_match),
	    cmocka_unit_test(glob_is_not_slowed_by_long_texts),
	    cmocka_unit_test(numbers_are_whole_and_bounded),
	    cmocka_unit_test(words_and_cuts),
	    cmocka_unit_test(words_are_found_whole),
	    cmocka_unit_test(bytes_are_compared_to_the_last),
	    cmocka_unit_test(plain_bytes_are_skipped),
	    cmocka_unit_test(utf8_is_strict),
	    cmocka_unit_test(buffers_stop_at_their_maximum),
	    cmocka_unit_test(escapes_keep_logs_in_one_line),
	    cmocka_unit_test(arenas_stop_at_their_limit),
	    cmocka_unit_test(addresses_have_one_spelling),
	    cmocka_unit_test(ranges_hold_their_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
