/* SPDX-License-Identifier: Apache-2.0 */
/* Image references: every spelling brought to registry/repository, tag and digest, in policies and
 * in requests alike. */
#include <ctype.h>

#include "base/glob.h"
#include "policy/judge.h"

#define IMAGE_NAME_MOST 512
#define IMAGE_ID_HEX 64

static const struct span none = {NULL, 0};

struct image_ref {
	struct span registry;   /* "" when the name carries none */
	struct span repository; /* without "library/" */
	bool official;          /* "library/" belongs before it */
	struct span tag, digest;
};

static struct span cut_tag(struct span name, struct span *ret_tag)
{
	size_t i = name.len;

	*ret_tag = none;
	while (i > 0 && name.at[i - 1] != ':' && name.at[i - 1] != '/')
		i--;
	if (i == 0 || name.at[i - 1] == '/')
		return name;
	*ret_tag = span_from(name, i);
	return (struct span){name.at, i - 1};
}

static bool has_upper_case(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] >= 'A' && s.at[i] <= 'Z')
			return true;
	}
	return false;
}

/* Whether the part before the first slash is a registry: has a dot, a port or capitals, or is
 * localhost, or (in a policy) stands for any number of parts. */
static bool is_registry(struct span first)
{
	return has_upper_case(first) || span_has(first, '.') || span_has(first, ':') ||
	       span_is(first, "localhost") || span_starts(first, SPAN("**"));
}

static void split_registry(struct image_ref *ref, struct span name)
{
	struct span rest, first = span_cut(name, '/', &rest);

	if (!rest.at || !is_registry(first)) {
		ref->registry = SPAN("docker.io");
		ref->repository = name;
	} else {
		ref->registry = span_is(first, "index.docker.io") ? SPAN("docker.io") : first;
		ref->repository = rest;
	}
	ref->official = span_is(ref->registry, "docker.io") && !span_has(ref->repository, '/') &&
			!span_starts(ref->repository, SPAN("**"));
}

static struct image_ref image_read(struct span text)
{
	struct image_ref ref;
	struct span name = span_cut(text, '@', &ref.digest);

	split_registry(&ref, cut_tag(name, &ref.tag));
	return ref;
}

static void write_name(struct text *text, const struct image_ref *ref)
{
	text_add(text, ref->registry);
	text_add(text, ref->official ? SPAN("/library/") : SPAN("/"));
	text_add(text, ref->repository);
}

static bool is_hex(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!(s.at[i] >= '0' && s.at[i] <= '9') && !(s.at[i] >= 'a' && s.at[i] <= 'f'))
			return false;
	}
	return s.len > 0;
}

/* ---- the grant --------------------------------------------------------------------------- */

/* The text with the part |part| of it in small letters. */
static int refuse_capitals(struct span text, struct span part, const char *what, struct error *err)
{
	char room[IMAGE_NAME_MOST];
	struct text right = text_in(room, sizeof(room));

	for (const char *at = text.at; at < text.at + text.len; at++) {
		bool inside = at >= part.at && at < part.at + part.len;
		char c = inside ? (char)tolower((unsigned char)*at) : *at;

		text_add(&right, (struct span){&c, 1});
	}
	return error_set(err,
	    "\"%.*s\" matches no image, because %s has no capital letters; write %s", (int)text.len,
	    text.at, what, room);
}

/* A class of characters may name capitals beside others. */
static bool has_capitals_only(struct span part)
{
	return has_upper_case(part) && !span_has(part, '[');
}

static int id_row(struct policy *policy, struct grant_row *row, size_t prefix, struct error *err)
{
	struct span hex = span_from(row->text, prefix);

	if (has_capitals_only(hex))
		return refuse_capitals(row->text, hex, "an id", err);
	row->image.kind = IMAGE_ROW_ID;
	row->pattern = policy_keep_stars(policy, hex);
	return row->pattern.at ? 0 : error_set(err, "out of memory");
}

/* Whether it is made of what references are made of, and no part that is begun is empty. */
static bool is_wellformed(struct span text, const struct image_ref *ref)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!isalnum((unsigned char)text.at[i]) && !strchr("._-/:@*?+[]", text.at[i]))
			return false;
	}
	bool digest =
	    !ref->digest.at || span_has(ref->digest, ':') || span_starts(ref->digest, SPAN("*"));
	bool scheme = text.len > 0 && memmem(text.at, text.len, "://", 3);

	return digest && !scheme && (!ref->tag.at || ref->tag.len > 0);
}

/* |name| is where the row's name is written to. */
static bool read_row(struct grant_row *row, struct text *name)
{
	struct image_ref ref = image_read(row->text);

	row->image.kind = IMAGE_ROW_NAME;
	if (ref.repository.len == 0 || row->text.len > IMAGE_NAME_MOST / 2 ||
	    !is_wellformed(row->text, &ref))
		return false;
	if (span_starts(row->text, SPAN("**")) && !span_has(row->text, '/'))
		text_add(name, ref.repository); /* any registry */
	else
		write_name(name, &ref);
	row->image.name = text_span(name);
	row->image.tag = ref.tag;
	row->image.digest = ref.digest;
	return true;
}

/* Names that are written as references, and that no image can have. */
static int check_name(struct span text, struct error *err)
{
	struct image_ref ref = image_read(text);
	struct span path = ref.repository;

	if (has_capitals_only(path))
		return refuse_capitals(text, path, "the name of an image", err);
	if (ref.digest.at && has_capitals_only(ref.digest))
		return refuse_capitals(text, ref.digest, "a digest", err);
	if (path.at[0] == '/' || memmem(path.at, path.len, "//", 2))
		return error_set(err,
		    "\"%.*s\" matches no image, because a part between slashes is empty",
		    (int)text.len, text.at);
	if (path.at[path.len - 1] == '/')
		return error_set(err,
		    "\"%.*s\" matches no image; write %.*s* for the images in it, or %.*s** for "
		    "all "
		    "below",
		    (int)text.len, text.at, (int)text.len, text.at, (int)text.len, text.at);
	return 0;
}

static int name_row(struct policy *policy, struct grant_row *row, struct error *err)
{
	char room[IMAGE_NAME_MOST];
	struct text name = text_in(room, sizeof(room));

	if (!read_row(row, &name))
		return error_set(err,
		    "\"%.*s\" is not an image reference; examples are busybox, busybox:1.36, "
		    "registry.example.org/ci/* and busybox@sha256:*",
		    (int)row->text.len, row->text.at);
	if (check_name(row->text, err))
		return -1;
	row->image.name = policy_keep(policy, row->image.name);
	return row->image.name.at ? 0 : error_set(err, "out of memory");
}

int image_row_parse(
    struct policy *policy, enum grant grant, struct grant_row *row, struct error *err)
{
	row->image = (struct image_row){.kind = IMAGE_ROW_ANY};
	if (span_starts(row->text, SPAN("@")) &&
	    !(grant == GRANT_IMAGE_WRITE_ID && span_is(row->text, "@image")))
		return error_set(err,
		    "\"%.*s\" is not an image reference; \"@image\" is for image_write alone",
		    (int)row->text.len, row->text.at);
	if (span_is(row->text, "*") || span_is(row->text, "**"))
		return 0;
	if (span_starts(row->text, SPAN("@"))) {
		row->image.kind = IMAGE_ROW_RUN;
		return 0;
	}
	if (span_starts(row->text, SPAN("sha256:")))
		return id_row(policy, row, sizeof("sha256:") - 1, err);
	if (span_starts(row->text, SPAN("id:")))
		return id_row(policy, row, sizeof("id:") - 1, err);
	return name_row(policy, row, err);
}

/* ---- asking ------------------------------------------------------------------------------ */

struct image_ask {
	bool id, all_tags;
	bool every; /* of all images there are */
	struct span hex, name, tag, digest;
};

static bool covers_tag(const struct image_row *row, const struct image_ask *image)
{
	if (image->all_tags)
		return (!row->tag.at || span_is(row->tag, "*")) && !row->digest.at;
	if (row->digest.at) /* the digest decides; a tag beside it is not looked at by the daemon */
		return image->digest.at && glob_match(row->digest, image->digest) &&
		       (!row->tag.at || glob_match(row->tag, image->tag));
	return !row->tag.at || (!image->digest.at && glob_match(row->tag, image->tag));
}

static bool covers_image(const void *asked, const struct grant_row *row)
{
	const struct image_ask *image = asked;

	switch (row->image.kind) {
	case IMAGE_ROW_ANY:
		return true;
	case IMAGE_ROW_RUN:
		return false;
	case IMAGE_ROW_ID:
		return image->id && glob_match(row->pattern, image->hex);
	case IMAGE_ROW_NAME:
		return !image->id && !image->every && glob_match(row->image.name, image->name) &&
		       covers_tag(&row->image, image);
	}
	return false;
}

static const struct grant_row *find_row(
    const struct policy *policy, enum grant grant, const struct image_ask *image)
{
	return rows_find(policy, grant, image->id ? image->hex : image->name,
	    image->digest.at ? image->digest : image->tag, covers_image, image);
}

static bool is_run(const void *context, const struct grant_row *row)
{
	(void)context;
	return row->image.kind == IMAGE_ROW_RUN;
}

/* The row of `image_write` that hands on to those of `image`, or NULL. */
static const struct grant_row *find_run(const struct policy *policy, enum grant grant)
{
	return rows_find(policy, grant, SPAN(""), SPAN(""), is_run, NULL);
}

static const struct grant_row *find_image(
    const struct policy *policy, enum grant grant, const struct image_ask *image)
{
	const struct grant_row *row = find_row(policy, grant, image);

	if (!row && find_run(policy, grant))
		row = find_row(policy, GRANT_IMAGE_ID, image);
	return row;
}

/* An id, or a short name that the daemon could take for the beginning of one. */
static bool read_id(struct span text, struct image_ask *image)
{
	bool prefixed = span_starts(text, SPAN("sha256:"));

	image->hex = prefixed ? span_from(text, 7) : text;
	image->id = image->hex.len <= IMAGE_ID_HEX && is_hex(image->hex);
	return image->id;
}

static void read_tag(
    struct image_ask *image, const struct image_ref *ref, struct span tag, enum image_use use)
{
	image->tag = ref->tag;
	image->digest = ref->digest;
	if (tag.at && tag.len > 0) {
		if (span_has(tag, ':'))
			image->digest = tag;
		else
			image->tag = tag;
	}
	if (image->tag.len > 0 || image->digest.at)
		return;
	image->all_tags = use == IMAGE_ALL_TAGS;
	image->tag = SPAN("latest");
}

/* The reference as one would grant it. */
static void write_fix(struct text *text, struct span name, const struct image_ask *image)
{
	if (image->id) {
		text_add(text, SPAN("sha256:"));
		text_add(text, image->hex);
		return;
	}
	struct span rest, bare, tag;

	bare = cut_tag(span_cut(name, '@', &rest), &tag);
	text_add(text, bare);
	if (image->digest.at) {
		text_add(text, SPAN("@"));
		text_add(text, image->digest);
	} else if (!image->all_tags) {
		text_add(text, SPAN(":"));
		text_add(text, image->tag);
	}
}

static void refuse_image(struct judge *judge, enum grant grant, const struct place *place,
    struct span name, const struct image_ask *image)
{
	char fix[IMAGE_NAME_MOST];
	struct text text = text_in(fix, sizeof(fix));

	write_fix(&text, name, image);
	if (image->id && !span_starts(name, SPAN("sha256:")) && name.len < IMAGE_ID_HEX) {
		struct fault fault = {
		    .reason = REASON_AMBIGUOUS, .place = place, .value = name, .grant = grant};

		judge_refuse(judge, &fault,
		    "\"%.*s\" could be the beginning of an image id; write "
		    "it with a tag, \"%.*s:latest\"",
		    (int)name.len, name.at, (int)name.len, name.at);
		return;
	}
	judge_need(judge, place, grant, text_span(&text), text_span(&text));
}

/* The reference |name| as it is asked for; its name is written to |full|. */
static void read_ask(struct image_ask *image, struct span name, struct span tag, enum image_use use,
    struct text *full)
{
	struct image_ref ref = image_read(name);

	read_tag(image, &ref, tag, use);
	write_name(full, &ref);
	image->name = text_span(full);
}

void image_judge(struct judge *judge, enum grant grant, const struct place *place, struct span name,
    struct span tag, enum image_use use)
{
	char room[IMAGE_NAME_MOST];
	struct text full = text_in(room, sizeof(room));
	struct image_ask image = {0};

	if (grant_is_free(judge->policy, grant) || name.len == 0)
		return;
	if (name.len > IMAGE_NAME_MOST / 2) {
		judge_bad(judge, REASON_BODY, place, name, "is too long for an image reference");
		return;
	}
	if (span_has(name, ',')) {
		judge_bad(judge, REASON_AMBIGUOUS, place, name,
		    "has a comma, behind which BuildKit reads another image");
		return;
	}
	if (use != IMAGE_LOCAL || !read_id(name, &image))
		read_ask(&image, name, tag, use, &full);
	const struct grant_row *row = find_image(judge->policy, grant, &image);

	if (row)
		judge_note(judge, place, name, "granted", &row->source);
	else
		refuse_image(judge, grant, place, name, &image);
}

bool image_grants_every(const struct policy *policy, enum grant grant)
{
	const struct image_ask every = {.every = true};

	return grant_is_free(policy, grant) || find_image(policy, grant, &every);
}

void image_judge_all(struct judge *judge, enum grant grant)
{
	char fix[64];
	struct text text = text_in(fix, sizeof(fix));
	struct fault fault = {.reason = REASON_GRANT,
	    .grant = grant,
	    .fix = fix,
	    .need = &(struct need){.value = SPAN("")}};

	if (image_grants_every(judge->policy, grant))
		return;
	text_add_format(&text, "%s = *", grant_info(grant)->name);
	judge_refuse(judge, &fault,
	    "%s changes images whose names the request does not tell; it needs \"%s\"",
	    judge->request->match.operation->name, fix);
}

/* ---- for others than policies ------------------------------------------------------------ */

static bool is_any(struct span pattern)
{
	return span_is(pattern, "*") || span_is(pattern, "**");
}

bool image_is_pattern(struct span pattern)
{
	char room[IMAGE_NAME_MOST];
	struct text name = text_in(room, sizeof(room));
	struct grant_row row = {.text = pattern};

	return is_any(pattern) || read_row(&row, &name);
}

struct span image_tag(struct span name, struct span tag, bool every)
{
	char room[IMAGE_NAME_MOST];
	struct text full = text_in(room, sizeof(room));
	struct image_ask image = {0};

	read_ask(&image, name, tag, every ? IMAGE_ALL_TAGS : IMAGE_NAME, &full);
	if (image.digest.at)
		return image.digest;
	return image.all_tags ? none : image.tag;
}

/* |name| with its registry's host in the one spelling that all for the same host have. */
static void write_spelled(struct text *text, struct span name)
{
	struct image_ref ref = image_read(name);
	char room[IMAGE_NAME_MOST];
	struct text host = text_in(room, sizeof(room));

	if (spelling_write(GRANT_REGISTRY_ID, ref.registry, &host))
		ref.registry = text_span(&host);
	write_name(text, &ref);
}

/* Of a full name, what people write. */
static struct span familiar(struct span name)
{
	if (span_cut_prefix(&name, SPAN("docker.io/")))
		(void)span_cut_prefix(&name, SPAN("library/"));
	return name;
}

bool image_matches(struct span pattern, bool any, struct span name, struct span tag)
{
	char room[IMAGE_NAME_MOST], other_room[IMAGE_NAME_MOST], spelled_room[IMAGE_NAME_MOST];
	struct text full = text_in(room, sizeof(room)),
		    asked = text_in(other_room, sizeof(other_room)),
		    spelled = text_in(spelled_room, sizeof(spelled_room));
	struct grant_row row = {.text = pattern};
	struct image_ask image = {0};

	if (name.len == 0 || name.len > IMAGE_NAME_MOST / 2 || !read_row(&row, &full))
		return false;
	read_ask(&image, name, tag, IMAGE_NAME, &asked);
	if (!any || covers_image(&image, &row))
		return covers_image(&image, &row);
	write_spelled(&spelled, name);
	image.name = text_span(&spelled);
	return covers_image(&image, &row) || glob_match(pattern, familiar(text_span(&spelled)));
}

bool image_covers(struct span pattern, struct span name)
{
	char room[IMAGE_NAME_MOST], other_room[IMAGE_NAME_MOST];
	struct text full = text_in(room, sizeof(room)),
		    asked = text_in(other_room, sizeof(other_room));
	struct grant_row row = {.text = pattern};
	struct image_ask image = {0};

	if (is_any(pattern))
		return true;
	if (name.len == 0 || name.len > IMAGE_NAME_MOST / 2 || read_id(name, &image) ||
	    span_starts(pattern, SPAN("sha256:")) || !read_row(&row, &full))
		return false;
	read_ask(&image, name, none, IMAGE_LOCAL, &asked);
	return covers_image(&image, &row);
}
