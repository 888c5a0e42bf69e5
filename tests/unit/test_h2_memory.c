/* SPDX-License-Identifier: Apache-2.0 */
/* A coupling in which each allocation fails in turn. */
#include "coupling_case.h"

#include <stdlib.h>

#include "memory_case.h"

/* ---- the coupling alone is short of memory -----------------------------------------------------
 */

static void give(struct scene *scene, enum coupling_side side, struct span bytes)
{
	memory_count(true);
	scene_give(scene, side, bytes);
	memory_count(false);
}

static bool fetch(struct scene *scene, enum coupling_side side, struct peer *peer)
{
	buf_clear(&scene->out);
	assert_true(buf_reserve(&scene->out, 1u << 20));
	memory_count(true);
	coupling_send(scene->coupling, side, &scene->out, 65536);
	memory_count(false);
	if (scene->out.len == 0)
		return false;
	(void)nghttp2_session_mem_recv(
	    peer->session, (const uint8_t *)scene->out.at, scene->out.len);
	return true;
}

static void settle(struct scene *scene)
{
	bool moved = true;

	while (moved) {
		struct span a = peer_take(&scene->caller);

		give(scene, COUPLING_CALLER, a);
		struct span b = peer_take(&scene->server);

		give(scene, COUPLING_SERVER, b);
		moved = a.len > 0 || b.len > 0;
		moved = fetch(scene, COUPLING_CALLER, &scene->caller) || moved;
		moved = fetch(scene, COUPLING_SERVER, &scene->server) || moved;
	}
}

/* ---- calls -------------------------------------------------------------------------------------
 */

struct call_row {
	const char *path, *text, *seen; /* |seen|: by the server; NULL: no call */
	bool holds;
};

static const struct call_row rows[] = {
    {"/pass/a", "abc", "abc", false},
    {"/pass/a", "abc", "abc", true},
    {"/read/a", "abc", "abcabc", false},
    {"/read/a", "abc", "abcabc", true},
    {"/read/a", "no", NULL, false},
    {"/other", "abc", NULL, false},
};

/* The server has seen nothing but the beginning of what it may. */
static void check_seen(const struct scene *scene, const struct call_row *row)
{
	char want[64] = {0};
	size_t len = row->seen ? strlen(row->seen) : 0;

	assert_true(scene->server.count <= (row->seen ? 1 : 0));
	if (scene->server.count == 0)
		return;
	const struct buf *got = &scene->server.calls[0].got;

	want[4] = (char)len;
	memcpy(want + 5, row->seen ? row->seen : "", len);
	assert_true(got->len <= len + 5);
	if (got->len > 0)
		assert_memory_equal(got->at, want, got->len);
}

/* Nobody waits for ever: the call is over, or the coupling, or the server has it. */
static void check_end(const struct scene *scene, const struct peer_call *call, bool holds)
{
	bool is_with_server = scene->server.count == 1 && scene->server.calls[0].got.len > 0;

	if (call->closed || coupling_fault(scene->coupling) || coupling_is_over(scene->coupling))
		return;
	assert_true(holds && is_with_server);
}

/* Returns false when there are no more allocations. */
static bool try_at(const struct call_row *row, unsigned long at)
{
	struct span text = case_message(0, row->text, strlen(row->text));
	struct scene *scene = scene_new();
	struct peer_call *call = peer_call(&scene->caller, row->path, text, row->holds);

	(void)memory_fail_at(at);
	settle(scene);
	check_seen(scene, row);
	check_end(scene, call, row->holds);
	coupling_end(scene->coupling, COUPLING_SERVER);
	settle(scene);
	unsigned long asked = memory_fail_at(0);

	scene_free(scene);
	case_drop(text);
	return asked >= at;
}

static void without_memory_calls_end(void **state)
{
	long before = memory_blocks();

	(void)state;
	memory_count(false);
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned long at = 1;

		while (try_at(&rows[i], at))
			at++;
		assert_in_range(at, 5, 5000);
		assert_int_equal(memory_blocks(), before);
	}
}

static void without_memory_there_is_no_coupling(void **state)
{
	long before = memory_blocks();
	struct coupling *coupling = NULL;

	(void)state;
	memory_count(true);
	for (unsigned long at = 1; !coupling; at++) {
		assert_true(at < 1000);
		assert_int_equal(memory_blocks(), before);
		(void)memory_fail_at(at);
		coupling = coupling_new(NULL, NULL, NULL);
	}
	(void)memory_fail_at(0);
	coupling_free(coupling);
	assert_int_equal(memory_blocks(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_memory_calls_end),
	    cmocka_unit_test(without_memory_there_is_no_coupling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
