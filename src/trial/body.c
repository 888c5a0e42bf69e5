/* SPDX-License-Identifier: Apache-2.0 */
/* A body that the judgement rests on. Nothing of it is sent on before. */
#include "trial/parts.h"

enum trial_state trial_whole_body(struct trial *trial, struct span body)
{
	trial->body = body;
	trial->body_done = true;
	return TRIAL_READY;
}

enum trial_state trial_fail_body(
    struct trial *trial, enum reason reason, unsigned status, const char *text)
{
	trial->body_fault.reason = reason;
	trial->body_fault.status = status;
	(void)error_set(&trial->body_fault.error, "%s", text);
	return TRIAL_READY;
}

static bool collect(void *context, struct span data)
{
	struct trial *trial = context;

	buf_add(&trial->collected, data);
	return !trial->collected.failed;
}

static enum trial_state too_large(struct trial *trial)
{
	return trial_fail_body(trial, REASON_LIMIT, 413, "the body is larger than max_body");
}

static enum trial_state take_length(struct trial *trial, struct span bytes, size_t *ret_used)
{
	size_t take = bytes.len < trial->body_left ? bytes.len : (size_t)trial->body_left;
	struct span piece = {bytes.at, take};

	*ret_used = take;
	trial->body_left -= take;
	if (trial->body_left == 0 && trial->collected.len == 0)
		return trial_whole_body(trial, piece);
	if (!collect(trial, piece))
		return too_large(trial);
	return trial->body_left > 0 ? TRIAL_MORE
				    : trial_whole_body(trial, buf_span(&trial->collected));
}

static enum trial_state take_chunks(struct trial *trial, struct span bytes, size_t *ret_used)
{
	struct http_fault *fault = &trial->fault;
	size_t used = 0;

	if (!trial->in_chunks)
		http_chunks_init(&trial->chunks, trial->http.max_head);
	trial->in_chunks = true;
	enum http_result result =
	    http_chunks_feed(&trial->chunks, bytes, collect, trial, &used, fault);

	*ret_used = result == HTTP_DONE ? used : bytes.len;
	if (result == HTTP_DONE)
		return trial_whole_body(trial, buf_span(&trial->collected));
	if (result == HTTP_MORE)
		return TRIAL_MORE;
	return trial->collected.failed
		   ? too_large(trial)
		   : trial_fail_body(trial, REASON_AMBIGUOUS, fault->status, fault->error.text);
}

enum trial_state trial_body(struct trial *trial, struct span bytes, size_t *ret_used)
{
	return trial->request.framing == FRAMING_CHUNKED ? take_chunks(trial, bytes, ret_used)
							 : take_length(trial, bytes, ret_used);
}

bool trial_own_body(struct trial *trial)
{
	if (trial->collected.len > 0 || trial->body.len == 0)
		return true;
	buf_add(&trial->collected, trial->body);
	trial->body = buf_span(&trial->collected);
	return !trial->collected.failed;
}

bool trial_read_json(struct trial *trial, const struct trial_basis *basis)
{
	trial->ask.body = NULL;
	trial->ask.body_read = true;
	if (trial->body.len == 0)
		return true;
	/* a policy that learns looks at what others take for harmless */
	const struct policy *policy = basis->bare ? NULL : basis->policy;
	struct json_sieve sieve = policy_sieve(policy, trial->ask.match.operation, basis->told);

	bool whole = basis->trace || trial->ask.match.call;

	trial->ask.body = json_parse_sifted(trial->body, &trial->json, whole ? NULL : &sieve,
	    &trial->arena, &trial->body_fault.error);
	return trial->ask.body != NULL;
}
