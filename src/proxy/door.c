/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/door.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/activation.h"
#include "net/listener.h"
#include "net/tcp.h"
#include "net/tls.h"
#include "proxy/conn.h"
#include "proxy/crew.h"
#include "proxy/facts.h"
#include "proxy/identity.h"
#include "proxy/upstream.h"

/* ---- doors ------------------------------------------------------------------------------- */

static void terms_free(struct door_terms *terms)
{
	free(terms->name);
	free(terms->rights);
	policy_unref(terms->policy);
	identity_rules_free(terms->rules);
	tls_context_free(terms->tls);
	upstream_unref(terms->upstream);
	for (size_t i = 0; i < terms->route_count; i++) {
		policy_unref(terms->routes[i].policy);
		upstream_unref(terms->routes[i].upstream);
	}
	free(terms->routes);
}

static void door_free(struct door *door)
{
	terms_free(&door->terms);
	free(door->place);
	free(door->path);
	free(door);
}

/* TCP and TLS of one host and port are one place. */
static const char *place_of(const struct address *address)
{
	bool network = address->kind == ADDRESS_TCP || address->kind == ADDRESS_TLS;

	return address->text + (network ? strlen("tcp:") : 0);
}

static struct door *door_new(struct server *server, const struct address *address)
{
	struct door *door = calloc(1, sizeof(*door));

	if (!door)
		return NULL;
	door->server = server;
	door->place = strdup(place_of(address));
	if (address->kind == ADDRESS_UNIX)
		door->path = strdup(address->path);
	if (door->place && (door->path || address->kind != ADDRESS_UNIX))
		return door;
	door_free(door);
	return NULL;
}

struct door *door_at(const struct server *server, const char *place)
{
	struct door *door;

	TAILQ_FOREACH (door, &server->doors, link) {
		if (strcmp(door->place, place) == 0)
			return door;
	}
	return NULL;
}

static struct upstream *known_route(const struct door_terms *terms, const struct policy *policy)
{
	for (size_t i = 0; i < terms->route_count; i++) {
		if (terms->routes[i].policy == policy)
			return terms->routes[i].upstream;
	}
	return NULL;
}

struct upstream *door_upstream(const struct door *door, const struct policy *policy)
{
	struct upstream *own = known_route(&door->terms, policy);

	return own ? own : door->terms.upstream;
}

void door_close(struct door *door)
{
	door->open = false;
	if (!door->listener)
		return;
	if (door->path)
		unix_socket_unlink(door->path, door->file);
	listener_close(door->listener);
	door->listener = NULL;
}

static void door_remove(struct door *door)
{
	TAILQ_REMOVE(&door->server->doors, door, link);
	door->removed = true;
	door_close(door);
	if (door->conns == 0)
		door_free(door);
}

void door_left(struct door *door)
{
	if (--door->conns == 0 && door->removed)
		door_free(door);
}

void doors_free(struct server *server)
{
	struct door *door;

	while ((door = TAILQ_FIRST(&server->doors)))
		door_remove(door);
}

/* ---- plans ------------------------------------------------------------------------------- */

static char *rights_text(const struct config_listener *listener)
{
	char *text;

	if (asprintf(&text, "%o %s %s", (unsigned)listener->mode,
		listener->owner ? listener->owner : "-",
		listener->group ? listener->group : "-") < 0)
		return NULL;
	return text;
}

static bool needs_socket(const struct door_plan *plan, const struct config_listener *from)
{
	if (plan->door->server->chief)
		return false;
	if (plan->is_new)
		return true;
	return from->address.kind == ADDRESS_UNIX &&
	       strcmp(plan->terms.rights, plan->door->terms.rights) != 0;
}

static int open_unix(struct door_plan *plan, const struct listener_facts *known, struct error *err)
{
	if (known->no_rights.text[0])
		return error_set(err, "%s", known->no_rights.text);
	if (unix_socket_make(
		&plan->socket, known->of->address.path, &known->rights, !plan->is_new, err) < 0)
		return -1;
	return plan->socket.fd;
}

static int open_tcp(const struct config_listener *from, struct error *err)
{
	struct tcp_target at = {.port = from->address.port};

	if (from->address.host && !ip_parse(span_of(from->address.host), &at.ip))
		return error_set(err, "%s: is no address", from->address.host);
	return tcp_listen(&at, err);
}

static int open_handed_over(const struct config_listener *from, struct error *err)
{
	bool is_unix;
	int fd = activation_socket(from->address.host, &is_unix, err);

	if (fd < 0 || is_unix || listener_has_tls(from) || from->insecure)
		return fd;
	(void)close(fd);
	return error_set(err,
	    "%s is a TCP socket, open to whoever reaches it; give it a cert, a key and "
	    "a client_ca, or write insecure = yes for a private network",
	    from->address.text);
}

static int open_socket(
    struct door_plan *plan, const struct listener_facts *known, struct error *err)
{
	const struct config_listener *from = known->of;

	switch (from->address.kind) {
	case ADDRESS_UNIX:
		return open_unix(plan, known, err);
	case ADDRESS_ABSTRACT:
		return unix_abstract_listen(from->address.host, err);
	case ADDRESS_TCP:
	case ADDRESS_TLS:
		return open_tcp(from, err);
	case ADDRESS_FD:
		return open_handed_over(from, err);
	case ADDRESS_NONE:
		break;
	}
	return error_set(err, "no address");
}

static void on_accept(void *arg, int fd)
{
	struct door *door = arg;

	if (!crew_hand_over(door->server->crew, door, fd))
		conn_accept(door, fd);
}

static int plan_socket(
    struct door_plan *plan, const struct listener_facts *known, struct error *err)
{
	if (!needs_socket(plan, known->of))
		return 0;
	int fd = open_socket(plan, known, err);

	if (fd < 0)
		return -1;
	plan->listener = listener_open(plan->door->server->loop, fd, on_accept, plan->door);
	if (plan->listener)
		return 0;
	(void)close(fd);
	return error_set(err, "out of memory");
}

/* Policies of one daemon share its connection data. */
static struct upstream *route_target(const struct door_terms *terms, const struct config *config,
    const struct facts *facts, const struct config_upstream *to, struct error *err)
{
	for (size_t i = 0; i < terms->route_count; i++) {
		if (config_policy_upstream(config, terms->routes[i].policy) == to)
			return upstream_ref(terms->routes[i].upstream);
	}
	return facts_upstream(facts, to, err);
}

static int add_route(struct door_terms *terms, const struct config *config,
    const struct facts *facts, struct policy *policy, struct error *err)
{
	const struct config_upstream *to = policy ? config_policy_upstream(config, policy) : NULL;

	if (!to || known_route(terms, policy))
		return 0;
	struct upstream *upstream = route_target(terms, config, facts, to, err);

	if (!upstream)
		return -1;
	terms->routes[terms->route_count++] = (struct door_route){policy_ref(policy), upstream};
	return 0;
}

static int make_routes(struct door_terms *terms, const struct config *config,
    const struct facts *facts, const struct config_listener *from, struct error *err)
{
	terms->routes = calloc(config->policy_count + 1, sizeof(*terms->routes));
	if (!terms->routes)
		return error_set(err, "out of memory");
	if (add_route(terms, config, facts, from->policy, err) < 0)
		return -1;
	for (const struct config_client *c = from->clients; c; c = c->next) {
		if (add_route(terms, config, facts, c->policy, err) < 0)
			return -1;
	}
	return 0;
}

static int terms_begin(
    struct door_terms *terms, const struct config_listener *from, struct error *err)
{
	terms->name = strdup(from->name);
	terms->rights = rights_text(from);
	if (!terms->name || !terms->rights)
		return error_set(err, "out of memory");
	if (from->policy)
		terms->policy = policy_ref(from->policy);
	return 0;
}

static int terms_make(struct door_terms *terms, const struct config *config,
    const struct facts *facts, const struct listener_facts *known, struct error *err)
{
	const struct config_listener *from = known->of;

	if (terms_begin(terms, from, err) < 0)
		return -1;
	terms->rules = identity_rules_ref(known->rules);
	terms->tls = known->tls ? tls_context_ref(known->tls) : NULL;
	terms->upstream = facts_upstream(facts, from->upstream, err);
	return terms->upstream ? make_routes(terms, config, facts, from, err) : -1;
}

static int plan_fill(struct door_plan *plan, struct server *server, const struct config *config,
    const struct facts *facts, const struct listener_facts *known, struct error *err)
{
	const struct address *address = &known->of->address;

	plan->door = door_at(server, place_of(address));
	plan->is_new = !plan->door;
	if (plan->is_new)
		plan->door = door_new(server, address);
	if (!plan->door)
		return error_set(err, "out of memory");
	if (terms_make(&plan->terms, config, facts, known, err) < 0)
		return -1;
	return plan_socket(plan, known, err);
}

int door_plans_make(struct door_plans *plans, struct server *server, const struct config *config,
    const struct facts *facts, struct error *err)
{
	for (const struct config_listener *l = config->listeners; l; l = l->next) {
		struct door_plan *plan = calloc(1, sizeof(*plan));

		if (!plan)
			return error_set(err, "out of memory");
		TAILQ_INSERT_TAIL(plans, plan, link);
		if (plan_fill(plan, server, config, facts, facts_listener(facts, l), err) < 0)
			return error_prefix(err, "listener %s: ", l->name);
	}
	return 0;
}

/* Returns 0, or -1 with |err|. */
static int socket_try(const struct listener_facts *known, struct error *err)
{
	struct door_plan plan = {.is_new = false};

	if (known->of->address.kind == ADDRESS_FD)
		return 0;
	errno = 0;
	int fd = open_socket(&plan, known, err);
	bool fits = fd >= 0 || errno == EADDRINUSE;

	if (fd >= 0)
		(void)close(fd);
	unix_socket_end(&plan.socket);
	return fits ? 0 : -1;
}

int door_try(const struct config *config, const struct config_listener *listener, struct error *err)
{
	struct facts *facts = facts_load_listener(config, listener, err);

	if (!facts)
		return -1;
	int result = socket_try(facts_listener(facts, listener), err);

	facts_free(facts);
	return result;
}

static int publish(struct door_plans *plans, bool is_new, struct error *err)
{
	struct door_plan *plan;

	TAILQ_FOREACH (plan, plans, link) {
		if (!plan->listener || !plan->socket.path || plan->is_new != is_new)
			continue;
		if (unix_socket_publish(&plan->socket, err) < 0)
			return error_prefix(err, "listener %s: ", plan->terms.name);
		plan->published = true;
	}
	return 0;
}

/* New ones first, since they can be taken back. */
int door_plans_publish(struct door_plans *plans, struct error *err)
{
	struct door_plan *plan;

	if (publish(plans, true, err) == 0 && publish(plans, false, err) == 0)
		return 0;
	TAILQ_FOREACH (plan, plans, link) {
		if (plan->published && plan->is_new)
			unix_socket_unlink(plan->door->path, plan->socket.file);
	}
	return -1;
}

/* Whoever waits at the old socket is let in by it: none can come any more. */
static void take_listener(struct door *door, struct door_plan *plan)
{
	if (door->listener) {
		listener_drain(door->listener);
		listener_close(door->listener);
	}
	door->listener = plan->listener;
	door->file = plan->socket.file;
	plan->listener = NULL;
}

/* With more than one daemon a client's may be another though all are as they were. */
static bool upstreams_differ(const struct door_terms *old, const struct door_terms *new)
{
	if (!old->upstream)
		return false;
	return old->route_count > 0 || new->route_count > 0 ||
	       !upstream_is_same(old->upstream, new->upstream);
}

static void carry_out(struct door_plan *plan)
{
	struct door *door = plan->door;
	struct door_terms old = door->terms;

	door->moved = upstreams_differ(&old, &plan->terms);
	door->terms = plan->terms;
	door->generation++;
	plan->terms = old;
	if (plan->listener)
		take_listener(door, plan);
	door->open = true;
	if (plan->is_new)
		TAILQ_INSERT_TAIL(&door->server->doors, door, link);
	plan->is_new = false;
}

/* Nothing more is permitted to those who came by it. */
static void give_up(struct door *door, struct policy *closed)
{
	policy_unref(door->terms.policy);
	identity_rules_free(door->terms.rules);
	door->terms.policy = policy_ref(closed);
	door->terms.rules = NULL;
	door->generation++;
	door_remove(door);
}

static bool is_planned(const struct door_plans *plans, const struct door *door)
{
	struct door_plan *plan;

	TAILQ_FOREACH (plan, plans, link) {
		if (plan->door == door)
			return true;
	}
	return false;
}

void door_plans_carry_out(struct door_plans *plans, struct server *server, struct policy *closed)
{
	struct door *door = TAILQ_FIRST(&server->doors), *next;
	struct door_plan *plan;

	for (; door; door = next) {
		next = TAILQ_NEXT(door, link);
		if (!is_planned(plans, door))
			give_up(door, closed);
	}
	TAILQ_FOREACH (plan, plans, link)
		carry_out(plan);
}

void door_plans_end(struct door_plans *plans)
{
	struct door_plan *plan;

	while ((plan = TAILQ_FIRST(plans))) {
		TAILQ_REMOVE(plans, plan, link);
		listener_close(plan->listener);
		unix_socket_end(&plan->socket);
		terms_free(&plan->terms);
		if (plan->is_new && plan->door)
			door_free(plan->door);
		free(plan);
	}
}

/* ---- without a listener ------------------------------------------------------------------ */

int server_serve(
    struct server *server, const struct single_client *client, int fd, struct error *err)
{
	struct config_listener from = {.policy = client->policy};
	char name[] = "stdio";
	const struct address nowhere = {.kind = ADDRESS_FD, .text = name};
	struct door *door = door_new(server, &nowhere);
	int result = -1;

	from.name = name;
	if (!door)
		(void)error_set(err, "out of memory");
	else if (terms_begin(&door->terms, &from, err) == 0)
		door->terms.upstream = upstream_make(client->upstream, err);
	if (door && door->terms.upstream)
		result = 0;
	if (result < 0) {
		if (door)
			door_free(door);
		(void)close(fd);
		return -1;
	}
	server->left = client->left;
	server->left_arg = client->arg;
	server->caller = client->caller;
	door->single = true;
	door->generation = 1;
	TAILQ_INSERT_TAIL(&server->doors, door, link);
	conn_accept(door, fd);
	return door->conns > 0 ? 0 : error_set(err, "out of memory");
}
