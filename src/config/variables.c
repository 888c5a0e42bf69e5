/* SPDX-License-Identifier: Apache-2.0 */
/* The table of variables. docs/migration.md says which proxy has which, and
 * tests/integration/test_dropin.py holds each against HAProxy. */
#include "config/variables.h"

#define SECTION(name, unset, path, extra)                                                          \
	{                                                                                          \
		name, VARIABLE_SECTION, unset, path, extra                                         \
	}
#define OPERATIONS(name, operations)                                                               \
	{                                                                                          \
		name, VARIABLE_OPERATIONS, "0", operations, NULL                                   \
	}
#define WITHIN(name, unset, operations, note)                                                      \
	{                                                                                          \
		name, VARIABLE_WITHIN, unset, operations, note                                     \
	}
#define METHOD(name, unset)                                                                        \
	{                                                                                          \
		name, VARIABLE_METHOD, unset, name, NULL                                           \
	}
#define SETTING(name, unset, what)                                                                 \
	{                                                                                          \
		name, VARIABLE_SETTING, unset, what, NULL                                          \
	}
#define UNREAD(name, why)                                                                          \
	{                                                                                          \
		name, VARIABLE_UNREAD, "", why, NULL                                               \
	}

static const struct variable variables[] = {
    SECTION("PING", "1", "/_ping", NULL),
    SECTION("VERSION", "1", "/version", NULL),
    SECTION("EVENTS", "1", "/events", NULL),
    SECTION("AUTH", "0", "/auth", NULL),
    SECTION("BUILD", "0", "/build", NULL),
    SECTION("COMMIT", "0", "/commit", NULL),
    SECTION("CONFIGS", "0", "/configs", NULL),
    SECTION("CONTAINERS", "0", "/containers", "ps_args = *\n"),
    SECTION("DISTRIBUTION", "0", "/distribution", "registry = *\n"),
    SECTION("EXEC", "0", "/exec", NULL),
    SECTION("GRPC", "0", "/grpc", NULL),
    SECTION("IMAGES", "0", "/images", "registry = *\n"),
    SECTION("INFO", "0", "/info", NULL),
    SECTION("NETWORKS", "0", "/networks", NULL),
    SECTION("NODES", "0", "/nodes", NULL),
    SECTION("PLUGINS", "0", "/plugins", "plugin = *\n"),
    SECTION("SECRETS", "0", "/secrets", NULL),
    SECTION("SERVICES", "0", "/services", NULL),
    SECTION("SESSION", "0", "/session", NULL),
    SECTION("SWARM", "0", "/swarm", NULL),
    SECTION("SYSTEM", "0", "/system", NULL),
    SECTION("TASKS", "0", "/tasks", NULL),
    SECTION("VOLUMES", "0", "/volumes", NULL),
    OPERATIONS("ALLOW_START", "container.start"),
    OPERATIONS("ALLOW_STOP", "container.stop"),
    OPERATIONS("ALLOW_RESTARTS", "container.stop container.restart container.kill"),
    OPERATIONS("ALLOW_PAUSE", "container.pause"),
    OPERATIONS("ALLOW_UNPAUSE", "container.unpause"),
    WITHIN("ALLOW_ARCHIVE", "0",
	"container.archive_get container.archive_stat container.archive_put container.copy",
	"copying files out of and into containers (/containers/*/archive) is denied, although "
	"CONTAINERS=1; ALLOW_ARCHIVE=1 permits it"),
    WITHIN("ALLOW_ATTACH", "POST", "container.attach_ws container.attach",
	"attaching by WebSocket (/containers/*/attach/ws) is denied, although it is a GET: it "
	"writes to containers; POST=1 or ALLOW_ATTACH=1 permits it"),
    WITHIN("ALLOW_CHANGES", "1", "container.changes", NULL),
    WITHIN("ALLOW_EXEC", "EXEC", "container.exec",
	"making an exec (/containers/*/exec) is denied, although CONTAINERS=1 and POST=1; EXEC=1 "
	"or ALLOW_EXEC=1 permits it"),
    WITHIN("ALLOW_EXPORT", "0", "container.export",
	"reading all files of a container (/containers/*/export) is denied, although "
	"CONTAINERS=1; ALLOW_EXPORT=1 permits it"),
    WITHIN("ALLOW_KILL", "1", "container.kill", NULL),
    WITHIN("ALLOW_LOGS", "1", "container.logs", NULL),
    WITHIN("ALLOW_TOP", "1", "container.top", NULL),
    METHOD("POST", "0"),
    METHOD("PUT", "POST"),
    METHOD("DELETE", "POST"),
    METHOD("PATCH", "POST"),
    SETTING("SOCKET_PATH", "/var/run/docker.sock", "the daemon's socket"),
    SETTING("LISTEN_SOCKET", "", "a unix socket to listen on as well"),
    SETTING("BIND_CONFIG", "", "where to listen, as HAProxy's bind takes it"),
    SETTING("DISABLE_IPV6", "0", "listen for IPv4 only"),
    SETTING("LOG_LEVEL", "info", "how much is logged"),
    UNREAD("ADVANCED", "the variables that it takes into use are not known"),
    UNREAD("LIBPOD_*", "Podman's own API is denied"),
    UNREAD("PROXY_READ_TIMEOUT", "no stream is cut for being silent"),
    UNREAD("TZ", "times in the audit log are UTC"),
};

#define VARIABLE_COUNT (sizeof(variables) / sizeof(variables[0]))

_Static_assert(VARIABLE_COUNT <= VARIABLES_MOST, "a set of variables is one word");

size_t variable_count(void)
{
	return VARIABLE_COUNT;
}

const struct variable *variable_at(size_t i)
{
	return &variables[i];
}

const struct variable *variable_named(struct span name)
{
	for (size_t i = 0; i < VARIABLE_COUNT; i++) {
		if (span_equal(name, span_of(variables[i].name)))
			return &variables[i];
	}
	return NULL;
}

bool variable_on(const struct environment *environment, const struct variable *variable)
{
	const char *value = environment->get(environment->context, variable->name);
	const struct variable *like;
	uint64_t number;

	if (!value) {
		like = variable_named(span_of(variable->unset));
		if (like)
			return variable_on(environment, like);
		value = variable->unset;
	}
	return span_to_uint(span_of(value), UINT64_MAX, &number) && number != 0;
}

static bool has_word(const char *words, const char *wanted)
{
	struct span rest = span_of(words), word;

	while ((word = span_next_word(&rest)).len > 0) {
		if (span_equal(word, span_of(wanted)))
			return true;
	}
	return false;
}

const struct variable *variable_within(const struct docker_operation *operation)
{
	for (size_t i = 0; i < VARIABLE_COUNT; i++) {
		if (variables[i].kind == VARIABLE_WITHIN &&
		    has_word(variables[i].what, operation->name))
			return &variables[i];
	}
	return NULL;
}

const char *variable_value(const struct environment *environment, const char *name)
{
	const char *value = environment->get(environment->context, name);

	return value && *value ? value : NULL;
}

bool variable_is_yes(const char *value)
{
	static const char *const words[] = {"1", "true", "yes"};

	for (size_t i = 0; value && i < sizeof(words) / sizeof(words[0]); i++) {
		if (span_equal_nocase(span_of(value), span_of(words[i])))
			return true;
	}
	return false;
}

bool variable_verbosity(const char *word, enum verbosity *ret_verbosity)
{
	static const struct {
		const char *word;
		enum verbosity verbosity;
	} rows[] = {{"debug", VERBOSITY_DEBUG}, {"info", VERBOSITY_INFO},
	    {"notice", VERBOSITY_INFO}, {"warning", VERBOSITY_WARNING}, {"err", VERBOSITY_ERROR},
	    {"crit", VERBOSITY_ERROR}, {"alert", VERBOSITY_ERROR}, {"emerg", VERBOSITY_ERROR}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(word, rows[i].word) == 0) {
			*ret_verbosity = rows[i].verbosity;
			return true;
		}
	}
	return false;
}
