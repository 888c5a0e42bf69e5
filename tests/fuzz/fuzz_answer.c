/* SPDX-License-Identifier: Apache-2.0 */
/* An answer of the daemon: the first byte says of which operation, the second which kinds are
 * hidden, the third where it is split, the rest is the answer. It is told in the same bytes at
 * every split, or refused at each; what the gate takes is told as what the gate takes; and with
 * nothing hidden it is told as it is. */
#include "fuzz.h"

#include "answer/answer.h"
#include "docker/docker.h"
#include "json/json.h"

#define MOST ((size_t)1 << 20)

static bool keeps(const void *context, struct span name)
{
	(void)context;
	return span_starts(name, SPAN("KEEP"));
}

static const struct docker_operation *operation_of(uint8_t byte)
{
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation =
		    docker_operation_at((byte + i) % docker_operation_count());

		if (operation->shows)
			return operation;
	}
	abort();
}

/* Returns whether it is told. */
static bool run(const struct docker_operation *operation, unsigned kinds, struct span text,
    size_t split, struct buf *out)
{
	struct answer_rules rules = {kinds, keeps, NULL};
	struct answer *answer =
	    answer_new(operation->shows, operation->answer == ANSWER_EVENTS, &rules);
	struct error err = {""};

	MUST(answer);
	bool told = answer_feed(answer, (struct span){text.at, split}, out, &err) == 0 &&
		    answer_feed(answer, span_from(text, split), out, &err) == 0 &&
		    answer_end(answer, &err) == 0;

	MUST(told || err.text[0]);
	answer_free(answer);
	return told;
}

static void check_gate(struct span text, struct span told)
{
	static const struct json_limits limits = {MOST * 32, 128, 1000000};
	struct arena arena;

	arena_init(&arena, 0);
	if (json_gate(text, &limits, &arena, NULL) == 0)
		MUST(json_gate(told, &limits, &arena, NULL) == 0);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole, split, plain;

	if (size < 3 || size > MOST)
		return 0;
	const struct docker_operation *operation = operation_of(data[0]);
	struct span text = {(const char *)data + 3, size - 3};

	buf_init(&whole, SIZE_MAX);
	buf_init(&split, SIZE_MAX);
	buf_init(&plain, SIZE_MAX);
	bool told = run(operation, data[1], text, text.len, &whole);

	MUST(run(operation, data[1], text, text.len > 0 ? data[2] % text.len : 0, &split) == told);
	MUST(run(operation, 0, text, text.len, &plain) == told);
	if (told) {
		MUST(span_equal(buf_span(&whole), buf_span(&split)));
		MUST(span_equal(buf_span(&plain), text));
		check_gate(text, buf_span(&whole));
	}
	buf_free(&whole);
	buf_free(&split);
	buf_free(&plain);
	return 0;
}
