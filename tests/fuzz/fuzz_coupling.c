/* SPDX-License-Identifier: Apache-2.0 */
/* Both ends of a coupling of HTTP/2 sessions. The input is a list of steps: bytes, frames, calls
 * and messages of gRPC from either end, in pieces of any size, and what the sockets take. What the
 * server is sent is read by a reader of its own: each call was permitted by the mediator, and each
 * message that is judged is the one that the mediator made. Memory keeps to its limits. */
#include "fuzz.h"

#include <string.h>

#include <nghttp2/nghttp2.h>

#include "h2/parts.h"

#define CALLS_MOST 1024u   /* of one input */
#define BYTES_MOST 400000u /* that come from both ends */
#define FRAME_MOST 16384u  /* payload, as neither end asks for more */
#define PREFIX 5u          /* of a message of gRPC */
#define HEAD_MOST 1048576u /* bytes of a head that is sent */
#define TABLE_MOST 16777216u

/* ---- the mediator: paths say what becomes of a call --------------------------------------------
 */

/* A call that the mediator was asked for. */
struct asked {
	char path[64];
	bool reads;        /* its messages are judged */
	struct buf wanted; /* what may be sent on */
	size_t seen;       /* of |wanted|, by the server */
	int32_t id;        /* at the server; 0: it has not seen it */
};

struct mediator {
	struct asked calls[CALLS_MOST];
	size_t count;
	struct asked *permitted[CALLS_MOST]; /* in the order in which they were */
	size_t permitted_count, ended;
};

static struct mediator mediator;

enum mediator_way mediator_begin(struct mediator *m, struct mediator_call *call)
{
	struct span path = {call->path, call->path_length};
	struct asked *asked = &m->calls[m->count++];
	size_t len = path.len < sizeof(asked->path) - 1 ? path.len : sizeof(asked->path) - 1;

	memset(asked, 0, sizeof(*asked));
	memcpy(asked->path, path.at, len);
	asked->reads = span_starts(path, SPAN("/read/"));
	buf_init(&asked->wanted, SIZE_MAX / 2);
	call->state = asked;
	if (asked->reads)
		return MEDIATOR_READ;
	if (span_starts(path, SPAN("/pass/")))
		return MEDIATOR_PASS;
	buf_add_text(call->message, "no: \xc3\xa9%\n");
	return MEDIATOR_REFUSE;
}

/* "no…" is refused, anything else gets something behind it. */
bool mediator_message(struct mediator *m, struct mediator_call *call, const uint8_t *bytes,
    size_t length, struct buf *out)
{
	struct asked *asked = call->state;
	struct span text = {(const char *)bytes, length};
	char head[PREFIX] = {0};

	(void)m;
	if (span_starts(text, SPAN("no")))
		return false;
	buf_add(out, text);
	buf_add_text(out, "+added");
	MUST(!out->failed);
	for (unsigned i = 0; i < 4; i++)
		head[1 + i] = (char)(out->len >> (24 - 8 * i));
	buf_add(&asked->wanted, (struct span){head, PREFIX});
	buf_add(&asked->wanted, buf_span(out));
	return true;
}

void mediator_end(struct mediator *m, struct mediator_call *call)
{
	(void)call;
	m->ended++;
}

/* ---- what is sent to an end --------------------------------------------------------------------
 */

struct reader {
	bool serves;
	struct buf bytes; /* that are no whole frame yet */
	bool greeted;     /* the preface was read */
	nghttp2_hd_inflater *inflater;
	struct buf head; /* of a head whose end has not come */
	int32_t head_of; /* 0: none */
};

static struct reader readers[COUPLING_SIDES];

static struct asked *call_of(int32_t id)
{
	for (size_t i = 0; i < mediator.permitted_count; i++) {
		if (mediator.permitted[i]->id == id)
			return mediator.permitted[i];
	}
	return NULL;
}

/* The next one that was permitted and has this path; those between were never opened. */
static void see_call(int32_t id, struct span path)
{
	static const char *const ways[] = {"/pass/", "/read/"};
	size_t i = mediator.permitted_count;

	MUST(span_starts(path, span_of(ways[0])) || span_starts(path, span_of(ways[1])));
	while (i > 0 && mediator.permitted[i - 1]->id == 0)
		i--;
	for (; i < mediator.permitted_count; i++) {
		struct asked *asked = mediator.permitted[i];

		if (strncmp(asked->path, path.at, sizeof(asked->path) - 1) == 0 ||
		    span_equal(span_of(asked->path), path)) {
			asked->id = id;
			return;
		}
	}
	MUST(i < mediator.permitted_count); /* it was not permitted */
}

static void read_head(struct reader *reader)
{
	const uint8_t *at = (const uint8_t *)reader->head.at;
	size_t left = reader->head.len;
	char path[HEAD_MOST > 4096 ? 4096 : HEAD_MOST] = "";
	int flags = 0;

	while (!(flags & NGHTTP2_HD_INFLATE_FINAL)) {
		nghttp2_nv field;
		ssize_t n = nghttp2_hd_inflate_hd2(reader->inflater, &field, &flags, at, left, 1);

		MUST(n >= 0);
		at += n;
		left -= (size_t)n;
		if (!(flags & NGHTTP2_HD_INFLATE_EMIT) || field.namelen != 5 ||
		    memcmp(field.name, ":path", 5) != 0)
			continue;
		size_t len = field.valuelen < sizeof(path) - 1 ? field.valuelen : sizeof(path) - 1;

		memcpy(path, field.value, len);
		path[len] = '\0';
	}
	MUST(left == 0 && nghttp2_hd_inflate_end_headers(reader->inflater) == 0);
	if (reader->serves)
		see_call(reader->head_of, span_of(path));
	buf_clear(&reader->head);
	reader->head_of = 0;
}

/* Messages that are judged are those that the mediator made. */
static void see_data(int32_t id, struct span data)
{
	struct asked *asked = call_of(id);

	MUST(asked);
	if (!asked->reads)
		return;
	MUST(data.len <= asked->wanted.len - asked->seen);
	MUST(data.len == 0 || memcmp(asked->wanted.at + asked->seen, data.at, data.len) == 0);
	asked->seen += data.len;
}

static void see_frame(
    struct reader *reader, uint8_t type, uint8_t flags, int32_t id, struct span payload)
{
	MUST(!reader->head_of || type == NGHTTP2_CONTINUATION);
	MUST(type != NGHTTP2_PUSH_PROMISE);
	if (type == NGHTTP2_HEADERS || type == NGHTTP2_CONTINUATION) {
		MUST(!(flags & (NGHTTP2_FLAG_PADDED | NGHTTP2_FLAG_PRIORITY)));
		reader->head_of = id;
		buf_add(&reader->head, payload);
		if (flags & NGHTTP2_FLAG_END_HEADERS)
			read_head(reader);
	} else if (type == NGHTTP2_DATA && reader->serves) {
		MUST(!(flags & NGHTTP2_FLAG_PADDED));
		see_data(id, payload);
	}
}

static uint32_t number_at(const char *at, unsigned bytes)
{
	uint32_t number = 0;

	while (bytes-- > 0)
		number = number << 8 | (unsigned char)*at++;
	return number;
}

static bool take_frame(struct reader *reader, size_t *at)
{
	if (reader->bytes.len - *at < FRAME_HEAD)
		return false;
	struct span rest = span_from(buf_span(&reader->bytes), *at);
	size_t len = number_at(rest.at, 3);

	MUST(len <= FRAME_MOST);
	if (rest.len - FRAME_HEAD < len)
		return false;
	see_frame(reader, (uint8_t)rest.at[3], (uint8_t)rest.at[4],
	    (int32_t)(number_at(rest.at + 5, 4) & 0x7fffffffu),
	    (struct span){rest.at + FRAME_HEAD, len});
	*at += FRAME_HEAD + len;
	return true;
}

static void see_bytes(struct reader *reader)
{
	size_t at = 0;

	if (reader->serves && !reader->greeted) {
		if (reader->bytes.len < NGHTTP2_CLIENT_MAGIC_LEN)
			return;
		MUST(memcmp(reader->bytes.at, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN) == 0);
		at = NGHTTP2_CLIENT_MAGIC_LEN;
		reader->greeted = true;
	}
	while (take_frame(reader, &at))
		;
	if (at > 0) {
		memmove(reader->bytes.at, reader->bytes.at + at, reader->bytes.len - at);
		reader->bytes.len -= at;
	}
}

/* ---- the script --------------------------------------------------------------------------------
 */

struct script {
	const uint8_t *at, *end;
	struct coupling *coupling;
	size_t piece; /* bytes given at a time */
	size_t given;
	uint64_t now;
	bool mute; /* the audit log is broken */
	uint32_t next_id;
};

static bool on_tell(void *arg, const struct mediator_call *call, bool permitted)
{
	const struct script *script = arg;

	if (!permitted)
		return true;
	if (script->mute)
		return false;
	mediator.permitted[mediator.permitted_count++] = call->state;
	return true;
}

static uint8_t take_byte(struct script *script)
{
	return script->at < script->end ? *script->at++ : 0;
}

static struct span take_bytes(struct script *script, size_t most)
{
	size_t left = (size_t)(script->end - script->at), len = most < left ? most : left;
	struct span bytes = {(const char *)script->at, len};

	script->at += len;
	return bytes;
}

/* What is held, by what is known of it from the outside and the inside. */
static void check_limits(const struct coupling *coupling)
{
	const struct call *call;
	size_t count = 0, held = 0;

	MUST(coupling->memory <= H2_MEMORY);
	TAILQ_FOREACH (call, &coupling->calls, link) {
		const struct flow *up = &call->flow[COUPLING_SERVER];
		const struct flow *down = &call->flow[COUPLING_CALLER];

		count++;
		held +=
		    call->fields_held + call->partial.size + up->waiting.size + down->waiting.size;
		MUST(call->request.count <= H2_FIELDS && call->request.bytes <= H2_FIELDS_BYTES);
		MUST(call->answer.bytes <= H2_FIELDS_BYTES);
		MUST(call->trailers.bytes <= H2_FIELDS_BYTES);
		MUST(call->partial.len <= H2_MESSAGE);
		MUST(down->owed <= H2_STREAM_WINDOW && up->owed <= H2_STREAM_WINDOW);
		MUST(down->waiting.len - down->at <= H2_STREAM_WINDOW);
		MUST(call->way == MEDIATOR_READ || up->waiting.len - up->at <= H2_STREAM_WINDOW);
	}
	MUST(count == coupling->count && count <= 2 * H2_STREAMS);
	MUST(held == coupling->held);
}

static void send_out(struct script *script, enum coupling_side side, size_t most)
{
	struct reader *reader = &readers[side];

	size_t before = reader->bytes.len;

	coupling_send(script->coupling, side, &reader->bytes, before + most);
	/* a little more is one frame */
	MUST(reader->bytes.len - before <= most + FRAME_HEAD + FRAME_MOST + HEAD_MOST);
	see_bytes(reader);
}

static void give(struct script *script, enum coupling_side side, struct span bytes)
{
	script->given += bytes.len;
	while (bytes.len > 0 && mediator.count < CALLS_MOST - H2_STREAMS) {
		size_t n = bytes.len < script->piece ? bytes.len : script->piece;
		uint8_t *copy = malloc(n); /* of that length: a sanitizer sees a read behind it */

		MUST(copy);
		memcpy(copy, bytes.at, n);
		coupling_receive(
		    script->coupling, side, (struct span){(char *)copy, n}, script->now);
		free(copy);
		bytes = span_from(bytes, n);
	}
}

static void give_frame(struct script *script, enum coupling_side side, uint8_t type, uint8_t flags,
    uint32_t id, struct span payload)
{
	uint8_t frame[FRAME_HEAD + FRAME_MOST] = {(uint8_t)(payload.len >> 16),
	    (uint8_t)(payload.len >> 8), (uint8_t)payload.len, type, flags, (uint8_t)(id >> 24),
	    (uint8_t)(id >> 16), (uint8_t)(id >> 8), (uint8_t)id};

	if (payload.len > 0)
		memcpy(frame + FRAME_HEAD, payload.at, payload.len);
	give(script, side, (struct span){(char *)frame, FRAME_HEAD + payload.len});
}

static void add_field(struct buf *out, const char *name, struct span value)
{
	buf_add_char(out, 0); /* literal, not indexed */
	buf_add_char(out, (char)strlen(name));
	buf_add_text(out, name);
	buf_add_char(out, (char)(value.len & 0x7fu));
	buf_add(out, (struct span){value.at, value.len & 0x7fu});
}

/* A call begins: with a path of the list, or one of the input. */
static void begin_call(struct script *script, uint8_t how)
{
	static const char *const paths[] = {"/read/a", "/pass/a", "/no/a", "/read/b"};
	struct span path =
	    how & 4 ? take_bytes(script, take_byte(script) & 0x3fu) : span_of(paths[how & 3]);
	struct buf head;

	buf_init(&head, FRAME_MOST);
	add_field(&head, ":method", how & 8 ? SPAN("GET") : SPAN("POST"));
	add_field(&head, ":scheme", SPAN("http"));
	add_field(&head, ":authority", SPAN("localhost"));
	add_field(&head, ":path", path);
	add_field(&head, "content-type", SPAN("application/grpc"));
	add_field(&head, "te", SPAN("trailers"));
	give_frame(script, COUPLING_CALLER, NGHTTP2_HEADERS,
	    NGHTTP2_FLAG_END_HEADERS | (how & 16 ? NGHTTP2_FLAG_END_STREAM : 0), script->next_id,
	    buf_span(&head));
	script->next_id += 2;
	buf_free(&head);
}

static uint32_t id_of(uint8_t byte)
{
	return byte < 128 ? 2u * byte + 1 : byte;
}

/* A message, or a part of one: its length may not be what it says. */
static void give_message(struct script *script, enum coupling_side side, uint8_t how)
{
	uint32_t id = id_of(take_byte(script));
	struct span text = take_bytes(script, (size_t)take_byte(script) * (how & 1 ? 32 : 1));
	size_t says = how & 2 ? (size_t)take_byte(script) << (how & 4 ? 17 : 1) : text.len;
	char head[PREFIX] = {
	    how & 8 ? 1 : 0, (char)(says >> 24), (char)(says >> 16), (char)(says >> 8), (char)says};
	struct buf frame;

	buf_init(&frame, FRAME_MOST);
	buf_add(&frame, (struct span){head, PREFIX});
	buf_add(&frame, text);
	give_frame(script, side, NGHTTP2_DATA, how & 16 ? NGHTTP2_FLAG_END_STREAM : 0, id,
	    buf_span(&frame));
	buf_free(&frame);
}

static void answer_call(struct script *script, uint8_t how)
{
	uint32_t id = id_of(take_byte(script));
	struct buf head;

	buf_init(&head, FRAME_MOST);
	if (how & 1)
		add_field(&head, "grpc-status", SPAN("0"));
	else
		add_field(&head, ":status", how & 2 ? SPAN("103") : SPAN("200"));
	if (how & 4)
		add_field(&head, "x-key", take_bytes(script, take_byte(script)));
	give_frame(script, COUPLING_SERVER, NGHTTP2_HEADERS,
	    NGHTTP2_FLAG_END_HEADERS | (how & 16 ? NGHTTP2_FLAG_END_STREAM : 0), id,
	    buf_span(&head));
	buf_free(&head);
}

static void give_any_frame(struct script *script, uint8_t how)
{
	uint8_t type = take_byte(script), flags = take_byte(script), id = take_byte(script);
	unsigned times = how & 2 ? take_byte(script) : 1;
	struct span payload = take_bytes(script, (size_t)take_byte(script) * (how & 4 ? 16 : 1));

	for (; times > 0 && script->given < BYTES_MOST; times--)
		give_frame(script, how & 1 ? COUPLING_SERVER : COUPLING_CALLER, type % 11, flags,
		    id_of(id), payload);
}

static void change(struct script *script, uint8_t how)
{
	static const size_t pieces[] = {SIZE_MAX, 1, 2, 5, 9, 13, 100, 4096};

	if (how & 8)
		script->piece = pieces[how & 7];
	else if (how & 4)
		script->mute = how & 1;
	else if (how & 2)
		coupling_end(script->coupling, how & 1 ? COUPLING_SERVER : COUPLING_CALLER);
	else
		script->now += (uint64_t)take_byte(script) * 100;
}

static void take_step(struct script *script)
{
	uint8_t byte = take_byte(script), how = byte >> 3;
	enum coupling_side side = how & 1 ? COUPLING_SERVER : COUPLING_CALLER;

	switch (byte & 7) {
	case 0:
		give(script, side, take_bytes(script, take_byte(script)));
		break;
	case 1:
		give_any_frame(script, how);
		break;
	case 2:
		begin_call(script, how);
		break;
	case 3:
		give_message(script, COUPLING_CALLER, how);
		break;
	case 4:
		answer_call(script, how);
		break;
	case 5:
		give_message(script, COUPLING_SERVER, how);
		break;
	case 6:
		send_out(script, side, how & 2 ? (size_t)take_byte(script) * 8 + 1 : 65536);
		break;
	default:
		change(script, how);
	}
}

static void begin(struct script *script)
{
	struct span magic = {NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN}, none = {NULL, 0};

	memset(readers, 0, sizeof(readers));
	mediator.count = mediator.permitted_count = mediator.ended = 0;
	for (unsigned i = 0; i < COUPLING_SIDES; i++) {
		readers[i].serves = i == COUPLING_SERVER;
		buf_init(&readers[i].bytes, SIZE_MAX / 2);
		buf_init(&readers[i].head, SIZE_MAX / 2);
		MUST(nghttp2_hd_inflate_new(&readers[i].inflater) == 0);
		MUST(nghttp2_hd_inflate_change_table_size(readers[i].inflater, TABLE_MOST) == 0);
	}
	script->coupling = coupling_new(&mediator, on_tell, script);
	MUST(script->coupling);
	if (take_byte(script) & 1)
		return; /* without a preface */
	give(script, COUPLING_CALLER, magic);
	give_frame(script, COUPLING_CALLER, NGHTTP2_SETTINGS, 0, 0, none);
	give_frame(script, COUPLING_SERVER, NGHTTP2_SETTINGS, 0, 0, none);
}

static void finish(struct script *script)
{
	for (unsigned i = 0; i < COUPLING_SIDES; i++)
		send_out(script, (enum coupling_side)i, BYTES_MOST);
	check_limits(script->coupling);
	for (unsigned i = 0; i < COUPLING_SIDES; i++)
		coupling_end(script->coupling, (enum coupling_side)i);
	MUST(coupling_calls(script->coupling) == 0 && script->coupling->held == 0);
	MUST(coupling_is_over(script->coupling));
	coupling_free(script->coupling);
	MUST(mediator.ended == mediator.count);
	for (size_t i = 0; i < mediator.count; i++)
		buf_free(&mediator.calls[i].wanted);
	for (unsigned i = 0; i < COUPLING_SIDES; i++) {
		nghttp2_hd_inflate_del(readers[i].inflater);
		buf_free(&readers[i].bytes);
		buf_free(&readers[i].head);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script script = {
	    .at = data, .end = data + size, .piece = SIZE_MAX, .now = 1000, .next_id = 1};

	begin(&script);
	while (script.at < script.end && script.given < BYTES_MOST &&
	       mediator.count < CALLS_MOST - 2 * H2_STREAMS) {
		take_step(&script);
		check_limits(script.coupling);
	}
	finish(&script);
	return 0;
}
