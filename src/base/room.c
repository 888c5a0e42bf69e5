/* SPDX-License-Identifier: Apache-2.0 */
#include "base/room.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

_Thread_local void *room_list[ROOM_COUNT];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key; /* tells when a thread ends */
static bool has_key;

static void free_rooms(void *arg)
{
	void **all = arg;

	for (unsigned i = 0; i < ROOM_COUNT; i++) {
		free(all[i]);
		all[i] = NULL;
	}
}

static void make_key(void)
{
	has_key = pthread_key_create(&key, free_rooms) == 0;
}

void rooms_free(void)
{
	free_rooms(room_list);
}

void *room_make(enum room room, size_t size)
{
	if (pthread_once(&once, make_key) != 0 || !has_key ||
	    pthread_setspecific(key, room_list) != 0)
		return NULL;
	room_list[room] = calloc(1, size);
	return room_list[room];
}
