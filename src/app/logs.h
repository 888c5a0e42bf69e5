/* SPDX-License-Identifier: Apache-2.0 */
/* Audit logs of any size, line by line. */
#ifndef APP_LOGS_H
#define APP_LOGS_H

#include "base/error.h"
#include "base/span.h"

/* Takes one line without its newline, of which no more than AUDIT_LINE_MOST + 1 bytes are there.
 * Returns 0, or -1 with |err| to stop. */
typedef int logs_take_fn(void *context, struct span line, struct error *err);

/* Gives each line of the file at |path| ("-" is stdin) to |take|. Returns 0, or -1 with |err|. */
MUST_CHECK int logs_read(const char *path, logs_take_fn *take, void *context, struct error *err);

#endif
