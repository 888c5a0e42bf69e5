/* SPDX-License-Identifier: Apache-2.0 */
/* What the server has to say to the audit log. */
#include <time.h>

#include "base/log.h"
#include "net/peer.h"
#include "proxy/caller.h"
#include "proxy/conn.h"
#include "proxy/exchange.h"

#define LINE_MAX_BYTES 65536u

static void write_line(struct server *server, struct buf *line)
{
	bool written = !line->failed && audit_sink_write(server->audit, buf_span(line));

	buf_free(line);
	if (!written && !server->audit_broken)
		log_error("audit", "cannot write the audit log%s",
		    server->audit_required ? ": nothing is permitted until it can be written" : "");
	if (written && server->audit_broken)
		log_info("audit", "the audit log can be written again");
	server->audit_broken = !written;
}

void server_note(struct server *server, const char *event, const char *message)
{
	struct timespec now;
	struct buf line;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	struct audit_note note = {
	    .sequence = ++server->sequence,
	    .seconds = now.tv_sec,
	    .milliseconds = (unsigned)(now.tv_nsec / 1000000),
	    .run = server->run,
	    .event = event,
	    .message = message,
	};

	buf_init(&line, LINE_MAX_BYTES);
	audit_note_write(&line, &note);
	write_line(server, &line);
}

static struct span canonical_query(struct server *server, const struct exchange *exchange)
{
	struct span query;

	if (!exchange->target_read)
		return (struct span){NULL, 0};
	buf_clear(&server->out);
	http_target_write(&server->out, &exchange->target);
	(void)span_cut(buf_span(&server->out), '?', &query);
	return query;
}

static struct audit_record record_of(
    struct conn *conn, const struct exchange *exchange, enum audit_event event,
    char address[static IP_TEXT_MAX])
{
	struct server *server = conn_server(conn);
	const struct docker_operation *operation = exchange->ask.match.operation;
	struct peer peer = peer_glance(conn->client.fd);
	const struct policy *policy = conn_policy(conn);
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (struct audit_record){
	    .sequence = ++server->sequence,
	    .seconds = now.tv_sec,
	    .milliseconds = (unsigned)(now.tv_nsec / 1000000),
	    .run = server->run,
	    .event = event,
	    .listener = conn->door->terms.name,
	    .policy = policy ? policy_name(policy) : NULL,
	    .peer = {.pid = peer.pid, .uid = peer.uid, .gid = peer.gid,
		.address = peer.ip.len ? ip_format(&peer.ip, address) : NULL,
		.identity = conn->identity,
		.container = caller_container(conn),
		.container_id = caller_container_id(conn)},
	    .method = exchange->head.at ? exchange->request.method_name : SPAN("OTHER"),
	    .path = exchange->target_read ? exchange->target.path : exchange->request.target,
	    .query = canonical_query(server, exchange),
	    .api = exchange->target_read ? exchange->target.api_minor : 0,
	    .operation = exchange->target_read && operation ? operation->name : NULL,
	    .decision = &exchange->decision,
	};
}

bool exchange_audit(struct conn *conn, struct exchange *exchange, enum audit_event event)
{
	struct server *server = conn_server(conn);
	char address[IP_TEXT_MAX];
	struct audit_record record = record_of(conn, exchange, event, address);
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	audit_record_write(&line, &record);
	write_line(server, &line);
	return !server->audit_broken || !server->audit_required;
}

static bool is_change(const struct docker_operation *operation)
{
	return !operation || (operation->class != CLASS_SAFE && operation->class != CLASS_READ);
}

bool exchange_audit_permitted(struct conn *conn, struct exchange *exchange)
{
	struct server *server = conn_server(conn);

	/* A dry run has told already of what it lets pass. */
	if (server->audit_level != AUDIT_LEVEL_DENIED &&
	    exchange->decision.verdict == VERDICT_ALLOW &&
	    (server->audit_level == AUDIT_LEVEL_ALL || is_change(exchange->ask.match.operation)))
		return exchange_audit(conn, exchange, AUDIT_ALLOWED);
	return !server->audit_broken || !server->audit_required;
}
