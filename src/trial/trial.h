/* SPDX-License-Identifier: Apache-2.0 */
/* One request from its head to the verdict. The daemon, `explain`, `test`, the tests of policies
 * and the fuzzers all drive this object: they give it bytes as they come and do what it asks for.
 *
 *     state = trial_head(trial, bytes, &scanned);        MORE, READY, REFUSED
 *     state = trial_judge(trial, &basis);                WANT_BODY, WANT_OBJECTS, REFUSED,
 * PERMITTED state = trial_body(trial, bytes, &used);           MORE, READY state =
 * trial_answer(trial, status, body);         WANT_OBJECTS, READY, ABSENT, REFUSED
 *
 * After READY comes trial_judge(). */
#ifndef TRIAL_TRIAL_H
#define TRIAL_TRIAL_H

#include "base/buf.h"
#include "base/error.h"
#include "http/http.h"
#include "json/json.h"
#include "policy/policy.h"

enum trial_state {
	TRIAL_REFUSED = 0,  /* |decision| says why */
	TRIAL_MORE,         /* the head, or the body, goes on */
	TRIAL_READY,        /* all that was asked for is there: call trial_judge() */
	TRIAL_WANT_BODY,    /* call trial_body() */
	TRIAL_WANT_OBJECTS, /* ask the daemon for trial_wanted(); call trial_answer() */
	TRIAL_ABSENT,       /* the object that it acts on does not exist: answer |absent| */
	TRIAL_PERMITTED,    /* call trial_write_head(), then send trial_body_to_send() */
};

/* What a request is judged by. Borrowed for the time of a call. */
struct trial_basis {
	const struct policy *policy;
	const struct policy *bare; /* learning: a policy without lines, or NULL */
	const struct policy_client
	    *client;                  /* for owners; NULL: nothing is known of it (`explain`) */
	const struct policy_own *own; /* NULL: sockwarden runs on the host */
	struct span upstream;         /* path of the daemon's socket; empty: none */
	policy_resolve_fn *resolve;   /* NULL: host paths are judged as they are written */
	mounts_fn *mounts;            /* of this host, where |resolve| is */
	bool told;                    /* what permitted requests run goes into an audit line */
	/* NULL: none. With one the whole body is judged, unsifted, and objects are asked for even
	 * when the request is refused. In dry-run mode they are as well, and the body. */
	policy_trace_fn *trace;
	void *trace_context;
};

/* Objects that exist in the daemon, as far as they are known. */
struct trial_objects {
	struct policy_object known[POLICY_OBJECTS_MOST];
	size_t count;
	struct policy_object wanted[POLICY_WANTED_MOST];
	unsigned wanted_count, at; /* wanted[at] is asked for now */
	unsigned counts;           /* times that objects were counted */
};

/* Why a body cannot be read. */
struct trial_body_fault {
	enum reason reason;
	unsigned status; /* 0: there is none */
	struct error error;
};

/* What the client is told in place of an answer to its request. */
struct trial_absent {
	unsigned status;
	const char *message;
};

/* Others read it; src/trial alone writes it, but for decision_refuse() on |decision| by who drives
 * it. All spans point into |arena| or |collected|, but for |body| when it came in one piece. */
struct trial {
	struct http_limits http;
	struct json_limits json;
	struct arena arena;
	struct http_request request; /* .head.at NULL: it could not be read */
	struct http_target target;
	bool target_read; /* |target| is set */
	bool calls; /* paths of gRPC's methods are known, with their message as a JSON body: for who
		     * asks what would be, never where a request comes from a client */
	bool body_done; /* the whole body was read: nothing of the request is left */
	bool in_chunks;
	bool has_owner; /* the policy's, by which it was judged last */
	bool hidden; /* refused: the daemon is asked what it says of missing objects, for the answer
		      */
	struct span location; /* that a refusal with status 301 tells; .at NULL: none */
	struct policy_request ask;
	struct decision decision;
	struct http_chunks chunks; /* of a chunked body, once |in_chunks| */
	uint64_t body_left;        /* bytes, of a body with a length */
	struct buf collected;      /* the body as far as it has come */
	struct span body;          /* the whole of it, once |body_done| */
	struct trial_body_fault body_fault;
	struct http_fault fault;       /* what is wrong with the head or the chunks */
	struct trial_objects *objects; /* in |arena|; NULL: none were asked for */
	struct trial_absent absent;    /* once TRIAL_ABSENT */
};

/* Begins in |trial|, which is cleared, within these limits. Allocates nothing. */
void trial_init(
    struct trial *trial, const struct http_limits *http, const struct json_limits *json);
void trial_free(struct trial *trial);

/* Bytes of memory that it holds for its request, without the struct. */
static inline size_t trial_held(const struct trial *trial)
{
	return arena_used(&trial->arena) + trial->collected.size;
}

/* Begins with the next request and reads its head at the front of |bytes|, which it copies. After
 * TRIAL_MORE call it again with the same bytes and more behind them; |*scanned| is 0 at first and
 * kept between these calls. The head took request.head_bytes. */
MUST_CHECK enum trial_state trial_head(struct trial *trial, struct span bytes, size_t *scanned);

/* Judges what has been read. After TRIAL_WANT_BODY, and after TRIAL_REFUSED with
 * decision.wants_body, trial_body() may follow: a head that is refused stays refused, but the next
 * judgement tells what the body lacks as well. */
MUST_CHECK enum trial_state trial_judge(struct trial *trial, const struct trial_basis *basis);

/* Takes the next |bytes| of the body; |*ret_used| of them belong to it. One that comes whole is not
 * copied: |bytes| must stay until trial_judge() has returned and, when that permits, until the body
 * is sent. */
enum trial_state trial_body(struct trial *trial, struct span bytes, size_t *ret_used);

/* The same with |body|, the whole body without its framing. */
enum trial_state trial_whole_body(struct trial *trial, struct span body);

/* The body cannot be read. Returns TRIAL_READY: the judgement is then a refusal for this, or for
 * the head where that is refused already. */
enum trial_state trial_fail_body(
    struct trial *trial, enum reason reason, unsigned status, const char *text);

/* TRIAL_WANT_OBJECTS: the object that is asked for. */
const struct policy_object *trial_wanted(const struct trial *trial);

/* Appends the path, decoded, that the daemon is asked with GET for that object. */
void trial_write_question(const struct trial *trial, struct buf *out);

#define TRIAL_PAIRS_MOST 2

/* Sets |pairs| to the query of that question, in which they point into |text|. Returns how many
 * there are. */
size_t trial_question_query(
    const struct trial *trial, struct buf *text, struct pair pairs[static TRIAL_PAIRS_MOST]);

/* The question counts what an owner has: |claimed| more are being made by requests that began
 * before. */
void trial_set_claimed(struct trial *trial, unsigned claimed);

/* Appends the JSON body with which it is asked with POST; nothing for a GET. */
void trial_write_question_body(const struct trial *trial, struct buf *out);

/* The daemon's answer to that question: its status and its whole body, which need not stay. */
MUST_CHECK enum trial_state trial_answer(struct trial *trial, unsigned status, struct span body);

/* The same by who knows what exists: |json|, which must stay, or NULL when there is no such object.
 */
enum trial_state trial_object(struct trial *trial, const cJSON *json);

/* The daemon's answer is too large to be read. */
enum trial_state trial_object_too_large(struct trial *trial);

/* The same by who knows nothing of the object and cannot ask. */
enum trial_state trial_object_unseen(struct trial *trial);

/* The object cannot be looked up. Returns TRIAL_REFUSED. Where the request was refused already,
 * that decision holds: what is not known would count as what does not exist. */
enum trial_state trial_fail_object(
    struct trial *trial, enum reason reason, unsigned status, const char *text);

/* Whether the request is refused in any case, so that what it still asks for is there to tell all
 * that it lacks. */
static inline bool trial_is_refused(const struct trial *trial)
{
	return trial->decision.verdict == VERDICT_DENY;
}

/* The policy is another one now: the body is read again, since another one looks at other parts. */
void trial_reread(struct trial *trial);

/* The daemon is another one now: the same, and what is known of its objects is forgotten. */
void trial_restart(struct trial *trial);

/* The framing of what of the request is still to be read: FRAMING_NONE when nothing is. */
static inline enum http_framing trial_rest(const struct trial *trial)
{
	return trial->body_done ? FRAMING_NONE : trial->request.framing;
}

/* The bytes that were judged and are sent on behind the head. */
static inline struct span trial_body_to_send(const struct trial *trial)
{
	return trial->decision.drop_body ? (struct span){NULL, 0} : trial->body;
}

/* Writes the head of a permitted request to |out|, as it was judged. |upgrade|: its Upgrade header
 * is sent on. */
void trial_write_head(const struct trial *trial, struct buf *out, bool upgrade);

#endif
