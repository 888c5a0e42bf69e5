/* SPDX-License-Identifier: Apache-2.0 */
/* Trials that run out of memory at each place, and trials of an owner's clients, who hear the same
 * of what is missing as of what is another's. */
#include "unit.h"

#include "policy_case.h"

#include <string.h>

#include "trial/trial.h"

#define KEY "io.sockwarden.owner"
#define ID "0123456789012345678901234567890123456789012345678901234567890123"
#define START "POST /containers/x/start HTTP/1.1\r\nHost: d\r\n\r\n"
#define CREATE                                                                                     \
	"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"        \
	"Content-Length: 19\r\n\r\n"
#define IMAGE "{\"Image\":\"named:1\"}"
#define LIST "GET /containers/json HTTP/1.1\r\nHost: d\r\n\r\n"
#define OWNED(owner)                                                                               \
	"{\"Id\":\"" ID "\",\"Name\":\"/x\",\"Config\":{\"Labels\":{\"" KEY "\":\"" owner          \
	"\"}},\"HostConfig\":{\"ContainerIDFile\":\"" KEY "=" owner "\"}}"

static const struct http_limits http_limits = {
    .max_head = 4096, .max_headers = 20, .max_target = 2048};
static const struct json_limits json_limits = {
    .max_bytes = 1024, .max_depth = 16, .max_members = 100};

static struct trial trial;
static struct trial_basis basis;
static struct policy *policy;

/* Has |bytes| of the arena left, and none to be had. */
static void leave_memory(size_t bytes)
{
	struct arena *arena = &trial.arena;

	assert_non_null(arena_alloc(arena, 16)); /* a block */
	size_t left = (size_t)(arena->end - arena->at);

	if (left > bytes)
		assert_non_null(arena_alloc(arena, left - bytes));
	arena->limit = 1;
}

static void give_head(const char *head)
{
	size_t scanned = 0;

	trial.arena.limit = 0;
	assert_int_equal(trial_head(&trial, span_of(head), &scanned), TRIAL_READY);
}

/* Drives a request with |bytes| of memory from its head on. Returns how it ends. */
static enum trial_state drive_with(size_t bytes, const char *head, const char *body)
{
	size_t used;

	give_head(head);
	leave_memory(bytes);
	enum trial_state state = trial_judge(&trial, &basis);

	if (state == TRIAL_WANT_BODY) {
		state = trial_body(&trial, span_of(body), &used);
		state = state == TRIAL_READY ? trial_judge(&trial, &basis) : state;
	}
	while (state == TRIAL_WANT_OBJECTS) {
		state = trial_answer(&trial, 200, SPAN(OWNED("alice")));
		state = state == TRIAL_READY ? trial_judge(&trial, &basis) : state;
	}
	return state;
}

struct request_row {
	const char *lines, *head, *body;
	bool guarded;
};

static void open_trial(const struct request_row *row)
{
	policy = policy_of(row->lines);
	if (row->guarded)
		assert_int_equal(policy_guard(policy, SPAN(KEY)), 0);
	basis = (struct trial_basis){.policy = policy};
	trial_init(&trial, &http_limits, &json_limits);
}

static void close_trial(void)
{
	trial_free(&trial);
	policy_unref(policy);
}

static void without_memory_nothing_is_permitted(void **state)
{
	static const struct request_row rows[] = {
	    {"allow = @all\ncheck_state = yes\n", START, "", false},
	    {"allow = @all\nimage = *\n", CREATE, IMAGE, true},
	    {"allow = @all\nimage = *\nowner = alice\n", CREATE, IMAGE, true},
	    {"allow = @all\nowner = alice\n", START, "", true},
	    {"allow = @all\nowner = alice\n", LIST, "", true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned refused = 0;

		open_trial(&rows[i]);
		for (size_t bytes = 0; bytes < 32000; bytes += 16) {
			enum trial_state is = drive_with(bytes, rows[i].head, rows[i].body);

			if (is == TRIAL_PERMITTED)
				continue;
			/* less than what was enough is not enough */
			assert_int_equal(refused++, bytes / 16);
			assert_int_equal(trial.decision.verdict, VERDICT_DENY);
		}
		assert_in_range(refused, 1, 1990);
		close_trial();
	}
}

static const struct request_row owned = {"allow = @all\nowner = alice\n", START, "", true};

/* All that is not the owner's is asked for once more, by a name that nobody has. */
static void what_is_not_the_owners_is_missing(void **state)
{
	static const struct {
		unsigned status;
		const char *body;
	} rows[] = {
	    {404, "{\"message\":\"No such container: x\"}"},
	    {409, "{\"message\":\"2 containers begin with x\"}"},
	    {500, "{\"message\":\"x is broken\"}"},
	    {200, OWNED("bob")},
	    {200, "{\"Id\":\"" ID "\",\"Name\":\"/other\"}"},
	};
	static const struct {
		unsigned status;
		const char *body, *told;
	} answers[] = {
	    {404, "{\"message\":\"No such container: sockwarden.nobody.has.this.name\"}",
		"No such container: x"},
	    {404, "{}", "no such object: x"},
	    {200, "{\"message\":\"sockwarden.nobody.has.this.name\"}", "no such object: x"},
	};

	(void)state;
	open_trial(&owned);
	for (size_t i = 0; i < COUNT(rows) * COUNT(answers); i++) {
		size_t row = i / COUNT(answers), answer = i % COUNT(answers);

		give_head(START);
		assert_int_equal(trial_judge(&trial, &basis), TRIAL_WANT_OBJECTS);
		assert_int_equal(
		    trial_answer(&trial, rows[row].status, span_of(rows[row].body)), TRIAL_READY);
		assert_int_equal(trial_judge(&trial, &basis), TRIAL_WANT_OBJECTS);
		assert_true(trial.hidden && trial.decision.verdict == VERDICT_DENY);
		assert_int_equal(
		    trial_answer(&trial, answers[answer].status, span_of(answers[answer].body)),
		    TRIAL_ABSENT);
		assert_int_equal(trial.absent.status, 404);
		assert_string_equal(trial.absent.message, answers[answer].told);
	}
	give_head(START);
	assert_int_equal(trial_judge(&trial, &basis), TRIAL_WANT_OBJECTS);
	assert_int_equal(trial_answer(&trial, 200, SPAN(OWNED("alice"))), TRIAL_READY);
	assert_int_equal(trial_judge(&trial, &basis), TRIAL_PERMITTED);
	close_trial();
}

static void a_client_that_is_nobody_is_refused(void **state)
{
	static const struct request_row row = {
	    "allow = @all\ndeny = system.info\nowner = %{cn}\nmin_api = 1.40\n", START, "", true};
	static const struct policy_client nobody, alice = {.cn = SPAN("alice")};

	(void)state;
	open_trial(&row);
	basis.client = &nobody;
	give_head(START);
	assert_int_equal(trial_judge(&trial, &basis), TRIAL_REFUSED);
	assert_non_null(strstr(trial.decision.message, "cannot be told from its identity"));
	basis.client = &alice;
	give_head(START);
	assert_int_equal(trial_judge(&trial, &basis), TRIAL_WANT_OBJECTS);
	give_head("GET /v1.30/info HTTP/1.1\r\nHost: d\r\n\r\n");
	assert_int_equal(trial_judge(&trial, &basis), TRIAL_REFUSED);
	assert_non_null(strstr(trial.decision.message, "min_api"));
	give_head("GET /info HTTP/1.1\r\nHost: d\r\n\r\n");
	assert_int_equal(trial_judge(&trial, &basis), TRIAL_REFUSED);
	assert_int_equal(trial.decision.reason, REASON_DENY_RULE);
	close_trial();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_memory_nothing_is_permitted),
	    cmocka_unit_test(what_is_not_the_owners_is_missing),
	    cmocka_unit_test(a_client_that_is_nobody_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
