/* SPDX-License-Identifier: Apache-2.0 */
/* What requirements ask the daemon, whatever `check_state` says: a request that names a container
 * or leaves something to the daemon does not say what comes of it. */
#include "json/json.h"
#include "policy/require.h"
#include "policy/stored.h"

#define JOINED_MOST 8 /* containers that join one another */

const struct policy_object *require_ask(
    struct judge *judge, enum docker_object kind, struct span name)
{
	return stored_ask(judge, kind, NULL, name, false);
}

bool require_mode(struct judge *judge, const cJSON *host, const char *field, struct span *ret_mode)
{
	for (unsigned i = 0; i < JOINED_MOST; i++) {
		struct span mode = json_text(host, field);
		struct span name = stored_joined_container(mode);

		if (!name.at) {
			*ret_mode = mode;
			return true;
		}
		const struct policy_object *joined = require_ask(judge, OBJECT_CONTAINER, name);

		if (!joined)
			return false;
		if (!joined->json)
			break;
		host = json_field(joined->json, "HostConfig");
	}
	*ret_mode = (struct span){NULL, 0};
	return true;
}
