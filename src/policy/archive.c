/* SPDX-License-Identifier: Apache-2.0 */
/* Archives in bodies: whether one is looked into, and the names of images in what is found. */
#include "policy/judge.h"

static const struct span none = {NULL, 0};

/* ---- the head ------------------------------------------------------------------------------ */

/* Whether no value of |grant| is refused. */
static bool covers_all(const struct policy *policy, enum grant grant)
{
	if (grant_info(grant)->kind == GRANT_IMAGE)
		return image_grants_every(policy, grant);
	return grant_is_free(policy, grant) ||
	       (policy->grants[grant].given && !twin_is_narrowed(policy, grant));
}

static bool needs_look(const struct policy *policy, const struct docker_archive *archive)
{
	for (unsigned i = 0; i < DOCKER_ARCHIVE_GRANTS; i++) {
		if (archive->grants[i] != GRANT_NONE && !covers_all(policy, archive->grants[i]))
			return true;
	}
	return false;
}

void archive_judge_head(struct judge *judge)
{
	const struct docker_operation *operation = judge->request->match.operation;
	const struct docker_archive *archive = operation ? operation->archive : NULL;
	struct place place = {.kind = PLACE_FILE, .name = SPAN("*")};

	if (!archive || policy_grants_all(judge->policy) || !needs_look(judge->policy, archive))
		return;
	judge->decision->archive = archive;
	judge_note(judge, &place, SPAN(""), "judged when it is uploaded", NULL);
}

/* ---- its files ----------------------------------------------------------------------------- */

static struct span param_of(const struct policy_request *request, const char *name)
{
	for (size_t i = 0; name && i < request->query_count; i++) {
		if (span_equal(request->query[i].name, span_of(name)))
			return request->query[i].value;
	}
	return none;
}

struct span policy_archive_file(const struct policy_request *request, unsigned index)
{
	const struct docker_archive *archive = request->match.operation->archive;
	const struct docker_archive_file *file = &archive->files[index];
	struct span named = param_of(request, file->param);

	return named.len > 0 ? named : span_of(file->name);
}

static void judge_json(struct judge *judge, const struct docker_archive_file *file,
    const struct place *place, struct span text, const struct policy_archive *archive)
{
	struct error err;
	const cJSON *json = json_parse(text, archive->limits, archive->arena, &err);

	if (json)
		walk_param(judge, file->json, json, place);
	else
		judge_bad(judge, REASON_BODY, place, SPAN(""), err.text);
}

static void judge_file(
    struct judge *judge, const struct policy_archive *archive, unsigned index)
{
	const struct docker_archive_file *file =
	    &judge->request->match.operation->archive->files[index];
	struct place place = {
	    .kind = PLACE_FILE, .name = policy_archive_file(judge->request, index)};
	struct span text = archive->files[index];

	if (text.at && file->json)
		judge_json(judge, file, &place, text, archive);
	else if (text.at)
		check_text(judge, file->check, file->grant, &place, text);
}

void archive_judge(struct judge *judge, const struct policy_archive *archive)
{
	const struct docker_archive *row = judge->request->match.operation->archive;

	for (unsigned i = 0; i < row->count && !judge_done(judge); i++) {
		if (!row->files[i].instead || !archive->files[i - 1].at)
			judge_file(judge, archive, i);
	}
}

/* ---- names of images in it ----------------------------------------------------------------- */

void image_judge_given(
    struct judge *judge, enum grant grant, const struct place *place, struct span name)
{
	image_judge(judge, grant, place, name, none, IMAGE_NAME);
}

void image_judge_tagged(
    struct judge *judge, enum grant grant, const struct place *place, const cJSON *map)
{
	const cJSON *name, *tag;

	cJSON_ArrayForEach (name, map) {
		struct place here = place_key(place, span_of(name->string));

		cJSON_ArrayForEach (tag, name) {
			struct span text = span_of(tag->string);

			if (judge_done(judge))
				return;
			if (text.len == 0)
				judge_bad(judge, REASON_BODY, &here, text, "has an empty tag");
			else
				image_judge(
				    judge, grant, &here, span_of(name->string), text, IMAGE_NAME);
		}
	}
}

/* The second one is a name where the first is missing. Beside it Docker writes the tag there. */
#define NAME_KEY "io.containerd.image.name"
#define REF_KEY "org.opencontainers.image.ref.name"

void image_judge_annotations(
    struct judge *judge, enum grant grant, const struct place *place, const cJSON *map)
{
	struct span name = none, ref = none;
	const cJSON *item;

	cJSON_ArrayForEach (item, map) {
		struct span key = span_of(item->string), value = span_of(json_string(item));

		name = span_is(key, NAME_KEY) ? value : name;
		ref = span_is(key, REF_KEY) ? value : ref;
	}
	struct place at_name = place_key(place, SPAN(NAME_KEY)), at_ref = place_key(place, SPAN(REF_KEY));

	image_judge(judge, grant, &at_name, name, none, IMAGE_NAME);
	if (name.len == 0 || !span_equal(ref, image_tag(name, none, false)))
		image_judge(judge, grant, &at_ref, ref, none, IMAGE_NAME);
}
