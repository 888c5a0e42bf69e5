/* SPDX-License-Identifier: Apache-2.0 */
/* What one policy may permit that another one does not. */
#ifndef POLICY_WIDER_H
#define POLICY_WIDER_H

#include "policy/policy.h"

#define WIDER_TRIES_MOST 8  /* of one difference */
#define WIDER_TEXTS_MOST 16 /* of one try */

/* A value with which an example may be made. Of a rule: the path, then names and values of query
 * parameters in turn. Of a grant: the text; key and value of a pair; the words of a command line;
 * path and options of a bind; address, port and protocol of a port; driver and options of a device
 * request. */
struct wider_try {
	struct span texts[WIDER_TEXTS_MOST];
	unsigned count;
};

/* One thing that the wide policy may permit and the narrow one not. */
struct wider {
	enum policy_part part;
	const char *key;   /* of the line: "allow", "image", "require", "max_memory" … */
	struct span value; /* of the line; .at NULL: there is none */
	struct policy_source source; /* of the line; file NULL: a default */
	bool gone;       /* the line is one of the narrow policy that the wide one lacks */
	const char *why; /* a sentence without its full stop */
	const struct docker_operation *operation; /* PART_RULE; NULL: what is no operation */
	enum method method;                       /* PART_RULE */
	struct wider_try tries[WIDER_TRIES_MOST];
	unsigned try_count;
};

typedef void wider_fn(void *context, const struct wider *wider);

/* Two finished policies, and who is told of what. */
struct wider_question {
	const struct policy *wide, *narrow;
	struct span upstream; /* path of the daemon's socket; empty: none */
	struct arena *arena;  /* holds what is told */
	wider_fn *fn;
	void *context;
};

/* Tells of each thing that |wide| may permit and |narrow| not. Where nothing is told, |narrow|
 * permits whatever |wide| permits. Where it cannot be decided, it is told. Returns 0, or -1 when
 * memory is out, and then what was told is not all. */
MUST_CHECK int policy_wider(const struct wider_question *question);

#endif
