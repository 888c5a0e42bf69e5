/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/span.h"

/* The length in bytes (1 to 4) of the character that |text| starts with, or 0 where it is not valid
 * UTF-8 (overlong forms, surrogates and code points above U+10FFFF are not). */
size_t utf8_length(struct span text);

/* Writes |code|, no surrogate and at most U+10FFFF, to |to|, in up to four bytes. Returns the place
 * behind it. */
char *utf8_write(char *to, uint32_t code);

#endif
