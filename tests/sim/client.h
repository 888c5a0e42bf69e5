/* SPDX-License-Identifier: Apache-2.0 */
/* A client, for client.c and client_new.c. */
#ifndef CLIENT_H
#define CLIENT_H

#include "sim.h"

#define CLIENTS_MOST 64
#define PLANS_EACH 6
#define PIECE 16384u
#define HEAD_TIMEOUT (30 * SECOND)

enum reading {
	READ_HEAD,
	READ_LENGTH,
	READ_SIZE,
	READ_CHUNK,
	READ_CHUNK_END,
	READ_TRAILER,
	READ_ALL
};

enum leaving {
	LEAVE_NEVER,
	LEAVE_RESET,
	LEAVE_CLOSE,
	LEAVE_SHUT,
	LEAVE_STALL,
	LEAVE_TWICE, /* first it shuts, then it resets */
};

struct client {
	unsigned number, door;
	uint32_t uid;
	struct end end;
	struct plan *plans[PLANS_EACH];
	unsigned count, reading, sending;
	uint64_t wake, dialled;
	size_t piece;
	unsigned pause_odds;
	uint64_t pause_most;
	bool pipelines, probe, last_is_close, pauses_long;
	enum leaving leaving;
	uint64_t leave_after, moved;
	uint64_t holds_until; /* a tunnel that it has no more to send to stays open */
	uint64_t faults_then; /* sim_faults when it dialled, or had its last answer */
	/* of the request that is being sent */
	bool head_sent, may_send_body;
	uint64_t body_wait;
	/* of the response that is being read */
	enum reading phase;
	struct bytes in;
	uint64_t left;
	bool tunnel, closes, upload_over;
};

/* Makes the next bytes to be sent. */
void client_produce(struct client *client);

/* One that asks for nothing yet. */
struct client *client_new(void);

#endif
