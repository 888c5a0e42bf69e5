/* SPDX-License-Identifier: Apache-2.0 */
/* What a seed chooses before its world begins: the configuration of the product, and what may
 * happen. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

#define AUDIT "/sim/audit.log"

struct knobs knobs;

/* ---- the product's configuration ------------------------------------------------------------- */

static const char *upstream_text(void)
{
	if (knobs.tls_upstream)
		return knobs.named_upstream ? "tls:docker.example:2377" : "tls:127.0.0.1:2377";
	if (!knobs.tcp_upstream)
		return "unix:/sim/docker.sock";
	return knobs.named_upstream ? "tcp:docker.example:2375" : "tcp:127.0.0.1:2375";
}

static void write_daemon(FILE *file, const char *directory)
{
	(void)fprintf(file,
	    "[sockwarden]\nupstream = %s\naudit = file:" AUDIT "\naudit_level = all\n"
	    "sandbox = no\ngrace = 5s\nmax_held = 1m\n",
	    upstream_text());
	if (knobs.tls_upstream)
		(void)fprintf(file,
		    "upstream_ca = %s/ca.pem\nupstream_cert = %s/cert.pem\n"
		    "upstream_key = %s/key.pem\n",
		    directory, directory, directory);
	else if (knobs.tcp_upstream)
		(void)fprintf(file, "upstream_insecure = yes\n");
	if (knobs.workers > 1)
		(void)fprintf(file, "workers = %u\n", knobs.workers);
	if (knobs.floods)
		(void)fprintf(file, "max_connections = 16\nmax_connections_per_peer = 4\n");
	else
		(void)fprintf(file, "max_connections = %u\n", 200 + (unsigned)sim_below(50));
}

static void write_listener(FILE *file, const char *name, const char *address)
{
	(void)fprintf(file, "[listener %s]\naddress = %s\npolicy = all\n", name, address);
}

void write_config(const char *directory)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/sockwarden.conf", directory);
	FILE *file = fopen(path, "w");

	if (!file)
		abort();
	write_daemon(file, directory);
	write_listener(file, "a", "unix:/sim/run/a.sock");
	write_listener(file, "b", "tcp:127.0.0.1:2374");
	(void)fprintf(file, "insecure = yes\n");
	if (knobs.tls) {
		write_listener(file, "c", "tls:127.0.0.1:2376");
		(void)fprintf(file, "cert = %s/cert.pem\nkey = %s/key.pem\nclient_ca = %s/ca.pem\n",
		    directory, directory, directory);
	}
	(void)fprintf(file,
	    "[policy all]\nallow = system.ping system.events\nallow = container.list "
	    "container.inspect container.export container.wait container.create container.attach "
	    "container.archive_put\nimage = **\ncheck_state = %s\n",
	    knobs.lookups ? "yes" : "no");
	(void)fclose(file);
}

/* ---- what may happen ------------------------------------------------------------------------- */

static void choose_sizes(void)
{
	static const struct {
		size_t cap_least, cap_most, piece;
		uint64_t body;
	} rows[] = {{4096, 212992, 65536, 1 << 20}, {4096, 212992, 65536, 1 << 20},
	    {256, 8192, 2048, 1 << 16}, {1, 256, 64, 2048}, {65536, 212992, 7, 4096}};
	unsigned row = (unsigned)sim_below(sizeof(rows) / sizeof(rows[0]));

	knobs.cap_least = rows[row].cap_least;
	knobs.cap_most = rows[row].cap_most;
	knobs.piece_most = rows[row].piece;
	knobs.body_most = rows[row].body;
}

static void choose_usual(void)
{
	knobs.strict = sim_once_in(4);
	knobs.clients = 1 + (unsigned)sim_below(10);
	knobs.tls = sim_once_in(2);
	knobs.tcp_upstream = sim_once_in(3);
	knobs.named_upstream = sim_once_in(2);
	knobs.reloads = sim_once_in(3);
	knobs.clock_jumps = sim_once_in(4);
	knobs.slow = sim_once_in(3);
	choose_sizes();
	if (sim_once_in(12)) {
		knobs.floods = true;
		knobs.clients = 1 + (unsigned)sim_below(4);
		return;
	}
	if (knobs.strict)
		return;
	if (sim_once_in(12)) {
		knobs.hang = true;
		knobs.clients = 0;
		knobs.cap_least = 4096;
		knobs.cap_most = 212992;
		knobs.piece_most = 65536;
		return;
	}
	knobs.out_of_memory = sim_once_in(4);
	knobs.out_of_descriptors = sim_once_in(3);
	knobs.disk_full = sim_once_in(4);
	knobs.restarts = sim_once_in(4);
	knobs.resets = sim_once_in(2);
	knobs.daemon_faults = sim_once_in(2);
	knobs.stop_early = sim_once_in(8);
	if (knobs.tls && sim_once_in(4)) {
		knobs.tls_resets = true;
		knobs.clients = 10;
		knobs.cap_least = 4096;
		knobs.cap_most = 212992;
		knobs.piece_most = 65536;
		knobs.body_most = 1 << 18;
	}
}

/* What there is in the world of |seed|. */
void choose_knobs(uint64_t seed)
{
	choose_usual();
	knobs.workers = 1;
	knobs.lookups = seed >= LOOKUPS_FROM;
	if (!world_has_more())
		return;
	knobs.workers = 1 + (unsigned)sim_below(4);
	knobs.lookups = sim_once_in(2);
	knobs.tls_upstream = sim_once_in(2);
	knobs.clients *= 2;
	if (knobs.strict || knobs.floods || knobs.hang)
		return;
	knobs.out_of_pipes = sim_once_in(4);
	knobs.leaves_twice = knobs.resets;
	knobs.worker_hangs = knobs.workers > 1 && sim_once_in(4);
	/* The chief waits for all others to change what they serve by. */
	knobs.reloads = knobs.reloads && !knobs.worker_hangs;
}
