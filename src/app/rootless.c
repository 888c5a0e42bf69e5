/* SPDX-License-Identifier: Apache-2.0 */
#include "app/rootless.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define UNIX "unix:"
#define UPSTREAM "/docker.sock"
#define LISTENER "/sockwarden.sock"

/* A path of |directory| as an address; NULL when memory is out. */
static char *address_in(const char *directory, const char *name)
{
	char *address;

	return asprintf(&address, UNIX "%s%s", directory, name) < 0 ? NULL : address;
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* One that leads back to us is what clients are told: not what was meant here. */
static bool take_docker_host(struct config *config)
{
	const char *host = getenv("DOCKER_HOST");

	return host && strncmp(host, UNIX, sizeof(UNIX) - 1) == 0 &&
	       config_set_upstream(config, host, NULL) == 0;
}

static int set_upstream(struct config *config, const char *directory, struct error *err)
{
	char *address = address_in(directory, UPSTREAM);
	int result = 0;

	if (!address)
		return error_set(err, "out of memory");
	if (exists(address + sizeof(UNIX) - 1) || !exists(config->upstream.address.path))
		result = config_set_upstream(config, address, err);
	free(address);
	return result;
}

static int set_listener(struct config *config, const char *directory, struct error *err)
{
	char *address = address_in(directory, LISTENER);
	int result =
	    address ? config_set_listen(config, address, err) : error_set(err, "out of memory");

	free(address);
	return result;
}

int rootless_defaults(struct config *config, struct error *err)
{
	const char *directory = getenv("XDG_RUNTIME_DIR");
	bool usable = directory && directory[0] == '/';

	if (usable && !config->files[0] && set_listener(config, directory, err) < 0)
		return -1;
	if (config->upstream_given || take_docker_host(config))
		return 0;
	return usable ? set_upstream(config, directory, err) : 0;
}
