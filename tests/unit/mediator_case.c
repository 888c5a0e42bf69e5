/* SPDX-License-Identifier: Apache-2.0 */
#include "mediator_case.h"

#include "unit.h"

#include <stdio.h>

#include "docker/tables.h"
#include "proto_case.h"

struct mediator *mediator_for(
    const struct policy *policy, struct mediator_owned *owned, const char *client)
{
	const struct mediator_basis basis = {.policy = policy,
	    .owned = owned,
	    .client = span_of(client),
	    .side = MEDIATOR_GRPC,
	    .daemon = SPAN("29.7.0"),
	    .daemon_api = 56};

	return mediator_new(&basis);
}

struct answer call_with(
    struct mediator *mediator, const char *path, const char *build, struct span bytes)
{
	const struct mediator_header header = {SPAN("buildkit-controlapi-buildid"), span_of(build)};
	struct mediator_call call = {.path = path,
	    .path_length = strlen(path),
	    .headers = &header,
	    .header_count = build != NULL};
	struct answer answer = {.way = MEDIATOR_REFUSE};
	struct buf text;

	buf_init(&text, MOST);
	buf_init(&answer.out, MOST);
	call.message = &text;
	answer.way = mediator_begin(mediator, &call);
	answer.passed = answer.way == MEDIATOR_PASS;
	if (answer.way == MEDIATOR_READ)
		answer.passed = mediator_message(
		    mediator, &call, (const uint8_t *)bytes.at, bytes.len, &answer.out);
	answer.status = call.grpc_status;
	answer.added = call.added;
	answer.reason = call.decision ? call.decision->reason : REASON_NONE;
	assert_true(answer.passed == (text.len == 0));
	assert_true(answer.passed || answer.status != 0);
	snprintf(answer.text, sizeof(answer.text), "%s", buf_text(&text));
	mediator_end(mediator, &call);
	buf_free(&text);
	return answer;
}

static struct answer solve(struct mediator *mediator, const char *json)
{
	struct buf bytes;

	buf_init(&bytes, MOST);
	proto_encode(&solve_request, json, &bytes);
	struct answer answer = call_with(mediator, SOLVE, NULL, buf_span(&bytes));

	buf_free(&answer.out);
	buf_free(&bytes);
	return answer;
}

enum reason solve_refused(struct mediator *mediator, const char *json)
{
	struct answer answer = solve(mediator, json);

	return answer.passed ? REASON_NONE : answer.reason;
}

bool solves(struct mediator *mediator, const char *json)
{
	return solve(mediator, json).passed;
}

bool passes(struct mediator *mediator, const char *path, const char *build, const char *bytes)
{
	struct answer answer = call_with(mediator, path, build, span_of(bytes));

	buf_free(&answer.out);
	return answer.passed;
}
