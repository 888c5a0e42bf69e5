/* SPDX-License-Identifier: Apache-2.0 */
/* What a client is told that would permit its request. */
#ifndef PROXY_ADVICE_H
#define PROXY_ADVICE_H

#include "base/buf.h"
#include "policy/policy.h"

/* Adds to the sentence of a refusal the lines that are missing and what must change in the request.
 * A line that gives root on the host is not written: clients hand such advice on to people. */
void advice_write(struct buf *text, const struct decision *decision);

#endif
