/* SPDX-License-Identifier: Apache-2.0 */
/* Requirements on limits and on how a container is looked after. */
#include "json/json.h"
#include "policy/require.h"

/* ---- limits: the maxima without an upper end ----------------------------------------------------
 */

bool require_memory_limit(struct judge *judge, const struct subject *subject)
{
	return maximum_met(judge, MAXIMUM_MEMORY, LIMIT_NONE, subject);
}

#define QUOTA_ENDLESS 819200000.0 /* microseconds of 8192 processors in a period of 100 ms */

/* An update may set the quota and leave the period as it is. */
bool require_cpu_limit(struct judge *judge, const struct subject *subject)
{
	double quota = number_of(subject->host, "CpuQuota");
	double period = number_of(subject->host, "CpuPeriod");
	double nano = number_of(subject->host, "NanoCpus");

	if (subject->kind == SUBJECT_UPDATE && (period == 0 || quota == 0))
		return quota >= 0 && quota <= QUOTA_ENDLESS && period >= 0 && nano >= 0;
	return maximum_met(judge, MAXIMUM_CPUS, LIMIT_NONE, subject);
}

bool require_pids_limit(struct judge *judge, const struct subject *subject)
{
	return maximum_met(judge, MAXIMUM_PIDS, LIMIT_NONE, subject);
}

#define ULIMIT_ENDLESS 4611686018427387904.0 /* 2^62: -1 in one spelling or another */

static bool is_ulimit(const cJSON *limit)
{
	double hard = number_of(limit, "Hard"), soft = number_of(limit, "Soft");

	return *json_string(json_field(limit, "Name")) && hard >= 0 && hard < ULIMIT_ENDLESS &&
	       soft >= 0 && soft <= hard;
}

bool require_ulimits(struct judge *judge, const struct subject *subject)
{
	const cJSON *limits = json_field(
	    subject->kind == SUBJECT_SERVICE ? subject->config : subject->host, "Ulimits");
	const cJSON *limit;

	(void)judge;
	cJSON_ArrayForEach (limit, limits) {
		if (!is_ulimit(limit))
			return false;
	}
	return limits && limits->child;
}

/* ---- restarts ----------------------------------------------------------------------------------
 */

/* With a window a service counts anew in each. */
static bool attempts_bounded(const struct policy *policy, const cJSON *restart, const char *field)
{
	double attempts = number_of(restart, field);

	return attempts > 0 && attempts <= policy->maxima[MAXIMUM_RESTARTS].value &&
	       number_of(restart, "Window") == 0;
}

/* Missing is "no" for a container and "any, without end" for a service. */
bool require_restart_bounded(struct judge *judge, const struct subject *subject)
{
	bool service = subject->kind == SUBJECT_SERVICE;
	const cJSON *restart = json_field(service ? subject->task : subject->host, "RestartPolicy");
	struct span name = json_text(restart, service ? "Condition" : "Name");

	if (span_is(name, "on-failure"))
		return attempts_bounded(
		    judge->policy, restart, service ? "MaxAttempts" : "MaximumRetryCount");
	if (service)
		return span_is(name, "none");
	return name.len == 0 || span_is(name, "no");
}

/* ---- image and health ---------------------------------------------------------------------------
 */

#define DIGEST_HEX 64

bool require_image_digest(struct judge *judge, const struct subject *subject)
{
	struct span digest;

	(void)judge;
	(void)span_cut(json_text(subject->config, "Image"), '@', &digest);
	return span_starts(digest, SPAN("sha256:")) && digest.len == 7 + DIGEST_HEX &&
	       span_is_hex(span_from(digest, 7));
}

#define HEALTH_SELDOM 86400e9 /* nanoseconds: a check that comes later than in a day is none */
#define HEALTH_RETRIES 100

/* Zero is the daemon's default. */
static bool is_often_enough(const cJSON *health)
{
	static const char *const times[] = {"Interval", "Timeout", "StartPeriod", "StartInterval"};

	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		double time = number_of(health, times[i]);

		if (time < 0 || time > HEALTH_SELDOM)
			return false;
	}
	return number_of(health, "Retries") >= 0 && number_of(health, "Retries") <= HEALTH_RETRIES;
}

/* CMD without a program, and a shell with nothing to do, are no checks. */
bool require_healthcheck(struct judge *judge, const struct subject *subject)
{
	const cJSON *health = json_field(subject->config, "Healthcheck");
	const cJSON *test = json_field(health, "Test");
	const cJSON *kind = cJSON_IsArray(test) ? test->child : NULL;
	const char *name = json_string(kind);

	(void)judge;
	if (strcmp(name, "CMD") != 0 && strcmp(name, "CMD-SHELL") != 0)
		return false;
	return span_trim(span_of(json_string(kind->next))).len > 0 && is_often_enough(health);
}

/* ---- logs --------------------------------------------------------------------------------------
 */

static const cJSON *log_of(const struct subject *subject, const char *create, const char *service)
{
	return subject->kind == SUBJECT_SERVICE
		   ? field_at(subject->task, "LogDriver", service, NULL)
		   : field_at(subject->host, "LogConfig", create, NULL);
}

bool require_log_driver(struct judge *judge, const struct subject *subject)
{
	const char *driver = json_string(log_of(subject, "Type", "Name"));

	(void)judge;
	return *driver && strcmp(driver, "none") != 0;
}

#define LOG_ENDLESS (1024.0 * 1024 * 1024 * 1024) /* bytes: 1 TiB fills a disk */

/* -1 and 0 are no limits. What the files hold together counts. */
bool require_log_limits(struct judge *judge, const struct subject *subject)
{
	const cJSON *options = log_of(subject, "Config", "Options");
	const cJSON *size = cJSON_GetObjectItemCaseSensitive(options, "max-size");
	const cJSON *files = cJSON_GetObjectItemCaseSensitive(options, "max-file");
	double bytes;
	uint64_t count = 1;

	(void)judge;
	if (!size_parse(span_of(json_string(size)), &bytes) || bytes <= 0)
		return false;
	return (!files || span_to_uint(span_of(json_string(files)), UINT32_MAX, &count)) &&
	       bytes * (double)count < LOG_ENDLESS;
}
