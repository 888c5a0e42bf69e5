/* SPDX-License-Identifier: Apache-2.0 */
/* What the simulated daemon says of the containers that sockwarden asks it for. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

#define LARGE (5u << 20)

static void write_object(struct bytes *out, const struct plan *plan)
{
	char body[512];
	int len = snprintf(body, sizeof(body),
	    "{\"Id\":\"%064u\",\"Name\":\"/r%u\",\"Image\":\"sha256:%064u\",\"Mounts\":[],"
	    "\"Config\":{\"Image\":\"busybox\"},\"HostConfig\":{\"NetworkMode\":\"default\","
	    "\"Privileged\":%s}}",
	    plan->id, plan->id, plan->id, plan->object == OBJECT_FORBIDDEN ? "true" : "false");

	if (sim_once_in(2))
		bytes_add_format(out,
		    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n",
		    (unsigned)len, body);
	else
		bytes_add_format(out, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len, body);
}

static void write_error(struct bytes *out, unsigned status)
{
	bytes_add_format(
	    out, "HTTP/1.1 %u Error\r\nContent-Length: 15\r\n\r\n{\"message\":\"no\"}", status);
}

static void write_large(struct bytes *out)
{
	static char piece[4096];

	bytes_add_format(out, "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n", LARGE);
	memset(piece, ' ', sizeof(piece));
	for (unsigned i = 0; i < LARGE / sizeof(piece); i++)
		bytes_add(out, piece, sizeof(piece));
}

/* Says what there is to say of the container, or does not. */
enum object_break object_answer(struct bytes *out, const struct plan *plan)
{
	switch (plan->object) {
	case OBJECT_MISSING:
		write_error(out, 404);
		break;
	case OBJECT_FAILS:
		write_error(out, 500);
		break;
	case OBJECT_GARBLED:
		bytes_add_format(out, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\":1,}x");
		break;
	case OBJECT_LARGE:
		write_large(out);
		break;
	case OBJECT_RESETS:
	case OBJECT_CLOSES:
		bytes_add_format(out, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"Id\":");
		return plan->object == OBJECT_RESETS ? BREAK_RESET : BREAK_CLOSE;
	case OBJECT_HANGS:
	case OBJECT_FINE:
	case OBJECT_FORBIDDEN:
	case OBJECT_COUNT:
		write_object(out, plan);
	}
	return BREAK_NOT;
}

/* A container that was looked up is named by its id from there on: the one that was judged. */
void plan_line(const struct plan *plan, char *line, size_t size)
{
	const char *behind = strstr(plan->kind->target, "r%u");
	int len = snprintf(line, size, "%s ", plan->kind->method);

	if (knobs.lookups && plan->kind->drives && behind) {
		(void)snprintf(line + len, size - (size_t)len, "%.*s%064u%s",
		    (int)(behind - plan->kind->target), plan->kind->target, plan->id,
		    behind + strlen("r%u"));
		return;
	}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
	(void)snprintf(line + len, size - (size_t)len, plan->kind->target, plan->id);
#pragma GCC diagnostic pop
}

struct plan *object_asked(const char *head)
{
	static const char before[] = "GET /containers/r", after[] = "/json HTTP/1.1\r\n";
	char *end;

	if (!knobs.lookups || strncmp(head, before, sizeof(before) - 1) != 0)
		return NULL;
	unsigned long id = strtoul(head + sizeof(before) - 1, &end, 10);

	if (strncmp(end, after, sizeof(after) - 1) != 0)
		return NULL;
	struct plan *plan = plan_at((unsigned)id);

	if (!plan || !plan->begun || !plan->kind->drives)
		sim_fail("the daemon is asked for a container that no request is about: %lu", id);
	plan->looked_up++;
	plan->excused |= plan->object == OBJECT_HANGS;
	sim_trace("the daemon is asked for the container of %lu", id);
	return plan;
}
