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
#define STALL_AT 5000u  /* calls of epoll_wait() */
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

int epoll_wait(int set, struct epoll_event *events, int most, int timeout)
{
	static int (*next)(int, struct epoll_event *, int, int);
	const struct timespec stall = {STALL_SECONDS, 0};

	if (!next)
		next = (int (*)(int, struct epoll_event *, int, int))dlsym(RTLD_NEXT, "epoll_wait");
	if (leaks("stall") && ++calls == STALL_AT)
		(void)nanosleep(&stall, NULL);
	return next(set, events, most, timeout);
}
