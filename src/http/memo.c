/* SPDX-License-Identifier: Apache-2.0 */
/* Heads that were read before. What one says depends on its bytes, of a response on whether the
 * request was HEAD, and on nothing else but the limits; only heads without a fault are kept. */
#include "http/http.h"

#include "base/room.h"
#include "http/head.h"

/* ---- responses ------------------------------------------------------------------------------ */

/* Whether |bytes| begin with the head. It ends with the only empty line in it, so that this is
 * where their head ends as well. */
static bool is_same(const struct http_memo_head *known, struct span bytes,
    const struct http_limits *limits, enum method method)
{
	size_t len = known->response.head_bytes;

	return len > 0 && len <= bytes.len && len <= limits->max_head &&
	       known->to_head == (method == METHOD_HEAD) && memcmp(known->text, bytes.at, len) == 0;
}

static void keep(struct http_memo *memo, struct span bytes, enum method method,
    const struct http_response *response)
{
	struct http_memo_head *place = &memo->heads[memo->next];

	if (response->head_bytes > sizeof(place->text))
		return;
	memo->next = (memo->next + 1) % HTTP_MEMO_HEADS;
	memcpy(place->text, bytes.at, response->head_bytes);
	place->response = *response;
	place->to_head = method == METHOD_HEAD;
}

enum http_result http_response_recall(struct http_memo *memo, struct span bytes, size_t *scanned,
    const struct http_limits *limits, enum method method, struct http_response *ret_response,
    struct http_fault *fault)
{
	for (unsigned i = 0; i < HTTP_MEMO_HEADS; i++) {
		if (is_same(&memo->heads[i], bytes, limits, method)) {
			*ret_response = memo->heads[i].response;
			return HTTP_DONE;
		}
	}
	enum http_result result =
	    http_response_parse(bytes, scanned, limits, method, ret_response, fault);

	if (result == HTTP_DONE)
		keep(memo, bytes, method, ret_response);
	return result;
}

/* ---- requests ------------------------------------------------------------------------------- */

#define REQUESTS 4u         /* that a thread keeps */
#define REQUEST_BYTES 768u  /* of a head; a longer one is read each time */
#define REQUEST_HEADERS 16u /* of a head with more the same */

struct known_request {
	struct http_limits limits;   /* that it was read with */
	struct http_request request; /* .head.len 0: nothing is in here */
	struct http_header headers[REQUEST_HEADERS];
	char text[REQUEST_BYTES];
};

struct known_requests {
	struct known_request all[REQUESTS];
	unsigned next; /* the one that is forgotten next */
};

static bool is_known(
    const struct known_request *known, struct span bytes, const struct http_limits *limits)
{
	size_t len = known->request.head.len;

	return len > 0 && len <= bytes.len && memcmp(known->text, bytes.at, len) == 0 &&
	       known->limits.max_head == limits->max_head &&
	       known->limits.max_headers == limits->max_headers &&
	       known->limits.max_target == limits->max_target;
}

/* What |part| of the text |from| is in the text |to|. */
static struct span move(struct span part, const char *from, const char *to)
{
	return part.at ? (struct span){to + (part.at - from), part.len} : part;
}

/* Copies |request| with its headers and its head to |headers| and |text|. */
static void copy_request(struct http_request *to, struct http_header *headers, char *text,
    const struct http_request *request)
{
	const char *from = request->head.at;

	memcpy(text, from, request->head.len);
	*to = *request;
	to->head.at = text;
	to->method_name = move(request->method_name, from, text);
	to->target = move(request->target, from, text);
	to->host = move(request->host, from, text);
	to->content_type = move(request->content_type, from, text);
	to->upgrade = move(request->upgrade, from, text);
	to->headers = headers;
	for (size_t i = 0; i < request->header_count; i++) {
		const struct http_header *header = &request->headers[i];

		headers[i] = (struct http_header){
		    move(header->name, from, text), move(header->value, from, text), header->role};
	}
}

/* A head that is read otherwise than it was sent is not, nor is one with a secret in it. */
static bool may_be_kept(const struct http_request *request)
{
	if (request->head.len > REQUEST_BYTES || request->header_count > REQUEST_HEADERS ||
	    request->head.len != request->head_bytes)
		return false;
	for (size_t i = 0; i < request->header_count; i++) {
		if (request->headers[i].role == ROLE_SECRET)
			return false;
	}
	return true;
}

static void keep_request(struct known_requests *known, const struct http_limits *limits,
    const struct http_request *request)
{
	if (!may_be_kept(request))
		return;
	struct known_request *place = &known->all[known->next];

	known->next = (known->next + 1) % REQUESTS;
	place->limits = *limits;
	copy_request(&place->request, place->headers, place->text, request);
}

static enum http_result recall(const struct known_request *known, struct arena *arena,
    struct http_request *request, struct http_fault *fault)
{
	size_t headers = known->request.header_count * sizeof(*known->headers);
	char *room = arena_alloc(arena, headers + known->request.head.len);

	if (!room)
		return http_fault_memory(fault);
	copy_request(request, (struct http_header *)room, room + headers, &known->request);
	return HTTP_DONE;
}

enum http_result http_request_recall(struct span bytes, size_t *scanned,
    const struct http_limits *limits, struct arena *arena, struct http_request *request,
    struct http_fault *fault)
{
	struct known_requests *known = room_of_thread(ROOM_HEADS, sizeof(*known));

	for (unsigned i = 0; known && i < REQUESTS; i++) {
		if (is_known(&known->all[i], bytes, limits))
			return recall(&known->all[i], arena, request, fault);
	}
	enum http_result result = http_request_parse(bytes, scanned, limits, arena, request, fault);

	if (known && result == HTTP_DONE)
		keep_request(known, limits, request);
	return result;
}
