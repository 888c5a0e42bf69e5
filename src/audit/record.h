/* SPDX-License-Identifier: Apache-2.0 */
/* One request and what became of it, as one line of JSON. Pure: no clock, no file. */
#ifndef AUDIT_RECORD_H
#define AUDIT_RECORD_H

#include "base/buf.h"
#include "policy/policy.h"

struct audit_peer {
	int64_t pid;           /* -1 when unknown */
	int64_t uid, gid;      /* -1 when unknown */
	const char *address;   /* of a network peer, or NULL */
	const char *identity;  /* "cn:…", "container:…" when found, or NULL */
	const char *container; /* that it runs in, when that was asked for and found, or NULL */
	const char *container_id;
};

enum audit_event {
	AUDIT_DENIED,
	AUDIT_WOULD_DENY, /* dry-run: would have been denied, was forwarded */
	AUDIT_ALLOWED,    /* was forwarded; |decision| tells nothing then */
};

struct audit_record {
	uint64_t sequence; /* 1, 2, 3 … without a gap in one run */
	int64_t seconds;   /* UTC, since 1970 */
	unsigned milliseconds;
	const char *run; /* identifies this run of the daemon, or NULL */
	const char *listener;
	const char *policy;
	struct audit_peer peer;
	struct span method; /* as sent when it is none we know */
	struct span path;   /* canonical, or raw when the target could not be read */
	struct span query;  /* canonical; values of secret parameters left out */
	unsigned api;
	const char *operation; /* NULL: none found */
	enum audit_event event;
	const struct decision *decision;
	const struct docker_schema
	    *schema; /* of |body|; both NULL: there is none, or it was not read */
	const cJSON *body;
	struct span needs; /* of |request|, as audit_needs_write() says it; .len 0: not told */
	const struct policy_request *request;
	struct span build;                    /* that a call of BuildKit is about, or empty */
	const char *added;                    /* what was added to its message, or NULL */
	const struct policy_tenancy *tenancy; /* of a guarded policy, or NULL */
};

/* Appends the line with its newline to |out|. The schema is docs/audit.md. */
void audit_record_write(struct buf *out, const struct audit_record *record);

/* Appends the members that tell of a refusal, each with a comma before it. */
void audit_decision_write(struct buf *out, const struct decision *decision);

/* What became of sockwarden itself, such as a reload. */
struct audit_note {
	uint64_t sequence; /* the first four as in a record */
	int64_t seconds;
	unsigned milliseconds;
	const char *run;
	const char *event;
	const char *message;
};

void audit_note_write(struct buf *out, const struct audit_note *note);

#endif
