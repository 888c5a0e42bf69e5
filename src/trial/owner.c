/* SPDX-License-Identifier: Apache-2.0 */
/* Policies with owners: who the client is, what is sent in place of what it wrote, and what it is
 * told of objects that are not its own. */
#include "trial/parts.h"

#define NOBODY "sockwarden.nobody.has.this.name"
#define ABSENT_MOST 8192u /* bytes of an answer about a missing object */

void trial_tell_owner(struct trial *trial, const struct trial_basis *basis)
{
	static const struct policy_client sample = {SPAN("cn"), SPAN("0"), SPAN("container")};
	const struct policy_client *client = basis->client ? basis->client : &sample;
	struct policy_tenancy *tenancy = trial->ask.tenancy;
	char *owner = arena_alloc(&trial->arena, POLICY_OWNER_MOST + 1);
	struct span key = policy_owner_label(basis->policy);
	/* a copy: it is used while the daemon is asked, when the policy may go */
	char *kept = arena_copy(&trial->arena, key);

	if (!tenancy)
		tenancy = arena_alloc(&trial->arena, sizeof(*tenancy));
	trial->ask.tenancy = NULL;
	trial->has_owner = policy_has_owner(basis->policy);
	trial->hidden = false;
	if (!tenancy || !owner || !kept)
		return;
	tenancy->edit_count = 0;
	tenancy->repeats = false;
	tenancy->api = 0;
	tenancy->absent.kind = OBJECT_NONE;
	tenancy->owner = (struct span){NULL, 0};
	tenancy->key = (struct span){kept, key.len};
	if (trial->has_owner && policy_owner_write(basis->policy, client, owner))
		tenancy->owner = span_of(owner);
	trial->ask.tenancy = tenancy;
}

bool trial_amend(struct trial *trial, const struct trial_basis *basis)
{
	struct policy_amended amended;

	if (policy_amend(basis->policy, &trial->ask, trial->body, &trial->json, &trial->arena,
		&amended, &trial->decision) < 0)
		return false;
	trial->ask.query = trial->target.query = amended.query;
	trial->ask.query_count = trial->target.query_count = amended.query_count;
	trial->body = amended.body;
	if (trial->ask.tenancy->api > 0) {
		trial->target.api_major = 1;
		trial->target.api_minor = trial->ask.tenancy->api;
	}
	return true;
}

bool trial_begin_hidden(struct trial *trial, const struct trial_basis *basis)
{
	const struct policy_tenancy *tenancy = trial->ask.tenancy;
	struct trial_objects *objects = trial->objects;

	if (!tenancy || tenancy->absent.kind == OBJECT_NONE || !objects || basis->trace)
		return false;
	objects->wanted[0] = tenancy->absent;
	objects->wanted[0].name = SPAN(NOBODY);
	objects->wanted_count = 1;
	objects->at = 0;
	trial->hidden = true;
	return true;
}

/* Adds |text| with |name| wherever the name that nobody has stands. */
static void add_renamed(struct buf *out, struct span text, struct span name)
{
	while (text.len > 0) {
		if (span_cut_prefix(&text, SPAN(NOBODY))) {
			buf_add(out, name);
			continue;
		}
		buf_add_char(out, text.at[0]);
		text = span_from(text, 1);
	}
}

enum trial_state trial_answer_hidden(struct trial *trial, unsigned status, struct span body)
{
	struct error err;
	const cJSON *json = json_parse(body, &trial->json, &trial->arena, &err);
	struct span message = json_text(json, "message");
	struct buf text;

	buf_init(&text, ABSENT_MOST);
	if (status < 400 || message.len == 0)
		message = SPAN("no such object: " NOBODY);
	add_renamed(&text, message, trial->ask.tenancy->absent.name);
	const char *copy = text.failed ? NULL : arena_copy(&trial->arena, buf_span(&text));

	trial->absent = (struct trial_absent){404, copy ? copy : "no such object"};
	buf_free(&text);
	return TRIAL_ABSENT;
}
