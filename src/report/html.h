/* SPDX-License-Identifier: Apache-2.0 */
/* The one place where text becomes HTML. Marks are literals; whatever else is written, be it from a
 * log, a configuration or an argument, goes through html_text(). */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "base/buf.h"

/* Marks, which are literals. */
#define html_mark(out, literal) buf_add((out), SPAN(literal))

#define HTML_NAME_MOST 80u  /* of a name, of a client or the like */
#define HTML_TEXT_MOST 240u /* bytes that are shown of a text, where nothing else is said */

/* Appends |text| as the text of an element: marks, controls, characters that change the direction
 * of writing and bytes that are not UTF-8 are made harmless and visible. Of more than |most| bytes
 * the beginning and "…". */
void html_text(struct buf *out, struct span text, size_t most);

/* The same in <code>, whose direction of writing is its own. */
void html_code(struct buf *out, const char *text);

/* 1,234,567 */
void html_number(struct buf *out, uint64_t number);

/* "1 request", "2 requests". */
void html_count(struct buf *out, uint64_t number, const char *one, const char *more);

/* 2026-01-02 03:04 of seconds since 1970; 03:04:05 of a text of the log. */
void html_time(struct buf *out, int64_t seconds);
void html_log_time(struct buf *out, const char *time);

/* A heading of a section that can be linked to: |id| is a literal. */
#define html_section(out, id, title) html_mark(out, "<section id=\"" id "\">\n<h2>" title "</h2>\n")

#endif
