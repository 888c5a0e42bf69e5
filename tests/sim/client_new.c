/* SPDX-License-Identifier: Apache-2.0 */
/* Who comes, and the flood. */
#include "client.h"

/* What clients do that are not among the first kinds of seeds. */
static void choose_more(struct client *client)
{
	if (world_has_more() && sim_once_in(4))
		client->holds_until = sim_now() + sim_below(20 * SECOND);
	if (world_has_more() && knobs.slow && sim_once_in(3)) {
		client->pause_odds = 1 + (unsigned)sim_below(10);
		client->pause_most = 10 * SECOND;
		client->pauses_long = true;
	}
	if (!knobs.leaves_twice || knobs.tls_resets || !sim_once_in(3))
		return;
	client->leaving = LEAVE_TWICE;
	client->pipelines = false;
	if (sim_once_in(2))
		client->plans[0]->fault = DAEMON_HANGS;
}

static void add_usual(struct client *client)
{
	client->door = (unsigned)sim_below(knobs.tls ? 3 : 2);
	client->uid = (uint32_t)sim_below(4);
	client->count = 1 + (unsigned)sim_below(PLANS_EACH);
	for (unsigned i = 0; i < client->count; i++)
		client->plans[i] = knobs.tls_resets && i == 0 ? plan_upload() : plan_new();
	client->piece = (size_t)sim_size(knobs.piece_most > 64 ? 16 : 1, knobs.piece_most);
	client->pipelines = sim_once_in(4);
	client->last_is_close = sim_once_in(3);
	client->wake = sim_below(2 * SECOND);
	if (knobs.slow && sim_once_in(2)) {
		client->pause_odds = 1 + (unsigned)sim_below(40);
		client->pause_most = sim_size(MS, 10 * SECOND);
	}
	if (knobs.tls_resets) { /* with bytes under way, at any of them */
		client->door = 2;
		client->leaving = LEAVE_RESET;
		client->leave_after = sim_below(2 * client->plans[0]->up_len + 1);
		return;
	}
	if (!knobs.resets || !sim_once_in(2))
		return;
	client->leaving = (enum leaving)(1 + sim_below(LEAVE_STALL));
	client->leave_after = sim_size(0, 1 << 20);
}

void clients_add(void)
{
	struct client *client = client_new();

	add_usual(client);
	choose_more(client);
}

void clients_probe(void)
{
	struct client *client = client_new();

	client->probe = true;
	client->count = 1;
	client->last_is_close = true;
	client->plans[0] = plan_probe();
}

/* One that asks for a large container, as many do at once. */
void clients_add_creates(size_t size)
{
	struct client *client = client_new();

	client->uid = (uint32_t)sim_below(4);
	client->count = 1;
	client->plans[0] = plan_create(size);
	client->wake = sim_below(2 * SECOND);
}

/* ---- a flood: connections of one peer that ask for nothing ----------------------------------- */

#define FLOOD_MOST 40
#define FLOOD_UID 9

static struct end flood[FLOOD_MOST];
static uint64_t flood_wake;

void clients_flood(void)
{
	int error;
	struct end *end = &flood[sim_below(FLOOD_MOST)];

	if (!knobs.floods || dockerd_is_calm || flood_wake > sim_now())
		return;
	flood_wake = sim_now() + sim_size(1, 50 * MS);
	if (end->file) {
		if (sim_once_in(8))
			end_close(end);
		return;
	}
	struct file *file = stream_dial("/sim/run/a.sock", false, FLOOD_UID, &error);

	if (file)
		end_open(end, file, false);
}

void clients_end_flood(void)
{
	for (unsigned i = 0; i < FLOOD_MOST; i++)
		end_close(&flood[i]);
	flood_wake = 0;
}
