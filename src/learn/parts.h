/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share. */
#ifndef LEARN_PARTS_H
#define LEARN_PARTS_H

#include "audit/line.h"
#include "base/arena.h"
#include "base/error.h"
#include "json/json.h"
#include "learn/learn.h"

#define ENTRIES_MOST 65536u /* different lines of all policies together, but for operations */
#define VALUES_MOST 4096u   /* different values of one grant in one policy */
#define SHARE(most) ((most) / 4 * 3) /* of such a maximum, what one client may take */
#define TEXT_MOST (72u << 20)        /* bytes of all texts */
#define TEXT_FULL (40u << 20)        /* of them, when no further lines are counted */
#define SECTIONS_MOST 256u           /* policies */
#define WHO_MOST 4u                  /* clients that a line names; more are counted */
#define NAMED_MOST 4096u             /* clients that are told apart */
#define VALUE_BYTES_MOST 1100u       /* of one value */
#define EXAMPLE_BYTES_MOST 200u      /* of the request that is shown */
#define TIME_BYTES AUDIT_TIME_BYTES
#define CHANGES_MOST 16u       /* sentences on what no line permits, of one policy */
#define SHAPE_BYTES_MOST 2304u /* of a value with its runs replaced */
#define ANSWERS_KEPT 4096u     /* of the known policy */
#define ALIKE_LEAST 3u         /* values or children that a pattern takes the place of */

enum line_kind { LINE_ALLOW, LINE_GRANT, LINE_SETTING, LINE_CHANGE };

/* How often, by whom and when something was asked for. */
struct seen {
	uint64_t count;
	char first[TIME_BYTES], last[TIME_BYTES];
	const char *who[WHO_MOST];
	unsigned who_count;
	bool others;         /* clients beyond those */
	const char *example; /* operation, request and field */
};

struct entry {
	struct entry *next;  /* with the same hash */
	struct entry *after; /* in the section */
	struct section *section;
	enum line_kind kind;
	enum grant grant; /* of LINE_GRANT */
	const char *key;
	struct span value; /* .len 0 of a grant: no line can hold what was asked for */
	struct seen seen;
	const struct docker_operation *operation; /* that first asked for it */
	bool gives_host;
	uint32_t named, given; /* of LINE_ALLOW: parameters that one, and that each request had */
	unsigned members;      /* values that it takes the place of; 0: it is one of the log */
	bool replaced;         /* by such a one */
};

/* One policy of the log. */
struct section {
	struct section *next;
	const char *name;
	struct entry *entries, **last_entry;
	unsigned values[GRANT_MAX]; /* different ones of each grant */
	uint64_t beyond[GRANT_MAX]; /* how often one was left out, since there were too many */
	uint64_t requests;
	uint64_t denied;  /* requests that were denied, and are left out */
	uint64_t unknown; /* that are no operation */
	uint64_t by_rule; /* that a deny rule was about */
	uint64_t without; /* permitted ones whose lines do not tell what they need */
	uint64_t partial; /* whose body or objects were not known */
	uint64_t cut;     /* that needed more than a line of the log tells */
	unsigned changes; /* entries of LINE_CHANGE */
	char first[TIME_BYTES], last[TIME_BYTES];
};

/* A name that comes often; of a client also how many values it brought. */
struct named {
	struct named *next;
	const char *text;
	uint16_t values[GRANT_MAX];
	unsigned lines;
	size_t bytes;
};

/* Whether the known policy covers a need, by the hash of that. */
struct answer {
	uint64_t hash; /* 0: free */
	bool covers;
};

struct learn {
	const struct learn_options *options;
	struct arena kept; /* all that stays */
	struct arena line; /* of the one that is read */
	struct entry **buckets;
	struct section *sections, **last_section;
	struct section no_section; /* stands for those that there is no room for */
	struct named **names;
	unsigned entry_count, section_count, named_count;
	uint64_t requests, unreadable, others;
	uint64_t lost;   /* needs without a line, since there were too many different ones */
	uint64_t beyond; /* requests of policies beyond SECTIONS_MOST */
	struct policy_source *used; /* lines of the known policy that were used */
	unsigned used_count, used_size;
	struct answer answers[ANSWERS_KEPT]; /* of the known policy, by hash */
};

/* One request of the log. */
struct event {
	struct section *section;
	const char *time, *example;
	struct named *who;
	const struct docker_operation *operation;
	uint32_t named, given; /* parameters that choose what it does, by bit */
};

/* Which of these parameters |query|, as an audit line has it, names, and gives a value. */
void condition_read(const struct docker_operation *operation, struct span query,
    uint32_t *ret_named, uint32_t *ret_given);

/* Writes what all requests of the line |entry| had in common there, "?fromImage=?*&!fromSrc". */
void condition_write(struct buf *out, const struct entry *entry);

/* Adds one to what stands for |key| = |value|. Returns 0, or -1 when memory is out. */
MUST_CHECK int table_count(struct learn *learn, const struct event *event, enum line_kind kind,
    const char *key, struct span value, const char *field, bool gives_host);

/* A new entry of |section| that takes the place of others; NULL when memory is out. */
struct entry *table_replace(struct learn *learn, const struct entry *like, struct span value);

/* |entry| is one of those that |wide| takes the place of. */
void table_join(struct entry *wide, struct entry *entry);

/* Notes when a request of the policy was seen. */
void table_see(struct section *section, const char *time);

/* The text once and for all, for names that come often. NULL when memory is out. */
struct named *table_name(struct learn *learn, const char *text);

/* The one of this name; a new one has no |name| where there are too many. NULL: memory is out. */
struct section *table_section(struct learn *learn, const char *name);

/* Notes that a line of the known policy was used. */
MUST_CHECK int table_use(struct learn *learn, const struct policy_source *source);
bool table_is_used(const struct learn *learn, const struct policy_source *source);

uint64_t text_hash(uint64_t hash, struct span text);
#define TEXT_HASH_START 0xcbf29ce484222325u

/* How values of a grant become patterns. */
enum shape {
	SHAPE_EXACT,
	SHAPE_NAME,  /* runs of digits and hexadecimal digits */
	SHAPE_PATH,  /* paths of the host, by the directory that they have in common */
	SHAPE_TREE,  /* the same in containers, where a pattern matches the whole path */
	SHAPE_IMAGE, /* the repository stays */
	SHAPE_PORT,  /* ranges */
	SHAPE_MAC,   /* addresses that a daemon has chosen */
	SHAPE_KEY,   /* of a pair the key alone */
};

enum shape shape_of(enum grant grant);

/* Writes |value| as it is counted: without what is different each time. */
void shape_write(struct buf *out, enum grant grant, struct span value);

/* Writes |value| with every run of digits as a star. */
void shape_write_loose(struct buf *out, struct span value);

/* Parts a value of `bind` into the path, without quotes, and what stands behind it. */
struct span shape_path(struct span value, struct span *ret_options);

/* Puts patterns in the place of values that are alike. Returns 0 or -1 when memory is out. */
MUST_CHECK int merge_section(struct learn *learn, struct section *section);
MUST_CHECK int merge_paths(struct learn *learn, struct section *section, enum grant grant);
MUST_CHECK int merge_ports(struct learn *learn, struct section *section, enum grant grant);

#endif
