/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/claim.h"

#include <stdlib.h>
#include <string.h>

struct claim {
	TAILQ_ENTRY(claim) link;
	struct claim *next; /* of the same request */
	uint64_t until;     /* 0: the request is under way */
	unsigned kind, amount;
	size_t owner_len;
	char owner[];
};

static bool is_of(const struct claim *claim, struct span owner, unsigned kind)
{
	return claim->kind == kind &&
	       span_equal((struct span){claim->owner, claim->owner_len}, owner);
}

static struct claim *find(struct claim *claim, struct span owner, unsigned kind)
{
	while (claim && !is_of(claim, owner, kind))
		claim = claim->next;
	return claim;
}

static struct claim *add(
    struct claims *claims, struct claim **mine, struct span owner, unsigned kind)
{
	struct claim *claim = calloc(1, sizeof(*claim) + owner.len);

	if (!claim)
		return NULL;
	claim->kind = kind;
	claim->owner_len = owner.len;
	memcpy(claim->owner, owner.at, owner.len);
	claim->next = *mine;
	*mine = claim;
	TAILQ_INSERT_TAIL(claims, claim, link);
	return claim;
}

static void forget_old(struct claims *claims, uint64_t now)
{
	struct claim *claim = TAILQ_FIRST(claims), *next;

	for (; claim; claim = next) {
		next = TAILQ_NEXT(claim, link);
		if (claim->until == 0 || claim->until > now)
			continue;
		TAILQ_REMOVE(claims, claim, link);
		free(claim);
	}
}

/* Who claimed before does not know of what is claimed now: one that grows goes behind them. */
bool claim_make(struct claims *claims, struct claim **mine, struct span owner, unsigned kind,
    unsigned amount, uint64_t now, unsigned *ret_before)
{
	struct claim *claim = find(*mine, owner, kind);
	unsigned before = 0;

	forget_old(claims, now);
	if (!claim)
		claim = add(claims, mine, owner, kind);
	if (!claim)
		return false;
	if (amount > claim->amount) {
		TAILQ_REMOVE(claims, claim, link);
		TAILQ_INSERT_TAIL(claims, claim, link);
	}
	claim->amount = amount;
	for (const struct claim *c = TAILQ_FIRST(claims); c != claim; c = TAILQ_NEXT(c, link))
		before += is_of(c, owner, kind) ? c->amount : 0;
	*ret_before = before;
	return true;
}

void claim_end(struct claims *claims, struct claim **mine)
{
	while (*mine) {
		struct claim *claim = *mine;

		*mine = claim->next;
		TAILQ_REMOVE(claims, claim, link);
		free(claim);
	}
}

/* One of the same that is nobody's and ends at the same time. */
static struct claim *find_left(struct claims *claims, const struct claim *claim, uint64_t until)
{
	const struct span owner = {claim->owner, claim->owner_len};
	struct claim *left;

	TAILQ_FOREACH (left, claims, link) {
		if (left->until == until && is_of(left, owner, claim->kind))
			return left;
	}
	return NULL;
}

static void leave(struct claims *claims, struct claim *claim, uint64_t until)
{
	struct claim *left = find_left(claims, claim, until);

	if (!left) {
		claim->until = until;
		return;
	}
	left->amount += claim->amount;
	TAILQ_REMOVE(claims, claim, link);
	free(claim);
}

void claim_leave(struct claims *claims, struct claim **mine, uint64_t until)
{
	until += CLAIM_STEP_MS - 1 - (until + CLAIM_STEP_MS - 1) % CLAIM_STEP_MS;
	while (*mine) {
		struct claim *claim = *mine;

		*mine = claim->next;
		leave(claims, claim, until);
	}
}

void claims_free(struct claims *claims)
{
	struct claim *claim;

	while ((claim = TAILQ_FIRST(claims))) {
		TAILQ_REMOVE(claims, claim, link);
		free(claim);
	}
}
