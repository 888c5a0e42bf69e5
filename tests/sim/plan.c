/* SPDX-License-Identifier: Apache-2.0 */
/* What each request is and what must come of it. */
#include "sim.h"

#include <stdio.h>

#define PLANS_MOST 512
#define NOISE 65536u

static struct plan plans[PLANS_MOST];
static unsigned count;
static unsigned char noise[NOISE];

#define KIB 1024u

static const struct plan_kind kinds[] = {
    {"ping", "GET", "/_ping", true, FRAME_NONE, FRAME_LENGTH, .down_most = 16},
    {"head", "HEAD", "/_ping", true, FRAME_NONE, FRAME_LENGTH, .head = true, .down_most = 16},
    {"list", "GET", "/v1.41/containers/json?all=1", true, FRAME_NONE, FRAME_CHUNKED,
	.down_most = 128 * KIB},
    {"inspect", "GET", "/v1.41/containers/r%u/json", true, FRAME_NONE, FRAME_LENGTH,
	.down_most = 16 * KIB},
    {"export", "GET", "/v1.41/containers/r%u/export", true, FRAME_NONE, FRAME_LENGTH,
	.down_most = 1024 * KIB, .drives = true},
    {"export chunked", "GET", "/v1.41/containers/r%u/export", true, FRAME_NONE, FRAME_CHUNKED,
	.down_most = 1024 * KIB, .drives = true},
    {"export to the close", "GET", "/v1.41/containers/r%u/export", true, FRAME_NONE, FRAME_CLOSE,
	.down_most = 512 * KIB, .drives = true},
    {"events", "GET", "/v1.41/events", true, FRAME_NONE, FRAME_CHUNKED, .down_most = 16 * KIB},
    {"wait", "POST", "/v1.41/containers/r%u/wait", true, FRAME_NONE, FRAME_LENGTH, .down_most = 64},
    {"create", "POST", "/v1.41/containers/create?name=r%u", true, FRAME_LENGTH, FRAME_LENGTH,
	.judged_by_body = true, .up_most = 96 * KIB, .down_most = 512},
    {"create chunked", "POST", "/v1.41/containers/create?name=r%u", true, FRAME_CHUNKED,
	FRAME_LENGTH, .judged_by_body = true, .up_most = 16 * KIB, .down_most = 512},
    {"privileged", "POST", "/v1.41/containers/create?name=r%u", false, FRAME_LENGTH, FRAME_LENGTH,
	.judged_by_body = true, .up_most = 32 * KIB},
    {"privileged chunked", "POST", "/v1.41/containers/create?name=r%u", false, FRAME_CHUNKED,
	FRAME_LENGTH, .judged_by_body = true, .up_most = 32 * KIB},
    {"put", "PUT", "/v1.41/containers/r%u/archive?path=/srv", true, FRAME_LENGTH, FRAME_LENGTH,
	.up_most = 1024 * KIB, .down_most = 16, .drives = true},
    {"put chunked", "PUT", "/v1.41/containers/r%u/archive?path=/srv", true, FRAME_CHUNKED,
	FRAME_LENGTH, .up_most = 1024 * KIB, .down_most = 16, .drives = true},
    {"load", "POST", "/v1.41/images/load", false, FRAME_LENGTH, FRAME_LENGTH,
	.up_most = 2048 * KIB},
    {"load chunked", "POST", "/v1.41/images/load", false, FRAME_CHUNKED, FRAME_LENGTH,
	.up_most = 256 * KIB},
    {"remove", "DELETE", "/v1.41/containers/r%u", false, FRAME_NONE, FRAME_LENGTH, .down_most = 0},
    {"attach", "POST", "/v1.41/containers/r%u/attach?stream=1&stdin=1&stdout=1", true, FRAME_TUNNEL,
	FRAME_TUNNEL, .up_most = 512 * KIB, .down_most = 1024 * KIB, .drives = true},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

char plan_byte(unsigned id, bool up, uint64_t at)
{
	uint64_t i = at + id * 7919u + (up ? 31337u : 0) + (at >> 16) * 131u;

	return (char)noise[i % NOISE];
}

void plan_fill(unsigned id, bool up, uint64_t at, char *into, size_t len)
{
	const struct plan *plan = plan_at(id);

	if (up && plan->kind->judged_by_body) {
		memcpy(into, plan->body.at + plan->body.begin + at, len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		into[i] = plan_byte(id, up, at + i);
}

void plan_check(const struct plan *plan, bool up, uint64_t at, const char *bytes, size_t len)
{
	bool judged = up && plan->kind->judged_by_body;

	if (at + len > (up ? plan->up_len : plan->down_len))
		sim_fail("request %u (%s): more bytes %s than were sent", plan->id,
		    plan->kind->name, up ? "up" : "down");
	for (size_t i = 0; i < len; i++) {
		char byte = judged ? plan->body.at[plan->body.begin + at + i]
				   : plan_byte(plan->id, up, at + i);

		if (bytes[i] != byte)
			sim_fail("request %u (%s): byte %llu %s is another", plan->id,
			    plan->kind->name, (unsigned long long)(at + i), up ? "up" : "down");
	}
}

void plans_begin(void)
{
	for (unsigned i = 0; i < NOISE; i += 8) {
		uint64_t eight = sim_random();

		memcpy(noise + i, &eight, 8);
	}
	count = 0;
}

void plans_end(void)
{
	for (unsigned i = 0; i < count; i++)
		bytes_free(&plans[i].body);
	count = 0;
}

unsigned plan_count(void)
{
	return count;
}

struct plan *plan_at(unsigned id)
{
	return id < count ? &plans[id] : NULL;
}

/* JSON of about |size| bytes: what is asked for stands at the end, behind all that is harmless. */
static void write_body(struct plan *plan, uint64_t size)
{
	struct bytes *body = &plan->body;

	bytes_add_format(
	    body, "{\"Image\":\"busybox\",\"Labels\":{\"sim\":\"%u\"},\"Env\":[\"A=b\"", plan->id);
	for (unsigned i = 0; bytes_len(body) < size; i++)
		bytes_add_format(body, ",\"V%u=%llx\"", i, (unsigned long long)sim_random());
	bytes_add_format(body, "],\"HostConfig\":{\"Memory\":4194304%s}}",
	    plan->permitted ? "" : ",\"Privileged\":true");
	plan->up_len = bytes_len(body);
}

static void choose_fault(struct plan *plan)
{
	static const enum daemon_fault faults[] = {
	    DAEMON_RESETS, DAEMON_CLOSES, DAEMON_LEAVES, DAEMON_TALKS_NONSENSE, DAEMON_HANGS};

	if (knobs.hang && sim_once_in(2))
		plan->fault = DAEMON_HANGS;
	if (!knobs.daemon_faults || !sim_once_in(4))
		return;
	plan->fault = faults[sim_below(sizeof(faults) / sizeof(faults[0]))];
	/* Where the end of the connection is all that tells of the answer's. */
	if ((plan->down == FRAME_CLOSE || plan->down == FRAME_TUNNEL) && sim_once_in(2))
		plan->fault = DAEMON_RESETS;
	plan->fault_at = sim_below(plan->down_len + 1);
}

static void choose_object(struct plan *plan)
{
	if (sim_once_in(3))
		plan->object = OBJECT_FORBIDDEN;
	else if (!knobs.strict && sim_once_in(3))
		plan->object =
		    (enum object)(OBJECT_MISSING + sim_below(OBJECT_COUNT - OBJECT_MISSING));
	if (plan->object == OBJECT_LARGE && knobs.piece_most < 64)
		plan->object = OBJECT_FAILS; /* megabytes in a few bytes each */
	/* The daemon says in the end what it is, when it hangs. */
	plan->permitted &= plan->object == OBJECT_FINE || plan->object == OBJECT_HANGS;
}

static uint64_t at_most(uint64_t size)
{
	return size < knobs.body_most ? size : knobs.body_most;
}

static struct plan *add(const struct plan_kind *kind, uint64_t up)
{
	struct plan *plan = &plans[count];

	if (count == PLANS_MOST)
		sim_fail("too many plans");
	*plan = (struct plan){.id = count++, .kind = kind, .permitted = kind->permitted};
	plan->up = kind->up;
	plan->down = kind->down;
	plan->up_len = up;
	plan->down_len = kind->down_most ? sim_size(0, at_most(kind->down_most)) : 0;
	plan->status = kind->down == FRAME_TUNNEL ? 101 : 200;
	if (kind->judged_by_body)
		write_body(plan, plan->up_len);
	if (knobs.lookups && kind->drives)
		choose_object(plan);
	return plan;
}

static struct plan *new_of(const struct plan_kind *kind, uint64_t up)
{
	struct plan *plan = add(kind, up);
	bool has_body = plan->up == FRAME_LENGTH || plan->up == FRAME_CHUNKED;

	plan->expect = has_body && sim_once_in(6);
	plan->early = has_body && !knobs.strict && sim_once_in(10);
	plan->close = sim_once_in(8);
	plan->closes_client = sim_once_in(8);
	plan->delay = sim_once_in(3) ? sim_size(0, 2 * SECOND) : 0;
	choose_fault(plan);
	return plan;
}

struct plan *plan_new(void)
{
	const struct plan_kind *kind = &kinds[sim_below(KINDS)];

	return new_of(kind, kind->up_most ? sim_size(0, at_most(kind->up_most)) : 0);
}

/* One that is long under way to the daemon. */
struct plan *plan_upload(void)
{
	static const char *const names[] = {"put", "put chunked", "attach", "load"};
	const char *name = names[sim_below(sizeof(names) / sizeof(names[0]))];
	const struct plan_kind *kind = kinds;

	while (strcmp(kind->name, name) != 0)
		kind++;
	return new_of(kind, at_most(kind->up_most));
}

struct plan *plan_probe(void)
{
	return add(&kinds[0], 0);
}

struct plan *plan_create(size_t size)
{
	struct plan *plan = add(&kinds[9], size);

	choose_fault(plan);
	return plan;
}

/* The request's head; |last|: the client asks for the end of the connection. */
void plan_head(struct plan *plan, struct bytes *out, bool last)
{
	bytes_add_format(out, "%s ", plan->kind->method);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
	bytes_add_format(out, plan->kind->target, plan->id);
#pragma GCC diagnostic pop
	bytes_add_format(out, " HTTP/1.1\r\nHost: docker\r\nX-Sim: %u\r\n", plan->id);
	if (plan->kind->judged_by_body)
		bytes_add_format(out, "Content-Type: application/json\r\n");
	if (plan->up == FRAME_LENGTH)
		bytes_add_format(out, "Content-Length: %llu\r\n", (unsigned long long)plan->up_len);
	if (plan->up == FRAME_CHUNKED)
		bytes_add_format(out, "Transfer-Encoding: chunked\r\n");
	if (plan->up == FRAME_TUNNEL)
		bytes_add_format(out, "Connection: Upgrade\r\nUpgrade: tcp\r\n");
	else if (last)
		bytes_add_format(out, "Connection: close\r\n");
	if (plan->expect)
		bytes_add_format(out, "Expect: 100-continue\r\n");
	bytes_add_format(out, "\r\n");
}

/* ---- at its end ------------------------------------------------------------------------------ */

static void must(const struct plan *plan, bool is, const char *what)
{
	if (!is)
		sim_fail(
		    "request %u (%s): %s; status %u%s, %llu of %llu bytes down, %llu of %llu up",
		    plan->id, plan->kind->name, what, plan->answer,
		    plan->own ? " of sockwarden" : "", (unsigned long long)plan->down_got,
		    (unsigned long long)plan->down_len, (unsigned long long)plan->up_got,
		    (unsigned long long)plan->up_len);
}

void plan_judge(struct plan *plan)
{
	must(plan, !plan->own || plan->answer >= 400, "sockwarden answered as if all were well");
	must(plan, plan->forwarded < 2, "it was sent twice");
	must(plan, !plan->forwarded || !knobs.lookups || !plan->kind->drives || plan->looked_up,
	    "it was sent before its container was looked up");
	if (plan->up_whole && !(plan->up == FRAME_TUNNEL && plan->excused))
		must(plan, plan->up_got == plan->up_len,
		    "a request that was cut short looked whole");
	if (plan->done && !plan->own && !plan->kind->head)
		must(plan, plan->down_got == plan->down_len || plan->cut,
		    "an answer that was cut short looked whole");
	if (knobs.hang && plan->own && (plan->answer == 503 || plan->answer == 429))
		return; /* too much was held */
	if (plan->excused || plan->fault != DAEMON_FINE)
		return;
	must(plan, plan->done, "it got no whole answer");
	if (plan->object > OBJECT_FORBIDDEN && plan->object != OBJECT_HANGS) {
		must(plan, plan->answer >= 400, "nothing was known of its container");
		return;
	}
	if (!plan->permitted) {
		must(plan, plan->own && plan->answer == 403, "it was not refused");
		return;
	}
	must(plan, !plan->own && plan->answer == plan->status, "the daemon's answer did not come");
	/* Behind a client that has gone altogether there may be no room for the record that ends.
	 */
	bool ended = plan->up_whole || (knobs.tls_upstream && plan->up == FRAME_TUNNEL &&
					   plan->up_got == plan->up_len);

	/* Of a tunnel that its client has left the rest may meet a fault that nobody is told of. */
	if (plan->up == FRAME_TUNNEL && !ended && plan->faults_then != sim_faults)
		return;
	must(plan, plan->early || ended || plan->up == FRAME_NONE,
	    "the daemon did not get all of it");
}

void plans_judge(void)
{
	for (unsigned i = 0; i < count; i++) {
		if (plans[i].begun)
			plan_judge(&plans[i]);
	}
}
