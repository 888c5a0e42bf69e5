/* SPDX-License-Identifier: Apache-2.0 */
/* One direction of a call. The window goes back to the sender when the other side takes the bytes,
 * so that no more than a window waits here. */
#include "h2/parts.h"

#include <stdlib.h>

#define KEPT 4096u /* bytes of a buffer that stay while nothing waits */

void flow_init(struct flow *flow)
{
	/* A message that was judged, with what was added, and a window before it. */
	buf_init(&flow->waiting, 2 * (size_t)H2_MESSAGE + H2_STREAM_WINDOW);
}

static size_t waiting(const struct flow *flow)
{
	return flow->waiting.len - flow->at;
}

static void count(struct call *call, size_t before, const struct buf *buf)
{
	call->coupling->held += buf->size - before;
}

static void wake(struct call *call, enum coupling_side to)
{
	struct flow *flow = &call->flow[to];

	if (!flow->deferred)
		return;
	flow->deferred = false;
	(void)nghttp2_session_resume_data(session_of(call, to), call->id[to]);
}

/* Room behind what waits, at first where bytes were already taken. */
static void make_room(struct flow *flow, size_t size)
{
	if (flow->at == 0 || size <= flow->waiting.size - flow->waiting.len)
		return;
	memmove(flow->waiting.at, flow->waiting.at + flow->at, waiting(flow));
	flow->waiting.len -= flow->at;
	flow->at = 0;
}

bool flow_add(struct call *call, enum coupling_side to, struct span bytes)
{
	struct flow *flow = &call->flow[to];
	size_t before = flow->waiting.size;

	make_room(flow, bytes.len);
	buf_add(&flow->waiting, bytes);
	count(call, before, &flow->waiting);
	if (flow->waiting.failed)
		return false;
	wake(call, to);
	return true;
}

void flow_pay(struct call *call, enum coupling_side to, size_t bytes)
{
	struct flow *flow = &call->flow[to];
	enum coupling_side from = side_other(to);

	if (bytes > flow->owed)
		bytes = flow->owed;
	flow->owed -= bytes;
	if (bytes > 0)
		(void)nghttp2_session_consume(session_of(call, from), call->id[from], bytes);
}

void flow_end(struct call *call, enum coupling_side to)
{
	call->flow[to].ended = true;
	wake(call, to);
}

static void forget(struct call *call, struct flow *flow)
{
	size_t before = flow->waiting.size;

	buf_free(&flow->waiting);
	flow->at = 0;
	count(call, before, &flow->waiting);
}

void flow_drop(struct call *call, enum coupling_side to)
{
	forget(call, &call->flow[to]);
	flow_pay(call, to, call->flow[to].owed);
}

nghttp2_data_provider flow_provider(struct call *call)
{
	return (nghttp2_data_provider){{.ptr = call}, flow_read};
}

/* Behind the data of an answer come its trailers. */
static bool send_trailers(struct call *call)
{
	size_t n;
	nghttp2_nv *list = fields_list(&call->trailers, NULL, 0, &n);
	int result = list ? nghttp2_submit_trailer(session_of(call, COUPLING_CALLER),
				call->id[COUPLING_CALLER], list, n)
			  : NGHTTP2_ERR_NOMEM;

	free(list);
	return result == 0;
}

ssize_t flow_read(nghttp2_session *session, int32_t id, uint8_t *bytes, size_t length,
    uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	const struct side *side = arg;
	struct call *call = source->ptr;
	struct flow *flow = &call->flow[side->which];
	size_t n = waiting(flow) < length ? waiting(flow) : length;

	(void)session;
	(void)id;
	(void)bytes;
	if (n == 0 && !flow->ended) {
		flow->deferred = true;
		return NGHTTP2_ERR_DEFERRED;
	}
	*flags |= NGHTTP2_DATA_FLAG_NO_COPY;
	if (!flow->ended || n < waiting(flow))
		return (ssize_t)n;
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	if (side->which == COUPLING_CALLER && call->trailers.count > 0) {
		*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
		if (!send_trailers(call))
			return NGHTTP2_ERR_CALLBACK_FAILURE;
	}
	return (ssize_t)n;
}

static void taken(struct call *call, struct flow *flow, size_t length)
{
	flow->at += length;
	if (flow->at < flow->waiting.len)
		return;
	if (flow->waiting.size > KEPT)
		forget(call, flow);
	buf_clear(&flow->waiting);
	flow->at = 0;
}

int flow_send(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t length,
    nghttp2_data_source *source, void *arg)
{
	const struct side *side = arg;
	struct coupling *coupling = side->coupling;
	struct call *call = source->ptr;
	struct flow *flow = &call->flow[side->which];

	(void)session;
	(void)frame; /* nobody asks for padding */
	buf_add(coupling->out, (struct span){(const char *)head, FRAME_HEAD});
	if (length > 0) /* an end alone has no buffer */
		buf_add(coupling->out, (struct span){flow->waiting.at + flow->at, length});
	if (coupling->out->failed)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	taken(call, flow, length);
	coupling_earn(coupling);
	/* A message that was replaced has another length: all is paid when little waits. */
	if (call->way == MEDIATOR_PASS || side->which == COUPLING_CALLER)
		flow_pay(call, side->which, length);
	else if (waiting(flow) <= H2_STREAM_WINDOW)
		flow_pay(call, side->which, flow->owed);
	return coupling->out->len >= coupling->out_most ? NGHTTP2_ERR_PAUSE : 0;
}
