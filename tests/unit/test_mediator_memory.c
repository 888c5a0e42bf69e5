/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of builds in which each allocation fails in turn: the call is refused, or goes on as it
 * would have; nothing is left; and the next call of the same connection is as good as ever. */
#include "unit.h"

#include "mediator_case.h"

#include <string.h>

#include "docker/call.h"
#include "memory_case.h"
#include "proto_case.h"

struct call_row {
	const char *lines, *path, *build, *json; /* |json|: NULL: the call has no message */
};

static const struct call_row rows[] = {
    {STOCK, SOLVE, NULL,
	"{\"Ref\":\"r1\",\"Frontend\":\"dockerfile.v0\",\"FrontendAttrs\":{\"a\":\"b\"}}"},
    {ALLOW "image = docker.io/library/*\nregistry = * !evil.example.org\n", SOLVE, NULL,
	"{\"Ref\":\"r1\",\"Frontend\":\"dockerfile.v0\"}"},
    {ALLOW "image = *\nowner = alice\n", SOLVE, NULL, "{\"Ref\":\"r1\",\"Session\":\"s1\"}"},
    {STOCK, SOLVE, NULL, "{\"Ref\":\"r1\",\"Definition\":\"x\"}"},
    {STOCK, BRIDGE "Solve", "r1", "{\"Frontend\":\"dockerfile.v0\"}"},
    {STOCK, BRIDGE "ResolveImageConfig", "r1", "{\"Ref\":\"busybox\"}"},
    {STOCK, BRIDGE "Ping", "r1", NULL},
    {STOCK, "/moby.buildkit.v1.Control/Other", NULL, NULL},
};

/* What comes of a call; false: it is refused. */
static bool try_call(
    struct mediator *mediator, const struct call_row *row, struct span bytes, struct buf *out)
{
	const struct mediator_header header = {
	    SPAN(DOCKER_BUILD_HEADER), row->build ? span_of(row->build) : SPAN("")};
	struct buf text;
	struct mediator_call call = {.path = row->path,
	    .path_length = strlen(row->path),
	    .headers = &header,
	    .header_count = row->build != NULL,
	    .message = &text};

	buf_init(&text, MOST);
	buf_clear(out);
	enum mediator_way way = mediator_begin(mediator, &call);
	bool passed = way == MEDIATOR_PASS;

	if (way == MEDIATOR_READ && row->json)
		passed =
		    mediator_message(mediator, &call, (const uint8_t *)bytes.at, bytes.len, out);
	mediator_end(mediator, &call);
	buf_free(&text);
	return passed;
}

struct good {
	struct policy *policy;
	struct buf bytes, out;
	bool passed;
};

static void open_good(struct good *good, const struct call_row *row)
{
	const struct docker_call *call = docker_call_find(span_of(row->path));
	struct mediator_owned *owned = mediator_owned_new();

	good->policy = policy_of(row->lines);
	assert_int_equal(policy_guard(good->policy, SPAN("io.sockwarden.owner")), 0);
	buf_init(&good->bytes, MOST);
	buf_init(&good->out, MOST);
	if (row->json)
		proto_encode(call->schema, row->json, &good->bytes);
	struct mediator *mediator = mediator_for(good->policy, owned, "ci");

	good->passed = try_call(mediator, row, buf_span(&good->bytes), &good->out);
	mediator_free(mediator);
	mediator_owned_free(owned);
}

static void close_good(struct good *good)
{
	buf_free(&good->bytes);
	buf_free(&good->out);
	policy_unref(good->policy);
}

/* A rule that permits can be missing where memory was out for it (test_policy_sources). */
static bool is_no_more(const struct good *good, bool passed, const struct buf *out)
{
	if (!passed)
		return true;
	return good->passed && out->len >= good->bytes.len && out->len <= good->out.len &&
	       (out->len == 0 || memcmp(out->at, good->out.at, good->bytes.len) == 0);
}

/* Returns false when there are no more allocations. */
static bool try_at(const struct good *good, const struct call_row *row, unsigned long at)
{
	long before = memory_blocks();
	struct buf out;

	buf_init(&out, MOST);
	(void)memory_fail_at(at);
	struct mediator_owned *owned = mediator_owned_new();
	struct mediator *mediator = owned ? mediator_for(good->policy, owned, "ci") : NULL;

	if (mediator) {
		bool passed = try_call(mediator, row, buf_span(&good->bytes), &out);

		assert_true(is_no_more(good, passed, &out));
	}
	unsigned long asked = memory_fail_at(0);

	if (mediator) {
		assert_int_equal(
		    try_call(mediator, row, buf_span(&good->bytes), &out), good->passed);
		assert_true(is_no_more(good, good->passed, &out));
	}
	mediator_free(mediator);
	mediator_owned_free(owned);
	buf_free(&out);
	if (memory_blocks() != before)
		fail_msg("%s: allocation %lu: %ld blocks are left", row->path, at,
		    memory_blocks() - before);
	return asked >= at;
}

static void without_memory_calls_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct good good;
		unsigned long at = 1;

		open_good(&good, &rows[i]);
		while (try_at(&good, &rows[i], at))
			at++;
		assert_in_range(at, 4, 5000);
		close_good(&good);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_memory_calls_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
