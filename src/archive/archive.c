/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/archive.h"

#include <stdlib.h>

#include "archive/links.h"
#include "archive/tar.h"
#include "archive/unpack.h"

#define ROOM (64u << 10) /* bytes decompressed at a time */
#define LAG 64u /* bytes of a compressed archive that are held back in any case: its checksum */
#define SHOWN 80 /* bytes of a name in a message */

struct wanted {
	char *name;
	struct buf bytes;
	bool found;
};

struct archive {
	struct tar tar;
	struct tar_visitor visitor;
	struct links links;
	struct wanted wanted[ARCHIVE_WANTED_MOST];
	unsigned wanted_count;
	struct wanted *filling; /* whose data come now, or NULL */
	enum unpack_kind kind;
	struct unpack *unpack; /* of a compression */
	char first[UNPACK_MAGIC_MOST];
	size_t first_len;
	char *room;
	bool more; /* the last turn left something to be decompressed without further bytes */
	uint64_t taken, released, unpacked;
	bool failed;
	struct error fault;
};

static int on_entry(void *context, const struct tar_entry *entry, struct error *err);
static int on_data(void *context, struct span data, struct error *err);

struct archive *archive_new(const struct span *wanted, unsigned count)
{
	struct archive *archive = calloc(1, sizeof(*archive));

	if (!archive || count > ARCHIVE_WANTED_MOST) {
		free(archive);
		return NULL;
	}
	archive->visitor = (struct tar_visitor){on_entry, on_data, archive};
	tar_init(&archive->tar, &archive->visitor);
	archive->wanted_count = count;
	for (unsigned i = 0; i < count; i++) {
		buf_init(&archive->wanted[i].bytes, ARCHIVE_FILE_MOST);
		archive->wanted[i].name = strndup(wanted[i].at, wanted[i].len);
		if (archive->wanted[i].name)
			continue;
		archive_free(archive);
		return NULL;
	}
	return archive;
}

void archive_free(struct archive *archive)
{
	if (!archive)
		return;
	for (unsigned i = 0; i < archive->wanted_count; i++) {
		free(archive->wanted[i].name);
		buf_free(&archive->wanted[i].bytes);
	}
	tar_free(&archive->tar);
	links_free(&archive->links);
	unpack_free(archive->unpack);
	free(archive->room);
	free(archive);
}

size_t archive_held(const struct archive *archive)
{
	size_t held = sizeof(*archive) + tar_held(&archive->tar) + links_held(&archive->links) +
		      (archive->room ? ROOM : 0);

	for (unsigned i = 0; i < archive->wanted_count; i++)
		held += archive->wanted[i].bytes.size;
	return held + (archive->unpack ? unpack_held(archive->unpack) : 0);
}

uint64_t archive_released(const struct archive *archive)
{
	return archive->released;
}

bool archive_is_busy(const struct archive *archive)
{
	return archive->more && !archive->failed;
}

const char *archive_fault(const struct archive *archive)
{
	return archive->failed ? archive->fault.text : NULL;
}

struct span archive_file(const struct archive *archive, unsigned index)
{
	const struct wanted *wanted = &archive->wanted[index];

	if (index >= archive->wanted_count || !wanted->found)
		return (struct span){NULL, 0};
	return wanted->bytes.len ? buf_span(&wanted->bytes) : SPAN("");
}

bool archive_clean(struct span path, char *room, size_t size)
{
	struct buf out = {.at = room, .size = size, .max = size};

	while (path.at) {
		struct span part = span_cut(path, '/', &path);

		if (span_is(part, "..") || (part.len > 0 && memchr(part.at, 0, part.len)))
			return false;
		if (part.len == 0 || span_is(part, "."))
			continue;
		if (out.len > 0)
			buf_add_char(&out, '/');
		buf_add(&out, part);
	}
	if (out.failed || out.len == 0 || out.len >= size)
		return false;
	room[out.len] = '\0';
	return true;
}

/* ---- entries ------------------------------------------------------------------------------- */

static int refuse(struct span name, const char *what, struct error *err)
{
	return error_set(err, "the entry \"%.*s\" %s", (int)(name.len < SHOWN ? name.len : SHOWN),
	    name.at, what);
}

/* Whether |inner| lies in the directory |outer|. */
static bool lies_in(struct span inner, struct span outer)
{
	return inner.len > outer.len && inner.at[outer.len] == '/' && span_starts(inner, outer);
}

static int meet_wanted(struct archive *archive, struct wanted *wanted,
    const struct tar_entry *entry, struct error *err)
{
	struct span name = span_of(wanted->name);

	if (lies_in(name, entry->name) && entry->kind != TAR_DIRECTORY)
		return refuse(entry->name, "is no directory, and a file that decides lies in it",
		    err);
	if (lies_in(entry->name, name))
		return refuse(entry->name, "lies in what must be a file", err);
	if (!span_equal(entry->name, name))
		return 0;
	if (entry->kind != TAR_FILE)
		return refuse(entry->name, "must be a file, not a link or anything else", err);
	if (wanted->found)
		return refuse(entry->name, "is there twice", err);
	if (entry->size > ARCHIVE_FILE_MOST)
		return refuse(entry->name, "is larger than 1 MiB", err);
	wanted->found = true;
	archive->filling = wanted;
	return 0;
}

static int on_entry(void *context, const struct tar_entry *entry, struct error *err)
{
	struct archive *archive = context;

	archive->filling = NULL;
	if (links_above(&archive->links, entry->name))
		return refuse(entry->name, "lies behind a link of the archive", err);
	if (entry->kind == TAR_LINK && !links_add(&archive->links, entry->name))
		return error_set(err, "it has more than %u links", LINKS_MOST);
	for (unsigned i = 0; i < archive->wanted_count; i++) {
		if (meet_wanted(archive, &archive->wanted[i], entry, err) < 0)
			return -1;
	}
	return 0;
}

static int on_data(void *context, struct span data, struct error *err)
{
	struct archive *archive = context;

	if (!archive->filling)
		return 0;
	buf_add(&archive->filling->bytes, data);
	return archive->filling->bytes.failed ? error_set(err, "out of memory") : 0;
}

/* ---- bytes --------------------------------------------------------------------------------- */

static size_t fail(struct archive *archive)
{
	archive->failed = true;
	return 0;
}

static int begin(struct archive *archive, enum unpack_kind kind)
{
	archive->kind = kind;
	if (kind == UNPACK_NONE)
		return 0;
	archive->unpack = unpack_new(kind);
	archive->room = malloc(ROOM);
	return archive->unpack && archive->room ? 0 : error_set(&archive->fault, "out of memory");
}

static int pass_unpacked(struct archive *archive, size_t made)
{
	archive->unpacked += made;
	if (archive->unpacked > ARCHIVE_BYTES_MOST)
		return error_set(&archive->fault, "it has more than %llu GiB when decompressed",
		    (unsigned long long)(ARCHIVE_BYTES_MOST >> 30));
	return tar_read(&archive->tar, (struct span){archive->room, made}, &archive->fault);
}

/* Decompresses as much as one turn allows. Returns 0, or -1. */
static int unpack(struct archive *archive, struct span bytes, size_t *ret_used)
{
	size_t turn = unpack_turn(archive->kind);
	bool full = true;

	*ret_used = 0;
	while (turn > 0 && (bytes.len > 0 || full)) {
		size_t room = turn < ROOM ? turn : ROOM, used, made;

		if (unpack_step(archive->unpack, bytes, &used, archive->room, room, &made,
			&archive->fault) < 0 ||
		    pass_unpacked(archive, made) < 0)
			return -1;
		*ret_used += used;
		bytes = span_from(bytes, used);
		turn -= made;
		full = made == room;
		if (used == 0 && made == 0)
			break;
	}
	archive->more = full;
	return 0;
}

/* The bytes by which the kind is known come first. */
static int take_first(struct archive *archive, bool last)
{
	struct span first = {archive->first, archive->first_len};
	enum unpack_kind kind = unpack_detect(first, last);
	size_t used = 0;

	if (kind == UNPACK_UNKNOWN)
		return 0;
	if (begin(archive, kind) < 0)
		return -1;
	if (kind == UNPACK_NONE)
		return tar_read(&archive->tar, first, &archive->fault);
	if (unpack(archive, first, &used) < 0)
		return -1;
	return used == first.len ? 0 : error_set(&archive->fault, "it is too short");
}

static int take(struct archive *archive, struct span bytes, size_t *ret_used)
{
	if (archive->kind == UNPACK_UNKNOWN) {
		size_t room = sizeof(archive->first) - archive->first_len;

		*ret_used = bytes.len < room ? bytes.len : room;
		memcpy(archive->first + archive->first_len, bytes.at, *ret_used);
		archive->first_len += *ret_used;
		return take_first(archive, false);
	}
	if (archive->kind != UNPACK_NONE)
		return unpack(archive, bytes, ret_used);
	size_t turn = unpack_turn(UNPACK_NONE);

	*ret_used = bytes.len < turn ? bytes.len : turn;
	return tar_read(&archive->tar, (struct span){bytes.at, *ret_used}, &archive->fault);
}

/* While neither the archive nor its compression has ended, the bytes taken make no whole one. */
static void release(struct archive *archive)
{
	uint64_t lag = archive->kind == UNPACK_NONE ? 0 : LAG;
	bool ended = archive->tar.state == TAR_END ||
		     (archive->unpack && unpack_ended(archive->unpack));

	if (archive->kind != UNPACK_UNKNOWN && !archive->more && !ended && archive->taken > lag)
		archive->released = archive->taken - lag;
}

size_t archive_take(struct archive *archive, struct span bytes)
{
	size_t used = 0;

	if (archive->failed)
		return 0;
	if (take(archive, bytes, &used) < 0)
		return fail(archive);
	archive->taken += used;
	release(archive);
	if (archive->taken - archive->released > ARCHIVE_TAIL_MOST) {
		(void)error_set(&archive->fault, "more than %u KiB stand behind its end",
		    ARCHIVE_TAIL_MOST >> 10);
		return fail(archive);
	}
	return used;
}

static int end(struct archive *archive)
{
	if (archive->unpack && !unpack_ended(archive->unpack))
		return error_set(&archive->fault, "the %s stream ends too early",
		    unpack_name(archive->kind));
	return tar_end(&archive->tar, &archive->fault);
}

bool archive_end(struct archive *archive)
{
	size_t used;

	if (archive->failed)
		return true;
	if (archive->kind == UNPACK_UNKNOWN && take_first(archive, true) < 0) {
		(void)fail(archive);
		return true;
	}
	if (archive->more && unpack(archive, SPAN(""), &used) < 0) {
		(void)fail(archive);
		return true;
	}
	if (archive->more)
		return false;
	archive->failed = end(archive) < 0;
	return true;
}
