/* SPDX-License-Identifier: Apache-2.0 */
/* A request from its bytes to the verdict, by whoever drives it. Bytes that were taken are
 * overwritten at once: a trial owns its own. */
#include "unit.h"

#include "policy_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trial/trial.h"

#define BYTES_MOST 4096u

static const struct http_limits http_limits = {
    .max_head = 4096, .max_headers = 20, .max_target = 2048};
static const struct json_limits json_limits = {
    .max_bytes = 1024, .max_depth = 16, .max_members = 100};

static struct trial trial;
static struct trial_basis basis;
static struct policy *policy;
static char *borrowed; /* a body that came in one piece, which stays until it is judged */

static void open_trial(const char *lines)
{
	policy = policy_of(lines);
	basis = (struct trial_basis){.policy = policy};
	trial_init(&trial, &http_limits, &json_limits);
}

static void close_trial(void)
{
	trial_free(&trial);
	policy_unref(policy);
	free(borrowed);
	borrowed = NULL;
}

/* Gives the head from memory that is gone afterwards. Returns the state. */
static enum trial_state give_head(const char *text)
{
	size_t scanned = 0, len = strlen(text);
	char *bytes = malloc(len);

	assert_non_null(bytes);
	memcpy(bytes, text, len);
	enum trial_state state = trial_head(&trial, (struct span){bytes, len}, &scanned);

	if (state == TRIAL_READY)
		assert_int_equal(trial.request.head_bytes, len);
	memset(bytes, '#', len);
	free(bytes);
	return state;
}

/* The same with a piece of the body, unless it is the whole. */
static enum trial_state give_body(const char *text, size_t want_used)
{
	size_t used = 0, len = strlen(text);
	char *bytes = malloc(len + 1);

	assert_non_null(bytes);
	memcpy(bytes, text, len);
	enum trial_state state = trial_body(&trial, (struct span){bytes, len}, &used);

	assert_int_equal(used, want_used);
	if (trial.body_done && trial.collected.len == 0) {
		free(borrowed);
		borrowed = bytes;
		return state;
	}
	memset(bytes, '#', len);
	free(bytes);
	return state;
}

static void judge(enum trial_state want)
{
	enum trial_state state = trial_judge(&trial, &basis);

	if (state != want)
		fail_msg("state %d, not %d: %s", (int)state, (int)want, trial.decision.message);
}

static void assert_written(const char *want)
{
	struct buf out;

	buf_init(&out, BYTES_MOST);
	trial_write_head(&trial, &out, false);
	buf_add(&out, trial_body_to_send(&trial));
	assert_false(out.failed);
	assert_span(buf_span(&out), want);
	buf_free(&out);
}

static void assert_refused(unsigned status, const char *text)
{
	assert_int_equal(trial.decision.verdict, VERDICT_DENY);
	if (trial.decision.status != status || !strstr(trial.decision.message, text))
		fail_msg("%u %s", trial.decision.status, trial.decision.message);
}

/* ---- heads ------------------------------------------------------------------------------- */

#define PING "GET /v1.41/_ping HTTP/1.1\r\nHost: docker\r\nX-A: b\r\n\r\n"

static void a_head_is_its_own(void **state)
{
	(void)state;
	open_trial("allow = @safe\n");
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(give_head(PING), TRIAL_READY);
		judge(TRIAL_PERMITTED);
		assert_written(PING);
	}
	close_trial();
}

static void a_head_may_come_in_pieces(void **state)
{
	size_t scanned = 0;

	(void)state;
	open_trial("allow = @safe\n");
	for (size_t len = 0; len < strlen(PING); len++) {
		assert_int_equal(
		    trial_head(&trial, (struct span){PING, len}, &scanned), TRIAL_MORE);
		assert_null(trial.request.head.at);
	}
	assert_int_equal(trial_head(&trial, SPAN(PING "GET"), &scanned), TRIAL_READY);
	assert_int_equal(trial.request.head_bytes, strlen(PING));
	judge(TRIAL_PERMITTED);
	close_trial();
}

static void nothing_is_left_of_the_request_before(void **state)
{
	(void)state;
	open_trial("allow = @all\ngrant = all\n");
	assert_int_equal(give_head("GET /info HTTP/1.1\r\nHost: docker\r\n\r\n"), TRIAL_READY);
	assert_int_equal(give_head("GET / HTTP/9\r\n\r\n"), TRIAL_REFUSED);
	assert_null(trial.request.head.at);
	assert_null(trial.ask.match.operation);
	assert_false(trial.target_read);
	assert_int_equal(give_head("GET /info HTTP/1.1\r\nHost: docker\r\n\r\n"), TRIAL_READY);
	assert_int_equal(give_head("GET /a//b HTTP/1.1\r\nHost: docker\r\n\r\n"), TRIAL_REFUSED);
	assert_non_null(trial.request.head.at);
	assert_null(trial.ask.match.operation);
	assert_span(trial.location, "/a/b");
	assert_refused(301, "/a/b");
	close_trial();
}

/* ---- bodies ------------------------------------------------------------------------------ */

#define CREATE                                                                                     \
	"POST /containers/create HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
#define BODY "{\"Image\":\"named:1\",\"HostConfig\":{\"Privileged\":true}}"
#define LENGTH "Content-Length: 52\r\n\r\n"
#define SENT CREATE LENGTH BODY
#define PERMISSIVE "allow = @all\ngrant = all\n"
#define STRICT "allow = container.create\n"

static void begin_create(const char *framing)
{
	char head[BYTES_MOST];

	(void)snprintf(head, sizeof(head), CREATE "%s", framing);
	assert_int_equal(give_head(head), TRIAL_READY);
	judge(TRIAL_WANT_BODY);
}

static void a_body_in_one_piece_is_sent_from_where_it_is(void **state)
{
	static const char body[] = BODY "GET /";
	size_t used = 0;

	(void)state;
	open_trial(PERMISSIVE);
	begin_create(LENGTH);
	assert_int_equal(trial_body(&trial, span_of(body), &used), TRIAL_READY);
	assert_int_equal(used, strlen(BODY));
	judge(TRIAL_PERMITTED);
	assert_ptr_equal(trial_body_to_send(&trial).at, body);
	assert_int_equal(trial_rest(&trial), FRAMING_NONE);
	assert_written(SENT);
	close_trial();
}

static void a_body_in_pieces_is_its_own(void **state)
{
	static const char body[] = BODY;

	(void)state;
	open_trial(PERMISSIVE);
	begin_create(LENGTH);
	for (size_t i = 0; i < strlen(body); i++) {
		char piece[] = {body[i], '\0'};
		bool last = i + 1 == strlen(body);

		assert_int_equal(give_body(piece, 1), last ? TRIAL_READY : TRIAL_MORE);
	}
	judge(TRIAL_PERMITTED);
	assert_written(SENT);
	close_trial();
}

static void a_body_in_chunks_is_sent_with_its_length(void **state)
{
	(void)state;
	open_trial(PERMISSIVE);
	begin_create("Transfer-Encoding: chunked\r\n\r\n");
	assert_int_equal(give_body("34\r\n{\"Image\":\"named:1\",", 23), TRIAL_MORE);
	assert_int_equal(
	    give_body("\"HostConfig\":{\"Privileged\":true}}\r\n0\r\n\r\nGET", 40), TRIAL_READY);
	judge(TRIAL_PERMITTED);
	assert_written(SENT);
	close_trial();
}

static void a_body_that_cannot_be_read_is_refused(void **state)
{
	static const struct {
		const char *framing, *body, *says;
		unsigned status;
	} rows[] = {
	    {"Content-Length: 2\r\n\r\n", "{]", "the JSON body: ", 400},
	    {"Transfer-Encoding: chunked\r\n\r\n", "zz\r\n", "chunk", 400},
	};

	(void)state;
	open_trial(STRICT);
	for (size_t i = 0; i < COUNT(rows); i++) {
		begin_create(rows[i].framing);
		assert_int_equal(give_body(rows[i].body, strlen(rows[i].body)), TRIAL_READY);
		judge(TRIAL_REFUSED);
		assert_refused(rows[i].status, rows[i].says);
	}
	close_trial();
}

static void a_body_has_a_limit(void **state)
{
	static char body[2048];

	(void)state;
	open_trial(STRICT);
	assert_int_equal(give_head(CREATE "Content-Length: 1025\r\n\r\n"), TRIAL_READY);
	judge(TRIAL_REFUSED);
	assert_refused(413, "larger than max_body");
	assert_int_equal(trial_rest(&trial), FRAMING_LENGTH);
	begin_create("Transfer-Encoding: chunked\r\n\r\n");
	(void)snprintf(body, sizeof(body), "401\r\n%01025d", 0);
	assert_int_equal(give_body(body, strlen(body)), TRIAL_READY);
	judge(TRIAL_REFUSED);
	assert_refused(413, "larger than max_body");
	close_trial();
}

static void the_body_tells_what_a_refused_head_lacks_as_well(void **state)
{
	(void)state;
	open_trial("allow = @safe\n");
	assert_int_equal(give_head(CREATE LENGTH), TRIAL_READY);
	judge(TRIAL_REFUSED);
	assert_true(trial.decision.wants_body);
	unsigned before = trial.decision.remedy_count;

	assert_int_equal(give_body(BODY, strlen(BODY)), TRIAL_READY);
	judge(TRIAL_REFUSED);
	assert_int_equal(trial.decision.reason, REASON_NO_RULE);
	assert_true(trial.decision.remedy_count > before);
	assert_int_equal(give_head(CREATE LENGTH), TRIAL_READY);
	judge(TRIAL_REFUSED);
	assert_int_equal(trial_fail_body(&trial, REASON_BODY, 400, "it ended"), TRIAL_READY);
	judge(TRIAL_REFUSED);
	assert_int_equal(trial.decision.reason, REASON_NO_RULE);
	close_trial();
}

/* ---- objects ----------------------------------------------------------------------------- */

#define START                                                                                      \
	"POST /containers/x/start HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"  \
	"Content-Length: 2\r\n\r\n"
#define LOOKING "allow = container.start\ncheck_state = yes\n"
#define ID "0123456789012345678901234567890123456789012345678901234567890123"

static void begin_look(void)
{
	assert_int_equal(give_head(START), TRIAL_READY);
	judge(TRIAL_WANT_BODY);
	char body[] = "{}";
	size_t used = 0;

	assert_int_equal(trial_body(&trial, span_of(body), &used), TRIAL_READY);
	judge(TRIAL_WANT_OBJECTS);
	memset(body, '#', 2); /* what waits is a copy */
}

static void assert_question(const char *want)
{
	struct buf path;

	buf_init(&path, BYTES_MOST);
	trial_write_question(&trial, &path);
	assert_span(buf_span(&path), want);
	buf_free(&path);
}

static void an_object_is_asked_for_and_judged(void **state)
{
	(void)state;
	open_trial(LOOKING);
	begin_look();
	assert_question("/containers/x/json");
	assert_int_equal(
	    trial_answer(&trial, 200, SPAN("{\"Id\":\"" ID "\",\"HostConfig\":{}}")), TRIAL_READY);
	judge(TRIAL_PERMITTED);
	assert_int_equal(trial_rest(&trial), FRAMING_NONE);
	struct buf out;

	buf_init(&out, BYTES_MOST);
	trial_write_head(&trial, &out, false);
	assert_true(
	    span_starts(buf_span(&out), SPAN("POST /containers/" ID "/start HTTP/1.1\r\n")));
	buf_free(&out);
	begin_look();
	assert_int_equal(trial_answer(&trial, 200,
			     SPAN("{\"Id\":\"" ID "\",\"HostConfig\":{\"Privileged\":true}}")),
	    TRIAL_READY);
	judge(TRIAL_REFUSED);
	assert_refused(403, "privileged");
	close_trial();
}

static void an_answer_that_is_none_is_refused(void **state)
{
	(void)state;
	open_trial(LOOKING);
	begin_look();
	assert_int_equal(trial_answer(&trial, 200, SPAN("{]")), TRIAL_REFUSED);
	assert_refused(502, "cannot look up container \"x\": ");
	begin_look();
	assert_int_equal(trial_answer(&trial, 302, SPAN("")), TRIAL_REFUSED);
	assert_refused(502, "cannot look up container \"x\": ");
	begin_look();
	assert_int_equal(trial_answer(&trial, 404, SPAN("{\"message\":\"No such container: x\"}")),
	    TRIAL_ABSENT);
	assert_int_equal(trial.absent.status, 404);
	assert_string_equal(trial.absent.message, "No such container: x");
	close_trial();
}

#define VOLUME "{\"Name\":\"v\",\"Driver\":\"local\",\"Options\":null}"
#define MOUNTING "allow = container.create\nvolume = *\n"
#define MOUNTS "{\"Image\":\"named:1\",\"HostConfig\":{\"Dns\":[\"1.1.1.1\"],\"Binds\":[\"v:/v\"]}}"
#define RUNNING "{\"Id\":\"" ID "\",\"HostConfig\":{}}"

static void begin_mount(void)
{
	char head[BYTES_MOST];

	(void)snprintf(head, sizeof(head), CREATE "Content-Length: %zu\r\n\r\n", strlen(MOUNTS));
	assert_int_equal(give_head(head), TRIAL_READY);
	judge(TRIAL_WANT_BODY);
	size_t used;

	assert_int_equal(trial_body(&trial, SPAN(MOUNTS), &used), TRIAL_READY);
	judge(TRIAL_WANT_OBJECTS);
}

/* The tree of a body holds what its policy looks at, and another policy looks at more. */
static void a_body_is_read_again_for_another_policy(void **state)
{
	struct policy *stricter = policy_of(MOUNTING);

	(void)state;
	open_trial(MOUNTING "dns = *\n");
	begin_mount();
	assert_int_equal(trial_answer(&trial, 200, SPAN(VOLUME)), TRIAL_READY);
	judge(TRIAL_PERMITTED);
	begin_mount();
	assert_int_equal(trial_answer(&trial, 500, SPAN("{}")), TRIAL_REFUSED);
	assert_refused(502, "cannot look up volume \"v\": ");
	begin_mount();
	basis.policy = stricter;
	trial_reread(&trial);
	assert_int_equal(trial_answer(&trial, 200, SPAN(VOLUME)), TRIAL_READY);
	judge(TRIAL_REFUSED);
	assert_string_equal(trial.decision.field, "HostConfig.Dns[0]");
	basis.policy = policy;
	begin_mount();
	basis.policy = stricter;
	trial_restart(&trial);
	judge(TRIAL_REFUSED);
	assert_string_equal(trial.decision.field, "HostConfig.Dns[0]");
	policy_unref(stricter);
	close_trial();
}

/* What the daemon was asked is asked anew of another one. */
static void another_daemon_is_asked_anew(void **state)
{
	(void)state;
	open_trial(LOOKING);
	begin_look();
	assert_int_equal(trial_answer(&trial, 200, SPAN(RUNNING)), TRIAL_READY);
	trial_restart(&trial);
	judge(TRIAL_WANT_OBJECTS);
	assert_question("/containers/x/json");
	assert_int_equal(trial_answer(&trial, 200, SPAN(RUNNING)), TRIAL_READY);
	judge(TRIAL_PERMITTED);
	close_trial();
}

/* ---- what a dry run and `learn` look at ---------------------------------------------------- */

#define DRY "allow = @safe\nmode = dry-run\ncheck_state = yes\n"

/* A dry run lets a refused head pass, but no body that cannot be read. */
static void a_dry_run_reads_all_that_a_request_has(void **state)
{
	(void)state;
	open_trial(DRY);
	begin_create(LENGTH);
	assert_int_equal(give_body(BODY, strlen(BODY)), TRIAL_READY);
	judge(TRIAL_REFUSED);
	assert_refused(403, "container.create");
	begin_create("Content-Length: 2\r\n\r\n");
	assert_int_equal(give_body("{]", 2), TRIAL_READY);
	judge(TRIAL_REFUSED);
	assert_refused(400, "the JSON body: ");
	begin_look();
	assert_int_equal(trial_answer(&trial, 200, SPAN(RUNNING)), TRIAL_READY);
	judge(TRIAL_REFUSED);
	assert_refused(403, "container.start");
	/* what is missing, or cannot be looked up, changes nothing of a refusal */
	begin_look();
	assert_int_equal(trial_answer(&trial, 404, SPAN("{}")), TRIAL_REFUSED);
	assert_refused(403, "container.start");
	begin_look();
	assert_int_equal(trial_answer(&trial, 500, SPAN("{}")), TRIAL_REFUSED);
	assert_refused(403, "container.start");
	close_trial();
}

/* To tell what a request needs, its body and its objects are read where the policy needs neither.
 */
static void learning_reads_what_a_bare_policy_needs(void **state)
{
	struct policy *bare = policy_bare();

	(void)state;
	assert_non_null(bare);
	open_trial(PERMISSIVE);
	basis.bare = bare;
	begin_look();
	assert_int_equal(trial_answer(&trial, 200, SPAN(RUNNING)), TRIAL_READY);
	judge(TRIAL_PERMITTED);
	assert_int_equal(give_head(PING), TRIAL_READY);
	judge(TRIAL_PERMITTED);
	close_trial();
	open_trial(STRICT); /* what it refuses for good needs nothing */
	basis.bare = bare;
	assert_int_equal(give_head(START), TRIAL_READY);
	judge(TRIAL_REFUSED);
	close_trial();
	open_trial(PERMISSIVE);
	basis.bare = bare;
	assert_int_equal(
	    give_head("GET /containers/x/attach/ws HTTP/1.1\r\nHost: d\r\n\r\n"), TRIAL_READY);
	judge(TRIAL_REFUSED);
	assert_refused(400, "Upgrade");
	close_trial();
	open_trial("allow = @safe\nmode = dry-run\n");
	basis.bare = bare;
	begin_create(LENGTH);
	assert_int_equal(give_body(BODY, strlen(BODY)), TRIAL_READY);
	judge(TRIAL_REFUSED);
	begin_look();
	assert_int_equal(trial_answer(&trial, 200, SPAN(RUNNING)), TRIAL_READY);
	judge(TRIAL_REFUSED);
	close_trial();
	policy_unref(bare);
}

static void an_answer_of_another_kind_is_none(void **state)
{
	static const struct {
		unsigned status;
		const char *body;
		enum trial_state want;
		unsigned absent; /* the status that the client gets */
		const char *says;
	} rows[] = {
	    {201, RUNNING, TRIAL_REFUSED, 0, ""},
	    {404, "{}", TRIAL_ABSENT, 404, "knows no such object"},
	    {404, "no JSON", TRIAL_ABSENT, 404, "knows no such object"},
	    {409, "{\"message\":\"busy\"}", TRIAL_ABSENT, 409, "busy"},
	    {500, "{\"message\":\"x\"}", TRIAL_ABSENT, 500, "x"},
	};

	(void)state;
	open_trial(LOOKING);
	for (size_t i = 0; i < COUNT(rows); i++) {
		begin_look();
		enum trial_state is = trial_answer(&trial, rows[i].status, span_of(rows[i].body));

		if (is != rows[i].want || (rows[i].absent && trial.absent.status != rows[i].absent))
			fail_msg("row %zu: %d, %u", i, (int)is, trial.absent.status);
		assert_true(!rows[i].absent || strstr(trial.absent.message, rows[i].says));
	}
	close_trial();
}

#define BUILD                                                                                      \
	"POST /build HTTP/1.1\r\nHost: docker\r\nContent-Type: application/x-tar\r\n"              \
	"Content-Length: 5\r\n"

/* A body that was judged is here already; one that is streamed may wait for the daemon's word. */
static void only_a_streamed_body_waits_for_a_word(void **state)
{
	static const struct {
		const char *head;
		bool expects;
	} rows[] = {{BUILD "\r\n", false}, {BUILD "Expect: 100-continue\r\n\r\n", true}};

	(void)state;
	open_trial(PERMISSIVE);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out;

		assert_int_equal(give_head(rows[i].head), TRIAL_READY);
		judge(TRIAL_PERMITTED);
		buf_init(&out, BYTES_MOST);
		trial_write_head(&trial, &out, false);
		buf_add_char(&out, '\0');
		assert_false(out.failed);
		assert_int_equal(strstr(out.at, "Expect:") != NULL, rows[i].expects);
		buf_free(&out);
	}
	begin_create("Expect: 100-continue\r\n" LENGTH);
	assert_int_equal(give_body(BODY, strlen(BODY)), TRIAL_READY);
	judge(TRIAL_PERMITTED);
	assert_written(SENT);
	close_trial();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_head_is_its_own),
	    cmocka_unit_test(a_head_may_come_in_pieces),
	    cmocka_unit_test(nothing_is_left_of_the_request_before),
	    cmocka_unit_test(a_body_in_one_piece_is_sent_from_where_it_is),
	    cmocka_unit_test(a_body_in_pieces_is_its_own),
	    cmocka_unit_test(a_body_in_chunks_is_sent_with_its_length),
	    cmocka_unit_test(a_body_that_cannot_be_read_is_refused),
	    cmocka_unit_test(a_body_has_a_limit),
	    cmocka_unit_test(the_body_tells_what_a_refused_head_lacks_as_well),
	    cmocka_unit_test(an_object_is_asked_for_and_judged),
	    cmocka_unit_test(an_answer_that_is_none_is_refused),
	    cmocka_unit_test(a_body_is_read_again_for_another_policy),
	    cmocka_unit_test(another_daemon_is_asked_anew),
	    cmocka_unit_test(a_dry_run_reads_all_that_a_request_has),
	    cmocka_unit_test(learning_reads_what_a_bare_policy_needs),
	    cmocka_unit_test(an_answer_of_another_kind_is_none),
	    cmocka_unit_test(only_a_streamed_body_waits_for_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
