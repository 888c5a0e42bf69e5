/* SPDX-License-Identifier: Apache-2.0 */
/* One GET to whoever listens at an address, as a client of ours would send it. */
#ifndef APP_PROBE_H
#define APP_PROBE_H

#include "base/error.h"
#include "config/config.h"

/* What they return besides the status of an answer and -1. */
#define PROBE_SPEAKS_TLS 0 /* without a `ca` no more can be known */

/* Asks for |path|, which is short, and waits |timeout| milliseconds at most. Returns the status of
 * the answer, PROBE_SPEAKS_TLS, or -1. With any status but 200, |err| says what was answered. */
MUST_CHECK int probe_get(
    const struct config_upstream *to, const char *path, uint64_t timeout, struct error *err);

/* The same for /_ping. */
MUST_CHECK int probe_ping(const struct config_upstream *to, uint64_t timeout, struct error *err);

#endif
