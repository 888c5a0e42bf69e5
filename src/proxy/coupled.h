/* SPDX-License-Identifier: Apache-2.0 */
/* BuildKit's two ways in, where each gRPC call is judged: what stands in the place of the tunnel.
 */
#ifndef PROXY_COUPLED_H
#define PROXY_COUPLED_H

#include "proxy/conn.h"

struct coupled;
struct trial;

/* True when the calls behind this permitted request are judged one by one. */
bool coupled_is_wanted(struct conn *conn, const struct trial *trial);

/* Before the request is sent on. NULL: it must be refused. */
struct coupled *coupled_new(struct conn *conn, const struct trial *trial);
void coupled_free(struct coupled *coupled);

/* The connection ends. */
void coupled_end(struct conn *conn);

/* The daemon has agreed, and |bytes| came behind its answer. False when memory is out. */
bool coupled_begin(struct conn *conn, struct span bytes);

/* A gRPC call, for the audit log. */
struct conn_call {
	struct span path;
	const char *operation;
	const struct policy *policy;
	const struct decision *decision; /* of a refusal; NULL: it is permitted */
	struct span build;
	const char *added;
};

/* False when it must be refused for want of an audit log. */
bool conn_audit_call(struct conn *conn, const struct conn_call *call);

/* TUNNEL */
bool coupled_step(struct conn *conn);

#endif
