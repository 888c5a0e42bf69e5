/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy is made of, private to this room. Everything lies in the policy's arena and never
 * changes after policy_finish(). */
#ifndef POLICY_MODEL_H
#define POLICY_MODEL_H

#include "base/arena.h"
#include "base/error.h"
#include "base/patterns.h"
#include "policy/policy.h"

/* ---- rules: allow and deny --------------------------------------------------------------- */

enum rule_kind {
	RULE_NAME,  /* a glob on names of operations */
	RULE_CLASS, /* @safe and its kin */
	RULE_PATH,  /* METHOD /path/glob */
};

/* One condition on the query: present with matching values, present, or absent. */
struct rule_condition {
	struct rule_condition *next;
	struct span name;
	struct span values; /* globs with '|' between; .at NULL: any value */
	bool absent;
};

struct rule {
	struct rule *next;
	enum rule_kind kind;
	bool deny;
	unsigned methods; /* RULE_PATH: bit per enum method */
	unsigned classes; /* RULE_CLASS: bit per enum docker_class */
	bool all;         /* @all: unknown routes as well, where the policy lets them in at all */
	struct span text; /* as written, for messages */
	struct span pattern;
	struct span wide; /* of a deny, RULE_PATH: |pattern| with stars that match slashes */
	struct rule_condition *conditions;
	struct policy_source source;
};

/* What the rules say of one operation before a request comes. */
enum plan_kind {
	PLAN_NO_RULE,
	PLAN_DENY,
	PLAN_ALLOW,
	PLAN_ASK, /* it depends on path or query: ask the |candidates| */
};

struct rule_plan {
	enum plan_kind kind;
	const struct rule
	    *rule; /* that decides; of PLAN_ASK: the first one that may allow, or NULL */
	/* of PLAN_ASK: rules that may match, denials first */
	struct patterns paths;  /* by the path */
	struct patterns values; /* by the path and a value of the parameter |param| */
	struct span param;
};

/* ---- grants ------------------------------------------------------------------------------ */

enum propagation {
	PROPAGATION_SHARED = 1 << 0,
	PROPAGATION_RSHARED = 1 << 1,
	PROPAGATION_SLAVE = 1 << 2,
	PROPAGATION_RSLAVE = 1 << 3,
};

struct text;

struct bind_row {
	struct span literal; /* directory before the first wildcard */
	struct span below;   /* glob of what lies below a match; .at NULL: no wildcards */
	bool whole;          /* the whole host */
	bool rw, create, relabel;
	unsigned propagation;
};

struct publish_row {
	struct span address;  /* .at NULL: any */
	struct span protocol; /* .at NULL: any */
	unsigned low, high;
};

enum image_row_kind {
	IMAGE_ROW_ANY,
	IMAGE_ROW_ID,
	IMAGE_ROW_NAME,
	IMAGE_ROW_RUN, /* `@image`: whatever the grant `image` covers */
};

struct image_row {
	enum image_row_kind kind;
	struct span name, tag, digest; /* globs; .at NULL: any */
};

struct argv_row {
	struct span *words;
	unsigned count;
	bool more; /* ends in **: any more words */
};

/* What a line of `device_request` says behind its drivers. */
struct devices_row {
	struct span options; /* words, read again when a request comes */
	bool bounded;        /* there are some */
	unsigned most;       /* devices at once; UINT_MAX: any number */
};

/* One value of one grant. */
struct grant_row {
	struct grant_row *next;
	unsigned order; /* among the rows of the grant */
	struct policy_source source;
	struct span text;    /* as written */
	struct span pattern; /* glob, the key's of a pair */
	union {
		struct span value; /* of a pair; .at NULL: any */
		struct bind_row bind;
		struct publish_row publish;
		struct image_row image;
		struct argv_row argv;
		struct devices_row devices;
	};
};

/* Rows of ports by their lowest one, each with the highest port of all rows up to it. */
struct publish_list {
	struct publish_entry {
		const struct grant_row *row;
		unsigned reach;
	} * entries;
	unsigned count;
};

struct grant_state {
	struct grant_row *first, *last;
	struct grant_row *negated;     /* `!PATTERN`: taken back from what wildcards cover */
	unsigned count;                /* of rows */
	struct patterns rows, no_rows; /* and of |negated| */
	struct publish_list publish;
	bool has_globs; /* a row has a wildcard */
	bool given;     /* a line speaks of it */
	bool flag;      /* a flag's answer */
	struct policy_source source;
};

/* ---- requirements ------------------------------------------------------------------------ */

#define REQUIRE_MOST 64 /* rows of the table of requirements: bits of a word */

enum maximum {
	MAXIMUM_MEMORY,
	MAXIMUM_CPUS,
	MAXIMUM_PIDS,
	MAXIMUM_SHM,
	MAXIMUM_REPLICAS,
	MAXIMUM_RESTARTS,
	MAXIMUM_COUNT
};

struct maximum_state {
	bool given;
	double value; /* bytes, billionths of a CPU, or a count */
	struct policy_source source;
};

/* ---- owners ------------------------------------------------------------------------------ */

/* One `shared` pattern. */
struct shared_row {
	struct shared_row *next;
	enum docker_object kind;
	struct span text, pattern; /* as written, and the name's */
	struct policy_source source;
};

/* A key such as max_containers. */
struct quota {
	bool given;
	uint64_t most;
	struct policy_source source;
};

#define QUOTA_COUNT 3

struct owner_state {
	struct span key;    /* the guarded label; .at NULL: no policy has an owner */
	struct span name;   /* the value of `owner`; .at NULL: none */
	struct span filter; /* `filters` of a list that has none; .at NULL: the client decides */
	struct policy_source source;
	struct shared_row *shared, *last_shared;
	struct quota quotas[QUOTA_COUNT]; /* in the order of their table */
};

/* The quota of objects of |kind|, or NULL when there may be any number; its key in |*ret_key|. */
const struct quota *quota_of(
    const struct policy *policy, enum docker_object kind, const char **ret_key);

/* ---- what is hidden ----------------------------------------------------------------------- */

struct redact_kinds {
	unsigned bits; /* of enum redact */
	struct policy_source source;
};

/* One `redact_except` pattern. */
struct redact_row {
	struct redact_row *next;
	struct span text, pattern;
	struct policy_source source;
};

struct redact_state {
	struct redact_kinds hidden;
	struct redact_kinds needed; /* by the clients, as a preset says */
	struct redact_row *except, *last_except;
};

/* ---- the policy -------------------------------------------------------------------------- */

enum setting {
	SETTING_MODE,
	SETTING_MIN_API,
	SETTING_MAX_API,
	SETTING_UNKNOWN_ROUTES,
	SETTING_UNKNOWN_FIELDS,
	SETTING_UNKNOWN_PARAMS,
	SETTING_GRANT,
	SETTING_PRESET,
	SETTING_CHECK_STATE,
	SETTING_RESOLVE_BINDS,
	SETTING_TELL,
	SETTING_OWN_CONTAINER,
	SETTING_COUNT
};

struct setting_state {
	bool given;
	unsigned value;
	struct policy_source source;
};

struct policy {
	struct arena arena;
	const char *name;
	_Atomic unsigned references; /* doors of several workers share it */
	bool finished;
	unsigned number;            /* of policy_set_number() */
	uint64_t serial;            /* from 1 on; no other policy of the process has it */
	struct policy_source fault; /* the line that policy_finish() failed for */
	struct setting_state settings[SETTING_COUNT];
	struct rule *rules, *last_rule;
	unsigned rule_count;
	struct grant_state grants[GRANT_MAX];
	bool free_grants[GRANT_MAX]; /* that need no look at values */
	uint64_t required;           /* bit per row of the table of requirements */
	struct policy_source required_by[REQUIRE_MOST]; /* the first line that asks for it */
	struct maximum_state maxima[MAXIMUM_COUNT];
	struct owner_state owner;
	struct redact_state redact;
	struct rule_plan *plans;  /* one an operation, and one for what is none */
	policy_advise_fn *advise; /* what permits an operation, where that is no line; or NULL */
	const void *advise_context;
	unsigned shut[GRANT_MAX]; /* bits of enum docker_subject where a twin that is narrowed
				   * closes it */
};

static inline bool policy_allows(const struct policy *policy, enum setting setting)
{
	return policy->settings[setting].value != 0;
}

static inline bool policy_grants_all(const struct policy *policy)
{
	return policy_allows(policy, SETTING_GRANT);
}

/* ---- building, by noun ------------------------------------------------------------------- */

/* One line of the configuration on its way in. */
struct policy_line {
	struct policy *policy;
	struct span key, value;
	struct policy_source source;
};

MUST_CHECK int rule_add(struct policy_line *line, bool deny, struct error *err);
MUST_CHECK int rule_resolve(struct policy *policy, struct error *err);
/* Fails for a rule that can never match, whose line is policy->fault then. */
MUST_CHECK int rules_check(struct policy *policy, struct error *err);

/* Refuses conditions on signals that there are not: a deny of one would deny nothing. */
MUST_CHECK int rules_check_values(struct policy *policy, struct error *err);
/* Whether |rule| may decide about requests of |operation|. */
bool rule_speaks_of(const struct rule *rule, const struct docker_operation *operation);
/* "a container" and the like where a deny rule holds a name against paths that may have an id in
 * its place; else NULL. */
const char *rule_denies_name(const struct rule *rule);
/* The same of an allow rule whose pattern of a name the beginning of an id can match. */
const char *rule_allows_id(const struct rule *rule);
MUST_CHECK int grant_add(struct policy_line *line, enum grant grant, struct error *err);
/* Fails for the word |value| of |line| that could never match anything. */
MUST_CHECK int grant_value_check(
    enum grant grant, struct span line, struct span value, struct error *err);
/* True when the byte at |at| would begin a comment in a policy file, in quotes as well. */
bool begins_comment(struct span value, size_t at);

/* What is wrong with words that word_next() cannot take. */
int quotes_refuse(struct error *err);
MUST_CHECK int grants_resolve(struct policy *policy, struct error *err);
/* Closes the twins of grants that are narrowed. */
void twin_resolve(struct policy *policy);
/* True when lines say which values |grant| takes, and not that it takes any. */
bool twin_is_narrowed(const struct policy *policy, enum grant grant);
MUST_CHECK int require_add(struct policy_line *line, struct error *err);
bool require_names(struct span word);
/* The value as one would write it, "none" for no bound. */
void setting_write(struct text *text, enum setting setting, unsigned value);
MUST_CHECK int require_preset(struct policy_line *line, struct error *err);
MUST_CHECK bool maximum_from(struct span key, enum maximum *ret_maximum);
MUST_CHECK int maximum_add(struct policy_line *line, enum maximum maximum, struct error *err);
const char *maximum_name(enum maximum maximum);
struct policy_setting maximum_listed(enum maximum maximum);

/* The keys of owners. owner_knows_key() finds `owner` and `shared`. */
bool owner_knows_key(struct span key);
MUST_CHECK int owner_add(struct policy_line *line, struct error *err);
MUST_CHECK int owner_check(struct policy *policy, struct error *err);
/* The rows in order; false past the end. */
bool owner_key_at(unsigned index, struct policy_setting *ret_setting);
/* The rows that |quotas| of owner_state are in the order of. */
bool quota_key_at(unsigned index, struct policy_setting *ret_setting);
void owner_show(const struct policy *policy, policy_show_fn *fn, void *context);

/* The same of `redact` and its kin. */
bool redact_key_at(unsigned index, struct policy_setting *ret_setting);
bool redact_knows_key(struct span key);
MUST_CHECK int redact_add(struct policy_line *line, struct error *err);
MUST_CHECK int redact_check(struct policy *policy, struct error *err);
void redact_show(const struct policy *policy, policy_show_fn *fn, void *context);
typedef void redact_warn_fn(void *context, const struct policy_source *source, const char *text);
void redact_warn(const struct policy *policy, redact_warn_fn *warn, void *context);

/* Parsers of grant values with a grammar of their own; |text| is already in the arena. */
MUST_CHECK int bind_row_parse(
    struct policy *policy, struct grant_row *row, struct span options, struct error *err);
MUST_CHECK int publish_row_parse(struct grant_row *row, struct error *err);
MUST_CHECK int image_row_parse(
    struct policy *policy, enum grant grant, struct grant_row *row, struct error *err);
MUST_CHECK int publish_resolve(struct policy *policy, struct error *err);
MUST_CHECK int argv_row_parse(struct policy *policy, struct grant_row *row, struct error *err);
MUST_CHECK int devices_read(struct span words, struct devices_row *ret_row, struct error *err);
MUST_CHECK int cap_row_parse(struct policy *policy, struct grant_row *row, struct error *err);

/* Copies into the policy's arena; .at NULL when memory is out. */
struct span policy_keep(struct policy *policy, struct span text);

/* As policy_keep(), with every star doubled, for patterns where '/' is nothing special. */
struct span policy_keep_stars(struct policy *policy, struct span pattern);

/* Takes the next word off |*rest|. A word may be in double quotes to hold blanks. Returns 1 with a
 * word, 0 at the end, -1 when a quote is left open, stands inside a word or is a single one. */
MUST_CHECK int word_next(struct span *rest, struct span *ret_word);

/* Reads yes/no, true/false, on/off, allow/deny. */
MUST_CHECK bool word_to_bool(struct span word, bool *ret_value);

static inline bool span_has(struct span s, char c)
{
	return s.len && memchr(s.at, c, s.len);
}

static inline bool span_is_glob(struct span s)
{
	return span_has(s, '*') || span_has(s, '?');
}

#endif
