/* SPDX-License-Identifier: Apache-2.0 */
/* What it costs to read the largest bodies, heads and targets that the limits permit, in basic
 * blocks that are entered (libcounted.a counts them), never in time: each stays within a budget,
 * and twice as much costs twice as much. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "config/config.h"

#define BLOCKS_MOST 40000000u /* some 50 ms with what cJSON adds */
#define MAX_HELD ((size_t)1 << 30)

static uint64_t blocks;

void __sanitizer_cov_trace_pc(void);

/* Called for each basic block of libcounted.a. */
void __sanitizer_cov_trace_pc(void)
{
	blocks++;
}

/* The text of a shape: |before|, then |piece| again and again, '#' a number and '$' as many letters
 * as are left, then |after|. */
struct shape {
	const char *before, *piece, *after;
	unsigned pieces; /* 0: as many as the limits permit */
};

struct paper {
	char *text;
	size_t len;
};

static void add(struct paper *paper, const char *text, unsigned number, size_t letters)
{
	for (; *text; text++) {
		if (*text == '#') {
			paper->len +=
			    (size_t)snprintf(paper->text + paper->len, 16, "%08u", number);
		} else if (*text == '$') {
			memset(paper->text + paper->len, 'a', letters);
			paper->len += letters;
		} else {
			paper->text[paper->len++] = *text;
		}
	}
}

/* No longer than |size|, with |count| pieces at most. */
static struct paper write_shape(const struct shape *shape, size_t size, unsigned count)
{
	struct paper paper = {malloc(2 * size + 64), 0};
	size_t ends = strlen(shape->before) + strlen(shape->after);
	size_t least = strlen(shape->piece);

	assert_non_null(paper.text);
	for (const char *at = shape->piece; (at = strchr(at, '#')); at++)
		least += 7;
	unsigned most = (unsigned)((size - ends) / least);

	if (count > most)
		count = most;
	size_t letters = (size - ends) / count - least;

	add(&paper, shape->before, 0, 0);
	for (unsigned i = 0; i < count; i++)
		add(&paper, shape->piece, i, letters);
	add(&paper, shape->after, 0, 0);
	return paper;
}

typedef void read_fn(struct span text, const struct limits *limits, struct arena *arena);

static uint64_t cost(const struct shape *shape, size_t size, unsigned count, read_fn *read,
    const struct limits *limits)
{
	struct paper paper = write_shape(shape, size, count);
	struct arena arena;

	arena_init(&arena, MAX_HELD);
	blocks = 0;
	read((struct span){paper.text, paper.len}, limits, &arena);
	uint64_t entered = blocks;

	arena_free(&arena);
	free(paper.text);
	assert_true(entered > 10);
	return entered;
}

static void check_shapes(const struct shape *shapes, size_t shape_count, size_t size,
    unsigned count, read_fn *read, const struct limits *limits)
{
	for (size_t i = 0; i < shape_count; i++) {
		unsigned pieces = shapes[i].pieces ? shapes[i].pieces : count;
		uint64_t whole = cost(&shapes[i], size, pieces, read, limits);
		uint64_t half = cost(&shapes[i], size / 2, pieces / 2 + pieces % 2, read, limits);

		if (whole > BLOCKS_MOST)
			fail_msg("row %zu: %llu blocks", i, (unsigned long long)whole);
		if (whole > half * 5 / 2)
			fail_msg("row %zu: %llu blocks, and %llu of half as much", i,
			    (unsigned long long)whole, (unsigned long long)half);
	}
}

/* ---- bodies
 * ---------------------------------------------------------------------------------------------------
 */

static void read_body(struct span text, const struct limits *limits, struct arena *arena)
{
	struct error err;

	if (!json_parse(text, &limits->json, arena, &err) && !strstr(err.text, "twice"))
		fail_msg("%s", err.text);
}

static void the_largest_bodies_have_a_bound(void **state)
{
	static const struct shape shapes[] = {
	    {"[", "1234567890123456789.1234567890123456,", "1]", 0},
	    {"[", "1#e1,", "1]", 0},
	    {"[", "\"$\",", "\"\"]", 0},
	    {"[\"", "$", "\"]", 1},
	    {"[\"", "\\u0041", "\"]", UINT32_MAX},
	    {"[\"", "\\\\\\n", "\"]", UINT32_MAX},
	    {"[\"", "\\ud83d\\ude00", "\"]", UINT32_MAX},
	    {"[\"", "\xf0\x9f\x98\x80", "\"]", UINT32_MAX},
	    {"{", "\"$#\":true,", "\"\":0}", 0},
	    {"{", "\"\\u0041\\u0042\\u0043#\":null,", "\"\":0}", 0},
	    {"{", "\"#\":1,", "\"\":0}", 0},
	    {"{", "\"a#\":1,\"A#$\":1,", "\"\":0}", 19000},
	    {"{\"a\":[", "{},[],", "0]}", 19000},
	    {"[", "{\"a\":[{\"b\":[{\"c\":[]}]}]},", "0]", 6000},
	    {"[", "                                                                 0,", "0]", 0},
	};
	struct error err;
	struct config *config = config_builtin(&err);

	(void)state;
	assert_non_null(config);
	check_shapes(shapes, COUNT(shapes), config->limits.json.max_bytes,
	    config->limits.json.max_members - 10, read_body, &config->limits);
	config_free(config);
}

/* ---- heads
 * ----------------------------------------------------------------------------------------------------
 */

static void read_head(struct span text, const struct limits *limits, struct arena *arena)
{
	struct http_request request;
	struct http_fault fault;
	size_t scanned = 0;

	if (http_request_parse(text, &scanned, &limits->http, arena, &request, &fault) != HTTP_DONE)
		fail_msg("%s", fault.error.text);
}

static void the_largest_heads_have_a_bound(void **state)
{
	static const struct shape shapes[] = {
	    {"GET /_ping HTTP/1.1\r\nHost: x\r\n", "X#: $\r\n", "\r\n", 0},
	    {"GET /_ping HTTP/1.1\r\nHost: x\r\n", "$#: a\r\n", "\r\n", 0},
	    {"GET /_ping HTTP/1.1\r\nHost: x\r\nX: ", "$", "\r\n\r\n", 1},
	    {"GET /_ping HTTP/1.1\r\nHost: x\r\nConnection: ", "a#$,", "b\r\n\r\n", 30},
	    {"GET /", "$", " HTTP/1.1\r\nHost: x\r\n\r\n", 1},
	};
	struct error err;
	struct config *config = config_builtin(&err);

	(void)state;
	assert_non_null(config);
	config->limits.http.max_target = config->limits.http.max_head;
	check_shapes(shapes, COUNT(shapes), config->limits.http.max_head,
	    config->limits.http.max_headers - 10, read_head, &config->limits);
	config_free(config);
}

static void read_target(struct span text, const struct limits *limits, struct arena *arena)
{
	struct http_target target;
	struct http_fault fault;

	if (http_target_parse(text, &limits->http, arena, &target, &fault) < 0)
		fail_msg("%s", fault.error.text);
}

static void the_largest_targets_have_a_bound(void **state)
{
	static const struct shape shapes[] = {
	    {"/", "$", "", 1},
	    {"/", "a/", "b", UINT32_MAX},
	    {"/", "%41", "b", UINT32_MAX},
	    {"/a?", "a$=b&", "c=d", 9990},
	    {"/a?", "a#=%41$&", "c=d", 9990},
	    {"/a?a=", "%41", "", UINT32_MAX},
	    {"/a?a=", "+", "b", UINT32_MAX},
	};
	struct error err;
	struct config *config = config_builtin(&err);

	(void)state;
	assert_non_null(config);
	check_shapes(shapes, COUNT(shapes), config->limits.http.max_target, UINT32_MAX, read_target,
	    &config->limits);
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_largest_bodies_have_a_bound),
	    cmocka_unit_test(the_largest_heads_have_a_bound),
	    cmocka_unit_test(the_largest_targets_have_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
