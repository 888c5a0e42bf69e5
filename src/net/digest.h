/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 by OpenSSL. */
#ifndef NET_DIGEST_H
#define NET_DIGEST_H

#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"

#define DIGEST_TEXT 65u /* 64 hexadecimal digits and a NUL */

/* Writes the digest of |bytes|. False in a program that was built without OpenSSL. */
MUST_CHECK bool digest_text(struct span bytes, char ret_text[static DIGEST_TEXT]);

#endif
