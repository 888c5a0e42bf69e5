/* SPDX-License-Identifier: Apache-2.0 */
/* From sections and keys to a configuration. Everything read so far hangs on loader.config, so that
 * config_free() is the one way out of an error. */
#include "config/load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/nearest.h"
#include "config/value.h"

static const struct {
	const char *name;
	enum section_kind kind;
	bool named;
} sections[] = {
    {"sockwarden", SECTION_DAEMON, false},
    {"listener", SECTION_LISTENER, true},
    {"upstream", SECTION_UPSTREAM, true},
    {"status", SECTION_STATUS, false},
    {"policy", SECTION_POLICY, true},
};

#define SECTION_COUNT (sizeof(sections) / sizeof(sections[0]))

/* ---- options ----------------------------------------------------------------------------- */

static int option_unknown(const char *section, struct span key, struct error *err)
{
	const struct config_option *option;
	struct nearest nearest;

	if (key_home(key))
		return key_elsewhere(section, key, err);
	nearest_init(&nearest, key);
	for (unsigned i = 0; (option = config_option_at(i)) != NULL; i++) {
		if (strcmp(option->section, section) == 0)
			nearest_offer(&nearest, option->key);
	}
	if (nearest.best)
		return error_set(err, "is no key of [%s]; did you mean %s?", section, nearest.best);
	return error_set(err, "is no key of [%s]; the sample configuration lists them", section);
}

/* |lines| has the line of each option of this section that was given. */
static int option_line(struct loader *loader, const char *section, void *base, unsigned *lines,
    const struct ini_item *item, struct error *err)
{
	const struct config_option *option;

	for (unsigned i = 0; (option = config_option_at(i)) != NULL; i++) {
		if (strcmp(option->section, section) != 0 ||
		    !span_equal(item->key, span_of(option->key)))
			continue;
		if (option->type == OPTION_CLIENT)
			return client_add(&loader->listener->clients, item->value,
			    &(struct policy_source){loader->file, item->line}, err);
		if (lines[i])
			return error_set(
			    err, "was already given in line %u; remove one of the two", lines[i]);
		lines[i] = item->line;
		return value_store(option, item->value, base, err);
	}
	return option_unknown(section, item->key, err);
}

/* ---- policies ---------------------------------------------------------------------------- */

/* Makes room for one more policy and its line. */
static int policies_grow(struct loader *loader, struct error *err)
{
	struct config *config = loader->config;
	size_t count = config->policy_count + 1;
	struct policy **policies = realloc(config->policies, count * sizeof(*policies));

	if (!policies)
		return error_set(err, "out of memory");
	config->policies = policies;
	unsigned *lines = realloc(loader->policy_lines, count * sizeof(*lines));

	if (!lines)
		return error_set(err, "out of memory");
	loader->policy_lines = lines;
	return 0;
}

static int policy_begin(struct loader *loader, const struct ini_item *item, struct error *err)
{
	struct config *config = loader->config;

	if (config_policy(config, item->name))
		return error_set(err, "[policy %.*s] is here a second time; put its lines together",
		    (int)item->name.len, item->name.at);
	if (policies_grow(loader, err))
		return -1;
	char *name = text_copy(item->name, err);

	if (!name)
		return -1;
	loader->policy = policy_new(name);
	free(name);
	if (!loader->policy)
		return error_set(err, "out of memory");
	loader->policy_lines[config->policy_count] = item->line;
	config->policies[config->policy_count++] = loader->policy;
	return 0;
}

static bool has_owner(const struct config *config)
{
	for (size_t i = 0; i < config->policy_count; i++) {
		if (policy_has_owner(config->policies[i]))
			return true;
	}
	return false;
}

/* Whose an object is nobody may say but sockwarden, whatever the policy. */
static int policies_guard(struct loader *loader, struct error *err)
{
	struct config *config = loader->config;
	struct span key = span_of(config->owner_label);

	if (!policy_owner_label_fits(key))
		return error_set(err,
		    "%s:%u: owner_label: \"%s\" is no label with a dot in its name; write one such "
		    "as io.sockwarden.owner",
		    loader->file,
		    config_option_line("sockwarden", SPAN("owner_label"), config->lines),
		    config->owner_label);
	for (size_t i = 0; has_owner(config) && i < config->policy_count; i++) {
		if (policy_guard(config->policies[i], key) < 0)
			return error_set(err, "out of memory");
	}
	return 0;
}

static int policies_finish(struct loader *loader, struct error *err)
{
	struct config *config = loader->config;

	if (policies_guard(loader, err) < 0)
		return -1;

	for (size_t i = 0; i < config->policy_count; i++) {
		const struct policy *policy = config->policies[i];

		if (policy_finish(config->policies[i], err) == 0)
			continue;
		const struct policy_source fault = policy_fault(policy);

		return error_prefix(err,
		    "%s:%u: [policy %s]: ", fault.file ? fault.file : loader->file,
		    fault.file ? fault.line : loader->policy_lines[i], policy_name(policy));
	}
	return 0;
}

/* ---- sections ---------------------------------------------------------------------------- */

static int listener_begin(struct loader *loader, const struct ini_item *item, struct error *err)
{
	if (listener_named(loader->config, item->name))
		return error_set(err, "[listener %.*s] is here a second time; choose another name",
		    (int)item->name.len, item->name.at);
	loader->listener = listener_add(loader->config, item->name, err);
	if (!loader->listener)
		return -1;
	loader->listener->source = (struct policy_source){loader->file, item->line};
	return 0;
}

static int upstream_begin(struct loader *loader, const struct ini_item *item, struct error *err)
{
	struct config_upstream **end = &loader->config->upstreams;

	for (; *end; end = &(*end)->next) {
		if (span_equal(item->name, span_of((*end)->name)))
			return error_set(err,
			    "[upstream %.*s] is here a second time; choose another name",
			    (int)item->name.len, item->name.at);
	}
	loader->upstream = *end = calloc(1, sizeof(**end));
	if (!loader->upstream)
		return error_set(err, "out of memory");
	loader->upstream->source = (struct policy_source){loader->file, item->line};
	loader->upstream->name = text_copy(item->name, err);
	return loader->upstream->name ? options_default("upstream", loader->upstream, err) : -1;
}

static int daemon_begin(struct loader *loader, struct error *err)
{
	if (loader->daemon_seen)
		return error_set(err, "[sockwarden] is here a second time; put its lines together");
	loader->daemon_seen = true;
	return 0;
}

static int section_unknown(struct span kind, struct error *err)
{
	struct nearest nearest;

	nearest_init(&nearest, kind);
	for (size_t i = 0; i < SECTION_COUNT; i++)
		nearest_offer(&nearest, sections[i].name);
	if (nearest.best)
		return error_set(err, "[%.*s] is no section; did you mean [%s]?", (int)kind.len,
		    kind.at, nearest.best);
	return error_set(err,
	    "[%.*s] is no section; there are [sockwarden], [listener NAME], [upstream NAME], "
	    "[status] "
	    "and [policy NAME]",
	    (int)kind.len, kind.at);
}

static int section_begin(struct loader *loader, const struct ini_item *item, struct error *err)
{
	size_t i = 0;

	while (i < SECTION_COUNT && !span_equal(item->kind, span_of(sections[i].name)))
		i++;
	if (i == SECTION_COUNT)
		return section_unknown(item->kind, err);
	if (sections[i].named != (item->name.len > 0))
		return error_set(err,
		    sections[i].named ? "[%s] needs a name; write [%s NAME]"
				      : "[%s] takes no name; write [%s]",
		    sections[i].name, sections[i].name);
	loader->section = sections[i].kind;
	if (loader->section == SECTION_DAEMON)
		return daemon_begin(loader, err);
	if (loader->section == SECTION_STATUS)
		return status_begin(loader, item, err);
	if (loader->section == SECTION_LISTENER)
		return listener_begin(loader, item, err);
	if (loader->section == SECTION_UPSTREAM)
		return upstream_begin(loader, item, err);
	return policy_begin(loader, item, err);
}

static int take_item(void *context, const struct ini_item *item, struct error *err)
{
	struct loader *loader = context;

	if (item->key.len == 0)
		return section_begin(loader, item, err);
	switch (loader->section) {
	case SECTION_DAEMON:
		if (span_is(item->key, "upstream"))
			loader->config->upstream_given = true;
		return option_line(
		    loader, "sockwarden", loader->config, loader->config->lines, item, err);
	case SECTION_LISTENER:
		return option_line(
		    loader, "listener", loader->listener, loader->listener->lines, item, err);
	case SECTION_UPSTREAM:
		return option_line(
		    loader, "upstream", loader->upstream, loader->upstream->lines, item, err);
	case SECTION_STATUS:
		return option_line(loader, "status", loader->config->status,
		    loader->config->status->lines, item, err);
	case SECTION_POLICY:
		return policy_line(loader, item, loader->file, err);
	case SECTION_NONE:
		break;
	}
	return error_set(err, "stands before the first section; write [sockwarden] above it");
}

/* ---- the whole --------------------------------------------------------------------------- */

static struct config *config_new(struct error *err)
{
	struct config *config = calloc(1, sizeof(*config));

	if (!config) {
		(void)error_set(err, "out of memory");
		return NULL;
	}
	if (options_default("sockwarden", config, err)) {
		config_free(config);
		return NULL;
	}
	return config;
}

/* Reads |text|, or without one the file |name|. */
static int load_into(
    struct loader *loader, const char *name, const struct span *text, struct error *err)
{
	loader->file = config_note_file(loader->config, name, err);
	if (!loader->file)
		return -1;
	if (text ? ini_read_text(name, *text, take_item, loader, err)
		 : ini_read(name, take_item, loader, err))
		return -1;
	if (policies_finish(loader, err))
		return -1;
	if (loader->config->group && !loader->config->user)
		return error_set(err,
		    "%s: group: is the group of `user`, which is missing; write user = NAME", name);
	if (loader->config->status && status_finish(loader, err))
		return -1;
	return listeners_finish(loader, err);
}

static struct config *load(const char *name, const struct span *text, bool parts,
    config_warn_fn *warn, void *context, struct error *err)
{
	struct loader loader = {.parts = parts, .warn = warn, .context = context};

	loader.config = config_new(err);
	if (!loader.config)
		return NULL;
	int result = load_into(&loader, name, text, err);

	free(loader.policy_lines);
	if (result == 0)
		return loader.config;
	config_free(loader.config);
	return NULL;
}

struct config *config_load(const char *path, config_warn_fn *warn, void *context, struct error *err)
{
	return load(path, NULL, false, warn, context, err);
}

struct config *config_load_policies(
    const char *path, config_warn_fn *warn, void *context, struct error *err)
{
	return load(path, NULL, true, warn, context, err);
}

struct config *config_load_text(
    const char *name, struct span text, config_warn_fn *warn, void *context, struct error *err)
{
	return load(name, &text, false, warn, context, err);
}

static int builtin_fill(struct config *config, struct error *err)
{
	struct config_listener *listener = listener_add(config, SPAN("default"), err);

	if (!listener || config_set_listen(config, CONFIG_DEFAULT_LISTEN, err))
		return -1;
	config->policies = calloc(1, sizeof(struct policy *));
	if (!config->policies)
		return error_set(err, "out of memory");
	config->policies[0] = policy_builtin();
	if (!config->policies[0])
		return error_set(err, "out of memory");
	config->policy_count = 1;
	listener->upstream = &config->upstream;
	listener->policy = config->policies[0];
	listener->policy_name = text_copy(span_of(policy_name(listener->policy)), err);
	return listener->policy_name ? 0 : -1;
}

struct config *config_builtin(struct error *err)
{
	struct config *config = config_new(err);

	if (config && builtin_fill(config, err)) {
		config_free(config);
		return NULL;
	}
	return config;
}
