/* SPDX-License-Identifier: Apache-2.0 */
/* From the first request to the container that it comes from: one question to the daemon after the
 * other, and then the policy, or a refusal. */
#include "proxy/caller_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/peer.h"
#include "proxy/exchange.h"
#include "proxy/identity.h"

#define ARENA_BASE (1u << 20)
#define AGAIN 500u          /* refused with this or more: a later request asks again */
#define REMEMBERED_MS 1000u /* so much later: a daemon in trouble has enough to do */

static struct server *server_of(const struct conn *conn)
{
	return conn_server(conn);
}

static bool is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool caller_id_copy(struct id *id, struct span text)
{
	if (text.len == 0 || text.len > CGROUP_ID_LEN)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (!is_alphanumeric(text.at[i]))
			return false;
		id->text[i] = text.at[i];
	}
	id->text[text.len] = '\0';
	return true;
}

/* ---- memory ------------------------------------------------------------------------------ */

static struct caller *caller_of(struct conn *conn)
{
	if (!conn->caller) {
		conn->caller = calloc(1, sizeof(*conn->caller));
		if (conn->caller)
			conn->caller->process.fd = -1;
	}
	return conn->caller;
}

static void finding_end(struct conn *conn)
{
	struct finding *finding = conn->caller ? conn->caller->finding : NULL;

	if (!finding)
		return;
	(void)crowd_hold(server_of(conn)->crowd, &conn->seat, finding->counted, 0);
	question_free(&finding->question);
	arena_free(&finding->arena);
	buf_free(&finding->cgroup);
	free(finding);
	conn->caller->finding = NULL;
}

static bool finding_begin(struct conn *conn)
{
	const struct limits *limits = &server_of(conn)->limits;
	struct finding *finding = calloc(1, sizeof(*finding));

	if (!finding)
		return false;
	finding->generation = conn->door->generation;
	question_init(&finding->question, limits);
	arena_init(&finding->arena, ARENA_BASE + JSON_TREE_PER_BYTE * limits->json.max_bytes);
	buf_init(&finding->cgroup, PROCESS_CGROUP_MOST);
	conn->caller->finding = finding;
	return true;
}

void caller_forget(struct conn *conn)
{
	struct caller *caller = conn->caller;

	if (!caller)
		return;
	free(caller->why);
	free(caller->name);
	caller->why = caller->name = NULL;
	caller->id.text[0] = '\0';
	caller->status = 0;
	caller->again_at = 0;
}

void caller_remember(struct conn *conn, const struct container *container)
{
	struct caller *caller = conn->caller;

	if (caller && container && caller_id_copy(&caller->id, container->id))
		caller->name = strndup(container->name.at, container->name.len);
}

void caller_free(struct conn *conn)
{
	if (!conn->caller)
		return;
	finding_end(conn);
	caller_forget(conn);
	process_release(&conn->caller->process);
	free(conn->caller);
	conn->caller = NULL;
}

/* ---- ends -------------------------------------------------------------------------------- */

/* A process that can be held again at any time need not be held meanwhile. */
static void let_go(struct caller *caller)
{
	if (caller->process.exact)
		process_release(&caller->process);
}

/* The next request is read and judged now. */
static void leave(struct conn *conn)
{
	finding_end(conn);
	if (conn->daemon != door_upstream(conn->door, conn->policy))
		conn_leave_daemon(conn); /* where requests go is elsewhere */
	let_go(conn->caller);
	conn_give_place(conn);
	if (conn->state == CONN_CALLER)
		conn_enter(conn, CONN_HEAD);
}

void caller_doubt(struct conn *conn, unsigned status, const char *format, ...)
{
	struct error why;
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(why.text, sizeof(why.text), format, arguments);
	va_end(arguments);
	conn_leave_daemon(conn);
	if (!conn_identify_by(conn, NULL)) {
		conn->caller->status = status;
		conn->caller->why = strdup(why.text);
		conn->caller->again_at = loop_now(server_of(conn)->loop) + REMEMBERED_MS;
	}
	leave(conn);
}

void caller_found(struct conn *conn, const struct container *container)
{
	(void)conn_identify_by(conn, container);
	leave(conn);
}

void caller_found_none(struct conn *conn)
{
	static const struct container none;

	caller_found(conn, &none);
}

/* ---- beginning --------------------------------------------------------------------------- */

void caller_ask_for(struct conn *conn, enum subject subject, const struct id *id)
{
	struct finding *finding = conn->caller->finding;

	finding->subject = subject;
	if (id)
		finding->id = *id;
	question_clear(&finding->question);
	arena_reset(&finding->arena);
	conn_enter(conn, CONN_CALLER);
}

void caller_begin(struct conn *conn)
{
	const struct peer peer = peer_glance(conn->client.fd);

	conn->request = REQUEST_DONE;
	if (!finding_begin(conn)) {
		caller_doubt(conn, 503, "out of memory");
	} else if (peer.uid >= 0) {
		caller_begin_by_process(conn);
	} else if (is_link_local(&peer.ip)) {
		caller_doubt(conn, 403,
		    "a link-local address does not identify a container; connect by another "
		    "address");
	} else {
		conn->caller->finding->ip = peer.ip;
		caller_ask_for(conn, SUBJECT_NETWORKS, NULL);
	}
}

void caller_note(struct conn *conn)
{
	struct caller *caller;
	struct error err;

	if (!identity_rules_ask(conn->door->terms.rules) || peer_glance(conn->client.fd).uid < 0)
		return;
	caller = caller_of(conn);
	if (!caller)
		return;
	(void)process_of_peer(&caller->process, conn->client.fd, &err);
	let_go(caller);
}

static bool asks_again(const struct conn *conn)
{
	const struct caller *caller = conn->caller;

	return caller && caller->status >= AGAIN &&
	       loop_now(server_of(conn)->loop) >= caller->again_at;
}

bool caller_is_wanted(struct conn *conn)
{
	if (conn->generation == conn->door->generation && !asks_again(conn))
		return false;
	return identity_rules_ask(conn->door->terms.rules) && !conn_identify_by(conn, NULL) &&
	       caller_of(conn);
}

/* The next request may ask at once. */
static void refuse_this_one(struct conn *conn, const char *why)
{
	if (!caller_of(conn))
		return;
	conn->caller->status = 503;
	conn->caller->why = strdup(why);
}

void caller_is_late(struct conn *conn)
{
	refuse_this_one(
	    conn, "the configuration changed in the middle of the request; send it again");
}

void caller_put_off(struct conn *conn)
{
	refuse_this_one(conn, "there is no room to ask which container the client is in");
}

void caller_add_candidates(struct finding *finding, const struct span *ids, unsigned count)
{
	finding->count = finding->at = 0;
	for (unsigned i = 0; i < count && i < CANDIDATES_MOST; i++) {
		if (caller_id_copy(&finding->candidates[finding->count], ids[i]))
			finding->count++;
	}
}

/* ---- what the daemon says ---------------------------------------------------------------- */

static void take_container(struct conn *conn, const cJSON *json)
{
	struct finding *finding = conn->caller->finding;
	struct container container;

	if (!container_read(json, &container) ||
	    !span_equal(container.id, span_of(finding->id.text)))
		caller_doubt(conn, 502, "what the daemon says of a container cannot be understood");
	else if (finding->ip.len == 0)
		caller_take_container(conn, &container);
	else if (networks_have(container.networks, &finding->ip))
		caller_found(conn, &container);
	else
		caller_doubt(conn, 503, "the client's container is changing; try again");
}

static enum crowd_limit count_held(struct conn *conn)
{
	struct finding *finding = conn->caller->finding;
	size_t before = finding->counted;

	finding->counted = sizeof(*finding) + question_held(&finding->question) +
			   finding->cgroup.size + arena_used(&finding->arena);
	return before == finding->counted
		   ? CROWD_FINE
		   : crowd_hold(server_of(conn)->crowd, &conn->seat, before, finding->counted);
}

static void take(struct conn *conn)
{
	struct finding *finding = conn->caller->finding;
	struct error err;
	const cJSON *json = json_parse(buf_span(&finding->question.body),
	    &server_of(conn)->limits.json, &finding->arena, &err);

	if (!json)
		caller_doubt(conn, 502, "what the daemon says cannot be understood: %s", err.text);
	else if (finding->subject == SUBJECT_NETWORKS)
		caller_take_networks(conn, json);
	else if (finding->subject == SUBJECT_NETWORK)
		caller_take_network(conn, json);
	else
		take_container(conn, json);
}

static void answered(struct conn *conn)
{
	const struct finding *finding = conn->caller->finding;
	unsigned status = finding->question.response.status;

	if (status == 200)
		take(conn);
	else if (status == 404 && finding->ip.len == 0) /* not one of this daemon's */
		caller_ask_next_candidate(conn);
	else if (status == 404 && finding->subject != SUBJECT_NETWORKS)
		caller_doubt(conn, 503, "the client's container is going away");
	else
		caller_doubt(conn, 502,
		    "the daemon does not say which container the client is in (%u)", status);
}

/* ---- asking ------------------------------------------------------------------------------ */

void caller_time_is_up(struct conn *conn)
{
	caller_doubt(
	    conn, 504, "the Docker daemon did not say in time which container the client is in");
}

void caller_unreachable(struct conn *conn, const char *why)
{
	caller_doubt(conn, 502, "%s", why);
}

static bool go_on(struct conn *conn, enum question_turn turn)
{
	switch (turn) {
	case QUESTION_WAITS:
		return false;
	case QUESTION_GOES_ON:
	case QUESTION_TOLD: /* by caller_unreachable() */
		break;
	case QUESTION_ANSWERED:
		answered(conn);
		break;
	case QUESTION_LEFT:
		caller_doubt(
		    conn, 502, "the Docker daemon did not say which container the client is in");
		break;
	case QUESTION_TOO_LARGE:
		caller_doubt(conn, 502, "the daemon's answer is larger than max_body");
		break;
	case QUESTION_GARBLED:
		caller_doubt(conn, 502, "the daemon's answer cannot be understood");
		break;
	case QUESTION_NO_MEMORY:
		caller_doubt(conn, 503, "out of memory");
		break;
	}
	return true;
}

static bool ask(struct conn *conn)
{
	struct finding *finding = conn->caller->finding;
	struct error path;

	switch (finding->subject) {
	case SUBJECT_CONTAINER:
		(void)error_set(&path, "/containers/%s/json", finding->id.text);
		break;
	case SUBJECT_NETWORKS:
		(void)error_set(&path, "/networks");
		break;
	case SUBJECT_NETWORK:
		(void)error_set(&path, "/networks/%s", finding->id.text);
		break;
	}
	return go_on(conn, question_ask(conn, &finding->question, span_of(path.text)));
}

/* Another configuration may ask for something else, and elsewhere. */
static void restart(struct conn *conn)
{
	conn_leave_daemon(conn);
	finding_end(conn);
	if (!conn_identify_by(conn, NULL))
		caller_begin(conn);
	else
		leave(conn);
}

bool caller_step(struct conn *conn)
{
	if (io_is_hung_up(&conn->client)) {
		conn_close(conn);
		return true;
	}
	struct finding *finding = conn->caller->finding;

	if (finding->generation != conn->door->generation) {
		restart(conn);
		return true;
	}
	if (!finding->question.asked)
		return ask(conn);
	enum question_turn turn = question_read(conn, &finding->question);

	enum crowd_limit limit = count_held(conn);

	if (limit != CROWD_FINE) {
		caller_doubt(conn, 503, "%s", crowd_limit_info(limit)->text);
		return true;
	}
	return go_on(conn, turn);
}

/* ---- for the judgement ------------------------------------------------------------------- */

bool caller_refuses(const struct conn *conn, struct decision *decision)
{
	const struct caller *caller = conn->caller;

	if (!caller || !caller->status)
		return false;
	decision_refuse(decision, caller->status == 403 ? REASON_CLIENT : REASON_UPSTREAM,
	    caller->status, "listener \"%s\": %s", conn->door->terms.name,
	    caller->why ? caller->why : "out of memory");
	return true;
}

const char *caller_container(const struct conn *conn)
{
	return conn->caller ? conn->caller->name : NULL;
}

const char *caller_container_id(const struct conn *conn)
{
	return conn->caller && conn->caller->id.text[0] ? conn->caller->id.text : NULL;
}
