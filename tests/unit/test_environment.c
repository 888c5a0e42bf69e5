/* SPDX-License-Identifier: Apache-2.0 */
/* Variables of other socket proxies, and what they open. tests/integration/test_dropin.py holds all
 * of them against HAProxy. */
#include "unit.h"

#include <stdio.h>

#include "config/variables.h"

#define NOTES_MOST 4096
#define VALUES_MOST 8

struct variables {
	const char *pairs; /* "NAME=VALUE NAME=VALUE" */
	char values[VALUES_MOST][256];
	unsigned next;
};

static const char *get(void *context, const char *name)
{
	struct variables *variables = context;
	struct span rest = span_of(variables->pairs), word, value;

	while ((word = span_next_word(&rest)).len > 0) {
		if (!span_equal(span_cut(word, '=', &value), span_of(name)))
			continue;
		char *copy = variables->values[variables->next++ % VALUES_MOST];

		(void)snprintf(
		    copy, sizeof(variables->values[0]), "%.*s", (int)value.len, value.at);
		return copy;
	}
	return NULL;
}

static const char *at(void *context, size_t i)
{
	struct variables *variables = context;
	struct span rest = span_of(variables->pairs), word;

	while ((word = span_next_word(&rest)).len > 0) {
		char *copy = variables->values[variables->next++ % VALUES_MOST];

		(void)snprintf(copy, sizeof(variables->values[0]), "%.*s", (int)word.len, word.at);
		if (i-- == 0)
			return copy;
	}
	return NULL;
}

static void take_note(void *context, const char *file, unsigned line, const char *text)
{
	char *notes = context;
	size_t used = strlen(notes);

	(void)file;
	if (line == 0)
		(void)snprintf(notes + used, NOTES_MOST - used, "%s\n", text);
}

static bool permits(const struct policy *policy, enum method method, const char *path)
{
	struct policy_request request = {
	    .method = method, .path = span_of(path), .api = DOCKER_API_NEWEST};
	struct decision decision = {0};

	if (strstr(path, "/attach/ws"))
		request.upgrade = SPAN("websocket");
	docker_find(method, request.path, &request.match);
	policy_decide(policy, &request, &decision, NULL, NULL);
	return decision.verdict != VERDICT_DENY;
}

static const struct {
	const char *variables;
	enum method method;
	const char *path;
	bool permitted;
} cases[] = {
    {"", METHOD_GET, "/_ping", true},
    {"", METHOD_HEAD, "/_ping", true},
    {"", METHOD_GET, "/version", true},
    {"", METHOD_GET, "/events", true},
    {"EVENTS=0", METHOD_GET, "/events", false},
    {"EVENTS=", METHOD_GET, "/events", false}, /* as HAProxy's env() -m bool has it */
    {"CONTAINERS=1 ALLOW_LOGS=", METHOD_GET, "/containers/x/logs", false},
    {"", METHOD_GET, "/containers/json", false},
    {"CONTAINERS=1", METHOD_GET, "/containers/json", true},
    {"CONTAINERS=2", METHOD_GET, "/containers/json", true},
    {"CONTAINERS=true", METHOD_GET, "/containers/json", false},
    {"CONTAINERS=1x", METHOD_GET, "/containers/json", false},
    {"CONTAINERS=-1", METHOD_GET, "/containers/json", false},
    {"containers=1", METHOD_GET, "/containers/json", false},
    {"CONTAINERS=1", METHOD_POST, "/containers/create", false},
    {"CONTAINERS=1 POST=1", METHOD_POST, "/containers/create", true},
    {"POST=1", METHOD_POST, "/containers/create", false},
    {"CONTAINERS=1 POST=1", METHOD_DELETE, "/containers/x", true},
    {"CONTAINERS=1", METHOD_GET, "/containers/x/archive", false},
    {"CONTAINERS=1 POST=1", METHOD_GET, "/containers/x/archive", false},
    {"CONTAINERS=1 ALLOW_ARCHIVE=1", METHOD_GET, "/containers/x/archive", true},
    {"CONTAINERS=1 ALLOW_ARCHIVE=1", METHOD_PUT, "/containers/x/archive", false},
    {"CONTAINERS=1 POST=1 ALLOW_ARCHIVE=1", METHOD_PUT, "/containers/x/archive", true},
    {"CONTAINERS=1", METHOD_GET, "/containers/x/export", false},
    {"CONTAINERS=1 ALLOW_EXPORT=1", METHOD_GET, "/containers/x/export", true},
    {"CONTAINERS=1", METHOD_GET, "/containers/x/attach/ws", false},
    {"CONTAINERS=1 POST=1", METHOD_GET, "/containers/x/attach/ws", true},
    {"CONTAINERS=1", METHOD_GET, "/containers/x/logs", true},
    {"CONTAINERS=1 ALLOW_LOGS=0", METHOD_GET, "/containers/x/logs", false},
    {"CONTAINERS=1 ALLOW_TOP=0", METHOD_GET, "/containers/x/top", false},
    {"CONTAINERS=1 ALLOW_CHANGES=0", METHOD_GET, "/containers/x/changes", false},
    {"CONTAINERS=1 POST=1", METHOD_POST, "/containers/x/exec", false},
    {"CONTAINERS=1 POST=1 EXEC=1", METHOD_POST, "/containers/x/exec", true},
    {"CONTAINERS=1 EXEC=1", METHOD_POST, "/containers/x/exec", false},
    {"CONTAINERS=1 POST=1 ALLOW_EXEC=1", METHOD_POST, "/containers/x/exec", true},
    {"CONTAINERS=1 POST=1 EXEC=1 ALLOW_EXEC=0", METHOD_POST, "/containers/x/exec", false},
    {"CONTAINERS=1 ALLOW_ATTACH=1", METHOD_GET, "/containers/x/attach/ws", true},
    {"CONTAINERS=1 ALLOW_ATTACH=1", METHOD_POST, "/containers/x/attach", false},
    {"CONTAINERS=1 POST=1 ALLOW_ATTACH=0", METHOD_POST, "/containers/x/attach", false},
    {"CONTAINERS=1 POST=1 ALLOW_ATTACH=0", METHOD_GET, "/containers/x/attach/ws", false},
    {"CONTAINERS=1 POST=1", METHOD_POST, "/containers/x/kill", true},
    {"CONTAINERS=1 POST=1 ALLOW_KILL=0", METHOD_POST, "/containers/x/kill", false},
    {"ALLOW_RESTARTS=1 ALLOW_KILL=0", METHOD_POST, "/containers/x/kill", false},
    {"ALLOW_RESTARTS=1 ALLOW_KILL=0", METHOD_POST, "/containers/x/restart", true},
    {"ALLOW_KILL=1", METHOD_POST, "/containers/x/kill", false},
    {"CONTAINERS=1 POST=1 DELETE=0", METHOD_DELETE, "/containers/x", false},
    {"CONTAINERS=1 DELETE=1", METHOD_DELETE, "/containers/x", true},
    {"CONTAINERS=1 DELETE=1", METHOD_POST, "/containers/create", false},
    {"DELETE=1", METHOD_DELETE, "/containers/x", false},
    {"CONTAINERS=1 PUT=1", METHOD_PUT, "/containers/x/archive", false},
    {"CONTAINERS=1 PUT=1 ALLOW_ARCHIVE=1", METHOD_PUT, "/containers/x/archive", true},
    {"CONTAINERS=1 POST=1 PUT=0 ALLOW_ARCHIVE=1", METHOD_PUT, "/containers/x/archive", false},
    {"LIBPOD_CONTAINERS=1 CONTAINERS=1", METHOD_GET, "/libpod/containers/json", false},
    {"ALLOW_START=1", METHOD_POST, "/containers/x/start", true},
    {"ALLOW_START=1", METHOD_POST, "/containers/x/stop", false},
    {"ALLOW_STOP=1", METHOD_POST, "/containers/x/stop", true},
    {"ALLOW_STOP=1", METHOD_POST, "/containers/x/kill", false},
    {"ALLOW_RESTARTS=1", METHOD_POST, "/containers/x/kill", true},
    {"ALLOW_PAUSE=1", METHOD_POST, "/containers/x/pause", true},
    {"ALLOW_PAUSE=1", METHOD_POST, "/containers/x/unpause", false},
    {"ALLOW_UNPAUSE=1", METHOD_POST, "/containers/x/unpause", true},
    {"SYSTEM=1", METHOD_GET, "/system/df", true},
    {"INFO=1", METHOD_GET, "/system/df", false},
    {"EXEC=1", METHOD_GET, "/exec/x/json", true},
};

static struct config *load(const char *pairs, char notes[static NOTES_MOST])
{
	struct variables variables = {.pairs = pairs};
	struct environment environment = {get, &variables, at};
	struct error err = {""};
	struct config *config;

	notes[0] = '\0';
	config = environment_load(&environment, take_note, notes, &err);
	if (!config)
		fail_msg("%s: %s", pairs, err.text);
	return config;
}

static void test_what_variables_open(void **state)
{
	char notes[NOTES_MOST];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config *config = load(cases[i].variables, notes);

		if (permits(config->policies[0], cases[i].method, cases[i].path) !=
		    cases[i].permitted)
			fail_msg("%s: %s %s", cases[i].variables, method_name(cases[i].method),
			    cases[i].path);
		config_free(config);
	}
}

static void test_differences_are_said_once(void **state)
{
	char notes[NOTES_MOST];
	struct config *config = load("CONTAINERS=1 NETWORKS=yes", notes);

	(void)state;
	config_free(config);
	assert_non_null(strstr(notes, "NETWORKS=yes is neither 0 nor 1"));
	const char *first = strstr(notes, "/containers/*/archive");

	assert_non_null(first);
	assert_null(strstr(first + 1, "/containers/*/archive"));
	assert_non_null(strstr(notes, "/containers/*/export"));
	assert_non_null(strstr(notes, "attach/ws"));
	assert_null(strstr(notes, "EXEC=1"));
	config_free(load("CONTAINERS=1 POST=1 ALLOW_ARCHIVE=1", notes));
	assert_null(strstr(notes, "/containers/*/archive"));
	assert_null(strstr(notes, "attach/ws"));
	assert_non_null(strstr(notes, "EXEC=1"));
	config_free(load("", notes));
	assert_null(strstr(notes, "denied"));
}

static void test_socket_path(void **state)
{
	char notes[NOTES_MOST];
	struct config *config = load("SOCKET_PATH=/run/user/1000/docker.sock", notes);

	(void)state;
	assert_string_equal(config->upstream.address.path, "/run/user/1000/docker.sock");
	config_free(config);
}

static const char *get_lines(void *context, const char *name)
{
	(void)context;
	return strcmp(name, "SOCKET_PATH") == 0 ? "/x\n[policy x]" : NULL;
}

static void test_a_value_is_one_line(void **state)
{
	struct environment environment = {get_lines, NULL, NULL};
	struct error err;

	(void)state;
	assert_null(environment_load(&environment, NULL, NULL, &err));
	assert_non_null(strstr(err.text, "SOCKET_PATH"));
}

static void test_listeners(void **state)
{
	static const struct {
		const char *variables, *first, *second;
	} rows[] = {
	    {"", "tcp:*:2375", NULL},
	    {"DISABLE_IPV6=0", "tcp:*:2375", NULL},
	    {"DISABLE_IPV6=1", "tcp:0.0.0.0:2375", NULL},
	    {"DISABLE_IPV6=True", "tcp:0.0.0.0:2375", NULL},
	    {"DISABLE_IPV6=yes", "tcp:0.0.0.0:2375", NULL},
	    {"LISTEN_SOCKET=/run/x.sock", "tcp:*:2375", "unix:/run/x.sock"},
	    {"BIND_CONFIG=:4000", "tcp:0.0.0.0:4000", NULL},
	    {"BIND_CONFIG=*:4000 LISTEN_SOCKET=/x.sock", "tcp:0.0.0.0:4000", "unix:/x.sock"},
	    {"BIND_CONFIG=[::]:4000", "tcp:*:4000", NULL},
	    {"BIND_CONFIG=:::4000", "tcp:*:4000", NULL},
	    {"BIND_CONFIG=::1:4000 DISABLE_IPV6=1", "tcp:[::1]:4000", NULL},
	    {"BIND_CONFIG=127.0.0.1:4000", "tcp:127.0.0.1:4000", NULL},
	};
	char notes[NOTES_MOST];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config *config = load(rows[i].variables, notes);
		const struct config_listener *first = config->listeners, *second = first->next;

		assert_string_equal(first->address.text, rows[i].first);
		assert_true(first->insecure);
		assert_int_equal(!second, !rows[i].second);
		if (second)
			assert_string_equal(second->address.text, rows[i].second);
		assert_null(strstr(notes, "insecure"));
		config_free(config);
	}
}

static void test_the_listener_can_be_replaced(void **state)
{
	char notes[NOTES_MOST];
	struct config *config = load("LISTEN_SOCKET=/run/x.sock", notes);
	struct error err;

	(void)state;
	assert_int_equal(config_set_listen(config, "tls:127.0.0.1:1", &err), -1);
	assert_int_equal(config_set_listen(config, "tcp:127.0.0.1:4000", &err), 0);
	assert_true(config->listeners->insecure);
	assert_int_equal(config_set_listen(config, "unix:/run/y.sock", &err), 0);
	assert_false(config->listeners->insecure);
	assert_null(config->listeners->next);
	assert_int_equal(config_set_listen(config, "tcp:127.0.0.1:4000", &err), -1);
	config_free(config);
}

static void test_log_level(void **state)
{
	static const struct {
		const char *variables;
		enum verbosity verbosity;
		enum audit_level audit;
	} rows[] = {
	    {"", VERBOSITY_INFO, AUDIT_LEVEL_DENIED},
	    {"LOG_LEVEL=info", VERBOSITY_INFO, AUDIT_LEVEL_DENIED},
	    {"LOG_LEVEL=notice", VERBOSITY_INFO, AUDIT_LEVEL_DENIED},
	    {"LOG_LEVEL=nonsense", VERBOSITY_INFO, AUDIT_LEVEL_DENIED},
	    {"LOG_LEVEL=debug", VERBOSITY_DEBUG, AUDIT_LEVEL_ALL},
	    {"LOG_LEVEL=warning", VERBOSITY_WARNING, AUDIT_LEVEL_DENIED},
	    {"LOG_LEVEL=err", VERBOSITY_ERROR, AUDIT_LEVEL_DENIED},
	    {"LOG_LEVEL=emerg", VERBOSITY_ERROR, AUDIT_LEVEL_DENIED},
	};
	char notes[NOTES_MOST];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct variables variables = {.pairs = rows[i].variables};
		struct environment environment = {get, &variables, at};
		struct config *config = load(rows[i].variables, notes);

		assert_int_equal(environment_verbosity(&environment), rows[i].verbosity);
		assert_int_equal(config->audit_level, rows[i].audit);
		config_free(config);
	}
}

static void test_a_path_is_absolute(void **state)
{
	static const char *const pairs[] = {"SOCKET_PATH=docker.sock", "LISTEN_SOCKET=x.sock"};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct variables variables = {.pairs = pairs[i]};
		struct environment environment = {get, &variables, at};
		struct error err;

		assert_null(environment_load(&environment, NULL, NULL, &err));
		assert_non_null(strstr(err.text, "is not the absolute path"));
	}
}

static void test_what_is_not_read_is_said(void **state)
{
	static const struct {
		const char *variables, *said;
	} rows[] = {
	    {"ALLOW_LOG=1",
		"ALLOW_LOG is not known and does nothing; the nearest name is ALLOW_LOGS\n"},
	    {"VOLUMES_PRUNE=0", "VOLUMES_PRUNE is not known and does nothing\n"},
	    {"VOLUMES_ROOT=/srv PATH=/bin", ""},
	    {"LIBPOD_PODS=1 LIBPOD_PING=0 LIBPOD_INFO=1",
		"Podman's own API (/libpod/…) is denied; these open nothing: LIBPOD_PODS "
		"LIBPOD_INFO\n"},
	    {"TZ=Asia/Tokyo", "TZ=Asia/Tokyo does nothing here: times in the audit log are UTC\n"},
	    {"TZ=UTC ADVANCED=0", ""},
	    {"CONTAINERS=1 ALLOW_ARCHIVE=0 ALLOW_EXPORT=0 ALLOW_ATTACH=0 ALLOW_LOGS=0 ALLOW_TOP=0 "
	     "ALLOW_CHANGES=0",
		""},
	    {"CONTAINERS=1 ALLOW_ARCHIVE=0 ALLOW_EXPORT=0 ALLOW_ATTACH=0 ALLOW_LOGS=0 "
	     "ALLOW_CHANGES=0",
		"these are not set and count as 1, as in older images of those proxies; newer ones "
		"deny what they name, as 0 does: ALLOW_TOP\n"},
	};
	char notes[NOTES_MOST];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		config_free(load(rows[i].variables, notes));
		assert_string_equal(notes, rows[i].said);
	}
}

static void test_a_bind_that_is_not_understood(void **state)
{
	static const char *const binds[] = {"", " ", "2375", ":1,:2", "abns@x", ":1 ssl", "/x mode",
	    "/x v4v6", ":1 mode 660", ":1\npolicy = x", "unix@x", "unix@:1"};
	struct error err;
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(binds) / sizeof(binds[0]); i++) {
		buf_init(&out, NOTES_MOST);
		assert_int_equal(bind_write(binds[i], &out, &err), -1);
		assert_non_null(strstr(err.text, "BIND_CONFIG"));
		buf_free(&out);
	}
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_what_is_not_read_is_said),
    cmocka_unit_test(test_a_bind_that_is_not_understood),
    cmocka_unit_test(test_listeners),
    cmocka_unit_test(test_the_listener_can_be_replaced),
    cmocka_unit_test(test_log_level),
    cmocka_unit_test(test_a_path_is_absolute),
    cmocka_unit_test(test_what_variables_open),
    cmocka_unit_test(test_differences_are_said_once),
    cmocka_unit_test(test_socket_path),
    cmocka_unit_test(test_a_value_is_one_line),
};

int main(void)
{
	return cmocka_run_group_tests_name("environment", tests, NULL, NULL);
}
