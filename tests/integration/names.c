/* SPDX-License-Identifier: Apache-2.0 */
/* A look-up of the host slow.test or the user slow-user waits until the pipe SLOW_NAMES is written
 * to, and finds 127.0.0.1, or root. For LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int look_up_fn(
    const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found);
typedef __typeof__(getpwnam) user_fn;

static void wait_for_the_pipe(void)
{
	char byte;
	int fd = open(getenv("SLOW_NAMES"), O_RDONLY);

	(void)!read(fd, &byte, 1);
	(void)close(fd);
}

int getaddrinfo(
    const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
	union {
		void *symbol;
		look_up_fn *fn;
	} next = {.symbol = dlsym(RTLD_NEXT, "getaddrinfo")};

	if (host && strcmp(host, "slow.test") == 0) {
		wait_for_the_pipe();
		host = "127.0.0.1";
	}
	return next.fn(host, service, hints, found);
}

struct passwd *getpwnam(const char *name)
{
	union {
		void *symbol;
		user_fn *fn;
	} next = {.symbol = dlsym(RTLD_NEXT, "getpwnam")};

	if (strcmp(name, "slow-user") == 0) {
		wait_for_the_pipe();
		name = "root";
	}
	return next.fn(name);
}
