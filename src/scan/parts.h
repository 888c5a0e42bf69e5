/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of the room. */
#ifndef SCAN_PARTS_H
#define SCAN_PARTS_H

#include "json/json.h"
#include "scan/scan.h"

#define FIELD_MOST 200 /* bytes of a field's name */
#define VALUE_MOST 160 /* of a value that is told */

/* Memory of the scan, and a copy of |text| in it; NULL and "" where it is out, which is noted. */
void *scan_take(struct scan *scan, size_t size);
const char *scan_keep(struct scan *scan, struct span text);

/* The checks of what is not a container or a service. */
extern const struct scan_check scan_other_checks[];
extern const unsigned scan_other_check_count;

/* What a path leads to. |value|: NULL where nothing is set. |field|: its name. True: go on. */
typedef bool scan_value_fn(void *context, const cJSON *value, const char *field);

/* Calls |fn| for each value that |path|, one path without '|', leads to in |object|. */
void scan_each(const cJSON *object, struct span path, scan_value_fn *fn, void *context);

/* Whether |value| fails the test of |check|. Appends to |told| what is told of it, and to |inner|
 * what stands behind its field, ".Source". */
bool scan_fails(const struct scan *scan, const struct scan_check *check, const cJSON *value,
    struct buf *told, struct buf *inner);

/* Whether the test fails where nothing is set. */
bool scan_fails_missing(enum scan_test test);

/* The member |name| to the letter, or NULL. */
const cJSON *scan_member(const cJSON *object, struct span name);

/* Whether "PATH=VALUE" holds in |object|; with '!' in front that it does not. */
bool scan_holds(const cJSON *object, const char *condition);

const struct scan_object *scan_find(const struct scan *scan, enum scan_kind kind, struct span name);

/* Appends a finding, whose texts are copied. */
void scan_found(struct scan *scan, const struct scan_finding *finding);

/* Whether there is a finding of |object| by one of |names|, with blanks between. */
bool scan_has_found(const struct scan *scan, const struct scan_object *object, const char *names);

/* What mends |finding|: of a compose file where its object is of one. |*ret_by| says where it
 * goes: "docker run", "compose", "policy", "daemon.json". */
const char *scan_mend(const struct scan_finding *finding, const char **ret_by);

/* Whether a finding of |object| answers |question| with yes. */
bool scan_answers(const struct scan *scan, const struct scan_object *object, unsigned question);

/* Whether |finding| is written. */
static inline bool scan_is_told(
    const struct scan_finding *finding, const struct scan_output *output)
{
	return !finding->ignored && finding->level >= output->level;
}

/* A table for people. |level| colours the first cell. */
#define TABLE_COLUMNS 6
struct table_row {
	const char *cells[TABLE_COLUMNS];
	enum scan_level level;
};
void table_write(
    struct buf *out, const struct table_row *rows, size_t count, const struct scan_output *output);

/* Appends |words|, from column |from| on, within |width| columns (0: any). */
void table_write_wrapped(struct buf *out, struct span words, unsigned from, unsigned width);

/* Whether the daemon says |word| among its SecurityOptions. */
bool scan_daemon_has(const struct scan *scan, const char *word);

#endif
