/* SPDX-License-Identifier: Apache-2.0 */
/* The world of one seed: what there is in it, whose turn it is, what goes wrong and when, and what
 * must hold when all is over. */
#include "sim.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/room.h"
#include "proxy/server.h"

int cmd_run(int argc, char **argv);
void clock_jump(int64_t seconds);

#define DESCRIPTORS 900u
#define DRAIN_MOST (10u * SECOND) /* no limit of time may be what removes a dead connection */
#define STOP_MOST (60u * SECOND)
#define RUN_MOST (120u * SECOND)  /* then the faults end, whoever is left */
#define CALM_MOST (300u * SECOND) /* then whoever is left is stuck */
#define STEPS_MOST 4000000u
#define CHECK_EACH 64u /* steps */
#define AUDIT "/sim/audit.log"
#define LOOKUP_US (10u * SECOND) /* a name server that does not answer */
#define POOL_DESCRIPTORS 16u     /* pipes that are kept ready */
#define ALIVE_MOST (3u * SECOND) /* told once a second, and asked of workers the time before */
#define MAX_HELD (1u << 20)
#define MEMORY_MOST (6u << 20) /* beyond what a quiet server has, with |MAX_HELD| */

enum world_phase { PHASE_START, PHASE_RUN, PHASE_CALM, PHASE_DRAIN, PHASE_STOP };

uint64_t sim_faults;

static struct world {
	uint64_t chance, now;
	enum world_phase phase;
	uint64_t phase_since, steps;
	uint64_t next_event, memory_until, descriptors_until, disk_until, stop_at;
	unsigned base_descriptors;
	size_t base_memory;
	struct run run, base, asked;
	struct server *server;
	const char *directory;
	bool intruding;
	uint64_t told_alive; /* the service manager */
} world;

/* ---- chance and time ------------------------------------------------------------------------- */

uint64_t sim_random(void)
{
	uint64_t x = world.chance += 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

uint64_t sim_below(uint64_t n)
{
	return n ? sim_random() % n : 0;
}

bool sim_once_in(uint64_t n)
{
	return n && sim_below(n) == 0;
}

uint64_t sim_size(uint64_t least, uint64_t most)
{
	unsigned bits = 0;

	if (most <= least)
		return least;
	while (bits < 63 && ((uint64_t)1 << bits) <= most - least)
		bits++;
	uint64_t size = sim_below((uint64_t)1 << sim_below(bits + 1));

	return least + (size > most - least ? most - least : size);
}

bool world_has_more(void)
{
	return world.run.seed >= WORKERS_FROM;
}

uint64_t sim_now(void)
{
	return world.now;
}

void sim_pass(uint64_t microseconds)
{
	world.now += microseconds;
}

/* ---- what may happen ------------------------------------------------------------------------- */

static void reload(void)
{
	write_config(world.directory);
	sim_signal(SIGHUP);
	sim_trace("a reload");
}

static void fault_windows(void)
{
	if (knobs.out_of_memory && sim_once_in(2)) {
		sim_memory_faults(2 + sim_below(30), 0);
		world.memory_until = world.now + sim_size(MS, SECOND);
		sim_trace("memory is short");
	}
	if (knobs.out_of_descriptors && sim_once_in(2)) {
		kernel_limit(kernel_open_count() + (unsigned)sim_below(6));
		world.descriptors_until = world.now + sim_size(MS, 3 * SECOND);
		sim_trace("descriptors are short");
	}
	if (knobs.worker_hangs && sim_once_in(4))
		threads_hang(sim_size(SECOND, 20 * SECOND));
	if (knobs.disk_full && sim_once_in(2)) {
		disk_at(AUDIT)->room = (size_t)sim_below(600);
		world.disk_until = world.now + sim_size(MS, 3 * SECOND);
		sim_trace("the disk is full");
	}
}

static void end_windows(bool at_once)
{
	if (world.memory_until && (at_once || world.memory_until <= world.now)) {
		sim_memory_faults(0, 0);
		world.memory_until = 0;
	}
	if (world.descriptors_until && (at_once || world.descriptors_until <= world.now)) {
		kernel_limit(DESCRIPTORS);
		world.descriptors_until = 0;
	}
	if (world.disk_until && (at_once || world.disk_until <= world.now)) {
		disk_at(AUDIT)->room = SIZE_MAX;
		world.disk_until = 0;
	}
}

static void something_happens(void)
{
	world.next_event = world.now + sim_size(MS, 4 * SECOND);
	fault_windows();
	if (knobs.restarts && sim_once_in(6))
		dockerd_restart();
	if (knobs.reloads && sim_once_in(3))
		reload();
	if (knobs.clock_jumps && sim_once_in(3))
		clock_jump((int64_t)sim_below(2000000) - 1000000);
	if (knobs.stop_early && sim_once_in(6) && !world.stop_at) {
		world.stop_at = world.now;
		sim_faults++;
		sim_signal(SIGTERM);
		sim_trace("SIGTERM");
	}
}

/* ---- whose turn it is ------------------------------------------------------------------------ */

static void enter(enum world_phase phase)
{
	world.phase = phase;
	world.phase_since = world.now;
	sim_trace("phase %d", (int)phase);
}

static void start(void)
{
	world.base_descriptors = kernel_open_count();
	world.base_memory = sim_memory.bytes;
	world.base.allocation = sim_memory.calls;
	world.base.descriptor = kernel_opened;
	sim_memory.most = sim_memory.bytes;
	sim_memory_faults(0, world.run.allocation);
	kernel_fails_at = world.run.descriptor;
	for (unsigned i = 0; i < knobs.clients; i++)
		clients_add();
	for (unsigned i = 0; knobs.hang && i < 50; i++)
		clients_add_creates(400 * 1024);
	world.next_event = world.now + sim_size(MS, SECOND);
	enter(PHASE_RUN);
}

static void calm(void)
{
	end_windows(true);
	sim_memory_faults(0, 0);
	kernel_fails_at = 0;
	world.asked.allocation = sim_memory.calls - world.base.allocation;
	world.asked.descriptor = kernel_opened - world.base.descriptor;
	threads_hang_no_more();
	dockerd_calm();
	clients_calm();
	clients_probe();
	enter(PHASE_CALM);
}

/* Of all workers. */
static size_t conn_count(void)
{
	size_t count = 0;

	for (const struct server *server = world.server; server; server = server->next)
		count += server_conn_count(server);
	return count;
}

static void check_drained(void)
{
	if (conn_count() == 0 &&
	    kernel_open_count() <= world.base_descriptors + POOL_DESCRIPTORS * knobs.workers) {
		enter(PHASE_STOP);
		sim_signal(SIGTERM);
		return;
	}
	if (world.now - world.phase_since > DRAIN_MOST)
		sim_fail("%zu connections and %u descriptors are left when all clients have gone",
		    conn_count(), kernel_open_count() - world.base_descriptors);
}

/* Those that the daemon keeps waiting, or that a fault has stopped, are waited for until the faults
 * are over: what does not go on then never will. */
static bool faults_are_over(void)
{
	uint64_t most = knobs.hang ? 20 * SECOND : knobs.daemon_faults ? 60 * SECOND : RUN_MOST;

	return clients_left() == 0 || world.now - world.phase_since > most;
}

/* ---- the service manager: it hears each second that all is well, and not when a worker hangs --
 */

void world_told(const char *state)
{
	uint64_t since = threads_hang_since();

	if (strcmp(state, "WATCHDOG=1") != 0)
		return;
	world.told_alive = world.now;
	if (since && world.now - since > ALIVE_MOST)
		sim_fail("a worker hangs, and all is said to be well");
}

static void check_alive(void)
{
	bool excused = threads_hang_since() || world.descriptors_until || world.memory_until ||
		       world.run.descriptor || world.run.allocation;

	if (excused || world.phase == PHASE_START || world.phase == PHASE_STOP)
		world.told_alive = world.now;
	if (world.now - world.told_alive > ALIVE_MOST)
		sim_fail("no worker hangs, and the service manager is told nothing");
}

static void go_on(void)
{
	/* Who hangs cannot notice anything. */
	if (world.steps % CHECK_EACH == 0 && !knobs.worker_hangs)
		kernel_check_resets();
	if (world_has_more())
		check_alive();
	switch (world.phase) {
	case PHASE_START:
		start();
		break;
	case PHASE_RUN:
		end_windows(false);
		if (world.next_event <= world.now)
			something_happens();
		clients_flood();
		if (faults_are_over() && !world.stop_at)
			calm();
		break;
	case PHASE_CALM:
		if (clients_left() == 0 && clients_probed()) {
			clients_end();
			enter(PHASE_DRAIN);
		} else if (world.now - world.phase_since > CALM_MOST) {
			clients_complain();
		}
		break;
	case PHASE_DRAIN:
		check_drained();
		break;
	case PHASE_STOP:
		if (world.now - world.phase_since > STOP_MOST)
			sim_fail("it does not stop");
	}
}

static bool owed_room(void);

static bool workers_step(void)
{
	return knobs.workers > 1 && threads_step();
}

bool world_step(void)
{
	if (++world.steps > STEPS_MOST)
		sim_fail("no end after %u steps", STEPS_MOST);
	go_on();
	if (sim_once_in(2) && threads_step())
		return true;
	switch (sim_below(4)) {
	case 0:
		return dockerd_step() || clients_step() || dials_go_on() || owed_room() ||
		       workers_step();
	case 1:
		return owed_room() || dials_go_on() || clients_step() || dockerd_step() ||
		       workers_step();
	default:
		return clients_step() || dockerd_step() || owed_room() || dials_go_on() ||
		       threads_step();
	}
}

void world_intrude(void)
{
	if (world.intruding)
		return;
	if (knobs.workers > 1 && sim_once_in(12))
		threads_intrude();
	if (!sim_once_in(24))
		return;
	world.intruding = true;
	if (sim_once_in(2))
		(void)clients_step();
	else
		(void)dockerd_step();
	world.intruding = false;
}

static bool owed_room(void)
{
	bool any = false;

	if (!kernel_owes_room)
		return false;
	kernel_owes_room = false;
	for (int fd = SIM_FD_FIRST; fd < SIM_FD_FIRST + SIM_FD_MOST; fd++) {
		struct file *file = fd_peek(fd);

		if (!file || !file->owes_room)
			continue;
		file->owes_room = false;
		file_wake(file, 4); /* EPOLLOUT */
		any = true;
	}
	return any;
}

static uint64_t sooner(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

void world_wait(uint64_t until)
{
	until = sooner(until, sooner(clients_next(), sooner(dockerd_next(), threads_next())));
	if (world.phase == PHASE_RUN) {
		until = sooner(until, world.next_event);
		if (world.memory_until)
			until = sooner(until, world.memory_until);
		if (world.descriptors_until)
			until = sooner(until, world.descriptors_until);
		if (world.disk_until)
			until = sooner(until, world.disk_until);
	}
	if (until == UINT64_MAX)
		until = world.now + SECOND;
	if (until > world.now)
		world.now = until;
	else
		world.now += 10;
}

void world_resolves(void)
{
	sim_trace("a name is looked up");
	if (!thread_sleeps(LOOKUP_US))
		world.now += LOOKUP_US;
}

/* ---- the audit log --------------------------------------------------------------------------- */

void world_audited(const char *line, size_t len)
{
	char text[4096];

	if (len >= sizeof(text))
		sim_fail("a line of the audit log is too long");
	memcpy(text, line, len);
	text[len] = '\0';
	if (!strstr(text, "\"event\":\"allowed\""))
		return;
	for (unsigned i = 0; i < plan_count(); i++) {
		struct plan *plan = plan_at(i);
		char name[32], pinned[80];

		(void)snprintf(pinned, sizeof(pinned), "/%064u/", i);
		/* Paths without a number are those of whoever asks. */
		(void)snprintf(
		    name, sizeof(name), "r%u%s", i, strchr(plan->kind->target, '?') ? "" : "/");
		bool named = strstr(text, name) || (knobs.lookups && strstr(text, pinned));

		if (strstr(plan->kind->target, "%u") ? named : plan->begun)
			plan->audited++;
	}
}

/* ---- the run --------------------------------------------------------------------------------- */

struct server *__real_server_new(
    struct loop *loop, const struct config *config, struct audit_sink *audit);
struct server *__wrap_server_new(
    struct loop *loop, const struct config *config, struct audit_sink *audit);

struct server *__wrap_server_new(
    struct loop *loop, const struct config *config, struct audit_sink *audit)
{
	return world.server = __real_server_new(loop, config, audit);
}

static void run_product(void)
{
	char path[256], run[] = "run", c[] = "-c", v[] = "-v";
	char *argv[] = {run, c, path, v, NULL};

	write_config(world.directory);
	(void)snprintf(path, sizeof(path), "%s/sockwarden.conf", world.directory);
	optind = 0;
	if (world_has_more()) {
		(void)setenv("NOTIFY_SOCKET", "/sim/notify", 1);
		(void)setenv("WATCHDOG_USEC", "2000000", 1);
	}
	int status = cmd_run(sim_is_traced() ? 4 : 3, argv);

	if (world.phase == PHASE_START)
		sim_fail("it does not start (%d)", status);
	if (!world.stop_at && world.phase != PHASE_STOP)
		sim_fail("it stopped by itself (%d)", status);
}

bool world_is_stopping(void)
{
	return world.stop_at > 0;
}

/* What the product has sent is read to its end. */
static void let_dockerd_finish(void)
{
	for (;;) {
		if (dockerd_step())
			continue;
		uint64_t next = dockerd_next();

		if (next == UINT64_MAX)
			return;
		world.now = next;
	}
}

static void check_memory(void)
{
	if (knobs.hang && sim_memory.most > world.base_memory + MEMORY_MOST)
		sim_fail("with max_held = 1m, %zu bytes were held beyond the %zu of a quiet server",
		    sim_memory.most - world.base_memory, world.base_memory);
}

struct run world_asked(void)
{
	return world.asked;
}

void world_run(struct run run, const char *directory)
{
	world = (struct world){.chance = run.seed * 0x2545f4914f6cdd1du + 1, .now = SECOND};
	world.run = run;
	world.directory = directory;
	knobs = (struct knobs){0};
	sim_faults = 0;
	choose_knobs(run.seed);
	clock_jump(0);
	sim_memory_reset();
	kernel_begin(DESCRIPTORS);
	disk_begin();
	loop_begin();
	threads_begin();
	plans_begin();
	clients_begin();
	dockerd_begin();
	run_product();
	clients_end();
	dockerd_calm();
	let_dockerd_finish();
	plans_judge();
	rooms_free();
	check_memory();
	/* A thread that is left in the middle of a look-up keeps what it works with. */
	if (!threads_end()) {
		kernel_end();
		sim_memory_check();
	}
	dockerd_end();
	disk_end();
	plans_end();
}
