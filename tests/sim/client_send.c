/* SPDX-License-Identifier: Apache-2.0 */
/* What clients send. */
#include "client.h"

static void add_body(struct client *client, struct plan *plan)
{
	char piece[PIECE];
	uint64_t rest = plan->up_len - plan->up_sent;
	size_t len = (size_t)sim_size(1, PIECE);

	if (len > rest)
		len = (size_t)rest;
	plan_fill(plan->id, true, plan->up_sent, piece, len);
	if (plan->up == FRAME_CHUNKED && len)
		bytes_add_format(&client->end.out, "%zx\r\n", len);
	bytes_add(&client->end.out, piece, len);
	if (plan->up == FRAME_CHUNKED && len)
		bytes_add(&client->end.out, "\r\n", 2);
	plan->up_sent += len;
	if (plan->up_sent < plan->up_len)
		return;
	if (plan->up == FRAME_CHUNKED)
		bytes_add(&client->end.out, "0\r\n\r\n", 5);
	client->upload_over = true;
}

static void begin_request(struct client *client, struct plan *plan)
{
	plan->begun = true;
	plan->faults_then = client->faults_then;
	plan->excused |= world_is_stopping();
	plan_head(
	    plan, &client->end.out, client->last_is_close && client->sending + 1 == client->count);
	client->head_sent = true;
	client->upload_over =
	    plan->up == FRAME_NONE || (plan->up_len == 0 && plan->up == FRAME_LENGTH);
	client->may_send_body = !plan->expect && plan->up != FRAME_TUNNEL;
	client->body_wait = sim_now() + sim_below(3 * SECOND);
	sim_trace("client %u asks %u: %s (%llu up, %llu down, fault %d)", client->number, plan->id,
	    plan->kind->name, (unsigned long long)plan->up_len, (unsigned long long)plan->down_len,
	    (int)plan->fault);
}

static void end_request(struct client *client, struct plan *plan)
{
	if (plan->up == FRAME_TUNNEL) {
		if (bytes_len(&client->end.out) == 0 && !client->end.shut &&
		    client->holds_until <= sim_now())
			end_shut(&client->end);
		return;
	}
	client->sending++;
	client->head_sent = false;
}

/* Makes the next bytes to be sent. */
void client_produce(struct client *client)
{
	struct plan *plan = client->sending < client->count ? client->plans[client->sending] : NULL;

	if (!plan || bytes_len(&client->end.out) >= PIECE || client->end.shut)
		return;
	if (!client->head_sent) {
		bool first = client->sending == client->reading;

		if (first || client->pipelines)
			begin_request(client, plan);
		return;
	}
	if (client->upload_over) {
		end_request(client, plan);
		return;
	}
	if (plan->expect && sim_now() >= client->body_wait)
		client->may_send_body = true;
	if (client->may_send_body)
		add_body(client, plan);
}
