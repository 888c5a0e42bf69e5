/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a pax header: "25 path=directory/file\n". */
#ifndef ARCHIVE_PAX_H
#define ARCHIVE_PAX_H

#include "base/error.h"
#include "base/span.h"

/* What the records say of the next entry. .at NULL: nothing. All lie in the text. */
struct pax {
	struct span path, link, size;
};

/* Reads |text|, the whole of a header of one entry. Refuses keys that it does not know, keys that
 * are there twice, and records that readers take apart in different ways. Returns 0, or -1 with
 * |err|. */
int pax_read(struct span text, struct pax *ret_pax, struct error *err);

/* The same of a header for all entries that follow, which may hold nothing but comments. */
int pax_read_global(struct span text, struct error *err);

#endif
