/* SPDX-License-Identifier: Apache-2.0 */
/* The names in an archive that may lead elsewhere: symbolic and hard links. Hashes of them are
 * kept, so that two names can be taken for one, but no link for none. */
#ifndef ARCHIVE_LINKS_H
#define ARCHIVE_LINKS_H

#include "base/span.h"

#define LINKS_MOST 131072u /* of one archive */

struct links {
	uint64_t *slots; /* 0: free */
	size_t size;     /* a power of two, or 0 */
	size_t count;
};

void links_free(struct links *links);

/* Adds |name|. False when there are too many or memory is out. */
bool links_add(struct links *links, struct span name);

/* Whether a directory that |name| lies in may be a link. */
bool links_above(const struct links *links, struct span name);

/* Bytes that they take. */
static inline size_t links_held(const struct links *links)
{
	return links->size * sizeof(*links->slots);
}

#endif
