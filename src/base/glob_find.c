/* SPDX-License-Identifier: Apache-2.0 */
/* All patterns of a question are read at once, byte by byte, by one automaton: a state of it is the
 * set of the places that its patterns can be at. Looked at breadth first, so that the first text
 * that is found is a shortest one. */
#include "base/glob_find.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"

#define SPOTS_MOST 8192u         /* places in all patterns together */
#define MEMORY_MOST (32u << 20u) /* bytes of the states of one question */
#define BUCKETS 1024u

enum spot_kind { SPOT_BYTE, SPOT_ONE, SPOT_STAR, SPOT_STARS, SPOT_END };

/* A place in a pattern: what may come there. */
struct spot {
	enum spot_kind kind;
	char byte;
	unsigned next; /* the place behind it */
};

struct state {
	struct state *later;      /* in the queue */
	struct state *same;       /* in the bucket */
	const struct state *from; /* NULL: the first */
	char byte;                /* that led here */
	uint64_t set[];           /* bit per place */
};

struct search {
	struct arena arena;
	struct spot *spots;
	unsigned count, words;             /* places; words of a set */
	unsigned ends[GLOB_FIND_PATTERNS]; /* the last place of each pattern */
	size_t patterns, musts;            /* the first |musts| have to match */
	char letters[256];
	unsigned letter_count;
	struct state *first, *last, *buckets[BUCKETS];
	bool spent;
};

/* ---- the automaton -----------------------------------------------------------------------------
 */

static size_t count_spots(const struct span *patterns, size_t count)
{
	size_t spots = 0;

	for (size_t i = 0; i < count; i++)
		spots += patterns[i].len + 1;
	return spots;
}

static struct spot read_spot(struct span pattern, size_t at)
{
	if (at == pattern.len)
		return (struct spot){.kind = SPOT_END};
	if (pattern.at[at] == '?')
		return (struct spot){.kind = SPOT_ONE};
	if (pattern.at[at] != '*')
		return (struct spot){.kind = SPOT_BYTE, .byte = pattern.at[at]};
	return (struct spot){
	    .kind = at + 1 < pattern.len && pattern.at[at + 1] == '*' ? SPOT_STARS : SPOT_STAR};
}

static void add_pattern(struct search *search, struct span pattern)
{
	for (size_t at = 0; at <= pattern.len;) {
		struct spot spot = read_spot(pattern, at);
		unsigned here = search->count++;

		at += spot.kind == SPOT_STARS ? 2 : 1;
		spot.next = here + (spot.kind != SPOT_END);
		search->spots[here] = spot;
	}
	search->ends[search->patterns++] = search->count - 1;
}

/* One byte for all that no pattern names, a letter where one is left. */
static bool add_letters(struct search *search)
{
	static const char nice[] = "xzqwjkvyabcdefghilmnoprstu0123456789XZQ";
	bool named[256] = {['/'] = true};
	unsigned other = 0;

	for (unsigned i = 0; i < search->count; i++) {
		if (search->spots[i].kind == SPOT_BYTE)
			named[(unsigned char)search->spots[i].byte] = true;
	}
	while (nice[other] && named[(unsigned char)nice[other]])
		other++;
	unsigned char byte = (unsigned char)nice[other];

	for (unsigned i = 255; !byte && i > 0; i--)
		byte = named[i] ? 0 : (unsigned char)i;
	search->letters[search->letter_count++] = (char)byte;
	for (unsigned i = 1; i < 256; i++) {
		if (named[i])
			search->letters[search->letter_count++] = (char)i;
	}
	return byte != 0;
}

static bool has(const uint64_t *set, unsigned spot)
{
	return set[spot / 64] & UINT64_C(1) << spot % 64;
}

/* A star may be nothing. */
static void enter(const struct search *search, uint64_t *set, unsigned spot)
{
	enum spot_kind kind;

	do {
		set[spot / 64] |= UINT64_C(1) << spot % 64;
		kind = search->spots[spot].kind;
		spot = search->spots[spot].next;
	} while (kind == SPOT_STAR || kind == SPOT_STARS);
}

static void step_spot(const struct search *search, uint64_t *set, unsigned here, char byte)
{
	const struct spot *spot = &search->spots[here];

	switch (spot->kind) {
	case SPOT_BYTE:
		if (spot->byte == byte)
			enter(search, set, spot->next);
		return;
	case SPOT_ONE:
		if (byte != '/')
			enter(search, set, spot->next);
		return;
	case SPOT_STAR:
		if (byte != '/')
			enter(search, set, here);
		return;
	case SPOT_STARS:
		enter(search, set, here);
		return;
	case SPOT_END:
		return;
	}
}

static void step(const struct search *search, const uint64_t *from, char byte, uint64_t *to)
{
	memset(to, 0, search->words * sizeof(*to));
	for (unsigned word = 0; word < search->words; word++) {
		for (uint64_t left = from[word]; left; left &= left - 1)
			step_spot(search, to, word * 64 + (unsigned)__builtin_ctzll(left), byte);
	}
}

static unsigned first_of(const struct search *search, size_t pattern)
{
	return pattern > 0 ? search->ends[pattern - 1] + 1 : 0;
}

static bool any_between(const uint64_t *set, unsigned first, unsigned last)
{
	unsigned word = first / 64, end = last / 64;
	uint64_t from = ~UINT64_C(0) << first % 64, to = ~UINT64_C(0) >> (63 - last % 64);

	if (word == end)
		return set[word] & from & to;
	if (set[word] & from)
		return true;
	while (++word < end) {
		if (set[word])
			return true;
	}
	return set[end] & to;
}

/* The bytes that can follow in |pattern|, each once. False: many. */
static bool bytes_of(const struct search *search, const uint64_t *set, size_t pattern,
    char bytes[static 256], unsigned *ret_count)
{
	bool seen[256] = {false};

	*ret_count = 0;
	for (unsigned i = first_of(search, pattern); i <= search->ends[pattern]; i++) {
		const struct spot *spot = &search->spots[i];

		if (!has(set, i) || spot->kind == SPOT_END)
			continue;
		if (spot->kind != SPOT_BYTE)
			return false;
		if (!seen[(unsigned char)spot->byte])
			bytes[(*ret_count)++] = spot->byte;
		seen[(unsigned char)spot->byte] = true;
	}
	return true;
}

/* Bytes that are worth a step from here. */
static const char *letters_of(
    const struct search *search, const uint64_t *set, char room[static 256], unsigned *ret_count)
{
	for (size_t i = 0; i < search->musts; i++) {
		if (bytes_of(search, set, i, room, ret_count))
			return room;
	}
	*ret_count = search->letter_count;
	return search->letters;
}

/* Whether a text may still follow: every pattern that has to match can, and none of the others
 * matches all that comes. */
static bool is_live(const struct search *search, const uint64_t *set)
{
	for (size_t i = 0; i < search->patterns; i++) {
		unsigned end = search->ends[i], first = first_of(search, i);
		bool tail = end > first && search->spots[end - 1].kind == SPOT_STARS;

		if (i < search->musts ? !any_between(set, first, end) : tail && has(set, end - 1))
			return false;
	}
	return true;
}

static bool accepts(const struct search *search, const uint64_t *set)
{
	for (size_t i = 0; i < search->patterns; i++) {
		if (has(set, search->ends[i]) != (i < search->musts))
			return false;
	}
	return true;
}

/* ---- the search --------------------------------------------------------------------------------
 */

static struct state **bucket_of(struct search *search, const uint64_t *set)
{
	uint64_t hash = 0;

	for (unsigned i = 0; i < search->words; i++)
		hash = (hash ^ set[i]) * UINT64_C(0x9e3779b97f4a7c15);
	return &search->buckets[(hash >> 32) % BUCKETS];
}

/* Appends the state |set| unless it was seen. */
static void see(struct search *search, const uint64_t *set, const struct state *from, char byte)
{
	size_t bytes = search->words * sizeof(*set);
	struct state **bucket = bucket_of(search, set);

	for (struct state *state = *bucket; state; state = state->same) {
		if (memcmp(state->set, set, bytes) == 0)
			return;
	}
	struct state *state = arena_alloc(&search->arena, sizeof(*state) + bytes);

	if (!state) {
		search->spent = true;
		return;
	}
	*state = (struct state){.same = *bucket, .from = from, .byte = byte};
	memcpy(state->set, set, bytes);
	*bucket = state;
	if (search->last)
		search->last->later = state;
	else
		search->first = state;
	search->last = state;
}

static void see_first(struct search *search, uint64_t *set)
{
	memset(set, 0, search->words * sizeof(*set));
	for (size_t i = 0; i < search->patterns; i++)
		enter(search, set, first_of(search, i));
	if (is_live(search, set))
		see(search, set, NULL, '\0');
}

static void see_next(struct search *search, const struct state *at, uint64_t *set)
{
	char room[256];
	unsigned count;
	const char *letters = letters_of(search, at->set, room, &count);

	for (unsigned i = 0; i < count && !search->spent; i++) {
		step(search, at->set, letters[i], set);
		if (is_live(search, set))
			see(search, set, at, letters[i]);
	}
}

static const struct state *run(struct search *search)
{
	uint64_t *set = arena_alloc(&search->arena, search->words * sizeof(*set));

	if (!set) {
		search->spent = true;
		return NULL;
	}
	see_first(search, set);
	for (const struct state *at = search->first; at && !search->spent; at = at->later) {
		if (accepts(search, at->set))
			return at;
		see_next(search, at, set);
	}
	return NULL;
}

static void write_text(const struct state *state, char *room, size_t size)
{
	size_t len = 0;

	for (const struct state *at = state; at->from; at = at->from)
		len++;
	room[0] = '\0';
	if (len >= size)
		return;
	room[len] = '\0';
	for (; state->from; state = state->from)
		room[--len] = state->byte;
}

static bool begin(struct search *search, const struct glob_question *question)
{
	size_t spots = count_spots(question->within, question->within_count) +
		       count_spots(question->outside, question->outside_count);

	if (question->within_count + question->outside_count > GLOB_FIND_PATTERNS ||
	    spots > SPOTS_MOST)
		return false;
	search->spots = arena_alloc(&search->arena, spots * sizeof(*search->spots));
	if (!search->spots)
		return false;
	for (size_t i = 0; i < question->within_count; i++)
		add_pattern(search, question->within[i]);
	search->musts = search->patterns;
	for (size_t i = 0; i < question->outside_count; i++)
		add_pattern(search, question->outside[i]);
	search->words = (search->count + 63) / 64;
	return add_letters(search);
}

enum glob_answer glob_find(const struct glob_question *question, char *room, size_t size)
{
	struct search search = {0};
	enum glob_answer answer = GLOB_UNKNOWN;

	arena_init(&search.arena, MEMORY_MOST);
	room[0] = '\0';
	if (begin(&search, question)) {
		const struct state *found = run(&search);

		if (found)
			write_text(found, room, size);
		answer = found ? GLOB_SOME : search.spent ? GLOB_UNKNOWN : GLOB_NONE;
	}
	arena_free(&search.arena);
	return answer;
}
