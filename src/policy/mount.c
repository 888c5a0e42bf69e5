/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of Mounts, in HostConfig and in services. Field names, shapes, drivers' names and options
 * and sub-paths were judged by the schema walk; here is what depends on Type. */
#include <stdio.h>

#include "json/json.h"
#include "policy/judge.h"

static bool is_true(const cJSON *object, const char *field)
{
	return cJSON_IsTrue(json_field(object, field));
}

static void bind_mount(struct judge *judge, const struct place *place, const cJSON *mount)
{
	const cJSON *options = json_field(mount, "BindOptions");
	struct place source = place_member(place, SPAN("Source"));
	struct place spread = place_member(place, SPAN("BindOptions.Propagation"));
	struct span word = json_text(options, "Propagation");
	struct bind_need need = {
	    .path = json_text(mount, "Source"),
	    /* a read-only bind with writable sub-mounts is not read-only */
	    .rw = !is_true(mount, "ReadOnly") || is_true(options, "ReadOnlyNonRecursive"),
	    .create = is_true(options, "CreateMountpoint"),
	    .podman_makes = true,
	};

	if (word.len > 0 && !propagation_from(word, &need.propagation)) {
		judge_bad(judge, REASON_BODY, &spread, word, "is not a propagation");
		return;
	}
	if (need.path.len == 0 || need.path.at[0] != '/')
		judge_bad(judge, REASON_BODY, &source, need.path, "is not an absolute host path");
	else
		bind_judge(judge, &source, &need);
}

static void volume_mount(struct judge *judge, const struct place *place, const cJSON *mount)
{
	struct place source = place_member(place, SPAN("Source"));
	struct span name = json_text(mount, "Source");

	if (name.len > 0)
		volume_judge_name(judge, &source, name, !is_true(mount, "ReadOnly"));
}

#define TMPFS_OPTIONS_MOST 256

static void add_option(struct text *text, const cJSON *words)
{
	const cJSON *word;

	text_add(text, text->len ? SPAN(",") : SPAN(""));
	cJSON_ArrayForEach (word, words) {
		text_add_format(text, "%s%s", word == words->child ? "" : "=", json_string(word));
	}
}

/* Writes the options as a mount line would have them: size=…,mode=…,noexec. */
static void write_tmpfs_options(struct text *text, const cJSON *options)
{
	const cJSON *size = json_field(options, "SizeBytes"), *mode = json_field(options, "Mode");
	const cJSON *words;
	struct json_integer bits;
	char room[JSON_NUMBER_MOST];

	if (cJSON_IsNumber(size)) {
		text_add(text, SPAN("size="));
		text_add(text, json_number_text(size, &room));
	}
	if (json_integer(mode, &bits))
		text_add_format(text, "%smode=%llo", text->len ? "," : "",
		    (unsigned long long)(bits.negative ? -bits.size : bits.size));
	cJSON_ArrayForEach (words, json_field(options, "Options")) {
		add_option(text, words);
	}
}

/* Daemons before 26.1 pass Options over: what SizeBytes and Mode are for is not said there. */
static bool has_doubtful_option(const cJSON *options)
{
	const cJSON *words;

	cJSON_ArrayForEach (words, json_field(options, "Options")) {
		struct span first = span_of(json_string(words->child));

		if (span_starts(first, SPAN("size")) || span_starts(first, SPAN("mode")))
			return true;
	}
	return false;
}

static void tmpfs_mount(struct judge *judge, const struct place *place, const cJSON *mount)
{
	char room[TMPFS_OPTIONS_MOST];
	struct text options = text_in(room, sizeof(room));
	struct place target = place_member(place, SPAN("TmpfsOptions"));
	struct place source = place_member(place, SPAN("Source"));
	struct span path = json_text(mount, "Source");

	if (path.len > 0) { /* Podman makes the directory before it says so */
		judge_bad(judge, REASON_BODY, &source, path, "a tmpfs has no source");
		return;
	}
	write_tmpfs_options(&options, json_field(mount, "TmpfsOptions"));
	if (has_doubtful_option(json_field(mount, "TmpfsOptions")))
		judge_bad(judge, REASON_BODY, &target, SPAN("..."),
		    "holds a size or a mode that is not in SizeBytes or Mode");
	else if (options.len + 1 >= sizeof(room))
		judge_bad(judge, REASON_BODY, &target, SPAN("..."), "is too long to be judged");
	else
		grant_judge_pair(judge, GRANT_TMPFS_ID, &target, json_text(mount, "Target"),
		    text_span(&options));
}

static void image_mount(struct judge *judge, const struct place *place, const cJSON *mount)
{
	struct place source = place_member(place, SPAN("Source"));
	struct span name = json_text(mount, "Source");

	if (name.len > 0 && name.at[0] == '/') /* Podman makes a directory of that name */
		judge_bad(judge, REASON_BODY, &source, name, "is not an image reference");
	else
		image_judge(
		    judge, GRANT_IMAGE_ID, &source, name, (struct span){NULL, 0}, IMAGE_LOCAL);
}

static void pipe_mount(struct judge *judge, const struct place *place, const cJSON *mount)
{
	struct place source = place_member(place, SPAN("Source"));

	judge_never(judge, &source, json_text(mount, "Source"),
	    "named pipes of the host are only permitted by \"grant = all\"");
}

void mount_judge(struct judge *judge, const struct place *place, const cJSON *mount)
{
	static const struct {
		const char *type;
		void (*judge)(struct judge *, const struct place *, const cJSON *);
	} types[] = {
	    {"bind", bind_mount},
	    {"volume", volume_mount},
	    {"tmpfs", tmpfs_mount},
	    {"image", image_mount},
	    {"cluster", volume_mount},
	    {"npipe", pipe_mount},
	};
	struct place where = place_member(place, SPAN("Type"));
	struct span type = json_text(mount, "Type");

	if (policy_grants_all(judge->policy))
		return;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (span_equal(type, span_of(types[i].type))) {
			types[i].judge(judge, place, mount);
			return;
		}
	}
	judge_bad(
	    judge, REASON_BODY, &where, type, "is not one of bind, volume, tmpfs, image, cluster");
}
