/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy shows of itself: each line that was set, and a policy of the lines that are shown
 * is the same. Policies that no file has are made, or are not, when memory runs out. */
#include "unit.h"

#include "memory_case.h"
#include "policy_case.h"

#include <string.h>

#include "docker/docker.h"

#define MOST ((size_t)1 << 20)

static void add_line(void *context, enum policy_part part, const char *key, struct span value,
    const struct policy_source *source)
{
	struct buf *text = context;

	assert_true(part < PART_COUNT);
	assert_non_null(source);
	if (part == PART_SETTING && !source->file)
		return; /* the default */
	buf_add_format(text, "%s = %.*s\n", key, (int)value.len, value.at);
}

static void show(const struct policy *policy, struct buf *text)
{
	buf_init(text, MOST);
	policy_show(policy, add_line, text);
	assert_non_null(buf_text(text));
	assert_false(text->failed);
}

#define OWNER_LINES                                                                                \
	"owner = alice\nshared = volume:commons-*\nshared = network:x\nmax_containers = 3\n"       \
	"max_volumes = 0\n"

/* In the order in which they are shown, behind the two images of policy_of(). */
static const char *const lines[] = {
    "allow = container.*\ndeny = container.kill?signal=9\n",
    "privileged = yes\n",
    "privileged = no\n",
    "bind = /srv/a ro\nbind = /srv/b rw create\n",
    "bind = /srv/c rw relabel\n",
    "env = A=*\nenv = !A=b\n",
    "network_mode = net-*\nnetwork_mode = !net-x\n",
    "require = memory_limit\nmax_memory = 1g\nmax_pids = 100\n",
    OWNER_LINES,
    "min_api = 1.40\nmax_api = 1.45\n",
    "check_state = no\n",
};

static void each_line_is_shown(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct policy *policy = policy_of(lines[i]);
		struct span rest = span_of(lines[i]);
		struct buf text;

		show(policy, &text);
		while (rest.at && rest.len > 0) {
			struct span line = span_cut(rest, '\n', &rest);

			if (!memmem(text.at, text.len, line.at, line.len))
				fail_msg(
				    "%.*s is not in\n%s", (int)line.len, line.at, buf_text(&text));
		}
		buf_free(&text);
		policy_unref(policy);
	}
}

static void what_is_shown_makes_the_same_policy(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct policy *policy = policy_of(lines[i]);
		struct buf once, twice;

		show(policy, &once);
		struct policy *again = policy_of(buf_text(&once));

		show(again, &twice);
		/* policy_of() adds its two images to both */
		struct policy *third = policy_of(buf_text(&twice));
		const struct docker_operation *operation;

		for (unsigned j = 0; (operation = docker_operation_at(j)) != NULL; j++)
			assert_int_equal(policy_may_allow(policy, operation),
			    policy_may_allow(third, operation));
		buf_free(&once);
		buf_free(&twice);
		policy_unref(policy);
		policy_unref(again);
		policy_unref(third);
	}
}

/* ---- policies that no file has -----------------------------------------------------------------
 */

static void check_made(struct policy *(*make)(void), const char *permits)
{
	static struct outcome outcome;
	const struct request_case request = {.line = permits};
	struct policy *policy = NULL;

	for (unsigned long at = 1; !policy; at++) {
		long before = memory_blocks();

		assert_true(at < 10000);
		(void)memory_fail_at(at);
		policy = make();
		(void)memory_fail_at(0);
		assert_true(policy || memory_blocks() == before);
	}
	decide_case(policy, &request, &outcome);
	assert_string_equal(outcome_text(&outcome), "allow");
	policy_unref(policy);
}

static void without_memory_there_is_no_policy(void **state)
{
	(void)state;
	check_made(policy_builtin, "GET /_ping");
	check_made(policy_bare, "GET /containers/json");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_line_is_shown),
	    cmocka_unit_test(what_is_shown_makes_the_same_policy),
	    cmocka_unit_test(without_memory_there_is_no_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
