/* SPDX-License-Identifier: Apache-2.0 */
/* Query parameters as the daemon reads them. */
#include "unit.h"

#include <stdio.h>

#include "docker/docker.h"

#define MOST 8

/* "a=1&b=2" as pairs. */
static size_t read_query(const char *text, struct pair *pairs)
{
	struct span rest = span_of(text);
	size_t count = 0;

	while (rest.at && rest.len > 0) {
		struct span one = span_cut(rest, '&', &rest);

		assert_true(count < MOST);
		pairs[count].name = span_cut(one, '=', &pairs[count].value);
		count++;
	}
	return count;
}

static void write_query(const struct pair *pairs, size_t count, char *room, size_t size)
{
	size_t len = 0;

	room[0] = '\0';
	for (size_t i = 0; i < count; i++)
		len += (size_t)snprintf(room + len, size - len, "%s%.*s=%.*s", i ? "&" : "",
		    (int)pairs[i].name.len, pairs[i].name.at, (int)pairs[i].value.len,
		    pairs[i].value.at);
}

static void what_no_daemon_reads_is_not_sent(void **state)
{
	static const struct {
		const char *operation, *query, *left;
	} rows[] = {
	    {"image.create", "fromImage=a&fromImage=evil&tag=1", "fromImage=a&tag=1"},
	    {"image.create", "fromImage=&fromImage=evil", "fromImage="},
	    {"container.rename", "name=a&name=b&name=c", "name=a"},
	    /* docker-py 5 */
	    {"build.run", "dockerfile=Dockerfile&dockerfile=FROM x", "dockerfile=Dockerfile"},
	    /* all values count */
	    {"build.run", "t=a&t=evil&q=1&q=0", "t=a&t=evil&q=1"},
	    {"image.get_all", "names=a&names=b", "names=a&names=b"},
	    {"container.commit", "changes=ENV a&changes=USER 0", "changes=ENV a&changes=USER 0"},
	    /* no daemon reads them */
	    {"system.events", "stream=1&since=1", "since=1"},
	    {"container.list", "trunc_cmd=0&all=1", "all=1"},
	    {"container.create", "name=a&Image=bb&HostConfig=x&Image=y", "name=a"},
	    /* not known: judged, each */
	    {"container.list", "tomorrow=1&tomorrow=2&all=1&all=2", "tomorrow=1&tomorrow=2&all=1"},
	    {"container.list", "All=1&all=0&ALL=2", "All=1&all=0&ALL=2"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct docker_operation *operation =
		    docker_operation_named(span_of(rows[i].operation));
		struct pair pairs[MOST];
		char left[256];

		assert_non_null(operation);
		size_t count = read_query(rows[i].query, pairs);

		count = docker_query_reduce(operation, pairs, count);
		write_query(pairs, count, left, sizeof(left));
		assert_string_equal(left, rows[i].left);
	}
}

static void a_route_that_is_not_known_keeps_its_query(void **state)
{
	struct pair pairs[MOST];

	(void)state;
	assert_int_equal(docker_query_reduce(NULL, pairs, read_query("a=1&a=2", pairs)), 2);
}

static void flags_are_read_as_the_daemon_reads_them(void **state)
{
	static const char *const no[] = {"0", "no", "No", "FALSE", "none", " 0", "false\t",
	    "\xc2\xa0no", "none\xe3\x80\x80\xe2\x80\x8a", " ", "\xe2\x80\xa9"};
	static const char *const yes[] = {"1", "true", "yes", "on", "f", "00", "0x0", "n o", "-0",
	    "0 1",
	    ("\xe2\x80\x8b"
	     "0"),
	    "nu\xc4\xb0"};
	static const struct docker_param off = {.name = "x", .kind = KIND_FLAG};
	static const struct docker_param on = {.name = "x", .kind = KIND_FLAG_ON};

	(void)state;
	for (size_t i = 0; i < COUNT(no); i++) {
		if (docker_flag_is_yes(&off, span_of(no[i])) ||
		    docker_flag_is_yes(&on, span_of(no[i])))
			fail_msg("\"%s\" is no no", no[i]);
	}
	for (size_t i = 0; i < COUNT(yes); i++) {
		if (!docker_flag_is_yes(&off, span_of(yes[i])))
			fail_msg("\"%s\" is no yes", yes[i]);
	}
	assert_false(docker_flag_is_yes(&off, SPAN("")));
	assert_true(docker_flag_is_yes(&on, SPAN("")));
}

static void numbers_are_read_as_the_daemon_reads_them(void **state)
{
	static const char *const none[] = {
	    "", "+", "-", "1.0", "1e3", "0x1", "1_0", " 1", "--1", "abc"};
	static const struct {
		const char *text;
		bool negative;
		uint64_t size;
	} rows[] = {{"0", false, 0}, {"-0", false, 0}, {"+5", false, 5}, {"007", false, 7},
	    {"-12", true, 12}, {"18446744073709551615", false, UINT64_MAX}};
	struct docker_number number;

	(void)state;
	for (size_t i = 0; i < COUNT(none); i++)
		assert_false(docker_number_read(span_of(none[i]), &number));
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(docker_number_read(span_of(rows[i].text), &number));
		assert_true(number.negative == rows[i].negative && number.size == rows[i].size);
	}
}

/* Which requests may take the daemon longer than answer_timeout before they have an answer. */
static void a_parameter_can_make_a_request_slow(void **state)
{
	static const struct {
		const char *operation, *query;
		bool slow;
	} rows[] = {
	    {"container.list", "", false},
	    {"container.list", "all=1", false},
	    {"container.list", "size=0", false},
	    {"container.list", "all=1&size=1", true},
	    {"container.inspect", "size=true", true},
	    {"container.inspect", "size=", false},
	    {"image.list", "shared-size=1", true},
	    {"image.list", "manifests=1", false},
	    {"container.changes", "", true},
	    {"plugin.privileges", "remote=x", true},
	    {"swarm.unlock", "", true},
	    {"system.version", "", false},
	    {NULL, "", true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pair pairs[MOST];
		size_t count = read_query(rows[i].query, pairs);
		const struct docker_operation *operation =
		    rows[i].operation ? docker_operation_named(span_of(rows[i].operation)) : NULL;
		unsigned traits = docker_request_traits(operation, pairs, count);

		if (!(traits & TRAIT_SLOW) == rows[i].slow)
			fail_msg("row %zu, ?%s", i, rows[i].query);
	}
}

static void operations_ask_for_grants(void **state)
{
	const struct docker_operation *put = docker_operation_named(SPAN("container.archive_put"));
	const struct docker_operation *copy = docker_operation_named(SPAN("container.copy"));

	(void)state;
	assert_true(docker_operation_asks(put, GRANT_ARCHIVE_PATH_ID));
	assert_true(docker_operation_asks(copy, GRANT_ARCHIVE_PATH_ID));
	assert_false(docker_operation_asks(copy, GRANT_BIND_ID));
}

static void hints_name_parameters(void **state)
{
	(void)state;
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *row = docker_operation_at(i);

		if (row->hint && row->hint->param &&
		    !docker_param_find(row, span_of(row->hint->param)))
			fail_msg(
			    "%s: the hint's parameter %s has no row", row->name, row->hint->param);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_no_daemon_reads_is_not_sent),
	    cmocka_unit_test(a_route_that_is_not_known_keeps_its_query),
	    cmocka_unit_test(flags_are_read_as_the_daemon_reads_them),
	    cmocka_unit_test(numbers_are_read_as_the_daemon_reads_them),
	    cmocka_unit_test(a_parameter_can_make_a_request_slow),
	    cmocka_unit_test(operations_ask_for_grants),
	    cmocka_unit_test(hints_name_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
