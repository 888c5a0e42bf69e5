/* SPDX-License-Identifier: Apache-2.0 */
/* max_memory, max_cpus and their kin. A maximum is also a requirement to set a limit. */
#include "json/json.h"
#include "policy/require.h"
#include "policy/stored.h"

#define NANO 1e9
#define CPU_PERIOD 100000.0 /* microseconds, when the request names none */
#define SHM_DEFAULT 67108864.0

enum unit { UNIT_BYTES, UNIT_CPUS, UNIT_COUNT };

static const struct {
	const char *name;
	enum unit unit;
	const char *unset, *help;
} maxima[MAXIMUM_COUNT] = {
    [MAXIMUM_MEMORY] = {"max_memory", UNIT_BYTES, "none", "memory of a container; swap twice that"},
    [MAXIMUM_CPUS] = {"max_cpus", UNIT_CPUS, "none", "CPU time of a container"},
    [MAXIMUM_PIDS] = {"max_pids", UNIT_COUNT, "none", "processes and threads of a container"},
    [MAXIMUM_SHM] = {"max_shm", UNIT_BYTES, "none", "shared memory; without ShmSize it is 64m"},
    [MAXIMUM_REPLICAS] = {"max_replicas", UNIT_COUNT, "none", "replicas of a service; none global"},
    [MAXIMUM_RESTARTS] = {"max_restarts", UNIT_COUNT, "5",
	"the bound that `restart_bounded` takes"},
};

/* Limits below these the daemon refuses, so that nothing could meet the line. */
static const struct {
	double value;
	const char *text;
} leasts[MAXIMUM_COUNT] = {
    [MAXIMUM_MEMORY] = {6291456.0, "6m"},
    [MAXIMUM_CPUS] = {NANO / 100, "0.01"},
};

static const char *const unit_texts[] = {
    [UNIT_BYTES] = "a size such as 512m or 2g",
    [UNIT_CPUS] = "a number of CPUs such as 1.5",
    [UNIT_COUNT] = "a whole number",
};

const char *maximum_name(enum maximum maximum)
{
	return maxima[maximum].name;
}

struct policy_setting maximum_listed(enum maximum maximum)
{
	return (struct policy_setting){.name = maxima[maximum].name,
	    .takes = unit_texts[maxima[maximum].unit],
	    .unset = maxima[maximum].unset,
	    .help = maxima[maximum].help,
	    .way = WAY_UP};
}

bool maximum_from(struct span key, enum maximum *ret_maximum)
{
	for (int i = 0; i < MAXIMUM_COUNT; i++) {
		if (span_equal(key, span_of(maxima[i].name))) {
			*ret_maximum = (enum maximum)i;
			return true;
		}
	}
	return false;
}

/* ---- building ---------------------------------------------------------------------------- */

#define NUMBER_LIMIT (UINT64_C(1) << 53) /* what a double holds exactly */

bool size_parse(struct span text, double *ret_bytes)
{
	static const char letters[] = "kmgt";

	if (text.len > 1 && (text.at[text.len - 1] | 0x20) == 'b')
		text.len--;
	if (text.len > 2 && (text.at[text.len - 1] | 0x20) == 'i')
		text.len--;
	const char *letter = text.len ? strchr(letters, text.at[text.len - 1] | 0x20) : NULL;
	uint64_t number;

	if (letter && *letter)
		text.len--;
	else
		letter = NULL;
	if (!span_to_uint(text, NUMBER_LIMIT, &number))
		return false;
	*ret_bytes = (double)number;
	for (const char *l = letters; letter && l <= letter; l++)
		*ret_bytes *= 1024;
	return true;
}

/* "2", "1.5": in billionths. */
static bool read_cpus(struct span text, double *ret_value)
{
	struct span fraction, whole = span_cut(text, '.', &fraction);
	uint64_t units, parts = 0;
	double scale = 1;

	if (!span_to_uint(whole, 1000000, &units))
		return false;
	if (fraction.at && !span_to_uint(fraction, 999999999, &parts))
		return false;
	for (size_t i = 0; fraction.at && i < fraction.len; i++)
		scale *= 10;
	*ret_value = (double)units * NANO + (double)parts * NANO / scale;
	return true;
}

static bool read_value(enum unit unit, struct span text, double *ret_value)
{
	uint64_t number;

	switch (unit) {
	case UNIT_BYTES:
		return size_parse(text, ret_value);
	case UNIT_CPUS:
		return read_cpus(text, ret_value);
	case UNIT_COUNT:
		if (!span_to_uint(text, NUMBER_LIMIT, &number))
			return false;
		*ret_value = (double)number;
		return true;
	}
	return false;
}

int maximum_add(struct policy_line *line, enum maximum maximum, struct error *err)
{
	struct maximum_state *state = &line->policy->maxima[maximum];
	enum unit unit = maxima[maximum].unit;
	double value;

	if (!read_value(unit, line->value, &value) || value <= 0)
		return error_set(err, "\"%.*s\" is not %s above zero", (int)line->value.len,
		    line->value.at, unit_texts[unit]);
	if (value < leasts[maximum].value)
		return error_set(err,
		    "\"%.*s\" is below %s, the least limit that the daemon takes%s",
		    (int)line->value.len, line->value.at, leasts[maximum].text,
		    unit == UNIT_BYTES ? "; a number alone is bytes, write 512m or 2g" : "");
	if (state->given && (state->value < value || state->value > value))
		return error_set(err, "already set to another value; keep one of the two lines");
	*state = (struct maximum_state){true, value, line->source};
	return 0;
}

/* ---- asking ------------------------------------------------------------------------------ */

/* Above these a limit limits nothing: no machine has as much. */
#define MEMORY_ENDLESS (1024.0 * 1024 * 1024 * 1024 * 1024) /* bytes: 1 PiB */
#define CPUS_ENDLESS (8192 * NANO)
#define PIDS_ENDLESS 4194304.0 /* what the kernel can count */

/* What a policy says is a bound, however large. */
static double bound_of(double most, double endless)
{
	return most < LIMIT_NONE ? most : endless;
}

static bool within(double value, double most)
{
	return value > 0 && value <= most;
}

static const cJSON *limits_of(const struct subject *subject)
{
	return field_at(subject->task, "Resources", "Limits", NULL);
}

/* Daemons before 27.0 take a missing one from beside HostConfig. */
static double swap_of(const struct subject *subject)
{
	double swap = number_of(subject->host, "MemorySwap");

	if (swap == 0 && subject->kind == SUBJECT_CREATE && !subject->stored)
		swap = number_of(subject->config, "MemorySwap");
	return swap;
}

/* SwapBytes comes on top of the memory. */
static bool service_memory_met(double most, double most_swap, const struct subject *subject)
{
	double memory = number_of(limits_of(subject), "MemoryBytes");
	double swap = number_of(json_field(subject->task, "Resources"), "SwapBytes");

	return within(memory, most) && swap >= 0 && memory + swap <= most_swap;
}

/* A member of an update that is zero or missing changes nothing. */
static bool memory_met(double most, const struct subject *subject)
{
	double memory = number_of(subject->host, "Memory");
	double swap = swap_of(subject);
	double most_swap = bound_of(2 * most, MEMORY_ENDLESS);

	most = bound_of(most, MEMORY_ENDLESS);
	if (subject->kind == SUBJECT_SERVICE)
		return service_memory_met(most, most_swap, subject);
	if (swap < 0 && subject->stored) /* so it is kept where the kernel cannot limit swap */
		return within(memory, most);
	if (swap < 0)
		return false;
	if (subject->kind == SUBJECT_UPDATE && memory == 0)
		return swap <= most_swap;
	return within(memory, most) && swap <= most_swap;
}

static bool cpus_met(double most, const struct subject *subject)
{
	double nano = number_of(subject->host, "NanoCpus");
	double quota = number_of(subject->host, "CpuQuota");
	double period = number_of(subject->host, "CpuPeriod");
	bool update = subject->kind == SUBJECT_UPDATE;

	most = bound_of(most, CPUS_ENDLESS);
	if (subject->kind == SUBJECT_SERVICE)
		return within(number_of(limits_of(subject), "NanoCPUs"), most);
	if (nano < 0 || quota < 0 || period < 0)
		return false;
	if (nano > 0)
		return nano <= most;
	if (update && quota == 0 && period == 0)
		return true;
	if (update && (quota == 0 || period == 0)) /* the other half is not known here */
		return false;
	return within(quota / (period > 0 ? period : CPU_PERIOD) * NANO, most);
}

static bool pids_met(double most, const struct subject *subject)
{
	const cJSON *limit = json_field(subject->host, "PidsLimit");

	most = bound_of(most, PIDS_ENDLESS);
	if (subject->kind == SUBJECT_SERVICE)
		return within(number_of(limits_of(subject), "Pids"), most);
	if (subject->kind == SUBJECT_UPDATE && !cJSON_IsNumber(limit))
		return true;
	return within(number_of(subject->host, "PidsLimit"), most);
}

/* A container that joins another has the memory of that. */
static bool shm_size_met(struct judge *judge, double most, const cJSON *host)
{
	struct span mode = json_text(host, "IpcMode");
	struct span name = stored_joined_container(mode);

	if (name.at) {
		const struct policy_object *joined = require_ask(judge, OBJECT_CONTAINER, name);

		if (!joined)
			return true;
		host = json_field(joined->json, "HostConfig");
		return host && !stored_joined_container(json_text(host, "IpcMode")).at &&
		       shm_size_met(judge, most, host);
	}
	double size = number_of(host, "ShmSize");

	return !span_is(mode, "host") && !span_starts(mode, SPAN("ns:")) &&
	       within(size == 0 ? SHM_DEFAULT : size, most);
}

static bool shm_met(struct judge *judge, double most, const struct subject *subject)
{
	if (subject->kind == SUBJECT_UPDATE)
		return true;
	return shm_size_met(judge, most, subject->host) && require_shm_mounts(judge, subject, most);
}

static bool replicas_met(double most, const struct subject *subject)
{
	const cJSON *mode = json_field(subject->spec, "Mode");
	const cJSON *replicas = field_at(mode, "Replicated", "Replicas", NULL);
	const cJSON *job = json_field(mode, "ReplicatedJob");

	if (subject->kind != SUBJECT_SERVICE)
		return true;
	if (cJSON_IsObject(json_field(mode, "Global")) ||
	    cJSON_IsObject(json_field(mode, "GlobalJob")))
		return false;
	return number_of(job, "MaxConcurrent") <= most &&
	       number_of(job, "TotalCompletions") <= most && (json_number(replicas) <= most);
}

bool maximum_met(
    struct judge *judge, enum maximum maximum, double most, const struct subject *subject)
{
	if (subject->kind == SUBJECT_EXEC || subject->kind == SUBJECT_VOLUME ||
	    subject->kind == SUBJECT_CONNECT || subject->kind == SUBJECT_IMAGE)
		return true;
	switch (maximum) {
	case MAXIMUM_MEMORY:
		return memory_met(most, subject);
	case MAXIMUM_CPUS:
		return cpus_met(most, subject);
	case MAXIMUM_PIDS:
		return pids_met(most, subject);
	case MAXIMUM_SHM:
		return shm_met(judge, most, subject);
	case MAXIMUM_REPLICAS:
		return replicas_met(most, subject);
	case MAXIMUM_RESTARTS:
	case MAXIMUM_COUNT:
	default: /* max_restarts only tells restart_bounded its bound */
		return true;
	}
}
