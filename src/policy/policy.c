/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a policy: made, filled line by line, finished, shared, given back. */
#include <stdlib.h>

#include "policy/require.h"

static _Atomic uint64_t serials;

struct policy *policy_new(const char *name)
{
	struct policy *policy = calloc(1, sizeof(*policy));

	if (!policy)
		return NULL;
	arena_init(&policy->arena, 0);
	policy->references = 1;
	policy->serial = ++serials;
	policy->settings[SETTING_MIN_API].value = DOCKER_API_OLDEST;
	policy->maxima[MAXIMUM_RESTARTS].value = 5;
	policy->name = policy_keep(policy, span_of(name)).at;
	if (!policy->name) {
		policy_unref(policy);
		return NULL;
	}
	return policy;
}

struct policy *policy_ref(struct policy *policy)
{
	policy->references++;
	return policy;
}

void policy_unref(struct policy *policy)
{
	if (!policy || --policy->references > 0)
		return;
	arena_free(&policy->arena);
	free(policy);
}

/* Settings that contradict one another, each in its right form. */
static int settings_check(struct policy *policy, struct error *err)
{
	const struct setting_state *oldest = &policy->settings[SETTING_MIN_API];
	const struct setting_state *newest = &policy->settings[SETTING_MAX_API];
	const struct policy_source *nosuid = require_asks(policy, require_nosuid_binds);

	if (newest->given && newest->value < oldest->value) {
		policy->fault = newest->source;
		return error_set(err,
		    "\"max_api = 1.%u\" is older than \"min_api = 1.%u\", so that "
		    "no request is permitted; raise max_api or lower min_api",
		    newest->value, oldest->value);
	}
	if (!nosuid)
		return 0;
	policy->fault = *nosuid;
	if (policy_grants_all(policy))
		return error_set(err,
		    "\"require = nosuid_binds\" holds nothing with \"grant = all\"; "
		    "write \"bind\" lines in its place");
	if (!policy_resolves_binds(policy))
		return error_set(err,
		    "\"require = nosuid_binds\" needs to see the files of the host; add "
		    "\"resolve_binds = yes\"");
	return 0;
}

int policy_finish(struct policy *policy, struct error *err)
{
	struct setting_state *check = &policy->settings[SETTING_CHECK_STATE];

	if (rules_check(policy, err) < 0 || rules_check_values(policy, err) < 0 ||
	    rule_resolve(policy, err) < 0 || grants_resolve(policy, err) < 0)
		return -1;
	/* with every grant and no requirement there is nothing to hold an object against */
	if (!check->given)
		check->value = !(policy_grants_all(policy) && requires_nothing(policy));
	if (settings_check(policy, err) < 0 || owner_check(policy, err) < 0 ||
	    redact_check(policy, err) < 0)
		return -1;
	twin_resolve(policy);
	policy->finished = true;
	return 0;
}

void policy_set_advice(struct policy *policy, policy_advise_fn *advise, const void *context)
{
	policy->advise = advise;
	policy->advise_context = context;
}

struct policy_source policy_fault(const struct policy *policy)
{
	return policy->fault;
}

struct policy *policy_builtin(void)
{
	struct policy *policy = policy_new("builtin");
	const struct policy_source source = {0};

	if (!policy)
		return NULL;
	if (policy_set(policy, SPAN("allow"), SPAN("@safe"), &source, NULL) < 0 ||
	    policy_finish(policy, NULL) < 0) {
		policy_unref(policy);
		return NULL;
	}
	return policy;
}

struct policy *policy_bare(void)
{
	struct policy *policy = policy_new("bare");
	const struct policy_source source = {0};

	if (!policy)
		return NULL;
	/* those that are open are narrowed to nothing; a line of one that is closed can say more */
	for (unsigned i = GRANT_NONE + 1; i < GRANT_MAX; i++)
		policy->grants[i].given = !grant_info((enum grant)i)->closed;
	if (policy_set(policy, SPAN("allow"), SPAN("@all"), &source, NULL) < 0 ||
	    policy_finish(policy, NULL) < 0) {
		policy_unref(policy);
		return NULL;
	}
	return policy;
}

unsigned policy_number(const struct policy *policy)
{
	return policy->number;
}

void policy_set_number(struct policy *policy, unsigned number)
{
	policy->number = number;
}

const char *policy_name(const struct policy *policy)
{
	return policy->name;
}

bool policy_checks_state(const struct policy *policy)
{
	return policy_allows(policy, SETTING_CHECK_STATE);
}

enum tell policy_tells(const struct policy *policy)
{
	return (enum tell)policy->settings[SETTING_TELL].value;
}

bool policy_resolves_binds(const struct policy *policy)
{
	return policy_allows(policy, SETTING_RESOLVE_BINDS);
}

bool policy_mediates_builds(const struct policy *policy)
{
	return !policy->grants[GRANT_BUILDKIT_ID].flag && !policy_allows(policy, SETTING_GRANT) &&
	       !policy_allows(policy, SETTING_MODE);
}

bool policy_is_dry_run(const struct policy *policy)
{
	return policy_allows(policy, SETTING_MODE);
}
