/* SPDX-License-Identifier: Apache-2.0 */
/* Archives in pieces: each is given whole, byte by byte, and in two pieces at every place. Whatever
 * the pieces, the verdict and the file are the same, and what may be sent on has no end. */
#include "unit.h"

#include <bzlib.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "archive/archive.h"
#include "archive/links.h"
#include "archive/tar.h"
#include "base/buf.h"

#define BYTES_MOST (1u << 16)

/* ---- archives ------------------------------------------------------------------------------ */

struct part {
	const char *name, *data;
	char kind;         /* 0: '0'; '!': |data| as it is; '.': a block of zeros */
	const char *magic; /* NULL: POSIX */
	size_t size;       /* that the header says, where it is not that of |data| */
	const char *prefix;
};

static void put(char *block, unsigned at, const char *text)
{
	memcpy(block + at, text, strlen(text));
}

static void add_padded(struct buf *out, struct span data)
{
	static const char zeros[TAR_BLOCK];

	buf_add(out, data);
	if (data.len % TAR_BLOCK)
		buf_add(out, (struct span){zeros, TAR_BLOCK - data.len % TAR_BLOCK});
}

static void add_part(struct buf *out, const struct part *part)
{
	char block[TAR_BLOCK] = {0}, text[16];
	struct span data = part->data ? span_of(part->data) : SPAN("");
	unsigned sum = 0;

	if (part->kind == '!') {
		buf_add(out, data);
		return;
	}
	if (part->kind != '.') {
		put(block, 0, part->name);
		put(block, 100, "0000644");
		(void)snprintf(text, sizeof(text), "%011zo", part->size ? part->size : data.len);
		put(block, 124, text);
		block[156] = part->kind ? part->kind : '0';
		memcpy(block + 257, part->magic ? part->magic : "ustar\0" "00", 8);
		put(block, 345, part->prefix ? part->prefix : "");
		memset(block + 148, ' ', 8);
		for (unsigned i = 0; i < TAR_BLOCK; i++)
			sum += (unsigned char)block[i];
		(void)snprintf(text, sizeof(text), "%06o", sum);
		memcpy(block + 148, text, 7);
	}
	buf_add(out, (struct span){block, TAR_BLOCK});
	add_padded(out, data);
}

#define PARTS_MOST 6

struct row {
	const char *what;
	const char *fault; /* a part of it; NULL: none */
	const char *file;  /* what is found as "D"; NULL: nothing */
	struct part parts[PARTS_MOST];
};

#define GNU "ustar  \0"
#define ENDS {.kind = '.'}, {.kind = '.'}
#define GOOD {.name = "D", .data = "good"}
#define BAD {.name = "D", .data = "bad"}

static const struct row rows[] = {
    {"one file", NULL, "good", {GOOD, ENDS}},
    {"no end", NULL, "good", {GOOD}},
    {"half an end", NULL, "good", {GOOD, {.kind = '.'}}},
    {"nothing", NULL, NULL, {ENDS}},
    {"with ./", NULL, "good", {{.name = "./", .kind = '5'}, {.name = "./D", .data = "good"}, ENDS}},
    {"other files", NULL, "good", {{.name = "a/D", .data = "bad"}, GOOD, {.name = "DD", .data = "bad"}, ENDS}},
    {"the format of GNU", NULL, "good", {{.name = "D", .data = "good", .magic = GNU}, ENDS}},
    {"an empty file", NULL, "", {{.name = "D", .data = ""}, ENDS}},
    {"a pax path", NULL, "good", {{.name = "p", .data = "9 path=D\n", .kind = 'x'}, {.name = "x", .data = "good"}, ENDS}},
    {"a pax time", NULL, "good", {{.name = "p", .data = "11 mtime=1\n", .kind = 'x'}, GOOD, ENDS}},
    {"a comment for all", NULL, "good", {{.name = "p", .data = "13 comment=x\n", .kind = 'g'}, GOOD, ENDS}},
    {"a long name", NULL, "good", {{.name = "L", .data = "D", .kind = 'L', .magic = GNU}, {.name = "x", .data = "good", .magic = GNU}, ENDS}},
    {"a long link", NULL, "good", {{.name = "K", .data = "y", .kind = 'K', .magic = GNU}, {.name = "x", .kind = '2', .magic = GNU}, GOOD, ENDS}},
    {"links elsewhere", NULL, "good", {{.name = "l", .kind = '2'}, {.name = "a/b", .kind = '1'}, GOOD, ENDS}},
    {"a directory and a prefix", NULL, NULL, {{.name = "D", .data = "good", .prefix = "a"}, ENDS}},
    {"twice", "is there twice", NULL, {GOOD, BAD, ENDS}},
    {"twice with ./", "is there twice", NULL, {GOOD, {.name = "./D", .data = "bad"}, ENDS}},
    {"twice by a prefix", "is there twice", NULL, {GOOD, {.name = "D", .data = "bad", .prefix = "."}, ENDS}},
    {"twice by pax", "is there twice", NULL, {GOOD, {.name = "p", .data = "9 path=D\n", .kind = 'x'}, {.name = "x", .data = "bad"}, ENDS}},
    {"twice by a long name", "is there twice", NULL, {GOOD, {.name = "L", .data = "D", .kind = 'L'}, {.name = "x", .data = "bad"}, ENDS}},
    {"absolute", "absolute", NULL, {{.name = "/D", .data = "bad"}, ENDS}},
    {"upwards", "\"..\"", NULL, {{.name = "a/../D", .data = "bad"}, ENDS}},
    {"a link", "must be a file", NULL, {{.name = "D", .kind = '2'}, ENDS}},
    {"a hard link", "must be a file", NULL, {GOOD, {.name = "D", .kind = '1'}, ENDS}},
    {"behind a link", "behind a link", NULL, {GOOD, {.name = "d", .kind = '2'}, {.name = "d/D", .data = "bad"}, ENDS}},
    {"behind two", "behind a link", NULL, {{.name = "d", .kind = '1'}, {.name = "d/e/f/D", .data = "bad"}, ENDS}},
    {"a slash at its end", "name of a directory", NULL, {{.name = "D/", .data = "bad"}, ENDS}},
    {"below itself", "lies in what must be", NULL, {GOOD, {.name = "D/x", .data = "bad"}, ENDS}},
    {"two names", "two headers", NULL, {{.name = "L", .data = "D", .kind = 'L'}, {.name = "p", .data = "9 path=x\n", .kind = 'x'}, BAD, ENDS}},
    {"two pax headers", "two headers", NULL,
	{{.name = "p", .data = "9 path=D\n", .kind = 'x'}, {.name = "p", .data = "9 path=x\n", .kind = 'x'}, BAD, ENDS}},
    {"two paths", "twice", NULL, {{.name = "p", .data = "9 path=D\n9 path=x\n", .kind = 'x'}, BAD, ENDS}},
    {"an empty path", "empty", NULL, {{.name = "p", .data = "8 path=\n", .kind = 'x'}, BAD, ENDS}},
    {"a wrong record", "malformed", NULL, {{.name = "p", .data = "8 path=D\n", .kind = 'x'}, BAD, ENDS}},
    {"a record with a sign", "malformed", NULL, {{.name = "p", .data = "+9 path=D\n", .kind = 'x'}, BAD, ENDS}},
    {"a sparse file of pax", "not all readers", NULL,
	{{.name = "p", .data = "22 GNU.sparse.major=1\n", .kind = 'x'}, BAD, ENDS}},
    {"a path for all", "more than a comment", NULL, {{.name = "p", .data = "9 path=D\n", .kind = 'g'}, BAD, ENDS}},
    {"a sparse file", "not all readers", NULL, {{.name = "D", .data = "bad", .kind = 'S', .magic = GNU}, ENDS}},
    {"an old format", "no tar", NULL, {{.name = "D", .data = "bad", .magic = "\0\0\0\0\0\0\0"}, ENDS}},
    {"no tar", "no tar", NULL, {{.kind = '!', .data = "FROM evil\n"}, {.name = "x", .data = "y"}, ENDS}},
    {"times that are none", "where none belong", NULL, {{.name = "D", .data = "bad", .magic = GNU, .prefix = "x"}, ENDS}},
    {"data of a link", "is no file", NULL, {{.name = "l", .data = "bad", .kind = '2'}, GOOD, ENDS}},
    {"behind the end", "behind its end", NULL, {GOOD, {.kind = '.'}, BAD, ENDS}},
    {"cut", "in the middle", NULL, {{.name = "D", .data = "bad", .size = 5000}}},
    {"a name without an entry", "without an entry", NULL, {{.name = "p", .data = "9 path=D\n", .kind = 'x'}, ENDS}},
    {"too large", "larger than", NULL, {{.name = "D", .data = "bad", .size = (1u << 20) + 1}, ENDS}},
    {"a header too large", "more than", NULL, {{.name = "p", .data = "x", .kind = 'x', .size = TAR_META_MOST + 1}, ENDS}},
};

static void write_row(struct buf *out, const struct row *row)
{
	buf_clear(out);
	for (unsigned i = 0; i < PARTS_MOST && (row->parts[i].name || row->parts[i].kind); i++)
		add_part(out, &row->parts[i]);
}

/* ---- compressions -------------------------------------------------------------------------- */

static size_t pack_gzip(struct span in, char *room)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)in.at,
	    .avail_in = (unsigned)in.len,
	    .next_out = (Bytef *)room,
	    .avail_out = BYTES_MOST};

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, 0), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	(void)deflateEnd(&z);
	return BYTES_MOST - z.avail_out;
}

static size_t pack_bzip2(struct span in, char *room)
{
	unsigned len = BYTES_MOST;

	assert_int_equal(BZ2_bzBuffToBuffCompress(room, &len, (char *)(uintptr_t)in.at,
			     (unsigned)in.len, 1, 0, 0),
	    BZ_OK);
	return len;
}

static size_t pack_xz(struct span in, char *room)
{
	size_t len = 0;

	assert_int_equal(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, (const uint8_t *)in.at,
			     in.len, (uint8_t *)room, &len, BYTES_MOST),
	    LZMA_OK);
	return len;
}

static size_t pack_zstd(struct span in, char *room)
{
	size_t len = ZSTD_compress(room, BYTES_MOST, in.at, in.len, 3);

	assert_false(ZSTD_isError(len));
	return len;
}

typedef size_t pack_fn(struct span in, char *room);
static pack_fn *const packs[] = {pack_gzip, pack_bzip2, pack_xz, pack_zstd};

/* ---- reading ------------------------------------------------------------------------------- */

static struct archive *begin(void)
{
	struct span name = SPAN("D");
	struct archive *archive = archive_new(&name, 1);

	assert_non_null(archive);
	return archive;
}

static void give(struct archive *archive, struct span bytes)
{
	char *copy = malloc(bytes.len + 1);
	struct span rest = {copy, bytes.len};

	assert_non_null(copy);
	if (bytes.len > 0)
		memcpy(copy, bytes.at, bytes.len);
	while ((rest.len > 0 || archive_is_busy(archive)) && !archive_fault(archive))
		rest = span_from(rest, archive_take(archive, rest));
	free(copy);
}

static void end(struct archive *archive)
{
	while (!archive_end(archive))
		continue;
}

static void check(const struct row *row, const struct archive *archive, size_t at)
{
	const char *fault = archive_fault(archive);
	struct span file = archive_file(archive, 0);

	if (!fault != !row->fault || (fault && !strstr(fault, row->fault)))
		fail_msg("%s at %zu: %s", row->what, at, fault ? fault : "no fault");
	if (fault)
		return;
	if (!file.at != !row->file || (row->file && !span_equal(file, span_of(row->file))))
		fail_msg("%s at %zu: another file", row->what, at);
}

/* In two pieces. |safe|: up to there it may be sent on. A part of a block of zeros ends nothing. */
static void read_split(const struct row *row, struct span bytes, size_t at, size_t safe)
{
	struct archive *archive = begin();

	give(archive, (struct span){bytes.at, at});
	assert_true(archive_released(archive) <= safe);
	give(archive, span_from(bytes, at));
	assert_true(archive_released(archive) <= safe);
	end(archive);
	check(row, archive, at);
	archive_free(archive);
}

static void read_bytes(const struct row *row, struct span bytes, size_t safe)
{
	struct archive *archive = begin();

	for (size_t i = 0; i < bytes.len; i++) {
		give(archive, (struct span){bytes.at + i, 1});
		assert_true(archive_released(archive) <= safe);
	}
	end(archive);
	check(row, archive, 0);
	archive_free(archive);
}

static void each_split(void **state)
{
	struct buf bytes;

	(void)state;
	buf_init(&bytes, BYTES_MOST);
	for (size_t i = 0; i < COUNT(rows); i++) {
		write_row(&bytes, &rows[i]);
		size_t safe = bytes.len;

		for (unsigned j = 0; j < PARTS_MOST && safe == bytes.len; j++) {
			if (rows[i].parts[j].kind == '.' && !rows[i].fault)
				safe = bytes.len - TAR_BLOCK * (rows[i].parts[j + 1].kind == '.' ? 2 : 1) + TAR_BLOCK - 1;
		}
		for (size_t at = 0; at <= bytes.len; at++)
			read_split(&rows[i], buf_span(&bytes), at, safe);
		read_bytes(&rows[i], buf_span(&bytes), safe);
	}
	buf_free(&bytes);
}

static void each_compression(void **state)
{
	static char room[BYTES_MOST];
	struct buf bytes;

	(void)state;
	buf_init(&bytes, BYTES_MOST);
	for (size_t i = 0; i < COUNT(rows) * COUNT(packs); i++) {
		const struct row *row = &rows[i / COUNT(packs)];

		write_row(&bytes, row);
		size_t len = packs[i % COUNT(packs)](buf_span(&bytes), room);
		struct span packed = {room, len};

		for (size_t at = 0; at <= len; at++)
			read_split(row, packed, at, len - 1);
		read_bytes(row, packed, len - 1);
	}
	buf_free(&bytes);
}

/* Cut at every place, and with one more byte behind it. */
static void compressed_streams_end_once(void **state)
{
	static char room[BYTES_MOST + 1];
	struct buf bytes;

	(void)state;
	buf_init(&bytes, BYTES_MOST);
	write_row(&bytes, &rows[0]);
	for (size_t i = 0; i < COUNT(packs); i++) {
		size_t len = packs[i](buf_span(&bytes), room);

		for (size_t cut = 0; cut <= len + 1; cut++) {
			struct archive *archive = begin();

			room[len] = 'x';
			give(archive, (struct span){room, cut});
			end(archive);
			assert_true(cut == 0 || cut == len || archive_fault(archive));
			assert_true(cut != len || !archive_fault(archive));
			archive_free(archive);
		}
	}
	buf_free(&bytes);
}

/* ---- limits -------------------------------------------------------------------------------- */

static void what_is_behind_the_end_is_bounded(void **state)
{
	struct archive *archive = begin();
	struct buf bytes;
	char *zeros = calloc(1, BYTES_MOST);

	(void)state;
	assert_non_null(zeros);
	buf_init(&bytes, BYTES_MOST);
	write_row(&bytes, &rows[0]);
	give(archive, buf_span(&bytes));
	for (unsigned i = 0; i * BYTES_MOST <= ARCHIVE_TAIL_MOST; i++)
		give(archive, (struct span){zeros, BYTES_MOST});
	assert_non_null(strstr(archive_fault(archive), "behind its end"));
	archive_free(archive);
	buf_free(&bytes);
	free(zeros);
}

static void links_are_bounded(void **state)
{
	struct links links = {NULL, 0, 0};
	char name[16];

	(void)state;
	for (unsigned i = 0; i < LINKS_MOST; i++) {
		(void)snprintf(name, sizeof(name), "l%u", i);
		assert_true(links_add(&links, span_of(name)));
	}
	assert_true(links_add(&links, span_of(name)));
	assert_false(links_add(&links, SPAN("one more")));
	assert_true(links_above(&links, SPAN("l77/x")));
	assert_false(links_above(&links, SPAN("l77")));
	assert_false(links_above(&links, SPAN("m77/x")));
	assert_true(links_held(&links) <= 4u << 20);
	links_free(&links);
}

static void names_of_files_are_cleaned(void **state)
{
	static const struct {
		const char *path, *clean;
	} names[] = {
	    {"Dockerfile", "Dockerfile"},
	    {"./a//b/./c", "a/b/c"},
	    {"/a/b", "a/b"},
	    {"a/", "a"},
	    {"a/../b", NULL},
	    {"..", NULL},
	    {"/", NULL},
	    {".", NULL},
	    {"", NULL},
	};
	char room[32];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(archive_clean(span_of(names[i].path), room, sizeof(room)),
		    names[i].clean != NULL);
		if (names[i].clean)
			assert_string_equal(room, names[i].clean);
	}
	assert_false(archive_clean(SPAN("a name that is much too long for this"), room, 32));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_split),
	    cmocka_unit_test(each_compression),
	    cmocka_unit_test(compressed_streams_end_once),
	    cmocka_unit_test(what_is_behind_the_end_is_bounded),
	    cmocka_unit_test(links_are_bounded),
	    cmocka_unit_test(names_of_files_are_cleaned),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("archive", tests, NULL, NULL);
}
