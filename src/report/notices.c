/* SPDX-License-Identifier: Apache-2.0 */
/* What happened to sockwarden itself, and which lines of the log are missing. */
#include "report/parts.h"

void notice_count(struct report *report, const cJSON *line)
{
	static const char *const names[] = {[NOTICE_RELOADED] = "reloaded",
	    [NOTICE_RELOAD_FAILED] = "reload-failed",
	    [NOTICE_LIMITED] = "limited",
	    [NOTICE_CLIENT_REFUSED] = "client-refused"};
	const char *event = audit_line_text(line, "event"), *time = audit_line_time(line);
	unsigned kind = 0;

	while (kind < NOTICE_OTHER && strcmp(names[kind], event) != 0)
		kind++;
	struct notice *count = &report->notices[kind];

	count->count++;
	if (strcmp(time, count->last) < 0)
		return;
	keep_last(count->last, time);
	copy_cut(count->message, sizeof(count->message), audit_line_text(line, "message"));
}

static struct run *find_run(struct report *report, const char *name)
{
	if (report->run_count > 0 && strcmp(report->runs[report->last_run].name, name) == 0)
		return &report->runs[report->last_run];
	for (unsigned i = 0; i < report->run_count; i++) {
		if (strcmp(report->runs[i].name, name) == 0)
			return &report->runs[report->last_run = i];
	}
	if (report->run_count == RUNS_MOST)
		return NULL;
	report->last_run = report->run_count;
	copy_cut(report->runs[report->last_run].name, RUN_BYTES, name);
	return &report->runs[report->run_count++];
}

void run_count(struct report *report, const cJSON *line)
{
	char name[RUN_BYTES];
	struct json_integer number;

	copy_cut(name, sizeof(name), audit_line_text(line, "run"));
	if (!json_integer(audit_line_member(line, "seq"), &number) || number.negative)
		return;
	struct run *run = find_run(report, name);

	if (!run) {
		report->more_runs = true;
		return;
	}
	if (run->count == 0 || number.size < run->least)
		run->least = number.size;
	if (number.size > run->most)
		run->most = number.size;
	run->count++;
}

uint64_t runs_lost(const struct report *report, uint64_t *ret_twice)
{
	uint64_t lost = 0;

	*ret_twice = 0;
	for (unsigned i = 0; i < report->run_count; i++) {
		const struct run *run = &report->runs[i];
		uint64_t span = run->most - run->least + 1;

		if (!run->name[0]) /* several runs may be one here */
			continue;
		lost += span > run->count ? span - run->count : 0;
		*ret_twice += run->count > span ? run->count - span : 0;
	}
	return lost;
}
