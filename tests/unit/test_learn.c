/* SPDX-License-Identifier: Apache-2.0 */
/* What requests need, as the judge tells it, and the policy that comes of lines which tell it. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "learn/learn.h"
#include "policy_case.h"

#define OUT_MOST (128u << 20)

/* ---- what a request needs ----------------------------------------------------------------------
 */

#define CREATE "POST /v1.41/containers/create"
#define EXEC "POST /v1.41/containers/web/exec"

static void the_judge_tells_what_a_request_needs(void **state)
{
	static const struct {
		const char *line, *body, *need;
	} rows[] = {
	    {CREATE, "{\"Image\":\"bb:1\"}", "need|Image|bb:1|image"},
	    {CREATE, "{\"HostConfig\":{\"Binds\":[\"/srv/a b:/x:ro\"]}}",
		"need|HostConfig.Binds[0]|\"/srv/a b\" ro|bind"},
	    {CREATE, "{\"HostConfig\":{\"Privileged\":true}}",
		"need|HostConfig.Privileged|yes|privileged"},
	    {CREATE, "{\"Env\":[\"A=hush\"]}", "need|Env[0]|A|env"},
	    {CREATE, "{\"HostConfig\":{\"PortBindings\":{\"80/tcp\":[{}]}}}",
		"need|HostConfig.PortBindings[80/tcp]|*:0|publish"},
	    {CREATE, "{\"Volumes\":{},\"HostConfig\":{\"CapAdd\":[\"cap_sys_admin\"]}}",
		"need|HostConfig.CapAdd[0]|SYS_ADMIN|cap_add"},
	    /* what would be a wildcard, the end of a word or of a line */
	    {CREATE, "{\"Cmd\":[\"ls\",\"*\",\"a\\\"b\\nc\"]}", "need|Cmd|ls ? a?b?c|command"},
	    {CREATE, "{\"Cmd\":[\"\",\"a b\",\"#\"]}", "need|Cmd|\"\" \"a b\" \"#\"|command"},
	    {CREATE, "{\"Cmd\":[\"!x\"]}", "need|Cmd|?x|command"},
	    {CREATE, "{\"Cmd\":[\"sh\",\"-c\",\"a ; b\"]}", "need|Cmd|sh -c \"a ? b\"|command"},
	    {CREATE, "{\"HostConfig\":{\"Binds\":[\"/srv/a ;b:/x\"]}}",
		"need|HostConfig.Binds[0]|\"/srv/a ?b\" rw|bind"},
	    {CREATE, "{\"HostConfig\":{\"StorageOpt\":{\"a=b\":\"c\"}}}",
		"need|HostConfig.StorageOpt[a=b]|a?b=c|storage_opt"},
	    {CREATE, "{\"HostConfig\":{\"NetworkMode\":\"!a:b\"}}",
		"need|HostConfig.NetworkMode||network_mode"},
	    {CREATE,
		"{\"HostConfig\":{\"DeviceRequests\":[{\"Driver\":\"x \\n\",\"Options\":{\"a\":\"b "
		";\"}}]}}",
		"need|HostConfig.DeviceRequests[0].Driver|\"x ?\" \"option=a=b ?\"|device_request"},
	    /* secrets among the arguments */
	    {CREATE, "{\"Cmd\":[\"db\",\"--password=hush\"]}", "need|Cmd|db --password=**|command"},
	    {CREATE, "{\"Cmd\":[\"db\",\"--password\",\"hush\",\"x\"]}",
		"need|Cmd|db --password * x|command"},
	    {CREATE, "{\"Cmd\":[\"sh\",\"-c\",\"TOKEN=hush run\"]}",
		"need|Cmd|sh -c TOKEN=**|command"},
	    {CREATE, "{\"Cmd\":[\"get\",\"http://a:hush@b/\"]}", "need|Cmd|get http://**|command"},
	    {CREATE, "{\"Cmd\":[\"mysqldump\",\"-uroot\",\"-phush\",\"app\"]}",
		"need|Cmd|mysqldump -uroot -p** app|command"},
	    {CREATE, "{\"Cmd\":[\"/usr/bin/mariadb\",\"-p\",\"app\"]}",
		"need|Cmd|/usr/bin/mariadb -p app|command"},
	    {CREATE, "{\"Cmd\":[\"sh\",\"-c\",\"mysql -phush app\"]}",
		"need|Cmd|sh -c \"mysql -p**\"|command"},
	    {CREATE, "{\"Cmd\":[\"redis-cli\",\"-a\",\"hush\",\"ping\"]}",
		"need|Cmd|redis-cli -a * ping|command"},
	    {CREATE, "{\"Cmd\":[\"curl\",\"-ua:hush\",\"-u\",\"hush\",\"--user=a:hush\",\"-s\"]}",
		"need|Cmd|curl -u** -u * --user** -s|command"},
	    {CREATE, "{\"Cmd\":[\"mkdir\",\"-p\",\"a\"]}", "need|Cmd|mkdir -p a|command"},
	    /* settings */
	    {CREATE, "{\"Newer\":\"x\"}", "need|Newer|allow|unknown_fields"},
	};
	struct policy *bare = policy_bare();
	static struct outcome outcome;

	(void)state;
	assert_non_null(bare);
	for (size_t i = 0; i < COUNT(rows); i++) {
		decide_case(bare,
		    &(struct request_case){.line = rows[i].line, .body = rows[i].body}, &outcome);
		if (!strstr(outcome.trace, rows[i].need))
			fail_msg("row %zu: no \"%s\" in\n%s", i, rows[i].need, outcome.trace);
		const char *need = strstr(outcome.trace, "need|");

		for (; need; need = strstr(need + 1, "need|")) {
			const char *end = strchr(need, '\n');

			assert_null(memmem(need, (size_t)(end - need), "hush", 4));
		}
	}
	policy_unref(bare);
}

static void lines_cover_what_is_needed(void **state)
{
	static const struct {
		const char *policy, *key, *value;
		bool covers;
	} rows[] = {
	    {"", "bind", "/srv/a ro", false},
	    {"bind = /srv ro", "bind", "/srv/a ro", true},
	    {"bind = /srv ro", "bind", "/srv/a rw", false},
	    {"bind = /srv/* rw", "bind", "\"/srv/a b\" rw", true},
	    {"bind = / rw", "bind", "/etc ro", true},
	    {"bind = /var rw", "bind", "/var/run/docker.sock rw", false},
	    {"image = ci/*", "image", "ci/app:1", true},
	    {"image = ci/app:1", "image", "ci/app", false},
	    {"image = sha256:*", "image", "sha256:*", true},
	    {"image = *", "image", "*", true},
	    {"image = ci/app", "image", "*", false},
	    {"publish = 127.0.0.1:8000-8999", "publish", "127.0.0.1:8080", true},
	    {"publish = 127.0.0.1:8000-8999", "publish", "*:8080", false},
	    {"publish = 0", "publish", "*:0", true},
	    {"publish = 0", "publish", "*:22", false},
	    {"command = sh **", "command", "sh -c ls", true},
	    {"command = sh -c", "command", "sh -c ls", false},
	    {"command = sh -c ls", "command", "sh **", false},
	    {"", "command", "sh", true},
	    {"env = A", "env", "B", false},
	    {"env = A=1", "env", "A", false},
	    {"env = *", "env", "A", true},
	    {"command = a", "entrypoint", "b", false},
	    {"volume_option = type=nfs", "volume_option", "type=nfs", true},
	    {"volume_option = type=nfs", "volume_option", "type", false},
	    {"privileged = yes", "privileged", "yes", true},
	    {"privileged = no", "privileged", "yes", false},
	    {"network_mode = *", "network_mode", "host", false},
	    {"network_mode = host", "network_mode", "host", true},
	    {"cap_add = ALL", "cap_add", "SYS_ADMIN", true},
	    {"volume = !x *", "volume", "x", false},
	    {"device_request = nvidia", "device_request", "nvidia", true},
	    {"device_request = nvidia count=1", "device_request", "nvidia", false},
	};
	const struct docker_operation *create = docker_operation_named(SPAN("container.create"));

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy *policy = policy_of(rows[i].policy);
		struct policy_source source;

		if (policy_covers(policy, create, grant_from(span_of(rows[i].key)),
			span_of(rows[i].value), &source) != rows[i].covers)
			fail_msg("row %zu: \"%s\", %s = %s", i, rows[i].policy, rows[i].key,
			    rows[i].value);
		policy_unref(policy);
	}
}

/* ---- from lines to a policy --------------------------------------------------------------------
 */

static const struct learn_options everything = {0};

/* One line of the log, of which |needs| is the inside of the list. */
static void take_of(
    struct learn *learn, unsigned uid, const char *event, const char *operation, const char *needs)
{
	char line[8192];
	struct error err;

	(void)snprintf(line, sizeof(line),
	    "{\"time\":\"2026-01-02T03:04:05.009Z\",\"seq\":1,\"event\":\"%s\",\"listener\":\"l\","
	    "\"policy\":\"p\",\"peer\":{\"uid\":%u},\"method\":\"POST\",\"path\":\"/x\","
	    "\"operation\":\"%s\",\"needs\":[%s],\"needs_id\":\"0\"}",
	    event, uid, operation, needs);
	assert_int_equal(learn_take(learn, span_of(line), &err), 0);
}

static void take(struct learn *learn, const char *event, const char *operation, const char *needs)
{
	take_of(learn, 7, event, operation, needs);
}

static char *written(struct learn *learn)
{
	struct buf out;
	struct error err;

	buf_init(&out, OUT_MOST);
	if (learn_write(learn, &out, &err))
		fail_msg("%s", err.text);
	char *text = strdup(buf_text(&out));

	assert_non_null(text);
	buf_free(&out);
	learn_free(learn);
	return text;
}

static bool has_line(const char *text, const char *line)
{
	const char *found = text;
	size_t len = strlen(line);

	while ((found = strstr(found, line))) {
		if (found[-1] == '\n' && found[len] == '\n')
			return true;
		found++;
	}
	return false;
}

/* Values of one grant, and the lines that they must, and must not, become. */
struct shape_row {
	const char *key, *values, *lines, *never;
};

static void each_word(
    const char *words, void (*call)(void *context, const char *word), void *context)
{
	char room[2048], *rest = room;

	(void)snprintf(room, sizeof(room), "%s", words);
	for (char *word; (word = strsep(&rest, ";"));)
		call(context, word);
}

struct shaped {
	const struct shape_row *row;
	struct learn *learn;
	const char *text;
};

static void take_value(void *context, const char *value)
{
	struct shaped *shaped = context;
	char need[1024];

	(void)snprintf(need, sizeof(need), "{\"key\":\"%s\",\"value\":\"%s\",\"field\":\"F\"}",
	    shaped->row->key, value);
	take(shaped->learn, "would-deny", "container.create", need);
}

static void expect_line(void *context, const char *value)
{
	struct shaped *shaped = context;
	char line[1024];

	(void)snprintf(line, sizeof(line), "%s%s = %s", value[0] == '#' ? "#! " : "",
	    shaped->row->key, value[0] == '#' ? value + 1 : value);
	if (!has_line(shaped->text, line))
		fail_msg("no \"%s\" in\n%s", line, shaped->text);
}

static void expect_none(void *context, const char *value)
{
	struct shaped *shaped = context;
	char line[1024];

	(void)snprintf(line, sizeof(line), "%s = %s", shaped->row->key, value);
	if (value[0] && has_line(shaped->text, line))
		fail_msg("\"%s\" in\n%s", line, shaped->text);
}

/* A line behind # is one that gives the host away. */
static void values_become_lines(void **state)
{
	static const struct shape_row rows[] = {
	    {"name", "web;db", "web;db", "*"},
	    {"name", "web1;web2", "web1;web2", "web*"},
	    {"name", "web1;web2;web33", "web*", "web1"},
	    {"name", "job-12345", "job-*", "job-12345"},
	    {"name", "job-0f3c9a1b7e", "job-*", ""},
	    {"name", "x-123e4567-e89b-12d3-a456-426614174000", "x-*", ""},
	    {"name", "defaced;feedface", "defaced;feedface", "*"},
	    {"volume", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"????????????????????????????????????????????????????????????????", "*"},
	    {"volume", "20260102-150405", "???????\?-??????", "*-??????;*-*"},
	    {"volume", "deadbee1_cafe2026", "????????_????????", "*_*"},
	    {"volume", "2026-01-02;2026-01-03;2026-02-01", "???\?-?\?-??", "*-*-*"},
	    {"volume", "a-2026-01-02;a-2026-01-03;a-2026-02-01", "a-*-*-*", ""},
	    {"volume", "x9Yz8q-1;q8Zx7r-2;z7Yq6x-3", "?????\?-?", "?????\?-*"},
	    {"name", "\xc3\xa9-20260102", "\xc3\xa9-*", ""},
	    {"working_dir", "/12345/67890", "/????\?/?????", "/*/?????"},
	    {"bind", "/srv/a rw;/srv/b rw", "/srv/a rw;/srv/b rw", "/srv/* rw"},
	    {"bind", "/srv/a rw;/srv/b rw;/srv/c rw", "/srv/* rw", "/srv/a rw"},
	    {"bind", "/srv/a rw;/srv/b rw;/srv/c ro", "/srv/a rw;/srv/c ro", "/srv/* rw"},
	    {"bind", "/srv/x/a rw;/srv/x/b rw;/srv/x/c rw;/srv/y rw", "/srv/x/* rw;/srv/y rw",
		"/srv/* rw"},
	    {"bind", "/srv/x/12345/w rw", "/srv/x/*/w rw", ""},
	    {"bind", "/srv/12345 rw", "/srv/????? rw", ""},
	    {"network_mode", "container:deadbeef1234", "container:????????????", ""},
	    /* never a place that gives the host, nor one above it */
	    {"bind", "/a rw;/b rw;/c rw", "/a rw;/b rw;/c rw", "/* rw"},
	    {"bind", "/var/a rw;/var/b rw;/var/c rw", "/var/a rw", "/var/* rw"},
	    {"bind", "/home/a rw;/home/b rw;/home/c rw", "/home/a rw", "/home/* rw"},
	    {"bind", "/home/a/x rw;/home/a/y rw;/home/a/z rw", "/home/a/x rw", "/home/a/* rw"},
	    {"bind", "/srv/Users/a/x ro;/srv/Users/a/y ro;/srv/Users/a/z ro", "/srv/Users/a/x ro",
		"/srv/Users/a/* ro"},
	    {"bind", "/home/users/a/x rw;/home/users/a/y rw;/home/users/a/z rw",
		"/home/users/a/x rw", "/home/users/a/* rw"},
	    {"bind", "/data/homes/a/x rw;/data/homes/a/y rw;/data/homes/a/z rw",
		"/data/homes/a/x rw", "/data/homes/a/* rw"},
	    {"bind", "/home/a/w/x rw;/home/a/w/y rw;/home/a/w/z rw", "/home/a/w/* rw",
		"/home/a/w/x rw"},
	    {"bind", "\\\"/srv/a b/x\\\" rw;\\\"/srv/a b/y\\\" rw;\\\"/srv/a b/z\\\" rw",
		"\"/srv/a b/*\" rw", "\"/srv/a b/x\" rw"},
	    {"bind", "/home/a/.ssh/x rw;/home/a/.ssh/y rw;/home/a/.ssh/z rw", "/home/a/.ssh/x rw",
		"/home/a/.ssh/* rw"},
	    {"bind", "/run/a rw;/run/b rw;/run/c rw", "#/run/a rw", "/run/* rw"},
	    {"bind", "/etc/a ro;/etc/b ro;/etc/c ro", "#/etc/a ro", "/etc/* ro"},
	    {"bind", "/ ro", "#/ ro", "/ ro"},
	    {"bind", "/var/run/docker.sock rw", "#/var/run/docker.sock rw",
		"/var/run/docker.sock rw"},
	    {"image", "ci/app:1;ci/app:2;ci/app@sha256:00", "ci/app", "ci/app:1"},
	    {"image", "r.example.org:5000/a/b:1", "r.example.org:5000/a/b", ""},
	    {"image", "sha256:0123", "sha256:*", "sha256:0123"},
	    {"image", "docker.io/library/bb:1;index.docker.io/ci/x", "bb;ci/x", ""},
	    {"alias", "tc-9r5v3q4B;tc-zdN3nBn6;tc-sYKnDUW1", "tc-????????", "tc-9r5v3q4B"},
	    {"alias", "9r5v3q4B;zdN3nBn6;sYKnDUW1", "9r5v3q4B", "????????"},
	    {"alias", "w-worker1;w-worker2;w-worker33", "w-worker*", "w-???????"},
	    {"alias", "w-worker;w-runner;w-keeper", "w-worker;w-runner", "w-??????"},
	    {"mac_address", "02:42:ac:11:00:02", "02:42:??:??:??:??", ""},
	    {"mac_address", "8a:7c:01:02:03:04;00:11:22:33:44:55",
		"??:??:??:??:??:??;00:11:22:33:44:55", ""},
	    {"env", "PATH;HOME", "PATH;HOME", "*"},
	    {"label", "a=1;a=2;b", "a;b", "a=1"},
	    {"publish", "*:80;*:443", "*:80;*:443", "*:80-443"},
	    {"publish", "*:8001;*:8000;*:8012", "*:8000-8012", "*:8000"},
	    {"publish", "*:8000;127.0.0.1:8001;*:8002", "*:8000;127.0.0.1:8001", "*:8000-8002"},
	    {"publish", "*:0", "*:0", ""},
	    {"command", "sh -c ls", "sh -c ls", ""},
	    {"archive_path", "/a/x;/a/y;/a/z", "/a/**", "/a/x"},
	    {"privileged", "yes", "#yes", "yes"},
	    {"cap_add", "SYS_ADMIN;CHOWN", "#SYS_ADMIN;CHOWN", "SYS_ADMIN"},
	    {"network_mode", "host;shop", "#host;shop", "host"},
	    {"volume_option", "o=a b", "\"o=a b\"", ""},
	    {"unknown_fields", "allow", "#allow", "allow"},
	    {"grant", "all", "#all", "all"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct shaped shaped = {.row = &rows[i], .learn = learn_new(&everything)};

		assert_non_null(shaped.learn);
		each_word(rows[i].values, take_value, &shaped);
		char *text = written(shaped.learn);

		shaped.text = text;
		each_word(rows[i].lines, expect_line, &shaped);
		each_word(rows[i].never, expect_none, &shaped);
		free(text);
	}
}

/* Every line that is no comment is one that a policy takes. */
static void assert_lines_are_good(const char *text)
{
	char *copy = strdup(text), *rest = copy;
	struct policy *policy = policy_new("p");
	const struct policy_source source = {0};
	struct error err = {""};

	assert_non_null(policy);
	for (char *line; (line = strsep(&rest, "\n"));) {
		const char *equals = strstr(line, " = ");

		if (line[0] == '\0' || line[0] == '#' || strcmp(line, "[policy p]") == 0)
			continue;
		assert_non_null(equals);
		struct span key = {line, (size_t)(equals - line)};

		if (policy_set(policy, key, span_of(equals + 3), &source, &err) < 0)
			fail_msg("%s: %s", line, err.text);
	}
	if (policy_finish(policy, &err) < 0)
		fail_msg("%s", err.text);
	policy_unref(policy);
	free(copy);
}

static void a_hostile_log_writes_no_line(void **state)
{
	static const char *const lines[] = {
	    "",
	    "x",
	    "[]",
	    "{}",
	    "{\"event\":\"allowed\"}",
	    "{\"time\":\"x\",\"event\":\"allowed\"}",
	    "{\"time\":\"x\",\"event\":\"reloaded\"}",
	    "{\"time\":\"x\",\"event\":\"allowed\",\"policy\":\"x]\\nallow = @all\\n[policy "
	    "y\",\"operation\":"
	    "\"container.list\"}",
	    "{\"time\":\"x\",\"event\":\"allowed\",\"policy\":\"p\",\"operation\":\"@all\"}",
	    "{\"time\":\"\\n#! x\",\"event\":\"allowed\",\"policy\":\"p\",\"listener\":\"\\nallow "
	    "= "
	    "@all\",\"peer\":{\"identity\":\"\\nallow = @all\"},\"method\":\"\\nallow\",\"path\":"
	    "\"\\nallow = @all\",\"operation\":\"container.create\",\"needs\":[{\"key\":\"bind\","
	    "\"value\":\"/a rw\\nallow = @all\"},{\"key\":\"x\\nallow\",\"value\":\"@all\"},{"
	    "\"key\":\"image\",\"value\":\"a\",\"field\":\"\\nallow = @all\"},{\"key\":\"allow\","
	    "\"value\":\"@all\"},{\"key\":\"mode\",\"value\":\"dry-run\"},{\"key\":\"deny\"},{},"
	    "null,{\"key\":\"volume\",\"value\":\"\\\"\"},{\"key\":\"env\",\"value\":\"#\"}],"
	    "\"changes\":[\"\\nallow = @all\"]}",
	};
	struct learn *learn = learn_new(&everything);
	struct error err;

	(void)state;
	assert_non_null(learn);
	for (size_t i = 0; i < COUNT(lines); i++)
		assert_int_equal(learn_take(learn, span_of(lines[i]), &err), 0);
	assert_int_equal(learn_unreadable(learn), 4);
	take(learn, "allowed", "container.list", "");
	char *text = written(learn);

	assert_null(strstr(text, "\nallow = @"));
	assert_null(strstr(text, "\nmode"));
	assert_non_null(strstr(text, "[policy learned]"));
	*strstr(text, "[policy learned]") = '#';
	assert_lines_are_good(text);
	free(text);
}

static void what_is_denied_is_left_out(void **state)
{
	static const struct learn_options denied = {.denied = true};
	static const char *const need = "{\"key\":\"volume\",\"value\":\"v\"}";

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct learn *learn = learn_new(i ? &denied : &everything);

		assert_non_null(learn);
		take(learn, "denied", "volume.create", need);
		take(learn, "allowed", "volume.list", "");
		char *text = written(learn);

		assert_true(has_line(text, "allow = volume.list"));
		assert_int_equal(has_line(text, "allow = volume.create"), i);
		assert_int_equal(has_line(text, "volume = v"), i);
		assert_lines_are_good(text);
		free(text);
	}
}

/* Of an open grant more than a line can say, and of any more than is counted. */
static void too_much_stays_open_or_is_told(void **state)
{
	struct learn *learn = learn_new(&everything);
	char need[128];

	(void)state;
	assert_non_null(learn);
	take(learn, "allowed", "container.create", "{\"key\":\"user\",\"field\":\"User\"}");
	for (unsigned i = 0; i < 100; i++) {
		(void)snprintf(
		    need, sizeof(need), "{\"key\":\"command\",\"value\":\"sh -c x%u\"}", i);
		take(learn, "allowed", "container.create", need);
	}
	for (unsigned i = 0; i < 5000; i++) {
		(void)snprintf(need, sizeof(need), "{\"key\":\"volume\",\"value\":\"v%c%c%c\"}",
		    'g' + (int)(i % 17), 'g' + (int)(i / 17 % 17), 'g' + (int)(i / 289));
		take(learn, "allowed", "container.create", need);
	}
	char *text = written(learn);

	assert_true(has_line(text, "command = **"));
	assert_true(has_line(text, "user = *"));
	assert_non_null(strstr(text, "# volume: more different values than are counted; "));
	assert_lines_are_good(text);
	free(text);
}

/* Operations that are power over the host whatever else the policy says. */
static void rules_that_give_the_host_are_marked(void **state)
{
	struct learn *learn = learn_new(&everything);

	(void)state;
	assert_non_null(learn);
	take(learn, "would-deny", "container.create", "");
	take(learn, "would-deny", "plugin.enable", "");
	take(learn, "would-deny", "swarm.unlock_key", "");
	char *text = written(learn);

	assert_true(has_line(text, "allow = container.create"));
	assert_true(has_line(text, "#! allow = plugin.enable"));
	assert_true(has_line(text, "#! allow = swarm.unlock_key"));
	assert_non_null(strstr(text, "can give power over the host: runs a plugin on the host\n"));
	free(text);
}

/* Neither by many values nor by long ones. */
static void no_client_takes_all_the_room(void **state)
{
	static const char *const grants[] = {"volume", "alias", "cgroup_parent", "link", "name",
	    "secret", "extra_host", "device", "sysctl", "log_option", "storage_opt", "tmpfs"};
	struct learn *learn = learn_new(&everything);
	char need[2048];

	(void)state;
	assert_non_null(learn);
	for (unsigned i = 0; i < COUNT(grants) * 5000; i++) {
		(void)snprintf(need, sizeof(need), "{\"key\":\"%s\",\"value\":\"v%c%c%c%0990d\"}",
		    grants[i % COUNT(grants)], 'g' + (int)(i / COUNT(grants) % 17),
		    'g' + (int)(i / COUNT(grants) / 17 % 17), 'g' + (int)(i / COUNT(grants) / 289),
		    0);
		take(learn, "would-deny", "container.create", need);
	}
	take_of(learn, 8, "would-deny", "volume.create", "{\"key\":\"volume\",\"value\":\"shop\"}");
	char *text = written(learn);

	assert_true(has_line(text, "volume = shop"));
	assert_true(has_line(text, "allow = volume.create"));
	assert_non_null(strstr(text, "times a request needed more: it is left out"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_judge_tells_what_a_request_needs),
	    cmocka_unit_test(lines_cover_what_is_needed),
	    cmocka_unit_test(values_become_lines),
	    cmocka_unit_test(a_hostile_log_writes_no_line),
	    cmocka_unit_test(what_is_denied_is_left_out),
	    cmocka_unit_test(too_much_stays_open_or_is_told),
	    cmocka_unit_test(rules_that_give_the_host_are_marked),
	    cmocka_unit_test(no_client_takes_all_the_room),
	};

	return cmocka_run_group_tests_name("learn", tests, NULL, NULL);
}
