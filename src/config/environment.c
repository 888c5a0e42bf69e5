/* SPDX-License-Identifier: Apache-2.0 */
#include "config/environment.h"

#include <stdarg.h>
#include <stdio.h>

#include "config/variables.h"

#define TEXT_MOST (64u * 1024)
#define LINE_WIDTH 96
#define NAME_IN_TEXT "environment"
#define PORT 2375u

struct writer {
	const struct environment *environment;
	struct buf *out;
	environment_note_fn *note;
	void *context;
	bool writes;   /* other methods than GET and HEAD are open */
	uint64_t said; /* a bit for each variable whose note was told */
	size_t column; /* of the `allow` line being written; 0 = none */
};

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

static bool is_set(const struct writer *writer, const struct variable *variable)
{
	return writer->environment->get(writer->environment->context, variable->name) != NULL;
}

static bool is_on(const struct writer *writer, const char *name)
{
	return variable_on(writer->environment, variable_named(span_of(name)));
}

enum verbosity environment_verbosity(const struct environment *environment)
{
	const char *value = variable_value(environment, "LOG_LEVEL");
	enum verbosity verbosity;

	return value && variable_verbosity(value, &verbosity) ? verbosity : VERBOSITY_INFO;
}

/* ---- operations -------------------------------------------------------------------------- */

static bool lies_below(const char *path, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(path, prefix, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

/* Whether requests of the operation's method are permitted. There is no variable for methods that
 * the API does not have. */
static bool method_open(const struct writer *writer, const struct docker_operation *operation)
{
	const struct variable *method = variable_named(span_of(method_name(operation->method)));

	if (operation->method == METHOD_GET || operation->method == METHOD_HEAD)
		return true;
	return method && method->kind == VARIABLE_METHOD ? variable_on(writer->environment, method)
							 : is_on(writer, "POST");
}

/* Tells once of what a section does not open, though its path lies there. */
static void say_closed(struct writer *writer, const struct variable *within)
{
	size_t bit = 0;

	while (variable_at(bit) != within)
		bit++;
	if (within->extra && !is_set(writer, within) && !(writer->said & (UINT64_C(1) << bit)))
		say(writer, "%s", within->extra);
	writer->said |= UINT64_C(1) << bit;
}

static bool section_opens(
    struct writer *writer, const struct variable *section, const struct docker_operation *operation)
{
	const struct variable *within = variable_within(operation);

	if (!lies_below(operation->path, section->what) || !method_open(writer, operation))
		return false;
	if (!within || variable_on(writer->environment, within))
		return true;
	say_closed(writer, within);
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

/* ALLOW_KILL=0 holds here, too. */
static void write_named(struct writer *writer, const char *operations)
{
	struct span rest = span_of(operations), word;

	while ((word = span_next_word(&rest)).len > 0) {
		const struct variable *within = variable_within(docker_operation_named(word));

		if (!within || variable_on(writer->environment, within))
			write_word(writer, word);
	}
}

static void write_variable(struct writer *writer, const struct variable *variable)
{
	if ((variable->kind != VARIABLE_SECTION && variable->kind != VARIABLE_OPERATIONS) ||
	    !variable_on(writer->environment, variable))
		return;
	buf_add_format(writer->out, "\n# %s=1\n", variable->name);
	writer->column = 0;
	if (variable->kind == VARIABLE_SECTION)
		write_section(writer, variable);
	else
		write_named(writer, variable->what);
	if (writer->column == 0)
		buf_add_text(writer->out, "# nothing as long as POST=0");
	buf_add_char(writer->out, '\n');
	if (variable->extra && !writer->writes)
		buf_add_text(writer->out, variable->extra);
}

/* ---- the whole --------------------------------------------------------------------------- */

/* The value of a variable that is a path, or |fallback|; NULL with |err| when it is none. */
static const char *path_of(
    const struct writer *writer, const char *name, const char *fallback, struct error *err)
{
	const char *value = variable_value(writer->environment, name);

	if (!value)
		return fallback;
	if (value[0] == '/' && !strpbrk(value, "\r\n"))
		return value;
	(void)error_set(err, "%s is not the absolute path of a socket", name);
	return NULL;
}

static int write_listeners(struct writer *writer, const char *path, struct error *err)
{
	const char *bind = variable_value(writer->environment, "BIND_CONFIG");
	bool v4 = variable_is_yes(variable_value(writer->environment, "DISABLE_IPV6"));

	buf_add_text(writer->out,
	    "# Who connects is let in, as ever. Keep a port in a private network.\n"
	    "[listener " NAME_IN_TEXT "]\n");
	if (bind ? bind_write(bind, writer->out, err) : 0)
		return -1;
	if (!bind)
		buf_add_format(writer->out, "address = tcp:%s:%u\ninsecure = yes\n",
		    v4 ? "0.0.0.0" : "*", PORT);
	buf_add_text(writer->out, "policy = " NAME_IN_TEXT "\n\n");
	if (*path)
		buf_add_format(writer->out,
		    "[listener socket]\naddress = unix:%s\npolicy = " NAME_IN_TEXT "\n\n", path);
	return 0;
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
	if (write_listeners(writer, socket, err))
		return -1;
	buf_add_text(writer->out, "[policy " NAME_IN_TEXT "]\n");
	return 0;
}

/* Those proxies look at method and path alone. */
static void write_rest(struct writer *writer)
{
	buf_add_text(writer->out,
	    "\n# Parameters and versions are not looked at, nor what containers there are.\n"
	    "unknown_params = allow\nmin_api = 1.0\ncheck_state = no\n");
	if (!writer->writes)
		return;
	buf_add_text(writer->out,
	    "\n# Bodies are not looked at either. Whoever may create containers is root on\n"
	    "# the host then. Replace these lines by the grants that the clients need.\n"
	    "grant = all\nunknown_fields = allow\n");
	if (is_on(writer, "POST"))
		say(writer,
		    "POST=1 permits PUT and DELETE as well, where those are not 0, and leaves "
		    "bodies unjudged, as ever; a policy of your own can do better");
}

/* Whether what |within| names is open for want of a word against it. */
static bool open_unset(const struct writer *writer, const struct variable *within)
{
	struct span rest = span_of(within->what);

	return within->kind == VARIABLE_WITHIN && !is_set(writer, within) &&
	       variable_on(writer->environment, within) &&
	       method_open(writer, docker_operation_named(span_next_word(&rest)));
}

/* What they once left open and have closed since, unless a variable says otherwise. */
static void say_open(struct writer *writer)
{
	struct buf names;

	if (!is_on(writer, "CONTAINERS"))
		return;
	buf_init(&names, LINE_WIDTH);
	for (size_t i = 0; i < variable_count(); i++) {
		if (open_unset(writer, variable_at(i)))
			buf_add_format(&names, " %s", variable_at(i)->name);
	}
	if (buf_span(&names).len > 0)
		say(writer,
		    "these are not set and count as 1, as in older images of those proxies; newer "
		    "ones deny what they name, as 0 does:%s",
		    buf_text(&names));
	buf_free(&names);
}

static bool any_writes(const struct writer *writer)
{
	for (size_t i = 0; i < variable_count(); i++) {
		if (variable_at(i)->kind == VARIABLE_METHOD &&
		    variable_on(writer->environment, variable_at(i)))
			return true;
	}
	return false;
}

int environment_write(const struct environment *environment, struct buf *out,
    environment_note_fn *note, void *context, struct error *err)
{
	struct writer writer = {
	    .environment = environment, .out = out, .note = note, .context = context};

	writer.writes = any_writes(&writer);
	variables_check(environment, note, context);
	if (write_heads(&writer, err))
		return -1;
	for (size_t i = 0; i < variable_count(); i++)
		write_variable(&writer, variable_at(i));
	say_open(&writer);
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

/* ---- advice ------------------------------------------------------------------------------ */

/* The first variable of |kind| that would open |operation| and is off, or NULL. */
static const struct variable *closed_variable(
    const struct environment *environment, const struct docker_operation *operation)
{
	for (size_t i = 0; i < variable_count(); i++) {
		const struct variable *variable = variable_at(i);

		if (variable->kind == VARIABLE_SECTION &&
		    lies_below(operation->path, variable->what) &&
		    !variable_on(environment, variable))
			return variable;
	}
	return NULL;
}

static void advise(
    const void *context, const struct docker_operation *operation, char *room, size_t size)
{
	const struct environment *environment = context;
	const struct writer writer = {.environment = environment};
	const struct variable *section = closed_variable(environment, operation);
	const struct variable *within = variable_within(operation);
	const struct variable *method = variable_named(span_of(method_name(operation->method)));
	const char *method_word = method_open(&writer, operation)             ? ""
				  : method && method->kind == VARIABLE_METHOD ? method->name
									      : "POST";
	const char *within_word = within && !variable_on(environment, within) ? within->name : "";

	(void)snprintf(room, size, "%s%s%s%s%s%s%s%s", section ? section->name : "",
	    section ? "=1" : "", section && (*method_word || *within_word) ? " " : "", method_word,
	    *method_word ? "=1" : "", *method_word && *within_word ? " " : "", within_word,
	    *within_word ? "=1" : "");
}

bool environment_opens_nothing(const struct environment *environment)
{
	for (size_t i = 0; i < variable_count(); i++) {
		const struct variable *variable = variable_at(i);
		bool usual = variable->unset && strcmp(variable->unset, "1") == 0;

		if ((variable->kind == VARIABLE_SECTION || variable->kind == VARIABLE_OPERATIONS) &&
		    !usual && variable_on(environment, variable))
			return false;
	}
	return true;
}

void environment_set_advice(const struct environment *environment, const struct config *config)
{
	for (size_t i = 0; i < config->policy_count; i++)
		policy_set_advice(config->policies[i], advise, environment);
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
