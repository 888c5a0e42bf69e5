/* SPDX-License-Identifier: Apache-2.0 */
/* What commands have in common. */
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/app.h"
#include "app/rootless.h"
#include "base/nearest.h"

int cli_misused(const char *name, const char *format, ...)
{
	va_list args;

	if (format) {
		fprintf(stderr, "sockwarden %s: ", name);
		va_start(args, format);
		(void)vfprintf(stderr, format, args);
		va_end(args);
		fputc('\n', stderr);
	}
	fprintf(stderr, "`sockwarden %s --help` tells how it is used.\n", name);
	return EXIT_USAGE;
}

int cli_failed(const struct error *err)
{
	fprintf(stderr, "sockwarden: %s\n", err->text);
	return EXIT_USAGE;
}

bool cli_format_is_json(const char *word, bool *ret_json)
{
	*ret_json = strcmp(word, "json") == 0;
	return *ret_json || strcmp(word, "text") == 0;
}

static const char *environment_get(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

static const char *environment_at(void *context, size_t i)
{
	(void)context;
	return environ[i];
}

const struct environment cli_environment = {environment_get, NULL, environment_at};

static bool default_is_there(void)
{
	return access(CONFIG_DEFAULT_PATH, F_OK) == 0;
}

bool cli_is_environment(const char *path)
{
	if (!path)
		return false;
	return strcmp(path, "env:") == 0 || (strcmp(path, "env?") == 0 && !default_is_there());
}

static struct config *load_config(const char *path, bool policies_alone, config_warn_fn *warn,
    void *context, const char **ret_name, struct error *err)
{
	bool default_first = !path || strcmp(path, "env?") == 0;

	if (default_first && default_is_there())
		path = CONFIG_DEFAULT_PATH;
	if (cli_is_environment(path)) {
		*ret_name = "the environment";
		struct config *config = environment_load(&cli_environment, warn, context, err);

		if (config)
			environment_set_advice(&cli_environment, config);
		return config;
	}
	*ret_name = path ? path : "built-in configuration";
	struct config *config = !path            ? config_builtin(err)
				: policies_alone ? config_load_policies(path, warn, context, err)
						 : config_load(path, warn, context, err);

	if (config && geteuid() != 0 && rootless_defaults(config, err) < 0) {
		config_free(config);
		return NULL;
	}
	return config;
}

struct config *cli_config(
    const char *path, config_warn_fn *warn, void *context, const char **ret_name, struct error *err)
{
	return load_config(path, false, warn, context, ret_name, err);
}

struct config *cli_policies(
    const char *path, config_warn_fn *warn, void *context, const char **ret_name, struct error *err)
{
	return load_config(path, true, warn, context, ret_name, err);
}

struct config *cli_preset(const char *name, struct error *err)
{
	struct buf text;

	buf_init(&text, 4096);
	buf_add_format(&text,
	    "[listener preset]\naddress = unix:/run/sockwarden/preset.sock\npolicy = preset\n"
	    "[policy preset]\ninclude = preset:%s\n",
	    name);
	struct config *config = config_load_text("preset", buf_span(&text), NULL, NULL, err);

	buf_free(&text);
	return config;
}

static const struct policy *policy_of_listeners(const struct config *config, struct error *err)
{
	const struct policy *policy = config->listeners ? config->listeners->policy : NULL;

	if (!config->listeners && config->policy_count == 1)
		return config->policies[0];
	if (!config->listeners) {
		(void)error_set(err, "there is no listener; name a policy with --policy");
		return NULL;
	}
	for (const struct config_listener *l = config->listeners; l; l = l->next) {
		if (l->policy && l->policy == policy && !l->clients)
			continue;
		(void)error_set(err,
		    "listeners use more than one policy; name one with --policy, such as --policy "
		    "%s",
		    policy_name(config->policies[0]));
		return NULL;
	}
	return policy;
}

const struct policy *cli_policy(const struct config *config, const char *name, struct error *err)
{
	struct nearest nearest;

	if (!name)
		return policy_of_listeners(config, err);
	const struct policy *policy = config_policy(config, span_of(name));

	if (policy)
		return policy;
	nearest_init(&nearest, span_of(name));
	for (size_t i = 0; i < config->policy_count; i++)
		nearest_offer(&nearest, policy_name(config->policies[i]));
	(void)error_set(err, "there is no policy \"%s\"%s%s%s", name,
	    nearest.best ? "; did you mean " : "", nearest.best ? nearest.best : "",
	    nearest.best ? "?" : "");
	return NULL;
}

int cli_read_file(const char *path, struct buf *out, struct error *err)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	size_t got = 1;

	if (!file)
		return error_set(err, "%s: %m", path);
	while (got > 0 && buf_reserve(out, BUFSIZ)) {
		got = fread(out->at + out->len, 1, BUFSIZ, file);
		out->len += got;
	}
	bool bad = ferror(file) != 0;

	if (file != stdin)
		(void)fclose(file);
	if (bad)
		return error_set(err, "%s: %m", path);
	return out->failed ? error_set(err, "%s: larger than %zu bytes", path, out->max) : 0;
}

void cli_put(FILE *out, struct buf *buf)
{
	(void)fwrite(buf->at, 1, buf->len, out);
	buf_free(buf);
}
