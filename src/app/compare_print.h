/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_COMPARE_PRINT_H
#define APP_COMPARE_PRINT_H

#include "app/compare.h"
#include "base/buf.h"

/* Appends what |side| permits and the other one does not; |way| is "wider" or "narrower". */
void compare_text(struct buf *out, const char *way, const struct difference *first,
    const struct compare_side *side);

/* The same as the JSON member |name|, with a comma before it. */
void compare_json(struct buf *out, const char *name, const struct difference *first);

#endif
