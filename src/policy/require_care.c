/* SPDX-License-Identifier: Apache-2.0 */
/* Requirements on limits and on how a container is looked after. */
#include <math.h>

#include "base/glob.h"
#include "json/json.h"
#include "policy/require.h"

/* ---- limits: the maxima without an upper end ----------------------------------------------------
 */

bool require_memory_limit(const struct policy *policy, const struct subject *subject)
{
	(void)policy;
	return maximum_met(MAXIMUM_MEMORY, HUGE_VAL, subject);
}

bool require_cpu_limit(const struct policy *policy, const struct subject *subject)
{
	double quota = number_of(subject->host, "CpuQuota");

	(void)policy;
	if (subject->kind == SUBJECT_UPDATE)
		return quota >= 0 && number_of(subject->host, "NanoCpus") >= 0;
	return maximum_met(MAXIMUM_CPUS, HUGE_VAL, subject);
}

bool require_pids_limit(const struct policy *policy, const struct subject *subject)
{
	(void)policy;
	return maximum_met(MAXIMUM_PIDS, HUGE_VAL, subject);
}

bool require_ulimits(const struct policy *policy, const struct subject *subject)
{
	const cJSON *object = subject->kind == SUBJECT_SERVICE ? subject->config : subject->host;

	(void)policy;
	return !json_is_empty(json_field(object, "Ulimits"));
}

/* ---- restarts ----------------------------------------------------------------------------------
 */

static bool attempts_bounded(const struct policy *policy, const cJSON *restart, const char *field)
{
	double attempts = number_of(restart, field);

	return attempts > 0 && attempts <= policy->maxima[MAXIMUM_RESTARTS].value;
}

/* Missing is "no" for a container and "any, without end" for a service. */
bool require_restart_bounded(const struct policy *policy, const struct subject *subject)
{
	bool service = subject->kind == SUBJECT_SERVICE;
	const cJSON *restart = json_field(service ? subject->task : subject->host, "RestartPolicy");
	struct span name =
	    span_of(json_string(json_field(restart, service ? "Condition" : "Name")));

	if (span_is(name, "on-failure"))
		return attempts_bounded(
		    policy, restart, service ? "MaxAttempts" : "MaximumRetryCount");
	if (service)
		return span_is(name, "none");
	return name.len == 0 || span_is(name, "no");
}

/* ---- image and health ---------------------------------------------------------------------------
 */

#define DIGEST_HEX 64

bool require_image_digest(const struct policy *policy, const struct subject *subject)
{
	struct span digest;

	(void)policy;
	(void)span_cut(span_of(json_string(json_field(subject->config, "Image"))), '@', &digest);
	if (!span_starts(digest, SPAN("sha256:")) || digest.len != 7 + DIGEST_HEX)
		return false;
	for (size_t i = 7; i < digest.len; i++) {
		if (!strchr("0123456789abcdef", digest.at[i]))
			return false;
	}
	return true;
}

bool require_healthcheck(const struct policy *policy, const struct subject *subject)
{
	const cJSON *test = field_at(subject->config, "Healthcheck", "Test", NULL);
	const char *kind = cJSON_IsArray(test) ? json_string(test->child) : "";

	(void)policy;
	return strcmp(kind, "CMD") == 0 || strcmp(kind, "CMD-SHELL") == 0;
}

/* ---- logs --------------------------------------------------------------------------------------
 */

static const cJSON *log_of(const struct subject *subject, const char *create, const char *service)
{
	return subject->kind == SUBJECT_SERVICE
		   ? field_at(subject->task, "LogDriver", service, NULL)
		   : field_at(subject->host, "LogConfig", create, NULL);
}

bool require_log_driver(const struct policy *policy, const struct subject *subject)
{
	const char *driver = json_string(log_of(subject, "Type", "Name"));

	(void)policy;
	return *driver && strcmp(driver, "none") != 0;
}

bool require_log_limits(const struct policy *policy, const struct subject *subject)
{
	const cJSON *options = log_of(subject, "Config", "Options");

	(void)policy;
	return *json_string(cJSON_GetObjectItemCaseSensitive(options, "max-size"));
}

/* ---- secrets in the environment
 * ------------------------------------------------------------------ */

static bool matches_one(const char *const *globs, size_t count, struct span text)
{
	for (size_t i = 0; i < count; i++) {
		if (glob_match_nocase(span_of(globs[i]), text))
			return true;
	}
	return false;
}

static bool is_secret(struct span variable)
{
	static const char *const names[] = {"**PASSWORD**", "**PASSWD**", "**PASSPHRASE**",
	    "**SECRET**", "**TOKEN**", "**API_KEY**", "**APIKEY**", "**ACCESS_KEY**",
	    "**PRIVATE_KEY**", "**CREDENTIAL**", "**_PASS", "PGPASS"};
	static const char *const values[] = {"AKIA????????????????", "**-----BEGIN**PRIVATE KEY**",
	    "ghp_*", "gho_*", "github_pat_*", "glpat-*", "xox?-*", "sk_live_*", "*://*:*@**",
	    "eyJ*.eyJ*.*"};
	static const char *const pointers[] = {"**_FILE", "**_PATH", "**_DIR"};
	struct span value, name = span_cut(variable, '=', &value);

	if (value.len == 0)
		return false;
	if (matches_one(values, sizeof(values) / sizeof(*values), value))
		return true;
	return matches_one(names, sizeof(names) / sizeof(*names), name) &&
	       !matches_one(pointers, sizeof(pointers) / sizeof(*pointers), name);
}

bool require_no_secret_env(const struct policy *policy, const struct subject *subject)
{
	const cJSON *variable;

	(void)policy;
	cJSON_ArrayForEach (variable, json_field(subject->config, "Env")) {
		if (is_secret(span_of(json_string(variable))))
			return false;
	}
	return true;
}
