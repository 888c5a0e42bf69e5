/* SPDX-License-Identifier: Apache-2.0 */
/* Clients: who asked, by which listener and under which policy. */
#include "report/parts.h"

static const char *keep_name(struct report *report, const char *name)
{
	char room[NAME_BYTES];

	copy_cut(room, sizeof(room), name);
	return arena_copy(&report->kept, span_of(room));
}

static void *keep_zeroed(struct report *report, size_t size)
{
	void *room = arena_alloc(&report->kept, size);

	return room ? memset(room, 0, size) : NULL;
}

/* Clients are told apart by what is kept of their names. */
static bool is_client(const struct client *client, uint64_t hash, const char *listener,
    const char *policy, const char *identity)
{
	return client->hash == hash && strcmp(client->listener, listener) == 0 &&
	       strcmp(client->policy, policy) == 0 && strcmp(client->identity, identity) == 0;
}

static struct client *new_client(struct report *report, unsigned index, const char *listener,
    const char *policy, const char *identity)
{
	struct client *client = keep_zeroed(report, sizeof(*client));

	if (!client)
		return NULL;
	client->index = index;
	client->listener = keep_name(report, listener);
	client->policy = keep_name(report, policy);
	client->identity = keep_name(report, identity);
	client->uses = keep_zeroed(report, (report->operations + 1) * sizeof(*client->uses));
	if (!client->listener || !client->policy || !client->identity || !client->uses)
		return NULL;
	report->clients[index] = client;
	return client;
}

static struct client *others(struct report *report)
{
	struct client *client = report->clients[CLIENTS_MOST];

	return client ? client : new_client(report, CLIENTS_MOST, "", "", "others");
}

/* Where the configuration is known, the lines of its policy are made ready. */
static struct client *add_client(struct report *report, uint64_t hash, const char *listener,
    const char *policy, const char *identity)
{
	struct client *client;

	if (report->client_count == CLIENTS_MOST)
		return others(report);
	client = new_client(report, report->client_count, listener, policy, identity);
	if (!client)
		return NULL;
	client->hash = hash;
	if (report->options->known && policy[0]) {
		client->policy_uses = policy_uses_of(report, client->policy);
		if (!client->policy_uses)
			return NULL;
	}
	report->client_count++;
	return client;
}

struct client *client_of(struct report *report, const cJSON *line)
{
	char listener[NAME_BYTES], policy[NAME_BYTES], identity[NAME_BYTES];

	copy_cut(listener, sizeof(listener), audit_line_text(line, "listener"));
	copy_cut(policy, sizeof(policy), audit_line_text(line, "policy"));
	read_identity(line, identity);
	uint64_t hash = hash_text(HASH_START, span_of(listener));

	hash = hash_text(hash_text(hash, span_of(policy)), span_of(identity));
	if (report->last_client && is_client(report->last_client, hash, listener, policy, identity))
		return report->last_client;
	for (unsigned i = 0; i < report->client_count; i++) {
		if (is_client(report->clients[i], hash, listener, policy, identity))
			return report->last_client = report->clients[i];
	}
	return add_client(report, hash, listener, policy, identity);
}

/* ---- what it used ------------------------------------------------------------------------------
 */

static void count_need(struct client *client, const cJSON *need)
{
	const char *key = audit_line_text(need, "key");
	enum grant grant = grant_from(span_of(key));

	if (grant == GRANT_NONE)
		return;
	client->grants[grant]++;
	client->on_host[grant] += cJSON_IsTrue(audit_line_member(need, "host")) != 0;
}

static void count_needs(const struct request *request)
{
	const cJSON *needs = audit_line_member(request->line, "needs"), *need;

	if (!needs)
		request->client->without_needs++;
	cJSON_ArrayForEach (need, needs)
		count_need(request->client, need);
}

int client_count(struct report *report, const struct request *request)
{
	struct use *use = &request->client->uses[operation_index(request->operation)];

	if (request->denied || request->would_deny) {
		use->refused++;
		request->client->reasons[reason_of(request->line)]++;
	} else {
		use->permitted++;
	}
	if (request->denied)
		return 0;
	count_needs(request);
	return policy_count(report, request);
}
