/* SPDX-License-Identifier: Apache-2.0 */
/* What in an environment has no effect, or not the one that its writer may think of. */
#include <stdarg.h>
#include <stdio.h>

#include "base/nearest.h"
#include "config/variables.h"

#define NAMES_MOST 256u

struct checker {
	const struct environment *environment;
	environment_note_fn *note;
	void *context;
};

__attribute__((format(printf, 2, 3))) static void say(
    const struct checker *checker, const char *format, ...)
{
	struct error text;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text.text, sizeof(text.text), format, args);
	va_end(args);
	checker->note(checker->context, text.text);
}

/* ---- values ------------------------------------------------------------------------------------
 */

static void check_switch(const struct checker *checker, const struct variable *variable)
{
	const char *value = variable_value(checker->environment, variable->name);
	uint64_t number;

	if (value && !span_to_uint(span_of(value), UINT64_MAX, &number))
		say(checker, "%s=%s is neither 0 nor 1 and counts as 0", variable->name, value);
}

static void check_unread(const struct checker *checker, const struct variable *variable)
{
	const char *value = variable_value(checker->environment, variable->name);
	bool same = value && (strcmp(value, "0") == 0 || strcmp(value, "UTC") == 0 ||
				 strcmp(value, "Etc/UTC") == 0);

	if (value && !same)
		say(checker, "%s=%s does nothing here: %s", variable->name, value, variable->what);
}

static void check_settings(const struct checker *checker)
{
	const char *level = variable_value(checker->environment, "LOG_LEVEL");
	const char *v4 = variable_value(checker->environment, "DISABLE_IPV6");
	enum verbosity verbosity;

	if (level && !variable_verbosity(level, &verbosity))
		say(checker, "LOG_LEVEL=%s is not known and counts as info", level);
	if (v4 && !variable_is_yes(v4) && strcmp(v4, "0") != 0 &&
	    !span_equal_nocase(span_of(v4), SPAN("false")) &&
	    !span_equal_nocase(span_of(v4), SPAN("no")))
		say(checker, "DISABLE_IPV6=%s is not 1, true or yes and counts as 0", v4);
}

/* ---- names -------------------------------------------------------------------------------------
 */

/* A part of a section: CONTAINERS_CREATE. */
static bool is_part_of_section(struct span name)
{
	for (size_t i = 0; i < variable_count(); i++) {
		const struct variable *section = variable_at(i);
		size_t len = strlen(section->name);

		if (section->kind == VARIABLE_SECTION && name.len > len && name.at[len] == '_' &&
		    span_starts(name, span_of(section->name)))
			return true;
	}
	return false;
}

static bool looks_like_one(struct span name, struct span value)
{
	/* of this one's kind, and those of other proxies with a syntax of their own */
	static const struct span beginnings[] = {
	    SPAN("ALLOW_"), SPAN("SP_"), SPAN("CETUSGUARD_"), SPAN("SOCKET_PROXY_")};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++) {
		if (span_starts(name, beginnings[i]))
			return true;
	}
	return (span_is(value, "0") || span_is(value, "1")) && is_part_of_section(name);
}

static void say_unknown(const struct checker *checker, struct span name)
{
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (size_t i = 0; i < variable_count(); i++) {
		if (variable_at(i)->kind != VARIABLE_UNREAD)
			nearest_offer(&nearest, variable_at(i)->name);
	}
	say(checker, "%.*s is not known and does nothing%s%s", (int)name.len, name.at,
	    nearest.best ? "; the nearest name is " : "", nearest.best ? nearest.best : "");
}

/* Those of Podman are told of together: there are many. */
static void check_name(const struct checker *checker, const char *text, struct buf *podman)
{
	struct span value, name = span_cut(span_of(text), '=', &value);

	if (span_starts(name, SPAN("LIBPOD_"))) {
		if (value.len > 0 && !span_is(value, "0")) {
			buf_add_char(podman, ' ');
			buf_add(podman, name);
		}
	} else if (!variable_named(name) && looks_like_one(name, value)) {
		say_unknown(checker, name);
	}
}

static void check_names(const struct checker *checker)
{
	const struct environment *environment = checker->environment;
	const char *text;
	struct buf podman;

	if (!environment->at)
		return;
	buf_init(&podman, NAMES_MOST);
	for (size_t i = 0; (text = environment->at(environment->context, i)); i++)
		check_name(checker, text, &podman);
	if (podman.failed || buf_span(&podman).len > 0)
		say(checker, "Podman's own API (/libpod/…) is denied; these open nothing:%s",
		    podman.failed ? " LIBPOD_*" : buf_text(&podman));
	buf_free(&podman);
}

void variables_check(
    const struct environment *environment, environment_note_fn *note, void *context)
{
	struct checker checker = {environment, note, context};

	if (!note)
		return;
	for (size_t i = 0; i < variable_count(); i++) {
		const struct variable *variable = variable_at(i);

		if (variable->kind == VARIABLE_UNREAD)
			check_unread(&checker, variable);
		else if (variable->kind != VARIABLE_SETTING)
			check_switch(&checker, variable);
	}
	check_settings(&checker);
	check_names(&checker);
}
