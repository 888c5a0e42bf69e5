/* SPDX-License-Identifier: Apache-2.0 */
/* Differences of two policies, each with a request that shows it. */
#ifndef APP_COMPARE_H
#define APP_COMPARE_H

#include "app/ask.h"
#include "base/error.h"
#include "policy/wider.h"

#define SAMPLE_HEADERS 2

/* A request as text. |headers| are lines, |body| is empty where there is none. */
struct sample {
	const char *method;
	struct span target, body, headers[SAMPLE_HEADERS];
	unsigned header_count;
};

/* A form of requests for one subject. In it stand %1 and %2 for the texts of a try, %L for all of
 * them as a list, %I for an image and %V for an API version; what is a target is escaped as one. */
struct sample_form {
	const char *subject; /* name of a grant, requirement, maximum or setting; path of an
			      * operation with a |method|, whose |target| is a query */
	const char *method, *target, *body, *headers;
};

/* The rows in order; NULL past the end. */
const struct sample_form *sample_form_at(unsigned index);

/* What a container must say to meet a requirement or maximum, as JSON; NULL: nothing. */
const char *sample_compliance(struct span name);

/* One difference. */
struct difference {
	struct difference *next;
	struct wider wider;
	bool confirmed; /* |sample| is permitted by the wide policy and not by the narrow one */
	struct sample sample;
};

/* What one side is, for examples. */
struct compare_side {
	const struct config *config;
	const struct policy *policy;
	const char *file; /* as the user named it */
};

/* What the wide side may permit and the narrow one not, in the order of the tables. Texts come from
 * |arena|. Returns 0 or -1 with |err|. */
MUST_CHECK int differences_find(const struct compare_side *wide, const struct compare_side *narrow,
    struct arena *arena, struct difference **ret_first, struct error *err);

/* Looks for a request that shows |difference|. */
void difference_confirm(struct difference *difference, const struct compare_side *wide,
    const struct compare_side *narrow, struct arena *arena);

/* ---- beside policies --------------------------------------------------------------------- */

/* A key of a section that differs, or a section that is new (|key| NULL). */
struct change {
	const char *section, *name, *key; /* |name| NULL: the section has none */
};

typedef void change_fn(void *context, const struct change *change);

/* Tells of each difference in who is judged by which policy, and of where requests go. Of nothing
 * when one of the two is a file of policies alone, without listeners. */
void changes_find(const struct config *old, const struct config *new, change_fn *fn, void *context);

/* Whether the two policies send their requests to other upstreams of their own. */
bool routes_differ(const struct compare_side *old, const struct compare_side *new);

#endif
