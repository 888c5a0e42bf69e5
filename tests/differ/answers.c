/* SPDX-License-Identifier: Apache-2.0 */
/* What sockwarden makes of bytes, as text that tests/differ/main.go compares with what Go makes of
 * them. Reads records from standard input (a letter, four bytes of length, the bytes) and answers
 * each with four bytes of length and a text. "-" is a refusal. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/message.h"
#include "docker/tables.h"
#include "http/http.h"
#include "json/json.h"
#include "policy/policy.h"

#define MOST_BYTES ((size_t)1 << 20)
#define MOST_OUT ((size_t)1 << 24)

static const struct json_limits json_limits = {MOST_BYTES, 100, 40000};
static const struct http_limits http_limits = {16384, 100, 8192};

static void add_hex(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		buf_add_format(out, "%02x", (unsigned char)text.at[i]);
}

/* ---- J: a text as the gate and cJSON read it ---- */

static void add_number(struct buf *out, const cJSON *value)
{
	struct json_integer integer;

	if (json_integer(value, &integer))
		buf_add_format(out, "i%s%" PRIu64, integer.negative ? "-" : "", integer.size);
	else
		buf_add_char(out, 'x');
}

static void add_value(struct buf *out, const cJSON *value)
{
	if (cJSON_IsString(value)) {
		buf_add_char(out, 's');
		add_hex(out, span_of(value->valuestring));
	} else if (cJSON_IsNumber(value)) {
		add_number(out, value);
	} else if (cJSON_IsBool(value) || cJSON_IsNull(value)) {
		buf_add_text(out, cJSON_IsNull(value) ? "n" : cJSON_IsTrue(value) ? "t" : "f");
	} else {
		buf_add_char(out, cJSON_IsObject(value) ? '{' : '[');
		for (const cJSON *child = value->child; child; child = child->next) {
			if (cJSON_IsObject(value)) {
				add_hex(out, span_of(child->string));
				buf_add_char(out, ':');
			}
			add_value(out, child);
			buf_add_char(out, ' ');
		}
		buf_add_char(out, cJSON_IsObject(value) ? '}' : ']');
	}
}

static void answer_json(struct buf *out, struct span text, struct arena *arena)
{
	const cJSON *tree = json_parse(text, &json_limits, arena, NULL);

	if (tree)
		add_value(out, tree);
	else
		buf_add_char(out, '-');
}

/* ---- F: which member is which field ---- */

static void answer_fields(struct buf *out, struct span text, struct arena *arena)
{
	static const char *const fields[] = {"Privileged", "Binds", "PidMode", "DiskQuota",
	    "serveraddress", "HostIp", "OomKillDisable", "KernelMemory"};
	const cJSON *tree = json_parse(text, &json_limits, arena, NULL);

	if (!cJSON_IsObject(tree)) {
		buf_add_char(out, '-');
		return;
	}
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		unsigned found = 0;

		for (const cJSON *child = tree->child; child; child = child->next)
			found += json_names_field(child->string, fields[i]);
		buf_add_format(out, "%u ", found);
		if (found == 1)
			add_value(out, json_field(tree, fields[i]));
		buf_add_char(out, '\n');
	}
}

/* ---- P: whether a container may be created of a body ---- */

static const struct policy *policy_made(void)
{
	static const struct policy_source source = {"differ", 1};
	static const struct {
		struct span key, value;
	} lines[] = {
	    {SPAN("allow"), SPAN("container.create")},
	    {SPAN("image"), SPAN("bb:1")},
	    {SPAN("bind"), SPAN("/srv/ci rw")},
	    {SPAN("check_state"), SPAN("no")},
	};
	static struct policy *policy;

	if (policy)
		return policy;
	policy = policy_new("differ");
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		if (policy_set(policy, lines[i].key, lines[i].value, &source, NULL) < 0)
			abort();
	}
	if (policy_finish(policy, NULL) < 0)
		abort();
	return policy;
}

static void answer_policy(struct buf *out, struct span text, struct arena *arena)
{
	struct policy_request request = {.method = METHOD_POST,
	    .path = SPAN("/containers/create"),
	    .api = 41,
	    .content_type = SPAN("application/json"),
	    .has_body = true};
	struct decision decision;

	docker_find(request.method, request.path, &request.match);
	struct json_sieve sieve = policy_sieve(policy_made(), request.match.operation, false);

	request.body = json_parse_sifted(text, &json_limits, &sieve, arena, NULL);
	request.body_read = true;
	if (request.body)
		policy_decide(policy_made(), &request, &decision, NULL, NULL);
	buf_add_text(out, request.body && decision.verdict == VERDICT_ALLOW ? "allow" : "-");
}

/* ---- H: a head as it was read, and as it is written for the daemon ---- */

static void add_query(struct buf *out, const struct http_target *target)
{
	for (size_t i = 0; i < target->query_count; i++) {
		add_hex(out, target->query[i].name);
		buf_add_char(out, '=');
		add_hex(out, target->query[i].value);
		buf_add_char(out, '&');
	}
}

static void add_head(
    struct buf *out, const struct http_request *request, const struct http_target *target)
{
	const struct http_rewrite rewrite = {
	    .framing = request->framing, .content_length = request->content_length};
	struct buf written;

	buf_add_format(out, "%.*s\n", (int)request->method_name.len, request->method_name.at);
	if (target->api_major)
		buf_add_format(out, "/v%u.%u", target->api_major, target->api_minor);
	buf_add(out, target->path);
	buf_add_char(out, '\n');
	add_query(out, target);
	buf_add_format(out, "\n%s %" PRIu64 "\n",
	    request->framing == FRAMING_CHUNKED ? "chunked" : "length",
	    request->framing == FRAMING_LENGTH ? request->content_length : 0);
	add_hex(out, request->content_type);
	buf_add_format(out, "\n%zu\n", request->head_bytes);
	buf_init(&written, MOST_OUT);
	http_request_write(&written, request, target, &rewrite);
	buf_add(out, buf_span(&written));
	buf_free(&written);
}

static void answer_head(struct buf *out, struct span bytes, struct arena *arena)
{
	struct http_request request;
	struct http_target target;
	struct http_fault fault = {0};
	size_t scanned = 0;

	if (http_request_parse(bytes, &scanned, &http_limits, arena, &request, &fault) ==
		HTTP_DONE &&
	    http_target_parse(request.target, &http_limits, arena, &target, &fault) == 0)
		add_head(out, &request, &target);
	else
		buf_add_char(out, '-');
}

/* ---- M: a message of BuildKit, as JSON. The first byte says which: c or b ---- */

static void answer_message(struct buf *out, struct span bytes, struct arena *arena)
{
	const struct docker_schema *schema =
	    bytes.len > 0 && bytes.at[0] == 'b' ? &bridge_solve : &solve_request;
	struct buf text;

	buf_init(&text, MOST_BYTES);
	if (bytes.len > 0 && message_read(schema, span_from(bytes, 1), &text, NULL) == 0 &&
	    json_gate(buf_span(&text), &json_limits, arena, NULL) == 0)
		buf_add(out, buf_span(&text));
	else
		buf_add_char(out, '-');
	buf_free(&text);
}

/* ---- S: lines of a policy, as the source policy that builds are held to ---- */

static void answer_sources(struct buf *out, struct span lines)
{
	struct policy *policy = policy_new("differ");
	const struct policy_source source = {"differ", 1};

	while (policy && lines.at) {
		struct span line = span_cut(lines, '\n', &lines), value,
			    key = span_cut(line, '=', &value);

		if (line.len > 0 &&
		    policy_set(policy, span_trim(key), span_trim(value), &source, NULL) < 0)
			abort();
	}
	if (!policy || policy_finish(policy, NULL) < 0)
		abort();
	policy_write_sources(policy, out);
	policy_unref(policy);
}

/* ---- records ---- */

static size_t read_length(const unsigned char *bytes)
{
	return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

static void answer(char kind, struct span bytes, struct buf *out)
{
	struct arena arena;

	arena_init(&arena, MOST_OUT);
	buf_clear(out);
	switch (kind) {
	case 'J':
		answer_json(out, bytes, &arena);
		break;
	case 'F':
		answer_fields(out, bytes, &arena);
		break;
	case 'P':
		answer_policy(out, bytes, &arena);
		break;
	case 'H':
		answer_head(out, bytes, &arena);
		break;
	case 'M':
		answer_message(out, bytes, &arena);
		break;
	case 'S':
		answer_sources(out, bytes);
		break;
	default:
		abort();
	}
	arena_free(&arena);
	if (out->failed)
		abort();
}

int main(void)
{
	unsigned char head[5];
	struct buf out;

	buf_init(&out, MOST_OUT);
	while (fread(head, sizeof(head), 1, stdin) == 1) {
		size_t len = read_length(head + 1);
		char *bytes = len <= MOST_BYTES ? malloc(len + 1) : NULL;

		if (!bytes || fread(bytes, 1, len, stdin) != len)
			return 1;
		answer((char)head[0], (struct span){bytes, len}, &out);
		free(bytes);
		const unsigned char back[4] = {(unsigned char)(out.len >> 24),
		    (unsigned char)(out.len >> 16), (unsigned char)(out.len >> 8),
		    (unsigned char)out.len};

		if (fwrite(back, sizeof(back), 1, stdout) != 1 ||
		    fwrite(out.len ? buf_span(&out).at : "", 1, out.len, stdout) != out.len)
			return 1;
		if (fflush(stdout) != 0)
			return 1;
	}
	buf_free(&out);
	return 0;
}
