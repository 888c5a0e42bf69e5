/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over its committed corpus, one TAP line a file, and over inputs that are made
 * from the corpus by a seed. A broken promise aborts. FUZZ_RUNS says how many are made (50000),
 * FUZZ_SEED from what seed (1). */
#include "fuzz.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MOST_BYTES 65536
#define FILES_MOST 4096
#define CHANGES_MOST 8
#ifndef RUNS_PART /* a target whose inputs take longer gets fewer */
#define RUNS_PART 1
#endif

struct input {
	uint8_t *bytes;
	size_t len;
};

static struct input inputs[FILES_MOST];
static size_t input_count;
static unsigned long run; /* the one that is made */
static uint64_t chance;

void __asan_on_error(void);

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* ---- the corpus
 * ---------------------------------------------------------------------------------------------------
 */

static int replay_file(const char *path)
{
	static char held[MOST_BYTES];
	FILE *file = fopen(path, "rb");

	if (!file)
		return -1;
	size_t len = fread(held, 1, sizeof(held), file);
	int failed = ferror(file) || !feof(file);

	(void)fclose(file);
	if (failed || input_count == FILES_MOST)
		return -1;
	/* memory of exactly that length, so that a sanitizer sees a read behind it */
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		return -1;
	memcpy(copy, held, len);
	(void)LLVMFuzzerTestOneInput(copy, len);
	inputs[input_count++] = (struct input){copy, len};
	return 0;
}

static int replay(const char *folder)
{
	struct dirent **entries = NULL;
	char path[8192];
	int failed = 0;
	int count = scandir(folder, &entries, is_input, alphasort);

	printf("1..%d\n", count < 1 ? 1 : count + 1);
	if (count < 1)
		printf("not ok 1 - no corpus in %s\n", folder);
	for (int i = 0; i < count; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		int bad = replay_file(path) < 0;

		printf("%sok %d - %s\n", bad ? "not " : "", i + 1, entries[i]->d_name);
		(void)fflush(stdout);
		failed |= bad;
		free(entries[i]);
	}
	free(entries);
	return count < 1 || failed;
}

/* ---- inputs made from it
 * ------------------------------------------------------------------------------------------ */

static size_t below(size_t most)
{
	uint64_t x = chance += 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	x ^= x >> 31;
	return most ? (size_t)(x % most) : 0;
}

/* Puts |len| bytes in place of |gone| ones. */
static void put(struct input *input, size_t at, size_t gone, const uint8_t *bytes, size_t len)
{
	if (input->len - gone + len > MOST_BYTES)
		return;
	memmove(input->bytes + at + len, input->bytes + at + gone, input->len - at - gone);
	memcpy(input->bytes + at, bytes, len);
	input->len = input->len - gone + len;
}

static void change(struct input *input)
{
	static const char odd[] = "\0\t\n\r \"\\/%:;,.{}[]?&=#+*!-0e\x7f\x80\xc3\xff";
	static uint8_t piece[MOST_BYTES];
	const struct input *other = &inputs[below(input_count)];
	size_t at = below(input->len + 1), left = input->len - at, from, len;

	switch (below(5)) {
	case 0: /* a byte is another one */
		piece[0] = below(2) ? (uint8_t)odd[below(sizeof(odd) - 1)] : (uint8_t)below(256);
		put(input, at, left > 0, piece, 1);
		break;
	case 1: /* one more */
		piece[0] = (uint8_t)odd[below(sizeof(odd) - 1)];
		put(input, at, 0, piece, 1);
		break;
	case 2: /* some are left out */
		put(input, at, below(left < 16 ? left + 1 : 16), piece, 0);
		break;
	case 3: /* some come twice */
		len = below(left < 64 ? left + 1 : 64);
		memcpy(piece, input->bytes + at, len);
		put(input, at, 0, piece, len);
		break;
	default: /* some of another input */
		from = below(other->len + 1);
		len = below(other->len - from + 1);
		put(input, at, below(2) ? left : 0, other->bytes + from, len);
	}
}

static void make_one(void)
{
	static uint8_t room[2 * MOST_BYTES];
	const struct input *first = &inputs[below(input_count)];
	struct input made = {room, first->len};

	memcpy(room, first->bytes, first->len);
	for (size_t changes = 1 + below(CHANGES_MOST); changes > 0; changes--)
		change(&made);
	uint8_t *copy = malloc(made.len ? made.len : 1);

	if (!copy)
		abort();
	memcpy(copy, room, made.len);
	(void)LLVMFuzzerTestOneInput(copy, made.len);
	free(copy);
}

static void say_which(void)
{
	char line[80];
	int len = snprintf(line, sizeof(line), "# input %lu that was made\n", run);

	(void)!write(STDERR_FILENO, line, (size_t)len);
}

static void on_abort(int number)
{
	(void)number;
	say_which();
}

/* A sanitizer has found something. */
void __asan_on_error(void)
{
	say_which();
}

static unsigned long number_of(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : otherwise;
}

static void make_inputs(void)
{
	unsigned long most = number_of("FUZZ_RUNS", 50000) / RUNS_PART;

	chance = number_of("FUZZ_SEED", 1);
	(void)signal(SIGABRT, on_abort);
	for (run = 1; run <= most; run++)
		make_one();
	printf("ok %zu - %lu inputs made from them\n", input_count + 1, most);
}

int main(void)
{
	const char *srcdir = getenv("srcdir");
	char folder[4096];

	(void)snprintf(
	    folder, sizeof(folder), "%s/tests/fuzz/corpus/%s", srcdir ? srcdir : ".", CORPUS);
	if (replay(folder))
		return 1;
	make_inputs();
	for (size_t i = 0; i < input_count; i++)
		free(inputs[i].bytes);
	return 0;
}
