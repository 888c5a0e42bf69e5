/* SPDX-License-Identifier: Apache-2.0 */
/* What monitors ask: /healthz, /readyz and /metrics, on a socket of their own. It speaks HTTP/1.1,
 * one request a connection, and never a word of the Docker API. In the chief's loop. */
#ifndef STATUS_STATUS_H
#define STATUS_STATUS_H

#include "base/error.h"

struct config;
struct facts;
struct server;
struct status;

/* Makes the socket that |config| asks for and answers there. |*ret_status| is NULL when it asks for
 * none. |server| is the chief, and must live longer. Returns 0 or -1 with |err|. */
MUST_CHECK int status_open(struct status **ret_status, struct server *server,
    const struct config *config, const struct facts *facts, struct error *err);

/* Another configuration is in force, which /readyz asks by. Its [status] section is that of the
 * start. */
void status_take_config(
    struct status *status, const struct config *config, const struct facts *facts);

/* Whether the socket could be made; leaves none. Returns 0 or -1 with |err|. */
MUST_CHECK int status_try(const struct config *config, struct error *err);

/* Closes the socket and all connections. NULL is fine. */
void status_close(struct status *status);

#endif
