/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/coupled.h"

#include <stdlib.h>

#include "h2/coupling.h"
#include "policy/policy.h"
#include "proxy/exchange.h"
#include "proxy/ledger.h"
#include "proxy/limit.h"
#include "trial/trial.h"

#define FORBIDDEN 403
#define SEND_MOST 65536u /* bytes that wait for a socket */

struct coupled {
	struct conn *conn;
	struct policy *policy; /* that the request was permitted by */
	struct mediator *mediator;
	struct coupling *coupling;
	const char *operation;
	enum coupling_side client;
	size_t held; /* bytes in the seat of the connection */
};

bool coupled_is_wanted(struct conn *conn, const struct trial *trial)
{
	const struct docker_operation *operation = trial->ask.match.operation;
	const struct policy *policy = conn_policy(conn);

	return operation && operation->traits & TRAIT_H2C &&
	       (!policy || policy_mediates_builds(policy));
}

/* ---- life -------------------------------------------------------------------------------------
 */

static struct span header_of(const struct http_request *request, const char *name)
{
	struct span value = {NULL, 0};

	for (size_t i = 0; i < request->header_count; i++) {
		if (!span_equal_nocase(request->headers[i].name, span_of(name)))
			continue;
		if (value.at) /* the daemon takes the first */
			return (struct span){NULL, 0};
		value = request->headers[i].value;
	}
	return value;
}

/* "56" of "1.56"; 0: it is not that. */
static unsigned minor_of(struct span version)
{
	uint64_t minor = 0;

	if (span_is(span_cut(version, '.', &version), "1"))
		(void)span_to_uint(version, UINT16_MAX, &minor);
	return (unsigned)minor;
}

/* What the daemon said of itself. */
static const cJSON *daemon_of(const struct trial *trial)
{
	for (size_t i = 0; i < trial->ask.object_count; i++) {
		if (trial->ask.objects[i].kind == OBJECT_DAEMON)
			return trial->ask.objects[i].json;
	}
	return NULL;
}

static struct mediator *mediate(
    struct conn *conn, const struct policy *policy, const struct trial *trial)
{
	char client[CONN_LABEL_MAX];
	const cJSON *version = daemon_of(trial);
	const struct mediator_basis basis = {
	    .policy = policy,
	    .owned = server_owned(conn_server(conn)),
	    .client = span_of(conn_label(conn, client)),
	    .side = trial->ask.match.operation->traits & TRAIT_SERVES ? MEDIATOR_SESSION
								      : MEDIATOR_GRPC,
	    .session = header_of(&trial->request, "X-Docker-Expose-Session-Uuid"),
	    .daemon = json_text(version, "Version"),
	    .daemon_api = minor_of(json_text(version, "ApiVersion")),
	};

	return basis.owned ? mediator_new(&basis) : NULL;
}

struct coupled *coupled_new(struct conn *conn, const struct trial *trial)
{
	struct policy *policy = conn_policy(conn);
	struct coupled *coupled = policy ? calloc(1, sizeof(*coupled)) : NULL;

	if (!coupled)
		return NULL;
	const struct docker_operation *operation = trial->ask.match.operation;

	coupled->conn = conn;
	coupled->policy = policy_ref(policy);
	coupled->operation = operation->name;
	coupled->client = operation->traits & TRAIT_SERVES ? COUPLING_SERVER : COUPLING_CALLER;
	coupled->mediator = mediate(conn, policy, trial);
	if (coupled->mediator)
		return coupled;
	coupled_free(coupled);
	return NULL;
}

void coupled_free(struct coupled *coupled)
{
	if (!coupled)
		return;
	coupling_free(coupled->coupling);
	mediator_free(coupled->mediator);
	policy_unref(coupled->policy);
	free(coupled);
}

/* ---- what the audit log is told ---------------------------------------------------------------
 */

static const struct decision *decision_of(
    const struct mediator_call *call, struct decision *scratch)
{
	if (call->decision && call->decision->verdict == VERDICT_DENY)
		return call->decision;
	decision_refuse(scratch, REASON_GRANT, FORBIDDEN, "%s",
	    call->message->len > 0 ? buf_text(call->message) : "refused");
	return scratch;
}

static bool on_tell(void *arg, const struct mediator_call *call, bool permitted)
{
	struct coupled *coupled = arg;
	struct server *server = conn_server(coupled->conn);
	struct decision scratch;

	if (permitted && server->audit_level == AUDIT_LEVEL_DENIED)
		return !ledger_is_broken(server->ledger) || !server->audit_required;
	const struct conn_call told = {
	    .path = {call->path, call->path_length},
	    .operation = call->operation ? call->operation->name : coupled->operation,
	    .policy = coupled->policy,
	    .decision = permitted ? NULL : decision_of(call, &scratch),
	    .build = call->ref,
	    .added = call->added,
	};

	return conn_audit_call(coupled->conn, &told);
}

/* ---- bytes ------------------------------------------------------------------------------------
 */

/* True when it was broken off for what is held. */
static bool holds_too_much(struct conn *conn, struct coupled *coupled)
{
	size_t now = coupling_held(coupled->coupling);
	enum crowd_limit limit =
	    crowd_hold(conn_server(conn)->crowd, &conn->seat, coupled->held, now);

	coupled->held = now;
	if (limit == CROWD_FINE)
		return false;
	CONN_LOG(conn, LOG_LEVEL_WARNING, "the connection of a build is closed: %s (%s)",
	    crowd_limit_info(limit)->text, crowd_limit_info(limit)->option);
	(void)conn_tells(conn, limit);
	conn_cut(conn);
	return true;
}

static void uncount(struct conn *conn, struct coupled *coupled)
{
	(void)crowd_hold(conn_server(conn)->crowd, &conn->seat, coupled->held, 0);
	coupled->held = 0;
}

void coupled_end(struct conn *conn)
{
	if (conn->coupled)
		uncount(conn, conn->coupled);
	coupled_free(conn->coupled);
	conn->coupled = NULL;
}

static void receive(struct conn *conn, enum coupling_side side, struct span bytes)
{
	coupling_receive(conn->coupled->coupling, side, bytes, loop_now(conn_server(conn)->loop));
}

bool coupled_begin(struct conn *conn, struct span bytes)
{
	struct coupled *coupled = conn->coupled;

	coupled->coupling = coupling_new(coupled->mediator, on_tell, coupled);
	if (!coupled->coupling)
		return false;
	receive(
	    conn, coupled->client == COUPLING_CALLER ? COUPLING_SERVER : COUPLING_CALLER, bytes);
	if (conn->in) /* what the client sent before it heard */
		receive(conn, coupled->client, pending_span(conn->in));
	pending_free(&conn->in);
	return true;
}

/* What |side| is to be sent. */
static enum flush_result send_to(struct conn *conn, enum coupling_side side, struct io *io,
    struct pending **pending, bool *moved)
{
	struct buf *out = &conn_server(conn)->out;
	enum flush_result sent = pending_flush(pending, io);

	if (sent != FLUSH_DONE)
		return sent;
	buf_clear(out);
	coupling_send(conn->coupled->coupling, side, out, SEND_MOST);
	if (out->len == 0)
		return FLUSH_DONE;
	struct iovec part = conn_part(buf_span(out));

	*moved = true;
	return pending_send(pending, io, &part, 1);
}

static bool read_from(struct conn *conn, enum coupling_side side, struct io *io)
{
	struct server *server = conn_server(conn);

	if (!io->readable)
		return false;
	ssize_t n = io_recv(io, server->scratch, sizeof(server->scratch));

	if (n == IO_AGAIN)
		return false;
	if (n > 0)
		receive(conn, side, (struct span){server->scratch, (size_t)n});
	else
		coupling_end(conn->coupled->coupling, side);
	return true;
}

static void finish(struct conn *conn)
{
	const char *fault = coupling_fault(conn->coupled->coupling);

	if (fault)
		CONN_LOG(conn, LOG_LEVEL_WARNING, "the connection of a build is closed: %s", fault);
	conn_finish(conn);
}

bool coupled_step(struct conn *conn)
{
	struct coupled *coupled = conn->coupled;
	enum coupling_side client = coupled->client;
	enum coupling_side daemon = client == COUPLING_CALLER ? COUPLING_SERVER : COUPLING_CALLER;
	bool moved = read_from(conn, client, &conn->client);

	/* Whoever has gone waits for nothing, and the daemon sees it by its own end. */
	if (conn->client.eof && io_is_hung_up(&conn->client)) {
		conn_close(conn);
		return true;
	}
	moved = read_from(conn, daemon, &conn->upstream) || moved;
	if (holds_too_much(conn, coupled))
		return true;
	if (send_to(conn, client, &conn->client, &conn->to_client, &moved) == FLUSH_FAILED) {
		pending_free(&conn->to_client);
		coupling_end(coupled->coupling, client);
		moved = true;
	}
	if (send_to(conn, daemon, &conn->upstream, &conn->to_upstream, &moved) == FLUSH_FAILED) {
		pending_free(&conn->to_upstream);
		coupling_end(coupled->coupling, daemon);
		moved = true;
	}
	if (!coupling_is_over(coupled->coupling) || conn->to_upstream)
		return moved;
	finish(conn);
	return true;
}
