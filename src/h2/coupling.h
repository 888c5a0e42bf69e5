/* SPDX-License-Identifier: Apache-2.0 */
/* Two HTTP/2 sessions back to back: a server towards whoever calls, a client towards whoever
 * serves. Calls are carried from one to the other, each with its own flow control, and the mediator
 * is asked for each. No bytes are moved here: the owner gives what it has read and takes what it is
 * to write. */
#ifndef H2_COUPLING_H
#define H2_COUPLING_H

#include "base/buf.h"
#include "build/mediator.h"

struct coupling;

/* The limits of one coupling. docs/builds.md has the table. */
#define H2_STREAMS 100u                /* calls at a time */
#define H2_FIELDS 4096u                /* header fields of a call, or of its answer */
#define H2_FIELDS_BYTES 262144u        /* their names and values */
#define H2_CONTINUATIONS 16u           /* frames behind one HEADERS */
#define H2_SETTINGS 32u                /* entries of one SETTINGS frame */
#define H2_ACKS 1000u                  /* acknowledgements that wait to be sent */
#define H2_RESETS 1000u                /* resets of calls at once ... */
#define H2_RESETS_PER_SECOND 33u       /* ... and then */
#define H2_IDLE_FRAMES 10000u          /* frames that carry nothing, at once ... */
#define H2_IDLE_FRAMES_PER_SECOND 100u /* ... and then; frames with data permit 8 each */
#define H2_MESSAGE 16777216u           /* bytes of a message that is judged */
#define H2_STREAM_WINDOW 131072u       /* bytes of a call that are on their way, each direction */
#define H2_MEMORY 16777216u            /* bytes that nghttp2 may have */

enum coupling_side { COUPLING_CALLER, COUPLING_SERVER, COUPLING_SIDES };

/* Called for each call that is permitted or refused; a call that was permitted may be refused
 * later. False: it must not be permitted. */
typedef bool coupling_tell_fn(void *arg, const struct mediator_call *call, bool permitted);

/* |mediator| must live longer. NULL when memory is out. */
struct coupling *coupling_new(struct mediator *mediator, coupling_tell_fn *tell, void *arg);
void coupling_free(struct coupling *coupling);

/* Bytes that came from |side| at |now|, in milliseconds. */
void coupling_receive(
    struct coupling *coupling, enum coupling_side side, struct span bytes, uint64_t now);

/* |side| sends no more. */
void coupling_end(struct coupling *coupling, enum coupling_side side);

/* Appends what |side| is to be sent to |out|, until it has |most| bytes or a little more. */
void coupling_send(
    struct coupling *coupling, enum coupling_side side, struct buf *out, size_t most);

/* True when all is said: once what coupling_send() gave is sent, both connections are closed. */
bool coupling_is_over(const struct coupling *coupling);

/* Why it was broken off, for the log; NULL: it was not. */
const char *coupling_fault(const struct coupling *coupling);

/* Bytes of memory. */
size_t coupling_held(const struct coupling *coupling);

/* Calls that are under way. */
size_t coupling_calls(const struct coupling *coupling);

#endif
