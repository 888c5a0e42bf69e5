/* SPDX-License-Identifier: Apache-2.0 */
/* Runs seeds: `sim [--from N] [--count N]`, `sim --seed N [--allocation N] [--descriptor N]
 * [--trace]`. Without arguments: the seeds that `make check` runs, and those that have failed once.
 */
#include "sim.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SEED_SECONDS 60u /* of the processor */
#define FAILURE_SEED 9u
#define FAILURE_LOOKUP_SEED (LOOKUPS_FROM + 9u)
#define FAILURE_WORKERS_SEED (WORKERS_FROM + 317u)

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif
#define BATCH (SANITIZED ? 20u : 50u)
/* SIM_SEEDS says otherwise. Under sanitizers a seed takes ten times as long. */
#define COUNT_USUAL BATCH

static struct shared {
	struct run run, asked;
	uint64_t turns;
	char why[512];
} * shared;

static bool traced, alone; /* one seed in this very process */
static char directory[64];

void sim_trace(const char *format, ...)
{
	va_list args;

	if (!traced)
		return;
	(void)printf("# %10.6f %llu ", (double)sim_now() / SECOND, (unsigned long long)sim_turns);
	va_start(args, format);
	(void)vprintf(format, args);
	va_end(args);
	(void)putchar('\n');
}

bool sim_is_traced(void)
{
	return traced;
}

void sim_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(shared->why, sizeof(shared->why), format, args);
	va_end(args);
	shared->turns = sim_turns;
	if (alone)
		(void)printf("# turn %llu: %s\n", (unsigned long long)sim_turns, shared->why);
	(void)fflush(stdout);
	_exit(1);
}

static void run_one(struct run run)
{
	shared->run = run;
	shared->turns = 0;
	world_run(run, directory);
	shared->turns = sim_turns;
	shared->asked = world_asked();
}

static bool report(int status)
{
	if (status == 0)
		return true;
	if (WIFSIGNALED(status))
		(void)snprintf(shared->why, sizeof(shared->why), "signal %d", WTERMSIG(status));
	(void)printf("# turn %llu: %s\n# to see it again: ./sim --trace --seed %llu",
	    (unsigned long long)shared->turns, shared->why, (unsigned long long)shared->run.seed);
	if (shared->run.allocation)
		(void)printf(" --allocation %llu", (unsigned long long)shared->run.allocation);
	if (shared->run.descriptor)
		(void)printf(" --descriptor %llu", (unsigned long long)shared->run.descriptor);
	(void)putchar('\n');
	return false;
}

/* In a process of its own, so that it is the same run whatever ran before, and a crash is a finding
 * like others. */
static bool run_apart(struct run run)
{
	int status = 0;

	(void)fflush(stdout);
	pid_t child = fork();

	if (child < 0)
		return false;
	if (child == 0) {
		static const struct itimerval limit = {.it_value.tv_sec = SEED_SECONDS};

		(void)setitimer(ITIMER_PROF, &limit, NULL);
		run_one(run);
		_exit(0);
	}
	(void)waitpid(child, &status, 0);
	return report(status);
}

static bool run_batch(uint64_t from, uint64_t count)
{
	bool fine = true;

	for (uint64_t i = 0; i < count; i++)
		fine &= run_apart((struct run){.seed = from + i});
	return fine;
}

/* Seeds that have failed once. */
static bool run_kept(void)
{
	const char *srcdir = getenv("srcdir");
	char path[512], line[256];
	bool fine = true;

	(void)snprintf(path, sizeof(path), "%s/tests/sim/seeds", srcdir ? srcdir : "..");
	FILE *file = fopen(path, "r");

	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		if (line[0] != '#')
			fine &= run_apart((struct run){.seed = strtoull(line, NULL, 10)});
	}
	(void)fclose(file);
	return fine;
}

/* One and the same seed, again and again: each time another allocation fails, then another
 * descriptor. */
static bool run_failures(uint64_t seed)
{
	bool fine = run_apart((struct run){.seed = seed});
	struct run asked = shared->asked;

	for (uint64_t i = 1; i <= asked.allocation; i++)
		fine &= run_apart((struct run){.seed = seed, .allocation = i});
	for (uint64_t i = 1; i <= asked.descriptor; i++)
		fine &= run_apart((struct run){.seed = seed, .descriptor = i});
	(void)printf("# %llu allocations and %llu descriptors failed, one a run\n",
	    (unsigned long long)asked.allocation, (unsigned long long)asked.descriptor);
	return fine && asked.allocation > 0 && asked.descriptor > 0;
}

static unsigned batches(uint64_t count)
{
	return (unsigned)((count + BATCH - 1) / BATCH);
}

static void tell(bool fine, const char *what)
{
	static unsigned number;

	(void)printf("%sok %u - %s\n", fine ? "" : "not ", ++number, what);
}

static bool run_range(uint64_t from, uint64_t count)
{
	bool all = true;

	for (unsigned i = 0; i < batches(count); i++) {
		uint64_t first = from + (uint64_t)i * BATCH;
		bool fine = run_batch(first, BATCH);
		char what[80];

		(void)snprintf(what, sizeof(what), "seeds %llu to %llu", (unsigned long long)first,
		    (unsigned long long)(first + BATCH - 1));
		tell(fine, what);
		all &= fine;
	}
	return all;
}

static int run_usual(uint64_t count)
{
	(void)printf("1..%u\n", 3 * batches(count) + (SANITIZED ? 1 : 2));
	bool fine = run_range(1, count);

	fine &= run_range(LOOKUPS_FROM, count);
	fine &= run_range(WORKERS_FROM, count);
	bool kept = run_kept();

	tell(kept, "seeds that have failed once");
	if (SANITIZED) /* hundreds of runs of one seed */
		return !fine || !kept;
	bool failures = run_failures(FAILURE_SEED) && run_failures(FAILURE_LOOKUP_SEED) &&
			run_failures(FAILURE_WORKERS_SEED);

	tell(failures, "each allocation and each descriptor fails once");
	return !fine || !kept || !failures;
}

static int run_some(uint64_t from, uint64_t count)
{
	(void)printf("1..%u\n", batches(count));
	return !run_range(from, count);
}

static void prepare(void)
{
	(void)snprintf(directory, sizeof(directory), "/tmp/sim.XXXXXX");
	shared =
	    mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || !mkdtemp(directory))
		abort();
	tls_begin_world(directory);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"from", required_argument, NULL, 'f'},
	    {"count", required_argument, NULL, 'n'},
	    {"seed", required_argument, NULL, 's'},
	    {"allocation", required_argument, NULL, 'a'},
	    {"descriptor", required_argument, NULL, 'd'},
	    {"trace", no_argument, NULL, 't'},
	    {NULL, 0, NULL, 0},
	};
	const char *seeds = getenv("SIM_SEEDS");
	uint64_t from = 0, count = seeds ? strtoull(seeds, NULL, 10) : COUNT_USUAL;
	struct run run = {0};
	int option;

	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (option) {
		case 'f':
			from = strtoull(optarg, NULL, 10);
			break;
		case 'n':
			count = strtoull(optarg, NULL, 10);
			break;
		case 's':
			run.seed = strtoull(optarg, NULL, 10);
			break;
		case 'a':
			run.allocation = strtoull(optarg, NULL, 10);
			break;
		case 'd':
			run.descriptor = strtoull(optarg, NULL, 10);
			break;
		case 't':
			traced = true;
			break;
		default:
			return 2;
		}
	}
	prepare();
	if (!run.seed)
		return from ? run_some(from, count) : run_usual(count);
	alone = true;
	run_one(run);
	(void)printf(
	    "ok: %llu turns, %.3f simulated seconds, %llu allocations, %llu descriptors%s\n",
	    (unsigned long long)sim_turns, (double)sim_now() / SECOND,
	    (unsigned long long)world_asked().allocation,
	    (unsigned long long)world_asked().descriptor, knobs.strict ? ", no faults" : "");
	return 0;
}
