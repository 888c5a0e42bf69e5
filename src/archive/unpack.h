/* SPDX-License-Identifier: Apache-2.0 */
/* What an archive is compressed with, and its bytes without that. One stream of one compression:
 * a second member, or anything behind the first, is refused, since readers differ in what they make
 * of it. */
#ifndef ARCHIVE_UNPACK_H
#define ARCHIVE_UNPACK_H

#include "base/error.h"
#include "base/span.h"

enum unpack_kind {
	UNPACK_UNKNOWN, /* not enough bytes have come */
	UNPACK_NONE,    /* not compressed */
	UNPACK_GZIP,
	UNPACK_BZIP2,
	UNPACK_XZ,
	UNPACK_ZSTD,
	UNPACK_KINDS
};

#define UNPACK_MAGIC_MOST 6u           /* bytes by which a daemon tells the kinds apart */
#define UNPACK_MEMORY_MOST (24u << 20) /* of one stream: xz -7 needs 17 MiB, zstd -19 8 MiB */
#define UNPACK_WINDOW_LOG_MOST 23      /* of zstd: 8 MiB */

/* The kind of what begins with |bytes|; UNPACK_UNKNOWN while fewer than UNPACK_MAGIC_MOST have come
 * and |last| is false. */
enum unpack_kind unpack_detect(struct span bytes, bool last);

const char *unpack_name(enum unpack_kind kind);

/* Decompressed bytes after which others have their turn: some milliseconds of work. */
size_t unpack_turn(enum unpack_kind kind);

struct unpack;

/* NULL when memory is out. |kind| is a compression. */
struct unpack *unpack_new(enum unpack_kind kind);
void unpack_free(struct unpack *unpack);

/* Decompresses from the front of |in| into |room|; |*ret_used| and |*ret_made| bytes of them.
 * Returns 0, or -1 with |err|. */
int unpack_step(struct unpack *unpack, struct span in, size_t *ret_used, char *room, size_t size,
    size_t *ret_made, struct error *err);

/* The stream has ended. */
bool unpack_ended(const struct unpack *unpack);

/* Bytes of memory that it takes. */
size_t unpack_held(const struct unpack *unpack);

#endif
