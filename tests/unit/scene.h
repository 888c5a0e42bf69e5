/* SPDX-License-Identifier: Apache-2.0 */
/* One connection between a client and a daemon that the test plays, turn by turn. The program is
 * linked with --wrap=loop_now. */
#ifndef TESTS_UNIT_SCENE_H
#define TESTS_UNIT_SCENE_H

#include "unit.h"

#include <sys/un.h>

#include "proxy/conn.h"
#include "proxy/exchange.h"

#define TURNS 40     /* more than any step here needs */
#define WAITS 20000u /* of a millisecond, where the kernel takes its time */
#define START_MS 5000u
#define PIECE 16384u
#define PIECES_MOST 1000u
#define BYTES_MOST (1u << 20)

/* A server with one client; nothing of it waits for anything but the other ends, which are ours. */
struct scene {
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	int listener, client, daemon;
	struct loop *loop;
	struct config *config;
	struct server *server;
	struct conn *conn;
	struct loop_task stop;
	char bytes[BYTES_MOST]; /* what one of our ends has read */
};

extern struct scene *scene;
extern uint64_t later; /* milliseconds since a scene was opened */

/* Lets all happen that can. */
void turn(void);
/* Turns until |fd| can be read, or taken from. */
void await_input(int fd);
/* Two ends of a TCP connection; by it come clients that are known by their address. */
void connect_by_tcp(int ends[static 2]);
/* With |policy| in the policy p, and |options| of the daemon. */
void open_scene(const char *options, const char *policy, bool by_tcp);
void close_scene(void);
void say(int fd, struct span bytes);
/* All that is there to be read. */
struct span hear(int fd);
bool is_over(int fd);
void answer_call(void);
void nobody_calls(void);

#endif
