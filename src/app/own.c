/* SPDX-License-Identifier: Apache-2.0 */
/* Says in the log which container is our own. Judgements rest on the ids alone, and ask the daemon
 * again. */
#include <stdio.h>

#include "app/daemon.h"
#include "app/probe.h"
#include "base/log.h"
#include "host/cgroup.h"
#include "proxy/server.h"

#define WAIT_MS 2000u
#define FINE 200
#define UNKNOWN 404
#define SHORT_ID 12

static void tell(const struct config_upstream *upstream, const char *id)
{
	char path[CGROUP_ID_LEN + sizeof("/containers//json")];
	struct error err;

	(void)snprintf(path, sizeof(path), "/containers/%s/json", id);
	int status = probe_get(upstream, path, WAIT_MS, &err);

	if (status == FINE)
		log_info("run",
		    "own container: %.*s; policies without \"own_container = yes\" may not use it",
		    SHORT_ID, id);
	else if (status != UNKNOWN) /* that is another daemon's */
		log_info("run",
		    "own container: probably %.*s, which the daemon does not confirm now (%s); it "
		    "is "
		    "asked again with each request that may use it",
		    SHORT_ID, id, err.text);
}

void daemon_find_own(struct daemon *daemon)
{
	own_container_find(&daemon->own);
	daemon->server->own = &daemon->own;
	for (size_t i = 0; i < daemon->own.count; i++)
		tell(&daemon->config->upstream, daemon->own.text[i]);
}
