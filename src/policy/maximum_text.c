/* SPDX-License-Identifier: Apache-2.0 */
/* How a refusal for a maximum is worded: field, value, limit, and the option of docker that sets
 * it. */
#include "json/json.h"
#include "policy/require.h"

#define NANO 1e9

/* What a maximum is about in one kind of request. */
struct wording {
	const char *field, *option;
	double most; /* in multiples of the maximum; 0: unused */
};

enum form { FORM_CONTAINER, FORM_UPDATE, FORM_SERVICE, FORM_COUNT };

#define LIMITS "TaskTemplate.Resources.Limits."

/* The field that sets it, and a second one that it bounds as well. */
static const struct wording wordings[MAXIMUM_COUNT][FORM_COUNT][2] = {
    [MAXIMUM_MEMORY] =
	{
	    {{"HostConfig.Memory", "docker run -m", 1},
		{"HostConfig.MemorySwap", "docker run --memory-swap", 2}},
	    {{"Memory", "docker update -m", 1}, {"MemorySwap", "docker update --memory-swap", 2}},
	    {{LIMITS "MemoryBytes", "docker service create --limit-memory", 1},
		{"TaskTemplate.Resources.SwapBytes", "docker service create --memory-swap", 1}},
	},
    [MAXIMUM_CPUS] =
	{
	    {{"HostConfig.NanoCpus", "docker run --cpus", 1}},
	    {{"NanoCpus", "docker update --cpus", 1}},
	    {{LIMITS "NanoCPUs", "docker service create --limit-cpu", 1}},
	},
    [MAXIMUM_PIDS] =
	{
	    {{"HostConfig.PidsLimit", "docker run --pids-limit", 1}},
	    {{"PidsLimit", "docker update --pids-limit", 1}},
	    {{LIMITS "Pids", "docker service create --limit-pids", 1}},
	},
    [MAXIMUM_SHM] =
	{
	    {{"HostConfig.ShmSize", "docker run --shm-size", 1}},
	    {{"HostConfig.ShmSize", "docker run --shm-size", 1}},
	    {{"HostConfig.ShmSize", "docker run --shm-size", 1}},
	},
    [MAXIMUM_REPLICAS] =
	{
	    {{"Mode.Replicated.Replicas", "docker service create --replicas", 1}},
	    {{"Mode.Replicated.Replicas", "docker service create --replicas", 1}},
	    {{"Mode.Replicated.Replicas", "docker service create --replicas", 1}},
	},
};

static enum form form_of(const struct subject *subject)
{
	if (subject->kind == SUBJECT_SERVICE)
		return FORM_SERVICE;
	return subject->kind == SUBJECT_UPDATE ? FORM_UPDATE : FORM_CONTAINER;
}

/* The number at the end of the dotted path |field| of what |subject| describes. */
static double field_value(const struct subject *subject, const char *field)
{
	const cJSON *at = subject->kind == SUBJECT_SERVICE ? subject->spec : subject->host;
	struct span rest = span_of(field);
	char room[32];

	(void)span_cut_prefix(&rest, SPAN("HostConfig."));
	for (;;) {
		struct text name = text_in(room, sizeof(room));

		text_add(&name, span_cut(rest, '.', &rest));
		if (!rest.at)
			return number_of(at, room);
		at = json_field(at, room);
	}
}

/* Bytes in the largest unit that divides them. */
static void write_bytes(struct text *text, double bytes)
{
	static const char letters[] = "kmgt";
	uint64_t number = (uint64_t)bytes;
	const char *letter = letters;

	while (*letter && number > 0 && number % 1024 == 0) {
		number /= 1024;
		letter++;
	}
	text_add_format(text, "%llu", (unsigned long long)number);
	if (letter > letters)
		text_add(text, (struct span){letter - 1, 1});
}

void maximum_write(struct text *text, enum maximum maximum, double amount)
{
	if (amount < 0)
		text_add(text, SPAN("unlimited"));
	else if (maximum == MAXIMUM_MEMORY || maximum == MAXIMUM_SHM)
		write_bytes(text, amount);
	else if (maximum == MAXIMUM_CPUS)
		text_add_format(text, "%g", amount / NANO);
	else
		text_add_format(text, "%.0f", amount);
}

/* The field that breaks the bound: the second one where only that does. */
static const struct wording *culprit(
    enum maximum maximum, double most, const struct subject *subject)
{
	const struct wording *rows = wordings[maximum][form_of(subject)];
	double value = field_value(subject, rows[0].field);
	bool fine = value > 0 ? value <= most : subject->kind == SUBJECT_UPDATE && value == 0;

	return fine && rows[1].field ? &rows[1] : &rows[0];
}

const char *maximum_field(enum maximum maximum, double most, const struct subject *subject)
{
	return culprit(maximum, most, subject)->field;
}

void maximum_explain(
    struct text *text, enum maximum maximum, double most, const struct subject *subject)
{
	const struct wording *row = culprit(maximum, most, subject);
	double value = field_value(subject, row->field);

	if (value > 0 && value <= most * row->most)
		text_add(text, SPAN("is not all that is asked for"));
	else if (value > 0 || value < 0) {
		text_add(text, SPAN("is "));
		maximum_write(text, maximum, value);
	} else {
		text_add(text, SPAN("is not set"));
	}
	text_add(text, SPAN("; this policy wants at most "));
	maximum_write(text, maximum, most * row->most);
	text_add_format(text, " (%s)", row->option);
}
