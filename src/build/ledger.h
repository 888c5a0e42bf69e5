/* SPDX-License-Identifier: Apache-2.0 */
/* Whose sessions and builds are whose: an id belongs to the client that names it first. Ids are
 * random, so that another client comes upon one only by what it was shown. */
#ifndef BUILD_LEDGER_H
#define BUILD_LEDGER_H

#include "build/mediator.h"
#include "docker/docker.h"

#define LEDGER_ID_MOST 128  /* bytes of an id */
#define LEDGER_IDS_MOST 512 /* of one client; the oldest that is not in use is forgotten */
#define LEDGER_CLIENTS_MOST 512

/* True when |id| is |client|'s from here on. |held|: it is in use until ledger_drop(). */
bool ledger_claim(struct mediator_owned *owned, struct span client, enum docker_claim kind,
    struct span id, bool held);

/* Gives a hold of |client| back. */
void ledger_drop(
    struct mediator_owned *owned, struct span client, enum docker_claim kind, struct span id);

#endif
