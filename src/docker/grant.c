/* SPDX-License-Identifier: Apache-2.0 */
#include "docker/grant.h"

static const struct grant_info grants[GRANT_MAX] = {
    [GRANT_NONE] = {.name = "", .safe = "", .shown = "", .help = ""},
#define X(id, title, k, shut, harmless, told, text)                                                \
	[GRANT_##id##_ID] = {.name = (title),                                                      \
	    .safe = (harmless),                                                                    \
	    .shown = (told),                                                                       \
	    .help = (text),                                                                        \
	    .kind = GRANT_##k,                                                                     \
	    .closed = (shut)},
    GRANT_TABLE(X)
#undef X
};

const struct grant_info *grant_info(enum grant grant)
{
	return &grants[grant < GRANT_MAX ? grant : GRANT_NONE];
}

enum grant grant_from(struct span name)
{
	for (unsigned i = GRANT_NONE + 1; i < GRANT_MAX; i++) {
		if (span_equal(name, span_of(grants[i].name)))
			return (enum grant)i;
	}
	return GRANT_NONE;
}
