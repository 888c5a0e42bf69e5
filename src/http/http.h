/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1 heads and targets: one canonical reading, or an error. llhttp parses; what it leaves open
 * is decided here. Nothing in this room knows sockets. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <llhttp.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/method.h"
#include "base/span.h"

enum http_framing {
	FRAMING_NONE,   /* no body */
	FRAMING_LENGTH, /* |content_length| bytes, more than 0 */
	FRAMING_CHUNKED,
	FRAMING_CLOSE, /* responses only: until the end of the connection */
};

/* What is done with a header of a request. */
enum http_role {
	ROLE_FORWARD, /* handed on as it is */
	ROLE_HOST,
	ROLE_FRAMING, /* Content-Length, Transfer-Encoding: written anew */
	ROLE_HOP,     /* Connection, Keep-Alive, TE, Trailer, Proxy-*, HTTP2-Settings: dropped */
	ROLE_UPGRADE,
	ROLE_EXPECT,
	ROLE_CONTENT_TYPE,
	ROLE_SECRET, /* X-Registry-Auth, X-Registry-Config, Authorization: handed on, never logged
		      */
	ROLE_META,   /* X-Meta-*: handed on only when the policy grants it */
	ROLE_DROP,   /* named by Connection, or of no use to the daemon */
};

struct http_header {
	struct span name, value;
	enum http_role role;
};

struct http_limits {
	size_t max_head; /* bytes of a request or response head */
	unsigned max_headers;
	size_t max_target; /* bytes of the request target */
};

/* A parsed request head. Spans point into |head|. */
struct http_request {
	struct span head; /* its bytes, with the empty line and with the line ends that HTTP has */
	enum method method;
	struct span method_name; /* as sent */
	unsigned minor;          /* 0 or 1, of HTTP/1.x */
	bool keep_alive;         /* what the client's version and Connection header ask for */
	bool expect_continue;    /* waits for 100 Continue before it sends its body */
	bool wants_upgrade;      /* has an Upgrade header */
	enum http_framing framing;
	uint64_t content_length;
	struct span target;
	struct span host, content_type, upgrade; /* .at NULL when the header is missing */
	struct http_header *headers;
	size_t header_count;
	size_t head_bytes; /* of the client's bytes, that the head took */
	unsigned connection_close : 1, connection_keep_alive : 1, connection_upgrade : 1;
};

enum http_result {
	HTTP_ERROR = -1, /* the fault says what and which status the answer has: 400, 413, 414, 417,
			  * 431, 500 (memory), 505; 502 for what the daemon sent */
	HTTP_MORE = 0,   /* the head is not complete */
	HTTP_DONE = 1,
};

struct http_fault {
	unsigned status;
	struct error error;
	struct span moved; /* the target that a GET or HEAD is to be sent to instead, as the daemon
			    * would say with a 301, in the arena; .at NULL: none */
};

/* Parses a request head in |bytes|, all that have come so far of it, from its first byte. Called
 * again with the same bytes and more behind them after HTTP_MORE: |*scanned| is 0 at first and lets
 * the search for the head's end go on where it stopped. Strict: one exact request line, CRLF line
 * ends, no obs-fold, no second Host or Content-Length, no Content-Length beside Transfer-Encoding,
 * HTTP/1.0 without Transfer-Encoding, Host present in 1.1. A second Content-Type is refused unless
 * it says application/json or the same: the first is read then, the other gets ROLE_DROP. What is
 * read stands in |arena|: nothing points into |bytes| afterwards. |request| is of use after
 * HTTP_DONE only. */
MUST_CHECK enum http_result http_request_parse(struct span bytes, size_t *scanned,
    const struct http_limits *limits, struct arena *arena, struct http_request *request,
    struct http_fault *fault);

/* The same by what the calling thread has read before, which changes nothing of what it returns: a
 * head that is there byte for byte says the same as before. Clients that poll send the same one
 * again and again. */
MUST_CHECK enum http_result http_request_recall(struct span bytes, size_t *scanned,
    const struct http_limits *limits, struct arena *arena, struct http_request *request,
    struct http_fault *fault);

/* A target in its one form. */
struct http_target {
	struct span host; /* of an absolute-form target, .at NULL for one that is only a path */
	struct span path; /* decoded, without the version, "/containers/x/json" */
	unsigned api_major, api_minor; /* 1 and 41 for /v1.41/…; 0 and 0 without a version */
	struct pair *query;            /* decoded; names never empty */
	size_t query_count;
};

/* Reads a request target. Refuses (400) everything that two parsers could read in two ways: `*`, a
 * user before the host, fragments, bad escapes, bytes outside the alphabet, a `%` that an escape
 * stood for and that begins another one, empty, `.` and `..` segments (|fault->moved| then tells
 * where they lead), a slash at the end (but /networks/, which is /networks), `;`, versions written
 * oddly. Memory comes from |arena|; what needs no decoding stays where it is. */
MUST_CHECK int http_target_parse(struct span raw, const struct http_limits *limits,
    struct arena *arena, struct http_target *ret_target, struct http_fault *fault);

/* Writes the canonical spelling of |target|: what http_target_parse() reads back as the same. */
void http_target_write(struct buf *out, const struct http_target *target);

/* Its query alone, with a '?' before it where there is one. */
void http_query_write(struct buf *out, const struct http_target *target);

/* What is written anew around a request's own headers. */
struct http_rewrite {
	enum http_framing framing; /* of the body as it will be sent */
	uint64_t content_length;
	bool send_expect;  /* hand Expect: 100-continue on */
	bool send_upgrade; /* hand the Upgrade header on */
	bool send_meta;    /* hand X-Meta-* on */
};

/* |list| of an Upgrade header without an offer of HTTP/2: the first other protocol, or .at NULL
 * when there is none. A list without that offer stays as it is. */
struct span http_upgrade_without_h2c(struct span list);

/* Writes the head of |request| with |target| anew to |out|: request line, Host, the headers that
 * are handed on in their order, and framing and connection headers of our own. */
void http_request_write(struct buf *out, const struct http_request *request,
    const struct http_target *target, const struct http_rewrite *rewrite);

/* A parsed response head. */
struct http_response {
	unsigned status;
	unsigned minor;
	bool keep_alive; /* the daemon keeps its connection open after the body */
	bool has_hop;    /* it has headers that are for this connection alone */
	bool json;    /* its one Content-Type is of JSON, or of many JSON texts, or it has none: of
		       * Podman some such answers have none */
	bool encoded; /* it has a Content-Encoding */
	bool raw_stream; /* Content-Type is Docker's raw or multiplexed stream */
	enum http_framing framing;
	uint64_t content_length;
	size_t head_bytes;
};

/* As http_request_parse(), for a response to a request of |method|. A response to HEAD, and 1xx,
 * 204 and 304, have no body. */
MUST_CHECK enum http_result http_response_parse(struct span bytes, size_t *scanned,
    const struct http_limits *limits, enum method method, struct http_response *ret_response,
    struct http_fault *fault);

#define HTTP_MEMO_HEADS 4u
#define HTTP_MEMO_BYTES 512u /* of a head; a longer one is read each time */

/* What response heads said that were read before. A daemon writes the same head again and again:
 * but for the date, which changes once a second, only few are different. All zero: none yet. */
struct http_memo {
	struct http_memo_head {
		char text[HTTP_MEMO_BYTES];
		struct http_response response; /* .head_bytes of |text|; 0: nothing is in here */
		bool to_head;                  /* it answers a request of METHOD_HEAD */
	} heads[HTTP_MEMO_HEADS];
	unsigned next; /* the one that is forgotten next */
};

/* http_response_parse() that looks in |memo| first, which changes nothing of what it returns: a
 * head that is there byte for byte says the same as before. */
MUST_CHECK enum http_result http_response_recall(struct http_memo *memo, struct span bytes,
    size_t *scanned, const struct http_limits *limits, enum method method,
    struct http_response *ret_response, struct http_fault *fault);

/* Appends |head| without the headers that were for the daemon's connection alone, those that
 * Connection names among them; what is left stays byte for byte. What the client must know of its
 * own connection, that it ends or, to HTTP/1.0, that it stays, is said anew. */
void http_response_write(
    struct buf *out, struct span head, const struct http_response *response, unsigned client_minor);

/* The same for a body whose length is another one than the daemon's: sent in chunks, or until the
 * end of the connection. */
void http_response_write_reframed(struct buf *out, struct span head,
    const struct http_response *response, unsigned client_minor, bool chunks);

/* ---- chunked bodies ---------------------------------------------------------------------- */

/* Follows a chunked body, of a request or a response. No memory of its own. */
struct http_chunks {
	llhttp_t parser;
	size_t max_extra, extra; /* bytes that are no data: allowed in a row, seen since the last */
	bool ended;
	bool in_data; /* between the head and the end of a chunk */
	char last;    /* byte of the call before */
};

/* Starts at the first byte of a chunked body. |max_extra| limits what may stand between two runs of
 * data (sizes and extensions), and the trailers. */
void http_chunks_init(struct http_chunks *chunks, size_t max_extra);

typedef bool http_data_fn(void *context, struct span data);

/* Takes |bytes| of a chunked body. Calls |data| (may be NULL) with each run of decoded bytes, which
 * returns false when it cannot take them (the fault is then 413). Returns HTTP_MORE when all was
 * taken and the body goes on, HTTP_DONE when the body and its trailers ended (|*ret_used| bytes
 * belong to it), HTTP_ERROR with |fault|. Extensions and trailers are checked and dropped. */
MUST_CHECK enum http_result http_chunks_feed(struct http_chunks *chunks, struct span bytes,
    http_data_fn *data, void *context, size_t *ret_used, struct http_fault *fault);

/* How many of the next bytes are data of the chunk under way and may be passed by unread, by
 * telling http_chunks_skip() instead of feeding them. The last byte of a chunk must always be fed.
 */
uint64_t http_chunks_ahead(const struct http_chunks *chunks);

/* |bytes|, at most http_chunks_ahead(), went by. */
void http_chunks_skip(struct http_chunks *chunks, uint64_t bytes);

/* True between two chunks: a freshly made object would go on as well as this one. */
bool http_chunks_at_rest(const struct http_chunks *chunks);

/* ---- answers of our own ------------------------------------------------------------------ */

/* A whole answer of the daemon to a question of ours, of which the client gets the same. Its body
 * has a length. */
struct http_handed {
	const struct http_response *response;
	struct span head, body;
};

struct http_answer {
	unsigned status;
	struct span message;  /* becomes {"message": …} */
	bool close;           /* says Connection: close */
	unsigned minor;       /* the client's HTTP/1.x */
	bool head_only;       /* the request was HEAD */
	unsigned retry_after; /* seconds; 0 = none */
	struct span location; /* of a 301, which has no body; .at NULL: none */
	/* What is sent in the place of all that but for |close|; NULL: none. */
	const struct http_handed *handed;
};

/* Writes a whole response in Docker's error shape, or the one that is handed on. */
void http_answer_write(struct buf *out, const struct http_answer *answer);

/* "Forbidden" and so on. */
const char *http_status_text(unsigned status);

#endif
