/* SPDX-License-Identifier: Apache-2.0 */
#include "net/notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/span.h"

#define STATE_MAX 80
#define USEC_PER_MSEC 1000u

/* A name that begins with @ is an abstract one: its first byte is NUL. */
static socklen_t read_address(const char *name, struct sockaddr_un *ret_address)
{
	size_t len = strlen(name);

	memset(ret_address, 0, sizeof(*ret_address));
	ret_address->sun_family = AF_UNIX;
	if ((name[0] != '/' && name[0] != '@') || len >= sizeof(ret_address->sun_path))
		return 0;
	memcpy(ret_address->sun_path, name, len);
	if (name[0] == '@')
		ret_address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

/* Whoever asked for it and does not listen misses nothing. */
static void notify(const char *state)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	socklen_t size = name ? read_address(name, &address) : 0;
	int fd = size > 0 ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;

	if (fd < 0)
		return;
	(void)sendto(
	    fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, size);
	(void)close(fd);
}

void notify_ready(void)
{
	notify("READY=1");
}

void notify_reloading(void)
{
	struct timespec now;
	char state[STATE_MAX];

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	(void)snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	notify(state);
}

void notify_stopping(void)
{
	notify("STOPPING=1");
}

/* A number of the environment; |fallback| when it is not there or none. */
static uint64_t number_of(const char *name, uint64_t fallback)
{
	const char *value = getenv(name);
	uint64_t number = fallback;

	if (value)
		(void)span_to_uint(span_of(value), UINT64_MAX, &number);
	return number;
}

uint64_t notify_alive_period(void)
{
	uint64_t own = (uint64_t)getpid(), microseconds = number_of("WATCHDOG_USEC", 0);

	if (microseconds == 0 || number_of("WATCHDOG_PID", own) != own)
		return 0;
	microseconds /= 2;
	return microseconds < USEC_PER_MSEC ? 1 : microseconds / USEC_PER_MSEC;
}

void notify_alive(void)
{
	notify("WATCHDOG=1");
}
