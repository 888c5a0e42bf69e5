/* SPDX-License-Identifier: Apache-2.0 */
/* From who a client is to the policy that judges it. */
#ifndef PROXY_IDENTITY_H
#define PROXY_IDENTITY_H

#include "base/buf.h"
#include "base/error.h"
#include "config/config.h"
#include "net/peer.h"
#include "proxy/container.h"

struct identity_rules;

/* The `client` lines of a listener, users and groups looked up. Sets |*ret_rules| to NULL when
 * there are none. Returns 0, or -1 with |err|. */
MUST_CHECK int identity_rules_make(
    const struct config_client *clients, struct identity_rules **ret_rules, struct error *err);

/* Shares them, also with other threads; each gives them back by identity_rules_free(). NULL is
 * fine. */
struct identity_rules *identity_rules_ref(struct identity_rules *rules);
void identity_rules_free(struct identity_rules *rules);

/* True when one of the rules is about the container that a client runs in. NULL is fine. */
bool identity_rules_ask(const struct identity_rules *rules);

enum identity_result {
	IDENTITY_NONE, /* no rule fits */
	IDENTITY_FOUND,
	IDENTITY_ASK, /* a rule was reached that needs |container|, which was NULL */
};

/* Finds the first rule that fits |peer|, who runs in |container|: its policy, and what fitted
 * appended to |who| as "cn:alice", "uid:1000" … */
MUST_CHECK enum identity_result identity_find(const struct identity_rules *rules,
    const struct peer *peer, const struct container *container, struct policy **ret_policy,
    struct buf *who);

/* True when |who|, as it was found, is one client: neither a group, nor all who come from
 * somewhere, nor a user, who is the same at every listener. */
bool identity_is_own(const char *who);

/* Appends the best that is known of |peer|. |container| may be NULL. */
void identity_describe(const struct peer *peer, const struct container *container, struct buf *who);

#endif
