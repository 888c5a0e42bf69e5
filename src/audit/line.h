/* SPDX-License-Identifier: Apache-2.0 */
/* A line of the audit log, read back. What stands in it was sent by clients. */
#ifndef AUDIT_LINE_H
#define AUDIT_LINE_H

#include "base/arena.h"
#include "base/buf.h"
#include "json/json.h"

#define AUDIT_LINE_MOST (1024u * 1024) /* bytes of a line that is read */
#define AUDIT_LINE_ARENA (AUDIT_LINE_MOST * (JSON_TREE_PER_BYTE + 2)) /* that a tree may take */
#define AUDIT_TIME_BYTES 25u /* of 2026-01-02T03:04:05.009Z with a NUL */

/* The tree of the line |text|, without its newline, in |arena|. NULL where it is no audit line. */
const cJSON *audit_line_read(struct span text, struct arena *arena);

/* The member |name|, NULL where there is none, and its text, "" where it is none. Names have this
 * very case. */
const cJSON *audit_line_member(const cJSON *object, const char *name);
const char *audit_line_text(const cJSON *object, const char *name);

/* Whether the line tells of a request, and not of sockwarden itself. */
bool audit_line_is_request(const cJSON *line);

/* The time as the log writes it, of less than AUDIT_TIME_BYTES; else "". */
const char *audit_line_time(const cJSON *line);

/* Appends who asked: the identity, uid:N or an address; nothing where none is known. */
void audit_line_add_client(const cJSON *line, struct buf *out);

/* Appends METHOD PATH?QUERY. */
void audit_line_add_request(const cJSON *line, struct buf *out);

#endif
