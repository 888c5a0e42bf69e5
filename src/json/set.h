/* SPDX-License-Identifier: Apache-2.0 */
/* Puts strings into the text of a JSON object and leaves every other byte as it is. */
#ifndef JSON_SET_H
#define JSON_SET_H

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"

enum json_step_kind {
	JSON_STEP_FIELD, /* a member that Go's decoder takes for the field |name|, which is ASCII */
	JSON_STEP_KEY,   /* a member of a map, of exactly this name */
	JSON_STEP_INDEX, /* an element of a list */
};

/* One step on the way to a value. */
struct json_step {
	enum json_step_kind kind;
	struct span name;
	unsigned index;
};

#define JSON_EDITS_MOST 64 /* in one text */
#define JSON_EDIT_DEPTH 6  /* steps from the whole text to a value */

/* A string that the text has afterwards, whatever was there. */
struct json_edit {
	struct json_step path[JSON_EDIT_DEPTH];
	unsigned depth;       /* steps of |path|; at least one */
	struct span parts[3]; /* which make the string together */
};

/* Adds |text| to |out| with the edits made: in place of the values there, or as new members at the
 * front of their objects. Of two edits of one value the later one counts. Objects on the way that
 * are missing or null are made. |text| went through json_gate(), or is empty, which counts as null.
 * |once|: the caller knows that no object has a field twice, so that what follows the last edit
 * need not be read. False, with |out| unfinished, when a field is there twice, something on the way
 * is no object, an element does not exist, or an edit leads through another one's value. */
MUST_CHECK bool json_set(
    struct buf *out, struct span text, const struct json_edit *edits, unsigned count, bool once);

#endif
