/* SPDX-License-Identifier: Apache-2.0 */
/* How the simulated daemon reads requests: by itself, so that what it takes one for is no reading
 * of the product's. Each is held against what its client meant. */
#include "dockerd.h"

#include <stdio.h>
#include <stdlib.h>

static const char *header(const char *head, const char *name)
{
	const char *at = strcasestr(head, name);

	if (at && strcasestr(at + 1, name))
		sim_fail("the daemon got two headers%s", name);
	return at ? at + strlen(name) : NULL;
}

static void whole(struct served *to)
{
	to->plan->up_whole = true;
	to->body_read = true;
	to->phase = READ_NOTHING;
}

static void begin_body(struct served *to, const char *head)
{
	const char *length = header(head, "\r\nContent-Length:");
	const char *coding = header(head, "\r\nTransfer-Encoding:");

	if (length && coding)
		sim_fail("request %u has two framings", to->plan->id);
	to->left = length ? strtoull(length, NULL, 10) : 0;
	if (to->plan->up == FRAME_TUNNEL)
		to->phase = READ_RAW;
	else if (coding)
		to->phase = READ_SIZE;
	else if (to->left)
		to->phase = READ_LENGTH;
	else
		whole(to);
}

static void check_head(const struct plan *plan, const char *head)
{
	char line[256];

	plan_line(plan, line, sizeof(line));
	if (strncmp(head, line, strlen(line)) != 0)
		sim_fail("request %u reached the daemon as \"%.80s\"", plan->id, head);
	if (!plan->permitted)
		sim_fail(
		    "request %u (%s) is denied and reached the daemon", plan->id, plan->kind->name);
	if (!plan->audited)
		sim_fail("request %u (%s) reached the daemon and is not in the audit log", plan->id,
		    plan->kind->name);
}

/* A question of sockwarden's own. Returns false when it is none. */
static bool take_question(struct served *to, const char *head)
{
	to->question = object_asked(head);
	if (to->question)
		to->wake = sim_now() + (sim_once_in(3) ? sim_size(0, 2 * SECOND) : 0);
	return to->question;
}

static void take_head(struct served *to, const char *head)
{
	const char *sim = header(head, "\r\nX-Sim:");
	struct plan *plan = sim ? plan_at((unsigned)strtoul(sim, NULL, 10)) : NULL;

	if (!plan && take_question(to, head))
		return;
	if (!plan)
		sim_fail("the daemon got what nobody has asked for: \"%.200s\"", head);
	check_head(plan, head);
	plan->forwarded++;
	to->requests++;
	to->plan = plan;
	to->body_read = to->answering = to->answer_made = false;
	to->wake = sim_now() + plan->delay;
	sim_trace("the daemon has the head of %u", plan->id);
	begin_body(to, head);
	if (plan->expect && plan->fault == DAEMON_FINE && !to->body_read && sim_once_in(2))
		bytes_add_format(&to->end.out, "HTTP/1.1 100 Continue\r\n\r\n");
}

static bool take_heads(struct served *to)
{
	char head[8192];
	struct bytes *in = &to->in;
	const char *at = in->at + in->begin, *end = memmem(at, bytes_len(in), "\r\n\r\n", 4);

	if (!end)
		return false;
	size_t len = (size_t)(end - at) + 4;

	if (len >= sizeof(head))
		sim_fail("the head of a request is too long");
	head[bytes_take(in, head, len)] = '\0';
	take_head(to, head);
	return true;
}

static void take_body(struct served *to, size_t len)
{
	struct bytes *in = &to->in;

	plan_check(to->plan, true, to->plan->up_got, in->at + in->begin, len);
	to->plan->up_got += len;
	(void)bytes_take(in, NULL, len);
}

static bool take_counted(struct served *to)
{
	size_t len = bytes_len(&to->in);

	if (len > to->left)
		len = (size_t)to->left;
	take_body(to, len);
	to->left -= len;
	if (to->left > 0)
		return true;
	if (to->phase == READ_CHUNK)
		to->phase = READ_CHUNK_END;
	else
		whole(to);
	return true;
}

static bool take_framing(struct served *to)
{
	char line[64];
	struct bytes *in = &to->in;
	const char *at = in->at + in->begin, *end = memchr(at, '\n', bytes_len(in));

	if (!end)
		return false;
	size_t len = (size_t)(end - at) + 1;

	if (len >= sizeof(line) || len < 2 || end[-1] != '\r')
		sim_fail("request %u: a bad line between chunks", to->plan->id);
	line[bytes_take(in, line, len)] = '\0';
	if (to->phase == READ_SIZE) {
		to->left = strtoull(line, NULL, 16);
		to->phase = to->left ? READ_CHUNK : READ_TRAILER;
	} else if (to->phase == READ_CHUNK_END) {
		to->phase = READ_SIZE;
	} else {
		whole(to);
	}
	return true;
}

bool served_take(struct served *to)
{
	if (bytes_len(&to->in) == 0)
		return false;
	switch (to->phase) {
	case READ_HEAD:
		return take_heads(to);
	case READ_LENGTH:
	case READ_CHUNK:
		return take_counted(to);
	case READ_RAW:
		take_body(to, bytes_len(&to->in));
		return true;
	case READ_NOTHING:
		return false;
	case READ_SIZE:
	case READ_CHUNK_END:
	case READ_TRAILER:
	default:
		return take_framing(to);
	}
}
