/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of gRPC that are held until they are whole and judged. */
#include "h2/parts.h"

#define PREFIX 5u /* a flag and a length before each message */
#define GRPC_EXHAUSTED 8u
#define GRPC_UNIMPLEMENTED 12u
#define GRPC_INTERNAL 13u

static size_t length_of(const struct buf *partial)
{
	size_t length = 0;

	for (unsigned i = 1; i < PREFIX; i++)
		length = length << 8 | (unsigned char)partial->at[i];
	return length;
}

/* How many bytes are missing; 0: it is whole. */
static size_t missing(const struct buf *partial)
{
	size_t want = partial->len < PREFIX ? PREFIX : PREFIX + length_of(partial);

	return want - partial->len;
}

static bool prefix_is_good(struct call *call)
{
	if (call->partial.at[0] != 0) {
		call_refuse_with(call, GRPC_UNIMPLEMENTED,
		    "compressed messages are not accepted; turn compression off");
		return false;
	}
	if (length_of(&call->partial) > H2_MESSAGE - PREFIX) {
		call_refuse_with(call, GRPC_EXHAUSTED, "the message is larger than 16 MiB");
		return false;
	}
	return true;
}

static bool hand_on(struct call *call, const struct buf *message)
{
	const unsigned char prefix[PREFIX] = {0, (unsigned char)(message->len >> 24),
	    (unsigned char)(message->len >> 16), (unsigned char)(message->len >> 8),
	    (unsigned char)message->len};

	return !message->failed &&
	       flow_add(call, COUPLING_SERVER, (struct span){(const char *)prefix, PREFIX}) &&
	       flow_add(call, COUPLING_SERVER, buf_span(message));
}

static void judge(struct call *call)
{
	struct buf out;

	buf_init(&out, 2 * (size_t)H2_MESSAGE);
	bool permitted = mediator_message(call->coupling->mediator, &call->ask,
	    (const uint8_t *)call->partial.at + PREFIX, call->partial.len - PREFIX, &out);

	call->coupling->held -= call->partial.size;
	buf_free(&call->partial);
	if (!permitted) {
		call_refuse(call);
	} else if (!hand_on(call, &out)) {
		call_refuse_with(call, GRPC_INTERNAL, "out of memory");
	} else if (!call->open[COUPLING_SERVER]) {
		call_open(call);
	}
	buf_free(&out);
}

/* False when the call is refused. */
static bool take_piece(struct call *call, struct span *rest)
{
	struct buf *partial = &call->partial;
	bool had_prefix = partial->len >= PREFIX;
	size_t need = missing(partial), take = need < rest->len ? need : rest->len;
	size_t before = partial->size;

	buf_add(partial, (struct span){rest->at, take});
	call->coupling->held += partial->size - before;
	*rest = span_from(*rest, take);
	if (partial->failed) {
		call_refuse_with(call, GRPC_INTERNAL, "out of memory");
		return false;
	}
	if (!had_prefix && partial->len >= PREFIX && !prefix_is_good(call))
		return false;
	if (partial->len >= PREFIX && missing(partial) == 0)
		judge(call);
	return !call->refused;
}

/* What is held is bounded by the length of a message, and not by the window: that goes back at once
 * unless messages before this one wait. */
void message_take(struct call *call, struct span bytes)
{
	const struct flow *flow = &call->flow[COUPLING_SERVER];

	while (bytes.len > 0) {
		if (!take_piece(call, &bytes))
			return; /* and paid for */
	}
	if (flow->waiting.len - flow->at <= H2_STREAM_WINDOW)
		flow_pay(call, COUPLING_SERVER, flow->owed);
}
