/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share. */
#ifndef REPORT_PARTS_H
#define REPORT_PARTS_H

#include "audit/line.h"
#include "base/arena.h"
#include "report/report.h"
#include "report/timeline.h"

#define CLIENTS_MOST 512u      /* that are told apart; those beyond are "others" */
#define NAME_BYTES 257u        /* of a client, a listener, a policy, with a NUL */
#define TEXT_MOST (96u << 20)  /* bytes of all that stays */
#define DENIALS_MOST 128u      /* kinds of denials that are kept, of each of two: the newest ones */
#define DENIALS_SHARE 64u      /* of them, what one client may take */
#define FIXES_MOST 6u          /* lines that a denial shows */
#define FIX_BYTES 241u         /* of each, with a NUL */
#define DENIAL_TEXT_BYTES 401u /* of its message and of its request */
#define RUNS_MOST 1024u        /* runs of sockwarden whose lines are counted */
#define RUN_BYTES 33u          /* of the name of one, with a NUL */
#define POLICIES_MOST 256u     /* whose lines are counted */
#define ANSWERS_KEPT 4096u     /* of the configuration's policies */
#define REASONS (REASON_MAX + 1) /* the last one is any that is not known */

/* What became of requests. */
struct tally {
	uint64_t allowed, would_deny, denied;
	uint64_t host; /* refused, or would be, and a missing line gives root on the host */
};

/* Of one operation, by one client. */
struct use {
	uint64_t permitted, refused; /* in a dry run too */
};

struct client {
	uint64_t hash;
	const char *listener, *policy, *identity;
	unsigned index;
	struct tally tally;
	char last[AUDIT_TIME_BYTES];
	struct use *uses;            /* of each operation; the last one is none of the API */
	uint64_t reasons[REASONS];   /* of refusals, in a dry run too */
	uint64_t grants[GRANT_MAX];  /* requests that were sent on and needed a line of the grant */
	uint64_t on_host[GRANT_MAX]; /* those whose line gives root on the host */
	struct policy_uses *policy_uses; /* of its policy, where that is known */
	uint64_t *lines;                 /* how often it used each line of that; NULL: none yet */
	uint64_t without_needs; /* requests that were sent on, of which needs are not known */
};

/* Denials that differ in nothing but the time and the path. */
struct denial {
	uint64_t hash;
	const struct client *client;
	char identity[NAME_BYTES],
	    listener[NAME_BYTES]; /* of the client, also of one of the others */
	uint64_t count;
	char first[AUDIT_TIME_BYTES], last[AUDIT_TIME_BYTES];
	bool dry_run, host;
	unsigned reason, operation, status;
	char request[DENIAL_TEXT_BYTES], message[DENIAL_TEXT_BYTES];
	char field[NAME_BYTES], value[NAME_BYTES], rule[NAME_BYTES];
	char fixes[FIXES_MOST][FIX_BYTES];
	bool gives_host[FIXES_MOST];
	unsigned fix_count;
	uint64_t more;                  /* lines and changes that are not shown */
	char change[DENIAL_TEXT_BYTES]; /* what no line would permit */
};

/* Lines of one run of sockwarden, for finding those that are missing. */
struct run {
	char name[RUN_BYTES];
	uint64_t least, most, count;
};

/* Events without a request. */
enum notice_kind {
	NOTICE_RELOADED,
	NOTICE_RELOAD_FAILED,
	NOTICE_LIMITED,
	NOTICE_CLIENT_REFUSED,
	NOTICE_OTHER,
	NOTICE_KINDS
};

struct notice {
	uint64_t count;
	char last[AUDIT_TIME_BYTES];
	char message[DENIAL_TEXT_BYTES]; /* of the last one */
};

/* One line of a policy that gives something. */
struct policy_line {
	struct policy_source source;
	const char *text; /* "allow = container.list" */
	uint64_t count;   /* requests that used it */
	char last[AUDIT_TIME_BYTES];
	bool is_rule;
	struct policy_line *next; /* while they are collected */
};

struct policy_uses {
	struct policy_uses *next;
	const char *name;
	const struct policy *policy; /* NULL: the configuration has none of this name */
	struct policy_line *lines;
	unsigned line_count;
	uint64_t requests, without_needs; /* that were sent on */
};

struct answer {
	uint64_t hash; /* 0: free */
	unsigned line; /* index + 1; 0: none */
};

struct log_file {
	struct log_file *next;
	const char *name;
	uint64_t lines, unreadable;
};

struct report {
	const struct report_options *options;
	struct arena kept, line;
	struct log_file *files, **last_file, *file;
	struct client *clients[CLIENTS_MOST + 1]; /* the last one: others */
	unsigned client_count;
	struct client *last_client;
	unsigned operations; /* that there are */
	struct timeline timeline;
	struct tally tally;
	uint64_t left_out; /* requests that another policy judged */
	char first[AUDIT_TIME_BYTES], last[AUDIT_TIME_BYTES];
	struct denial_list {
		struct denial *all;
		unsigned count;
	} denials[2]; /* 1: those that asked for root on the host, which others cannot push out */
	struct run *runs;
	unsigned run_count, last_run;
	bool more_runs;
	struct notice notices[NOTICE_KINDS];
	struct policy_uses *policies, **last_policy;
	unsigned policy_count;
	struct answer answers[ANSWERS_KEPT];
};

/* One request of the log. */
struct request {
	const cJSON *line;
	struct span text;
	struct client *client;
	const struct docker_operation *operation; /* NULL: none of the API */
	const char *time;
	bool denied, would_deny, host;
};

/* Rows of the timeline: three of what became of requests, then operations, then clients. */
enum { ROW_ALLOWED, ROW_WOULD_DENY, ROW_DENIED, ROW_OUTCOMES };
static inline unsigned row_of_operation(unsigned operation)
{
	return ROW_OUTCOMES + operation;
}
static inline unsigned row_of_client(const struct report *report, unsigned client)
{
	return ROW_OUTCOMES + report->operations + 1 + client;
}

/* What its number in tables is; that of none is behind the last one. */
static inline unsigned operation_index(const struct docker_operation *operation)
{
	return operation ? docker_operation_index(operation) : docker_operation_count();
}
const char *operation_name(unsigned index);

#define HASH_START 0xcbf29ce484222325u
uint64_t hash_text(uint64_t hash, struct span text);

/* Copies |text| with a NUL; of one that is too long the beginning, up to the end of a character. */
void copy_cut(char *room, size_t size, const char *text);

/* Keeps the earlier, or the later, of two times of the log. */
void keep_first(char first[static AUDIT_TIME_BYTES], const char *time);
void keep_last(char last[static AUDIT_TIME_BYTES], const char *time);

/* Who asked, as it is kept and shown: "unknown" where the log does not tell. */
void read_identity(const cJSON *line, char room[static NAME_BYTES]);

/* The client of a line; NULL when memory is out. */
struct client *client_of(struct report *report, const cJSON *line);
/* Adds one to what the client of |request| used and was refused. Returns 0, or -1. */
MUST_CHECK int client_count(struct report *report, const struct request *request);

/* The reason of a refusal, by its number. */
unsigned reason_of(const cJSON *line);
const char *reason_shown(unsigned reason);
/* What it means, in a few words. */
const char *reason_meaning(unsigned reason);

void denial_count(struct report *report, const struct request *request);

void notice_count(struct report *report, const cJSON *line);
void run_count(struct report *report, const cJSON *line);
/* Lines that are missing between the first and the last one of the runs. */
uint64_t runs_lost(const struct report *report, uint64_t *ret_twice);

/* The lines of the policy |name|, when the configuration is known; NULL when memory is out. */
struct policy_uses *policy_uses_of(struct report *report, const char *name);
/* Adds one to the lines that the request, which was sent on, used. Returns 0, or -1. */
MUST_CHECK int policy_count(struct report *report, const struct request *request);

#endif
