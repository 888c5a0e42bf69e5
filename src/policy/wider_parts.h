/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files that compare policies. */
#ifndef POLICY_WIDER_PARTS_H
#define POLICY_WIDER_PARTS_H

#include "base/glob_find.h"
#include "policy/judge.h"
#include "policy/wider.h"

struct compare {
	struct wider_question q;
	bool failed; /* memory was out */
};

void wider_rules(struct compare *compare);
void wider_grants(struct compare *compare);

static inline void wider_tell(struct compare *compare, const struct wider *wider)
{
	compare->q.fn(compare->q.context, wider);
}

/* Copies into the arena; an empty text when memory is out. */
struct span wider_keep(struct compare *compare, struct span text);

/* A try that says nothing yet, at the end of the list; NULL when that is full. */
struct wider_try *wider_try_new(struct wider *wider);
void wider_try_add(struct compare *compare, struct wider_try *one, struct span text);

#define WORD_ROOM 256 /* bytes of a text that is found, with a NUL */

/* A text that |pattern| matches and none of |outside|, in the arena. .at NULL: there is none. When
 * that cannot be decided, |pattern| itself. */
struct span wider_word(
    struct compare *compare, struct span pattern, const struct span *outside, size_t outside_count);

/* Whether every text that |narrow| matches is matched by one of |wide|. */
bool wider_includes(const struct span *wide, size_t wide_count, struct span narrow);

/* Whether no text is matched by both. */
bool wider_disjoint(struct span a, struct span b);

/* ---- grants with a grammar: whether a row of the wide policy is covered by rows of the narrow
 * one; where it is not, with tries for an example ---------------------------------------------- */

typedef bool wider_row_fn(
    struct compare *compare, enum grant grant, const struct grant_row *row, struct wider *wider);

wider_row_fn wider_bind, wider_publish, wider_image, wider_argv, wider_devices;

#endif
