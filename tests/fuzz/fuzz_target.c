/* SPDX-License-Identifier: Apache-2.0 */
/* Any request target: refused with a reason, or read into the one form that is a fixpoint. */
#include "fuzz.h"

#include "http/http.h"

#define MAX_TARGET 8192
#define MAX_OUT ((size_t)1 << 20)

static const struct http_limits limits = {.max_target = MAX_TARGET};

static void check_path(struct span path)
{
	MUST(path.len > 0 && path.at[0] == '/');
	for (size_t i = 0; i < path.len; i++) {
		unsigned char byte = (unsigned char)path.at[i];

		MUST(byte >= ' ' && byte != 0x7f && byte != '?' && byte != '\\');
	}
	MUST(path.len == 1 || path.at[path.len - 1] != '/');
	MUST(!memmem(path.at, path.len, "//", 2));
	MUST(!memmem(path.at, path.len, "/./", 3));
	MUST(!memmem(path.at, path.len, "/../", 4));
}

static void check_same(const struct http_target *a, const struct http_target *b)
{
	MUST(span_equal(a->path, b->path));
	MUST(a->api_major == b->api_major && a->api_minor == b->api_minor);
	MUST(a->query_count == b->query_count);
	for (size_t i = 0; i < a->query_count; i++) {
		MUST(a->query[i].name.len > 0);
		MUST(span_equal(a->query[i].name, b->query[i].name));
		MUST(span_equal(a->query[i].value, b->query[i].value));
	}
}

/* Where a GET is sent instead is on this host, and clean. */
static void check_moved(struct span moved)
{
	struct span query, path = span_cut(moved, '?', &query);

	MUST(path.len > 0 && path.at[0] == '/');
	MUST(!memmem(path.at, path.len, "//", 2));
	MUST(!memmem(path.at, path.len, "/./", 3));
	MUST(!memmem(path.at, path.len, "/../", 4));
	MUST(!memchr(moved.at, '\r', moved.len) && !memchr(moved.at, '\n', moved.len));
	MUST(!memchr(path.at, '\\', path.len));
}

static void check_target(const struct http_target *target, struct arena *arena)
{
	const struct http_limits wide = {.max_target = MAX_OUT};
	struct http_target again;
	struct http_fault fault;
	struct buf one, two;

	check_path(target->path);
	buf_init(&one, MAX_OUT);
	buf_init(&two, MAX_OUT);
	http_target_write(&one, target);
	MUST(http_target_parse(buf_span(&one), &wide, arena, &again, &fault) == 0);
	check_same(target, &again);
	http_target_write(&two, &again);
	MUST(!one.failed && span_equal(buf_span(&one), buf_span(&two)));
	buf_free(&one);
	buf_free(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span raw = {(const char *)data, size};
	struct http_target target;
	struct http_fault fault = {0};
	struct arena arena;

	arena_init(&arena, 0);
	if (http_target_parse(raw, &limits, &arena, &target, &fault) == 0)
		check_target(&target, &arena);
	else
		MUST(fault.status >= 400 && fault.error.text[0]);
	if (fault.moved.at)
		check_moved(fault.moved);
	arena_free(&arena);
	return 0;
}
