/* SPDX-License-Identifier: Apache-2.0 */
/* Lines for a log daemon of this machine, a datagram each. Never blocks. */
#ifndef AUDIT_DATAGRAM_H
#define AUDIT_DATAGRAM_H

#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"

enum datagram_kind {
	DATAGRAM_SYSLOG,  /* "<85>Jan  2 03:04:05 sockwarden-audit[12]: " before the line */
	DATAGRAM_JOURNAL, /* fields of journald's own protocol around it */
};

/* The socket on which the daemon of |kind| usually listens. */
const char *datagram_usual_path(enum datagram_kind kind);

/* Returns a descriptor connected to |path|, or -1 with |err|. */
MUST_CHECK int datagram_dial(const char *path, struct error *err);

/* Sends |line|, which ends in a newline. False with errno EAGAIN while the daemon has not read what
 * was sent before. */
MUST_CHECK bool datagram_send(int fd, enum datagram_kind kind, struct span line);

#endif
