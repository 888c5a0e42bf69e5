/* SPDX-License-Identifier: Apache-2.0 */
/* The escapes of JSON strings. */
#ifndef JSON_ESCAPE_H
#define JSON_ESCAPE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/span.h"

/* Reads the four digits of the \u at |text|. Returns the code unit, or -1. */
static inline int32_t json_hex_unit(const char *text, const char *end)
{
	int32_t unit = 0;

	if (end - text < 6 || text[0] != '\\' || text[1] != 'u')
		return -1;
	for (unsigned i = 2; i < 6; i++) {
		int digit = hex_value(text[i]);

		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

static inline bool json_is_high_surrogate(int32_t unit)
{
	return unit >= 0xd800 && unit < 0xdc00;
}

static inline bool json_is_low_surrogate(int32_t unit)
{
	return unit >= 0xdc00 && unit < 0xe000;
}

/* Undoes the escapes of a |name| that the gate let through, in memory of |arena|, so that two
 * spellings of one name compare equal. Returns 0, or -1 when memory is out. */
MUST_CHECK int json_unescape(struct span *name, struct arena *arena);

/* The same of any |text| whose escapes are well-formed, in |room|, which has |text.len| bytes.
 * False for \u0000 and for a lone surrogate. */
MUST_CHECK bool json_unescape_to(struct span text, char *room, size_t *ret_len);

#endif
