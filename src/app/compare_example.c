/* SPDX-License-Identifier: Apache-2.0 */
/* For one difference of two policies: requests of the forms that are about it, until one is
 * permitted by the wide policy and refused by the narrow one. */
#include <ctype.h>
#include <stdio.h>

#include "app/compare.h"
#include "docker/docker.h"
#include "json/json.h"

#define TEXT_MOST (64U * 1024)
#define IMAGES_MOST 8
#define VALUES_MOST 6
#define NAMES_MOST 64
#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* What examples are made of. */
struct hunt {
	struct difference *difference;
	const struct compare_side *wide, *narrow;
	struct arena *arena;
	struct span images[IMAGES_MOST]; /* that the wide policy may permit */
	unsigned image_count;
	struct span values[VALUES_MOST]; /* of its binds and devices */
	unsigned value_count;
	const char *required[NAMES_MOST]; /* members that meet its requirements, as JSON */
	unsigned required_count;
	bool digest; /* images want one */
};

static struct span keep(struct hunt *hunt, struct buf *buf)
{
	const char *copy = buf->failed ? NULL : arena_copy(hunt->arena, buf_span(buf));
	struct span text = {copy ? copy : "", copy ? buf->len : 0};

	buf_free(buf);
	return text;
}

/* ---- what the wide policy has ------------------------------------------------------------------
 */

/* A text that the pattern of a line matches. */
static struct span concrete(struct hunt *hunt, struct span pattern)
{
	struct buf out;

	buf_init(&out, TEXT_MOST);
	while (pattern.len > 0) {
		char c = pattern.at[0];

		if (span_cut_prefix(&pattern, SPAN("sha256:*"))) {
			buf_add_text(&out, DIGEST);
			continue;
		}
		if (c != '*')
			buf_add_char(&out, c == '?' ? 'x' : c);
		else if (out.len == 0 || out.at[out.len - 1] != 'x')
			buf_add_char(&out, 'x');
		pattern = span_from(pattern, 1);
	}
	return keep(hunt, &out);
}

static void add_image(struct hunt *hunt, struct span image)
{
	struct buf out;

	if (hunt->image_count == IMAGES_MOST)
		return;
	if (hunt->digest && !memchr(image.at, '@', image.len)) {
		buf_init(&out, TEXT_MOST);
		buf_add(&out, image);
		buf_add_text(&out, "@" DIGEST);
		image = keep(hunt, &out);
	}
	hunt->images[hunt->image_count++] = image;
}

static bool is_of(const char *key, enum grant grant)
{
	return strcmp(key, grant_info(grant)->name) == 0;
}

static void note_line(void *context, enum policy_part part, const char *key, struct span value,
    const struct policy_source *source)
{
	struct hunt *hunt = context;
	const char *members = part == PART_REQUIREMENT ? sample_compliance(value)
			      : part == PART_MAXIMUM   ? sample_compliance(span_of(key))
						       : NULL;

	(void)source;
	if (members && hunt->required_count < NAMES_MOST)
		hunt->required[hunt->required_count++] = members;
	if (part == PART_REQUIREMENT && span_is(value, "image_digest"))
		hunt->digest = true;
	if (part != PART_GRANT || value.len == 0 || value.at[0] == '!')
		return;
	if (is_of(key, GRANT_IMAGE_ID) && value.at[0] != '*')
		add_image(hunt, concrete(hunt, value));
	if ((is_of(key, GRANT_BIND_ID) || is_of(key, GRANT_DEVICE_ID)) &&
	    hunt->value_count < VALUES_MOST)
		hunt->values[hunt->value_count++] = concrete(hunt, span_next_word(&value));
}

/* ---- filling a form ----------------------------------------------------------------------------
 */

struct filling {
	const struct wider_try *texts; /* or NULL */
	struct span image, version;
	bool target; /* escaped as a part of a target, else as one of a JSON string */
};

static void add_url(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (isalnum(c) || strchr("-._~/:,*", c))
			buf_add_char(out, (char)c);
		else
			buf_add_format(out, "%%%02X", c);
	}
}

static void add_json(struct buf *out, struct span text)
{
	size_t start = out->len;

	buf_add_json(out, text, 0);
	if (out->failed || out->len - start < 2)
		return;
	memmove(out->at + start, out->at + start + 1, out->len - start - 1); /* its quotes */
	out->len -= 2;
}

static void add_words(struct buf *out, const struct wider_try *texts)
{
	buf_add_char(out, '[');
	for (unsigned i = 0; texts && i < texts->count; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		buf_add_json(out, texts->texts[i], 0);
	}
	buf_add_char(out, ']');
}

static struct span text_at(const struct filling *filling, unsigned index)
{
	return filling->texts && index < filling->texts->count ? filling->texts->texts[index]
							       : SPAN("");
}

static void add_mark(struct buf *out, const struct filling *filling, char mark)
{
	struct span text = mark == 'I'   ? filling->image
			   : mark == 'V' ? filling->version
					 : text_at(filling, (unsigned)(mark - '1'));

	if (mark == 'L')
		add_words(out, filling->texts);
	else if (filling->target)
		add_url(out, text);
	else
		add_json(out, text);
}

static struct span fill(struct hunt *hunt, const char *form, const struct filling *filling)
{
	struct buf out;

	buf_init(&out, TEXT_MOST);
	for (; form && *form; form++) {
		bool marks = form[0] == '%' && form[1] && strchr("123LIV", form[1]);

		if (marks)
			add_mark(&out, filling, *++form);
		else
			buf_add_char(&out, *form);
	}
	return keep(hunt, &out);
}

/* ---- what a container must say -----------------------------------------------------------------
 */

static bool has_item(const cJSON *list, const cJSON *item)
{
	const cJSON *other;

	cJSON_ArrayForEach (other, list) {
		if (cJSON_Compare(other, item, true))
			return true;
	}
	return false;
}

static void merge_lists(cJSON *into, const cJSON *from)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, from) {
		if (!has_item(into, item))
			cJSON_AddItemToArray(into, cJSON_Duplicate(item, true));
	}
}

/* Adds what |into| lacks. As deep as the forms are. */
static void merge(cJSON *into, const cJSON *from, unsigned depth)
{
	const cJSON *member;

	cJSON_ArrayForEach (member, from) {
		cJSON *own = cJSON_GetObjectItemCaseSensitive(into, member->string);

		if (!own)
			cJSON_AddItemToObject(into, member->string, cJSON_Duplicate(member, true));
		else if (cJSON_IsArray(own) && cJSON_IsArray(member))
			merge_lists(own, member);
		else if (cJSON_IsObject(own) && cJSON_IsObject(member) && depth > 0)
			merge(own, member, depth - 1);
	}
}

static struct span with_members(struct hunt *hunt, struct span body)
{
	cJSON *tree = cJSON_Parse(body.at);

	for (unsigned i = 0; tree && i < hunt->required_count; i++) {
		cJSON *members = cJSON_Parse(hunt->required[i]);

		merge(tree, members, 3);
		cJSON_Delete(members);
	}
	char *text = tree ? cJSON_PrintUnformatted(tree) : NULL;
	const char *copy = text ? arena_copy(hunt->arena, span_of(text)) : NULL;

	cJSON_free(text);
	cJSON_Delete(tree);
	return copy ? span_of(copy) : body;
}

/* ---- asking ------------------------------------------------------------------------------------
 */

static bool permits(const struct compare_side *side, const struct sample *sample)
{
	const struct ask_request request = {.method = span_of(sample->method),
	    .target = sample->target,
	    .headers = sample->headers,
	    .header_count = sample->header_count,
	    .body = sample->body};
	struct ask ask;

	ask_policy(&ask, side->policy, &side->config->limits, &request);
	bool permitted = ask.trial.decision.verdict == VERDICT_ALLOW;

	ask_free(&ask);
	return permitted;
}

static bool shows(struct hunt *hunt, const struct sample *sample)
{
	if (!permits(hunt->wide, sample) || permits(hunt->narrow, sample))
		return false;
	hunt->difference->sample = *sample;
	hunt->difference->confirmed = true;
	return true;
}

static void add_headers(
    struct hunt *hunt, struct sample *sample, const char *headers, const struct filling *filling)
{
	struct span rest = headers ? fill(hunt, headers, filling) : (struct span){NULL, 0};

	while (rest.at && sample->header_count < SAMPLE_HEADERS)
		sample->headers[sample->header_count++] = span_cut(rest, '\n', &rest);
}

/* Makes the request of a form. |path| stands before its target. */
static struct sample make(struct hunt *hunt, const struct sample_form *form, struct span path,
    const struct filling *values)
{
	struct filling filling = *values;
	struct sample sample = {.method = form->method, .target = path};
	const struct docker_operation *operation = hunt->difference->wider.operation;
	bool creates = operation ? operation->subject == SUBJECT_CREATE
				 : span_starts(span_of(form->target), SPAN("/containers/create"));

	filling.target = false;
	sample.body = fill(hunt, form->body, &filling);
	add_headers(hunt, &sample, form->headers, &filling);
	filling.target = true;
	if (path.len == 0)
		sample.target = fill(hunt, form->target, &filling);
	if (creates && sample.body.len > 0)
		sample.body = with_members(hunt, sample.body);
	return sample;
}

static bool uses_image(const struct sample_form *form)
{
	return (form->body && strstr(form->body, "%I")) || strstr(form->target, "%I");
}

/* Once as the form is, and once for each image in it. */
static bool try_form(struct hunt *hunt, const struct sample_form *form,
    const struct wider_try *texts, const char *version)
{
	unsigned most = uses_image(form) ? hunt->image_count : 1;
	struct filling filling = {.texts = texts, .version = span_of(version)};

	for (unsigned i = 0; i < most; i++) {
		filling.image = hunt->images[i];
		struct sample sample = make(hunt, form, (struct span){NULL, 0}, &filling);

		if (shows(hunt, &sample))
			return true;
	}
	return false;
}

/* ---- by part -----------------------------------------------------------------------------------
 */

static bool try_tries(struct hunt *hunt, const struct sample_form *form)
{
	const struct wider *wider = &hunt->difference->wider;

	for (unsigned i = 0; i < wider->try_count; i++) {
		if (try_form(hunt, form, &wider->tries[i], ""))
			return true;
	}
	return false;
}

static bool try_values(struct hunt *hunt, const struct sample_form *form)
{
	bool found = try_form(hunt, form, NULL, "");

	for (unsigned i = 0; i < hunt->value_count && !found; i++) {
		const struct wider_try one = {{hunt->values[i]}, 1};

		found =
		    strstr(form->body ? form->body : "", "%1") && try_form(hunt, form, &one, "");
	}
	return found;
}

static bool try_versions(struct hunt *hunt, const struct sample_form *form)
{
	static const char *const versions[] = {"1.24", "1.12", "1.30", "1.40", "1.44", "1.99"};
	char own[32];
	struct span value = hunt->difference->wider.value;

	(void)snprintf(own, sizeof(own), "%.*s", (int)value.len, value.at ? value.at : "");
	if (!strstr(form->target, "%V"))
		return try_form(hunt, form, NULL, "");
	bool found = try_form(hunt, form, NULL, own);

	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions) && !found; i++)
		found = try_form(hunt, form, NULL, versions[i]);
	return found;
}

static bool try_part(struct hunt *hunt, const struct sample_form *form)
{
	switch (hunt->difference->wider.part) {
	case PART_GRANT:
	case PART_MAXIMUM:
		return try_tries(hunt, form);
	case PART_REQUIREMENT:
		return try_values(hunt, form);
	case PART_SETTING:
		return try_versions(hunt, form);
	case PART_RULE:
	case PART_COUNT:
	default:
		return false;
	}
}

static bool is_about(const struct sample_form *form, struct span subject)
{
	return span_equal(span_of(form->subject), subject);
}

static bool try_forms(struct hunt *hunt, struct span subject)
{
	const struct sample_form *form;

	for (unsigned i = 0; (form = sample_form_at(i)); i++) {
		if (is_about(form, subject) && try_part(hunt, form))
			return true;
	}
	return false;
}

/* A container that says nothing of the requirement. */
static bool try_requirement(struct hunt *hunt)
{
	static const struct sample_form bare = {
	    "", "POST", "/containers/create", "{\"Image\":\"%I\"}", NULL};

	return try_forms(hunt, hunt->difference->wider.value) || try_form(hunt, &bare, NULL, "");
}

/* ---- operations --------------------------------------------------------------------------------
 */

/* The path and the query of a try, and the query of the form behind it. */
static struct span operation_target(
    struct hunt *hunt, const struct wider_try *texts, const char *query)
{
	struct buf out;
	char mark = *query ? '&' : '?';

	buf_init(&out, TEXT_MOST);
	add_url(&out, texts->texts[0]);
	buf_add_text(&out, query);
	for (unsigned i = 1; i + 1 < texts->count; i += 2, mark = '&') {
		buf_add_char(&out, mark);
		add_url(&out, texts->texts[i]);
		buf_add_char(&out, '=');
		add_url(&out, texts->texts[i + 1]);
	}
	return keep(hunt, &out);
}

static bool try_operation(
    struct hunt *hunt, const struct sample_form *form, const struct wider_try *texts)
{
	const struct wider *wider = &hunt->difference->wider;
	struct sample_form own = *form;
	char query[512];

	if (wider->method != METHOD_OTHER)
		own.method = method_name(wider->method);
	for (unsigned i = 0; i < hunt->image_count; i++) {
		struct filling filling = {.texts = texts, .image = hunt->images[i], .target = true};
		struct span filled = fill(hunt, form->target, &filling);

		(void)snprintf(query, sizeof(query), "%.*s", (int)filled.len, filled.at);
		struct sample sample =
		    make(hunt, &own, operation_target(hunt, texts, query), &filling);

		if (shows(hunt, &sample))
			return true;
	}
	return false;
}

static bool try_path(struct hunt *hunt, const struct wider_try *texts)
{
	static const struct sample_form plain = {"", "GET", "", NULL, NULL};
	static const struct sample_form empty = {"", "GET", "", "{}", NULL};
	const struct wider *wider = &hunt->difference->wider;
	const struct sample_form *form;

	for (unsigned i = 0; wider->operation && (form = sample_form_at(i)); i++) {
		if (is_about(form, span_of(wider->operation->path)) &&
		    span_equal(span_of(form->method), span_of(method_name(wider->method))) &&
		    try_operation(hunt, form, texts))
			return true;
	}
	return try_operation(hunt, &plain, texts) || try_operation(hunt, &empty, texts);
}

static bool try_paths(struct hunt *hunt)
{
	const struct wider *wider = &hunt->difference->wider;

	for (unsigned i = 0; i < wider->try_count; i++) {
		if (try_path(hunt, &wider->tries[i]))
			return true;
	}
	return false;
}

void difference_confirm(struct difference *difference, const struct compare_side *wide,
    const struct compare_side *narrow, struct arena *arena)
{
	struct hunt hunt = {
	    .difference = difference, .wide = wide, .narrow = narrow, .arena = arena};

	policy_show(wide->policy, note_line, &hunt);
	hunt.image_count = hunt.image_count == IMAGES_MOST ? IMAGES_MOST - 1 : hunt.image_count;
	add_image(&hunt, SPAN("bb:1"));
	hunt.value_count = hunt.value_count == VALUES_MOST ? VALUES_MOST - 1 : hunt.value_count;
	hunt.values[hunt.value_count++] = SPAN("/srv");
	if (difference->wider.part == PART_RULE)
		(void)try_paths(&hunt);
	else if (difference->wider.part == PART_REQUIREMENT)
		(void)try_requirement(&hunt);
	else
		(void)try_forms(&hunt, span_of(difference->wider.key));
}
