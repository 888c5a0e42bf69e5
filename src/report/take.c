/* SPDX-License-Identifier: Apache-2.0 */
/* One line of the log, added to all that is counted. */
#include <stdlib.h>

#include "base/date.h"
#include "report/parts.h"

/* ---- the report --------------------------------------------------------------------------------
 */

struct report *report_new(const struct report_options *options)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		return NULL;
	report->options = options;
	report->operations = docker_operation_count();
	arena_init(&report->kept, TEXT_MOST);
	arena_init(&report->line, AUDIT_LINE_ARENA);
	report->last_file = &report->files;
	report->last_policy = &report->policies;
	for (unsigned i = 0; i < 2; i++)
		report->denials[i].all = calloc(DENIALS_MOST, sizeof(struct denial));
	report->runs = calloc(RUNS_MOST, sizeof(*report->runs));
	if (timeline_init(&report->timeline, row_of_client(report, CLIENTS_MOST + 1)) == 0 &&
	    report->denials[0].all && report->denials[1].all && report->runs)
		return report;
	report_free(report);
	return NULL;
}

void report_free(struct report *report)
{
	if (!report)
		return;
	arena_free(&report->kept);
	arena_free(&report->line);
	timeline_free(&report->timeline);
	free(report->denials[0].all);
	free(report->denials[1].all);
	free(report->runs);
	free(report);
}

int report_begin_file(struct report *report, const char *name, struct error *err)
{
	struct log_file *file = arena_alloc(&report->kept, sizeof(*file));

	if (!file)
		return error_set(err, "out of memory");
	*file = (struct log_file){.name = name};
	*report->last_file = file;
	report->last_file = &file->next;
	report->file = file;
	return 0;
}

uint64_t report_file_lines(const struct report *report)
{
	return report->file->lines;
}

uint64_t report_file_unreadable(const struct report *report)
{
	return report->file->unreadable;
}

/* ---- one line ----------------------------------------------------------------------------------
 */

static void add_tally(struct tally *tally, const struct request *request)
{
	tally->denied += request->denied;
	tally->would_deny += request->would_deny;
	tally->allowed += !request->denied && !request->would_deny;
	tally->host += request->host;
}

static void add_to_timeline(struct report *report, const struct request *request)
{
	unsigned outcome = request->denied       ? ROW_DENIED
			   : request->would_deny ? ROW_WOULD_DENY
						 : ROW_ALLOWED;
	unsigned column;
	int64_t seconds;

	if (!date_read_time(span_of(request->time), &seconds)) {
		report->timeline.outside++;
		return;
	}
	if (!timeline_place(&report->timeline, seconds, &column))
		return;
	uint64_t(*counts)[TIMELINE_SLOTS] = report->timeline.counts;

	counts[outcome][column]++;
	counts[row_of_operation(operation_index(request->operation))][column]++;
	counts[row_of_client(report, request->client->index)][column]++;
}

static int take_request(struct report *report, struct span text, const cJSON *line)
{
	const char *event = audit_line_text(line, "event");
	const char *operation = audit_line_text(line, "operation");
	struct request request = {.line = line,
	    .text = text,
	    .client = client_of(report, line),
	    .operation = docker_operation_named(span_of(operation)),
	    .time = audit_line_time(line),
	    .denied = strcmp(event, "denied") == 0,
	    .would_deny = strcmp(event, "would-deny") == 0};

	if (!request.client)
		return -1;
	request.host = cJSON_GetArraySize(audit_line_member(line, "host_fixes")) > 0;
	add_tally(&report->tally, &request);
	add_tally(&request.client->tally, &request);
	keep_first(report->first, request.time);
	keep_last(report->last, request.time);
	keep_last(request.client->last, request.time);
	add_to_timeline(report, &request);
	if (request.denied || request.would_deny)
		denial_count(report, &request);
	return client_count(report, &request);
}

static bool is_wanted(const struct report *report, const cJSON *line)
{
	const char *policy = report->options->policy;

	return !policy || strcmp(policy, audit_line_text(line, "policy")) == 0;
}

int report_take(struct report *report, struct span line, struct error *err)
{
	struct span text = span_trim(line);

	if (text.len == 0)
		return 0;
	report->file->lines++;
	arena_reset(&report->line);
	const cJSON *root = audit_line_read(text, &report->line);

	if (!root) {
		report->file->unreadable++;
		return 0;
	}
	run_count(report, root);
	if (!audit_line_is_request(root)) {
		notice_count(report, root);
		return 0;
	}
	if (!is_wanted(report, root)) {
		report->left_out++;
		return 0;
	}
	return take_request(report, text, root) < 0 ? error_set(err, "out of memory") : 0;
}
