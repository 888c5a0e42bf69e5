/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration names and does not hold: users and groups, certificates, hosts. Each may
 * take long to look up, so they are looked up before anything changes, by a thread without a loop,
 * and once for all workers. */
#ifndef PROXY_FACTS_H
#define PROXY_FACTS_H

#include "config/config.h"
#include "net/unix_socket.h"

struct facts;
struct identity_rules;
struct tls_context;
struct upstream;

struct listener_facts {
	const struct config_listener *of;
	struct unix_rights
	    rights; /* of its socket, unless |no_rights| says why they are not known */
	struct error no_rights;
	struct identity_rules *rules; /* NULL: none */
	struct tls_context *tls;      /* NULL: none is spoken */
	struct listener_facts *next;
};

/* Looks up what |config| needs, which must outlive it. Users and groups of sockets that stay as
 * they are in |old| (NULL: there are none) are left out. From any thread. NULL with |err|. */
struct facts *facts_load(const struct config *config, const struct config *old, struct error *err);

/* The same for one of its listeners. */
struct facts *facts_load_listener(
    const struct config *config, const struct config_listener *listener, struct error *err);

/* NULL is fine. */
void facts_free(struct facts *facts);

/* Of one of the configuration's listeners. */
const struct listener_facts *facts_listener(
    const struct facts *facts, const struct config_listener *listener);

/* A copy for one worker. NULL with |err|. */
struct upstream *facts_upstream(
    const struct facts *facts, const struct config_upstream *upstream, struct error *err);

#endif
