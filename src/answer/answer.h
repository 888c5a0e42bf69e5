/* SPDX-License-Identifier: Apache-2.0 */
/* An answer of the daemon, rewritten as it goes by: values that a policy hides become "***". Takes
 * the bytes at any split, holds no more of them than ANSWER_HELD, and changes no others. */
#ifndef ANSWER_ANSWER_H
#define ANSWER_ANSWER_H

#include "base/buf.h"
#include "base/error.h"
#include "docker/answers.h"

#define ANSWER_HELD 1024u /* bytes of a name, or of a text that may be left as it is */

/* What stands in the place of a message of the daemon. */
#define ANSWER_COVER_MESSAGE                                                                       \
	"*** (sockwarden does not tell this message of the daemon, since the policy has redact)"

/* What is hidden. */
struct answer_rules {
	unsigned kinds; /* of enum redact */
	/* Whether the value of the variable or label |name| stays. NULL: none does. */
	bool (*keeps)(const void *context, struct span name);
	const void *context;
};

struct answer;

/* Begins an answer of this shape; |each|: of any number of JSON values rather than one. |members|
 * and what |rules| borrow must stay. NULL when memory is out. */
struct answer *answer_new(
    const struct docker_answer_member *members, bool each, const struct answer_rules *rules);
void answer_free(struct answer *answer);

/* Takes the next |bytes| of it and appends to |out| what is told of them: at most three times as
 * many and a little. Returns 0, or -1 with |err| when it cannot be read: the rest must not be told.
 */
MUST_CHECK int answer_feed(
    struct answer *answer, struct span bytes, struct buf *out, struct error *err);

/* The answer has ended. Returns 0, or -1 with |err| when that is too early. */
MUST_CHECK int answer_end(const struct answer *answer, struct error *err);

#endif
