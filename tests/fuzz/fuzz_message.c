/* SPDX-License-Identifier: Apache-2.0 */
/* A message of a BuildKit call: the first byte says of which method, the rest is the message. It is
 * refused with a reason, or goes on as it came with whole fields behind it. What is read of it is
 * JSON that the gate takes. */
#include "fuzz.h"

#include "base/protobuf.h"
#include "build/mediator.h"
#include "build/message.h"
#include "json/json.h"
#include "policy/policy.h"
#include "docker/call.h"

#define MOST ((size_t)1 << 22)

static const char *const lines[][2] = {
    {"allow", "@all"},
    {"image", "docker.io/library/* registry.example.org/ci/**"},
    {"image_write", "registry.example.org/ci/**"},
    {"build_cache", "registry"},
    {"frontend", "docker/dockerfile:1"},
    {"extra_host", "db:*"},
    {"max_shm", "64m"},
};

static const struct policy *policy_made(void)
{
	static const struct policy_source source = {"fuzz", 1};
	static struct policy *policy;

	if (policy)
		return policy;
	policy = policy_new("fuzz");
	MUST(policy);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		MUST(policy_set(
			 policy, span_of(lines[i][0]), span_of(lines[i][1]), &source, NULL) == 0);
	MUST(policy_finish(policy, NULL) == 0);
	return policy;
}

static void check_reading(const struct docker_call *row, struct span bytes, bool passed)
{
	static const struct json_limits limits = {MOST, 2 * MESSAGE_DEPTH, 1000000};
	struct error err = {""};
	struct arena arena;
	struct buf text;

	buf_init(&text, MOST);
	arena_init(&arena, 0);
	if (message_read(row->schema, bytes, &text, &err) < 0)
		MUST(err.text[0] && !passed);
	else /* the gate may refuse two keys */
		MUST(json_gate(buf_span(&text), &limits, &arena, &err) == 0 ||
		     strstr(err.text, "twice"));
	arena_free(&arena);
	buf_free(&text);
}

static void check_sent(struct span bytes, const struct buf *out)
{
	struct span rest = buf_span(out);
	struct protobuf_field field;
	int more;

	MUST(
	    out->len >= bytes.len && (bytes.len == 0 || memcmp(out->at, bytes.at, bytes.len) == 0));
	while ((more = protobuf_next(&rest, &field, NULL)) > 0)
		;
	MUST(more == 0);
}

static void check_call(const struct docker_call *row, struct span bytes)
{
	const struct mediator_header header = {SPAN(DOCKER_BUILD_HEADER), SPAN("r")};
	struct mediator_owned *owned = mediator_owned_new();
	const struct mediator_basis basis = {
	    .policy = policy_made(), .owned = owned, .client = SPAN("fuzz"), .daemon_api = 56};
	struct mediator *mediator = mediator_new(&basis);
	struct buf text, out;
	struct mediator_call call = {.path = row->path,
	    .path_length = strlen(row->path),
	    .headers = &header,
	    .header_count = 1,
	    .message = &text};

	buf_init(&text, MOST);
	buf_init(&out, MOST);
	MUST(owned && mediator);
	MUST(mediator_begin(mediator, &call) == MEDIATOR_READ);
	bool passed = mediator_message(mediator, &call, (const uint8_t *)bytes.at, bytes.len, &out);

	if (passed)
		check_sent(bytes, &out);
	else
		MUST(text.len > 0 && call.grpc_status != 0);
	mediator_end(mediator, &call);
	check_reading(row, bytes, passed);
	buf_free(&text);
	buf_free(&out);
	mediator_free(mediator);
	mediator_owned_free(owned);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned index = 0, wanted = size > 0 ? data[0] % 8u : 0;
	const struct docker_call *row;

	if (size == 0)
		return 0;
	for (; (row = docker_call_at(index)); index++) {
		if (row->schema && wanted-- == 0)
			break;
	}
	if (row)
		check_call(row, (struct span){(const char *)data + 1, size - 1});
	return 0;
}
