/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration amounts to, for people. */
#include "app/check.h"
#include "app/sandbox.h"
#include "docker/docker.h"

#define LINE_WIDTH 100
#define INDENT 8
#define SOURCE_COLUMN 56
#define OPERATIONS_MOST 512
#define VALUE_MOST 65536u

/* Ends a line that had |used| columns with where it is written. */
static void print_source(int used, const struct policy_source *source)
{
	if (source->file && source->line > 0)
		printf("%*s  %s:%u", used < SOURCE_COLUMN ? SOURCE_COLUMN - used : 0, "",
		    source->file, source->line);
	putchar('\n');
}

/* ---- a policy ----------------------------------------------------------------------------------
 */

static void print_word(const char *word, size_t *column)
{
	size_t len = strlen(word);

	if (*column == 0 || *column + 1 + len > LINE_WIDTH) {
		printf("%s%*s%s", *column > 0 ? "\n" : "", INDENT, "", word);
		*column = INDENT + len;
	} else {
		printf(" %s", word);
		*column += 1 + len;
	}
}

struct operations {
	const struct docker_operation *at[OPERATIONS_MOST];
	size_t count;
};

static void operations_add(struct operations *operations, const struct docker_operation *operation)
{
	if (operations->count < OPERATIONS_MOST)
		operations->at[operations->count++] = operation;
}

/* Their names, behind |title| if that is not empty. */
static void print_operations(const struct operations *operations, const char *title)
{
	size_t column = 0;

	if (operations->count == 0)
		return;
	if (title[0])
		print_word(title, &column);
	for (size_t i = 0; i < operations->count; i++)
		print_word(operations->at[i]->name, &column);
	putchar('\n');
}

static void print_class(const struct policy *policy, enum docker_class class)
{
	struct operations whole = {.count = 0}, part = {.count = 0};
	size_t all = 0;

	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *op = docker_operation_at(i);

		if (op->class != class)
			continue;
		all++;
		if (check_allows(policy, op))
			operations_add(&whole, op);
		else if (policy_may_allow(policy, op))
			operations_add(&part, op);
	}
	printf("  %-6s %zu of %zu operations", docker_class_name(class), whole.count, all);
	if (part.count > 0)
		printf(", %zu more in part: by path or condition", part.count);
	putchar('\n');
	if (whole.count < all)
		print_operations(&whole, "");
	print_operations(&part, "in part");
}

/* One line of the policy, and where it is written. */
static void print_line(void *context, enum policy_part part, const char *key, struct span value,
    const struct policy_source *source)
{
	(void)context;
	if (part == PART_SETTING && !source->file)
		return; /* a default */
	print_source(printf("    %s = %.*s", key, (int)value.len, value.at), source);
}

/* Whom the policy judges: a listener, or some of its clients. */
static void print_users(const struct config *config, const struct policy *policy)
{
	for (const struct config_listener *l = config->listeners; l; l = l->next) {
		for (const struct config_client *c = l->clients; c; c = c->next) {
			if (c->policy == policy)
				printf("  for %s:%s at listener %s\n", client_kind_name(c->kind),
				    c->text, l->name);
		}
		if (l->policy == policy)
			printf("  for %s listener %s\n",
			    l->clients ? "all other clients of" : "all clients of", l->name);
	}
}

static void print_policy(const struct config *config, const struct policy *policy)
{
	const struct config_upstream *upstream = config_policy_upstream(config, policy);

	printf("\npolicy %s%s\n", policy_name(policy),
	    policy_is_dry_run(policy) ? " (dry-run: denies nothing, logs what it would deny)" : "");
	print_users(config, policy);
	if (upstream)
		printf("  upstream %s: %s\n", upstream->name, upstream->address.text);
	if (policy_checks_state(policy))
		puts("  objects that exist are judged before they are used (check_state)");
	if (policy_resolves_binds(policy))
		puts("  bind sources are judged by where they lead (resolve_binds)");
	for (unsigned class = 0; class < CLASS_MAX; class ++)
		print_class(policy, (enum docker_class) class);
	puts("  made of");
	policy_show(policy, print_line, NULL);
}

/* ---- the rest ----------------------------------------------------------------------------------
 */

static void print_listener(const struct config_listener *listener)
{
	printf("listener   %s: %s", listener->name, listener->address.text);
	if (listener->address.kind == ADDRESS_UNIX)
		printf(", mode %04o", (unsigned)listener->mode);
	if (listener->owner)
		printf(", owner %s", listener->owner);
	if (listener->group)
		printf(", group %s", listener->group);
	printf(", policy %s\n",
	    listener->policy_name ? listener->policy_name : "by client lines only");
	for (const struct config_client *c = listener->clients; c; c = c->next)
		print_source(printf("           %s:%s -> %s", client_kind_name(c->kind), c->text,
				 c->policy_name),
		    &c->source);
	if (listener->clients)
		printf("           all others -> %s\n",
		    listener->policy_name ? listener->policy_name : "denied");
	if (listener->upstream_name)
		printf("           upstream %s: %s\n", listener->upstream_name,
		    listener->upstream->address.text);
}

static void print_sandbox(const struct config *config)
{
	struct buf text;

	buf_init(&text, SANDBOX_TEXT_MAX);
	(void)sandbox_describe(config, &text);
	printf("sandbox    %s\n", buf_text(&text));
	buf_free(&text);
}

/* Those of |section| that are given. */
static void print_settings(const char *section, const char *name, const void *base,
    const char *file, const unsigned *lines)
{
	const struct config_option *option;

	for (unsigned i = 0; (option = config_option_at(i)) != NULL; i++) {
		struct policy_source source = {file, lines[i]};
		struct buf value;

		if (strcmp(option->section, section) != 0 || lines[i] == 0)
			continue;
		buf_init(&value, VALUE_MOST);
		if (config_option_write(option, base, &value))
			print_source(printf("    [%s%s%s] %s = %s", section, name ? " " : "",
					 name ? name : "", option->key, buf_text(&value)),
			    &source);
		buf_free(&value);
	}
}

static void print_all_settings(const struct config *config)
{
	if (!config->files[0])
		return;
	puts("\nsettings that are given");
	print_settings("sockwarden", NULL, config, config->files[0], config->lines);
	for (const struct config_upstream *u = config->upstreams; u; u = u->next)
		print_settings("upstream", u->name, u, u->source.file, u->lines);
	for (const struct config_listener *l = config->listeners; l; l = l->next)
		print_settings("listener", l->name, l, l->source.file, l->lines);
	if (config->status)
		print_settings("status", NULL, config->status, config->status->source.file,
		    config->status->lines);
}

void check_print_text(
    const struct config *config, const char *name, const struct check_findings *findings)
{
	printf("%s %s\n\n", name,
	    findings->errors > 0 ? "cannot be used here: `run` would fail"
	    : config->listeners  ? "can be used"
				 : "has policies for other files to include, and no listener");
	printf("upstream   %s%s\n", config->upstream.address.text,
	    findings->upstream_missing ? ", where no socket is now" : "");
	printf("audit      %s, level %s%s\n", config->audit, audit_level_name(config->audit_level),
	    config->audit_required ? ", requests are refused while it cannot be written" : "");
	if (config->workers != 1)
		printf("workers    %u\n", config->workers);
	print_sandbox(config);
	for (const struct config_listener *l = config->listeners; l; l = l->next)
		print_listener(l);
	if (config->status)
		printf("status     %s\n", config->status->address.text);
	print_all_settings(config);
	for (size_t i = 0; i < config->policy_count; i++)
		print_policy(config, config->policies[i]);
}
