/* SPDX-License-Identifier: Apache-2.0 */
/* What a request needs of a policy. */
#ifndef POLICY_NEED_H
#define POLICY_NEED_H

#include "policy/judge.h"

#define NEED_VALUE_MOST 512u /* bytes of a value that are told */
#define NEED_TEXT 1024u      /* of its text, with options and a NUL */
#define NEED_KEY 64u         /* of the key of a line */
#define NEED_TAIL 8u         /* of what may stand behind a value that is cut */

/* Writes the value of the line of |grant| that covers |need|; nothing where no line could (NULL).
 * What stands at a secret place is not for here, but for pairs, of which the key is there alone. */
void need_write(struct text *text, enum grant grant, const struct need *need);

/* Adds |word| as a line of several words has it: in quotes where it must be, and with a `?` for
 * each byte that no line can hold. */
void need_add_word(struct text *text, struct span word);

#endif
