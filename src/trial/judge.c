/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the policy, and says what has to come next. */
#include "trial/parts.h"

/* Whether the request would be sent on, were nothing more to be known of it. */
static bool is_forwarded(const struct policy *policy, const struct decision *decision)
{
	return decision->verdict == VERDICT_ALLOW ||
	       (decision->verdict == VERDICT_DENY && decision->status == 403 &&
		   policy_is_dry_run(policy));
}

/* To tell what a request needs, its body and the objects that it is about must be known, also where
 * the policy that judges it asks for neither. */
__attribute__((noinline)) static void learn(const struct policy *bare, struct trial *trial)
{
	struct decision *decision = &trial->decision, needs;
	bool denied = decision->verdict == VERDICT_DENY;

	policy_decide(bare, &trial->ask, &needs, NULL, NULL);
	if (needs.verdict == VERDICT_NEED_BODY || needs.wants_body) {
		decision->wants_body = denied;
		decision->verdict = denied ? VERDICT_DENY : VERDICT_NEED_BODY;
	} else if (needs.verdict == VERDICT_NEED_STATE || needs.wants_state) {
		decision->wants_state = denied;
		decision->verdict = denied ? VERDICT_DENY : VERDICT_NEED_STATE;
		memcpy(decision->wanted, needs.wanted, sizeof(decision->wanted));
		decision->wanted_count = needs.wanted_count;
	}
}

static enum verdict decide(struct trial *trial, const struct trial_basis *basis)
{
	struct policy_request *ask = &trial->ask;

	ask->own = basis->own;
	ask->upstream = basis->upstream;
	ask->resolve = basis->resolve;
	ask->mounts = basis->mounts;
	if (policy_is_guarded(basis->policy))
		trial_tell_owner(trial, basis);
	policy_decide(basis->policy, ask, &trial->decision, basis->trace, basis->trace_context);
	if (basis->bare && is_forwarded(basis->policy, &trial->decision))
		learn(basis->bare, trial);
	return trial->decision.verdict;
}

/* Refuses for the body, or for the head where that is refused already. A dry run lets such a head
 * pass, but no body that cannot be read. */
static enum trial_state refuse_body(struct trial *trial, const struct trial_basis *basis)
{
	trial->ask.body_read = false;
	if (decide(trial, basis) != VERDICT_DENY || policy_is_dry_run(basis->policy))
		decision_refuse(&trial->decision, trial->body_fault.reason,
		    trial->body_fault.status, "%s", trial->body_fault.error.text);
	else if (trial->body_done)
		decision_foretell(&trial->decision, "%s", trial->body_fault.error.text);
	return TRIAL_REFUSED;
}

static enum trial_state refuse_json(struct trial *trial, const struct trial_basis *basis)
{
	struct trial_body_fault *fault = &trial->body_fault;

	fault->reason = REASON_BODY;
	fault->status = 400;
	(void)error_prefix(&fault->error, "the JSON body: ");
	return refuse_body(trial, basis);
}

static enum trial_state want_body(struct trial *trial)
{
	const struct http_request *request = &trial->request;
	size_t most = trial->json.max_bytes;

	if (trial->body_done) { /* there is no second one */
		decision_refuse(&trial->decision, REASON_INTERNAL, 500, "cannot be judged");
		return TRIAL_REFUSED;
	}
	if (request->framing == FRAMING_LENGTH && request->content_length > most) {
		decision_refuse(
		    &trial->decision, REASON_LIMIT, 413, "the body is larger than max_body");
		return TRIAL_REFUSED;
	}
	return TRIAL_WANT_BODY;
}

static enum trial_state want_objects(struct trial *trial)
{
	if (trial_own_body(trial) && trial_begin_objects(trial)) /* it has to wait */
		return TRIAL_WANT_OBJECTS;
	return trial_out_of_memory(trial);
}

/* A dry run and a trace tell in one go all that a refused request lacks. */
static enum trial_state look_further(struct trial *trial, const struct trial_basis *basis)
{
	bool dry_run = policy_is_dry_run(basis->policy);

	if (trial->decision.wants_body && dry_run)
		return want_body(trial);
	if (trial->decision.wants_state && (dry_run || basis->trace))
		return want_objects(trial);
	return TRIAL_REFUSED;
}

static enum trial_state permit(struct trial *trial, const struct trial_basis *basis)
{
	if (trial->decision.identity.at && !trial_pin_identity(trial))
		return trial_out_of_memory(trial);
	return !policy_is_guarded(basis->policy) || trial_amend(trial, basis) ? TRIAL_PERMITTED
									      : TRIAL_REFUSED;
}

enum trial_state trial_judge(struct trial *trial, const struct trial_basis *basis)
{
	if (trial->body_fault.status)
		return refuse_body(trial, basis);
	if (trial->body_done && !trial->ask.body_read && !trial_read_json(trial, basis))
		return refuse_json(trial, basis);
	switch (decide(trial, basis)) {
	case VERDICT_DENY:
		return trial_begin_hidden(trial, basis) ? TRIAL_WANT_OBJECTS
							: look_further(trial, basis);
	case VERDICT_NEED_BODY:
		return want_body(trial);
	case VERDICT_NEED_STATE:
		return want_objects(trial);
	case VERDICT_ALLOW:
		return permit(trial, basis);
	}
	return TRIAL_REFUSED;
}
