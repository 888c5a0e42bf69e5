/* SPDX-License-Identifier: Apache-2.0 */
/* The one pattern language of policies. */
#ifndef BASE_GLOB_H
#define BASE_GLOB_H

#include "base/span.h"

/* Matches the whole of |text|: `*` is any run of bytes but '/', `**` any run of bytes, `?` one byte
 * but '/', everything else itself. Takes time in the product of both lengths at worst, which it
 * takes off base/meter; no memory, and never recurses. */
bool glob_match(struct span pattern, struct span text);

/* As glob_match(), with ASCII letters of either case taken as equal. */
bool glob_match_nocase(struct span pattern, struct span text);

#endif
