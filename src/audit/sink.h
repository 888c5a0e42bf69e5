/* SPDX-License-Identifier: Apache-2.0 */
/* Where audit lines go. A line is written whole, by one write(), before the answer it is about. */
#ifndef AUDIT_SINK_H
#define AUDIT_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/span.h"

struct audit_sink;

/* Opens "file:/path" (made with mode 0640, appended to), "stdout", "stderr", "syslog", "journald"
 * (both also with ":/path" of another socket) or "none". NULL with |err|. */
struct audit_sink *audit_sink_open(const char *where, struct error *err);

/* Whether audit_sink_open() would succeed, without making a file. Returns 0, or -1 with |err|. */
MUST_CHECK int audit_sink_try(const char *where, struct error *err);

/* Writes one line with its newline. False when it could not be written whole; nothing of it is then
 * left, or the next line starts on a line of its own. Never blocks: what a slow reader does not
 * take waits in a bounded queue, and a full queue is a failure. */
MUST_CHECK bool audit_sink_write(struct audit_sink *sink, struct span line);

/* Tries again what waits. True when nothing waits, or never will go. */
bool audit_sink_flush(struct audit_sink *sink);

/* True while something waits, and the descriptor by whose room for more it goes on. */
bool audit_sink_waits(const struct audit_sink *sink);
int audit_sink_descriptor(const struct audit_sink *sink);

/* Waits for the reader, for |most| milliseconds or until a signal comes. For the end alone. */
void audit_sink_drain(struct audit_sink *sink, uint64_t most);

/* Opens the file again, for log rotation. On failure the old one stays open. Returns 0 or -1. */
MUST_CHECK int audit_sink_reopen(struct audit_sink *sink, struct error *err);

/* Closes; what waits is tried once more, and the log says how many lines are lost. NULL is fine. */
void audit_sink_close(struct audit_sink *sink);

#endif
