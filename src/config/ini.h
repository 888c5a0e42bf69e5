/* SPDX-License-Identifier: Apache-2.0 */
/* INI files line by line: inih behind line rules that leave nothing to guess. */
#ifndef CONFIG_INI_H
#define CONFIG_INI_H

#include "base/error.h"
#include "base/span.h"

#define INI_FILE_MAX (1024 * 1024)
#define INI_LINE_MAX (16 * 1024)

/* A section head (|key| is empty) or a key with its value. Borrowed for the time of the call. */
struct ini_item {
	unsigned line;
	struct span kind, name; /* [kind name]; |name| is empty in [kind] */
	struct span key, value;
};

/* What a function returns whose |err| names file and line already. */
#define INI_LOCATED (-2)

/* Returns 0, -1 with |err| without file and line, or INI_LOCATED. */
typedef int ini_item_fn(void *context, const struct ini_item *item, struct error *err);

/* Reads the file at |path| and hands its items to |take| in their order. Returns 0, or
 * INI_LOCATED with "path:line: what is wrong" in |err|. Refused: lines over INI_LINE_MAX, indented
 * lines, control characters, text that is not UTF-8, "key: value", empty values, and comments
 * behind a value that might not be meant as one. */
MUST_CHECK int ini_read(const char *path, ini_item_fn *take, void *context, struct error *err);

/* The same for a text that is no file; errors call it |name|. */
MUST_CHECK int ini_read_text(
    const char *name, struct span text, ini_item_fn *take, void *context, struct error *err);

#endif
