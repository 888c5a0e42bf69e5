/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "wire.h"

#define SECOND 1000000000u

uint64_t cpu_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

/* "RAN WAITED SLICES", see schedstat in the kernel's documentation. */
static void cpu_add_thread(struct cpu *cpu, const char *tasks, const char *name)
{
	char path[64], text[96];
	char *rest = text;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%.20s/schedstat", tasks, name);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(text, sizeof(text), file)) {
		cpu->ran += strtoull(rest, &rest, 10);
		cpu->waited += strtoull(rest, NULL, 10);
	}
	fclose(file);
}

struct cpu cpu_of(int pid)
{
	struct cpu cpu = {0};
	struct dirent *entry;
	char tasks[32];
	DIR *dir;

	if (pid == 0)
		return cpu;
	snprintf(tasks, sizeof(tasks), "/proc/%d/task", pid);
	dir = opendir(tasks);
	if (!dir)
		wire_die("process %d is gone", pid);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			cpu_add_thread(&cpu, tasks, entry->d_name);
	closedir(dir);
	return cpu;
}
