/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden check: whether a configuration can be used, and what it gives away. */
#include <getopt.h>
#include <grp.h>
#include <pwd.h>

#include "app/app.h"
#include "app/sandbox.h"
#include "net/tls.h"
#include "docker/docker.h"

#define PATH_MOST 256
#define LINE_WIDTH 100
#define INDENT 8
#define SOURCE_COLUMN 56

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void warn(void *context, const char *file, unsigned line, const char *text)
{
	(void)context;
	if (line > 0)
		fprintf(stderr, "%s:%u: warning: %s\n", file, line, text);
	else
		fprintf(stderr, "%s: warning: %s\n", file, text);
}

/* ---- what the machine must know ----------------------------------------------------------------
 */

static bool is_number(const char *name)
{
	return name[0] != '\0' && strspn(name, "0123456789") == strlen(name);
}

/* As whom it will run. */
static void check_user(const struct config *config)
{
	struct error text;

	if (config->user && !is_number(config->user) && !getpwnam(config->user)) {
		(void)error_set(&text, "user: no such user: %s", config->user);
		warn(NULL, config->files[0], 0, text.text);
	}
	if (config->group && !is_number(config->group) && !getgrnam(config->group)) {
		(void)error_set(&text, "group: no such group: %s", config->group);
		warn(NULL, config->files[0], 0, text.text);
	}
}

/* Users and groups may come later than the configuration, so that a missing one is no error yet. */
static void check_names(const struct config_listener *listener)
{
	struct error text;

	if (listener->owner && !is_number(listener->owner) && !getpwnam(listener->owner)) {
		(void)error_set(&text, "[listener %s]: owner: no such user: %s", listener->name,
		    listener->owner);
		warn(NULL, listener->source.file, listener->source.line, text.text);
	}
	if (listener->group && !is_number(listener->group) && !getgrnam(listener->group)) {
		(void)error_set(&text, "[listener %s]: group: no such group: %s", listener->name,
		    listener->group);
		warn(NULL, listener->source.file, listener->source.line, text.text);
	}
}

/* ---- what a policy permits ---------------------------------------------------------------------
 */

/* A path of |op| with "x" for each placeholder. */
static size_t sample_path(const struct docker_operation *op, char out[static PATH_MOST])
{
	bool inside = false;
	size_t len = 0;

	for (const char *p = op->path; *p && len < PATH_MOST; p++) {
		if (*p == '{')
			out[len++] = 'x';
		inside = (inside || *p == '{') && *p != '}';
		if (!inside && *p != '}')
			out[len++] = *p;
	}
	return len;
}

/* Whether rules cover the operation. What it may carry is the business of grants. */
static bool operation_allowed(const struct policy *policy, const struct docker_operation *op)
{
	char path[PATH_MOST];
	struct policy_request request = {.method = op->method, .api = DOCKER_API_NEWEST};
	struct decision decision = {0};

	request.path = (struct span){path, sample_path(op, path)};
	request.has_body = op->body == BODY_JSON;
	docker_find(request.method, request.path, &request.match);
	policy_decide(policy, &request, &decision, NULL, NULL);
	return decision.verdict != VERDICT_DENY ||
	       (decision.reason != REASON_NO_RULE && decision.reason != REASON_DENY_RULE &&
		   decision.reason != REASON_UNKNOWN_ROUTE);
}

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

static void print_class(const struct policy *policy, enum docker_class class)
{
	const struct docker_operation *allowed[512];
	const size_t most = sizeof(allowed) / sizeof(allowed[0]);
	size_t count = 0, all = 0, column = 0;

	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *op = docker_operation_at(i);

		if (op->class != class)
			continue;
		all++;
		if (count < most && operation_allowed(policy, op))
			allowed[count++] = op;
	}
	printf("  %-6s %zu of %zu operations\n", docker_class_name(class), count, all);
	for (size_t i = 0; i < count && count < all; i++)
		print_word(allowed[i]->name, &column);
	if (column > 0)
		putchar('\n');
}

/* One line of the policy, and where it is written. */
static void print_line(
    void *context, const char *key, struct span value, const struct policy_source *source)
{
	int used = printf("    %s = %.*s", key, (int)value.len, value.at);

	(void)context;
	if (source->file)
		printf("%*s  %s:%u", used < SOURCE_COLUMN ? SOURCE_COLUMN - used : 0, "", source->file,
		    source->line);
	putchar('\n');
}

static void print_policy(const struct config *config, const struct policy *policy)
{
	const struct config_upstream *upstream = config_policy_upstream(config, policy);

	printf("\npolicy %s%s\n", policy_name(policy),
	    policy_is_dry_run(policy) ? " (dry-run: denies nothing, logs what it would deny)" : "");
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

/* ---- the summary -------------------------------------------------------------------------------
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
		printf(
		    "           %s:%s -> %s\n", client_kind_name(c->kind), c->text, c->policy_name);
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

static void print_summary(const struct config *config, const char *name)
{
	printf("%s can be used\n\n", name);
	printf("upstream   %s\n", config->upstream.address.text);
	printf("audit      %s, level %s%s\n", config->audit, audit_level_name(config->audit_level),
	    config->audit_required ? ", requests are refused while it cannot be written" : "");
	if (config->workers != 1)
		printf("workers    %u\n", config->workers);
	print_sandbox(config);
	for (const struct config_listener *l = config->listeners; l; l = l->next)
		print_listener(l);
	for (size_t i = 0; i < config->policy_count; i++)
		print_policy(config, config->policies[i]);
}

static bool wants_tls(const struct config *config)
{
	if (config->upstream.address.kind == ADDRESS_TLS)
		return true;
	for (const struct config_upstream *u = config->upstreams; u; u = u->next) {
		if (u->address.kind == ADDRESS_TLS)
			return true;
	}
	for (const struct config_listener *l = config->listeners; l; l = l->next) {
		if (listener_has_tls(l))
			return true;
	}
	return false;
}

static int check(const char *path, bool quiet)
{
	struct error err;
	const char *name;
	struct config *config = cli_config(path, warn, NULL, &name, &err);

	if (!config)
		return cli_failed(&err);
	if (wants_tls(config) && !tls_is_built_in(&err)) {
		config_free(config);
		return cli_failed(&err);
	}
	check_user(config);
	for (const struct config_listener *l = config->listeners; l; l = l->next)
		check_names(l);
	if (!quiet)
		print_summary(config, name);
	config_free(config);
	return EXIT_FINE;
}

int cmd_check(int argc, char **argv)
{
	const char *path = NULL;
	bool quiet = false;
	int letter;

	while ((letter = getopt_long(argc, argv, "c:qh", long_options, NULL)) != -1) {
		if (letter == 'h') {
			cli_help(stdout, "check");
			return EXIT_FINE;
		}
		if (letter == 'q')
			quiet = true;
		else if (letter == 'c')
			path = optarg;
		else
			return cli_misused("check", NULL);
	}
	if (optind < argc)
		return cli_misused(
		    "check", "unexpected argument: %s; a file is named by -c", argv[optind]);
	return check(path, quiet);
}
