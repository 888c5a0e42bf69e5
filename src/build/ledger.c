/* SPDX-License-Identifier: Apache-2.0 */
#include "build/ledger.h"

#include <stdlib.h>

#include "base/lock.h"

#define BUCKETS 4096u
#define CLIENT_NAME_MOST 384 /* of a label of a connection */

struct owner;

struct entry {
	struct entry *next;          /* in the bucket */
	struct entry *older, *newer; /* of the owner's */
	struct owner *owner;
	enum docker_claim kind;
	unsigned holds;
	size_t id_len;
	char id[LEDGER_ID_MOST];
};

struct owner {
	struct owner *next;
	struct entry *oldest, *newest;
	unsigned count;
	size_t name_len;
	char name[CLIENT_NAME_MOST];
};

struct mediator_owned {
	struct lock lock;
	struct entry *buckets[BUCKETS];
	struct owner *owners;
	unsigned owner_count;
};

struct mediator_owned *mediator_owned_new(void)
{
	struct mediator_owned *owned = calloc(1, sizeof(*owned));

	if (owned)
		owned->lock = LOCK_INIT(true);
	return owned;
}

void mediator_owned_free(struct mediator_owned *owned)
{
	if (!owned)
		return;
	for (struct owner *owner = owned->owners, *next; owner; owner = next) {
		for (struct entry *entry = owner->oldest, *newer; entry; entry = newer) {
			newer = entry->newer;
			free(entry);
		}
		next = owner->next;
		free(owner);
	}
	free(owned);
}

/* ---- entries -----------------------------------------------------------------------------------
 */

static struct entry **bucket_of(
    struct mediator_owned *owned, enum docker_claim kind, struct span id)
{
	static const uint64_t offset = UINT64_C(0xcbf29ce484222325),
			      prime = UINT64_C(0x100000001b3);
	uint64_t hash = offset ^ kind;

	for (size_t i = 0; i < id.len; i++)
		hash = (hash ^ (unsigned char)id.at[i]) * prime;
	return &owned->buckets[hash % BUCKETS];
}

static struct entry *entry_find(
    struct mediator_owned *owned, enum docker_claim kind, struct span id)
{
	struct entry *entry = *bucket_of(owned, kind, id);

	while (entry &&
	       (entry->kind != kind || !span_equal((struct span){entry->id, entry->id_len}, id)))
		entry = entry->next;
	return entry;
}

static void entry_unlink(struct entry *entry)
{
	struct owner *owner = entry->owner;

	*(entry->older ? &entry->older->newer : &owner->oldest) = entry->newer;
	*(entry->newer ? &entry->newer->older : &owner->newest) = entry->older;
	entry->older = entry->newer = NULL;
	owner->count--;
}

static void entry_link(struct owner *owner, struct entry *entry)
{
	entry->owner = owner;
	entry->older = owner->newest;
	*(owner->newest ? &owner->newest->newer : &owner->oldest) = entry;
	owner->newest = entry;
	owner->count++;
}

static void entry_free(struct mediator_owned *owned, struct entry *entry)
{
	struct entry **at = bucket_of(owned, entry->kind, (struct span){entry->id, entry->id_len});

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	entry_unlink(entry);
	free(entry);
}

/* ---- owners ------------------------------------------------------------------------------------
 */

static struct owner *owner_find(const struct mediator_owned *owned, struct span name)
{
	struct owner *owner = owned->owners;

	while (owner && !span_equal((struct span){owner->name, owner->name_len}, name))
		owner = owner->next;
	return owner;
}

static bool owner_is_idle(const struct owner *owner)
{
	const struct entry *entry = owner->oldest;

	while (entry && entry->holds == 0)
		entry = entry->newer;
	return entry == NULL;
}

/* Forgets one owner that has nothing in use. */
static bool owner_evict(struct mediator_owned *owned)
{
	struct owner **at = &owned->owners, **last = NULL;

	for (; *at; at = &(*at)->next) {
		if (owner_is_idle(*at))
			last = at; /* the one that came first */
	}
	if (!last)
		return false;
	struct owner *owner = *last;

	while (owner->oldest)
		entry_free(owned, owner->oldest);
	*last = owner->next;
	free(owner);
	owned->owner_count--;
	return true;
}

static struct owner *owner_of(struct mediator_owned *owned, struct span name)
{
	struct owner *owner = owner_find(owned, name);

	if (owner || name.len > CLIENT_NAME_MOST)
		return owner;
	if (owned->owner_count >= LEDGER_CLIENTS_MOST && !owner_evict(owned))
		return NULL;
	owner = calloc(1, sizeof(*owner));
	if (!owner)
		return NULL;
	memcpy(owner->name, name.at, name.len);
	owner->name_len = name.len;
	owner->next = owned->owners;
	owned->owners = owner;
	owned->owner_count++;
	return owner;
}

/* Makes room for one more id. */
static bool owner_make_room(struct mediator_owned *owned, struct owner *owner)
{
	struct entry *entry = owner->oldest;

	if (owner->count < LEDGER_IDS_MOST)
		return true;
	while (entry && entry->holds > 0)
		entry = entry->newer;
	if (entry)
		entry_free(owned, entry);
	return entry != NULL;
}

/* ---- claims ------------------------------------------------------------------------------------
 */

static struct entry *entry_new(
    struct mediator_owned *owned, struct owner *owner, enum docker_claim kind, struct span id)
{
	struct entry **bucket = bucket_of(owned, kind, id);
	struct entry *entry;

	if (!owner_make_room(owned, owner))
		return NULL;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->kind = kind;
	memcpy(entry->id, id.at, id.len);
	entry->id_len = id.len;
	entry->next = *bucket;
	*bucket = entry;
	entry_link(owner, entry);
	return entry;
}

bool ledger_claim(struct mediator_owned *owned, struct span client, enum docker_claim kind,
    struct span id, bool held)
{
	if (id.len == 0 || id.len > LEDGER_ID_MOST)
		return false;
	LOCK_HOLD(&owned->lock);
	struct owner *owner = owner_of(owned, client);
	struct entry *entry = entry_find(owned, kind, id);

	if (!owner || (entry && entry->owner != owner))
		return false;
	if (!entry) {
		entry = entry_new(owned, owner, kind, id);
		if (!entry)
			return false;
	} else {
		entry_unlink(entry);
		entry_link(owner, entry);
	}
	entry->holds += held;
	return true;
}

void ledger_drop(
    struct mediator_owned *owned, struct span client, enum docker_claim kind, struct span id)
{
	LOCK_HOLD(&owned->lock);
	struct entry *entry = entry_find(owned, kind, id);

	if (entry && entry->holds > 0 &&
	    span_equal((struct span){entry->owner->name, entry->owner->name_len}, client))
		entry->holds--;
}
