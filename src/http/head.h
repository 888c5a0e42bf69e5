/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of requests and responses share: where a head ends, and the headers that say how
 * long the body and the connection are. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "base/error.h"
#include "http/http.h"

enum {
	STATUS_BAD_REQUEST = 400,
	STATUS_TOO_LARGE = 413,
	STATUS_TARGET_TOO_LONG = 414,
	STATUS_EXPECTATION_FAILED = 417,
	STATUS_HEAD_TOO_LARGE = 431,
	STATUS_INTERNAL = 500,
	STATUS_BAD_GATEWAY = 502,
	STATUS_VERSION = 505
};

/* Fills |fault| and returns -1, which is HTTP_ERROR. */
int http_fault_set(struct http_fault *fault, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* For a failed arena_alloc(). */
int http_fault_memory(struct http_fault *fault);

struct http_head {
	struct span text; /* with the empty line */
	size_t headers;   /* header lines in it */
};

/* Looks for the end of a head from |*scanned| on. Refuses a line that does not end in CR LF and one
 * that begins with a blank, as soon as they are seen. */
MUST_CHECK enum http_result http_head_find(struct span bytes, size_t max_head, size_t *scanned,
    struct http_head *ret_head, struct http_fault *fault);

/* What Content-Length and Transfer-Encoding said. */
struct http_body {
	bool has_length, has_chunked;
	uint64_t length;
};

MUST_CHECK int http_body_take_length(
    struct http_body *body, struct span value, struct http_fault *fault);
MUST_CHECK int http_body_take_coding(
    struct http_body *body, struct span value, struct http_fault *fault);

/* After the last header: refuses what contradicts itself or the version. */
MUST_CHECK int http_body_check(
    const struct http_body *body, unsigned minor, struct http_fault *fault);

/* What Connection said. */
struct http_connection {
	bool close, keep_alive, upgrade;
	size_t named; /* elements that are names of headers */
};

void http_connection_take(struct http_connection *connection, struct span value);

/* Takes the next element that is not empty off the comma-separated |*rest|, into |*ret_element|. */
bool http_list_next(struct span *rest, struct span *ret_element);

#endif
