/* SPDX-License-Identifier: Apache-2.0 */
/* Response heads that were read before. What a head says depends on its bytes, on whether the
 * request was HEAD, and on nothing else but the limits; only heads without a fault are kept. */
#include "http/http.h"

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
