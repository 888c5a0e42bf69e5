/* SPDX-License-Identifier: Apache-2.0 */
/* Networks of services. Swarm finds them by name, by id and by the beginning of an id, and so the
 * network `host`, which no wildcard covers, by a word that does not look like it: what such a word
 * stands for is asked of the daemon, whatever `check_state` says. */
#include "json/json.h"
#include "policy/require.h"
#include "policy/stored.h"

static bool is_named(const void *name, const struct grant_row *row)
{
	return span_equal(row->text, *(const struct span *)name);
}

/* Whether it makes no difference if |name| is the network `host`. */
static bool may_be_host(const struct policy *policy, enum grant grant, struct span name)
{
	if (require_asks(policy, require_no_host_namespaces))
		return false;
	return policy_grants_all(policy) || rows_find(policy, grant, name, name, is_named, &name) ||
	       grant_find(policy, grant, SPAN("host"));
}

static void refuse_host(struct judge *judge, const struct place *place, struct span name)
{
	struct fault fault = {.reason = REASON_REQUIREMENT,
	    .place = place,
	    .value = name,
	    .requirement = "no_host_namespaces"};

	judge_refuse(judge, &fault,
	    "must not share the host's network (required: no_host_namespaces, CIS 5.9)");
}

static void judge_meaning(struct judge *judge, enum grant grant, const struct place *place,
    struct span name, const struct policy_object *object)
{
	struct span real = json_text(object ? object->json : NULL, "Name");

	if (!span_is(real, "host"))
		return;
	grant_judge_text(judge, grant, place, real);
	if (require_asks(judge->policy, require_no_host_namespaces))
		refuse_host(judge, place, name);
}

void stored_judge_task_network(
    struct judge *judge, enum grant grant, const struct place *place, struct span name)
{
	if (!policy_grants_all(judge->policy))
		stored_judge_network(judge, grant, place, name);
	if (judge_done(judge) || network_is_builtin(name) || !network_may_be_id(name) ||
	    may_be_host(judge->policy, grant, name))
		return;
	judge_meaning(
	    judge, grant, place, name, stored_ask(judge, OBJECT_NETWORK, place, name, false));
}
