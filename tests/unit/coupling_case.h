/* SPDX-License-Identifier: Apache-2.0 */
/* A coupling of two HTTP/2 sessions between two peers in memory. Paths say what the mediator makes
 * of a call: "/pass/…", "/read/…", or it is refused. */
#ifndef COUPLING_CASE_H
#define COUPLING_CASE_H

#include "unit.h"

#include <nghttp2/nghttp2.h>

#include "h2/coupling.h"

struct mediator {
	unsigned begun, ended, read;
	char seen[64];
};

#define PEER_CALLS 300u

struct peer_call {
	int32_t id;
	char path[64], status[16], message[128], http[8];
	struct buf got;
	struct span say; /* what is sent */
	bool holds;      /* after |say| the stream stays open */
	bool ended, closed;
	uint32_t code;
};

struct peer {
	nghttp2_session *session;
	bool serves;
	bool reads;  /* gives the window back */
	bool silent; /* does not answer */
	struct peer_call calls[PEER_CALLS];
	size_t count;
	unsigned pings, goaways;
	struct buf out;
};

struct scene {
	struct mediator mediator;
	struct coupling *coupling;
	struct peer caller, server;
	struct buf out;
	size_t piece; /* bytes given at a time */
	unsigned permitted, refused;
	uint64_t now;
	bool mute;   /* the audit log is broken */
	bool stalls; /* the server's socket takes nothing */
};

nghttp2_nv case_field(const char *name, const char *value);

/* A call with this id, of which nothing is known yet. */
struct peer_call *peer_add(struct peer *peer, int32_t id);

/* The server says the bytes that it got. */
void peer_answer(struct peer *peer, struct peer_call *call);

/* What it has to send now. */
struct span peer_take(struct peer *peer);

struct scene *scene_new(void);

void scene_free(struct scene *scene);

/* Bytes come from |side|, |piece| at a time. */
void scene_give(struct scene *scene, enum coupling_side side, struct span bytes);

/* |peer| takes what it is sent; false: that is nothing. */
bool scene_fetch(struct scene *scene, enum coupling_side side, struct peer *peer);

/* Moves bytes until nobody has any. */
void scene_settle(struct scene *scene);

/* One message of gRPC, for case_drop(). */
struct span case_message(unsigned flag, const char *text, size_t length);

void case_drop(struct span text);

/* The caller begins a call, and says |say|. */
struct peer_call *peer_call(struct peer *peer, const char *path, struct span say, bool holds);

#endif
