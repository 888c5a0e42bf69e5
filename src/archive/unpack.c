/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/unpack.h"

#include <bzlib.h>
#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

struct unpack {
	enum unpack_kind kind;
	bool ended;
	size_t held; /* bytes that the library was given */
	union {
		z_stream gzip;
		bz_stream bzip2;
		lzma_stream xz;
		ZSTD_DStream *zstd;
	} by;
	lzma_allocator allocator;
};

/* One step of a library: what is left of the input and of the room. */
struct flow {
	const char *in;
	size_t in_left;
	char *out;
	size_t out_left;
};

enum step { STEP_MORE, STEP_END, STEP_BAD, STEP_MEMORY };

/* ---- memory, counted ----------------------------------------------------------------------- */

#define MARK 16u /* bytes before each piece, which hold its size */

static void *give(void *opaque, size_t count, size_t size)
{
	struct unpack *unpack = opaque;
	size_t whole;

	if (__builtin_mul_overflow(count, size, &whole) || whole > UNPACK_MEMORY_MOST ||
	    unpack->held > UNPACK_MEMORY_MOST - whole)
		return NULL;
	char *room = calloc(1, whole + MARK);

	if (!room)
		return NULL;
	unpack->held += whole;
	memcpy(room, &whole, sizeof(whole));
	return room + MARK;
}

static void take_back(void *opaque, void *piece)
{
	struct unpack *unpack = opaque;
	size_t whole;

	if (!piece)
		return;
	char *room = (char *)piece - MARK;

	memcpy(&whole, room, sizeof(whole));
	unpack->held -= whole;
	free(room);
}

static void *give_zlib(void *opaque, unsigned count, unsigned size)
{
	return give(opaque, count, size);
}

static void *give_bzip2(void *opaque, int count, int size)
{
	return count < 0 || size < 0 ? NULL : give(opaque, (size_t)count, (size_t)size);
}

/* ---- the kinds ----------------------------------------------------------------------------- */

#define GZIP_ALONE (16 + MAX_WBITS) /* zlib's word for: gzip, nothing else */

static bool gzip_begin(struct unpack *unpack)
{
	unpack->by.gzip = (z_stream){.zalloc = give_zlib, .zfree = take_back, .opaque = unpack};
	return inflateInit2(&unpack->by.gzip, GZIP_ALONE) == Z_OK;
}

static enum step gzip_step(struct unpack *unpack, struct flow *flow)
{
	z_stream *z = &unpack->by.gzip;
	union {
		const char *in;
		Bytef *out;
	} at = {.in = flow->in};

	z->next_in = at.out;
	z->avail_in = (unsigned)flow->in_left;
	z->next_out = (Bytef *)flow->out;
	z->avail_out = (unsigned)flow->out_left;
	int result = inflate(z, Z_NO_FLUSH);

	flow->in_left = z->avail_in;
	flow->out_left = z->avail_out;
	if (result == Z_STREAM_END)
		return STEP_END;
	return result == Z_OK || result == Z_BUF_ERROR ? STEP_MORE
	       : result == Z_MEM_ERROR                 ? STEP_MEMORY
						       : STEP_BAD;
}

static void gzip_leave(struct unpack *unpack)
{
	(void)inflateEnd(&unpack->by.gzip);
}

static bool bzip2_begin(struct unpack *unpack)
{
	unpack->by.bzip2 =
	    (bz_stream){.bzalloc = give_bzip2, .bzfree = take_back, .opaque = unpack};
	return BZ2_bzDecompressInit(&unpack->by.bzip2, 0, 0) == BZ_OK;
}

static enum step bzip2_step(struct unpack *unpack, struct flow *flow)
{
	bz_stream *bz = &unpack->by.bzip2;
	union {
		const char *in;
		char *out;
	} at = {.in = flow->in};

	bz->next_in = at.out;
	bz->avail_in = (unsigned)flow->in_left;
	bz->next_out = flow->out;
	bz->avail_out = (unsigned)flow->out_left;
	int result = BZ2_bzDecompress(bz);

	flow->in_left = bz->avail_in;
	flow->out_left = bz->avail_out;
	if (result == BZ_STREAM_END)
		return STEP_END;
	return result == BZ_OK ? STEP_MORE : result == BZ_MEM_ERROR ? STEP_MEMORY : STEP_BAD;
}

static void bzip2_leave(struct unpack *unpack)
{
	(void)BZ2_bzDecompressEnd(&unpack->by.bzip2);
}

static bool xz_begin(struct unpack *unpack)
{
	unpack->allocator = (lzma_allocator){give, take_back, unpack};
	unpack->by.xz = (lzma_stream)LZMA_STREAM_INIT;
	unpack->by.xz.allocator = &unpack->allocator;
	return lzma_stream_decoder(&unpack->by.xz, UNPACK_MEMORY_MOST, 0) == LZMA_OK;
}

static enum step xz_step(struct unpack *unpack, struct flow *flow)
{
	lzma_stream *xz = &unpack->by.xz;

	xz->next_in = (const uint8_t *)flow->in;
	xz->avail_in = flow->in_left;
	xz->next_out = (uint8_t *)flow->out;
	xz->avail_out = flow->out_left;
	lzma_ret result = lzma_code(xz, LZMA_RUN);

	flow->in_left = xz->avail_in;
	flow->out_left = xz->avail_out;
	if (result == LZMA_STREAM_END)
		return STEP_END;
	if (result == LZMA_MEM_ERROR || result == LZMA_MEMLIMIT_ERROR)
		return STEP_MEMORY;
	return result == LZMA_OK || result == LZMA_BUF_ERROR ? STEP_MORE : STEP_BAD;
}

static void xz_leave(struct unpack *unpack)
{
	lzma_end(&unpack->by.xz);
}

static bool zstd_begin(struct unpack *unpack)
{
	unpack->by.zstd = ZSTD_createDStream();
	return unpack->by.zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(unpack->by.zstd,
				      ZSTD_d_windowLogMax, UNPACK_WINDOW_LOG_MOST));
}

#define ZSTD_WINDOW "Frame requires too much memory for decoding"

static enum step zstd_step(struct unpack *unpack, struct flow *flow)
{
	ZSTD_inBuffer in = {flow->in, flow->in_left, 0};
	ZSTD_outBuffer out = {flow->out, flow->out_left, 0};
	size_t result = ZSTD_decompressStream(unpack->by.zstd, &out, &in);

	flow->in_left -= in.pos;
	flow->out_left -= out.pos;
	unpack->held = ZSTD_sizeof_DStream(unpack->by.zstd);
	if (result == 0)
		return STEP_END;
	if (!ZSTD_isError(result))
		return STEP_MORE;
	return strcmp(ZSTD_getErrorName(result), ZSTD_WINDOW) == 0 ? STEP_MEMORY : STEP_BAD;
}

static void zstd_leave(struct unpack *unpack)
{
	(void)ZSTD_freeDStream(unpack->by.zstd);
}

#define KIB 1024u

/* The signatures are those that a daemon looks for. */
static const struct kind {
	const char *name;
	struct span magic;
	size_t turn;
	bool (*begin)(struct unpack *unpack);
	enum step (*step)(struct unpack *unpack, struct flow *flow);
	void (*leave)(struct unpack *unpack);
} kinds[UNPACK_KINDS] = {
    [UNPACK_NONE] = {.name = "tar", .turn = 1024 * KIB},
    [UNPACK_GZIP] = {"gzip", {"\x1f\x8b\x08", 3}, 1024 * KIB, gzip_begin, gzip_step, gzip_leave},
    [UNPACK_BZIP2] = {"bzip2", {"BZh", 3}, 128 * KIB, bzip2_begin, bzip2_step, bzip2_leave},
    [UNPACK_XZ] = {"xz", {"\xfd\x37\x7a\x58\x5a\x00", 6}, 128 * KIB, xz_begin, xz_step, xz_leave},
    [UNPACK_ZSTD] = {"zstd", {"\x28\xb5\x2f\xfd", 4}, 512 * KIB, zstd_begin, zstd_step, zstd_leave},
};

enum unpack_kind unpack_detect(struct span bytes, bool last)
{
	if (bytes.len < UNPACK_MAGIC_MOST && !last)
		return UNPACK_UNKNOWN;
	for (unsigned i = UNPACK_GZIP; i < UNPACK_KINDS; i++) {
		if (span_starts(bytes, kinds[i].magic))
			return (enum unpack_kind)i;
	}
	return UNPACK_NONE;
}

const char *unpack_name(enum unpack_kind kind)
{
	return kinds[kind].name ? kinds[kind].name : "nothing";
}

size_t unpack_turn(enum unpack_kind kind)
{
	return kinds[kind].turn;
}

/* ---- one stream ---------------------------------------------------------------------------- */

struct unpack *unpack_new(enum unpack_kind kind)
{
	struct unpack *unpack = calloc(1, sizeof(*unpack));

	if (!unpack)
		return NULL;
	unpack->kind = kind;
	if (kinds[kind].begin && kinds[kind].begin(unpack))
		return unpack;
	unpack_free(unpack);
	return NULL;
}

void unpack_free(struct unpack *unpack)
{
	if (!unpack)
		return;
	if (kinds[unpack->kind].leave)
		kinds[unpack->kind].leave(unpack);
	free(unpack);
}

bool unpack_ended(const struct unpack *unpack)
{
	return unpack->ended;
}

size_t unpack_held(const struct unpack *unpack)
{
	return sizeof(*unpack) + unpack->held;
}

static int fail(const struct unpack *unpack, enum step step, struct error *err)
{
	const char *name = unpack_name(unpack->kind);

	if (step == STEP_MEMORY)
		return error_set(err,
		    "the %s stream needs more than %u MiB of memory; compress with a lower level",
		    name, UNPACK_MEMORY_MOST >> 20);
	return error_set(err, "the %s stream is damaged", name);
}

int unpack_step(struct unpack *unpack, struct span in, size_t *ret_used, char *room, size_t size,
    size_t *ret_made, struct error *err)
{
	struct flow flow = {in.at, in.len, room, size};

	*ret_used = *ret_made = 0;
	if (in.len > 0 && unpack->ended)
		return error_set(err,
		    "something stands behind the end of the %s stream; send one stream alone",
		    unpack_name(unpack->kind));
	enum step step = unpack->ended ? STEP_END : kinds[unpack->kind].step(unpack, &flow);

	*ret_used = in.len - flow.in_left;
	*ret_made = size - flow.out_left;
	unpack->ended = step == STEP_END;
	return step == STEP_MORE || step == STEP_END ? 0 : fail(unpack, step, err);
}
