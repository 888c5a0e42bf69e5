/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the http room share. */
#ifndef HTTP_UNIT_H
#define HTTP_UNIT_H

#include "unit.h"

#include "http/http.h"

/* A span of a literal that may hold NUL, for static tables. */
#define RAW(literal)                                                                               \
	{                                                                                          \
		literal, sizeof(literal) - 1                                                       \
	}

#define UNIT_ARENA ((size_t)1 << 20)
#define UNIT_OUT ((size_t)1 << 20)

static const struct http_limits limits = {
    .max_head = 4096,
    .max_headers = 20,
    .max_target = 1024,
};

/* Fails and shows |text| when a status (0: accepted) is not the one that was expected. */
static inline void assert_status(
    struct span text, unsigned status, unsigned expected, const struct http_fault *fault)
{
	if (status != expected)
		fail_msg("\"%.*s\" gave %u (%s), not %u", (int)text.len, text.at ? text.at : "",
		    status, status ? fault->error.text : "accepted", expected);
	if (status && fault->error.text[0] == '\0')
		fail_msg("\"%.*s\" was refused without a reason", (int)text.len, text.at);
}

#endif
