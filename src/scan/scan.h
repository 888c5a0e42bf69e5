/* SPDX-License-Identifier: Apache-2.0 */
/* What a daemon has, held against the check lists of the CIS Docker Benchmark and against a policy:
 * objects as the daemon tells of them in, findings out. The checks are rows of a table. */
#ifndef SCAN_SCAN_H
#define SCAN_SCAN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "policy/policy.h"

/* What is looked at. */
enum scan_kind {
	SCAN_CONTAINER, /* GET /containers/ID/json */
	SCAN_EXEC,      /* GET /exec/ID/json */
	SCAN_SERVICE,   /* one of GET /services */
	SCAN_VOLUME,    /* one of GET /volumes */
	SCAN_NETWORK,   /* one of GET /networks */
	SCAN_IMAGE,     /* GET /images/ID/json */
	SCAN_HISTORY,   /* GET /images/ID/history, of the image */
	SCAN_DAEMON,    /* GET /info */
	SCAN_KINDS
};

enum scan_level {
	SCAN_NOTE,    /* good practice, or only a person can tell whether it is needed */
	SCAN_WARNING, /* a protection is off */
	SCAN_ERROR,   /* whoever is in the container has, or nearly has, the host */
	SCAN_LEVELS
};

/* How a value fails. The first ones fail where nothing is set, too. */
enum scan_test {
	FAILS_FALSE,   /* is not true */
	FAILS_ZERO,    /* is no number above zero */
	FAILS_EMPTY,   /* is empty */
	FAILS_WITHOUT, /* is a list without one of the words, in any case */
	FAILS_ROOT,    /* is a user that is root: none, a name or a number */
	FAILS_HEALTH,  /* is no command of a health check */
	FAILS_TRUE,    /* is true */
	FAILS_SET,     /* is not empty */
	FAILS_WORD,    /* is one of the words, in any case */
	FAILS_BEYOND,  /* is none of the words, in any case; CAP_ counts for nothing */
	FAILS_OUTSIDE, /* is a number below the first word or above the second one */
	FAILS_HOST,    /* is "host", or joins what is the host's */
	FAILS_SOCKET,  /* mounts a daemon's socket, or a directory that holds one */
	FAILS_SYSTEM,  /* mounts another place that the host is run by */
	FAILS_PORT,    /* is a port below 1024 */
	FAILS_ANY_IP,  /* is no address, or the one that stands for all */
	FAILS_HOLDS,   /* is a text that holds the word, which may have blanks */
	FAILS_SECRET,  /* is a variable NAME=VALUE that holds a secret; the name alone is told */
	FAILS_LATEST,  /* is the name of an image that can be another one tomorrow */
	FAILS_UPDATE,  /* is an instruction that fetches lists of packages, and no package */
	FAILS_ADD,     /* is an ADD that is not the first layer */
	SCAN_TESTS
};

#define SCAN_QUESTIONS 6 /* of an audit of containers, from 1 on; 0: no one of them */

/* One check. Paths have '/' between members; `*` is each member; '|' stands between places of which
 * the first that fails is told, or, for a test that fails where nothing is set, of which all must
 * fail. */
struct scan_check {
	const char *name;        /* "privileged" */
	const char *cis;         /* number in the CIS Docker Benchmark 1.6 and newer, or "" */
	const char *cis_old;     /* the same of 1.2 to 1.4, as `require` names it, or "" */
	unsigned question, also; /* |also|: another one that it answers with yes, or 0 */
	enum scan_level level;
	const char *words; /* what is found */
	enum scan_test test;
	const char *operand;           /* words with blanks between; NULL: none */
	const char *paths[SCAN_KINDS]; /* NULL: not asked of that kind */
	const char *when;    /* "PATH=VALUE" that must be so, with '!' in front not; NULL */
	const char *unless;  /* checks whose findings of the same object say it already, or NULL */
	const char *excused; /* among the daemon's SecurityOptions: it holds for all; or NULL */
	const char *requirement; /* that refuses it in a policy, or NULL */
	const char *run;         /* of `docker run` or of daemon.json: what mends it */
	const char *compose;     /* the same in a compose file; NULL: |run| says it all */
};

/* The rows in order; NULL past the end. Those of a question come first. */
const struct scan_check *scan_check_at(unsigned index);
/* "is the daemon's socket mounted?", of question 1 to SCAN_QUESTIONS. */
const char *scan_question(unsigned question);
const char *scan_level_name(enum scan_level level);
const char *scan_kind_name(enum scan_kind kind);

/* What the API does not show, so that a person has to look: the rows, NULL past the end. */
struct scan_unseen {
	const char *cis, *what;
};
const struct scan_unseen *scan_unseen_at(unsigned index);

struct scan_object {
	enum scan_kind kind;
	const cJSON *json;
	const char *id, *name; /* of the history: the image's */
	const char *image;     /* of a container as its client named it; or "" */
	bool running;          /* of a container */
	bool composed;         /* docker compose made it */
	bool task;             /* it is of a service */
	struct scan_object *next;
};

struct scan_finding {
	const struct scan_object *object;
	const struct scan_check *check; /* NULL: the policy's */
	enum scan_level level;
	const char *name, *words;  /* |check|'s, or of the policy's grant or requirement */
	const char *field, *value; /* "HostConfig.Privileged", "true"; or "" */
	const char *cis;           /* number of the check, or "" */
	const char *line;          /* of a policy that would permit it, or "" */
	const char *option;        /* of `docker run` that would, or "" */
	bool gives_host;           /* that line would give root on the host */
	bool ignored;              /* it is accepted: counted apart, and not written */
	struct scan_finding *next;
};

/* What could not be looked at. */
struct scan_missed {
	const char *what; /* "containers" */
	const char *why;
	const char *rule; /* the line that a policy lacks, or "" */
	struct scan_missed *next;
};

struct scan {
	struct arena arena;
	struct scan_object *objects[SCAN_KINDS], **last_object[SCAN_KINDS];
	unsigned counts[SCAN_KINDS];
	unsigned running, vanished; /* containers */
	struct scan_finding *findings, **last_finding;
	unsigned levels[SCAN_LEVELS]; /* findings of each */
	unsigned ignored;             /* findings that are */
	struct scan_accepted *accepted;
	struct scan_missed *missed, **last_missed;
	bool failed; /* memory is out */
};

void scan_init(struct scan *scan);
void scan_free(struct scan *scan);

/* Adds an object that the daemon told of; |json| lives as long as the scan. |name|: of a history,
 * else NULL. NULL when that is no object of the kind, or memory is out. */
struct scan_object *scan_add(
    struct scan *scan, enum scan_kind kind, const cJSON *json, const char *name);

/* Notes that |what| was not looked at. The texts are copied. */
void scan_miss(struct scan *scan, const char *what, const char *why, const char *rule);

/* Whether the answer of an image of this id is there. */
bool scan_has_image(const struct scan *scan, struct span id);

/* Whether |name| is one of a check, of a requirement, or "policy". */
bool scan_knows(struct span name);

/* Accepts what is found by a check from now on, "NAME" or "NAME:OBJECT", where the object's name
 * may have wildcards. |what| lives as long as the scan. */
void scan_ignore(struct scan *scan, const char *what);

/* Looks at all objects: findings in the order of the table, then of the objects. */
void scan_look(struct scan *scan);

/* Holds what exists against |policy|. What a finding of scan_look() says already is not repeated.
 * Returns 0, or -1 with |err|. */
MUST_CHECK int scan_hold(struct scan *scan, const struct policy *policy, struct error *err);

/* ---- what is written ---------------------------------------------------------------------------
 */

struct scan_output {
	const char *address;   /* that was asked */
	const char *version;   /* of this program */
	const char *policy;    /* what was held against, or NULL */
	enum scan_level level; /* findings below it are counted, and not written */
	unsigned width;        /* columns of the terminal; 0: each row of the table is one line */
	bool colour;
};

void scan_write_text(const struct scan *scan, const struct scan_output *output, struct buf *out);
void scan_write_json(const struct scan *scan, const struct scan_output *output, struct buf *out);
/* SARIF 2.1.0. */
void scan_write_sarif(const struct scan *scan, const struct scan_output *output, struct buf *out);

#endif
