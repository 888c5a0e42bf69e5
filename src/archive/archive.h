/* SPDX-License-Identifier: Apache-2.0 */
/* An archive that is looked into as it streams by: decompressed, read as tar, and the few files in
 * it that decide something kept. Its end is held back, so that whoever gets the rest has no whole
 * archive until somebody has judged those files.
 *
 * What may lead another reader to other files is refused: see archive/tar.h; two entries of a
 * wanted name; one that is a link, or lies behind one; whatever lies behind a link. */
#ifndef ARCHIVE_ARCHIVE_H
#define ARCHIVE_ARCHIVE_H

#include "base/error.h"
#include "base/span.h"

#define ARCHIVE_WANTED_MOST 4u              /* files */
#define ARCHIVE_FILE_MOST (1u << 20)        /* bytes of one that is wanted */
#define ARCHIVE_TAIL_MOST (1u << 20)        /* bytes that are held back */
#define ARCHIVE_BYTES_MOST (UINT64_C(64) << 30) /* decompressed, of a compressed one */

struct archive;

/* Begins with an archive of which the |count| files named |wanted|, in the spelling that
 * archive_clean() writes, are kept. NULL when memory is out. */
struct archive *archive_new(const struct span *wanted, unsigned count);
void archive_free(struct archive *archive);

/* Takes from the front of |bytes| what one turn allows, some milliseconds of work. Returns how
 * many; call it again with the rest. */
size_t archive_take(struct archive *archive, struct span bytes);

/* The turn ended before all that was taken was decompressed: call it again, with no bytes or more.
 */
bool archive_is_busy(const struct archive *archive);

/* No more bytes come. Call it until it returns true: then the files are there, or a fault. */
bool archive_end(struct archive *archive);

/* Of all bytes taken, how many may be sent on: the archive that they make has no end. */
uint64_t archive_released(const struct archive *archive);

/* Why it is refused; NULL while it is not. No more is taken of it then. */
const char *archive_fault(const struct archive *archive);

/* The bytes of the wanted file |index|; .at NULL: it is not there. */
struct span archive_file(const struct archive *archive, unsigned index);

/* Bytes of memory that it takes. */
size_t archive_held(const struct archive *archive);

/* Writes the clean spelling of the file |path|, as a client names it, into |room| with a NUL: no
 * slash before it, no "." or empty part. False when it has a "..", names no file, or is too long.
 */
bool archive_clean(struct span path, char *room, size_t size);

#endif
