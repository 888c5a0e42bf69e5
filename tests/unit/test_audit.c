/* SPDX-License-Identifier: Apache-2.0 */
/* Golden lines, and hostile bytes that must not break one. */
#include "unit.h"

#include <stdio.h>

#include "audit/record.h"
#include "json/json.h"

#define LINE_MOST (1024 * 1024)

static const struct json_limits limits = {LINE_MOST, 16, 100};

static const struct decision plain = {.reason = REASON_NO_RULE, .status = 403};

static struct audit_record minimal(void)
{
	return (struct audit_record){
	    .sequence = 1,
	    .listener = "l",
	    .policy = "p",
	    .peer = {.pid = -1, .uid = -1, .gid = -1},
	    .method = SPAN("GET"),
	    .path = SPAN("/info"),
	    .decision = &plain,
	};
}

static void assert_line(const struct audit_record *record, const char *wanted)
{
	struct buf out;

	buf_init(&out, LINE_MOST);
	audit_record_write(&out, record);
	assert_false(out.failed);
	assert_string_equal(buf_text(&out), wanted);
	buf_free(&out);
}

static void full_line(void **state)
{
	const struct decision decision = {
	    .reason = REASON_GRANT,
	    .status = 403,
	    .grant = GRANT_PRIVILEGED_ID,
	    .requirement = "cap_drop_all",
	    .rule = {"/etc/ci.conf", 12},
	    .field = "HostConfig.Privileged",
	    .value = "true",
	    .message = "HostConfig.Privileged: true needs \"privileged\"",
	    .fix = "privileged = yes",
	};
	const struct audit_record record = {
	    .sequence = 7,
	    .seconds = 1767323045,
	    .milliseconds = 9,
	    .run = "r1",
	    .listener = "ci",
	    .policy = "strict",
	    .peer = {1234, 1000, 100, "192.0.2.1", "cn:x", "web", "0123"},
	    .method = SPAN("POST"),
	    .path = SPAN("/containers/create"),
	    .query = SPAN("name=web"),
	    .api = 41,
	    .operation = "container.create",
	    .decision = &decision,
	};

	(void)state;
	assert_line(&record,
	    "{\"time\":\"2026-01-02T03:04:05.009Z\",\"run\":\"r1\",\"seq\":7,\"event\":\"denied\","
	    "\"listener\":\"ci\",\"policy\":\"strict\",\"peer\":{\"pid\":1234,\"uid\":1000,"
	    "\"gid\":100,\"address\":\"192.0.2.1\",\"identity\":\"cn:x\","
	    "\"container\":\"web\",\"container_id\":\"0123\"},\"method\":\"POST\","
	    "\"path\":\"/containers/create\",\"query\":\"name=web\",\"api\":\"1.41\","
	    "\"operation\":\"container.create\",\"reason\":\"grant\",\"status\":403,"
	    "\"rule\":\"/etc/ci.conf:12\",\"grant\":\"privileged\","
	    "\"requirement\":\"cap_drop_all\",\"field\":\"HostConfig.Privileged\","
	    "\"value\":\"true\",\"message\":\"HostConfig.Privileged: true needs "
	    "\\\"privileged\\\"\",\"fix\":\"privileged = yes\"}\n");
}

static const struct {
	const char *operation, *body, *what;
} tellings[] = {
    {"container.create",
	"{\"Image\":\"bb:1\",\"Env\":[\"PASSWORD=x\"],\"Cmd\":[\"mysql\",\"-phunter2\"],\"User\":"
	"\"\","
	"\"HostConfig\":{\"Binds\":[\"/srv:/a\",\"c:/"
	"c\"],\"Privileged\":true,\"Memory\":1,\"Mounts\":["
	"{\"Type\":\"tmpfs\",\"Target\":\"/t\"},{\"Type\":\"bind\",\"Source\":\"/"
	"etc\",\"Target\":\"/e\"}]}}",
	"{\"Image\":\"bb:1\",\"Cmd\":\"mysql\",\"HostConfig.Binds\":[\"/srv:/a\",\"c:/c\"],"
	"\"HostConfig.Privileged\":true,\"HostConfig.Mounts[1].Source\":\"/etc\"}"},
    {"container.exec", "{\"User\":\"0\",\"Cmd\":[\"sh\",\"-c\",\"x\"]}",
	"{\"User\":\"0\",\"Cmd\":\"sh\"}"},
    {"container.exec", "{\"Cmd\":[\"PASS=hunter2 run\"]}", "{\"Cmd\":\"***\"}"},
    {"container.exec", "{\"Cmd\":[\"run --key=hunter2\"]}", "{\"Cmd\":\"run\"}"},
    {"container.exec", "{\"Cmd\":[]}", NULL},
    {"service.create",
	"{\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"bb\",\"Args\":[\"a\",\"b\"]}}}",
	"{\"TaskTemplate.ContainerSpec.Image\":\"bb\",\"TaskTemplate.ContainerSpec.Args\":\"a\"}"},
    {"volume.create", "{\"Name\":\"x\"}", NULL},
};

static void what_is_run_is_told_without_secrets(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tellings); i++) {
		struct audit_record record = minimal();
		struct arena arena;
		struct error err;
		char wanted[600];

		arena_init(&arena, 0);
		record.event = AUDIT_ALLOWED;
		record.operation = tellings[i].operation;
		record.schema = docker_operation_named(span_of(record.operation))->schema;
		record.body = json_parse(span_of(tellings[i].body), &limits, &arena, &err);
		assert_non_null(record.body);
		(void)snprintf(wanted, sizeof(wanted),
		    "{\"time\":\"1970-01-01T00:00:00.000Z\",\"seq\":1,\"event\":\"allowed\","
		    "\"listener\":\"l\",\"policy\":\"p\",\"peer\":{},\"method\":\"GET\",\"path\":"
		    "\"/info\","
		    "\"operation\":\"%s\"%s%s}\n",
		    record.operation, tellings[i].what ? ",\"what\":" : "",
		    tellings[i].what ? tellings[i].what : "");
		assert_line(&record, wanted);
		arena_free(&arena);
	}
}

static void what_is_told_is_bounded(void **state)
{
	struct audit_record record = minimal();
	struct arena arena;
	struct error err;
	struct buf body, out;

	(void)state;
	arena_init(&arena, 0);
	buf_init(&body, LINE_MOST);
	buf_add_text(&body, "{\"HostConfig\":{\"Mounts\":[{\"Source\":\"/x\"}");
	for (int i = 0; i < 45; i++)
		buf_add_text(&body, ",{\"Source\":\"/x\"}");
	buf_add_text(&body, "]}}");
	record.event = AUDIT_ALLOWED;
	record.schema = docker_operation_named(SPAN("container.create"))->schema;
	record.body = json_parse(buf_span(&body), &limits, &arena, &err);
	assert_non_null(record.body);
	buf_init(&out, LINE_MOST);
	audit_record_write(&out, &record);
	assert_non_null(strstr(buf_text(&out), "Mounts[31].Source\":\"/x\",\"more\":true}"));
	assert_null(strstr(buf_text(&out), "Mounts[32]"));
	assert_non_null(
	    json_parse((struct span){buf_text(&out), out.len - 1}, &limits, &arena, &err));
	buf_free(&out);
	buf_free(&body);
	arena_free(&arena);
}

static void small_line(void **state)
{
	struct audit_record record = minimal();

	(void)state;
	record.event = AUDIT_WOULD_DENY;
	assert_line(&record,
	    "{\"time\":\"1970-01-01T00:00:00.000Z\",\"seq\":1,\"event\":\"would-deny\","
	    "\"listener\":\"l\",\"policy\":\"p\",\"peer\":{},\"method\":\"GET\","
	    "\"path\":\"/info\",\"reason\":\"no_rule\",\"status\":403}\n");
}

static void permitted_line(void **state)
{
	struct audit_record record = minimal();

	(void)state;
	record.event = AUDIT_ALLOWED;
	record.operation = "system.info";
	assert_line(&record,
	    "{\"time\":\"1970-01-01T00:00:00.000Z\",\"seq\":1,\"event\":\"allowed\","
	    "\"listener\":\"l\",\"policy\":\"p\",\"peer\":{},\"method\":\"GET\","
	    "\"path\":\"/info\",\"operation\":\"system.info\"}\n");
}

static void note_line(void **state)
{
	const struct audit_note note = {2, 1, 0, "r1", "reloaded", "changed:\t\"x\""};
	struct buf out;

	(void)state;
	buf_init(&out, LINE_MOST);
	audit_note_write(&out, &note);
	assert_string_equal(buf_text(&out),
	    "{\"time\":\"1970-01-01T00:00:01.000Z\",\"run\":\"r1\",\"seq\":2,"
	    "\"event\":\"reloaded\",\"message\":\"changed:\\u0009\\\"x\\\"\"}\n");
	buf_free(&out);
}

static void assert_has(const struct audit_record *record, const char *part, bool wanted)
{
	struct buf out;

	buf_init(&out, LINE_MOST);
	audit_record_write(&out, record);
	if ((strstr(buf_text(&out), part) != NULL) != wanted)
		fail_msg("%s%s in %s", wanted ? "no " : "", part, buf_text(&out));
	buf_free(&out);
}

static void times(void **state)
{
	static const struct {
		int64_t seconds;
		unsigned milliseconds;
		const char *text;
	} rows[] = {
	    {0, 0, "\"1970-01-01T00:00:00.000Z\""},
	    {951782399, 999, "\"2000-02-28T23:59:59.999Z\""},
	    {951782400, 1, "\"2000-02-29T00:00:00.001Z\""},
	    {951868800, 0, "\"2000-03-01T00:00:00.000Z\""},
	    {4107542399, 0, "\"2100-02-28T23:59:59.000Z\""},
	    {4107542400, 0, "\"2100-03-01T00:00:00.000Z\""},
	    {1798761599, 0, "\"2026-12-31T23:59:59.000Z\""},
	    {253402300799, 0, "\"9999-12-31T23:59:59.000Z\""},
	    {-1, 0, "\"1969-12-31T23:59:59.000Z\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct audit_record record = minimal();

		record.seconds = rows[i].seconds;
		record.milliseconds = rows[i].milliseconds;
		assert_has(&record, rows[i].text, true);
	}
}

static void secrets_stay_out(void **state)
{
	static const struct {
		const char *operation, *query, *wanted;
	} rows[] = {
	    {"build.run", "buildargs=%7B%22TOKEN%22%3A%22s3cret%22%7D&t=x",
		"\"query\":\"buildargs=***&t=x\""},
	    {"build.run", "t=x&buildargs=s3cret", "\"query\":\"t=x&buildargs=***\""},
	    {"build.run", "buildargs=s3cret&buildargs=s3cret",
		"\"query\":\"buildargs=***&buildargs=***\""},
	    {"build.run", "session=s3cret&q=", "\"query\":\"session=***&q=\""},
	    {"build.run", "remote=https://user:s3cret@host/x", "\"query\":\"remote=***\""},
	    {"build.run", "remote=https://host/x.git?token=s3cret", "\"query\":\"remote=***\""},
	    {"image.create", "fromImage=x&authconfig=s3cret",
		"\"query\":\"fromImage=x&authconfig=***\""},
	    {"image.create", "fromSrc=http://u:s3cret@h/", "\"query\":\"fromSrc=***\""},
	    {"image.create", "fromSrc=http://u:s3cret%40h/", "\"query\":\"fromSrc=***\""},
	    {"image.create", "fromSrc=http://h/a.tar", "\"query\":\"fromSrc=http://h/a.tar\""},
	    {"build.run", "remote=https://h/x.git#main:d",
		"\"query\":\"remote=https://h/x.git#main:d\""},
	    {"container.commit", "changes=ENV+P%3Ds3cret&repo=r",
		"\"query\":\"changes=***&repo=r\""},
	    /* members of the body, repeated as parameters */
	    {"system.auth", "password=s3cret", "\"query\":\"password=***\""},
	    {"container.exec", "Env=s3cret&Tty=s3cret", "\"query\":\"Env=***&Tty=***\""},
	    /* of what no row knows */
	    {"container.list", "all=1&&X=s3cret&x", "\"query\":\"all=1&&X=***&x\""},
	    {NULL, "all=s3cret", "\"query\":\"all=***\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct audit_record record = minimal();

		record.operation = rows[i].operation;
		record.query = span_of(rows[i].query);
		assert_has(&record, rows[i].wanted, true);
		assert_has(&record, "s3cret", false);
	}
}

static void unread_targets_lose_their_query(void **state)
{
	struct audit_record record = minimal();

	(void)state;
	record.path = SPAN("/build?build%61rgs=s3cret#");
	assert_has(&record, "\"path\":\"/build\"", true);
	assert_has(&record, "s3cret", false);
	record.path = SPAN("http://user:s3cret@docker/info");
	assert_has(&record, "\"path\":\"***\"", true);
}

/* Whatever a client sends, a line is one line of good JSON. */
static void hostile_bytes(void **state)
{
	char bytes[3 * 256];
	struct decision decision = {.reason = REASON_AMBIGUOUS, .status = 400};
	struct audit_record record = minimal();
	struct arena arena;
	struct error err;
	struct buf out;

	(void)state;
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 / 3);
	record.method = record.path = record.query = (struct span){bytes, sizeof(bytes)};
	memcpy(decision.value, bytes + 1, sizeof(decision.value) - 1);
	memcpy(decision.field, "a\n\"}\r\xff\xe2\x80", 9);
	record.decision = &decision;
	buf_init(&out, LINE_MOST);
	arena_init(&arena, 0);
	audit_record_write(&out, &record);
	assert_ptr_equal(memchr(out.at, '\n', out.len), out.at + out.len - 1);
	for (size_t i = 0; i + 1 < out.len; i++)
		assert_true((unsigned char)out.at[i] >= ' ');
	/* \u0000 is fine JSON, but nothing that our own gate lets in. */
	for (char *p = out.at;
	     (p = memmem(p, out.len - (size_t)(p - out.at), "\\u0000", 6)) != NULL;)
		p[5] = '1';
	const cJSON *line = json_parse(buf_span(&out), &limits, &arena, &err);

	if (!line)
		fail_msg("%s: %s", err.text, buf_text(&out));
	assert_string_equal(json_string(json_field(line, "reason")), "ambiguous");
	arena_free(&arena);
	buf_free(&out);
}

static void lines_are_bounded(void **state)
{
	static char path[900 * 1024];
	struct audit_record record = minimal();
	struct buf out;

	(void)state;
	memset(path, 1, sizeof(path));
	record.path = record.query = record.method = (struct span){path, sizeof(path)};
	buf_init(&out, LINE_MOST);
	audit_record_write(&out, &record);
	assert_false(out.failed);
	assert_true(out.len < 16 * 1024);
	buf_free(&out);
}

static void full_buffers_are_told(void **state)
{
	struct audit_record record = minimal();
	struct buf out;

	(void)state;
	buf_init(&out, 64);
	audit_record_write(&out, &record);
	assert_true(out.failed);
	buf_free(&out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(full_line),
	    cmocka_unit_test(what_is_run_is_told_without_secrets),
	    cmocka_unit_test(what_is_told_is_bounded),
	    cmocka_unit_test(small_line),
	    cmocka_unit_test(permitted_line),
	    cmocka_unit_test(note_line),
	    cmocka_unit_test(times),
	    cmocka_unit_test(secrets_stay_out),
	    cmocka_unit_test(unread_targets_lose_their_query),
	    cmocka_unit_test(hostile_bytes),
	    cmocka_unit_test(lines_are_bounded),
	    cmocka_unit_test(full_buffers_are_told),
	};

	return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
