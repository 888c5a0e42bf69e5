/* SPDX-License-Identifier: Apache-2.0 */
/* Requirements on the process: who it runs as and what it may do. A missing field means what it
 * means to the daemon. */
#include "json/json.h"
#include "policy/require.h"

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
bool user_is_unprivileged(struct span user)
{
	struct span group, name = span_cut(user, ':', &group);
	uint64_t uid, gid;

	return span_to_uint(name, ID_MOST, &uid) && span_to_uint(group, ID_MOST, &gid) && uid > 0 &&
	       gid > 0;
}

bool require_non_root(const struct policy *policy, const struct subject *subject)
{
	struct span user = span_of(json_string(json_field(subject->config, "User")));

	(void)policy;
	if (subject->kind == SUBJECT_EXEC && user.len == 0) /* the container's own */
		return true;
	return user_is_unprivileged(user);
}

/* The benchmark asks for less than non_root: the group may be left out. */
bool require_exec_non_root(const struct policy *policy, const struct subject *subject)
{
	struct span group, user = span_of(json_string(json_field(subject->config, "User")));
	struct span name = span_cut(user, ':', &group);
	uint64_t uid, gid = 1;

	(void)policy;
	if (user.len == 0)
		return true;
	return span_to_uint(name, ID_MOST, &uid) && uid > 0 &&
	       (!group.at || span_to_uint(group, ID_MOST, &gid)) && gid > 0;
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

bool require_cap_drop_all(const struct policy *policy, const struct subject *subject)
{
	bool service = subject->kind == SUBJECT_SERVICE;
	const cJSON *object = service ? subject->config : subject->host;

	(void)policy;
	return holds_all(json_field(object, service ? "CapabilityDrop" : "CapDrop")) &&
	       !holds_all(json_field(object, service ? "CapabilityAdd" : "CapAdd"));
}

bool require_no_privileged(const struct policy *policy, const struct subject *subject)
{
	const cJSON *object = subject->kind == SUBJECT_EXEC ? subject->config : subject->host;

	(void)policy;
	return !cJSON_IsTrue(json_field(object, "Privileged"));
}

/* ---- security options ---------------------------------------------------------------------------
 */

/* The later entry wins, as it does in the daemon. */
static bool has_no_new_privileges(const cJSON *options)
{
	static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
	bool on = false;

	for (const cJSON *word = NULL; (word = word_after(options, word));) {
		struct security_option option = security_option_read(span_of(json_string(word)));

		if (!span_is(option.key, "no-new-privileges"))
			continue;
		on = !option.spelled;
		for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
			on = on || span_equal(option.value, span_of(yes[i]));
	}
	return on;
}

static const cJSON *privileges(const struct subject *subject, const char *field)
{
	return field_at(subject->config, "Privileges", field, NULL);
}

bool require_no_new_privileges(const struct policy *policy, const struct subject *subject)
{
	(void)policy;
	if (subject->kind == SUBJECT_SERVICE)
		return cJSON_IsTrue(privileges(subject, "NoNewPrivileges"));
	return has_no_new_privileges(json_field(subject->host, "SecurityOpt"));
}

/* Whether each option |key| leaves the default: is empty, or is |fallback|. */
static bool keeps_default(const struct subject *subject, const char *key, const char *fallback)
{
	const cJSON *options = json_field(subject->host, "SecurityOpt");

	if (cJSON_IsTrue(json_field(subject->host, "Privileged")))
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

bool require_seccomp(const struct policy *policy, const struct subject *subject)
{
	(void)policy;
	return subject->kind == SUBJECT_SERVICE ? service_keeps_default(subject, "Seccomp")
						: keeps_default(subject, "seccomp", "builtin");
}

bool require_apparmor(const struct policy *policy, const struct subject *subject)
{
	(void)policy;
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

bool require_selinux(const struct policy *policy, const struct subject *subject)
{
	const cJSON *options = json_field(subject->host, "SecurityOpt");
	const cJSON *context = privileges(subject, "SELinuxContext");

	(void)policy;
	if (subject->kind == SUBJECT_SERVICE)
		return !cJSON_IsTrue(json_field(context, "Disable")) &&
		       !*json_string(json_field(context, "Type"));
	for (const cJSON *word = NULL; (word = word_after(options, word));) {
		if (frees_labels(span_of(json_string(word))))
			return false;
	}
	return !cJSON_IsTrue(json_field(subject->host, "Privileged"));
}

bool require_read_only_root(const struct policy *policy, const struct subject *subject)
{
	(void)policy;
	return subject->kind == SUBJECT_SERVICE
		   ? cJSON_IsTrue(json_field(subject->config, "ReadOnly"))
		   : cJSON_IsTrue(json_field(subject->host, "ReadonlyRootfs"));
}
