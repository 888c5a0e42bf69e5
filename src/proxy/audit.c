/* SPDX-License-Identifier: Apache-2.0 */
/* What the server has to say to the audit log. */
#include "audit/needs.h"
#include "net/peer.h"
#include "proxy/caller.h"
#include "proxy/conn.h"
#include "proxy/coupled.h"
#include "proxy/exchange.h"
#include "proxy/ledger.h"

#define LINE_MAX_BYTES (256u * 1024) /* of what a client chose, with each byte escaped */
#define LINE_USUAL_BYTES 1024u

static void on_audit_room(void *arg)
{
	struct server *server = arg;

	loop_room_free(server->audit_room);
	server->audit_room = NULL;
	(void)ledger_flush(server->ledger);
	server_watch_audit(server);
}

void server_watch_audit(struct server *server)
{
	int fd = server->audit_room ? -1 : ledger_waits(server->ledger);

	if (fd >= 0)
		server->audit_room = loop_room_new(server->loop, fd, on_audit_room, server);
}

static bool end_line(struct server *server, struct buf *line)
{
	bool written = ledger_end(server->ledger, line, server->audit_required);

	server_watch_audit(server);
	return written;
}

void server_note(struct server *server, const char *event, const char *message)
{
	struct ledger_mark mark = ledger_begin(server->ledger);
	struct buf line;
	struct audit_note note = {
	    .sequence = mark.sequence,
	    .seconds = mark.seconds,
	    .milliseconds = mark.milliseconds,
	    .run = mark.run,
	    .event = event,
	    .message = message,
	};

	buf_init(&line, LINE_MAX_BYTES);
	audit_note_write(&line, &note);
	(void)end_line(server, &line);
}

static struct span canonical_query(struct server *server, const struct exchange *exchange)
{
	if (!exchange->trial.target_read || exchange->trial.target.query_count == 0)
		return (struct span){NULL, 0};
	buf_clear(&server->out);
	http_query_write(&server->out, &exchange->trial.target);
	return server->out.len > 0 ? span_from(buf_span(&server->out), 1) : (struct span){NULL, 0};
}

/* Who asked, by the policy |policy|. */
static struct audit_record record_by(
    struct conn *conn, const struct policy *policy, char address[static IP_TEXT_MAX])
{
	struct peer peer = peer_glance(conn->client.fd);
	const struct ip *ip = conn->door->single ? &conn_server(conn)->caller : &peer.ip;

	return (struct audit_record){
	    .listener = conn->door->terms.name,
	    .policy = policy ? policy_name(policy) : NULL,
	    .peer = {.pid = peer.pid,
		.uid = peer.uid,
		.gid = peer.gid,
		.address = ip->len ? ip_format(ip, address) : NULL,
		.identity = conn->identity,
		.container = caller_container(conn),
		.container_id = caller_container_id(conn)},
	};
}

static struct audit_record record_of(struct conn *conn, const struct exchange *exchange,
    enum audit_event event, char address[static IP_TEXT_MAX])
{
	struct server *server = conn_server(conn);
	const struct trial *trial = &exchange->trial;
	const struct docker_operation *operation = trial->ask.match.operation;
	struct audit_record record = record_by(conn, conn_policy(conn), address);

	record.event = event;
	record.method = trial->request.head.at ? trial->request.method_name : SPAN("OTHER");
	record.path = trial->target_read ? trial->target.path : trial->request.target;
	record.query = canonical_query(server, exchange);
	record.api = trial->target_read ? trial->target.api_minor : 0;
	record.operation = trial->target_read && operation ? operation->name : NULL;
	record.decision = &trial->decision;
	record.schema = operation ? operation->schema : NULL;
	record.body = trial->ask.body_read ? trial->ask.body : NULL;
	record.request = trial->target_read ? &trial->ask : NULL;
	record.tenancy = trial->ask.tenancy;
	return record;
}

/* |failed|: something is missing, and the line must not count as written. */
static bool write_line(struct server *server, struct audit_record *record, bool failed)
{
	struct ledger_mark mark = ledger_begin(server->ledger);
	struct buf line;

	record->sequence = mark.sequence;
	record->seconds = mark.seconds;
	record->milliseconds = mark.milliseconds;
	record->run = mark.run;
	buf_init(&line, LINE_MAX_BYTES);
	line.failed = failed;
	(void)buf_reserve(&line, LINE_USUAL_BYTES);
	audit_record_write(&line, record);
	return end_line(server, &line) || !server->audit_required;
}

bool exchange_audit(struct conn *conn, struct exchange *exchange, enum audit_event event)
{
	struct server *server = conn_server(conn);
	char address[IP_TEXT_MAX];

	/* one of a hidden object is told before the daemon is asked, and its answer may not come */
	if (exchange->told && event != AUDIT_ALLOWED)
		return true;
	exchange->told = exchange->told || event == AUDIT_DENIED;
	struct audit_record record = record_of(conn, exchange, event, address);
	/* without memory the query is missing */
	bool failed = exchange->trial.target_read && server->out.failed;
	struct buf needs;

	/* it is judged again, which takes its time: not while other workers wait for the log */
	buf_init(&needs, LINE_MAX_BYTES);
	audit_needs_write(&needs, server->bare, record.request);
	record.needs = buf_span(&needs);
	bool written = write_line(server, &record, failed || needs.failed);

	buf_free(&needs);
	return written;
}

bool conn_audit_call(struct conn *conn, const struct conn_call *call)
{
	char address[IP_TEXT_MAX];
	struct audit_record record = record_by(conn, call->policy, address);

	record.event = call->decision ? AUDIT_DENIED : AUDIT_ALLOWED;
	record.method = SPAN("POST");
	record.path = call->path;
	record.operation = call->operation;
	record.decision = call->decision;
	record.build = call->build;
	record.added = call->added;
	return write_line(conn_server(conn), &record, false);
}

void exchange_count_verdict(
    struct conn *conn, const struct exchange *exchange, enum stats_verdict verdict)
{
	struct stats *stats = conn_server(conn)->stats;

	if (stats)
		stats_judged(stats, conn_policy(conn), exchange->trial.ask.match.operation, verdict,
		    exchange->trial.decision.reason);
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
	    exchange->trial.decision.verdict == VERDICT_ALLOW &&
	    (server->audit_level >= AUDIT_LEVEL_ALL ||
		is_change(exchange->trial.ask.match.operation)))
		return exchange_audit(conn, exchange, AUDIT_ALLOWED);
	return !ledger_is_broken(server->ledger) || !server->audit_required;
}
