/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration amounts to, for programs. */
#include "app/check.h"
#include "docker/docker.h"

#define VALUE_MOST 65536u

/* ---- JSON --------------------------------------------------------------------------------------
 */

/* Begins a member or an element: with a comma, unless it is the first. */
static void begin(struct buf *out, const char *name)
{
	char last = out->len > 0 ? out->at[out->len - 1] : '{';

	if (last != '{' && last != '[' && last != ':')
		buf_add_char(out, ',');
	if (name)
		buf_add_format(out, "\"%s\":", name);
}

static void add_span(struct buf *out, const char *name, struct span value)
{
	begin(out, name);
	buf_add_json(out, value, 0);
}

static void add_text(struct buf *out, const char *name, const char *value)
{
	if (value)
		add_span(out, name, span_of(value));
}

static void add_flag(struct buf *out, const char *name, bool value)
{
	begin(out, name);
	buf_add_text(out, value ? "true" : "false");
}

static void open_list(struct buf *out, const char *name, char bracket)
{
	begin(out, name);
	buf_add_char(out, bracket);
}

static void add_source(struct buf *out, const struct policy_source *source)
{
	add_text(out, "file", source->file);
	if (source->file && source->line > 0) {
		begin(out, "line");
		buf_add_uint(out, source->line);
	}
}

/* ---- settings ----------------------------------------------------------------------------------
 */

static void add_settings(
    struct buf *out, const char *section, const void *base, const char *file, const unsigned *lines)
{
	const struct config_option *option;

	open_list(out, "settings", '[');
	for (unsigned i = 0; (option = config_option_at(i)) != NULL; i++) {
		struct policy_source source = {lines[i] > 0 ? file : NULL, lines[i]};
		struct buf value;

		if (strcmp(option->section, section) != 0)
			continue;
		buf_init(&value, VALUE_MOST);
		if (config_option_write(option, base, &value)) {
			open_list(out, NULL, '{');
			add_text(out, "key", option->key);
			add_text(out, "value", buf_text(&value));
			add_source(out, &source);
			buf_add_char(out, '}');
		}
		buf_free(&value);
	}
	buf_add_char(out, ']');
}

static void add_upstreams(struct buf *out, const struct config *config)
{
	open_list(out, "upstreams", '[');
	for (const struct config_upstream *u = config->upstreams; u; u = u->next) {
		open_list(out, NULL, '{');
		add_text(out, "name", u->name);
		add_text(out, "address", u->address.text);
		add_source(out, &u->source);
		add_settings(out, "upstream", u, u->source.file, u->lines);
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
}

/* ---- listeners ---------------------------------------------------------------------------------
 */

static void add_clients(struct buf *out, const struct config_listener *listener)
{
	open_list(out, "clients", '[');
	for (const struct config_client *c = listener->clients; c; c = c->next) {
		open_list(out, NULL, '{');
		add_text(out, "kind", client_kind_name(c->kind));
		add_text(out, "name", c->text);
		add_text(out, "policy", c->policy_name);
		add_source(out, &c->source);
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
}

static void add_listeners(struct buf *out, const struct config *config)
{
	open_list(out, "listeners", '[');
	for (const struct config_listener *l = config->listeners; l; l = l->next) {
		open_list(out, NULL, '{');
		add_text(out, "name", l->name);
		add_text(out, "address", l->address.text);
		add_text(
		    out, "policy", l->policy_name); /* missing: others than |clients| are denied */
		add_text(out, "upstream", l->upstream->address.text);
		add_source(out, &l->source);
		add_clients(out, l);
		add_settings(out, "listener", l, l->source.file, l->lines);
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
}

static void add_status(struct buf *out, const struct config *config)
{
	const struct config_listener *status = config->status;

	if (!status)
		return;
	open_list(out, "status", '{');
	add_text(out, "address", status->address.text);
	add_source(out, &status->source);
	add_settings(out, "status", status, status->source.file, status->lines);
	buf_add_char(out, '}');
}

/* ---- policies ----------------------------------------------------------------------------------
 */

struct part_writer {
	struct buf *out;
	enum policy_part part;
};

static void add_line(void *context, enum policy_part part, const char *key, struct span value,
    const struct policy_source *source)
{
	const struct part_writer *writer = context;

	if (part != writer->part)
		return;
	open_list(writer->out, NULL, '{');
	add_text(writer->out, "key", key);
	add_span(writer->out, "value", value);
	add_source(writer->out, source);
	buf_add_char(writer->out, '}');
}

static void add_operations(struct buf *out, const struct policy *policy)
{
	open_list(out, "operations", '[');
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		if (check_allows(policy, docker_operation_at(i)))
			add_text(out, NULL, docker_operation_at(i)->name);
	}
	buf_add_char(out, ']');
}

static void add_policy(struct buf *out, const struct config *config, const struct policy *policy)
{
	static const char *const parts[PART_COUNT] = {
	    [PART_RULE] = "rules",
	    [PART_GRANT] = "grants",
	    [PART_REQUIREMENT] = "requirements",
	    [PART_MAXIMUM] = "maxima",
	    [PART_SETTING] = "settings",
	};
	const struct config_upstream *upstream = config_policy_upstream(config, policy);

	open_list(out, NULL, '{');
	add_text(out, "name", policy_name(policy));
	add_text(out, "upstream", upstream ? upstream->address.text : NULL);
	add_operations(out, policy);
	for (int part = 0; part < PART_COUNT; part++) {
		struct part_writer writer = {out, (enum policy_part)part};

		open_list(out, parts[part], '[');
		policy_show(policy, add_line, &writer);
		buf_add_char(out, ']');
	}
	buf_add_char(out, '}');
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static void add_config(struct buf *out, const struct config *config)
{
	open_list(out, "files", '[');
	for (size_t i = 0; config->files[i]; i++)
		add_text(out, NULL, config->files[i]);
	buf_add_char(out, ']');
	add_text(out, "upstream", config->upstream.address.text);
	add_settings(out, "sockwarden", config, config->files[0], config->lines);
	add_upstreams(out, config);
	add_listeners(out, config);
	add_status(out, config);
	open_list(out, "policies", '[');
	for (size_t i = 0; i < config->policy_count; i++)
		add_policy(out, config, config->policies[i]);
	buf_add_char(out, ']');
}

void check_print_json(
    const struct config *config, const char *name, const struct check_findings *findings)
{
	struct buf out;

	buf_init(&out, FINDINGS_MOST);
	open_list(&out, NULL, '{');
	add_text(&out, "config", name);
	add_flag(&out, "usable", findings->errors == 0);
	open_list(&out, "errors", '[');
	buf_add(&out, buf_span(&findings->error_list));
	buf_add_char(&out, ']');
	open_list(&out, "warnings", '[');
	buf_add(&out, buf_span(&findings->warning_list));
	buf_add_char(&out, ']');
	if (config)
		add_config(&out, config);
	buf_add_text(&out, "}\n");
	cli_put(stdout, &out);
}
