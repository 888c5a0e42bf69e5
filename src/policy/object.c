/* SPDX-License-Identifier: Apache-2.0 */
/* Objects whose members only mean something together. */
#include "policy/object.h"

#include <stdio.h>

#include "json/json.h"
#include "policy/podman.h"

void object_mount(
    struct judge *judge, enum grant grant, const struct place *place, const cJSON *object)
{
	(void)grant;
	mount_judge(judge, place, object);
}

void object_mount_point(
    struct judge *judge, enum grant grant, const struct place *place, const cJSON *object)
{
	(void)grant;
	stored_judge_mount_point(judge, place, object);
}

void object_service_port(
    struct judge *judge, enum grant grant, const struct place *place, const cJSON *object)
{
	(void)grant;
	publish_judge_service(judge, place, object);
}

/* Of a directory the daemon gives all devices below, also those that a "!" takes back. */
static const struct grant_row *taken_below(
    const struct judge *judge, enum grant grant, struct span path)
{
	const struct grant_row *row = judge->policy->grants[grant].negated;

	while (row && !path_lies_in(row->pattern, path))
		row = row->next;
	return row;
}

/* "/dev/dri/" is the directory /dev/dri to the daemon. */
static struct span without_slash(struct span path)
{
	bool has = path.len > 1 && path.at[path.len - 1] == '/';

	return (struct span){path.at, path.len - has};
}

static void judge_node(
    struct judge *judge, enum grant grant, const struct place *place, struct span written)
{
	struct span path = without_slash(written);
	bool absolute = path.len > 0 && path.at[0] == '/';
	const struct grant_row *taken = absolute ? taken_below(judge, grant, path) : NULL;

	if (absolute && (!path_is_clean(path) || without_slash(path).len < path.len))
		judge_bad(judge, REASON_AMBIGUOUS, place, path,
		    "is not a plain absolute path; write it without \"..\", \".\" and \"//\"");
	else if (taken)
		judge_need_despite(judge, place, grant, path, (struct span){NULL, 0}, taken);
	else
		grant_judge_text(judge, grant, place, path);
}

void object_device(
    struct judge *judge, enum grant grant, const struct place *place, const cJSON *object)
{
	struct place where = place_member(place, SPAN("PathOnHost"));
	struct span path = json_text(object, "PathOnHost");

	if (grant_is_free(judge->policy, grant))
		return;
	judge_node(judge, grant, &where, path);
	/* the name of a CDI device, to Podman */
	if (devices_is_cdi(path) && !judge_done(judge) && judge_takes(judge, POLICY_DEVICES, place))
		devices_judge_cdi(judge, GRANT_DEVICE_REQUEST_ID, &where, path, object);
}

/* A driver that is chosen for a list of capabilities has them all, so one that is granted will do:
 * that one, or else the first. */
static struct span device_driver(const struct policy *policy, enum grant grant, const cJSON *list)
{
	const cJSON *word;

	cJSON_ArrayForEach (word, list) {
		if (grant_find(policy, grant, span_of(json_string(word))))
			return span_of(json_string(word));
	}
	return span_of(json_string(list->child));
}

/* Each list is held against all of the request, and each request against all others. */
static bool takes_parts(struct judge *judge, const struct place *place, const cJSON *parts)
{
	const cJSON *part;

	cJSON_ArrayForEach (part, parts) {
		if (!judge_takes(judge, POLICY_DEVICES, place) ||
		    !takes_parts(judge, place, cJSON_IsArray(part) ? part : NULL))
			return false;
	}
	return true;
}

static bool takes_request(struct judge *judge, const struct place *place, const cJSON *object)
{
	return judge_takes(judge, POLICY_DEVICES, place) &&
	       takes_parts(judge, place, json_field(object, "DeviceIDs")) &&
	       takes_parts(judge, place, json_field(object, "Options")) &&
	       takes_parts(judge, place, json_field(object, "Capabilities"));
}

/* Without a driver the daemon chooses one that has all capabilities of any of the lists. */
void object_device_request(
    struct judge *judge, enum grant grant, const struct place *place, const cJSON *object)
{
	struct place where = place_member(place, SPAN("Driver"));
	struct span name = json_text(object, "Driver");
	const cJSON *lists = json_field(object, "Capabilities"), *list;

	if (grant_is_free(judge->policy, grant) || !takes_request(judge, place, object))
		return;
	if (name.len > 0 || !lists || !lists->child) {
		devices_judge(judge, grant, &where, name, object);
		return;
	}
	cJSON_ArrayForEach (list, lists) {
		if (judge_done(judge))
			return;
		devices_judge(
		    judge, grant, &where, device_driver(judge->policy, grant, list), object);
	}
}

void object_ulimit(
    struct judge *judge, enum grant grant, const struct place *place, const cJSON *object)
{
	char room[NUMBER_MOST], name_room[PODMAN_LIMIT_MOST];
	const cJSON *hard = json_field(object, "Hard");
	struct span name = json_text(object, "Name");

	/* for BuildKit the daemon writes them as a list with commas between */
	if (!judge_is_stored(judge) && (span_has(name, ',') || span_has(name, '"'))) {
		judge_bad(judge, REASON_AMBIGUOUS, place, name,
		    "has a comma or a quote, behind which BuildKit reads another limit");
		return;
	}
	if (judge_is_stored(judge) && podman_limits_itself(name)) {
		judge_note(judge, place, name, "the daemon's own", NULL);
		return;
	}
	if (judge_is_stored(judge))
		name = podman_limit_name(name, &name_room);
	grant_judge_pair(
	    judge, grant, place, name, cJSON_IsNumber(hard) ? value_text(hard, &room) : SPAN("0"));
}

void object_plugin(
    struct judge *judge, enum grant grant, const struct place *place, const cJSON *object)
{
	struct span name = json_text(object, "Name");
	const cJSON *values = json_field(object, "Value"), *value;

	if (!values || !values->child) {
		grant_judge_pair(judge, grant, place, name, SPAN(""));
		return;
	}
	cJSON_ArrayForEach (value, values) {
		if (judge_done(judge))
			return;
		grant_judge_pair(judge, grant, place, name, span_of(json_string(value)));
	}
}

/* ---- a service's Privileges ---------------------------------------------------------------------
 */

#define OPTION_MOST 256

static void judge_option(struct judge *judge, enum grant grant, const struct place *place,
    const char *key, const char *value)
{
	char room[OPTION_MOST];
	struct text option = text_in(room, sizeof(room));

	text_add_format(&option, "%s=%s", key, value);
	security_judge(judge, grant, place, text_span(&option));
}

static void judge_mode(struct judge *judge, enum grant grant, const struct place *place,
    const cJSON *profile, const char *key)
{
	const char *mode = json_string(json_field(profile, "Mode"));

	if (!*mode && *json_string(json_field(profile, "Profile")))
		mode = "custom";
	if (!*mode || span_is(span_of(mode), "default"))
		return;
	if (span_is(span_of(mode), "disabled"))
		mode = "unconfined";
	judge_option(judge, grant, place, key, mode);
}

void object_privileges(
    struct judge *judge, enum grant grant, const struct place *place, const cJSON *object)
{
	static const char *const labels[] = {"User", "Role", "Type", "Level"};
	const cJSON *selinux = json_field(object, "SELinuxContext");

	judge_mode(judge, grant, place, json_field(object, "Seccomp"), "seccomp");
	judge_mode(judge, grant, place, json_field(object, "AppArmor"), "apparmor");
	if (cJSON_IsTrue(json_field(selinux, "Disable")))
		judge_option(judge, grant, place, "label", "disable");
	for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++) {
		const char *text = json_string(json_field(selinux, labels[i]));
		char label[OPTION_MOST / 2];

		if (!*text)
			continue;
		(void)snprintf(
		    label, sizeof(label), "%c%s:%s", labels[i][0] | 0x20, labels[i] + 1, text);
		judge_option(judge, grant, place, "label", label);
	}
}
