/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a policy; with `include = FILE` and `include = preset:NAME` the lines of another
 * file. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/nearest.h"
#include "config/load.h"

/* One file being included. */
struct include {
	struct loader *loader;
	const char *file;
	char real[PATH_MAX];
	bool begun; /* its head or a line was read */
};

/* ---- where the file is ------------------------------------------------------------------- */

static bool file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int path_too_long(struct error *err)
{
	return error_set(err, "the path is longer than %d bytes", PATH_MAX - 1);
}

/* |name| as seen from the directory of |file|. */
static int path_beside(char *out, const char *file, const char *folder, struct span name,
    const char *suffix, struct error *err)
{
	const char *slash = strrchr(file, '/');
	int folder_bytes = slash ? (int)(slash - file + 1) : 0;
	int len = snprintf(out, PATH_MAX, "%.*s%s%.*s%s", folder_bytes, file, folder, (int)name.len,
	    name.at, suffix);

	return len < 0 || len >= PATH_MAX ? path_too_long(err) : 0;
}

static bool preset_name_good(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return name.len > 0;
}

/* Where presets may be: beside the configuration, where they are installed, and in the tree that
 * the program was built in. The first that has one wins. */
enum preset_place { PRESET_BESIDE, PRESET_INSTALLED, PRESET_SOURCE, PRESET_PLACES };

/* Writes the directory that the program's file is in, with a slash. */
static int program_directory(char *out)
{
	ssize_t len = readlink("/proc/self/exe", out, PATH_MAX - 1);

	while (len > 0 && out[len - 1] != '/')
		len--;
	if (len <= 0)
		return -1;
	out[len] = '\0';
	return 0;
}

/* Writes the path of |name| at |place|, of the directory itself when |name| is empty. */
static int preset_at(char *out, const char *config_file, enum preset_place place, struct span name,
    struct error *err)
{
	const char *suffix = name.len > 0 ? ".conf" : "";
	char program[PATH_MAX];

	switch (place) {
	case PRESET_BESIDE:
		return path_beside(out, config_file, "presets/", name, suffix, err);
	case PRESET_INSTALLED:
		return path_beside(out, PRESET_DIR "/", "", name, suffix, err);
	case PRESET_SOURCE:
	case PRESET_PLACES:
	default:
		if (program_directory(program) < 0)
			return error_set(err, "cannot tell where the program is");
		return path_beside(out, program, "../conf/presets/", name, suffix, err);
	}
}

#define PRESET_NAMES_MOST 240u /* bytes of their list in a message */

/* Offers the presets in |directory| to |nearest|, whose best one is kept in |best|, and lists them.
 */
static void presets_list(
    const char *directory, struct nearest *nearest, char (*best)[NAME_MAX + 1], struct buf *names)
{
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		char room[NAME_MAX + 1];
		const char *name = entries[i]->d_name, *end = strstr(name, ".conf");
		bool whole = end && end[5] == '\0';

		(void)snprintf(room, sizeof(room), "%.*s", whole ? (int)(end - name) : 0, name);
		nearest->best = NULL;
		nearest_offer(nearest, room);
		if (whole && nearest->best)
			memcpy(*best, room, sizeof(room));
		if (whole && names->len < PRESET_NAMES_MOST)
			buf_add_format(names, " %s", room);
		free(entries[i]);
	}
	free(entries);
	if (names->len >= PRESET_NAMES_MOST)
		buf_add_format(names, " ...; all are in %s", directory);
}

static int preset_unknown(const char *config_file, struct span name, struct error *err)
{
	char path[PATH_MAX], best[NAME_MAX + 1] = "";
	struct nearest nearest;
	struct buf names;

	nearest_init(&nearest, name);
	buf_init(&names, PRESET_NAMES_MOST + PATH_MAX + NAME_MAX);
	for (unsigned i = 0; i < PRESET_PLACES && names.len == 0; i++) {
		if (preset_at(path, config_file, (enum preset_place)i, SPAN(""), NULL) == 0)
			presets_list(path, &nearest, &best, &names);
	}
	if (names.len == 0)
		(void)error_set(err,
		    "there is no preset \"%.*s\" beside the configuration or in %s", (int)name.len,
		    name.at, PRESET_DIR);
	else
		(void)error_set(err, "there is no preset \"%.*s\"%s%s%s are%s", (int)name.len,
		    name.at, best[0] ? "; did you mean \"" : "", best,
		    best[0] ? "\"? There" : "; there", buf_text(&names));
	buf_free(&names);
	return -1;
}

static int preset_path(char *out, const char *config_file, struct span name, struct error *err)
{
	if (!preset_name_good(name))
		return error_set(err,
		    "\"%.*s\" is no name of a preset; they are lower-case letters, "
		    "digits and '-', without .conf",
		    (int)name.len, name.at);
	for (unsigned i = 0; i < PRESET_PLACES; i++) {
		if (preset_at(out, config_file, (enum preset_place)i, name, err) < 0)
			return -1;
		if (file_exists(out))
			return 0;
	}
	return preset_unknown(config_file, name, err);
}

static int include_path(
    char *out, struct loader *loader, struct span value, const char *file, struct error *err)
{
	struct span preset = SPAN("preset:");

	if (span_starts(value, preset))
		return preset_path(out, loader->file, span_trim(span_from(value, preset.len)), err);
	return path_beside(out, value.at[0] == '/' ? "" : file, "", value, "", err);
}

/* ---- what it holds ----------------------------------------------------------------------- */

/* A head is there for the reader; the lines go to the policy that includes them. */
static int include_head(struct include *include, const struct ini_item *item, struct error *err)
{
	if (!span_is(item->kind, "policy"))
		return error_set(err,
		    "[%.*s] in an included file; only lines of a policy can be "
		    "included",
		    (int)item->kind.len, item->kind.at);
	if (include->begun)
		return error_set(err, "a second policy in an included file; split the file");
	include->begun = true;
	return 0;
}

static int include_take(void *context, const struct ini_item *item, struct error *err)
{
	struct include *include = context;

	if (item->key.len == 0)
		return include_head(include, item, err);
	include->begun = true;
	return policy_line(include->loader, item, include->file, err);
}

/* The file is being read already, further up. */
static bool include_is_cycle(const struct include *include)
{
	const struct loader *loader = include->loader;
	char real[PATH_MAX];

	if (realpath(loader->file, real) && strcmp(real, include->real) == 0)
		return true;
	for (size_t i = 0; i < loader->include_depth; i++) {
		if (strcmp(loader->includes[i], include->real) == 0)
			return true;
	}
	return false;
}

static int include_enter(struct include *include, const char *path, struct error *err)
{
	struct loader *loader = include->loader;

	if (!realpath(path, include->real))
		return error_set(err, "%s cannot be found (a preset is written preset:NAME)", path);
	if (is_directory(path))
		return error_set(err, "%s is a directory; name one of its files", path);
	if (include_is_cycle(include))
		return error_set(err, "%s includes itself", path);
	if (loader->include_depth == INCLUDE_DEPTH_MOST)
		return error_set(
		    err, "files include each other more than %d deep", INCLUDE_DEPTH_MOST);
	include->file = config_note_file(loader->config, path, err);
	return include->file ? 0 : -1;
}

static int include_file(
    struct loader *loader, struct span value, const char *file, struct error *err)
{
	struct include include = {.loader = loader};
	char path[PATH_MAX];

	if (include_path(path, loader, value, file, err) || include_enter(&include, path, err))
		return -1;
	loader->includes[loader->include_depth++] = include.real;
	int result = ini_read(path, include_take, &include, err);

	loader->include_depth--;
	return result;
}

int policy_line(
    struct loader *loader, const struct ini_item *item, const char *file, struct error *err)
{
	struct policy_source source = {file, item->line};

	if (span_is(item->key, "include"))
		return include_file(loader, item->value, file, err);
	if (span_is(item->key, "upstream"))
		return route_add(loader->config, loader->policy, item->value, &source, err);
	if (!policy_knows_key(item->key) && key_home(item->key))
		return key_elsewhere("policy", item->key, err);
	return policy_set(loader->policy, item->key, item->value, &source, err);
}
