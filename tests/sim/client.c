/* SPDX-License-Identifier: Apache-2.0 */
/* The clients: what they ask for, how they send and read it, and how they leave. */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>

static struct client *clients[CLIENTS_MOST];
static unsigned count, left;
static bool probed;

static const char *const doors[] = {"/sim/run/a.sock", "tcp:2374", "tcp:2376"};

static struct plan *current(const struct client *client)
{
	if (client->reading >= client->count)
		sim_fail("an answer came that nobody asked for");
	return client->plans[client->reading];
}

/* ---- its end --------------------------------------------------------------------------------- */

static void settle(struct plan *plan)
{
	plan->excused |= plan->faults_then != sim_faults;
}

static void finish(struct client *client)
{
	end_close(&client->end);
	if (client->probe)
		probed = client->plans[0]->done && !client->plans[0]->own;
	if (client->probe && !probed)
		sim_fail("after all faults a ping is not answered");
	bytes_free(&client->in);
	clients[client->number] = NULL;
	sim_free(client);
	left--;
}

/* The connection has ended. What was asked for and not answered is over, the rest comes on a new
 * one. Whoever asks for more before an answer cannot know what comes of it. */
static void reconnect(struct client *client, bool excused)
{
	unsigned i = client->reading;

	end_close(&client->end);
	bytes_free(&client->in);
	client->phase = READ_HEAD;
	client->tunnel = client->closes = client->head_sent = client->upload_over = false;
	for (; i < client->count && client->plans[i]->begun; i++) {
		const struct plan *before = i > 0 ? client->plans[i - 1] : NULL;
		bool behind_early = before && (before->early || before->fault != DAEMON_FINE);
		/* Bytes that come when its answer has ended with the connection reset it. */
		bool before_more = client->plans[i]->down == FRAME_CLOSE && i + 1 < client->count &&
				   client->plans[i + 1]->begun;

		client->plans[i]->excused |=
		    excused || i > client->reading || behind_early || before_more;
		settle(client->plans[i]);
	}
	client->reading = client->sending = i;
	client->wake = sim_now() + sim_below(SECOND);
	if (i >= client->count)
		finish(client);
}

/* As much as goes, so that the reset comes with bytes under way. */
static void fill(struct client *client)
{
	for (unsigned i = 0; i < 8; i++) {
		client_produce(client);
		(void)end_write(&client->end, SIZE_MAX);
	}
}

static void leave(struct client *client)
{
	sim_trace("client %u leaves (%d)", client->number, (int)client->leaving);
	if (client->leaving == LEAVE_RESET && sim_once_in(2))
		fill(client);
	for (unsigned i = 0; i < client->count; i++)
		client->plans[i]->excused = true;
	if (client->leaving == LEAVE_RESET)
		end_reset(&client->end);
	else
		end_close(&client->end);
	finish(client);
}

/* ---- reading --------------------------------------------------------------------------------- */

static const char *header(const char *head, const char *name)
{
	const char *at = strcasestr(head, name);

	return at ? at + strlen(name) : NULL;
}

static void answered(struct client *client)
{
	struct plan *plan = current(client);

	sim_trace("client %u has the answer to %u: %u%s", client->number, plan->id, plan->answer,
	    plan->own ? " of sockwarden" : "");
	plan->done = true;
	settle(plan);
	client->faults_then = sim_faults;
	client->phase = READ_HEAD;
	client->reading++;
	/* Who waits for a word before the body and is refused does not send it. */
	bool unsent = client->sending < client->reading && client->head_sent &&
		      !client->may_send_body && !client->upload_over;

	if (client->closes || unsent || client->reading == client->count)
		reconnect(client, true);
}

static void begin_tunnel(struct client *client)
{
	client->tunnel = true;
	client->may_send_body = true;
	client->phase = READ_ALL;
}

static bool take_head(struct client *client, const char *head)
{
	struct plan *plan = current(client);
	const char *length = header(head, "\r\nContent-Length: "),
		   *sim = header(head, "\r\nX-Sim: ");
	unsigned status = (unsigned)strtoul(head + 9, NULL, 10);

	if (strncmp(head, "HTTP/1.", 7) != 0)
		sim_fail("an answer begins with \"%.20s\"", head);
	if (status == 100) {
		client->may_send_body = true;
		return true;
	}
	plan->answer = status;
	plan->own = !sim;
	if (sim && strtoul(sim, NULL, 10) != plan->id)
		sim_fail("request %u got the answer to another one", plan->id);
	if (sim && !plan->permitted)
		sim_fail("request %u, which is denied, was answered by the daemon", plan->id);
	client->closes |= header(head, "\r\nConnection: close") != NULL;
	if (status == 101) {
		begin_tunnel(client);
		return true;
	}
	client->left = length ? strtoull(length, NULL, 10) : 0;
	if (header(head, "\r\nTransfer-Encoding: chunked"))
		client->phase = READ_SIZE;
	else if (plan->kind->head || (length && client->left == 0))
		answered(client);
	else
		client->phase = length ? READ_LENGTH : READ_ALL;
	return true;
}

static void take_body(struct plan *plan, const char *bytes, size_t len)
{
	if (plan->own)
		sim_trace("sockwarden says %.*s", (int)len, bytes);
	else
		plan_check(plan, false, plan->down_got, bytes, len);
	plan->down_got += len;
}

/* A line of chunked framing that is whole, else NULL. */
static const char *take_line(struct client *client, char room[static 128])
{
	struct bytes *in = &client->in;
	const char *at = in->at + in->begin, *end = memchr(at, '\n', bytes_len(in));

	if (!end)
		return NULL;
	size_t len = (size_t)(end - at) + 1;

	if (len > 127)
		sim_fail("a line of chunks is too long");
	room[bytes_take(in, room, len)] = '\0';
	return room;
}

static bool take_framing(struct client *client)
{
	char room[128];
	const char *line = take_line(client, room);

	if (!line)
		return false;
	switch (client->phase) {
	case READ_SIZE:
		client->left = strtoull(line, NULL, 16);
		client->phase = client->left ? READ_CHUNK : READ_TRAILER;
		break;
	case READ_CHUNK_END:
		client->phase = READ_SIZE;
		break;
	case READ_HEAD:
	case READ_LENGTH:
	case READ_CHUNK:
	case READ_TRAILER:
	case READ_ALL:
	default:
		if (line[0] == '\r')
			answered(client);
	}
	return true;
}

static bool take_counted(struct client *client)
{
	struct bytes *in = &client->in;
	size_t len = bytes_len(in);

	if (len > client->left)
		len = (size_t)client->left;
	take_body(current(client), in->at + in->begin, len);
	(void)bytes_take(in, NULL, len);
	client->left -= len;
	if (client->left == 0 && client->phase == READ_CHUNK)
		client->phase = READ_CHUNK_END;
	else if (client->left == 0)
		answered(client);
	return true;
}

static bool take_heads(struct client *client)
{
	struct bytes *in = &client->in;
	char head[8192];
	const char *at = in->at + in->begin, *end = memmem(at, bytes_len(in), "\r\n\r\n", 4);

	if (!end)
		return false;
	size_t len = (size_t)(end - at) + 4;

	if (len >= sizeof(head))
		sim_fail("the head of an answer is too long");
	head[bytes_take(in, head, len)] = '\0';
	return take_head(client, head);
}

/* One piece of what was read. */
static bool take(struct client *client)
{
	struct bytes *in = &client->in;

	if (bytes_len(in) == 0)
		return false;
	switch (client->phase) {
	case READ_HEAD:
		return take_heads(client);
	case READ_LENGTH:
	case READ_CHUNK:
		return take_counted(client);
	case READ_ALL:
		take_body(current(client), in->at + in->begin, bytes_len(in));
		(void)bytes_take(in, NULL, bytes_len(in));
		return false;
	case READ_SIZE:
	case READ_CHUNK_END:
	case READ_TRAILER:
	default:
		return take_framing(client);
	}
}

/* What it is to be told apart by: nothing on a unix socket, which knows no reset from our side. */
static bool end_can_tell(const struct client *client)
{
	return client->door > 0;
}

/* Nobody can be told by TLS that the handshake took too long. */
static bool dawdled(const struct client *client)
{
	const struct end *end = &client->end;

	return end->ssl && sim_now() - client->dialled >= HEAD_TIMEOUT && !end->greeted;
}

static void at_end(struct client *client)
{
	bool whole = client->phase == READ_ALL && client->end.clean;

	sim_trace("client %u at %s: the end, %s", client->number, doors[client->door],
	    client->end.clean ? "clean" : "broken");
	if (whole) {
		struct plan *plan = current(client);

		settle(plan);
		plan->cut = plan->closed ||
			    (!end_can_tell(client) &&
				(plan->reset || (plan->down == FRAME_TUNNEL && plan->excused)));
		client->closes = true;
		answered(client);
		return;
	}
	reconnect(client, dawdled(client));
}

/* The other direction of a tunnel goes on. */
static bool still_sends(const struct client *client)
{
	const struct end *end = &client->end;

	return client->tunnel && end->clean && !end->mute &&
	       (!end->shut || bytes_len(&end->out) || bytes_len(&end->raw));
}

static bool read_some(struct client *client)
{
	char piece[PIECE];
	unsigned number = client->number;
	size_t size = client->piece < sizeof(piece) ? client->piece : sizeof(piece);
	ssize_t n = end_read(&client->end, piece, size);

	if (n == 0)
		return false;
	if (n == -1 && still_sends(client))
		return false;
	if (n == -1) {
		at_end(client);
		return true;
	}
	if (n < 0)
		return true;
	client->moved += (uint64_t)n;
	bytes_add(&client->in, piece, (size_t)n);
	while (clients[number] == client && client->end.file && take(client))
		;
	return true;
}

/* ---- steps ----------------------------------------------------------------------------------- */

static bool dial(struct client *client)
{
	int error;
	struct file *file = stream_dial(doors[client->door], client->door > 0, client->uid, &error);

	if (!file) {
		client->wake = sim_now() + SECOND;
		return false;
	}
	end_open(&client->end, file, client->door == 2);
	client->end.as_go = client->number % 2;
	client->dialled = sim_now();
	client->faults_then = sim_faults;
	return true;
}

static bool is_time_to_leave(const struct client *client)
{
	if (client->leaving == LEAVE_TWICE)
		return (client->sending > client->reading || client->end.shut) &&
		       bytes_len(&client->end.out) == 0;
	return client->leaving != LEAVE_NEVER && client->moved >= client->leave_after;
}

/* Nothing is left to be sent, which it says; then it goes, whatever it is still to be told. */
static void shut_before_reset(struct client *client)
{
	client->leaving = LEAVE_RESET;
	client->leave_after = 0;
	client->wake = sim_now() + sim_below(3 * SECOND);
	for (unsigned i = 0; i < client->count; i++)
		client->plans[i]->excused = true;
	if (!client->end.shut)
		end_shut(&client->end);
}

static bool go_away(struct client *client)
{
	if (client->leaving == LEAVE_TWICE) {
		shut_before_reset(client);
		return true;
	}
	if (client->leaving == LEAVE_STALL) {
		client->leaving = LEAVE_NEVER;
		client->wake = sim_now() + sim_size(SECOND, 20 * SECOND);
		for (unsigned i = 0; i < client->count; i++)
			client->plans[i]->excused = true;
		return true;
	}
	if (client->leaving == LEAVE_SHUT && !client->head_sent &&
	    client->sending == client->reading)
		client->leaving = LEAVE_CLOSE; /* it waits for nothing */
	if (client->leaving == LEAVE_SHUT) {
		client->leaving = LEAVE_NEVER;
		for (unsigned i = 0; i < client->count; i++)
			client->plans[i]->excused = true;
		if (client->end.file && bytes_len(&client->end.out) == 0)
			end_shut(&client->end);
		return true;
	}
	leave(client);
	return true;
}

/* Whoever reads an answer may take its time; one that sends a request has limits. */
static uint64_t pause_of(const struct client *client)
{
	if (!client->pauses_long)
		return sim_size(1, client->pause_most);
	return client->phase == READ_HEAD || !client->upload_over ? 0
								  : sim_below(client->pause_most);
}

static void pause_a_while(struct client *client)
{
	if (client->pause_odds && sim_once_in(client->pause_odds))
		client->wake = sim_now() + pause_of(client);
}

static bool client_step(struct client *client)
{
	unsigned number = client->number;

	if (client->wake > sim_now())
		return false;
	if (!client->end.file)
		return dial(client);
	if (is_time_to_leave(client))
		return go_away(client);
	client_produce(client);
	size_t before = bytes_len(&client->end.out);
	bool did = sim_once_in(2) && end_write(&client->end, (size_t)sim_size(1, client->piece));

	client->moved +=
	    before - (bytes_len(&client->end.out) < before ? bytes_len(&client->end.out) : before);
	if (read_some(client))
		did = true;
	if (clients[number] != client)
		return true;
	if (did)
		pause_a_while(client);
	else
		did = end_write(&client->end, (size_t)sim_size(1, client->piece));
	return did;
}

bool clients_step(void)
{
	unsigned first = count ? (unsigned)sim_below(count) : 0;

	for (unsigned i = 0; i < count; i++) {
		struct client *client = clients[(first + i) % count];

		if (client && client_step(client))
			return true;
	}
	return false;
}

uint64_t clients_next(void)
{
	uint64_t next = UINT64_MAX;

	for (unsigned i = 0; i < count; i++) {
		const struct client *client = clients[i];

		if (!client)
			continue;
		if (client->wake > sim_now() && client->wake < next)
			next = client->wake;
		if (client->body_wait > sim_now() && client->body_wait < next)
			next = client->body_wait;
	}
	return next;
}

/* From now on nobody dawdles. */
void clients_calm(void)
{
	for (unsigned i = 0; i < count; i++) {
		if (!clients[i])
			continue;
		clients[i]->pause_odds = 0;
		clients[i]->piece = PIECE;
	}
}

/* Somebody waits for what never comes. */
void clients_complain(void)
{
	for (unsigned i = 0; i < count; i++) {
		const struct client *client = clients[i];
		const struct plan *plan = client ? client->plans[client->reading] : NULL;

		if (plan)
			sim_fail(
			    "client %u at %s waits for ever: request %u (%s), fault %d, %llu of "
			    "%llu bytes up, %llu of %llu down",
			    i, doors[client->door], plan->id, plan->kind->name, (int)plan->fault,
			    (unsigned long long)plan->up_got, (unsigned long long)plan->up_len,
			    (unsigned long long)plan->down_got, (unsigned long long)plan->down_len);
	}
	sim_fail("clients are left long after the last fault");
}

unsigned clients_left(void)
{
	return left;
}

bool clients_probed(void)
{
	return probed;
}

/* ---- the beginning and the end --------------------------------------------------------------- */

struct client *client_new(void)
{
	struct client *client = sim_alloc(sizeof(*client));

	if (count == CLIENTS_MOST)
		sim_fail("too many clients");
	client->number = count;
	clients[count++] = client;
	left++;
	client->piece = PIECE;
	return client;
}

void clients_begin(void)
{
	count = left = 0;
	probed = false;
}

void clients_end(void)
{
	clients_end_flood();
	for (unsigned i = 0; i < count; i++) {
		if (!clients[i])
			continue;
		for (unsigned j = 0; j < clients[i]->count; j++)
			clients[i]->plans[j]->excused |= !clients[i]->plans[j]->done;
		end_reset(&clients[i]->end);
		bytes_free(&clients[i]->in);
		sim_free(clients[i]);
		clients[i] = NULL;
	}
	count = left = 0;
}
