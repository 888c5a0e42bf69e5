/* SPDX-License-Identifier: Apache-2.0 */
/* Answers and what is told of them, at every split. */
#include "answer_case.h"

#include <stdlib.h>

#include "json/stream.h"

#define SECRET "s3cr"

static void assert_told(const struct answer_case *of, struct span text, const char *told)
{
	struct error err = {""};
	struct buf out;

	buf_init(&out, SIZE_MAX);
	for (size_t split = 0; split <= text.len; split++) {
		if (answer_run(of, text, split, &out, &err) < 0)
			fail_msg("%.*s at %zu: %s", (int)text.len, text.at, split, err.text);
		assert_span(buf_span(&out), told);
	}
	assert_int_equal(answer_run_bytes(of, text, &out, &err), 0);
	assert_span(buf_span(&out), told);
	buf_free(&out);
}

static void assert_refused(const struct answer_case *of, struct span text)
{
	struct error err;
	struct buf out;

	buf_init(&out, SIZE_MAX);
	for (size_t split = 0; split <= text.len; split++) {
		err.text[0] = '\0';
		if (answer_run(of, text, split, &out, &err) == 0)
			fail_msg("%.*s is told", (int)text.len, text.at);
		assert_true(err.text[0] != '\0');
		assert_null(out.len ? memmem(out.at, out.len, SECRET, strlen(SECRET)) : NULL);
	}
	buf_free(&out);
}

static const struct {
	const struct docker_answer_member *members;
	unsigned kinds;
	const char *text, *told; /* NULL: the text */
} rows[] = {
    /* names stay, and what is of another kind */
    {answer_container, REDACT_ENV,
	"{\"Config\":{\"Env\":[\"A=s3cr\",\"B=\",\"C\",\"\"],\"Cmd\":[\"x\"]}}\n",
	"{\"Config\":{\"Env\":[\"A=***\",\"B=\",\"C\",\"\"],\"Cmd\":[\"x\"]}}\n"},
    {answer_container, REDACT_ARGS,
	"{\"Config\":{\"Env\":[\"A=x\"],\"Cmd\":[\"s3cr\",\"\"]},\"Path\":\"s\"}",
	"{\"Config\":{\"Env\":[\"A=x\"],\"Cmd\":[\"***\",\"\"]},\"Path\":\"***\"}"},
    {answer_containers, REDACT_LABELS, "[{\"Labels\":{\"a\":\"s3cr\",\"b\":\"\"}},{\"Labels\":{}}]",
	"[{\"Labels\":{\"a\":\"***\",\"b\":\"\"}},{\"Labels\":{}}]"},
    {answer_containers, 0, "[{\"Labels\":{\"a\":\"s3cr\"}}]", NULL},
    /* a value of any type; its names stay */
    {answer_container, REDACT_ENV, "{\"Config\":{\"Env\":\"A=s3cr\"}}",
	"{\"Config\":{\"Env\":\"***\"}}"},
    {answer_container, REDACT_ENV,
	"{\"Config\":{\"Env\":{\"A\":\"s3cr\",\"B\":[\"s\"],\"C\":{\"D\":12}}}}",
	"{\"Config\":{\"Env\":{\"A\":\"***\",\"B\":[\"***\"],\"C\":{\"D\":0}}}}"},
    {answer_container, REDACT_ENV,
	"{\"Config\":{\"Env\":[[\"A=s3cr\"],{\"A\":\"s\"},-1.5e3,true,null]}}",
	"{\"Config\":{\"Env\":[[\"***\"],{\"A\":\"***\"},0,true,null]}}"},
    /* what is called so elsewhere is none */
    {answer_containers, REDACT_ENV | REDACT_ARGS,
	"[{\"Labels\":{\"Env\":\"x\",\"y\":\"\\\"Env\\\":[\\\"A=b\\\"]\"}},{\"Env\":[\"A=b\"]}]",
	NULL},
    {answer_container, REDACT_ENV, "{\"Env\":[\"A=b\"],\"x\":{\"Config\":{\"Env\":[\"A=b\"]}}}",
	NULL},
    /* other spellings of a name, and a name twice */
    {answer_container, REDACT_ENV,
	"{\"Con\\u0066ig\":{\"En\\u0076\":[\"A=s3cr\"]},\"config\":{\"ENV\":[\"A=s\"]},"
	"\"Config\":{\"Env\":[\"A=1\"],\"Env\":[\"A=2\"]}}",
	"{\"Con\\u0066ig\":{\"En\\u0076\":[\"A=***\"]},\"config\":{\"ENV\":[\"A=***\"]},"
	"\"Config\":{\"Env\":[\"A=***\"],\"Env\":[\"A=***\"]}}"},
    {answer_containers, REDACT_LABELS,
	"[{\"Label\xc5\xbf\":{\"a\":\"s3cr\"},\"Label\\u017f\":{\"a\":\"s\"}}]",
	"[{\"Label\xc5\xbf\":{\"a\":\"***\"},\"Label\\u017f\":{\"a\":\"***\"}}]"},
    /* an escaped sign parts nothing */
    {answer_container, REDACT_ENV,
	"{\"Config\":{\"Env\":[\"A\\u003ds3cr\",\"A\\u003ds=x\",\"A\\\"=s\"]}}",
	"{\"Config\":{\"Env\":[\"***\",\"***\",\"A\\\"=***\"]}}"},
    /* mounts */
    {answer_container, REDACT_MOUNTS,
	"{\"HostConfig\":{\"Binds\":[\"/s3cr:/x:ro\",\"vol:/x\",\"/s\",\"C:\\\\s:D:\\\\x\",\"a "
	"b:/x\",\":/x\"]}}",
	"{\"HostConfig\":{\"Binds\":[\"***:/x:ro\",\"vol:/x\",\"***\",\"***\",\"***:/x\",\":/"
	"x\"]}}"},
    {answer_container, REDACT_MOUNTS,
	"{\"Mounts\":[{\"Source\":\"/s3cr\",\"Destination\":\"/x\"},{\"Source\":\"vol\"}]}",
	"{\"Mounts\":[{\"Source\":\"***\",\"Destination\":\"/x\"},{\"Source\":\"vol\"}]}"},
    {answer_volumes, REDACT_MOUNTS,
	"{\"Volumes\":[{\"Name\":\"a\",\"Options\":{\"o\":\"s3cr\"},\"Mountpoint\":\"/"
	"s\"}],\"Warnings\":null}",
	"{\"Volumes\":[{\"Name\":\"a\",\"Options\":{\"o\":\"***\"},\"Mountpoint\":\"***\"}],"
	"\"Warnings\":null}"},
    /* processes: numbers and times stay */
    {answer_top, REDACT_ARGS,
	"{\"Processes\":[[\"root\",\"12\",\"00:01\",\"sleep s3cr\"]],\"Titles\":[\"UID\"]}",
	"{\"Processes\":[[\"***\",\"12\",\"00:01\",\"***\"]],\"Titles\":[\"UID\"]}"},
    /* the host */
    {answer_info, REDACT_HOST,
	"{\"DriverStatus\":[[\"Backing\",\"ext4\"],[\"Root\",\"/"
	"s3cr\"]],\"Name\":\"h\",\"NCPU\":2}",
	"{\"DriverStatus\":[[\"Backing\",\"ext4\"],[\"Root\",\"***\"]],\"Name\":\"***\",\"NCPU\":"
	"2}"},
    {answer_container, REDACT_HOST, "{\"State\":{\"Pid\":1234,\"ExitCode\":3}}",
	"{\"State\":{\"Pid\":0,\"ExitCode\":3}}"},
    {answer_swarm, REDACT_SWARM, "{\"JoinTokens\":{\"Worker\":\"SWMTKN-s3cr\"}}",
	"{\"JoinTokens\":{\"Worker\":\"***\"}}"},
    {answer_service, REDACT_ENV,
	"{\"PreviousSpec\":{\"TaskTemplate\":{\"ContainerSpec\":{\"Env\":[\"A=s3cr\"]}}}}",
	"{\"PreviousSpec\":{\"TaskTemplate\":{\"ContainerSpec\":{\"Env\":[\"A=***\"]}}}}"},
    {answer_history, REDACT_ENV, "[{\"CreatedBy\":\"|1 T=s3cr /bin/sh\",\"Id\":\"x\"}]",
	"[{\"CreatedBy\":\"***\",\"Id\":\"x\"}]"},
    {answer_error, REDACT_ARGS, "{\"message\":\"s3cr: not found\"}",
	"{\"message\":\"*** (sockwarden does not tell this message of the daemon, since the policy "
	"has redact)\"}"},
};

static void answers_are_told_without_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct answer_case of = {rows[i].members, false, rows[i].kinds, NULL};

		assert_told(&of, span_of(rows[i].text), rows[i].told ? rows[i].told : rows[i].text);
	}
}

static void named_values_stay(void **state)
{
	struct answer_case env = {answer_container, false, REDACT_ENV, "VIRTUAL_*"};
	struct answer_case labels = {answer_containers, false, REDACT_LABELS, "com.docker.*"};

	(void)state;
	assert_told(&env,
	    SPAN("{\"Config\":{\"Env\":[\"VIRTUAL_HOST=a=b\",\"virtual_HOST=s\",\"XVIRTUAL_A=s\","
		 "\"VIRTUAL\\u005fX=y\",\"A=VIRTUAL_X=s\",\"VIRTUAL_X\\u003ds=s\"]}}"),
	    "{\"Config\":{\"Env\":[\"VIRTUAL_HOST=a=b\",\"virtual_HOST=***\",\"XVIRTUAL_A=***\","
	    "\"VIRTUAL\\u005fX=y\",\"A=***\",\"***\"]}}");
	assert_told(&labels,
	    SPAN(
		"[{\"Labels\":{\"com.docker.x\":\"a\",\"com\\u002edocker.y\":\"b\",\"c\":\"s\"}}]"),
	    "[{\"Labels\":{\"com.docker.x\":\"a\",\"com\\u002edocker.y\":\"b\",\"c\":\"***\"}}]");
}

static void events_are_told_one_by_one(void **state)
{
	struct answer_case of = {answer_events, true, REDACT_ARGS | REDACT_LABELS, "com.docker.*"};

	(void)state;
	assert_told(&of, SPAN(""), "");
	assert_told(&of,
	    SPAN("{\"status\":\"exec_create: sh -c s3cr\",\"Action\":\"health_status: healthy\"}\n"
		 "{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"Attributes\":{\"image\":"
		 "\"a/b\",\"name\":\"n\","
		 "\"exitCode\":\"137\",\"signal\":\"s3cr\",\"x\":\"s\",\"Name\":\"s\","
		 "\"com.docker.a\":\"b\"}}}\n"),
	    "{\"status\":\"exec_create:***\",\"Action\":\"health_status: healthy\"}\n"
	    "{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"Attributes\":{\"image\":\"a/"
	    "b\",\"name\":\"n\","
	    "\"exitCode\":\"137\",\"signal\":\"***\",\"x\":\"***\",\"Name\":\"***\","
	    "\"com.docker.a\":\"b\"}}}\n");
	assert_told(&of, SPAN("\x1e{\"status\":\"Env: s\"}\n\x1e{}\n"),
	    "\x1e{\"status\":\"***\"}\n\x1e{}\n");
	assert_refused(&of, SPAN("{}\n{\"status\":"));
}

/* Which attributes of an event are the daemon's own depends on what it is about; labels that are
 * called so are hidden. What comes before its type is known is hidden. */
static void events_of_other_things_have_other_names(void **state)
{
	struct answer_case of = {answer_events, true, REDACT_LABELS, NULL};

	(void)state;
	assert_told(&of,
	    SPAN("{\"Type\":\"image\",\"Actor\":{\"Attributes\":{\"image\":\"s\",\"name\":\"n\"}}}"
		 "{\"Type\":\"node\",\"Actor\":{\"Attributes\":{\"image\":\"s\",\"name\":\"n\"}}}"
		 "{\"Actor\":{\"Attributes\":{\"image\":\"s\",\"name\":\"s\"}},\"Type\":"
		 "\"container\"}"
		 "{\"Actor\":{\"Attributes\":{\"image\":\"s\"}}}"
		 "{\"Type\":{\"a\":\"container\"},\"Actor\":{\"Attributes\":{\"image\":\"s\"}}}"
		 "{\"Type\":\"\\u0063ontainer\",\"Actor\":{\"Attributes\":{\"image\":\"s\"}}}"
		 "{\"Type\":\"container\",\"Type\":\"contain\",\"Actor\":{\"Attributes\":{"
		 "\"image\":\"s\"}}}"),
	    "{\"Type\":\"image\",\"Actor\":{\"Attributes\":{\"image\":\"***\",\"name\":\"n\"}}}"
	    "{\"Type\":\"node\",\"Actor\":{\"Attributes\":{\"image\":\"***\",\"name\":\"***\"}}}"
	    "{\"Actor\":{\"Attributes\":{\"image\":\"***\",\"name\":\"***\"}},\"Type\":"
	    "\"container\"}"
	    "{\"Actor\":{\"Attributes\":{\"image\":\"***\"}}}"
	    "{\"Type\":{\"a\":\"***\"},\"Actor\":{\"Attributes\":{\"image\":\"***\"}}}"
	    "{\"Type\":\"***\",\"Actor\":{\"Attributes\":{\"image\":\"***\"}}}"
	    "{\"Type\":\"container\",\"Type\":\"contain\",\"Actor\":{\"Attributes\":{\"image\":\"**"
	    "*\"}}}");
}

static void published_addresses_are_hidden_but_those_of_each_host(void **state)
{
	struct answer_case of = {answer_containers, false, REDACT_HOST, NULL};

	(void)state;
	assert_told(&of,
	    SPAN("[{\"Ports\":[{\"IP\":\"0.0.0.0\"},{\"IP\":\"::\"},{\"IP\":\"127.0.0.1\"},{\"IP\":"
		 "\"\"},"
		 "{\"IP\":\"10.1.2.3\"},{\"IP\":\"fd00::1\"},{\"IP\":\"0.0.0.01\"}]}]"),
	    "[{\"Ports\":[{\"IP\":\"0.0.0.0\"},{\"IP\":\"::\"},{\"IP\":\"127.0.0.1\"},{\"IP\":\"\"}"
	    ","
	    "{\"IP\":\"\"},{\"IP\":\"\"},{\"IP\":\"\"}]}]");
}

static void a_sequence_ends_with_a_whole_text(void **state)
{
	struct answer_case of = {answer_events, true, REDACT_ARGS, NULL};

	(void)state;
	assert_refused(&of, SPAN("{}\n]"));
}

static void texts_that_cannot_be_read_are_refused(void **state)
{
	static const char *const texts[] = {
	    "",
	    " ",
	    "{",
	    "[",
	    "}",
	    "{]",
	    "[}",
	    "{\"a\"}",
	    "{\"a\":}",
	    "{\"a\":1,}",
	    "[1,]",
	    "[,1]",
	    "{,}",
	    "{a:1}",
	    "{\"a\" 1}",
	    "[1 2]",
	    "{} {}",
	    "{}x",
	    "01",
	    "1.",
	    "1e",
	    "+1",
	    "-",
	    ".5",
	    "1.e3",
	    "--1",
	    "nul",
	    "nulls",
	    "True",
	    "\"",
	    "\"\\x\"",
	    "\"\\u12g4\"",
	    "\"\n\"",
	    "\"\t\"",
	    "\"\x80\"",
	    "\"\xc0\x80\"",
	    "\"\xc3\"",
	    "\"\xed\xa0\x80\"",
	    "\"\xf5\x80\x80\x80\"",
	    "\"\xe0\x80\x80\"",
	    "\"\xf0\x80\x80\x80\"",
	    "\"\xf4\x90\x80\x80\"",
	    "\xef\xbb\xbf{}",
	    "'a'",
	    "[1]]",
	    "/**/{}",
	    "\x1e{}",
	    "{\"a\":1}\x01",
	    "[\"a\"\"b\"]",
	    "{\"a\":1 \"b\":2}",
	};
	struct answer_case of = {answer_container, false, ANSWER_ALL_KINDS, NULL};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_refused(&of, span_of(texts[i]));
	assert_refused(&of, (struct span){"{}\0", 3});
	assert_told(&of,
	    SPAN(" [ 1 , -0.5E+7 , \"\\ud800\\u0000\xf0\x9f\x90\xb3\x7f\" ,null] \r\n\t"),
	    " [ 1 , -0.5E+7 , \"\\ud800\\u0000\xf0\x9f\x90\xb3\x7f\" ,null] \r\n\t");
}

static void nesting_has_a_limit(void **state)
{
	char text[2 * JSON_STREAM_DEPTH + 2];
	struct answer_case of = {answer_container, false, ANSWER_ALL_KINDS, NULL};
	struct error err;
	struct buf out;

	(void)state;
	buf_init(&out, SIZE_MAX);
	memset(text, '[', JSON_STREAM_DEPTH + 1);
	memset(text + JSON_STREAM_DEPTH + 1, ']', JSON_STREAM_DEPTH + 1);
	assert_int_equal(
	    answer_run(&of, (struct span){text + 1, 2 * JSON_STREAM_DEPTH}, 5, &out, &err), 0);
	assert_int_equal(answer_run(&of, (struct span){text, sizeof(text)}, 5, &out, &err), -1);
	buf_free(&out);
}

/* Of what begins like something that may stay, no more is held than ANSWER_HELD. */
static void long_texts_go(void **state)
{
	static const char *const starts[] = {"{\"Config\":{\"Env\":[\"",
	    "{\"Config\":{\"Env\":[\"A=", "{\"HostConfig\":{\"Binds\":[\"",
	    "{\"Mounts\":[{\"Source\":\"", "{\"Config\":{\"Labels\":{\"", "{\"Path\":\""};
	static const char *const told[] = {
	    "***\"]}}", "A=***\"]}}", "***\"]}}", "***\"}]}", "", "***\"}"};
	static const char *const ends[] = {
	    "\"]}}", "\"]}}", "\"]}}", "\"}]}", "\":\"s3cr\"}}}", "\"}"};
	struct answer_case of = {answer_container, false, ANSWER_ALL_KINDS, NULL};
	static char run[65536];
	struct error err;
	struct buf out;

	(void)state;
	buf_init(&out, SIZE_MAX);
	memset(run, 'a', sizeof(run));
	for (size_t i = 0; i < COUNT(starts); i++) {
		struct answer *answer = answer_begin(&of);

		buf_clear(&out);
		assert_int_equal(answer_feed(answer, span_of(starts[i]), &out, &err), 0);
		for (unsigned n = 0; n < 1600; n++) { /* 100 MB */
			if (n > 0 && i == 4)
				buf_clear(&out);
			assert_int_equal(
			    answer_feed(answer, (struct span){run, sizeof(run)}, &out, &err), 0);
		}
		assert_int_equal(answer_feed(answer, span_of(ends[i]), &out, &err), 0);
		assert_int_equal(answer_end(answer, &err), 0);
		assert_true(out.len < 2 * sizeof(run));
		assert_null(memmem(out.at, out.len, SECRET, strlen(SECRET)));
		assert_true(memmem(out.at, out.len, told[i], strlen(told[i])) || i == 4);
		answer_free(answer);
	}
	buf_free(&out);
}

/* Nothing is told behind what cannot be read. */
static void nothing_follows_a_fault(void **state)
{
	struct answer_case of = {answer_container, false, ANSWER_ALL_KINDS, NULL};
	struct answer *answer = answer_begin(&of);
	struct error err;
	struct buf out;

	(void)state;
	buf_init(&out, SIZE_MAX);
	assert_int_equal(answer_feed(answer, SPAN("{x"), &out, &err), -1);
	assert_int_equal(answer_feed(answer, SPAN("\"Path\":\"a\"}"), &out, &err), -1);
	assert_int_equal(answer_end(answer, &err), -1);
	answer_free(answer);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers_are_told_without_values),
	    cmocka_unit_test(named_values_stay),
	    cmocka_unit_test(events_are_told_one_by_one),
	    cmocka_unit_test(events_of_other_things_have_other_names),
	    cmocka_unit_test(published_addresses_are_hidden_but_those_of_each_host),
	    cmocka_unit_test(a_sequence_ends_with_a_whole_text),
	    cmocka_unit_test(texts_that_cannot_be_read_are_refused),
	    cmocka_unit_test(nesting_has_a_limit),
	    cmocka_unit_test(long_texts_go),
	    cmocka_unit_test(nothing_follows_a_fault),
	};

	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
