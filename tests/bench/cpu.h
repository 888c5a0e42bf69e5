/* SPDX-License-Identifier: Apache-2.0 */
/* What a process has cost so far. */
#ifndef BENCH_CPU_H
#define BENCH_CPU_H

#include <stdint.h>

struct cpu {
	uint64_t ran;    /* nanoseconds on a processor */
	uint64_t waited; /* nanoseconds ready to run but not running: somebody else was there */
};

/* Adds up all threads of |pid|; all zero when |pid| is 0. */
struct cpu cpu_of(int pid);

/* Nanoseconds of the monotonic clock. */
uint64_t cpu_now(void);

#endif
