/* SPDX-License-Identifier: Apache-2.0 */
/* What exists in a daemon, from a file that `docker inspect` wrote, for questions without a daemon.
 */
#ifndef APP_EXISTING_H
#define APP_EXISTING_H

#include "base/buf.h"
#include "base/error.h"
#include "json/json.h"
#include "policy/policy.h"

struct existing {
	struct arena arena;
	const cJSON *objects; /* a list, or one object; NULL: nothing is known */
};

void existing_init(struct existing *existing);
void existing_free(struct existing *existing);

/* Reads the file at |path| in place of what was known. Returns 0, or -1 with |err|. */
MUST_CHECK int existing_read(struct existing *existing, const char *path, struct error *err);

/* What is known of the object, or NULL. A daemon of which nothing is known is Docker's. NULL for
 * |existing| is fine. */
const cJSON *existing_find(
    const struct existing *existing, enum docker_object kind, struct span name);

#endif
