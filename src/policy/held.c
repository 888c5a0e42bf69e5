/* SPDX-License-Identifier: Apache-2.0 */
/* What exists, held against a policy outside of any request: would it be permitted to make it? */
#include "base/meter.h"
#include "json/json.h"
#include "policy/stored.h"

/* Where objects are made. */
static const struct span makers[OBJECT_MAX] = {
    [OBJECT_CONTAINER] = SPAN("/containers/create"),
    [OBJECT_VOLUME] = SPAN("/volumes/create"),
    [OBJECT_NETWORK] = SPAN("/networks/create"),
    [OBJECT_EXEC] = SPAN("/containers/x/exec"),
};

static const struct span make_service = SPAN("/services/create");

static struct policy_request made_by(struct span path, const struct policy_request *known)
{
	struct policy_request request = {.method = METHOD_POST,
	    .path = path,
	    .objects = known->objects,
	    .object_count = known->object_count,
	    .scratch = known->scratch};

	docker_find(METHOD_POST, path, &request.match);
	return request;
}

static void begin(struct judge *judge)
{
	decision_reset(judge->decision, REASON_INTERNAL, STATUS_FORBIDDEN);
	meter_start(policy_limit_info(POLICY_STEPS)->most);
}

static void end(struct judge *judge)
{
	struct decision *decision = judge->decision;

	if (meter_is_spent()) {
		decision_refuse(decision, REASON_LIMIT, STATUS_FORBIDDEN, "it has more than %u %s",
		    policy_limit_info(POLICY_STEPS)->most, policy_limit_info(POLICY_STEPS)->of);
		judge->refused = true;
	}
	meter_start(METER_FREE);
	decision->wants_state = decision->wanted_count > 0;
	if (judge->refused)
		return;
	decision->verdict = decision->wanted_count > 0 ? VERDICT_NEED_STATE : VERDICT_ALLOW;
	decision->reason = REASON_NONE;
	decision->status = 0;
}

void policy_judge_object(const struct policy *policy, const struct policy_request *known,
    const struct policy_object *object, struct decision *ret_decision, policy_trace_fn *trace,
    void *context)
{
	const struct policy_request request = made_by(makers[object->kind], known);
	struct judge judge = {.policy = policy,
	    .request = &request,
	    .decision = ret_decision,
	    .trace = trace,
	    .context = context};

	begin(&judge);
	stored_judge_whole(&judge, object);
	end(&judge);
}

void policy_judge_service(const struct policy *policy, const struct policy_request *known,
    const cJSON *service, struct decision *ret_decision, policy_trace_fn *trace, void *context)
{
	const struct policy_request request = made_by(make_service, known);
	const cJSON *spec = json_field(service, "Spec");
	struct judge judge = {.policy = policy,
	    .request = &request,
	    .decision = ret_decision,
	    .trace = trace,
	    .context = context};

	begin(&judge);
	if (request.match.operation && cJSON_IsObject(spec)) {
		walk_body(&judge, request.match.operation->schema, spec);
		require_judge(&judge, spec);
	}
	end(&judge);
}
