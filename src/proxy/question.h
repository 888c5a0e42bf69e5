/* SPDX-License-Identifier: Apache-2.0 */
/* One request of our own to the daemon, on the connection that the client's requests will take, and
 * the whole answer to it. */
#ifndef PROXY_QUESTION_H
#define PROXY_QUESTION_H

#include "base/error.h"
#include "http/http.h"
#include "proxy/conn.h"

struct question {
	bool asked; /* it is on its way */
	bool fresh; /* it is the first on this connection to the daemon */
	bool head_read;
	bool extra; /* bytes came that no one asked for */
	size_t scanned;
	uint64_t left; /* of an answer with a length */
	struct http_response response;
	struct http_chunks chunks;
	struct buf head, body; /* of the answer, as far as they have come */
};

/* How a piece of work ended. */
enum question_turn {
	QUESTION_WAITS, /* an event will come, or another attempt at dialling */
	QUESTION_GOES_ON,
	QUESTION_ANSWERED, /* |response| and |body| are there */
	QUESTION_LEFT,     /* the daemon went away before the end of its answer */
	QUESTION_TOLD,     /* the daemon cannot be reached; the client was told */
	QUESTION_TOO_LARGE,
	QUESTION_GARBLED,
	QUESTION_NO_MEMORY,
};

void question_init(struct question *question, const struct limits *limits);
void question_free(struct question *question);

/* Bytes of memory. */
size_t question_held(const struct question *question);

/* Makes it ready for the next one. */
void question_clear(struct question *question);

/* Asks for |path|, which is decoded; `asked` is set when that was done. */
MUST_CHECK enum question_turn question_ask(
    struct conn *conn, struct question *question, struct span path);

/* The same of |target|, and of a POST with the JSON |body|, which can be sent twice without harm.
 * Without one: a GET.
 */
MUST_CHECK enum question_turn question_post(struct conn *conn, struct question *question,
    const struct http_target *target, struct span body);

/* Reads some of the answer. A connection that was kept and has ended meanwhile is no failure:
 * `asked` is off again. */
MUST_CHECK enum question_turn question_read(struct conn *conn, struct question *question);

#endif
