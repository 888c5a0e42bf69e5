/* SPDX-License-Identifier: Apache-2.0 */
/* GET requests to whoever listens at an address, one after the other, as a requester of ours would
 * send them. The connection is kept for the next one. */
#ifndef APP_REQUESTER_H
#define APP_REQUESTER_H

#include "base/buf.h"
#include "base/error.h"
#include "config/config.h"

/* What requester_get() returns besides the status of an answer and -1. */
#define REQUESTER_SPEAKS_TLS 0 /* without a `ca` no more can be known */

struct requester;

/* Borrows |to|, which must stay. Looks its host up and reads its certificates. NULL with |err|. */
struct requester *requester_new(const struct config_upstream *to, struct error *err);
void requester_free(struct requester *requester);

/* Asks for |path|, with its query, and waits |timeout| milliseconds at most. The body is put into
 * |body|, which says how large it may be. Returns the status of the answer, REQUESTER_SPEAKS_TLS,
 * or -1 with |err|. */
MUST_CHECK int requester_get(struct requester *requester, const char *path, uint64_t timeout,
    struct buf *body, struct error *err);

#endif
