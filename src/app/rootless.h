/* SPDX-License-Identifier: Apache-2.0 */
/* Defaults for an ordinary user, whose Docker daemon is his own. */
#ifndef APP_ROOTLESS_H
#define APP_ROOTLESS_H

#include "base/error.h"
#include "config/config.h"

/* Unless the configuration names its upstream: $DOCKER_HOST when that is another unix socket than
 * ours, else docker.sock of $XDG_RUNTIME_DIR, else (when there is none but a system-wide one) what
 * root would get. A configuration that came from no file also listens in $XDG_RUNTIME_DIR. Returns
 * 0 or -1 with |err|. */
MUST_CHECK int rootless_defaults(struct config *config, struct error *err);

#endif
