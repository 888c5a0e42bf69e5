/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon is asked before a request is judged by it, and what its answers mean. */
#include "trial/parts.h"

bool trial_begin_objects(struct trial *trial)
{
	const struct decision *decision = &trial->decision;

	if (!trial->objects) {
		trial->objects = arena_alloc(&trial->arena, sizeof(*trial->objects));
		if (!trial->objects)
			return false;
		trial->objects->count = 0;
	}
	memcpy(trial->objects->wanted, decision->wanted, sizeof(decision->wanted));
	trial->objects->wanted_count = decision->wanted_count;
	trial->objects->at = 0;
	trial->objects->counts = 0;
	return true;
}

const struct policy_object *trial_wanted(const struct trial *trial)
{
	return &trial->objects->wanted[trial->objects->at];
}

void trial_write_question(const struct trial *trial, struct buf *out)
{
	const struct policy_object *object = trial_wanted(trial);
	const struct docker_object_info *info = docker_object_info(object->kind);

	if (object->count.asked) {
		buf_add_text(out, info->list);
		return;
	}
	buf_add_text(out, info->before);
	if (object->made) {
		buf_add_text(out, "create");
		return;
	}
	buf_add(out, object->name);
	buf_add_text(out, info->after);
}

void trial_write_question_body(const struct trial *trial, struct buf *out)
{
	const struct policy_object *object = trial_wanted(trial);

	if (object->made)
		policy_volume_write(trial->ask.tenancy, object, out);
}

size_t trial_question_query(
    const struct trial *trial, struct buf *text, struct pair pairs[static TRIAL_PAIRS_MOST])
{
	const struct policy_object *object = trial_wanted(trial);
	const char *flag = docker_object_info(object->kind)->list_flag;

	if (!object->count.asked)
		return 0;
	policy_filter_write(trial->ask.tenancy, text);
	pairs[0] = (struct pair){SPAN("filters"), buf_span(text)};
	if (flag)
		pairs[1] = (struct pair){span_of(flag), SPAN("1")};
	return flag ? 2 : 1;
}

void trial_set_claimed(struct trial *trial, unsigned claimed)
{
	trial->objects->wanted[trial->objects->at].count.claimed = claimed;
}

static bool is_there(const struct policy_object *object, unsigned status)
{
	return status == 200 || (object->made && status == 201);
}

/* An owner's client is told the same of all that it may not use, and an error of the daemon about
 * one object would tell that it exists. */
static bool hides(const struct trial *trial, const struct policy_object *object)
{
	return trial->has_owner && docker_object_info(object->kind)->owned && !object->made &&
	       !object->count.asked;
}

static enum trial_state add_object(struct trial *trial, const cJSON *json, bool unseen)
{
	struct trial_objects *objects = trial->objects;
	struct policy_object *object = &objects->known[objects->count++];

	*object = objects->wanted[objects->at++];
	object->json =
	    json && hides(trial, object) && !policy_object_is_named(object, json) ? NULL : json;
	object->unseen = unseen;
	if (objects->at < objects->wanted_count)
		return TRIAL_WANT_OBJECTS;
	trial->ask.objects = objects->known;
	trial->ask.object_count = objects->count;
	return TRIAL_READY;
}

enum trial_state trial_object(struct trial *trial, const cJSON *json)
{
	return add_object(trial, json, false);
}

enum trial_state trial_object_unseen(struct trial *trial)
{
	return add_object(trial, NULL, true);
}

/* Without the object that it acts on the daemon would say the same to the request itself. To send
 * that on would leave time for such an object to come. */
static enum trial_state is_absent(struct trial *trial, unsigned status, struct span body)
{
	struct error err;
	const cJSON *json = json_parse(body, &trial->json, &trial->arena, &err);
	const char *message = json_string(json_field(json, "message"));

	if (!*message)
		message = "sockwarden: the Docker daemon knows no such object";
	trial->absent = (struct trial_absent){status, message};
	return TRIAL_ABSENT;
}

enum trial_state trial_fail_object(
    struct trial *trial, enum reason reason, unsigned status, const char *text)
{
	const struct policy_object *object = trial_wanted(trial);

	if (trial_is_refused(trial))
		return TRIAL_REFUSED;
	decision_refuse(&trial->decision, reason, status, "cannot look up %s \"%.*s\": %s",
	    docker_object_info(object->kind)->name, (int)object->name.len, object->name.at, text);
	return TRIAL_REFUSED;
}

/* There is an answer, and |text| says why it cannot be judged. */
static enum trial_state bad_object(struct trial *trial, enum reason reason, const char *text)
{
	struct policy_object *object = &trial->objects->wanted[trial->objects->at];

	if (!hides(trial, object))
		return trial_fail_object(trial, reason, 502, text);
	const char *copy = arena_copy(&trial->arena, span_of(text));

	object->fault = copy ? copy : "out of memory";
	object->unread = true;
	return trial_object(trial, NULL);
}

/* What the daemon says where several objects have a name, or an id that begins so: none of them is
 * meant. */
static bool is_ambiguous(unsigned status)
{
	return status == 400 || status == 409;
}

static enum trial_state hidden_error(struct trial *trial, unsigned status)
{
	struct policy_object *object = &trial->objects->wanted[trial->objects->at];

	object->fault = http_status_text(status);
	object->unread = !is_ambiguous(status);
	return trial_object(trial, NULL);
}

enum trial_state trial_object_too_large(struct trial *trial)
{
	if (trial->hidden)
		return trial_answer_hidden(trial, 502, SPAN(""));
	return bad_object(trial, REASON_LIMIT, "the daemon's answer is larger than max_body");
}

static enum trial_state read_object(struct trial *trial, struct span body)
{
	struct error err;
	const cJSON *json = json_parse(body, &trial->json, &trial->arena, &err);

	return json ? trial_object(trial, json) : bad_object(trial, REASON_UPSTREAM, err.text);
}

#define COUNTS_MOST 4 /* of one question */

/* What requests under way make may be in the list by now and count twice: it is asked for again. */
static enum trial_state read_count(struct trial *trial, unsigned status, struct span body)
{
	struct trial_objects *objects = trial->objects;
	const struct policy_object *object = trial_wanted(trial);
	struct error err;
	uint64_t have;

	if (status != 200)
		return trial_fail_object(trial, REASON_UPSTREAM, 502, http_status_text(status));
	const cJSON *json = json_parse(body, &trial->json, &trial->arena, &err);

	if (!json)
		return trial_fail_object(trial, REASON_UPSTREAM, 502, err.text);
	if (object->count.claimed > 0 && !policy_count_fits(object, json, &have) &&
	    ++objects->counts < COUNTS_MOST)
		return TRIAL_WANT_OBJECTS;
	return trial_object(trial, json);
}

enum trial_state trial_answer(struct trial *trial, unsigned status, struct span body)
{
	if (!trial->hidden && trial_wanted(trial)->count.asked)
		return read_count(trial, status, body);
	if (trial->hidden)
		return trial_answer_hidden(trial, status, body);
	if (is_there(trial_wanted(trial), status))
		return read_object(trial, body);
	if (status == 404 && trial->has_owner)
		return trial_object(trial, NULL);
	if (status >= 400 && hides(trial, trial_wanted(trial)))
		return hidden_error(trial, status);
	if (status >= 400 && trial_wanted(trial)->driven)
		return trial_is_refused(trial) ? TRIAL_REFUSED : is_absent(trial, status, body);
	if (status == 404)
		return trial_object(trial, NULL);
	return trial_fail_object(trial, REASON_UPSTREAM, 502, http_status_text(status));
}

void trial_reread(struct trial *trial)
{
	trial->ask.body_read = false;
	trial->ask.body = NULL;
	/* of the configuration that goes: the next judgement has them anew */
	trial->decision.rule = (struct policy_source){NULL, 0};
	trial->ask.own = NULL;
	trial->ask.upstream = (struct span){NULL, 0};
}

void trial_restart(struct trial *trial)
{
	trial_reread(trial);
	trial->ask.objects = NULL;
	trial->ask.object_count = 0;
	trial->hidden = false;
	if (trial->objects)
		trial->objects->count = 0;
}
