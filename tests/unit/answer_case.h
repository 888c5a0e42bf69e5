/* SPDX-License-Identifier: Apache-2.0 */
/* An answer rewritten in one go or in pieces, for tests. */
#ifndef ANSWER_CASE_H
#define ANSWER_CASE_H

#include "answer/answer.h"
#include "base/glob.h"
#include "unit.h"

#define ANSWER_ALL_KINDS ((1u << REDACT_KIND_COUNT) - 1)

/* |context| is a pattern. */
static inline bool answer_keeps(const void *context, struct span name)
{
	return context && glob_match(span_of(context), name);
}

struct answer_case {
	const struct docker_answer_member *members;
	bool each;
	unsigned kinds;
	const char *except; /* a pattern, or NULL */
};

static inline struct answer *answer_begin(const struct answer_case *of)
{
	struct answer_rules rules = {of->kinds, answer_keeps, of->except};
	struct answer *answer = answer_new(of->members, of->each, &rules);

	assert_non_null(answer);
	return answer;
}

/* Rewrites |text|, first |split| bytes of it and then the rest, into |out|. Returns 0, or -1 with
 * the reason. */
static inline int answer_run(const struct answer_case *of, struct span text, size_t split,
    struct buf *out, struct error *err)
{
	struct answer *answer = answer_begin(of);
	int result;

	buf_clear(out);
	result = answer_feed(answer, (struct span){text.at, split}, out, err);
	if (result == 0)
		result = answer_feed(answer, span_from(text, split), out, err);
	if (result == 0)
		result = answer_end(answer, err);
	answer_free(answer);
	return result;
}

/* The same one byte at a time. */
static inline int answer_run_bytes(
    const struct answer_case *of, struct span text, struct buf *out, struct error *err)
{
	struct answer *answer = answer_begin(of);
	int result = 0;

	buf_clear(out);
	for (size_t i = 0; i < text.len && result == 0; i++)
		result = answer_feed(answer, (struct span){text.at + i, 1}, out, err);
	if (result == 0)
		result = answer_end(answer, err);
	answer_free(answer);
	return result;
}

#endif
