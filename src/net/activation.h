/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets that the service manager opened and handed over: LISTEN_FDS and its like. */
#ifndef NET_ACTIVATION_H
#define NET_ACTIVATION_H

#include <stdbool.h>

#include "base/error.h"

/* A duplicate, for the caller to close, of the listening stream socket that was handed over under
 * |name|, or as the descriptor of that number. |*ret_is_unix| tells its kind. -1 with |err|. */
MUST_CHECK int activation_socket(const char *name, bool *ret_is_unix, struct error *err);

#endif
