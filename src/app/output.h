/* SPDX-License-Identifier: Apache-2.0 */
/* Files that a command writes: whole, or not at all. */
#ifndef APP_OUTPUT_H
#define APP_OUTPUT_H

#include "base/buf.h"
#include "base/error.h"

/* Whether a file can be written at |path| later: its directory takes new files, and what is there
 * already is a regular file and none of |inputs|, which end with NULL. "-" is stdout, and fine.
 * Returns 0, or -1 with |err|. */
MUST_CHECK int output_check(const char *path, char *const *inputs, struct error *err);

/* Puts a file with |text| in the place of |path|, in one step; "-" is stdout. A file that was there
 * gives its mode to the new one. Returns 0, or -1 with |err|. */
MUST_CHECK int output_write(const char *path, struct span text, struct error *err);

#endif
