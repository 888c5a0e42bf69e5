/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations of every kind are loaded again and again, and each time another allocation fails:
 * the load fails, says so, and keeps nothing; or it did not need the memory, and the configuration
 * is what it should be. */
#include "unit.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "docker/docker.h"
#include "memory_case.h"

#define PATH_MOST 4096
#define RUNS_MOST 400u /* of one configuration; of larger ones not each allocation is tried */

static const char *const patterns[] = {
    "tests/unit/config/good.*.conf",
    "tests/policy/*.conf",
    "conf/*.conf",
    "docs/examples/*.conf",
};

/* ---- what a configuration decides
 * ----------------------------------------------------------------------------- */

/* The verdict on each operation in each policy, before a body is known, as one number. */
static uint64_t summary(const struct config *config)
{
	const struct docker_operation *operation;
	uint64_t sum = config->policy_count;

	for (size_t i = 0; i < config->policy_count; i++) {
		for (unsigned j = 0; (operation = docker_operation_at(j)) != NULL; j++)
			sum = sum * 31 + policy_may_allow(config->policies[i], operation);
	}
	return sum;
}

/* Returns false when nothing failed: there are no more allocations. */
static bool try_at(const char *path, unsigned long at, uint64_t wanted)
{
	struct error err = {""};
	long before = memory_blocks();

	memory_fail_at(at);
	struct config *config = config_load(path, NULL, NULL, &err);
	unsigned long asked = memory_fail_at(0);

	if (!config && !strstr(err.text, "memory"))
		fail_msg("%s: allocation %lu: another error: %s", path, at, err.text);
	if (config && summary(config) != wanted)
		fail_msg("%s: allocation %lu: another policy", path, at);
	config_free(config);
	if (memory_blocks() != before)
		fail_msg(
		    "%s: allocation %lu: %ld blocks are left", path, at, memory_blocks() - before);
	return asked >= at;
}

static void try_file(const char *path)
{
	struct error err;

	memory_fail_at(0);
	struct config *config = config_load(path, NULL, NULL, &err);
	unsigned long asked = memory_fail_at(0);

	if (!config)
		fail_msg("%s: %s", path, err.text);
	assert_true(asked > 0);
	unsigned long step = asked / RUNS_MOST + 1;
	uint64_t wanted = summary(config);

	config_free(config);
	for (unsigned long at = 1; try_at(path, at, wanted); at += step)
		;
}

static void a_load_without_memory_fails(void **state)
{
	const char *source = getenv("srcdir");

	(void)state;
	for (size_t i = 0; i < COUNT(patterns); i++) {
		char pattern[PATH_MOST];
		glob_t found;

		(void)snprintf(
		    pattern, sizeof(pattern), "%s/%s", source ? source : ".", patterns[i]);
		assert_int_equal(glob(pattern, 0, NULL, &found), 0);
		for (size_t j = 0; j < found.gl_pathc; j++)
			try_file(found.gl_pathv[j]);
		globfree(&found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_load_without_memory_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
