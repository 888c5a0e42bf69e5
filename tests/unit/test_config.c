/* SPDX-License-Identifier: Apache-2.0 */
/* good.*.conf load and warn as their "# warn:" lines say; bad.*.conf fail with the text of their
 * "# expect:" line, at their own path where that begins with a colon. What no file can show well is
 * written here. */
#include "unit.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/config.h"
#include "config/ini.h"

#define TEXT_MOST 4096

static char folder[TEXT_MOST]; /* of the configuration files */
static char scratch[] = "/tmp/sockwarden-config-XXXXXX";

/* ---- helpers ----------------------------------------------------------------------------- */

static struct config *load(const char *name, config_warn_fn *warn, void *context, struct error *err)
{
	struct error path;

	(void)error_set(&path, "%s/%s", folder, name);
	return config_load(path.text, warn, context, err);
}

/* Loads |bytes| as a file. */
static struct config *load_bytes(struct span bytes, struct error *err)
{
	FILE *file = fopen(scratch, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes.at, 1, bytes.len, file), bytes.len);
	assert_int_equal(fclose(file), 0);
	return config_load(scratch, NULL, NULL, err);
}

/* Reads the lines of |path| that begin with |mark| into |lines|, without it. */
static size_t marked_lines(const char *path, const char *mark, char lines[][TEXT_MOST], size_t most)
{
	FILE *file = fopen(path, "r");
	char line[TEXT_MOST];
	size_t count = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, mark, strlen(mark)) != 0)
			continue;
		assert_true(count < most);
		line[strcspn(line, "\n")] = '\0';
		(void)snprintf(lines[count++], TEXT_MOST, "%s", line + strlen(mark));
	}
	(void)fclose(file);
	return count;
}

/* |text| with each %DIR% as the folder of the test. */
static void put_folder(char out[static TEXT_MOST], const char *text)
{
	size_t used = 0;

	while (*text && used < TEXT_MOST - 1) {
		if (strncmp(text, "%DIR%", 5) == 0) {
			used += (size_t)snprintf(out + used, TEXT_MOST - used, "%s", folder);
			text += 5;
		} else {
			out[used++] = *text++;
		}
	}
	out[used] = '\0';
}

/* ---- files ------------------------------------------------------------------------------- */

static void bad_file(const char *path)
{
	char lines[1][TEXT_MOST], wanted[TEXT_MOST], whole[2 * TEXT_MOST];
	struct error err = {""};

	assert_int_equal(marked_lines(path, "# expect: ", lines, 1), 1);
	put_folder(wanted, lines[0]);
	struct config *config = config_load(path, NULL, NULL, &err);

	if (config) {
		config_free(config);
		fail_msg("%s loads", path);
	}
	(void)snprintf(whole, sizeof(whole), "%s%s", wanted[0] == ':' ? path : "", wanted);
	if (strncmp(err.text, whole, strlen(whole)) != 0)
		fail_msg("%s says\n  %s\nnot\n  %s", path, err.text, whole);
}

static void bad_files_say_what_is_wrong(void **state)
{
	char pattern[TEXT_MOST + 16];
	glob_t found;

	(void)state;
	(void)snprintf(pattern, sizeof(pattern), "%s/bad.*.conf", folder);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_true(found.gl_pathc > 40);
	for (size_t i = 0; i < found.gl_pathc; i++)
		bad_file(found.gl_pathv[i]);
	globfree(&found);
}

struct warnings {
	char lines[16][TEXT_MOST];
	size_t count, seen;
	const char *path;
};

static void hear(void *context, const char *file, unsigned line, const char *text)
{
	struct warnings *warnings = context;
	char whole[TEXT_MOST];

	assert_string_equal(file, warnings->path);
	(void)snprintf(whole, sizeof(whole), "%u: %s", line, text);
	for (size_t i = 0; i < warnings->count; i++) {
		if (strcmp(warnings->lines[i], whole) == 0) {
			warnings->seen++;
			return;
		}
	}
	fail_msg("%s warns: %s", file, whole);
}

static void good_files_load(void **state)
{
	char pattern[TEXT_MOST + 16];
	struct warnings warnings;
	struct error err;
	glob_t found;

	(void)state;
	(void)snprintf(pattern, sizeof(pattern), "%s/good.*.conf", folder);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		warnings = (struct warnings){.path = found.gl_pathv[i]};
		warnings.count =
		    marked_lines(warnings.path, "# warn: ", warnings.lines, COUNT(warnings.lines));
		struct config *config = config_load(warnings.path, hear, &warnings, &err);

		if (!config)
			fail_msg("%s", err.text);
		assert_int_equal(warnings.seen, warnings.count);
		config_free(config);
	}
	globfree(&found);
}

/* ---- values ------------------------------------------------------------------------------ */

static void values_arrive(void **state)
{
	struct error err;
	struct config *config = load("good.full.conf", NULL, NULL, &err);

	(void)state;
	assert_non_null(config);
	assert_string_equal(config->upstream.address.path, "/run/dockerd.sock");
	assert_string_equal(config->audit, "file:/var/log/audit.jsonl");
	assert_false(config->audit_required);
	assert_int_equal(config->limits.http.max_head, 64 * 1024);
	assert_int_equal(config->limits.http.max_headers, 100);
	assert_int_equal(config->limits.http.max_target, 32 * 1024);
	assert_int_equal(config->limits.json.max_bytes, 2 * 1024 * 1024);
	assert_int_equal(config->limits.json.max_depth, 10);
	assert_int_equal(config->limits.json.max_members, 500);
	assert_int_equal(config->limits.max_connections, 7);
	assert_int_equal(config->limits.max_connections_per_peer, 3);
	assert_int_equal(config->limits.max_requests, 20);
	assert_int_equal(config->limits.max_requests_per_peer, 5);
	assert_int_equal(config->limits.max_rate.count, 300);
	assert_int_equal(config->limits.max_rate.period, 60 * 1000);
	assert_int_equal(config->limits.max_burst, 40);
	assert_int_equal(config->limits.max_rate_per_peer.count, 50);
	assert_int_equal(config->limits.max_rate_per_peer.period, 1000);
	assert_int_equal(config->limits.max_burst_per_peer, 60);
	assert_int_equal(config->limits.max_held, 1024 * 1024 * 1024);
	assert_int_equal(config->limits.max_held_per_peer, 64 * 1024 * 1024);
	assert_int_equal(config->limits.head_timeout, 500);
	assert_int_equal(config->limits.body_timeout, 120 * 1000);
	assert_int_equal(config->limits.idle_timeout, 7200 * 1000);
	assert_int_equal(config->limits.connect_timeout, 1000);
	assert_int_equal(config->limits.stream_timeout, 0);
	assert_int_equal(config->limits.grace, 0);
	config_free(config);
}

static void listeners_arrive(void **state)
{
	struct error err;
	struct config *config = load("good.full.conf", NULL, NULL, &err);

	(void)state;
	assert_non_null(config);
	const struct config_listener *ci = config->listeners, *other = ci->next;

	assert_null(other->next);
	assert_string_equal(ci->name, "ci");
	assert_string_equal(ci->address.path, "/run/ci;x.sock");
	assert_string_equal(ci->owner, "root");
	assert_string_equal(ci->group, "docker");
	assert_int_equal(ci->mode, 0600);
	assert_int_equal(ci->source.line, 29);
	assert_string_equal(other->name, "other.one_2");
	assert_string_equal(other->owner, "1000");
	assert_string_equal(other->group, "1001");
	assert_int_equal(other->mode, 0660);
	assert_ptr_equal(ci->policy, config_policy(config, SPAN("read-only")));
	assert_ptr_equal(ci->policy, other->policy);
	config_free(config);
}

static void daemons_of_policies_arrive(void **state)
{
	struct error err;
	struct config *config = load("good.policy-upstream.conf", NULL, NULL, &err);

	(void)state;
	assert_non_null(config);
	assert_null(config_policy_upstream(config, config_policy(config, SPAN("near"))));
	assert_ptr_equal(
	    config_policy_upstream(config, config_policy(config, SPAN("away"))), config->upstreams);
	config_free(config);
}

static void doors_arrive(void **state)
{
	static const char *const texts[] = {"tcp:*:2375", "unix:/run/a.sock", "tls:[::1]:2376",
	    "tls:127.0.0.1:2376", "fd:docker", "unix:@docker/proxy"};
	struct error err;
	struct config *config = load("good.doors.conf", NULL, NULL, &err);

	(void)state;
	if (!config)
		fail_msg("%s", err.text);
	const struct config_listener *l = config->listeners;

	for (size_t i = 0; i < COUNT(texts); i++, l = l->next)
		assert_string_equal(l->address.text, texts[i]);
	l = config->listeners;
	assert_null(l->policy);
	assert_null(l->address.host);
	assert_int_equal(l->address.port, 2375);
	assert_ptr_equal(l->upstream, &config->upstream);
	assert_int_equal(l->clients->range.bits, 8);
	assert_string_equal(l->clients->next->next->policy_name, "q");
	l = l->next->next;
	assert_string_equal(l->address.host, "::1");
	assert_ptr_equal(l->upstream, config->upstreams);
	assert_string_equal(l->clients->text, "alice->bob");
	assert_int_equal(l->clients->next->next->next->next->fingerprint[31], 0x1f);
	assert_int_equal(l->clients->next->next->next->next->next->fingerprint[31], 0x1f);
	assert_int_equal(l->client_auth, CLIENT_AUTH_REQUIRE);
	assert_int_equal(l->next->client_auth, CLIENT_AUTH_NONE);
	config_free(config);
}

static enum verdict ask(const struct policy *policy, enum method method, const char *path)
{
	struct policy_request request = {.method = method, .path = span_of(path)};
	struct decision decision = {0};

	docker_find(method, request.path, &request.match);
	policy_decide(policy, &request, &decision, NULL, NULL);
	return decision.verdict;
}

static void included_lines_count(void **state)
{
	struct error err;
	struct config *config = load("good.include.conf", NULL, NULL, &err);

	(void)state;
	assert_non_null(config);
	const struct policy *policy = config->policies[0];

	assert_int_equal(ask(policy, METHOD_GET, "/containers/json"), VERDICT_ALLOW);
	assert_int_equal(ask(policy, METHOD_GET, "/images/json"), VERDICT_ALLOW);
	assert_int_equal(ask(policy, METHOD_GET, "/volumes"), VERDICT_ALLOW);
	assert_int_equal(ask(policy, METHOD_GET, "/networks"), VERDICT_DENY);
	assert_non_null(config->files[3]);
	assert_null(config->files[4]);
	config_free(config);
}

static void builtin_reads_only(void **state)
{
	struct error err;
	struct config *config = config_builtin(&err);

	(void)state;
	assert_non_null(config);
	assert_string_equal(config->upstream.address.path, "/var/run/docker.sock");
	assert_string_equal(config->listeners->address.path, "/run/sockwarden/docker.sock");
	assert_int_equal(config->listeners->mode, 0660);
	assert_true(config->audit_required);
	assert_int_equal(ask(config->listeners->policy, METHOD_GET, "/_ping"), VERDICT_ALLOW);
	assert_int_equal(
	    ask(config->listeners->policy, METHOD_POST, "/containers/x/start"), VERDICT_DENY);
	config_free(config);
}

/* ---- the command line's part ------------------------------------------------------------- */

static void listen_replaces_all_listeners(void **state)
{
	struct error err = {""};
	struct config *config = load("good.full.conf", NULL, NULL, &err);

	(void)state;
	assert_non_null(config);
	assert_int_equal(config_set_listen(config, "unix:/run/dockerd.sock", &err), -1);
	assert_non_null(strstr(err.text, "--listen: "));
	assert_non_null(strstr(err.text, "upstream"));
	assert_non_null(config->listeners->next);
	assert_int_equal(config_set_listen(config, "new.sock", &err), -1);
	assert_int_equal(config_set_listen(config, "unix:/run/other.sock", &err), 0);
	assert_null(config->listeners->next);
	assert_string_equal(config->listeners->address.path, "/run/other.sock");
	assert_int_equal(config->listeners->mode, 0600);
	assert_non_null(config->listeners->policy);
	config_free(config);
}

static void upstream_is_replaced(void **state)
{
	struct error err = {""};
	struct config *config = load("good.full.conf", NULL, NULL, &err);

	(void)state;
	assert_non_null(config);
	assert_int_equal(config_set_upstream(config, "/run/other.sock", &err), -1);
	assert_string_equal(config->upstream.address.path, "/run/dockerd.sock");
	assert_int_equal(config_set_upstream(config, "tcp://x:1", &err), -1);
	assert_non_null(strstr(err.text, "upstream_insecure = yes"));
	assert_int_equal(config_set_upstream(config, "fd:x", &err), -1);
	assert_int_equal(config_set_upstream(config, "unix:///run/d2.sock", &err), 0);
	assert_string_equal(config->upstream.address.path, "/run/d2.sock");
	config_free(config);
}

/* ---- bytes ------------------------------------------------------------------------------- */

#define GOOD_TAIL "[listener a]\naddress = /run/a.sock\npolicy = p\n[policy p]\nallow = @safe\n"

static void lines_have_a_limit(void **state)
{
	struct error err = {""};
	struct buf text;

	(void)state;
	buf_init(&text, 4 * INI_LINE_MAX);
	buf_add_text(&text, GOOD_TAIL "; ");
	while (text.len < strlen(GOOD_TAIL) + INI_LINE_MAX)
		buf_add_char(&text, 'x');
	struct config *config = load_bytes(buf_span(&text), &err);

	if (!config)
		fail_msg("%s", err.text);
	config_free(config);
	buf_add_char(&text, 'x');
	assert_null(load_bytes(buf_span(&text), &err));
	assert_non_null(strstr(err.text, ":6: the line has 16385 bytes; split it"));
	buf_free(&text);
}

/* inih alone cuts values at 200 bytes. */
static void long_values_stay_whole(void **state)
{
	struct error err = {""};
	struct buf text;

	(void)state;
	buf_init(&text, 4 * INI_LINE_MAX);
	buf_add_text(&text, "[listener a]\naddress = /run/a.sock\npolicy = p\n[policy p]\nallow =");
	for (int i = 0; i < 100; i++)
		buf_add_text(&text, " container.list");
	buf_add_text(&text, " network.list\n");
	struct config *config = load_bytes(buf_span(&text), &err);

	if (!config)
		fail_msg("%s", err.text);
	assert_int_equal(ask(config->policies[0], METHOD_GET, "/networks"), VERDICT_ALLOW);
	config_free(config);
	buf_free(&text);
}

static void files_have_a_limit(void **state)
{
	struct error err = {""};
	struct buf text;

	(void)state;
	buf_init(&text, 2 * INI_FILE_MAX);
	buf_add_text(&text, GOOD_TAIL);
	while (text.len < INI_FILE_MAX)
		buf_add_char(&text, '\n');
	struct config *config = load_bytes(buf_span(&text), &err);

	if (!config)
		fail_msg("%s", err.text);
	config_free(config);
	buf_add_char(&text, '\n');
	assert_null(load_bytes(buf_span(&text), &err));
	assert_non_null(strstr(err.text, "is larger than 1048576 bytes"));
	buf_free(&text);
}

static void odd_bytes(void **state)
{
	static const struct {
		struct span text;
		const char *error; /* NULL: loads */
	} rows[] = {
	    {SPAN("[sockwarden]\r\ngrace = 1s\r\n" GOOD_TAIL), NULL},
	    {SPAN("[sockwarden]\ngrace\t=\t1s\t; x\n" GOOD_TAIL), NULL},
	    {SPAN(GOOD_TAIL "; no newline at the end"), NULL},
	    {SPAN(GOOD_TAIL "\n\n   \n\t; indented comment\n"), NULL},
	    {SPAN("[sockwarden]\ngrace = 1s\0\n" GOOD_TAIL),
		":2: control character 0x00; remove it"},
	    {SPAN("\xef\xbb\xbf[sockwarden]\r\ngrace = 1s\r\n" GOOD_TAIL), NULL},
	    {SPAN("\xef\xbb\xbf\xef\xbb\xbf[sockwarden]\n" GOOD_TAIL), ":1: neither a comment"},
	    {SPAN("= x\n"), ":1: \"\" is not a key"},
	    {SPAN("[]\n"), ":1: not a section"},
	    {SPAN(""), ": has no listener"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = {""};
		struct config *config = load_bytes(rows[i].text, &err);

		if (!rows[i].error && !config)
			fail_msg("row %zu: %s", i, err.text);
		if (rows[i].error && (config || !strstr(err.text, rows[i].error)))
			fail_msg("row %zu: %s", i, config ? "loads" : err.text);
		config_free(config);
	}
}

static void missing_files_are_named(void **state)
{
	struct error err = {""};

	(void)state;
	assert_null(config_load("/nonexistent/x.conf", NULL, NULL, &err));
	assert_string_equal(
	    err.text, "/nonexistent/x.conf: cannot be opened: No such file or directory");
	assert_null(config_load("/", NULL, NULL, &err));
	assert_string_equal(err.text, "/: cannot be read: Is a directory");
}

/* ---- the sample -------------------------------------------------------------------------- */

/* "[section]" before the first line that is |line|. */
static bool sample_has(const char *path, const char *section, const char *line)
{
	char text[TEXT_MOST], now[TEXT_MOST] = "";
	FILE *file = fopen(path, "r");
	bool found = false;

	assert_non_null(file);
	while (!found && fgets(text, sizeof(text), file)) {
		text[strcspn(text, "\n")] = '\0';
		if (text[0] == '[')
			(void)snprintf(now, sizeof(now), "%s", text + 1);
		found = strncmp(now, section, strlen(section)) == 0 && strcmp(text, line) == 0;
	}
	(void)fclose(file);
	return found;
}

static void sample_shows_every_option(void **state)
{
	const struct config_option *option;
	struct error err, path, line;
	unsigned i;

	(void)state;
	(void)error_set(&path, "%s/../../../conf/sockwarden.conf", folder);
	struct config *config = config_load(path.text, NULL, NULL, &err);

	if (!config)
		fail_msg("%s", err.text);
	config_free(config);
	for (i = 0; (option = config_option_at(i)) != NULL; i++) {
		(void)error_set(&line, "; %s", option->help);
		if (!sample_has(path.text, option->section, line.text))
			fail_msg(
			    "the sample lacks %s of [%s], or its help; run scripts/update-docs",
			    option->key, option->section);
		if (!option->fallback)
			continue;
		(void)error_set(&line, "#%s = %s", option->key, option->fallback);
		if (!sample_has(path.text, option->section, line.text))
			fail_msg("the sample lacks \"%s\"; run scripts/update-docs", line.text);
	}
	assert_true(i > 20);
}

/* A line for each option of [sockwarden], with a value that is not its default. */
static void a_changed_option_differs(void **state)
{
	static const struct {
		const char *key, *value;
	} rows[] = {
	    {"upstream", "/x"},
	    {"audit", "syslog"},
	    {"audit_level", "all"},
	    {"audit_required", "no"},
	    {"max_head", "2m"},
	    {"max_connections", "7"},
	    {"max_rate", "7/s"},
	    {"grace", "1s"},
	};
	static const char rest[] =
	    "[listener a]\naddress = /a\npolicy = p\n[policy p]\nmode = enforce\n";
	const struct config_option *option;
	struct error text, err;

	(void)state;
	struct config *plain = load_bytes(span_of(rest), &err);

	assert_non_null(plain);
	for (size_t row = 0; row < COUNT(rows); row++) {
		(void)error_set(
		    &text, "[sockwarden]\n%s = %s\n%s", rows[row].key, rows[row].value, rest);
		struct config *other = load_bytes(span_of(text.text), &err);

		if (!other)
			fail_msg("%s", err.text);
		for (unsigned i = 0; (option = config_option_at(i)) != NULL; i++) {
			if (strcmp(option->section, "sockwarden") == 0 &&
			    config_option_differs(option, plain, other) !=
				(strcmp(option->key, rows[row].key) == 0))
				fail_msg("%s when %s is another", option->key, rows[row].key);
		}
		config_free(other);
	}
	config_free(plain);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good_files_load),
	    cmocka_unit_test(bad_files_say_what_is_wrong),
	    cmocka_unit_test(values_arrive),
	    cmocka_unit_test(listeners_arrive),
	    cmocka_unit_test(daemons_of_policies_arrive),
	    cmocka_unit_test(doors_arrive),
	    cmocka_unit_test(included_lines_count),
	    cmocka_unit_test(builtin_reads_only),
	    cmocka_unit_test(listen_replaces_all_listeners),
	    cmocka_unit_test(upstream_is_replaced),
	    cmocka_unit_test(lines_have_a_limit),
	    cmocka_unit_test(long_values_stay_whole),
	    cmocka_unit_test(files_have_a_limit),
	    cmocka_unit_test(odd_bytes),
	    cmocka_unit_test(missing_files_are_named),
	    cmocka_unit_test(sample_shows_every_option),
	    cmocka_unit_test(a_changed_option_differs),
	};
	const char *srcdir = getenv("srcdir");
	int file = mkstemp(scratch);

	if (file < 0 || close(file) != 0)
		return 1;
	(void)snprintf(folder, sizeof(folder), "%s/tests/unit/config", srcdir ? srcdir : ".");
	int failed = cmocka_run_group_tests_name("config", tests, NULL, NULL);

	(void)unlink(scratch);
	return failed;
}
