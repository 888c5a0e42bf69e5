/* SPDX-License-Identifier: Apache-2.0 */
#include "config/environment.h"

#include <stdarg.h>
#include <stdio.h>

#define TEXT_MOST (64u * 1024)
#define LINE_WIDTH 96
#define NAME_IN_TEXT "environment"
#define PORT 2375u

/* What a variable opens. */
struct variable {
	const char *name;
	bool on;                /* when the variable is not set */
	const char *prefix;     /* operations at this path and below */
	const char *operations; /* or these, whether POST is 1 or not */
	const char *grants;     /* lines for parameters that those operations take */
};

static const struct variable variables[] = {
    {"PING", true, "/_ping", NULL, NULL},
    {"VERSION", true, "/version", NULL, NULL},
    {"EVENTS", true, "/events", NULL, NULL},
    {"AUTH", false, "/auth", NULL, NULL},
    {"BUILD", false, "/build", NULL, NULL},
    {"COMMIT", false, "/commit", NULL, NULL},
    {"CONFIGS", false, "/configs", NULL, NULL},
    {"CONTAINERS", false, "/containers", NULL, "ps_args = *\n"},
    {"DISTRIBUTION", false, "/distribution", NULL, "registry = *\n"},
    {"EXEC", false, "/exec", NULL, NULL},
    {"GRPC", false, "/grpc", NULL, NULL},
    {"IMAGES", false, "/images", NULL, "registry = *\n"},
    {"INFO", false, "/info", NULL, NULL},
    {"NETWORKS", false, "/networks", NULL, NULL},
    {"NODES", false, "/nodes", NULL, NULL},
    {"PLUGINS", false, "/plugins", NULL, "plugin = *\n"},
    {"SECRETS", false, "/secrets", NULL, NULL},
    {"SERVICES", false, "/services", NULL, NULL},
    {"SESSION", false, "/session", NULL, NULL},
    {"SWARM", false, "/swarm", NULL, NULL},
    {"SYSTEM", false, "/system", NULL, NULL},
    {"TASKS", false, "/tasks", NULL, NULL},
    {"VOLUMES", false, "/volumes", NULL, NULL},
    {"ALLOW_START", false, NULL, "container.start", NULL},
    {"ALLOW_STOP", false, NULL, "container.stop", NULL},
    {"ALLOW_RESTARTS", false, NULL, "container.stop container.restart container.kill", NULL},
    {"ALLOW_PAUSE", false, NULL, "container.pause", NULL},
    {"ALLOW_UNPAUSE", false, NULL, "container.unpause", NULL},
};

#define VARIABLE_COUNT (sizeof(variables) / sizeof(variables[0]))

/* What a section does not open, though its path lies there, until a second variable says so. */
static const struct exception {
	const char *operation;
	const char *variable;
	bool on;          /* when the second variable is not set */
	const char *note; /* how those proxies see it, where they open it; or NULL */
} exceptions[] = {
    {"container.archive_get", "ALLOW_ARCHIVE", false,
	"copying files out of and into containers (/containers/*/archive) is denied, although "
	"CONTAINERS=1; ALLOW_ARCHIVE=1 permits it"},
    {"container.archive_stat", "ALLOW_ARCHIVE", false, NULL},
    {"container.archive_put", "ALLOW_ARCHIVE", false, NULL},
    {"container.copy", "ALLOW_ARCHIVE", false, NULL},
    {"container.export", "ALLOW_EXPORT", false,
	"reading all files of a container (/containers/*/export) is denied, although "
	"CONTAINERS=1; ALLOW_EXPORT=1 permits it"},
    {"container.attach_ws", "POST", false,
	"attaching by WebSocket (/containers/*/attach/ws) is denied, although it is a GET: it "
	"writes "
	"to containers; POST=1 permits it"},
    {"container.exec", "EXEC", false,
	"making an exec (/containers/*/exec) is denied, although CONTAINERS=1 and POST=1; EXEC=1 "
	"permits it"},
    {"container.logs", "ALLOW_LOGS", true, NULL},
    {"container.changes", "ALLOW_CHANGES", true, NULL},
    {"container.top", "ALLOW_TOP", true, NULL},
};

#define EXCEPTION_COUNT (sizeof(exceptions) / sizeof(exceptions[0]))

struct writer {
	const struct environment *environment;
	struct buf *out;
	environment_note_fn *note;
	void *context;
	bool post;
	size_t column; /* of the `allow` line being written; 0 = none */
};

/* ---- variables ---------------------------------------------------------------------------------
 */

static const char *value_of(const struct writer *writer, const char *name)
{
	const char *value = writer->environment->get(writer->environment->context, name);

	return value && *value ? value : NULL;
}

__attribute__((format(printf, 2, 3))) static void say(
    const struct writer *writer, const char *format, ...)
{
	struct error text;
	va_list args;

	if (!writer->note)
		return;
	va_start(args, format);
	(void)vsnprintf(text.text, sizeof(text.text), format, args);
	va_end(args);
	writer->note(writer->context, text.text);
}

/* As those proxies read it: any number but 0 is yes; words are no, and so is an empty value. */
static bool is_on(const struct writer *writer, const char *name, bool fallback)
{
	const char *value = writer->environment->get(writer->environment->context, name);
	uint64_t number;

	if (!value)
		return fallback;
	return span_to_uint(span_of(value), UINT64_MAX, &number) && number != 0;
}

static void check_value(const struct writer *writer, const char *name)
{
	const char *value = value_of(writer, name);
	uint64_t number;

	if (value && !span_to_uint(span_of(value), UINT64_MAX, &number))
		say(writer, "%s=%s is neither 0 nor 1 and counts as 0", name, value);
}

static void check_values(const struct writer *writer)
{
	check_value(writer, "POST");
	for (size_t i = 0; i < VARIABLE_COUNT; i++)
		check_value(writer, variables[i].name);
	for (size_t i = 0; i < EXCEPTION_COUNT; i++) {
		bool first = exceptions[i].note || exceptions[i].on;

		if (first && span_starts(span_of(exceptions[i].variable), SPAN("ALLOW_")))
			check_value(writer, exceptions[i].variable);
	}
}

enum verbosity environment_verbosity(const struct environment *environment)
{
	static const struct {
		const char *word;
		enum verbosity verbosity;
	} rows[] = {{"debug", VERBOSITY_DEBUG}, {"warning", VERBOSITY_WARNING},
	    {"err", VERBOSITY_ERROR}, {"crit", VERBOSITY_ERROR}, {"alert", VERBOSITY_ERROR},
	    {"emerg", VERBOSITY_ERROR}};
	const char *value = environment->get(environment->context, "LOG_LEVEL");

	for (size_t i = 0; value && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(value, rows[i].word) == 0)
			return rows[i].verbosity;
	}
	return VERBOSITY_INFO;
}

/* ---- operations --------------------------------------------------------------------------------
 */

static bool lies_below(const char *path, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(path, prefix, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

static const struct exception *exception_of(const struct docker_operation *operation)
{
	for (size_t i = 0; i < EXCEPTION_COUNT; i++) {
		if (strcmp(exceptions[i].operation, operation->name) == 0)
			return &exceptions[i];
	}
	return NULL;
}

/* Whether POST=0 leaves the operation open. */
static bool method_open(const struct writer *writer, const struct docker_operation *operation)
{
	return writer->post || operation->method == METHOD_GET || operation->method == METHOD_HEAD;
}

static bool section_opens(const struct writer *writer, const struct variable *section,
    const struct docker_operation *operation)
{
	if (!lies_below(operation->path, section->prefix) || !method_open(writer, operation))
		return false;
	const struct exception *exception = exception_of(operation);

	if (!exception || is_on(writer, exception->variable, exception->on))
		return true;
	if (exception->note)
		say(writer, "%s", exception->note);
	return false;
}

static void write_word(struct writer *writer, struct span word)
{
	if (writer->column == 0 || writer->column + word.len >= LINE_WIDTH) {
		buf_add_text(writer->out, writer->column > 0 ? "\nallow =" : "allow =");
		writer->column = strlen("allow =");
	}
	buf_add_char(writer->out, ' ');
	buf_add(writer->out, word);
	writer->column += word.len + 1;
}

static void write_section(struct writer *writer, const struct variable *section)
{
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);

		if (section_opens(writer, section, operation))
			write_word(writer, span_of(operation->name));
	}
}

static void write_named(struct writer *writer, const char *operations)
{
	struct span rest = span_of(operations), word;

	while ((word = span_next_word(&rest)).len > 0)
		write_word(writer, word);
}

static void write_variable(struct writer *writer, const struct variable *variable)
{
	if (!is_on(writer, variable->name, variable->on))
		return;
	buf_add_format(writer->out, "\n# %s=1\n", variable->name);
	writer->column = 0;
	if (variable->prefix)
		write_section(writer, variable);
	else
		write_named(writer, variable->operations);
	if (writer->column == 0)
		buf_add_text(writer->out, "# nothing as long as POST=0");
	buf_add_char(writer->out, '\n');
	if (variable->grants && !writer->post)
		buf_add_text(writer->out, variable->grants);
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

/* The value of a variable that is a path, or |fallback|; NULL with |err| when it is none. */
static const char *path_of(
    const struct writer *writer, const char *name, const char *fallback, struct error *err)
{
	const char *value = value_of(writer, name);

	if (!value)
		return fallback;
	if (value[0] == '/' && !strpbrk(value, "\r\n"))
		return value;
	(void)error_set(err, "%s is not the absolute path of a socket", name);
	return NULL;
}

static bool is_yes(const char *value)
{
	static const char *const words[] = {"1", "true", "yes"};

	for (size_t i = 0; value && i < sizeof(words) / sizeof(words[0]); i++) {
		if (span_equal_nocase(span_of(value), span_of(words[i])))
			return true;
	}
	return false;
}

static void write_listeners(struct writer *writer, const char *path)
{
	bool v4 = is_yes(value_of(writer, "DISABLE_IPV6"));

	buf_add_format(writer->out,
	    "# Plain TCP, as ever: whoever reaches this port is let in. Keep it in a private "
	    "network.\n"
	    "[listener " NAME_IN_TEXT
	    "]\naddress = tcp:%s:%u\ninsecure = yes\npolicy = " NAME_IN_TEXT "\n\n",
	    v4 ? "0.0.0.0" : "*", PORT);
	if (*path)
		buf_add_format(writer->out,
		    "[listener socket]\naddress = unix:%s\npolicy = " NAME_IN_TEXT "\n\n", path);
}

static int write_heads(struct writer *writer, struct error *err)
{
	const char *upstream = path_of(writer, "SOCKET_PATH", "/var/run/docker.sock", err);
	const char *socket = upstream ? path_of(writer, "LISTEN_SOCKET", "", err) : NULL;

	if (!socket)
		return -1;
	buf_add_format(writer->out, "[sockwarden]\nupstream = unix:%s\naudit = stdout\n", upstream);
	if (environment_verbosity(writer->environment) == VERBOSITY_DEBUG)
		buf_add_text(writer->out, "audit_level = all\n");
	buf_add_char(writer->out, '\n');
	write_listeners(writer, socket);
	buf_add_text(writer->out, "[policy " NAME_IN_TEXT "]\n");
	return 0;
}

/* Those proxies look at method and path alone. */
static void write_rest(struct writer *writer)
{
	buf_add_text(writer->out, "\n# Parameters are not looked at.\nunknown_params = allow\n");
	if (!writer->post)
		return;
	buf_add_text(writer->out,
	    "\n# POST=1: bodies are not looked at either. Whoever may create containers is root "
	    "on\n"
	    "# the host then. Replace these lines by the grants that the clients need.\n"
	    "grant = all\nunknown_fields = allow\n");
	say(writer, "POST=1 leaves bodies unjudged, as ever; a policy of your own can do better");
}

int environment_write(const struct environment *environment, struct buf *out,
    environment_note_fn *note, void *context, struct error *err)
{
	struct writer writer = {
	    .environment = environment, .out = out, .note = note, .context = context};

	writer.post = is_on(&writer, "POST", false);
	check_values(&writer);
	if (write_heads(&writer, err))
		return -1;
	for (size_t i = 0; i < VARIABLE_COUNT; i++)
		write_variable(&writer, &variables[i]);
	write_rest(&writer);
	return out->failed ? error_set(err, "out of memory") : 0;
}

struct warner {
	config_warn_fn *warn;
	void *context;
	unsigned listener_line;
};

static void note_to_warn(void *context, const char *text)
{
	const struct warner *warner = context;

	warner->warn(warner->context, NAME_IN_TEXT, 0, text);
}

/* That the port is plain TCP nobody chose here: it is said where the daemon says what it listens
 * on.
 */
static void pass_warning(void *context, const char *file, unsigned line, const char *text)
{
	const struct warner *warner = context;

	if (line == 0 || line != warner->listener_line)
		warner->warn(warner->context, file, line, text);
}

static unsigned line_of(const char *text, const char *part)
{
	const char *end = strstr(text, part);
	unsigned line = 1;

	for (; end && text < end; text++)
		line += *text == '\n';
	return end ? line : 0;
}

struct config *environment_load(
    const struct environment *environment, config_warn_fn *warn, void *context, struct error *err)
{
	struct warner warner = {.warn = warn, .context = context};
	struct config *config = NULL;
	struct buf text;

	buf_init(&text, TEXT_MOST);
	if (environment_write(environment, &text, warn ? note_to_warn : NULL, &warner, err) == 0) {
		warner.listener_line = line_of(buf_text(&text), "[listener " NAME_IN_TEXT "]");
		config = config_load_text(
		    NAME_IN_TEXT, buf_span(&text), warn ? pass_warning : NULL, &warner, err);
	}
	buf_free(&text);
	return config;
}
