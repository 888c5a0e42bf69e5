/* SPDX-License-Identifier: Apache-2.0 */
/* A tar archive that comes in pieces. Whatever two readers of tar could see differently is refused:
 * what is left has one reading, the one of Go's archive/tar. */
#ifndef ARCHIVE_TAR_H
#define ARCHIVE_TAR_H

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"

#define TAR_BLOCK 512u
#define TAR_NAME_MOST 4096u         /* bytes of a name */
#define TAR_META_MOST (64u << 10)   /* of a pax header, or of a long name */
#define TAR_ENTRIES_MOST 2000000u   /* of one archive */

enum tar_kind {
	TAR_FILE,
	TAR_DIRECTORY,
	TAR_LINK,  /* symbolic or hard */
	TAR_OTHER, /* a device or a pipe */
};

struct tar_entry {
	enum tar_kind kind;
	struct span name; /* without "./", "//" and a slash at its end; "" is the directory that
			   * the archive is unpacked to */
	uint64_t size;    /* bytes of a file; 0 of others */
};

/* Who is told. A function that returns -1, with |err|, ends the reading. */
struct tar_visitor {
	int (*entry)(void *context, const struct tar_entry *entry, struct error *err);
	int (*data)(void *context, struct span data, struct error *err); /* of the last entry */
	void *context;
};

enum tar_state {
	TAR_HEADER, /* a header block comes, or the end */
	TAR_META,   /* the data of a pax header or a long name */
	TAR_DATA,   /* the data of an entry */
	TAR_END,    /* a block of zeros came: nothing but zeros may follow */
};

struct tar {
	const struct tar_visitor *visitor;
	enum tar_state state;
	char block[TAR_BLOCK];
	size_t have;             /* bytes of |block| */
	uint64_t left, padding;  /* of the data, and behind them */
	char meta_kind;          /* of what |meta| holds, or will: 'x', 'g', 'L', 'K'; 0: nothing */
	char named;              /* what was said of the next entry: 'x', or 'L' for L and K */
	bool long_name, long_link; /* by an L, by a K */
	struct buf meta, name;
	char size[24]; /* of the next entry as its pax header has it, or "" */
	unsigned entries;
};

void tar_init(struct tar *tar, const struct tar_visitor *visitor);
void tar_free(struct tar *tar);

/* Reads the next |bytes|. Returns 0, or -1 with |err|: then it is not to be called again. */
int tar_read(struct tar *tar, struct span bytes, struct error *err);

/* No more bytes come. */
int tar_end(const struct tar *tar, struct error *err);

/* Bytes of memory that it takes, without the struct. */
size_t tar_held(const struct tar *tar);

#endif
