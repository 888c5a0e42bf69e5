/* SPDX-License-Identifier: Apache-2.0 */
/* A look-up of the name slow.test waits until the pipe SLOW_NAMES is written to. For LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int look_up_fn(
    const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found);

int getaddrinfo(
    const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
	union {
		void *symbol;
		look_up_fn *fn;
	} next = {.symbol = dlsym(RTLD_NEXT, "getaddrinfo")};
	char byte;

	if (host && strcmp(host, "slow.test") == 0) {
		int fd = open(getenv("SLOW_NAMES"), O_RDONLY);

		(void)!read(fd, &byte, 1);
		(void)close(fd);
		host = "127.0.0.1";
	}
	return next.fn(host, service, hints, found);
}
