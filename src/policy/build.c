/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of BuildKit's messages that have a grammar of their own. */
#include "policy/build.h"

#include <ctype.h>

#include "json/json.h"

static void refuse_unclear(struct judge *judge, const struct place *place, struct span text)
{
	judge_bad(judge, REASON_AMBIGUOUS, place, text, "could be read in two ways");
}

/* ---- images ------------------------------------------------------------------------------------
 */

/* Whether |name| is made of what references are made of: no wildcard of a grant, and nothing that
 * stands for other names. */
static bool is_reference(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		if (!isalnum((unsigned char)name.at[i]) && !strchr("._-/:@+", name.at[i]))
			return false;
	}
	return name.len > 0;
}

void build_judge_image_read(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	if (!is_reference(text)) {
		refuse_unclear(judge, place, text);
		return;
	}
	image_judge(judge, grant, place, text, (struct span){NULL, 0}, IMAGE_NAME);
	registry_judge_remote(judge, place, text);
}

/* Whether the rules permit to push |name|. */
static bool may_push(const struct judge *judge, struct span name)
{
	char room[512];
	struct text path = text_in(room, sizeof(room));
	struct span rest, bare = span_cut(name, '@', &rest);
	struct policy_request request = {.method = METHOD_POST};
	struct decision decision = {.verdict = VERDICT_DENY};
	struct judge rules = {.policy = judge->policy, .request = &request, .decision = &decision};

	for (size_t i = bare.len; i > 0 && bare.at[i - 1] != '/'; i--) {
		if (bare.at[i - 1] == ':')
			bare.len = i - 1;
	}
	text_add(&path, SPAN("/images/"));
	text_add(&path, bare);
	text_add(&path, SPAN("/push"));
	if (bare.len > sizeof(room) / 2)
		return false;
	request.path = text_span(&path);
	docker_find(METHOD_POST, request.path, &request.match);
	if (!request.match.operation)
		return false;
	rules_judge(&rules);
	return !rules.refused;
}

void build_judge_image_sent(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	struct fault fault = {
	    .reason = REASON_NO_RULE, .place = place, .value = text, .fix = "allow = image.push"};

	if (!is_reference(text)) {
		refuse_unclear(judge, place, text);
		return;
	}
	image_judge(judge, grant, place, text, (struct span){NULL, 0}, IMAGE_NAME);
	registry_judge_remote(judge, place, text);
	if (!may_push(judge, text))
		judge_refuse(judge, &fault, "hands an image to a registry, which no rule allows");
}

static void judge_written(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	if (is_reference(text))
		image_judge(judge, grant, place, text, (struct span){NULL, 0}, IMAGE_NAME);
	else
		refuse_unclear(judge, place, text);
}

void build_judge_names(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	list_judge(judge, grant, place, text, judge_written);
}

void build_judge_insecure(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	struct fault fault = {
	    .reason = REASON_GRANT, .place = place, .grant = grant, .fix = "image_write = *"};

	if (!go_says_no(text) && !image_grants_every(judge->policy, grant))
		judge_refuse(judge, &fault,
		    "takes a registry without a certificate, which needs \"image_write = *\"");
}

/* ---- frontends ---------------------------------------------------------------------------------
 */

void build_judge_frontend(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	if (span_is(text, "dockerfile.v0"))
		judge_note(judge, place, text, "harmless", NULL);
	else if (!span_is(text, "gateway.v0"))
		judge_never(judge, place, text, "is no frontend that sockwarden knows");
	else if (!policy_runs_frontends(judge->policy))
		judge_need(judge, place, grant, text, SPAN(""));
}

/* The daemon takes the first word for the image. */
void build_judge_syntax(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	struct span rest = text, image = span_next_word(&rest);

	if (is_reference(image))
		image_judge(judge, grant, place, image, (struct span){NULL, 0}, IMAGE_NAME);
	else
		refuse_unclear(judge, place, text);
}

/* ---- contexts ----------------------------------------------------------------------------------
 */

/* http://buildkit-session/ID: what the client has on its standard input. */
static bool is_upload(struct span text)
{
	if (!span_cut_prefix(&text, SPAN("http://buildkit-session/")))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (!isalnum((unsigned char)text.at[i]))
			return false;
	}
	return text.len > 0;
}

/* A context with the name of a frontend's image takes its place. */
static void judge_named(struct judge *judge, const struct place *place, struct span text)
{
	bool every = image_grants_every(judge->policy, GRANT_FRONTEND_ID);

	if (place->kind == PLACE_KEY && span_starts(place->name, SPAN("context:")) &&
	    policy_runs_frontends(judge->policy) && !every)
		judge_need(judge, place, GRANT_FRONTEND_ID, text, SPAN(""));
}

void build_judge_context(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	struct span name = text;

	judge_named(judge, place, text);
	if (judge_done(judge))
		return;
	if (span_cut_prefix(&name, SPAN("docker-image://"))) {
		struct place open = *place; /* an image's name is no secret */

		open.secret = false;
		build_judge_image_read(judge, GRANT_IMAGE_ID, &open, name);
	} else if (span_starts(text, SPAN("local:")) || span_starts(text, SPAN("local://")) ||
		   span_starts(text, SPAN("oci-layout:")) || span_starts(text, SPAN("input:")) ||
		   is_upload(text))
		judge_note(judge, place, text, "harmless", NULL);
	else
		path_judge(judge, grant, place, text);
}

/* ---- what RUN has ------------------------------------------------------------------------------
 */

void build_judge_net_mode(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	if (span_in_words(text, "none sandbox default"))
		judge_note(judge, place, text, "harmless", NULL);
	else if (span_is(text, "host"))
		grant_judge_text(judge, grant, place, text);
	else
		judge_never(judge, place, text, "is no network of a build");
}

void build_judge_shm(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	const struct maximum_state *most = &judge->policy->maxima[MAXIMUM_SHM];
	struct docker_number number;
	struct fault fault = {.reason = REASON_REQUIREMENT,
	    .place = place,
	    .value = text,
	    .requirement = maximum_name(MAXIMUM_SHM),
	    .rule = most->source};

	(void)grant;
	if (!docker_number_read(text, &number) || number.negative || number.size > INT64_MAX)
		refuse_unclear(judge, place, text);
	else if (most->given && (double)number.size > most->value)
		judge_refuse(judge, &fault, "is more than max_shm, %.0f bytes", most->value);
}

/* `device` alone is every device. Behind a name stands what the Dockerfile calls it. */
static void judge_device(struct judge *judge, const struct place *place, struct span text)
{
	struct span rest, name = span_cut(text, ',', &rest);

	if (text.len > 0 && (name.len == 0 || span_has(text, '"')))
		refuse_unclear(judge, place, text);
	else
		devices_judge_cdi(
		    judge, GRANT_DEVICE_REQUEST_ID, place, text.len > 0 ? name : SPAN("*"), NULL);
}

void build_judge_entitlement(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	struct span name = text;

	(void)grant;
	if (span_is(text, "network.host"))
		grant_judge_text(judge, GRANT_NETWORK_MODE_ID, place, SPAN("host"));
	else if (span_is(text, "security.insecure"))
		grant_judge_flag(judge, GRANT_PRIVILEGED_ID, place, text);
	else if (span_is(text, "device"))
		judge_device(judge, place, SPAN(""));
	else if (span_cut_prefix(&name, SPAN("device=")) && name.len > 0)
		judge_device(judge, place, name);
	else
		judge_never(judge, place, text, "is no entitlement that sockwarden knows");
}

/* ---- labels ------------------------------------------------------------------------------------
 */

void build_judge_label(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	struct span key, start = span_cut(place->name, ':', &key);

	(void)start;
	if (judge->policy->owner.key.at && span_equal(key, judge->policy->owner.key)) {
		struct fault fault = {.reason = REASON_OWNER, .place = place};

		judge_refuse(judge, &fault, "is the label of owners, which no client sets");
		return;
	}
	grant_judge_pair(judge, grant, place, key.at ? key : SPAN(""), text);
}

/* ---- what a mediator asks ----------------------------------------------------------------------
 */

bool policy_narrows_images(const struct policy *policy)
{
	return !image_grants_every(policy, GRANT_IMAGE_ID) ||
	       twin_is_narrowed(policy, GRANT_REGISTRY_ID);
}

static bool gives_every(const struct policy *policy, enum grant grant)
{
	return grant_is_free(policy, grant) ||
	       (policy->grants[grant].given && !twin_is_narrowed(policy, grant));
}

bool policy_narrows_sources(const struct policy *policy)
{
	return policy_narrows_images(policy) || !gives_every(policy, GRANT_BUILD_REMOTE_ID) ||
	       (policy_runs_frontends(policy) && !image_grants_every(policy, GRANT_FRONTEND_ID));
}

bool policy_runs_frontends(const struct policy *policy)
{
	return policy_grants_all(policy) || policy->grants[GRANT_FRONTEND_ID].first != NULL;
}

bool policy_gives_all(const struct policy *policy)
{
	return policy_grants_all(policy);
}
