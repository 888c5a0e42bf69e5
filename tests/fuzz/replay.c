/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over its committed corpus, one TAP line a file. A broken promise aborts. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define MOST_BYTES 65536

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int replay_file(const char *path)
{
	static char held[MOST_BYTES];
	FILE *file = fopen(path, "rb");

	if (!file)
		return -1;
	size_t len = fread(held, 1, sizeof(held), file);
	int failed = ferror(file) || !feof(file);

	(void)fclose(file);
	if (failed)
		return -1;
	/* memory of exactly that length, so that a sanitizer sees a read behind it */
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		return -1;
	memcpy(copy, held, len);
	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
	return 0;
}

int main(void)
{
	const char *srcdir = getenv("srcdir");
	struct dirent **entries = NULL;
	char path[4096];
	int failed = 0;

	(void)snprintf(
	    path, sizeof(path), "%s/tests/fuzz/corpus/%s", srcdir ? srcdir : ".", CORPUS);
	int count = scandir(path, &entries, is_input, alphasort);

	printf("1..%d\n", count < 1 ? 1 : count);
	if (count < 1)
		printf("not ok 1 - no corpus in %s\n", path);
	for (int i = 0; i < count; i++) {
		(void)snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s/%s",
		    srcdir ? srcdir : ".", CORPUS, entries[i]->d_name);
		int bad = replay_file(path) < 0;

		printf("%sok %d - %s\n", bad ? "not " : "", i + 1, entries[i]->d_name);
		(void)fflush(stdout);
		failed |= bad;
		free(entries[i]);
	}
	free(entries);
	return count < 1 || failed;
}
