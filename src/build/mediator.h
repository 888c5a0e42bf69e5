/* SPDX-License-Identifier: Apache-2.0 */
/* What of BuildKit's gRPC is permitted. The coupling of two HTTP/2 sessions (h2/coupling.h) asks;
 * it knows nothing of methods and messages, and the mediator nothing of frames. */
#ifndef BUILD_MEDIATOR_H
#define BUILD_MEDIATOR_H

#include "base/buf.h"
#include "base/span.h"

struct policy;
struct docker_operation;
struct decision;
struct mediator;       /* one upgraded connection */
struct mediator_owned; /* sessions and builds of all clients, shared by all connections */

/* Who serves the calls. */
enum mediator_side {
	MEDIATOR_GRPC,    /* POST /grpc: the client calls the daemon */
	MEDIATOR_SESSION, /* POST /session: the daemon calls the client */
};

enum mediator_way {
	MEDIATOR_REFUSE, /* zero denies */
	MEDIATOR_READ,   /* each message of the caller is held until it is whole, and asked for */
	MEDIATOR_PASS,   /* messages go on as they come */
};

/* Names are in lower case, and neither pseudo-headers nor of the hop alone. */
struct mediator_header {
	struct span name, value;
};

/* One gRPC call towards the side that serves it. What is borrowed lives until mediator_end(). */
struct mediator_call {
	const char *path;
	size_t path_length;
	const struct mediator_header *headers;
	size_t header_count;
	unsigned grpc_status; /* of a refusal; 0 is taken for 7, PERMISSION_DENIED */
	struct buf *message;  /* of a refusal: UTF-8, empty before. The coupling's */
	void *state;          /* the mediator's own */
	/* What the audit log tells beside the path; static, or as long as the call. */
	struct span ref;   /* the build that it is about, or empty */
	const char *added; /* what was added to its message, in words, or NULL */
	const struct docker_operation *operation; /* NULL: no method that is known */
	const struct decision *decision; /* what was said of it last; until the mediator is asked
					  * again. NULL: nobody was asked */
};

/* How the mediator of a connection begins. All of it is copied or outlives the mediator. */
struct mediator_basis {
	const struct policy *policy;
	struct mediator_owned *owned;
	struct span client; /* whose sessions and builds these are: one name an identity */
	enum mediator_side side;
	struct span session; /* MEDIATOR_SESSION: the id in the request's head */
	struct span daemon;  /* dockerd's version; empty: not known */
	unsigned daemon_api; /* minor of its newest API, "ApiVersion"; 0: not known */
};

/* NULL when memory is out. */
struct mediator_owned *mediator_owned_new(void);
void mediator_owned_free(struct mediator_owned *owned);

/* NULL when memory is out, or the session is somebody else's. */
struct mediator *mediator_new(const struct mediator_basis *basis);
void mediator_free(struct mediator *mediator);

/* Each call that is begun is ended, whatever was said of it. */
enum mediator_way mediator_begin(struct mediator *mediator, struct mediator_call *call);

/* A whole message of the caller, after its prefix of 5 bytes and not compressed. |out| is empty
 * before; the bytes that are to go on are put there, also where nothing changes. False: the call is
 * refused (|grpc_status| and |message| are set), or memory is out. */
bool mediator_message(struct mediator *mediator, struct mediator_call *call, const uint8_t *bytes,
    size_t length, struct buf *out);

void mediator_end(struct mediator *mediator, struct mediator_call *call);

#endif
