/* SPDX-License-Identifier: Apache-2.0 */
/* Requirements on the process: who it runs as and what it may do. A missing field means what it
 * means to the daemon. */
#include "json/json.h"
#include "policy/require.h"
#include "policy/stored.h"

const cJSON *field_at(const cJSON *object, const char *first, const char *second, const char *third)
{
	const char *const names[] = {first, second, third};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && names[i] && object; i++)
		object = json_field(object, names[i]);
	return object;
}

const cJSON *word_after(const cJSON *value, const cJSON *word)
{
	if (!value || cJSON_IsString(value))
		return word ? NULL : value;
	return word ? word->next : value->child;
}

double number_of(const cJSON *object, const char *field)
{
	return json_number(json_field(object, field));
}

/* ---- users -------------------------------------------------------------------------------------
 */

#define ID_MOST 2147483647 /* what the kernel and runc take */

/* A name means what the image's passwd file says, a lone uid runs with group 0. */
static bool user_is_unprivileged(struct span user)
{
	struct span group, name = span_cut(user, ':', &group);
	uint64_t uid, gid;

	return span_to_uint(name, ID_MOST, &uid) && span_to_uint(group, ID_MOST, &gid) && uid > 0 &&
	       gid > 0;
}

/* The benchmark asks for less than non_root: the group may be left out. */
static bool user_is_not_root(struct span user)
{
	struct span group, name = span_cut(user, ':', &group);
	uint64_t uid, gid = 1;

	return span_to_uint(name, ID_MOST, &uid) && uid > 0 &&
	       (!group.at || span_to_uint(group, ID_MOST, &gid)) && gid > 0;
}

static bool groups_are_unprivileged(const cJSON *groups)
{
	for (const cJSON *group = NULL; (group = word_after(groups, group));) {
		uint64_t gid;

		if (!span_to_uint(span_of(json_string(group)), ID_MOST, &gid) || gid == 0)
			return false;
	}
	return true;
}

/* The container that an exec is for. */
static const struct policy_object *exec_container(
    struct judge *judge, const struct subject *subject)
{
	return subject->stored ? require_ask(judge, OBJECT_CONTAINER, subject->container)
			       : stored_ask_driven(judge);
}

typedef bool user_fn(struct span user);

/* An exec without a user runs as its container does, with the groups of that. */
static bool container_user_is(struct judge *judge, const struct subject *subject, user_fn *fits)
{
	const struct policy_object *container = exec_container(judge, subject);
	const cJSON *json = container ? container->json : NULL;

	if (!json) /* not asked yet, or no such container: nothing will run */
		return true;
	return fits(span_of(json_string(field_at(json, "Config", "User", NULL)))) &&
	       groups_are_unprivileged(field_at(json, "HostConfig", "GroupAdd", NULL));
}

static bool user_is(struct judge *judge, const struct subject *subject, user_fn *fits)
{
	struct span user = json_text(subject->config, "User");

	if (subject->kind == SUBJECT_EXEC && user.len == 0)
		return container_user_is(judge, subject, fits);
	return fits(user) && groups_are_unprivileged(json_field(subject->host, "GroupAdd")) &&
	       groups_are_unprivileged(json_field(subject->config, "Groups"));
}

bool require_non_root(struct judge *judge, const struct subject *subject)
{
	return user_is(judge, subject, user_is_unprivileged);
}

bool require_exec_non_root(struct judge *judge, const struct subject *subject)
{
	return user_is(judge, subject, user_is_not_root);
}

/* ---- capabilities ------------------------------------------------------------------------------
 */

static bool holds_all(const cJSON *caps)
{
	for (const cJSON *cap = NULL; (cap = word_after(caps, cap));) {
		char room[CAP_NAME_MOST];

		if (span_is(cap_name(span_of(json_string(cap)), &room), "ALL"))
			return true;
	}
	return false;
}

/* A container has all capabilities then, no confinement and every device; an exec has all
 * capabilities, with which it can leave what confines its container. */
bool require_privileged(const struct subject *subject)
{
	const cJSON *object = subject->kind == SUBJECT_EXEC ? subject->config : subject->host;

	return cJSON_IsTrue(json_field(object, "Privileged"));
}

/* Capabilities is a member of one beta, which takes the place of both lists. */
bool require_cap_drop_all(struct judge *judge, const struct subject *subject)
{
	bool service = subject->kind == SUBJECT_SERVICE;
	const cJSON *object = service ? subject->config : subject->host;

	(void)judge;
	if (require_privileged(subject))
		return false;
	if (subject->kind == SUBJECT_EXEC)
		return true;
	return json_is_empty(json_field(object, "Capabilities")) &&
	       holds_all(json_field(object, service ? "CapabilityDrop" : "CapDrop")) &&
	       !holds_all(json_field(object, service ? "CapabilityAdd" : "CapAdd"));
}

bool require_no_privileged(struct judge *judge, const struct subject *subject)
{
	(void)judge;
	return !require_privileged(subject);
}

/* ---- security options ---------------------------------------------------------------------------
 */

/* The later entry wins, as it does in the daemon. */
static bool has_no_new_privileges(const cJSON *options)
{
	bool on = false;

	for (const cJSON *word = NULL; (word = word_after(options, word));) {
		struct security_option option = security_option_read(span_of(json_string(word)));

		if (!span_is(option.key, "no-new-privileges"))
			continue;
		on = !option.spelled || span_in_words(option.value, "1 t T true TRUE True");
	}
	return on;
}

static const cJSON *privileges(const struct subject *subject, const char *field)
{
	return field_at(subject->config, "Privileges", field, NULL);
}

bool require_no_new_privileges(struct judge *judge, const struct subject *subject)
{
	(void)judge;
	if (subject->kind == SUBJECT_SERVICE)
		return cJSON_IsTrue(privileges(subject, "NoNewPrivileges"));
	return has_no_new_privileges(json_field(subject->host, "SecurityOpt"));
}

/* Whether each option |key| leaves the default: is empty, or is |fallback|. */
static bool keeps_default(const struct subject *subject, const char *key, const char *fallback)
{
	const cJSON *options = json_field(subject->host, "SecurityOpt");

	if (require_privileged(subject))
		return false;
	for (const cJSON *word = NULL; (word = word_after(options, word));) {
		struct security_option option = security_option_read(span_of(json_string(word)));

		if (span_equal(option.key, span_of(key)) && option.value.len > 0 &&
		    !span_equal(option.value, span_of(fallback)))
			return false;
	}
	return true;
}

static bool service_keeps_default(const struct subject *subject, const char *field)
{
	const char *mode = json_string(json_field(privileges(subject, field), "Mode"));

	return !*mode || strcmp(mode, "default") == 0;
}

bool require_seccomp(struct judge *judge, const struct subject *subject)
{
	(void)judge;
	return subject->kind == SUBJECT_SERVICE ? service_keeps_default(subject, "Seccomp")
						: keeps_default(subject, "seccomp", "builtin");
}

bool require_apparmor(struct judge *judge, const struct subject *subject)
{
	(void)judge;
	return subject->kind == SUBJECT_SERVICE
		   ? service_keeps_default(subject, "AppArmor")
		   : keeps_default(subject, "apparmor", "docker-default");
}

static bool frees_labels(struct span text)
{
	struct security_option option = security_option_read(text);

	return span_is(text, "disable") ||
	       (span_is(option.key, "label") &&
		   (span_is(option.value, "disable") || span_starts(option.value, SPAN("type:"))));
}

static bool frees_label(const cJSON *options)
{
	for (const cJSON *word = NULL; (word = word_after(options, word));) {
		if (frees_labels(span_of(json_string(word))))
			return true;
	}
	return false;
}

#define JOINED_MOST 8 /* containers that join one another */

/* The daemon takes the label away from containers that are privileged or share the processes or the
 * memory of the host, and gives one that joins another container the label of that. */
static bool keeps_label(struct judge *judge, const cJSON *host, unsigned depth)
{
	static const char *const modes[] = {"PidMode", "IpcMode"};

	if (cJSON_IsTrue(json_field(host, "Privileged")) ||
	    frees_label(json_field(host, "SecurityOpt")) || depth == JOINED_MOST)
		return false;
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		struct span mode = json_text(host, modes[i]);
		struct span name = stored_joined_container(mode);

		if (span_is(mode, "host"))
			return false;
		if (!name.at)
			continue;
		const struct policy_object *joined = require_ask(judge, OBJECT_CONTAINER, name);

		if (joined &&
		    !(joined->json &&
			keeps_label(judge, json_field(joined->json, "HostConfig"), depth + 1)))
			return false;
	}
	return true;
}

bool require_selinux(struct judge *judge, const struct subject *subject)
{
	const cJSON *context = privileges(subject, "SELinuxContext");

	if (subject->kind == SUBJECT_EXEC)
		return !require_privileged(subject);
	if (subject->kind == SUBJECT_SERVICE)
		return !cJSON_IsTrue(json_field(context, "Disable")) &&
		       !*json_string(json_field(context, "Type"));
	return keeps_label(judge, subject->host, 0);
}

bool require_read_only_root(struct judge *judge, const struct subject *subject)
{
	(void)judge;
	return subject->kind == SUBJECT_SERVICE
		   ? cJSON_IsTrue(json_field(subject->config, "ReadOnly"))
		   : cJSON_IsTrue(json_field(subject->host, "ReadonlyRootfs"));
}
