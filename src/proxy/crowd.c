/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/crowd.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/lock.h"

#define IDLE_MOST 65536u /* clients without a connection that are remembered */
#define SITE_BITS 64u    /* of an IPv6 address: what one client is given at the least */

struct crowd_peer {
	const char *name;     /* = |text|; a key that is looked for has another's */
	unsigned connections; /* 0: it is in the list of the idle */
	unsigned requests;
	size_t held;
	struct bucket bucket;
	uint32_t epoch;               /* of the rate that |bucket| is of */
	bool noisy;                   /* in that list */
	uint64_t quiet_until, unsaid; /* refusals since its last line, while it is noisy */
	uint64_t forget_at;           /* while it is idle: its bucket is full then */
	TAILQ_ENTRY(crowd_peer) idle_link, noisy_link;
	char text[];
};

TAILQ_HEAD(peer_list, crowd_peer);

struct crowd {
	struct lock lock; /* of all that is below; every function of the header takes it */
	struct limits limits;
	void *tree; /* of all peers with a name */
	unsigned connections, requests;
	size_t held;
	struct bucket bucket;
	uint32_t epoch;               /* counts changes of the rate of peers */
	struct peer_list idle, noisy; /* each in the order of its time */
	size_t idle_count;
	uint64_t refusals[CROWD_LIMIT_MAX];
	struct claims claims;
	struct crowd_peer nobody; /* stands for those that are not told apart */
};

const struct crowd_limit_info *crowd_limit_info(enum crowd_limit limit)
{
	static const struct crowd_limit_info rows[CROWD_LIMIT_MAX] = {
	    [CROWD_CONNECTIONS] = {"max_connections", 503, "too many connections"},
	    [CROWD_CONNECTIONS_PER_PEER] = {"max_connections_per_peer", 429,
		"too many connections of one peer"},
	    [CROWD_REQUESTS] = {"max_requests", 503, "too many requests under way"},
	    [CROWD_REQUESTS_PER_PEER] = {"max_requests_per_peer", 429,
		"too many requests of one peer under way"},
	    [CROWD_RATE] = {"max_rate", 503, "too many requests in this time"},
	    [CROWD_RATE_PER_PEER] = {"max_rate_per_peer", 429,
		"too many requests of one peer in this time"},
	    [CROWD_HELD] = {"max_held", 503, "too much is held for inspection"},
	    [CROWD_HELD_PER_PEER] = {"max_held_per_peer", 429,
		"too much of one peer is held for inspection"},
	};

	return &rows[limit];
}

void crowd_name_address(const struct ip *ip, char name[static CROWD_NAME_MAX])
{
	bool site = ip->len == IP_V6_BYTES;
	const struct ip first = site ? ip_prefix(ip, SITE_BITS) : *ip;
	char text[IP_TEXT_MAX];

	(void)snprintf(
	    name, CROWD_NAME_MAX, "address:%s%s", ip_format(&first, text), site ? "/64" : "");
}

/* ---- peers -------------------------------------------------------------------------------------
 */

static int compare(const void *one, const void *other)
{
	const struct crowd_peer *a = one, *b = other;

	return strcmp(a->name, b->name);
}

static struct crowd_peer *peer_find(const struct crowd *crowd, const char *who)
{
	const struct crowd_peer key = {.name = who};
	struct crowd_peer **node = tfind(&key, &crowd->tree, compare);

	return node ? *node : NULL;
}

static struct crowd_peer *peer_new(struct crowd *crowd, const char *who)
{
	size_t size = strlen(who) + 1;
	struct crowd_peer *peer = calloc(1, sizeof(*peer) + size);

	if (!peer)
		return NULL;
	memcpy(peer->text, who, size);
	peer->name = peer->text;
	peer->epoch = crowd->epoch;
	if (tsearch(peer, &crowd->tree, compare))
		return peer;
	free(peer);
	return NULL;
}

static void idle_remove(struct crowd *crowd, struct crowd_peer *peer)
{
	TAILQ_REMOVE(&crowd->idle, peer, idle_link);
	crowd->idle_count--;
}

/* What is not told of a client by its name is told of nobody. */
static void hush(struct crowd *crowd, struct crowd_peer *peer)
{
	struct crowd_peer *nobody = &crowd->nobody;

	TAILQ_REMOVE(&crowd->noisy, peer, noisy_link);
	nobody->unsaid += peer->unsaid;
	if (peer->unsaid == 0 || nobody->noisy)
		return;
	nobody->noisy = true;
	nobody->quiet_until = peer->quiet_until;
	TAILQ_INSERT_HEAD(&crowd->noisy, nobody, noisy_link);
}

static void peer_forget(struct crowd *crowd, struct crowd_peer *peer)
{
	if (peer->noisy)
		hush(crowd, peer);
	(void)tdelete(peer, &crowd->tree, compare);
	free(peer);
}

static void forget_idle(struct crowd *crowd, uint64_t now)
{
	struct crowd_peer *peer;

	while ((peer = TAILQ_FIRST(&crowd->idle)) &&
	       (peer->forget_at <= now || crowd->idle_count > IDLE_MOST)) {
		idle_remove(crowd, peer);
		peer_forget(crowd, peer);
	}
}

static uint64_t burst_of(const struct rate *rate, unsigned burst)
{
	return burst > 0 ? burst : rate->count;
}

/* It is remembered while its bucket is not full, or a new connection would mean a new bucket, and
 * while there may be more to tell of. */
static void peer_idles(struct crowd *crowd, struct crowd_peer *peer, uint64_t now)
{
	const struct limits *limits = &crowd->limits;
	uint64_t refill = bucket_refill(&limits->max_rate_per_peer,
	    burst_of(&limits->max_rate_per_peer, limits->max_burst_per_peer));

	if (refill == 0 && !peer->noisy) {
		peer_forget(crowd, peer);
		return;
	}
	peer->forget_at = now + (refill > CROWD_QUIET_MS ? refill : CROWD_QUIET_MS);
	TAILQ_INSERT_TAIL(&crowd->idle, peer, idle_link);
	crowd->idle_count++;
	forget_idle(crowd, now);
}

static struct crowd_peer *peer_join(struct crowd *crowd, const char *who)
{
	struct crowd_peer *peer = peer_find(crowd, who);

	if (peer && peer->connections == 0)
		idle_remove(crowd, peer);
	if (!peer)
		peer = peer_new(crowd, who);
	if (peer)
		peer->connections++;
	return peer;
}

static void peer_part(struct crowd *crowd, struct crowd_peer *peer, uint64_t now)
{
	if (--peer->connections == 0)
		peer_idles(crowd, peer, now);
}

/* ---- the crowd ---------------------------------------------------------------------------------
 */

struct crowd *crowd_new(const struct limits *limits, bool shared)
{
	struct crowd *crowd = calloc(1, sizeof(*crowd));

	if (!crowd)
		return NULL;
	crowd->lock = LOCK_INIT(shared);
	crowd->limits = *limits;
	crowd->nobody.name = "all";
	TAILQ_INIT(&crowd->idle);
	TAILQ_INIT(&crowd->noisy);
	TAILQ_INIT(&crowd->claims);
	return crowd;
}

void crowd_free(struct crowd *crowd)
{
	if (!crowd)
		return;
	tdestroy(crowd->tree, free);
	claims_free(&crowd->claims);
	free(crowd);
}

void crowd_set_limits(struct crowd *crowd, const struct limits *limits)
{
	LOCK_HOLD(&crowd->lock);
	const struct limits old = crowd->limits;
	struct crowd_peer *peer;

	crowd->limits = *limits;
	if (!rate_is(&old.max_rate, &limits->max_rate) || old.max_burst != limits->max_burst)
		crowd->bucket = (struct bucket){0};
	if (rate_is(&old.max_rate_per_peer, &limits->max_rate_per_peer) &&
	    old.max_burst_per_peer == limits->max_burst_per_peer)
		return;
	crowd->epoch++;
	TAILQ_FOREACH (peer, &crowd->idle, idle_link)
		peer->forget_at = peer->noisy ? peer->quiet_until : 0;
	forget_idle(crowd, 0);
}

bool crowd_knows_peers(const struct crowd *crowd)
{
	const struct limits *limits = &crowd->limits;

	return limits->max_connections_per_peer || limits->max_requests ||
	       limits->max_requests_per_peer || limits->max_rate.count ||
	       limits->max_rate_per_peer.count || limits->max_held_per_peer;
}

static bool is_over(size_t count, size_t most)
{
	return most > 0 && count > most;
}

static enum crowd_limit check_peer(const struct crowd *crowd, const struct crowd_peer *peer)
{
	unsigned most = crowd->limits.max_connections_per_peer;

	return most && (!peer || peer->connections > most) ? CROWD_CONNECTIONS_PER_PEER
							   : CROWD_FINE;
}

enum crowd_limit crowd_enter(struct crowd *crowd, struct crowd_seat *seat, const char *who)
{
	LOCK_HOLD(&crowd->lock);
	*seat = (struct crowd_seat){.peer = who ? peer_join(crowd, who) : NULL, .counted = true};
	crowd->connections++;
	if (is_over(crowd->connections, crowd->limits.max_connections))
		return CROWD_CONNECTIONS;
	return check_peer(crowd, seat->peer);
}

enum crowd_limit crowd_rename(
    struct crowd *crowd, struct crowd_seat *seat, const char *who, uint64_t now)
{
	LOCK_HOLD(&crowd->lock);
	struct crowd_peer *old = seat->peer;

	if (!seat->counted)
		return CROWD_FINE;
	if (old && strcmp(old->name, who) == 0)
		return CROWD_FINE;
	seat->peer = peer_join(crowd, who);
	if (seat->peer) {
		seat->peer->held += seat->held;
		seat->peer->requests += seat->busy;
	}
	if (old) {
		old->held -= seat->held;
		old->requests -= seat->busy;
		peer_part(crowd, old, now);
	}
	return check_peer(crowd, seat->peer);
}

/* ---- requests ----------------------------------------------------------------------------------
 */

static struct bucket *bucket_of(struct crowd *crowd, struct crowd_peer *peer)
{
	if (peer->epoch != crowd->epoch) {
		peer->epoch = crowd->epoch;
		peer->bucket = (struct bucket){0};
	}
	return &peer->bucket;
}

/* Takes a token of each bucket, or none. */
static enum crowd_limit check_rates(
    struct crowd *crowd, struct crowd_peer *peer, uint64_t now, uint64_t *ret_wait)
{
	const struct limits *limits = &crowd->limits;
	const struct rate *all = &limits->max_rate, *each = &limits->max_rate_per_peer;
	struct bucket *own = bucket_of(crowd, peer);

	*ret_wait = bucket_wait(own, each, burst_of(each, limits->max_burst_per_peer), now);
	if (*ret_wait > 0)
		return CROWD_RATE_PER_PEER;
	*ret_wait = bucket_wait(&crowd->bucket, all, burst_of(all, limits->max_burst), now);
	if (*ret_wait > 0)
		return CROWD_RATE;
	bucket_take(own, each, now);
	bucket_take(&crowd->bucket, all, now);
	return CROWD_FINE;
}

static struct crowd_peer *peer_of(struct crowd *crowd, const struct crowd_seat *seat)
{
	return seat->peer ? seat->peer : &crowd->nobody;
}

static enum crowd_limit take_place(struct crowd *crowd, struct crowd_seat *seat)
{
	const struct limits *limits = &crowd->limits;

	if (is_over(peer_of(crowd, seat)->requests + 1, limits->max_requests_per_peer))
		return CROWD_REQUESTS_PER_PEER;
	if (is_over(crowd->requests + 1, limits->max_requests))
		return CROWD_REQUESTS;
	seat->busy = true;
	crowd->requests++;
	if (seat->peer)
		seat->peer->requests++;
	return CROWD_FINE;
}

enum crowd_limit crowd_begin(
    struct crowd *crowd, struct crowd_seat *seat, uint64_t now, uint64_t *ret_wait)
{
	LOCK_HOLD(&crowd->lock);
	enum crowd_limit limit = check_rates(crowd, peer_of(crowd, seat), now, ret_wait);

	return limit == CROWD_FINE ? take_place(crowd, seat) : limit;
}

enum crowd_limit crowd_prepare(struct crowd *crowd, struct crowd_seat *seat)
{
	LOCK_HOLD(&crowd->lock);
	return take_place(crowd, seat);
}

static void end_request(struct crowd *crowd, struct crowd_seat *seat)
{
	claim_end(&crowd->claims, &seat->claims);
	if (!seat->busy)
		return;
	seat->busy = false;
	crowd->requests--;
	if (seat->peer)
		seat->peer->requests--;
}

void crowd_end(struct crowd *crowd, struct crowd_seat *seat)
{
	LOCK_HOLD(&crowd->lock);
	end_request(crowd, seat);
}

bool crowd_claim(struct crowd *crowd, struct crowd_seat *seat, struct span owner, unsigned kind,
    unsigned amount, uint64_t now, unsigned *ret_before)
{
	LOCK_HOLD(&crowd->lock);
	return claim_make(&crowd->claims, &seat->claims, owner, kind, amount, now, ret_before);
}

static enum crowd_limit hold(struct crowd *crowd, struct crowd_seat *seat, size_t from, size_t to)
{
	crowd->held += to - from;
	seat->held += to - from;
	if (seat->peer)
		seat->peer->held += to - from;
	if (seat->peer && is_over(seat->peer->held, crowd->limits.max_held_per_peer))
		return CROWD_HELD_PER_PEER;
	return is_over(crowd->held, crowd->limits.max_held) ? CROWD_HELD : CROWD_FINE;
}

enum crowd_limit crowd_hold(struct crowd *crowd, struct crowd_seat *seat, size_t from, size_t to)
{
	LOCK_HOLD(&crowd->lock);
	return hold(crowd, seat, from, to);
}

void crowd_leave(struct crowd *crowd, struct crowd_seat *seat, uint64_t now)
{
	LOCK_HOLD(&crowd->lock);
	if (!seat->counted)
		return;
	seat->counted = false;
	claim_leave(&crowd->claims, &seat->claims, now + CLAIM_LINGER_MS);
	end_request(crowd, seat);
	(void)hold(crowd, seat, seat->held, 0);
	crowd->connections--;
	if (seat->peer)
		peer_part(crowd, seat->peer, now);
	seat->peer = NULL;
}

/* ---- what is told of them ----------------------------------------------------------------------
 */

bool crowd_refused(
    struct crowd *crowd, const struct crowd_seat *seat, enum crowd_limit limit, uint64_t now)
{
	LOCK_HOLD(&crowd->lock);
	struct crowd_peer *peer = peer_of(crowd, seat);

	crowd->refusals[limit]++;
	if (peer->noisy) {
		peer->unsaid++;
		return false;
	}
	peer->noisy = true;
	peer->quiet_until = now + CROWD_QUIET_MS;
	TAILQ_INSERT_TAIL(&crowd->noisy, peer, noisy_link);
	return true;
}

/* Returns false when it had nothing to say. */
static bool end_of_quiet(
    struct crowd *crowd, struct crowd_peer *peer, struct crowd_report *ret_report)
{
	uint64_t count = peer->unsaid;

	TAILQ_REMOVE(&crowd->noisy, peer, noisy_link);
	peer->noisy = false;
	peer->unsaid = 0;
	if (count == 0)
		return false;
	(void)snprintf(ret_report->who, sizeof(ret_report->who), "%s", peer->name);
	ret_report->count = count;
	return true;
}

bool crowd_next_report(struct crowd *crowd, uint64_t now, struct crowd_report *ret_report)
{
	LOCK_HOLD(&crowd->lock);
	struct crowd_peer *peer;

	while ((peer = TAILQ_FIRST(&crowd->noisy)) && peer->quiet_until <= now) {
		if (end_of_quiet(crowd, peer, ret_report))
			return true;
	}
	forget_idle(crowd, now);
	return false;
}

bool crowd_has_reports(struct crowd *crowd)
{
	LOCK_HOLD(&crowd->lock);
	return !TAILQ_EMPTY(&crowd->noisy);
}

uint64_t crowd_refusals(struct crowd *crowd, enum crowd_limit limit)
{
	LOCK_HOLD(&crowd->lock);
	return crowd->refusals[limit];
}
