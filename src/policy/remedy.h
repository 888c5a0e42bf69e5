/* SPDX-License-Identifier: Apache-2.0 */
/* What a refused request lacks: lines of configuration, and what must change in the request itself.
 */
#ifndef POLICY_REMEDY_H
#define POLICY_REMEDY_H

#include "policy/judge.h"

/* Notes in the decision what would mend |fault|. |sentence| is what is wrong, without the field. */
void remedy_add(struct judge *judge, const struct fault *fault, const char *sentence);

/* Notes a further line that the same refusal takes. */
void remedy_add_line(struct judge *judge, const char *line, bool gives_host);

/* True when the line that would mend |fault| gives root on the host. */
bool fault_gives_host(const struct fault *fault);

/* Adds to a refusal's message where to read how what was wanted is done better. */
void hint_add(const struct policy_request *request, struct decision *decision);

/* True when a line that grants |value| gives root on the host. */
bool grant_gives_host(enum grant grant, struct span value);

#endif
