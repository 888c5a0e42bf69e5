/* SPDX-License-Identifier: Apache-2.0 */
/* Where the daemon's answers have values that a policy can hide (`redact`): tables of members, one
 * row a path. docs/redaction.md says what a kind is. */
#ifndef DOCKER_ANSWERS_H
#define DOCKER_ANSWERS_H

#include "base/error.h"
#include "base/span.h"

/* Kinds of values that can be hidden. X(id, word, what) */
#define REDACT_KINDS(X)                                                                            \
	X(ENV, "env", "values of environment variables, also in the history of images")            \
	X(ARGS, "args", "commands, arguments, health checks and what they print")                  \
	X(LABELS, "labels", "values of labels and annotations")                                    \
	X(MOUNTS, "mounts", "sources of mounts, places and options of volumes")                    \
	X(HOST, "host", "paths, names, addresses and proxies of the host, options of drivers")     \
	X(SWARM, "swarm", "join tokens, the unlock key and the contents of configs")

enum redact_bit {
#define X(id, word, what) REDACT_##id##_BIT,
	REDACT_KINDS(X)
#undef X
	    REDACT_KIND_COUNT
};

enum redact {
#define X(id, word, what) REDACT_##id = 1 << REDACT_##id##_BIT,
	REDACT_KINDS(X)
#undef X
};

/* "env", and what it is; NULL past the end. */
const char *docker_redact_word(unsigned bit);
const char *docker_redact_what(unsigned bit);

/* What is left of a string in a hidden place. Of numbers nothing is: they become 0. */
enum docker_hide {
	HIDE_NONE,
	HIDE_ALL,    /* nothing */
	HIDE_EMPTY,  /* nothing, where clients want an address: it becomes empty */
	HIDE_BYTES,  /* nothing, where clients want base64 */
	HIDE_NAMED,  /* names: of members, and of NAME=VALUE in a list. `redact_except` keeps values
		      */
	HIDE_BIND,   /* of SOURCE:/TARGET:OPTIONS all but a source that is no volume's name */
	HIDE_SOURCE, /* it, when it is a volume's name */
	HIDE_ACTION, /* of an event what stands before the command */
	HIDE_NUMBERS, /* it, when it is a number, a time and the like */
	HIDE_PATHS,   /* it, when there is no path in it */
	HIDE_ADDRESS, /* it, when it is any address of the host or of its loopback; else empty */
	HIDE_MESSAGE, /* nothing, and where it can be found */
	HIDE_TYPE,    /* all of it: rows with |types| behind it are picked by it */
	HIDE_MAX
};

struct docker_answer_member {
	const char *name; /* compared as Go's decoder does. "*": any, in the last row of a table of
			   * a map, whose other names are compared to the letter */
	unsigned kinds;   /* of enum redact: with any of them, all that is in it is hidden */
	enum docker_hide hide;
	const char *types; /* NULL: always. Else it counts only behind a value of HIDE_TYPE that is
			    * one of these words */
	const struct docker_answer_member *inner; /* else what is in it, or NULL. Lists are passed
						   * through: of each element */
};

/* How an operation answers, as far as values can be hidden in that. */
enum docker_answer {
	ANSWER_UNKNOWN, /* cannot be told: refused to a policy that hides any */
	ANSWER_PLAIN,   /* without such values */
	ANSWER_RAW,     /* bytes that may hold anything: passed, and `check` warns */
	ANSWER_JSON,    /* one JSON value: the table |told| */
	ANSWER_EVENTS,  /* the same of each of many */
};

/* Tables end with a row without a name. Each is the answer of the operations that name it. */
extern const struct docker_answer_member answer_attestations[], answer_config[], answer_container[],
    answer_containers[], answer_df[], answer_distribution[], answer_events[], answer_exec[],
    answer_history[], answer_image[], answer_info[], answer_network[], answer_node[],
    answer_plugin[], answer_progress[], answer_service[], answer_swarm[], answer_task[],
    answer_top[], answer_unlock_key[], answer_volume[], answer_volumes[], answer_wait[];

/* Of answers that are errors. */
extern const struct docker_answer_member answer_error[];

/* The bits of the names (json_name_bit()) of the members in which something of |kinds|, of enum
 * redact, is hidden; JSON_ALL_NAMES in a map; 0: there are none. */
uint64_t docker_answer_names(const struct docker_answer_member *members, unsigned kinds);

/* The row for a member called |name| in an answer of |type|, or "" before that is known. NULL:
 * there is none, and nothing in it is hidden. */
const struct docker_answer_member *docker_answer_find(
    const struct docker_answer_member *members, const char *name, const char *type);

#endif
