/* SPDX-License-Identifier: Apache-2.0 */
/* What a request needs of a policy. */
#ifndef POLICY_NEED_H
#define POLICY_NEED_H

#include "policy/judge.h"

#define NEED_VALUE_MOST 512u /* bytes of a value that are told */
#define NEED_TEXT 1024u      /* of its text, with options and a NUL */
#define NEED_KEY 64u         /* of the key of a line */
#define NEED_TAIL 8u         /* of what may stand behind a value that is cut */

/* Writes the value of the line of |fault->grant| that |fault| lacks; nothing where no line could
 * hold it. What stands at a secret place is not for here, but for pairs, of which the key is there
 * alone.
 */
void need_write(struct text *text, const struct fault *fault);

#endif
