/* SPDX-License-Identifier: Apache-2.0 */
/* What exists, held against a policy: each thing that it would not permit is a finding. */
#include <stdio.h>

#include "scan/parts.h"

#define ROUNDS_MOST 8 /* of objects that lead to other ones */

struct hold {
	struct scan *scan;
	const struct scan_object *object;
	bool record;
	struct policy_object known[POLICY_OBJECTS_MOST];
	size_t known_count;
	/* the refusal whose line is still to come */
	struct decision step;
	const char *requirement;
};

static const enum docker_object objects[SCAN_KINDS] = {[SCAN_CONTAINER] = OBJECT_CONTAINER,
    [SCAN_VOLUME] = OBJECT_VOLUME,
    [SCAN_NETWORK] = OBJECT_NETWORK,
    [SCAN_EXEC] = OBJECT_EXEC,
    [SCAN_DAEMON] = OBJECT_DAEMON};

static bool find_requirement(const char *name, struct policy_requirement *ret_row)
{
	for (unsigned i = 0; name && policy_requirement_at(i, ret_row); i++) {
		if (strcmp(ret_row->name, name) == 0)
			return true;
	}
	return false;
}

/* The number that checks have for the requirement. */
static const char *number_of(const char *requirement)
{
	const struct scan_check *check;

	for (unsigned i = 0; (check = scan_check_at(i)); i++) {
		if (check->requirement && strcmp(check->requirement, requirement) == 0)
			return check->cis;
	}
	return "";
}

/* Whether a check says the same of the object. */
static bool is_told(const struct hold *hold, const char *requirement)
{
	for (const struct scan_finding *f = hold->scan->findings; f; f = f->next) {
		if (f->object == hold->object && f->check && f->check->requirement &&
		    strcmp(f->check->requirement, requirement) == 0)
			return true;
	}
	return false;
}

static void keep_step(struct hold *hold, const struct policy_step *step)
{
	(void)snprintf(hold->step.field, sizeof(hold->step.field), "%s", step->name);
	(void)snprintf(hold->step.value, sizeof(hold->step.value), "%s", step->value);
	(void)snprintf(hold->step.message, sizeof(hold->step.message), "%s", step->result);
	hold->requirement = step->requirement;
}

/* Whether it is of an object of a kind that is held against the policy on its own. */
static bool is_of_object(struct span field)
{
	for (unsigned kind = 0; kind < SCAN_KINDS; kind++) {
		struct span rest = field;

		if (objects[kind] != OBJECT_NONE &&
		    span_cut_prefix(&rest, span_of(docker_object_info(objects[kind])->name)) &&
		    span_starts(rest, SPAN(" ")))
			return true;
	}
	return false;
}

/* Cuts the object, which is told already, off the front of a field. False for a field of another
 * object. */
static bool cut_object(const struct hold *hold, struct span *field)
{
	return policy_cut_object(objects[hold->object->kind], span_of(hold->object->name), field) ||
	       !is_of_object(*field);
}

/* A bind stands in two places of a container. */
static bool has_line(const struct hold *hold, const char *line)
{
	for (const struct scan_finding *f = hold->scan->findings; f; f = f->next) {
		if (f->object == hold->object && *line && strcmp(f->line, line) == 0)
			return true;
	}
	return false;
}

static void record(struct hold *hold, const char *line, bool gives_host)
{
	struct policy_requirement row = {0};
	bool requirement = find_requirement(hold->requirement, &row);
	struct span field = span_of(hold->step.field);
	const char *name = hold->requirement ? hold->requirement : "policy";

	if (!cut_object(hold, &field) || has_line(hold, line) || is_told(hold, name))
		return;
	scan_found(hold->scan, &(struct scan_finding){.object = hold->object,
				   .level = gives_host ? SCAN_ERROR : SCAN_WARNING,
				   .name = name,
				   .cis = requirement ? number_of(name) : "",
				   .words = requirement ? row.must : hold->step.message,
				   .field = field.at,
				   .value = hold->step.value,
				   .line = line,
				   .option = requirement ? row.option : "",
				   .gives_host = gives_host});
}

/* A refusal is a step, and behind it comes the line that would permit it, or that none would. */
static void take_step(void *context, const struct policy_step *step)
{
	struct hold *hold = context;
	bool fix = strcmp(step->what, "fix") == 0;

	if (!hold->record || strcmp(step->what, "need") == 0)
		return;
	if (fix || strcmp(step->what, "change") == 0)
		record(hold, fix ? step->name : "", fix && step->gives_host);
	else
		keep_step(hold, step);
}

/* ---- what else exists --------------------------------------------------------------------------
 */

static const cJSON *find(const struct scan *scan, const struct policy_object *wanted)
{
	for (unsigned kind = 0; kind < SCAN_KINDS; kind++) {
		const struct scan_object *found =
		    objects[kind] != OBJECT_NONE && objects[kind] == wanted->kind
			? wanted->kind == OBJECT_DAEMON
			      ? scan->objects[kind]
			      : scan_find(scan, (enum scan_kind)kind, wanted->name)
			: NULL;

		if (found)
			return found->json;
	}
	return NULL;
}

/* Answers what the judge wants to know. False when it wants nothing more. */
static bool answer(struct hold *hold, const struct decision *decision)
{
	for (unsigned i = 0; i < decision->wanted_count; i++) {
		struct policy_object *object = &hold->known[hold->known_count];

		if (hold->known_count == POLICY_OBJECTS_MOST)
			return false;
		*object = decision->wanted[i];
		object->json = find(hold->scan, object);
		hold->known_count++;
	}
	return decision->wanted_count > 0;
}

/* ---- judging -----------------------------------------------------------------------------------
 */

static void judge(struct hold *hold, const struct policy *policy, struct decision *decision)
{
	const struct scan_object *object = hold->object;
	const struct policy_request known = {
	    .objects = hold->known, .object_count = hold->known_count};
	const struct policy_object made = {
	    .kind = objects[object->kind], .name = span_of(object->name), .json = object->json};

	if (object->kind == SCAN_SERVICE)
		policy_judge_service(policy, &known, object->json, decision, take_step, hold);
	else
		policy_judge_object(policy, &known, &made, decision, take_step, hold);
}

/* Networks that the daemon makes itself. */
static bool is_daemons_own(const struct scan_object *object)
{
	return object->kind == SCAN_NETWORK &&
	       (span_in_words(span_of(object->name), "bridge host none docker_gwbridge") ||
		   cJSON_IsTrue(json_field(object->json, "Ingress")));
}

static void hold_one(struct hold *hold, const struct policy *policy)
{
	static struct decision decision;

	if (is_daemons_own(hold->object))
		return;
	hold->record = false;
	hold->known_count = 0;
	for (unsigned i = 0; i < ROUNDS_MOST; i++) {
		judge(hold, policy, &decision);
		if (!answer(hold, &decision))
			break;
	}
	hold->record = true;
	hold->step = (struct decision){0};
	judge(hold, policy, &decision);
}

int scan_hold(struct scan *scan, const struct policy *policy, struct error *err)
{
	static const enum scan_kind kinds[] = {
	    SCAN_CONTAINER, SCAN_EXEC, SCAN_SERVICE, SCAN_VOLUME, SCAN_NETWORK};
	static struct hold hold;

	hold = (struct hold){.scan = scan};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		for (hold.object = scan->objects[kinds[i]]; hold.object;
		     hold.object = hold.object->next)
			hold_one(&hold, policy);
	}
	return scan->failed ? error_set(err, "out of memory") : 0;
}
