/* SPDX-License-Identifier: Apache-2.0 */
/* Asks a daemon for all that `scan` looks at. */
#ifndef APP_SCAN_ASK_H
#define APP_SCAN_ASK_H

#include "app/requester.h"
#include "scan/scan.h"

struct scan_asking {
	struct requester *client;
	struct scan *scan;
	uint64_t timeout; /* milliseconds that each answer may take */
	bool running;     /* only containers that run */
	bool progress;    /* is told on stderr */
};

/* Fills |asking->scan|. What is denied or cannot be read is noted there. Returns 0, or -1 with
 * |err| when the daemon cannot be asked any more. */
MUST_CHECK int scan_ask(const struct scan_asking *asking, struct error *err);

#endif
