/* SPDX-License-Identifier: Apache-2.0 */
#include "h2/parts.h"

#include <stddef.h>
#include <stdlib.h>

#define SECOND 1000u

/* ---- nghttp2's memory, counted ----------------------------------------------------------------
 */

union block {
	size_t size;
	max_align_t align;
};

static void *resize(void *at, size_t size, void *arg)
{
	struct coupling *coupling = arg;
	union block *old = at ? (union block *)at - 1 : NULL;
	size_t before = old ? old->size : 0;

	if (size > H2_MEMORY || coupling->memory - before > H2_MEMORY - size)
		return NULL;
	union block *block = realloc(old, sizeof(*block) + size);

	if (!block)
		return NULL;
	block->size = size;
	coupling->memory += size - before;
	return block + 1;
}

static void *take(size_t size, void *arg)
{
	return resize(NULL, size, arg);
}

static void *take_cleared(size_t count, size_t size, void *arg)
{
	void *at = size > 0 && count > H2_MEMORY / size ? NULL : take(count * size, arg);

	if (at)
		memset(at, 0, count * size);
	return at;
}

static void give(void *at, void *arg)
{
	struct coupling *coupling = arg;

	if (!at)
		return;
	coupling->memory -= ((union block *)at - 1)->size;
	free((union block *)at - 1);
}

/* ---- life -------------------------------------------------------------------------------------
 */

struct coupling *coupling_new(struct mediator *mediator, coupling_tell_fn *tell, void *arg)
{
	struct coupling *coupling = calloc(1, sizeof(*coupling));

	if (!coupling)
		return NULL;
	coupling->mediator = mediator;
	coupling->tell = tell;
	coupling->arg = arg;
	coupling->mem = (nghttp2_mem){coupling, take, give, take_cleared, resize};
	TAILQ_INIT(&coupling->calls);
	for (unsigned i = 0; i < COUPLING_SIDES; i++) {
		struct side *side = &coupling->sides[i];

		side->coupling = coupling;
		side->which = (enum coupling_side)i;
		if (!session_open(side)) {
			coupling_free(coupling);
			return NULL;
		}
	}
	return coupling;
}

void coupling_free(struct coupling *coupling)
{
	struct call *call;

	if (!coupling)
		return;
	while ((call = TAILQ_FIRST(&coupling->calls)))
		call_free(call);
	for (unsigned i = 0; i < COUPLING_SIDES; i++)
		nghttp2_session_del(coupling->sides[i].session);
	free(coupling);
}

/* ---- bytes ------------------------------------------------------------------------------------
 */

/* Frames that carry nothing are permitted again as time goes by. */
static void forgive(struct coupling *coupling, uint64_t now)
{
	uint64_t earned;

	if (coupling->idle_since == 0 || now < coupling->idle_since)
		coupling->idle_since = now;
	earned = (now - coupling->idle_since) * H2_IDLE_FRAMES_PER_SECOND / SECOND;
	if (earned == 0)
		return;
	coupling->idle_since = now;
	coupling->idle_frames -= coupling->idle_frames < earned ? coupling->idle_frames : earned;
}

/* Nothing more comes from |side|: its calls are over, and the other side is told. */
static void close_calls(struct side *side)
{
	struct call *call, *next;

	for (call = TAILQ_FIRST(&side->coupling->calls); call; call = next) {
		next = TAILQ_NEXT(call, link);
		call_closed(call, side->which, NGHTTP2_CANCEL);
	}
	session_leave(&side->coupling->sides[side_other(side->which)], NGHTTP2_NO_ERROR);
}

/* A session that hears no more has ended itself for what its peer did, or both have said that they
 * are leaving and no call is left. */
static void look_for_end(struct side *side)
{
	if (nghttp2_session_want_read(side->session))
		return;
	if (side->left || side->leaving) {
		side->coupling->finishing = true;
		close_calls(side);
	} else {
		coupling_break(side->coupling, side->coupling->reason[0]
						   ? side->coupling->reason
						   : "the rules of HTTP/2 were broken");
	}
}

void coupling_receive(
    struct coupling *coupling, enum coupling_side which, struct span bytes, uint64_t now)
{
	struct side *side = &coupling->sides[which];

	if (coupling->fault || side->gone || bytes.len == 0)
		return;
	side->started = true;
	forgive(coupling, now);
	ssize_t n = nghttp2_session_mem_recv(side->session, (const uint8_t *)bytes.at, bytes.len);

	if (n < 0)
		coupling_break(coupling, nghttp2_strerror((int)n));
	else
		look_for_end(side);
}

void coupling_end(struct coupling *coupling, enum coupling_side which)
{
	struct side *side = &coupling->sides[which];

	if (side->gone)
		return;
	side->gone = true;
	close_calls(side);
}

/* The side that serves hears nothing before the caller has spoken: a client that opens a connection
 * to see whether it can leaves it without a byte. */
void coupling_send(
    struct coupling *coupling, enum coupling_side which, struct buf *out, size_t most)
{
	struct side *side = &coupling->sides[which];
	const uint8_t *bytes;
	ssize_t n = 1;

	if (side->gone || (which == COUPLING_SERVER && !coupling->sides[COUPLING_CALLER].started))
		return;
	coupling->out = out;
	coupling->out_most = most;
	while (out->len < most && n > 0) {
		n = nghttp2_session_mem_send(side->session, &bytes);
		if (n > 0)
			buf_add(out, (struct span){(const char *)bytes, (size_t)n});
	}
	coupling->out = NULL;
	if (n < 0 || out->failed) {
		coupling_break(coupling, n < 0 ? nghttp2_strerror((int)n) : "out of memory");
		side->gone = true;
	} else if (!coupling->fault) {
		look_for_end(side); /* nghttp2 ends it with the GOAWAY that tells why */
	}
}

static bool has_said_all(const struct side *side)
{
	return side->gone || !nghttp2_session_want_write(side->session);
}

bool coupling_is_over(const struct coupling *coupling)
{
	const struct side *caller = &coupling->sides[COUPLING_CALLER];
	const struct side *server = &coupling->sides[COUPLING_SERVER];

	if (coupling->fault)
		return has_said_all(caller) && (has_said_all(server) || !caller->started);
	if (!caller->gone && !server->gone && !coupling->finishing)
		return false;
	return coupling->count == 0 && has_said_all(caller) &&
	       (has_said_all(server) || !caller->started);
}

const char *coupling_fault(const struct coupling *coupling)
{
	return coupling->fault;
}

size_t coupling_held(const struct coupling *coupling)
{
	return coupling->memory + coupling->held;
}

size_t coupling_calls(const struct coupling *coupling)
{
	return coupling->count;
}
