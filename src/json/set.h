/* SPDX-License-Identifier: Apache-2.0 */
/* Puts a value into the text of a JSON object and leaves every other byte as it is. */
#ifndef JSON_SET_H
#define JSON_SET_H

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"

enum json_step_kind {
	JSON_STEP_FIELD, /* a member that Go's decoder takes for the field |name| */
	JSON_STEP_KEY,   /* a member of a map, of exactly this name */
	JSON_STEP_INDEX, /* an element of a list */
};

/* One step on the way to a value. */
struct json_step {
	enum json_step_kind kind;
	struct span name;
	unsigned index;
};

/* Adds |text| to |out| with |value|, which is JSON text, at the end of |steps|: in place of the
 * value there, or as a new member. Objects on the way that are missing or null are made. |text|
 * went through json_gate(), or is empty, which counts as null. False, with |out| unfinished, when
 * a field is there twice, something on the way is no object, or an element does not exist. */
MUST_CHECK bool json_set(struct buf *out, struct span text, const struct json_step *steps,
    unsigned count, struct span value);

#endif
