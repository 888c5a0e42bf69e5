/* SPDX-License-Identifier: Apache-2.0 */
/* Whether patterns of base/glob leave texts to one another: inclusion, with an example. */
#ifndef BASE_GLOB_FIND_H
#define BASE_GLOB_FIND_H

#include "base/span.h"

#define GLOB_FIND_PATTERNS 256 /* in one question; with more the answer is not known */

/* Asks for a text that all patterns of |within| match and none of |outside|. */
struct glob_question {
	const struct span *within;
	size_t within_count; /* at least one */
	const struct span *outside;
	size_t outside_count;
};

enum glob_answer {
	GLOB_UNKNOWN, /* the question is too large, or memory is out */
	GLOB_NONE,    /* there is no such text */
	GLOB_SOME,    /* there is one */
};

/* Writes the shortest such text into |room| with a NUL; nothing when it does not fit. */
enum glob_answer glob_find(const struct glob_question *question, char *room, size_t size);

#endif
