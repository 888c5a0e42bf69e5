/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the program leak, or stall, so that it can be seen that the soak notices it. LEAK in the
 * environment says what. For LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LEAK_EACH 50u   /* of what is given back, one is not */
#define LEAK_LEAST 200u /* bytes */
#define STALL_AT 500u   /* calls of epoll_wait(): soon, however slow the machine is */
#define STALL_SECONDS 15

static atomic_uint calls;

static int leaks(const char *what)
{
	const char *wanted = getenv("LEAK");

	return wanted && strcmp(wanted, what) == 0;
}

int close(int fd)
{
	static int (*next)(int);
	struct stat status;

	if (!next)
		next = (int (*)(int))dlsym(RTLD_NEXT, "close");
	if (leaks("descriptors") && fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode) &&
	    ++calls % LEAK_EACH == 0)
		return 0;
	return next(fd);
}

void free(void *memory)
{
	static void (*next)(void *);

	if (!next)
		next = (void (*)(void *))dlsym(RTLD_NEXT, "free");
	if (memory && leaks("memory") && malloc_usable_size(memory) > LEAK_LEAST &&
	    ++calls % LEAK_EACH == 0)
		return;
	next(memory);
}

/* All workers at the same time: one alone has more connections than the others soon, and gets no
 * further ones. */
static void stall(void)
{
	static _Atomic time_t until;
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	if (++calls == STALL_AT)
		until = now.tv_sec + STALL_SECONDS;
	if (now.tv_sec < until) {
		const struct timespec rest = {until - now.tv_sec, 0};

		(void)nanosleep(&rest, NULL);
	}
}

int epoll_wait(int set, struct epoll_event *events, int most, int timeout)
{
	static int (*next)(int, struct epoll_event *, int, int);

	if (!next)
		next = (int (*)(int, struct epoll_event *, int, int))dlsym(RTLD_NEXT, "epoll_wait");
	if (leaks("stall"))
		stall();
	return next(set, events, most, timeout);
}
