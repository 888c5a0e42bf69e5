/* SPDX-License-Identifier: Apache-2.0 */
/* A connection that the simulated daemon serves, for dockerd.c and dockerd_read.c. */
#ifndef DOCKERD_H
#define DOCKERD_H

#include "sim.h"

enum phase {
	READ_HEAD,
	READ_LENGTH,
	READ_SIZE,
	READ_CHUNK,
	READ_CHUNK_END,
	READ_TRAILER,
	READ_RAW,
	READ_NOTHING
};

struct served {
	struct end end;
	struct plan *plan;
	struct plan *question; /* what sockwarden asks of its container */
	enum phase phase;
	struct bytes in;
	uint64_t left, wake;
	uint64_t goes_at; /* it has said all, and does not wait for the rest */
	uint64_t stalls;  /* until then nothing is read or sent: not even a handshake goes on */
	bool body_read, answering, answer_made, closing, sees_end;
	enum object_break breaks; /* when all is sent */
	unsigned requests;
};

/* Takes a piece of what was read. False when there is none. */
bool served_take(struct served *to);

#endif
