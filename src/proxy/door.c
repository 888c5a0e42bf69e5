/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/door.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/listener.h"
#include "proxy/conn.h"

/* ---- doors ------------------------------------------------------------------------------------- */

static void door_free(struct door *door)
{
	policy_unref(door->policy);
	free(door->name);
	free(door->rights);
	free(door->path);
	free(door);
}

static struct door *door_new(struct server *server, const char *path)
{
	struct door *door = calloc(1, sizeof(*door));

	if (!door)
		return NULL;
	door->server = server;
	door->path = strdup(path);
	if (door->path)
		return door;
	free(door);
	return NULL;
}

static struct door *door_at(const struct server *server, const char *path)
{
	struct door *door;

	TAILQ_FOREACH(door, &server->doors, link) {
		if (strcmp(door->path, path) == 0)
			return door;
	}
	return NULL;
}

void door_close(struct door *door)
{
	if (!door->listener)
		return;
	(void)unlink(door->path);
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

int server_serve(struct server *server, const char *name, struct policy *policy, int fd,
    void (*left)(void *arg), void *arg, struct error *err)
{
	struct door *door = door_new(server, "");

	if (door)
		door->name = strdup(name);
	if (!door || !door->name) {
		if (door)
			door_free(door);
		(void)close(fd);
		return error_set(err, "out of memory");
	}
	server->left = left;
	server->left_arg = arg;
	door->single = true;
	door->policy = policy_ref(policy);
	TAILQ_INSERT_TAIL(&server->doors, door, link);
	conn_accept(door, fd);
	return door->conns > 0 ? 0 : error_set(err, "out of memory");
}

/* ---- plans ------------------------------------------------------------------------------------- */

static char *rights_text(const struct config_listener *listener)
{
	char *text;

	if (asprintf(&text, "%o %s %s", (unsigned)listener->mode,
		listener->owner ? listener->owner : "-", listener->group ? listener->group : "-") < 0)
		return NULL;
	return text;
}

static int plan_socket(struct door_plan *plan, const struct config_listener *from, struct error *err)
{
	struct unix_rights rights = {from->mode, from->owner, from->group};

	if (!plan->is_new && strcmp(plan->rights, plan->door->rights) == 0)
		return 0;
	if (unix_socket_make(&plan->socket, from->address.path, &rights, !plan->is_new, err) < 0)
		return -1;
	plan->listener =
	    listener_open(plan->door->server->loop, plan->socket.fd, conn_accept, plan->door);
	if (plan->listener)
		return 0;
	(void)close(plan->socket.fd);
	return error_set(err, "out of memory");
}

static int plan_fill(struct door_plan *plan, struct server *server,
    const struct config_listener *from, struct error *err)
{
	plan->door = door_at(server, from->address.path);
	plan->is_new = !plan->door;
	if (plan->is_new)
		plan->door = door_new(server, from->address.path);
	plan->name = strdup(from->name);
	plan->rights = rights_text(from);
	plan->policy = policy_ref(from->policy);
	if (!plan->door || !plan->name || !plan->rights)
		return error_set(err, "out of memory");
	return plan_socket(plan, from, err);
}

int door_plans_make(struct door_plans *plans, struct server *server, const struct config *config,
    struct error *err)
{
	for (const struct config_listener *l = config->listeners; l; l = l->next) {
		struct door_plan *plan = calloc(1, sizeof(*plan));

		if (!plan)
			return error_set(err, "out of memory");
		TAILQ_INSERT_TAIL(plans, plan, link);
		if (plan_fill(plan, server, l, err) < 0)
			return error_prefix(err, "listener %s: ", l->name);
	}
	return 0;
}

static int publish(struct door_plans *plans, bool is_new, struct error *err)
{
	struct door_plan *plan;

	TAILQ_FOREACH(plan, plans, link) {
		if (!plan->listener || plan->is_new != is_new)
			continue;
		if (unix_socket_publish(&plan->socket, err) < 0)
			return error_prefix(err, "listener %s: ", plan->name);
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
	TAILQ_FOREACH(plan, plans, link) {
		if (plan->published && plan->is_new)
			(void)unlink(plan->door->path);
	}
	return -1;
}

static void exchange_texts(char **one, char **other)
{
	char *text = *one;

	*one = *other;
	*other = text;
}

/* Whoever waits at the old socket is let in by it: none can come any more. */
static void take_listener(struct door *door, struct door_plan *plan)
{
	if (door->listener) {
		listener_drain(door->listener);
		listener_close(door->listener);
	}
	door->listener = plan->listener;
	plan->listener = NULL;
}

static void carry_out(struct door_plan *plan)
{
	struct door *door = plan->door;
	struct policy *old = door->policy;

	exchange_texts(&door->name, &plan->name);
	exchange_texts(&door->rights, &plan->rights);
	door->policy = plan->policy;
	plan->policy = old;
	if (plan->listener)
		take_listener(door, plan);
	if (plan->is_new)
		TAILQ_INSERT_TAIL(&door->server->doors, door, link);
	plan->is_new = false;
}

static bool is_planned(const struct door_plans *plans, const struct door *door)
{
	struct door_plan *plan;

	TAILQ_FOREACH(plan, plans, link) {
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
		if (is_planned(plans, door))
			continue;
		policy_unref(door->policy);
		door->policy = policy_ref(closed);
		door_remove(door);
	}
	TAILQ_FOREACH(plan, plans, link)
		carry_out(plan);
}

void door_plans_end(struct door_plans *plans)
{
	struct door_plan *plan;

	while ((plan = TAILQ_FIRST(plans))) {
		TAILQ_REMOVE(plans, plan, link);
		listener_close(plan->listener);
		unix_socket_end(&plan->socket);
		policy_unref(plan->policy);
		free(plan->name);
		free(plan->rights);
		if (plan->is_new && plan->door)
			door_free(plan->door);
		free(plan);
	}
}
