/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden.conf(5) and the tables of the program say the same. With MANUAL_UPDATE in the
 * environment the lists in the manual are written anew. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "config/config.h"
#include "docker/grant.h"
#include "policy/require.h"

#define PAGE_MOST (1u << 20)
#define BEGIN ".\\\" table "
#define END ".\\\" end\n"

static char path[4096];

/* ---- the lists ---------------------------------------------------------------------------------
 */

/* A line of text as a sentence. */
static void add_sentence(struct buf *out, const char *text)
{
	bool upper = text[0] >= 'a' && text[0] <= 'z';

	buf_add_char(out, (char)(upper ? text[0] - 'a' + 'A' : text[0]));
	buf_add_text(out, text + 1);
	buf_add_text(out, ".\n");
}

static const char *argument(enum option_type type)
{
	static const char *const arguments[] = {
	    [OPTION_NAME] = "Ar name",
	    [OPTION_AUDIT] = "Ar where",
	    [OPTION_LEVEL] = "Cm denied | changes | all | learn",
	    [OPTION_OWNER] = "Ar user",
	    [OPTION_SIZE] = "Ar size",
	    [OPTION_TIME] = "Ar time",
	    [OPTION_COUNT] = "Ar number",
	    [OPTION_RATE] = "Ar rate",
	    [OPTION_BOOL] = "Cm yes | no",
	    [OPTION_MODE] = "Ar mode",
	    [OPTION_ADDRESS] = "Ar address",
	    [OPTION_FILE] = "Ar path",
	    [OPTION_RELOAD] = "Cm signal | watch",
	    [OPTION_AUTH] = "Cm require | optional | none",
	    [OPTION_CLIENT] = "Ar who Li -> Ar policy",
	};

	assert_true(type < COUNT(arguments) && arguments[type]);
	return arguments[type];
}

static void add_options(struct buf *out, const char *section)
{
	const struct config_option *option;

	for (unsigned i = 0; (option = config_option_at(i)) != NULL; i++) {
		if (strcmp(option->section, section) != 0)
			continue;
		buf_add_format(out, ".It Cm %s Li = %s\n", option->key, argument(option->type));
		add_sentence(out, option->help);
		if (option->fallback)
			buf_add_format(out, "Default:\n.Li %s .\n", option->fallback);
		if (!option->reloadable)
			buf_add_text(out, "Only a restart takes a new value over.\n");
	}
}

static void add_daemon(struct buf *out)
{
	add_options(out, "sockwarden");
}

static void add_listener(struct buf *out)
{
	add_options(out, "listener");
}

static void add_status(struct buf *out)
{
	add_options(out, "status");
}

static void add_upstream(struct buf *out)
{
	add_options(out, "upstream");
}

static const char *grant_argument(enum grant_kind kind)
{
	static const char *const arguments[] = {
	    [GRANT_FLAG] = "Cm yes | no",
	    [GRANT_GLOB] = "Ar pattern ...",
	    [GRANT_TEXT] = "Ar pattern ...",
	    [GRANT_PAIR] = "Ar pair ...",
	    [GRANT_BIND] = "Ar path Op Ar word ...",
	    [GRANT_PUBLISH] = "Ar ports ...",
	    [GRANT_IMAGE] = "Ar image ...",
	    [GRANT_CAP] = "Ar capability ...",
	    [GRANT_NETWORK] = "Ar network ...",
	    [GRANT_SECURITY] = "Ar option ...",
	    [GRANT_DEVICES] = "Ar driver ... Op Ar option ...",
	    [GRANT_ARGV] = "Ar command",
	};

	assert_true(kind < COUNT(arguments) && arguments[kind]);
	return arguments[kind];
}

static void add_grants(struct buf *out)
{
	for (unsigned i = GRANT_NONE + 1; i < GRANT_MAX; i++) {
		const struct grant_info *grant = grant_info((enum grant)i);

		buf_add_format(
		    out, ".It Cm %s Li = %s\n", grant->name, grant_argument(grant->kind));
		add_sentence(out, grant->help);
		if (!grant->closed)
			buf_add_text(out, "Open.\n");
		else if (grant->safe[0])
			buf_add_format(out, "Closed, but for\n.Li %s .\n", grant->safe);
		else
			buf_add_text(out, "Closed.\n");
	}
}

static void add_requirements(struct buf *out)
{
	const struct requirement *requirement;

	for (unsigned i = 0; (requirement = requirement_at(i)) != NULL; i++) {
		buf_add_format(out, ".It Cm %s\n.Li %s\n%s.\n", requirement->name,
		    requirement->field, requirement->must);
		if (requirement->cis)
			buf_add_format(out, "CIS %s.\n", requirement->cis);
	}
}

static const struct {
	const char *name;
	void (*add)(struct buf *out);
} tables[] = {
    {"daemon", add_daemon},
    {"listener", add_listener},
    {"status", add_status},
    {"upstream", add_upstream},
    {"grants", add_grants},
    {"requirements", add_requirements},
};

/* ---- the page ----------------------------------------------------------------------------------
 */

static void read_page(struct buf *page)
{
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	buf_init(page, PAGE_MOST);
	assert_true(buf_reserve(page, PAGE_MOST / 2));
	page->len = fread(page->at, 1, PAGE_MOST / 2, file);
	assert_int_equal(fclose(file), 0);
}

static void write_page(const struct buf *page)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(page->at, 1, page->len, file), page->len);
	assert_int_equal(fclose(file), 0);
}

static void add_table(struct buf *out, struct span name)
{
	for (size_t i = 0; i < COUNT(tables); i++) {
		if (span_equal(name, span_of(tables[i].name))) {
			tables[i].add(out);
			return;
		}
	}
	fail_msg("there is no table %.*s", (int)name.len, name.at);
}

/* Copies |page| with its tables as they should be; answers how many there are. */
static size_t renew(struct buf *out, const struct buf *page)
{
	struct span rest = buf_span(page);
	size_t count = 0;

	while (rest.at) {
		struct span line = span_cut(rest, '\n', &rest);

		if (line.len == 0 && !rest.at)
			break;
		buf_add_format(out, "%.*s\n", (int)line.len, line.at);
		if (!span_starts(line, SPAN(BEGIN)))
			continue;
		count++;
		add_table(out, (struct span){line.at + strlen(BEGIN), line.len - strlen(BEGIN)});
		const char *end = memmem(rest.at, rest.len, END, strlen(END));

		assert_non_null(end);
		rest = (struct span){end, rest.len - (size_t)(end - rest.at)};
	}
	assert_false(out->failed);
	return count;
}

/* The first line in which the page is not what it should be. */
static struct span first_difference(const struct buf *page, const struct buf *wanted)
{
	struct span is = buf_span(page), should_be = buf_span(wanted), one, other;

	do {
		one = span_cut(is, '\n', &is);
		other = span_cut(should_be, '\n', &should_be);
	} while (should_be.at && span_equal(one, other));
	return other;
}

static void the_lists_are_the_tables(void **state)
{
	struct buf page, wanted;

	(void)state;
	read_page(&page);
	buf_init(&wanted, PAGE_MOST);
	assert_int_equal(renew(&wanted, &page), COUNT(tables));
	if (!span_equal(buf_span(&page), buf_span(&wanted))) {
		struct span line = first_difference(&page, &wanted);

		if (!getenv("MANUAL_UPDATE"))
			fail_msg("%s lacks \"%.*s\"; run scripts/update-docs", path, (int)line.len,
			    line.at);
		write_page(&wanted);
	}
	buf_free(&page);
	buf_free(&wanted);
}

static void every_key_has_an_entry(void **state)
{
	struct error entry;
	struct buf page;
	const char *key;

	(void)state;
	read_page(&page);
	for (unsigned i = 0; (key = policy_key_at(i)) != NULL; i++) {
		(void)error_set(&entry, "\n.It Cm %s Li = ", key);
		if (!strstr(buf_text(&page), entry.text))
			fail_msg("%s has no entry for the key %s", path, key);
	}
	buf_free(&page);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_lists_are_the_tables),
	    cmocka_unit_test(every_key_has_an_entry),
	};
	const char *top = getenv("srcdir");

	(void)snprintf(path, sizeof(path), "%s/man/sockwarden.conf.5", top ? top : "..");
	return cmocka_run_group_tests_name("manual", tests, NULL, NULL);
}
